"""Every export format for every example, and what the programs that they are for make of them."""

import base64
import hashlib
import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Callable, Iterator

import zones
from program import Program, differences
from tap import Tap

OPTIONS = ("--offline", "--assume-signed", "--profile=switch")
# Format, and the ending of its golden files.
ENDINGS = {"generic": "generic.zone", "unbound": "unbound", "dnscontrol": "dnscontrol.js", "octodns": "octodns.yaml",
           "table": "table.txt", "json": "json"}
# A record: name, TTL, type and data, as in a zone file.
Record = tuple[str, int, str, str]


def _export(program: Program, example: Path, name: str) -> str:
    return zones.export(program, example, f"--format={name}", *OPTIONS)


def _plain(text: str) -> str:
    return re.sub(r'(?<="version": )"[^"]*"(,\s*"configuration": )"[0-9a-f]{16}"', r'"VERSION"\1"DIGEST"',
                  zones.plain(text))


def _golden(example: Path, name: str) -> Path:
    return example.parent / "formats" / f"{example.stem}.{ENDINGS[name]}"


def update(program: Program) -> None:
    for example in zones.examples(program):
        for name in ENDINGS:
            _golden(example, name).write_text(_plain(_export(program, example, name)))
    example = program.root / "zones/examples/rollover.conf"
    for name, ending in FILES.items():
        (example.parent / "formats" / f"{example.stem}.{ending}").write_text(_file(program, example, name))


def _is_golden(program: Program, example: Path, name: str) -> list[str]:
    printed, golden = _export(program, example, name), _golden(example, name)
    if printed != _export(program, example, name):
        return ["the same configuration gave other bytes the second time"]
    return differences(golden.read_text(), _plain(printed), golden.name)


def test(program: Program, tap: Tap) -> None:
    for example in zones.examples(program):
        for name in ENDINGS:
            tap.report(f"{example.stem} as {name} is what is printed", _is_golden(program, example, name))
    tap.report("files for web servers", _files(program))
    tap.report("zone is the format where none is named", _zone_is_the_preset(program))


def _zone_is_the_preset(program: Program) -> Iterator[str]:
    example = zones.examples(program)[0]
    if zones.export(program, example, "--offline") != zones.export(program, example, "--offline", "--format=zone",
                                                                   "--profile=steady"):
        yield "they differ"


# Files for web servers.

FILES = {"posh": "posh.json", "host-meta.json": "host-meta.json"}


def _file(program: Program, example: Path, name: str, *options: str) -> str:
    return zones.export(program, example, f"--file={name}", *options)


def _files(program: Program) -> Iterator[str]:
    example = program.root / "zones/examples/rollover.conf"
    for name, ending in FILES.items():
        golden = example.parent / "formats" / f"{example.stem}.{ending}"
        yield from differences(golden.read_text(), _file(program, example, name), golden.name)
    der = subprocess.run(["openssl", "x509", "-in", example.parent / "alpha.pem", "-outform", "DER"], check=True,
                         capture_output=True).stdout
    posh = json.loads(_file(program, example, "posh", "--profile=switch"))
    if posh != {"fingerprints": [{"sha-256": base64.b64encode(hashlib.sha256(der).digest()).decode()}],
                "expires": 600}:
        yield f"another fingerprint: {posh}"
    keys = [subprocess.run(["openssl", *command, "-in", example.parent / file, "-pubout", "-outform", "DER"], check=True,
                           capture_output=True).stdout
            for command, file in ((["pkey"], "alpha.key"), (["pkey", "-pubin"], "alpha-next.pub"))]
    pins = json.loads(_file(program, example, "host-meta.json"))["xmpp"]["public-key-pins-sha-256"]
    if pins != [base64.b64encode(hashlib.sha256(key).digest()).decode() for key in keys]:
        yield f"other keys: {pins}"
    # no longer than the records themselves
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
        text = example.read_text().replace("    ttl = 1d", "    ttl = 1min")
        for name in ("alpha.pem", "alpha.key", "alpha-next.pub"):
            text = text.replace(name, f"{example.parent}/{name}")
        file.write(text)
        file.flush()
        if (expires := json.loads(_file(program, Path(file.name), "posh", "--profile=switch"))["expires"]) != 60:
            yield f"expires in {expires} s"
    # a host without direct TLS is no link
    two = json.loads(_file(program, program.root / "zones/examples/two-hosts.conf", "host-meta.json"))
    if [link["ips"] for link in two["links"]] != [["192.0.2.1", "2001:db8::1"]]:
        yield f"other hosts: {two['links']}"
    shared = program.root / "zones/examples/shared-host.conf"
    program.run("export", f"--config={shared}", "--file=posh", status=64)
    program.run("export", f"--config={shared}", "--file=posh", "--domain=bücher.example")
    program.run("export", f"--config={program.root}/zones/examples/starttls-only.conf", "--file=host-meta.json", status=1)


# What the plan says, in the form that everything is compared in: out of the default format.

def _planned(program: Program, example: Path) -> set[Record]:
    return {(name, int(ttl), kind, data)
            for name, ttl, _, kind, data in zones.records(zones.export(program, example, *OPTIONS))}


def _absolute(name: str, zone: str) -> str:
    return f"{zone}." if name in ("@", "") else f"{name}.{zone}."


# JavaScript: the functions of dnsconfig.js that are used, as stubs that print what they are given.

STUBS = """
"use strict";
const found = [];
const CAA_CRITICAL = { critical: true };
function TTL(seconds) { return { ttl: seconds }; }
for (const type of ["A", "AAAA", "SRV", "TLSA", "CAA"])
    global[type] = (name, ...values) => ({ type, name, values });
function D_EXTEND(zone, ...records) { for (const record of records) found.push({ zone, ...record }); }
"""


def _dnscontrol(text: str) -> set[Record]:
    done = subprocess.run(["node", "-"], input=f"{STUBS}{text}\nconsole.log(JSON.stringify(found));", check=True,
                          capture_output=True, text=True, timeout=60)
    records = set()
    for found in json.loads(done.stdout):
        values = [value for value in found["values"] if not isinstance(value, dict)]
        ttl, = (value["ttl"] for value in found["values"] if isinstance(value, dict) and "ttl" in value)
        if found["type"] == "CAA":
            values = [0, values[0], f'"{values[1]}"']
        records.add((_absolute(found["name"], found["zone"]), ttl, found["type"], " ".join(map(str, values))))
    return records


# YAML.

OCTODNS_DATA: dict[str, Callable[[Any], str]] = {
    "A": str,
    "AAAA": str,
    "SRV": lambda value: "{priority} {weight} {port} {target}".format(**value),
    "TLSA": lambda value:
        "{certificate_usage} {selector} {matching_type} {certificate_association_data}".format(**value),
    "CAA": lambda value: '{flags} {tag} "{value}"'.format(**value),
}


def _natural(name: str) -> list[tuple[str, int]]:
    return [(text, int(number or -1)) for text, number in re.findall(r"(\D*)(\d*)", name)]


def _octodns(text: str) -> set[Record]:
    import yaml

    records = set()
    files = re.findall(r"^# Zone .*, file (\S+)\.yaml$", text, re.MULTILINE)
    for zone, document in zip(files, yaml.safe_load_all(text), strict=True):
        assert list(document) == sorted(document, key=_natural), f"octoDNS refuses this order: {list(document)}"
        for name, sets in document.items():
            for one in sets:
                assert list(one) == sorted(one), f"octoDNS refuses this order: {list(one)}"
                records |= {(_absolute(name, zone), one["ttl"], one["type"], OCTODNS_DATA[one["type"]](value))
                            for value in one["values"]}
    return records


def _table(text: str) -> set[Record]:
    records, zone = set(), ""
    for line in text.splitlines():
        if match := re.match(r"# Zone (\S+) ", line):
            zone = match.group(1)
        elif line and not line.startswith(("#", "NAME ")):
            name, kind, ttl, priority, value = line.split(None, 4)
            records.add((_absolute(name, zone), int(ttl), kind, f"{priority} {value}" if kind == "SRV" else value))
    return records


def _json(text: str) -> set[Record]:
    return {(f"{record['name']}.", record["ttl"], record["type"], record["data"])
            for zone in json.loads(text)["zones"] for record in zone["records"] if record["held"] is None}


READERS = {"dnscontrol": _dnscontrol, "octodns": _octodns, "table": _table, "json": _json}


def _says_the_same(program: Program, example: Path, name: str) -> Iterator[str]:
    planned = _planned(program, example)
    try:
        told = READERS[name](_export(program, example, name))
    except AssertionError as error:
        yield str(error)
        return
    for record in planned - told:
        yield f"missing: {record}"
    for record in told - planned:
        yield f"not planned: {record}"


def _is_read_back(program: Program, example: Path) -> Iterator[str]:
    """BIND makes the same records of the generic form."""
    for zone, text in zones.parts(_export(program, example, "generic")):
        with tempfile.NamedTemporaryFile("w", suffix=".zone") as file:
            file.write(zones.APEX.format(zone=zone) + text)
            file.flush()
            done = subprocess.run(["named-checkzone", "-D", "-i", "local", zone, file.name], capture_output=True,
                                  text=True, timeout=60)
        if done.returncode != 0:
            yield f"named-checkzone refuses {zone}: {done.stdout}{done.stderr}"
            continue
        # It writes long data in upper case, with blanks inside.
        told = {(name, int(ttl), kind, _unspaced(kind, data)) for name, ttl, _, kind, data in
                zones.records(done.stdout) if kind not in ("SOA", "NS")}
        planned = {record for record in _planned(program, example) if record[0].endswith(f"{zone}.")}
        if told != planned:
            yield f"{zone}: {sorted(told ^ planned)}"


def _unspaced(kind: str, data: str) -> str:
    if kind != "TLSA":
        return data
    usage, selector, matching, digest = data.split(None, 3)
    return f"{usage} {selector} {matching} {digest.replace(' ', '').lower()}"


def _unbound_takes(program: Program, example: Path) -> Iterator[str]:
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
        file.write(_export(program, example, "unbound"))
        file.flush()
        done = subprocess.run(["unbound-checkconf", file.name], capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        yield done.stdout + done.stderr


def test_with_tools(program: Program, tap: Tap) -> None:
    for example in zones.examples(program):
        for name in READERS:
            tap.report(f"{example.stem} as {name} says what the zone file says", _says_the_same(program, example, name))
        tap.report(f"{example.stem}: named-checkzone reads the generic form back", _is_read_back(program, example))
        tap.report(f"{example.stem}: unbound-checkconf takes the local data", _unbound_takes(program, example))
