"""Certificates that end or are replaced while the gateway runs."""

import hashlib
import json
import re
import socket
import ssl
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from lab.gatepost import Gatepost
from lab.net import Machine
from lab.pki import Credential, Names, Validity
from lab.wait import until
from lab.world import Scene

DAY_S = 86400
SHORT_S = 15  # enough to start a server and to exchange a message


def fingerprint(credential: Credential) -> str:
    return hashlib.sha256(credential.certificate.public_bytes(Encoding.DER)).hexdigest()


def shown(machine: Machine, home: str) -> str:
    """Fingerprint of the certificate that whoever connects is shown."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["xmpp-server"])
    with socket.create_connection((machine.v4, 5270)) as plain, \
            context.wrap_socket(plain, server_hostname=home) as link:
        return hashlib.sha256(link.getpeercert(binary_form=True)).hexdigest()


def echoed(user: Any, home: str, body: str) -> None:
    user.send_message(f"echo@{home}", body)
    user.await_message(body, sender=f"echo@{home}")


def sessions(gateway: Gatepost, partner: str) -> list[dict[str, Any]]:
    return [it for it in gateway.status()["sessions"] if it.get("partner") == partner]


def test_a_reload_changes_the_certificate_of_new_streams_only(scene: Scene) -> None:
    home, partner, later = "renewed.example", "renewedpartner.example", "renewedlater.example"
    machine, old = scene.machine(home), scene.credential(home)
    # The same key: the TLSA record stays right.
    new = scene.world.authority.issue(Names(dns=[home]), key=old.key)
    gateway = scene.gatepost_domain(home, partners=[partner, later], machine=machine, credential=old)
    user = scene.user(scene.prosody_domain(partner))
    echoed(user, home, "before")
    assert shown(machine, home) == fingerprint(old)
    status = gateway.status()
    assert status["domains"][0]["certificate_sha256"] == fingerprint(old)
    assert status["old_certificates"] == {"streams": 0, "partners": []}
    new.write(gateway.file.parent, home)
    mark = gateway.mark()
    done = gateway.command("reload", "--json")
    changes = json.loads(done.stdout)["changes"]
    assert len(changes) == 1 and fingerprint(new)[:16] in changes[0]
    event = gateway.await_event("old-certificate", since=mark)
    assert (event["streams"], event["partners"]) == ("2", partner)
    assert shown(machine, home) == fingerprint(new)
    echoed(user, home, "on the streams that are there")
    echoed(scene.user(scene.prosody_domain(later)), home, "on new ones")
    status = gateway.status()
    assert status["domains"][0]["certificate_sha256"] == fingerprint(new)
    assert status["old_certificates"] == {"streams": 2, "partners": [partner]}
    assert {it["own_certificate_sha256"] for it in sessions(gateway, partner)} == {fingerprint(old)}
    assert {it["own_certificate_sha256"] for it in sessions(gateway, later)} == {fingerprint(new)}
    assert f"2 streams still use an old certificate of ours: {partner}" in gateway.command("status").stdout
    assert not gateway.events("session-close", since=mark, partner=partner)


def test_a_stream_ends_with_the_certificate_of_its_partner(scene: Scene) -> None:
    home, partner = "outliving.example", "shortlived.example"
    gateway = scene.gatepost_domain(home, partners=[partner])
    short = scene.world.authority.for_domain(partner, validity=Validity(-1, SHORT_S / DAY_S))
    user = scene.user(scene.prosody_domain(partner, credential=short))
    echoed(user, home, "while it lasts")
    mark = gateway.mark()
    for direction in ("in", "out"):
        closed = gateway.await_event("session-close", since=mark, partner=partner, direction=direction)
        assert closed["stream_error"] == "reset"
    # It comes back with the same one and is refused.
    mark = gateway.mark()
    user.send_message(f"echo@{home}", "too late")
    refused = gateway.await_event("session-close", since=mark, direction="in")
    assert "expired" in refused["message"]
    assert not gateway.events("session-open", since=mark, partner=partner, direction="in")


def test_status_warns_before_a_certificate_of_ours_ends(scene: Scene) -> None:
    home = "endingsoon.example"
    soon = scene.world.authority.for_domain(home, validity=Validity(-1, 5))
    gateway = scene.gatepost_domain(home, credential=soon)
    warning = r"ends in (5 d 0|4 d 23) h: renew it"
    assert re.fullmatch(warning, gateway.status()["domains"][0]["certificate_warning"])
    assert re.search(f"WARNING: {warning}", gateway.command("status").stdout)
    scene.credential(home).write(gateway.file.parent, home)
    assert gateway.command("reload").returncode == 0
    until("no warning", lambda: "certificate_warning" not in gateway.status()["domains"][0])
