"""Hostile peers, and a machine that runs out of something: gatepost gives them a bounded amount, and its other partners
do not notice. docs/threats.md says which test shows what. Only amounts and orders of magnitude are judged, with the
program as it is shipped: a sanitizer multiplies both."""

import os
import random
import signal
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

import pytest

from lab import s2speer
from lab.client import Component, User
from lab.gatepost import COMPONENT_SECRET, Gatepost, plain_binary
from lab.net import Machine
from lab.process import run
from lab.prosody import DIRECT_TLS_PORT, S2S_PORT
from lab.s2speer import Stream
from lab.wait import until
from lab.wire import Ended, Tls, Wire
from lab.world import Scene

HOME = "target.example"
UNLIMITED = 100000

# What nobody may wait longer for while others attack. A stall that an attack causes lasts for seconds; an answer takes a
# fraction of one even on a machine with much else to do.
NEIGHBOUR_S = 2.0
CPU_S = 1.0
KIB = 1024


def plain(gateway: Gatepost, **limits: int | str) -> Gatepost:
    """The program as it is shipped, with few words and with these limits. Not started."""
    gateway.use(plain_binary())
    gateway.config.section("log", level="info")
    gateway.config.section("limits", accepts_per_minute=UNLIMITED).set(**limits)
    return gateway


def memory_bytes(gateway: Gatepost) -> int:
    """What the process has allocated and touched."""
    facts = Path(f"/proc/{gateway.process.pid}/status").read_text()
    return int(facts.split("RssAnon:")[1].split()[0]) * KIB


def cpu_s(gateway: Gatepost) -> float:
    fields = Path(f"/proc/{gateway.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Neighbour:
    """Somebody with an open stream who asks again and again, and remembers the longest wait."""

    def __init__(self, user: User, home: str) -> None:
        self.worst_s = 0.0
        self.count = 0
        self._user, self._home = user, home
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._is_over.wait(0.05):
            start = time.monotonic()
            self._user.ping(self._home)
            self.worst_s = max(self.worst_s, time.monotonic() - start)
            self.count += 1

    def asks(self, count: int) -> None:
        """Returns when it has had so many more answers."""
        before = self.count
        until(f"{count} answers", lambda: self.count >= before + count)

    @contextmanager
    def watching(self) -> Iterator["Neighbour"]:
        """Fails when it was hurt meanwhile."""
        self._thread.start()
        try:
            self.asks(1)
            yield self
            self.asks(1)
        finally:
            self._is_over.set()
            self._thread.join()
        assert self.worst_s < NEIGHBOUR_S


class Site:
    """A gateway with a neighbour that it has streams with, and a machine from which it is attacked."""

    def __init__(self, scene: Scene, home: str, **limits: int | str) -> None:
        self.scene = scene
        self.home = home
        partners = [f"{name}-{home}" for name in ("neighbour", "rogue", "late")]
        self.machine = scene.machine(home)
        self.gateway = plain(scene.gatepost_domain(home, partners, machine=self.machine, start=False), **limits)
        self.attacker = scene.machine(f"attacker of {home}")
        self.neighbour = scene.user(scene.prosody_domain(partners[0]))
        self.rogue, late = partners[1:]
        self._late = scene.prosody_domain(late)  # in DNS from the start: who asked too early would remember

    def start(self) -> "Site":
        self.gateway.start()
        self.neighbour.ping(self.home)
        return self

    def connect(self, port: int = S2S_PORT, source: Machine | None = None) -> Wire:
        return Wire.connect(self.machine.v4, port, (source or self.attacker).v4)

    def stream(self, domain: str = "nobody.example") -> Stream:
        return Stream(self.connect(), domain, self.home, is_initiator=True)

    def authenticated(self) -> Stream:
        """A stream of a partner that has gone mad."""
        stream = self.stream(self.rogue)
        stream.open()
        stream.starttls(Tls(self.scene.credential(self.rogue)))
        stream.open()
        stream.authenticate()
        return stream

    def sessions(self) -> int:
        """Connections that it has accepted, and not given up."""
        return sum(session["direction"] == "in" for session in self.gateway.status()["sessions"])

    def newcomer_gets_in(self) -> None:
        user = self.scene.user(self._late)
        user.send_message(f"echo@{self.home}", "let me in")
        assert user.await_message("let me in")


@pytest.fixture(scope="module")
def site(shared_scene: Scene) -> Site:
    return Site(shared_scene, HOME).start()


# What one connection sends, and how it ends.

HEADER = (f"<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:stream='{s2speer.STREAM}' "
          f"to='{HOME}' from='rogue-{HOME}' version='1.0'>").encode()
NESTED = b"<a>" * 170_000
FLOODS = {
    "nested-elements": HEADER + NESTED,
    "siblings": HEADER + b"<a/>" * 125_000,
    "distinct-names": HEADER + b"".join(b"<a%d/>" % number for number in range(50_000)),
    "giant-attribute": HEADER + b"<a b='" + b"x" * 5_000_000,
    "giant-name": HEADER + b"<" + b"x" * 5_000_000,
    "many-attributes": HEADER + b"<a" + b"".join(b" a%d=''" % number for number in range(40_000)),
    "many-declarations": HEADER + b"<a" + b"".join(b" xmlns:a%d='urn:%d'" % (n, n) for n in range(20_000)),
    "entities": b"<!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'>" + b"<!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>" * 1000,
    "blanks-before-the-header": b" " * 10_000_000,
    "blanks-after-the-header": HEADER + b"\n" * 10_000_000,
    "not-xmpp": os.urandom(1_000_000),
}


def drain(wire: Wire) -> None:
    """Until it is closed, one way or another."""
    try:
        while True:
            wire.receive()
    except Ended:
        wire.reset()


@pytest.mark.parametrize("flood", FLOODS)
@pytest.mark.parametrize("port", [S2S_PORT, DIRECT_TLS_PORT])
def test_flood_before_authentication_costs_little(site: Site, flood: str, port: int) -> None:
    memory, cpu = memory_bytes(site.gateway), cpu_s(site.gateway)
    with Neighbour(site.neighbour, site.home).watching():
        for _ in range(10):
            wire = site.connect(port)
            wire.send(FLOODS[flood], piece=65536)
            drain(wire)
    assert cpu_s(site.gateway) - cpu < CPU_S
    assert memory_bytes(site.gateway) - memory < 1024 * KIB


@pytest.mark.parametrize("flood, condition", [
    (NESTED, "policy-violation"),
    (b"<message><body>" + b"<a/>" * 125_000, "policy-violation"),
    (b"<message a='" + b"x" * 5_000_000, "policy-violation"),
    (b"<message><body>" + b"x" * 5_000_000, "policy-violation"),
    (b"<message" + b"".join(b" a%d=''" % number for number in range(40_000)), "policy-violation"),
    (b"<message><!-- x -->" * 20_000, "restricted-xml"),
], ids=["nested-elements", "siblings", "giant-attribute", "giant-stanza", "many-attributes", "comments"])
def test_flood_of_a_partner_costs_little(site: Site, flood: bytes, condition: str) -> None:
    """The error is read although megabytes were still on their way: the gateway lingers."""
    site.authenticated().close()
    memory, cpu = memory_bytes(site.gateway), cpu_s(site.gateway)
    with Neighbour(site.neighbour, site.home).watching():
        for _ in range(3):
            stream = site.authenticated()
            stream.send(flood)
            stream.expect_stream_error(condition)
            drain(stream.wire)
    assert cpu_s(site.gateway) - cpu < CPU_S
    assert memory_bytes(site.gateway) - memory < 4096 * KIB


def test_blanks_of_a_partner_do_no_harm(site: Site) -> None:
    with Neighbour(site.neighbour, site.home).watching():
        stream = site.authenticated()
        stream.send(b" " * 10_000_000)
        stream.send_end()
        drain(stream.wire)


def test_peer_that_never_reads_does_no_harm(site: Site) -> None:
    """It asks and asks, and takes no answer. What cannot be answered is dropped or bounced, not kept without end."""
    memory = memory_bytes(site.gateway)
    stream = site.authenticated()
    ping = f"<iq type='get' id='1' from='{site.rogue}' to='{site.home}'><ping xmlns='urn:xmpp:ping'/></iq>"
    with Neighbour(site.neighbour, site.home).watching():
        for _ in range(200):
            stream.send(ping * 100)
    stream.close()
    assert memory_bytes(site.gateway) - memory < 16 * 1024 * KIB  # queue-bytes, and room


# Connections.


def test_closed_connections_leave_nothing(site: Site) -> None:
    """T57: whatever a connection got to, its end frees everything."""
    tls = Tls(site.scene.credential(site.rogue))

    def header_only() -> None:
        stream = site.stream()
        stream.send_header()
        stream.expect_header()
        stream.wire.reset()

    def as_far_as_features() -> None:
        stream = site.stream(site.rogue)
        stream.open()
        stream.send("<starttls")
        stream.close()

    def as_far_as_tls() -> None:
        stream = site.stream(site.rogue)
        stream.open()
        stream.starttls(tls)
        stream.send_header()
        stream.wire.reset()

    def as_far_as_a_stanza() -> None:
        stream = site.authenticated()
        stream.send("<message")
        stream.wire.reset()

    def nothing() -> None:
        site.connect().close()

    def round_of(count: int) -> None:
        for way, share in ((nothing, 10), (header_only, 10), (as_far_as_features, 5), (as_far_as_tls, 1),
                           (as_far_as_a_stanza, 1)):
            for _ in range(count * share):
                way()
        until("all connections forgotten", lambda: site.sessions() <= before)

    before = site.sessions()
    round_of(25)  # what is allocated once, is now
    memory = memory_bytes(site.gateway)
    round_of(100)
    assert memory_bytes(site.gateway) - memory < 256 * KIB


def test_many_idle_connections_of_one_address(site: Site) -> None:
    """T58: it gets its share; who comes from elsewhere gets in."""
    with Neighbour(site.neighbour, site.home).watching():
        wires = [site.connect(port) for _ in range(250) for port in (S2S_PORT, DIRECT_TLS_PORT)]
        until("the share to be used up", lambda: site.sessions() > 50)
        assert site.sessions() <= 50 + 2
        site.newcomer_gets_in()
        for wire in wires:
            wire.reset()
    until("all connections forgotten", lambda: site.sessions() <= 3)


def test_no_descriptors_left(scene: Scene) -> None:
    """T58: accepting pauses instead of spinning, open streams go on, and afterwards a new partner gets in."""
    site = Site(scene, "poor.example", connections_per_address=1000)
    site.gateway.process.command[:0] = ["prlimit", "--nofile=100:100"]
    site.start()
    assert "LimitNOFILE" in site.gateway.await_event("few-descriptors")["message"]
    with Neighbour(site.neighbour, site.home).watching() as neighbour:
        wires = [site.connect() for _ in range(150)]
        site.gateway.await_event("accept-failed")
        mark, start = site.gateway.mark(), time.monotonic()
        neighbour.asks(10)
        # a pause of 200 ms after each
        assert len(site.gateway.events("accept-failed", since=mark)) <= 2 + (time.monotonic() - start) / 0.2
        for wire in wires:
            wire.reset()
    site.newcomer_gets_in()


def test_soft_limit_of_descriptors_is_raised(scene: Scene) -> None:
    """T58: the default limits need more than the 1024 that a system begins with."""
    gateway = scene.gatepost_domain("descriptors.example", ["nobody.example"], start=False)
    gateway.process.command[:0] = ["prlimit", "--nofile=1024:4096"]
    gateway.start()
    limits = Path(f"/proc/{gateway.process.pid}/limits").read_text()
    assert limits.split("Max open files")[1].split()[:2] == ["4096", "4096"]
    assert not gateway.events("few-descriptors")


# Domains that lead nowhere.


def writer(scene: Scene, home: str, partners: tuple[str, ...] = (), **options: str) -> tuple[Gatepost, Component]:
    """A gateway with a component that writes to others."""
    machine = scene.machine(home)
    gateway = plain(scene.gatepost_domain(home, partners, machine=machine, start=False))
    gateway.config.set(**options)
    gateway.serve_by_component(machine.v4, home)
    gateway.start()
    return gateway, scene.component(home, COMPONENT_SECRET, machine.v4)


def message(sender: str, to: str) -> str:
    return f"<message from='{sender}' to='{to}'><body>hello</body></message>"


def test_dead_domains_are_answered_for_and_bounded(scene: Scene) -> None:
    """T59: each of many messages is answered, and what is remembered of a domain is small."""
    gateway, bot = writer(scene, "writer.example", federation="open")

    def write_to(domains: range) -> None:
        bot.send_xml("".join(message("bot@writer.example", f"x@no{number}.example") for number in domains))
        for _ in domains:
            bot.await_error("remote-server-not-found")

    write_to(range(500))
    memory = memory_bytes(gateway)
    write_to(range(500, 1500))
    assert memory_bytes(gateway) - memory < 1000 * 6 * KIB


def test_dead_domain_is_not_tried_for_each_stanza(scene: Scene) -> None:
    """T66: one failed attempt answers all that waits, and all that comes during the pause after it."""
    gateway, bot = writer(scene, "insistent.example", ("dead.example",))
    for _ in range(20):
        bot.send_xml(message("bot@insistent.example", "x@dead.example") * 50)
        for _ in range(50):
            bot.await_error("remote-server-not-found")
    assert gateway.status()["counters"]["attempts"] <= 3


# Stopping, and bad luck.


@pytest.mark.parametrize("seed", range(8))
def test_stop_at_any_moment_under_load(scene: Scene, seed: int) -> None:
    """T60: with sanitizers, while messages come and go and connections are in every state."""
    home, partner, rogue = (f"{name}{seed}.example" for name in ("sudden", "busy", "halfway"))
    machine = scene.machine(home)
    gateway = scene.gatepost_domain(home, [partner, rogue], machine=machine, start=False)
    gateway.config.section("limits", close_timeout="300ms")
    gateway.start()
    user = scene.user(scene.prosody_domain(partner))
    user.ping(home)
    tls = Tls(scene.credential(rogue))
    streams = []
    chance = random.Random(seed)
    for _ in range(chance.randrange(1, 40)):
        user.send_xml(message(user.jid, f"echo@{home}") * 20)
        stream = s2speer.initiate(rogue, home, machine.v4, S2S_PORT)
        streams.append(stream)
        for step in (stream.open, lambda: stream.starttls(tls), stream.open, stream.authenticate)[:chance.randrange(5)]:
            step()
    for _ in range(chance.randrange(20)):
        user.await_message("hello")
    gateway.stop()
    for stream in streams:
        stream.wire.reset()


def test_short_reads_and_writes_change_nothing(scene: Scene) -> None:
    """T62: every read and write of the gateway takes a few bytes, and one in five is refused."""
    library = scene.folder / "short_io.so"
    run(["gcc", "-shared", "-fPIC", "-O1", "-o", library, Path(__file__).parent / "lab/short_io.c"])
    home, partner = "crumbs.example", "crumbspartner.example"
    gateway = plain(scene.gatepost_domain(home, [partner], start=False))
    gateway.process.env.update(LD_PRELOAD=str(library))
    gateway.start()
    user = scene.user(scene.prosody_domain(partner))
    text = "".join(random.Random(1).choices("abc <&>'", k=20_000))
    for _ in range(5):
        user.send_message(f"echo@{home}", text)
        assert user.await_message(text)
        user.ping(home)
    assert len(gateway.events("session-open")) == 2


@pytest.mark.parametrize("sink", ["/dev/full", ">(exec true)", ">(exec tail --pid=$$ -f /dev/null)"],
                         ids=["full-disk", "nobody-there", "nobody-reads"])
def test_log_that_takes_nothing_stops_nobody(scene: Scene, sink: str) -> None:
    """T63."""
    name = f"mute{len(sink)}"
    home, partner, machine = f"{name}.example", f"{name}partner.example", scene.machine(name)
    gateway = scene.gatepost_domain(home, [partner], machine=machine, start=False)
    gateway.config.section("limits", accepts_per_minute=UNLIMITED)
    gateway.write()
    gateway.process.command[:0] = ["bash", "-c", f'exec "$@" 2> {sink}', "bash"]
    gateway.process.start()
    until("the control socket answers", lambda: gateway.command("status").returncode == 0)
    user = scene.user(scene.prosody_domain(partner))
    for _ in range(400):  # some hundred bytes of log for each: more than a pipe holds
        stream = s2speer.initiate("nobody.example", home, machine.v4, S2S_PORT)
        stream.send_header()
        stream.expect_header()
        stream.wire.reset()
    user.send_message(f"echo@{home}", "hello")
    user.await_message("hello")
    gateway.process.signal(signal.SIGTERM)
    assert gateway.process.wait() == 0
