#!/usr/bin/env bash
# make_package.sh FOLDER
# The package that `./dev package` makes in a fresh root (FOLDER/root.tar), as FOLDER/first.deb; the same with a higher
# version as FOLDER/newer.deb; and what they depend on as FOLDER/depends, a name a line.
set -euo pipefail
folder=$(readlink -f "$1")
readonly folder
cd "$(dirname "$(readlink -f "$0")")/../.."
# shellcheck source=tests/packaging/bootstrap.sh
. tests/packaging/bootstrap.sh

rm -rf "$folder"/{first,newer}.deb "$folder/depends" "$folder"/root.?????? "$folder"/build/{release,package}
tree=$(mktemp -d "$folder/root.XXXXXX")
trap 'rm -rf "$tree"' EXIT
chmod 0755 "$tree"
tar -C "$tree" -xf "$folder/root.tar"
tests/hosts/in_root.sh "$tree" "$folder/build" /source/tests/packaging/make_packages.sh /source/build/packages
mv "$folder"/build/packages/{first,newer}.deb "$folder"
DPKG_ADMINDIR=$tree/var/lib/dpkg dependencies_of "$folder/first.deb" >"$folder/depends"
