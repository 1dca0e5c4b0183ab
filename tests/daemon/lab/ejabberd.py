"""ejabberd as a second kind of partner: an Erlang machine of its own, without distribution, so that no port mapper is
started. It does not validate; it asks the lab's resolver."""

import glob
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Mapping, Sequence

from .net import Machine
from .pki import Credential
from .process import Process, Server

# Erlang loads hundreds of files, each a turn of two threads; a busy machine makes that slow.
START_DEADLINE_S = 180
READY = "lab: ejabberd is ready"


@dataclass(frozen=True)
class EjabberdOptions:
    domain: str
    credential: Credential
    also: Mapping[str, Credential] = field(default_factory=dict)  # further domains with the same users
    users: Mapping[str, str] = field(default_factory=lambda: {"juliet": "secret"})  # of each domain
    components: Mapping[str, str] = field(default_factory=dict)  # domain to secret
    tls: str = "required"  # of streams between servers: required, optional, false, required_trusted
    dialback: bool = True
    s2s_access: str = "all"  # whom it federates with
    include: Sequence[Path] = ()  # further files of configuration


def _libraries() -> str:
    found = glob.glob("/usr/lib/*/ejabberd-*")
    assert found, "no ejabberd"
    return str(Path(found[0]).parent)


class Ejabberd(Server):
    def __init__(self, options: EjabberdOptions, machine: Machine, folder: Path, ca_file: Path, resolver: str) -> None:
        self.options = options
        self.domain = options.domain
        self.machine = machine
        self.folder = folder
        self._ca_file = ca_file
        folder.mkdir(parents=True, exist_ok=True)
        self._domains = {self.domain: options.credential, **options.also}
        for domain, credential in self._domains.items():
            (folder / f"{domain}.pem").write_bytes(credential.chain_pem() + credential.key_pem())
        (folder / "ejabberd.yml").write_text(self._configuration())
        (folder / "resolv.conf").write_text(f"nameserver {resolver}\n")
        self.process = Process(f"ejabberd {self.domain}", folder, self._command(), {
            "ERL_LIBS": _libraries(), "ERL_CRASH_DUMP": str(folder / "crash.dump"), "HOME": str(folder),
            "EJABBERD_CONFIG_PATH": str(folder / "ejabberd.yml"),
            "EJABBERD_LOG_PATH": str(folder / "ejabberd.log")})

    def await_ready(self) -> None:
        self.output.wait_for(READY, deadline_s=START_DEADLINE_S)

    def _command(self) -> list[str | Path]:
        register = "".join(f'ok = ejabberd_auth:try_register(<<"{name}">>, <<"{domain}">>, <<"{password}">>), '
                           for domain in self._domains for name, password in self.options.users.items())
        # It asks for addresses through the C library: so it sees a resolv.conf of its own.
        return ["unshare", "--mount", "--", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"',
                self.folder / "resolv.conf", "erl", "-noinput", "-mnesia", "dir", f'"{self.folder}/mnesia"', "-eval",
                f'{{ok, _}} = application:ensure_all_started(ejabberd), {register} io:format("{READY}~n").']

    def _configuration(self) -> str:
        options = self.options
        listeners = "".join(self._listeners(address) for address in (self.machine.v4, self.machine.v6))
        return f"""\
hosts: {json.dumps(list(self._domains))}
loglevel: debug
certfiles: {json.dumps([f"{self.folder}/{domain}.pem" for domain in self._domains])}
ca_file: "{self._ca_file}"
auth_method: internal
default_db: mnesia
s2s_use_starttls: {options.tls}
s2s_access: {options.s2s_access}
listen:
{listeners}modules:
  mod_disco: {{}}
  mod_ping: {{}}
  mod_roster: {{}}
  mod_version: {{}}
{"  mod_s2s_dialback: {}" if options.dialback else ""}
{self._includes()}"""

    def _includes(self) -> str:
        files = "".join(f'  - "{file}"\n' for file in self.options.include)
        return f"include_config_file:\n{files}" if files else ""

    def _listeners(self, address: str) -> str:
        text = f"""\
  - {{ip: "{address}", port: 5222, module: ejabberd_c2s}}
  - {{ip: "{address}", port: 5269, module: ejabberd_s2s_in}}
  - {{ip: "{address}", port: 5270, module: ejabberd_s2s_in, tls: true}}
"""
        if self.options.components:
            hosts = "".join(f'      "{domain}": {{password: "{secret}"}}\n'
                            for domain, secret in self.options.components.items())
            # A stream is for its own domain, not for all of hosts.
            text += (f'  - ip: "{address}"\n    port: 5347\n    module: ejabberd_service\n    global_routes: false\n'
                     f'    hosts:\n{hosts}')
        return text
