"""Waiting for events with a deadline. Nothing in the lab waits for a fixed time."""

import select
import socket
import time
from typing import Callable, TypeVar

T = TypeVar("T")

# Generous, for a machine that has much else to do: only a test that fails gets there.
DEADLINE_S = 60.0


class Late(AssertionError):
    """Something that was awaited did not happen in time."""


def until(what: str, probe: Callable[[], T | None], deadline_s: float = DEADLINE_S) -> T:
    """Calls probe until it answers with something true. For facts of another process that no event announces."""
    end = time.monotonic() + deadline_s
    while True:
        answer = probe()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Late(f"{what}: not within {deadline_s:g} s")
        select.select([], [], [], 0.02)


def until_listening(address: str, port: int, deadline_s: float = DEADLINE_S) -> None:
    """Returns when a TCP connection to the address is taken."""

    def probe() -> bool:
        try:
            socket.create_connection((address, port), timeout=1).close()
            return True
        except OSError:
            return False

    until(f"a listener on {address} port {port}", probe, deadline_s)
