#!/usr/bin/env bash
# in_root.sh ROOT BUILD COMMAND…
# A command in ROOT, which is another release's, with this source tree in it as /source: read-only but for
# /source/build, which is the folder BUILD. Nothing that is mounted for it outlives it.
set -euo pipefail
root=$(readlink -f "$1") build=$(readlink -f "$2")
shift 2
source=$(readlink -f "$(dirname "$0")/../..")
mkdir -p "$root/source" "$source/build"
# shellcheck disable=SC2016  # expanded there
exec setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child bash -euc '
    root=$1 build=$2 source=$3
    shift 3
    mount -t proc proc "$root/proc"
    mount --bind /dev "$root/dev"
    mount --bind "$source" "$root/source"
    mount -o remount,bind,ro "$root/source"
    mount --bind "$build" "$root/source/build"
    exec chroot "$root" "$@"
' bash "$root" "$build" "$source" env -i HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    CCACHE_DIR=/source/build/ccache ${http_proxy:+http_proxy="$http_proxy"} "$@"
