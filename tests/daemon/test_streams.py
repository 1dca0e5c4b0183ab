"""What a stream carries and how long it lives: limits, signs of life. The partner is a script or a real Prosody."""

import threading

import pytest

from lab import s2speer
from lab.gatepost import Gatepost
from lab.s2speer import SERVER, Element, Stream
from lab.wait import until
from lab.wire import Listener, Tls
from lab.world import Scene, service_records

from test_federation import component_gateway, component_home, exchange, opened, SECRET

BIDI_OFFER = "<bidi xmlns='urn:xmpp:features:bidi'/>"
LIMITS = "<limits xmlns='urn:xmpp:stream-limits:0'>%s</limits>"


class Partner:
    """A scripted partner that takes the gateway's streams over direct TLS and lets it log in."""

    def __init__(self, scene: Scene, domain: str, home: str) -> None:
        self.domain = domain
        self.home = home
        self.machine = machine = scene.machine(domain)
        self._tls = Tls(scene.credential(domain), alpn=["xmpp-server"])
        scene.world.publish(domain, service_records("xmpp", starttls_port=None, machine=machine))
        self._listener = Listener(machine.v4, 5270)
        scene.until_end(self._listener.close)

    def take(self, *features: str, offer: str = "") -> Stream:
        """The next stream, authenticated; features are those behind the login, offer is beside it."""
        stream = s2speer.receive(self._listener, self.domain, self.home, self._tls)
        stream.serve(s2speer.EXTERNAL_OFFER, offer)
        if offer:
            stream.expect("urn:xmpp:bidi", "bidi")
        assert stream.serve_authentication() == self.home
        stream.serve(*features)
        return stream


def start(scene: Scene, home: str, partner: str, limits: dict[str, str] | None = None, **policy):
    """A gateway with its component, and the scripted partner."""
    peer = Partner(scene, partner, home)
    gateway, address = component_home(scene, home, **{partner: policy})
    gateway.config.section("limits", **(limits or {}))
    gateway.start()
    bot = scene.component(home, SECRET, address)
    gateway.await_event("inside-open", home=home)
    return gateway, bot, peer


def login(scene: Scene, gateway: Gatepost, home: str, partner: str, first: str = "") -> tuple[Stream, Element]:
    """A scripted partner's own stream, logged in over direct TLS, and the features behind the login; `first` comes
    before it."""
    address = gateway.config.sections["listen", 0].options["address"]
    tls = Tls(scene.credential(partner), sni=home, alpn=["xmpp-server"])
    stream = s2speer.initiate(partner, home, address, 5270, tls)
    scene.until_end(stream.close)
    stream.open()
    stream.send(first)
    return stream, stream.authenticate()


def body(stream: Stream) -> str:
    return stream.expect(SERVER, "message").findtext(f"{{{SERVER}}}body")


# Limits (XEP-0478) and signs of life.


def test_partner_without_acknowledgements_gets_everything_that_waits(scene: Scene) -> None:
    home, partner = "burst.example", "plain.example"
    gateway, bot, peer = start(scene, home, partner, {"unacked-stanzas": "10"})
    for number in range(30):
        bot.send_message(f"romeo@{partner}", str(number), mfrom=f"bot@{home}")
    stream = peer.take()
    assert [body(stream) for _ in range(30)] == [str(number) for number in range(30)]


def test_stanza_over_the_partners_limit_is_answered(scene: Scene) -> None:
    home, partner = "limits.example", "small.example"
    gateway, bot, peer = start(scene, home, partner)
    bot.send_message(f"romeo@{partner}", "first", mfrom=f"bot@{home}")
    stream = peer.take(LIMITS % "<max-bytes>15000</max-bytes>")
    assert body(stream) == "first"
    bot.send_message(f"romeo@{partner}", "x" * 20000, mfrom=f"bot@{home}")
    error = bot.await_error("policy-violation")
    assert 'type="modify"' in error.xml and "by=" not in error.xml
    bot.send_message(f"romeo@{partner}", "third", mfrom=f"bot@{home}")
    assert body(stream) == "third"


def test_sign_of_life_before_the_partner_misses_one(scene: Scene) -> None:
    home, partner = "quiet.example", "listening.example"
    gateway, bot, peer = start(scene, home, partner, {"keepalive_interval": "1s"})
    bot.send_message(f"romeo@{partner}", "hello", mfrom=f"bot@{home}")
    stream = peer.take()
    assert body(stream) == "hello"
    assert stream.wire.receive() == b" "
    bot.send_message(f"romeo@{partner}", "still there", mfrom=f"bot@{home}")
    assert body(stream) == "still there"


def test_partner_whose_host_is_gone_is_missed(scene: Scene) -> None:
    home, partner = "misser.example", "vanishing.example"
    gateway, bot, peer = start(scene, home, partner, {"keepalive_interval": "1s", "ping_timeout": "1s",
                                                      "stall_timeout": "1s"})
    bot.send_message(f"romeo@{partner}", "hello", mfrom=f"bot@{home}")
    stream = peer.take()
    assert body(stream) == "hello"
    for address in (peer.machine.v4, peer.machine.v6):
        peer.machine.take_down(address)
    gateway.await_event("session-close", partner=partner, direction="out", deadline_s=20)


def test_partner_is_told_the_limits(scene: Scene) -> None:
    home, partner = "teller.example", "asker.example"
    gateway = scene.gatepost_domain(home, partners=[partner])
    _, features = login(scene, gateway, home, partner)
    limits = features.find("{urn:xmpp:stream-limits:0}limits")
    assert [child.text for child in limits] == ["524288", "840"]


# Acknowledgements (XEP-0198).

SM = "urn:xmpp:sm:3"
SM_OFFER = f"<sm xmlns='{SM}'/>"


def take_acked(peer: Partner) -> Stream:
    stream = peer.take(SM_OFFER)
    stream.expect(SM, "enable")
    stream.send(f"<enabled xmlns='{SM}'/>")
    return stream


def test_unacknowledged_stanzas_of_a_lost_stream(scene: Scene) -> None:
    home, partner = "acks.example", "crashing.example"
    gateway, bot, peer = start(scene, home, partner, {"ack_delay": "100ms"})
    bot.send_message(f"romeo@{partner}", "acknowledged", mfrom=f"bot@{home}")
    stream = take_acked(peer)
    assert body(stream) == "acknowledged"
    stream.expect(SM, "r")
    stream.send(f"<a xmlns='{SM}' h='1'/>")
    bot.send_message(f"romeo@{partner}", "not acknowledged", mfrom=f"bot@{home}")
    bot.send_xml(f"<iq type='get' id='q1' from='bot@{home}' to='romeo@{partner}'><query xmlns='jabber:iq:version'/></iq>")
    bot.send_presence(f"romeo@{partner}", pfrom=f"bot@{home}")
    bot.send_message(f"romeo@{partner}", "nor this", mfrom=f"bot@{home}")
    seen = [stream.next() for _ in range(5)]  # and a question
    assert "nor this" in "".join(map(s2speer.describe, seen))
    stream.wire.reset()
    again = take_acked(peer)
    for text in ("not acknowledged", "nor this"):
        message = again.expect(SERVER, "message")
        assert message.findtext(f"{{{SERVER}}}body") == text
        delay = message.find("{urn:xmpp:delay}delay")
        assert delay.attrib["from"] == home and delay.attrib["stamp"].endswith("Z")
    bot.send_message(f"romeo@{partner}", "new", mfrom=f"bot@{home}")
    texts = [stanza.findtext(f"{{{SERVER}}}body") for stanza in (again.next(), again.next())]
    assert "new" in texts  # and a question before or behind it
    assert gateway.status()["counters"]["stanzas_bounced"] == 1  # the iq


def test_stop_waits_for_acknowledgements(scene: Scene) -> None:
    home, partner = "ackstop.example", "slowpoke.example"
    gateway, bot, peer = start(scene, home, partner)
    bot.send_message(f"romeo@{partner}", "the last one", mfrom=f"bot@{home}")
    stream = take_acked(peer)
    assert body(stream) == "the last one"
    stopping = threading.Thread(target=gateway.stop)
    stopping.start()
    stream.expect(SM, "r")  # at once, for the stop
    assert not gateway.events("session-close", partner=partner)
    stream.send(f"<a xmlns='{SM}' h='1'/>")
    stream.expect_stream_error("system-shutdown")
    stopping.join()


def test_incoming_stanzas_are_acknowledged(scene: Scene) -> None:
    home, partner = "acker.example", "counter.example"
    gateway = scene.gatepost_domain(home, partners=[partner])
    stream, features = login(scene, gateway, home, partner)
    assert features.find(f"{{{SM}}}sm") is not None
    stream.send(f"<enable xmlns='{SM}'/>")
    stream.expect(SM, "enabled")
    for number in range(3):
        stream.send(f"<message from='a@{partner}' to='echo@{home}' type='error' id='{number}'/>")
    stream.send(f"<r xmlns='{SM}'/>")
    assert stream.expect(SM, "a").attrib["h"] == "3"


def test_acknowledgements_with_prosody(scene: Scene) -> None:
    home, partner = "smackhome.example", "smacks.example"
    gateway = scene.gatepost_domain(home, partners=[partner], start=False)
    gateway.config.section("limits", ack_stanzas=1)
    gateway.start()
    server = scene.prosody_domain(partner, modules=["smacks"])
    exchange(scene, gateway, server, home)
    for words in (r"s2sin.*Received\[s2sin\]: <r ", r"s2sout.*Received\[s2sout\]: <a "):
        server.output.wait_for(words)


# One stream in both directions (XEP-0288).


def test_partner_answers_on_the_gateways_stream(scene: Scene) -> None:
    home, partner = "bidihome.example", "bidi.example"
    gateway, bot = component_gateway(scene, home, partner)
    server = scene.prosody_domain(partner, modules=["s2s_bidi", "smacks"])
    user = scene.user(server)
    bot.send_message(user.jid, "question", mfrom=f"bot@{home}")
    user.await_message("question")
    user.send_message(f"bot@{home}", "answer")
    assert bot.await_message("answer", sender=user.jid)
    bot.ping(partner, ifrom=f"bot@{home}")
    user.ping(f"bot@{home}")
    sessions = gateway.status()["sessions"]
    assert [(one["direction"], one["bidi"]) for one in sessions if one["partner"] == partner] == [("out", True)]
    assert not gateway.events("session-open", direction="in")


def test_partner_whose_policy_wants_two_streams(scene: Scene) -> None:
    home, partner = "twoways.example", "oneway.example"
    gateway, bot = component_gateway(scene, home, partner, bidi=False)
    user = scene.user(scene.prosody_domain(partner, modules=["s2s_bidi"]))
    bot.send_message(user.jid, "question", mfrom=f"bot@{home}")
    user.await_message("question")
    user.send_message(f"bot@{home}", "answer")
    assert bot.await_message("answer", sender=user.jid)
    opened(gateway, partner, "in")


def test_stanza_of_another_domain_on_a_stream_in_both_directions(scene: Scene) -> None:
    home, partner = "bidiguard.example", "liar.example"
    gateway, bot, peer = start(scene, home, partner)
    bot.send_message(f"romeo@{partner}", "hello", mfrom=f"bot@{home}")
    stream = peer.take(offer=BIDI_OFFER)
    stream.send(f"<message from='a@{partner}' to='bot@{home}'><body>mine</body></message>")
    assert bot.await_message("mine")
    stream.send(f"<message from='a@bank.example' to='bot@{home}'><body>not mine</body></message>")
    assert body(stream) == "hello"
    stream.expect_stream_error("invalid-from")


@pytest.mark.parametrize("workers", [1, 3])
def test_gateway_answers_on_the_partners_stream(scene: Scene, workers: int) -> None:
    home, partner = f"carried{workers}.example", f"carrier{workers}.example"
    gateway, address = component_home(scene, home, **{partner: {}})
    gateway.config.set(workers=workers)
    gateway.start()
    bot = scene.component(home, SECRET, address)
    gateway.await_event("inside-open", home=home)
    user = scene.user(scene.prosody_domain(partner, modules=["s2s_bidi", "smacks"]))
    user.send_message(f"bot@{home}", "question")
    bot.await_message("question")
    for number in range(20):
        bot.send_message(user.jid, f"answer {number}", mfrom=f"bot@{home}")
    assert [user.await_message(f"answer {number}").body for number in range(20)]
    bot.request(partner, '<query xmlns="jabber:iq:version"/>', ifrom=f"bot@{home}")
    assert not gateway.events("session-open", direction="out")
    entry = next(one for one in gateway.status()["partners"] if one["partner"] == partner)
    assert entry["state"] == "open, on the partner's stream" and entry["sent"] == 21


def test_answer_to_a_stanza_right_behind_the_header_goes_back_on_its_stream(scene: Scene) -> None:
    """Prosody does not wait for our features before it sends what is waiting."""
    home, partner = "eagerhome.example", "eager.example"
    gateway = scene.gatepost_domain(home, partners=[partner])
    address = gateway.config.sections["listen", 0].options["address"]
    stream = s2speer.initiate(partner, home, address, 5270,
                              Tls(scene.credential(partner), sni=home, alpn=["xmpp-server"]))
    scene.until_end(stream.close)
    stream.open()
    stream.send("<bidi xmlns='urn:xmpp:bidi'/>")
    stream.login()
    stream.send(f"{stream.header()}<message from='a@{partner}' to='echo@{home}'><body>eager</body></message>")
    stream.expect_header()
    stream.expect_features()
    assert body(stream) == "eager"
    assert gateway.status()["counters"]["attempts"] == 0


def test_partners_stream_dies_with_stanzas_of_ours(scene: Scene) -> None:
    home, partner = "carrierlost.example", "reborn.example"
    gateway, bot, peer = start(scene, home, partner)
    stream, _ = login(scene, gateway, home, partner, "<bidi xmlns='urn:xmpp:bidi'/>")
    stream.send(f"<enable xmlns='{SM}'/>")
    stream.expect(SM, "enabled")
    stream.send(f"<message from='a@{partner}' to='bot@{home}'><body>ready</body></message>")
    bot.await_message("ready")
    bot.send_message(f"a@{partner}", "first", mfrom=f"bot@{home}")
    assert body(stream) == "first"
    stream.send(f"<a xmlns='{SM}' h='1'/>")
    bot.send_message(f"a@{partner}", "second", mfrom=f"bot@{home}")
    assert body(stream) == "second"
    stream.wire.reset()
    again = peer.take()
    message = again.expect(SERVER, "message")
    assert message.findtext(f"{{{SERVER}}}body") == "second"
    assert message.find("{urn:xmpp:delay}delay") is not None
    bot.send_message(f"a@{partner}", "third", mfrom=f"bot@{home}")
    assert body(again) == "third"


def test_stop_waits_for_acknowledgements_on_the_partners_stream(scene: Scene) -> None:
    home, partner = "carrierstop.example", "carrierslow.example"
    gateway, bot, peer = start(scene, home, partner)
    stream, _ = login(scene, gateway, home, partner, "<bidi xmlns='urn:xmpp:bidi'/>")
    stream.send(f"<enable xmlns='{SM}'/>")
    stream.expect(SM, "enabled")
    bot.send_message(f"a@{partner}", "the last one", mfrom=f"bot@{home}")
    assert body(stream) == "the last one"
    stopping = threading.Thread(target=gateway.stop)
    stopping.start()
    stream.expect(SM, "r")
    stream.send(f"<a xmlns='{SM}' h='1'/>")
    stream.expect_stream_error("system-shutdown")
    stopping.join()


def test_acknowledgements_count_from_when_the_partner_asked_for_them(scene: Scene) -> None:
    """XEP-0198, 3: what went out before is in no count, so it is no reason to send anything once more."""
    home, partner = "counting.example", "lateasker.example"
    gateway, bot, _ = start(scene, home, partner, {"queue-bytes": "40000000"})
    stream, _ = login(scene, gateway, home, partner, "<bidi xmlns='urn:xmpp:bidi'/>")
    count = 100
    for number in range(count):  # the partner does not read, so most of it is still on its way
        bot.send_message(f"romeo@{partner}", "x" * 200000, mfrom=f"bot@{home}")
    until("the stream has them", lambda: sum(it["sent"] for it in gateway.status()["partners"]) == count)
    stream.send(f"<enable xmlns='{SM}'/>")
    bot.send_message(f"romeo@{partner}", "last", mfrom=f"bot@{home}")
    names = []
    while "last" not in names:
        item = stream.next()
        assert isinstance(item, Element)
        names.append(item.findtext(f"{{{SERVER}}}body") if item.tag == f"{{{SERVER}}}message" else item.tag)
    counted = [name for name in names[names.index(f"{{{SM}}}enabled"):] if not name.startswith("{")]
    assert 1 < len(counted) < count
    stream.send(f"<a xmlns='{SM}' h='{len(counted)}'/>")
    bot.send_message(f"romeo@{partner}", "behind it", mfrom=f"bot@{home}")
    while not isinstance(item := stream.next(), Element) or item.tag != f"{{{SERVER}}}message":
        pass
    stream.send(f"<a xmlns='{SM}' h='{len(counted) + 1}'/><r xmlns='{SM}'/>")
    stream.expect(SM, "a")  # so it has read that
    stream.close()
    gateway.await_event("session-close", partner=partner, direction="in")
    assert gateway.status()["counters"]["attempts"] == 0
