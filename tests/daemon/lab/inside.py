"""A place behind a translation of addresses: it sees the lab, and has a private address only."""

from pathlib import Path

from .process import Process, run
from .wait import until

OUTER, INNER = "10.77.0.1", "10.77.0.2"


class Inside:
    """A network of its own, with a cable to the lab's. There is one at a time."""

    def __init__(self, folder: Path) -> None:
        self.process = Process("inside", folder, ["unshare", "--net", "sleep", "infinity"])
        self.process.start()
        own = Path("/proc/self/ns/net").readlink()
        until("the inner network", lambda: Path(f"/proc/{self.process.pid}/ns/net").readlink() != own)
        run(["ip", "link", "add", "cable", "type", "veth", "peer", "name", "lab", "netns", str(self.process.pid)])
        run(["ip", "address", "add", f"{OUTER}/30", "dev", "cable"])
        run(["ip", "link", "set", "cable", "up"])
        for words in (["link", "set", "lo", "up"], ["address", "add", f"{INNER}/30", "dev", "lab"],
                      ["link", "set", "lab", "up"], ["route", "add", "default", "via", OUTER]):
            run([*self.entrance, "ip", *words])

    @property
    def entrance(self) -> list[str]:
        """What a command is run with in here."""
        return ["nsenter", "--net", "--target", str(self.process.pid), "--"]

    def close(self) -> None:
        run(["ip", "link", "delete", "cable"])
        self.process.stop()

    def cannot_reach(self, address: str) -> None:
        """As where the translation does not lead back in."""
        run([*self.entrance, "ip", "route", "add", "unreachable", address])
