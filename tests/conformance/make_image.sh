#!/usr/bin/env bash
# make_image.sh FOLDER [IMAGE]
# Installs the locked clients into FOLDER, where they stay until the lock changes, and makes IMAGE of them, of the
# programs in clients/, of busybox, and of this machine's node, curl and jq with the libraries that these need. Without
# IMAGE, it only installs.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
readonly here folder=$1 image=${2:-}

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

copy() { # files, each to its own place
    local file
    for file in "$@"; do
        mkdir -p "$root${file%/*}"
        cp -L "$file" "$root$file"
    done
}

libraries_of() { ldd "$1" | grep -o '/[^ )]*'; }

copy_program() {
    local program
    program=$(command -v "$1") || fail "there is no program $1 on this machine"
    # shellcheck disable=SC2046 # paths of libraries have no spaces
    copy $(libraries_of "$program")
    mkdir -p "$root/usr/bin"
    cp -L "$program" "$root/usr/bin/$1"
}

# Debian's node has parts of itself in files.
copy_parts_of_node() {
    local part
    # shellcheck disable=SC2013,SC2046 # nor have these
    for part in $(grep -aohE '/usr/share/nodejs/[a-z0-9-]+' "$root/usr/bin/node" \
        $(find "$root" -name 'libnode.so*') | sort -u); do
        if [[ -d $part ]]; then
            mkdir -p "$root/usr/share/nodejs"
            cp -RL "$part" "$root/usr/share/nodejs/"
        fi
    done
}

make_root() {
    local program
    mkdir -p "$root/bin" "$root/tmp"
    cp "$(command -v busybox)" "$root/bin/busybox"
    busybox --list | grep -vx busybox | perl -ne 'chomp; symlink "busybox", "'"$root"'/bin/$_" or die'
    for program in node curl jq; do
        copy_program "$program"
    done
    copy_parts_of_node
}

"$here/../install_locked.sh" "$here/clients" "$folder"
[[ -n $image ]] || exit 0
cd "$folder"
root=$(mktemp -d "$PWD/root.XXXXXX")
trap 'rm -rf "$root"' EXIT
make_root
# An image of this name that an interrupted run has left would stay without a name.
docker image rm --force "$image" >/dev/null 2>&1 || true
# Two thirds of what is installed are for programs outside of containers (credentials/).
tar --owner=0 --group=0 --exclude=node_modules/aws-crt --exclude=node_modules/aws-sdk \
    -c -C "$root" . -C "$PWD" node_modules -C "$here" clients | docker import - "$image" >/dev/null
