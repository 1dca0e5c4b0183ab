"""gatepost check --probe-domain: dialback to its end, in both directions, with anybody's server and no gateway."""

import json
import socket
from typing import Any, Sequence

import pytest
from lab.prosody import S2S_PORT
from lab.site import DIRECT_SRV, NOT_READY, READY, STARTTLS_SRV, UNKNOWN, USAGE, Report, Site, check_public
from lab.world import Scene

PORT = 5299  # beside an XMPP server on the same machine


class Caller:
    """A domain of whoever runs the check, and the machine that it leads to, unless it is led elsewhere."""

    def __init__(self, scene: Scene, checked: str, leads_to: str | None = None) -> None:
        self.scene, self.name = scene, f"calls-{checked}"
        self.machine = scene.machine(self.name)
        scene.world.publish(self.name, {STARTTLS_SRV: [f"SRV 0 0 {PORT} @"], "@": [f"A {leads_to or self.machine.v4}"]})

    @property
    def options(self) -> Sequence[str]:
        return ["--probe-domain", self.name, "--probe-listen", f"{self.machine.v4}:{PORT}"]

    def check(self, *arguments: str, listed: str | None = None) -> Report:
        done = check_public(self.scene, "--json", *self.options, *arguments, listed=listed)
        assert done.stdout, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        for finding in found["checks"]:
            assert finding["fix"] or finding["status"] not in ("FAIL", "WARN"), f"no fix: {finding}"
            assert "gatepost" not in json.dumps(finding), finding
        return Report(done.returncode, found["verdict"], found["checks"], self.scene.witness)


def _passes(report: Report, domain: str) -> None:
    """It calls back, and the key that it sends is right, wherever it is reached."""
    assert (report.status, report.verdict) == (READY, "READY"), str(report)
    findings = [finding for finding in report.findings if finding["id"] in ("X3", "X4") and finding["domain"] == domain]
    assert {finding["id"] for finding in findings} == {"X3", "X4"}
    assert all(finding["status"] == "PASS" for finding in findings), str(report)


# All is well.


def test_prosody(scene: Scene) -> None:
    domain = "called-prosody.example"
    scene.prosody_domain(domain, secure_auth=False)
    report = Caller(scene, domain).check(domain)
    _passes(report, domain)
    assert "asks its server" in report.find("X3", "PASS")["sentence"]


def test_ejabberd(scene: Scene) -> None:
    domain = "called-ejabberd.example"
    scene.ejabberd_domain(domain)
    _passes(Caller(scene, domain).check(domain), domain)


def test_strict_about_certificates(scene: Scene) -> None:
    """A server that takes nobody without a good certificate, be it on the way in or out."""
    domain = "called-strict.example"
    caller = Caller(scene, domain)
    files = scene.credential(caller.name).write(scene.folder / "caller", caller.name)
    scene.prosody_domain(domain, direct_tls=False)
    _passes(caller.check(domain, "--probe-certificate", str(files.certificate), "--probe-key", str(files.key)), domain)


def test_gatepost(site: Site) -> None:
    """A running gateway is called as anybody's server, if that is asked for: here by the configuration."""
    caller = Caller(site.scene, site.domain)
    site.gateway.config.section("partner", caller.name, dialback="allowed")
    site.gateway.config.section("check", probe_domain=caller.name, probe_listen=f"{caller.machine.v4}:{PORT}")
    site.start()
    _passes(site.check(), site.domain)


def test_many(scene: Scene) -> None:
    """One listener for all; who is blamed for what is told apart."""
    good, strict, other = (f"called-{kind}-of-many.example" for kind in ("good", "strict", "other"))
    server = scene.prosody(good, secure_auth=False, also={other: scene.credential(other)})
    for domain in (good, other):
        scene.publish_service(domain, server.machine, starttls=True, direct_tls=False)
    scene.prosody_domain(strict, direct_tls=False)
    report = Caller(scene, "many.example").check("--stdin", listed=f"{good}\n{strict}\n{other}\n")
    assert report.verdict == "UNKNOWN", str(report)
    for check in ("X3", "X4"):
        assert {finding["domain"] for finding in report.of("PASS") if finding["id"] == check} == {good, other}
    report.find("X3", "UNKNOWN", strict)


# Faults of the server that is checked.


def test_cannot_resolve_who_called(scene: Scene) -> None:
    """It asks an authoritative server for everything, and gets nowhere."""
    domain = "called-blind.example"
    scene.prosody_domain(domain, direct_tls=False, secure_auth=False, view=scene.machine("a.root.").v4)
    _is_silent(Caller(scene, domain), domain)


def test_cannot_connect_to_who_called(scene: Scene) -> None:
    """It makes no connections over IPv4, and there is nothing else."""
    domain = "called-mute.example"
    scene.prosody_domain(domain, direct_tls=False, secure_auth=False, more="use_ipv4 = false")
    _is_silent(Caller(scene, domain), domain)


def _is_silent(caller: Caller, domain: str) -> None:
    report = caller.check(domain)
    assert report.status == NOT_READY and report.ids("FAIL") == {"X3"}, str(report)
    assert "has not connected" in json.dumps(report.find("X3", "FAIL", "does not get to the end")["evidence"])
    report.find("X4", "UNKNOWN", "(X3)")


def test_two_servers_with_secrets_of_their_own(scene: Scene) -> None:
    """Whoever asks may ask the other one, which knows nothing of the key. Prosody asks about a key of others on a stream on
    which it has proved itself, so X3 does not work either."""
    domain = "called-twice.example"
    one, two = scene.machine("one of twice"), scene.machine("two of twice")
    scene.world.publish(domain, {STARTTLS_SRV: [f"SRV 10 0 {S2S_PORT} one", f"SRV 10 0 {S2S_PORT} two"],
                                 "one": [f"A {one.v4}"], "two": [f"A {two.v4}"]})
    scene.prosody(domain, one, folder="one", secure_auth=False)
    scene.prosody(domain, two, folder="two", secure_auth=False)
    report = Caller(scene, domain).check(domain)
    assert report.status == NOT_READY and report.ids("FAIL") == {"X3", "X4"}, str(report)
    assert "XEP-0185" in report.find("X4", "FAIL", "invalid: what answers has another secret")["fix"][0]["text"]
    assert "correct what X4 says" in json.dumps(report.find("X3", "FAIL")["fix"])


# What says nothing about it.


def test_led_elsewhere(scene: Scene) -> None:
    """Who calls has not seen to it that DNS leads to the check: nobody else is blamed for that."""
    prosody, ejabberd = "called-prosody-elsewhere.example", "called-ejabberd-elsewhere.example"
    scene.prosody_domain(prosody, direct_tls=False, secure_auth=False)
    scene.ejabberd_domain(ejabberd, direct_tls=False)
    caller = Caller(scene, "elsewhere.example", scene.machine("nobody at all").v4)
    report = caller.check(prosody, ejabberd)
    assert report.status == UNKNOWN and not report.ids("FAIL"), str(report)
    for domain in (prosody, ejabberd):
        fixes = report.find("X3", "UNKNOWN", f"xmpp.{domain}")["fix"]
        assert [fix["action"] for fix in fixes] == ["publish", "publish", "do"]
        assert f"IN A {caller.machine.v4}" in fixes[1]["text"]
    report.find("X3", "UNKNOWN", "where the check was not found: connection refused")


def test_another_server_in_the_way(scene: Scene) -> None:
    """DNS leads who is to call back to somebody else's server."""
    domain, other = "called-past.example", "in-the-way.example"
    scene.ejabberd_domain(domain, direct_tls=False)
    machine = scene.prosody(other, secure_auth=False).machine
    caller = Caller(scene, domain)
    scene.world.publish(caller.name, {STARTTLS_SRV: [f"SRV 0 0 {S2S_PORT} @"], "@": [f"A {machine.v4}"]})
    report = caller.check(domain)
    assert report.status == UNKNOWN and not report.ids("FAIL"), str(report)
    report.find("X3", "UNKNOWN", f"leads to {machine.v4}:{S2S_PORT}")


def test_is_not_let_in(scene: Scene) -> None:
    """By a server that is strict about certificates, and by one that knows whom it wants."""
    prosody, ejabberd = "called-in-vain-prosody.example", "called-in-vain-ejabberd.example"
    scene.prosody_domain(prosody, direct_tls=False)
    scene.ejabberd_domain(ejabberd, direct_tls=False, s2s_access="none")
    report = Caller(scene, "in-vain.example").check(prosody, ejabberd)
    assert report.status == UNKNOWN and not report.ids("FAIL"), str(report)
    for domain in (prosody, ejabberd):
        assert "--probe-certificate" in json.dumps(report.find("X3", "UNKNOWN", f"xmpp.{domain}")["fix"])
        report.find("X4", "UNKNOWN", f"{domain}, to")


def test_time_is_up(scene: Scene) -> None:
    """Before it could be known whether it calls back."""
    domain = "called-late.example"
    scene.prosody_domain(domain, direct_tls=False, secure_auth=False, more="use_ipv4 = false")
    report = Caller(scene, domain).check(domain, "--only", "X3,X4", "--timeout", "5")
    assert report.status == UNKNOWN, str(report)
    for check in ("X3", "X4"):
        report.find(check, "UNKNOWN", "the check's time of 5")


def test_is_no_partner(site: Site) -> None:
    caller = Caller(site.scene, site.domain)
    site.start()
    report = site.check(*caller.options)
    assert report.status == UNKNOWN and not report.ids("FAIL"), str(report)
    assert "dialback = allowed" in json.dumps(report.find("X3", "UNKNOWN", "permitted partners")["fix"])


def test_offers_no_dialback(scene: Scene) -> None:
    domain = "called-without.example"
    scene.ejabberd_domain(domain, direct_tls=False, dialback=False)
    report = Caller(scene, domain).check(domain)
    assert report.status == READY, str(report)
    for check in ("X3", "X4"):
        report.find(check, "SKIP", "offers no dialback")


# How it is asked for.


def test_address_is_taken(scene: Scene) -> None:
    """Before anything is asked."""
    caller = Caller(scene, "taken.example")
    with socket.create_server((caller.machine.v4, PORT)):
        done = check_public(scene, *caller.options, "called-taken.example")
    assert done.returncode == USAGE and not done.stdout
    assert f"{caller.machine.v4}:{PORT}" in done.stderr and "in use" in done.stderr


@pytest.mark.parametrize("arguments, words", [
    (["--probe-domain=b.example"], "--probe-listen"),
    (["--probe-listen=198.51.100.1"], "--probe-domain"),
    (["--probe-domain=b..example", "--probe-listen=198.51.100.1"], "empty label"),
    (["--probe-domain=b.example", "--probe-listen=here"], "--probe-listen=here"),
    (["--probe-domain=A.example", "--probe-listen=198.51.100.1"], "has to be another one"),
    (["--probe-domain=b.example", "--probe-listen=198.51.100.1", "--probe-key=/k.pem"], "--probe-certificate"),
    (["--probe-domain=b.example", "--probe-listen=198.51.100.1", "--probe-certificate=/none.pem"], "/none.pem"),
], ids=["no-address", "no-domain", "name", "address", "itself", "key", "certificate"])
def test_usage(scene: Scene, arguments: list[str], words: str) -> None:
    done = check_public(scene, "a.example", *arguments)
    assert done.returncode == USAGE and words in done.stderr and not done.stdout
