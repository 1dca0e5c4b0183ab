"""Running it: reload, certificates, drain, the service manager. What is promised is that nobody who is not concerned
notices anything, and that no stanza disappears."""

import json
import signal
import threading
from typing import Any

import pytest

from lab.gatepost import Gatepost
from lab.wait import until
from lab.world import Scene
from test_federation import SECRET, component_gateway


def echoed(scene: Scene, server: Any, home: str, body: str) -> None:
    user = scene.user(server)
    user.send_message(f"echo@{home}", body)
    user.await_message(body, sender=f"echo@{home}")
    user.close()


def reload(gateway: Gatepost) -> dict[str, Any]:
    """By the command; what it answers."""
    gateway.write()
    done = gateway.command("reload", "--json")
    assert done.returncode == 0, done.stderr + done.stdout
    return json.loads(done.stdout)


class Traffic:
    """A user who writes to an echo without a pause, and counts: each message comes back, or an error for it."""

    def __init__(self, user: Any, to: str) -> None:
        self.sent = 0
        self._user, self._to = user, to
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._write)
        self._thread.start()

    def _write(self) -> None:
        while not self._is_over.wait(0.002):
            self._user.send_message(self._to, f"number {self.sent}")
            self.sent += 1

    def await_sent(self, more: int) -> None:
        wanted = self.sent + more
        until(f"{more} more messages", lambda: self.sent >= wanted)

    def finish(self) -> None:
        self._is_over.set()
        self._thread.join()

    def end(self) -> tuple[int, int]:
        """How many came back, and how many were answered with an error; together as many as were sent."""
        self.finish()
        back = errors = 0
        while back + errors < self.sent:
            it = self._user.await_stanza("what became of a message", lambda it: it.name == "message")
            errors += it.kind == "error"
            back += it.kind != "error"
        return back, errors


# Reload.


@pytest.mark.parametrize("workers", [1, 3])
def test_reload_under_load_touches_only_the_changed_partner(scene: Scene, workers: int) -> None:
    home, same, other = f"reload{workers}.example", f"same{workers}.example", f"other{workers}.example"
    gateway = scene.gatepost_domain(home, partners=[same, other], start=False)
    gateway.config.set(workers=workers)
    gateway.start()
    traffic = [Traffic(scene.user(scene.prosody_domain(partner)), f"echo@{home}") for partner in (same, other)]
    for partner in (same, other):
        gateway.await_event("session-open", partner=partner, direction="in")
        gateway.await_event("session-open", partner=partner, direction="out")
    mark = gateway.mark()
    for one in traffic:
        one.await_sent(50)
    gateway.config.section("partner", other, require_dane=False, dialback="allowed")
    answer = reload(gateway)
    assert answer["changes"] == [f'partner "{other}": dialback: refused -> allowed']
    for direction in ("in", "out"):
        assert gateway.await_event("session-close", since=mark, partner=other, direction=direction)
    for one in traffic:
        one.await_sent(50)
    back, errors = traffic[0].end()
    assert (back, errors) == (traffic[0].sent, 0)
    back, errors = traffic[1].end()
    assert back + errors == traffic[1].sent
    assert not gateway.events("session-close", since=mark, partner=same)
    reset = gateway.events("session-close", since=mark, partner=other)
    assert {it["stream_error"] for it in reset} == {"reset"}
    assert gateway.await_event("session-open", since=mark, partner=other, direction="in")


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("modules", [["s2s_bidi"], ["s2s_bidi", "smacks"]], ids="-".join)
def test_reload_under_load_with_streams_in_both_directions(scene: Scene, modules: list[str], workers: int) -> None:
    """The answers go back on the partner's own stream (XEP-0288), which may be another worker's than the pair."""
    name = f"{'acks' if 'smacks' in modules else 'plain'}{workers}.example"
    home, same, other = f"bidireload{name}", f"bidisame{name}", f"bidiother{name}"
    gateway = scene.gatepost_domain(home, partners=[same, other], start=False)
    gateway.config.set(workers=workers)
    gateway.start()
    traffic = [Traffic(scene.user(scene.prosody_domain(partner, modules=modules)), f"echo@{home}")
               for partner in (same, other)]
    for partner in (same, other):
        gateway.await_event("session-open", partner=partner, direction="in")
    for one in traffic:
        one.await_sent(50)
    mark = gateway.mark()
    gateway.config.section("partner", other, dialback="allowed")
    reload(gateway)
    assert gateway.await_event("session-close", since=mark, partner=other, direction="in")["stream_error"] == "reset"
    for one in traffic:
        one.await_sent(50)
    assert traffic[0].end() == (traffic[0].sent, 0)
    assert sum(traffic[1].end()) == traffic[1].sent
    assert gateway.await_event("session-open", since=mark, partner=other, direction="in")
    assert not gateway.events("session-close", since=mark, partner=same)
    assert not gateway.events("session-open", partner=same, direction="out")


def test_reload_whose_limits_need_more_descriptors_is_told(scene: Scene) -> None:
    gateway = scene.gatepost_domain("more.example", ["nobody.example"], start=False)
    gateway.process.command[:0] = ["prlimit", "--nofile=1024:4096"]
    gateway.start()
    assert not gateway.events("few-descriptors")
    gateway.config.section("limits", connections=5000)
    reload(gateway)
    assert "LimitNOFILE" in gateway.await_event("few-descriptors")["message"]


def test_reload_of_the_same_changes_nothing(scene: Scene) -> None:
    home, partner = "sameagain.example", "sameagainpartner.example"
    gateway, bot = component_gateway(scene, home, partner)
    user = scene.user(scene.prosody_domain(partner))
    user.send_message(f"bot@{home}", "before")
    bot.await_message("before")
    mark = gateway.mark()
    for _ in range(3):
        assert reload(gateway)["changes"] == []
    gateway.process.signal(signal.SIGHUP)
    user.send_message(f"bot@{home}", "after")
    bot.await_message("after")
    bot.send_message(user.jid, "back", mfrom=f"bot@{home}")
    user.await_message("back")
    until("four reloads", lambda: len(gateway.events("reloaded", since=mark)) == 4)
    assert not gateway.events("session-close", since=mark)
    assert not gateway.events("inside-close", since=mark)


def test_reload_of_a_bad_file_changes_nothing_and_says_why(scene: Scene) -> None:
    home, partner = "badfile.example", "badfilepartner.example"
    gateway = scene.gatepost_domain(home, partners=[partner])
    server = scene.prosody_domain(partner)
    echoed(scene, server, home, "before")
    digest = gateway.status()["config"]["digest"]
    good = gateway.file.read_text()
    gateway.file.write_text(good + "nonsense = 1\nworkers = many\n")
    mark = gateway.mark()
    done = gateway.command("reload")
    assert done.returncode == 64
    assert "nonsense" in done.stderr and "workers" in done.stderr
    assert gateway.await_event("reload-refused", since=mark)
    assert len(gateway.events("config-problem", since=mark)) == 2
    gateway.process.signal(signal.SIGHUP)
    until("SIGHUP is refused too", lambda: len(gateway.events("reload-refused", since=mark)) == 2)
    assert gateway.status()["config"]["digest"] == digest
    assert not gateway.events("session-close", since=mark)
    echoed(scene, server, home, "after")


def test_reload_admits_a_new_partner_and_sends_away_a_removed_one(scene: Scene) -> None:
    home, leaving, coming = "doors.example", "leaving.example", "coming.example"
    gateway, bot = component_gateway(scene, home, leaving)
    user = scene.user(scene.prosody_domain(leaving))
    user.send_message(f"bot@{home}", "still here")
    bot.await_message("still here")
    bot.send_message(user.jid, "so am I", mfrom=f"bot@{home}")
    user.await_message("so am I")
    mark = gateway.mark()
    gateway.config.drop("partner", leaving)
    gateway.config.section("partner", coming)
    assert reload(gateway)["changes"] == [f'partner "{leaving}" removed', f'partner "{coming}" added']
    for direction in ("in", "out"):
        closed = gateway.await_event("session-close", since=mark, partner=leaving, direction=direction)
        assert closed["stream_error"] == "policy-violation"
    bot.send_message(user.jid, "too late", mfrom=f"bot@{home}")
    bot.await_error("not-allowed")
    fresh = scene.user(scene.prosody_domain(coming))
    fresh.send_message(f"bot@{home}", "hello")
    bot.await_message("hello")


def test_reload_names_what_needs_a_restart(scene: Scene) -> None:
    home = "restartonly.example"
    gateway = scene.gatepost_domain(home, partners=["nobody.example"])
    gateway.config.set(workers=2)
    answer = reload(gateway)
    assert answer["restart"] == ["workers: 1 -> 2"]
    assert gateway.status()["workers"] == 1
    assert gateway.await_event("reload-waits")


def test_reload_gives_a_domain_another_inside_link(scene: Scene) -> None:
    home, partner = "moving.example", "movingpartner.example"
    gateway, bot = component_gateway(scene, home, partner)
    user = scene.user(scene.prosody_domain(partner))
    user.send_message(f"bot@{home}", "old")
    bot.await_message("old")
    bot.close()
    gateway.await_event("inside-close", home=home)
    user.send_message(f"bot@{home}", "held over the move")
    until("it is held", lambda: gateway.status()["insides"][0]["held"] == 1)
    address = bot.address
    gateway.config.section("inside", "service").set(listen=f"{address}:5348")
    mark = gateway.mark()
    assert reload(gateway)["changes"] == [f'inside "service": listen: "{address}:5347" -> "{address}:5348"']
    bot = scene.component(home, SECRET, address, 5348)
    bot.await_message("held over the move")
    assert not gateway.events("session-close", since=mark)
    gateway.config.section("inside", "other", kind="echo")
    gateway.config.section("domain", home).set(inside="other")
    gateway.config.drop("inside", "service")
    reload(gateway)
    gateway.await_event("inside-close", since=mark, home=home)
    user.send_message(f"echo@{home}", "hello echo")
    user.await_message("hello echo", sender=f"echo@{home}")
    assert not gateway.events("session-close", since=mark)


def test_reload_refuses_an_inside_address_that_is_taken(scene: Scene) -> None:
    home = "takenaddress.example"
    gateway, bot = component_gateway(scene, home, "nobody.example")
    gateway.config.section("inside", "service").set(listen=f"{bot.address}:5269")
    gateway.config.section("listen", 0).set(starttls_port="none")
    gateway.write()
    done = gateway.command("reload")
    assert done.returncode == 64
    assert "5269" in done.stderr
    assert gateway.status()["insides"][0]["state"] == "up"
