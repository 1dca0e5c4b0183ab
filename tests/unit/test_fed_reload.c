/* SPDX-License-Identifier: BSD-2-Clause */
/* What a reload does to a stream, and to an attempt that is no pair's. */
#include "tests/unit/unit.h"

#include "federation/attempt.h"
#include "federation/reload.h"
#include "tests/unit/neighbours.h"

#include <stdlib.h>

/* An attempt at somebody who takes the connection and says nothing. */
struct visit {
    int listener;
    struct fed_attempt *attempt;
    enum fed_bounce bounce; /* that it failed with; FED_BOUNCE_NONE: it did not */
};

static void on_failed(void *arg, const struct fed_failure *failure, struct fed_trace *trace)
{
    struct visit *visit = arg;
    visit->attempt = NULL;
    visit->bounce = failure->bounce;
    fed_trace_destroy(trace);
}

static void start_visit(struct visit *visit, struct gateway *gateway,
                        const struct fed_partner *policy)
{
    static const struct fed_attempt_owner owner = {.on_failed = on_failed};
    struct gp_addr addr;
    *visit = (struct visit){.listener = -1};
    assert_int_equal(gp_addr_parse_port("127.0.0.1", 0, &addr), GP_OK);
    assert_int_equal(gp_io_listen(&addr, false, &visit->listener, NULL), GP_OK);
    const struct fed_attempt_setup setup = {.context = &gateway->context,
                                            .purpose = FED_OUT_RELAY,
                                            .home = &gateway->name,
                                            .partner = &gateway->other,
                                            .policy = policy,
                                            .address = &addr,
                                            .service = DNS_SERVICE_STARTTLS,
                                            .owner = &owner,
                                            .arg = visit};
    assert_int_equal(fed_attempt_start(&setup, &visit->attempt, NULL), GP_OK);
}

static bool is_arrived(struct neighbours *both)
{
    return both->right.context.counters.stanzas_in == 1 && neighbours_pair(both).queued == 0;
}

/* The attempt, too. */
static bool has_connected(struct neighbours *both)
{
    return both->left.context.sessions.made == 2;
}

static bool is_idle(struct neighbours *both)
{
    return neighbours_pair(both).state == FED_PAIR_IDLE;
}

static void only_what_changed_is_touched(void **state)
{
    static const struct {
        const char *name;
        size_t partners;
        unsigned terms;
        bool is_apart;          /* the attempt has a policy of its own */
        enum fed_bounce bounce; /* of the attempt; FED_BOUNCE_NONE: it goes on */
    } rows[] = {
        {"the same", 1, 0, false, FED_BOUNCE_NONE},
        {"other terms", 1, 1, false, FED_BOUNCE_TIMEOUT},
        {"the partner is gone", 0, 0, false, FED_BOUNCE_NOT_ALLOWED},
        {"and does not matter", 0, 0, true, FED_BOUNCE_NONE},
    };
    static const struct fed_inside_settings inside = {.name = "self", .kind = FED_INSIDE_SELF};
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct neighbours both;
        struct visit visit;
        struct gp_err err = {0};
        neighbours_open(&both, *state);
        struct gateway *left = &both.left;
        neighbours_send(&both, "<iq from='alpha.example' to='gamma.example' type='get' id='1'>"
                               "<ping xmlns='urn:xmpp:ping'/></iq>");
        neighbours_wait(&both, is_arrived);
        start_visit(&visit, left, rows[i].is_apart ? &fed_policy_stand_in : left->partner);
        struct fed_settings *after = malloc(sizeof(*after));
        struct fed_partner partner = *left->partner;
        partner.terms += rows[i].terms;
        *after = left->settings;
        after->partners = &partner;
        after->partner_count = rows[i].partners;
        const struct fed_reload reload = {.settings = after,
                                          .route = left->context.route,
                                          .tls = left->context.tls,
                                          .insides = &inside,
                                          .inside_count = 1};
        assert_int_equal(fed_reload(left->router, left->inbound, &reload, &err), GP_OK);
        free(left->partner); /* nothing looks there any more */
        left->partner = NULL;
        if (visit.bounce != rows[i].bounce || (visit.attempt == NULL) != (visit.bounce != 0))
            fail_msg("%s: the attempt has failed with %s", rows[i].name,
                     fed_bounce_condition(visit.bounce));
        if (visit.attempt)
            neighbours_wait(&both, has_connected);
        if (rows[i].partners == 0 || rows[i].terms > 0)
            neighbours_wait(&both, is_idle);
        else
            assert_int_equal(neighbours_pair(&both).state, FED_PAIR_OPEN);
        fed_attempt_cancel(visit.attempt);
        gp_io_close(&visit.listener);
        neighbours_close(&both);
        free(after);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(only_what_changed_is_touched)};
    return cmocka_run_group_tests_name("fed_reload", tests, homes_set_up, homes_tear_down);
}
