"""A real Prosody inside that speaks S2S alone (inside kind "s2s"): its view of DNS leads to gatepost for every partner."""

from dataclasses import dataclass

import pytest

from lab.dnsserver import Resolver
from lab.gatepost import Gatepost
from lab.net import Machine
from lab.pki import Authority, Credential
from lab.prosody import DIRECT_TLS_PORT, S2S_PORT, Prosody
from lab.world import Scene
from test_inside import converse, secret_file

SECRET = "a-dialback-secret-that-both-have"
OTHER_KEY = "00" * 32


@dataclass
class Site:
    """A gateway, not started, whose home domain lives on a Prosody; and that Prosody's own view of DNS."""

    gateway: Gatepost
    server: Machine
    credential: Credential
    view: Resolver


def site(scene: Scene, home: str, partner: str, direct: bool = False, authority: Authority | None = None,
         **trust: object) -> Site:
    """trust: pin, secret_file or ca_file, and peers, of the inside section; without peers those that the server comes
    from. authority: whose the server's certificate is; without it of one that nobody knows."""
    server, door = scene.machine(f"inside of {home}"), scene.machine(f"inner side of {home}")
    port = DIRECT_TLS_PORT if direct else S2S_PORT
    gateway = scene.gatepost_domain(home, partners=[partner], start=False)
    gateway.config.section("domain", home).set(inside="legacy")
    gateway.config.drop("inside", "echo")
    # on one machine a connection comes from the address that it goes to
    gateway.config.section("inside", "legacy", kind="s2s", address=f"{server.v4}:{port}", listen=f"{door.v4}:{port}",
                           service="direct" if direct else "starttls", **{"peers": [f"{door.v4}/32"], **trust})
    gateway.write()
    view = Resolver(scene.machine(f"view of {home}"), gateway.file.parent / "view", scene.world.dns.root_hints,
                    scene.world.dns.trust_anchor, more=gateway.command("export", "--inside", "unbound").stdout)
    scene.keep(view.process)
    view.start()
    return Site(gateway, server, (authority or Authority("Inside CA")).for_domain(home), view)


def start_server(scene: Scene, site: Site, home: str, secret: str = SECRET) -> Prosody:
    return scene.prosody(home, site.server, site.credential, users={"juliet": "secret"}, folder=f"inside-{home}",
                         secure_auth=False, view=site.view.machine.v4, more=f'dialback_secret = "{secret}"\n')


def pin(credential: Credential) -> str:
    return credential.tlsa().split()[-1]


@pytest.mark.parametrize("direct", [False, True], ids=["starttls", "direct"])
@pytest.mark.parametrize("trust", ["certificate", "authority", "pin", "secret"])
def test_server_inside_converses_with_a_partner(scene: Scene, trust: str, direct: bool) -> None:
    home, partner = f"{trust}{direct}home.example".lower(), f"{trust}{direct}partner.example".lower()
    own = Authority("Inside CA")
    place = site(scene, home, partner, direct, {"certificate": scene.world.authority, "authority": own}.get(trust))
    inside = place.gateway.config.section("inside", "legacy")
    if trust == "pin":
        inside.set(pin=[OTHER_KEY, pin(place.credential)])
    elif trust == "authority":
        inside.set(ca_file=str(own.write(place.gateway.file.parent / "inside-ca.pem")))
    elif trust == "secret":
        inside.set(secret_file=str(secret_file(place.gateway, SECRET)))
    server = start_server(scene, place, home)
    place.gateway.start()
    converse(scene.user(server), scene.user(scene.prosody_domain(partner)))
    auth = {it["auth"] for it in place.gateway.events("inside-open", home=home, partner=partner)}
    assert auth == {{"certificate": "PKIX", "authority": "PKIX", "pin": "DANE", "secret": "dialback"}[trust]}
    rows = place.gateway.status()["insides"]
    assert {(it["domain"], it["partner"], it["kind"], it["state"]) for it in rows} == {(home, partner, "s2s", "up")}
    assert sorted(it["direction"] for it in rows) == ["in", "out"]
    assert all(it["taken" if it["direction"] == "out" else "delivered"] > 0 for it in rows)
    shown = place.gateway.command("status").stdout
    assert f"{home} < {partner}" in shown and f"{home} > {partner}" in shown


def refusal(gateway: Gatepost, *words: str) -> None:
    message = gateway.await_event("inside-refused", inside="legacy")["message"]
    for word in words:
        assert word in message


def test_only_peers_may_connect(scene: Scene) -> None:
    home, partner = "peerhome.example", "peerpartner.example"
    place = site(scene, home, partner, peers=["192.0.2.250/32"])
    place.gateway.config.section("inside", "legacy").set(pin=[pin(place.credential)])
    server = start_server(scene, place, home)
    place.gateway.start()
    juliet = scene.user(server)
    juliet.send_message(f"romeo@{partner}", "from elsewhere")
    refusal(place.gateway, "none of the peers")
    assert juliet.await_error()
    assert not place.gateway.events("inside-open")


def test_other_key_is_refused_both_ways(scene: Scene) -> None:
    home, partner = "keyhome.example", "keypartner.example"
    place = site(scene, home, partner, pin=[OTHER_KEY])
    server = start_server(scene, place, home)
    place.gateway.start()
    juliet, romeo = scene.user(server), scene.user(scene.prosody_domain(partner))
    juliet.send_message(romeo.jid, "from somebody else")
    refusal(place.gateway, "certificate", "none that this inside section pins")
    romeo.send_message(juliet.jid, "to somebody else")
    assert "certificate" in place.gateway.await_event("inside-unreachable", home=home)["message"]
    assert not place.gateway.events("inside-open")


def test_other_secret_is_refused(scene: Scene) -> None:
    home, partner = "secrethome.example", "secretpartner.example"
    place = site(scene, home, partner)
    place.gateway.config.section("inside", "legacy").set(secret_file=str(secret_file(place.gateway, SECRET)))
    server = start_server(scene, place, home, secret="another dialback secret altogether")
    place.gateway.start()
    scene.user(server).send_message(f"romeo@{partner}", "from nobody")
    refusal(place.gateway, "dialback key", "secret-file of this inside section")
    assert not place.gateway.events("inside-open")


def test_authority_of_the_link_is_trusted_there_and_nowhere_else(scene: Scene) -> None:
    home, partner = "elsewherehome.example", "elsewherepartner.example"
    own = Authority("Inside CA")
    place = site(scene, home, partner, authority=scene.world.authority)
    place.gateway.config.section("inside", "legacy").set(ca_file=str(own.write(place.gateway.file.parent / "ca.pem")))
    server = start_server(scene, place, home)
    place.gateway.start()
    juliet, romeo = scene.user(server), scene.user(scene.prosody_domain(partner, credential=own.for_domain(partner)))
    juliet.send_message(romeo.jid, "from one whom only partners trust")
    refusal(place.gateway, "certificate")
    romeo.send_message(juliet.jid, "from one whom only the link trusts")
    assert "certificate" in place.gateway.await_event("session-close", direction="in")["message"]
    assert not place.gateway.events("inside-open")


def test_messages_wait_for_a_server_that_is_away(scene: Scene) -> None:
    home, partner = "awayhome.example", "awaypartner.example"
    place = site(scene, home, partner)
    place.gateway.config.section("inside", "legacy").set(pin=[pin(place.credential)])
    place.gateway.config.section("limits", inside_retry_min="8s")  # after the user is back
    server = start_server(scene, place, home)
    place.gateway.start()
    romeo, before = scene.user(scene.prosody_domain(partner)), scene.user(server)
    romeo.send_message(before.jid, "while it is there")
    assert before.await_message("while it is there", sender=romeo.jid)
    server.stop()
    place.gateway.await_event("inside-close", home=home, direction="in")
    romeo.send_message(before.jid, "while it is away")
    place.gateway.await_event("inside-unreachable", home=home)
    assert place.gateway.status()["insides"][0]["held"] == 1
    server.start()
    after = scene.user(server)
    assert after.await_message("while it is away", sender=romeo.jid)


def test_reload_in_the_middle_of_it(scene: Scene) -> None:
    """Another partner leaves the link's streams alone; another key makes a new link, which the server is no peer of,
    and closes them in order."""
    home, partner = "reloadhome.example", "reloadpartner.example"
    place = site(scene, home, partner)
    inside = place.gateway.config.section("inside", "legacy").set(pin=[pin(place.credential)])
    server = start_server(scene, place, home)
    place.gateway.start()
    juliet, romeo = scene.user(server), scene.user(scene.prosody_domain(partner))
    converse(juliet, romeo)
    place.gateway.config.section("partner", "another.example")
    place.gateway.write()
    assert place.gateway.command("reload").returncode == 0
    mark = place.gateway.mark()
    romeo.send_message(juliet.jid, "after a reload")
    assert juliet.await_message("after a reload", sender=romeo.jid)
    assert not place.gateway.events("inside-close") and not place.gateway.events("inside-open", since=mark)
    inside.set(pin=[OTHER_KEY])
    place.gateway.write()
    said = server.process.output.mark()
    assert place.gateway.command("reload").returncode == 0
    for direction in ("in", "out"):
        place.gateway.await_event("inside-close", since=mark, home=home, partner=partner, direction=direction)
    for stream in (f"Incoming s2s stream {partner}->{home}", f"Outgoing s2s stream {home}->{partner}"):
        server.output.wait_for(f"{stream} closed: reset", since=said)  # in order, not cut
    romeo.send_message(juliet.jid, "to somebody else")
    assert "certificate" in place.gateway.await_event("inside-unreachable", home=home)["message"]
