"""gatepost check with zones on each make of name server: the same faults are found, and where all is well nothing is."""

import pytest
import test_check
import test_check_dns
from lab.dnsserver import Bind, Knot, NameServer, Nsd
from lab.prosody import DIRECT_TLS_PORT, S2S_PORT
from lab.site import Site
from lab.world import World
from lab.zones import Signing

MAKES = [Nsd, Knot, Bind]
# Faults in which the software has a say: how it fails, what it makes up, how it proves that there is nothing.
CHOSEN = {
    "Z1": ["dead_server", "lame_server"], "Z2": ["stale_server"], "Z3": ["older_serial"],
    "Z4": ["missing_glue", "stale_glue"], "Z5": ["denials_kept_for_a_day"], "Z6": ["long_ttl_on_one_server"],
    "Z7": ["host_in_a_zone_of_its_own"],
    "Z8": ["wildcard", "wildcard_in_an_unsigned_zone", "alias_for_all_names", "dname"],
    "S2": ["bogus_srv"], "S4": ["bogus_tlsa"], "S5": ["ds_missing", "ds_of_a_former_key"],
    "S6": ["stale_signatures_on_one_server", "signature_missing_on_one_server"], "S7": ["broken_denial"],
    "V1": ["missing_starttls_srv"], "V4": ["alias_target"], "V7": ["dot_among_others"],
    "V13": ["target_lost_on_one_server"], "N1": ["tlsa_missing"], "N8": ["alias_at_tlsa"],
}
FAULTS = [fault for fault in (*test_check.FAULTS, *test_check_dns.FAULTS)
          if fault.plant.__name__.lstrip("_") in CHOSEN.get(fault.check, [])]
# What an unsigned zone gives no occasion for.
OF_SIGNED_ZONES = {"S4", "S5", "S6", "N1", "N2", "N3", "N4", "N5", "N6", "N7", "N9"}


def _name(make: type[NameServer]) -> str:
    return make.make.lower()


@pytest.fixture
def servers(world: World, bind: NameServer) -> list[NameServer]:
    """One of each make."""
    return [*world.hosting, bind]


def _of_make(servers: list[NameServer], make: type[NameServer]) -> NameServer:
    return next(server for server in servers if isinstance(server, make))


def test_all_faults_are_there() -> None:
    assert len(FAULTS) == sum(map(len, CHOSEN.values()))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.plant.__name__.strip("_").replace("_", "-"))
@pytest.mark.parametrize("make", [Nsd, Bind], ids=_name)
def test_on(site: Site, servers: list[NameServer], make: type[NameServer], fault: test_check_dns.Fault) -> None:
    """The second server, which is the one at fault, is of this make; elsewhere it is Knot."""
    second = _of_make(servers, make)
    site.servers = [_of_make(servers, Knot), second]
    fault.plant(site)
    report = site.check("--only", fault.check)
    report.find(fault.check, fault.status, fault.text.replace("ns2.example", second.name.rstrip(".")))


@pytest.mark.parametrize("signing", [Signing(), Signing(nsec3=True), None], ids=["nsec", "nsec3", "unsigned"])
@pytest.mark.parametrize("make", MAKES, ids=_name)
def test_good_site(site: Site, servers: list[NameServer], make: type[NameServer], signing: Signing | None) -> None:
    site.signing, site.servers = signing, [_of_make(servers, make)]
    site.home.set(dane=bool(signing), caa_issuer=["ca.example"])
    site.records["@"] = ['CAA 0 issue "ca.example"']
    for port in (S2S_PORT, DIRECT_TLS_PORT) if not signing else ():
        del site.records[f"_{port}._tcp.gw1"]
    site.start()
    for phase in ("gate", "routine"):
        report = site.check("--phase", phase)
        assert report.verdict == "READY", str(report)
    judged = {fault.check for fault in FAULTS} | set(test_check_dns.CHECKS)
    report = site.check("--only", ",".join(sorted(judged)))
    assert not report.ids("FAIL") | report.ids("WARN") | report.ids("UNKNOWN"), str(report)
    assert report.ids("PASS") >= judged - (set() if signing else OF_SIGNED_ZONES), str(report)
