/* SPDX-License-Identifier: BSD-2-Clause */
/* What comes of a conversation: X3, X4. */
#include "tests/unit/unit.h"

#include "tests/unit/readiness_rows.h"

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

const struct readiness_row readiness_rows_dialogue[] = {
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
};
const size_t readiness_rows_dialogue_count = GP_ARRAY_LEN(readiness_rows_dialogue);
