#!/usr/bin/env python3
"""Which lines of ctest a part names, as options of ctest, one a line; before them "filter" where it is one.

    choose.py <build folder> <part>

A part is a label, the beginning of names, or a filter of GoogleTest's, which chooses the programs that have such tests.
The exit status is 1, with a line on standard error, where there is nothing of that name.
"""

import json
import re
import subprocess
import sys


def lines_of_ctest(build):
    shown = subprocess.run(
        ["ctest", "--test-dir", build, "--show-only=json-v1"], check=True, capture_output=True, text=True
    ).stdout
    return json.loads(shown)["tests"]


def label_of(line):
    return next((each["value"][0] for each in line["properties"] if each["name"] == "LABELS"), "")


def has_tests(program, gtest_filter):
    command = [program, "--gtest_list_tests", f"--gtest_filter={gtest_filter}"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    return any(line.startswith("  ") for line in listed.stdout.splitlines())


def main():
    build, part = sys.argv[1:]
    lines = lines_of_ctest(build)
    lines = [line for line in lines if label_of(line) != "prepare"]
    if part in map(label_of, lines):
        print("-L", f"^{re.escape(part)}$", sep="\n")
        return 0
    names = [line["name"] for line in lines if line["name"].startswith(part)]
    if not names:
        print("filter")
        known = {}
        for line in lines:
            # A program is the last word of its command; scripts of ours are no programs of GoogleTest's, and have
            # the file for their results there.
            program = line["command"][-1]
            if not program.endswith(".txt"):
                if program not in known:
                    known[program] = has_tests(program, part)
                if known[program]:
                    names.append(line["name"])
    if not names:
        print(f"there is no test '{part}'; ctest --test-dir {build} -N lists the programs", file=sys.stderr)
        return 1
    print("-R", "^(" + "|".join(map(re.escape, names)) + ")$", sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
