"""Documents that are printed from the tables of the program, and manuals that name what it can do."""

import re
import subprocess
import tempfile
from pathlib import Path
from typing import Iterator

from program import Program, differences
from tap import Tap

GENERATED = re.compile(r'(?<=^\.\\" Begin of what "gatepost config options --format=man" prints; a test compares\.\n)'
                       r'.*(?=^\.\\" End of it\.$)', re.MULTILINE | re.DOTALL)
# Rows of the lists in gatepost(1) that "gatepost export --help" prints, with the heading that they have there.
EXPORT_LISTS = {"format": "Formats:", "profile": "Profiles:", "file": "Files:"}
MANUALS = ("docs/gatepost.1", "docs/gatepost.conf.5")


def _export_rows(program: Program, heading: str) -> str:
    """The rows below a heading of --help, as a list of mdoc has them."""
    listed = program.run("export", "--help").partition(f"\n{heading}\n")[2].partition("\n\n")[0]
    rows = [line.split(None, 1) for line in listed.splitlines()]
    return "".join(f".It Cm {name}\n{text[0].upper()}{text[1:]}.\n" for name, text in rows)


def _export_list(name: str) -> re.Pattern[str]:
    return re.compile(rf'(?<=^\.\\" Begin of the {name}s of "gatepost export --help"; a test compares\.\n)'
                      r'.*?(?=^\.\\" End of them\.$)', re.MULTILINE | re.DOTALL)


def _update_exports(program: Program) -> None:
    manual = program.root / "docs/gatepost.1"
    text = manual.read_text()
    for name, heading in EXPORT_LISTS.items():
        rows = _export_rows(program, heading)
        text = _export_list(name).sub(lambda _: rows, text, count=1)
    manual.write_text(text)


def _exports(program: Program) -> Iterator[str]:
    text = (program.root / "docs/gatepost.1").read_text()
    for name, heading in EXPORT_LISTS.items():
        found = _export_list(name).search(text)
        if not found:
            yield f"docs/gatepost.1 has no place for the {name}s"
        else:
            yield from differences(found.group(), _export_rows(program, heading), "docs/gatepost.1")


def update(program: Program) -> None:
    _update_exports(program)
    (program.root / "docs/options.md").write_text(program.run("config", "options", "--format=markdown"))
    manual = program.root / "docs/gatepost.conf.5"
    printed = program.run("config", "options", "--format=man")
    manual.write_text(GENERATED.sub(lambda _: printed, manual.read_text()))


def _markdown(program: Program) -> list[str]:
    committed = (program.root / "docs/options.md").read_text()
    return differences(committed, program.run("config", "options", "--format=markdown"), "docs/options.md")


def _man(program: Program) -> list[str]:
    found = GENERATED.search((program.root / "docs/gatepost.conf.5").read_text())
    if not found:
        return ["docs/gatepost.conf.5 has no place for the options"]
    return differences(found.group(), program.run("config", "options", "--format=man"), "docs/gatepost.conf.5")


def _example_loads(program: Program) -> Iterator[str]:
    """With files in the places that it names; and what it prints loads again to the same."""
    examples = program.root / "zones/examples"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = (program.root / "docs/gatepost.conf.example").read_text()
        (folder / "gatepost.conf").write_text(text)
        (folder / "alpha.example.pem").write_bytes((examples / "alpha.pem").read_bytes())
        for secret in ("alpha.example.key", "bots.secret", "dialback.secret"):
            (folder / secret).touch(0o600)
        (folder / "alpha.example.key").write_bytes((examples / "alpha.key").read_bytes())
        (folder / "bots.secret").write_text("0123456789abcdef\n")
        checked = program.run("config", "check", str(folder / "gatepost.conf"))
        if checked.count("warning:") != 1 or "delta.example" not in checked:
            yield f"other warnings than for its dialback: {checked}"
        printed = program.run("config", "print", str(folder / "gatepost.conf"))
        (folder / "printed.conf").write_text(printed)
        if program.run("config", "print", str(folder / "printed.conf")).splitlines()[1:] != printed.splitlines()[1:]:
            yield "what is printed loads to something else"
        # The commented-out options are right as well.
        everything = re.sub(r"^( *)#(?=[^ ]|    )", r"\1", text, flags=re.MULTILINE)
        (folder / "everything.conf").write_text(everything)
        (folder / "dialback.secret").write_text("0123456789abcdef" * 2)
        (folder / "partners-ca.pem").write_bytes((examples / "beta.pem").read_bytes())
        program.run("config", "check", str(folder / "everything.conf"))


def test(program: Program, tap: Tap) -> None:
    tap.report("docs/options.md is what is printed", _markdown(program))
    tap.report("the options in gatepost.conf(5) are what is printed", _man(program))
    tap.report("docs/gatepost.conf.example loads", _example_loads(program))


def _lint(program: Program, manual: str) -> list[str]:
    done = subprocess.run(["mandoc", "-Tlint", program.root / manual], capture_output=True, text=True, timeout=60)
    # Which manuals are installed here says nothing of this one.
    return [line for line in done.stdout.splitlines() if "referenced manual not found" not in line]


def _commands(program: Program) -> list[str]:
    listed = program.run("--help").partition("Commands:\n")[2].partition("\n\n")[0]
    return [line.split()[0] for line in listed.splitlines()]


def _section(manual: str, command: str) -> str:
    return manual.partition(f".Ss gatepost {command}\n")[2].partition("\n.S")[0]


def _manual_is_complete(program: Program) -> Iterator[str]:
    manual = (program.root / "docs/gatepost.1").read_text()
    commands = _commands(program)
    if manual.count("\n.Ss gatepost ") != len(commands):
        yield "gatepost.1 has sections for other commands"
    for command in commands:
        section = _section(manual, command)
        if not section:
            yield f"gatepost.1 has no section for {command}"
        for option in re.findall(r"^ +--([a-z-]+)", program.run(command, "--help"), re.MULTILINE):
            if f"Fl -{option}" not in section:
                yield f"gatepost.1: {command} has no --{option}"


def test_manuals(program: Program, tap: Tap) -> None:
    for manual in MANUALS:
        tap.report(f"{manual} is in order", _lint(program, manual))
    tap.report("the formats and profiles in gatepost(1) are those of --help", _exports(program))
    tap.report("gatepost(1) names every command and option", _manual_is_complete(program))
