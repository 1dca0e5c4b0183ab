"""Draining: partners are sent to another host, and every stanza is delivered or answered. Each gateway here ends by
itself, with exit code 0."""

import json
import signal
import socket
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from lab.client import Component, User
from lab.gatepost import SANITIZER_ENV, Gatepost, binary
from lab.manager import Manager
from lab.process import Process
from lab.s2speer import SERVER, StreamEnd
from lab.wait import until
from lab.world import Scene
from test_federation import component_gateway
from test_operations import Traffic
from test_streams import login


def draining(scene: Scene, gateway: Gatepost, wait: str) -> "Future[dict[str, Any]]":
    """The command under way, and in the end the last of its lines; those before say how far it was."""

    def drain() -> dict[str, Any]:
        done = gateway.command("drain", "--json", f"--wait={wait}")
        *progress, answer = map(json.loads, done.stdout.splitlines())
        assert progress and all(line.keys() == {"streams", "queued"} for line in progress)
        assert done.returncode == (0 if answer["drained"] else 1), done.stderr
        return answer

    threads = ThreadPoolExecutor(1)
    scene.until_end(threads.shutdown)
    answer = threads.submit(drain)
    gateway.await_event("draining")
    return answer


def await_refusal(address: str, port: int) -> None:
    def is_refused() -> bool:
        try:
            socket.create_connection((address, port)).close()
        except ConnectionRefusedError:
            return True
        return False

    until(f"port {port} is closed", is_refused)


def acquainted(scene: Scene, home: str, partner: str) -> tuple[Gatepost, Component, User]:
    """A component and a partner's user who have written to each other."""
    gateway, bot = component_gateway(scene, home, partner)
    user = scene.user(scene.prosody_domain(partner))
    user.send_message(f"bot@{home}", "hello")
    bot.await_message("hello")
    bot.send_message(user.jid, "hello you", mfrom=f"bot@{home}")
    user.await_message("hello you")
    return gateway, bot, user


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("modules", [[], ["smacks"], ["s2s_bidi"], ["s2s_bidi", "smacks"]], ids="-".join)
def test_drain_under_load_loses_nothing(scene: Scene, modules: list[str], workers: int) -> None:
    name = "-".join(modules).replace("_", "") + str(workers)
    home, partners = f"drain{name}.example", [f"drainer{i}-{name}.example" for i in range(2)]
    gateway = scene.gatepost_domain(home, partners=partners, start=False)
    gateway.config.set(workers=workers)
    gateway.start()
    traffic = [Traffic(scene.user(scene.prosody_domain(partner, modules=modules)), f"echo@{home}")
               for partner in partners]
    for one in traffic:
        one.await_sent(50)
    for partner in partners:  # where a stream goes both ways, there is no other
        gateway.await_event("session-open", partner=partner, direction="in" if "s2s_bidi" in modules else "out")
    answer = draining(scene, gateway, "1s").result()
    gateway.await_end()
    assert answer["drained"]
    assert answer["closed"] >= (2 if "s2s_bidi" in modules else 4)
    assert answer["stanzas_in"] > 0 and answer["stanzas_out"] > 0
    assert (answer["stanzas_bounced"], answer["stanzas_dropped"]) == (0, 0)
    taken = sum(int(it["stanzas"]) for it in gateway.events("session-close", direction="in"))
    back = 0
    for one in traffic:
        returned, errors = one.end()
        assert returned + errors == one.sent and errors > 0
        back += returned
    assert back == taken


def test_stream_that_is_open_works_on_while_new_ones_are_refused(scene: Scene) -> None:
    home, partner = "opendrain.example", "opendrainer.example"
    gateway, bot, user = acquainted(scene, home, partner)
    address = gateway.config.sections["listen", 0].options["address"]
    mark = gateway.mark()
    user.send_message(f"bot@{home}", "before")
    answer = draining(scene, gateway, "50s")
    user.send_message(f"bot@{home}", "meanwhile")
    bot.await_message("meanwhile")
    for port in (5269, 5270):
        await_refusal(address, port)
    status = gateway.status()
    assert status["draining"] and not status["stopping"]
    assert not gateway.events("session-close", since=mark)
    bot.send_message(user.jid, "so it is", mfrom=f"bot@{home}")
    user.await_message("so it is")
    assert answer.result()["drained"]
    gateway.await_end()
    assert answer.result()["duration_ms"] < 30000  # it did not wait for longer than the stream was in use
    assert answer.result()["closed"] == 2
    closed = gateway.await_event("session-close", since=mark, direction="in")
    assert "stream_error" not in closed and "drained" in closed["message"]


@pytest.mark.parametrize("way, error", [("drain", ""), ("stop", "system-shutdown"), ("close", ""), ("reload", "reset")])
def test_what_comes_behind_our_closing_tag_is_delivered(scene: Scene, way: str, error: str) -> None:
    """RFC 6120, 4.4: the partner may not have heard it yet. It has no acknowledgements to know better."""
    home, partner = f"late{way}.example", f"later{way}.example"
    gateway, bot = component_gateway(scene, home, partner)
    stream, _ = login(scene, gateway, home, partner)
    if way == "drain":
        draining(scene, gateway, "0s")
    elif way == "stop":
        gateway.process.signal(signal.SIGTERM)
    elif way == "close":
        assert gateway.command("close", partner).returncode == 0
    else:
        gateway.config.section("partner", partner, require_dane=False, dialback="allowed")
        gateway.write()
        assert gateway.command("reload").returncode == 0
    if error:
        stream.expect_stream_error(error)
    assert isinstance(stream.next(), StreamEnd)
    stream.send(f"<message xmlns='{SERVER}' from='a@{partner}' to='bot@{home}' type='chat'><body>late</body></message>")
    bot.await_message("late")
    stream.send_end()
    gateway.await_event("session-close", partner=partner, direction="in")
    if way in ("drain", "stop"):
        gateway.await_end()


def test_stream_of_ours_that_the_partner_uses_closes_in_order_too(scene: Scene) -> None:
    """XEP-0288"""
    home, partner = "bididrain.example", "bididrainer.example"
    gateway, bot = component_gateway(scene, home, partner)
    user = scene.user(scene.prosody_domain(partner, modules=["s2s_bidi"]))
    bot.send_message(user.jid, "hello", mfrom=f"bot@{home}")
    user.await_message("hello")
    traffic = Traffic(user, f"bot@{home}")  # nobody answers but the gateway, when it is over
    bot.await_message("number 50")
    answer = draining(scene, gateway, "1s").result()
    gateway.await_end()
    assert answer["drained"] and answer["closed"] >= 1
    closed = gateway.await_event("session-close", partner=partner, direction="out")
    assert "stream_error" not in closed
    traffic.finish()

    def settled() -> int:
        """One was awaited above."""
        return 1 + len(bot.received("message")) + sum(it.kind == "error" for it in user.received("message"))

    until("every message was delivered or answered", lambda: settled() >= traffic.sent)
    assert settled() == traffic.sent


def test_drain_with_nothing_to_do_ends_at_once(scene: Scene) -> None:
    gateway = scene.gatepost_domain("nothingtodrain.example", partners=["nobody.example"])
    for bad in ("forever", "3h", "-1s"):
        assert gateway.command("drain", f"--wait={bad}").returncode == 64
        assert gateway.command("drain", f"--timeout={bad}").returncode == 64
    done = gateway.command("drain")
    gateway.await_end()
    assert done.returncode == 0
    how_far, end = done.stdout.splitlines()
    assert how_far == "draining; streams left: 0, stanzas waiting: 0"
    assert end.startswith("drained after") and "0 streams closed" in end
    assert int(gateway.await_event("drained")["stanzas_bounced"]) == 0
    assert gateway.command("drain").returncode == 1


def test_drain_of_a_gateway_that_hangs_gives_up(scene: Scene) -> None:
    gateway = scene.gatepost_domain("hangingdrain.example", partners=["nobody.example"])
    gateway.process.signal(signal.SIGSTOP)
    done = gateway.command("drain", "--timeout=1s")
    assert done.returncode == 3 and done.stdout == ""
    assert "has not ended within 1.0 s" in done.stderr
    gateway.process.signal(signal.SIGCONT)  # it has heard the question, and nobody waits for its end
    gateway.await_end()


def test_drain_says_how_far_it_is(scene: Scene) -> None:
    """To who asked and to the service manager; the gateway goes on when nobody listens any more."""
    home, partner = "fardrain.example", "fardrainer.example"
    gateway = scene.gatepost_domain(home, partners=[partner], start=False)
    gateway.config.section("limits", close_timeout="60s")
    manager = Manager(gateway.process, str(gateway.file.parent / "notify"))
    scene.until_end(manager.close)
    gateway.start()
    stream, _ = login(scene, gateway, home, partner)
    other, _ = login(scene, gateway, home, partner)
    manager.forget()
    command = Process("drain", gateway.file.parent / "drain",
                      [binary(), "drain", "-c", gateway.file, "--wait=0s"], SANITIZER_ENV).start()
    scene.until_end(command.stop)
    command.output.wait_for("^draining; streams left: 2, stanzas waiting: 0$")
    assert manager.next()["STATUS"] == "draining; streams left: 2, stanzas waiting: 0"
    assert isinstance(stream.next(), StreamEnd)
    stream.send_end()
    command.output.wait_for("^draining; streams left: 1, stanzas waiting: 0$")
    assert manager.next()["STATUS"] == "draining; streams left: 1, stanzas waiting: 0"
    command.signal(signal.SIGINT)
    assert command.wait() == 1
    other.send_end()
    assert manager.await_message("STOPPING")
    gateway.await_end()


def test_what_waits_to_the_end_is_answered(scene: Scene) -> None:
    home, partner = "helddrain.example", "helddrainer.example"
    gateway, bot, user = acquainted(scene, home, partner)
    bot.close()
    gateway.await_event("inside-close", home=home)
    user.send_message(f"bot@{home}", "held")
    answer = draining(scene, gateway, "3s")
    user.await_error()
    assert answer.result()["drained"] and answer.result()["stanzas_bounced"] == 1
    assert answer.result()["duration_ms"] >= 3000
    gateway.await_end()


@pytest.mark.parametrize("way", ["signal", "drain"])
def test_drain_that_is_cut_short_still_answers(scene: Scene, way: str) -> None:
    home, partner = f"cut{way}.example", f"cut{way}er.example"
    gateway, bot, user = acquainted(scene, home, partner)
    bot.close()
    gateway.await_event("inside-close", home=home)
    user.send_message(f"bot@{home}", "held")
    until("it is held", lambda: gateway.status()["insides"][0]["held"] == 1)
    answer = draining(scene, gateway, "1h")
    if way == "signal":
        gateway.process.signal(signal.SIGTERM)
    else:
        again = gateway.command("drain")
        assert again.returncode == 0 and "stops now" in again.stdout
    user.await_error()
    assert not answer.result()["drained"] and answer.result()["stanzas_bounced"] == 1
    gateway.await_end()
