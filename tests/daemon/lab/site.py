"""A gateway with everything right, for what `gatepost check` finds when one thing is not."""

import json
import os
import socket
import subprocess
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Callable, Iterable, Sequence

import pytest

from . import pki
from .dnsserver import NameServer
from .gatepost import SANITIZER_ENV, Gatepost, binary
from .process import Process
from .prosody import DIRECT_TLS_PORT, S2S_PORT
from .proof import Witness
from .s2speer import Stream, receive
from .wait import until
from .wire import Listener
from .world import Scene, home_config, service_records
from .zones import Signing

DEADLINE_S = 90
READY, NOT_READY, WAIT, UNKNOWN, USAGE = 0, 1, 2, 3, 64
STARTTLS_SRV, DIRECT_SRV = "_xmpp-server._tcp", "_xmpps-server._tcp"


def accepts(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), 1).close()
        return True
    except OSError:
        return False


@dataclass(frozen=True)
class Report:
    status: int
    verdict: str
    findings: Sequence[dict[str, Any]]
    witness: Witness
    safe_at: str | None = None

    def __post_init__(self) -> None:
        if self.verdict == "READY":
            self.witness.passed(self.ids("PASS"))

    def of(self, status: str) -> list[dict[str, Any]]:
        return [finding for finding in self.findings if finding["status"] == status]

    def ids(self, status: str) -> set[str]:
        return {finding["id"] for finding in self.of(status)}

    def find(self, check: str, status: str, text: str = "") -> dict[str, Any]:
        """The first finding of the check with the status that has the text somewhere."""
        for finding in self.of(status):
            if finding["id"] == check and text in json.dumps(finding, ensure_ascii=False):
                self.witness.found(finding)
                return finding
        raise AssertionError(f"no {status} of {check} with '{text}':\n{self}")

    def __str__(self) -> str:
        """What is not right, a line each."""
        return "\n".join(f"{finding['status']} {finding['id']} {finding['subject']}: {finding['sentence']}"
                         for finding in self.findings if finding["status"] != "PASS")


def check_public(scene: Scene, *arguments: str, listed: str | None = None) -> subprocess.CompletedProcess[str]:
    """gatepost check --public where there is no configuration at all; `listed` is its standard input."""
    world = scene.world
    return subprocess.run([binary(), "check", "--public", "--root-hints", world.dns.root_hints, "--trust-anchor-file",
                           world.dns.trust_anchor, "--ca-file", world.ca_file, *arguments], input=listed,
                          capture_output=True, text=True, timeout=DEADLINE_S, cwd=scene.folder, check=False,
                          env={**os.environ, **SANITIZER_ENV})


@dataclass
class Site:
    """A gateway with everything right, until a fault is planted. start() puts it into the world."""

    scene: Scene
    domain: str
    credential: pki.Credential
    records: dict[str, list[str]] = field(default_factory=dict)
    signing: Signing | None = Signing()

    def __post_init__(self) -> None:
        self.machine = self.scene.machine(self.domain)
        self.servers: Sequence[NameServer] = self.scene.world.hosting
        self.host = f"gw1.{self.domain}"
        self.use(self.credential)
        config = home_config(self.scene.world, self.domain, [], self.machine, self.files)
        self.gateway = Gatepost(self.scene.folder / self.domain, config)
        self.home = config.section("domain", self.domain)
        self.scene.processes.append(self.gateway.process)
        self.scene.until_end(self.gateway.end)

    def use(self, credential: pki.Credential, with_above: bool = True) -> None:
        """The certificate on disk, and records for it."""
        self.credential = credential
        self.files = credential.write(self.scene.folder / self.domain, self.domain, with_above)
        self.records.update(service_records("gw1", machine=self.machine, credential=credential))

    def publish(self, on: Sequence[NameServer] | None = None, **more: Any) -> None:
        """more: what else World.publish() takes."""
        self.scene.world.publish(self.domain, self.records, self.signing, servers=self.servers, on=on, **more)

    def start(self) -> None:
        self.publish()
        self.gateway.start()

    def one_endpoint(self) -> None:
        """STARTTLS over IPv4 is all there is, so that there is one connection to expect."""
        self.home.section("host", self.host, address=[self.machine.v4], direct_tls_port="none")
        self.records["gw1"] = [f"A {self.machine.v4}"]
        self.records[DIRECT_SRV] = ["SRV 0 0 0 ."]
        self.gateway.config.section("listen", 0, direct_tls_port="none")
        self.gateway.config.drop("listen", 1)

    def move(self, address_of: str) -> str:
        """The configured host has another address than the gateway listens on; returns it."""
        other = self.scene.machine(address_of)
        self.home.section("host", self.host, address=[other.v4])
        self.records["gw1"] = [f"A {other.v4}"]
        return other.v4

    def share_secret(self) -> str:
        """The gateway's dialback secret."""
        file = self.scene.folder / "dialback.secret"
        file.touch(0o600)
        file.write_text("secret-of-the-lab-of-the-lab-of-the-lab\n")
        self.gateway.config.set(dialback_secret_file=str(file))
        return file.read_text().strip()

    def serve_by_openssl(self, credential: pki.Credential, *options: Any) -> None:
        """openssl s_server where direct TLS should be, and no STARTTLS; starts the rest."""
        address = self.move(f"s_server of {self.domain}")
        files = credential.write(self.scene.folder / "s_server", "s_server")
        self.home.section("host", self.host, starttls_port="none")
        self.records[STARTTLS_SRV] = ["SRV 0 0 0 ."]
        process = Process("s_server", self.scene.folder / "s_server", [
            "openssl", "s_server", "-accept", f"{address}:{DIRECT_TLS_PORT}", "-cert", files.certificate,
            "-key", files.key, "-cert_chain", files.certificate, "-quiet", *options])
        self.scene.keep(process)
        process.start()
        until("s_server: connections", lambda: accepts(address, DIRECT_TLS_PORT))
        self.start()

    def check(self, *arguments: str, through: Sequence[str] = ()) -> Report:
        self.gateway.write()
        done = self.gateway.command("check", "--json", *arguments, deadline_s=DEADLINE_S, through=through)
        assert done.stdout, done.stderr
        found = json.loads(done.stdout)
        assert found["schema"] == 1 and (found["safe_at"] is None) == (found["verdict"] != "WAIT")
        for finding in found["checks"]:
            assert finding["fix"] or finding["status"] not in ("FAIL", "WARN"), f"no fix: {finding}"
        # Where nothing is replaced every report says so of the same checks.
        findings = [finding for finding in found["checks"] if not finding["sentence"].startswith("nothing is replaced")]
        return Report(done.returncode, found["verdict"], findings, self.scene.witness, found["safe_at"])


Plant = Callable[[Site], None]


@dataclass(frozen=True)
class Fault:
    """How one fault is planted, the check that names it, what stands in the finding, and which other checks fail because
    of it."""

    plant: Plant
    check: str
    text: str
    also: Iterable[str] = ()
    status: str = "FAIL"


def each_fault(*faults: Fault) -> Any:
    """One test for each; its argument is called fault."""
    return pytest.mark.parametrize("fault", faults,
                                   ids=lambda fault: fault.plant.__name__.strip("_").replace("_", "-"))


def finds(site: Site, fault: Fault, *arguments: str) -> Report:
    """Plants the fault: the check names it, and nothing else fails but what depends on it."""
    fault.plant(site)
    report = site.check(*arguments)
    report.find(fault.check, fault.status, fault.text)
    if fault.status == "FAIL":
        assert (report.status, report.verdict) == (NOT_READY, "NOT READY")
    expected = {fault.check, *fault.also} if fault.status == "FAIL" else set(fault.also)
    assert report.ids("FAIL") == expected, f"other checks failed:\n{report}"
    for check in fault.also:
        report.find(check, "FAIL")
    return report


def while_checking(site: Site, script: Callable[[Stream], Any], *arguments: str) -> Report:
    """Runs the check while a script plays the only endpoint."""
    site.one_endpoint()
    address = site.move(f"script of {site.domain}")
    listener = Listener(address, S2S_PORT)
    site.scene.until_end(listener.close)
    site.start()
    with ThreadPoolExecutor() as pool:
        report: Future[Report] = pool.submit(site.check, *arguments)
        stream = receive(listener, site.domain, site.domain)
        site.scene.witness.script_plays()
        script(stream)
        stream.close()
        listener.close()  # whatever is tried then finds nobody
        return report.result()
