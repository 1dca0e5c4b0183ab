"""gatepost check where it talks: what partners find in the ways of an endpoint."""

from lab import pki
from lab.prosody import C2S_PORT, S2S_PORT
from lab.site import DIRECT_SRV, STARTTLS_SRV, Fault, Site, each_fault, finds


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


def _for_servers_alone(site: Site) -> None:
    site.use(site.scene.world.authority.for_domain(site.domain, usages=[pki.SERVER]))
    site.start()


@each_fault(
    Fault(_port_for_clients, "T3", "jabber:client", ["T1"]),
    Fault(_ejabberd_port_for_clients, "T3", "not as a server", ["T1"]),
    Fault(_another_for_the_host, "T4", "asked for gw1", ["I1", "T1"]),
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


def test_certificate_for_servers_alone(site: Site) -> None:
    _for_servers_alone(site)
    report = site.check()
    assert "X3, X4, I4" in report.find("T13", "WARN")["fix"][0]["text"]
    assert report.verdict == "READY", str(report)
