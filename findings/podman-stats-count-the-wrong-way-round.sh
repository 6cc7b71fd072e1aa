#!/usr/bin/env bash
# Podman 4.3.1 answers GET /containers/<id>/stats of Docker's API with the counters of the network the wrong way round:
# rx_bytes is what the container has sent, tx_bytes what it has received. They stand under one name, "network", whatever
# its interfaces are called, and its packets are 0.
#
# So a program that reads stats by Docker's API must not believe directions of this version; the kernel's own figures
# (/proc/<pid>/net/dev) are right.
#
# Runs Debian 12's packages below, in a folder and namespaces of its own; root, Debian 12, curl and jq. Ends with 0 where
# Podman still does so.
set -euo pipefail

readonly packages=(podman=4.3.1+ds1-8+deb12u1+b3 conmon=2.1.6+ds1-1 crun=1.8.1-1+deb12u1 netavark=1.4.0-3
    golang-github-containers-common=0.50.1+ds1-4 golang-github-containers-image=5.23.1-4
    busybox-static=1:1.35.0-4+deb12u1+b1 libgpgme11=1.18.0-3+deb12u1 libassuan0=2.5.5-5
    libsubid4=1:4.13+dfsg1-1+deb12u2 libyajl2=2.1.0-3+deb12u2 libdevmapper1.02.1=2:1.02.185-2)

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
ask() { curl -s --unix-socket "$work/podman.sock" "$@"; }

ip link set lo up
mount -t tmpfs tmpfs /run
mkdir -p /etc/containers
mount --bind "$work/root/etc/containers" /etc/containers
# One that is mounted beside cgroups of version 1 is more than this crun takes.
! mountpoint -q /sys/fs/cgroup/unified || umount /sys/fs/cgroup/unified
cat >"$work/containers.conf" <<TEXT
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
conmon_path = ["$work/root/usr/bin/conmon"]
helper_binaries_dir = ["$work/root/usr/lib/podman"]
[engine.runtimes]
crun = ["$work/root/usr/bin/crun"]
[network]
network_backend = "netavark"
TEXT
export CONTAINERS_CONF=$work/containers.conf
mkdir -p "$work/networks"
podman --root "$work/storage" --runroot /run/podman --tmpdir /run/libpod --network-config-dir "$work/networks" \
    --runtime crun --cgroup-manager cgroupfs --events-backend file \
    system service --time 0 "unix://$work/podman.sock" >"$work/log" 2>&1 &
for _ in $(seq 100); do
    ask http://podman/_ping >/dev/null && break
    sleep 0.2
done
printf 'podman %s\n' "$(ask http://podman/version | jq -r .Version)"

mkdir -p "$work/image/bin"
cp "$work/root/bin/busybox" "$work/image/bin/"
tar -C "$work/image" -c . | ask -X POST -H 'Content-Type: application/x-tar' --data-binary @- \
    'http://podman/images/create?fromSrc=-&repo=box&tag=1' >/dev/null
image=$(ask http://podman/images/json | jq -r '.[0].Id')
ask -X POST -H 'Content-Type: application/json' -o /dev/null \
    -d "{\"Image\": \"$image\", \"Cmd\": [\"/bin/busybox\", \"sleep\", \"60\"]}" \
    'http://podman/containers/create?name=box'
ask -X POST -o /dev/null http://podman/containers/box/start
about=$(ask http://podman/containers/box/json)
pid=$(jq -r .State.Pid <<<"$about")
address=$(jq -r '.NetworkSettings.Networks | to_entries[0].value.IPAddress' <<<"$about")
# Much is received, and little of it answered.
for _ in $(seq 50); do head -c 1000 /dev/zero >"/dev/udp/$address/9000" || true; done
sleep 1

stats=$(ask 'http://podman/containers/box/stats?stream=false')
kernel=$(sed -n 's/^ *eth0: *//p' "/proc/$pid/net/dev")
read -r received _ <<<"$kernel"
sent=$(awk '{print $9}' <<<"$kernel")
printf 'the kernel, in the container: eth0 received %s, sent %s bytes\n' "$received" "$sent"
printf 'Podman: %s\n' "$(jq -c '.networks | map_values({rx_bytes, tx_bytes, rx_packets})' <<<"$stats")"
told_received=$(jq '.networks.network.rx_bytes' <<<"$stats") told_sent=$(jq '.networks.network.tx_bytes' <<<"$stats")
[[ $received -gt 50000 && $told_sent -gt 50000 && $told_received -lt $received ]]
