#!/usr/bin/env bash
# install_locked.sh FROM INTO
# Installs what FROM/package-lock.json pins from npm's registry into INTO/node_modules, where it stays until the lock
# changes.
set -euo pipefail
from=$(readlink -f "$1")
readonly from into=$2
mkdir -p "$into"
cd "$into"
if cmp -s "$from/package-lock.json" installed-lock.json; then
    exit 0
fi
rm -rf node_modules installed-lock.json
cp "$from/package.json" "$from/package-lock.json" .
# What is optional are compiled extras that nothing here uses.
npm ci --ignore-scripts --omit=optional --no-audit --no-fund --loglevel=error \
    --fetch-retries=1 --fetch-retry-mintimeout=1000 --fetch-timeout=30000 >&2 || {
    printf '%s cannot be installed: npm does not answer, or not as its package-lock.json says (above)\n' "$1" >&2
    exit 1
}
cp package-lock.json installed-lock.json
