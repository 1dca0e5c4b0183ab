"""Checks of documents that no program prints.

docs/threats.md and docs/faults.md name tests that exist, and leave out no script of a threat and no test of a fault;
docs/conformance.md names tests that exist, or says that something is left out, and the values that limits really have.
"""

import re
from pathlib import Path
from typing import Iterator

from project import Project

THREATS = "docs/threats.md"
FAULTS = "docs/faults.md"
FAULT_TESTS = "tests/daemon/test_faults.py"
ROW = re.compile(r"^\| ([TF]\d+) \|(?:.*\|)? ([^|]*) \|$", re.MULTILINE)
CONFORMANCE = "docs/conformance.md"
LIMITS = "federation/limits.def"
NAMED = re.compile(r"`([^`]+)`")
LEFT_OUT = "left out"
CLAIM = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
DEFAULT = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| `([^`|]+)` \| ([^|]*) \|$", re.MULTILINE)
LIMIT = re.compile(r'^FED_LIMIT\(\w+, "([^"]+)", (\w+), (\d+),', re.MULTILINE)
UNITS = {"ms": 1, "s": 1000, "min": 60000, "h": 3600000}


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
    }.get(Path(file).suffix, (".", ""))
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


def conformance_is_tested(project: Project) -> Iterator[str]:
    """Each row of three cells has tests in its last one, and all are there; or it says that it is left out."""
    path = project.root / CONFORMANCE
    rows = CLAIM.findall(path.read_text()) if path.is_file() else []
    rows = [row for row in rows if row[2] not in ("tests", "---")]
    if not rows:
        yield f"{CONFORMANCE}: has no table"
    for section, what, tests in rows:
        names = NAMED.findall(tests)
        if not names and tests != LEFT_OUT:
            yield f"{CONFORMANCE}: {section}, {what[:40]}: has no test"
        yield from (f"{CONFORMANCE}: {section} names {name}, which does not exist" for name in names
                    if not _exists(project.root, name))


def _number(text: str) -> int | None:
    """Of "5 min", in milliseconds, or of "4194304"."""
    words = text.split()
    if not words or not words[0].isdigit() or len(words) > 2 or (len(words) == 2 and words[1] not in UNITS):
        return None
    return int(words[0]) * (UNITS[words[1]] if len(words) == 2 else 1)


def _constant(root: Path, name: str) -> int | None:
    """The value of `file:MACRO`."""
    file, _, macro = name.partition(":")
    path = root / file
    found = re.search(rf"^#define {re.escape(macro)}\s+(\d+)\b", path.read_text(), re.MULTILINE) if path.is_file() else None
    return int(found[1]) if found else None


def defaults_are_told(project: Project) -> Iterator[str]:
    """Each row of five cells has the value of its limit or constant, and a reason where that is not the one that was
    advised; and no limit is left out."""
    path, table = project.root / CONFORMANCE, project.root / LIMITS
    limits = {name: int(preset) for name, _, preset in LIMIT.findall(table.read_text())}
    rows = DEFAULT.findall(path.read_text()) if path.is_file() else []
    for what, advised, here, source, why in rows:
        real = _constant(project.root, source) if ":" in source else limits.get(source)
        if real is None:
            yield f"{CONFORMANCE}: {what}: there is no {source}"
        elif _number(here) != real:
            yield f"{CONFORMANCE}: {what}: {source} is {real}, not {here}"
        if advised != here and not why.strip():
            yield f"{CONFORMANCE}: {what}: does not say why it is {here}, not {advised}"
    for name in sorted(limits.keys() - {row[3] for row in rows}):
        yield f"{CONFORMANCE}: leaves the limit {name} out"


CHECKS = {
    "threats are tested": threats_are_tested,
    "faults are tested": faults_are_tested,
    "conformance is tested": conformance_is_tested,
    "defaults are told": defaults_are_told,
}
