#!/usr/bin/env python3
"""What askers (tests/asker) were told about themselves by the agent, held against what Docker says of them.

    check_answers.py <family> <number of its askers>

Waits until all have an answer to each of their questions. A line for each thing that is wrong; the exit status is 1
where there is one.
"""

import json
import sys
import time
import urllib.parse

from compare_stats import ask_engine

DEADLINE = time.monotonic() + 240  # seconds, for all that is waited for; host_test.sh ends us after 300
LABEL = "com.amazonaws.ecs."


def can_be_inspected(container):
    """The engine lists a container before it can tell of it."""
    try:
        ask_engine(f"/containers/{container}/json")
        return True
    except RuntimeError:
        return False


def containers_of(family):
    filters = json.dumps({"label": [f"{LABEL}task-definition-family={family}"]})
    listed = ask_engine("/containers/json?all=true&filters=" + urllib.parse.quote(filters))
    ids = [each["Id"] for each in listed if each["Labels"][f"{LABEL}container-name"].startswith("asker")]
    return [each for each in ids if can_be_inspected(each)]


def log_of(container):
    """Without the heads of eight bytes that tell Docker's streams apart."""
    framed = ask_engine(f"/containers/{container}/logs?stdout=1", decode=bytes)
    text = b""
    while framed:
        end = 8 + int.from_bytes(framed[4:8], "big")
        text, framed = text + framed[8:end], framed[end:]
    return text.decode()


class Asker:
    def __init__(self, container):
        self.about = ask_engine(f"/containers/{container}/json")
        self.id = container
        mode = self.about["HostConfig"]["NetworkMode"]
        self.mode = "awsvpc" if mode.startswith("container:") else "host" if mode == "host" else "bridge"
        self.answers = {}
        self.wrong = []

    def has_asked(self):
        for line in log_of(self.id).splitlines():
            question, status, body = line.split(" ", 2)
            self.answers[question] = (int(status), body)
        return len(self.answers) == len(self.about["Config"]["Cmd"])

    def expect(self, question, what, found, wanted):
        if found != wanted:
            first = self.about["Config"]["Cmd"][0]
            self.wrong.append(f"{self.mode}, {question} (first {first}): {what} is {found!r}, not {wanted!r}")

    def answer(self, question):
        status, body = self.answers[question]
        self.expect(question, "status", (status, "" if status == 200 else body), (200, ""))
        return json.loads(body) if status == 200 else {}

    def itself_in(self, question):
        for each in self.answer(question).get("Containers", []):
            if each.get("DockerId") == self.id:
                return each
        return {}

    def check_container(self, question, shown):
        self.expect(question, "KnownStatus", shown.get("KnownStatus"), "RUNNING")
        self.expect(question, "DockerId", shown.get("DockerId"), self.id)
        self.expect(question, "ImageID", shown.get("ImageID"), self.about["Image"])
        for moment in ("CreatedAt", "StartedAt"):
            self.expect(question, f"{moment} is there", moment in shown, True)
        self.expect(question, "Labels", shown.get("Labels"), self.about["Config"]["Labels"])
        self.expect(question, "volumes", len(shown.get("Volumes", [])), len(self.about["Mounts"]))
        networks = shown.get("Networks", [])
        self.expect(question, "networks", [each["NetworkMode"] for each in networks], [self.mode])
        addresses = [address for each in networks for address in each["IPv4Addresses"]]
        self.expect(question, "addresses", [address != "" for address in addresses], [self.mode != "host"])
        if self.mode == "bridge":
            wanted = self.about["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]
            self.expect(question, "address", addresses, [wanted])

    def check(self):
        # With the address that it has got at its start.
        self.about = ask_engine(f"/containers/{self.id}/json")
        for question in ("V3", "V4"):
            self.check_container(question, self.answer(question))
        for question in ("V3/task", "V4/task"):
            self.check_container(question, self.itself_in(question))
        self.expect("V4/stats", "id", self.answer("V4/stats").get("id"), self.id)
        document = self.answer("FILE")
        self.expect("FILE", "ContainerID", document.get("ContainerID"), self.id)
        self.expect("FILE", "ImageID", document.get("ImageID"), self.about["Image"])
        return self.wrong


def wait_until(is_so):
    while not is_so():
        if time.monotonic() > DEADLINE:
            return False
        time.sleep(1)
    return True


def main():
    family, count = sys.argv[1], int(sys.argv[2])
    if not wait_until(lambda: len(containers_of(family)) == count):
        print(f"{family} has {len(containers_of(family))} containers, not {count}")
        return 1
    wrong = []
    for asker in map(Asker, containers_of(family)):
        if wait_until(asker.has_asked):
            wrong += asker.check()
        else:
            wrong.append(f"{family}, {asker.mode}: has been told nothing but {asker.answers}")
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
