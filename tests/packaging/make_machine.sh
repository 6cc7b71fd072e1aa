#!/usr/bin/env bash
# make_machine.sh PACKAGE FOLDER
# The root file system of a machine that PACKAGE can be installed in, as FOLDER/root.tar: this machine's release, with
# systemd and a Docker Engine. It is kept until the list of its packages changes.
set -euo pipefail
readonly package=$1 folder=$2

# A dependency may be a name that another package provides; all of them are installed where the package was built.
# (Who reads here reads to the end: a writer whose reader has gone fails, now and then.)
real_package() { # name
    # shellcheck disable=SC2016  # dpkg-query's own
    dpkg-query --showformat '${Package} ${Provides}\n' --show |
        awk -v name="$1" '{gsub(/,/, " "); for (i = 1; i <= NF; i++) if ($i == name && !found++) print $1}'
}

# systemd and an engine, what our package depends on, and what the checks use.
packages_in_machine() {
    {
        printf '%s\n' apt busybox-static ca-certificates dbus docker.io iproute2 iptables nftables procps systemd \
            systemd-sysv
        # Debian 13 has the client in a package of its own.
        if apt-cache show docker-cli >/dev/null 2>&1; then echo docker-cli; fi
        dpkg-deb --field "$package" Depends | tr ',' '\n' | sed 's/^ *//; s/[ |(].*//' |
            while read -r dependency; do real_package "$dependency"; done
    } | sort -u
}

list=$(packages_in_machine | paste -sd,)
# shellcheck source=/dev/null
. /etc/os-release
key="$VERSION_CODENAME $list"
if [[ -f $folder/root.tar && $(cat "$folder/root.packages" 2>/dev/null) == "$key" ]]; then
    exit 0
fi
mkdir -p "$folder"
rm -f "$folder"/root.{tar,packages}
# shellcheck disable=SC2016  # apt's own variables
mirror=$(apt-get indextargets --format '$(CODENAME) $(SITE)' 'Created-By: Packages' |
    awk -v release="$VERSION_CODENAME" '$1 == release && !found++ {print $2}')
components=main
[[ $ID != ubuntu ]] || components=main,universe
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
debootstrap --variant=minbase --components="$components" --include="$list" "$VERSION_CODENAME" "$tree" "$mirror" \
    >"$folder/debootstrap.log" 2>&1 || {
    tail -n 5 "$folder/debootstrap.log" >&2
    exit 1
}
rm -rf "$tree"/var/cache/apt/archives/*.deb
tar -C "$tree" -cf "$folder/root.tar" .
printf '%s' "$key" >"$folder/root.packages"
