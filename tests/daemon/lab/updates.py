"""Name servers whose zones can be changed from outside, by RFC 2136 with a key, and the programs that do it."""

import base64
import secrets
import subprocess

import dns.query
import dns.rdatatype
import dns.tsigkeyring
import dns.zone

from .dnsserver import Bind, Knot, NameServer
from .process import run

KEY_NAME = "update"
KEY_SECRET = base64.b64encode(secrets.token_bytes(32)).decode()

# A record of a zone: name, TTL, type and data.
Record = tuple[str, int, str, str]
# What a server makes by itself.
MADE_BY_SERVERS = {"SOA", "RRSIG", "NSEC", "NSEC3", "NSEC3PARAM", "DNSKEY", "TYPE65534"}


class UpdatableKnot(Knot):
    def _configuration(self) -> str:
        return super()._configuration().replace("\nzone:\n", f"""
key:
  - id: {KEY_NAME}
    algorithm: hmac-sha256
    secret: {KEY_SECRET}
acl:
  - id: update
    key: {KEY_NAME}
    action: [update, transfer]
template:
  - id: default
    acl: update
zone:
""")

    @property
    def control(self) -> str:
        return str(self.folder / "control")


class UpdatableBind(Bind):
    def _configuration(self) -> str:
        key = f'key "{KEY_NAME}" {{ algorithm hmac-sha256; secret "{KEY_SECRET}"; }};\n'
        return key + super()._configuration().replace("type primary;",
                                                      f"type primary; allow-update {{ key {KEY_NAME}; }};")

    def _reload(self, zone: str) -> None:
        """A new zone comes with the configuration; of one that it changes itself it takes no new file."""
        run(self._control("reconfig"))


def read_zone(server: NameServer, zone: str) -> set[Record]:
    """Every record of the zone, but for what the server makes, by a zone transfer."""
    transfer = dns.query.xfr(server.machine.v4, zone, relativize=False, lifetime=30,
                             keyring=dns.tsigkeyring.from_text({KEY_NAME: KEY_SECRET}), keyalgorithm="hmac-sha256")
    found = dns.zone.from_xfr(transfer, relativize=False)
    return {(name.to_text(), ttl, dns.rdatatype.to_text(rdata.rdtype), rdata.to_text())
            for name, ttl, rdata in found.iterate_rdatas()
            if dns.rdatatype.to_text(rdata.rdtype) not in MADE_BY_SERVERS}


def run_script(tool: str, server: NameServer, script: str) -> subprocess.CompletedProcess[str]:
    """nsupdate or knsupdate, which are told the server: here is no resolver to find the primary with."""
    return subprocess.run([tool, "-y", f"hmac-sha256:{KEY_NAME}:{KEY_SECRET}"],
                          input=f"server {server.machine.v4}\n{script}", capture_output=True, text=True, timeout=60)
