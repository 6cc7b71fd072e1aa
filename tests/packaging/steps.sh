# shellcheck shell=bash
# What is checked of the package in a machine, whatever that is: it has /root/first.deb, /root/newer.deb, an engine that
# runs, and busybox. Sourced by tests of the package, after checks.sh, which say how it is reached (in_machine) and with
# what the name of a task's cgroup begins (task_parent). In this order each step finds what it needs.
# shellcheck disable=SC2154

readonly unit=ecs-node-agent.service

sh_in_machine() { in_machine sh -c "$1"; }

# --- the service ----------------------------------------------------------------------------------

show() { in_machine systemctl show --property "$1" --value "$unit"; }
is_active() { [[ $(show ActiveState) == active && $(show SubState) == running ]]; }
main_process() { show MainPID; }
has_restarted() { [[ $(show NRestarts) -gt $1 ]] && is_active; }
status_has() { [[ $(show StatusText) == *"$1"* ]]; }

exposure() { # in tenths
    in_machine systemd-analyze security --no-pager "$unit" 2>/dev/null |
        sed -n 's/.*exposure level.*: \([0-9]*\)\.\([0-9]\) .*/\1\2/p'
}

# What is ours of it in the journal; not what the service manager says about the unit.
journal() { in_machine journalctl --no-pager --unit "$unit" --identifier ecs-node-agent "$@"; }
in_journal() { # text, options of journalctl
    journal --output cat "${@:2}" | grep -F -e "$1" >/dev/null
}

# --- its cgroups ----------------------------------------------------------------------------------

# shellcheck disable=SC2016
readonly roots='$(awk "\$3 ~ /^cgroup2?\$/ {print \$2}" /proc/mounts)'

modes_of_roots() { sh_in_machine "stat --format '%a %n' $roots"; }
has_no_parent() { [[ -z $(sh_in_machine "find $roots -maxdepth 1 -name ecs") ]]; }
memory_limit_below() { # the value of CgroupParent
    local path=$1
    [[ $path != *.slice ]] || path=/ecstasks.slice/$path
    sh_in_machine "cat /sys/fs/cgroup/memory$path/memory.limit_in_bytes /sys/fs/cgroup$path/memory.max 2>/dev/null"
}

# --- its tasks ------------------------------------------------------------------------------------

container_of() { # family
    in_machine docker ps --quiet --no-trunc --filter "label=com.amazonaws.ecs.task-definition-family=$1" \
        --filter label=com.amazonaws.ecs.container-name=app
}

# shellcheck disable=SC2016  # expanded in the container
readonly ask_by_id='wget -qO- $ECS_CONTAINER_METADATA_URI_V4/task' read_file='cat $ECS_CONTAINER_METADATA_FILE'

in_task() { # family, command
    in_machine docker exec "$(container_of "$1")" sh -c "$2"
}
is_ready() { in_task "$1" "$read_file" | grep -q READY; }

# All that a container can see of who it is, and whether it has run on.
identity_of() { # family
    local id
    id=$(container_of "$1")
    in_machine docker inspect --format '{{.Id}} {{.State.StartedAt}} {{.State.Pid}} {{.RestartCount}}' "$id"
    in_task "$1" 'env | grep ^ECS_ | sort; ip -4 -o addr | sed "s/ *valid_lft.*//"'
    in_task "$1" "$ask_by_id" | grep -oE '"(TaskARN|DockerId|IPv4Addresses)": *[^,}]*' | sort
}
identities() {
    identity_of web
    identity_of private
}

# The tasks' image: busybox.
import_box() {
    sh_in_machine 'mkdir -p /root/image/bin /root/image/tmp && cp /bin/busybox /root/image/bin &&
        chroot /root/image /bin/busybox --install -s /bin &&
        tar -C /root/image -c . | docker import - box:1 >/dev/null'
}

# --- the steps ------------------------------------------------------------------------------------

readonly examples=/usr/share/doc/ecs-node-agent/docs/examples
readonly reserved_ports=/proc/sys/net/ipv4/ip_local_reserved_ports
modes=''  # of the roots of cgroups, before it was there
before='' # what the tasks' containers saw of themselves when they had started

apt() { in_machine env DEBIAN_FRONTEND=noninteractive apt-get -y --no-install-recommends "$@" 2>&1; }

check_install() {
    local output tenths version type
    begin 'install'
    modes=$(modes_of_roots)
    sh_in_machine "echo 40404 >$reserved_ports"
    contains 'the roots of cgroups have the mode that they have on a host' "$modes" '555 /sys/fs/cgroup'
    output=$(apt install /root/first.deb) || give_up 'apt installs it' "$output"
    passed 'apt installs it'
    equal 'it is enabled' "$(in_machine systemctl is-enabled $unit)" enabled
    within 30 is_active || give_up 'it is active' "$(in_machine systemctl status --no-pager $unit 2>&1)"
    passed 'it is active when the manager was told that it is ready'
    equal 'nothing went wrong on the way' "$(show NRestarts)" 0
    expect 'it says how it is' within 5 status_has '0 tasks'
    equal 'ecs.config is a conffile for root only' "$(in_machine stat -c '%U %a' /etc/ecs/ecs.config)" 'root 600'
    # shellcheck disable=SC2016  # dpkg-query's own
    contains 'dpkg knows the conffile' "$(in_machine dpkg-query --showformat '${Conffiles}' --show ecs-node-agent)" \
        /etc/ecs/ecs.config
    equal 'tasks.d is there and empty' "$(in_machine find /etc/ecs/tasks.d)" /etc/ecs/tasks.d
    expect 'there is a man page' in_machine test -s /usr/share/man/man8/ecs-node-agent.8.gz
    expect 'there are examples, of task definitions and what stands beside them' in_machine test -s \
        $examples/web-bridge.json -a -s $examples/web-bridge.overrides.yaml -a -s $examples/host/host.yaml
    expect 'that of the host file is taken as it is' in_machine ecs-node-agent print-config \
        --host-file $examples/host/host.yaml
    expect 'state and log directories are there' in_machine test -d /var/lib/ecs/data -a -d /var/log/ecs
    contains 'the unit is without faults' "$(in_machine systemd-analyze verify /lib/systemd/system/$unit 2>&1 |
        grep ecs-node-agent || echo none)" none
    tenths=$(exposure)
    printf '        systemd-analyze security: %s tenths\n' "$tenths" >&2
    expect 'its exposure is 3.0 at most' test "$tenths" -le 30
    # "systemd 252 (252.39-1~deb12u2)"
    version=$(in_machine systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p')
    type=notify
    [[ $version -lt 253 ]] || type=notify-reload
    equal "a reload is followed as systemd $version can" "$(show Type)" "$type"
    equal 'its ports are reserved beside those that were' "$(in_machine cat $reserved_ports)" 40404,51678-51679
    sh_in_machine "echo 50505 >$reserved_ports && systemctl restart $unit"
    equal 'and again after others have set them' "$(in_machine cat $reserved_ports)" 50505,51678-51679
    expect 'which is done early when the machine starts' in_machine test -e \
        /etc/systemd/system/sysinit.target.wants/ecs-node-agent-ports.service
}

settings() { in_machine ecs-node-agent print-config "$@" | sed 's/  # .*//; /^#/d'; } # each with its value

readonly wrong_setting='ECS_BRIDGE_NAME in /etc/ecs/ecs.config line'

check_settings() {
    begin 'settings'
    sh_in_machine 'sed "s/^#\([A-Z]\)/\1/" /etc/ecs/ecs.config >/root/all.config'
    equal 'every setting in ecs.config is there with its default' \
        "$(settings --ecs-config /root/all.config)" "$(settings)"
    equal 'no setting is missing' "$(in_machine grep -c '^[A-Z]' /root/all.config)" "$(settings | wc -l)"
    sh_in_machine 'echo ECS_BRIDGE_NAME=a/b >>/etc/ecs/ecs.config'
    refuse 'a wrong setting keeps it from starting' in_machine systemctl restart $unit
    equal 'which is not tried again' "$(show ActiveState) $(show NRestarts)" 'failed 0'
    expect 'and says what is wrong, as an error' within 5 in_journal "$wrong_setting" --priority err
    # As an earlier run leaves what all tasks are in.
    sh_in_machine "for root in $roots; do mkdir -p \$root/ecs; done"
    # shellcheck disable=SC2016  # sed's last line
    sh_in_machine 'sed -i "\$d" /etc/ecs/ecs.config && systemctl start ecs-node-agent'
    expect 'what is left of cgroups is removed at its start' within 10 has_no_parent
}

check_tasks() {
    local id family parent
    begin 'tasks'
    sh_in_machine 'cat >/etc/ecs/tasks.d/web.json <<TEXT
{"family": "web", "cpu": "256", "memory": "64", "containerDefinitions": [{"name": "app", "image": "box:1",
 "command": ["sh", "-c", "trap \"exit 0\" TERM; while :; do sleep 1; done"]}]}
TEXT
'
    # Of another user and for nobody else: read by CAP_DAC_READ_SEARCH.
    sh_in_machine 'sed "s/web/private/; s/{/{\"networkMode\": \"awsvpc\", /" /etc/ecs/tasks.d/web.json \
            >/tmp/private.json &&
        chown 1000:1000 /tmp/private.json && chmod 600 /tmp/private.json && mv /tmp/private.json /etc/ecs/tasks.d/'
    for family in web private; do
        within 60 is_ready $family || give_up "task $family runs and knows itself"
        passed "task $family runs and knows itself"
        id=$(container_of $family)
        contains "task $family is answered by its id" "$(in_task $family "$ask_by_id")" "$id"
        contains "task $family is answered at the address of version 2" \
            "$(in_task $family 'wget -qO- http://169.254.170.2/v2/metadata')" "$id"
    done
    parent=$(in_machine docker inspect --format '{{.HostConfig.CgroupParent}}' "$(container_of web)")
    contains 'the limits of a task are those of a cgroup' "$parent" "$task_parent"
    equal 'its memory is limited' "$(memory_limit_below "$parent")" $((64 << 20))
    equal 'the roots of cgroups have their modes again' "$(modes_of_roots)" "$modes"
    contains 'the awsvpc task has its link-local address' "$(in_task private 'ip addr')" 169.254.17
    expect 'the manager is told of them' within 5 status_has '2 tasks'
    before=$(identities)
    equal 'what a container sees of itself is known' "$(grep -c '"TaskARN"' <<<"$before")" 2
}

# Containers of Docker's own client.
readonly door=/run/ecs-node-agent/docker.sock
at_door() { in_machine docker --host "unix://$door" "$@"; }
# shellcheck disable=SC2016  # the container's own
door_says() { in_machine docker exec door sh -c 'wget -qO- "$ECS_CONTAINER_METADATA_URI_V4/task"'; }

check_door() {
    local task
    begin 'docker socket'
    equal 'it is for who may use Docker' "$(in_machine stat -c '%U %G %a' $door)" 'root docker 660'
    at_door run --detach --name door box:1 sleep 600 >/dev/null || give_up 'a container is made through it'
    task=$(door_says)
    contains 'a container that comes through it knows itself' "$task" '"Family":"door"'
    in_machine systemctl restart $unit
    equal 'and after a restart of the agent' "$(door_says | grep -o '"TaskARN":"[^"]*"')" \
        "$(grep -o '"TaskARN":"[^"]*"' <<<"$task")"
    in_machine systemctl stop $unit
    expect 'who comes while the agent is away starts it' at_door ps --quiet
    expect 'and it runs' within 30 is_active
    in_machine docker rm --force door >/dev/null
}

check_reload() {
    begin 'reload'
    expect 'systemctl reload succeeds' in_machine systemctl reload $unit
    expect 'it is active again' within 5 is_active
    expect 'it has read its configuration' within 5 in_journal 'configuration reloaded'
}

check_kill() {
    local restarts
    begin 'kill'
    restarts=$(show NRestarts)
    in_machine systemctl kill --kill-who=main --signal=KILL $unit
    expect 'it is restarted' within 30 has_restarted "$restarts"
    equal 'its tasks have noticed nothing' "$(identities)" "$before"
}

check_watchdog() {
    local restarts process
    begin 'watchdog'
    sh_in_machine 'mkdir -p /etc/systemd/system/ecs-node-agent.service.d &&
        printf "[Service]\nWatchdogSec=3s\n" >/etc/systemd/system/ecs-node-agent.service.d/test.conf &&
        systemctl daemon-reload && systemctl restart ecs-node-agent'
    expect 'it is active with a short watchdog' within 30 is_active
    restarts=$(show NRestarts)
    process=$(main_process)
    sleep 7
    equal 'it lives as long as its loop comes round' "$(main_process) $(show NRestarts)" "$process $restarts"
    in_machine kill -STOP "$process"
    expect 'one that stands still is restarted' within 30 has_restarted "$restarts"
    contains 'by the watchdog' "$(in_machine journalctl -u $unit -o cat)" 'Watchdog timeout'
    equal 'its tasks have noticed nothing' "$(identities)" "$before"
    sh_in_machine 'rm -r /etc/systemd/system/ecs-node-agent.service.d && systemctl daemon-reload'
}

check_upgrade() {
    local output process
    begin 'upgrade'
    sh_in_machine 'echo ECS_CLUSTER=mine >>/etc/ecs/ecs.config'
    process=$(main_process)
    output=$(apt install /root/newer.deb) || give_up 'apt upgrades it' "$output"
    passed 'apt upgrades it'
    expect 'it is active' within 30 is_active
    refuse 'the old one has ended' in_machine test "$(main_process)" = "$process"
    equal 'its tasks have noticed nothing' "$(identities)" "$before"
    contains 'what the user wrote into ecs.config stays' "$(in_machine tail -n 1 /etc/ecs/ecs.config)" ECS_CLUSTER=mine
    contains 'and is in force' "$(in_machine ecs-node-agent print-config)" 'cluster: mine'
}

check_journal() {
    local entry
    begin 'journal'
    equal 'the agent has logged no error' \
        "$(journal --output cat --priority err | grep -vF "$wrong_setting" || true)" ''
    # What the unit forbids shows as such; each warning is looked at when it is new.
    equal 'nor was anything forbidden to it' "$(in_machine journalctl -u $unit -o cat |
        grep -E 'Operation not permitted|Permission denied|Read-only file system' || true)" ''
    sh_in_machine 'echo "{" >/etc/ecs/tasks.d/broken.json'
    expect 'an error is one for the journal' within 10 in_journal 'a task definition is refused' --priority err
    sh_in_machine 'rm /etc/ecs/tasks.d/broken.json'
    expect 'and is found among the warnings' in_journal 'a task definition is refused' --priority warning
    expect 'what is no trouble is there' in_journal 'task accepted task=arn:' --priority info
    refuse 'but not among the warnings' in_journal 'task accepted' --priority warning
    entry=$(journal --output json --lines 1 ECS_FILE=web.json ECS_REVISION=1)
    contains 'a field of a line is one of its entry' "$entry" '"ECS_TASK":"arn:'
    contains 'whose text is without time and level' "$entry" '"MESSAGE":"task accepted task='
}

check_engine_away() {
    local family
    begin 'engine away'
    # For longer than a start may take: the agent asks for more time once it serves what it knows, after 5 s.
    sh_in_machine 'mkdir -p /etc/systemd/system/ecs-node-agent.service.d &&
        printf "[Service]\nTimeoutStartSec=8s\n" >/etc/systemd/system/ecs-node-agent.service.d/test.conf &&
        systemctl daemon-reload && mv /usr/sbin/dockerd /usr/sbin/dockerd.away &&
        systemctl stop docker.socket docker.service && systemctl restart --no-block ecs-node-agent' ||
        give_up 'the engine is stopped'
    expect 'it says what it waits for' within 20 status_has 'the docker engine does not answer'
    sleep 8
    equal 'it goes on starting' "$(show ActiveState) $(show NRestarts)" 'activating 0'
    expect 'it answers from what it knows' in_machine busybox wget -qO /dev/null http://127.0.0.1:51678/v1/tasks
    sh_in_machine 'mv /usr/sbin/dockerd.away /usr/sbin/dockerd && systemctl reset-failed docker.socket docker.service &&
        systemctl start --no-block docker'
    expect 'it is ready when the engine is back' within 60 is_active
    equal 'in the same process' "$(show NRestarts)" 0
    for family in web private; do expect "task $family runs again" within 60 is_ready $family; done
    sh_in_machine 'rm -r /etc/systemd/system/ecs-node-agent.service.d && systemctl daemon-reload'
}

check_remove() {
    local output
    begin 'remove'
    output=$(apt remove ecs-node-agent) || give_up 'apt removes it' "$output"
    passed 'apt removes it'
    equal 'no container is left' "$(in_machine docker ps --all --quiet)" ''
    refuse 'the bridge is gone' in_machine ip link show ecs-bridge
    equal 'the table is gone' "$(in_machine nft list tables | grep ecs || true)" ''
    equal 'the network is gone' "$(in_machine docker network ls --quiet --filter name=ecs-awsvpc)" ''
    equal 'the pause image is gone' "$(in_machine docker images --quiet ecs-node-agent/pause)" ''
    equal 'the state is gone' "$(sh_in_machine 'ls -A /var/lib/ecs/data')" ''
    equal 'the cgroups are gone' "$(in_machine find /sys/fs/cgroup '(' -name ecs -o -name 'ecstasks*' ')')" ''
    refuse 'the service is gone' in_machine systemctl cat $unit
    refuse 'the socket is gone' in_machine test -e $door
    expect 'the settings stay' in_machine test -f /etc/ecs/ecs.config
    expect 'the task files stay' in_machine test -f /etc/ecs/tasks.d/web.json
}

check_purge() {
    local output
    begin 'purge'
    output=$(apt purge ecs-node-agent) || give_up 'apt purges it' "$output"
    passed 'apt purges it'
    contains 'a note says that task files stay' "$output" 'your task files stay in /etc/ecs/tasks.d'
    expect 'they stay' in_machine test -f /etc/ecs/tasks.d/web.json -a -f /etc/ecs/tasks.d/private.json
    equal 'settings, state and logs are gone' \
        "$(sh_in_machine 'ls -d /etc/ecs/ecs.config /var/lib/ecs /var/log/ecs 2>/dev/null' || true)" ''
    equal 'no link of the unit is left' "$(in_machine find /etc/systemd /var/lib/systemd/deb-systemd-helper-enabled \
        -name 'ecs-node-agent*')" ''
}
