"""The commands that tell why a partner does not get through: status PARTNER, probe, trace, close."""

import json

from lab.gatepost import SANITIZER, SANITIZER_ENV, Gatepost, binary
from lab.pki import Authority
from lab.process import Process
from lab.world import Scene
from test_federation import component_gateway, exchange
from test_streams import login


def pair(scene: Scene, name: str, **policy) -> tuple[Gatepost, object, str, str]:
    """A gateway and a Prosody that federate."""
    home, partner = f"home-{name}.example", f"partner-{name}.example"
    gateway = scene.gatepost_domain(home, start=False)
    gateway.config.section("partner", partner, **policy)
    gateway.start()
    return gateway, scene.prosody_domain(partner, direct_tls=False), home, partner


def texts(entry: dict) -> list[str]:
    return [step["text"] for step in entry["steps"]]


def has(lines: list[str], *words: str) -> bool:
    """Whether lines with these words come in this order."""
    rest = iter(lines)
    return all(any(word in line for line in rest) for word in words)


def test_status_of_a_partner_tells_each_step(scene: Scene) -> None:
    gateway, server, home, partner = pair(scene, "steps")
    exchange(scene, gateway, server, home)
    told = gateway.json("status", partner)
    assert told["permitted"] and f'partner "{partner}"' in told["policy"]
    assert {one["direction"] for one in told["sessions"]} == {"in", "out"}
    attempt, = [event for event in told["events"] if event["kind"] == "attempt"]
    assert attempt["ok"] and attempt["direction"] == "out" and attempt["home"] == home
    assert has(texts(attempt), "connected to", "STARTTLS", "TLSv1.3", "SASL EXTERNAL", "open:"), texts(attempt)
    assert any(event["kind"] == "opened" and event["direction"] == "in" for event in told["events"])
    for_people = gateway.command("status", partner).stdout
    assert "STREAMS" in for_people and "SASL EXTERNAL" in for_people


def test_status_of_a_partner_keeps_failures_in_both_directions(scene: Scene) -> None:
    home, partner = "home-kept.example", "partner-kept.example"
    gateway, bot = component_gateway(scene, home, partner)
    server = scene.prosody_domain(partner, credential=Authority("Unknown CA").for_domain(partner))
    bot.send_message(f"romeo@{partner}", "not to be sent", mfrom=f"bot@{home}")
    assert bot.await_error()
    user = scene.user(server)
    user.send_message(f"bot@{home}", "not to be taken")
    assert user.await_error()
    gateway.await_event("session-close", direction="in")
    events = gateway.json("status", partner)["events"]
    out, = [event for event in events if event["kind"] == "attempt"]
    assert not out["ok"] and "trusted" in out["sentence"], out
    assert has(texts(out), "connected to", "its certificate is not trusted"), out
    into = [event for event in events if event["kind"] == "closed" and event["direction"] == "in"]
    assert any(not event["ok"] and "trusted" in event["sentence"] for event in into), events


def test_events_of_several_workers_come_in_order(scene: Scene) -> None:
    """Connections fall to one worker or another; each keeps a diary of its own."""
    home, partner = "home-order.example", "partner-order.example"
    gateway = scene.gatepost_domain(home, start=False)
    gateway.config.section("partner", partner, connection_limit=100)
    gateway.config.set(workers=3)
    gateway.start()
    places = []
    for _ in range(8):
        stream, _ = login(scene, gateway, home, partner)
        places.append("{}:{}".format(*stream.wire.socket.getsockname()))
    events = gateway.json("status", partner)["events"]
    assert [event["address"] for event in events if event["kind"] == "opened"] == places


def test_unknown_domain_is_told_as_such(scene: Scene) -> None:
    gateway = scene.gatepost_domain("home-nobody.example")
    told = gateway.json("status", "nobody.example")
    assert not told["permitted"] and told["events"] == [] and "policy" not in told
    done = gateway.command("probe", "nobody.example")
    assert done.returncode == 3 and 'partner "nobody.example" { }' in done.stderr
    assert gateway.command("status", "no domain").returncode == 1


def test_probe_prints_each_step_and_leaves_nothing_behind(scene: Scene) -> None:
    gateway, _, _, partner = pair(scene, "probe")
    done = gateway.command("probe", partner)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert has(lines, "connected to", "TLSv1.3", "open:", "a stream can be opened"), lines
    events = [json.loads(line) for line in gateway.command("probe", "--json", partner).stdout.splitlines()]
    assert events[-1]["reached"] and all("ok" not in event for event in events[:-1])


def test_probe_of_a_dead_partner_says_why(scene: Scene) -> None:
    home, partner = "home-dead.example", "partner-dead.example"
    gateway = scene.gatepost_domain(home, partners=[partner])
    done = gateway.command("probe", partner)
    assert done.returncode == 1 and partner in done.stdout.splitlines()[-1], done.stdout


class Trace:
    """`gatepost trace`, listening."""

    def __init__(self, gateway: Gatepost, partner: str) -> None:
        folder = gateway.file.parent
        self.process = Process("trace", folder, [binary(), "trace", "-c", gateway.file, partner], SANITIZER_ENV)
        self.process.start()
        self.process.output.wait_for("listening to")

    def await_line(self, pattern: str) -> str:
        return self.process.output.wait_for(pattern).string

    def end(self) -> list[str]:
        self.process.stop()
        return self.process.output.lines()


def test_trace_shows_headers_of_both_directions_and_no_bodies(scene: Scene) -> None:
    gateway, server, home, partner = pair(scene, "trace")
    trace = Trace(gateway, partner)
    exchange(scene, gateway, server, home)
    trace.await_line(r"outbound .* >> <message .*> \d+ bytes")
    lines = trace.end()
    assert has(lines, "inbound", "<< <stream:stream from='" + partner), lines
    assert has(lines, ">> <starttls", "<< <proceed", "TLS is up: TLSv1.3", ">> <auth", "<< <success"), lines
    assert any("<< <message" in line and f"to='echo@{home}'" in line for line in lines), lines
    assert not any("hello" in line for line in lines), lines
    assert not any(SANITIZER.search(line) for line in lines), lines


def test_trace_of_streams_that_were_open_before(scene: Scene) -> None:
    gateway, server, home, partner = pair(scene, "late")
    exchange(scene, gateway, server, home)
    other = Trace(gateway, "somebody-else.example")
    trace = Trace(gateway, partner)
    exchange(scene, gateway, server, home)
    trace.await_line(r">> <message .*> \d+ bytes")
    assert len(other.end()) == 1
    gateway.command("close", partner)
    trace.await_line("closed on request")  # it goes on when another one ends
    lines = trace.end()
    assert not any("cannot be read" in line for line in lines), lines
    exchange(scene, gateway, server, home)


def test_close_closes_in_order_and_the_partner_comes_back(scene: Scene) -> None:
    gateway, server, home, partner = pair(scene, "close")
    exchange(scene, gateway, server, home)
    mark = gateway.mark()
    done = gateway.command("close", partner)
    assert done.returncode == 0 and "1 inbound and 1 outbound" in done.stdout, done.stdout
    for direction in ("in", "out"):
        closed = gateway.await_event("session-close", since=mark, direction=direction, partner=partner)
        assert closed["message"].startswith("closed on request"), closed
        assert "stream_error" not in closed
    exchange(scene, gateway, server, home)
    assert "no stream to close" in gateway.command("close", "nobody.example").stdout


def test_commands_say_when_no_gateway_runs(scene: Scene) -> None:
    gateway = scene.gatepost_domain("home-off.example", start=False)
    gateway.write()
    for name, code in (("close", 1), ("probe", 3), ("trace", 1)):
        done = gateway.command(name, "beta.example")
        assert done.returncode == code and "control.sock" in done.stderr, (name, done)
