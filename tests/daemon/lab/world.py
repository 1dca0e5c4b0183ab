"""The world of a test: one DNS, one authority, and the servers that a test puts into it."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any, Callable, Iterator, Sequence, TypeVar

from .client import Component, User
from .dnsserver import Knot, NameServer, Nsd, Resolver
from .dnstree import DnsTree, Ds
from .ejabberd import Ejabberd, EjabberdOptions
from .gatepost import Gatepost, Section
from .net import Machine, Network
from .pki import Authority, Credential, Files
from .process import Process
from .proof import Proof, Witness
from .prosody import COMPONENT_PORT, DIRECT_TLS_PORT, S2S_PORT, Prosody, ProsodyOptions
from .zones import SIGNED, Records, Signing, Zone

T = TypeVar("T")


def service_records(target: str, starttls_port: int | None = S2S_PORT, direct_tls_port: int | None = DIRECT_TLS_PORT,
                    machine: Machine | None = None, credential: Credential | None = None) -> dict[str, list[str]]:
    """The SRV records that lead to a host, both services; with a machine the host's addresses, with a credential its
    TLSA records. The target is a name in the zone."""
    records: dict[str, list[str]] = {}
    if starttls_port:
        records["_xmpp-server._tcp"] = [f"SRV 10 0 {starttls_port} {target}"]
    if direct_tls_port:
        records["_xmpps-server._tcp"] = [f"SRV 10 0 {direct_tls_port} {target}"]
    if machine:
        records[target] = [f"A {machine.v4}", f"AAAA {machine.v6}"]
    if credential:
        for port in filter(None, (starttls_port, direct_tls_port)):
            records[f"_{port}._tcp.{target}"] = [credential.tlsa()]
    return records


def add_home(config: Section, domain: str, machine: Machine, files: Files, inside: str) -> None:
    """A home domain with the host gw1."""
    home = config.section("domain", domain, certificate=str(files.certificate), key=str(files.key), inside=inside)
    home.section("host", f"gw1.{domain}", address=[machine.v4, machine.v6])


def home_config(world: "World", domain: str, partners: Sequence[str], machine: Machine, files: Files) -> Section:
    """The configuration of a gateway in this world, for one domain with the host gw1."""
    config = Section()
    add_home(config, domain, machine, files, inside="echo")
    config.section("inside", "echo", kind="echo")
    for partner in partners:
        config.section("partner", partner)
    for number, address in enumerate((machine.v4, machine.v6)):
        config.section("listen", number, address=address)
    config.section("resolver", trust_anchor_file=str(world.dns.trust_anchor), root_hints=str(world.dns.root_hints))
    config.section("tls", ca_file=str(world.ca_file))
    return config


class World:
    """What lives as long as the whole run: network, root, top-level domain, two hosting name servers, resolver, CA."""

    def __init__(self, folder: Path, hosting: Sequence[type[NameServer]] = (Nsd, Knot)) -> None:
        self.folder = folder
        self.network = Network(folder / "net")
        self.authority = Authority("Lab Root CA")
        self.ca_file = self.authority.write(folder / "ca.pem")
        self._stack = ExitStack()
        root = self.name_server(Nsd, "a.root.")
        tld = self.name_server(hosting[-1], "a.nic.example.")
        self.hosting = [self.name_server(kind, f"ns{number}.example.")
                        for number, kind in enumerate(hosting, start=1)]
        self.dns = DnsTree(folder / "dns", root, tld)
        self._resolver: Resolver | None = None

    def close(self) -> None:
        self._stack.close()

    def name_server(self, kind: type[NameServer], name: str) -> NameServer:
        """A running server without zones."""
        server = kind(name, self.network.machine(name), self.folder / "dns" / name.rstrip("."))
        server.start()
        self._stack.callback(server.stop)
        return server

    @property
    def resolver(self) -> Resolver:
        """A validating resolver, started when it is first asked for."""
        if self._resolver is None:
            self._resolver = Resolver(self.network.machine("resolver"), _made(self.folder / "resolver"),
                                      self.dns.root_hints, self.dns.trust_anchor)
            self._resolver.start()
            self._stack.callback(self._resolver.stop)
        return self._resolver

    def publish(self, domain: str, records: Records, signing: Signing | None = SIGNED, ds: Ds | None = None,
                servers: Sequence[NameServer] | None = None, on: Sequence[NameServer] | None = None,
                ttl_s: int = 3600, negative_s: int = 300, delegation: Records | None = None) -> None:
        """Puts a zone, new or changed, into the DNS; see DnsTree.publish()."""
        zone = Zone(f"{domain}.", records, signing, ttl_s, negative_s)
        self.dns.publish(zone, self.hosting if servers is None else servers, ds, on,
                         delegation)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Scene:
    """The servers of one test, or of a group of tests. All are stopped at its end."""

    def __init__(self, world: World, folder: Path, test: str = "", proof: Proof | None = None) -> None:
        self.world = world
        self.folder = _made(folder)
        self.processes: list[Process] = []
        self.witness = Witness(proof or Proof(), test, self)
        self._zones_before = world.dns.count()
        self._stack = ExitStack()

    def close(self) -> None:
        self._stack.close()

    def until_end(self, stop: Callable[[], Any]) -> None:
        self._stack.callback(stop)

    def logs(self) -> Iterator[tuple[str, list[str]]]:
        """Name and lines of each process that ran here."""
        for process in self.processes:
            if process.was_started:
                yield process.name, process.output.lines()

    def zones(self) -> list[tuple[Zone, Sequence[NameServer]]]:
        """What has been published here."""
        return self.world.dns.zones(self._zones_before)

    def machine(self, name: str) -> Machine:
        return self.world.network.machine(name)

    def credential(self, *domains: str) -> Credential:
        return self.world.authority.for_domain(*domains)

    def keep(self, process: Process) -> None:
        self.processes.append(process)
        self.until_end(process.stop)

    def prosody(self, domain: str, machine: Machine | None = None, credential: Credential | None = None,
                folder: str | None = None, start: bool = True, **options: Any) -> Prosody:
        """A Prosody for a domain. Its zone is the test's affair, or prosody_domain()'s; a server inside, whose domain is
        the gateway's, has another folder."""
        server = Prosody(ProsodyOptions(domain, credential or self.credential(domain), **options),
                         machine or self.machine(domain), self.folder / (folder or domain), self.world.ca_file,
                         self.world.dns.root_hints, self.world.dns.trust_anchor)
        self.keep(server.process)
        if start:
            server.start()
        return server

    def prosody_domain(self, domain: str, starttls: bool = True, direct_tls: bool = True,
                       signing: Signing | None = SIGNED, tlsa: bool = False, credential: Credential | None = None,
                       **options: Any) -> Prosody:
        """The same with a zone that leads to it, on request with TLSA records."""
        machine = self.machine(domain)
        credential = credential or self.credential(domain)
        self.publish_service(domain, machine, starttls, direct_tls, signing, credential if tlsa else None)
        return self.prosody(domain, machine, credential, **options)

    def publish_service(self, domain: str, machine: Machine, starttls: bool, direct_tls: bool,
                         signing: Signing | None = SIGNED, credential: Credential | None = None) -> None:
        ports = (S2S_PORT if starttls else None, DIRECT_TLS_PORT if direct_tls else None)
        self.world.publish(domain, service_records("xmpp", *ports, machine, credential), signing)

    def ejabberd_domain(self, domain: str, starttls: bool = True, direct_tls: bool = True,
                        credential: Credential | None = None, **options: Any) -> Ejabberd:
        """A running ejabberd with a zone that leads to it."""
        machine = self.machine(domain)
        self.publish_service(domain, machine, starttls, direct_tls)
        return self.ejabberd(domain, machine, credential, **options)

    def ejabberd(self, domain: str, machine: Machine, credential: Credential | None = None, folder: str | None = None,
                 start: bool = True, **options: Any) -> Ejabberd:
        """An ejabberd for a domain, like prosody()."""
        server = Ejabberd(EjabberdOptions(domain, credential or self.credential(domain), **options), machine,
                          self.folder / (folder or domain), self.world.ca_file, self.world.resolver.machine.v4)
        self.keep(server.process)
        if start:
            server.start()
        return server

    def gatepost_domain(self, domain: str, partners: Sequence[str] = (), *, machine: Machine | None = None,
                        credential: Credential | None = None, publish: bool = True, start: bool = True) -> Gatepost:
        """gatepost with one home domain, an echo inside, and these partners; with a zone that leads to it, TLSA records
        included. Not started, its configuration can still be changed."""
        machine = machine or self.machine(domain)
        credential = credential or self.credential(domain)
        folder = self.folder / domain
        if publish:
            self.world.publish(domain, service_records("gw1", machine=machine, credential=credential))
        gateway = Gatepost(folder, home_config(self.world, domain, partners, machine, credential.write(folder, domain)))
        self.processes.append(gateway.process)
        self.until_end(gateway.end)
        if start:
            gateway.start()
        return gateway

    def user(self, server: Prosody | Ejabberd, name: str | None = None) -> User:
        """A client of the server; by default as its first user."""
        users = server.options.users
        name = name or next(iter(users))
        user = User(f"{name}@{server.domain}", users[name], server.machine.v4)
        self.until_end(user.close)
        return user

    def component(self, domain: str, secret: str, address: str, port: int = COMPONENT_PORT) -> Component:
        component = Component(domain, secret, address, port)
        self.until_end(component.close)
        return component
