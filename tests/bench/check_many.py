"""Many domains at once: is `gatepost check` held up by the CPU, or by waiting? Once they are those of a configuration, once
anybody's (--public), listed on standard input. And what does a plain client take that asks the same servers for the same
record sets, one question after another?

    meson test -C b --benchmark check-many

Every domain is a zone of its own on two authoritative servers, with a host where nobody listens. Prints ratios within the
same run: they mean the same on any machine."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, Sequence

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "daemon"))

from lab import net  # noqa: E402
from lab.dnstree import DnsTree  # noqa: E402
from lab.gatepost import Gatepost  # noqa: E402
from lab.world import World, add_home, home_config, service_records  # noqa: E402
from lab.zones import Zone  # noqa: E402

RUNS = 3
CERTIFICATE_NAMES = 100
CONFIGURED_MOST = 2500  # a configuration has 1 MiB at most
BUSY_LEAST = 0.8


@dataclass(frozen=True)
class Cost:
    wall_s: float
    cpu_s: float
    queued_s: float  # could have computed, and stood in line for a processor
    most_kib: int    # of memory

    @property
    def busy(self) -> float:
        """The share of the time in which the process computed or could have: 1 is limited by the CPU alone. What others
        make of the machine meanwhile does not change it."""
        return (self.cpu_s + self.queued_s) / self.wall_s


def _cost(command: Sequence[str | Path], output: Path, standard_input: Path = Path("/dev/null")) -> Cost:
    with open(output, "wb") as file, open(standard_input, "rb") as source:
        begin = time.monotonic()
        process = subprocess.Popen([str(word) for word in command], stdin=source, stdout=file, stderr=subprocess.DEVNULL)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        wall_s = time.monotonic() - begin
        # Documentation/scheduler/sched-stats.rst: nanoseconds in line for a processor, of the first thread.
        queued_ns = int(Path(f"/proc/{process.pid}/schedstat").read_text().split()[1])
        _, _, used = os.wait4(process.pid, 0)
    return Cost(wall_s, used.ru_utime + used.ru_stime, queued_ns / 1e9, used.ru_maxrss)


def _publish(tree: DnsTree, world: World, domains: Sequence[str], address: net.Machine) -> None:
    tree.publish_many([Zone(f"{domain}.", service_records("gw1", machine=address), None) for domain in domains],
                      world.hosting)


def _questions(world: World, domains: Sequence[str]) -> Iterator[str]:
    """The same record sets, asked of each address of each server, as dig reads them from a file."""
    for domain in domains:
        for server in world.hosting:
            for address in server.addresses:
                for name, kind in ((domain, "SOA"), (f"_xmpp-server._tcp.{domain}", "SRV"),
                                   (f"_xmpps-server._tcp.{domain}", "SRV"), (f"gw1.{domain}", "A"),
                                   (f"gw1.{domain}", "AAAA"), (f"_5269._tcp.gw1.{domain}", "TLSA"),
                                   (f"_5270._tcp.gw1.{domain}", "TLSA")):
                    yield f"@{address} {name} {kind} +norecurse\n"


def _config(world: World, folder: Path, domains: Sequence[str], nobody: net.Machine) -> Gatepost:
    shared = {}  # public authorities put a hundred names into a certificate at most
    for first in range(0, len(domains), CERTIFICATE_NAMES):
        names = domains[first:first + CERTIFICATE_NAMES]
        shared |= dict.fromkeys(names, world.authority.for_domain(*names).write(folder, f"from-{names[0]}"))
    config = home_config(world, domains[0], [], nobody, shared[domains[0]])
    for domain in domains[1:]:
        add_home(config, domain, nobody, shared[domain], inside="echo")
    gateway = Gatepost(folder, config)
    gateway.write()
    return gateway


def _median(name: str, costs: Sequence[Cost]) -> Cost:
    middle = sorted(costs, key=lambda cost: cost.wall_s)[len(costs) // 2]
    print(f"{name:22} {middle.wall_s:7.2f} s, {middle.cpu_s:6.2f} s of it on a processor, {middle.most_kib / 1024:6.1f} MiB")
    return middle


def _complete(output: Path, count: int) -> int:
    """How many findings there are; everything was looked at."""
    found = json.loads(output.read_text())
    late = [finding for finding in found["checks"] if "time of" in finding["sentence"]]
    assert len(found["verdicts"]) == count and not late, f"not everything was looked at: {late[:1]}"
    reached = {finding["domain"] for finding in found["checks"] if finding["id"] == "A3" and finding["status"] == "FAIL"}
    assert len(reached) == count, f"only {len(reached)} hosts were tried"
    return len(found["checks"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--domains", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=RUNS)
    options = parser.parse_args()
    count, runs = options.domains, options.runs
    net.enter()
    domains = [f"d{number:04}.example" for number in range(count)]
    with tempfile.TemporaryDirectory(prefix="gatepost-bench-") as name:
        folder = Path(name)
        world = World(folder)
        try:
            nobody = world.network.machine("nobody")
            _publish(world.dns, world, domains, nobody)
            batch, listed = folder / "questions", folder / "domains"
            batch.write_text("".join(_questions(world, domains)))
            listed.write_text("".join(f"{domain}\n" for domain in domains))
            limits = ["--json", "--timeout", "600"]
            checks = {"gatepost check --stdin": (["--public", "--stdin", "--root-hints", world.dns.root_hints,
                                                  "--trust-anchor-file", world.dns.trust_anchor, "--ca-file",
                                                  world.ca_file, *limits], listed)}
            if count <= CONFIGURED_MOST:
                checks["gatepost check"] = (["-c", _config(world, folder / "gateway", domains, nobody).file, *limits],
                                            Path("/dev/null"))
            costs: dict[str, list[Cost]] = {name: [] for name in checks}
            digs = []
            for _ in range(runs):
                for name, (arguments, source) in checks.items():
                    costs[name].append(_cost([os.environ["GATEPOST"], "check", *arguments], folder / name, source))
                digs.append(_cost(["dig", "-f", batch, "+noall", "+answer"], folder / "dig"))
            finding_counts = {name: _complete(folder / name, count) for name in checks}
        finally:
            world.close()
    print(f"{count} domains; medians of {runs} runs")
    theirs = _median("dig", digs)
    is_held_up = False
    for name in checks:
        ours = _median(name, costs[name])
        print(f"    {finding_counts[name]} findings; it does not wait in {ours.busy:.0%} of its time")
        print(f"    to dig: {ours.wall_s / theirs.wall_s:.2f} times the time, "
              f"{ours.cpu_s / theirs.cpu_s:.2f} times the processor")
        if ours.busy < BUSY_LEAST:
            print(f"    it waits: less than {BUSY_LEAST:.0%} of its time could be used")
            is_held_up = True
    return 1 if is_held_up else 0


if __name__ == "__main__":
    sys.exit(main())
