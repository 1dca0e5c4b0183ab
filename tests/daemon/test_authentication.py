"""How partners prove themselves, beyond what two ordinary servers do with each other. The partner is a script, or openssl."""

import json
import ssl
import subprocess
from pathlib import Path

import pytest

from lab import s2speer
from lab.gatepost import Gatepost
from lab.net import Machine
from lab.pki import Authority, Credential
from lab.s2speer import DIALBACK, SERVER, STREAM_ERRORS, Stream
from lab.wait import until
from lab.web import POSH, WebServer, fingerprints
from lab.wire import End, Listener, Tls
from lab.world import Scene, service_records
from lab.zones import SIGNED, Signing

from test_federation import component_gateway


def gateway_for(scene: Scene, home: str, partner: str, **policy) -> Gatepost:
    gateway = scene.gatepost_domain(home, start=False)
    gateway.config.section("partner", partner, **policy)
    gateway.start()
    return gateway


def caller(scene: Scene, gateway: Gatepost, partner: str, home: str, credential: Credential) -> Stream:
    """A stream of the partner's to the gateway, over direct TLS."""
    address = gateway.config.sections["listen", 0].options["address"]
    tls = Tls(credential, sni=home, alpn=["xmpp-server"])
    stream = s2speer.initiate(partner, home, address, 5270, tls)
    scene.until_end(stream.close)
    return stream


def publish(scene: Scene, partner: str, credential: Credential | None = None, signing: Signing | None = SIGNED) -> Machine:
    """Records that lead to a machine of the partner's, with the credential's TLSA record."""
    machine = scene.machine(partner)
    records = service_records("xmpp", starttls_port=None, machine=machine, credential=credential)
    scene.world.publish(partner, records, signing)
    return machine


def listener(scene: Scene, partner: str) -> Listener:
    """Where the partner's records lead."""
    machine = publish(scene, partner)
    server = Listener(machine.v4, 5270)
    scene.until_end(server.close)
    return server


def openssl(*command: str | Path) -> str:
    """What it says, with nothing to send."""
    return subprocess.run(["openssl", *command], input=b"", capture_output=True, timeout=60).stdout.decode()


def result(stream: Stream) -> str:
    return stream.expect(DIALBACK, "result").attrib["type"]


# Dialback.


def test_same_certificate_on_both_streams_needs_no_question(scene: Scene) -> None:
    home, partner = "samehome.example", "samecert.example"
    credential = Authority("Nobody knows it").for_domain(partner)
    server = listener(scene, partner)
    gateway = gateway_for(scene, home, partner, dialback="allowed")
    stream = caller(scene, gateway, partner, home, credential)
    stream.open()
    stream.send_result("nobody-made-it")
    asked = s2speer.receive(server, partner, home, Tls(credential, alpn=["xmpp-server"]))
    assert result(stream) == "valid"
    asked.expect_end(End.CLOSE_NOTIFY)
    assert gateway.await_event("session-open", partner=partner)["auth"] == "dialback"


def test_other_certificate_is_asked_about_the_key(scene: Scene) -> None:
    home, partner = "otherhome.example", "othercert.example"
    unknown = Authority("Nobody knows it")
    server = listener(scene, partner)
    gateway = gateway_for(scene, home, partner, dialback="allowed")
    stream = caller(scene, gateway, partner, home, unknown.for_domain(partner))
    stream.open()
    stream.send_result("nobody-made-it")
    asked = s2speer.receive(server, partner, home, Tls(unknown.for_domain(partner), alpn=["xmpp-server"]))
    asked.serve(s2speer.DIALBACK_OFFER)
    asked.answer_verify("invalid")
    assert result(stream) == "invalid"


# The sender's own TLSA records (dane-client).


def test_own_tlsa_record_proves_the_sender(scene: Scene) -> None:
    home, partner = "tlsahome.example", "tlsaclient.example"
    credential = Authority("Nobody knows it").for_domain(partner)
    publish(scene, partner, credential)
    gateway = gateway_for(scene, home, partner, dane_client=True, require_dane=True)
    stream = caller(scene, gateway, partner, home, credential)
    stream.open()
    stream.authenticate()
    assert gateway.await_event("session-open", partner=partner)["auth"] == "DANE"
    more = caller(scene, gateway, partner, home, credential)
    more.open()
    more.send_result("nobody-made-it")
    assert result(more) == "valid"


def test_other_certificate_than_the_own_tlsa_record_is_refused(scene: Scene) -> None:
    home, partner = "mishome.example", "misclient.example"
    publish(scene, partner, scene.credential(partner))
    gateway = gateway_for(scene, home, partner, dane_client=True, dialback="allowed")
    stream = caller(scene, gateway, partner, home, scene.credential(partner))  # PKIX would take it
    stream.send_header()
    stream.expect_header()
    stream.expect_stream_error("policy-violation")
    assert "no TLSA record matches" in gateway.await_event("session-close", direction="in")["message"]


def test_sender_without_tlsa_records_is_judged_by_pkix(scene: Scene) -> None:
    home, partner = "plainhome.example", "plainclient.example"
    publish(scene, partner, signing=None)
    gateway = gateway_for(scene, home, partner, dane_client=True)
    stream = caller(scene, gateway, partner, home, scene.credential(partner))
    stream.open()
    stream.authenticate()
    assert gateway.await_event("session-open", partner=partner)["auth"] == "PKIX"


# Fingerprints over HTTPS (posh).


def web(scene: Scene, domain: str, pages: dict[str, str | list[str]], credential: Credential | None = None,
        address: str | None = None, signing: Signing | None = None) -> WebServer:
    """A domain with a web server and an XMPP server, on one machine."""
    machine = scene.machine(domain)
    records = service_records("xmpp", starttls_port=None, machine=machine)
    records["@"] = [f"A {address or machine.v4}"]
    scene.world.publish(domain, records, signing)
    return WebServer(scene, machine, credential or scene.credential(domain), pages)


def posh_refusal(gateway: Gatepost, stream: Stream) -> str:
    stream.send_header()
    stream.expect_header()
    stream.expect_stream_error("policy-violation")
    return gateway.await_event("session-close", direction="in")["message"]


def test_fingerprint_over_https_proves_the_sender(scene: Scene) -> None:
    home, partner = "poshhome.example", "poshclient.example"
    credential = Authority("Nobody knows it").for_domain("hoster.example")
    server = web(scene, partner, {POSH: fingerprints(credential)})
    gateway = gateway_for(scene, home, partner, posh=True)
    for _ in range(2):
        stream = caller(scene, gateway, partner, home, credential)
        stream.open()
        stream.authenticate()
    assert gateway.await_event("session-open", partner=partner)["auth"] == "POSH"
    assert server.asked == [POSH]  # and remembered
    other = caller(scene, gateway, partner, home, Authority("Nobody knows it").for_domain(partner))
    assert "POSH: no fingerprint is that of the certificate" in posh_refusal(gateway, other)


def test_fingerprint_over_https_proves_the_server(scene: Scene) -> None:
    home, partner = "poshhome2.example", "poshserver.example"
    credential = Authority("Nobody knows it").for_domain("hoster.example")
    server = web(scene, partner, {POSH: fingerprints(credential)})
    gateway, bot = component_gateway(scene, home, partner, posh=True)
    xmpp = Listener(server.machine.v4, 5270)
    scene.until_end(xmpp.close)
    bot.send_message(f"romeo@{partner}", "hello", mfrom=f"bot@{home}")
    stream = s2speer.receive(xmpp, partner, home, Tls(credential, alpn=["xmpp-server"]))
    stream.serve(s2speer.EXTERNAL_OFFER)
    assert stream.serve_authentication() == home
    stream.serve()
    assert stream.expect(SERVER, "message").findtext(f"{{{SERVER}}}body") == "hello"
    assert server.asked == [POSH]


def test_redirect_and_reference_are_followed(scene: Scene) -> None:
    home, partner, hoster = "poshhome3.example", "poshmoved.example", "poshhoster.example"
    credential = Authority("Nobody knows it").for_domain(hoster)
    web(scene, partner, {POSH: [f"https://{hoster}/there"]})
    web(scene, hoster, {"/there": json.dumps({"url": f"https://{hoster}/prints", "expires": 60}),
                        "/prints": fingerprints(credential)})
    gateway = gateway_for(scene, home, partner, posh=True)
    stream = caller(scene, gateway, partner, home, credential)
    stream.open()
    stream.authenticate()


@pytest.mark.parametrize("name, page, words", [
    ("loop", [f"https://poshloop.example{POSH}"], "too many redirects"),
    ("clear", ["http://poshclear.example/"], "no https URL"),
    ("port", ["https://poshport.example:22/"], "host or port that is not connected to"),
    ("chain", json.dumps({"url": "https://poshchain.example" + POSH, "expires": 60}), "another reference"),
    ("none", None, "status 404"),
    ("long", " " * 70000, "too long"),
])
def test_document_that_is_none_proves_nothing(scene: Scene, name: str, page: str | list[str] | None, words: str) -> None:
    home, partner = f"home-posh{name}.example", f"posh{name}.example"
    server = web(scene, partner, {POSH: page} if page is not None else {})
    gateway = gateway_for(scene, home, partner, posh=True)
    stream = caller(scene, gateway, partner, home, Authority("Nobody knows it").for_domain(partner))
    message = posh_refusal(gateway, stream)
    assert "POSH: " in message and words in message, message
    assert len(server.asked) <= 11  # RFC 7711, 10: ten redirects


def test_fingerprints_are_used_for_the_shorter_of_two_times(scene: Scene) -> None:
    home, partner = "poshhome6.example", "poshbrief.example"
    credential = Authority("Nobody knows it").for_domain("hoster.example")
    server = web(scene, partner, {POSH: json.dumps({"url": f"https://{partner}/prints", "expires": 1}),
                                  "/prints": fingerprints(credential)})
    gateway = gateway_for(scene, home, partner, posh=True)

    def is_fetched_again() -> bool:
        stream = caller(scene, gateway, partner, home, credential)
        stream.open()
        stream.authenticate()
        stream.close()
        return server.asked.count(POSH) > 1

    until("the document is fetched again", is_fetched_again)


def test_web_server_without_a_certificate_that_is_trusted_proves_nothing(scene: Scene) -> None:
    home, partner = "poshhome4.example", "poshfake.example"
    credential = Authority("Nobody knows it").for_domain(partner)
    server = web(scene, partner, {POSH: fingerprints(credential)}, credential=credential)
    gateway = gateway_for(scene, home, partner, posh=True)
    assert "POSH: " in posh_refusal(gateway, caller(scene, gateway, partner, home, credential))
    assert server.asked == []


def test_web_server_at_a_private_address_is_not_asked(scene: Scene) -> None:
    home, partner = "poshhome5.example", "poshinside.example"
    credential = Authority("Nobody knows it").for_domain(partner)
    web(scene, partner, {POSH: fingerprints(credential)}, address="127.0.0.1")
    gateway = gateway_for(scene, home, partner, posh=True)
    assert "private-networks" in posh_refusal(gateway, caller(scene, gateway, partner, home, credential))


# Sent to another host (see-other-host).


def redirected(scene: Scene, home: str, partner: str, to: str) -> tuple[Gatepost, Listener]:
    """A gateway that wants to tell the partner something, and is sent to another host, where it is awaited."""
    machine, other = publish_two(scene, partner)
    first, second = Listener(machine.v4, 5270), Listener(other.v4, 5299)
    scene.until_end(first.close)
    scene.until_end(second.close)
    gateway, bot = component_gateway(scene, home, partner)
    bot.send_message(f"romeo@{partner}", "hello", mfrom=f"bot@{home}")
    stream = s2speer.receive(first, partner, home, Tls(scene.credential(partner), alpn=["xmpp-server"]))
    stream.expect_header()
    stream.send_header()
    stream.send(f"<stream:error><see-other-host xmlns='{STREAM_ERRORS}'>{to}</see-other-host></stream:error>")
    return gateway, second


def publish_two(scene: Scene, partner: str) -> tuple[Machine, Machine]:
    machine, other = scene.machine(partner), scene.machine(f"other.{partner}")
    records = service_records("xmpp", starttls_port=None, machine=machine)
    records["other"] = [f"A {other.v4}"]
    scene.world.publish(partner, records)
    return machine, other


def test_other_host_is_followed_and_proved(scene: Scene) -> None:
    home, partner = "followhome.example", "moved.example"
    gateway, second = redirected(scene, home, partner, f"other.{partner}:5299")
    stream = s2speer.receive(second, partner, home, Tls(scene.credential(partner), alpn=["xmpp-server"]))
    stream.serve(s2speer.EXTERNAL_OFFER)
    assert stream.serve_authentication() == home
    stream.serve()
    assert stream.expect(SERVER, "message").findtext(f"{{{SERVER}}}body") == "hello"


def test_other_host_with_its_own_name_alone_is_refused(scene: Scene) -> None:
    home, partner = "strayhome.example", "strayed.example"
    gateway, second = redirected(scene, home, partner, f"other.{partner}:5299")
    s2speer.receive(second, partner, home, Tls(scene.credential(f"other.{partner}"), alpn=["xmpp-server"]))
    assert "the certificate is for" in gateway.await_event("attempt-failed", partner=partner)["message"]


def test_other_host_must_not_be_ours_to_attack(scene: Scene) -> None:
    home, partner = "sshhome.example", "mischief.example"
    gateway, _ = redirected(scene, home, partner, f"other.{partner}:22")
    assert "sends us to another host" in gateway.await_event("attempt-failed", partner=partner)["message"]


# TLS sessions.


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_nothing_is_resumed(scene: Scene, version: str) -> None:
    home, partner = f"once{version[-1]}.example", "nobody.example"
    gateway = gateway_for(scene, home, partner)
    address = gateway.config.sections["listen", 0].options["address"]
    saved = scene.folder / "session.pem"
    command = ["s_client", "-connect", f"{address}:5270", version, "-servername", home]
    said = openssl(*command, "-reconnect")  # five times more
    assert said.count("New, TLSv1") == 6 and "Reused" not in said, said
    assert "TLS session ticket:" not in said and "Early data was accepted" not in said
    openssl(*command, "-sess_out", saved)
    assert not saved.exists() or "Reused" not in openssl(*command, "-sess_in", saved)
