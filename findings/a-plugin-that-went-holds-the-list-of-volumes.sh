#!/usr/bin/env bash
# Docker Engine 20.10 keeps asking a volume plugin that has gone. Once the driver was used, and its socket is not there
# any more, GET /volumes (docker volume ls) takes 15 s each time, until the engine is restarted: it tries to connect
# again after 1, 2, 4 and 8 s. Then it answers 200, with the volume as it remembers it, and a warning for the driver.
# So do programs that list volumes by a label or a name that no volume of that driver has.
#
# So a plugin has to leave its socket where it is when it ends, or whoever lists volumes waits.
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
    unshare --mount --pid --net --fork --kill-child --mount-proc "$0" inside "$work"
    exit
fi

readonly work=$2
export PATH=$work/root/usr/sbin:$work/root/usr/bin:$work/root/bin:$PATH
export LD_LIBRARY_PATH=$work/root/lib/x86_64-linux-gnu:$work/root/usr/lib/x86_64-linux-gnu
ask() { curl -s --unix-socket "$work/engine.sock" "$@"; }

# A driver with one volume.
cat >"$work/plugin" <<'PLUGIN'
#!/usr/bin/env bash
read -r _ path _
while read -r header && [[ ${header%$'\r'} != '' ]]; do :; done
case $path in
/Plugin.Activate) answer='{"Implements":["VolumeDriver"]}' ;;
/VolumeDriver.Capabilities) answer='{"Capabilities":{"Scope":"local"}}' ;;
/VolumeDriver.List) answer='{"Volumes":[{"Name":"v","Mountpoint":"/v"}],"Err":""}' ;;
/VolumeDriver.Get) answer='{"Volume":{"Name":"v","Mountpoint":"/v"},"Err":""}' ;;
*) answer='{"Err":""}' ;;
esac
printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %s\r\nConnection: close\r\n\r\n%s' \
    "${#answer}" "$answer"
PLUGIN
chmod 755 "$work/plugin"

mount -t tmpfs tmpfs /run
mkdir -p /run/docker/plugins
socat UNIX-LISTEN:/run/docker/plugins/driver.sock,fork EXEC:"$work/plugin" &
plugin=$!
dockerd --host "unix://$work/engine.sock" --data-root "$work/data" --exec-root /run/docker --pidfile "$work/pid" \
    --bridge=none --iptables=false --ip6tables=false >"$work/log" 2>&1 &
for _ in $(seq 100); do
    ask http://engine/_ping >/dev/null && break
    sleep 0.2
done
printf 'engine %s, API %s\n' "$(ask http://engine/version | jq -r .Version)" "$(ask http://engine/version | jq -r .ApiVersion)"

list() { # what to call it
    local begun=$SECONDS answer
    answer=$(ask "http://engine/volumes$2" -w '\n%{http_code}')
    took=$((SECONDS - begun))
    printf '%s: %s after %s s, volumes %s, warnings %s\n' "$1" "${answer##*$'\n'}" "$took" \
        "$(jq -c '[.Volumes[]?.Name]' <<<"${answer%$'\n'*}")" "$(jq -c '.Warnings | length' <<<"${answer%$'\n'*}")"
}

ask -X POST -H 'Content-Type: application/json' -d '{"Name": "v", "Driver": "driver"}' http://engine/volumes/create >/dev/null
list 'with the plugin' ''
quick=$took
kill "$plugin"
rm -f /run/docker/plugins/driver.sock
list 'without it' ''
slow=$took
list 'once more' ''
again=$took
list 'for a label that none has' '?filters=%7B%22label%22%3A%5B%22none%22%5D%7D'
[[ $quick -le 2 && $slow -ge 10 && $again -ge 10 && $took -ge 10 ]]
