#!/usr/bin/env python3
"""Our stats of containers, held against Docker's, on the machine where both are.

    compare_stats.py <container>…

Docker is asked for one look, then we are, then Docker again. We have the keys that Docker has, with values of the same
types, and every counter lies between Docker's two. What rises and falls (memory, processes) does so in one of five
rounds at least, as nothing stands still meanwhile. A line for each difference; the exit status is 1 where there is one.
"""

import http.client
import json
import socket
import subprocess
import sys

ENDPOINT = "169.254.170.2"
ROUNDS = 5

# What Docker leaves out of a single look, and what only we have.
OURS_ALONE = ("id", "name", "preread", "precpu_stats", "network_rate_stats")
# What a container has no limit of is left out (docs/compatibility.md).
NO_LIMIT = {"pids_stats.limit": 2**64 - 1}
# These rise and fall, but for the kernel's counts of events.
GAUGES = ("memory_stats.", "pids_stats.current")
EVENTS = ("pg", "workingset_refault", "workingset_activate", "workingset_restore", "workingset_nodereclaim", "thp_")
MEMORY_DETAILS = "memory_stats.stats."


class Engine(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect("/var/run/docker.sock")


def get(connection, path, decode=json.loads):
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status} {body[:200]}")
    return decode(body)


def ask_engine(path, decode=json.loads):
    return get(Engine("docker", timeout=120), path, decode)


class Container:
    def __init__(self, name):
        self.about = ask_engine(f"/containers/{name}/json")
        self.id = self.about["Id"]
        variables = dict(each.partition("=")[::2] for each in self.about["Config"]["Env"] or [])
        self.own_address = variables.get("ECS_CONTAINER_METADATA_URI_V4", "").partition(ENDPOINT)[2]
        # The limit of its task slows it down, which its own counters in Docker do not say.
        self.in_task_cgroup = "ecs" in (self.about["HostConfig"]["CgroupParent"] or "")

    def dockers(self):
        return ask_engine(f"/containers/{self.id}/stats?stream=false&one-shot=true")

    def ours(self):
        if self.own_address:
            return get(http.client.HTTPConnection(ENDPOINT, timeout=120), f"{self.own_address}/stats")
        # Nobody declared it: it is known by its address, and has to ask itself.
        command = ["docker", "exec", self.id, "wget", "-qO-", f"http://{ENDPOINT}/v4/stats"]
        return json.loads(subprocess.run(command, check=True, capture_output=True, timeout=120).stdout)


def flat(value, place="", into=None):
    """Every value that holds no others, by its place."""
    into = {} if into is None else into
    if isinstance(value, dict):
        for key, inner in value.items():
            flat(inner, f"{place}.{key}" if place else key, into)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            if isinstance(inner, dict) and "op" in inner:
                flat(inner["value"], f"{place}[{inner['major']}:{inner['minor']} {inner['op']}]", into)
            else:
                flat(inner, f"{place}[{index}]", into)
    if not isinstance(value, (dict, list)) or not value:
        into[place] = value
    return into


def rises_and_falls(place):
    if place.startswith(MEMORY_DETAILS):
        return not place[len(MEMORY_DETAILS) :].startswith(EVENTS)
    return place.startswith(GAUGES)


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def differences(container):
    """Of one round: what may never be, and what may be in a round."""
    before, ours, after = (flat(each) for each in (container.dockers(), container.ours(), container.dockers()))
    never, now = [], []
    for place in sorted(set(before) | set(ours)):
        if place.partition(".")[0] in OURS_ALONE:
            continue
        if container.in_task_cgroup and place.startswith("cpu_stats.throttling_data."):
            continue
        if place not in ours:
            # Not there in the second either: a list that has got its first entry.
            if place in after and before[place] != NO_LIMIT.get(place):
                never.append(f"{place} is Docker's only: {before[place]}")
        elif place not in before:
            if place not in after:
                never.append(f"{place} is ours only: {ours[place]}")
        elif type(ours[place]) is not type(before[place]):
            never.append(f"{place} is {ours[place]!r}, Docker's {before[place]!r}")
        elif place == "read":
            pass
        elif not is_number(ours[place]):
            if ours[place] != before[place]:
                never.append(f"{place} is {ours[place]!r}, Docker's {before[place]!r}")
        else:
            low, high = sorted((before[place], after.get(place, before[place])))
            if not low <= ours[place] <= high:
                found = f"{place} is {ours[place]}, Docker's {before[place]} and {after.get(place)}"
                (now if rises_and_falls(place) else never).append(found)
    return never, now


def main():
    different = False
    for name in sys.argv[1:]:
        container = Container(name)
        everything_now = []
        for _ in range(ROUNDS):
            never, now = differences(container)
            everything_now.append(now)
            if never or not now:
                break
        # One that asks itself is not as it is when nobody asks.
        if all(everything_now) and not never and container.own_address:
            never = everything_now[-1]
        for each in never:
            print(f"{name}: {each}")
            different = True
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
