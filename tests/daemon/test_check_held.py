"""What `gatepost check` shows of the caches of public resolvers (M4)."""

import pytest
from lab.dnsserver import Resolver
from lab.site import DIRECT_SRV, STARTTLS_SRV, Site
from lab.wait import until
from lab.zones import Signing

# The lab's resolver keeps nothing; these do as resolvers in the world do.
KEEPING = """\
  cache-max-ttl: 86400
  cache-max-negative-ttl: 3600
"""


@pytest.fixture
def resolver(site: Site) -> Resolver:
    """One that the check is told of."""
    scene = site.scene
    machine = scene.machine(f"public resolver of {site.domain}")
    folder = scene.folder / "public"
    folder.mkdir()
    made = Resolver(machine, folder, scene.world.dns.root_hints, scene.world.dns.trust_anchor, KEEPING)
    scene.keep(made.process)
    made.start()
    site.gateway.config.section("check", public_resolvers=[machine.v4])
    return made


def _questions(resolver: Resolver) -> str:
    """All that it was asked, in its log's words."""
    return "\n".join(resolver.process.output.lines())


def test_old_answer(site: Site, resolver: Resolver) -> None:
    """What it was asked before the switch it still has afterwards, with less time left; the rest it learns anew."""
    new = site.records[STARTTLS_SRV]
    site.records[STARTTLS_SRV] = [new[0].replace("gw1", "old")]
    site.records["old"] = site.records["gw1"]
    site.start()
    service = f"{STARTTLS_SRV}.{site.domain}"
    until("some of its time is over", lambda: resolver.ask(service, "SRV").answer[0].ttl < 3600)
    site.records[STARTTLS_SRV] = new
    site.publish()
    report = site.check("--only", "M4")
    finding = report.find("M4", "WARN", STARTTLS_SRV)
    assert report.verdict == "READY" and len(report.of("WARN")) == 1
    assert finding["subject"].endswith("SRV") and finding["fix"]
    assert any(line.startswith(f"{resolver.machine.v4}: ") and f"old.{site.domain}" in line and "for 59 min " in line
               for line in finding["evidence"]), finding
    report.find("M4", "PASS", f"{DIRECT_SRV}.{site.domain}")


def test_nothing_is_asked_before_it_is_there(site: Site, resolver: Resolver) -> None:
    """A name that does not exist, or not on every server, would be remembered as one that does not exist."""
    direct, tlsa = site.records.pop(DIRECT_SRV), site.records.pop("_5269._tcp.gw1")
    site.start()
    site.records["_5269._tcp.gw1"] = tlsa
    site.publish(on=site.scene.world.hosting[:1])
    report = site.check("--only", "M4")
    report.find("M4", "PASS", STARTTLS_SRV)
    report.find("M4", "UNKNOWN", "_5269._tcp.gw1")
    asked = _questions(resolver)
    assert STARTTLS_SRV in asked
    assert DIRECT_SRV not in asked and "_5269._tcp.gw1" not in asked
    site.records[DIRECT_SRV] = direct
    site.publish()
    site.check("--only", "M4").find("M4", "PASS", DIRECT_SRV)


def test_nothing_is_asked_before_the_switch(site: Site, resolver: Resolver) -> None:
    site.start()
    site.check("--phase", "gate")
    assert site.domain not in _questions(resolver)
    site.check("--phase", "switched").find("M4", "PASS", STARTTLS_SRV)


def test_bogus_there(site: Site, resolver: Resolver) -> None:
    """To the resolver that validates; the check's own finds that as S8."""
    site.signing = Signing(broken=[("gw1", "A")])
    site.start()
    report = site.check("--only", "M4")
    assert report.find("M4", "WARN", f"{resolver.machine.v4}: answers SERVFAIL")["fix"]
    report.find("M4", "PASS", STARTTLS_SRV)


def test_silent_resolver(site: Site, resolver: Resolver) -> None:
    nobody = site.scene.machine(f"nobody of {site.domain}").v4
    site.gateway.config.section("check", public_resolvers=[resolver.machine.v4, nobody])
    site.start()
    report = site.check("--only", "M4")
    report.find("M4", "UNKNOWN", f"{nobody}")
    report.find("M4", "PASS", STARTTLS_SRV)
    assert report.verdict == "READY"
