"""Real DNS servers: NSD, Knot and BIND for zones, unbound as a resolver. Each binds port 53 of its own machine."""

import secrets
import subprocess
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Sequence

import dns.exception
import dns.message
import dns.query
import dns.rcode

from .net import Machine
from .process import Process, children_of, run
from .wait import until


def ask(address: str, name: str, kind: str, deadline_s: float = 3, want_dnssec: bool = False) -> dns.message.Message:
    """One question by UDP, again over TCP when the answer does not fit."""
    question = dns.message.make_query(name, kind, want_dnssec=want_dnssec)
    return dns.query.udp_with_fallback(question, address, timeout=deadline_s)[0]


def serial_of(address: str, zone: str) -> int | None:
    """The serial that a server answers with; None when it does not, yet."""
    try:
        answer = ask(address, zone, "SOA", 0.5).answer
    except (dns.exception.DNSException, OSError):
        return None
    return answer[0][0].serial if answer else None


class NameServer(ABC):
    """An authoritative server. `name` is its host name, as NS records have it."""

    make: str  # whose software it is

    def __init__(self, name: str, machine: Machine, folder: Path) -> None:
        self.name = name
        self.machine = machine
        self.folder = folder
        self.zones: dict[str, Path] = {}
        self._lost: set[str] = set()
        folder.mkdir(parents=True, exist_ok=True)
        self.process = Process(name, folder, self._command())

    @abstractmethod
    def _command(self) -> Sequence[str | Path]: ...

    @abstractmethod
    def _configuration(self) -> str: ...

    @abstractmethod
    def _control(self, *words: str) -> Sequence[str | Path]:
        """The server's own control command."""

    @abstractmethod
    def _reload(self, zone: str) -> None:
        """Reads the configuration and that zone again."""

    @property
    def addresses(self) -> tuple[str, str]:
        return (self.machine.v4, self.machine.v6)

    def start(self) -> None:
        self._configure()
        self.process.start()
        until(f"{self.name}: an answer of its control channel", self._is_in_control)
        for zone in self.zones.keys() - self._lost:
            until(f"{self.name}: an answer for {zone}", lambda: serial_of(self.machine.v4, zone) is not None)

    def stop(self) -> None:
        self.process.stop()

    def serve(self, zone: str, file: Path, serial: int) -> None:
        """Serves a new zone or a new version; returns when it answers from it."""
        is_new = zone not in self.zones
        served = self.folder / f"{zone}zone"
        served.write_bytes(file.read_bytes())
        self.zones[zone] = served
        self._lost.discard(zone)
        if not self.process.is_running:
            return
        if is_new:
            self._configure()
        self._reload(zone)
        until(f"{self.name}: serial {serial} of {zone}",
              lambda: serial_of(self.machine.v4, zone) == serial and self._is_settled())

    def lose(self, zone: str) -> None:
        """The zone's data is gone, its configuration is not: the server answers SERVFAIL."""
        self.stop()
        self.zones[zone].unlink()
        self._lost.add(zone)
        self.start()
        until(f"{self.name}: SERVFAIL for {zone}", lambda: self._has_lost(zone))

    def _has_lost(self, zone: str) -> bool:
        try:
            return ask(self.machine.v4, zone, "SOA", 0.5).rcode() == dns.rcode.SERVFAIL
        except (dns.exception.DNSException, OSError):
            return False

    def _is_settled(self) -> bool:
        """No process is left that answers from what was before."""
        return True

    def _is_in_control(self) -> bool:
        assert self.process.is_running, f"{self.name} did not start: {self.process.output.lines()[-3:]}"
        return subprocess.run(self._control("status"), capture_output=True).returncode == 0

    def _configure(self) -> None:
        (self.folder / "server.conf").write_text(self._configuration())


class Nsd(NameServer):
    make = "NSD"

    def _command(self) -> Sequence[str | Path]:
        return ["nsd", "-d", "-c", self.folder / "server.conf"]

    def _configuration(self) -> str:
        return f"""\
server:
  ip-address: {self.machine.v4}
  ip-address: {self.machine.v6}
  username: ""
  chroot: ""
  zonesdir: "{self.folder}"
  database: ""
  pidfile: "{self.folder}/nsd.pid"
  xfrdfile: ""
  xfrdir: "{self.folder}"
  zonelistfile: "{self.folder}/zone.list"
  server-count: 1
  rrl-ratelimit: 0
remote-control:
  control-enable: yes
  control-interface: "{self.folder}/control"
""" + "".join(f'zone:\n  name: "{zone}"\n  zonefile: "{file}"\n' for zone, file in self.zones.items())

    def _reload(self, zone: str) -> None:
        run(self._control("reconfig"))
        run(self._control("reload", zone))

    def _is_settled(self) -> bool:
        """A reload starts new server processes and then ends the old ones; server-count is 1."""
        return all(len(children_of(pid)) == 1 for pid in (self.process.pid, *children_of(self.process.pid)))

    def _control(self, *words: str) -> Sequence[str | Path]:
        return ["nsd-control", "-c", self.folder / "server.conf", *words]


class Knot(NameServer):
    make = "Knot"

    def _command(self) -> Sequence[str | Path]:
        return ["knotd", "-c", self.folder / "server.conf"]

    def _configuration(self) -> str:
        return f"""\
server:
  rundir: "{self.folder}"
  listen: ["{self.machine.v4}@53", "{self.machine.v6}@53"]
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
control:
  listen: "{self.folder}/control"
database:
  storage: "{self.folder}"
log:
  - target: stdout
    any: info
zone:
""" + "".join(f'  - domain: "{zone}"\n    file: "{file}"\n    journal-content: none\n    zonefile-load: whole\n'
              for zone, file in self.zones.items())

    def _reload(self, zone: str) -> None:
        run(self._control("reload"))
        run(self._control("-b", "zone-reload", zone))

    def _control(self, *words: str) -> Sequence[str | Path]:
        return ["knotc", "-s", self.folder / "control", *words]


class Bind(NameServer):
    make = "BIND"

    def __init__(self, name: str, machine: Machine, folder: Path) -> None:
        super().__init__(name, machine, folder)
        self._secret = secrets.token_hex(16)

    def _command(self) -> Sequence[str | Path]:
        return ["named", "-g", "-n", "1", "-c", self.folder / "server.conf"]

    def _configuration(self) -> str:
        key = f'key "control" {{ algorithm hmac-sha256; secret "{self._secret}"; }};\n'
        (self.folder / "rndc.conf").write_text(
            key + f"options {{ default-server {self.machine.v4}; default-key control; }};\n")
        return key + f"""\
controls {{ inet {self.machine.v4} allow {{ any; }} keys {{ control; }}; }};
options {{
  directory "{self.folder}";
  pid-file "{self.folder}/named.pid";
  session-keyfile "{self.folder}/session.key";
  listen-on {{ {self.machine.v4}; }};
  listen-on-v6 {{ {self.machine.v6}; }};
  recursion no;
  dnssec-validation no;
  notify no;
}};
""" + "".join(f'zone "{zone}" {{ type primary; file "{file}"; }};\n' for zone, file in self.zones.items())

    def _reload(self, zone: str) -> None:
        run(self._control("reconfig"))
        run(self._control("reload", zone))

    def _control(self, *words: str) -> Sequence[str | Path]:
        return ["rndc", "-c", self.folder / "rndc.conf", *words]


class Resolver:
    """unbound as a validating recursive resolver, for programs that cannot validate themselves."""

    def __init__(self, machine: Machine, folder: Path, root_hints: Path, trust_anchor: Path, more: str = "") -> None:
        """more: further lines of the server section, such as another view of some domains."""
        self.machine = machine
        self.process = Process("resolver", folder, ["unbound", "-d", "-c", folder / "server.conf"])
        (folder / "server.conf").write_text(f"""\
server:
  interface: {machine.v4}
  interface: {machine.v6}
  access-control: 0.0.0.0/0 allow
  access-control: ::/0 allow
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: ""
  use-syslog: no
  logfile: ""
  num-threads: 1
  root-hints: "{root_hints}"
  trust-anchor-file: "{trust_anchor}"
  val-log-level: 2
  log-replies: yes
  ede: yes
  cache-max-ttl: 0
  cache-max-negative-ttl: 0
{more}
remote-control:
  control-enable: no
""")

    def start(self) -> None:
        self.process.start()
        self.process.output.wait_for(r"start of service")

    def stop(self) -> None:
        self.process.stop()

    def ask(self, name: str, kind: str) -> dns.message.Message:
        return ask(self.machine.v4, name, kind, deadline_s=15, want_dnssec=True)
