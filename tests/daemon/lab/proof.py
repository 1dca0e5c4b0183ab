"""The tables of docs/check-proof.md: what was broken in earnest to make each check of `gatepost check` speak, and among
which servers it passes. The reports of a test run fill them, and the committed ones are compared with them."""

import re
from pathlib import Path
from typing import Any, Iterable, Mapping, NamedTuple, Protocol, Sequence

from .dnsserver import NameServer
from .process import Process
from .zones import Zone

TOP = Path(__file__).resolve().parents[3]
DOCUMENT = TOP / "docs/check-proof.md"
CHECK = re.compile(r'^APP_CHECK\("(\w+)", .*?"([^"]+)", \w+\)$', re.MULTILINE)
# What a finding says of a fault. A check that merely could not be made has found none.
SPEAKS = ("FAIL", "WARN", "WAIT")
# Processes of the lab by the first word of their names. Others are no endpoints.
ENDPOINTS = {"gatepost": "gatepost", "prosody": "Prosody", "ejabberd": "ejabberd", "s_server": "openssl s_server",
             "web": "a web server"}
ADDRESS = re.compile(r"\b(?:198\.51\.100|203\.0\.113|192\.0\.2|198\.18\.\d)\.\d+\b|\b2001:db8::[0-9a-f]+")
# A file of the lab: its folders are gone with the run.
FILE = re.compile(r"/\S*/gatepost-lab-[^/\s]+/\S*?([^/\s]+)(?=[\s,:;)]|$)")
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:]+Z")
DIGEST = re.compile(r"\b[0-9a-f]{16,}\b")

TEXT = """\
# What proves the checks

Written by `pytest tests/daemon --write-proof`, from what `gatepost check` said in the tests with real servers; without the
option the same tests hold these tables against what happens. With some files of tests only their rows are written.
[check.md](check.md) says what each check is about.

Each check was made to speak by at least one fault, planted alone, and passes where all is well. The zones are served by
NSD, Knot and BIND; the endpoints are gatepost itself, Prosody and ejabberd, or `openssl s_server` and scripts, for faults that no
whole server has.
"""
CHECKS_TITLE = "## Every check"
CHECKS_HEADINGS = ("check", "title", "faults", "passes with zones", "passes with endpoints")
FAULTS_TITLE = "## Every fault"
FAULTS_HEADINGS = ("check", "fault planted", "zones", "endpoints", "found")


class Place(Protocol):
    """Where a test takes place: lab.world.Scene."""

    processes: list[Process]

    def zones(self) -> list[tuple[Zone, Sequence[NameServer]]]: ...


class Fault(NamedTuple):
    """A row: what a check said of something that was planted."""

    check: str
    planted: str
    zones: str
    endpoints: str
    found: str

    @property
    def key(self) -> tuple[str, str]:
        return self.check, self.planted

    def lasting(self) -> tuple[str, ...]:
        """Without what a busy machine may see otherwise: in which words, and over which of its addresses."""
        return self.check, self.planted, self.zones, self.found.partition(":")[0]


class Proof:
    """Rows of the tables: those that a run has shown so far, or those of the document."""

    def __init__(self) -> None:
        self.faults: dict[tuple[str, str], Fault] = {}
        self.zones: dict[str, set[str]] = {}  # by check: among which it has passed
        self.endpoints: dict[str, set[str]] = {}

    def update(self, other: "Proof") -> None:
        self.faults.update(other.faults)
        for mine, more in ((self.zones, other.zones), (self.endpoints, other.endpoints)):
            for check, some in more.items():
                mine.setdefault(check, set()).update(some)

    def holes(self) -> list[str]:
        """The checks of the program of which something is not shown."""
        return [f"{check}: {what}" for check, _ in checks() for what, shown in (
            ("no fault", {fault.check for fault in self.faults.values()}),
            ("no zones in which it passes", self.zones), ("no endpoints with which it passes", self.endpoints))
            if check not in shown]

    def render(self) -> str:
        titles = checks()
        order = {check: number for number, (check, _) in enumerate(titles)}
        faults = sorted(self.faults.values(), key=lambda it: (order.get(it.check, len(order)), it.planted))
        rows = [(check, title, str(sum(fault.check == check for fault in faults)), _list(self.zones.get(check, ())),
                 _list(self.endpoints.get(check, ()))) for check, title in titles]
        return (f"{CHECKS_TITLE}\n\n{_table(CHECKS_HEADINGS, rows)}\n"
                f"{FAULTS_TITLE}\n\n{_table(FAULTS_HEADINGS, faults)}")


class Witness:
    """Takes down what the reports of one test show."""

    def __init__(self, proof: Proof, test: str, place: Place) -> None:
        self._proof, self._place = proof, place
        name, _, parameter = test.removesuffix("]").partition("[")
        is_of_table = name == "test_fault"
        self._planted = re.sub("[_-]", " ", parameter if is_of_table else name.removeprefix("test_"))
        if parameter and not is_of_table:
            self._planted += f" ({parameter.replace('-', ', ')})"
        self._scripts: set[str] = set()

    def script_plays(self) -> None:
        """The test itself is an endpoint."""
        self._scripts.add("a script")

    def found(self, finding: Mapping[str, Any]) -> None:
        """The test looked for this finding, and there it is."""
        if finding["status"] in SPEAKS:
            fault = Fault(finding["id"], self._planted, _list(self._zones()), _list(self._endpoints()),
                          self._words(f"{finding['status']}: {finding['subject']}: {finding['sentence']}"))
            self._proof.faults.setdefault(fault.key, fault)

    def passed(self, passing: Iterable[str]) -> None:
        """A report says that all is well."""
        for check in passing:
            self._proof.zones.setdefault(check, set()).update(self._zones())
            self._proof.endpoints.setdefault(check, set()).update(self._endpoints())

    def _zones(self) -> set[str]:
        return {f"{server.make} {'signed' if zone.signing else 'unsigned'}"
                for zone, servers in self._place.zones() for server in servers}

    def _endpoints(self) -> set[str]:
        words = (process.name.split()[0] for process in self._place.processes if process.was_started)
        return {ENDPOINTS[word] for word in words if word in ENDPOINTS} | self._scripts

    def _words(self, text: str) -> str:
        """With the names and addresses of a document, and without what has a meaning in a table."""
        domains = [zone.name.rstrip(".") for zone, _ in self._place.zones() if zone.name.count(".") == 2]
        for domain, name in zip(domains, ("alpha.example", "beta.example", "gamma.example")):
            text = re.sub(rf"\b{re.escape(domain)}\b", name, text)
        seen: dict[str, str] = {}
        for address in ADDRESS.findall(text):
            family = "2001:db8::{}" if ":" in address else "192.0.2.{}"
            seen.setdefault(address, family.format(1 + sum((":" in address) == (":" in it) for it in seen)))
        text = ADDRESS.sub(lambda match: seen[match[0]], text)
        for pattern, instead in ((FILE, r"\1"), (TIME, "(time)"), (DIGEST, "(digest)")):
            text = pattern.sub(instead, text)
        return text.replace("|", "\\|").replace("\n", " ")


def checks() -> list[tuple[str, str]]:
    """Id and title of each check of the program."""
    return CHECK.findall((TOP / "src/readiness/judge/checks.def").read_text())


def committed() -> Proof:
    """What the document says."""
    found = Proof()
    text = DOCUMENT.read_text() if DOCUMENT.exists() else ""
    first, _, second = text.partition(FAULTS_TITLE)
    for check, _title, _count, zones, endpoints in _rows(first, CHECKS_HEADINGS):
        found.zones[check] = set(zones.split(", ")) - {"-"}
        found.endpoints[check] = set(endpoints.split(", ")) - {"-"}
    for cells in _rows(second, FAULTS_HEADINGS):
        fault = Fault(*cells)
        found.faults[fault.key] = fault
    return found


def write(proof: Proof) -> None:
    DOCUMENT.write_text(f"{TEXT}\n{proof.render()}")


def _list(some: Iterable[str]) -> str:
    return ", ".join(sorted(some, key=str.lower)) or "-"


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (headings, ["---"] * len(headings), *rows))


def _rows(text: str, headings: Sequence[str]) -> list[list[str]]:
    rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            for line in text.splitlines() if line.startswith("|")]
    return [row for row in rows[2:] if len(row) == len(headings)]
