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

take_release() { # release
    [[ ! -e $folder/$1/usr/bin/docker ]] || return 0
    rm -rf "$folder/$1" "$folder/$1.new"
    mkdir -p "$folder/$1.new"
    extract "$1" "$folder/$1.new" "${packages[@]}"
    mv "$folder/$1.new" "$folder/$1"
}

mkdir -p "$folder"
take_release trixie
take_release forky
"$here/../../install_locked.sh" "$here" "$folder"
