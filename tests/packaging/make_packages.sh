#!/usr/bin/env bash
# make_packages.sh FOLDER
# What ships, as FOLDER/first.deb, and the same with a higher version as FOLDER/newer.deb.
set -euo pipefail
folder=$(readlink -m "$1")
cd "$(dirname "$(readlink -f "$0")")/../.."
mkdir -p "$folder"
# What is there of an earlier run must not be taken for this one's.
rm -rf "$folder"/{first,newer}.deb "$folder/newer"
first=$(./dev package | tail -n 1)
cpack -G DEB --config build/release/CPackConfig.cmake -B "$folder/newer" \
    -D CPACK_DEBIAN_PACKAGE_VERSION="$(head -n 1 VERSION)+1" >&2
cp "$first" "$folder/first.deb"
mv "$folder"/newer/*.deb "$folder/newer.deb"
rm -r "$folder/newer"
