#!/usr/bin/env python3
"""What a run of ctest came to: seconds of each stage, the ten slowest tests, and as the last line how many passed.

    results.py <folder> [<stage>=<seconds>…]

In the folder are ctest.junit (ctest --output-junit) and ctest.json (ctest --show-only=json-v1), and what each program
of ctest's has left: <name>.xml (GoogleTest) or <name>.txt (lines "passed …" and "failed …", and
indented below these what was seen). One that left nothing
crashed, ran too long or was never started, and counts as failed. So does a test that skipped itself. The exit status is
1 where something failed, or where nothing was run. What was seen stands below each failure, shortened: the whole is in
the output of ctest, of which a CI may keep the end only.
"""

import json
import os
import pathlib
import sys
import xml.etree.ElementTree as xml

PREPARATION = "prepare"  # a label: builds and the like, of which only a failure counts


MOST_REASONS, LONGEST_REASON = 3, 300  # of a failure; in characters


class Case:
    def __init__(self, name, seconds, passed, reasons=()):
        self.name, self.seconds, self.passed, self.reasons = name, seconds, passed, list(reasons)


class Failure:
    def __init__(self, what, reasons=()):
        self.what, self.reasons = what, reasons

    def tell(self):
        print(f"FAILED {self.what}")
        for reason in self.reasons[:MOST_REASONS]:
            line = " ".join(reason.split())
            print("    " + (line if len(line) <= LONGEST_REASON else line[:LONGEST_REASON] + "…"))


def cases_of_googletest(file):
    for suite in xml.parse(file).getroot().iter("testsuite"):
        for case in suite.iter("testcase"):
            ran = case.get("status") == "run" and case.get("result") == "completed"
            yield Case(
                f"{suite.get('name')}.{case.get('name')}",
                float(case.get("time", 0)),
                ran and case.find("failure") is None and case.find("skipped") is None,
                # They name places, in this machine's folder.
                [failure.get("message", "").replace(f"{os.getcwd()}/", "") for failure in case.iter("failure")],
            )


def cases_of_script(file):
    case = None
    for line in file.read_text(errors="replace").splitlines():
        if line.startswith(" ") and case:
            case.reasons.append(line)
            continue
        if case:
            yield case
        verdict, _, what = line.partition(" ")
        case = Case(f"{file.stem}: {what}", 0, verdict == "passed")
    if case:
        yield case


def cases_of(program, folder):
    """None where it has left nothing that can be read."""
    for file, read in (
        (folder / f"{program}.xml", cases_of_googletest),
        (folder / f"{program}.txt", cases_of_script),
    ):
        if file.is_file() and file.stat().st_size > 0:
            try:
                return list(read(file))
            except xml.ParseError:
                return None
    return None


def lines_that_ran(file):
    try:
        return {test.get("name"): test for test in xml.parse(file).getroot().iter("testcase")}
    except (OSError, xml.ParseError):
        return {}


def last_lines_of(test):
    lines = (test.findtext("system-out") or "").splitlines()
    return [line for line in lines if line.strip()][-MOST_REASONS:]


def labels_in(file):
    labels = {}
    for test in json.loads(file.read_text())["tests"]:
        properties = {each["name"]: each["value"] for each in test.get("properties", [])}
        labels[test["name"]] = properties.get("LABELS", ["other"])[0]
    return labels


def main():
    folder = pathlib.Path(sys.argv[1])
    stages = [each.split("=", 1) for each in sys.argv[2:]]
    labels = labels_in(folder / "ctest.json")
    # With a filter a shard may have no test to do.
    may_be_empty = "GTEST_FILTER" in os.environ
    cases, failures, times_of = [], [], {}
    ran = lines_that_ran(folder / "ctest.junit")
    for program, label in labels.items():
        if program not in ran:
            failures.append(Failure(f"{program}: it was not run"))
            continue
        times_of.setdefault(label, []).append(float(ran[program].get("time", 0)))
        ended_well = ran[program].get("status") == "run"
        own = [] if label == PREPARATION else cases_of(program, folder)
        if own is None or (label != PREPARATION and not own and not may_be_empty):
            failures.append(Failure(f"{program}: it left no result", last_lines_of(ran[program])))
            continue
        cases += own
        failures += [Failure(f"{program}: {case.name}", case.reasons) for case in own if not case.passed]
        if not ended_well and all(case.passed for case in own):
            failures.append(Failure(f"{program}: it ended badly", last_lines_of(ran[program])))

    print("\nSeconds of each stage:")
    for name, seconds in stages:
        print(f"  {float(seconds):7.0f}  {name}")
    for label, times in sorted(times_of.items(), key=lambda each: -sum(each[1])):
        print(f"  {sum(times):7.0f}  {label}, side by side with others ({len(times)} programs added up)")
    print("The slowest tests:")
    for case in sorted(cases, key=lambda each: -each.seconds)[:10]:
        print(f"  {case.seconds:7.1f}  {case.name}")
    for failure in failures:
        failure.tell()
    print(f"{sum(case.passed for case in cases)} passed, {len(failures)} failed")
    return 1 if failures or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
