/* SPDX-License-Identifier: BSD-2-Clause */
/* What comes of a conversation: I4, X3, X4, X6, X7, B1, B2. */
#include "tests/unit/unit.h"

#include "posh/document.h"
#include "posh/host_meta.h"
#include "tests/unit/readiness_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct app_seen_probe *probe(struct fixture *fx)
{
    return fixture_probe(fx, 5269, GP_IPV6);
}

/* The probe of another kind at the same address. */
static struct app_seen_probe *beside(struct fixture *fx, enum app_probe_kind kind)
{
    struct app_seen_probe *at = probe(fx);
    while (at->kind != kind || at->addr.family != GP_IPV6)
        at = at->next;
    return at;
}

static void not_rehearsed(struct fixture *fx)
{
    struct app_seen_rehearsal *rehearsal = &fixture_domain(fx)->rehearsal;
    *rehearsal = (struct app_seen_rehearsal){.why = "does not run", .login.why = "does not run"};
}

static void not_met(struct fixture *fx)
{
    probe(fx)->was_met = false;
}

static void key_not_taken(struct fixture *fx)
{
    fixture_stop_at(beside(fx, APP_PROBE_DIALBACK), FED_PROBE_FEATURES, FED_CLOSE_KEY_UNCHECKED,
                    "remote-server-timeout");
}

static void not_tried(struct fixture *fx)
{
    beside(fx, APP_PROBE_DIALBACK)->seen = APP_NOTHING_CAME;
    beside(fx, APP_PROBE_DIALBACK)->why = "the time was up";
}

static void key_is_invalid(struct fixture *fx)
{
    beside(fx, APP_PROBE_QUESTION)->result->verdict = FED_VERDICT_INVALID;
}

static void domain_is_unknown(struct fixture *fx)
{
    beside(fx, APP_PROBE_QUESTION)->result->verdict = FED_VERDICT_NOT_FOUND;
}

static void no_verdict(struct fixture *fx)
{
    beside(fx, APP_PROBE_QUESTION)->result->verdict = FED_VERDICT_TIMEOUT;
}

static void not_asked(struct fixture *fx)
{
    beside(fx, APP_PROBE_QUESTION)->result->has_verdict = false;
    fixture_stop_at(beside(fx, APP_PROBE_QUESTION), FED_PROBE_GREETED, FED_CLOSE_PEER_ERROR,
                    "policy-violation");
}

static void no_key(struct fixture *fx)
{
    struct app_seen_rehearsal *rehearsal = &fixture_domain(fx)->rehearsal;
    rehearsal->key = NULL;
    rehearsal->login.sentence = "no descriptors left";
}

static void no_login(struct fixture *fx)
{
    no_key(fx);
    fixture_domain(fx)->rehearsal.login =
        (struct app_seen_login){.seen = APP_NOTHING_CAME, .why = "no answer"};
}

/* Where the old gateway is, as DNS has it. */
static struct app_seen_probe *at_legacy(struct fixture *fx, enum app_probe_kind kind)
{
    struct app_seen_probe *at = fixture_probe_of(fx, FX_LEGACY_HOST, 5269);
    while (at->kind != kind)
        at = at->next;
    return at;
}

static void no_secret(struct fixture *fx)
{
    free(fx->config->dialback_secret_file);
    fx->config->dialback_secret_file = NULL;
}

static void legacy_has_another(struct fixture *fx)
{
    at_legacy(fx, APP_PROBE_MADE_KEY)->result->verdict = FED_VERDICT_INVALID;
}

static void legacy_takes_any(struct fixture *fx)
{
    at_legacy(fx, APP_PROBE_WRONG_KEY)->result->verdict = FED_VERDICT_VALID;
}

static void legacy_unheard_about_wrong(struct fixture *fx)
{
    at_legacy(fx, APP_PROBE_WRONG_KEY)->result->has_verdict = false;
}

static void legacy_does_not_serve(struct fixture *fx)
{
    at_legacy(fx, APP_PROBE_MADE_KEY)->result->verdict = FED_VERDICT_NOT_FOUND;
}

static void legacy_refuses(struct fixture *fx)
{
    struct app_seen_probe *made = at_legacy(fx, APP_PROBE_MADE_KEY);
    made->result->has_verdict = false;
    fixture_stop_at(made, FED_PROBE_GREETED, FED_CLOSE_PEER_ERROR, "not-authorized");
}

static void legacy_does_not_say(struct fixture *fx)
{
    at_legacy(fx, APP_PROBE_MADE_KEY)->result->verdict = FED_VERDICT_TIMEOUT;
}

/* What is published over HTTPS. */

static void set_host_meta(struct fixture *fx, const char *text)
{
    struct app_seen_document *document = &fixture_domain(fx)->host_meta;
    document->host_meta = gp_arena_alloc(&fx->seen->arena, sizeof(*document->host_meta));
    document->is_there = true;
    assert_int_equal(app_host_meta_read(gp_span_text(text), document->host_meta, NULL), GP_OK);
}

#define HOST_META(links) "{\"xmpp\":{\"ttl\":60},\"links\":[" links "]}"
#define LINK(rest)       "{\"rel\":\"urn:xmpp:alt-connections:s2s-" rest "}"

static void leads_here(struct fixture *fx)
{
    set_host_meta(fx,
                  HOST_META(LINK("tls\",\"port\":5270,\"sni\":\"alpha.example\",\"ips\":[\"" FX_IPV4
                                 "\",\"" FX_IPV6 "\"]")));
}

static void leads_elsewhere(struct fixture *fx)
{
    set_host_meta(fx,
                  HOST_META(LINK("tls\",\"port\":5270,\"sni\":\"alpha.example\",\"ips\":[\"" FX_IPV4
                                 "\",\"192.0.2.99\"]")));
}

static void leads_to_another_port(struct fixture *fx)
{
    set_host_meta(
        fx,
        HOST_META(LINK("tls\",\"port\":443,\"sni\":\"alpha.example\",\"ips\":[\"" FX_IPV4 "\"]")));
}

static void leads_to_legacy(struct fixture *fx)
{
    set_host_meta(
        fx, HOST_META(LINK(
                "tls\",\"port\":5270,\"sni\":\"alpha.example\",\"ips\":[\"" FX_LEGACY_IPV4 "\"]")));
}

static void leads_by_another_name(struct fixture *fx)
{
    set_host_meta(
        fx, HOST_META(LINK("tls\",\"port\":5270,\"sni\":\"x.example\",\"ips\":[\"" FX_IPV4 "\"]")));
}

static void leads_to_quic(struct fixture *fx)
{
    set_host_meta(fx, HOST_META(LINK("quic\",\"port\":443")));
}

static void leads_nowhere(struct fixture *fx)
{
    set_host_meta(fx, HOST_META(""));
}

static void pins_another(struct fixture *fx)
{
    leads_here(fx);
    fixture_domain(fx)->host_meta.host_meta->pin_count = 1;
}

static void not_about_servers(struct fixture *fx)
{
    set_host_meta(fx, "{\"links\":[]}");
}

static void host_meta_is_none(struct fixture *fx)
{
    fixture_domain(fx)->host_meta.is_there = true;
    fixture_domain(fx)->host_meta.fault = "not JSON";
}

static void host_meta_unseen(struct fixture *fx)
{
    fixture_domain(fx)->host_meta.seen = APP_NOTHING_CAME;
    fixture_domain(fx)->host_meta.why = "timed out";
}

static struct app_posh_document *set_posh(struct fixture *fx, const char *certificate)
{
    struct app_seen_document *document = &fixture_domain(fx)->posh;
    struct app_posh_document *posh = gp_arena_alloc(&fx->seen->arena, sizeof(*posh));
    document->posh = posh;
    document->is_there = true;
    posh->expires_s = 86400;
    posh->prints.count = 1;
    posh->prints.list[0].kind = GP_SHA256;
    gp_digest(GP_SHA256, certificate, strlen(certificate), posh->prints.list[0].bytes);
    return posh;
}

static void right_print(struct fixture *fx)
{
    set_posh(fx, "own certificate");
}

static void stale_print(struct fixture *fx)
{
    set_posh(fx, "the certificate of last year");
}

static void no_print(struct fixture *fx)
{
    set_posh(fx, "own certificate");
    fixture_domain(fx)->posh.fault = "it has no usable fingerprint";
}

static void print_unseen(struct fixture *fx)
{
    fixture_domain(fx)->posh.seen = APP_NOTHING_CAME;
    fixture_domain(fx)->posh.why = "status 503";
}

/* Before the legacy gateway is removed. */

static void at_the_end(struct fixture *fx)
{
    fx->phase = APP_DECOMMISSION;
    set_posh(fx, "own certificate");
}

static void print_changed_lately(struct fixture *fx)
{
    at_the_end(fx);
    fixture_before(fx, FX_ZONE, APP_TYPE_POSH, "00", 7200, 3600);
}

static void print_changed_long_ago(struct fixture *fx)
{
    at_the_end(fx);
    fixture_before(fx, FX_ZONE, APP_TYPE_POSH, "00", 7200, FX_DAY_S);
}

static void print_without_journal(struct fixture *fx)
{
    at_the_end(fx);
    assert_int_equal(app_histories_create(fx->seen, "the journal is broken", &fx->histories, NULL),
                     GP_OK);
}

static void host_meta_taken_away(struct fixture *fx)
{
    fx->phase = APP_DECOMMISSION;
    fixture_before(fx, FX_ZONE, APP_TYPE_HOST_META, "link 0  alpha.example", 600, 300);
}

/* Partners. */

static void partner_half(struct fixture *fx)
{
    struct fed_probe_result *result = fx->seen->partners->looks->next->result;
    result->stage = FED_PROBE_NOTHING;
    snprintf(result->sentence, sizeof(result->sentence), "connection refused");
}

static void partner_away(struct fixture *fx)
{
    partner_half(fx);
    fx->seen->partners->looks->result->stage = FED_PROBE_ANSWERED;
}

static void partner_gone(struct fixture *fx)
{
    fx->seen->partners->route->outcome = DNS_ROUTE_NO_SERVICE;
}

static void partner_unseen(struct fixture *fx)
{
    fx->seen->partners->seen = APP_NOTHING_CAME;
    fx->seen->partners->why = "the time was up";
}

static void ping_came_to(struct fixture *fx, enum fed_ping_outcome outcome, const char *sentence)
{
    fx->seen->partners->ping.outcome = outcome;
    fx->seen->partners->ping.took_ms = 15000;
    fx->seen->partners->ping.sentence = sentence;
}

static void ping_lost(struct fixture *fx)
{
    ping_came_to(fx, FED_PING_UNDELIVERED, "host-unknown");
}

static void ping_unanswered(struct fixture *fx)
{
    ping_came_to(fx, FED_PING_SILENT, "no answer came");
}

static void ping_held_back(struct fixture *fx)
{
    ping_came_to(fx, FED_PING_REFUSED, "stanzas of this kind do not cross");
}

static void ping_answered_by_error(struct fixture *fx)
{
    ping_came_to(fx, FED_PING_ANSWERED, "service-unavailable");
}

static void ping_not_sent(struct fixture *fx)
{
    fx->seen->partners->ping.seen = APP_NOTHING_CAME;
    fx->seen->partners->ping.why = "the gateway does not run";
}

static void pings_not_wanted(struct fixture *fx)
{
    fx->seen->has_pings = false;
}

const struct readiness_row readiness_rows_dialogue[] = {
    {"B1", "leads here", "", NULL, leads_here, APP_PASS, "this gateway"},
    {"B1", "leads elsewhere", "", NULL, leads_elsewhere, APP_FAIL, "192.0.2.99:5270"},
    {"B1", "another port", "", NULL, leads_to_another_port, APP_FAIL, FX_IPV4 ":443"},
    {"B1", "at the legacy", FX_LEGACY, fixture_before_switch, leads_to_legacy, APP_WARN,
     "together"},
    {"B1", "left behind", FX_LEGACY, NULL, leads_to_legacy, APP_FAIL, FX_LEGACY_IPV4},
    {"B1", "another name", "", NULL, leads_by_another_name, APP_FAIL, "x.example"},
    {"B1", "QUIC", "", NULL, leads_to_quic, APP_FAIL, "QUIC"},
    {"B1", "nowhere", "", NULL, leads_nowhere, APP_FAIL, "nowhere"},
    {"B1", "another pin", "", NULL, pins_another, APP_FAIL, "pins"},
    {"B1", "not about servers", "", NULL, not_about_servers, APP_PASS, "not about servers"},
    {"B1", "no JSON", "", NULL, host_meta_is_none, APP_WARN, "not JSON"},
    {"B1", "not seen", "", NULL, host_meta_unseen, APP_UNKNOWN, "timed out"},
    {"B1", "taken away lately, before the end", "", NULL, host_meta_taken_away, APP_WAIT,
     "2027-01-15T08:05:00Z"},
    {"B2", "the first look, before the end", "", NULL, at_the_end, APP_WAIT,
     "2027-01-16T08:00:00Z"},
    {"B2", "changed lately, before the end", "", NULL, print_changed_lately, APP_WAIT,
     "2027-01-15T09:00:00Z"},
    {"B2", "changed long ago, before the end", "", NULL, print_changed_long_ago, APP_PASS, ""},
    {"B2", "no journal, before the end", "", NULL, print_without_journal, APP_UNKNOWN,
     "the journal is broken"},
    {"B2", "right", "", NULL, right_print, APP_PASS, "86400"},
    {"B2", "stale", "", NULL, stale_print, APP_FAIL, "stale"},
    {"B2", "of no use", "", NULL, no_print, APP_WARN, "usable"},
    {"B2", "not seen", "", NULL, print_unseen, APP_UNKNOWN, "503"},
    {"I4", "nothing to replace", "", NULL, NULL, APP_SKIP, "nothing is replaced"},
    {"I4", "both know it", FX_LEGACY, fixture_before_switch, NULL, APP_PASS, "knows our secret"},
    {"I4", "no secret", FX_LEGACY, fixture_before_switch, no_secret, APP_FAIL,
     "dialback-secret-file"},
    {"I4", "another secret", FX_LEGACY, fixture_before_switch, legacy_has_another, APP_FAIL,
     "dialback-secret-file"},
    {"I4", "any key", FX_LEGACY, fixture_before_switch, legacy_takes_any, APP_FAIL, "anybody"},
    {"I4", "no control", FX_LEGACY, fixture_before_switch, legacy_unheard_about_wrong, APP_UNKNOWN,
     "wrong one"},
    {"I4", "does not serve", FX_LEGACY, fixture_before_switch, legacy_does_not_serve, APP_FAIL,
     "I2"},
    {"I4", "refuses to hear", FX_LEGACY, fixture_before_switch, legacy_refuses, APP_UNKNOWN,
     "s2s_insecure_domains"},
    {"I4", "does not say", FX_LEGACY, fixture_before_switch, legacy_does_not_say, APP_UNKNOWN,
     "does not say"},
    {"X3", "no gateway", "", NULL, not_rehearsed, APP_UNKNOWN, "does not run"},
    {"X3", "not this gateway", "", NULL, not_met, APP_UNKNOWN, "I1"},
    {"X3", "not tried", "", NULL, not_tried, APP_UNKNOWN, "the time was up"},
    {"X3", "does not call back", "", NULL, key_not_taken, APP_FAIL, "remote-server-timeout"},
    {"X4", "no gateway", "", NULL, not_rehearsed, APP_UNKNOWN, "does not run"},
    {"X4", "no answer", "", NULL, no_login, APP_UNKNOWN, "no answer"},
    {"X4", "sends no key", "", NULL, no_key, APP_FAIL, "no descriptors left"},
    {"X4", "another secret", "", NULL, key_is_invalid, APP_FAIL, "dialback-secret-file"},
    {"X4", "does not serve the domain", "", NULL, domain_is_unknown, APP_FAIL, "I1, X1"},
    {"X4", "an error", "", NULL, no_verdict, APP_UNKNOWN, "does not say"},
    {"X4", "does not listen", "", NULL, not_asked, APP_UNKNOWN, "policy-violation"},
    {"X6", "undelivered", "", NULL, ping_lost, APP_FAIL, "gatepost probe delta.example"},
    {"X6", "silence", "", NULL, ping_unanswered, APP_FAIL, "within 15 s"},
    {"X6", "held back", "", NULL, ping_held_back, APP_SKIP, "do not cross"},
    {"X6", "an error", "", NULL, ping_answered_by_error, APP_PASS, "service-unavailable"},
    {"X6", "not sent", "", NULL, ping_not_sent, APP_UNKNOWN, "the gateway does not run"},
    {"X6", "not wanted", "", NULL, pings_not_wanted, APP_SKIP, "--partners"},
    {"X7", "one address of two", "", NULL, partner_half, APP_WARN, "connection refused"},
    {"X7", "none", "", NULL, partner_away, APP_FAIL, "gatepost probe delta.example"},
    {"X7", "no service", "", NULL, partner_gone, APP_FAIL, "gatepost resolve delta.example"},
    {"X7", "not seen", "", NULL, partner_unseen, APP_UNKNOWN, "the time was up"},
};
const size_t readiness_rows_dialogue_count = GP_ARRAY_LEN(readiness_rows_dialogue);
