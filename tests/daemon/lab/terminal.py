"""A program on a terminal: what somebody sees who runs it there."""

import fcntl
import os
import pty
import struct
import subprocess
import termios
from pathlib import Path
from typing import Mapping, Sequence

from .wait import DEADLINE_S


def in_terminal(command: Sequence[str | Path], stream: str, columns: int, env: Mapping[str, str],
                folder: Path) -> tuple[int, str]:
    """The exit status, and what came to a terminal that is `stream` ("stdout", "stderr") alone."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: theirs}
    process = subprocess.Popen(command, **streams, cwd=folder, env={**env, "TERM": "xterm"})
    os.close(theirs)
    shown = b""
    try:
        while data := os.read(ours, 4096):
            shown += data
    except OSError:
        pass  # nobody has the other end any more
    os.close(ours)
    return process.wait(DEADLINE_S), shown.decode().replace("\r\n", "\n")
