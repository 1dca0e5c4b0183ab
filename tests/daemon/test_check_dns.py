"""What `gatepost check` finds in zones, records and on name servers: one fault at a time, planted on real servers."""

from dataclasses import dataclass
from typing import Callable

import pytest
from lab.prosody import DIRECT_TLS_PORT, S2S_PORT
from lab.zones import Signing
from test_check import DIRECT_SRV, STARTTLS_SRV, Site, site  # noqa: F401 (a fixture)

TLSA = f"_{S2S_PORT}._tcp.gw1"


# Zones and servers.


def _older_serial(site: Site) -> None:
    site.start()
    site.publish(on=site.scene.world.hosting[:1])


def _host_in_a_zone_of_its_own(site: Site) -> None:
    below = {"@": site.records.pop("gw1")}
    for port in (S2S_PORT, DIRECT_TLS_PORT):
        below[f"_{port}._tcp"] = site.records.pop(f"_{port}._tcp.gw1")
    site.start()
    site.scene.world.publish(site.host, below)


def _target_without_addresses_on_one_server(site: Site) -> None:
    addresses = site.records.pop("gw1")
    site.start()
    site.records["gw1"] = addresses
    site.publish(on=site.scene.world.hosting[:1])


# DNSSEC.


def _broken_signature(site: Site) -> None:
    site.signing = Signing(broken=[("gw1", "A")])
    site.start()


# Service records.


def _one_target_twice(site: Site) -> None:
    site.records[STARTTLS_SRV].append(f"SRV 20 0 {S2S_PORT} gw1")
    site.start()


def _weight_zero_beside_another(site: Site) -> None:
    site.records[STARTTLS_SRV].append(f"SRV 10 5 {S2S_PORT} gw2")
    site.records["gw2"] = site.records["gw1"]
    site.start()


# Addresses.


def _another_system_on_ipv6(site: Site) -> None:
    other = site.scene.machine(f"second system of {site.domain}")
    site.scene.prosody(site.domain, other, site.scene.credential(site.domain))
    site.home.section("host", site.host, address=[site.machine.v4, other.v6])
    site.records["gw1"] = [f"A {site.machine.v4}", f"AAAA {other.v6}"]
    site.start()


# TLSA.


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
    Fault(_host_in_a_zone_of_its_own, "Z7", "WARN", "2 zones"),
    Fault(_broken_signature, "S8", "WARN", "signature"),
    Fault(_target_without_addresses_on_one_server, "V13", "FAIL", "ns2.example"),
    Fault(_one_target_twice, "V14", "WARN", "twice"),
    Fault(_weight_zero_beside_another, "V14", "WARN", "weight 0"),
    Fault(_another_system_on_ipv6, "A4", "FAIL", "the certificate"),
    Fault(_leftover_tlsa, "N5", "WARN", "does not know"),
    Fault(_whole_certificate, "N6", "WARN", "each renewal"),
    Fault(_unsigned_zone, "N7", "WARN", "not signed"),
    Fault(_alias_at_tlsa, "N8", "WARN", "an alias of tlsa."),
    Fault(_short_digest, "N9", "FAIL", "31 octets"),
]
CHECKS = sorted({fault.check for fault in FAULTS})


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.plant.__name__.strip("_").replace("_", "-"))
def test_fault(site: Site, fault: Fault) -> None:  # noqa: F811
    fault.plant(site)
    report = site.check("--only", fault.check)
    assert report.find(fault.check, fault.status, fault.text)["fix"]


def test_good_site(site: Site) -> None:  # noqa: F811
    """None of them has anything to say where all is well."""
    site.start()
    report = site.check("--only", ",".join(CHECKS))
    assert not str(report)
    assert report.ids("PASS") == set(CHECKS)
