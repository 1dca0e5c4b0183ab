#!/usr/bin/env python3
"""Holds what gatepost prints against what is committed: exported zones, generated documents, manuals.

golden.py GATEPOST ROOT SUBJECT    one of the subjects below, as TAP
golden.py --update GATEPOST ROOT   writes the committed files anew
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "lint"))

import documents  # noqa: E402
import formats  # noqa: E402
import insides  # noqa: E402
import partners  # noqa: E402
import usage  # noqa: E402
import zones  # noqa: E402
from program import Program  # noqa: E402
from tap import Tap  # noqa: E402

SUBJECTS = {"zones": zones.test, "checkers": zones.test_with_checkers, "documents": documents.test,
            "formats": formats.test, "tools": formats.test_with_tools, "insides": insides.test, "manuals": documents.test_manuals, "partners": partners.test,
            "usage": usage.test}


def main(arguments: list[str]) -> int:
    is_update = arguments[:1] == ["--update"]
    if len(arguments) != 3 or not (is_update or arguments[2] in SUBJECTS):
        print(__doc__, file=sys.stderr)
        return 64
    if is_update:
        program = Program(arguments[1], arguments[2])
        zones.update(program)
        formats.update(program)
        documents.update(program)
        insides.update(program)
        partners.update(program)
        return 0
    tap = Tap()
    SUBJECTS[arguments[2]](Program(arguments[0], arguments[1]), tap)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
