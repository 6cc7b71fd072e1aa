#!/usr/bin/env bash
# install.sh FOLDER
# Docker's clients that people have: Docker's own command line with buildx and Compose from Debian's later releases, as
# FOLDER/<release>, and those from npm that package-lock.json pins, as FOLDER/node_modules. What is there stays.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
readonly here folder=$1
readonly packages=(docker-cli docker-buildx docker-compose)
# shellcheck source=tests/packaging/bootstrap.sh
. "$here/../../packaging/bootstrap.sh"

# Debian's own keys, and lists of our own: nothing of this machine's apt changes. A machine that is no Debian asks where
# debootstrap would.
apt_of() { # release, words
    local aside=$folder/$1.apt
    mkdir -p "$aside/lists/partial" "$aside/cache/archives/partial"
    local mirror
    mirror=$(mirror_of "$1")
    [[ -n $mirror ]] || mirror=$(sed -n 's/^DEF_MIRROR="\(.*\)"/\1/p' "$(command -v debootstrap)")
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $1 main" >"$aside/sources"
    apt-get --quiet=2 -o Dir::Etc::sourcelist="$aside/sources" -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::State::lists="$aside/lists" -o Dir::Cache="$aside/cache" -o APT::Sandbox::User=root "${@:2}"
}

take_release() { # release
    [[ ! -e $folder/$1/usr/bin/docker ]] || return 0
    rm -rf "$folder/$1" "$folder/$1.new"
    mkdir -p "$folder/$1.new/debs"
    apt_of "$1" update
    (cd "$folder/$1.new/debs" && apt_of "$1" download "${packages[@]}")
    for package in "$folder/$1.new/debs"/*.deb; do
        dpkg-deb --extract "$package" "$folder/$1.new"
    done
    rm -rf "$folder/$1.new/debs" "$folder/$1.apt"
    mv "$folder/$1.new" "$folder/$1"
}

mkdir -p "$folder"
take_release trixie
take_release forky
"$here/../../install_locked.sh" "$here" "$folder"
