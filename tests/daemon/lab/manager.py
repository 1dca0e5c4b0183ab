"""What a service manager does for a service: listens for its notifications (sd_notify(3)), and opens its sockets."""

import socket
import sys
import time
from pathlib import Path
from typing import Sequence

from .process import Process
from .wait import DEADLINE_S, Late

MESSAGE_MAX = 4096


class Manager:
    """The manager of one process, which must not be started yet. A name that begins with "@" is an abstract one."""

    def __init__(self, process: Process, name: str, watchdog_s: float = 0) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(name.replace("@", "\0", 1))
        process.env["NOTIFY_SOCKET"] = name
        if watchdog_s:
            process.env["WATCHDOG_USEC"] = str(int(watchdog_s * 1_000_000))

    def close(self) -> None:
        self._socket.close()

    def next(self, deadline_s: float = DEADLINE_S) -> dict[str, str]:
        """The next message, as its assignments."""
        self._socket.settimeout(deadline_s)
        try:
            text = self._socket.recv(MESSAGE_MAX).decode()
        except (TimeoutError, BlockingIOError):
            raise Late(f"a notification: not within {deadline_s:g} s") from None
        return dict(line.split("=", 1) for line in text.splitlines())

    def await_message(self, key: str, deadline_s: float = DEADLINE_S) -> dict[str, str]:
        """The next one that says anything of this."""
        end = time.monotonic() + deadline_s
        while key not in (message := self.next(max(end - time.monotonic(), 0))):
            pass
        return message

    def forget(self) -> None:
        """Drops what has come and was not asked for."""
        self._socket.setblocking(False)
        try:
            while self._socket.recv(MESSAGE_MAX):
                pass
        except BlockingIOError:
            pass


def activate(process: Process, sockets: Sequence[tuple[str, str, int]]) -> None:
    """Lets a process that is not started yet inherit listening sockets, each with name, address and port."""
    words = [f"{name},{address},{port}" for name, address, port in sockets]
    process.command[:0] = [sys.executable, str(Path(__file__).with_name("launcher.py")), *words, "--"]
