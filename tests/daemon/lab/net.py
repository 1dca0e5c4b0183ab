"""The network of the lab: a namespace of its own, in which only the loopback interface exists.

Machines have addresses out of the ranges for documentation (RFC 5737, RFC 3849) and, as those are few, for benchmarks
(RFC 2544), so that nothing treats them as private;
all lie on the loopback interface, and there is no way out.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from .process import run

ENTERED = "GATEPOST_LAB_NAMESPACE"

# What machines get, in this order. The other addresses of the second and third range are nobody's, for tests to name.
_V4 = [f"{net}.{host}" for net, hosts in (("198.51.100", range(1, 250)), ("203.0.113", range(10, 240)),
                                          ("192.0.2", range(100, 240)),
                                          *((f"198.18.{net}", range(1, 250)) for net in range(8))) for host in hosts]


def enter() -> None:
    """Replaces this process with itself inside fresh network and mount namespaces, once. Needs no root where user
    namespaces are permitted."""
    inside = f"{os.readlink('/proc/self/ns/net')}"
    if os.environ.get(ENTERED):
        assert os.environ[ENTERED] != inside, "this is still the network of the machine"
        return
    flags = ["--net", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    os.environ[ENTERED] = inside
    os.execvp("unshare", ["unshare", *flags, "--", *_command_line()])


def _command_line() -> list[str]:
    with open("/proc/self/cmdline", "rb") as file:
        words = [word.decode() for word in file.read().split(b"\0")[:-1]]
    return [sys.executable, *words[1:]]


def is_possible() -> bool:
    """Whether this user may make the namespaces."""
    flags = ["-n", "-m"] + ([] if os.geteuid() == 0 else ["-r"])
    try:
        run(["unshare", *flags, "true"])
    except RuntimeError:
        return False
    return True


def entrance() -> str:
    """The command with which another terminal of the same user gets in here."""
    is_mapped = Path("/proc/self/uid_map").read_text().split()[2] == "1"
    return f"nsenter {'--user --preserve-credentials ' if is_mapped else ''}--net --mount --target {os.getpid()}"


@dataclass(frozen=True)
class Machine:
    """A place on the network: one address of each family."""

    name: str
    v4: str
    v6: str

    def take_down(self, address: str) -> None:
        """From now on nothing is there: connecting fails at once."""
        run(["ip", "address", "delete", f"{address}/{_prefix(address)}", "dev", "lo"])

    def cut(self) -> None:
        """From now on whatever is sent here vanishes. Connections stay, and know nothing of it."""
        for address in (self.v4, self.v6):
            _route("delete", "local", address)
            _route("add", "blackhole", address)

    def mend(self) -> None:
        """The end of a cut."""
        for address in (self.v4, self.v6):
            _route("delete", "blackhole", address)
            _route("add", "local", address, "dev", "lo")


def _route(action: str, kind: str, address: str, *more: str) -> None:
    family = "-6" if ":" in address else "-4"
    run(["ip", family, "route", action, kind, address, *more, "table", "local"])


def _prefix(address: str) -> int:
    return 128 if ":" in address else 32


class Network:
    """Hands out machines. One per process, inside the namespace."""

    def __init__(self, folder: Path) -> None:
        assert os.environ.get(ENTERED), "not inside the lab's namespace"
        self._count = 0
        run(["ip", "link", "set", "lo", "up"])
        self._hide_the_machine(folder)

    @staticmethod
    def _hide_the_machine(folder: Path) -> None:
        """The machine's own resolver and names are out of reach; so no library may ask for them."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in {"resolv.conf": "nameserver 192.0.2.53\n", "hosts": "127.0.0.1 localhost\n"}.items():
            (folder / name).write_text(text)
            target = Path("/etc", name).resolve()
            if target.exists():
                run(["mount", "--bind", folder / name, target])

    def machine(self, name: str) -> Machine:
        assert self._count < len(_V4), "all addresses are used up"
        machine = Machine(name, _V4[self._count], f"2001:db8::{self._count + 1:x}")
        self._count += 1
        for address in (machine.v4, machine.v6):
            # No "nodad" for IPv4; without it the IPv6 address is tentative, and binding to it fails.
            extra = ["nodad"] if ":" in address else []
            run(["ip", "address", "add", f"{address}/{_prefix(address)}", "dev", "lo", *extra])
        return machine
