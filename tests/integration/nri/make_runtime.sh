#!/usr/bin/env bash
# make_runtime.sh FOLDER
# FOLDER/runtime: runtime.go, compiled by the Go and with the library's package of Debian's next release, in a root of it
# (FOLDER/root). A static program. The root is kept until the lists of packages change, the program until its source does.
set -euo pipefail
folder=$(readlink -m "$1")
readonly folder release=forky program=tests/integration/nri/runtime.go
# What the program is compiled of, and no more: all that these are made to depend on are gigabytes.
readonly libraries=(golang-github-containerd-{log,nri,ttrpc}-dev golang-github-gogo-protobuf-dev
    golang-github-golang-protobuf-1-5-dev golang-github-kubernetes-cri-api-dev golang-github-opencontainers-specs-dev
    golang-github-sirupsen-logrus-dev golang-golang-x-{net,sys,text}-dev golang-google-{genproto,grpc,protobuf}-dev)
cd "$(dirname "$(readlink -f "$0")")/../../.."
# shellcheck source=tests/packaging/bootstrap.sh
. tests/packaging/bootstrap.sh

make_root() {
    rm -rf "$folder"
    mkdir -p "$folder/root"
    bootstrap "$release" golang-go "$folder/root" "$folder/log"
    extract "$release" "$folder/root" "${libraries[@]}"
}

# Debian's libraries are a GOPATH, without modules.
compile() {
    tests/hosts/in_root.sh "$folder/root" "$folder" env GO111MODULE=off GOPATH=/usr/share/gocode CGO_ENABLED=0 \
        go build -o /source/build/runtime "/source/$program"
}

readonly key="$release golang-go ${libraries[*]}"
if [[ $(cat "$folder/packages" 2>/dev/null) != "$key" ]]; then
    make_root
    printf '%s' "$key" >"$folder/packages"
fi
if ! cmp --quiet "$program" "$folder/runtime.go"; then
    rm -f "$folder/runtime.go"
    compile
    cp "$program" "$folder/runtime.go"
fi
