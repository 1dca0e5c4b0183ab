"""The running gateway repeats the check of phase routine by itself: its result in the status, and nothing that becomes of
the process hurts the gateway."""

import os
import signal
from typing import Any

from lab.prosody import S2S_PORT
from lab.site import STARTTLS_SRV, Site
from lab.wait import until
from lab.wire import Listener

SOON_S = 60


def _check(site: Site) -> dict[str, Any]:
    return site.gateway.status()["check"]


def _silent(site: Site) -> Listener:
    """The endpoint says nothing, so that a check takes as long as it may."""
    site.one_endpoint()
    listener = Listener(site.move(f"silence of {site.domain}"), S2S_PORT)
    site.scene.until_end(listener.close)
    return listener


def _await_pid(site: Site, other_than: int | None = None) -> int:
    pid = until("a check under way", lambda: (lambda at: at if at != other_than else None)(_check(site)["pid"]),
                deadline_s=SOON_S)
    assert pid is not None
    return pid


def test_the_gateway_checks_itself(site: Site) -> None:
    """Right, wrong, right again: the status says so, with the time, and the log tells of each change."""
    site.gateway.config.section("check", interval="2s")
    site.start()
    first = _check(site)
    assert first["interval_s"] == 2 and first["verdict"] is None and not first["findings"]
    assert "none yet" in site.gateway.command("status").stdout
    until("READY", lambda: _check(site)["verdict"] == "READY", deadline_s=SOON_S)
    assert _check(site)["time"] and _check(site)["trouble"] is None
    good = site.records[STARTTLS_SRV]
    site.records[STARTTLS_SRV] = ["SRV 10 0 5299 gw1"]
    site.publish()
    event = site.gateway.await_event("check-verdict", verdict="NOT READY", deadline_s=SOON_S)
    assert event
    found = _check(site)
    assert found["verdict"] == "NOT READY" and any(f["id"] == "V3" and f["status"] == "FAIL" for f in found["findings"])
    text = site.gateway.command("status").stdout
    assert "NOT READY, at " in text and "FAIL     V3 " in text, text
    site.records[STARTTLS_SRV] = good
    site.publish()
    assert site.gateway.await_event("check-verdict", verdict="READY", deadline_s=SOON_S)


def test_off(site: Site) -> None:
    site.gateway.config.section("check", interval="0")
    site.start()
    assert _check(site)["interval_s"] == 0 and "the gateway makes none" in site.gateway.command("status").stdout


def test_a_check_that_crashes(site: Site) -> None:
    """The gateway says so, serves on, and tries again."""
    _silent(site)
    site.gateway.config.section("check", interval="2s", timeout="20s")
    site.start()
    pid = _await_pid(site)
    os.kill(pid, signal.SIGABRT)
    until("the trouble", lambda: "ended by signal" in (_check(site)["trouble"] or ""), deadline_s=SOON_S)
    assert _check(site)["verdict"] is None
    assert "came to nothing" in site.gateway.command("status").stdout
    assert _await_pid(site, other_than=pid) != pid


def test_a_check_that_hangs(site: Site) -> None:
    """It is ended by its own process id at its deadline, and no process is left."""
    _silent(site)
    site.gateway.config.section("check", interval="2s", timeout="1s")
    site.start()
    pid = _await_pid(site)
    os.kill(pid, signal.SIGSTOP)
    until("the trouble", lambda: "within its time" in (_check(site)["trouble"] or ""), deadline_s=SOON_S)
    assert not os.path.exists(f"/proc/{pid}")


def test_a_stop_ends_the_check(site: Site) -> None:
    _silent(site)
    site.gateway.config.section("check", interval="2s", timeout="20s")
    site.start()
    pid = _await_pid(site)
    site.gateway.stop()
    assert not os.path.exists(f"/proc/{pid}")
