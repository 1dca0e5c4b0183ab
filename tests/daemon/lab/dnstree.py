"""The DNS of the lab, from its own root down: which server has which zone, who delegates to whom, with which DS."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Iterable, Sequence

from .dnsserver import NameServer
from .zones import Keys, Records, Zone, make_keys, write

ROOT = "."
TLD = "example."


class Ds(Enum):
    """What the parent says of a zone's key."""

    RIGHT = "right"
    WRONG = "wrong"
    NONE = "none"


@dataclass
class _Published:
    zone: Zone
    servers: Sequence[NameServer]
    ds: Ds
    delegation: Records | None
    serial: int = 0


class DnsTree:
    def __init__(self, folder: Path, root: NameServer, tld: NameServer) -> None:
        self.root = root
        self._folder = folder
        self._published: dict[str, _Published] = {}
        self._keys: dict[str, Keys] = {}
        self._hosts: dict[str, NameServer] = {}
        self._add_hosts([root, tld])
        self.publish(Zone(ROOT), [root])
        self.publish(Zone(TLD), [tld])
        self.trust_anchor = folder / "root.ds"
        self.trust_anchor.write_text(f". 3600 IN DS {self.keys(ROOT).ds}\n")
        self.root_hints = folder / "root.hints"
        self.root_hints.write_text(f". 3600000 IN NS {root.name}\n"
                                   f"{root.name} 3600000 IN A {root.machine.v4}\n"
                                   f"{root.name} 3600000 IN AAAA {root.machine.v6}\n")

    def count(self) -> int:
        """How many zones there are."""
        return len(self._published)

    def zones(self, since: int) -> list[tuple[Zone, Sequence[NameServer]]]:
        """The zones that came after so many others, as they are now, with their servers."""
        return [(what.zone, what.servers) for what in list(self._published.values())[since:]]

    def keys(self, zone_name: str) -> Keys:
        if zone_name not in self._keys:
            self._keys[zone_name] = make_keys(zone_name, self._folder / "keys" / zone_name)
        return self._keys[zone_name]

    def publish(self, zone: Zone, servers: Sequence[NameServer], ds: Ds | None = None,
                on: Iterable[NameServer] | None = None, delegation: Records | None = None) -> None:
        """Puts a zone, new or changed, on its servers and its delegation into the parent. With `on`, only those
        servers get this version: the others stay at the old one. `delegation`: what the parent has instead of the right
        NS and address records."""
        before = self._published.get(zone.name)
        wanted = ds or (Ds.RIGHT if zone.signing else Ds.NONE)
        now = _Published(zone, servers, wanted, delegation, before.serial if before else 0)
        self._published[zone.name] = now
        self._add_hosts(servers)
        self._put(now, servers if on is None else on)
        parent = self._parent(zone.name)
        if parent and (before is None or (before.servers, before.ds, before.delegation) != (servers, wanted, delegation)):
            self._put(parent, parent.servers)

    def publish_many(self, zones: Sequence[Zone], servers: Sequence[NameServer]) -> None:
        """Puts many new, unsigned zones below the top-level domain at once: the servers start anew."""
        files = {}
        self._add_hosts(servers)
        for zone in zones:
            assert zone.signing is None
            what = self._published[zone.name] = _Published(zone, servers, Ds.NONE, None, serial=1)
            files[zone.name] = self._folder / "zones" / f"{zone.name}1"
            write(zone, self._top(what), None, files[zone.name])
        for server in servers:
            server.stop()
            server.zones.update(files)
            server.start()
        tld = self._published[TLD]
        self._put(tld, tld.servers)

    def _add_hosts(self, servers: Iterable[NameServer]) -> None:
        """Name servers have names below the top-level domain, with addresses there."""
        fresh = [server for server in servers if server.name not in self._hosts]
        self._hosts.update({server.name: server for server in fresh})
        tld = self._published.get(TLD)
        if fresh and tld:
            self._put(tld, tld.servers)

    def _put(self, what: _Published, servers: Iterable[NameServer]) -> None:
        what.serial += 1
        file = self._folder / "zones" / f"{what.zone.name}{what.serial}"
        write(what.zone, self._infrastructure(what), self.keys(what.zone.name) if what.zone.signing else None, file)
        for server in servers:
            server.serve(what.zone.name, file, what.serial)

    @staticmethod
    def _top(what: _Published) -> dict[str, list[str]]:
        numbers = f"{what.serial} 3600 600 86400 {what.zone.negative_s}"
        return {what.zone.name: [f"SOA {what.servers[0].name} hostmaster.example. {numbers}",
                                 *(f"NS {server.name}" for server in what.servers)]}

    def _infrastructure(self, what: _Published) -> Records:
        """SOA, NS, name servers' addresses, delegations."""
        name = what.zone.name
        records = self._top(what)
        children = [child for child in self._published.values() if self._parent(child.zone.name) is what]
        for child in children:
            if child.delegation is None:
                records[child.zone.name] = [f"NS {server.name}" for server in child.servers]
            else:
                records.update({owner: list(texts) for owner, texts in child.delegation.items()})
            if child.ds is not Ds.NONE:
                keys = self.keys(child.zone.name)
                records[child.zone.name].append(f"DS {keys.ds if child.ds is Ds.RIGHT else keys.wrong_ds}")
        for server in self._hosts.values():
            home = TLD if server.name.endswith(f".{TLD}") else ROOT
            is_glue = any(server in child.servers and server.name.endswith(f".{child.zone.name}")
                          for child in children)
            if home == name or is_glue:
                records[server.name] = [f"A {server.machine.v4}", f"AAAA {server.machine.v6}"]
        return records

    def _parent(self, zone_name: str) -> _Published | None:
        above = [name for name in self._published
                 if name != zone_name and (name == ROOT or zone_name.endswith(f".{name}"))]
        return self._published[max(above, key=len)] if above else None
