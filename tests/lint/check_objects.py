"""Checks of what the compiler made: object files of the product."""

import re
from typing import Iterator

from project import Compiled, Project, in_parallel, layer_of, run

# [Nr] Name Type Address Off Size ES Flg ...
SECTION = re.compile(r"^\s*\[\s*\d+\]\s+(\S+)\s+\S+\s+[0-9a-f]+\s+[0-9a-f]+\s+([0-9a-f]+)\s+[0-9a-f]+\s+(\w+)",
                     re.MULTILINE)
WRITABLE = re.compile(r"\.(data|bss|tdata|tbss)(\.|$)")
READ_ONLY_AFTER_RELOCATION = ".data.rel.ro"


def writable_data(project: Project) -> Iterator[str]:
    """No mutable data at file scope. Names of sections tell; letters of nm do not, since constant tables of pointers
    lie in .data.rel.ro in position-independent code."""

    def sections(unit: Compiled) -> Iterator[str]:
        status, words = run(["readelf", "--section-headers", "--wide", unit.object])
        if status != 0:
            yield f"{unit.object}: {words}"
        for name, size, flags in SECTION.findall(words):
            is_writable = "W" in flags and WRITABLE.match(name) and not name.startswith(READ_ONLY_AFTER_RELOCATION)
            if is_writable and int(size, 16):
                yield f"{unit.source}: {int(size, 16)} bytes of writable data in {name}{_symbols(unit, name)}"

    yield from in_parallel(sections, project.compiled)


def _symbols(unit: Compiled, section: str) -> str:
    """Who they are, as far as the symbol table tells."""
    _, words = run(["objdump", "--syms", unit.object])
    names = [line.split()[-1] for line in words.splitlines() if f" O {section}\t" in line]
    return f" ({', '.join(names)})" if names else ""


def exported_names(project: Project) -> Iterator[str]:
    """What a layer exports starts with its prefix."""

    def symbols(unit: Compiled) -> Iterator[str]:
        layer = layer_of(unit.source)
        assert layer
        status, words = run(["nm", "--extern-only", "--defined-only", "--format=posix", unit.object])
        if status != 0:
            yield f"{unit.object}: {words}"
            return
        for name in (line.split()[0] for line in words.splitlines() if line):
            if not name.startswith(layer.prefix) and (layer.folder, name) != ("src", "main"):
                yield f"{unit.source}: exports {name}, without the prefix {layer.prefix}"

    yield from in_parallel(symbols, project.compiled)


CHECKS = {
    "no writable data": writable_data,
    "exported names carry their prefix": exported_names,
}
