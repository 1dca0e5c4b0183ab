/* SPDX-License-Identifier: BSD-2-Clause */
/* X3 and X4 by way of a probe domain: whether the other side is to blame for what did not come. */
#include "tests/unit/unit.h"

#include "tests/unit/readiness_rows.h"

#include <stdio.h>
#include <stdlib.h>

#define CALLER "probe.example.net"
#define LISTEN "198.51.100.9"
#define PORT   5299

/* Somebody who was found on the way to the probe domain, and what came of the question there. */
static void add_look(struct fixture *fx, const char *addr, enum fed_verdict verdict)
{
    struct app_seen_look *look = app_seen_look(fx->seen, &fx->seen->probe_domain->way);
    struct fed_probe_result *result = calloc(1, sizeof(*result));
    assert_true(look && result);
    assert_int_equal(gp_addr_parse_port(addr, PORT, &look->addr), GP_OK);
    result->has_verdict = true;
    result->verdict = verdict;
    look->service = DNS_SERVICE_STARTTLS;
    look->seen = APP_CAME;
    look->result = result;
}

static void lead_to(struct fixture *fx, enum dns_route_outcome outcome, const char *sentence)
{
    struct app_seen_partner *way = &fx->seen->probe_domain->way;
    way->seen = APP_CAME;
    way->route = calloc(1, sizeof(*way->route));
    assert_non_null(way->route);
    way->route->outcome = outcome;
    snprintf(way->route->sentence, sizeof(way->route->sentence), "%s", sentence);
}

static void listen_without_way(struct fixture *fx)
{
    static const struct dns_domain caller = {CALLER};
    struct app_seen_rehearsal *rehearsal = &fixture_domain(fx)->rehearsal;
    struct app_seen_probe_domain *probe_domain = app_seen_probe_domain(fx->seen, &caller);
    assert_non_null(probe_domain);
    assert_int_equal(gp_addr_parse_port(LISTEN, PORT, &probe_domain->listen), GP_OK);
    rehearsal->connections = 1;
}

/* Each domain has been called, and has called back. */
static void call(struct fixture *fx)
{
    listen_without_way(fx);
    lead_to(fx, DNS_ROUTE_FOUND, "");
    add_look(fx, LISTEN, FED_VERDICT_VALID);
}

static void call_unled(struct fixture *fx)
{
    listen_without_way(fx);
    lead_to(fx, DNS_ROUTE_NO_SERVICE, "the name does not exist");
}

static void call_past(struct fixture *fx)
{
    listen_without_way(fx);
    lead_to(fx, DNS_ROUTE_FOUND, "");
    add_look(fx, "198.51.100.10", FED_VERDICT_INVALID);
}

static void call_walled_in(struct fixture *fx)
{
    call(fx);
    struct fed_probe_result *result = fx->seen->probe_domain->way.looks->result;
    result->has_verdict = false;
    snprintf(result->sentence, sizeof(result->sentence), "no answer within 15 s");
}

/* How all calls ended. */
static void end_calls(struct fixture *fx, enum fed_probe_stage stage, enum fed_close reason,
                      const char *detail)
{
    for (struct app_seen_endpoint *at = fixture_domain(fx)->endpoints; at; at = at->next)
        for (struct app_seen_probe *probe = at->probes; probe; probe = probe->next)
            if (probe->kind == APP_PROBE_DIALBACK)
                fixture_stop_at(probe, stage, reason, detail);
    struct app_seen_rehearsal *rehearsal = &fixture_domain(fx)->rehearsal;
    rehearsal->key = NULL;
    rehearsal->connections = 0;
    rehearsal->login = (struct app_seen_login){.seen = APP_CAME, .peer_sentence = ""};
}

static void be_silent(struct fixture *fx)
{
    end_calls(fx, FED_PROBE_FEATURES, FED_CLOSE_KEY_UNCHECKED, "remote-server-timeout");
}

static void silent(struct fixture *fx)
{
    call(fx);
    be_silent(fx);
}

static void silent_unled(struct fixture *fx)
{
    call_unled(fx);
    be_silent(fx);
}

static void silent_past(struct fixture *fx)
{
    call_past(fx);
    be_silent(fx);
}

/* It listens on an address that nobody else can reach. */
static void silent_inside(struct fixture *fx)
{
    silent_past(fx);
    assert_int_equal(gp_addr_parse_port("10.0.0.9", PORT, &fx->seen->probe_domain->listen), GP_OK);
}

static void silent_walled_in(struct fixture *fx)
{
    call_walled_in(fx);
    be_silent(fx);
}

static void silent_in_a_crowd(struct fixture *fx)
{
    call(fx);
    be_silent(fx);
    fx->seen->probe_domain->turned_away = 3;
}

static void refused(struct fixture *fx)
{
    call(fx);
    end_calls(fx, FED_PROBE_GREETED, FED_CLOSE_PEER_ERROR, "policy-violation: who are you");
}

static void without_dialback(struct fixture *fx)
{
    call(fx);
    end_calls(fx, FED_PROBE_FEATURES, FED_CLOSE_NO_AUTH, "no dialback");
}

static void by_certificate(struct fixture *fx)
{
    call(fx);
    fixture_domain(fx)->rehearsal.connections = 0;
}

static void not_in_time(struct fixture *fx)
{
    call(fx);
    fixture_domain(fx)->rehearsal = (struct app_seen_rehearsal){
        .why = "the time was up",
        .login = {.seen = APP_NOTHING_CAME, .why = "the time was up", .peer_sentence = ""}};
}

/* It was heard, and did not come itself. */
static void no_key(struct fixture *fx)
{
    struct app_seen_rehearsal *rehearsal = &fixture_domain(fx)->rehearsal;
    call(fx);
    rehearsal->key = NULL;
    rehearsal->login =
        (struct app_seen_login){.seen = APP_CAME, .peer_sentence = "the peer closed the stream"};
}

static void wrong_key(struct fixture *fx)
{
    call(fx);
    for (struct app_seen_endpoint *at = fixture_domain(fx)->endpoints; at; at = at->next)
        for (struct app_seen_probe *probe = at->probes; probe; probe = probe->next)
            if (probe->kind == APP_PROBE_QUESTION)
                probe->result->verdict = FED_VERDICT_INVALID;
}

/* It asks about our key on the stream for which its own was not right. */
static void wrong_key_first(struct fixture *fx)
{
    call(fx);
    be_silent(fx);
    struct app_seen_rehearsal *rehearsal = &fixture_domain(fx)->rehearsal;
    rehearsal->key = "key";
    rehearsal->connections = 2;
}

const struct readiness_row readiness_rows_called[] = {
    {"X3", "calls back", "", NULL, call, APP_PASS, "asks its server about it"},
    {"X3", "by certificate", "", NULL, by_certificate, APP_PASS, "without asking its server"},
    {"X3", "does not call", "", NULL, silent, APP_FAIL, "has not connected to " CALLER},
    {"X3", "nothing leads here", "", NULL, silent_unled, APP_UNKNOWN,
     "_xmpp-server._tcp." CALLER ". 300 IN SRV 0 0 5299 " CALLER "."},
    {"X3", "led to others", "", NULL, silent_past, APP_UNKNOWN, "where another server answers"},
    {"X3", "led to others as well", "", NULL, silent_past, APP_UNKNOWN, "take away what leads"},
    {"X3", "behind a translation", "", NULL, silent_inside, APP_UNKNOWN,
     "under which others reach port 5299"},
    {"X3", "behind a firewall", "", NULL, silent_walled_in, APP_UNKNOWN,
     "let connections to " LISTEN ":5299 in"},
    {"X3", "a crowd", "", NULL, silent_in_a_crowd, APP_UNKNOWN, "3 connections were turned away"},
    {"X3", "is refused", "", NULL, refused, APP_UNKNOWN, "--probe-certificate"},
    {"X3", "no dialback", "", NULL, without_dialback, APP_SKIP, "offers no dialback"},
    {"X3", "no time", "", NULL, not_in_time, APP_UNKNOWN, "the time was up"},
    {"X3", "its own key first", "", NULL, wrong_key_first, APP_FAIL, "correct what X4 says"},
    {"X4", "calls back", "", NULL, call, APP_PASS, "the dialback key of alpha.example is valid"},
    {"X4", "sends no key", "", NULL, no_key, APP_FAIL, "the peer closed the stream"},
    {"X4", "another secret", "", NULL, wrong_key, APP_FAIL, "the key came from 198.51.100.5"},
    {"X4", "does not call", "", NULL, silent, APP_UNKNOWN, "(X3)"},
    {"X4", "no dialback", "", NULL, without_dialback, APP_SKIP, "offers no dialback"},
    {"X4", "no time", "", NULL, not_in_time, APP_UNKNOWN, "the time was up"},
};
const size_t readiness_rows_called_count = GP_ARRAY_LEN(readiness_rows_called);
