"""gatepost check where it talks: what partners find in the ways of an endpoint."""

import json
import socket

import pytest
from lab import pki
from lab.prosody import C2S_PORT, DIRECT_TLS_PORT, S2S_PORT
from lab.s2speer import Stream
from lab.site import DIRECT_SRV, READY, STARTTLS_SRV, Fault, Site, each_fault, finds
from lab.web import HOST_META, POSH, WebServer, fingerprints
from lab.wire import Listener, Tls, Wire


def _prosody(site: Site, port: int = S2S_PORT, **options: object) -> None:
    """Prosody where the gateway should be, with the domain's own certificate, STARTTLS alone."""
    other = site.scene.machine(f"prosody of {site.domain}")
    site.home.section("host", site.host, address=[other.v4], starttls_port=port, direct_tls_port="none")
    site.records["gw1"] = [f"A {other.v4}"]
    site.records[STARTTLS_SRV] = [f"SRV 10 0 {port} gw1"]
    site.records[f"_{port}._tcp.gw1"] = [site.credential.tlsa()]
    site.records[DIRECT_SRV] = ["SRV 0 0 0 ."]
    site.scene.prosody(site.domain, other, site.credential, **options)
    site.start()


def _prosody_without_need(site: Site) -> None:
    _prosody(site, encryption=False, secure_auth=False)


def _port_for_clients(site: Site) -> None:
    _prosody(site, C2S_PORT)


def _ejabberd_port_for_clients(site: Site) -> None:
    other = site.scene.machine(f"ejabberd of {site.domain}")
    site.home.section("host", site.host, address=[other.v4], starttls_port=C2S_PORT, direct_tls_port="none")
    site.records["gw1"] = [f"A {other.v4}"]
    site.records[STARTTLS_SRV] = [f"SRV 10 0 {C2S_PORT} gw1"]
    site.records[f"_{C2S_PORT}._tcp.gw1"] = [site.credential.tlsa()]
    site.records[DIRECT_SRV] = ["SRV 0 0 0 ."]
    site.scene.ejabberd(site.domain, other, site.credential)
    site.start()


def _s_server_by_name(site: Site, domain_gets: pki.Credential, host_gets: pki.Credential) -> None:
    """openssl s_server with a certificate for each name that is asked for."""
    site.serve_by_openssl(domain_gets, "-servername", site.host, *_second(site, host_gets))


def _second(site: Site, credential: pki.Credential) -> list[object]:
    files = credential.write(site.scene.folder / "s_server", "second")
    return ["-cert2", files.certificate, "-key2", files.key]


def _another_for_the_host(site: Site) -> None:
    _s_server_by_name(site, site.credential, site.scene.credential("other.example"))


def _another_for_the_domain(site: Site) -> None:
    _s_server_by_name(site, site.scene.credential("other.example"), site.credential)


def _one_certificate_for_two_domains(site: Site) -> None:
    """The endpoint takes another domain on, and has no certificate for it."""
    other = f"second-{site.domain}"
    files = site.scene.credential(other).write(site.scene.folder / other, other)
    home = site.gateway.config.section("domain", other, certificate=str(files.certificate), key=str(files.key),
                                       inside="echo", dane=False)
    home.sections["host", site.host] = site.home.section("host", site.host)
    site.scene.world.publish(other, {STARTTLS_SRV: ["SRV 0 0 0 ."],
                                     DIRECT_SRV: [f"SRV 10 0 {DIRECT_TLS_PORT} {site.host}."]})
    site.serve_by_openssl(site.credential)


def _for_servers_alone(site: Site) -> None:
    site.use(site.scene.world.authority.for_domain(site.domain, usages=[pki.SERVER]))
    site.start()


def _legacy_with_secret(site: Site, secret: str) -> None:
    """DNS still leads to the server before the gateway."""
    _prosody(site, more=f'dialback_secret = "{secret}"', secure_auth=False)


def _another_secret(site: Site) -> None:
    site.share_secret()
    _legacy_with_secret(site, "another-secret")


def _declared_legacy(site: Site, *lines: str, hears: bool = True, **options: object) -> None:
    """The same server, declared as the one that is replaced; it hears the check, which has no certificate, or not."""
    old = site.scene.machine(f"legacy of {site.domain}")
    site.home.section("legacy", host=[f"old.{site.domain}:{S2S_PORT}"], address=[old.v4])
    site.records["old"] = [f"A {old.v4}"]
    more = "\n".join((*lines, *(['s2s_insecure_domains = { "gatepost-check.invalid" }'] if hears else [])))
    site.scene.prosody(site.domain, old, site.credential, folder="legacy", more=more, **options)
    site.start()


def _legacy_has_another_secret(site: Site) -> None:
    site.share_secret()
    _declared_legacy(site, 'dialback_secret = "another-secret"')


def _no_secret_to_share(site: Site) -> None:
    _declared_legacy(site)


def _legacy_takes_any_key(site: Site) -> None:
    """A plugin of somebody who wanted to be done with dialback."""
    site.share_secret()
    plugins = site.scene.folder / "plugins"
    plugins.mkdir()
    (plugins / "mod_any_key.lua").write_text(ANY_KEY)
    _declared_legacy(site, f'plugin_paths = {{ "{plugins}" }}', modules=["any_key"])


# Prosody's mod_dialback answers with 0; this one comes first.
ANY_KEY = """
local st = require "util.stanza";
module:hook("stanza/jabber:server:dialback:verify", function (event)
    local attr = event.stanza.attr;
    if attr.type then return; end
    event.origin.sends2s(st.stanza("db:verify", { from = attr.to, to = attr.from, id = attr.id, type = "valid" }));
    return true;
end, 100);
"""


def _busy_verifying(site: Site) -> None:
    """The only verification that the gateway makes for this address waits for a server that is silent."""
    site.one_endpoint()
    site.gateway.config.section("limits", verifies_per_address=1, verifies_per_stream=1)
    silent = f"silent-{site.domain}"
    machine = site.scene.machine(silent)
    site.gateway.config.section("partner", silent, dialback="allowed")
    site.scene.publish_service(silent, machine, starttls=True, direct_tls=False)
    listener = Listener(machine.v4, S2S_PORT)
    site.scene.until_end(listener.close)
    site.start()
    stream = Stream(Wire.connect(site.machine.v4, S2S_PORT, source=site.machine.v4), silent, site.domain, True)
    site.scene.until_end(stream.close)
    stream.open()
    stream.starttls(Tls())
    stream.open()
    stream.send_result("0123456789abcdef")
    site.scene.until_end(listener.accept().close)


def _web(site: Site, pages: dict[str, str | list[str]]) -> None:
    """A web site at the domain's own address, which is not the gateway's."""
    machine = site.scene.machine(f"web of {site.domain}")
    site.records["@"] = [f"A {machine.v4}"]
    WebServer(site.scene, machine, site.scene.credential(site.domain), pages)
    site.start()


def _host_meta(site: Site, *links: dict[str, object]) -> str:
    rel = "urn:xmpp:alt-connections:s2s-tls"
    return json.dumps({"xmpp": {"ttl": 3600}, "links": [{"rel": rel, "sni": site.domain, **link} for link in links]})


def _host_meta_elsewhere(site: Site) -> None:
    _web(site, {HOST_META: _host_meta(site, {"port": DIRECT_TLS_PORT, "ips": [site.machine.v4, "192.0.2.77"]})})


def _stale_fingerprint(site: Site) -> None:
    _web(site, {POSH: ["https://" + site.domain + "/posh"],
                "/posh": fingerprints(site.scene.credential(site.domain))})


@each_fault(
    Fault(_host_meta_elsewhere, "B1", "192.0.2.77:5270"),
    Fault(_stale_fingerprint, "B2", "stale"),
    Fault(_busy_verifying, "X3", "remote-server-timeout"),
    Fault(_another_secret, "X4", "dialback-secret-file", ["I1"]),
    Fault(_legacy_has_another_secret, "I4", "dialback-secret-file"),
    Fault(_no_secret_to_share, "I4", "at each start"),
    Fault(_legacy_takes_any_key, "I4", "any dialback key"),
    Fault(_port_for_clients, "T3", "jabber:client", ["T1"]),
    Fault(_ejabberd_port_for_clients, "T3", "not as a server", ["T1"]),
    Fault(_another_for_the_host, "T4", "asked for gw1", ["I1", "T1"]),
    Fault(_one_certificate_for_two_domains, "T7", "second-", ["I1", "T1", "T6", "T11"]),
    Fault(_another_for_the_domain, "T4", "XEP-0368", ["I1", "N2", "T1", "T6", "T11"]),
)
def test_fault(site: Site, fault: Fault) -> None:
    finds(site, fault)


def test_starttls_is_not_required(site: Site) -> None:
    _prosody_without_need(site)
    report = site.check("--only", "T2")
    assert "s2s_require_encryption" in report.find("T2", "WARN")["fix"][0]["text"]


def test_starttls_is_required(site: Site) -> None:
    _prosody(site)
    site.check("--only", "T2").find("T2", "PASS")


def test_shared_secret(site: Site) -> None:
    """In the mixed period DNS names one server and the other one sends keys: they have one secret."""
    _legacy_with_secret(site, site.share_secret())
    report = site.check("--only", "X4")
    assert report.verdict == "READY", str(report)
    report.find("X4", "PASS", "told that the gateway's dialback key is valid")


def test_documents_that_are_right(site: Site) -> None:
    link = {"port": DIRECT_TLS_PORT, "ips": [site.machine.v4, site.machine.v6]}
    _web(site, {HOST_META: _host_meta(site, link), POSH: fingerprints(site.credential)})
    report = site.check()
    assert report.verdict == "READY", str(report)
    assert "leads to this gateway" in report.find("B1", "PASS")["sentence"]
    assert "3600 s" in report.find("B2", "PASS", "is one of those")["evidence"][0]


def test_documents_that_are_none(site: Site) -> None:
    """A web site that has a page for everything, and one that does not answer."""
    page = "<html>"
    _web(site, {HOST_META: page, POSH: page})
    report = site.check("--only", "B1,B2")
    assert report.ids("WARN") == {"B1", "B2"}, str(report)


def test_web_site_is_silent(site: Site) -> None:
    machine = site.scene.machine(f"web of {site.domain}")
    site.records["@"] = [f"A {machine.v4}"]
    listener = Listener(machine.v4, 443)
    site.scene.until_end(listener.close)
    site.start()
    report = site.check("--only", "B1,B2")
    assert report.ids("UNKNOWN") == {"B1", "B2"}, str(report)


def test_legacy_knows_the_secret(site: Site) -> None:
    secret = site.share_secret()
    _declared_legacy(site, f'dialback_secret = "{secret}"')
    report = site.check("--only", "I4")
    assert report.verdict == "READY", str(report)
    report.find("I4", "PASS", f"old.{site.domain}:{S2S_PORT}")


def test_legacy_that_hears_no_stranger(site: Site) -> None:
    """What insists on certificates does not hear the check, and says so; there is a way out."""
    site.share_secret()
    _declared_legacy(site, hears=False)
    report = site.check("--only", "I4")
    assert "s2s_insecure_domains" in report.find("I4", "UNKNOWN", "could not be validated")["fix"][0]["text"]


@pytest.mark.parametrize("request_, words", [
    ({"command": "expect", "token": "0123456789abcdef", "domain": "partner.example", "authority": "127.0.0.1:5"},
     "below"),
    ({"command": "expect", "token": "0123456789abcdef", "domain": "x.invalid", "authority": "198.51.100.1:5"},
     "loopback"),
    ({"command": "login", "partner": "partner.example", "address": "127.0.0.1:5"}, "below"),
], ids=["partner", "elsewhere", "key"])
def test_rehearsal_with_a_real_name(site: Site, request_: dict[str, str], words: str) -> None:
    """Nobody gets a key for a partner's name out of the gateway, nor in by one."""
    site.start()
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(str(site.gateway.file.parent / "control.sock"))
        caller.sendall(json.dumps({"domain": site.domain, **request_}).encode() + b"\n")
        answer = json.loads(caller.makefile().readline())
    assert not answer["ok"] and words in answer["error"]


def test_certificate_for_servers_alone(site: Site) -> None:
    _for_servers_alone(site)
    report = site.check()
    assert "X3, X4, I4" in report.find("T13", "WARN")["fix"][0]["text"]
    assert report.verdict == "READY", str(report)


# Partners.


def test_partners(site: Site) -> None:
    """Each address of each partner: one works, one has a dead address, one has none left."""
    good, half, gone = (f"{kind}-{site.domain}" for kind in ("good", "half", "gone"))
    for partner in (good, half, gone):
        site.gateway.config.section("partner", partner)
    site.scene.prosody_domain(good, direct_tls=False)
    machine = site.scene.prosody_domain(half, direct_tls=False).machine
    machine.take_down(machine.v6)
    site.scene.publish_service(gone, site.scene.machine(gone), starttls=True, direct_tls=False)
    site.start()
    assert "X7" not in {finding["id"] for finding in site.check().findings}
    report = site.check("--partners")
    assert report.find("X7", "PASS", good)["sentence"].startswith("2 of 2")
    assert report.find("X7", "WARN", half)["sentence"].startswith("1 of 2")
    assert "connection refused" in json.dumps(report.find("X7", "FAIL", gone)["evidence"])
    assert report.ids("FAIL") == {"X7"}, str(report)
    assert site.check("--phase", "routine").find("X7", "SKIP")


def _partner(site: Site, kind: str) -> str:
    name = f"{kind}-{site.domain}"
    site.gateway.config.section("partner", name)
    return name


def test_ping_comes_back(site: Site) -> None:
    """Prosody answers; ejabberd does, too, each over a stream of its own, to whatever worker. Only after the switch
    anything is sent."""
    site.gateway.config.set(workers=3)
    prosody, ejabberd = _partner(site, "prosody"), _partner(site, "ejabberd")
    site.scene.prosody_domain(prosody, direct_tls=False)
    site.scene.ejabberd_domain(ejabberd, direct_tls=False)
    site.start()
    assert "X6" not in {finding["id"] for finding in site.check("--partners").findings}
    report = site.check("--partners", "--phase", "switched")
    for partner in (prosody, ejabberd):
        report.find("X6", "PASS", partner)
    assert not report.ids("FAIL"), str(report)
    assert site.check("--partners", "--only", "X6").status == READY
    assert site.check("--only", "X6").find("X6", "SKIP")


def test_ping_is_not_delivered(site: Site) -> None:
    """A partner that has our domain blocked, one that is not there, and one to whom the policy here lets no iq."""
    refusing, gone = _partner(site, "refusing"), _partner(site, "gone")
    mute = f"mute-{site.domain}"
    site.gateway.config.section("partner", mute, stanzas=["message"])
    site.scene.ejabberd_domain(refusing, direct_tls=False, s2s_access="none")
    site.scene.publish_service(gone, site.scene.machine(gone), starttls=True, direct_tls=False)
    site.start()
    report = site.check("--partners", "--only", "X6")
    report.find("X6", "FAIL", refusing)
    gone_finding = report.find("X6", "FAIL", gone)
    assert "connection refused" in gone_finding["sentence"] and "gatepost probe" in gone_finding["fix"][0]["text"]
    report.find("X6", "SKIP", mute)


def test_ping_is_not_answered(site: Site) -> None:
    """A partner that takes the question and says nothing."""
    silent = _partner(site, "silent")
    plugins = site.scene.folder / "plugins"
    plugins.mkdir()
    (plugins / "mod_silent.lua").write_text('module:hook("iq/host", function () return true end, 1000);\n')
    site.scene.prosody_domain(silent, direct_tls=False, more=f'plugin_paths = {{ "{plugins}" }}', modules=["silent"])
    site.start()
    finding = site.check("--partners", "--only", "X6").find("X6", "FAIL", silent)
    assert "can connect to this domain" in finding["fix"][1]["text"]
