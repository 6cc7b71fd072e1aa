#!/usr/bin/env bash
# Measures the daemon against nginx, which serves files of the size of the answers, and writes a table.
#
#   bench.sh BUILD_FOLDER NRI_RUNTIME [JSON_FILE]
#
# NRI_RUNTIME is the program that tests/integration/nri/make_runtime.sh makes.
#
# Run by `./dev bench` as root in a network namespace of its own, so that it meets nobody: the daemon makes
# its bridge and table in there, and all goes with the namespace. docs/benchmarks.md says what is measured
# and how. These variables make a run shorter: BENCH_ROUNDS, BENCH_SECONDS (of a round), BENCH_CONTAINERS,
# BENCH_CONNECTIONS, BENCH_NAMES.
set -euo pipefail

readonly build=$1 nri_runtime=$2 json_file=${3:-}
here=$(dirname "$(readlink -f "$0")")
readonly here
readonly rounds=${BENCH_ROUNDS:-5} seconds=${BENCH_SECONDS:-1}
read -ra container_counts <<<"${BENCH_CONTAINERS:-1 100 1000}"
read -ra connection_counts <<<"${BENCH_CONNECTIONS:-16 64}"
read -ra names <<<"${BENCH_NAMES:-v4_container v4_task v4_stats v2_task v1_metadata v1_tasks}"
readonly nginx_url=http://127.0.0.1:8080 endpoint_port=51679 introspection_port=51678
# The first container's id, as the scripted engine has it.
readonly container_id=0000000100000001000000010000000100000001000000010000000100000001
readonly cgroup_name=ecs-node-agent-bench

work=$(mktemp -d)
pids=()
cgroups=()
process=''    # what runs in the first container
agent_pid=''  # the daemon
worker_pid='' # nginx's worker
server_cpu='' # where both servers run
client_cpu='' # where the load comes from

say() { printf '==> %s\n' "$*" >&2; }
fail() {
    printf 'bench: %s\n' "$*" >&2
    exit 1
}

end_process() { # pid
    kill "$1" 2>/dev/null || return 0
    local end=$((SECONDS + 10))
    while kill -0 "$1" 2>/dev/null && [[ $SECONDS -lt $end ]]; do
        sleep 0.05
    done
    kill -KILL "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

clean_up() {
    local status=$? pid folder
    trap - EXIT
    trap '' INT TERM
    for pid in "${pids[@]}"; do
        end_process "$pid"
    done
    for folder in "${cgroups[@]}"; do
        rmdir "$folder" || true
    done
    [[ $status -eq 0 || ! -s $work/agent.log ]] || grep -v ' request server=' "$work/agent.log" | tail -n 20 >&2 || true
    rm -rf "$work"
    exit "$status"
}

wait_until() { # what, seconds, command…
    local what=$1 end=$((SECONDS + $2))
    shift 2
    until "$@"; do
        [[ $SECONDS -lt $end ]] || fail "waited in vain for $what"
        sleep 0.02
    done
}

# Both servers on one CPU and the load on another: neither takes the other's time, and both have the same.
choose_cpus() {
    local cpus
    mapfile -t cpus < <(taskset --cpu-list --pid $$ | sed 's/.*: //' | tr ',' '\n' |
        awk -F- '{for (cpu = $1; cpu <= ($2 == "" ? $1 : $2); cpu++) print cpu}')
    server_cpu=${cpus[0]}
    client_cpu=${cpus[1]:-${cpus[0]}}
}

# --- the first container --------------------------------------------------------------------------

cgroup_roots() {
    awk '$3 == "cgroup" || $3 == "cgroup2" {print $2}' /proc/self/mounts
}

has_interface() { ip link show ecs-bench0 >/dev/null 2>&1; }

# A process with an interface and cgroups as Docker would give them: their path names the container.
start_container_process() {
    unshare --net sh -c "ip link add eth0 type veth peer name ecs-bench0 netns $$ && exec sleep infinity" &
    process=$!
    pids+=("$process")
    wait_until "the container's interface" 5 has_interface
    local root
    for root in $(cgroup_roots); do
        [[ -w $root/cgroup.procs ]] || continue
        mkdir -p "$root/$cgroup_name/$container_id"
        cgroups+=("$root/$cgroup_name/$container_id" "$root/$cgroup_name")
        enable_controllers "$root" "$root/$cgroup_name"
        inherit_cpuset "$root/$cgroup_name" "$root/$cgroup_name/$container_id"
        echo "$process" >"$root/$cgroup_name/$container_id/cgroup.procs"
    done
    wait_until "the container's process" 5 grep -q "$container_id" "/proc/$process/cgroup"
}

enable_controllers() { # cgroup v2 folder…
    local folder controller
    for folder in "$@"; do
        [[ -e $folder/cgroup.subtree_control ]] || continue
        for controller in cpu io memory pids; do
            echo "+$controller" >"$folder/cgroup.subtree_control" 2>/dev/null || true
        done
    done
}

inherit_cpuset() { # cgroup v1 folder…
    local folder file
    for folder in "$@"; do
        for file in cpuset.cpus cpuset.mems; do
            [[ ! -e $folder/cgroup.clone_children ]] || [[ ! -e $folder/$file ]] ||
                cat "${folder%/*}/$file" >"$folder/$file"
        done
    done
}

# --- what is measured -----------------------------------------------------------------------------

start_engine() { # containers
    rm -f "$work/docker.sock"
    taskset --cpu-list "$client_cpu" "$build/tests/bench/ecs_bench_engine" "$work/docker.sock" "$1" "$process" &
    engine_pid=$!
    pids+=("$engine_pid")
    wait_until "the scripted engine" 5 test -S "$work/docker.sock"
}

# One request over a socket of the shell's: no program is started that would be measured too.
first_line() { # port, path
    local line=''
    { exec 3<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 1
    printf 'GET %s HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n' "$2" >&3
    read -r -t 5 line <&3 || true
    exec 3>&-
    [[ $line == 'HTTP/1.1 200'* ]]
}

milliseconds_between() { # $EPOCHREALTIME before, after
    awk -v before="$1" -v after="$2" 'BEGIN{printf "%.1f", (after - before) * 1000}'
}

# Limits are lifted; the limiter itself, its headers and the access log stay. The log is a file, as journald
# would take it. Prints nothing; sets agent_pid, and first_answer to milliseconds.
start_agent() {
    mkdir -p "$work/data" "$work/tasks"
    (
        echo "$EPOCHREALTIME" >"$work/started"
        export DOCKER_HOST=unix://$work/docker.sock ECS_TASK_METADATA_RPS_LIMIT=1000000,1000000
        export ECS_NRI_SOCKET=$work/nri.sock
        exec taskset --cpu-list "$server_cpu" "$build/agent/ecs-node-agent" daemon \
            --tasks-dir "$work/tasks" --data-dir "$work/data"
    ) >"$work/agent.log" 2>&1 </dev/null &
    agent_pid=$!
    pids+=("$agent_pid")
    local end=$((SECONDS + 20))
    until first_line "$introspection_port" /v1/metadata; do
        kill -0 "$agent_pid" 2>/dev/null || fail "the daemon ended"
        [[ $SECONDS -lt $end ]] || fail "the daemon does not answer"
    done
    first_answer=$(milliseconds_between "$(<"$work/started")" "$EPOCHREALTIME")
}

has_containers() { # count
    [[ $(curl -s "http://127.0.0.1:$introspection_port/v1/tasks" | grep -o '"DockerId"' | wc -l) -eq $1 ]]
}

endpoint_id() {
    sqlite3 -readonly "$work/data/agent.db" \
        "SELECT endpoint_id FROM endpoint_ids WHERE docker_id = '$container_id'"
}

url_of() { # name
    local endpoint=http://127.0.0.1:$endpoint_port introspection=http://127.0.0.1:$introspection_port
    case $1 in
    v4_container) echo "$endpoint/v4/$id" ;;
    v4_task) echo "$endpoint/v4/$id/task" ;;
    v4_stats) echo "$endpoint/v4/$id/stats" ;;
    v2_task) echo "$endpoint/v2/metadata" ;;
    v1_metadata) echo "$introspection/v1/metadata" ;;
    v1_tasks) echo "$introspection/v1/tasks" ;;
    *) fail "there is no row $1" ;;
    esac
}

# A file for each answer, of its size.
start_nginx() {
    local name
    mkdir -p "$work/www" "$work/temp"
    for name in "${names[@]}"; do
        curl -sS --fail --max-time 5 -o "$work/www/$name" "$(url_of "$name")" || fail "no answer to $(url_of "$name")"
    done
    sed "s|FOLDER|$work|g" "$here/nginx.conf" >"$work/nginx.conf"
    taskset --cpu-list "$server_cpu" nginx -c "$work/nginx.conf" -e "$work/nginx-error.log" </dev/null &
    nginx_pid=$!
    pids+=("$nginx_pid")
    wait_until "nginx" 5 first_line 8080 "/${names[0]}"
    worker_pid=$(pgrep -P "$nginx_pid")
}

# --- measuring ------------------------------------------------------------------------------------

ticks_of() { # pid; its CPU time so far, with all its threads
    local fields
    fields=$(<"/proc/$1/stat")
    read -ra fields <<<"${fields##*) }"
    echo $((fields[11] + fields[12]))
}

measure() { # containers, name, connections, server, pid, url
    local before after found
    [[ $(curl --silent --output /dev/null --write-out '%{http_code}' "$6") == 200 ]] || fail "no 200 at $6"
    before=$(ticks_of "$5")
    found=$(taskset --cpu-list "$client_cpu" wrk -t 1 -c "$3" -d "${seconds}s" -s "$here/report.lua" "$6" | grep '^{') ||
        fail "wrk failed at $6"
    after=$(ticks_of "$5")
    jq -c --arg name "$2" --arg server "$4" --argjson containers "$1" --argjson connections "$3" \
        --argjson ticks "$((after - before))" --argjson hertz "$(getconf CLK_TCK)" \
        '. + {$name, $server, $containers, $connections, cpu_us: ($ticks * 1e6 / $hertz)}' \
        <<<"$found" >>"$work/rounds"
    [[ $(jq .errors <<<"$found") -eq 0 ]] || fail "answers other than 200 at $6: $found"
}

measure_all() { # containers
    local round name connections
    for ((round = 1; round <= rounds; round++)); do
        for name in "${names[@]}"; do
            for connections in "${connection_counts[@]}"; do
                measure "$1" "$name" "$connections" nginx "$worker_pid" "$nginx_url/$name"
                measure "$1" "$name" "$connections" ours "$agent_pid" "$(url_of "$name")"
            done
        done
    done
    jq -nc --argjson containers "$1" --argjson restart_ms "$first_answer" --argjson start_ms "$first_start" \
        --argjson kib "$(awk '/^VmRSS/{print $2}' "/proc/$agent_pid/status")" \
        '{$containers, $start_ms, $restart_ms, rss_mb: ($kib / 1024)}' >>"$work/runs"
}

measure_with() { # containers
    say "$1 containers: $rounds rounds of ${seconds} s, ${#names[@]} answers, ${connection_counts[*]} connections"
    start_engine "$1"
    rm -rf "$work/data"
    start_agent # makes the state file, and the first time the bridge and the table
    first_start=$first_answer
    wait_until "$1 containers in the model" 60 has_containers "$1"
    end_process "$agent_pid"
    start_agent
    wait_until "$1 containers in the model" 60 has_containers "$1"
    id=$(endpoint_id)
    [[ -n $id ]] || fail "the first container has no stored endpoint id"
    start_nginx
    measure_all "$1"
    end_process "$nginx_pid"
    end_process "$agent_pid"
    end_process "$engine_pid"
}

# The proxy against the engine's own socket; a program that has both, and an engine that only answers.
measure_door() {
    say "the Docker socket: the engine's own, and through the proxy"
    "$build/tests/bench/ecs_bench_door" >"$work/door" || fail "the Docker socket could not be measured"
}

# What the engine's side of NRI waits for, as `docker run` does: without a plugin, and then with the daemon.
measure_nri() {
    say "creates through NRI: without a plugin, and with the daemon"
    taskset --cpu-list "$client_cpu" "$nri_runtime" "$work/nri.sock" "$work/nri-control.sock" 2>"$work/nri.log" &
    local runtime_pid=$!
    pids+=("$runtime_pid")
    wait_until "the engine's side of NRI" 5 test -S "$work/nri-control.sock"
    create_by_nri direct 1000 500
    start_engine 1
    rm -rf "$work/data"
    start_agent
    wait_until "the daemon as a plugin" 20 is_plugin
    create_by_nri warm 2000 50
    create_by_nri ours 3000 500
    jq --exit-status 'all(.error == "" and (.env | has("ECS_CONTAINER_METADATA_URI_V4")))' "$work/nri-ours" >/dev/null ||
        fail "not all creates were completed through NRI"
    jq -nc --slurpfile ours "$work/nri-ours" --slurpfile direct "$work/nri-direct" '
        def ms(share): [.[0][].us] | sort | .[(length * share | ceil) - 1] / 1000;
        {name: "nri_create", p50_ms: $ours | ms(0.5), p99_ms: $ours | ms(0.99),
            direct_p50_ms: $direct | ms(0.5), direct_p99_ms: $direct | ms(0.99)} |
        def added(whole; part): (whole - part) * 1000 | round / 1000;
        .added_p50_ms = added(.p50_ms; .direct_p50_ms) | .added_p99_ms = added(.p99_ms; .direct_p99_ms)' >>"$work/door"
    end_process "$agent_pid"
    end_process "$engine_pid"
    end_process "$runtime_pid"
}

is_plugin() {
    curl -s "http://127.0.0.1:$introspection_port/healthz" | jq --exit-status '.counts.nri.registered == 1' >/dev/null
}

# One after the other, each with the variables and labels that a container has.
create_by_nri() { # name, the first's number, count
    jq -n --argjson first "$2" --argjson count "$3" '[range($first; $first + $count) | {
        id: ("0" * 64 + tostring)[-64:],
        name: "/bench-\(.)",
        labels: {"org.opencontainers.image.title": "web", "org.opencontainers.image.version": "1.2.3"},
        env: [["PATH=/usr/local/bin:/usr/bin:/bin"], [range(10) | "VARIABLE_\(.)=a value of some length"]] | add}]' |
        curl -sS --fail --max-time 60 --unix-socket "$work/nri-control.sock" --data-binary @- http://runtime/create \
            >"$work/nri-$1"
}

# --- results --------------------------------------------------------------------------------------

rows() {
    jq -n --slurpfile rounds "$work/rounds" --slurpfile runs "$work/runs" -f "$here/rows.jq"
}

print_table() {
    jq -r '.[] | [.containers, .name, .connections, .ratio, .rps, .nginx_rps, .cpu_us, .nginx_cpu_us, .p50_ms,
                  .p99_ms, .nginx_p99_ms, .rss_mb] | @tsv' <<<"$1" |
        awk -F'\t' 'BEGIN{
            format = "%-10s %-13s %5s %6s %8s %8s %7s %8s %7s %7s %9s %7s\n"
            printf format, "containers", "answer", "conns", "ratio", "req/s", "nginx", "CPU us", "nginx us",
                "p50 ms", "p99 ms", "nginx p99", "RSS MB"}
            {printf "%-10s %-13s %5s %6.2f %8.0f %8.0f %7.1f %8.1f %7.2f %7.2f %9.2f %7.1f\n",
                $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12}'
    jq -r '"\(.name): " + (if .ratio then "\(.mb_s) MB/s, \(.direct_mb_s) direct, ratio \(.ratio)" else
        "\(.p50_ms) ms, \(.direct_p50_ms) direct, \(.added_p50_ms) added; p99 \(.added_p99_ms) added" end)' "$work/door"
    jq -r '"first answer, with \(.containers) containers: \(.restart_ms) ms after the start of the process, \(
        .start_ms) ms when the state file is new"' "$work/runs"
}

trap clean_up EXIT
trap 'exit 130' INT TERM
ip link set lo up
choose_cpus
start_container_process
for containers in "${container_counts[@]}"; do
    measure_with "$containers"
done
measure_door
measure_nri
all_rows=$(rows)
print_table "$all_rows"
[[ -z $json_file ]] ||
    jq --slurpfile door "$work/door" \
        'map({name, connections, containers, rps, nginx_rps, ratio, cpu_us, p50_ms, p99_ms, rss_mb}) + $door' \
        <<<"$all_rows" >"$json_file"
