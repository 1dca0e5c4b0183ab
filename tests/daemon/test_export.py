"""`gatepost export` against real zones: what it prints is what a partner has to find."""

import re
import subprocess

import dns.rdata
import dns.rrset
import pytest

from lab import zones
from lab.gatepost import Gatepost
from lab.world import DIRECT_TLS_PORT, S2S_PORT, Scene, World, service_records

Lines = set[tuple[str, str, str]]


def _export(gateway: Gatepost, *options: str) -> subprocess.CompletedProcess[str]:
    gateway.write()
    return gateway.command("export", *options)


def _lines(text: str) -> Lines:
    """Name, type and data of every line that is no comment."""
    found = set()
    for line in filter(None, text.splitlines()):
        if not line.startswith(";"):
            name, _ttl, _class, kind, data = line.split(None, 4)
            rdata = dns.rdata.from_text("IN", kind, data)
            found.add((name, kind, rdata.to_text()))
    return found


def _published(world: World, domain: str, host: str) -> Lines:
    """The same of what the resolver of the world finds."""
    found = set()
    for name, kind in [(f"_xmpp-server._tcp.{domain}", "SRV"), (f"_xmpps-server._tcp.{domain}", "SRV"),
                       (host, "A"), (host, "AAAA"),
                       *((f"_{port}._tcp.{host}", "TLSA") for port in (S2S_PORT, DIRECT_TLS_PORT))]:
        for rrset in world.resolver.ask(name, kind).answer:
            if rrset.rdtype == dns.rdatatype.from_text(kind):
                found |= {(f"{name}.", kind, rdata.to_text()) for rdata in rrset}
    return found


def test_signed_zone_holds_what_is_exported(scene: Scene) -> None:
    domain = "export-signed.example"
    gateway = scene.gatepost_domain(domain, start=False)
    done = _export(gateway)
    assert done.returncode == 0, done.stderr
    assert f"; Zone {domain} (signed)" in done.stdout
    assert ";_" not in done.stdout
    assert _lines(done.stdout) == _published(scene.world, domain, f"gw1.{domain}")
    assert _export(gateway).stdout == done.stdout


def test_tlsa_is_a_comment_in_an_unsigned_zone(scene: Scene) -> None:
    domain = "export-unsigned.example"
    machine = scene.machine(domain)
    gateway = scene.gatepost_domain(domain, machine=machine, publish=False, start=False)
    scene.world.publish(domain, service_records("gw1", machine=machine), None)
    done = _export(gateway)
    assert done.returncode == 0, done.stderr
    assert f"; Zone {domain} (not signed)" in done.stdout
    assert f"\n;_{S2S_PORT}._tcp.gw1.{domain}." in done.stdout
    assert _lines(done.stdout) == _published(scene.world, domain, f"gw1.{domain}")
    document = gateway.json("export")
    assert [(zone["zone"], zone["signed"]) for zone in document["zones"]] == [(domain, False)]
    assert all((record["held"] is None) == (record["type"] != "TLSA") for record in document["zones"][0]["records"])


def test_each_zone_has_its_part(scene: Scene) -> None:
    """The domain's zone is signed, the zone of its host is not, and has a zone cut of its own."""
    domain, hoster = "export-parts.example", "export-hoster.example"
    machine = scene.machine(domain)
    gateway = scene.gatepost_domain(domain, machine=machine, publish=False, start=False)
    home = gateway.config.section("domain", domain)
    home.drop("host", f"gw1.{domain}")
    home.section("host", f"gw1.{hoster}", address=[machine.v4])
    scene.world.publish(domain, {"@": ["A 192.0.2.1"]})
    scene.world.publish(hoster, {"@": ["A 192.0.2.1"]}, None)
    done = _export(gateway)
    assert done.returncode == 0, done.stderr
    signed, _, unsigned = done.stdout.partition(f"; Zone {hoster} (not signed)")
    assert f"; Zone {domain} (signed)" in signed
    assert {kind for _, kind, _ in _lines(signed)} == {"SRV"}
    assert {name for name, _, _ in _lines(unsigned)} == {f"gw1.{hoster}."}
    alone = _export(gateway, "--zone", hoster)
    assert _lines(alone.stdout) == _lines(unsigned)


@pytest.mark.parametrize("name, signing", [("expired", zones.EXPIRED), ("broken", zones.Signing(broken=[("@", "SOA")]))])
def test_bogus_zone_is_not_taken_for_unsigned(scene: Scene, name: str, signing: zones.Signing) -> None:
    domain = f"export-{name}.example"
    machine = scene.machine(domain)
    gateway = scene.gatepost_domain(domain, machine=machine, publish=False, start=False)
    scene.world.publish(domain, service_records("gw1", machine=machine), signing)
    done = _export(gateway)
    assert (done.returncode, done.stdout) == (3, "")
    assert domain in done.stderr


def test_missing_zone_is_noticed(scene: Scene) -> None:
    """Not delegated yet: the closest zone is the registry's."""
    done = _export(scene.gatepost_domain("export-missing.example", publish=False, start=False))
    assert done.returncode == 0
    assert "the closest zone is 'example'" in done.stderr


@pytest.mark.parametrize("name, owner, words", [
    ("target", "gw1", "gw1.export-target.example is an alias (CNAME), and partners give up"),
    ("service", "_xmpps-server._tcp", "_xmpps-server._tcp.export-service.example is an alias (CNAME), and a SRV record"),
])
def test_alias_is_refused(scene: Scene, name: str, owner: str, words: str) -> None:
    domain = f"export-{name}.example"
    gateway = scene.gatepost_domain(domain, publish=False, start=False)
    scene.world.publish(domain, {"@": ["A 192.0.2.1"], owner: [f"CNAME {domain}."]})
    done = _export(gateway)
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr


def test_keys_that_nobody_serves_are_refused(scene: Scene) -> None:
    """While the old certificate is served no partner that uses DANE would connect."""
    domain = "export-served.example"
    gateway = scene.gatepost_domain(domain)
    gateway.await_event("ready")
    renewed = scene.credential(domain).write(gateway.file.parent / "renewed", domain)
    served = gateway.config.section("domain", domain).options["certificate"]
    done = _export(gateway)
    assert (done.returncode, done.stderr) == (0, "")
    gateway.config.section("domain", domain).set(certificate=str(renewed.certificate), key=str(renewed.key))
    done = _export(gateway)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"TLSA records at _{S2S_PORT}._tcp.gw1.{domain}: none is for the key" in done.stderr
    # what is published now may have its TTLs lowered
    assert _export(gateway, "--profile", "prepare").returncode == 0
    # with the key that is served as the next one both are there
    gateway.config.section("domain", domain).set(next_key=served)
    done = _export(gateway)
    assert done.returncode == 0, done.stderr
    assert len([kind for _, kind, _ in _lines(done.stdout) if kind == "TLSA"]) == 4


def test_keys_of_a_gateway_that_does_not_run_are_not_known(scene: Scene) -> None:
    """Told once, however many addresses there are."""
    domain = "export-asleep.example"
    done = _export(scene.gatepost_domain(domain, start=False))
    assert done.returncode == 0
    assert re.fullmatch(r"gatepost export: warning: which key is served is not known at 4 of 4 places; "
                        rf"\S+ for {domain}: connection refused\n", done.stderr)


@pytest.mark.parametrize("signing", [zones.SIGNED, zones.NSEC3, None], ids=["signed", "nsec3", "unsigned"])
def test_wildcard_gives_way(scene: Scene, signing: zones.Signing | None) -> None:
    """What it makes up for a name is neither an alias nor a record there."""
    name = "unsigned" if signing is None else "nsec3" if signing.nsec3 else "signed"
    domain = f"export-wildcard-{name}.example"
    gateway = scene.gatepost_domain(domain, publish=False, start=False)
    scene.world.publish(domain, {"@": ["A 192.0.2.1"], "*": [f"CNAME {domain}."], "*.gw1": ["TXT \"x\""],
                                 "gw1": ["TXT \"y\""]}, signing)
    done = _export(gateway, "--format", "nsupdate")
    assert done.returncode == 0, done.stderr
    prerequisites = [line for line in done.stdout.splitlines() if line.startswith("prereq")]
    assert len(prerequisites) == (4 if signing is None else 6)
    assert all(line.startswith("prereq nxrrset ") for line in prerequisites)
