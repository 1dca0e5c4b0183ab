"""A daemon under test: its own folder, its output kept and watched line by line, ended by its own pid."""

import fcntl
import os
import re
import signal
import subprocess
import threading
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Callable, Mapping, Sequence, TypeVar

from .wait import DEADLINE_S, Late

T = TypeVar("T")

F_SETPIPE_SZ = 1031
PIPE_BYTES = 1 << 20


class Output:
    """Everything that a process has written, as lines; a thread reads, others wait."""

    def __init__(self, pipe, copy: Path) -> None:
        self._lines: list[str] = []
        self._is_open = True
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, args=(pipe, copy), daemon=True)
        self._thread.start()

    def _read(self, pipe, copy: Path) -> None:
        with open(copy, "ab", buffering=0) as file, pipe:
            for raw in pipe:
                file.write(raw)
                with self._changed:
                    self._lines.append(raw.decode(errors="replace").rstrip("\n"))
                    self._changed.notify_all()
        with self._changed:
            self._is_open = False
            self._changed.notify_all()

    def mark(self) -> int:
        """A place in the output; later waits can start from it."""
        with self._changed:
            return len(self._lines)

    def lines(self, since: int = 0) -> list[str]:
        with self._changed:
            return self._lines[since:]

    def find(self, pattern: str, since: int = 0) -> re.Match[str] | None:
        return next((m for m in (re.search(pattern, line) for line in self.lines(since)) if m), None)

    def wait(self, what: str, matches: Callable[[str], T | None], since: int = 0,
             deadline_s: float = DEADLINE_S) -> T:
        """What matches says of the first line, at or behind since, of which it says anything."""
        end = time.monotonic() + deadline_s
        seen = since
        with self._changed:
            while True:
                while seen < len(self._lines):
                    found = matches(self._lines[seen])
                    seen += 1
                    if found:
                        return found
                if not self._is_open:
                    raise Late(f"{what}: the output ended without it")
                if not self._changed.wait(end - time.monotonic()) and time.monotonic() >= end:
                    raise Late(f"{what}: not within {deadline_s:g} s")

    def wait_for(self, pattern: str, since: int = 0, deadline_s: float = DEADLINE_S) -> re.Match[str]:
        """The first line, at or behind since, that matches."""
        return self.wait(f"a line like /{pattern}/", re.compile(pattern).search, since, deadline_s)

    def wait_for_end(self) -> None:
        self._thread.join()


class Process:
    """A program that runs until it is stopped. Dies with the process that started it."""

    def __init__(self, name: str, folder: Path, command: Sequence[str | Path],
                 env: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.folder = folder
        self.command = [str(word) for word in command]
        self.env = dict(env or {})
        self._child: subprocess.Popen[bytes] | None = None
        self._output: Output | None = None
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def output(self) -> Output:
        """What it has written since its last start."""
        assert self._output, f"{self.name} was not started"
        return self._output

    @property
    def was_started(self) -> bool:
        return self._output is not None

    @property
    def pid(self) -> int:
        assert self._child, f"{self.name} was not started"
        return self._child.pid

    @property
    def is_running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def start(self) -> "Process":
        assert not self.is_running, f"{self.name} runs already"
        # A process group of its own: the interrupt key of a terminal is for whoever started it.
        self._child = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", *self.command], cwd=self.folder, env={**os.environ, **self.env},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, process_group=0)
        assert self._child.stdout
        fcntl.fcntl(self._child.stdout, F_SETPIPE_SZ, PIPE_BYTES)
        self._output = Output(self._child.stdout, self.folder / "output.log")
        return self

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def wait(self, deadline_s: float | None = DEADLINE_S) -> int:
        """The exit code; negative for a signal. Without a deadline: however long it takes."""
        assert self._child
        try:
            code = self._child.wait(deadline_s)
        except subprocess.TimeoutExpired:
            raise Late(f"{self.name} did not end within {deadline_s:g} s") from None
        self.output.wait_for_end()
        return code

    def stop(self, deadline_s: float = 10) -> int | None:
        """Asks it to end, then makes it; None when it was not running."""
        if not self.is_running:
            return None
        self.signal(signal.SIGTERM)
        try:
            return self.wait(deadline_s)
        except Late:
            return self.kill()

    def kill(self) -> int:
        self.signal(signal.SIGKILL)
        return self.wait()


def children_of(pid: int) -> list[int]:
    """Those that run. None when the process has just ended."""
    try:
        children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return [child for child in children if _is_alive(child)]


def _is_alive(pid: int) -> bool:
    """One that has ended may stay, as a zombie, for as long as its parent does not ask for it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def run(command: Sequence[str | Path], **kwargs) -> str:
    """Runs a tool to its end; its standard output. Its words are in the error when it fails."""
    done = subprocess.run([str(word) for word in command], text=True, capture_output=True, **kwargs)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {' '.join(map(str, command))}\n"
                           f"{done.stdout}{done.stderr}")
    return done.stdout


class Server(ABC):
    """A server that is one process, and takes a while until it serves."""

    process: Process

    @property
    def output(self) -> Output:
        return self.process.output

    @property
    def processes(self) -> tuple[Process, ...]:
        return (self.process,)

    def start(self) -> None:
        self.launch()
        self.await_ready()

    def launch(self) -> None:
        self.process.start()

    @abstractmethod
    def await_ready(self) -> None:
        """Until it serves."""

    def stop(self) -> None:
        self.process.stop()
