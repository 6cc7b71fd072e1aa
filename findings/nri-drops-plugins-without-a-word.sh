#!/usr/bin/env bash
# A runtime that takes plugins by NRI's own library (containerd/nri, pkg/adaptation) and stops it leaves the plugins that
# have connected by themselves connected: their connections stay open, they are told nothing, and a runtime that is
# started anew at the same socket asks none of them. Docker's daemon does so at each reload of its configuration, with
# 29.8 even where nothing in it has changed. A plugin that is made with the library's own pkg/stub is not told either
# (OnClose), and waits for ever.
#
# So a plugin has to watch for it: another file at the socket's path, or the engine's event of a reload.
#
# Compiles a runtime and a plugin, one program, with Debian 13's packages below, in a folder of its own; root, Debian,
# two minutes. Ends with 0 where the library still does so.
set -euo pipefail
# shellcheck source=tests/packaging/bootstrap.sh
. "$(dirname "$(readlink -f "$0")")/../tests/packaging/bootstrap.sh"

readonly packages=(golang-1.24-go=1.24.4-1 golang-1.24-src=1.24.4-1 golang-github-containerd-nri-dev=0.6.1-2
    golang-github-containerd-ttrpc-dev=1.2.4-2 golang-github-containerd-log-dev=0.1.0-2
    golang-github-gogo-protobuf-dev=1.3.2-3 golang-github-golang-protobuf-1-5-dev=1.5.4-1
    golang-github-kubernetes-cri-api-dev=0.32.3-1 golang-github-opencontainers-specs-dev=1.2.0-2
    golang-github-sirupsen-logrus-dev=1.9.0-1 golang-golang-x-net-dev=1:0.27.0-2 golang-golang-x-sys-dev=0.22.0-1
    golang-golang-x-text-dev=0.22.0-1 golang-google-genproto-dev=0.0~git20210726.e7812ac-4
    golang-google-grpc-dev=1.64.0-7 golang-google-protobuf-dev=1.36.5-1)

work=$(mktemp -d /var/tmp/finding.XXXXXX)
readonly work
trap 'rm -rf "$work"' EXIT
extract trixie "$work" "${packages[@]}"

cat >"$work/main.go" <<'GO'
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/containerd/nri/pkg/adaptation"
	"github.com/containerd/nri/pkg/api"
	"github.com/containerd/nri/pkg/stub"
)

type plugin struct{}

func (plugin) CreateContainer(context.Context, *api.PodSandbox, *api.Container) (*api.ContainerAdjustment, []*api.ContainerUpdate, error) {
	adjustment := &api.ContainerAdjustment{}
	adjustment.AddEnv("A", "1")
	return adjustment, nil, nil
}

func start(socket string) *adaptation.Adaptation {
	runtime, err := adaptation.New("finding", "1", func(ctx context.Context, tell adaptation.SyncCB) error {
		_, err := tell(ctx, nil, nil)
		return err
	}, func(context.Context, []*adaptation.ContainerUpdate) ([]*adaptation.ContainerUpdate, error) {
		return nil, nil
	}, adaptation.WithPluginPath("/nonexistent"), adaptation.WithSocketPath(socket))
	if err == nil {
		err = runtime.Start()
	}
	if err != nil {
		panic(err)
	}
	return runtime
}

// How many variables a container is given.
func given(runtime *adaptation.Adaptation) int {
	response, err := runtime.CreateContainer(context.Background(), &adaptation.CreateContainerRequest{
		Pod: &adaptation.PodSandbox{Id: "1"}, Container: &adaptation.Container{Id: "1"}})
	if err != nil {
		panic(err)
	}
	return len(response.GetAdjust().GetEnv())
}

func main() {
	socket := os.Args[1]
	runtime := start(socket)
	closed := make(chan struct{})
	registered, err := stub.New(plugin{}, stub.WithPluginName("finding"), stub.WithPluginIdx("10"),
		stub.WithSocketPath(socket), stub.WithOnClose(func() { close(closed) }))
	if err != nil {
		panic(err)
	}
	go registered.Run(context.Background())
	for end := time.Now().Add(10 * time.Second); given(runtime) == 0 && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	before := given(runtime)
	// As Docker's daemon does when it reads its configuration anew.
	runtime.Stop()
	runtime = start(socket)
	heard := false
	select {
	case <-closed:
		heard = true
	case <-time.After(10 * time.Second):
	}
	after := given(runtime)
	fmt.Printf("variables before: %d, after: %d, the plugin has heard of it: %v\n", before, after, heard)
	if before != 1 || after != 0 || heard {
		os.Exit(1)
	}
}
GO
go=$work/usr/lib/go-1.24
GOROOT=$go GOPATH=$work/usr/share/gocode GO111MODULE=off GOCACHE=$work/cache GOTOOLCHAIN=local CGO_ENABLED=0 \
    "$go/bin/go" build -o "$work/main" "$work/main.go"
timeout 60 "$work/main" "$work/nri.sock" 2>"$work/log" || {
    cat "$work/log" >&2
    exit 1
}
