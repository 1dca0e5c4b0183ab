"""What gatepost check says of time: real name servers whose records change between its runs, and `--at` for the hours that
pass. Every time is worked out here by hand, from when a run saw what."""

import json
from datetime import datetime, timezone
from typing import Any

import pytest
from lab.proof import Witness
from lab.pki import Credential
from lab.prosody import DIRECT_TLS_PORT, S2S_PORT
from lab.site import DEADLINE_S, DIRECT_SRV, NOT_READY, READY, STARTTLS_SRV, Site
from lab.web import HOST_META, POSH, WebServer, fingerprints
from lab.zones import SIGNED

WAIT = 2
HOUR_S, DAY_S = 3600, 86400
NEGATIVE_S = 300  # of every zone here


def seconds(text: str) -> int:
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp())


def at(time_s: int) -> str:
    return datetime.fromtimestamp(time_s, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Run:
    """What one run said."""

    def __init__(self, status: int, said: dict[str, Any], witness: Witness) -> None:
        self.status, self.verdict, self.findings, self.witness = status, said["verdict"], said["checks"], witness
        self.time_s = seconds(said["time"])
        self.safe_at_s = said["safe_at"] and seconds(said["safe_at"])
        self.timeline = {step["step"]: step for step in said["timeline"]}
        if self.verdict == "READY":
            witness.passed({finding["id"] for finding in self.findings if finding["status"] == "PASS"})

    def find(self, check: str, status: str, text: str = "") -> dict[str, Any]:
        for finding in self.findings:
            if (finding["id"], finding["status"]) == (check, status) and text in json.dumps(finding, ensure_ascii=False):
                self.witness.found(finding)
                return finding
        lines = "\n".join(f"{finding['status']} {finding['id']} {finding['subject']}: {finding['sentence']}"
                          for finding in self.findings)
        raise AssertionError(f"no {status} of {check} with '{text}':\n{lines}")


class Past:
    """A site whose DNS leads elsewhere at first; nothing but name servers is there, and a journal of them."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.planned = {owner: site.records[owner] for owner in (STARTTLS_SRV, DIRECT_SRV)}
        self.elsewhere = site.scene.machine(f"elsewhere of {site.domain}")
        self.file = site.scene.folder / "check.db"
        self.file.unlink(missing_ok=True)
        self.servers = site.scene.world.hosting
        site.signing = None
        site.home.section("legacy", host=[f"old.{site.domain}:{S2S_PORT}"],
                          address=[self.elsewhere.v4, self.elsewhere.v6])
        site.records["old"] = [f"A {self.elsewhere.v4}", f"AAAA {self.elsewhere.v6}"]
        self.margins()

    def margins(self, cache: str = "0", stale: str = "2h", old: str = "1min", **more: str) -> None:
        """By default what was seen is all that counts."""
        self.site.gateway.config.section("check", cache_allowance=cache, stale_margin=stale, old_ttl=old, **more)

    def lead_elsewhere(self, ttl_s: int) -> None:
        self.site.records[STARTTLS_SRV] = [f"{ttl_s} SRV 10 0 {S2S_PORT} old"]
        self.site.records.pop(DIRECT_SRV, None)
        self.site.publish()

    def switch(self, ttl_s: int) -> None:
        for owner, records in self.planned.items():
            self.site.records[owner] = [f"{ttl_s} {record}" for record in records]
        self.site.publish()

    def look(self, *arguments: str) -> Run:
        gateway = self.site.gateway
        gateway.write()
        done = gateway.command("check", "--json", "--journal", str(self.file), *arguments, deadline_s=DEADLINE_S)
        assert done.stdout and not done.stderr, done.stderr
        return Run(done.returncode, json.loads(done.stdout), self.site.scene.witness)

    def waits_until(self, check: str, until_s: int, *arguments: str) -> dict[str, Any]:
        """By that check alone: WAIT until then, and afterwards nothing. Returns the finding that waits."""
        before = self.look("--only", check, "--at", at(until_s - 1), *arguments)
        assert (before.status, before.verdict) == (WAIT, "WAIT")
        assert before.safe_at_s == until_s, f"{at(before.safe_at_s)}, not {at(until_s)}"
        after = self.look("--only", check, "--at", at(until_s), *arguments)
        assert (after.status, after.verdict, after.safe_at_s) == (READY, "READY", None)
        return before.find(check, "WAIT", at(until_s))


@pytest.fixture
def past(site: Site) -> Past:
    return Past(site)


# M1 before a switch.


def test_m1_lowered_ttl(past: Past) -> None:
    past.lead_elsewhere(HOUR_S)
    high = past.look("--only", "M1")
    assert high.status == READY, "advice: nothing is wrong but that a switch takes long"
    assert "first lower its TTL" in high.find("M1", "WARN", STARTTLS_SRV)["fix"][0]["text"]
    past.lead_elsewhere(60)
    low = past.look("--only", "M1")
    assert (low.status, low.verdict) == (WAIT, "WAIT")
    found = past.waits_until("M1", low.time_s + HOUR_S)
    assert "a TTL of 3600 s" in found["evidence"][0]


def test_m1_cache_allowance(past: Past) -> None:
    """Caches that keep short TTLs for longer: K, from the configuration, instead of a TTL below it."""
    past.margins(cache="2h")
    past.lead_elsewhere(HOUR_S)
    past.look()
    past.lead_elsewhere(60)
    past.waits_until("M1", past.look().time_s + 2 * HOUR_S)


def test_m1_server_was_silent(past: Past) -> None:
    """Knot could not be reached while old copies ran out: G more."""
    past.lead_elsewhere(HOUR_S)
    past.look()
    past.lead_elsewhere(60)
    low = past.look()
    dead = past.servers[1]
    dead.stop()
    past.site.scene.until_end(lambda: dead.process.is_running or dead.start())
    assert past.look("--only", "Z1").status == NOT_READY
    dead.start()
    past.waits_until("M1", low.time_s + HOUR_S + 2 * HOUR_S)


def test_m1_servers_differ(past: Past) -> None:
    """The wait begins when all servers say the same."""
    past.lead_elsewhere(HOUR_S)
    past.look()
    site = past.site
    site.records[STARTTLS_SRV] = [f"60 SRV 20 0 {S2S_PORT} old"]
    site.publish(on=past.servers[:1])
    half = past.look("--only", "M1", "--at", at(past.look().time_s + DAY_S))
    assert half.verdict == "UNKNOWN"
    half.find("M1", "UNKNOWN", "when all name servers say the same")
    site.publish()
    past.waits_until("M1", past.look().time_s + HOUR_S)


def test_m1_first_look(past: Past) -> None:
    """Low already when it is first seen: old-ttl of the configuration is assumed."""
    past.margins(old="3h")
    past.lead_elsewhere(60)
    first = past.look()
    found = past.waits_until("M1", first.time_s + 3 * HOUR_S)
    assert "is assumed" in found["evidence"][0]


def test_m1_without_a_journal(past: Past) -> None:
    past.lead_elsewhere(60)
    gateway = past.site.gateway
    gateway.write()
    done = gateway.command("check", "--json", "--only", "M1", "--no-journal", deadline_s=DEADLINE_S)
    Run(done.returncode, json.loads(done.stdout), past.site.scene.witness).find("M1", "UNKNOWN", "--journal")


# M1 before the end, M3 afterwards.


def test_m1_old_records(past: Past) -> None:
    past.lead_elsewhere(900)
    past.look()
    past.switch(60)
    switched = past.look()
    past.waits_until("M1", switched.time_s + 900, "--phase", "decommission")


def test_m1_not_switched(past: Past) -> None:
    past.lead_elsewhere(900)
    assert past.look("--only", "M1", "--phase", "decommission").verdict == "UNKNOWN"


def test_i6_caches_still_lead_there(past: Past) -> None:
    """No server leads to the old gateway any more; what it said before is in caches for as long as it said."""
    past.lead_elsewhere(900)
    past.look()
    del past.site.records["old"]
    past.switch(60)
    switched = past.look()
    past.waits_until("I6", switched.time_s + 900, "--phase", "decommission")


def test_m3_low_ttl(past: Past) -> None:
    past.lead_elsewhere(60)
    past.look()
    past.switch(60)
    late = ("--only", "M3", "--phase", "routine")
    switched = past.look(*late)
    switched.find("M3", "PASS", "changed lately")
    left = past.look(*late, "--at", at(switched.time_s + 60))
    assert left.status == READY, "advice"
    fixes = left.find("M3", "WARN", STARTTLS_SRV)["fix"]
    assert f"3600 IN SRV 10 0 {S2S_PORT} gw1" in fixes[0]["text"]
    past.switch(HOUR_S)
    past.look(*late, "--at", at(switched.time_s + DAY_S)).find("M3", "PASS", "has its TTL of 3600 s")


# M2.


def test_m2_new_address(past: Past) -> None:
    """A server said that there is no AAAA record; N after the last one has it, nobody holds that any more."""
    site = past.site
    v4, v6 = site.records["gw1"]
    site.records["gw1"] = [v4]
    past.lead_elsewhere(60)
    past.look()
    site.records["gw1"] = [v4, v6]
    site.publish(on=past.servers[:1])
    half = {finding["status"] for finding in past.look("--only", "M2").findings if "AAAA" in finding["subject"]}
    assert half in ({"UNKNOWN"}, {"SKIP"}), "whichever server the resolver asked"
    site.publish()
    whole = past.look("--only", "M2")
    past.waits_until("M2", whole.time_s + NEGATIVE_S)


# Z5, Z6, Z9.


def test_z5_long_denials(past: Past) -> None:
    past.lead_elsewhere(60)
    past.look("--only", "Z5").find("Z5", "PASS", f"{NEGATIVE_S} s")
    site = past.site
    site.scene.world.publish(site.domain, site.records, None, ttl_s=2 * HOUR_S, negative_s=2 * HOUR_S)
    found = past.look("--only", "Z5").find("Z5", "WARN", "7200 s")
    assert "RFC 2308" in found["fix"][0]["text"]


def test_z6_different_ttls(past: Past) -> None:
    past.lead_elsewhere(HOUR_S)
    past.look("--only", "Z6").find("Z6", "PASS", STARTTLS_SRV)
    site = past.site
    site.records[STARTTLS_SRV] = [f"300 SRV 10 0 {S2S_PORT} old"]
    site.publish(on=past.servers[:1])
    found = past.look("--only", "Z6").find("Z6", "WARN", "from 300 s to 3600 s")
    assert {"ns1.example: 300 s", "ns2.example: 3600 s"} <= set(found["evidence"])


def test_z9_zone_moves(past: Past) -> None:
    """From two name servers to one of them, in the days in which the service records are to be switched."""
    past.lead_elsewhere(60)
    first = past.look("--only", "Z9")
    assert "is not known" in past.waits_until("Z9", first.time_s + HOUR_S)["sentence"]
    site = past.site
    site.scene.world.publish(site.domain, site.records, None, servers=past.servers[:1])
    moved = past.look("--only", "Z9", "--at", at(first.time_s + DAY_S))
    assert moved.verdict == "READY", "by then it is long over"
    found = past.waits_until("Z9", moved.time_s + HOUR_S)
    assert "two migrations at once" in found["sentence"]


def test_z9_servers_do_not_agree(past: Past) -> None:
    """One of them names a third one already."""
    past.lead_elsewhere(60)
    site, world = past.site, past.site.scene.world
    both = {f"{site.domain}.": [f"NS {server.name}" for server in past.servers]}
    world.publish(site.domain, site.records, None, servers=[*past.servers, world.dns.root], on=past.servers[1:],
                  delegation=both)
    found = past.look("--only", "Z9")
    assert found.status == NOT_READY
    found.find("Z9", "FAIL", "it is being moved")


# N4.


@pytest.mark.parametrize(("before_s", "wait_s"), [(600, 2 * 900), (HOUR_S, HOUR_S)], ids=["short", "long"])
def test_n4_next_key(past: Past, before_s: int, wait_s: int) -> None:
    """Published with a TTL of 900 s, it is safe to use after two of these, and when nobody can hold the set without it."""
    site = past.site
    site.signing = SIGNED
    next_credential = site.scene.credential(site.domain)
    files = next_credential.write(site.scene.folder / "next", "next")
    site.home.set(next_key=str(files.key))

    def publish(ttl_s: int, *credentials: Credential) -> None:
        for port in (S2S_PORT, DIRECT_TLS_PORT):
            site.records[f"_{port}._tcp.gw1"] = [f"{ttl_s} {credential.tlsa()}" for credential in credentials]
        past.switch(60)

    publish(before_s, site.credential)
    routine = ("--only", "N4", "--phase", "routine")
    past.look(*routine).find("N4", "WARN", "is not published")
    publish(900, site.credential, next_credential)
    there = past.look(*routine)
    found = there.find("N4", "WARN", at(there.time_s + wait_s))
    assert there.status == READY and "safe to use from" in found["sentence"]
    past.look(*routine, "--at", at(there.time_s + wait_s - 1)).find("N4", "WARN", "safe to use from")
    past.look(*routine, "--at", at(there.time_s + wait_s)).find("N4", "PASS", "safe to use since")


# The timeline.


def test_timeline(past: Past) -> None:
    """Lowered, addresses published, switched a day too early; K is an hour, and the journal where the configuration has it."""
    site = past.site
    past.margins(cache="1h", propagation="2min", journal=str(past.file))
    hosts = site.records.pop("gw1")
    past.lead_elsewhere(DAY_S)
    past.look()
    past.lead_elsewhere(300)
    lowered = past.look()
    steps = lowered.timeline
    assert seconds(steps["2"]["at"]) == lowered.time_s + DAY_S and steps["2"]["term"] == "TTL"
    assert seconds(steps["3"]["at"]) == lowered.time_s + 120 + NEGATIVE_S, "as if published at once"
    assert steps["10"]["at"] == steps["2"]["at"] and steps["10"]["state"] == "later"
    site.records["gw1"] = hosts
    site.publish()
    there = past.look()
    assert seconds(there.timeline["3"]["at"]) == there.time_s + NEGATIVE_S
    ready = past.look("--at", at(lowered.time_s + DAY_S)).timeline
    assert ready["10"]["state"] == "due"
    assert seconds(ready["11"]["at"]) == lowered.time_s + DAY_S + 120 + HOUR_S and ready["11"]["term"] == "K"
    past.switch(300)
    switched = past.look("--phase", "switched")
    assert switched.timeline["10"]["state"] == "done"
    dead_s = lowered.time_s + DAY_S
    for step in ("8", "11", "12", "13"):
        assert seconds(switched.timeline[step]["at"]) == dead_s, f"{step}: copies with the TTL of a day were left"
    over = past.look("--phase", "decommission", "--at", at(dead_s)).timeline
    assert (over["11"]["state"], over["13"]["state"], over["15"]["state"]) == ("done", "due", "later")
    assert seconds(over["15"]["at"]) == dead_s + 7 * DAY_S, "rollback of the legacy section"
    text = site.gateway.command("check", "--timeline", "--at", at(dead_s - 60), deadline_s=DEADLINE_S).stdout
    lines = text.splitlines()
    row = next(line for line in lines if line.startswith("to come") and " 11  End of the mixed period" in line)
    assert at(dead_s) in row and row.endswith("in 1 min 0 s"), row
    assert lines[-1].split()[0] in ("READY", "NOT", "WAIT", "UNKNOWN"), "the verdict stays the last line"


def test_timeline_of_a_short_ttl(past: Past) -> None:
    """A switch at a TTL of 5 minutes: K, an hour, decides, which only this margin makes it do."""
    for cache, wait_s, term in (("1h", HOUR_S, "K"), ("0", 300, "TTL")):
        past.file.unlink(missing_ok=True)
        past.margins(cache=cache)
        past.lead_elsewhere(300)
        past.look()
        past.switch(300)
        switched = past.look("--phase", "switched")
        steps = switched.timeline
        assert (seconds(steps["11"]["at"]), steps["11"]["term"]) == (switched.time_s + wait_s, term)


# Documents beside DNS.


def test_b1_b2_documents_from_before(past: Past) -> None:
    """Both say themselves how long they may be kept; before the old gateway goes, that has to be over."""
    site = past.site
    machine = site.scene.machine(f"web of {site.domain}")
    site.records["@"] = [f"A {machine.v4}"]

    def leads_to(address: str) -> str:
        link = {"rel": "urn:xmpp:alt-connections:s2s-tls", "port": DIRECT_TLS_PORT, "sni": site.domain, "ips": [address]}
        return json.dumps({"xmpp": {"ttl": 900}, "links": [link]})

    credential = site.scene.credential(site.domain)
    pages: dict[str, str | list[str]] = {HOST_META: leads_to(past.elsewhere.v4), POSH: fingerprints(credential, 1800)}
    WebServer(site.scene, machine, credential, pages)
    past.lead_elsewhere(60)
    past.look()
    pages[HOST_META] = leads_to(site.machine.v4)
    del pages[POSH]
    past.switch(60)
    end = ("--phase", "decommission")
    switched = past.look(*end)
    past.waits_until("B1", switched.time_s + 900, *end)
    past.waits_until("B2", switched.time_s + 1800, *end)
    step = switched.timeline["11"]
    assert (seconds(step["at"]), step["term"]) == (switched.time_s + 1800, "expires") and POSH in step["reason"]
    assert seconds(switched.timeline["12"]["at"]) == switched.time_s + 60, "DNS has its own clock"
