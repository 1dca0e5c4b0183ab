"""gatepost check --public: anybody's domain, on any server, seen without configuration and without gateway."""

import json
import subprocess
from typing import Any

import pytest
from lab.gatepost import SANITIZER_ENV, binary
from lab.prosody import DIRECT_TLS_PORT, S2S_PORT
from lab.site import DEADLINE_S, DIRECT_SRV, NOT_READY, READY, STARTTLS_SRV, USAGE, Report, check_public
from lab.world import Scene, service_records

NEEDS_MORE = {"X8", "I1", "I2", "I4", "I7", "T7", "T11", "X5", "V3", "V12", "A2"}


def _run(scene: Scene, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Where there is no configuration at all."""
    return subprocess.run([binary(), "check", *arguments], capture_output=True, text=True, timeout=DEADLINE_S,
                          env=SANITIZER_ENV, cwd=scene.folder, check=False)


def _check(scene: Scene, *arguments: str) -> Report:
    done = check_public(scene, "--json", *arguments)
    assert done.stdout, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["configuration"] is None
    for finding in found["checks"]:
        assert finding["fix"] or finding["status"] not in ("FAIL", "WARN"), f"no fix: {finding}"
        assert "gatepost" not in json.dumps(finding), finding
    return Report(done.returncode, found["verdict"], found["checks"], scene.witness)


def test_prosody(scene: Scene) -> None:
    scene.prosody_domain("public-one.example", direct_tls=False, tlsa=True, secure_auth=False)
    report = _check(scene, "public-one.example")
    assert (report.status, report.verdict) == (READY, "READY"), str(report)
    assert NEEDS_MORE <= {finding["id"] for finding in report.of("SKIP") if "(--public)" in finding["sentence"]}
    assert {finding["id"] for finding in report.of("SKIP") if "(--probe-domain)" in finding["sentence"]} == {"X3", "X4"}
    assert {"A3", "T1", "T6", "T8", "X1", "X2", "V1", "V9", "V11", "N2", "S2"} <= report.ids("PASS")
    assert "dialback" in report.find("X2", "PASS")["sentence"]


def test_ejabberd(scene: Scene) -> None:
    scene.ejabberd_domain("public-two.example")
    report = _check(scene, "public-two.example")
    assert (report.status, report.verdict) == (READY, "READY"), str(report)
    assert {"N1", "N2", "N3"} <= report.ids("SKIP")
    assert {"T5", "V2", "V10"} <= report.ids("PASS")


def test_several_domains(scene: Scene) -> None:
    scene.prosody_domain("public-three.example")
    scene.prosody_domain("public-four.example", direct_tls=False)
    report = _check(scene, "public-three.example", "public-four.example", "public-three.example")
    assert report.status == READY, str(report)
    assert {finding["domain"] for finding in report.findings} == {"public-three.example", "public-four.example", None}
    assert "no direct TLS" in report.find("V2", "SKIP")["sentence"]


def test_faults(scene: Scene) -> None:
    """A wrong certificate, one port for both services, a TLSA record of another key, a dead address."""
    domain = "public-faulty.example"
    machine = scene.machine(domain)
    records = service_records("xmpp", machine=machine, credential=scene.credential(domain))
    records[DIRECT_SRV] = [f"SRV 10 0 {S2S_PORT} xmpp"]
    scene.world.publish(domain, records)
    scene.prosody(domain, machine, scene.credential("other.example"))
    machine.take_down(machine.v6)
    report = _check(scene, domain)
    assert report.status == NOT_READY
    assert {"T6", "V8", "V9", "N2", "A3"} <= report.ids("FAIL"), str(report)


def test_no_service_records(scene: Scene) -> None:
    """The server is at the domain's own address, and somebody who looks there is served."""
    domain = "public-bare.example"
    machine = scene.machine(domain)
    scene.world.publish(domain, {"@": [f"A {machine.v4}"]})
    scene.prosody(domain, machine)
    report = _check(scene, domain)
    assert report.status == READY, str(report)
    assert "SRV 10 0 5269" in report.find("V1", "WARN", "fall back")["fix"][0]["text"]


def test_another_server_at_the_apex(scene: Scene) -> None:
    scene.prosody_domain("public-split.example", direct_tls=False)
    other = scene.machine("apex of public-split")
    scene.prosody("public-split.example", other, folder="apex")
    records = service_records("xmpp", S2S_PORT, None, scene.machine("public-split.example"))
    scene.world.publish("public-split.example", {**records, "@": [f"A {other.v4}"]})
    report = _check(scene, "public-split.example")
    report.find("A6", "WARN", "another XMPP server")


def test_two_systems(scene: Scene) -> None:
    """STARTTLS and direct TLS lead to machines that have nothing in common."""
    domain = "public-halves.example"
    one, two = scene.machine("one half"), scene.machine("other half")
    scene.world.publish(domain, {STARTTLS_SRV: [f"SRV 10 0 {S2S_PORT} one"],
                                 DIRECT_SRV: [f"SRV 10 0 {DIRECT_TLS_PORT} two"],
                                 "one": [f"A {one.v4}"], "two": [f"A {two.v4}"]})
    scene.prosody(domain, one, folder="one")
    scene.prosody(domain, two, folder="two")
    report = _check(scene, domain)
    assert report.status == READY, str(report)
    report.find("V10", "WARN", "no host, address or key in common")


def test_no_such_domain(scene: Scene) -> None:
    report = _check(scene, "public-nobody.example")
    assert report.status == NOT_READY
    report.find("V1", "FAIL", "does not exist")


@pytest.mark.parametrize("arguments, words", [
    (["--public"], "needs a DOMAIN"),
    (["--public", "-c", "/nowhere", "a.example"], "reads no configuration"),
    (["--public", "a..example"], "empty label"),
    (["--public", "--forward=here", "a.example"], "--forward=here"),
    (["a.example"], "is for --public"),
    (["--ca-file=x"], "are for --public"),
], ids=["no-domain", "configuration", "name", "forward", "no-public", "options"])
def test_usage(scene: Scene, arguments: list[str], words: str) -> None:
    done = _run(scene, *arguments)
    assert done.returncode == USAGE and words in done.stderr and not done.stdout
