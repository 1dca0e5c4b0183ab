"""The Test Anything Protocol, as meson reads it."""

from typing import Iterable


class Tap:
    def __init__(self) -> None:
        self._count = 0
        self._failed = 0

    def report(self, name: str, findings: Iterable[str]) -> None:
        """A test that passes when nothing was found."""
        self._count += 1
        found = list(findings)
        self._failed += bool(found)
        print(f"{'not ok' if found else 'ok'} {self._count} - {name}")
        for line in "\n".join(found).splitlines():
            print(f"#   {line}", flush=True)

    def end(self) -> int:
        """Prints the plan; the exit code."""
        print(f"1..{self._count}")
        return 1 if self._failed else 0
