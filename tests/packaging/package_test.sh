#!/usr/bin/env bash
# The package as its users meet it: a machine with systemd and a Docker Engine of its own (a container) in which it
# is installed, used, upgraded, removed and purged. `./dev test` makes the packages and runs this.
#
#   package_test.sh <package> <the same with a higher version> <tar of a root file system> <file for the results>
#
# What is checked is in steps.sh. It is run in a sandbox (tests/sandbox), whose engine the machine is a container of.
set -euo pipefail

readonly package=$1 newer=$2 root=$3 results=$4
readonly name=ecs-package-test-$$ task_parent=/ecs/

folder=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/packaging/checks.sh
. "$folder/checks.sh"
# shellcheck source=tests/packaging/steps.sh
. "$folder/steps.sh"

# --- the machine ----------------------------------------------------------------------------------

in_machine() { docker exec "$name" "$@"; }

# Networks, mounts, PIDs and cgroups are the machine's own. Some of it is prepared as a host has it: all mounts are
# shared, else no mount of Docker's (its network namespaces) would ever reach a service that has a mount namespace;
# cgroups may be written, but for their roots, by mode: 0555 on a host, and 0755 where a namespace of cgroups begins;
# settings of networks, which are the machine's own, may be changed.
# SYS_PTRACE is for its engine (runc joins another container's namespace by /proc), DAC_READ_SEARCH for our service.
# Its engine makes cgroups itself, so that the agent has to, on whatever version.
start_machine() {
    # shellcheck disable=SC2016
    local boot='mount --make-rshared /
        for mount in $(awk "\$5 ~ \"^/sys/fs/cgroup\" {print \$5}" /proc/self/mountinfo); do
            mount -o remount,rw,bind "$mount"
            [ ! -e "$mount/cgroup.procs" ] || chmod 0555 "$mount"
        done
        mount --bind /proc/sys/net /proc/sys/net
        mount -o remount,rw,bind /proc/sys/net
        mkdir -p /etc/docker
        echo "{\"exec-opts\": [\"native.cgroupdriver=cgroupfs\"]}" >/etc/docker/daemon.json
        exec /sbin/init'
    docker run --detach --name "$name" --hostname machine --network none --cgroupns private \
        --cap-add SYS_ADMIN --cap-add NET_ADMIN --cap-add SYS_PTRACE --cap-add DAC_READ_SEARCH \
        --security-opt seccomp=unconfined --security-opt apparmor=unconfined \
        --sysctl net.ipv4.ip_forward=1 \
        --tmpfs /run --tmpfs /tmp --tmpfs /var/lib/docker:exec \
        --env container=docker "$name" sh -c "$boot" >/dev/null
}

# Its systemd mounts hierarchies that this host has mounted nowhere. What is left in them keeps them alive,
# and Docker's own stats then search for a mount in vain.
remove_unseen_cgroups() {
    local controller hierarchy rest
    while read -r controller hierarchy rest; do
        if [[ $controller == '#'* || $hierarchy == 0 ]] ||
            grep -qE " - cgroup [^ ]+ [^ ]*\b$controller\b" /proc/self/mountinfo; then
            continue
        fi
        # The kernel gives an empty hierarchy up when it is unmounted once more.
        # shellcheck disable=SC2016
        unshare --mount sh -c 'mount -t cgroup -o "$1" none /mnt &&
            find /mnt -depth -mindepth 1 -type d -path "*ecs-package-test-*" -exec rmdir {} ";"
            umount /mnt; mount -t cgroup -o "$1" none /mnt; umount /mnt' sh "$controller" 2>/dev/null || true
    done </proc/cgroups
}

clean_up() {
    local status=$?
    trap - EXIT
    [[ $ok == no || $status -eq 0 ]] || failed 'the script goes on'
    if [[ $ok == no ]]; then
        printf 'the service in the journal:\n' >&2
        in_machine journalctl --no-pager --unit "$unit" --lines 60 --output short-precise >&2 2>/dev/null || true
    fi
    docker rm --force --volumes "$name" >/dev/null 2>&1 || true
    docker rmi "$name" >/dev/null 2>&1 || true
    remove_unseen_cgroups
    [[ $ok == yes ]] || status=1
    exit "$status"
}

# ==================================================================================================

trap clean_up EXIT
trap 'exit 130' INT TERM
: >"$results"

begin 'machine'
docker import "$root" "$name" >/dev/null || give_up 'it is imported'
start_machine || give_up 'it starts'
# "degraded": services that no container can have.
within 60 sh_in_machine 'systemctl is-system-running | grep -qE "^(running|degraded)"' ||
    give_up 'systemd has booted' "$(in_machine systemctl list-jobs 2>&1)"
within 60 in_machine docker version || give_up 'its engine answers' "$(in_machine journalctl -u docker -n 20 2>&1)"
docker cp "$package" "$name:/root/first.deb" >/dev/null
docker cp "$newer" "$name:/root/newer.deb" >/dev/null
import_box || give_up 'an image is made'
passed 'systemd and an engine run'

check_install
check_settings
check_tasks
check_door
check_reload
check_kill
check_watchdog
check_upgrade
check_journal
check_engine_away
check_remove
check_purge

printf '%4s s  done\n' "$SECONDS" >&2
