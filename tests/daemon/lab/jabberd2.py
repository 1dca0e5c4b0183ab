"""jabberd2 as a third kind of partner: its router and its server-to-server process, all that federation needs.

Its users are components (XEP-0114). It does not validate; it asks the lab's resolver. One certificate serves all its
domains, and it has no direct TLS between servers.
"""

from dataclasses import dataclass
from pathlib import Path

from .net import Machine
from .pki import Credential
from .process import Process

ROUTER_PORT = 5347


@dataclass(frozen=True)
class Jabberd2Options:
    domain: str
    credential: Credential
    secret: str = "hush"  # of components


class Jabberd2:
    def __init__(self, options: Jabberd2Options, machine: Machine, folder: Path, ca_file: Path, resolver: str) -> None:
        self.options = options
        self.domain = options.domain
        self.machine = machine
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        credential = options.credential
        (folder / "server.pem").write_bytes(credential.chain_pem() + credential.key_pem())
        (folder / "users.xml").write_text("<users><user><name>jabberd</name><secret>inner</secret></user></users>\n")
        (folder / "filter.xml").write_text("<filter/>\n")
        (folder / "router.xml").write_text(self._router())
        (folder / "s2s.xml").write_text(self._s2s(ca_file))
        self.router = Process(f"jabberd2-router {self.domain}", folder / "router",
                              ["jabberd2-router", "-c", folder / "router.xml"])
        # libudns takes the resolver's address from here.
        self.s2s = Process(f"jabberd2-s2s {self.domain}", folder / "s2s",
                           ["jabberd2-s2s", "-c", folder / "s2s.xml"], {"NAMESERVERS": resolver})

    @property
    def output(self):
        return self.s2s.output

    @property
    def processes(self) -> tuple[Process, ...]:
        return self.router, self.s2s

    def launch(self) -> None:
        self.router.start()
        self.s2s.start()  # tries again until the router is there

    def await_ready(self) -> None:
        self.output.wait_for(r"ready for connections")

    def _router(self) -> str:
        return f"""\
<router>
  <id>router</id>
  <pidfile>{self.folder}/router.pid</pidfile>
  <log type='stdout'/>
  <local>
    <ip>{self.machine.v4}</ip>
    <port>{ROUTER_PORT}</port>
    <users>{self.folder}/users.xml</users>
    <secret>{self.options.secret}</secret>
  </local>
  <aci>
    <acl type='all'><user>jabberd</user></acl>
    <filter>{self.folder}/filter.xml</filter>
  </aci>
  <filter>{self.folder}/filter.xml</filter>
</router>
"""

    def _s2s(self, ca_file: Path) -> str:
        return f"""\
<s2s>
  <id>s2s</id>
  <pidfile>{self.folder}/s2s.pid</pidfile>
  <router>
    <ip>{self.machine.v4}</ip>
    <port>{ROUTER_PORT}</port>
    <user>jabberd</user>
    <pass>inner</pass>
  </router>
  <log type='stdout'/>
  <local>
    <ip>{self.machine.v4}</ip>
    <port>5269</port>
    <pemfile>{self.folder}/server.pem</pemfile>
    <cachain>{ca_file}</cachain>
  </local>
  <lookup>
    <srv>xmpp-server</srv>
  </lookup>
  <security>
    <require_tls/>
  </security>
</s2s>
"""
