/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose word counts when name servers differ. */
#include "tests/unit/unit.h"

#include "readiness/compare.h"
#include "tests/unit/readiness_fixture.h"

#define SERVERS 3

/* 'p': the planned record, 'x', 'y': another one, 'a': an alias, '-': nothing that counts. */
static void say(struct fixture *fx, char what, struct app_seen_reply *reply)
{
    struct dns_rdata *record = gp_arena_alloc(&fx->seen->arena, sizeof(*record));
    assert_non_null(record);
    *record = fixture_srv(fx, 10, what == 'y' ? 5222 : what == 'x' ? 5299 : 5269, FX_HOST);
    *reply = (struct app_seen_reply){.seen = what == '-' ? APP_NOTHING_CAME : APP_CAME,
                                     .is_authoritative = true,
                                     .is_alias = what == 'a',
                                     .count = 1,
                                     .records = record};
}

static void whose_word_counts(void **state)
{
    (void)state;
    static const struct {
        const char *name, *said;
        uint32_t serials[SERVERS];
        size_t expected;
    } rows[] = {
        {"all the same", "xxx", {1, 1, 1}, 0},
        {"nobody", "---", {1, 1, 1}, SIZE_MAX},
        {"the only one", "-x-", {9, 1, 9}, 1},
        {"what is planned", "xxp", {9, 9, 1}, 2},
        {"the newest of what is planned", "xpp", {9, 1, 2}, 2},
        {"an alias is not planned", "axx", {1, 1, 1}, 1},
        {"the newest", "xxy", {1, 1, 2}, 2},
        {"the newest, past the greatest number (RFC 1982)", "xxy", {4294967295, 4294967295, 0}, 2},
        {"an older one", "yxx", {2, 1, 1}, 0},
        {"most", "yxx", {1, 1, 1}, 1},
        {"those who are silent have no vote", "yx-", {1, 1, 1}, 0},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct fixture fx;
        struct app_seen_server servers[SERVERS] = {{.name = NULL}};
        struct app_seen_reply replies[SERVERS];
        fixture_begin(&fx, "");
        fixture_derive(&fx);
        for (size_t k = 0; k < SERVERS; k++) {
            servers[k].soa[DNS_UDP].serial = rows[i].serials[k];
            say(&fx, rows[i].said[k], &replies[k]);
        }
        const struct app_seen_zone zone = {.server_count = SERVERS, .servers = servers};
        struct app_seen_rrset rrset = *fixture_rrset(&fx, FX_STARTTLS_SRV, DNS_TYPE_SRV);
        rrset.replies = replies;
        size_t found = app_reference_server(fx.plan, &zone, &rrset);
        if (found != rows[i].expected)
            fail_msg("%s: %zu", rows[i].name, found);
        fixture_end(&fx);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whose_word_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
