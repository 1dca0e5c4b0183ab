"""The program under test."""

import difflib
import subprocess
from pathlib import Path


class Program:
    def __init__(self, executable: str, root: str) -> None:
        self.executable = Path(executable).resolve()
        self.root = Path(root).resolve()

    def run(self, *arguments: str, status: int = 0) -> str:
        """What it prints; its exit status must be this one."""
        done = subprocess.run([self.executable, *arguments], capture_output=True, text=True, timeout=60)
        if done.returncode != status:
            raise AssertionError(f"{' '.join(arguments)}: status {done.returncode}, not {status}\n{done.stderr}")
        return done.stdout


def differences(expected: str, printed: str, name: str) -> list[str]:
    return list(difflib.unified_diff(expected.splitlines(), printed.splitlines(), name, "printed", lineterm=""))
