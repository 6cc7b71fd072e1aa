#!/usr/bin/env bash
# A command as if it had the machine for itself: namespaces of its own (mounts, processes, network, IPC, host name,
# cgroups), an empty /run, and a Docker Engine with nothing in it. Whatever ends the command, or kills any process of
# this, all that was started in here ends with it, and what it made of networks, mounts, files and containers is gone.
# Cgroups, and the folder of one with a disk, are removed here, or by the next `sandbox.sh --sweep`.
#
#   sandbox.sh [--disk] <name> <command>…   runs it; its exit status. One sandbox of a name at a time.
#   sandbox.sh --sweep                      removes what killed sandboxes have left
#
# The engine's files and TMPDIR are in memory, with --disk on the machine's disk: where the disk is part of what is
# tested. The command sees the host's files, and ECS_SANDBOX says that it is in one. There is no network beyond it.
#
# ECS_SANDBOX_ENGINE_ROOT is a root file system whose dockerd is started instead of the machine's (tests/engines),
# ECS_SANDBOX_ENGINE_SETTINGS the text of its daemon.json.
set -euo pipefail

readonly prefix=ecs-sandbox.                     # of cgroups
readonly folders=/var/lib/ecs-node-agent-sandbox # where nobody else may write

# Mount points of cgroups below /sys/fs/cgroup, a line each: "<path> <type> <options>".
hierarchies() { awk '$3 ~ /^cgroup2?$/ && $2 ~ "^/sys/fs/cgroup" {print $2, $3, $4}' /proc/self/mounts; }

# --- outside --------------------------------------------------------------------------------------

# Cgroups end from the inside out, and the last process of one may take a moment to be gone.
remove_cgroups() { # name
    local path
    while read -r path _; do
        [[ -d $path/$prefix$1 ]] || continue
        for _ in 1 2 3 4 5 6 7 8 9 10; do
            find "$path/$prefix$1" -depth -type d -exec rmdir {} + 2>/dev/null && break
            sleep 0.1
        done
    done < <(hierarchies)
}

remove_sandbox() { # name
    remove_cgroups "$1"
    rm -rf "${folders:?}/$1"
}

# One that is in use is locked by its sandbox.
sweep() {
    local name path
    for name in $({
        ls "$folders" 2>/dev/null || true
        while read -r path _; do
            find "$path" -maxdepth 1 -name "$prefix*" -printf '%f\n' | sed "s/^$prefix//"
        done < <(hierarchies)
    } | sed 's/\.lock$//' | sort -u); do
        (
            mkdir -p "$folders"
            exec 8>"$folders/$name.lock"
            flock --nonblock 8 || exit 0
            remove_sandbox "$name"
            rm -f "$folders/$name.lock"
        )
    done
}

enter_cgroups() { # name
    local path
    while read -r path _; do
        mkdir -p "$path/$prefix$1"
        # A new cpuset has no CPU, and nobody may enter it.
        if [[ -e $path/cpuset.cpus && ! -e $path/cgroup.controllers ]]; then
            cat "$path/cpuset.cpus" >"$path/$prefix$1/cpuset.cpus"
            cat "$path/cpuset.mems" >"$path/$prefix$1/cpuset.mems"
        fi
        printf '0' >"$path/$prefix$1/cgroup.procs"
    done < <(hierarchies)
}

outside() { # memory|disk, name, command…
    local place=$1 name=${2:-} status=0
    [[ $name =~ ^[A-Za-z0-9_][A-Za-z0-9_.-]*$ && $# -gt 2 ]] || {
        printf 'usage: sandbox.sh [--disk] <name> <command>…, or sandbox.sh --sweep\n' >&2
        exit 2
    }
    shift 2
    mkdir -p "$folders"
    exec 8>"$folders/$name.lock"
    flock --nonblock 8 || {
        printf 'sandbox.sh: there is a sandbox %s already\n' "$name" >&2
        exit 1
    }
    remove_sandbox "$name"
    mkdir -p "$folders/$name"
    # Each dies with the one before it: this shell, unshare, the first process inside, and with that all. What is
    # started behind a shell has no input, and ignores the keyboard's signals, unless that is taken back.
    env --default-signal=INT,QUIT setpriv --pdeathsig KILL unshare --mount --pid --net --ipc --uts --fork \
        --kill-child --mount-proc "$0" --enter "$place" "$name" "$@" <&0 8>&- &
    wait "$!" || status=$?
    remove_sandbox "$name"
    rm -f "$folders/$name.lock"
    exit "$status"
}

# --- inside ---------------------------------------------------------------------------------------

# Only the first process inside is in the sandbox's cgroups, nobody who waits for it outside: in version 2 a cgroup with
# processes has no limits for those below it.
enter() { # memory|disk, name, command…
    enter_cgroups "$2"
    exec unshare --cgroup "$0" --inside "$1" "$folders/$2" "${@:3}"
}

mount_own_cgroups() {
    local path type options line process
    local -a all
    mapfile -t all < <(hierarchies)
    mount -t sysfs sysfs /sys
    [[ ${all[0]} == '/sys/fs/cgroup '* ]] || mount -t tmpfs tmpfs /sys/fs/cgroup
    for line in "${all[@]}"; do
        read -r path type options <<<"$line"
        mkdir -p "$path"
        # Of the options only those that choose a hierarchy of version 1.
        options=$(awk -v RS='[,\n]' '/^(rw|ro|nosuid|nodev|noexec|relatime|xattr|clone_children)$/ {next}
            {printf "%s%s", (/^name=/ ? "none," : n++ ? "," : ""), $0}' <<<"$options")
        [[ $type == cgroup ]] || options=''
        mount -t "$type" ${options:+-o "$options"} cgroup "$path"
    done
    # Below a cgroup of version 2 that has processes nobody may have a limit.
    if [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then
        mkdir /sys/fs/cgroup/first
        for process in $(</sys/fs/cgroup/cgroup.procs); do
            printf '%s' "$process" >/sys/fs/cgroup/first/cgroup.procs
        done
        sed 's/[a-z_]*/+&/g' /sys/fs/cgroup/cgroup.controllers >/sys/fs/cgroup/cgroup.subtree_control
    fi
}

start_engine() { # folder
    mkdir -p /var/lib/docker
    mount --bind "$1/docker" /var/lib/docker
    local settings='{}'
    printf '%s' "${ECS_SANDBOX_ENGINE_SETTINGS:-$settings}" >"$1/daemon.json"
    dockerd --config-file "$1/daemon.json" >"$1/dockerd.log" 2>&1 </dev/null &
    local engine=$! end=$((SECONDS + 60))
    until [[ -S /run/docker.sock ]] && curl -sf --unix-socket /run/docker.sock http://docker/_ping >/dev/null; do
        if ! kill -0 "$engine" 2>/dev/null || [[ $SECONDS -ge $end ]]; then
            tail -n 20 "$1/dockerd.log" >&2
            printf 'sandbox.sh: the Docker Engine of the sandbox does not start\n' >&2
            exit 1
        fi
        sleep 0.05
    done
}

inside() { # memory|disk, folder, command…
    local folder=$2 status=0
    [[ $1 == disk ]] || mount -t tmpfs -o mode=0711 tmpfs "$folder"
    shift 2
    mkdir "$folder/docker" "$folder/tmp"
    # Docker's mounts of network namespaces have to reach who has a mount namespace of its own.
    mount --make-rshared /
    mount_own_cgroups
    mount -t tmpfs -o mode=0755 tmpfs /run
    mkdir -m 1777 /run/lock
    mount -t tmpfs -o mode=1777 tmpfs /dev/shm
    ip link set lo up
    # Or a server of a test's that takes any port, or a connection, may have the agent's.
    printf '51678,51679' >/proc/sys/net/ipv4/ip_local_reserved_ports
    # By a short path: the names of sockets have a limit.
    mkdir /run/test
    mount --bind "$folder/tmp" /run/test
    export TMPDIR=/run/test ECS_SANDBOX=$folder
    unset DOCKER_HOST DOCKER_CONTEXT DOCKER_CONFIG
    [[ -z ${ECS_SANDBOX_ENGINE_ROOT:-} ]] || PATH=$(readlink -f "${0%/*}/../engines"):$PATH
    start_engine "$folder"
    # Not exec: this shell, the first process, takes care of orphans.
    "$@" || status=$?
    exit "$status"
}

case ${1:-} in
--sweep) sweep ;;
--enter) enter "${@:2}" ;;
--inside) inside "${@:2}" ;;
--disk) outside disk "${@:2}" ;;
*) outside memory "$@" ;;
esac
