#!/usr/bin/env bash
# Docker Engine 20.10 lists a container while it still makes it. GET /containers/json?all=true shows it, with id, name,
# labels and the state "created", and GET /containers/<that id>/json says 404 "No such container" at the same moment,
# until the container's volumes are filled. POST /containers/create has not answered by then, no event was sent. With an
# image whose volume has some thousand files, which are copied at the creation, this lasts for most of a second.
#
# So a program that lists containers and then looks at each must take the 404 for "not yet" as well as for "gone".
#
# Runs Debian 12's packages below, in a folder and namespaces of its own; root, Debian 12, curl and jq. Ends with 0 where
# the engine still does so.
set -euo pipefail

readonly packages=(docker.io=20.10.24+dfsg1-1+deb12u1+b6 containerd=1.6.20~ds1-1+deb12u3 runc=1.1.5+ds1-1+deb12u1
    busybox-static=1:1.35.0-4+deb12u1+b1 libdevmapper1.02.1=2:1.02.185-2)

if [[ ${1:-} != inside ]]; then
    work=$(mktemp -d /var/tmp/finding.XXXXXX)
    trap 'rm -rf "$work"' EXIT
    (cd "$work" && apt-get -qq download "${packages[@]}")
    for package in "$work"/*.deb; do dpkg-deb -x "$package" "$work/root"; done
    unshare --mount --pid --net --fork --kill-child --mount-proc "$0" inside "$work"
    exit
fi

readonly work=$2
export PATH=$work/root/usr/sbin:$work/root/usr/bin:$work/root/bin:$PATH
export LD_LIBRARY_PATH=$work/root/lib/x86_64-linux-gnu:$work/root/usr/lib/x86_64-linux-gnu
ask() { curl -s --unix-socket "$work/engine.sock" "$@"; }

mount -t tmpfs tmpfs /run
dockerd --host "unix://$work/engine.sock" --data-root "$work/data" --exec-root /run/docker --pidfile "$work/pid" \
    --bridge=none --iptables=false --ip6tables=false >"$work/log" 2>&1 &
for _ in $(seq 100); do
    ask http://engine/_ping >/dev/null && break
    sleep 0.2
done
printf 'engine %s, API %s\n' "$(ask http://engine/version | jq -r .Version)" "$(ask http://engine/version | jq -r .ApiVersion)"

mkdir -p "$work/image/bin" "$work/image/data"
cp "$work/root/bin/busybox" "$work/image/bin/"
(cd "$work/image/data" && seq 4000 | xargs touch)
tar -C "$work/image" -c . | ask -X POST -H 'Content-Type: application/x-tar' --data-binary @- \
    'http://engine/images/create?fromSrc=-&repo=box&tag=1&changes=VOLUME%20/data' >/dev/null

ask -X POST -H 'Content-Type: application/json' -d '{"Image": "box:1", "Cmd": ["/bin/busybox", "true"]}' \
    'http://engine/containers/create?name=slow' >"$work/created" &
creating=$!
listed=0 refused=0 answer=''
while kill -0 "$creating" 2>/dev/null; do
    id=$(ask 'http://engine/containers/json?all=true' | jq -r '.[0].Id // empty')
    [[ -n $id ]] || continue
    listed=$((listed + 1))
    seen=$(ask -w '\n%{http_code}' "http://engine/containers/$id/json")
    if [[ ${seen##*$'\n'} == 404 ]] && kill -0 "$creating" 2>/dev/null; then
        refused=$((refused + 1))
        answer=${seen%$'\n'*}
    fi
done
printf 'while it was being created: listed %s times, of which 404 at the look that followed: %s\n' "$listed" "$refused"
printf 'the last such answer: %s\n' "${answer//[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]/}"
printf 'afterwards: %s\n' "$(ask -o /dev/null -w '%{http_code}' "http://engine/containers/slow/json")"
[[ $refused -gt 0 ]]
