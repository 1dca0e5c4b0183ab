"""Checks of documents that no program prints: docs/threats.md and docs/faults.md name tests that exist, and leave out no
script of a threat and no test of a fault."""

import re
from pathlib import Path
from typing import Iterator

from project import Project

THREATS = "docs/threats.md"
FAULTS = "docs/faults.md"
FAULT_TESTS = "tests/daemon/test_faults.py"
ROW = re.compile(r"^\| ([TF]\d+) \|(?:.*\|)? ([^|]*) \|$", re.MULTILINE)
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


def _rows(root: Path, document: str) -> dict[str, list[str]]:
    """The tests that each row of its table names."""
    path = root / document
    rows = ROW.findall(path.read_text()) if path.is_file() else []
    return {row: NAMED.findall(tests) for row, tests in rows}


def _rows_name_tests(root: Path, document: str) -> Iterator[str]:
    """Each row has tests, and they exist."""
    rows = _rows(root, document)
    if not rows:
        yield f"{document}: has no table"
    for row, names in rows.items():
        if not names:
            yield f"{document}: {row} has no test"
        yield from (f"{document}: {row} names {name}, which does not exist" for name in names
                    if not _exists(root, name))


def threats_are_tested(project: Project) -> Iterator[str]:
    """Each row of the table has tests, and each script that is named after a threat stands in its row."""
    yield from _rows_name_tests(project.root, THREATS)
    rows = _rows(project.root, THREATS)
    for threat, names in rows.items():
        named = set().union(*(_scripts(project.root, name) for name in names if name.endswith(".play")))
        for script in sorted(_scripts(project.root, f"{threat}-*.play") - named):
            yield f"{THREATS}: {threat} leaves {script} out"
    for script in sorted(_scripts(project.root, "T*.play")):
        if script.partition("-")[0] not in rows:
            yield f"{THREATS}: has no row for {script}"


def faults_are_tested(project: Project) -> Iterator[str]:
    """Each row of the table has tests, and each test of a fault stands in a row."""
    yield from _rows_name_tests(project.root, FAULTS)
    named = set().union(*_rows(project.root, FAULTS).values())
    path = project.root / FAULT_TESTS
    for test in re.findall(r"^def (test_\w+)\(", path.read_text() if path.is_file() else "", re.MULTILINE):
        if f"{path.name}:{test}" not in named:
            yield f"{FAULT_TESTS}: {test} stands in no row of {FAULTS}"


CHECKS = {"threats are tested": threats_are_tested, "faults are tested": faults_are_tested}
