/* SPDX-License-Identifier: BSD-2-Clause */
/* What the phases of a cutover make of the same DNS: one gateway is replaced by another. */
#include "tests/unit/unit.h"

#include "tests/unit/readiness_rows.h"

#define COUNT(records) (records), GP_ARRAY_LEN(records)

static void not_switched(struct fixture *fx)
{
    fixture_before_switch(fx);
    fx->phase = APP_SWITCHED;
}

/* The legacy gateway under a name that the configuration does not have. */
static void other_name_of_legacy(struct fixture *fx)
{
    const struct dns_rdata address = fixture_addr(fx, FX_LEGACY_IPV4);
    fixture_before_switch(fx);
    fixture_set(fx, "xmpp.alpha.example", DNS_TYPE_A, DNS_SECURE, &address, 1);
    fixture_set_srv(fx, FX_STARTTLS_SRV, 5269, "xmpp.alpha.example");
}

static void foreign_before_switch(struct fixture *fx)
{
    fixture_before_switch(fx);
    fixture_set_srv(fx, FX_STARTTLS_SRV, 5269, "elsewhere.example");
}

static void denied_before_switch(struct fixture *fx)
{
    fixture_before_switch(fx);
    fixture_set_srv(fx, FX_DIRECT_SRV, 0, ".");
}

static void canary(struct fixture *fx)
{
    const struct dns_rdata records[] = {fixture_srv(fx, 10, 5269, FX_LEGACY_HOST),
                                        fixture_srv(fx, 20, 5269, FX_HOST)};
    fixture_before_switch(fx);
    fixture_set(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV, DNS_SECURE, COUNT(records));
}

static void left_behind(struct fixture *fx)
{
    canary(fx);
    fx->phase = APP_DECOMMISSION;
}

static void no_address_yet(struct fixture *fx)
{
    fixture_before_switch(fx);
    fixture_remove(fx, FX_HOST, DNS_TYPE_A);
}

static void no_tlsa_yet(struct fixture *fx)
{
    fixture_before_switch(fx);
    fixture_remove(fx, FX_DIRECT_TLSA, DNS_TYPE_TLSA);
}

static void planned_is_silent(struct fixture *fx)
{
    fixture_stop_at(fixture_probe_of(fx, FX_HOST, 5269), FED_PROBE_NOTHING, FED_CLOSE_DONE,
                    "connection refused");
}

static void planned_has_another_key(struct fixture *fx)
{
    struct app_seen_probe *probe = fixture_probe_of(fx, FX_HOST, 5270);
    fixture_set_key(probe, "foreign");
    probe->was_met = false;
}

static void legacy_is_expired(struct fixture *fx)
{
    struct app_seen_probe *probe = fixture_probe_of(fx, FX_LEGACY_HOST, 5269);
    probe->result->tls->peer->not_after_s = fx->now_s - FX_DAY_S;
}

/* Which system a service leads to. */

static void half_switched(struct fixture *fx)
{
    fixture_before_switch(fx);
    fixture_set_srv(fx, FX_DIRECT_SRV, 5270, FX_HOST);
}

static void half_left(struct fixture *fx)
{
    fixture_legacy_in_dns(fx);
    fixture_set_srv(fx, FX_DIRECT_SRV, 5270, FX_LEGACY_HOST);
    fx->phase = APP_SWITCHED;
}

static void half_foreign(struct fixture *fx)
{
    fixture_set_srv(fx, FX_DIRECT_SRV, 5270, "elsewhere.example");
}

static void no_direct_tls(struct fixture *fx)
{
    fixture_remove(fx, FX_DIRECT_SRV, DNS_TYPE_SRV);
}

static void unseen_direct(struct fixture *fx)
{
    fixture_forget(fx, FX_DIRECT_SRV, DNS_TYPE_SRV);
}

static void two_priorities(struct fixture *fx)
{
    const struct dns_rdata direct = fixture_srv(fx, 30, 5270, FX_HOST);
    fixture_set(fx, FX_DIRECT_SRV, DNS_TYPE_SRV, DNS_SECURE, &direct, 1);
}

/* Addresses. */

static void address_of_legacy(struct fixture *fx)
{
    const struct dns_rdata records[] = {fixture_addr(fx, FX_IPV4),
                                        fixture_addr(fx, FX_LEGACY_IPV4)};
    fixture_set(fx, FX_HOST, DNS_TYPE_A, DNS_SECURE, COUNT(records));
}

static void legacy_at_apex(struct fixture *fx)
{
    const struct dns_rdata record = fixture_addr(fx, FX_LEGACY_IPV4);
    fixture_set(fx, "alpha.example", DNS_TYPE_A, DNS_SECURE, &record, 1);
}

static void legacy_at_apex_before(struct fixture *fx)
{
    fixture_before_switch(fx);
    legacy_at_apex(fx);
}

static void somebody_at_apex(struct fixture *fx)
{
    const struct dns_rdata record = fixture_addr(fx, "198.51.100.80");
    fixture_set(fx, "alpha.example", DNS_TYPE_A, DNS_SECURE, &record, 1);
}

static void somebody_at_apex_before(struct fixture *fx)
{
    fixture_before_switch(fx);
    somebody_at_apex(fx);
}

static void apex_has_another_key(struct fixture *fx)
{
    struct app_seen_probe *probe = fixture_probe_of(fx, "alpha.example", 5269);
    fixture_set_key(probe, "foreign");
    probe->was_met = false;
}

static void apex_is_closed(struct fixture *fx)
{
    fixture_stop_at(fixture_probe_of(fx, "alpha.example", 5269), FED_PROBE_NOTHING, FED_CLOSE_DONE,
                    "");
}

/* The legacy gateway itself. */

static struct app_seen_probe *legacy_probe(struct fixture *fx)
{
    return fixture_probe_of(fx, FX_LEGACY_HOST, 5269);
}

static void legacy_is_off(struct fixture *fx)
{
    fixture_stop_at(legacy_probe(fx), FED_PROBE_NOTHING, FED_CLOSE_DONE, "");
}

static void legacy_is_silent(struct fixture *fx)
{
    legacy_is_off(fx);
    legacy_probe(fx)->result->connect_ms = 15000;
}

static void legacy_lost_the_domain(struct fixture *fx)
{
    fixture_stop_at(legacy_probe(fx), FED_PROBE_CONNECTED, FED_CLOSE_PEER_UNKNOWN, "host-unknown");
}

static void legacy_is_something_else(struct fixture *fx)
{
    fixture_stop_at(legacy_probe(fx), FED_PROBE_CONNECTED, FED_CLOSE_DONE, "");
}

static void legacy_was_not_tried(struct fixture *fx)
{
    legacy_probe(fx)->seen = APP_NOT_ASKED;
    legacy_probe(fx)->why = "no time";
}

static void legacy_ends_soon(struct fixture *fx)
{
    legacy_probe(fx)->result->tls->peer->not_after_s = fx->now_s + 6 * FX_DAY_S;
}

static void legacy_has_no_tls(struct fixture *fx)
{
    fixture_stop_at(legacy_probe(fx), FED_PROBE_ANSWERED, FED_CLOSE_DONE, "");
}

static void server_still_leads_there(struct fixture *fx)
{
    struct app_seen_reply *reply = &fixture_rrset(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV)->replies[1];
    reply->records[0] = fixture_srv(fx, 10, 5269, FX_LEGACY_HOST);
}

static void server_is_dead(struct fixture *fx)
{
    fixture_known_for_long(fx, 300);
    fixture_rrset(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV)->replies[1] =
        (struct app_seen_reply){.seen = APP_NOTHING_CAME, .why = "no answer"};
}

/* Time. */

#define OLD_SRV "10 0 5269 old.alpha.example."

/* Service records were moved an hour ago, and had been kept for two days. */
static void moved_lately(struct fixture *fx)
{
    fixture_before(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV, OLD_SRV, 2 * FX_DAY_S, 3600);
}

static void off_too_early(struct fixture *fx)
{
    moved_lately(fx);
    legacy_is_off(fx);
}

static void moved_long_ago(struct fixture *fx)
{
    fixture_known_for_long(fx, 300);
}

static void off_in_time(struct fixture *fx)
{
    fixture_known_for_long(fx, 300);
    legacy_is_off(fx);
}

/* Long enough for a change that were made now, at the TTL of today. */
static void legacy_ends_before_the_way_back(struct fixture *fx)
{
    moved_lately(fx);
    legacy_probe(fx)->result->tls->peer->not_after_s = fx->now_s + 8 * FX_DAY_S;
}

static void legacy_lasts_for_the_way_back(struct fixture *fx)
{
    fixture_known_for_long(fx, 300);
    legacy_probe(fx)->result->tls->peer->not_after_s = fx->now_s + FX_DAY_S;
}

/* Both gateways have one address; DNS names neither. */
static void our_address_by_another_name(struct fixture *fx)
{
    const struct dns_rdata address = fixture_addr(fx, FX_IPV4);
    fixture_set(fx, "xmpp.alpha.example", DNS_TYPE_A, DNS_SECURE, &address, 1);
    fixture_set_srv(fx, FX_STARTTLS_SRV, 5269, "xmpp.alpha.example");
}

#define ONE_ADDRESS "legacy { host = \"old.alpha.example:5299\"  address = 198.51.100.5 }"

const struct readiness_row readiness_rows_cutover[] = {
    {"I2", "there", FX_LEGACY, fixture_before_switch, NULL, APP_PASS, "is still there"},
    {"I2", "off", FX_LEGACY, fixture_before_switch, legacy_is_off, APP_FAIL, "not there any more"},
    {"I2", "without the domain", FX_LEGACY, fixture_before_switch, legacy_lost_the_domain, APP_FAIL,
     "does not accept alpha.example"},
    {"I2", "not tried", FX_LEGACY, fixture_before_switch, legacy_was_not_tried, APP_UNKNOWN,
     "no time"},
    {"I2", "in caches still", FX_LEGACY, fixture_legacy_in_dns, off_too_early, APP_FAIL,
     "not there any more"},
    {"I2", "in no cache", FX_LEGACY, fixture_legacy_in_dns, off_in_time, APP_SKIP,
     "no cache leads there since"},
    {"I2", "nothing is replaced", "", NULL, NULL, APP_SKIP, "nothing is replaced"},
    {"I3", "gone", FX_LEGACY, NULL, legacy_is_off, APP_PASS, "refuses connections at once"},
    {"I3", "there", FX_LEGACY, NULL, NULL, APP_FAIL, FX_LEGACY_HOST ":5269 at " FX_LEGACY_IPV4},
    {"I3", "silent", FX_LEGACY, NULL, legacy_is_silent, APP_WARN, "is silent"},
    {"I3", "without the domain", FX_LEGACY, NULL, legacy_lost_the_domain, APP_WARN, "refuses"},
    {"I3", "something else", FX_LEGACY, NULL, legacy_is_something_else, APP_FAIL, "something"},
    {"I5", "gone", FX_LEGACY, NULL, legacy_is_off, APP_PASS, "nobody can arrive"},
    {"I5", "there", FX_LEGACY, NULL, NULL, APP_WARN, "ss -Htn"},
    {"I6", "no server", FX_LEGACY, NULL, moved_long_ago, APP_PASS, "no server leads"},
    {"I6", "its address", FX_LEGACY, fixture_legacy_in_dns, NULL, APP_FAIL, "IN A " FX_LEGACY_IPV4},
    {"I6", "one server", FX_LEGACY, NULL, server_still_leads_there, APP_FAIL, "ns2.example"},
    {"I6", "a dead server", FX_LEGACY, NULL, server_is_dead, APP_UNKNOWN, "ns2.example"},
    {"I6", "in caches still", FX_LEGACY, NULL, moved_lately, APP_WAIT, "caches may still lead"},
    {"I7", "way back", FX_LEGACY, fixture_legacy_in_dns, legacy_ends_before_the_way_back, APP_FAIL,
     "too early"},
    {"I7", "way back is over", FX_LEGACY, fixture_legacy_in_dns, legacy_lasts_for_the_way_back,
     APP_PASS, "needed until"},
    {"I7", "lasts", FX_LEGACY, fixture_before_switch, NULL, APP_PASS, "needed until"},
    {"I7", "ends soon", FX_LEGACY, fixture_before_switch, legacy_ends_soon, APP_FAIL, "too early"},
    {"I7", "no TLS", FX_LEGACY, fixture_before_switch, legacy_has_no_tls, APP_SKIP,
     "no certificate"},
    {"I7", "off", FX_LEGACY, fixture_before_switch, legacy_is_off, APP_UNKNOWN, "I2"},
    {"V10", "by half", FX_LEGACY, half_switched, NULL, APP_FAIL, "STARTTLS leads to the legacy"},
    {"V10", "in one transaction", FX_LEGACY, half_switched, NULL, APP_FAIL, "10 0 5269 gw1.alpha"},
    {"V10", "half of it left", FX_LEGACY, half_left, NULL, APP_FAIL, "direct TLS to the legacy"},
    {"V10", "half of it foreign", "", half_foreign, NULL, APP_FAIL, "a foreign system"},
    {"V10", "one service", "", no_direct_tls, NULL, APP_SKIP, "not both"},
    {"V10", "not known", "", unseen_direct, NULL, APP_UNKNOWN, "could not be looked up"},
    {"V11", "not as planned", "", two_priorities, NULL, APP_WARN, "30 0 5270"},
    {"V11", "mixed", "", two_priorities, NULL, APP_WARN,
     "one list (XEP-0368): gw1.alpha.example:5269 STARTTLS, then gw1.alpha.example:5270 direct "
     "TLS"},
    {"V11", "direct TLS first", "", two_priorities, NULL, APP_WARN,
     "Prosody: gw1.alpha.example:5270 direct TLS, then gw1.alpha.example:5269 STARTTLS"},
    {"V11", "on one level", "", NULL, NULL, APP_PASS,
     "gw1.alpha.example:5270 direct TLS or gw1.alpha.example:5269 STARTTLS"},
    {"V11", "planned", FX_LEGACY, fixture_before_switch, NULL, APP_PASS, "from the switch on"},
    {"A2", "of the legacy", FX_LEGACY, address_of_legacy, NULL, APP_FAIL, "of the legacy gateway"},
    {"A6", "legacy", FX_LEGACY, legacy_at_apex, apex_has_another_key, APP_WARN,
     "the legacy gateway"},
    {"A6", "legacy, before", FX_LEGACY, legacy_at_apex_before, apex_has_another_key, APP_PASS,
     "as before the switch"},
    {"A2", "one address, two ports", ONE_ADDRESS, NULL, NULL, APP_PASS, FX_HOST " A"},
    {"A6", "foreign, before", FX_LEGACY, somebody_at_apex_before, apex_has_another_key, APP_WARN,
     "another XMPP server"},
    {"A6", "foreign", "", somebody_at_apex, apex_has_another_key, APP_WARN, "another XMPP server"},
    {"A6", "nobody", "", somebody_at_apex, apex_is_closed, APP_PASS, "no XMPP server"},
    {"A6", "ourselves", "", somebody_at_apex, NULL, APP_PASS, "the endpoint of the domain"},
    {"V1", "at the legacy", FX_LEGACY, fixture_before_switch, NULL, APP_PASS,
     "leads to the legacy"},
    {"V1", "still there", FX_LEGACY, not_switched, NULL, APP_FAIL, "does not name " FX_HOST},
    {"V1", "undeclared", "", fixture_before_switch, NULL, APP_FAIL, "does not name " FX_HOST},
    {"V1", "foreign", FX_LEGACY, foreign_before_switch, NULL, APP_FAIL, "does not name " FX_HOST},
    {"V2", "not yet", FX_LEGACY, fixture_before_switch, NULL, APP_PASS, "before the switch"},
    {"V2", "not yet, denied", FX_LEGACY, denied_before_switch, NULL, APP_PASS, "until the switch"},
    {"V2", "not there", FX_LEGACY, not_switched, NULL, APP_FAIL, "does not exist"},
    {"V2", "of a canary", FX_LEGACY, canary, NULL, APP_FAIL, "does not exist"},
    {"V3", "at the legacy", FX_LEGACY, fixture_before_switch, NULL, APP_SKIP, "V12"},
    {"V6", "not yet", FX_LEGACY, denied_before_switch, NULL, APP_PASS, "until the switch"},
    {"V12", "at the legacy", FX_LEGACY, fixture_before_switch, NULL, APP_PASS,
     "the legacy gateway"},
    {"V12", "by its address", FX_LEGACY, other_name_of_legacy, NULL, APP_PASS,
     "the legacy gateway"},
    {"V12", "still there", FX_LEGACY, not_switched, NULL, APP_FAIL, "still sent there"},
    {"V12", "left behind", FX_LEGACY, left_behind, NULL, APP_FAIL, "10 0 5269 " FX_LEGACY_HOST},
    {"V12", "a canary", FX_LEGACY, canary, NULL, APP_PASS, "the legacy gateway"},
    {"V12", "foreign", FX_LEGACY, foreign_before_switch, NULL, APP_FAIL, "foreign"},
    {"V12", "one address", ONE_ADDRESS, our_address_by_another_name, NULL, APP_FAIL, "foreign"},
    {"V12", "undeclared", "", fixture_before_switch, NULL, APP_FAIL, "foreign"},
    {"A1", "not there yet", FX_LEGACY, no_address_yet, NULL, APP_FAIL, FX_IPV4 " is missing"},
    {"N1", "not there yet", FX_LEGACY, no_tlsa_yet, NULL, APP_FAIL, FX_DIRECT_TLSA},
    {"I1", "planned", FX_LEGACY, fixture_before_switch, NULL, APP_PASS, FX_HOST ":5269 (planned)"},
    {"I1", "another key", FX_LEGACY, fixture_before_switch, planned_has_another_key, APP_FAIL,
     FX_HOST ":5270 (planned)"},
    {"A3", "planned", FX_LEGACY, fixture_before_switch, planned_is_silent, APP_FAIL,
     FX_HOST ":5269 (planned)"},
    {"T9", "of the legacy", FX_LEGACY, fixture_before_switch, legacy_is_expired, APP_PASS, ""},
};
const size_t readiness_rows_cutover_count = GP_ARRAY_LEN(readiness_rows_cutover);
