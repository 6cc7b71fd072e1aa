#!/usr/bin/env bash
# make_root.sh RELEASE FOLDER
# A root file system with the Docker Engine of another release of Debian (trixie, forky), as FOLDER. It is kept until the
# list of its packages changes.
set -euo pipefail
readonly release=$1 folder=$2
readonly packages=ca-certificates,docker.io,iptables,nftables
# shellcheck source=tests/packaging/bootstrap.sh
. "$(dirname "$(readlink -f "$0")")/../packaging/bootstrap.sh"

readonly key="$release $packages"
if [[ $(cat "$folder.packages" 2>/dev/null) == "$key" ]]; then
    exit 0
fi
rm -rf "$folder" "$folder.packages"
mkdir -p "$folder"
bootstrap "$release" "$packages" "$folder" "$folder.log"
printf '%s' "$key" >"$folder.packages"
