"""Bad luck, with a ledger: messages are numbered, and at the end each has come once, was answered with an error, or is
among those that docs/faults.md gives up. The partner is a real Prosody, with acknowledgements (XEP-0198) and without."""

import signal
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Callable, Iterator

import pytest

from lab.client import Component, User
from lab.gatepost import COMPONENT_SECRET, Gatepost
from lab.ledger import Account, Flow, flow_in, flow_out
from lab.net import Machine
from lab.pki import Credential, Validity
from lab.prosody import Prosody
from lab.wait import until
from lab.world import Scene

ACKS = pytest.mark.parametrize("acks", [True, False], ids=["acknowledged", "unacknowledged"])

# Few questions wait for an answer, and pauses are short.
LIMITS = {"ack_stanzas": 1, "ack_delay": "100ms", "retry_min": "100ms", "retry_max": "1s",
          "inside_retry_max": "1s"}
DAY_S = 24 * 60 * 60


@dataclass
class Town:
    """A gateway, a component inside, a partner with a user, and messages in both directions that have begun."""

    scene: Scene
    home: str
    machine: Machine
    gateway: Gatepost
    inner: Machine
    bot: Component
    server: Prosody
    user: User
    out: Flow
    into: Flow

    def partner_is_back(self) -> None:
        self.server.start()
        self.user = self.scene.user(self.server)
        self.out.receiver_is_now(self.user)
        self.into.sender_is_now(self.user)

    def component_is_back(self) -> None:
        self.bot = self.scene.component(self.home, COMPONENT_SECRET, self.inner.v4)
        self.out.sender_is_now(self.bot)
        self.into.receiver_is_now(self.bot)

    def settle(self, *flows: Flow) -> None:
        """All of them have come, and are acknowledged."""
        for flow in flows or (self.out, self.into):
            until("every message has come", lambda flow=flow: len(set(flow.came())) == flow.sent)
        self.server_answers()

    @contextmanager
    def cut(self) -> Iterator[None]:
        """Nothing passes between the gateway and the partner."""
        places = (self.machine, self.server.machine)
        for place in places:
            place.cut()
        yield
        for place in places:
            place.mend()

    def taken(self) -> int:
        """Stanzas that the gateway has taken from the partner."""
        return self.gateway.status()["counters"]["stanzas_in"]

    def taken_inside(self) -> int:
        """Stanzas that it has taken from the component that is there now."""
        return self.gateway.status()["insides"][0]["taken"]

    def server_answers(self) -> None:
        """What was sent before is acknowledged: each stanza is followed by a question."""
        for _ in range(2):
            self.bot.request(self.server.domain, "<query xmlns='jabber:iq:version'/>", ifrom=f"bot@{self.home}")


def town(scene: Scene, name: str, acks: bool, credential: Callable[[str], Credential] | None = None, later: str = "",
         **limits: str) -> Town:
    """`later` is a partner that nobody has asked for yet."""
    name += "-acks" if acks else ""
    home, partner = f"{name}-home.example", f"{name}-partner.example"
    machine, inner = scene.machine(home), scene.machine(f"inside of {home}")
    gateway = scene.gatepost_domain(home, [partner], machine=machine, start=False)
    if later:
        gateway.config.section("partner", later)
    gateway.serve_by_component(inner.v4, home)
    gateway.config.section("limits").set(**LIMITS, **limits)
    gateway.start()
    bot = scene.component(home, COMPONENT_SECRET, inner.v4)
    server = scene.prosody_domain(partner, modules=["smacks"] if acks else [],
                                  credential=credential(partner) if credential else None)
    user = scene.user(server)
    there = Town(scene, home, machine, gateway, inner, bot, server, user, flow_out(bot, f"bot@{home}", user),
                 flow_in(user, bot, f"bot@{home}"))
    there.out.send(10)
    there.into.send(10)
    there.settle()
    return there


def reckon(flow: Flow, may_be_lost: int = 0) -> Account:
    """The account, once what was sent before has had its time: a further message has come behind it."""

    def comes() -> bool:
        flow.send(1)
        number = flow.sent - 1
        until("an end of the message", lambda: number in flow.came() or number in flow.answered())
        return number in flow.came()

    until("a message that comes", comes)
    until(f"all but {may_be_lost} messages", lambda: flow.account().lost <= may_be_lost)
    return flow.account()


def all_once(flow: Flow, count: int = 10) -> None:
    """More of them come, and none of all that were sent is missing or was answered."""
    flow.send(count)
    until("all messages", lambda: flow.account().lost == 0)
    assert flow.account() == Account(flow.sent, once=flow.sent)


# The partner.


@ACKS
def test_partner_killed_in_the_middle_of_a_burst(scene: Scene, acks: bool) -> None:
    """It hangs while its system still takes messages, and is killed: what it has not read is at stake."""
    it = town(scene, "killed", acks)
    mark = it.gateway.mark()
    it.server.process.signal(signal.SIGSTOP)
    it.out.send(200)
    it.server.process.kill()
    it.out.send(100)
    it.gateway.await_event("session-close", since=mark, direction="out")
    it.partner_is_back()
    account = reckon(it.out, may_be_lost=0 if acks else 200)
    assert (account.twice, account.both) == (0, 0)
    all_once(it.into)


@ACKS
def test_partner_killed_while_it_sends(scene: Scene, acks: bool) -> None:
    """What the gateway has taken from it comes, once and in order."""
    it = town(scene, "sender", acks)
    mark, before, had = it.gateway.mark(), it.taken(), len(it.into.came())
    it.into.send(300)
    until("some of them", lambda: len(it.into.came()) > had + 20)
    it.server.process.kill()
    it.gateway.await_event("session-close", since=mark, direction="in")
    until("what the gateway has taken", lambda: len(it.into.came()) - had == it.taken() - before)
    assert it.into.came() == list(range(len(it.into.came())))


# The inside. A server there that ends: test_inside.py.


@ACKS
def test_component_killed_in_the_middle_of_a_burst(scene: Scene, acks: bool) -> None:
    it = town(scene, "component", acks)
    mark, had = it.gateway.mark(), len(it.into.came())
    it.into.send(200)
    until("some of them", lambda: len(it.into.came()) > had + 20)
    it.bot.abort()
    it.into.send(100)
    it.gateway.await_event("inside-close", since=mark)
    it.component_is_back()
    account = reckon(it.into, may_be_lost=200)
    assert (account.twice, account.both) == (0, 0)
    all_once(it.out)


# The network.


@ACKS
def test_network_cut_for_a_moment(scene: Scene, acks: bool) -> None:
    """Nobody gives up, so everything comes once."""
    it = town(scene, "moment", acks)
    mark, before = it.gateway.mark(), it.taken_inside()
    with it.cut():
        it.out.send(100)
        it.into.send(100)
        until("the gateway to have taken them", lambda: it.taken_inside() == before + 100)
    all_once(it.out)
    all_once(it.into)
    assert not it.gateway.events("session-close", since=mark)


@ACKS
def test_network_cut_until_the_gateway_gives_up(scene: Scene, acks: bool) -> None:
    """It tries in vain, answers or keeps, and goes on afterwards; no message comes a second time by the old connection."""
    it = town(scene, "longcut", acks, stall_timeout="1s", ack_timeout="1s", ping_timeout="1s", keepalive_interval="1s",
              connect_timeout="500ms")
    mark = it.gateway.mark()
    with it.cut():
        it.out.send(100)
        it.gateway.await_event("session-close", since=mark, direction="out")
        it.out.send(100)
    account = reckon(it.out, may_be_lost=0 if acks else 100)
    assert (account.twice, account.both) == (0, 0)
    account = reckon(it.into)
    assert (account.twice, account.both) == (0, 0)


# DNS.


def test_name_servers_are_gone(scene: Scene) -> None:
    """Streams go on; a partner without one is answered for, and reached when DNS is back."""
    later = "nodns-later.example"
    it = town(scene, "nodns", True, later=later, connect_timeout="1s", attempt_timeout="2s")
    user = scene.user(scene.prosody_domain(later))
    flow = flow_out(it.bot, f"bot@{it.home}", user)
    for server in scene.world.hosting:
        server.machine.cut()
    try:
        flow.send(20)
        for _ in range(5):
            it.out.send(10)
            it.into.send(10)
        until("the answers", lambda: flow.account().lost == 0)
        assert flow.account() == Account(20, answered=20)
        all_once(it.out)
        all_once(it.into)
    finally:
        for server in scene.world.hosting:
            server.machine.mend()
    account = reckon(flow)
    assert account == Account(flow.sent, once=flow.sent - account.answered, answered=account.answered)


# The certificate of a partner.


def test_certificate_expires_under_load(scene: Scene) -> None:
    """Its streams end; what comes later is answered, as is what it sends."""
    short = Validity(ends=8 / DAY_S)
    towns = [town(scene, "expiry", acks, lambda domain: scene.world.authority.for_domain(domain, validity=short))
             for acks in (True, False)]

    def ended(it: Town) -> bool:
        it.out.send(2)
        it.into.send(2)
        return all(it.gateway.events("session-close", direction=direction) for direction in ("in", "out"))

    until("the end of the streams", lambda: all([ended(it) for it in towns]))
    for it in towns:
        assert {one["stream_error"] for one in it.gateway.events("session-close")[:2]} == {"reset"}
        for flow in (it.out, it.into):
            flow.send(20)
            until("an end of each message", lambda: flow.account().lost == 0)
            until("the last answer", lambda: flow.sent - 1 in flow.answered())
            account = flow.account()
            assert (account.twice, account.both) == (0, 0)
            assert account.answered >= 20


# The gateway. Its reload under load: test_operations.py.


@ACKS
def test_stop_under_load(scene: Scene, acks: bool) -> None:
    """What it has taken is delivered or answered before it ends; what it had not read yet its sender knows of by the
    acknowledgements, or nobody does."""
    it = town(scene, "stop", acks)
    had = len(it.out.came())
    it.out.send(300)
    it.into.send(300)
    until("some of them", lambda: len(it.out.came()) > had + 20)
    it.gateway.stop()
    it.gateway.start()
    it.component_is_back()
    for flow in (it.out, it.into):
        account = reckon(flow)
        assert (account.twice, account.both) == (0, 0)


@ACKS
def test_gateway_killed_under_load(scene: Scene, acks: bool) -> None:
    """What it had taken and not passed on is lost. What it had no time to acknowledge comes, and its sender may be told
    that it did not."""
    it = town(scene, "sigkill", acks)
    had = len(it.out.came())
    it.out.send(300)
    it.into.send(300)
    until("some of them", lambda: len(it.out.came()) > had + 20)
    it.gateway.kill()
    it.gateway.start()
    it.component_is_back()
    for flow in (it.out, it.into):
        account = reckon(flow, may_be_lost=300)
        assert account.twice == 0
        assert acks or account.both == 0
        more = flow.sent
        flow.send(10)
        until("what comes later", lambda flow=flow, more=more: set(range(more, flow.sent)) <= set(flow.came()))
