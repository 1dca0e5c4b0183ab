"""Prosody as a partner or as the server inside: its own folder, its own validating resolver, its users."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Mapping, Sequence

from .net import Machine
from .pki import Credential
from .process import Process, Server

S2S_PORT = 5269
DIRECT_TLS_PORT = 5270
C2S_PORT = 5222
COMPONENT_PORT = 5347


@dataclass(frozen=True)
class ProsodyOptions:
    domain: str
    credential: Credential
    also: Mapping[str, Credential] = field(default_factory=dict)  # further domains with the same users
    users: Mapping[str, str] = field(default_factory=lambda: {"romeo": "secret"})  # of each domain
    components: Mapping[str, str] = field(default_factory=dict)  # domain to secret
    secure_auth: bool = True  # only certificates prove a domain; False: dialback will do
    certificates: bool = True  # False: looks at no certificate and offers no SASL EXTERNAL
    dialback: bool = True
    encryption: bool = True  # required
    dane: bool = False
    view: str = ""  # address of a resolver that it asks and believes, instead of the root servers
    modules: Sequence[str] = ()  # beside the usual ones
    more: str = ""  # further lines of configuration, in front of the hosts
    include: Path | None = None  # a file with components, behind them


def _lua(value: bool) -> str:
    return "true" if value else "false"


class Prosody(Server):
    def __init__(self, options: ProsodyOptions, machine: Machine, folder: Path, ca_file: Path, root_hints: Path,
                 trust_anchor: Path) -> None:
        self.options = options
        self.domain = options.domain
        self.machine = machine
        self.folder = folder
        self._dns = (root_hints, trust_anchor)
        self._ca_file = ca_file
        folder.mkdir(parents=True, exist_ok=True)
        self.process = Process(f"prosody {self.domain}", folder,
                               ["prosody", "--root", "-F", "--config", folder / "prosody.cfg.lua"])
        self.use(options.credential)
        self._write_users()
        (folder / "prosody.cfg.lua").write_text(self._configuration())

    def use(self, credential: Credential) -> None:
        """The certificate of the domain, from the next start on."""
        self._files = credential.write(self.folder / "certs", self.domain)
        for domain, other in self.options.also.items():
            other.write(self.folder / "certs", domain)

    def await_ready(self) -> None:
        takes_components = self.options.components or self.options.include
        wanted = ["c2s", "s2s", "s2s_direct_tls"] + (["component"] if takes_components else [])
        for service in wanted:
            self.output.wait_for(rf"Activated service '{service}'")

    def restart(self) -> None:
        self.stop()
        self.start()

    def _write_users(self) -> None:
        for domain in (self.domain, *self.options.also):
            folder = self.folder / "data" / domain.replace(".", "%2e").replace("-", "%2d") / "accounts"
            folder.mkdir(parents=True)
            for name, password in self.options.users.items():
                (folder / f"{name}.dat").write_text(f'return {{ ["password"] = "{password}" }};\n')

    def _configuration(self) -> str:
        options = self.options
        hints, anchor = self._dns
        cache = '["cache-max-ttl:"] = "0"; ["cache-max-negative-ttl:"] = "0"'
        if options.view:
            where = f'forward = {{ "{options.view}" }}; options = {{ ["module-config:"] = "iterator"; {cache} }};'
        else:
            where = f'trustfile = "{anchor}"; options = {{ ["root-hints:"] = "{hints}"; {cache} }};'
        include = f'Include "{options.include}"\n' if options.include else ""
        disabled = ([] if options.certificates else ["s2s_auth_certs"]) + ["offline"]
        enabled = ["disco", "roster", "saslauth", "tls", "ping", "version", "posix"]
        enabled += (["dialback"] if options.dialback else []) + list(options.modules)
        hosts = "".join(f'VirtualHost "{domain}"\n' for domain in (self.domain, *options.also))
        components = "".join(f'Component "{domain}"\n  component_secret = "{secret}"\n'
                             for domain, secret in options.components.items())
        return f"""\
daemonize = false
run_as_root = true
pidfile = "{self.folder}/prosody.pid"
data_path = "{self.folder}/data"
certificates = "{self.folder}/certs"
log = {{ {{ levels = {{ min = "debug" }}, to = "stdout" }} }}
unbound = {{
  resolvconf = false;
  {where}
}}
use_dane = {_lua(options.dane)}
interfaces = {{ "{self.machine.v4}", "{self.machine.v6}" }}
component_interfaces = {{ "{self.machine.v4}" }}
c2s_ports = {{ {C2S_PORT} }}
s2s_ports = {{ {S2S_PORT} }}
s2s_direct_tls_ports = {{ {DIRECT_TLS_PORT} }}
s2s_direct_tls_certificate = "{self._files.certificate}"
component_ports = {{ {COMPONENT_PORT} }}
modules_enabled = {{ {", ".join(f'"{name}"' for name in enabled)} }}
modules_disabled = {{ {", ".join(f'"{name}"' for name in disabled)} }}
authentication = "internal_plain"
allow_unencrypted_plain_auth = true
c2s_require_encryption = false
s2s_require_encryption = {_lua(options.encryption)}
s2s_secure_auth = {_lua(options.secure_auth)}
ssl = {{ cafile = "{self._ca_file}" }}
{options.more}
{hosts}{components}{include}"""
