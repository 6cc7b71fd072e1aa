#!/usr/bin/env bash
# make_root.sh RELEASE FOLDER
# A root file system with the Docker Engine of another release of Debian (trixie, forky), as FOLDER. It is kept until the
# list of its packages changes.
set -euo pipefail
readonly release=$1 folder=$2
readonly packages=ca-certificates,docker.io,iptables,nftables

readonly key="$release $packages"
if [[ $(cat "$folder.packages" 2>/dev/null) == "$key" ]]; then
    exit 0
fi
# shellcheck source=/dev/null
. /etc/os-release
# shellcheck disable=SC2016  # apt's own variables
mirror=$(apt-get indextargets --format '$(CODENAME) $(SITE)' 'Created-By: Packages' |
    awk -v release="$VERSION_CODENAME" '$1 == release {print $2; exit}')
# One that is younger than debootstrap is made as the youngest.
script=/usr/share/debootstrap/scripts/$release
[[ -e $script ]] || script=/usr/share/debootstrap/scripts/sid
mkdir -p "${folder%/*}"
rm -rf "$folder" "$folder.packages"
debootstrap --variant=minbase --include="$packages" "$release" "$folder" "$mirror" "$script" \
    >"$folder.log" 2>&1 || {
    tail -n 5 "$folder.log" >&2
    exit 1
}
rm -rf "$folder"/var/cache/apt/archives/*.deb
printf '%s' "$key" >"$folder.packages"
