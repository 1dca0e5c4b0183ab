"""`gatepost export --diff` and `--if-ready` against real name servers."""

import json
from typing import Any

from lab.site import DIRECT_SRV, STARTTLS_SRV, Site
from lab.world import DIRECT_TLS_PORT, S2S_PORT

SAME, NOT_READY, UNKNOWN, DIFFERENT = 0, 1, 3, 4


def _differences(site: Site, *options: str) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    """The exit status, and what is told of each server that was tried."""
    site.gateway.write()
    done = site.gateway.command("export", "--diff", "--json", *options)
    document = json.loads(done.stdout)
    assert document["schema"] == 1
    return done.returncode, {server["name"]: server["differences"] for zone in document["zones"]
                             for server in zone["servers"] if server["tried"]}


def _kinds(differences: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    return {(each["kind"], each["name"], each["type"]) for each in differences}


def test_what_is_planned_is_there(site: Site) -> None:
    site.publish()
    status, servers = _differences(site)
    assert status == SAME and len(servers) == 2 and not any(servers.values())
    text = site.gateway.command("export", "--diff")
    assert (text.returncode, text.stderr) == (SAME, "")
    assert ": as planned\n" in text.stdout and text.stdout.endswith("\nSAME: every server holds what is planned\n")


def test_each_kind_of_difference(site: Site) -> None:
    site.records[STARTTLS_SRV] = [f"SRV 10 0 {S2S_PORT + 30} gw1"]
    site.records[DIRECT_SRV] = [f"SRV 10 0 {DIRECT_TLS_PORT} old"]
    site.records["gw1"].append("A 192.0.2.77")
    site.records["old"] = ["A 192.0.2.78"]
    del site.records[f"_{S2S_PORT}._tcp.gw1"]
    site.publish()
    status, servers = _differences(site)
    assert status == DIFFERENT
    for differences in servers.values():
        assert _kinds(differences) == {
            ("different", f"{STARTTLS_SRV}.{site.domain}", "SRV"),
            ("missing", f"{DIRECT_SRV}.{site.domain}", "SRV"),
            ("extra", f"{DIRECT_SRV}.{site.domain}", "SRV"),
            ("extra", site.host, "A"),
            ("missing", f"_{S2S_PORT}._tcp.{site.host}", "TLSA")}
    text = site.gateway.command("export", "--diff")
    assert text.returncode == DIFFERENT
    assert f"    extra      {site.host}. 3600 IN A 192.0.2.77\n" in text.stdout.replace("\t", " ")
    assert "DIFFERENT: 4 of 4 server addresses hold" in text.stdout


def test_what_would_lead_elsewhere_is_named(site: Site) -> None:
    """Of names and types that the plan leaves empty: the other family of a host's addresses, and TLSA records of a domain that
    wants none. None of them is in a script."""
    site.home.section("host", site.host, address=[site.machine.v4])
    site.home.set(dane=False)
    site.publish()
    status, servers = _differences(site)
    assert status == DIFFERENT and len(servers) == 2
    for differences in servers.values():
        assert _kinds(differences) == {
            ("extra", site.host, "AAAA"),
            ("extra", f"_{S2S_PORT}._tcp.{site.host}", "TLSA"),
            ("extra", f"_{DIRECT_TLS_PORT}._tcp.{site.host}", "TLSA")}
    script = site.gateway.command("export", "--format", "nsupdate")
    assert script.returncode == 0 and "; Nothing is to be changed.\n" in script.stdout
    del site.records[f"_{S2S_PORT}._tcp.gw1"], site.records[f"_{DIRECT_TLS_PORT}._tcp.gw1"]
    site.records["gw1"] = [f"A {site.machine.v4}"]
    site.publish()
    assert _differences(site)[0] == SAME


def test_records_that_are_held_back_are_extra(site: Site) -> None:
    site.signing = None
    site.publish()
    site.gateway.write()
    done = site.gateway.command("export", "--diff")
    assert done.returncode == DIFFERENT
    found = done.stdout.splitlines()
    extra = [number for number, line in enumerate(found) if line.startswith("    extra      _")]
    assert len(extra) == 2 and all("TLSA" in found[number] for number in extra)
    assert all(found[number + 1].startswith("               held back from the plan: The zone is not signed") for number in extra)


def test_profiles_have_other_ttls(site: Site) -> None:
    site.publish()
    status, servers = _differences(site, "--profile", "switch")
    assert status == DIFFERENT
    assert {kind for differences in servers.values() for kind, _name, _type in _kinds(differences)} == {"ttl"}


def test_each_server_on_its_own(site: Site) -> None:
    """One server holds an old copy, as after a lost NOTIFY."""
    good = site.records[STARTTLS_SRV]
    site.records[STARTTLS_SRV] = [f"SRV 20 0 {S2S_PORT} gw1"]
    site.publish()
    site.records[STARTTLS_SRV] = good
    site.publish(on=site.servers[:1])
    status, servers = _differences(site)
    assert status == DIFFERENT
    assert sorted(len(differences) for differences in servers.values()) == [0, 1]


def test_dead_server_is_not_taken_for_the_same(site: Site) -> None:
    site.publish()
    dead = site.servers[1]
    dead.stop()
    site.scene.until_end(dead.start)
    status, servers = _differences(site)
    assert status == UNKNOWN
    assert sorted({each["kind"] for each in differences} == {"unknown"} for differences in servers.values()) == [False, True]
    assert "UNKNOWN: 2 of 4" in site.gateway.command("export", "--diff").stdout


def test_alias_is_told(site: Site) -> None:
    site.records["real"] = site.records["gw1"]
    site.records["gw1"] = ["CNAME real"]
    site.publish()
    status, servers = _differences(site)
    assert status == DIFFERENT
    assert all("an alias stands in its place" in {each["why"] for each in differences} for differences in servers.values())


def test_records_only_when_ready(site: Site) -> None:
    site.start()
    done = site.gateway.command("export", "--if-ready", "--profile", "switch")
    assert (done.returncode, done.stderr) == (0, "") and STARTTLS_SRV in done.stdout
    del site.records[f"_{S2S_PORT}._tcp.gw1"]
    site.publish()
    done = site.gateway.command("export", "--if-ready", "--profile", "switch")
    assert (done.returncode, done.stdout) == (NOT_READY, "")
    assert "FAIL" in done.stderr and "N1" in done.stderr
    assert "not ready in the phase gate: nothing is printed" in done.stderr
    del site.records[STARTTLS_SRV]
    site.publish()
    for profile, phase in (("prepare", "prepare"), ("switch", "gate"), ("steady", "decommission")):
        done = site.gateway.command("export", "--if-ready", "--profile", profile)
        assert (done.returncode, done.stdout) == (NOT_READY, "")
        assert f"not ready in the phase {phase}: nothing is printed" in done.stderr
