#!/usr/bin/env python3
"""Runs clang-tidy over the product, as many files at a time as there are processors; one TAP line for each file.

tidy.py ROOT BUILD
"""

import re
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from pathlib import Path

from project import Compiled, Project, run
from tap import Tap

FINDING = re.compile(r"(error|warning): ")


PLANTED = "int f(const int *p)\n{\n    int x;\n    if (p)\n        x = *p;\n    return x;\n}\n"


def planted(root: Path) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "planted.c")
        file.write_text(PLANTED)
        code, words = run(["clang-tidy", "--quiet", f"--config-file={root / '.clang-tidy'}", file, "--"])
    return [] if code != 0 and "UndefReturn" in words else ["clang-tidy did not find it:", *words.splitlines()]


def main(root: str, build: str) -> int:
    project = Project(Path(root), Path(build))
    tap = Tap()

    def tidy(unit: Compiled) -> list[str]:
        # The database holds gcc's options; clang does not know them all.
        code, words = run(["clang-tidy", "--quiet", "-p", build, "--extra-arg=-Wno-unknown-warning-option",
                           project.root / unit.source])
        return words.splitlines() if code != 0 or FINDING.search(words) else []

    tap.report("a planted fault is found", planted(project.root))
    units = sorted(project.compiled, key=lambda unit: unit.source)
    with ThreadPoolExecutor(cpu_count()) as pool:
        for unit, found in zip(units, pool.map(tidy, units)):
            tap.report(unit.source, found)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
