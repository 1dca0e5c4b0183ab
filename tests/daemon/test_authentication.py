"""How partners prove themselves, beyond what two ordinary servers do with each other. The partner is a script, or openssl."""

from lab import s2speer
from lab.gatepost import Gatepost
from lab.pki import Authority, Credential
from lab.s2speer import DIALBACK, Stream
from lab.wire import End, Listener, Tls
from lab.world import Scene, service_records


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


def listener(scene: Scene, partner: str) -> Listener:
    """Where the partner's records lead."""
    machine = scene.machine(partner)
    scene.world.publish(partner, service_records("xmpp", starttls_port=None, machine=machine))
    server = Listener(machine.v4, 5270)
    scene.until_end(server.close)
    return server


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
