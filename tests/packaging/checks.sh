# shellcheck shell=bash
# What a check is: a line in the file $results, "passed <step>: <what>" or "failed …" with what was seen indented below
# (results.py reads them), and the same on standard error where it failed. Sourced by tests of the package.
# shellcheck disable=SC2034,SC2154  # they have results, and read ok

step='' # what is going on, in every check's name
ok=yes  # no check has failed

slowness=1 # of the machine that is tested: so many times as long is waited for anything
pause=0.1  # seconds between two looks

begin() {
    step=$1
    printf '%4s s  %s\n' "$SECONDS" "$step" >&2
}

passed() { printf 'passed %s: %s\n' "$step" "$1" >>"$results"; }

failed() { # what, what was seen
    local seen=''
    [[ -z ${2:-} ]] || seen="    ${2//$'\n'/$'\n'    }"$'\n'
    printf 'failed %s: %s\n%s' "$step" "$1" "$seen" >>"$results"
    printf 'FAILED %s: %s\n%s' "$step" "$1" "$seen" >&2
    ok=no
}

# What comes after would only fail as well.
give_up() {
    failed "$@"
    exit 1
}

expect() { # what, command…: it succeeds
    local what=$1 output
    shift
    if output=$("$@" 2>&1); then passed "$what"; else failed "$what" "$output"; fi
}

refuse() { # what, command…: it fails
    local what=$1 output
    shift
    if output=$("$@" 2>&1); then failed "$what" "$output"; else passed "$what"; fi
}

equal() { # what, seen, expected
    if [[ $2 == "$3" ]]; then passed "$1"; else failed "$1" "seen:     $2"$'\n'"expected: $3"; fi
}

contains() { # what, text, part
    if [[ $2 == *"$3"* ]]; then passed "$1"; else failed "$1" "no '$3' in: $2"; fi
}

within() { # seconds, command…: until it succeeds
    local end=$((SECONDS + $1 * slowness))
    shift
    until "$@" >/dev/null 2>&1; do
        [[ $SECONDS -lt $end ]] || return 1
        sleep "$pause"
    done
}
