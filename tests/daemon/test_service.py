"""The gateway as a service: notifications, watchdog, sockets that the manager opens, no privilege, its memory its own."""

import ctypes
import os
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

import pytest

from lab.gatepost import Gatepost, plain_binary
from lab.manager import Manager, activate
from lab.wait import Late, until
from lab.world import Scene

WATCHDOG_S = 1.0
NOBODY = 65534
PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207
WALL = 0x40000000  # __WALL: threads too


def managed(scene: Scene, home: str, name: str | None = None, watchdog_s: float = 0, workers: int = 1,
            ) -> tuple[Gatepost, Manager]:
    gateway = scene.gatepost_domain(home, partners=["nobody.example"], start=False)
    gateway.config.set(workers=workers)
    manager = Manager(gateway.process, name or str(gateway.file.parent / "notify"), watchdog_s)
    scene.until_end(manager.close)
    return gateway, manager


def monotonic_us() -> int:
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000


@pytest.mark.parametrize("name", [None, "@gatepost-lab/notify"], ids=["path", "abstract"])
def test_the_manager_hears_of_start_reload_and_stop(scene: Scene, name: str | None) -> None:
    home = f"notify{'abstract' if name else 'path'}.example"
    gateway, manager = managed(scene, home, name)
    gateway.start()
    ready = manager.next()
    assert ready["READY"] == "1" and ready["STATUS"].startswith("serving 1 domain, 4 listening sockets")
    before = monotonic_us()
    assert gateway.command("reload").returncode == 0
    reloading = manager.next()
    assert reloading["RELOADING"] == "1"
    assert before <= int(reloading["MONOTONIC_USEC"]) <= monotonic_us()
    assert manager.next() == ready
    gateway.file.write_text(gateway.file.read_text() + "nonsense = 1\n")
    assert gateway.command("reload").returncode == 64
    assert manager.next()["RELOADING"] == "1"
    refused = manager.next()
    assert refused["READY"] == "1" and "refused" in refused["STATUS"]
    gateway.stop()
    assert manager.next()["STOPPING"] == "1"


def test_a_start_that_fails_is_not_ready(scene: Scene) -> None:
    gateway, manager = managed(scene, "neverready.example")
    gateway.config.section("listen", 0).set(address="203.0.113.254")  # of nobody here
    gateway.write()
    gateway.process.start()
    assert gateway.process.wait() == 1
    with pytest.raises(Late):
        manager.next(deadline_s=0)


# Watchdog.


@contextmanager
def halted(thread: int) -> Iterator[None]:
    """One thread of a process stands still; the others run."""
    libc = ctypes.CDLL(None, use_errno=True)

    def trace(request: int) -> None:
        if libc.ptrace(request, thread, None, None) != 0:
            raise OSError(ctypes.get_errno(), f"ptrace {request:#x}")

    trace(PTRACE_SEIZE)
    trace(PTRACE_INTERRUPT)
    os.waitpid(thread, WALL)
    try:
        yield
    finally:
        trace(PTRACE_DETACH)


def threads(gateway: Gatepost) -> list[int]:
    """Of the workers, that is without the supervisor's."""
    pid = gateway.process.pid
    return sorted(int(task.name) for task in Path(f"/proc/{pid}/task").iterdir() if int(task.name) != pid)


def test_the_watchdog_hears_of_every_worker_or_of_none(scene: Scene) -> None:
    gateway, manager = managed(scene, "watchdog.example", watchdog_s=WATCHDOG_S, workers=3)
    gateway.start()
    for _ in range(3):
        assert manager.await_message("WATCHDOG", deadline_s=10)["WATCHDOG"] == "1"
    workers = threads(gateway)
    assert len(workers) >= 3
    for worker in workers[-3:]:
        with halted(worker):
            manager.forget()
            with pytest.raises(Late):  # one may be on its way, not two
                for _ in range(2):
                    manager.await_message("WATCHDOG", deadline_s=2 * WATCHDOG_S)
        manager.await_message("WATCHDOG", deadline_s=10)
    gateway.stop()
    manager.await_message("STOPPING")


def test_a_watchdog_of_another_process_is_not_served(scene: Scene) -> None:
    gateway, manager = managed(scene, "otherwatchdog.example", watchdog_s=0.02)
    gateway.process.env["WATCHDOG_PID"] = "1"
    gateway.start()
    assert manager.next()["READY"] == "1"
    assert gateway.command("reload").returncode == 0
    assert manager.next()["RELOADING"] == "1"
    assert manager.next()["READY"] == "1"


# Sockets that the manager has opened.


@pytest.mark.parametrize("workers", [1, 3])
def test_sockets_of_the_manager_are_served(scene: Scene, workers: int) -> None:
    home, partner = f"activated{workers}.example", f"activatedpartner{workers}.example"
    machine = scene.machine(home)
    gateway = scene.gatepost_domain(home, partners=[partner], machine=machine, start=False)
    gateway.config.set(workers=workers)
    for number in (0, 1):  # what the file says of addresses must not matter
        gateway.config.section("listen", number).set(address=f"203.0.113.{number + 1}")
    activate(gateway.process, [("starttls", machine.v4, 5269), ("direct-tls", machine.v4, 5270),
                               ("starttls", machine.v6, 5269), ("direct-tls", machine.v6, 5270)])
    gateway.start()
    listeners = {(it["address"], it["service"]) for it in gateway.status()["listeners"]}
    assert listeners == {(f"{machine.v4}:5269", "starttls"), (f"{machine.v4}:5270", "direct-tls"),
                         (f"[{machine.v6}]:5269", "starttls"), (f"[{machine.v6}]:5270", "direct-tls")}
    user = scene.user(scene.prosody_domain(partner))
    user.send_message(f"echo@{home}", "through a socket of the manager")
    user.await_message("through a socket of the manager", sender=f"echo@{home}")


def test_a_socket_with_another_name_is_refused(scene: Scene) -> None:
    home = "misnamed.example"
    gateway = scene.gatepost_domain(home, start=False)
    activate(gateway.process, [("smtp", scene.machine(home).v4, 5269)])
    gateway.write()
    gateway.process.start()
    assert gateway.process.wait() == 1
    assert gateway.process.output.find('a socket is called "smtp"')


# No privilege.


def test_it_runs_without_privilege_and_nobody_reads_its_memory(scene: Scene) -> None:
    home, partner = "unprivileged.example", "unprivilegedpartner.example"
    gateway = scene.gatepost_domain(home, partners=[partner], start=False)
    gateway.use(plain_binary())
    gateway.write()
    folder = gateway.file.parent
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    for path in (scene.folder, scene.world.folder):
        path.chmod(0o711)
    gateway.process.command[:0] = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                                   "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
    gateway.start()
    resolver = gateway.status()["resolver"]["pid"]
    for pid in (gateway.process.pid, resolver):
        process = Path(f"/proc/{pid}")
        status = process.joinpath("status").read_text()
        assert f"Uid:\t{NOBODY}\t{NOBODY}" in status and "CapEff:\t0000000000000000" in status
        assert "Max core file size        0                    0" in process.joinpath("limits").read_text()
        until("its memory is its own", lambda: process.joinpath("mem").stat().st_uid == 0)
    user = scene.user(scene.prosody_domain(partner))
    user.send_message(f"echo@{home}", "with no privilege")
    user.await_message("with no privilege", sender=f"echo@{home}")
