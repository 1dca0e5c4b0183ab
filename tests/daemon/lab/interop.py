"""The table of docs/interop.md: what was tried with which real server, and how it went. A test run fills it, and the
committed one is compared with it, apart from version numbers."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping, Sequence

import pytest

DOCUMENT = Path(__file__).resolve().parents[3] / "docs/interop.md"
ROWS: pytest.StashKey[dict["Table", dict[Any, "Row"]]] = pytest.StashKey()
VERSION = re.compile(r"\| (\w+) \d+(?:\.\d+)+ (?=\|)")

TEXT = """\
# Who gatepost federates with

Written by `pytest tests/daemon/test_interop.py --write-interop`; without the option the same tests hold this table
against what happens. Each row is a stream between gatepost and a real server as Debian 12 ships it, in a world of its
own with a signed DNS. Where it "works" a message, a ping and a presence subscription crossed.

Of streams with servers outside:

- **opened by**: a stream of XMPP carries stanzas one way; each partner has two.
- **proof**: what both are equipped with. *certificate*: authorities that the other side knows issued them. *DANE*: TLSA
  records too. *no certificate*: neither knows the other's authority, so keys are left (`dialback = allowed`).
  *server-only certificate*: gatepost's is issued for TLS servers alone, as public authorities do now.
- **gatepost**: what proved the peer, in the words of gatepost's `session-open` line.
- **peer's log**: what it says of the same stream: how the side that opened it proved itself, and whether the
  peer looked at TLSA records. Where a key came over a stream whose certificate proves its sender, gatepost asks nobody
  (XEP-0344): it says PKIX, and the peer says dialback.

With mod_s2s_bidi one stream goes both ways (XEP-0288), whoever opened it; with mod_smacks stanzas are acknowledged
(XEP-0198). Of these servers Prosody alone has them.

Inside, gatepost is a component of a server for each partner; users of that server converse with users of each outside
server, over STARTTLS and with certificates.

The users of jabberd2 are components of its router.
"""


# A row is text for text what stands in the table.
Row = tuple[str, ...]


@dataclass(frozen=True)
class Table:
    title: str
    headings: Row

    def lines(self, rows: Sequence[Row]) -> list[str]:
        """As in the document."""
        assert all(len(row) == len(self.headings) for row in rows)
        return [_line(self.headings), _line(["---"] * len(self.headings)), *map(_line, rows)]

    def committed(self) -> list[str]:
        """The lines of the committed table."""
        section = DOCUMENT.read_text().partition(self.title)[2].partition("\n## ")[0]
        return [line for line in section.splitlines() if line.startswith("|")]


STREAMS = Table("## Outside: streams",
                ("peer", "opened by", "TLS begins", "proof", "TLS", "gatepost", "peer's log", "result"))
EXTENSIONS = Table("## Outside: streams in both directions, acknowledgements",
                   ("peer", "modules", "opened by", "streams", "acknowledged", "result"))
INSIDE = Table("## Inside: kind `server`", ("inside", "outside", "begun by", "result"))


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell or '-' for cell in cells)} |"


def without_versions(lines: Sequence[str]) -> list[str]:
    return [VERSION.sub(r"| \1 ", line) for line in lines]


def render(rows: Mapping[Table, Sequence[Row]]) -> str:
    return "\n".join(f"{table.title}\n\n" + "".join(f"{line}\n" for line in table.lines(rows[table])) for table in rows)


def write(rows: Mapping[Table, Sequence[Row]]) -> None:
    DOCUMENT.write_text(f"{TEXT}\n{render(rows)}")
