"""Many domains at once: is `gatepost check` held up by the CPU, or by waiting? And what does a plain client take that asks
the same servers for the same record sets, one question after another?

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
BUSY_LEAST = 0.8


@dataclass(frozen=True)
class Cost:
    wall_s: float
    cpu_s: float
    queued_s: float  # could have computed, and stood in line for a processor

    @property
    def busy(self) -> float:
        """The share of the time in which the process computed or could have: 1 is limited by the CPU alone. What others
        make of the machine meanwhile does not change it."""
        return (self.cpu_s + self.queued_s) / self.wall_s


def _cost(command: Sequence[str | Path], output: Path) -> Cost:
    with open(output, "wb") as file:
        begin = time.monotonic()
        process = subprocess.Popen([str(word) for word in command], stdout=file, stderr=subprocess.DEVNULL)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        wall_s = time.monotonic() - begin
        # Documentation/scheduler/sched-stats.rst: nanoseconds in line for a processor, of the first thread.
        queued_ns = int(Path(f"/proc/{process.pid}/schedstat").read_text().split()[1])
        _, _, used = os.wait4(process.pid, 0)
    return Cost(wall_s, used.ru_utime + used.ru_stime, queued_ns / 1e9)


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
    files = world.authority.for_domain(*domains).write(folder, "all")
    config = home_config(world, domains[0], [], nobody, files)
    for domain in domains[1:]:
        add_home(config, domain, nobody, files, inside="echo")
    gateway = Gatepost(folder, config)
    gateway.write()
    return gateway


def _median(name: str, costs: Sequence[Cost]) -> Cost:
    middle = sorted(costs, key=lambda cost: cost.wall_s)[len(costs) // 2]
    print(f"{name:9} {middle.wall_s:7.2f} s, {middle.cpu_s:6.2f} s of it on a processor")
    return middle


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--domains", type=int, default=1000)
    count = arguments.parse_args().domains
    net.enter()
    domains = [f"d{number:04}.example" for number in range(count)]
    with tempfile.TemporaryDirectory(prefix="gatepost-bench-") as name:
        folder = Path(name)
        world = World(folder)
        try:
            nobody = world.network.machine("nobody")
            _publish(world.dns, world, domains, nobody)
            gateway = _config(world, folder / "gateway", domains, nobody)
            batch = folder / "questions"
            batch.write_text("".join(_questions(world, domains)))
            output = folder / "report.json"
            check = [os.environ["GATEPOST"], "check", "-c", gateway.file, "--json", "--timeout", "600"]
            checks, digs = [], []
            for _ in range(RUNS):
                checks.append(_cost(check, output))
                digs.append(_cost(["dig", "-f", batch, "+noall", "+answer"], folder / "dig"))
            found = json.loads(output.read_text())
        finally:
            world.close()
    late = [finding for finding in found["checks"] if "time of" in finding["sentence"]]
    assert len(found["domains"]) == count and not late, f"not everything was looked at: {late[:1]}"
    print(f"{count} domains, {len(found['checks'])} findings; medians of {RUNS} runs")
    ours, theirs = _median("gatepost", checks), _median("dig", digs)
    print(f"gatepost does not wait in {ours.busy:.0%} of its time")
    print(f"gatepost to dig: {ours.wall_s / theirs.wall_s:.2f} times the time, {ours.cpu_s / theirs.cpu_s:.2f} times the processor")
    if ours.busy < BUSY_LEAST:
        print(f"gatepost waits: less than {BUSY_LEAST:.0%} of its time could be used")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
