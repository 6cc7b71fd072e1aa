#!/usr/bin/env python3
"""What results.py makes of what programs leave: nothing that did not pass counts as passed.

    results_test.py <file for the results>
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

RESULTS = pathlib.Path(__file__).with_name("results.py")
PASSED = '<testcase name="Works" status="run" result="completed" time="0.5"/>'
FAILED = '<testcase name="Breaks" status="run" result="completed" time="1">%s</testcase>' % (
    f'<failure message="{os.getcwd()}/tests/one.cpp:3&#x0A;Value: no&#x0A;{os.getcwd()}/tests/all.hpp:1: it"/><failure message="{"x" * 999}"/>'
)
OUTPUT = "<system-out>begins\nHEAP\n\nABORTING\n at once\n</system-out>"
SKIPPED = '<testcase name="Rests" status="run" result="skipped" time="0"><skipped/></testcase>'


def suite(*cases):
    return f'<testsuites><testsuite name="Suite">{"".join(cases)}</testsuite></testsuites>'


def results(left, ran=("one",), status="run", label="unit", programs=("one",), environment=None):
    """Exit status and output for these files of one run of ctest."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        listed = [{"name": each, "properties": [{"name": "LABELS", "value": [label]}]} for each in programs]
        (folder / "ctest.json").write_text(json.dumps({"tests": listed}))
        lines = "".join(f'<testcase name="{each}" status="{status}" time="2">{OUTPUT}</testcase>' for each in ran)
        (folder / "ctest.junit").write_text(f"<testsuite>{lines}</testsuite>")
        for file, text in left.items():
            (folder / file).write_text(text)
        ended = subprocess.run(
            [sys.executable, RESULTS, folder, "build=3"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **(environment or {})},
        )
        return ended.returncode, ended.stdout + ended.stderr


def ends(given, status, line):
    return given[0] == status and given[1].rstrip().endswith(line)


CHECKS = {
    "what passed counts": lambda: ends(results({"one.xml": suite(PASSED, PASSED)}), 0, "2 passed, 0 failed"),
    "a failure is named, and what was seen": lambda: ends(
        results({"one.xml": suite(PASSED, FAILED)}),
        1,
        "FAILED one: Suite.Breaks\n    tests/one.cpp:3 Value: no tests/all.hpp:1: it\n    " + "x" * 300 + "…\n1 passed, 1 failed",
    ),
    "a failure is told to who called": lambda: results({"one.xml": suite(PASSED, FAILED)})[0] == 1,
    "who skips itself has failed": lambda: ends(results({"one.xml": suite(SKIPPED)}), 1, "0 passed, 1 failed"),
    "who left nothing has failed, and its end is told": lambda: ends(
        results({}), 1, "FAILED one: it left no result\n    HEAP\n    ABORTING\n    at once\n0 passed, 1 failed"
    ),
    "who left half a file has failed": lambda: ends(
        results({"one.xml": suite(PASSED)[:40]}), 1, "0 passed, 1 failed"
    ),
    "who was never run has failed": lambda: ends(
        results({"one.xml": suite(PASSED)}, programs=("one", "two")), 1, "1 passed, 1 failed"
    ),
    "who crashed at its end has failed": lambda: ends(
        results({"one.xml": suite(PASSED)}, status="fail"), 1, "1 passed, 1 failed"
    ),
    "a build that failed is a failure": lambda: ends(
        results({}, status="fail", label="prepare"), 1, "0 passed, 1 failed"
    ),
    "a program without tests has failed": lambda: ends(results({"one.xml": suite()}), 1, "0 passed, 1 failed"),
    "a shard may have none with a filter, but a run of nothing has failed": lambda: ends(
        results({"one.xml": suite()}, environment={"GTEST_FILTER": "X.*"}), 1, "0 passed, 0 failed"
    ),
    "lines of scripts count": lambda: "FAILED one: one: install: it is there\n1 passed, 1 failed"
    in results({"one.txt": "passed install: it works\nfailed install: it is there\n"})[1],
    "what a script saw is told": lambda: "FAILED one: one: it is there\n    seen: no\n    expected: yes\n1 passed"
    in results({"one.txt": "failed it is there\n    seen:    no\n    expected: yes\npassed it works\n"})[1],
    "seconds of stages are told": lambda: "        3  build" in results({"one.xml": suite(PASSED)})[1],
}


def main():
    os.environ.pop("GTEST_FILTER", None)
    right = True
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        for name, check in CHECKS.items():
            passed = check()
            right = right and passed
            file.write(f"{'passed' if passed else 'failed'} {name}\n")
            if not passed:
                print(f"FAILED {name}", file=sys.stderr)
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
