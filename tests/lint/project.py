"""What the checks look at: the project's C files, which layer each belongs to, and what the compiler made of them."""

import json
import re
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Callable, Iterable, Iterator, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Layer:
    folder: str
    prefix: str  # of every name that it exports
    below: tuple[str, ...]  # folders of the layers that it may include, next to itself


# The nearest folder counts: src/base is a layer of its own inside src.
LAYERS = (
    Layer("src/base", "gp_", ()),
    Layer("dns", "dns_", ("src/base",)),
    Layer("zones", "zone_", ("src/base", "dns")),
    Layer("federation", "fed_", ("src/base", "dns")),
    Layer("src", "app_", ("src/base", "dns", "zones", "federation")),
)
# Tests see everything.
TESTS = Layer("tests", "", tuple(layer.folder for layer in LAYERS))
INCLUDE_FOLDERS = ("", "src")

COMMENT_OR_TEXT = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
COMMENT = re.compile(r'(/\*.*?\*/|//[^\n]*)|("(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\')', re.DOTALL)


def blank(text: str) -> str:
    """The same lines with nothing on them."""
    return re.sub(r"[^\n]", " ", text)


@dataclass(frozen=True)
class Source:
    """A C file."""

    path: str  # from the project's folder
    text: str

    @cached_property
    def code(self) -> str:
        """The text with comments, strings and characters blanked out, line for line."""
        return COMMENT_OR_TEXT.sub(lambda match: blank(match[0]), self.text)

    @cached_property
    def uncommented(self) -> str:
        """The text with comments blanked out only."""
        return COMMENT.sub(lambda match: blank(match[0]) if match[1] else match[0], self.text)

    @property
    def layer(self) -> Layer | None:
        return layer_of(self.path)

    @property
    def is_header(self) -> bool:
        return self.path.endswith(".h")

    def at(self, offset: int) -> str:
        """Path and line, for a finding."""
        return f"{self.path}:{self.text.count(chr(10), 0, offset) + 1}"


def layer_of(path: str) -> Layer | None:
    return next((layer for layer in (*LAYERS, TESTS) if path.startswith(layer.folder + "/")), None)


@dataclass(frozen=True)
class Compiled:
    """A translation unit of the product, as the build compiled it."""

    source: str
    object: Path
    flags: tuple[str, ...]


@dataclass
class Project:
    root: Path
    build: Path | None = None
    _sources: list[Source] | None = field(default=None, repr=False)

    @property
    def sources(self) -> list[Source]:
        """Every C file, in order of path."""
        if self._sources is None:
            folders = [layer.folder for layer in LAYERS if "/" not in layer.folder] + [TESTS.folder]
            paths = sorted(path for folder in folders for path in (self.root / folder).rglob("*")
                           if path.suffix in (".c", ".h", ".def"))
            self._sources = [Source(str(path.relative_to(self.root)), path.read_text()) for path in paths]
        return self._sources

    @property
    def product(self) -> list[Source]:
        return [source for source in self.sources if source.layer is not TESTS]

    @property
    def headers(self) -> list[Source]:
        return [source for source in self.sources if source.is_header]

    def find_include(self, includer: str, name: str) -> str | None:
        """The project's file that an #include "..." means."""
        folders = (str(Path(includer).parent), *INCLUDE_FOLDERS)
        candidates = (str(Path(folder, name)) for folder in folders)
        return next((path for path in candidates if (self.root / path).is_file()), None)

    @property
    def compiled(self) -> list[Compiled]:
        """What the build compiled, without tests and without what it made itself."""
        assert self.build
        commands = json.loads((self.build / "compile_commands.json").read_text())
        units = []
        for command in commands:
            directory = Path(command["directory"])
            path = (directory / command["file"]).resolve()
            if not path.is_relative_to(self.root.resolve()):
                continue  # Made by the build, in a folder outside of the checkout.
            source = path.relative_to(self.root.resolve())
            if layer_of(str(source)) not in (TESTS, None):
                units.append(Compiled(str(source), directory / command["output"],
                                      tuple(shlex.split(command["command"]))))
        return units


def run(command: Iterable[str | Path], text: str | None = None) -> tuple[int, str]:
    """Exit code, and everything that was printed."""
    done = subprocess.run([str(word) for word in command], input=text, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def in_parallel(work: Callable[[T], Iterable[str]], items: Iterable[T]) -> Iterator[str]:
    """The findings of all, in the order of the items."""
    with ThreadPoolExecutor() as pool:
        for findings in pool.map(work, items):
            yield from findings
