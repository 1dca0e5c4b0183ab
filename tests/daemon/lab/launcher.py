"""A program of its own: opens listening sockets and becomes another program, which inherits them (sd_listen_fds(3)).

    launcher.py NAME,ADDRESS,PORT ... -- PROGRAM ARGUMENT ...
"""

import fcntl
import os
import socket
import sys
from typing import Mapping, Sequence

FIRST_SOCKET = 3  # SD_LISTEN_FDS_START


def _open(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    one = socket.socket(family, socket.SOCK_STREAM)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind((address, port))
    one.listen()
    return one


def _environment(names: Sequence[str]) -> Mapping[str, str]:
    return {**os.environ, "LISTEN_PID": str(os.getpid()), "LISTEN_FDS": str(len(names)),
            "LISTEN_FDNAMES": ":".join(names)}


def _launch(words: Sequence[str]) -> None:
    """Becomes the program behind "--", with the sockets before it as descriptors 3, 4, ..."""
    end = words.index("--")
    rows = [word.split(",") for word in words[:end]]
    opened = [_open(address, int(port)) for _, address, port in rows]
    # First out of the way: one of them could sit where another has to go.
    high = [fcntl.fcntl(one, fcntl.F_DUPFD_CLOEXEC, FIRST_SOCKET + len(rows)) for one in opened]
    for number, fd in enumerate(high):
        os.dup2(fd, FIRST_SOCKET + number)
    program = words[end + 1]
    os.execve(program, words[end + 1:], _environment([name for name, *_ in rows]))


if __name__ == "__main__":
    _launch(sys.argv[1:])
