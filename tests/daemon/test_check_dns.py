"""What `gatepost check` finds in zones, records and on name servers: one fault at a time, planted on real servers."""

from dataclasses import dataclass
from typing import Callable

import pytest
from lab.dnsserver import NameServer
from lab.dnstree import ROOT, Ds
from lab.prosody import DIRECT_TLS_PORT, S2S_PORT
from lab.site import DIRECT_SRV, STARTTLS_SRV, Site
from lab.zones import EXPIRED, Signing

TLSA = f"_{S2S_PORT}._tcp.gw1"


# Zones and servers.


def _older_serial(site: Site) -> None:
    site.start()
    site.publish(on=site.servers[:1])


def _server_that_nobody_delegates_to(site: Site) -> None:
    site.records["@"] = ["NS ns9.example."]
    site.start()


def _delegate(site: Site, *glue: str) -> None:
    """A name server inside of the zone, for which the parent has these addresses."""
    inside = f"ns.{site.domain}."
    server = site.servers[0]
    site.records["@"] = [f"NS {inside}"]
    site.records["ns"] = [f"A {server.machine.v4}"]
    names = [server.name for server in site.servers]
    delegation = {f"{site.domain}.": [f"NS {name}" for name in [*names, inside]]}
    if glue:
        delegation[inside] = list(glue)
    site.gateway.start()
    site.publish(delegation=delegation)


def _missing_glue(site: Site) -> None:
    _delegate(site)


def _stale_glue(site: Site) -> None:
    _delegate(site, f"A {site.servers[1].machine.v4}")


def _denials_kept_for_a_day(site: Site) -> None:
    site.gateway.start()
    site.publish(ttl_s=86400, negative_s=86400)


def _long_ttl_on_one_server(site: Site) -> None:
    site.start()
    site.publish(on=site.servers[1:], ttl_s=86400)


def _ttl_of_nothing(site: Site) -> None:
    site.records[STARTTLS_SRV] = [f"0 IN SRV 10 0 {S2S_PORT} gw1"]
    site.start()


def _wildcard(site: Site) -> None:
    del site.records[STARTTLS_SRV]
    site.records["*._tcp"] = [f"SRV 10 0 {S2S_PORT} old"]
    site.records["old"] = site.records["gw1"]
    site.start()


def _wildcard_as_planned(site: Site) -> None:
    site.records["*._tcp"] = site.records.pop(STARTTLS_SRV)
    site.start()


def _wildcard_in_an_unsigned_zone(site: Site) -> None:
    site.signing = None
    _wildcard(site)


def _alias_for_all_names(site: Site) -> None:
    del site.records[STARTTLS_SRV]
    site.records["*"] = ["CNAME gw1"]
    site.records["*._tcp"] = ["CNAME gw1"]
    site.start()


def _dname(site: Site) -> None:
    site.records["_xmpp-server.services"] = site.records.pop(STARTTLS_SRV)
    site.records["_xmpps-server.services"] = site.records.pop(DIRECT_SRV)
    site.records["_tcp"] = ["DNAME services"]
    site.start()


def _host_in_a_zone_of_its_own(site: Site) -> None:
    below = {"@": site.records.pop("gw1")}
    for port in (S2S_PORT, DIRECT_TLS_PORT):
        below[f"_{port}._tcp"] = site.records.pop(f"_{port}._tcp.gw1")
    site.start()
    site.scene.world.publish(site.host, below, servers=site.servers)


def _target_lost_on_one_server(site: Site) -> None:
    addresses = site.records.pop("gw1")
    site.start()
    site.records["gw1"] = addresses
    site.publish(on=site.servers[:1])


# DNSSEC.


def _broken_signature(site: Site) -> None:
    site.signing = Signing(broken=[("gw1", "A")])
    site.start()


def _trust_anchor_of_former_days(site: Site) -> None:
    anchor = site.scene.folder / "former.ds"
    anchor.write_text(f". 3600 IN DS {site.scene.world.dns.keys(ROOT).wrong_ds}\n")
    site.gateway.config.section("resolver", trust_anchor_file=str(anchor))
    site.start()


def _ds_of_a_former_key(site: Site) -> None:
    site.gateway.start()
    site.publish(ds=Ds.WRONG)


def _ds_missing(site: Site) -> None:
    site.gateway.start()
    site.publish(ds=Ds.NONE)


def _stale_signatures_everywhere(site: Site) -> None:
    site.signing = EXPIRED
    site.start()


def _stale_signatures_on_one_server(site: Site) -> None:
    site.start()
    site.signing = EXPIRED
    site.publish(on=site.servers[1:])


def _signatures_end_in_an_hour(site: Site) -> None:
    site.signing = Signing(valid_until_s=3600)
    site.start()


def _signatures_end_in_two_days(site: Site) -> None:
    site.signing = Signing(valid_until_s=2 * 86400)
    site.start()


def _signature_missing_on_one_server(site: Site) -> None:
    site.start()
    site.signing = Signing(missing=[("gw1", "A")])
    site.publish(on=site.servers[1:])


def _broken_denial(site: Site) -> None:
    site.signing = Signing(broken=[(TLSA, "NSEC")])
    site.start()


# Service records.


def _former_names(site: Site) -> None:
    site.records["_jabber._tcp"] = site.records[STARTTLS_SRV]
    site.start()


def _one_target_twice(site: Site) -> None:
    site.records[STARTTLS_SRV].append(f"SRV 20 0 {S2S_PORT} gw1")
    site.start()


def _weight_zero_beside_another(site: Site) -> None:
    site.records[STARTTLS_SRV].append(f"SRV 10 5 {S2S_PORT} gw2")
    site.records["gw2"] = site.records["gw1"]
    site.start()


def _text_at_service(site: Site) -> None:
    site.records[STARTTLS_SRV].append('TXT "v=xmpp"')
    site.start()


# Addresses.


def _another_system_on_ipv6(site: Site) -> None:
    other = site.scene.machine(f"second system of {site.domain}")
    site.scene.prosody(site.domain, other, site.scene.credential(site.domain))
    site.home.section("host", site.host, address=[site.machine.v4, other.v6])
    site.records["gw1"] = [f"A {site.machine.v4}", f"AAAA {other.v6}"]
    site.start()


# Certificates.


def _foreign_caa(site: Site) -> None:
    site.records["@"] = ['CAA 0 issue "other.example"']
    site.start()


def _caa_for_another_account(site: Site) -> None:
    site.records["@"] = ['CAA 0 issue "ca.example; accounturi=https://ca.example/1"']
    site.home.set(caa_account_uri="https://ca.example/2")
    site.start()


# TLSA.


def _next_key_not_published(site: Site) -> None:
    next_files = site.scene.credential(site.domain).write(site.scene.folder / "next", "next")
    site.home.set(next_key=str(next_files.key))
    site.start()


def _leftover_tlsa(site: Site) -> None:
    site.records[TLSA].append(site.scene.credential(site.domain).tlsa())
    site.start()


def _whole_certificate(site: Site) -> None:
    site.records[TLSA].append(site.credential.tlsa(3, 0, 1))
    site.start()


def _unsigned_zone(site: Site) -> None:
    site.signing = None
    site.start()


def _alias_at_tlsa(site: Site) -> None:
    site.records["tlsa"] = site.records[TLSA]
    site.records[TLSA] = ["CNAME tlsa"]
    site.start()


def _short_digest(site: Site) -> None:
    site.records[TLSA].append(site.credential.tlsa()[:-2])
    site.start()


@dataclass(frozen=True)
class Fault:
    plant: Callable[[Site], None]
    check: str
    status: str
    text: str


FAULTS = [
    Fault(_older_serial, "Z3", "WARN", "different serials"),
    Fault(_server_that_nobody_delegates_to, "Z4", "WARN", "not delegate to ns9.example"),
    Fault(_missing_glue, "Z4", "WARN", "glue is missing"),
    Fault(_stale_glue, "Z4", "WARN", "stale glue"),
    Fault(_denials_kept_for_a_day, "Z5", "WARN", "86400 s"),
    Fault(_long_ttl_on_one_server, "Z6", "WARN", "from 3600 s to 86400 s"),
    Fault(_ttl_of_nothing, "Z6", "WARN", "TTL is 0"),
    Fault(_host_in_a_zone_of_its_own, "Z7", "WARN", "2 zones"),
    Fault(_wildcard, "Z8", "FAIL", "a wildcard answers"),
    Fault(_wildcard_as_planned, "Z8", "WARN", "a wildcard answers"),
    Fault(_wildcard_in_an_unsigned_zone, "Z8", "FAIL", "a wildcard answers"),
    Fault(_alias_for_all_names, "Z8", "FAIL", "a wildcard answers"),
    Fault(_dname, "Z8", "FAIL", "a DNAME above it"),
    Fault(_trust_anchor_of_former_days, "S1", "FAIL", "bogus"),
    Fault(_ds_of_a_former_key, "S5", "FAIL", "names no key"),
    Fault(_ds_missing, "S5", "FAIL", "has no DS record"),
    Fault(_stale_signatures_everywhere, "S6", "FAIL", "ended at"),
    Fault(_stale_signatures_on_one_server, "S6", "FAIL", "ns2.example"),
    Fault(_signatures_end_in_an_hour, "S6", "FAIL", "before a switch"),
    Fault(_signatures_end_in_two_days, "S6", "WARN", "ends soon"),
    Fault(_signature_missing_on_one_server, "S6", "FAIL", "without a signature"),
    Fault(_broken_denial, "S7", "WARN", "is bogus"),
    Fault(_broken_signature, "S8", "WARN", "signature"),
    Fault(_target_lost_on_one_server, "V13", "FAIL", "ns2.example"),
    Fault(_one_target_twice, "V14", "WARN", "twice"),
    Fault(_weight_zero_beside_another, "V14", "WARN", "weight 0"),
    Fault(_text_at_service, "V14", "WARN", "nobody reads it"),
    Fault(_former_names, "B3", "WARN", "_jabber._tcp"),
    Fault(_another_system_on_ipv6, "A4", "FAIL", "the certificate"),
    Fault(_foreign_caa, "T12", "FAIL", "does not permit ca.example"),
    Fault(_caa_for_another_account, "T12", "FAIL", "another account"),
    Fault(_next_key_not_published, "N4", "WARN", "is not published"),
    Fault(_leftover_tlsa, "N5", "WARN", "does not know"),
    Fault(_whole_certificate, "N6", "WARN", "each renewal"),
    Fault(_unsigned_zone, "N7", "WARN", "not signed"),
    Fault(_alias_at_tlsa, "N8", "WARN", "an alias of tlsa."),
    Fault(_short_digest, "N9", "FAIL", "31 octets"),
]
CHECKS = sorted({fault.check for fault in FAULTS})


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.plant.__name__.strip("_").replace("_", "-"))
def test_fault(site: Site, fault: Fault) -> None:
    site.home.set(caa_issuer=["ca.example"])
    fault.plant(site)
    report = site.check("--only", fault.check)
    assert report.find(fault.check, fault.status, fault.text)["fix"]


def test_target_in_capitals(site: Site, bind: NameServer) -> None:
    """BIND gives names in records as the zone file has them; NSD and Knot in small letters."""
    site.records[STARTTLS_SRV] = [text.replace("gw1", "GW1") for text in site.records[STARTTLS_SRV]]
    site.signing, site.servers = None, [bind, *site.servers]
    site.start()
    report = site.check("--only", "V14")
    assert set(report.find("V14", "WARN", "capital letters")["evidence"]) == {
        f"at {site.domain}: {bind.name.rstrip('.')} at {address}" for address in (bind.machine.v4, bind.machine.v6)}
    report.find("V14", "PASS", DIRECT_SRV)


def test_one_server_is_dead(site: Site) -> None:
    """What the others say is judged all the same, and what is not known is said."""
    site.start()
    dead = site.servers[1]
    dead.stop()
    site.scene.until_end(dead.start)
    report = site.check("--only", ",".join(CHECKS))
    assert not report.ids("FAIL"), str(report)
    assert {"Z3", "S5", "S6", "V13"} <= report.ids("UNKNOWN")
    assert {"Z4", "Z7", "Z8", "S1", "S7", "S8", "V14", "B3", "A4", "N5", "N9"} <= report.ids("PASS")
