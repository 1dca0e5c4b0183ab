"""docs/cutover.md, followed to the letter: its commands in their order, with a Prosody as the old gateway, and Knot and BIND as name servers
that nsupdate changes. Days pass in the journal alone."""

import re
import sqlite3
import subprocess
from pathlib import Path

import pytest
from lab.cutover import Cutover
from lab.gatepost import SANITIZER_ENV, binary
from lab.prosody import Prosody
from lab.site import DIRECT_SRV, NOT_READY, READY, STARTTLS_SRV, WAIT
from lab.updates import KEY_NAME, KEY_SECRET, UpdatableBind, UpdatableKnot, read_zone, run_script
from lab.world import World

GUIDE = Path(__file__).resolve().parents[2] / "docs/cutover.md"
COMMAND = re.compile(r"^ {4,}((?:gatepost|nsupdate) .*)$", re.MULTILINE)
DAY_S = 86400

PARTNERS = """[{"Identity": "beta.example", "Domain": "beta.example", "PartnerType": "Federated", "TlsNegotiation": "Required",
 "SaslNegotiation": "Optional", "SupportDialbackNegotiation": false}]"""
GATEWAY = "Identity : Global\nConnectionLimit : 500\nPartnerConnectionLimit : 20\nStreamEstablishmentTimeout : 60\nKeepAliveInterval : 300\n"


def commands() -> list[str]:
    return COMMAND.findall(GUIDE.read_text())


class Administrator:
    """Who has the guide open: types its next command in a folder of theirs, with gatepost in the path."""

    def __init__(self, cutover: Cutover) -> None:
        self.cutover, self.site = cutover, cutover.site
        self.folder = self.site.scene.folder / "desk"
        self._left = commands()
        (self.folder / "bin").mkdir(parents=True)
        world = self.site.scene.world
        self._tool("gatepost", f"""
case "$*" in
*--public*) set -- "$@" --root-hints={world.dns.root_hints} --trust-anchor-file={world.dns.trust_anchor} \\
    --ca-file={world.ca_file} ;;
*import*) ;;
*) set -- "$@" -c {self.site.gateway.file} ;;
esac
exec {binary()} "$@"
""")
        # Here is no resolver to find the primaries with, and there are two of them.
        self._tool("nsupdate", "".join(f"""
{{ echo server {server.machine.v4}; cat "$3"; }} | /usr/bin/nsupdate -k "$2" || exit
""" for server in self.site.servers))
        (self.folder / "tsig.key").write_text(
            f'key "{KEY_NAME}" {{ algorithm hmac-sha256; secret "{KEY_SECRET}"; }};\n')
        (self.folder / "partners.json").write_text(PARTNERS)
        (self.folder / "gateway.txt").write_text(GATEWAY)

    def _tool(self, name: str, script: str) -> None:
        file = self.folder / "bin" / name
        file.write_text(f"#!/bin/sh\n{script}")
        file.chmod(0o755)

    def types(self, begin: str, *more: int) -> str:
        """The next command of the guide, which begins so; what it prints. more: exit statuses other than 0."""
        command = self._left.pop(0)
        assert command.startswith(begin), f"the guide says: {command}"
        self.site.gateway.write()
        done = subprocess.run(
            ["sh", "-c", command.replace("alpha.example", self.site.domain)], cwd=self.folder, text=True,
            capture_output=True, timeout=90, check=False,
            env={**SANITIZER_ENV, "PATH": f"{self.folder / 'bin'}:/usr/sbin:/usr/bin:/sbin:/bin", "NO_COLOR": "1"})
        assert done.returncode in (more or (READY,)), f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def turns_back_to(self, begin: str) -> None:
        """To the last command before this place that begins so."""
        every = commands()
        at = len(every) - len(self._left) - 1
        while not every[at].startswith(begin):
            at -= 1
        self._left = every[at:]

    def skips(self, begin: str) -> None:
        assert self._left.pop(0).startswith(begin)

    def days_pass(self, days: int) -> None:
        """The journal saw all that it saw so much earlier."""
        with sqlite3.connect(self.site.gateway.state / "check.db") as journal:
            for table in ("sighting", "silence"):
                journal.execute(f"UPDATE {table} SET first = first - ?, last = last - ?", (days * DAY_S,) * 2)

    def is_done(self) -> bool:
        return not self._left


@pytest.fixture
def administrator(cutover: Cutover, world: World) -> Administrator:
    """DNS leads to the old gateway, for a day; nothing is known of the new host."""
    site = cutover.site
    site.servers = [world.name_server(UpdatableKnot, "ns-primary-one.example."),
                    world.name_server(UpdatableBind, "ns-primary-two.example.")]
    site.signing = None
    site.home.set(dane=False, ttl="1d", low_ttl="5min")
    site.gateway.config.section("limits", accepts_per_minute=1000)  # the days of the guide are seconds here
    for owner in [owner for owner in site.records if owner == "gw1" or owner.startswith(("_5269.", "_5270."))]:
        del site.records[owner]
    return Administrator(cutover)


def _targets(administrator: Administrator) -> set[str]:
    """Where service records lead, on both servers alike."""
    site = administrator.site
    one, two = (read_zone(server, site.domain) for server in site.servers)
    assert one == two
    return {data.split()[-1].rstrip(".") for name, _, kind, data in one
            if kind == "SRV" and name.startswith((STARTTLS_SRV, DIRECT_SRV))}


def _old_one_goes(administrator: Administrator, legacy: Prosody) -> None:
    legacy.process.stop()
    site = administrator.site
    for server in site.servers:
        script = f"zone {site.domain}.\nupdate delete {administrator.cutover.host}.\nsend\n"
        assert run_script("nsupdate", server, script).returncode == 0


def _switch(administrator: Administrator, to: set[str]) -> None:
    types = administrator.types
    types("gatepost export --format nsupdate --profile switch --if-ready")
    types("gatepost export --format nsupdate --profile switch --rollback")
    types("nsupdate -k tsig.key switch")
    assert _targets(administrator) == to
    assert "SAME" in types("gatepost export --diff")
    types("gatepost check --phase switched")


def test_guide(administrator: Administrator) -> None:
    cutover, types = administrator.cutover, administrator.types
    site = administrator.site
    legacy = cutover.start_legacy()
    site.gateway.start()
    site.publish(ttl_s=DAY_S)
    old, new = {cutover.host}, {site.host}

    # 0
    assert "READY" in types("gatepost check --public").splitlines()[-1]
    types("gatepost check --public --json")
    types("gatepost partners import")
    assert 'partner "beta.example"' in (administrator.folder / "partners.conf").read_text()

    # 1
    types("gatepost config check")
    assert "A1" in types("gatepost check --phase prepare", NOT_READY)
    types("gatepost export --format nsupdate --profile prepare")
    types("nsupdate")
    assert _targets(administrator) == old
    types("gatepost check --phase prepare")

    # 2
    said = types("gatepost check --phase gate", WAIT)
    assert "M1" in said and "Z9" in said
    said = types("gatepost check --phase gate --timeline --html", WAIT)
    assert "Timeline of the cutover" in said and (administrator.folder / "readiness.html").stat().st_size > 10000
    administrator.days_pass(2)
    types("gatepost check --public --json")
    types("gatepost check --phase gate --merge")

    # 3
    _switch(administrator, new)

    # 4
    assert "M1" in types("gatepost check --phase decommission --only M1", WAIT)
    types("nsupdate -k tsig.key rollback")
    assert _targets(administrator) == old
    # "The way forward begins at the gate again"
    administrator.turns_back_to("gatepost check --phase gate --timeline")
    types("gatepost check --phase gate --timeline", WAIT)
    types("gatepost check --public --json")
    types("gatepost check --phase gate --merge", WAIT)
    types("gatepost export --format nsupdate --profile switch --if-ready", WAIT)
    assert not (administrator.folder / "switch.nsupdate").read_text()
    administrator.turns_back_to("gatepost check --phase gate --merge")
    administrator.days_pass(1)
    types("gatepost check --phase gate --merge")
    _switch(administrator, new)
    types("gatepost check --phase decommission --only M1", WAIT)
    administrator.days_pass(1)
    administrator.skips("nsupdate -k tsig.key rollback")

    # 5
    types("gatepost check --phase decommission --only M1")
    _old_one_goes(administrator, legacy)
    types("gatepost check --phase decommission")
    types("gatepost export --format nsupdate --profile steady")
    types("nsupdate")
    site.home.drop("legacy")
    types("gatepost check --phase routine")
    types("gatepost tlsa")
    assert administrator.is_done()
