"""What `gatepost export` prints for the examples, and what the checkers of four name servers say of it."""

import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Iterator

from program import Program, differences
from tap import Tap

# Options, by the ending of the golden file.
MODES = {".zone": ["--offline"], ".signed.zone": ["--offline", "--assume-signed"]}

# The version and the digest (it covers absolute paths) differ from machine to machine.
DIGEST = re.compile(r"(?<= gatepost )\S+, configuration [0-9a-f]{16}$", re.MULTILINE)
HEAD = re.compile(r"^; gatepost \S+, configuration [0-9a-f]{16}$", re.MULTILINE)
PART = re.compile(r"^; Zone (\S+) \((.*)\)$", re.MULTILINE)

CHECKERS = {
    # -i local: or it would look the names of other zones up.
    "named-checkzone": lambda zone, path: ["named-checkzone", "-i", "local", zone, path],
    "kzonecheck": lambda zone, path: ["kzonecheck", "-o", zone, path],
    "nsd-checkzone": lambda zone, path: ["nsd-checkzone", zone, path],
    "ldns-read-zone": lambda zone, path: ["ldns-read-zone", path],
}

# What makes a zone of the records: only the apex, with a name server in another zone.
APEX = "{zone}. 3600 IN SOA ns.nameservers.example. hostmaster.nameservers.example. 1 7200 3600 1209600 3600\n" \
       "{zone}. 3600 IN NS ns.nameservers.example.\n"


def examples(program: Program) -> list[Path]:
    found = sorted((program.root / "zones/examples").glob("*.conf"))
    assert len(found) >= 4, "the examples are gone"
    return found


def export(program: Program, example: Path, *options: str) -> str:
    return program.run("export", f"--config={example}", *options)


def plain(text: str) -> str:
    return DIGEST.sub("VERSION, configuration DIGEST", text)


def records(text: str) -> list[list[str]]:
    return [line.split(None, 4) for line in text.splitlines() if line and not line.startswith(";")]


def update(program: Program) -> None:
    for example in examples(program):
        for ending, options in MODES.items():
            example.with_suffix(ending).write_text(plain(export(program, example, *options)))


def _compare(program: Program, example: Path, ending: str) -> list[str]:
    golden = example.with_suffix(ending)
    printed = export(program, example, *MODES[ending])
    if not HEAD.search(printed):
        return ["no version and digest at the top"]
    if printed != export(program, example, *MODES[ending]):
        return ["the same configuration gave other bytes the second time"]
    return differences(golden.read_text(), plain(printed), golden.name)


def _json_says_the_same(program: Program, example: Path) -> Iterator[str]:
    options = MODES[".signed.zone"]
    document = json.loads(export(program, example, "--json", *options))
    if document["schema"] != 1:
        yield f"schema {document['schema']}"
    told = [[f"{record['name']}.", str(record["ttl"]), "IN", record["type"], record["data"]]
            for zone in document["zones"] for record in zone["records"]]
    if told != records(export(program, example, *options)):
        yield f"other records than in the text: {told}"
    if any(zone["signed"] is not None for zone in json.loads(
            export(program, example, "--json", "--offline"))["zones"]):
        yield "a zone that was not looked up is called signed or unsigned"


def _one_zone_alone(program: Program) -> Iterator[str]:
    example = program.root / "zones/examples/shared-host.conf"
    text = export(program, example, "--offline", "--zone=hoster.example.")
    if [match.group(1) for match in PART.finditer(text)] != ["hoster.example"]:
        yield text
    for record in records(text):
        if not record[0].endswith("hoster.example."):
            yield " ".join(record)
    program.run("export", f"--config={example}", "--offline", "--zone=other.example", status=1)


def _refusals(program: Program) -> Iterator[str]:
    """What would break is not printed."""
    source = program.root / "zones/examples"
    with tempfile.TemporaryDirectory() as folder:
        for name in ("alpha.pem", "alpha.key", "beta.pem"):
            Path(folder, name).write_bytes((source / name).read_bytes())
        plain = (source / "one-host.conf").read_text()
        cases = [("address", plain.replace("192.0.2.1", "10.0.0.1"), 1),
                 ("address", plain.replace("192.0.2.1", "127.0.0.1"), 1),
                 ("named network", plain.replace("192.0.2.1", "10.0.0.1") + 'private-networks = "10.0.0.0/8"', 0),
                 ("other domain's certificate", plain.replace("alpha.pem", "beta.pem"), 64),
                 ("host name", plain.replace('"gw1.alpha.example"', '"_gw1.alpha.example"'), 64),
                 ("address literal", plain.replace('"gw1.alpha.example"', '"192.0.2.1"'), 64)]
        for name, text, status in cases:
            path = Path(folder, "changed.conf")
            assert text != plain
            path.write_text(text)
            try:
                program.run("export", f"--config={path}", "--offline", status=status)
            except AssertionError as error:
                yield f"{name}: {error}"


def test(program: Program, tap: Tap) -> None:
    for example in examples(program):
        for ending in MODES:
            tap.report(f"{example.stem}{ending} is what is printed", _compare(program, example, ending))
        tap.report(f"{example.stem}: JSON says the same", _json_says_the_same(program, example))
    tap.report("one zone alone", _one_zone_alone(program))
    tap.report("what would break is refused", _refusals(program))


def parts(text: str) -> Iterator[tuple[str, str]]:
    """The zones of an export, each with its text."""
    starts = list(PART.finditer(text))
    for match, following in zip(starts, [*starts[1:], None]):
        yield match.group(1), text[match.start():following.start() if following else len(text)]


def _check(checker: str, zone: str, text: str) -> list[str]:
    with tempfile.NamedTemporaryFile("w", suffix=".zone") as file:
        file.write(f"$TTL 3600\n{APEX.format(zone=zone)}{text}")
        file.flush()
        done = subprocess.run(CHECKERS[checker](zone, file.name), capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        return [f"{checker} refuses {zone}: {done.stdout}{done.stderr}"]
    # It must have understood the records, not skipped them.
    if checker == "ldns-read-zone" and len(records(done.stdout)) != len(records(text)) + 2:
        return [f"{checker} read other records of {zone}: {done.stdout}"]
    return []


def test_with_checkers(program: Program, tap: Tap) -> None:
    for checker in CHECKERS:
        broken = _check(checker, "alpha.example", "_xmpp-server._tcp.alpha.example. 60 IN SRV 10 0 5269\n")
        tap.report(f"{checker} refuses what is broken", [] if broken else ["it took half a record"])
        for example in examples(program):
            found = [line for ending, options in MODES.items()
                     for zone, text in parts(export(program, example, *options))
                     for line in _check(checker, zone, text)]
            tap.report(f"{checker} takes {example.stem}", found)
