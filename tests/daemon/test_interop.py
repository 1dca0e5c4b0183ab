"""gatepost and every other implementation that Debian has, in every combination that each of them can do: a row of
docs/interop.md for each. --write-interop writes that table."""

import re
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab import interop
from lab.client import Entity, User
from lab.ejabberd import Ejabberd, EjabberdOptions
from lab.gatepost import COMPONENT_SECRET, Gatepost
from lab.interop import Row, Table
from lab.jabberd2 import Jabberd2, Jabberd2Options
from lab.net import Machine
from lab.pki import CLIENT, SERVER, Authority, Credential
from lab.process import run
from lab.prosody import COMPONENT_PORT, DIRECT_TLS_PORT, S2S_PORT, Prosody, ProsodyOptions
from lab.world import Scene, add_home, service_records
from test_federation import component_gateway

STARTTLS, DIRECT_TLS = "STARTTLS", "direct TLS"
SERVICES = (STARTTLS, DIRECT_TLS)
CERTIFICATE, DANE, NO_CERTIFICATE = "certificate", "DANE", "no certificate"
SERVER_ONLY = "server-only certificate"  # of gatepost
PROOFS = (CERTIFICATE, DANE, NO_CERTIFICATE)
GATEPOST, PEER = "gatepost", "peer"
INSIDE, OUTSIDE = "inside", "outside"
PROSODY, EJABBERD, JABBERD2 = "Prosody", "ejabberd", "jabberd2"

Server = Prosody | Ejabberd | Jabberd2


@dataclass(frozen=True)
class Case:
    peer: str
    opened_by: str
    service: str
    proof: str

    @property
    def home(self) -> str:
        return domain("home", self.service, *([self.proof] if self.proof == SERVER_ONLY else []))

    @property
    def partner(self) -> str:
        return domain(self.peer, self.service, CERTIFICATE if self.proof == SERVER_ONLY else self.proof)


def label(*words: str) -> str:
    return "-".join(words).replace(" ", "-").lower()


def domain(*words: str) -> str:
    return f"{label(*words)}.example"


CASES = [Case(peer, opened_by, service, proof)
         for peer in (PROSODY, EJABBERD, JABBERD2) for proof in PROOFS for service in SERVICES
         for opened_by in (GATEPOST, PEER)]
CASES += [Case(peer, GATEPOST, STARTTLS, SERVER_ONLY) for peer in (PROSODY, EJABBERD)]


@dataclass(frozen=True)
class InsideCase:
    inside: str
    outside: str
    begun_by: str

    @property
    def home(self) -> str:
        return domain("home-inside", self.inside)

    @property
    def partner(self) -> str:
        return domain(self.outside, STARTTLS, CERTIFICATE)


SERVERS = (PROSODY, EJABBERD, JABBERD2)
INSIDE_CASES = [InsideCase(inside, outside, begun_by)
                for inside in SERVERS for outside in SERVERS for begun_by in (INSIDE, OUTSIDE)]


@dataclass(frozen=True)
class ExtensionCase:
    modules: tuple[str, ...]
    opened_by: str

    @property
    def home(self) -> str:
        return domain("home", *self.modules, self.opened_by).replace("_", "-")

    @property
    def partner(self) -> str:
        return domain("partner", *self.modules, self.opened_by).replace("_", "-")


EXTENSION_CASES = [ExtensionCase(modules, opened_by)
                   for modules in (("s2s_bidi",), ("smacks",), ("s2s_bidi", "smacks")) for opened_by in (GATEPOST, PEER)]

TABLES = {interop.STREAMS: CASES, interop.EXTENSIONS: EXTENSION_CASES, interop.INSIDE: INSIDE_CASES}


def impossible(case: Case) -> str | None:
    """What no configuration makes possible, and why."""
    if case.peer == JABBERD2 and case.service == DIRECT_TLS:
        return "impossible: jabberd2 has no direct TLS between servers"
    if case.peer in (EJABBERD, JABBERD2) and case.proof == DANE and case.opened_by == PEER:
        return f"impossible: {case.peer} does not look at TLSA records"
    return None


def result(case: Case) -> str:
    if case.peer == EJABBERD and case.proof == SERVER_ONLY:
        return "works; this ejabberd refuses such a certificate from a client, so a key proves gatepost"
    return "works"


# What the peers write about a stream that was opened to them, and about one that they opened; the group is the proof.
# (Prosody's attributes come in any order.)
WORDS: dict[tuple[str, str], str] = {
    (PROSODY, GATEPOST): r"{partner}:saslauth +info\s+Accepting SASL (?P<proof>EXTERNAL) identity from {home}$"
                         r"|Sending\[s2sin\]: <db:(?P<dialback>result)(?=.* type='valid')(?=.* from='{partner}')"
                         r"(?=.* to='{home}')",
    (PROSODY, PEER): r"{partner}:saslauth +debug\s+SASL (?P<proof>EXTERNAL) with {home} succeeded"
                     r"|Received\[s2sout_unauthed\]: <(?P<dialback>result)(?=.* type='valid')(?=.* from='{home}')"
                     r"(?=.* to='{partner}')",
    (EJABBERD, GATEPOST): r"Accepted inbound s2s (?P<proof>\w+) authentication {home} -> {partner} ",
    (EJABBERD, PEER): r"Accepted outbound s2s (?P<proof>\w+) authentication {partner} -> {home} ",
    # It has no SASL between servers: what is valid is so by dialback.
    (JABBERD2, GATEPOST): r"incoming (?P<dialback>route) '{partner}/{home}' is now valid",
    (JABBERD2, PEER): r"outgoing (?P<dialback>route) '{partner}/{home}' is now valid",
}
DANE_WORDS = r"Results for _\d+\._tcp\.gw1\.{home} IN TLSA: 1 items \(Secure"
VERSIONS = {PROSODY: "prosody", EJABBERD: "ejabberd", JABBERD2: "jabberd2"}


def version(peer: str) -> str:
    text = run(["dpkg-query", "-W", "-f", "${Version}", VERSIONS[peer]])
    return re.split(r"[-+]", text)[0]


def ports(service: str) -> tuple[int | None, int | None]:
    return (S2S_PORT, None) if service == STARTTLS else (None, DIRECT_TLS_PORT)


@dataclass(frozen=True)
class Speaker:
    """Somebody with an address, on either side."""

    entity: Entity
    jid: str
    is_component: bool

    def _as(self, attribute: str) -> dict[str, str]:
        return {attribute: self.jid} if self.is_component else {}

    def reaches(self, other: "Speaker", other_domain: str) -> None:
        """A message, an iq with its result, a subscription with its answer."""
        self.entity.send_message(other.jid, f"to {other.jid}", **self._as("mfrom"))
        # (jabberd2's router puts the body into a namespace where a component does not look for it.)
        other.entity.await_stanza(f"message from {self.jid}",
                                  lambda it: it.name == "message" and f"to {other.jid}" in it.xml
                                  and it.sender.split("/")[0] == self.jid)
        self.entity.ping(other_domain, **self._as("ifrom"))
        self.entity.send_presence(other.jid, "subscribe", **self._as("pfrom"))
        other.entity.await_presence("subscribe", self.jid)
        other.entity.send_presence(self.jid, "subscribed", **other._as("pfrom"))
        self.entity.await_presence("subscribed", other.jid)


class Site:
    """One gateway and all the servers; the servers have a domain for each combination."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._machine = scene.machine("gatepost")
        self._unknown = Authority("Unknown CA")
        self._speakers: dict[str, Speaker] = {}
        self._servers: dict[str, Server] = {}  # by domain
        self.gateway = self._new_gateway()
        for peer in (EJABBERD, PROSODY, JABBERD2):  # the slowest first
            for proof in PROOFS:
                self._add_partners(peer, proof)
        partners = list(self._servers)
        for peer in SERVERS:
            self._add_inside(peer, partners)
        self.gateway.start()
        for server in self._servers.values():
            server.await_ready()
        scene.until_end(self._tell_all_to_stop)

    def _tell_all_to_stop(self) -> None:
        """So that they do it at the same time."""
        for process in {process for server in self._servers.values() for process in server.processes}:
            process.signal(signal.SIGTERM)

    def _new_gateway(self) -> Gatepost:
        homes = {case.home: case for case in CASES}
        gateway = self._scene.gatepost_domain(next(iter(homes)), machine=self._machine, publish=False, start=False)
        gateway.serve_by_component(self._machine.v4)
        for home, case in homes.items():
            usages = (SERVER,) if case.proof == SERVER_ONLY else (SERVER, CLIENT)
            credential = self._scene.world.authority.for_domain(home, usages=usages)
            self._add_home(gateway, home, case.service, "service", credential)
        return gateway

    def _add_home(self, gateway: Gatepost, home: str, service: str, inside: str, credential: Credential) -> None:
        add_home(gateway.config, home, self._machine, credential.write(self._scene.folder / home, home), inside)
        self._scene.world.publish(home, service_records("gw1", *ports(service), self._machine, credential))

    def _add_inside(self, peer: str, partners: list[str]) -> None:
        """A server inside that takes components for all partners."""
        home = domain("home-inside", peer)
        credential = self._scene.credential(home)
        machine = self._scene.machine(home)
        secret = self._scene.folder / "inside.secret"
        secret.write_text(COMPONENT_SECRET + "\n")
        secret.chmod(0o600)
        self.gateway.config.section("inside", peer, kind="server", address=f"{machine.v4}:{COMPONENT_PORT}",
                                    secret_file=str(secret))
        self._add_home(self.gateway, home, STARTTLS, peer, credential)
        components = dict.fromkeys(partners, COMPONENT_SECRET)
        more = {} if peer == JABBERD2 else {"components": components}  # its router takes any
        self._launch(peer, machine, self._scene.folder / f"inside-{home}", {home: credential},
                     self._scene.world.ca_file, **more)

    def _add_partners(self, peer: str, proof: str) -> None:
        """A server outside, with a domain for each service."""
        world = self._scene.world
        authority = self._unknown if proof == NO_CERTIFICATE else world.authority
        ca_file = self._unknown.write(self._scene.folder / "unknown.pem") if proof == NO_CERTIFICATE else world.ca_file
        machine = self._scene.machine(f"{peer} {proof}")
        services = {domain(peer, service, proof): service for service in SERVICES
                    if any(case.service == service and not impossible(case) for case in CASES if case.peer == peer)}
        credentials = {name: authority.for_domain(name) for name in services}
        for name, service in services.items():
            self.gateway.config.section("partner", name, dialback="allowed" if proof == NO_CERTIFICATE else "refused")
            world.publish(name, service_records("xmpp", *ports(service), machine,
                                                credentials[name] if proof == DANE else None))
        more = {"dane": proof == DANE, "secure_auth": proof != NO_CERTIFICATE} if peer == PROSODY else {}
        self._launch(peer, machine, self._scene.folder / machine.name, credentials, ca_file, **more)

    def _launch(self, peer: str, machine: Machine, folder: Path, credentials: dict[str, Credential], ca_file: Path,
                **more: Any) -> None:
        """Starts it, and waits for nothing."""
        dns = self._scene.world.dns
        (first, credential), *others = credentials.items()
        server: Server
        match peer:
            case "Prosody":
                server = Prosody(ProsodyOptions(first, credential, dict(others), **more), machine, folder, ca_file,
                                 dns.root_hints, dns.trust_anchor)
            case "ejabberd":
                server = Ejabberd(EjabberdOptions(first, credential, dict(others), **more), machine, folder, ca_file,
                                  self._scene.world.resolver.machine.v4)
            case _:
                server = Jabberd2(Jabberd2Options(first, credential, COMPONENT_SECRET), machine, folder, ca_file,
                                  self._scene.world.resolver.machine.v4)
        for process in server.processes:
            self._scene.keep(process)
        server.launch()
        self._servers.update(dict.fromkeys(credentials, server))

    def speaker(self, name: str) -> Speaker:
        """Somebody of a domain, on either side; always the same."""
        if name not in self._speakers:
            self._speakers[name] = self._new_speaker(name)
        return self._speakers[name]

    def _new_speaker(self, name: str) -> Speaker:
        server = self._servers.get(name)
        if isinstance(server, Prosody | Ejabberd):
            (user, password), = server.options.users.items()
            entity: Entity = User(f"{user}@{name}", password, server.machine.v4)
            self._scene.until_end(entity.close)
            # Who has not asked for the roster is told of no answer to a subscription (RFC 6121, 3.1.6).
            entity.request(f"{user}@{name}", "<query xmlns='jabber:iq:roster'/>")
            return Speaker(entity, f"{user}@{name}", is_component=False)
        address = server.machine.v4 if server else self._machine.v4
        return Speaker(self._scene.component(name, COMPONENT_SECRET, address), f"bot@{name}", is_component=True)

    def words(self, case: Case) -> str:
        """What the peer says of the stream."""
        pattern = WORDS[case.peer, case.opened_by].format(home=re.escape(case.home), partner=re.escape(case.partner))
        output = self._servers[case.partner].output
        proof = output.wait_for(pattern).groupdict().get("proof") or "dialback"
        has_looked = output.find(DANE_WORDS.format(home=re.escape(case.home)))
        return f"{proof}, DANE" if has_looked and case.opened_by == PEER else proof


@pytest.fixture(scope="module")
def site(shared_scene: Scene) -> Site:
    return Site(shared_scene)


Rows = dict[Table, dict[Any, Row]]


@pytest.fixture(scope="module")
def rows(request: pytest.FixtureRequest) -> Rows:
    """What happened so far; printed at the end of the run."""
    return request.config.stash.setdefault(interop.ROWS, {table: {} for table in TABLES})


def expected_proof(case: Case) -> str:
    """What gatepost is to say. Its own look at TLSA records is for servers that it connects to."""
    if case.proof == NO_CERTIFICATE:
        return "dialback"
    return "DANE" if case.proof == DANE and case.opened_by == GATEPOST else "PKIX"


@pytest.mark.parametrize("case", CASES, ids=lambda case: label(case.peer, case.service, case.proof, case.opened_by))
def test_combination(site: Site, rows: Rows, case: Case) -> None:
    start = (f"{case.peer} {version(case.peer)}", case.opened_by, case.service, case.proof)
    reason = impossible(case)
    if reason:
        rows[interop.STREAMS][case] = (*start, "", "", "", reason)
        return
    here, there = site.speaker(case.home), site.speaker(case.partner)
    if case.opened_by == GATEPOST:
        here.reaches(there, case.partner)
    else:
        there.reaches(here, case.home)
    stream = site.gateway.await_event("session-open", home=case.home, partner=case.partner,
                                      direction="out" if case.opened_by == GATEPOST else "in")
    assert stream["auth"] == expected_proof(case)
    if case.opened_by == GATEPOST:
        assert stream["address"].endswith(f":{S2S_PORT if case.service == STARTTLS else DIRECT_TLS_PORT}")
    rows[interop.STREAMS][case] = (*start, stream["tls"], stream["auth"], site.words(case), result(case))


@pytest.mark.parametrize("case", INSIDE_CASES, ids=lambda case: label(case.inside, case.outside, case.begun_by))
def test_server_inside(site: Site, rows: Rows, case: InsideCase) -> None:
    # A server whose component is not there yet would go to the partner itself.
    site.gateway.await_event("inside-open", inside=case.inside, partner=case.partner)
    inside, outside = site.speaker(case.home), site.speaker(case.partner)
    if case.begun_by == INSIDE:
        inside.reaches(outside, case.partner)
    else:
        outside.reaches(inside, case.home)
    rows[interop.INSIDE][case] = (f"{case.inside} {version(case.inside)}", f"{case.outside} {version(case.outside)}",
                                  case.begun_by, "works")


@pytest.mark.parametrize("case", EXTENSION_CASES, ids=lambda case: label(*case.modules, case.opened_by))
def test_extensions(scene: Scene, rows: Rows, case: ExtensionCase) -> None:
    gateway, bot = component_gateway(scene, case.home, case.partner)
    server = scene.prosody_domain(case.partner, modules=list(case.modules))
    user = scene.user(server)
    user.request(f"romeo@{case.partner}", "<query xmlns='jabber:iq:roster'/>")
    here, there = Speaker(bot, f"bot@{case.home}", True), Speaker(user, user.jid.split("/")[0], False)
    if case.opened_by == GATEPOST:
        here.reaches(there, case.partner)
    else:
        there.reaches(here, case.home)
    streams = [it for it in gateway.status()["sessions"] if it["partner"] == case.partner]
    assert len(streams) == (1 if "s2s_bidi" in case.modules else 2)
    assert case.opened_by == PEER or "s2s_bidi" not in case.modules or streams[0]["direction"] == "out"
    if "smacks" in case.modules:
        server.output.wait_for(r"\[s2s(in|out)\]: <enabled(?=.*urn:xmpp:sm:)")
    rows[interop.EXTENSIONS][case] = (f"{PROSODY} {version(PROSODY)}", ", ".join(f"mod_{it}" for it in case.modules),
                                      case.opened_by, "one" if len(streams) == 1 else "two",
                                      "yes" if "smacks" in case.modules else "no", "works")


def test_documented_tables_are_what_happened(rows: Rows, request: pytest.FixtureRequest) -> None:
    """With a selection of tests (-k) only their rows."""
    happened = {table: [rows[table][case] for case in cases if case in rows[table]]
                for table, cases in TABLES.items()}
    is_whole = sum(map(len, happened.values())) == sum(map(len, TABLES.values()))
    if request.config.getoption("--write-interop"):
        assert is_whole, "only a whole run may be written down"
        interop.write(happened)
    for table, some in happened.items():
        lines, committed = (interop.without_versions(it) for it in (table.lines(some), table.committed()))
        assert [line for line in lines if line not in committed] == []
        assert not is_whole or lines == committed
