#!/usr/bin/env bash
# make_root.sh RELEASE FOLDER
# The root in which the package is built for a release of Debian, as FOLDER/root.tar: nothing but what `./dev` installs
# there by itself. It is kept until what `./dev` installs changes.
set -euo pipefail
release=$1 folder=$(readlink -m "$2")
readonly release folder
cd "$(dirname "$(readlink -f "$0")")/../.."
# shellcheck source=tests/packaging/bootstrap.sh
. tests/packaging/bootstrap.sh

key="$release $(sed -n '/^boost_packages()/,/^}/p; /^packages_for()/,/^}/p' dev | sha256sum)"
if [[ -f $folder/root.tar && $(cat "$folder/root.key" 2>/dev/null) == "$key" ]]; then
    exit 0
fi
mkdir -p "$folder/build"
rm -rf "$folder"/root.{tar,key} "$folder"/root.??????
tree=$(mktemp -d "$folder/root.XXXXXX")
trap 'rm -rf "$tree"' EXIT
chmod 0755 "$tree"
bootstrap "$release" '' "$tree" "$folder/root.log"
tests/hosts/in_root.sh "$tree" "$folder/build" /source/dev packages package >>"$folder/root.log" 2>&1 || {
    tail -n 20 "$folder/root.log" >&2
    exit 1
}
rm -rf "$tree"/var/cache/apt/archives/*.deb
tar -C "$tree" -cf "$folder/root.tar" .
printf '%s' "$key" >"$folder/root.key"
