"""gatepost check against real servers: READY where all is well, and for each single fault the finding that names it."""

import json
import socket

import pytest
from lab import pki
from lab.process import Process
from lab.prosody import DIRECT_TLS_PORT, S2S_PORT
from lab.s2speer import EXTERNAL_OFFER, STARTTLS_OFFER, Stream
from lab.site import (DEADLINE_S, DIRECT_SRV, NOT_READY, READY, STARTTLS_SRV, UNKNOWN, USAGE, Fault, Report, Site,
                      accepts, each_fault, finds, while_checking)
from lab.wait import until
from lab.wire import BlackHole, Listener, Tls
from lab.world import Scene
from lab.zones import Signing


# All is well.


def test_ready(site: Site) -> None:
    site.start()
    report = site.check()
    assert (report.status, report.verdict) == (READY, "READY")
    assert not str(report)
    text = site.gateway.command("check", deadline_s=DEADLINE_S)
    assert text.returncode == READY
    assert text.stdout.splitlines()[-1].startswith("READY"), text.stdout
    assert "\033" not in text.stdout, "colour is for terminals"


def test_ready_without_dane(site: Site) -> None:
    site.signing = None
    site.home.set(dane=False)
    for owner in [owner for owner in site.records if owner.startswith(("_5269.", "_5270."))]:
        del site.records[owner]
    site.start()
    report = site.check()
    assert (report.status, report.verdict) == (READY, "READY")
    assert report.ids("SKIP") == {"S4", "S6", "N1", "N2", "N3", "N7", "N9"}


def test_ready_with_two_domains(scene: Scene) -> None:
    """Two domains share a host; one of them can be checked alone, and the other's certificate is seen all the same."""
    first = Site(scene, "two-one.example", scene.credential("two-one.example"))
    second = scene.credential("two-two.example")
    files = second.write(scene.folder / "two-two", "two-two.example")
    home = first.gateway.config.section("domain", "two-two.example", certificate=str(files.certificate),
                                        key=str(files.key), inside="echo")
    home.section("host", first.host, address=[first.machine.v4, first.machine.v6])
    for port in (S2S_PORT, DIRECT_TLS_PORT):
        first.records[f"_{port}._tcp.gw1"].append(second.tlsa())
    scene.world.publish("two-two.example", {STARTTLS_SRV: [f"SRV 10 0 {S2S_PORT} {first.host}."],
                                            DIRECT_SRV: [f"SRV 10 0 {DIRECT_TLS_PORT} {first.host}."]})
    first.start()
    both = first.check()
    assert both.status == READY
    assert {finding["domain"] for finding in both.findings} == {"two-one.example", "two-two.example", None}
    alone = first.check("--domain", "two-one.example")
    assert alone.status == READY
    assert {finding["domain"] for finding in alone.findings} == {"two-one.example", None}
    assert "two-two.example" in alone.find("T7", "PASS", "two-two")["subject"]


def test_ready_without_service_records(site: Site) -> None:
    """Partners fall back to the domain's own address, and that is this gateway: weak, but it works."""
    site.one_endpoint()
    for owner in (STARTTLS_SRV, DIRECT_SRV):
        del site.records[owner]
    site.records["@"] = [f"A {site.machine.v4}"]
    site.start()
    report = site.check()
    assert (report.status, report.verdict) == (READY, "READY"), str(report)
    assert "fall back" in report.find("V1", "WARN")["sentence"]
    assert {"V12", "N2"} <= report.ids("SKIP")
    report.find("I1", "PASS", f"{site.domain}:5269 at {site.machine.v4}")


# One fault at a time.

def _wrong_port(site: Site) -> None:
    site.records[STARTTLS_SRV] = ["SRV 10 0 5299 gw1"]
    site.start()


def _alias_target(site: Site) -> None:
    site.records[STARTTLS_SRV] = [f"SRV 10 0 {S2S_PORT} alias"]
    site.records[DIRECT_SRV] = [f"SRV 10 0 {DIRECT_TLS_PORT} alias"]
    site.records["alias"] = ["CNAME gw1"]
    site.start()


def _host_is_alias(site: Site) -> None:
    site.records["real"] = site.records["gw1"]
    site.records["gw1"] = ["CNAME real"]
    site.start()


def _lone_dot(site: Site) -> None:
    site.records[STARTTLS_SRV] = ["SRV 0 0 0 ."]
    site.start()


def _dot_among_others(site: Site) -> None:
    site.records[STARTTLS_SRV].append("SRV 0 0 0 .")
    site.start()


def _stale_server(site: Site) -> None:
    """Its old copy differs in nothing that another check looks at."""
    good = site.records[STARTTLS_SRV]
    site.records[STARTTLS_SRV] = [f"SRV 20 0 {S2S_PORT} gw1"]
    site.start()
    site.records[STARTTLS_SRV] = good
    site.publish(on=site.servers[:1])


def _dead_server(site: Site) -> None:
    site.start()
    dead = site.servers[1]
    dead.stop()
    site.scene.until_end(dead.start)


def _lame_server(site: Site) -> None:
    site.start()
    server = site.servers[1]
    server.lose(f"{site.domain}.")
    site.scene.until_end(lambda: site.publish())


def _expired_certificate(site: Site) -> None:
    site.use(site.scene.world.authority.for_domain(site.domain, validity=pki.EXPIRED))
    site.start()


def _certificate_of_tomorrow(site: Site) -> None:
    site.use(site.scene.world.authority.for_domain(site.domain, validity=pki.NOT_YET_VALID))
    site.start()


def _certificate_ends_soon(site: Site) -> None:
    site.use(site.scene.world.authority.for_domain(site.domain, validity=pki.Validity(-80, 2)))
    site.start()


def _new_key_on_disk(site: Site) -> None:
    site.start()
    site.scene.credential(site.domain).write(site.scene.folder / site.domain, site.domain)


def _missing_intermediate(site: Site) -> None:
    authority = site.scene.world.authority.intermediate("Lab Issuing CA")
    site.use(authority.for_domain(site.domain), with_above=False)
    site.start()


def _dead_ipv6(site: Site) -> None:
    site.start()
    site.machine.take_down(site.machine.v6)


def _private_address(site: Site) -> None:
    site.records["gw1"].append("A 10.1.2.3")
    site.start()


def _missing_aaaa(site: Site) -> None:
    site.records["gw1"] = [f"A {site.machine.v4}"]
    site.start()


def _missing_starttls_srv(site: Site) -> None:
    del site.records[STARTTLS_SRV]
    site.start()


def _missing_direct_srv(site: Site) -> None:
    del site.records[DIRECT_SRV]
    site.start()


def _foreign_target(site: Site) -> None:
    site.records[STARTTLS_SRV].append(f"SRV 20 0 {S2S_PORT} legacy")
    site.records["legacy"] = [f"A {site.machine.v4}"]
    site.records[f"_{S2S_PORT}._tcp.legacy"] = [site.credential.tlsa()]
    site.start()


def _zone_twice(site: Site) -> None:
    site.records[STARTTLS_SRV] = [f"SRV 10 0 {S2S_PORT} gw1.{site.domain}"]
    site.start()


def _starttls_port_as_direct(site: Site) -> None:
    site.records[DIRECT_SRV] = [f"SRV 10 0 {S2S_PORT} gw1"]
    site.start()


def _direct_port_as_starttls(site: Site) -> None:
    site.records[STARTTLS_SRV] = [f"SRV 10 0 {DIRECT_TLS_PORT} gw1"]
    site.records[DIRECT_SRV] = [f"SRV 10 0 {DIRECT_TLS_PORT} gw1"]
    site.start()


def _tlsa_mismatch(site: Site) -> None:
    other = site.scene.credential(site.domain)
    site.records[f"_{S2S_PORT}._tcp.gw1"] = [other.tlsa()]
    site.start()


def _tlsa_missing(site: Site) -> None:
    del site.records[f"_{S2S_PORT}._tcp.gw1"]
    site.start()


def _tlsa_extra_kind(site: Site) -> None:
    other = site.scene.credential(site.domain)
    site.records[f"_{S2S_PORT}._tcp.gw1"].append(other.tlsa(3, 0, 1))
    site.start()


def _unsigned(site: Site) -> None:
    site.signing = None
    site.start()


def _bogus_srv(site: Site) -> None:
    site.signing = Signing(broken=[(STARTTLS_SRV, "SRV")])
    site.start()


def _bogus_address(site: Site) -> None:
    site.signing = Signing(broken=[("gw1", "A")])
    site.start()


def _bogus_tlsa(site: Site) -> None:
    site.signing = Signing(broken=[(f"_{S2S_PORT}._tcp.gw1", "TLSA")])
    site.start()


def _inside_away(site: Site) -> None:
    secret = site.scene.folder / "component.secret"
    secret.touch(0o600)
    secret.write_text("a-secret-of-the-lab-a-secret\n")
    site.gateway.config.section("inside", "bots", kind="component", listen=f"{site.machine.v4}:5347",
                                secret_file=str(secret))
    site.home.set(inside="bots")
    site.start()


def _gateway_not_running(site: Site) -> None:
    site.start()
    site.gateway.stop()


def _prosody_answers(site: Site) -> None:
    """Another server with the domain's own key: no key could tell it apart."""
    other = site.scene.machine(f"impostor of {site.domain}")
    site.home.section("host", site.host, address=[other.v4, other.v6])
    site.records["gw1"] = [f"A {other.v4}", f"AAAA {other.v6}"]
    site.scene.prosody(site.domain, other, site.credential)
    site.start()


def _prosody_serves_another(site: Site) -> None:
    other = site.scene.machine(f"stranger to {site.domain}")
    site.home.section("host", site.host, address=[other.v4, other.v6])
    site.records["gw1"] = [f"A {other.v4}", f"AAAA {other.v6}"]
    site.scene.prosody(f"x-{site.domain}", other)
    site.start()


def _wrong_name(site: Site) -> None:
    site.serve_by_openssl(site.scene.credential("other.example"))


def _other_process(site: Site) -> None:
    site.serve_by_openssl(site.scene.credential(site.domain))


def _wrong_alpn(site: Site) -> None:
    site.serve_by_openssl(site.credential, "-alpn", "h2")


def _no_xmpp(site: Site) -> None:
    """A web server on the STARTTLS port."""
    address = site.move(f"web server of {site.domain}")
    site.home.section("host", site.host, direct_tls_port="none")
    site.records[DIRECT_SRV] = ["SRV 0 0 0 ."]
    process = Process("web", site.scene.folder / "web",
                      ["python3", "-m", "http.server", "--bind", address, str(S2S_PORT)])
    site.scene.keep(process)
    process.start()
    until("web server: connections", lambda: accepts(address, S2S_PORT))
    site.start()


def _untrusted_authority(site: Site) -> None:
    site.use(pki.Authority("Somebody's Root").for_domain(site.domain))
    for port in (S2S_PORT, DIRECT_TLS_PORT):
        del site.records[f"_{port}._tcp.gw1"]
    site.home.set(dane=False)
    site.start()


FAULTS = [
    Fault(_wrong_port, "V3", "5299", ["A3"]),
    Fault(_alias_target, "V4", "alias of gw1", ["V1", "V2", "V12"]),
    Fault(_host_is_alias, "V4", "alias of real"),
    Fault(_lone_dot, "V6", "STARTTLS"),
    Fault(_dot_among_others, "V7", "_xmpp-server"),
    Fault(_stale_server, "Z2", "ns2.example"),
    Fault(_dead_server, "Z1", "ns2.example"),
    Fault(_lame_server, "Z1", "SERVFAIL"),
    Fault(_expired_certificate, "T9", "expired", ["X5"]),
    Fault(_certificate_of_tomorrow, "T10", "not valid before", ["X5"]),
    Fault(_certificate_ends_soon, "T9", "lasts until"),
    Fault(_new_key_on_disk, "T11", "reload gatepost", ["I1"]),
    Fault(_missing_intermediate, "T8", "Lab Issuing CA", ["X5"]),
    Fault(_dead_ipv6, "A3", "2001:db8::"),
    Fault(_private_address, "A5", "10.1.2.3", ["A2"]),
    Fault(_missing_aaaa, "A1", "2001:db8::"),
    Fault(_missing_starttls_srv, "V1", "does not exist"),
    Fault(_missing_direct_srv, "V2", "does not exist"),
    Fault(_foreign_target, "V12", "legacy"),
    Fault(_zone_twice, "V5", "final dot", ["A1", "V1", "V10", "V12", "V13"]),
    Fault(_starttls_port_as_direct, "V9", "speaks STARTTLS", ["V3", "V8", "T1"]),
    Fault(_direct_port_as_starttls, "V8", "cannot work", ["V3", "V9", "T1"]),
    Fault(_tlsa_mismatch, "N2", "served: 3 1 1"),
    Fault(_tlsa_missing, "N1", "TLSA 3 1 1"),
    Fault(_tlsa_extra_kind, "N3", "3 0 1"),
    Fault(_unsigned, "S2", "insecure", ["S3", "S4"]),
    Fault(_bogus_srv, "S2", "bogus"),
    Fault(_bogus_address, "S3", "bogus"),
    Fault(_bogus_tlsa, "S4", "bogus"),
    Fault(_inside_away, "X8", "5347"),
    Fault(_gateway_not_running, "I1", "gatepost run", ["A3"]),
    Fault(_prosody_answers, "I1", "did not meet this probe", ["T4"]),
    Fault(_prosody_serves_another, "X1", "host-unknown", ["I1", "T1"]),
    Fault(_wrong_name, "T6", "other.example", ["I1", "N2", "T1", "T11"]),
    Fault(_other_process, "I1", "foreign key", ["N2", "T1", "T11"]),
    Fault(_wrong_alpn, "T5", "with ALPN", ["T1"]),
    Fault(_no_xmpp, "T1", "does not answer as an XMPP server"),
    Fault(_untrusted_authority, "T8", "Somebody's Root", ["X5"]),
]


@each_fault(*FAULTS)
def test_fault(site: Site, fault: Fault) -> None:
    finds(site, fault)


# What only a scripted endpoint does.


def test_another_name(site: Site) -> None:
    def script(stream: Stream) -> None:
        stream.serve(STARTTLS_OFFER)
        stream.serve_starttls(Tls(site.credential))
        stream.serve(EXTERNAL_OFFER, from_="other.example")

    report = while_checking(site, script)
    assert "other.example" in report.find("X9", "FAIL")["sentence"]


def test_sent_elsewhere(site: Site) -> None:
    def script(stream: Stream) -> None:
        stream.serve(STARTTLS_OFFER)
        stream.serve_starttls(Tls(site.credential))
        stream.restart()
        stream.expect_header()
        stream.send_header()
        stream.send("<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>elsewhere.example"
                    "</see-other-host></stream:error></stream:stream>")

    report = while_checking(site, script)
    assert report.find("X9", "FAIL", "elsewhere")["evidence"] == ["see-other-host: elsewhere.example"]


def test_no_starttls(site: Site) -> None:
    report = while_checking(site, lambda stream: stream.serve())
    assert "STARTTLS" in report.find("T1", "FAIL")["sentence"]


def test_no_external(site: Site) -> None:
    def script(stream: Stream) -> None:
        stream.serve(STARTTLS_OFFER)
        stream.serve_starttls(Tls(site.credential))
        stream.serve("<dialback xmlns='urn:xmpp:features:dialback'/>")

    report = while_checking(site, script)
    assert "dialback is" in report.find("X2", "WARN")["sentence"]
    assert "did not meet" in report.find("I1", "FAIL")["sentence"]


# The command itself.


def test_unknown_is_not_ready(site: Site) -> None:
    """A lookup that fails says nothing about what exists."""
    site.start()
    servers = site.servers
    for server in servers:
        server.stop()
        site.scene.until_end(server.start)
    report = site.check("--timeout", "20")
    assert report.status != READY and not report.find("V1", "UNKNOWN")["fix"]
    assert {"S2", "S3", "V2", "V3", "T6", "N2"} <= report.ids("UNKNOWN")


def test_timeout(site: Site) -> None:
    """What is silent does not hold up the rest, nor the end."""
    site.one_endpoint()
    listener = Listener(site.move(f"silence of {site.domain}"), S2S_PORT)
    site.scene.until_end(listener.close)
    site.start()
    report = site.check("--timeout", "2")
    assert "the check's time of 2.0 s was up" in report.find("T1", "UNKNOWN")["sentence"]
    assert {"S2", "V1", "V12", "N1", "X8", "Z2"} <= report.ids("PASS")
    assert report.status == UNKNOWN, str(report)


def test_only(site: Site) -> None:
    _tlsa_missing(site)
    assert site.check("--only", "certificates").status == READY
    groups = {finding["id"] for finding in site.check("--only", "dns,pool").findings}
    assert {"V1", "X8"} <= groups and not groups & {"N5", "T6"}, "of these groups those of the phase"
    report = site.check("--only", "n1,V3")
    assert (report.status, {finding["id"] for finding in report.findings}) == (NOT_READY, {"N1", "V3"})


@pytest.mark.parametrize("arguments, words", [
    (["--domain", "other.example"], "is not a domain of"),
    (["--domain", "-"], "--domain=-"),
], ids=["domain", "no-domain"])
def test_usage(site: Site, arguments: list[str], words: str) -> None:
    site.gateway.write()
    done = site.gateway.command("check", *arguments)
    assert done.returncode == USAGE and words in done.stderr and not done.stdout


def test_login_under_way_is_answered_when_the_gateway_stops(scene: Scene) -> None:
    home = "leaving.example"
    machine = scene.machine("hole of leaving.example")
    hole = BlackHole(machine.v4, 5269)
    scene.until_end(hole.close)
    gateway = scene.gatepost_domain(home)
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(DEADLINE_S)
        caller.connect(str(gateway.file.parent / "control.sock"))
        request = {"command": "login", "domain": home, "address": f"{machine.v4}:5269"}
        caller.sendall(json.dumps(request).encode() + b"\n")
        gateway.status()  # asked behind it, on every worker: the attempt is under way
        gateway.stop()
        answer = json.loads(caller.makefile().readline())
    assert answer["ok"] and not answer["logged_in"] and answer["sentence"] == "the gateway is stopping"


def test_check_is_not_refused(site: Site) -> None:
    """It makes more connections than one address may, and the gateway knows of it."""
    site.gateway.config.section("limits", accepts_per_minute=2, connections_per_address=2)
    site.start()
    report = site.check()
    assert report.verdict == "READY", str(report)
