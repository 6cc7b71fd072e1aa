#!/usr/bin/env bash
# The package on a host of today: a virtual machine with the release's own kernel, systemd, Docker Engine and cgroups of
# version 2. All that packaging/steps.sh checks, and what only such a host has: stats beside Docker's, limits in force
# with each of Docker's cgroup drivers, engines that are restarted, a reboot.
#
#   host_test.sh <folder of make_package.sh and make_disk.sh> <file for the results> <program of tests/asker>
#
# Software emulation is ten times as slow as this machine: few containers are started at once, and all is waited for
# longer. Whatever ends this ends the machine; SIGTERM (CMakeLists.txt: it has taken too long) has it say where it was.
set -euo pipefail

readonly folder=$1 results=$2 asker=$3 task_parent=ecstasks-

here=$(dirname "$(readlink -f "$0")")
readonly here
# shellcheck source=tests/packaging/checks.sh
. "$here/../packaging/checks.sh"
# shellcheck source=tests/packaging/steps.sh
. "$here/../packaging/steps.sh"
slowness=6
pause=1

# --- the machine ----------------------------------------------------------------------------------

work=$(mktemp -d)
readonly work

# One connection serves all commands: to agree on its keys takes the machine a second.
connect() {
    timeout 90 ssh -F "$work/ssh.config" -o ControlMaster=yes -fN machine </dev/null >>"$work/ssh.log" 2>&1
}
connected() { ssh -F "$work/ssh.config" -O check machine 2>/dev/null; }
disconnect() {
    ssh -F "$work/ssh.config" -O exit machine 2>/dev/null || true
    rm -f "$work/ssh.socket"
}

# Words stay words in the machine's shell.
in_machine() { timeout 300 ssh -F "$work/ssh.config" -n machine "${*@Q}"; }
# file, path there: it is there at once and whole, for who watches the folder
into_machine() { timeout 300 ssh -F "$work/ssh.config" machine "cat >$2.part && mv $2.part $2" <"$1"; }

boot_machine() {
    rm -f "$work/serial.log"
    setpriv --pdeathsig KILL "$here/boot.sh" "$folder" "$work" >"$work/boot.log" 2>&1 </dev/null &
    machine=$!
}
machine_runs() { kill -0 "$machine" 2>/dev/null; }
# Of kernels in emulation: two CPUs of theirs are threads that may stand still at any place.
has_panicked() { grep -q 'Kernel panic' "$work/serial.log" 2>/dev/null; }
answers() { connected || connect; }

# Until it has booted and all of its services have started.
wait_for_machine() {
    local end=$((SECONDS + 600)) boots=1
    until answers; do
        if has_panicked && [[ $boots -lt 3 ]]; then
            printf '        its kernel has panicked while it booted; it boots again\n' >&2
            kill -KILL "$machine" 2>/dev/null || true
            wait "$machine" 2>/dev/null || true
            boots=$((boots + 1))
            boot_machine
        fi
        machine_runs || give_up 'it runs' "$(tail -n 5 "$work/boot.log")"
        [[ $SECONDS -lt $end ]] || give_up 'it answers within 600 s' "$(tail -n 5 "$work/ssh.log")"
        sleep 2
    done
    within 60 system_is_settled || give_up 'systemd has booted' "$(in_machine systemctl list-jobs 2>&1)"
    within 60 in_machine docker version || give_up 'its engine answers' "$(in_machine journalctl -u docker -n 20 2>&1)"
}

system_is_settled() { in_machine systemctl is-system-running | grep -qE '^(running|degraded)'; }

# running, or which services are not.
system_state() {
    in_machine systemctl is-system-running || in_machine systemctl list-units --failed --plain --no-legend
}

clean_up() {
    local status=$?
    trap - EXIT
    [[ $ok == no || $status -eq 0 ]] || failed 'the script goes on'
    if [[ $ok == no ]]; then
        printf 'what the machine said on its serial line:\n' >&2
        tail -n 40 "$work/serial.log" >&2 2>/dev/null || true
        printf 'the journal:\n' >&2
        timeout 60 ssh -F "$work/ssh.config" -n machine \
            "journalctl --no-pager --lines 100 --output short-precise -u $unit -u docker" >&2 2>/dev/null || true
    fi
    disconnect
    kill -KILL "$machine" 2>/dev/null || true
    rm -rf "$work"
    [[ $ok == yes ]] || status=1
    exit "$status"
}

# --- the engine -----------------------------------------------------------------------------------

engine_says() { in_machine docker info --format "$1"; }
configure_engine() { sh_in_machine "printf '%s' '$1' >/etc/docker/daemon.json"; } # JSON
restart_engine() { in_machine systemctl restart docker || give_up 'the engine is restarted'; }

runs_again() { # family, container id that it had
    is_ready "$1" && [[ $(container_of "$1") != "$2" ]]
}

# --- tasks with limits ----------------------------------------------------------------------------

# One container wants more CPU time than the task has, another more memory.
put_greedy_task() {
    sh_in_machine 'cat >/etc/ecs/tasks.d/greedy.json <<TEXT
{"family": "greedy", "cpu": "128", "memory": "48", "containerDefinitions": [
 {"name": "app", "image": "box:1", "command": ["sh", "-c", "trap \"exit 0\" TERM; while :; do :; done"]},
 {"name": "hog", "image": "box:1", "essential": false, "command": ["sh", "-c", "sleep 1; exec tail /dev/zero"]}]}
TEXT
'
}

container_in() { # family, container: also one that has ended
    in_machine docker ps --all --quiet --no-trunc --filter "label=com.amazonaws.ecs.task-definition-family=$1" \
        --filter "label=com.amazonaws.ecs.container-name=$2" | head -n 1
}
state_of() { in_machine docker inspect --format "{{.State.$2}}" "$1"; } # container id, which
has_ended() { [[ $(state_of "$(container_in "$1" "$2")" Status) == exited ]]; }
is_throttled() { in_machine grep -q 'nr_throttled [1-9]' "$1/cpu.stat"; }

check_limits() { # what is in the name of a task's cgroup
    local app hog cgroup
    put_greedy_task
    within 60 is_ready greedy || give_up 'a task with limits runs'
    passed 'a task with limits runs'
    app=$(container_of greedy)
    cgroup=$(in_machine sed -n 's/^0:://p' "/proc/$(state_of "$app" Pid)/cgroup")
    contains 'its container is in its cgroup' "$cgroup" "$1"
    cgroup=/sys/fs/cgroup${cgroup%/*}
    equal 'which has its memory' "$(in_machine cat "$cgroup/memory.max")" $((48 << 20))
    equal 'and its CPU time' "$(in_machine cat "$cgroup/cpu.max")" '12500 100000'
    expect 'more CPU time is not given' within 30 is_throttled "$cgroup"
    expect 'who wants more memory is ended' within 30 has_ended greedy hog
    hog=$(container_in greedy hog)
    equal 'by the kernel' "$(state_of "$hog" ExitCode) $(state_of "$hog" OOMKilled)" '137 true'
    contains 'at the limit of the task' "$(in_machine cat "$cgroup/memory.events")" 'oom_kill 1'
    expect 'the journal says why' within 10 sh_in_machine \
        "journalctl -u $unit -o cat | grep 'container stopped.*container=hog.*exit_code=137.*OutOfMemoryError'"
    contains 'its task is told how it ended' "$(in_task greedy "$ask_by_id" | tr -d ' ')" '"ExitCode":137'
    in_machine rm /etc/ecs/tasks.d/greedy.json
    expect 'its cgroup goes with the task' within 60 in_machine test ! -e "$cgroup"
}

# --- steps ----------------------------------------------------------------------------------------

check_boot() {
    begin 'boot'
    wait_for_machine
    passed 'it answers'
    equal 'all its services run' "$(system_state)" running
    equal 'cgroups are of version 2, and systemd makes them for Docker' \
        "$(engine_says '{{.CgroupVersion}} {{.CgroupDriver}}')" '2 systemd'
    printf '        %s, systemd %s, engine %s\n' "$(in_machine uname -r)" \
        "$(in_machine systemctl --version | sed -n '1s/systemd \([0-9]*\).*/\1/p')" \
        "$(engine_says '{{.ServerVersion}}')" >&2
    into_machine "$folder/first.deb" /root/first.deb
    into_machine "$folder/newer.deb" /root/newer.deb
    into_machine "$here/compare_stats.py" /root/compare_stats.py
    into_machine "$here/check_answers.py" /root/check_answers.py
    into_machine "$asker" /root/asker
    import_box || give_up 'an image is made'
}

compare_stats() { in_machine python3 /root/compare_stats.py "$1" 2>&1; }

# A container that nobody declared, with limits of its own.
check_stats() {
    begin 'stats as Docker has them'
    in_machine docker run --detach --name other --restart always --cpus 0.1 --memory 32m --pids-limit 50 box:1 \
        sh -c 'while :; do dd if=/dev/zero of=/tmp/x bs=4k count=8 conv=fsync 2>/dev/null; done' >/dev/null ||
        give_up 'a container is run'
    # Its first interface and its first sample have to be there.
    within 30 in_machine docker exec other wget -qO /dev/null http://169.254.170.2/v4/stats ||
        give_up 'a container that nobody declared is answered'
    equal 'of a bridge task' "$(compare_stats "$(container_of web)")" ''
    equal 'of an awsvpc task' "$(compare_stats "$(container_of private)")" ''
    equal 'of one that nobody declared' "$(compare_stats other)" ''
}

check_systemd_driver() {
    begin 'limits by systemd'
    check_limits /ecstasks.slice/ecstasks-
}

check_live_restore() {
    begin 'engine restarted, live-restore'
    configure_engine '{"live-restore": true}'
    in_machine systemctl reload docker
    expect 'it keeps containers' within 30 engine_keeps_containers
    restart_engine
    equal 'its tasks have noticed nothing' "$(identities)" "$before"
    equal 'nor has the agent' "$(show ActiveState)" active
}
engine_keeps_containers() { [[ $(engine_says '{{.LiveRestoreEnabled}}') == true ]]; }

# The agent runs on meanwhile: it has to see that the engine has come back with another driver.
check_cgroupfs_driver() {
    local web private restarts
    begin 'engine restarted, and limits by cgroupfs'
    web=$(container_of web) private=$(container_of private) restarts=$(show NRestarts)
    configure_engine '{"exec-opts": ["native.cgroupdriver=cgroupfs"]}'
    restart_engine
    equal 'it has the other driver' "$(engine_says '{{.CgroupDriver}}')" cgroupfs
    expect 'a bridge task is run again' within 60 runs_again web "$web"
    expect 'an awsvpc task is run again' within 60 runs_again private "$private"
    equal 'by the same agent' "$(show ActiveState) $(show NRestarts)" "active $restarts"
    check_limits /ecs/
    equal 'no cgroup of the other driver is left' \
        "$(in_machine find /sys/fs/cgroup -name 'ecstasks-*')" ''
}

# Containers whose program asks about itself, as its first act, in every way there is: alone and three at once, in each
# mode. What comes first of the questions is another one each time.
check_first_question() {
    local rounds=2 round mode count number=0 total=0 told wrong=''
    [[ -z ${ECS_TEST_FULL:-} ]] || rounds=17
    begin 'first question'
    sh_in_machine 'chmod 755 /root/asker && tar -C /root -c asker | docker import - asker:1 >/dev/null' ||
        give_up 'the image of an asker is made'
    for ((round = 1; round <= rounds; ++round)); do
        for mode in bridge awsvpc host; do
            for count in 1 3; do
                number=$((number + 1)) total=$((total + count))
                put_askers $number $mode $count
                told=$(in_machine python3 /root/check_answers.py asks-$number $count 2>&1) ||
                    wrong+=${told:-"asks-$number: no verdict"}$'\n'
                in_machine rm /etc/ecs/tasks.d/asks-$number.json
            done
        done
    done
    equal "all of $total are answered right" "$wrong" ''
}

put_askers() { # number of the task, mode, how many
    python3 - "$@" <<'TEXT' >"$work/asks.json"
import json, sys
number, mode, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
questions = ["V4", "V3", "V4/task", "V4/stats", "V3/task", "FILE"]
# What makes a container is in its cgroup, too: with 16 MiB it is killed before its program runs.
def asker(i):
    first = (number + i) % len(questions)
    return {"name": f"asker-{i}", "image": "asker:1", "entryPoint": ["/asker"], "memory": 64,
            "command": questions[first:] + questions[:first]}
print(json.dumps({"family": f"asks-{number}", "networkMode": mode,
                  "containerDefinitions": [asker(i) for i in range(count)]}))
TEXT
    into_machine "$work/asks.json" "/etc/ecs/tasks.d/asks-$1.json"
}

has_rebooted() { # boot id that it had
    disconnect
    connect && [[ $(boot) != "$1" ]]
}
boot() { in_machine cat /proc/sys/kernel/random/boot_id; }

# With the driver that the engine has of its own accord, again.
check_reboot() {
    local boot web private
    begin 'reboot'
    web=$(container_of web) private=$(container_of private) boot=$(boot)
    in_machine rm /etc/docker/daemon.json
    in_machine systemctl reboot || true
    within 60 has_rebooted "$boot" || give_up 'it boots'
    wait_for_machine
    expect 'the service runs by itself' within 60 is_active
    expect 'a bridge task is run again' within 60 runs_again web "$web"
    expect 'an awsvpc task is run again' within 60 runs_again private "$private"
    contains 'who is asked answers for its container' "$(in_task private "$ask_by_id")" "$(container_of private)"
    expect 'an observed container is answered' within 60 in_machine docker exec other \
        wget -qO /dev/null http://169.254.170.2/v4/task
    equal 'each has a cgroup, and nothing else has' \
        "$(in_machine find /sys/fs/cgroup -name 'ecstasks-*.slice' -o -name ecs | wc -l)" 2
    equal 'all its services run' "$(system_state)" running
    in_machine docker rm --force other >/dev/null
}

# ==================================================================================================

trap clean_up EXIT
trap 'exit 130' INT
trap 'give_up "it is done in time"' TERM
: >"$results"
boot_machine

check_boot
check_install
check_settings
check_tasks
check_door
check_reload
check_kill
check_watchdog
check_upgrade
check_stats
check_systemd_driver
check_live_restore
check_cgroupfs_driver
check_first_question
check_reboot
check_journal
check_engine_away
check_remove
check_purge
begin 'end'
equal 'all its services run' "$(system_state)" running

printf '%4s s  done\n' "$SECONDS" >&2
