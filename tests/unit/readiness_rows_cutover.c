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

const struct readiness_row readiness_rows_cutover[] = {
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
