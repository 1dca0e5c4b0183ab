"""`gatepost tlsa`, and what the running gateway thinks of a key that partners may not know yet, from one key to the next."""

import hashlib
import json
import re
import sqlite3
import stat
import subprocess
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from lab.pki import Credential, Names
from lab.site import Site
from lab.world import DIRECT_TLS_PORT, S2S_PORT

FINE, WRONG, WAIT, UNKNOWN, USAGE = 0, 1, 2, 3, 64
HOUR_S = 3600
TTL_S = HOUR_S  # of the lab's zones
OTHERS_MAX = 16  # records of other keys that are told at one place


def _digest(credential: Credential) -> str:
    return hashlib.sha256(credential.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _other(site: Site) -> Credential:
    """A certificate for another key."""
    return site.scene.world.authority.issue(Names(dns=[site.domain]))


def _name_next(site: Site, credential: Credential) -> Path:
    folder = site.scene.folder / "next"
    files = credential.write(folder, "next")
    site.home.set(next_key=str(files.key))
    return Path(files.key)


def _publish(site: Site, *credentials: Credential) -> None:
    for port in (S2S_PORT, DIRECT_TLS_PORT):
        site.records[f"_{port}._tcp.gw1"] = [f"TLSA 3 1 1 {_digest(credential)}" for credential in credentials]
    site.publish()


def _journal(site: Site) -> Path:
    folder = site.gateway.file.parent / "state"
    folder.mkdir(exist_ok=True)
    return folder / "check.db"


def _age(site: Site, seconds: int) -> None:
    """What was seen was seen that much earlier."""
    with sqlite3.connect(_journal(site)) as journal:
        journal.execute("UPDATE sighting SET first = first - ?1, last = last - ?1", [seconds])
        journal.execute("UPDATE silence SET first = first - ?1, last = last - ?1", [seconds])
    journal.close()


def _tlsa(site: Site, *options: str) -> tuple[int, dict[str, Any]]:
    _journal(site)
    site.gateway.write()
    done = site.gateway.command("tlsa", "--json", *options)
    assert done.stdout, done.stderr
    document = json.loads(done.stdout)
    assert document["schema"] == 1 and len(document["domains"]) == 1
    return done.returncode, document["domains"][0]


def _reload(site: Site) -> dict[str, Any]:
    site.gateway.write()
    answer = json.loads(site.gateway.command("reload", "--json").stdout)
    answer["warnings"] = [text for text in answer.get("warnings", []) if "no partner section" not in text]
    return answer


def _served(site: Site) -> str:
    return site.gateway.status()["domains"][0]["spki_sha256"]


def test_from_one_key_to_the_next(site: Site) -> None:
    site.start()
    status, domain = _tlsa(site)
    assert (status, domain["verdict"], domain["publish"], domain["next"]) == (FINE, "nothing", [], None)
    assert len(domain["places"]) == 2 and all(len(place["servers"]) == 4 for place in domain["places"])
    assert {key["key"] for place in domain["places"] for key in place["served"]} == {"current"}

    old, new = site.credential, _other(site)
    _name_next(site, new)
    status, domain = _tlsa(site)
    assert (status, domain["verdict"], domain["safe_at"]) == (WAIT, "publish", None)
    assert domain["publish"] == [f"_{port}._tcp.{site.host}. 3600 IN TLSA 3 1 1 {_digest(new)}"
                                 for port in (S2S_PORT, DIRECT_TLS_PORT)]

    _age(site, 10 * HOUR_S)
    _publish(site, old, new)
    status, domain = _tlsa(site)
    assert (status, domain["verdict"], domain["publish"]) == (WAIT, "wait", [])
    assert domain["since"] and domain["safe_at"] > domain["since"]
    assert all(server["has_current"] and server["has_next"] and server["ttl"] == TTL_S
               for place in domain["places"] for server in place["servers"])
    text = site.gateway.command("tlsa")
    assert (text.returncode, f"{site.domain}: WAIT until {domain['safe_at']}: " in text.stdout) == (WAIT, True)
    assert f"all servers have both since {domain['since']}" in text.stdout
    assert _tlsa(site, "--at", domain["safe_at"])[1]["verdict"] == "safe"

    site.use(new)
    site.home.options.pop("next-key")
    refused = _reload(site)
    assert refused["reloaded"] is False
    assert domain["safe_at"] in refused["problems"][0] and "young-key = warn" in refused["problems"][0]
    assert _served(site) == _digest(old)

    _age(site, 2 * TTL_S)
    site.use(old)
    _name_next(site, new)
    status, domain = _tlsa(site)
    assert (status, domain["verdict"], domain["safe_at"]) == (FINE, "safe", None)
    assert "safe to deploy now" in site.gateway.command("tlsa").stdout
    site.use(new)
    site.home.options.pop("next-key")
    done = _reload(site)
    assert done["reloaded"] is True and done["warnings"] == []
    assert _served(site) == _digest(new)
    status, domain = _tlsa(site)
    assert (status, domain["verdict"]) == (FINE, "nothing")
    assert {other for place in domain["places"] for other in place["others"]} == {f"3 1 1 {_digest(old)}"}
    assert "records of other keys can go" in domain["sentence"]

    _publish(site, new)
    status, domain = _tlsa(site)
    assert (status, domain["verdict"]) == (FINE, "nothing")
    assert not any(place["others"] for place in domain["places"])


def test_a_key_without_record_is_a_danger(site: Site) -> None:
    """What is served has no record, whatever the files say by now."""
    site.start()
    assert _tlsa(site)[0] == FINE
    other = _other(site)
    _publish(site, other)
    status, domain = _tlsa(site)
    assert (status, domain["verdict"]) == (WRONG, "danger")
    assert "DANGER" in domain["sentence"] and len(domain["publish"]) == 2
    # with other files, and no reload yet: the key on all addresses is told of once
    served = site.credential
    site.use(other)
    status, domain = _tlsa(site)
    assert (status, domain["verdict"]) == (WRONG, "danger")
    assert {key["key"] for place in domain["places"] for key in place["served"]} == {"other"}
    assert domain["publish"] == [f"_{port}._tcp.{site.host}. 3600 IN TLSA 3 1 1 {_digest(served)}"
                                 for port in (S2S_PORT, DIRECT_TLS_PORT)]


def test_many_other_records_are_cut(site: Site) -> None:
    site.records[f"_{S2S_PORT}._tcp.gw1"] += [f"TLSA 3 1 1 {number:064x}" for number in range(OTHERS_MAX + 4)]
    site.publish()
    status, domain = _tlsa(site)
    assert (status, domain["verdict"]) == (FINE, "nothing")
    assert [len(place["others"]) for place in domain["places"]] == [OTHERS_MAX, 0]


def test_missing_record_without_a_gateway(site: Site) -> None:
    del site.records[f"_{S2S_PORT}._tcp.gw1"]
    site.publish()
    status, domain = _tlsa(site)
    assert (status, domain["verdict"]) == (WRONG, "missing")
    assert domain["publish"] == [f"_{S2S_PORT}._tcp.{site.host}. 3600 IN TLSA 3 1 1 {_digest(site.credential)}"]
    assert all(key["trouble"] for place in domain["places"] for key in place["served"])


def test_dead_server_is_unknown(site: Site) -> None:
    site.publish()
    dead = site.scene.world.hosting[1]
    dead.stop()
    site.scene.until_end(dead.start)
    status, domain = _tlsa(site)
    assert (status, domain["verdict"]) == (UNKNOWN, "unknown")
    assert "not known: what ns2.example (" in domain["sentence"]


def test_wait_without_a_journal(site: Site) -> None:
    """No state-directory is no complaint, as for the check; only a wait says what it lacks. A journal that is there and cannot
    be used is told at once."""
    site.publish()
    site.gateway.write()
    quiet = site.gateway.command("tlsa")
    assert (quiet.returncode, quiet.stderr) == (FINE, "") and "at every look" not in quiet.stdout

    new = _other(site)
    _name_next(site, new)
    _publish(site, site.credential, new)
    site.gateway.write()
    lacks = f"no journal is kept: there is no directory {site.gateway.state}"
    waiting = site.gateway.command("tlsa")
    assert (waiting.returncode, waiting.stderr) == (WAIT, "")
    assert f"\n  this wait begins anew at every look: {lacks}\n" in waiting.stdout
    assert json.loads(site.gateway.command("tlsa", "--json").stdout)["journal_trouble"] == lacks

    _journal(site).write_text("no database")
    told = site.gateway.command("tlsa")
    assert told.returncode == WAIT
    assert told.stderr.startswith(f"gatepost tlsa: the journal {_journal(site)} cannot be used: ")
    assert "this wait begins anew at every look: the journal" in told.stdout


def test_zone_that_is_not_signed(site: Site) -> None:
    site.signing = None
    site.publish()
    status, domain = _tlsa(site)
    assert (status, domain["verdict"], domain["publish"]) == (FINE, "nothing", [])
    assert "not signed" in domain["sentence"]
    for port in (S2S_PORT, DIRECT_TLS_PORT):
        del site.records[f"_{port}._tcp.gw1"]
    site.publish()
    status, domain = _tlsa(site)
    assert (status, domain["verdict"], domain["publish"]) == (FINE, "nothing", [])


def test_reload_is_refused_whole_or_warned(site: Site) -> None:
    site.start()
    assert _tlsa(site)[0] == FINE
    old, new = site.credential, _other(site)
    site.use(new)
    site.gateway.config.section("log", level="info")
    refused = _reload(site)
    assert refused["reloaded"] is False and len(refused["problems"]) == 1
    assert "are not for its key" in refused["problems"][0]
    assert _served(site) == _digest(old)
    text = site.gateway.command("reload")
    assert text.returncode == USAGE and "what is running stays as it is" in text.stderr

    site.home.set(young_key="warn")
    mark = site.gateway.mark()
    done = _reload(site)
    assert done["reloaded"] is True and len(done["warnings"]) == 1 and "are not for its key" in done["warnings"][0]
    site.gateway.await_event("young-key", since=mark)
    assert _served(site) == _digest(new)

    site.use(old)
    _age(site, 10 * HOUR_S)
    site.home.set(young_key="ignore")
    done = _reload(site)
    assert done["reloaded"] is True and done["warnings"] == []


def test_nothing_known_is_a_warning(site: Site) -> None:
    site.start()
    assert "not known (there is no journal" in site.gateway.await_event("young-key")["message"]
    site.use(_other(site))
    done = _reload(site)
    assert done["reloaded"] is True
    assert len(done["warnings"]) == 1 and '"gatepost tlsa" tells' in done["warnings"][0]


def test_start_warns_of_a_key_without_record(site: Site) -> None:
    """At a start there is no other key to keep."""
    site.publish()
    assert _tlsa(site)[0] == FINE
    site.use(_other(site))
    site.gateway.start()
    assert "are not for its key" in site.gateway.await_event("young-key")["message"]


def test_no_tlsa_records_no_guard(site: Site) -> None:
    for port in (S2S_PORT, DIRECT_TLS_PORT):
        del site.records[f"_{port}._tcp.gw1"]
    site.start()
    assert _tlsa(site)[0] == WRONG
    site.use(_other(site))
    done = _reload(site)
    assert done["reloaded"] is True and done["warnings"] == []


def test_no_guard_without_signatures(site: Site) -> None:
    """Nobody goes by TLSA records that are not signed."""
    site.signing = None
    site.start()
    assert _tlsa(site)[0] == FINE
    new = _other(site)
    site.use(new)
    done = _reload(site)
    assert done["reloaded"] is True and done["warnings"] == []
    assert _served(site) == _digest(new)


def test_new_key(site: Site) -> None:
    file = site.scene.folder / "it's next.key"
    site.home.set(next_key=str(file))
    site.gateway.write()
    made = site.gateway.command("tlsa", "new-key", "--domain", site.domain)
    assert (made.returncode, made.stderr) == (FINE, "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    key = load_pem_private_key(file.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    digest = hashlib.sha256(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
    for port in (S2S_PORT, DIRECT_TLS_PORT):
        assert f"\n_{port}._tcp.{site.host}. 3600 IN TLSA 3 1 1 {digest}\n" in made.stdout
    assert f"gatepost tlsa --domain {site.domain} --config '{site.gateway.file}'\n" in made.stdout
    assert "\n1. The configuration names it already.\n" in made.stdout and "\n5. Make them certificate" in made.stdout
    request = re.search(r"^ +(openssl req .*)$", made.stdout, re.MULTILINE)
    assert request
    subprocess.run(request[1], shell=True, check=True, capture_output=True)
    shown = subprocess.run(["openssl", "req", "-in", f"{file}.csr", "-noout", "-text", "-verify"], check=True,
                           capture_output=True, text=True).stdout
    assert f"DNS:{site.domain}" in shown

    before = file.read_bytes()
    again = site.gateway.command("tlsa", "new-key", str(file))
    assert (again.returncode, again.stdout) == (WRONG, "") and "File exists" in again.stderr
    assert file.read_bytes() == before
    link = site.scene.folder / "link.key"
    link.symlink_to(site.scene.folder / "nowhere.key")
    assert site.gateway.command("tlsa", "new-key", str(link)).returncode == WRONG
    assert not (site.scene.folder / "nowhere.key").exists()

    other = site.scene.folder / "rsa.key"
    assert site.gateway.command("tlsa", "new-key", "--type=rsa", str(other)).returncode == FINE
    key = load_pem_private_key(other.read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey) and key.key_size == 3072

    site.home.set(dane=False)
    site.gateway.write()
    alone = site.gateway.command("tlsa", "new-key", str(site.scene.folder / "alone.key"))
    assert alone.returncode == FINE and "TLSA" not in alone.stdout and "next-key" not in alone.stdout
    assert "dane = no" in alone.stdout and "\n1. Have a certificate issued" in alone.stdout
