"""gatepost and a real Prosody: who federates with whom, over what, proved by what; and who does not."""

import os
import signal
import threading
from pathlib import Path

import pytest

from lab import s2speer
from lab.client import Component
from lab.gatepost import Gatepost, plain_binary
from lab.pki import CLIENT, EXPIRED, SERVER, Authority, Names
from lab.prosody import DIRECT_TLS_PORT, S2S_PORT, Prosody
from lab.wait import Late
from lab.wire import End, Listener, Tls
from lab.world import Scene, service_records
from lab.zones import SIGNED, Signing

SECRET = "component-secret-of-the-lab"


def exchange(scene: Scene, gateway: Gatepost, server: Prosody, home: str) -> None:
    """A message and an iq, each there and back."""
    user = scene.user(server)
    user.send_message(f"echo@{home}", "hello")
    user.await_message("hello", sender=f"echo@{home}")
    user.ping(home)
    user.close()


def opened(gateway: Gatepost, partner: str, direction: str) -> dict[str, str]:
    return gateway.await_event("session-open", partner=partner, direction=direction)


def component_home(scene: Scene, domain: str, **policies) -> tuple[Gatepost, str]:
    """A gateway whose domain is served by a component, and the address that components connect to. Not started."""
    machine = scene.machine(domain)
    gateway = scene.gatepost_domain(domain, machine=machine, start=False)
    for partner, policy in policies.items():
        gateway.config.section("partner", partner, **policy)
    secret = gateway.file.parent / "component.secret"
    secret.write_text(SECRET + "\n")
    secret.chmod(0o600)
    gateway.config.section("domain", domain).set(inside="service")
    gateway.config.drop("inside", "echo")
    gateway.config.section("inside", "service", kind="component", listen=f"{machine.v4}:5347", secret_file=str(secret))
    return gateway, machine.v4


def component_gateway(scene: Scene, home: str, partner: str, **policy) -> tuple[Gatepost, Component]:
    """The same, running and with its component there."""
    gateway, address = component_home(scene, home, **{partner: policy})
    gateway.start()
    bot = scene.component(home, SECRET, address)
    gateway.await_event("inside-open", home=home)
    return gateway, bot


def failure(gateway: Gatepost, partner: str) -> str:
    return gateway.await_event("attempt-failed", partner=partner)["message"]


# Who federates.


@pytest.mark.parametrize("service", ["starttls", "direct-tls"])
@pytest.mark.parametrize("workers", [1, 3])
def test_message_and_iq_both_ways(scene: Scene, service: str, workers: int) -> None:
    name = f"{service}{workers}"
    home, partner = f"home-{name}.example", f"partner-{name}.example"
    only = {"starttls": service == "starttls", "direct_tls": service == "direct-tls"}
    machine = scene.machine(home)
    gateway = scene.gatepost_domain(home, partners=[partner], machine=machine, start=False)
    gateway.config.set(workers=workers)
    scene.world.publish(home, service_records("gw1", S2S_PORT if only["starttls"] else None,
                                              DIRECT_TLS_PORT if only["direct_tls"] else None, machine))
    gateway.start()
    server = scene.prosody_domain(partner, **only)
    exchange(scene, gateway, server, home)
    for direction in ("in", "out"):
        session = opened(gateway, partner, direction)
        assert session["auth"] == "PKIX", session
        assert session["tls"] == "TLSv1.3"
    assert opened(gateway, partner, "out")["address"].endswith(str(S2S_PORT if only["starttls"] else DIRECT_TLS_PORT))


def test_component_inside_speaks_with_the_partner(scene: Scene) -> None:
    home, partner = "bots.example", "botusers.example"
    gateway, bot = component_gateway(scene, home, partner)
    user = scene.user(scene.prosody_domain(partner))
    bot.send_message(user.jid, "from inside", mfrom=f"bot@{home}")
    assert user.await_message("from inside", sender=f"bot@{home}")
    user.send_message(f"bot@{home}", "from outside")
    assert bot.await_message("from outside", sender=user.jid)
    user.ping(f"bot@{home}")
    bot.request(partner, '<query xmlns="jabber:iq:version"/>', ifrom=f"bot@{home}")
    inside = gateway.status()["insides"]
    assert [(it["domain"], it["kind"], it["state"]) for it in inside] == [(home, "component", "up")]


def test_dialback_proves_both_sides_where_the_policies_allow_it(scene: Scene) -> None:
    home, partner = "dialhome.example", "dialpartner.example"
    gateway = scene.gatepost_domain(home, start=False)
    gateway.config.section("partner", partner, dialback="allowed")
    gateway.start()
    # no SASL EXTERNAL on either side, and a certificate that nobody knows: keys are all there is
    stranger = Authority("Unknown CA").for_domain(partner)
    server = scene.prosody_domain(partner, certificates=False, secure_auth=False, credential=stranger)
    exchange(scene, gateway, server, home)
    for direction in ("in", "out"):
        assert opened(gateway, partner, direction)["auth"] == "dialback"


def test_dialback_is_refused_by_default(scene: Scene) -> None:
    home, partner = "strict.example", "keysonly.example"
    gateway = scene.gatepost_domain(home, partners=[partner])
    stranger = Authority("Unknown CA").for_domain(partner)
    server = scene.prosody_domain(partner, certificates=False, secure_auth=False, credential=stranger)
    user = scene.user(server)
    user.send_message(f"echo@{home}", "hello")
    assert user.await_error()
    closed = gateway.await_event("session-close", direction="in")
    assert "dialback = allowed" in closed["message"]
    assert closed["stream_error"] == "policy-violation"


def test_server_only_certificate_is_accepted_from_the_initiating_side(scene: Scene) -> None:
    home, partner = "purpose.example", "serveronly.example"
    gateway = scene.gatepost_domain(home, partners=[partner])
    credential = scene.world.authority.issue(Names(dns=[partner]), usages=(SERVER,))
    exchange(scene, gateway, scene.prosody_domain(partner, credential=credential), home)
    assert opened(gateway, partner, "in")["auth"] == "PKIX"


def test_client_only_certificate_proves_no_server(scene: Scene) -> None:
    home, partner = "purpose2.example", "clientonly.example"
    gateway = scene.gatepost_domain(home, partners=[partner])
    credential = scene.world.authority.issue(Names(dns=[partner]), usages=(CLIENT,))
    user = scene.user(scene.prosody_domain(partner, credential=credential))
    user.send_message(f"echo@{home}", "hello")
    assert user.await_error()
    assert "not issued for TLS servers" in gateway.await_event("session-close", direction="in")["message"]


# DNS decides.


def dane_partner(scene: Scene, partner: str, tlsa: str, signing: Signing | None = SIGNED,
                 credential=None) -> tuple[Prosody, object]:
    credential = credential or Authority("Unknown CA").for_domain(partner)
    machine = scene.machine(partner)
    records = service_records("xmpp", machine=machine)
    for port in (S2S_PORT, DIRECT_TLS_PORT):
        records[f"_{port}._tcp.xmpp"] = [tlsa.replace("SELF", credential.tlsa().split(" ", 1)[1])]
    scene.world.publish(partner, records, signing)
    return scene.prosody(partner, machine, credential=credential, secure_auth=False), credential




def test_dane_match_authenticates_an_unknown_authority(scene: Scene) -> None:
    home, partner = "danehome.example", "danepartner.example"
    gateway, bot = component_gateway(scene, home, partner, require_dane=True)
    server, _ = dane_partner(scene, partner, "TLSA SELF")
    user = scene.user(server)
    bot.send_message(user.jid, "by dane", mfrom=f"bot@{home}")
    assert user.await_message("by dane")
    assert opened(gateway, partner, "out")["auth"] == "DANE"


def test_dane_mismatch_is_refused_whatever_the_authority_says(scene: Scene) -> None:
    home, partner = "danehome2.example", "danewrong.example"
    gateway, bot = component_gateway(scene, home, partner, dialback="allowed")
    trusted = scene.credential(partner)  # PKIX would accept it
    dane_partner(scene, partner, "TLSA 3 1 1 " + "ab" * 32, credential=trusted)
    bot.send_message(f"romeo@{partner}", "not to be read", mfrom=f"bot@{home}")
    assert bot.await_error("remote-server-timeout")
    assert failure(gateway, partner).count("TLSA records") == 1  # said once


def test_tlsa_in_an_unsigned_zone_counts_for_nothing(scene: Scene) -> None:
    home, partner = "danehome3.example", "unsigned.example"
    gateway, bot = component_gateway(scene, home, partner)
    server, _ = dane_partner(scene, partner, "TLSA 3 1 1 " + "ab" * 32, signing=None,
                             credential=scene.credential(partner))
    user = scene.user(server)
    bot.send_message(user.jid, "by pkix", mfrom=f"bot@{home}")
    assert user.await_message("by pkix")
    assert opened(gateway, partner, "out")["auth"] == "PKIX"


def test_bogus_service_record_is_refused(scene: Scene) -> None:
    home, partner = "bogushome.example", "bogus.example"
    gateway, bot = component_gateway(scene, home, partner)
    broken = Signing(broken=[("_xmpp-server._tcp", "SRV"), ("_xmpps-server._tcp", "SRV")])
    scene.prosody_domain(partner, signing=broken)
    bot.send_message(f"romeo@{partner}", "not to be sent", mfrom=f"bot@{home}")
    error = bot.await_error("remote-server-not-found")
    assert 'type="wait"' in error.xml
    assert "bogus" in failure(gateway, partner)


def test_lone_dot_means_no_service(scene: Scene) -> None:
    home, partner = "dothome.example", "dot.example"
    gateway, bot = component_gateway(scene, home, partner)
    scene.world.publish(partner, {"_xmpp-server._tcp": ["SRV 0 0 0 ."], "_xmpps-server._tcp": ["SRV 0 0 0 ."],
                                  "@": [f"A {scene.machine(partner).v4}"]})
    bot.send_message(f"romeo@{partner}", "not to be sent", mfrom=f"bot@{home}")
    error = bot.await_error("remote-server-not-found")
    assert 'type="cancel"' in error.xml
    assert failure(gateway, partner)
    done = gateway.command("resolve", partner)
    assert done.returncode == 1, done.stdout


def test_private_address_in_dns_is_not_connected_to(scene: Scene) -> None:
    home, partner = "rebindhome.example", "rebind.example"
    gateway, bot = component_gateway(scene, home, partner)
    scene.world.publish(partner, {"_xmpp-server._tcp": ["SRV 0 0 5269 xmpp"], "xmpp": ["A 127.0.0.3"]})
    bot.send_message(f"romeo@{partner}", "not to be sent", mfrom=f"bot@{home}")
    assert bot.await_error()
    assert "private-networks" in failure(gateway, partner)


def test_domain_that_leads_back_to_the_gateway_is_not_dialled(scene: Scene) -> None:
    home, partner = "selfhome.example", "mirror.example"
    gateway, bot = component_gateway(scene, home, partner)
    scene.world.publish(partner, {**service_records("xmpp"), "xmpp": [f"A {bot.address}"]})
    bot.send_message(f"romeo@{partner}", "not to be sent", mfrom=f"bot@{home}")
    assert bot.await_error()
    assert "this gateway" in failure(gateway, partner)


# Certificates decide.


@pytest.mark.parametrize("fault, words", [
    ("name", "does not"), ("expired", "expired"), ("authority", "trusted"),
])
def test_wrong_certificate_is_refused(scene: Scene, fault: str, words: str) -> None:
    home, partner = f"certhome-{fault}.example", f"badcert-{fault}.example"
    gateway, bot = component_gateway(scene, home, partner)
    authority = scene.world.authority
    credential = {
        "name": lambda: authority.for_domain("somebody-else.example"),
        "expired": lambda: authority.for_domain(partner, validity=EXPIRED),
        "authority": lambda: Authority("Unknown CA").for_domain(partner),
    }[fault]()
    server = scene.prosody_domain(partner, credential=credential)
    bot.send_message(f"romeo@{partner}", "not to be sent", mfrom=f"bot@{home}")
    error = bot.await_error("remote-server-timeout")
    assert 'type="cancel"' in error.xml
    assert words in failure(gateway, partner)
    user = scene.user(server)
    user.send_message(f"bot@{home}", "not to be taken")
    assert user.await_error()
    closed = gateway.await_event("session-close", direction="in")
    assert closed["stream_error"] == "policy-violation"
    assert words in closed["message"]


# Policy decides.


def test_domain_that_is_no_partner_is_refused_both_ways(scene: Scene) -> None:
    home, partner, stranger = "choosy.example", "friend.example", "stranger.example"
    gateway, bot = component_gateway(scene, home, partner)
    server = scene.prosody_domain(stranger)
    bot.send_message(f"romeo@{stranger}", "not to be sent", mfrom=f"bot@{home}")
    error = bot.await_error("not-allowed")
    assert 'type="cancel"' in error.xml
    user = scene.user(server)
    user.send_message(f"bot@{home}", "not to be taken")
    assert user.await_error()
    closed = gateway.await_event("session-close", direction="in")
    assert closed["stream_error"] == "policy-violation"
    assert f'partner "{stranger}"' in closed["message"]


def test_open_federation_admits_strangers(scene: Scene) -> None:
    home, stranger = "openhome.example", "anybody.example"
    gateway = scene.gatepost_domain(home, start=False)
    gateway.config.set(federation="open")
    gateway.config.section("stranger", type="federated")
    gateway.start()
    assert gateway.await_event("config-warning")
    exchange(scene, gateway, scene.prosody_domain(stranger), home)


# Coming and going.


def test_messages_wait_for_a_service_that_is_away(scene: Scene) -> None:
    home, partner = "sleepy.example", "patient.example"
    gateway, bot = component_gateway(scene, home, partner)
    user = scene.user(scene.prosody_domain(partner))
    bot.close()
    gateway.await_event("inside-close", home=home)
    for number in range(3):
        user.send_message(f"bot@{home}", f"held {number}")
    user.send_presence(f"bot@{home}")
    assert user.await_error("remote-server-timeout")  # presence would be stale by then
    bot = scene.component(home, SECRET, bot.address)
    assert [bot.await_message(f"held {number}").body for number in range(3)] == ["held 0", "held 1", "held 2"]


def test_service_that_stays_away_is_reported_to_the_sender(scene: Scene) -> None:
    home, partner = "gone.example", "impatient.example"
    gateway, _ = component_home(scene, home, **{partner: {}})
    gateway.config.section("limits", inside_hold="1s")
    gateway.start()
    user = scene.user(scene.prosody_domain(partner))
    user.send_message(f"bot@{home}", "hello?")
    assert 'type="wait"' in user.await_error("remote-server-timeout").xml


def test_second_component_for_a_domain_is_refused(scene: Scene) -> None:
    home = "twice.example"
    gateway, bot = component_gateway(scene, home, "nobody.example")
    with pytest.raises(Late, match="conflict"):
        Component(home, SECRET, bot.address)
    with pytest.raises(Late, match="not-authorized|host-unknown"):
        Component("other.example", SECRET, bot.address)
    assert gateway.status()["insides"][0]["state"] == "up"
    assert bot


def test_component_with_a_wrong_secret_is_refused(scene: Scene) -> None:
    home = "guarded.example"
    gateway, address = component_home(scene, home)
    gateway.config.section("partner", "nobody.example")
    gateway.start()
    with pytest.raises(Late, match="not-authorized"):
        Component(home, "a wrong secret", address)
    assert gateway.await_event("inside-refused")


def test_partner_restarts_in_the_middle(scene: Scene) -> None:
    home, partner = "steady.example", "restarts.example"
    gateway = scene.gatepost_domain(home, partners=[partner])
    server = scene.prosody_domain(partner)
    exchange(scene, gateway, server, home)
    mark = gateway.mark()
    server.restart()
    gateway.await_event("session-close", since=mark, partner=partner, direction="out")
    exchange(scene, gateway, server, home)
    assert gateway.await_event("session-open", since=mark, partner=partner, direction="out")


def test_partner_that_is_down_is_answered_for(scene: Scene) -> None:
    home, partner = "caller.example", "down.example"
    gateway, bot = component_gateway(scene, home, partner)
    scene.world.publish(partner, service_records("xmpp", machine=scene.machine(partner)))
    bot.send_message(f"romeo@{partner}", "anybody there?", mfrom=f"bot@{home}")
    error = bot.await_error("remote-server-timeout")
    assert 'type="wait"' in error.xml
    entry = next(it for it in gateway.status()["partners"] if it["partner"] == partner)
    assert entry["state"] == "failed"
    assert "refused" in entry["failure"]


class DirectPartner:
    """A partner with direct TLS whose streams the test holds in its own hands."""

    def __init__(self, scene: Scene, domain: str, home: str) -> None:
        self.scene, self.domain, self.home = scene, domain, home
        machine, self.credential = scene.machine(domain), scene.credential(domain)
        scene.world.publish(domain, service_records("xmpp", None, DIRECT_TLS_PORT, machine))
        self.listener = Listener(machine.v4, DIRECT_TLS_PORT)
        scene.until_end(self.listener.close)

    def next_stream(self) -> s2speer.Stream:
        stream = s2speer.receive(self.listener, self.domain, self.home, Tls(self.credential, alpn=["xmpp-server"]))
        self.scene.until_end(stream.close)
        stream.serve(s2speer.EXTERNAL_OFFER)
        stream.serve_authentication()
        stream.serve()
        return stream


def number_of(message: object) -> int:
    assert isinstance(message, s2speer.Element), s2speer.describe(message)
    return int(message.findtext(f"{{{s2speer.SERVER}}}body").split()[0])


def home_with_much_to_say(scene: Scene, home: str, partner: str, stall: str) -> tuple[Gatepost, Component]:
    """Much may wait for the partner, little of it in the stream; stall is its patience when nothing is read."""
    gateway, address = component_home(scene, home, **{partner: {}})
    gateway.config.section("limits", stall_timeout=stall, send_bytes=65536, queue_bytes=64 * 1024 * 1024)
    gateway.start()
    return gateway, scene.component(home, SECRET, address)


def test_what_a_partner_did_not_read_goes_over_its_next_stream(scene: Scene) -> None:
    home, domain, count = "patient.example", "deafpartner.example", 100
    gateway, bot = home_with_much_to_say(scene, home, domain, stall="1s")
    partner = DirectPartner(scene, domain, home)
    for number in range(count):  # more than the system holds for a connection
        bot.send_message(f"romeo@{domain}", f"{number} " + "x" * 100_000, mfrom=f"bot@{home}")
    first = partner.next_stream()
    gateway.await_event("session-close", partner=domain, direction="out")
    second = partner.next_stream()
    numbers = []
    while not isinstance(item := first.next(), (End, s2speer.StreamEnd)):
        numbers.append(number_of(item))
    assert 0 < len(numbers) < count
    while len(numbers) < count:
        numbers.append(number_of(second.next()))
    assert numbers == list(range(count))


def test_stop_answers_what_a_partner_does_not_read(scene: Scene) -> None:
    home, domain, count = "stopping2.example", "deafpartner2.example", 100
    gateway, bot = home_with_much_to_say(scene, home, domain, stall="1h")
    partner = DirectPartner(scene, domain, home)
    for number in range(count):
        bot.send_message(f"romeo@{domain}", f"{number} " + "x" * 100_000, mfrom=f"bot@{home}")
    stream = partner.next_stream()
    stopper = threading.Thread(target=gateway.stop)
    stopper.start()
    bot.await_error("remote-server-timeout")  # what is in the stream already goes on
    settled = 1
    while "message" in s2speer.describe(item := stream.next()):
        settled += number_of(item) < count
    stopper.join()
    for _ in range(count - settled):
        bot.await_error("remote-server-timeout")


def test_resolver_process_dies_and_no_stream_notices(scene: Scene) -> None:
    home, partner, other = "robust.example", "robustpartner.example", "laterpartner.example"
    gateway = scene.gatepost_domain(home, partners=[partner, other])
    server = scene.prosody_domain(partner)
    user = scene.user(server)
    user.send_message(f"echo@{home}", "before")
    user.await_message("before")
    pid = gateway.status()["resolver"]["pid"]
    assert Path(f"/proc/{pid}/status").read_text()
    os.kill(pid, signal.SIGKILL)
    gateway.await_event("resolver-restarted")
    user.send_message(f"echo@{home}", "after")
    user.await_message("after")
    assert not gateway.events("session-close", partner=partner)
    exchange(scene, gateway, scene.prosody_domain(other), home)
    assert gateway.status()["resolver"]["restarts"] == 1


def test_resolver_process_can_open_no_file(scene: Scene) -> None:
    gateway = scene.gatepost_domain("caged.example", start=False)
    gateway.use(plain_binary())  # a sanitizer's runtime needs what the filter denies
    gateway.start()
    pid = gateway.status()["resolver"]["pid"]
    facts = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    assert facts["NoNewPrivs"] == "1"
    assert facts["Seccomp"] == "2", "no system call is filtered"


def test_stop_answers_what_still_waits(scene: Scene) -> None:
    home, partner = "stopping.example", "unreachable.example"
    gateway, bot = component_gateway(scene, home, partner)
    machine = scene.machine(partner)
    scene.world.publish(partner, service_records("xmpp", S2S_PORT, None, machine))
    listener = Listener(machine.v4, S2S_PORT)  # takes the connection and says nothing
    bot.send_message(f"romeo@{partner}", "will it go?", mfrom=f"bot@{home}")
    listener.accept()
    gateway.stop()
    assert bot.await_error("remote-server-timeout")
    listener.close()
