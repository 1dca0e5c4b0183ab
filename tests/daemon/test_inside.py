"""Real servers inside: gatepost is a component of Prosody or ejabberd for each partner (inside kind "server")."""

import re
from pathlib import Path

import pytest

from lab.client import StanzaError, User
from lab.gatepost import Gatepost
from lab.net import Machine
from lab.prosody import COMPONENT_PORT, Prosody
from lab.world import Scene

SECRET = "component-secret-of-the-lab"


def secret_file(gateway: Gatepost, secret: str = SECRET) -> Path:
    file = gateway.file.parent / "inside.secret"
    file.write_text(secret + "\n")
    file.chmod(0o600)
    return file


def server_home(scene: Scene, home: str, *partners: str) -> tuple[Gatepost, Machine]:
    """A gateway whose domain lives on a server, and the machine for that server. Neither is started."""
    machine = scene.machine(f"inside of {home}")
    gateway = scene.gatepost_domain(home, partners=partners, start=False)
    gateway.config.section("domain", home).set(inside="main")
    gateway.config.drop("inside", "echo")
    gateway.config.section("inside", "main", kind="server", address=f"{machine.v4}:{COMPONENT_PORT}",
                           secret_file=str(secret_file(gateway)))
    return gateway, machine


def prosody_inside(scene: Scene, home: str, machine: Machine, *partners: str, **options) -> Prosody:
    return scene.prosody(home, machine, users={"juliet": "secret"}, components={it: SECRET for it in partners},
                         folder=f"inside-{home}", **options)


def converse(inside: User, outside: User) -> None:
    """Messages, a subscription with the presence that comes of it, and requests, each both ways."""
    inside.send_message(outside.jid, "from inside")
    assert outside.await_message("from inside", sender=inside.jid)
    outside.send_message(inside.jid, "from outside")
    assert inside.await_message("from outside", sender=outside.jid)
    inside.send_presence(outside.jid, "subscribe")
    outside.await_presence("subscribe", inside.jid)
    outside.send_presence(inside.jid, "subscribed")
    inside.await_presence("available", outside.jid)
    outside.send_presence(inside.jid, "subscribe")
    inside.await_presence("subscribe", outside.jid)
    inside.send_presence(outside.jid, "subscribed")
    outside.await_presence("available", inside.jid)
    for asker, other in ((inside, outside), (outside, inside)):
        asker.ping(other.jid.split("@")[1])
        asker.ping(other.full_jid)


def test_prosody_inside_converses_with_a_partner(scene: Scene) -> None:
    home, partner = "prosodyhome.example", "prosodypartner.example"
    gateway, machine = server_home(scene, home, partner)
    inside = prosody_inside(scene, home, machine, partner)
    gateway.start()
    gateway.await_event("inside-open", partner=partner)
    converse(scene.user(inside), scene.user(scene.prosody_domain(partner)))
    rows = gateway.status()["insides"]
    assert [(it["partner"], it["kind"], it["state"]) for it in rows] == [(partner, "server", "up")]
