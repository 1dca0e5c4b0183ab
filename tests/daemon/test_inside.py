"""Real servers inside: gatepost is a component of Prosody or ejabberd for each partner (inside kind "server")."""

from pathlib import Path

import pytest

from lab.client import User
from lab.ejabberd import Ejabberd
from lab.gatepost import Gatepost
from lab.net import Machine
from lab.prosody import COMPONENT_PORT, Prosody
from lab.wait import until
from lab.world import Scene

SECRET = "component-secret-of-the-lab"


def secret_file(gateway: Gatepost, secret: str = SECRET, name: str = "inside.secret") -> Path:
    file = gateway.file.parent / name
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


def exported(gateway: Gatepost, make: str, name: str, link: str = "main") -> Path:
    """What gatepost prints for the server inside, as a file, to the letter."""
    gateway.write()
    done = gateway.command("export", f"--inside={make}", f"--link={link}")
    assert done.returncode == 0, done.stderr
    file = gateway.file.parent / name
    file.write_text(done.stdout)
    return file


def prosody_inside(scene: Scene, gateway: Gatepost, home: str, machine: Machine, **options) -> Prosody:
    include = exported(gateway, "prosody", "gatepost.cfg.lua")
    return scene.prosody(home, machine, users={"juliet": "secret"}, include=include, folder=f"inside-{home}", **options)


def ejabberd_inside(scene: Scene, gateway: Gatepost, home: str, machine: Machine) -> Ejabberd:
    secret = gateway.file.parent / "gatepost-secret.yml"
    secret.write_text(f'define_macro:\n  GATEPOST_SECRET: "{SECRET}"\n')
    include = [secret, exported(gateway, "ejabberd", "gatepost.yml")]
    return scene.ejabberd(home, machine, users={"juliet": "secret"}, include=include, folder=f"inside-{home}")


INSIDE = {"prosody": prosody_inside, "ejabberd": ejabberd_inside}


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


@pytest.mark.parametrize("make", sorted(INSIDE))
def test_server_inside_converses_with_a_partner(scene: Scene, make: str) -> None:
    """Each partner on its own stream: others are there, and what is for one does not come on another's."""
    home, partner = f"{make}home.example", f"{make}partner.example"
    partners = [partner, f"{make}first.example", f"{make}second.example"]
    gateway, machine = server_home(scene, home, *partners)
    inside = INSIDE[make](scene, gateway, home, machine)
    gateway.start()
    for each in partners:
        gateway.await_event("inside-open", partner=each)
    converse(scene.user(inside), scene.user(scene.prosody_domain(partner)))
    rows = gateway.status()["insides"]
    assert {(it["partner"], it["kind"], it["state"]) for it in rows} == {(each, "server", "up") for each in partners}


def refusal(gateway: Gatepost, partner: str, *words: str) -> None:
    """The link says so, in the log and in the status."""
    message = gateway.await_event("inside-refused", partner=partner)["message"]
    row = next(it for it in gateway.status()["insides"] if it["partner"] == partner)
    assert row["state"] == "away"
    for word in words:
        assert word in message
        assert word in row["trouble"]


@pytest.mark.parametrize("make", sorted(INSIDE))
def test_wrong_secret_names_what_to_mend(scene: Scene, make: str) -> None:
    home, partner = f"{make}guarded.example", f"{make}nobody.example"
    gateway, machine = server_home(scene, home, partner)
    INSIDE[make](scene, gateway, home, machine)
    if make == "prosody":  # it has read the file
        gateway.config.section("inside", "main", secret_file=str(secret_file(gateway, "an other secret altogether",
                                                                             "other.secret")))
    else:
        secret_file(gateway, "an other secret altogether")
    gateway.start()
    refusal(gateway, partner, "does not accept the secret", "component_secret (Prosody)", "password (ejabberd)")


def test_component_that_the_server_does_not_know_names_what_to_mend(scene: Scene) -> None:
    home, known, forgotten = "forgetful.example", "known.example", "forgotten.example"
    gateway, machine = server_home(scene, home, known)
    prosody_inside(scene, gateway, home, machine)
    gateway.config.section("partner", forgotten)
    gateway.start()
    gateway.await_event("inside-open", partner=known)
    refusal(gateway, forgotten, "has no such component", "gatepost export --inside")


def test_other_domains_of_the_server_do_not_federate(scene: Scene) -> None:
    home, partner = "mainhost.example", "otherhostpartner.example"
    gateway, machine = server_home(scene, home, partner)
    inside = prosody_inside(scene, gateway, home, machine, components={f"bot.{home}": SECRET})
    gateway.start()
    gateway.await_event("inside-open", partner=partner)
    bot = scene.component(f"bot.{home}", SECRET, machine.v4)
    bot.send_message(f"romeo@{partner}", "let me out", mfrom=f"x@bot.{home}")
    assert bot.await_error("not-allowed")
    assert f"bot.{home}" in gateway.await_event("inside-foreign")["message"]
    assert inside.process.is_running


COUNT, STOP_AT, START_AT = 400, 100, 250


def send_numbered(user: User, to: str, numbers: range) -> None:
    for number in numbers:
        user.send_xml(f"<message to='{to}' type='chat' id='n{number}'><body>{number}</body></message>")


def taken(user: User, kind: str, sender: str) -> list[str]:
    """The ids of the numbered messages, or of the errors that answer them, that have come by now, in order."""
    return [it.id for it in user.received("message") if it.id.startswith("n")
            and it.sender.split("/")[0] == sender and (it.kind == "error") == (kind == "error")]


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_server_inside_ends_in_the_middle_of_traffic(scene: Scene, end: str) -> None:
    """Each message of a partner comes exactly once or is answered, and what comes keeps its order."""
    home, partner = f"{end}home.example", f"{end}partner.example"
    gateway, machine = server_home(scene, home, partner)
    inside = prosody_inside(scene, gateway, home, machine)
    gateway.start()
    romeo, before = scene.user(scene.prosody_domain(partner)), scene.user(inside)
    send_numbered(romeo, before.jid, range(STOP_AT))
    until("the first messages", lambda: len(taken(before, "chat", romeo.jid)) >= STOP_AT // 2)
    mark = gateway.mark()
    getattr(inside.process, end)()
    send_numbered(romeo, before.jid, range(STOP_AT, START_AT))
    gateway.await_event("inside-close", partner=partner, since=mark)
    inside.start()
    after = scene.user(inside)
    send_numbered(romeo, before.jid, range(START_AT, COUNT))
    gateway.await_event("inside-open", partner=partner, since=mark)

    def accounted() -> tuple[list[str], list[str]] | None:
        came = taken(before, "chat", romeo.jid) + taken(after, "chat", romeo.jid)
        back = taken(romeo, "error", before.jid)
        return (came, back) if len(set(came) | set(back)) == COUNT else None

    came, back = until("all messages", accounted)
    assert len(came) == len(set(came)), "a message came twice"
    assert len(back) == len(set(back)), "a message was answered twice"
    numbers = [int(it[1:]) for it in came]
    assert numbers == sorted(numbers)
    assert f"n{COUNT - 1}" in came
    assert gateway.status()["insides"][0]["held"] == 0


def test_gateway_says_what_it_is_and_whom_to_write_to(scene: Scene) -> None:
    home, partner = "whois.example", "curious.example"
    gateway = scene.gatepost_domain(home, partners=[partner], start=False)
    gateway.config.section("domain", home).set(inside="self")
    gateway.config.drop("inside", "echo")
    gateway.config.section("inside", "self", kind="self")
    gateway.config.section("contact", abuse=[f"mailto:abuse@{home}", f"xmpp:abuse@{home}"], admin=f"mailto:root@{home}")
    gateway.start()
    user = scene.user(scene.prosody_domain(partner))
    info = user.request(home, "<query xmlns='http://jabber.org/protocol/disco#info'/>")
    values = {field.get("var"): [value.text for value in field.iter("{jabber:x:data}value")]
              for field in info.iter("{jabber:x:data}field")}
    assert values["abuse-addresses"] == [f"mailto:abuse@{home}", f"xmpp:abuse@{home}"]
    assert values["admin-addresses"] == [f"mailto:root@{home}"]
    assert user.request(home, "<time xmlns='urn:xmpp:time'/>").find(".//{urn:xmpp:time}utc").text.endswith("Z")
    user.ping(home)
    user.send_message(f"anybody@{home}", "hello")
    assert user.await_error("service-unavailable")


def test_users_of_one_domain_live_on_two_servers(scene: Scene) -> None:
    home, partner = "moving.example", "movingpartner.example"
    gateway, machine = server_home(scene, home, partner)
    legacy = scene.machine(f"legacy of {home}")
    gateway.config.section("inside", "legacy", kind="server", address=f"{legacy.v4}:{COMPONENT_PORT}",
                           secret_file=str(secret_file(gateway)))
    users = gateway.file.parent / "legacy-users"
    users.write_text(f"# not moved yet\nnurse@{home}\n")
    gateway.config.section("domain", home).section("inside-users", "legacy", file=str(users))
    old = scene.prosody(home, legacy, users={"nurse": "secret"}, folder=f"legacy-{home}",
                        include=exported(gateway, "prosody", "legacy.cfg.lua", "legacy"))
    new = prosody_inside(scene, gateway, home, machine)
    gateway.start()
    for link in ("main", "legacy"):
        gateway.await_event("inside-open", partner=partner, inside=link)
    romeo = scene.user(scene.prosody_domain(partner))
    converse(scene.user(new), romeo)
    converse(scene.user(old), romeo)
