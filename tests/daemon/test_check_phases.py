"""gatepost check in each phase of a cutover: a real legacy gateway, and gatepost that replaces it."""

from lab import pki
from lab.cutover import Cutover
from lab.prosody import DIRECT_TLS_PORT, S2S_PORT
from lab.site import DIRECT_SRV, NOT_READY, READY, STARTTLS_SRV, WAIT, Report, Site


def _endpoints(report: Report, check: str) -> set[str]:
    return {finding["endpoint"] for finding in report.findings if finding["id"] == check} - {None}


def test_before_the_switch(cutover: Cutover) -> None:
    """DNS leads to the legacy server, which is right; the gateway is looked at where it will be."""
    cutover.start_legacy()
    cutover.site.start()
    report = cutover.site.check("--phase", "prepare")
    assert (report.status, report.verdict) == (READY, "READY"), str(report)
    report = cutover.site.check("--phase", "gate")
    assert (report.status, report.ids("WAIT")) == (WAIT, {"M1", "M2", "Z9"}), str(report)
    report = cutover.site.check("--phase", "gate", "--at", report.safe_at)
    assert (report.status, report.verdict) == (READY, "READY"), str(report)
    assert "as it is to before the switch" in report.find("V1", "PASS")["sentence"]
    assert "legacy gateway" in report.find("V12", "PASS", cutover.host)["sentence"]
    assert _endpoints(report, "I1") == _endpoints(report, "A3") == _endpoints(report, "T6") == {"planned"}
    probed = {finding["subject"] for finding in report.of("PASS") if finding["id"] == "A3"}
    assert len(probed) == 4, "each service and address of the plan"


def test_nothing_is_planned_after_the_switch(cutover: Cutover) -> None:
    cutover.start_legacy()
    cutover.site.start()
    report = cutover.site.check("--phase", "switched")
    assert report.status == NOT_READY
    assert {"V1", "V2", "V12"} <= report.ids("FAIL"), str(report)
    assert f"{S2S_PORT} {cutover.host}." in report.find("V12", "FAIL", "still sent there")["fix"][0]["text"]
    assert not _endpoints(report, "I1")


def test_undeclared(site: Site) -> None:
    """The same without a legacy section: nothing says that this is as it should be."""
    site.records[STARTTLS_SRV] = [f"SRV 10 0 {S2S_PORT} old"]
    site.records["old"] = [f"A {site.scene.machine('undeclared').v4}"]
    site.start()
    report = site.check()
    assert {"V1", "V12"} <= report.ids("FAIL"), str(report)


def test_switched(cutover: Cutover) -> None:
    cutover.start_legacy()
    cutover.switch()
    cutover.site.start()
    report = cutover.site.check("--phase", "switched")
    assert report.status == READY, str(report)
    assert _endpoints(report, "I1") == {"published"}


def test_planned_host_is_not_published(cutover: Cutover) -> None:
    """Its address and its TLSA records have to be there before anything names it."""
    cutover.start_legacy()
    site = cutover.site
    site.records["gw1"] = [f"A {site.machine.v4}"]
    del site.records[f"_{DIRECT_TLS_PORT}._tcp.gw1"]
    site.start()
    report = site.check()
    assert report.ids("FAIL") == {"A1", "N1"}, str(report)
    assert report.find("A3", "PASS", f"at {site.machine.v6}")["endpoint"] == "planned"


def test_planned_port_is_closed(cutover: Cutover) -> None:
    """What DNS does not name yet is found all the same."""
    cutover.start_legacy()
    cutover.site.home.section("host", cutover.site.host, starttls_port=5299)
    cutover.site.start()
    report = cutover.site.check()
    assert report.find("A3", "FAIL", ":5299 (planned)")["endpoint"] == "planned"


def test_switched_by_half(cutover: Cutover) -> None:
    """Who tries direct TLS first has moved, everybody else has not."""
    cutover.start_legacy()
    cutover.switch(DIRECT_SRV)
    cutover.site.start()
    gate = cutover.site.check()
    assert gate.ids("FAIL") == {"V1", "V10"}, str(gate)
    found = gate.find("V10", "FAIL", "STARTTLS leads to the legacy gateway, direct TLS to this gateway")
    assert {fix["action"] for fix in found["fix"]} == {"do", "remove", "publish"}
    assert cutover.site.check("--phase", "switched").ids("FAIL") == {"V1", "V10", "V12"}


def test_order(cutover: Cutover) -> None:
    cutover.start_legacy()
    cutover.site.start()
    before = cutover.site.check().find("V11", "PASS", "from the switch on")["evidence"]
    host = cutover.site.host
    assert before[1] == (f"who tries direct TLS first, such as Prosody: {host}:{DIRECT_TLS_PORT} direct TLS, "
                         f"then {host}:{S2S_PORT} STARTTLS")
    cutover.switch()
    cutover.site.records[DIRECT_SRV] = [f"SRV 30 0 {DIRECT_TLS_PORT} gw1"]
    cutover.site.publish()
    after = cutover.site.check().find("V11", "WARN", "another order")
    assert after["evidence"][0].endswith(f"{host}:{S2S_PORT} STARTTLS, then {host}:{DIRECT_TLS_PORT} direct TLS")


def test_legacy_is_off_too_early(cutover: Cutover) -> None:
    """Nobody listens there any more, though DNS still leads there."""
    cutover.site.start()
    report = cutover.site.check()
    assert {"I2"} <= report.ids("FAIL") <= {"I2", "I4"}, str(report)


def test_legacy_lost_the_domain(cutover: Cutover) -> None:
    cutover.site.scene.prosody(f"x-{cutover.site.domain}", cutover.machine)
    cutover.switch()
    cutover.site.start()
    report = cutover.site.check("--phase", "switched")
    assert report.find("I2", "FAIL", "does not accept")["endpoint"] == "legacy"
    assert report.ids("FAIL") == {"I2"}, str(report)


def test_legacy_certificate_ends(cutover: Cutover) -> None:
    cutover.credential = cutover.site.scene.world.authority.for_domain(cutover.site.domain,
                                                                       validity=pki.Validity(-80, 4))
    cutover.start_legacy()
    cutover.site.start()
    report = cutover.site.check()
    assert report.ids("FAIL") == {"I7"}, str(report)
    report.find("I7", "FAIL", "ends")


def test_address_of_legacy(cutover: Cutover) -> None:
    """The new name leads to the old machine, too."""
    cutover.start_legacy()
    cutover.switch()
    cutover.site.records["gw1"].append(f"A {cutover.machine.v4}")
    cutover.site.start()
    report = cutover.site.check("--phase", "switched")
    assert "the legacy gateway" in report.find("A2", "FAIL", cutover.machine.v4)["sentence"]


def test_legacy_at_the_apex(cutover: Cutover) -> None:
    cutover.start_legacy()
    cutover.switch()
    cutover.site.records["@"] = [f"A {cutover.machine.v4}"]
    cutover.site.start()
    report = cutover.site.check()
    assert report.status == READY, str(report)
    report.find("A6", "WARN", f"{cutover.site.domain}:{S2S_PORT} at {cutover.machine.v4}")


def test_legacy_still_there_at_the_end(cutover: Cutover) -> None:
    cutover.start_legacy()
    cutover.switch()
    cutover.site.start()
    report = cutover.site.check("--phase", "decommission")
    assert report.ids("FAIL") == {"I3", "I6"}, str(report)
    report.find("I3", "FAIL", cutover.machine.v4)
    report.find("I6", "FAIL", f"{cutover.host}. IN A {cutover.machine.v4}")
    assert "ss -Htn" in report.find("I5", "WARN")["fix"][1]["text"]


def test_legacy_gone(cutover: Cutover) -> None:
    cutover.switch()
    del cutover.site.records["old"]
    cutover.site.start()
    report = cutover.site.check("--phase", "decommission")
    assert (report.status, report.ids("WAIT")) == (WAIT, {"I6", "M1"}), str(report)
    report = cutover.site.check("--phase", "decommission", "--at", report.safe_at)
    assert (report.status, report.verdict) == (READY, "READY"), str(report)
    assert {finding["subject"].split()[-1] for finding in report.of("PASS") if finding["id"] == "I3"} == {
        cutover.machine.v4, cutover.machine.v6}


def test_one_server_still_leads_there(cutover: Cutover) -> None:
    cutover.site.start()
    cutover.switch()
    del cutover.site.records["old"]
    cutover.site.publish(on=cutover.site.scene.world.hosting[:1])
    report = cutover.site.check("--phase", "decommission")
    assert "ns2.example" in report.find("I6", "FAIL", STARTTLS_SRV)["sentence"]
