"""Zone files: from plain records to a signed zone, right or wrong on purpose. ldns does the signing."""

import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Mapping, Sequence

import dns.rdatatype
import dns.zone

from .process import run

# Owner, relative to the zone ("@" is the zone itself), to records as in a zone file: "A 192.0.2.1", with or without TTL
# and class in front.
Records = Mapping[str, Sequence[str]]
# An RRset: owner as in Records, and type.
RRset = tuple[str, str]

ALGORITHM = "ECDSAP256SHA256"
DAY_S = 86400


@dataclass(frozen=True)
class Signing:
    """How a zone is signed. The faults break chosen signatures after signing, as a careless edit would."""

    nsec3: bool = False
    valid_from_s: int = -DAY_S
    valid_until_s: int = 30 * DAY_S
    broken: Sequence[RRset] = ()
    missing: Sequence[RRset] = ()


SIGNED = Signing()
NSEC3 = Signing(nsec3=True)
# Further off than the clock skew that validators forgive (unbound: up to a day).
EXPIRED = Signing(valid_from_s=-30 * DAY_S, valid_until_s=-10 * DAY_S)
NOT_YET_VALID = Signing(valid_from_s=10 * DAY_S)


@dataclass(frozen=True)
class Zone:
    """What a zone says. SOA, NS and the delegations of child zones are added when it is published."""

    name: str  # absolute, with the final dot
    records: Records = field(default_factory=dict)
    signing: Signing | None = SIGNED  # None: unsigned
    ttl_s: int = 3600
    negative_s: int = 300  # the last number of the SOA


@dataclass(frozen=True)
class Keys:
    """The key signing and zone signing key of a zone, as base names of ldns's files."""

    ksk: Path
    zsk: Path

    @property
    def ds(self) -> str:
        """The DS record's data, for the parent."""
        return _rdata(self.ksk.with_name(self.ksk.name + ".ds"))

    @property
    def wrong_ds(self) -> str:
        """The same with another digest: a key that was rolled without telling the parent."""
        words = self.ds.split()
        return " ".join([*words[:-1], words[-1][:-8] + "00000000"])


def _rdata(file: Path) -> str:
    return file.read_text().split(maxsplit=3)[3].strip()


def make_keys(zone_name: str, folder: Path) -> Keys:
    folder.mkdir(parents=True, exist_ok=True)

    def make(*flags: str) -> Path:
        return folder / run(["ldns-keygen", "-a", ALGORITHM, *flags, zone_name], cwd=folder).strip()

    return Keys(ksk=make("-k"), zsk=make())


def absolute(owner: str, zone_name: str) -> str:
    if owner == "@":
        return zone_name
    return owner if owner.endswith(".") else f"{owner}.{zone_name}".replace("..", ".")


def write(zone: Zone, extra: Records, keys: Keys | None, file: Path) -> None:
    """Writes the zone, with more records than its own, signed as it says."""
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"$TTL {zone.ttl_s}"]
    for records in (extra, zone.records):
        for owner, texts in records.items():
            lines += [f"{absolute(owner, zone.name)} {text}" for text in texts]
    if zone.signing is None:
        file.write_text("\n".join(lines) + "\n")
        return
    assert keys
    plain = file.with_suffix(".plain")
    plain.write_text("\n".join(lines) + "\n")
    now = int(time.time())
    run(["ldns-signzone", *(["-n", "-t", "0"] if zone.signing.nsec3 else []),
         "-i", str(now + zone.signing.valid_from_s), "-e", str(now + zone.signing.valid_until_s),
         "-o", zone.name, "-f", file, plain, keys.ksk, keys.zsk])
    _plant_faults(zone, zone.signing, file)


def parse(text: str, zone_name: str) -> Records:
    """The records of a zone file, or of a piece of one."""
    zone = dns.zone.from_text(text, zone_name, relativize=False, check_origin=False)
    records: dict[str, list[str]] = {}
    for owner, ttl, rdata in zone.iterate_rdatas():
        kind = dns.rdatatype.to_text(rdata.rdtype)
        records.setdefault(owner.to_text(), []).append(f"{ttl} IN {kind} {rdata.to_text()}")
    return records


def _plant_faults(zone: Zone, signing: Signing, file: Path) -> None:
    text = file.read_text()
    for owner, kind in signing.missing:
        text = _edit_signature(text, absolute(owner, zone.name), kind, "")
    for owner, kind in signing.broken:
        text = _edit_signature(text, absolute(owner, zone.name), kind, r"\1AAAA\3\n")
    file.write_text(text)


def _edit_signature(text: str, owner: str, kind: str, replacement: str) -> str:
    line = re.compile(rf"^({re.escape(owner)}\s\d+\sIN\sRRSIG\s{kind}\s.*\s)(\S{{4}})(\S+)\n", re.MULTILINE)
    text, count = line.subn(replacement, text)
    assert count == 1, f"{count} signatures over {kind} at {owner}"
    return text
