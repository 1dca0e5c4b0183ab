"""The rig is real: its DNS validates, its servers federate, its scripted peer sees what real servers do."""

import re
import socket
import subprocess
import threading

import dns.flags
import dns.rcode
import pytest

from lab import s2speer, zones
from lab.client import StanzaError
from lab.dnsserver import Bind, Knot, Nsd, ask, serial_of
from lab.dnstree import Ds
from lab.gatepost import BINARY, Gatepost, Section
from lab.pki import CLIENT, EXPIRED, NOT_YET_VALID, SERVER, Authority, Names, rsa_key
from lab.process import run
from lab.s2speer import DIALBACK, SERVER as SERVER_NS, dialback_key
from lab.world import Scene, World, service_records
from lab.wire import BlackHole, End, Listener, Tls, Wire

ADDRESS = {"@": ["A 192.0.2.1"]}


# DNS


@pytest.mark.parametrize("name, signing, ds, verdict", [
    ("right", zones.SIGNED, None, "secure"),
    ("nsec3", zones.NSEC3, None, "secure"),
    ("unsigned", None, None, "insecure"),
    ("no-ds", zones.SIGNED, Ds.NONE, "insecure"),
    ("wrong-ds", zones.SIGNED, Ds.WRONG, "bogus"),
    ("expired", zones.EXPIRED, None, "bogus"),
    ("early", zones.NOT_YET_VALID, None, "bogus"),
    ("broken", zones.Signing(broken=[("@", "A")]), None, "bogus"),
    ("missing", zones.Signing(missing=[("@", "A")]), None, "bogus"),
])
def test_zone_validates_as_planned(world: World, name: str, signing: zones.Signing | None, ds: Ds | None,
                                   verdict: str) -> None:
    world.publish(f"dns-{name}.example", ADDRESS, signing, ds)
    for owner, rcode in ((f"dns-{name}.example.", dns.rcode.NOERROR), (f"x.dns-{name}.example.", dns.rcode.NXDOMAIN)):
        answer = world.resolver.ask(owner, "A")
        is_bogus = answer.rcode() == dns.rcode.SERVFAIL
        is_secure = bool(answer.flags & dns.flags.AD)
        seen = "bogus" if is_bogus else "secure" if is_secure else "insecure"
        if owner.startswith("x.") and name in ("broken", "missing"):
            assert seen == "secure"  # only the one signature is hurt
        else:
            assert seen == verdict
        assert is_bogus or answer.rcode() == rcode


def test_parent_zone_is_the_nearest_one(world: World) -> None:
    world.publish("outer.example", {})
    world.publish("_tcp.outer.example", {"_xmpp-server": ["SRV 1 2 5269 gw.outer.example."]})
    answer = world.resolver.ask("_xmpp-server._tcp.outer.example.", "SRV")
    assert answer.flags & dns.flags.AD and len(answer.answer[0]) == 1
    assert world.resolver.ask("_tcp.outer.example.", "DS").answer, "the delegation is signed in outer.example"


@pytest.mark.parametrize("kind", [Nsd, Knot, Bind])
def test_name_server_takes_new_versions(world: World, kind: type) -> None:
    domain = f"{kind.__name__.lower()}-reload.example"
    server = world.name_server(kind, f"{kind.__name__.lower()}-reload.nic.example.")
    for address in ("192.0.2.1", "192.0.2.2"):
        world.publish(domain, {"@": [f"A {address}"]}, servers=[server])
        for where in server.addresses:
            assert ask(where, f"{domain}.", "A").answer[0][0].address == address
    server.lose(f"{domain}.")
    assert ask(server.machine.v4, f"{domain}.", "A").rcode() == dns.rcode.SERVFAIL


def test_one_of_two_name_servers_is_stale(world: World) -> None:
    first, second = world.hosting
    world.publish("stale.example", {"@": ["A 192.0.2.1"]})
    world.publish("stale.example", {"@": ["A 192.0.2.2"]}, on=[first])
    assert serial_of(first.machine.v4, "stale.example.") == serial_of(second.machine.v4, "stale.example.") + 1
    assert ask(first.machine.v4, "stale.example.", "A").answer[0][0].address == "192.0.2.2"
    assert ask(second.machine.v4, "stale.example.", "A").answer[0][0].address == "192.0.2.1"


def test_nothing_leads_out(world: World) -> None:
    with pytest.raises(OSError):
        Wire.connect("192.0.2.53", 53)


# Servers that federate


def _talk_both_ways(scene: Scene, first, second) -> None:
    one, other = scene.user(first), scene.user(second)
    for sender, reader in ((one, other), (other, one)):
        sender.ping(reader.jid.split("@")[1])
        sender.send_message(reader.jid, f"from {sender.jid}")
        assert reader.await_message(f"from {sender.jid}", sender.jid)


@pytest.mark.parametrize("direct_tls", [False, True])
def test_prosodies_federate_with_certificates(scene: Scene, direct_tls: bool) -> None:
    servers = [scene.prosody_domain(f"{name}-{direct_tls}.example".lower(), starttls=not direct_tls,
                                    direct_tls=direct_tls) for name in ("one", "two")]
    _talk_both_ways(scene, *servers)
    port = 5270 if direct_tls else 5269
    for server, other in (servers, reversed(servers)):
        assert server.output.wait_for(rf"Results for _xmpps?-server\._tcp\.{other.domain} IN SRV: 1 items \(Secure")
        addresses = "|".join(map(re.escape, (other.machine.v4, other.machine.v6)))  # either may be first
        assert server.output.wait_for(rf"Next target to try is \[?({addresses})\]?:{port}")
        assert server.output.wait_for(rf"Accepting SASL EXTERNAL identity from {other.domain}")
        assert bool(server.output.find("TLS negotiation started for s2sin")) != direct_tls


def test_prosodies_federate_with_dialback(scene: Scene) -> None:
    servers = [scene.prosody_domain(f"{name}-dialback.example", certificates=False, secure_auth=False)
               for name in ("one", "two")]
    _talk_both_ways(scene, *servers)
    for server in servers:
        assert server.output.find("sent dialback key on outgoing s2s stream")
        assert not server.output.find("SASL EXTERNAL identity")


def test_prosody_refuses_a_bogus_zone(scene: Scene) -> None:
    one = scene.prosody_domain("one-bogus.example")
    broken = [("_xmpp-server._tcp", "SRV"), ("_xmpps-server._tcp", "SRV")]
    scene.prosody_domain("two-bogus.example", signing=zones.Signing(broken=broken))
    with pytest.raises(StanzaError):
        scene.user(one).ping("two-bogus.example")
    assert one.output.find(r"Results for _xmpps-server\._tcp\.two-bogus\.example IN SRV: .*validation failure")


def test_prosody_uses_dane(scene: Scene) -> None:
    """The certificate comes from an authority that nobody trusts; the TLSA record makes up for it."""
    one = scene.prosody_domain("one-dane.example", dane=True)
    unknown = Authority("Unknown CA").for_domain("two-dane.example")
    two = scene.prosody_domain("two-dane.example", direct_tls=False, tlsa=True, credential=unknown)
    reader = scene.user(two)
    scene.user(one).send_message(reader.jid, "hello")
    assert reader.await_message("hello")
    assert one.output.find("Enabling DANE with 1 TLSA records")


def test_prosody_and_ejabberd_federate(scene: Scene) -> None:
    prosody, ejabberd = scene.prosody_domain("one-mixed.example"), scene.ejabberd_domain("two-mixed.example")
    _talk_both_ways(scene, prosody, ejabberd)
    assert ejabberd.output.find("Accepted inbound s2s EXTERNAL authentication one-mixed.example")


def test_ejabberd_federates_with_dialback(scene: Scene) -> None:
    unknown = Authority("Unknown CA")
    prosody = scene.prosody_domain("one-back.example", credential=unknown.for_domain("one-back.example"),
                                   secure_auth=False)
    ejabberd = scene.ejabberd_domain("two-back.example", credential=unknown.for_domain("two-back.example"))
    _talk_both_ways(scene, prosody, ejabberd)
    assert ejabberd.output.find("Accepted inbound s2s dialback authentication one-back.example")


def test_prosody_comes_back(scene: Scene) -> None:
    one, two = scene.prosody_domain("one-again.example"), scene.prosody_domain("two-again.example")
    user = scene.user(one)
    user.ping("two-again.example")
    two.restart()
    user.ping("two-again.example")


def test_component_is_reached(scene: Scene) -> None:
    server = scene.prosody_domain("alpha-component.example", components={"bot.alpha-component.example": "hush"})
    component = scene.component("bot.alpha-component.example", "hush", server.machine.v4)
    user = scene.user(server)
    user.ping(component.domain)
    user.send_message(f"any@{component.domain}", "hello")
    assert component.await_message("hello", user.jid)
    component.send_message(user.jid, "and back", mfrom=f"any@{component.domain}")
    assert user.await_message("and back", f"any@{component.domain}")


# The scripted peer


@pytest.fixture(scope="module")
def prosody(shared_scene: Scene):
    return shared_scene.prosody_domain("alpha-peer.example", secure_auth=False)


def _mechanisms(features: s2speer.Element) -> list[str | None]:
    return [each.text for each in features.iter(f"{{{s2speer.SASL}}}mechanism")]


@pytest.mark.parametrize("family", ["v4", "v6"])
def test_peer_authenticates_with_starttls(scene: Scene, prosody, family: str) -> None:
    domain = f"peer-{family}.example"
    peer = s2speer.initiate(domain, prosody.domain, getattr(prosody.machine, family), 5269)
    features = peer.open()
    assert features.find(f"{{{s2speer.TLS}}}starttls") is not None and not _mechanisms(features)
    peer.starttls(Tls(scene.credential(domain)))
    assert _mechanisms(peer.open()) == ["EXTERNAL"]
    peer.authenticate()
    peer.send_end()
    assert isinstance(peer.next(), s2speer.StreamEnd)
    peer.expect_end(End.CLOSE_NOTIFY, End.TRUNCATED)


def test_peer_authenticates_with_direct_tls(scene: Scene, prosody) -> None:
    tls = Tls(scene.credential("direct.example"), sni=prosody.domain, alpn=["xmpp-server"])
    peer = s2speer.initiate("direct.example", prosody.domain, prosody.machine.v4, 5270, tls)
    assert peer.wire.peer_certificate == prosody.options.credential.certificate
    assert _mechanisms(peer.open()) == ["EXTERNAL"]
    peer.close()


def test_peer_sends_byte_by_byte(prosody) -> None:
    """(Prosody's own parser waits for more; so what is awaited here is its header, not its answer to an element.)"""
    peer = s2speer.initiate("slow.example", prosody.domain, prosody.machine.v4, 5269)
    peer.send(f"<?xml version='1.0'?><stream:stream xmlns='{SERVER_NS}' xmlns:stream='{s2speer.STREAM}' "
              f"from='slow.example' to='{prosody.domain}' version='1.0'>", piece=1)
    peer.send(" " * 64)
    assert peer.expect_header().attributes["from"] == prosody.domain
    peer.wire.reset()


def test_peer_reads_the_stream_error(prosody) -> None:
    peer = s2speer.initiate("peer.example", "nobody.example", prosody.machine.v4, 5269)
    peer.send_header()
    peer.expect_header()
    peer.expect_stream_error("host-unknown")
    assert peer.expect_end() is End.FIN


def test_peer_proves_itself_by_dialback(scene: Scene, prosody) -> None:
    """Both roles at once: Prosody asks the authoritative server of the domain, which is the script too."""
    machine = scene.machine("dialback-peer")
    scene.world.publish("peer-dialback.example", service_records("gw", direct_tls_port=None, machine=machine))
    listener = Listener(machine.v4, 5269)
    scene.until_end(listener.close)
    tls = Tls(Authority("Unknown CA").for_domain("peer-dialback.example"))
    peer = s2speer.initiate("peer-dialback.example", prosody.domain, prosody.machine.v4, 5269)
    peer.open()
    peer.starttls(tls)
    peer.open()
    key = dialback_key("secret", prosody.domain, "peer-dialback.example", peer.remote_header.attributes["id"])
    peer.send_result(key)

    authority = s2speer.receive(listener, "peer-dialback.example", prosody.domain)
    authority.serve(s2speer.STARTTLS_OFFER)
    authority.serve_starttls(tls)
    authority.serve(s2speer.DIALBACK_OFFER)
    authority.answer_result("valid")  # Prosody's own pair comes first
    assert authority.answer_verify("valid").text == key

    assert peer.expect(DIALBACK, "result").attrib["type"] == "valid"
    peer.send(f"<iq type='get' id='p1' from='peer-dialback.example' to='{prosody.domain}'>"
              "<ping xmlns='urn:xmpp:ping'/></iq>")
    assert authority.expect(SERVER_NS, "iq").attrib["id"] == "p1"


def test_peer_receives_and_checks_the_certificate(scene: Scene, prosody) -> None:
    machine = scene.machine("external-peer")
    scene.world.publish("peer-external.example", service_records("gw", starttls_port=None, machine=machine))
    listener = Listener(machine.v4, 5270)
    scene.until_end(listener.close)
    user = scene.user(prosody)
    user.send_message("x@peer-external.example", "hello")
    stream = s2speer.receive(listener, "peer-external.example", prosody.domain,
                             Tls(scene.credential("peer-external.example"), alpn=["xmpp-server"]))
    assert stream.wire.sni == "peer-external.example"
    assert stream.wire.alpn == "xmpp-server"
    assert stream.wire.peer_certificate == prosody.options.credential.certificate
    stream.serve(s2speer.EXTERNAL_OFFER)
    assert stream.serve_authentication() == prosody.domain
    stream.serve()
    assert "hello" in s2speer.describe(stream.expect(SERVER_NS, "message"))
    stream.close()


def test_wire_tells_the_ends_apart(scene: Scene) -> None:
    machine = scene.machine("ends")
    listener = Listener(machine.v4, 5269)
    scene.until_end(listener.close)

    def end_after(act, tls: bool = False) -> End:
        client = Wire.connect(machine.v4, 5269)
        server = listener.accept()
        if tls:
            _handshake(client, server, scene.credential("ends.example"))
        act(server)
        return s2speer.Stream(client, "a.example", "b.example", True).expect_end()

    assert end_after(Wire.close) is End.FIN
    assert end_after(Wire.reset) is End.RESET
    assert end_after(Wire.close, tls=True) is End.CLOSE_NOTIFY
    assert end_after(lambda wire: wire.socket.close(), tls=True) is End.TRUNCATED


def _handshake(client: Wire, server: Wire, credential) -> None:
    other = threading.Thread(target=server.start_tls, args=(Tls(credential), True))
    other.start()
    client.start_tls(Tls(), is_server=False)
    other.join()


def test_machine_loses_an_address(scene: Scene) -> None:
    machine = scene.machine("half")
    for address in (machine.v4, machine.v6):
        scene.until_end(Listener(address, 5269).close)
        Wire.connect(address, 5269).close()
    machine.take_down(machine.v6)
    Wire.connect(machine.v4, 5269).close()
    with pytest.raises(OSError):
        Wire.connect(machine.v6, 5269)


def test_black_hole_takes_nothing(scene: Scene) -> None:
    machine = scene.machine("hole")
    hole = BlackHole(machine.v4, 5269)
    scene.until_end(hole.close)
    with pytest.raises(TimeoutError):
        socket.create_connection((machine.v4, 5269), timeout=0.5)


# The runner of gatepost

# A stand-in that is ready at once, says some words, and ends: by itself, or on SIGTERM.
STAND_IN = """\
#!/usr/bin/python3
import signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
print('{{"event":"ready"}}', flush=True)
print({words!r}, file=sys.stderr, flush=True)
if {waits}:
    signal.sigwait([signal.SIGTERM])
sys.exit({code})
"""


@pytest.mark.parametrize("words, waits, code, complaint", [
    ("all is well", True, 0, None),
    ("all is well", True, 1, "ended with 1"),
    ("all is well", False, 0, "had ended by itself"),
    ("x.c:1:2: runtime error: shift exponent is negative", True, 0, "sanitizer"),
    ("==1==ERROR: LeakSanitizer: detected memory leaks", True, 0, "sanitizer"),
])
def test_unclean_end_of_gatepost_is_noticed(scene: Scene, monkeypatch: pytest.MonkeyPatch, words: str, waits: bool,
                                            code: int, complaint: str | None) -> None:
    program = scene.folder / "gatepost"
    program.write_text(STAND_IN.format(words=words, waits=waits, code=code))
    program.chmod(0o755)
    monkeypatch.setenv(BINARY, str(program))
    gateway = Gatepost(scene.folder / "gateway", Section())
    gateway.start()
    if not waits:
        gateway.process.wait()
    if complaint is None:
        gateway.end()
        return
    with pytest.raises(AssertionError, match=complaint):
        gateway.end()


# Certificates


@pytest.mark.parametrize("name, make, complaint", [
    ("plain", lambda ca: ca.for_domain("cert.example"), None),
    ("rsa", lambda ca: ca.for_domain("cert.example", key=rsa_key()), None),
    ("intermediate", lambda ca: ca.intermediate("Lab Sub CA").for_domain("cert.example"), None),
    ("server only", lambda ca: ca.for_domain("cert.example", usages=[SERVER]), None),
    ("client only", lambda ca: ca.for_domain("cert.example", usages=[CLIENT]), "purpose"),
    ("expired", lambda ca: ca.for_domain("cert.example", validity=EXPIRED), "expired"),
    ("early", lambda ca: ca.for_domain("cert.example", validity=NOT_YET_VALID), "not yet valid"),
    ("unknown", lambda ca: Authority("Unknown CA").for_domain("cert.example"), "issuer"),
    ("constrained", lambda ca: ca.intermediate("Sub CA", ["other.example"]).for_domain("cert.example"), "permitted"),
    ("other name", lambda ca: ca.for_domain("else.example"), "mismatch"),
])
def test_certificate_is_right_or_wrong_as_named(scene: Scene, name: str, make, complaint: str | None) -> None:
    """OpenSSL's own judgement."""
    credential = make(scene.world.authority)
    files = credential.write(scene.folder, "leaf")
    done = subprocess.run(["openssl", "verify", "-CAfile", scene.world.ca_file, "-untrusted", files.certificate,
                           "-purpose", "sslserver", "-verify_hostname", "cert.example", files.certificate],
                          text=True, capture_output=True)
    assert (done.returncode == 0) == (complaint is None), done.stderr
    assert complaint is None or complaint in done.stderr


def test_certificate_carries_xmpp_names(scene: Scene) -> None:
    names = Names(srv=["_xmpp-server.names.example"], xmpp_addr=["names.example"])
    files = scene.world.authority.issue(names).write(scene.folder, "leaf")
    text = run(["openssl", "x509", "-noout", "-ext", "subjectAltName", "-in", files.certificate])
    assert "_xmpp-server.names.example" in text and "XmppAddr" in text
