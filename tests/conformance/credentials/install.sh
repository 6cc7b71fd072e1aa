#!/usr/bin/env bash
# install.sh FOLDER
# Puts the clients of credentials that are no packages of Debian into FOLDER: those from npm, and the Go program, which
# is built of Debian's sources of AWS's SDK. What is there already, and is as it should be, stays.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
readonly here folder=$1

"$here/../make_image.sh" "$folder"
# Static, so that it also runs in a container.
GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE="$folder/go-cache" GOPROXY=off GOFLAGS='' CGO_ENABLED=0 \
    go build -trimpath -ldflags='-s -w' -o "$folder/gov2" "$here/clients/gov2/main.go"
