"""Checks of documents that no program prints: docs/threats.md names tests that exist, and every script of a threat."""

import re
from pathlib import Path
from typing import Iterator

from project import Project

THREATS = "docs/threats.md"
ROW = re.compile(r"^\| (T\d+) \|(?:.*\|)? ([^|]*) \|$", re.MULTILINE)
NAMED = re.compile(r"`([^`]+)`")


def _scripts(root: Path, pattern: str) -> set[str]:
    return {path.name for path in (root / "tests/replay").glob(pattern)}


def _exists(root: Path, name: str) -> bool:
    """Whether a test is there, by the form of its name."""
    file, _, test = name.partition(":")
    if file.endswith(".play"):
        return bool(_scripts(root, file))
    folder, pattern = {
        ".c": ("tests/unit", r"cmocka_unit_test\w*\({}[),]"),
        ".py": ("tests/daemon", r"^def {}\("),
    }[Path(file).suffix]
    if not test:
        return (root / "tests/fuzz" / file).is_file()
    path = root / folder / file
    return path.is_file() and bool(re.search(pattern.format(re.escape(test)), path.read_text(), re.MULTILINE))


def threats_are_tested(project: Project) -> Iterator[str]:
    """Each row of the table has tests, and each script that is named after a threat stands in its row."""
    path = project.root / THREATS
    rows = dict(ROW.findall(path.read_text())) if path.is_file() else {}
    if not rows:
        yield f"{THREATS}: has no table"
    for threat, tests in rows.items():
        names = NAMED.findall(tests)
        if not names:
            yield f"{THREATS}: {threat} has no test"
        yield from (f"{THREATS}: {threat} names {name}, which does not exist" for name in names
                    if not _exists(project.root, name))
        named = set().union(*(_scripts(project.root, name) for name in names if name.endswith(".play")))
        for script in sorted(_scripts(project.root, f"{threat}-*.play") - named):
            yield f"{THREATS}: {threat} leaves {script} out"
    for script in sorted(_scripts(project.root, "T*.play")):
        if script.partition("-")[0] not in rows:
            yield f"{THREATS}: has no row for {script}"


CHECKS = {"threats are tested": threats_are_tested}
