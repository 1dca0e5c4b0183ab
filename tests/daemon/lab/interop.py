"""The table of docs/interop.md: what was tried with which real server, and how it went. A test run fills it, and the
committed one is compared with it, apart from version numbers."""

import re
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any, Sequence

import pytest

DOCUMENT = Path(__file__).resolve().parents[3] / "docs/interop.md"
ROWS: pytest.StashKey[dict[Any, "Row"]] = pytest.StashKey()
VERSION = re.compile(r" \d+(\.\d+)*$")

TEXT = """\
# Who gatepost federates with

Written by `pytest tests/daemon/test_interop.py --write-interop`; without the option the same tests hold this table
against what happens. Each row is a stream between gatepost and a real server as Debian 12 ships it, in a world of its
own with a signed DNS. Over each that "works" a message, a ping and a presence subscription crossed.

- **opened by**: a stream of XMPP carries stanzas one way; each partner has two.
- **proof**: what both are equipped with. *certificate*: authorities that the other side knows issued them. *DANE*: TLSA
  records too. *no certificate*: neither knows the other's authority, so keys are left (`dialback = allowed`).
  *server-only certificate*: gatepost's is issued for TLS servers alone, as public authorities do now.
- **gatepost**: what proved the peer, in the words of gatepost's `session-open` line.
- **peer**: what the peer's own log says of the same stream: how the side that opened it proved itself, and whether the
  peer looked at TLSA records. Where a key came over a stream whose certificate proves its sender, gatepost asks nobody
  (XEP-0344): it says PKIX, and the peer says dialback.
"""


@dataclass(frozen=True)
class Row:
    peer: str  # with its version
    opened_by: str
    service: str
    proof: str
    tls: str
    gatepost_says: str
    peer_says: str
    result: str

    def without_version(self) -> "Row":
        return Row(VERSION.sub("", self.peer), *astuple(self)[1:])


HEADINGS = ("peer", "opened by", "TLS begins", "proof", "TLS", "gatepost", "peer", "result")
assert len(HEADINGS) == len(fields(Row))


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell or '-' for cell in cells)} |"


def render(rows: Sequence[Row]) -> str:
    return "\n".join([_line(HEADINGS), _line(["---"] * len(HEADINGS)), *(_line(astuple(row)) for row in rows)]) + "\n"


def write(rows: Sequence[Row]) -> None:
    DOCUMENT.write_text(f"{TEXT}\n{render(rows)}")


def committed() -> list[str]:
    """The lines of the committed table, without versions."""
    lines = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("|")][2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [_line([VERSION.sub("", first), *others]) for first, *others in cells]


def lines(rows: Sequence[Row]) -> list[str]:
    return [_line(astuple(row.without_version())) for row in rows]
