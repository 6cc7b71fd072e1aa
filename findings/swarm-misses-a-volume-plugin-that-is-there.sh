#!/usr/bin/env bash
# Docker Engine 20.10 counts a volume plugin whose socket is in /run/docker/plugins among its plugins (docker info) only
# once somebody has asked it for its volumes, and no more when it was started again. Swarm places tasks by that list: a
# service with a volume of the driver stays pending, "missing plugin on 1 node", beside a plugin that listens, until
# somebody runs docker volume ls on the node.
#
# So whoever serves volumes to Swarm has to ask for the list at each start of the engine.
#
# Runs Debian 12's packages below, in a folder and namespaces of its own; root, Debian 12, curl and jq. Ends with 0 where
# the engine still does so.
set -euo pipefail

readonly packages=(docker.io=20.10.24+dfsg1-1+deb12u1+b6 containerd=1.6.20~ds1-1+deb12u3 runc=1.1.5+ds1-1+deb12u1
    socat=1.7.4.4-2 libwrap0=7.6.q-32 libdevmapper1.02.1=2:1.02.185-2)

if [[ ${1:-} != inside ]]; then
    work=$(mktemp -d /var/tmp/finding.XXXXXX)
    trap 'rm -rf "$work"' EXIT
    (cd "$work" && apt-get -qq download "${packages[@]}")
    for package in "$work"/*.deb; do dpkg-deb -x "$package" "$work/root"; done
    unshare --mount --pid --net --uts --fork --kill-child --mount-proc "$0" inside "$work"
    exit
fi

readonly work=$2
export PATH=$work/root/usr/sbin:$work/root/usr/bin:$work/root/bin:$PATH
export LD_LIBRARY_PATH=$work/root/lib/x86_64-linux-gnu:$work/root/usr/lib/x86_64-linux-gnu
ask() { curl -s --unix-socket "$work/engine.sock" -H 'Content-Type: application/json' "$@"; }

cat >"$work/plugin" <<'PLUGIN'
#!/usr/bin/env bash
read -r _ path _
while read -r header && [[ ${header%$'\r'} != '' ]]; do :; done
case $path in
/Plugin.Activate) answer='{"Implements":["VolumeDriver"]}' ;;
/VolumeDriver.Capabilities) answer='{"Capabilities":{"Scope":"local"}}' ;;
/VolumeDriver.List) answer='{"Volumes":[],"Err":""}' ;;
*) answer='{"Err":""}' ;;
esac
printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %s\r\nConnection: close\r\n\r\n%s' \
    "${#answer}" "$answer"
PLUGIN
chmod 755 "$work/plugin"

ip link set lo up
mount -t tmpfs tmpfs /run
mkdir -p /run/docker/plugins
socat UNIX-LISTEN:/run/docker/plugins/driver.sock,fork EXEC:"$work/plugin" &

start_engine() {
    dockerd --host "unix://$work/engine.sock" --data-root "$work/data" --exec-root /run/docker --pidfile "$work/pid" \
        --bridge=none --iptables=false --ip6tables=false >>"$work/log" 2>&1 &
    engine=$!
    for _ in $(seq 100); do
        ask http://engine/_ping >/dev/null && break
        sleep 0.2
    done
}
plugins() { ask http://engine/info | jq -c .Plugins.Volume; }
make_service() { # name
    ask http://engine/services/create -d '{"Name": "'"$1"'", "TaskTemplate": {"RestartPolicy": {"Condition": "none"},
        "ContainerSpec": {"Image": "no-such-image:1", "Mounts": [{"Type": "volume", "Source": "v", "Target": "/v",
            "VolumeOptions": {"DriverConfig": {"Name": "driver"}}}]}}}' >/dev/null
}
task_of() { # service
    ask "http://engine/tasks?filters=%7B%22service%22%3A%5B%22$1%22%5D%7D" |
        jq -r '.[0].Status | .State + ": " + (.Err // .Message)'
}
is_placed() { # service; within a minute
    for _ in $(seq 60); do
        [[ $(task_of "$1") == pending:* || $(task_of "$1") == new:* ]] || return 0
        sleep 1
    done
    return 1
}

result=0
expect() { # what it is, a pattern, what was seen
    printf '%s: %s\n' "$1" "$3"
    # shellcheck disable=SC2053  # a pattern
    [[ $3 == $2 ]] || result=1
}

start_engine
printf 'engine %s\n' "$(ask http://engine/version | jq -r .Version)"
expect 'plugins at its start' '\["local"\]' "$(plugins)"
ask http://engine/volumes >/dev/null
expect 'when it was asked for volumes' '\["driver","local"\]' "$(plugins)"
kill "$engine"
wait "$engine" || true
start_engine
expect 'started again' '\["local"\]' "$(plugins)"
ask http://engine/swarm/init -d '{"ListenAddr": "127.0.0.1:2377", "AdvertiseAddr": "127.0.0.1"}' >/dev/null
make_service s
sleep 25
expect 'a task of Swarm after 25 s' 'pending: *missing plugin on 1 node*' "$(task_of s)"
ask http://engine/volumes >/dev/null
expect 'when it was asked for volumes' '\["driver","local"\]' "$(plugins)"
is_placed s || result=1
expect 'the task then' 'rejected: No such image*' "$(task_of s)"
exit "$result"
