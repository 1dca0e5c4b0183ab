#!/usr/bin/env python3
"""Counts what ran. Prints a table, what failed, and "N passed, N failed"; exit code 0 only when nothing failed.

report.py --meson LABEL BUILD [--suite SUITE]...   the last "meson test" of a build folder
          --junit SUITE LABEL FILE                 a JUnit file
          --exit SUITE LABEL CODE                  a program's exit code
          --self-test                              (alone) this program itself

A test that is skipped, that ended without telling, or that did not run although the build knows it, has failed.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

# Tests that may be skipped, each with its reason. There are none.
MAY_SKIP: dict[str, str] = {}

TAP_LINE = re.compile(r"^(not )?ok\b[ \d]*(?:- )?([^#\n]*)(# *SKIP\b)?[^\n]*((?:\n#[^\n]*)*)",
                      re.MULTILINE | re.IGNORECASE)
MAX_WORDS = 60  # lines shown of what a failed test says


@dataclass
class Tally:
    passed: int = 0
    failed: list[str] = field(default_factory=list)

    def count(self, name: str, is_good: bool, is_skipped: bool = False, words: str = "") -> None:
        if is_skipped and name in MAY_SKIP:
            return
        if is_good and not is_skipped:
            self.passed += 1
        else:
            self.failed.append((f"{name} (skipped)" if is_skipped else name)
                               + "".join(f"\n    {line}" for line in words.strip().splitlines()[:MAX_WORDS]))


Tallies = dict[tuple[str, str], Tally]  # by suite and label


def count_meson(tallies: Tallies, label: str, tests: list[dict], log: list[dict], suites: list[str]) -> None:
    """tests is what the build knows (meson introspect --tests), log is what ran (testlog.json)."""
    results = {entry["name"].rpartition(" / ")[2]: entry for entry in log}
    for test in tests:
        suite = test["suite"][0].rpartition(":")[2]
        if suites and suite not in suites:
            continue
        tally = tallies[suite, label]
        entry = results.get(test["name"])
        if entry is None:
            tally.count(f"{test['name']}: did not run", False)
            continue
        lines = TAP_LINE.findall(entry.get("stdout", "")) if test["protocol"] == "tap" else []
        for negation, name, skip, words in lines:
            tally.count(f"{test['name']}: {name.strip()}", not negation, bool(skip), words)
        has_told = any(negation for negation, *_ in lines)
        if entry["result"] != "OK" and not has_told:
            tally.count(f"{test['name']}: {entry['result'].lower()}", False, entry["result"] == "SKIP")
        elif not lines:
            tally.count(test["name"], entry["result"] == "OK" and test["protocol"] != "tap")


def count_junit(tally: Tally, root: ElementTree.Element) -> None:
    for case in root.iter("testcase"):
        outcomes = {child.tag for child in case}
        tally.count(f"{case.get('classname')}::{case.get('name')}", not outcomes & {"failure", "error"},
                    "skipped" in outcomes)


def read_meson(tallies: Tallies, label: str, build: Path, suites: list[str]) -> None:
    tests = json.loads(subprocess.run(["meson", "introspect", "--tests", build], check=True, capture_output=True,
                                      text=True).stdout)
    file = build / "meson-logs/testlog.json"
    log = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    count_meson(tallies, label, tests, log, suites)


def read_junit(tally: Tally, file: Path) -> None:
    try:
        count_junit(tally, ElementTree.parse(file).getroot())
    except (OSError, ElementTree.ParseError) as error:
        tally.count(f"no results: {error}", False)
        return
    if not tally.passed and not tally.failed:
        tally.count("no test ran", False)


def show(tallies: Tallies) -> int:
    passed = sum(tally.passed for tally in tallies.values())
    failed = sum(len(tally.failed) for tally in tallies.values())
    print(f"\n{'suite':<14}{'build':<14}{'passed':>8}{'failed':>8}")
    for (suite, label), tally in tallies.items():
        print(f"{suite:<14}{label:<14}{tally.passed:>8}{len(tally.failed):>8}")
    for (suite, label), tally in tallies.items():
        for name in tally.failed:
            print(f"FAILED {suite} ({label}): {name}")
    print(f"\n{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


def self_test() -> int:
    def test(name: str, protocol: str = "tap") -> dict:
        return {"name": name, "suite": ["p:unit"], "protocol": protocol}

    def entry(name: str, result: str, stdout: str = "") -> dict:
        return {"name": f"p:unit / {name}", "result": result, "stdout": stdout}

    good = "TAP version 13\n1..2\nok 1 - a\nok 2 - b\n"
    rows: list[tuple[str, list[dict], list[dict], int, int]] = [
        ("subtests count", [test("x")], [entry("x", "OK", good)], 2, 0),
        ("a failed one", [test("x")], [entry("x", "FAIL", "ok 1 - a\nnot ok 2 - b\n")], 1, 1),
        ("a skipped one", [test("x")], [entry("x", "OK", "ok 1 - a\nok 2 - b # SKIP no reason\n")], 1, 1),
        ("ended in the middle", [test("x")], [entry("x", "ERROR", "ok 1 - a\n")], 1, 1),
        ("timeout", [test("x")], [entry("x", "TIMEOUT", "")], 0, 1),
        ("did not run", [test("x"), test("y")], [entry("x", "OK", good)], 2, 1),
        ("exit code good", [test("x", "exitcode")], [entry("x", "OK", "ok then")], 1, 0),
        ("exit code bad", [test("x", "exitcode")], [entry("x", "FAIL")], 0, 1),
        ("all skipped", [test("x", "exitcode")], [entry("x", "SKIP")], 0, 1),
        ("ran nothing", [test("x")], [entry("x", "OK", "1..0\n")], 0, 1),
    ]
    wrong = 0
    for name, tests, log, passed, failed in rows:
        tallies: Tallies = defaultdict(Tally)
        count_meson(tallies, "b", tests, log, [])
        tally = tallies["unit", "b"]
        is_right = (tally.passed, len(tally.failed)) == (passed, failed)
        wrong += not is_right
        print(f"{'ok' if is_right else 'not ok'} - {name}")
    tally = Tally()
    count_junit(tally, ElementTree.fromstring(
        "<testsuites><testsuite>"
        "<testcase classname='c' name='a'/><testcase classname='c' name='b'><failure/></testcase>"
        "<testcase classname='c' name='d'><error/></testcase><testcase classname='c' name='e'><skipped/></testcase>"
        "</testsuite></testsuites>"))
    is_right = (tally.passed, len(tally.failed)) == (1, 3)
    print(f"{'ok' if is_right else 'not ok'} - junit")
    with tempfile.TemporaryDirectory() as folder:
        tally = Tally()
        read_junit(tally, Path(folder, "none.xml"))
    is_right &= len(tally.failed) == 1
    print(f"{'ok' if is_right else 'not ok'} - no junit file")
    print(f"1..{len(rows) + 2}")
    return 1 if wrong or not is_right else 0


def main(arguments: list[str]) -> int:
    if arguments == ["--self-test"]:
        return self_test()
    tallies: Tallies = defaultdict(Tally)
    while arguments:
        match arguments:
            case ["--meson", label, build, *rest]:
                suites = []
                while rest[:1] == ["--suite"]:
                    suites.append(rest[1])
                    rest = rest[2:]
                read_meson(tallies, label, Path(build), suites)
            case ["--junit", suite, label, file, *rest]:
                read_junit(tallies[suite, label], Path(file))
            case ["--exit", suite, label, code, *rest]:
                tallies[suite, label].count(f"exit code {code}", code == "0")
            case _:
                print(__doc__, file=sys.stderr)
                return 64
        arguments = rest
    return show(tallies)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
