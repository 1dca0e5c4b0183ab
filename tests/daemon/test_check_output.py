"""The forms of gatepost check for machines, each read by what reads it in earnest."""

import calendar
import json
import os
import re

from lab import pki
from lab.gatepost import SANITIZER_ENV, binary
from lab.site import DEADLINE_S, NOT_READY, READY, STARTTLS_SRV, Site
from lab.terminal import in_terminal
from lab.world import Scene
from prometheus_client.parser import text_string_to_metric_families

# Monitoring Plugins Development Guidelines: 'label'=value[unit];[warn];[crit];[least];[most]
NUMBER, RANGE = r"-?[0-9]+(?:\.[0-9]+)?", r"(?:@?[0-9~.]*:?[0-9.]*)"
PERFDATA = re.compile(rf"(?P<label>[a-z_]+)=(?P<value>{NUMBER})(?:s|%|[KMGT]?B|c)?(?:;{RANGE}){{0,2}}(?:;{NUMBER})?(?:;{NUMBER})?")
OK, WARNING, CRITICAL = 0, 1, 2


def _plugin(site: Site, status: int) -> dict[str, float]:
    """What a monitoring system makes of the line: the performance data."""
    done = site.gateway.command("check", "--nagios", deadline_s=DEADLINE_S)
    assert done.returncode == status, done.stdout + done.stderr
    assert done.stdout.count("\n") == 1 and "\033" not in done.stdout and len(done.stdout) < 1024
    text, bar, data = done.stdout.rstrip("\n").partition(" | ")
    word = ("OK", "WARNING", "CRITICAL", "UNKNOWN")[status]
    assert bar and text.startswith(f"GATEPOST {word} - "), done.stdout
    found = {}
    for item in data.split(" "):
        match = PERFDATA.fullmatch(item)
        assert match, item
        found[match["label"]] = float(match["value"])
    return found


def _metrics(site: Site, status: int) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    file = site.scene.folder / "gatepost.prom"
    file.write_text("from an earlier run")
    done = site.gateway.command("check", "--prometheus", "--output", str(file), deadline_s=DEADLINE_S)
    assert done.returncode == status and not done.stdout, done.stderr
    assert sorted(site.scene.folder.glob("gatepost.prom*")) == [file], "nothing is left beside it"
    return {(sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(file.read_text()) for sample in family.samples}


def _one(metrics: dict[tuple[str, frozenset[tuple[str, str]]], float], metric: str, /, **labels: str) -> float:
    return metrics[metric, frozenset(labels.items())]


def test_monitoring(site: Site) -> None:
    """All is well; then a record is wrong, and every form says so."""
    site.start()
    data = _plugin(site, OK)
    assert data["fail"] == data["unknown"] == data["warn"] == 0 and data["certificate_days"] >= 21
    metrics = _metrics(site, 0)
    assert _one(metrics, "probe_success", domain=site.domain) == 1
    assert _one(metrics, "gatepost_check_verdict", phase="gate", verdict="READY") == 1
    assert _one(metrics, "gatepost_dns_ttl_seconds", name=f"{STARTTLS_SRV}.{site.domain}", type="SRV") > 0
    end_s = _one(metrics, "probe_ssl_earliest_cert_expiry", domain=site.domain, service="xmpp-server")
    assert end_s == calendar.timegm(site.credential.certificate.not_valid_after.timetuple())

    site.records[STARTTLS_SRV] = ["SRV 10 0 5299 gw1"]
    site.publish()
    assert _plugin(site, CRITICAL)["fail"] >= 1
    metrics = _metrics(site, 1)
    assert _one(metrics, "probe_success", domain=site.domain) == 0
    assert _one(metrics, "gatepost_check_verdict", phase="gate", verdict="NOT READY") == 1
    assert _one(metrics, "gatepost_check_findings", check="V3", group="dns", status="FAIL") == 1


def test_a_warning_warns(site: Site) -> None:
    """A certificate that should have been renewed is worth a look, and for a plugin a warning."""
    site.use(site.scene.world.authority.for_domain(site.domain, validity=pki.Validity(-80, 10)))
    site.start()
    data = _plugin(site, WARNING)
    assert data["warn"] >= 1 and 9 <= data["certificate_days"] <= 10


def test_text_shows_what_is_wrong_first(scene: Scene, site: Site) -> None:
    site.records[STARTTLS_SRV] = ["SRV 10 0 5299 gw1"]
    site.start()
    lines = site.gateway.command("check", deadline_s=DEADLINE_S).stdout.splitlines()
    assert lines[2].startswith("FAIL") and lines[3].startswith("    "), lines
    steps = [line for line in lines if re.match(r"(PASS|FAIL|UNKNOWN|WARN|-) +[1-6]\. ", line)]
    assert len(steps) == 6 and lines[-1].startswith("NOT READY"), lines
    everything = site.gateway.command("check", "--all", deadline_s=DEADLINE_S).stdout.splitlines()
    assert len(everything) > len(lines) and any(re.match(r"PASS +X8 ", line) for line in everything)


def test_text_on_a_terminal(site: Site) -> None:
    """In its colours and as wide as it is; what is there to be copied stays on its line."""
    site.records[STARTTLS_SRV] = ["SRV 10 0 5299 gw1"]
    site.start()
    command = [binary(), "check", "-c", site.gateway.file, "--quiet"]
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | SANITIZER_ENV
    status, shown = in_terminal(command, "stdout", 60, environment, site.scene.folder)
    lines = re.sub(r"\033\[[0-9;]*m", "", shown).splitlines()
    assert status == NOT_READY and "\033[1;31mFAIL" in shown
    assert any(line.startswith("    fix: publish  ") and len(line) > 60 for line in lines), shown
    assert all(len(line) <= 60 or line.startswith("    fix: ") or " " not in line.strip() for line in lines), shown
    assert len(lines) > len(site.gateway.command("check", deadline_s=DEADLINE_S).stdout.splitlines())
    _, plain = in_terminal(command, "stdout", 60, environment | {"NO_COLOR": "1"}, site.scene.folder)
    assert "\033" not in plain and "FAIL" in plain
    _, narrow = in_terminal(command, "stdout", 39, environment, site.scene.folder)
    assert "Readiness of " + site.domain + ", phase gate, seen from " in narrow, "broken where hardly a word fits"


def test_partners_leave_no_step_out(site: Site) -> None:
    """With --partners all is checked that would be anyway; with --only, steps that were not asked for are not there."""
    site.start()
    text = site.gateway.command("check", "--partners", deadline_s=DEADLINE_S).stdout
    assert "-        3. Move all users: nothing is checked" in text, text
    text = site.gateway.command("check", "--only", "V1", deadline_s=DEADLINE_S).stdout
    assert "6. Update DNS: passed V1\n" in text and "3. Move" not in text and "1. Deploy" not in text, text
    text = site.gateway.command("check", "--only", "V1", "--partners", deadline_s=DEADLINE_S).stdout
    assert "6. Update DNS: passed V1\n" in text and "5. Enable federation: not called for X7\n" in text, text


def test_accepted(site: Site) -> None:
    """What the configuration accepts counts for nothing and is shown with its reason; what is not there is told of."""
    site.records[STARTTLS_SRV].append("SRV 20 0 5269 old")
    site.records["old"] = [f"A {site.machine.v4}"]
    accept = site.gateway.config.section("check").section("accept", "V12", reason="the old one stays until June",
                                                          domain=[site.domain], subject=["old."], until="2999-12-31")
    site.gateway.config.section("check").section("accept", "T9", reason="never needed")
    site.start()
    report = site.check("--only", "V12,T9")
    assert report.verdict == "READY", str(report)
    finding = report.find("V12", "SKIP", "old.")
    assert finding["accepted"] == {"reason": "the old one stays until June", "status": "FAIL", "until": "2999-12-31T00:00:00Z"}
    text = site.gateway.command("check", "--only", "V12,T9", deadline_s=DEADLINE_S).stdout
    assert "the old one stays until June" in text and 'accept "T9": there is nothing to accept' in text, text
    accept.set(until="2020-01-01")
    assert site.check("--only", "V12").verdict == "NOT READY"


def test_merged(site: Site) -> None:
    """What another run has seen joins the report, with where that was."""
    site.start()
    gateway, folder = site.gateway, site.scene.folder
    outside = gateway.json("check", deadline_s=DEADLINE_S)
    outside["vantage"] = "outside.example"
    finding = next(at for at in outside["checks"] if at["id"] == "A3")
    finding.update(status="FAIL", sentence="no connection: timed out",
                   fix=[{"action": "do", "text": "look at the firewall"}])
    (folder / "outside.json").write_text(json.dumps(outside))
    report = site.check("--merge", str(folder / "outside.json"))
    assert report.verdict == "NOT READY"
    assert report.find("A3", "FAIL", finding["subject"])["vantage"] == "outside.example"
    assert report.find("A3", "PASS", finding["subject"])["vantage"] != "outside.example"
    assert report.find("O1", "PASS")["subject"] == "outside.example"
    text = gateway.command("check", "--merge", str(folder / "outside.json"), deadline_s=DEADLINE_S).stdout
    assert "(seen from outside.example): no connection: timed out" in text, text
    (folder / "foreign.json").write_text('{"schema": 1}')
    refused = gateway.command("check", "--merge", str(folder / "foreign.json"))
    assert refused.returncode == 64 and "no report" in refused.stderr and not refused.stdout


def test_a_journal_that_cannot_be_kept(site: Site) -> None:
    """Where nobody has made the directory there is nothing to say; what is there and of no use is told in one line."""
    site.start()
    gateway = site.gateway
    done = gateway.command("check", deadline_s=DEADLINE_S)
    assert done.returncode == READY and not done.stderr and not gateway.state.exists(), done.stderr
    gateway.state.write_text("no directory")
    done = gateway.command("check", deadline_s=DEADLINE_S)
    assert done.returncode == READY and done.stderr.count("\n") == 1, done.stderr
    for words in ("state/check.db", "Not a directory", "--journal FILE", "--no-journal"):
        assert words in done.stderr
    assert not gateway.command("check", "--no-journal", deadline_s=DEADLINE_S).stderr
    gateway.state.unlink()
    gateway.state.mkdir()
    assert not gateway.command("check", deadline_s=DEADLINE_S).stderr
    assert (gateway.state / "check.db").exists()
