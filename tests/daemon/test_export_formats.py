"""Exports carried out by the programs that they are for: real servers are changed, and changed back."""

import re
import subprocess
from pathlib import Path

import dns.rdata
import dns.rdatatype
import pytest

from lab.dnsserver import NameServer, Resolver
from lab.gatepost import Gatepost
from lab.updates import Record, UpdatableBind, UpdatableKnot, read_zone, run_script
from lab.world import Scene, World
from lab.zones import SIGNED, Signing

TOOLS = ["nsupdate", "knsupdate"]
LOW_TTL_S, LONG_TTL_S, OLD_TTL_S = 300, 3600, 7200


@pytest.fixture(scope="module")
def knot(world: World) -> UpdatableKnot:
    return world.name_server(UpdatableKnot, "ns-knot.example.")


@pytest.fixture(scope="module")
def bind(world: World) -> UpdatableBind:
    return world.name_server(UpdatableBind, "ns-bind.example.")


def _old_records(domain: str) -> dict[str, list[str]]:
    """What stands there before: an old server, and much that is nobody's business."""
    return {"@": ["MX 10 mail", "TXT \"keep; me\"", 'CAA 0 issue "old.example"', f'CAA 0 iodef "mailto:ca@{domain}"'],
            "_xmpp-server._tcp": ["SRV 10 0 5269 old", "SRV 20 5 5269 older"],
            "_xmpp-client._tcp": ["SRV 10 0 5222 old"],
            "old": ["A 192.0.2.9"], "older": ["A 192.0.2.10"], "mail": ["A 192.0.2.11"],
            "gw1": ["TXT \"stays\""]}


def _gateway(scene: Scene, domain: str, server: NameServer, signing: Signing | None = None) -> Gatepost:
    gateway = scene.gatepost_domain(domain, publish=False, start=False)
    home = gateway.config.section("domain", domain)
    home.set(caa_issuer="ca.example", caa_account_uri="https://ca.example/account/7",
             caa_validation_methods=["dns-01", "http-01"])
    gateway.write()
    scene.world.publish(domain, _old_records(domain), signing, servers=[server], ttl_s=OLD_TTL_S)
    return gateway


def _export(gateway: Gatepost, *options: str) -> str:
    done = gateway.command("export", *options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _planned(gateway: Gatepost, *options: str) -> set[Record]:
    found = set()
    for line in filter(None, _export(gateway, *options).splitlines()):
        if not line.startswith(";"):
            name, ttl, _class, kind, data = line.split(None, 4)
            found.add((name, int(ttl), kind, dns.rdata.from_text("IN", kind, data).to_text()))
    return found


def _expected(before: set[Record], planned: set[Record]) -> set[Record]:
    """The planned record sets in place of what was there, everything else as it was."""
    replaced = {(name, kind) for name, _, kind, _ in planned}
    return planned | {record for record in before if (record[0], record[2]) not in replaced}


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("where", ["knot", "bind"])
def test_update_and_the_way_back(scene: Scene, request: pytest.FixtureRequest, where: str, tool: str) -> None:
    domain, server = f"export-{where}-{tool}.example", request.getfixturevalue(where)
    gateway = _gateway(scene, domain, server)
    before, planned = read_zone(server, domain), _planned(gateway, "--profile", "switch")
    assert {ttl for _, ttl, _, _ in planned} == {LOW_TTL_S}
    # whom to tell of wrong certificates is no part of the plan, and stays with its record set
    assert (f"{domain}.", LOW_TTL_S, "CAA", f'0 iodef "mailto:ca@{domain}"') in planned
    forth = _export(gateway, "--format", "nsupdate", "--profile", "switch")
    back = _export(gateway, "--format", "nsupdate", "--profile", "switch", "--rollback")
    done = run_script(tool, server, forth)
    assert done.returncode == 0, done.stdout + done.stderr
    assert read_zone(server, domain) == _expected(before, planned)
    # it is done: what it begins with is no longer there
    assert run_script(tool, server, forth).returncode != 0
    assert "; Nothing is to be changed." in _export(gateway, "--format", "nsupdate", "--profile", "switch")
    done = run_script(tool, server, back)
    assert done.returncode == 0, done.stdout + done.stderr
    assert read_zone(server, domain) == before


FOREIGN_CHANGES = {
    "added": "update add _xmpp-server._tcp.{domain}. 60 IN SRV 30 0 5269 new.{domain}.",
    "removed": "update delete _xmpp-server._tcp.{domain}. IN SRV 20 5 5269 older.{domain}.",
    "new": "update add _xmpps-server._tcp.{domain}. 60 IN SRV 30 0 5270 new.{domain}.",
}


@pytest.mark.parametrize("change", FOREIGN_CHANGES)
@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("where", ["knot", "bind"])
def test_foreign_change_stops_the_update(scene: Scene, request: pytest.FixtureRequest, where: str, tool: str,
                                         change: str) -> None:
    domain, server = f"export-{change}-{where}-{tool}.example", request.getfixturevalue(where)
    gateway = _gateway(scene, domain, server)
    script = _export(gateway, "--format", "nsupdate")
    foreign = FOREIGN_CHANGES[change].format(domain=domain)
    done = run_script("nsupdate", server, f"zone {domain}.\n{foreign}\nsend\n")
    assert done.returncode == 0, done.stderr
    before = read_zone(server, domain)
    done = run_script(tool, server, script)
    assert done.returncode != 0
    assert re.search("NXRRSET|YXRRSET", done.stdout + done.stderr)
    assert read_zone(server, domain) == before


def _run_knotc(scene: Scene, script: str, server: UpdatableKnot) -> subprocess.CompletedProcess[str]:
    file = Path(scene.folder, "change.sh")
    file.write_text(script)
    return subprocess.run(["sh", file, "-s", server.control], capture_output=True, text=True, timeout=60)


def test_knotc_transaction_and_the_way_back(scene: Scene, knot: UpdatableKnot) -> None:
    domain = "export-knotc.example"
    gateway = _gateway(scene, domain, knot)
    before, planned = read_zone(knot, domain), _planned(gateway)
    assert {ttl for _, ttl, _, _ in planned} == {LONG_TTL_S}
    forth = _export(gateway, "--format", "knotc")
    back = _export(gateway, "--format", "knotc", "--rollback")
    done = _run_knotc(scene, forth, knot)
    assert done.returncode == 0, done.stdout + done.stderr
    assert read_zone(knot, domain) == _expected(before, planned)
    assert _run_knotc(scene, forth, knot).returncode != 0
    assert read_zone(knot, domain) == _expected(before, planned)
    done = _run_knotc(scene, back, knot)
    assert done.returncode == 0, done.stdout + done.stderr
    assert read_zone(knot, domain) == before


@pytest.mark.parametrize("change", FOREIGN_CHANGES)
def test_foreign_change_stops_knotc(scene: Scene, knot: UpdatableKnot, change: str) -> None:
    domain = f"export-knotc-{change}.example"
    gateway = _gateway(scene, domain, knot)
    script = _export(gateway, "--format", "knotc")
    foreign = FOREIGN_CHANGES[change].format(domain=domain)
    assert run_script("knsupdate", knot, f"zone {domain}.\n{foreign}\nsend\n").returncode == 0
    before = read_zone(knot, domain)
    done = _run_knotc(scene, script, knot)
    assert done.returncode != 0, done.stdout
    assert read_zone(knot, domain) == before
    # the transaction is given up, not left open
    done = _run_knotc(scene, _export(gateway, "--format", "knotc"), knot)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prepare_lowers_what_is_published_and_adds_hosts(scene: Scene, knot: UpdatableKnot) -> None:
    domain = "export-prepare.example"
    gateway = _gateway(scene, domain, knot)
    before = read_zone(knot, domain)
    lowered = _planned(gateway, "--profile", "prepare")
    assert {(name, kind) for name, _, kind, _ in lowered} == {
        (f"{domain}.", "CAA"), (f"_xmpp-server._tcp.{domain}.", "SRV"), (f"gw1.{domain}.", "A"), (f"gw1.{domain}.", "AAAA")}
    script = _export(gateway, "--format", "nsupdate", "--profile", "prepare")
    assert run_script("knsupdate", knot, script).returncode == 0
    after = read_zone(knot, domain)
    assert after == _expected(before, lowered)
    assert {record[:1] + record[2:] for record in after} > {record[:1] + record[2:] for record in before}
    assert {ttl for name, ttl, kind, _ in after if (name, kind) in {(n, k) for n, _, k, _ in lowered}} == {LOW_TTL_S}


def test_keys_come_into_a_signed_zone(scene: Scene, knot: UpdatableKnot) -> None:
    """TLSA records are part of the script, and are gone with the way back."""
    domain = "export-keys.example"
    gateway = _gateway(scene, domain, knot, SIGNED)
    before, planned = read_zone(knot, domain), _planned(gateway)
    assert len([record for record in planned if record[2] == "TLSA"]) == 2
    scripts = [_export(gateway, "--format", "nsupdate", *more) for more in ([], ["--rollback"])]
    assert run_script("nsupdate", knot, scripts[0]).returncode == 0
    assert read_zone(knot, domain) == _expected(before, planned)
    assert run_script("knsupdate", knot, scripts[1]).returncode == 0
    assert read_zone(knot, domain) == before


def test_servers_that_disagree_give_no_script(scene: Scene) -> None:
    domain = "export-disagree.example"
    gateway = scene.gatepost_domain(domain, publish=False, start=False)
    gateway.write()
    scene.world.publish(domain, _old_records(domain))
    newer = _old_records(domain) | {"_xmpp-server._tcp": ["SRV 10 0 5269 old"]}
    scene.world.publish(domain, newer, on=scene.world.hosting[1:])
    for options in (["--format", "nsupdate"], ["--profile", "prepare"]):
        done = gateway.command("export", *options)
        assert (done.returncode, done.stdout) == (3, "")
        assert f"what is published as SRV of _xmpp-server._tcp.{domain} is not known" in done.stderr
        assert "hold different records" in done.stderr
    _export(gateway)


def test_unbound_answers_from_local_data(scene: Scene, knot: UpdatableKnot) -> None:
    domain = "export-unbound.example"
    gateway = _gateway(scene, domain, knot)
    planned = _planned(gateway)
    folder = Path(scene.folder, "inside-resolver")
    folder.mkdir()
    resolver = Resolver(scene.machine(f"resolver.{domain}"), folder, scene.world.dns.root_hints,
                        scene.world.dns.trust_anchor, _export(gateway, "--format", "unbound"))
    subprocess.run(["unbound-checkconf", folder / "server.conf"], check=True, timeout=60)
    scene.keep(resolver.process)
    resolver.start()
    assert _answers(resolver, {(name, kind) for name, _, kind, _ in planned}) == planned
    # what is not exported is looked up, beside a local record too
    outside = {(f"mail.{domain}.", "A"), (f"gw1.{domain}.", "TXT"), (f"{domain}.", "MX")}
    assert {record[:1] + record[2:3] for record in _answers(resolver, outside)} == outside


def _answers(resolver: Resolver, questions: set[tuple[str, str]]) -> set[Record]:
    return {(rrset.name.to_text(), rrset.ttl, kind, rdata.to_text())
            for name, kind in questions for rrset in resolver.ask(name, kind).answer
            if rrset.rdtype == dns.rdatatype.from_text(kind) for rdata in rrset}
