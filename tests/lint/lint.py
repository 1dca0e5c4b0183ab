#!/usr/bin/env python3
"""Rules of docs/contributing.md that a program can check; one TAP line each.

lint.py sources ROOT            what the C files say
lint.py objects ROOT BUILD      what the compiler made of them
lint.py self-test               every check finds what is planted for it
"""

import sys
from pathlib import Path

import check_documents
import check_objects
import check_packages
import check_sources
import check_tools
import selftest
from project import Project
from tap import Tap


def main(arguments: list[str]) -> int:
    tap = Tap()
    match arguments:
        case ["sources", root]:
            project, checks = Project(Path(root)), {**check_sources.CHECKS, **check_tools.CHECKS,
                                                   **check_documents.CHECKS, **check_packages.CHECKS}
        case ["objects", root, build]:
            project, checks = Project(Path(root), Path(build)), check_objects.CHECKS
        case ["self-test"]:
            selftest.run_all(tap)
            return tap.end()
        case _:
            print(__doc__, file=sys.stderr)
            return 64
    for name, check in checks.items():
        tap.report(name, check(project))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
