"""Checks of packages.txt: a machine with all of its sections does not show that one is short of something."""

import ast
import sys
from pathlib import Path
from typing import Iterator

from project import Project

DEMONSTRATION = "tools/demo.py"
LAB = "tests/daemon/lab"
PACKAGES = "packages.txt"
SECTION = "[demo]"
# Python modules by the package that brings them.
MODULES = {"python3-cryptography": "cryptography", "python3-dnspython": "dns", "python3-slixmpp": "slixmpp"}


def _imports(path: Path) -> Iterator[str]:
    """The full names of what a module imports: lab.net, and not only lab, of `from lab import net`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = ".".join(filter(None, ("lab" if node.level else "", node.module)))
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def demonstration_has_its_modules(project: Project) -> Iterator[str]:
    """What the demonstration imports, through modules of the lab too, comes with Python or with its own packages."""
    section = (project.root / PACKAGES).read_text().partition(SECTION)[2].partition("\n[")[0].split()
    known = {module for package, module in MODULES.items() if package in section} | sys.stdlib_module_names
    open_ends, seen = [project.root / DEMONSTRATION], set()
    while open_ends:
        path = open_ends.pop()
        names = [name.split(".") for name in _imports(path)]
        for top in sorted({name[0] for name in names} - known - {"lab"}):
            yield f"{path.relative_to(project.root)}: imports {top}, of no package in {SECTION} of {PACKAGES}"
        modules = {project.root / LAB / f"{name[1]}.py" for name in names if name[0] == "lab" and len(name) > 1}
        new = {module for module in modules if module.is_file()} - seen
        seen |= new
        open_ends += new


CHECKS = {
    "the demonstration has its modules": demonstration_has_its_modules,
}
