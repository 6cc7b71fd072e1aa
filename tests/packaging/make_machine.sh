#!/usr/bin/env bash
# make_machine.sh PACKAGE FOLDER
# The root file system of a machine that PACKAGE can be installed in, as FOLDER/root.tar: this machine's release, with
# systemd and a Docker Engine. It is kept until the list of its packages changes.
set -euo pipefail
readonly package=$1 folder=$2
# shellcheck source=tests/packaging/bootstrap.sh
. "$(dirname "$(readlink -f "$0")")/bootstrap.sh"

# systemd and an engine, what our package depends on, and what the checks use.
packages_in_machine() {
    {
        printf '%s\n' apt busybox-static ca-certificates dbus docker.io iproute2 iptables nftables procps systemd \
            systemd-sysv
        # Debian 13 has the client in a package of its own.
        if apt-cache show docker-cli >/dev/null 2>&1; then echo docker-cli; fi
        dependencies_of "$package"
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
components=main
[[ $ID != ubuntu ]] || components=main,universe
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
bootstrap "$VERSION_CODENAME" "$list" "$tree" "$folder/debootstrap.log" --components="$components"
tar -C "$tree" -cf "$folder/root.tar" .
printf '%s' "$key" >"$folder/root.packages"
