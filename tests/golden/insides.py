"""What `gatepost export --inside` prints for the server behind a link."""

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from program import Program, differences
from tap import Tap
from zones import DIGEST

# Make of the server, name of the link, committed file.
GOLDEN = [("prosody", "main", "main.cfg.lua"), ("ejabberd", "main", "main.yml"),
          ("prosody", "branch", "branch.cfg.lua"), ("ejabberd", "branch", "branch.yml"),
          ("unbound", "legacy", "legacy.unbound.conf")]
PLACE = "/etc/gatepost"


@contextmanager
def _example(program: Program) -> Iterator[Path]:
    """The example with the files that it names; secrets must not be readable by everybody, as a checkout is."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for certificate in ("alpha", "beta"):
            for ending in ("pem", "key"):
                source = program.root / f"zones/examples/{certificate}.{ending}"
                (folder / source.name).write_bytes(source.read_bytes())
        for link in ("main", "branch"):
            (folder / f"{link}.secret").touch(0o600)
            (folder / f"{link}.secret").write_text("0123456789abcdef\n")
        (folder / "legacy-users").write_text("romeo@alpha.example\n")
        (folder / "gatepost.conf").write_text((program.root / "tests/golden/inside/server.conf").read_text())
        yield folder / "gatepost.conf"


def _printed(program: Program, config: Path, make: str, link: str) -> str:
    text = program.run("export", f"--config={config}", f"--inside={make}", f"--link={link}")
    return DIGEST.sub("VERSION, configuration DIGEST", text.replace(str(config.parent), PLACE))


def update(program: Program) -> None:
    with _example(program) as config:
        for make, link, name in GOLDEN:
            (program.root / "tests/golden/inside" / name).write_text(_printed(program, config, make, link))


def _refusals(program: Program, config: Path) -> Iterator[str]:
    for options in (["--inside=openfire"], ["--inside=prosody"], ["--inside=prosody", "--link=other"],
                    ["--inside=prosody", "--link=echo"], ["--inside=prosody", "--link=legacy"],
                    ["--inside=unbound", "--link=main"]):
        try:
            program.run("export", f"--config={config}", *options, status=1)
        except AssertionError as error:
            yield str(error)


def test(program: Program, tap: Tap) -> None:
    with _example(program) as config:
        for make, link, name in GOLDEN:
            committed = (program.root / "tests/golden/inside" / name).read_text()
            tap.report(f"{name} is what is printed",
                       differences(committed, _printed(program, config, make, link), name))
        config.write_text(config.read_text() + 'inside "echo" { kind = echo }\n')
        tap.report("what cannot be printed is refused", _refusals(program, config))
