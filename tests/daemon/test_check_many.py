"""gatepost check of many domains: a list on standard input, a verdict for each, progress, and what is asked of one server
at a time."""

import json
import os
import re
from typing import Any, Mapping

import pytest
from lab.counting import CountingEndpoint, CountingNameServer
from lab.gatepost import SANITIZER_ENV, Gatepost, binary
from lab.prosody import S2S_PORT
from lab.site import DEADLINE_S, NOT_READY, READY, STARTTLS_SRV, UNKNOWN, USAGE, Site, check_public
from lab.terminal import in_terminal
from lab.wire import Listener
from lab.world import Scene, add_home, home_config
from lab.zones import Zone

PER_ADDRESS_MOST = 4  # of connections, and of questions past the resolver (docs/check.md)
RESOLVER_MOST = 128   # questions that the resolver works on


def _verdicts(found: Mapping[str, Any]) -> dict[str, str]:
    return {row["domain"]: row["verdict"] for row in found["verdicts"]}


def test_anybodys_domains(scene: Scene) -> None:
    """Comments, blank lines, CRLF, a byte order mark, another spelling and a name that is not ASCII."""
    scene.prosody_domain("many-good.example", direct_tls=False)
    listed = ("\ufeff# whom we federate with\r\n\r\nmany-good.example\r\n  m\u00e4ny.example  # nobody has it\r\n"
              "MANY-good.example.\nmany-nobody.example")
    done = check_public(scene, "--stdin", "--json", listed=listed)
    assert done.returncode == NOT_READY and not done.stderr, done.stderr
    found = json.loads(done.stdout)
    names = ["many-good.example", "xn--mny-qla.example", "many-nobody.example"]
    assert found["domains"] == names and found["verdict"] == "NOT READY"
    assert _verdicts(found) == dict(zip(names, ("READY", "NOT READY", "NOT READY")))
    row = found["verdicts"][2]
    assert "V1" in row["fail"] and row["safe_at"] is None


def test_table(scene: Scene) -> None:
    scene.prosody_domain("many-fine.example", direct_tls=False)
    done = check_public(scene, "--stdin", listed="many-fine.example\nmany-absent.example\n")
    assert done.returncode == NOT_READY
    lines = done.stdout.splitlines()
    assert re.match(r"NOT READY  many-absent\.example  to be corrected V1", lines[2]), done.stdout
    assert re.match(r"READY      many-fine\.example", lines[3]), done.stdout
    assert lines[4] == "" and lines[5].startswith("FAIL") and lines[-1].startswith("NOT READY: to be corrected: V1")


def test_domains_of_the_configuration(site: Site) -> None:
    other = "many-other.example"
    files = site.scene.credential(other).write(site.scene.folder, other)
    add_home(site.gateway.config, other, site.machine, files, inside="echo")
    site.start()
    done = site.gateway.run("check", "-c", str(site.gateway.file), "--stdin", "--json", "--no-journal",
                            input_text=f"{site.domain}\n", deadline_s=DEADLINE_S)
    found = json.loads(done.stdout)
    assert found["domains"] == [site.domain] and _verdicts(found) == {site.domain: found["verdict"]}


@pytest.mark.parametrize("listed, words", [
    ("a..example\ngood.example\n\n# 4\n-x.example\n", ["line 1: ", "empty label", "line 5: "]),
    ("a.example\n198.51.100.1\n", ["line 2: "]),
    ("a.example b.example\n", ["line 1: "]),
    ("# nothing\n\n", ["names no domain"]),
    ("x..example\n" * 50, ["line 20: ", "and 30 more wrong lines"]),
    ("".join(f"d{number}.example\n" for number in range(10001)), ["line 10001: more than 10000 domains"]),
], ids=["names", "address", "two", "empty", "many", "too-many"])
def test_wrong_lists(scene: Scene, listed: str, words: list[str]) -> None:
    """Each wrong line is told with its number, and nothing is looked at."""
    done = check_public(scene, "--stdin", listed=listed)
    assert done.returncode == USAGE and not done.stdout
    for word in words:
        assert word in done.stderr, done.stderr
    assert len(done.stderr.splitlines()) <= 21


def test_foreign_domain_in_a_list(scene: Scene) -> None:
    domain = "many-config.example"
    machine, credential = scene.machine(domain), scene.credential(domain)
    gateway = Gatepost(scene.folder / domain, home_config(scene.world, domain, [], machine,
                                                          credential.write(scene.folder / domain, domain)))
    gateway.write()
    done = gateway.run("check", "-c", str(gateway.file), "--stdin", input_text=f"{domain}\nother.example\n")
    assert done.returncode == USAGE and "line 2: other.example is not a domain of" in done.stderr and not done.stdout


def _in_terminal(scene: Scene, *arguments: str) -> tuple[int, str]:
    """The exit status, and what came to a terminal that is stderr alone."""
    world = scene.world
    return in_terminal([binary(), "check", "--public", "--root-hints", world.dns.root_hints, "--trust-anchor-file",
                        world.dns.trust_anchor, "--ca-file", world.ca_file, *arguments], "stderr", 80,
                       {**os.environ, **SANITIZER_ENV}, scene.folder)


def _silent_domain(scene: Scene, domain: str) -> None:
    """Connections are accepted there, and nothing ever comes."""
    machine = scene.machine(domain)
    scene.world.publish(domain, {STARTTLS_SRV: [f"SRV 10 0 {S2S_PORT} xmpp"], "xmpp": [f"A {machine.v4}"]})
    listener = Listener(machine.v4, S2S_PORT)
    scene.until_end(listener.close)


def test_progress(scene: Scene) -> None:
    """A line that says how far it has come, and is gone in the end; none where it is not wanted."""
    _silent_domain(scene, "many-slow.example")
    arguments = ("many-slow.example", "--timeout", "3")
    status, shown = _in_terminal(scene, *arguments)
    assert status == UNKNOWN
    assert re.search(r"0 of 1 domain, [1-9][0-9]* questions? open, [0-9.]+ s left", shown), shown
    assert shown.endswith("\r\033[K"), shown
    assert _in_terminal(scene, "--quiet", *arguments) == (UNKNOWN, "")


def test_deadline(scene: Scene) -> None:
    """What has not come by then is UNKNOWN, and the report of the rest comes."""
    _silent_domain(scene, "many-late.example")
    scene.prosody_domain("many-soon.example", direct_tls=False)
    done = check_public(scene, "--stdin", "--json", "--timeout", "5", listed="many-soon.example\nmany-late.example\n")
    assert done.returncode == UNKNOWN, done.stderr
    found = json.loads(done.stdout)
    assert _verdicts(found) == {"many-soon.example": "READY", "many-late.example": "UNKNOWN"}
    assert any("the check's time of 5" in finding["sentence"] for finding in found["checks"])
    assert 5000 <= found["duration_ms"] < 20000


def test_load_on_one_server(scene: Scene) -> None:
    """Many domains on one name server and one host: neither is asked more than a little at a time."""
    world = scene.world
    domains = [f"many-load{number}.example" for number in range(60)]
    host = scene.machine("host of many")
    server = CountingNameServer("ns-counting.example.", world.network.machine("ns-counting"), world.hosting[0])
    scene.until_end(server.close)
    endpoint = CountingEndpoint(host.v4, S2S_PORT)
    scene.until_end(endpoint.close)
    records = {STARTTLS_SRV: [f"SRV 10 0 {S2S_PORT} xmpp"], "xmpp": [f"A {host.v4}"]}
    world.dns.publish_many([Zone(f"{domain}.", records, None) for domain in domains], [server])
    done = check_public(scene, "--stdin", "--json", listed="\n".join(domains))
    found = json.loads(done.stdout)
    assert len(found["verdicts"]) == len(domains) and not any(
        "time of" in finding["sentence"] for finding in found["checks"])
    assert endpoint.connections.total >= len(domains)
    assert endpoint.connections.most <= PER_ADDRESS_MOST, endpoint.connections.most
    for address, count in server.counts.items():
        print(address, count.most, count.total)
        assert count.total >= 5 * len(domains)
        assert count.most <= PER_ADDRESS_MOST + RESOLVER_MOST, count.most
