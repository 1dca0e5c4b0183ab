"""What a partner may send and be sent under its policy, and that no other partner feels it."""

import pytest

from lab.client import Component, StanzaError, User
from lab.gatepost import Gatepost
from lab.pki import Authority
from lab.prosody import DIRECT_TLS_PORT, S2S_PORT
from lab.world import Scene, service_records
from lab.zones import SIGNED
from test_federation import component_gateway, component_home, SECRET


def policy_count(gateway: Gatepost, partner: str, what: str, reason: str) -> int:
    """How often `status` says that it happened."""
    return sum(it["count"] for it in gateway.status()["policy"]
               if (it["partner"], it["what"], it["reason"]) == (partner, what, reason))


def component_with(scene: Scene, home: str, **partners: dict) -> tuple[Gatepost, Component]:
    gateway, address = component_home(scene, home, **partners)
    gateway.start()
    bot = scene.component(home, SECRET, address)
    gateway.await_event("inside-open", home=home)
    return gateway, bot


def test_kinds_that_are_not_exchanged_are_refused_both_ways(scene: Scene) -> None:
    home, partner = "kindhome.example", "kinds.example"
    gateway, bot = component_gateway(scene, home, partner, stanzas=["message"])
    user = scene.user(scene.prosody_domain(partner))
    user.send_message(f"bot@{home}", "permitted")
    assert bot.await_message("permitted", sender=user.jid)
    user.send_presence(f"bot@{home}")  # dropped without a word (XEP-0191)
    with pytest.raises(StanzaError, match="service-unavailable"):
        user.ping(f"bot@{home}")
    user.send_message(f"bot@{home}", "after")
    assert bot.await_message("after")
    assert not bot.received("presence")
    bot.send_presence(user.jid, kind="subscribe", pfrom=f"bot@{home}")
    error = bot.await_error("not-allowed")
    assert "stanzas of this kind" in error.xml
    assert policy_count(gateway, partner, "refused", "stanza-kind") == 3
    assert len(gateway.events("policy-refused", partner=partner, reason="stanza-kind")) == 1  # and not a line for each


def test_malformed_iq_goes_no_further(scene: Scene) -> None:
    home, partner = "formhome.example", "form.example"
    gateway, bot = component_gateway(scene, home, partner)
    user = scene.user(scene.prosody_domain(partner))
    bot.send_xml(f"<iq from='bot@{home}' to='{user.jid}' type='get' id='none'/>")
    gateway.await_event("policy-refused", partner=partner, reason="malformed-iq")
    assert policy_count(gateway, partner, "refused", "malformed-iq") == 1
    assert not gateway.events("session-open", partner=partner), "a stream was opened for it"


def burst(sender: User, to: str, count: int) -> None:
    for number in range(count):
        sender.send_message(to, f"{sender.jid} {number}")


def test_partner_over_its_rate_is_slowed_and_its_neighbour_is_not(scene: Scene) -> None:
    home, busy, calm = "ratehome.example", "busy.example", "calm.example"
    gateway, bot = component_with(scene, home, **{busy: {"stanza_rate": 10, "stanza_burst": 5}, calm: {}})
    busy_user = scene.user(scene.prosody_domain(busy))
    calm_user = scene.user(scene.prosody_domain(calm))
    for user in (busy_user, calm_user):
        user.send_message(f"bot@{home}", "hello")
        bot.await_message("hello", sender=user.jid)
    burst(busy_user, f"bot@{home}", 40)
    gateway.await_event("partner-slowed", partner=busy)
    burst(calm_user, f"bot@{home}", 40)
    for number in range(40):
        assert bot.await_message(sender=calm_user.jid).body == f"{calm_user.jid} {number}"
    slow = bot.received("message", busy_user.jid)
    assert len(slow) < 35, "the neighbour had to wait for the one that is slowed down"
    for number in range(40):  # late, in order, and not one is lost
        assert bot.await_message(sender=busy_user.jid).body == f"{busy_user.jid} {number}"
    assert policy_count(gateway, busy, "slowed", "rate") > 0
    assert policy_count(gateway, calm, "slowed", "rate") == 0
    assert not gateway.events("session-close", direction="in")


def test_bytes_over_the_rate_wait(scene: Scene) -> None:
    home, partner = "bytehome.example", "bytes.example"
    gateway, bot = component_with(scene, home, **{partner: {"byte_rate": "20KiB"}})
    user = scene.user(scene.prosody_domain(partner))
    text = "x" * 30000
    for number in range(3):
        user.send_message(f"bot@{home}", f"{number} {text}")
    for number in range(3):
        assert bot.await_message(sender=user.jid).body == f"{number} {text}"
    assert policy_count(gateway, partner, "slowed", "rate") > 0


def test_more_than_the_rate_is_not_sent(scene: Scene) -> None:
    home, partner = "ratehome2.example", "rated.example"
    gateway, bot = component_with(scene, home, **{partner: {"stanza_rate": 1, "stanza_burst": 3}})
    user = scene.user(scene.prosody_domain(partner))
    for number in range(10):
        bot.send_message(user.jid, str(number), mfrom=f"bot@{home}")
    error = bot.await_error("resource-constraint")
    assert 'type="wait"' in error.xml
    for number in range(3):
        assert user.await_message(sender=f"bot@{home}").body == str(number)
    assert policy_count(gateway, partner, "refused", "rate") >= 1


def write_list(gateway: Gatepost, name: str, *lines: str) -> str:
    path = gateway.file.parent / name
    path.write_text("".join(f"{line}\n" for line in lines))
    return str(path)


@pytest.mark.parametrize("service", ["starttls", "direct-tls"])
def test_blocked_domain_is_refused_both_ways(scene: Scene, service: str) -> None:
    home, partner = f"blockhome-{service}.example", f"sub.bad-{service}.example"
    gateway, address = component_home(scene, home, **{partner: {}})
    gateway.config.set(block_file=write_list(gateway, "blocked", "# spam", f".bad-{service}.example"))
    ports = (S2S_PORT, None) if service == "starttls" else (None, DIRECT_TLS_PORT)
    scene.world.publish(home, {**service_records("gw1", *ports), "gw1": [f"A {address}"]})
    gateway.start()
    assert any("is blocked" in warning["message"] for warning in gateway.events("config-warning"))
    bot = scene.component(home, SECRET, address)
    user = scene.user(scene.prosody_domain(partner))
    user.send_message(f"bot@{home}", "not to be taken")
    assert user.await_error()
    closed = gateway.await_event("session-close", direction="in")
    assert closed["stream_error"] == "policy-violation"
    assert closed.get("tls", "none") == ("none" if service == "starttls" else "TLSv1.3")
    assert "block-file" in closed["message"]
    bot.send_message(user.jid, "not to be sent", mfrom=f"bot@{home}")
    assert 'type="cancel"' in bot.await_error("not-allowed").xml
    assert policy_count(gateway, partner, "refused", "blocked") >= 2
    assert not gateway.events("attempt-failed")


def test_list_with_a_wrong_line_is_told_with_its_place(scene: Scene) -> None:
    gateway, _ = component_home(scene, "listhome.example", **{"beta.example": {}})
    path = write_list(gateway, "blocked", "good.example", "*.bad.example")
    gateway.config.set(block_file=path)
    gateway.write()
    done = gateway.command("config", "check", str(gateway.file))
    assert done.returncode != 0
    assert f"block-file: {path}:2: '*.bad.example' has a star" in done.stderr


def test_only_listed_users_federate(scene: Scene) -> None:
    home, partner = "userhome.example", "userpartner.example"
    gateway, address = component_home(scene, home, **{partner: {}})
    domain = gateway.config.section("domain", home)
    domain.set(users_allow_file=write_list(gateway, "allowed", f"Romeo@{home}", f"tybalt@{home}"),
               users_deny_file=write_list(gateway, "denied", f"tybalt@{home}"))
    gateway.start()
    bot = scene.component(home, SECRET, address)
    user = scene.user(scene.prosody_domain(partner))
    for name in ("tybalt", "paris"):
        bot.send_message(user.jid, f"from {name}", mfrom=f"{name}@{home}")
        assert "may not federate" in bot.await_error("not-allowed").xml
        user.send_presence(f"{name}@{home}", "subscribe")  # dropped
        user.send_message(f"{name}@{home}", f"to {name}")
        error = user.await_error("service-unavailable")
        assert "<text" not in error.xml
    bot.send_message(user.jid, "from romeo", mfrom=f"romeo@{home}/x")
    assert user.await_message("from romeo")
    user.send_message(f"ROMEO@{home}", "to romeo")
    assert bot.await_message("to romeo")
    assert not bot.received("presence") and len(bot.received("message")) == 0
    assert policy_count(gateway, partner, "refused", "user") == 6


@pytest.mark.parametrize("workers", [1, 3])
def test_stranger_waits_until_it_is_written_to_across_a_restart(scene: Scene, workers: int) -> None:
    home, partner = f"contacthome{workers}.example", f"public{workers}.example"
    gateway, address = component_home(scene, home, **{partner: {"type": "public-unverified"}})
    state = gateway.file.parent / "state"
    gateway.config.set(workers=workers, state_directory=str(state))
    gateway.start()
    bot = scene.component(home, SECRET, address)
    server = scene.prosody_domain(partner)
    user = scene.user(server)
    romeo, juliet = f"romeo@{home}", f"juliet@{home}"
    for stranger in (romeo, juliet):
        user.send_message(stranger, "may I?")
        assert "<text" not in user.await_error("service-unavailable").xml
    user.send_presence(romeo, "subscribe")  # dropped
    user.request(f"bot@{home}", "<ping xmlns='urn:xmpp:ping'/>")  # an iq starts nothing
    assert not bot.received("message") and not bot.received("presence")
    bot.send_message(user.jid, "yes", mfrom=f"Romeo@{home}/x")
    assert user.await_message("yes")
    user.send_message(romeo, "thank you")
    assert bot.await_message("thank you")
    user.send_message(juliet, "and you?")
    assert user.await_error("service-unavailable")
    bot.close()
    gateway.stop()
    gateway.start()
    bot = scene.component(home, SECRET, address)
    user.send_message(romeo, "still me")
    assert bot.await_message("still me")
    user.send_message(juliet, "now?")
    assert user.await_error("service-unavailable")
    bot.send_presence(user.jid.split("/")[0], "subscribe", pfrom=juliet)
    user.await_presence("subscribe", juliet)
    user.send_presence(juliet, "subscribed")
    assert bot.await_presence("subscribed", user.jid.split("/")[0])
    assert policy_count(gateway, partner, "refused", "first-contact") == 1
    assert not gateway.events("state-lost")


def test_state_that_cannot_be_written_is_told_and_lived_without(scene: Scene) -> None:
    home, partner = "nostate.example", "nostatepartner.example"
    gateway, address = component_home(scene, home, **{partner: {"type": "public-unverified"}})
    blocker = gateway.file.parent / "blocker"
    blocker.write_text("a file where a directory should be")
    gateway.config.set(state_directory=str(blocker))
    gateway.start()
    assert "kept in memory only" in gateway.await_event("state-lost")["message"]
    bot = scene.component(home, SECRET, address)
    user = scene.user(scene.prosody_domain(partner))
    bot.send_message(user.jid, "hello", mfrom=f"romeo@{home}")
    assert user.await_message("hello")
    user.send_message(f"romeo@{home}", "hello yourself")
    assert bot.await_message("hello yourself")


def test_state_is_ready_before_a_partner_needs_it(scene: Scene) -> None:
    gateway, _ = component_home(scene, "earlystate.example", **{"earlystatepartner.example": {}})
    state = gateway.file.parent / "state"
    gateway.config.set(state_directory=str(state))
    gateway.start()
    assert not state.exists() and not gateway.events("state-lost")
    gateway.stop()
    state.mkdir()
    gateway.start()
    assert (state / "contacts.db").exists()


def test_reload_that_needs_a_state_directory_which_was_not_there(scene: Scene) -> None:
    """It is told at once that nothing will be remembered, and what to do; the policy holds all the same."""
    home, partner = "latestate.example", "latestatepartner.example"
    gateway, address = component_home(scene, home, **{partner: {}})
    state = gateway.file.parent / "missing" / "state"
    gateway.config.set(state_directory=str(state))
    gateway.start()
    bot = scene.component(home, SECRET, address)
    user = scene.user(scene.prosody_domain(partner))
    gateway.config.section("partner", partner, type="public-unverified")
    gateway.write()
    done = gateway.command("reload")
    assert done.returncode == 1
    assert str(state) in done.stderr and "start gatepost again" in done.stderr
    assert "kept in memory only" in gateway.await_event("reload-trouble")["message"]
    user.send_message(f"romeo@{home}", "from a stranger")
    assert user.await_error()
    bot.send_message(user.jid, "hello", mfrom=f"romeo@{home}")
    assert user.await_message("hello")
    user.send_message(f"romeo@{home}", "hello yourself")
    assert bot.await_message("hello yourself")


def test_shadow_tells_what_would_be_refused_and_changes_nothing(scene: Scene) -> None:
    home, partner = "shadowhome.example", "shadowed.example"
    gateway, address = component_home(scene, home, **{partner: {"dialback": "allowed"}})
    gateway.config.section("partner", partner).section(
        "shadow", dialback="refused", stanzas=["message"], type="public-unverified", stanza_rate=1, stanza_burst=4)
    gateway.start()
    bot = scene.component(home, SECRET, address)
    stranger = Authority("Unknown CA").for_domain(partner)
    user = scene.user(scene.prosody_domain(partner, certificates=False, secure_auth=False, credential=stranger))
    user.send_message(f"romeo@{home}", "a first contact")
    assert bot.await_message("a first contact")
    user.send_presence(f"romeo@{home}", "subscribe")
    assert bot.await_presence("subscribe", user.jid.split("/")[0])
    bot.send_message(user.jid, "an answer", mfrom=f"romeo@{home}")
    assert user.await_message("an answer")
    user.send_message(f"romeo@{home}", "a contact by now")
    assert bot.await_message("a contact by now")
    user.ping(f"bot@{home}")
    for number in range(8):
        bot.send_message(user.jid, f"{number}", mfrom=f"romeo@{home}")
    assert user.await_message("7")
    assert policy_count(gateway, partner, "would-refuse", "first-contact") == 2
    assert policy_count(gateway, partner, "would-refuse", "stanza-kind") == 2  # the ping and its answer
    assert policy_count(gateway, partner, "would-refuse", "proof") == 2  # a stream each way
    assert policy_count(gateway, partner, "would-refuse", "rate") >= 3
    assert policy_count(gateway, partner, "would-slow", "rate") == 0
    assert not [it for it in gateway.status()["policy"] if it["what"] in ("refused", "slowed")]
    for reason in ("first-contact", "stanza-kind", "rate"):
        assert len(gateway.events("shadow-refused", partner=partner, reason=reason)) <= 2  # and not one for each
    assert not gateway.events("policy-refused")
    text = gateway.command("status").stdout
    assert "would-refuse" in text and "nobody here has written or subscribed to this user" in text


def test_partner_over_its_connection_limit_is_refused_and_its_neighbour_is_not(scene: Scene) -> None:
    home, partner, more, calm = "limithome.example", "limited.example", "more-limited.example", "unlimited.example"
    gateway, bot = component_with(scene, home, **{
        partner: {"connection_limit": 1, "additional_domains": [more]}, calm: {"connection_limit": 1}})
    first, second, other = (scene.user(scene.prosody_domain(it)) for it in (partner, more, calm))
    first.send_message(f"bot@{home}", "the one connection")
    assert bot.await_message("the one connection")
    second.send_message(f"bot@{home}", "one too many")
    closed = gateway.await_event("session-close", direction="in")
    assert closed["stream_error"] == "resource-constraint"
    assert f'partner "{partner}" {{ connection-limit = 1 }}' in closed["message"]
    assert second.await_error()  # what waited for the stream was not lost on it
    assert policy_count(gateway, partner, "refused", "connection-limit") >= 1
    other.send_message(f"bot@{home}", "from a neighbour")
    assert bot.await_message("from a neighbour")
    first.send_message(f"bot@{home}", "still there")
    assert bot.await_message("still there")
    assert not bot.received("message", second.jid)


def test_way_without_dnssec_is_refused_where_it_is_required(scene: Scene) -> None:
    home, secure, insecure, free = "dnssechome.example", "signed.example", "unsigned.example", "whatever.example"
    gateway, bot = component_with(scene, home, **{
        secure: {"require_dnssec": True}, insecure: {"require_dnssec": True}, free: {}})
    users = {domain: scene.user(scene.prosody_domain(domain, signing=SIGNED if domain == secure else None))
             for domain in (secure, insecure, free)}
    for domain, user in users.items():
        bot.send_message(user.jid, f"to {domain}", mfrom=f"bot@{home}")
    for domain in (secure, free):
        assert users[domain].await_message(f"to {domain}")
    assert bot.await_error().sender == users[insecure].jid
    assert "not secured by DNSSEC, which is required" in gateway.await_event("attempt-failed", partner=insecure)["message"]
    assert not users[insecure].received("message")
    users[insecure].send_message(f"bot@{home}", "the other way")  # its certificate proves it; no DNS leads here
    assert bot.await_message("the other way")


def test_refused_streams_are_counted_by_their_reason(scene: Scene) -> None:
    home, partner, nobody = "counthome.example", "unproved.example", "nobodys.example"
    gateway, _ = component_with(scene, home, **{partner: {}})
    stranger = Authority("Unknown CA")
    for domain in (partner, nobody):
        user = scene.user(scene.prosody_domain(domain, certificates=False, secure_auth=False,
                                               credential=stranger.for_domain(domain)))
        user.send_message(f"bot@{home}", "not to be taken")
        assert user.await_error()
    assert policy_count(gateway, partner, "refused", "proof") >= 1
    assert policy_count(gateway, "other domains", "refused", "not-a-partner") >= 1
