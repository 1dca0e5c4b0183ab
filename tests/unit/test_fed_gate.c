/* SPDX-License-Identifier: BSD-2-Clause */
/* The policy of a partner on its stanzas: rates, the gate, the ledger; lists of domains
 * and users. */
#include "tests/unit/unit.h"

#include "federation/gate.h"
#include "federation/jid.h"
#include "federation/ledger.h"
#include "federation/rate.h"

#include <stdio.h>
#include <stdlib.h>

#define ALL_KINDS (1u << FED_MESSAGE | 1u << FED_PRESENCE | 1u << FED_IQ)

/* Rates. */

static void buckets_fill_and_trickle_out(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct fed_rate rate;
        struct {
            int64_t at_ms;
            size_t amount;
            bool has_room; /* before */
            int64_t wait_ms;
        } steps[5];
    } rows[] = {
        {"not bounded", {0, 1}, {{0, 1000000, true, 0}, {0, 1000000, true, 0}}},
        {"burst, then the rate",
         {10, 2},
         {{5, 1, true, 0},
          {5, 1, true, 0},
          {5, 1, false, 100},
          {105, 1, false, 100},
          {205, 0, false, 0}}},
        {"full again after a while",
         {10, 2},
         {{0, 2, true, 0}, {200, 2, true, 0}, {300, 1, true, 0}}},
        {"one too big is taken all the same",
         {100, 10},
         {{0, 1010, true, 10000}, {9999, 0, false, 10 - 9}}},
        {"the clock does not go back", {10, 1}, {{1000, 1, true, 0}, {500, 1, false, 100}}},
        {"a wait is rounded up", {3, 1}, {{0, 2, true, 334}, {334, 0, true, 0}}},
        {"as much as there can be",
         {1073741824, UINT32_MAX},
         {{0, UINT32_MAX, true, 0}, {0, UINT32_MAX, false, 4000}, {INT64_MAX / 2, 1, true, 0}}},
        {"slow and big", {1, 1}, {{0, 16777216, true, 16777215000}, {1, 0, false, 16777214999}}},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct fed_bucket bucket = {0};
        for (size_t k = 0; k < 5 && (k == 0 || rows[i].steps[k].at_ms || rows[i].steps[k].amount);
             k++) {
            int64_t now = rows[i].steps[k].at_ms;
            bool has_room = fed_bucket_has_room(&bucket, rows[i].rate, now);
            int64_t wait = fed_bucket_take(&bucket, rows[i].rate, rows[i].steps[k].amount, now);
            if (has_room != rows[i].steps[k].has_room || wait != rows[i].steps[k].wait_ms)
                fail_msg("%s, step %zu: room %d, wait %lld", rows[i].name, k, has_room,
                         (long long)wait);
        }
    }
}

/* The gate. */

#define CROSSING(way, what, kind_of, fact)                                     \
    {                                                                          \
        .direction = way, .kind = FED_##what, .type = FED_TYPE_##kind_of, fact \
    }
#define OUT(what, kind_of, fact) CROSSING(FED_TO_PARTNER, what, kind_of, fact)
#define IN(what, kind_of, fact)  CROSSING(FED_TO_INSIDE, what, kind_of, fact)

static void stanzas_are_judged(void **state)
{
    (void)state;
    const struct fed_partner all = {.kinds = ALL_KINDS}, messages = {.kinds = 1u << FED_MESSAGE};
    const struct {
        const char *name;
        const struct fed_partner *policy;
        struct fed_crossing crossing;
        enum fed_refusal expected;
    } rows[] = {
        {"no partner", NULL, OUT(MESSAGE, CHAT, .is_blocked = false), FED_REFUSED_PARTNER},
        {"message", &all, OUT(MESSAGE, CHAT, .is_blocked = false), FED_ADMITTED},
        {"permitted kind", &messages, IN(MESSAGE, NONE, .is_blocked = false), FED_ADMITTED},
        {"presence", &messages, IN(PRESENCE, NONE, .is_blocked = false), FED_REFUSED_KIND},
        {"iq", &messages, OUT(IQ, GET, .is_blocked = false), FED_REFUSED_KIND},
        {"an answer of that kind", &messages, OUT(IQ, ERROR, .is_blocked = false),
         FED_REFUSED_KIND},
        {"too many", &all, OUT(IQ, GET, .is_over_rate = true), FED_REFUSED_RATE},
        {"too many results", &all, OUT(IQ, RESULT, .is_over_rate = true), FED_ADMITTED},
        {"too many errors", &all, OUT(MESSAGE, ERROR, .is_over_rate = true), FED_ADMITTED},
        {"too many of a wrong kind", &messages, OUT(IQ, GET, .is_over_rate = true),
         FED_REFUSED_KIND},
        {"blocked", NULL, IN(IQ, GET, .is_blocked = true), FED_REFUSED_BLOCKED},
        {"user out", &all, OUT(MESSAGE, CHAT, .is_user_refused = true), FED_REFUSED_USER},
        {"user in", &all, IN(IQ, RESULT, .is_user_refused = true), FED_REFUSED_USER},
        {"malformed", &all, IN(IQ, GET, .is_malformed = true), FED_REFUSED_IQ},
        {"malformed of a wrong kind", &messages, OUT(IQ, SET, .is_malformed = true),
         FED_REFUSED_KIND},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        enum fed_refusal refusal = fed_gate_stanza(rows[i].policy, &rows[i].crossing);
        if (refusal != rows[i].expected)
            fail_msg("%s: %s", rows[i].name, fed_refusal_word(refusal));
    }
}

/* What a shadow policy says to an open stream. */
static void streams_are_judged(void **state)
{
    (void)state;
    static const struct {
        enum fed_tls_need tls;
        enum fed_sasl_need sasl;
        enum fed_dialback dialback;
        bool requires_dane;
        enum fed_direction direction;
        enum fed_proof proof;
        enum fed_refusal expected;
        bool uses_dane_client, uses_posh;
    } rows[] = {
        {FED_TLS_REQUIRED, FED_SASL_OPTIONAL, FED_DIALBACK_REFUSED, false, FED_TO_INSIDE,
         FED_PROOF_PKIX, FED_ADMITTED, false, false},
        {FED_TLS_REQUIRED, FED_SASL_OPTIONAL, FED_DIALBACK_REFUSED, false, FED_TO_INSIDE,
         FED_PROOF_DIALBACK, FED_REFUSED_PROOF, false, false},
        {FED_TLS_REQUIRED, FED_SASL_OPTIONAL, FED_DIALBACK_ALLOWED, false, FED_TO_INSIDE,
         FED_PROOF_DIALBACK, FED_ADMITTED, false, false},
        {FED_TLS_REQUIRED, FED_SASL_REQUIRED, FED_DIALBACK_ALLOWED, false, FED_TO_PARTNER,
         FED_PROOF_DIALBACK, FED_REFUSED_PROOF, false, false},
        {FED_TLS_REQUIRED, FED_SASL_OPTIONAL, FED_DIALBACK_ALLOWED, false, FED_TO_INSIDE,
         FED_PROOF_DIALBACK_CLEAR, FED_REFUSED_TLS, false, false},
        {FED_TLS_OPTIONAL, FED_SASL_OPTIONAL, FED_DIALBACK_ALLOWED, false, FED_TO_INSIDE,
         FED_PROOF_DIALBACK_CLEAR, FED_ADMITTED, false, false},
        {FED_TLS_REQUIRED, FED_SASL_OPTIONAL, FED_DIALBACK_REFUSED, true, FED_TO_PARTNER,
         FED_PROOF_PKIX, FED_REFUSED_DANE, false, false},
        {FED_TLS_REQUIRED, FED_SASL_OPTIONAL, FED_DIALBACK_REFUSED, true, FED_TO_PARTNER,
         FED_PROOF_DANE, FED_ADMITTED, false, false},
        {FED_TLS_REQUIRED, FED_SASL_OPTIONAL, FED_DIALBACK_REFUSED, true, FED_TO_INSIDE,
         FED_PROOF_PKIX, FED_ADMITTED, false, false},
        {FED_TLS_REQUIRED, FED_SASL_OPTIONAL, FED_DIALBACK_REFUSED, true, FED_TO_INSIDE,
         FED_PROOF_PKIX, FED_REFUSED_DANE, true, false},
        {FED_TLS_REQUIRED, FED_SASL_OPTIONAL, FED_DIALBACK_ALLOWED, false, FED_TO_INSIDE,
         FED_PROOF_POSH, FED_REFUSED_PROOF, false, false},
        {FED_TLS_REQUIRED, FED_SASL_OPTIONAL, FED_DIALBACK_REFUSED, false, FED_TO_PARTNER,
         FED_PROOF_POSH, FED_ADMITTED, false, true},
        {FED_TLS_REQUIRED, FED_SASL_OPTIONAL, FED_DIALBACK_REFUSED, true, FED_TO_INSIDE,
         FED_PROOF_POSH, FED_REFUSED_PROOF, false, true},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        const struct fed_partner policy = {.tls = rows[i].tls,
                                           .sasl = rows[i].sasl,
                                           .dialback = rows[i].dialback,
                                           .requires_dane = rows[i].requires_dane,
                                           .uses_dane_client = rows[i].uses_dane_client,
                                           .uses_posh = rows[i].uses_posh};
        if (fed_gate_stream(&policy, rows[i].direction, rows[i].proof) != rows[i].expected)
            fail_msg("row %zu", i);
    }
    assert_int_equal(fed_gate_of_close(FED_CLOSE_NOT_PROVED), FED_REFUSED_PROOF);
    assert_int_equal(fed_gate_of_close(FED_CLOSE_PARTNER_FULL), FED_REFUSED_CONNECTION);
    assert_int_equal(fed_gate_of_close(FED_CLOSE_NO_TLS), FED_REFUSED_TLS);
    assert_int_equal(fed_gate_of_close(FED_CLOSE_NOT_A_PARTNER), FED_REFUSED_PARTNER);
    assert_int_equal(fed_gate_of_close(FED_CLOSE_IDLE), FED_ADMITTED);
}

/* Spec-digest e.6: outside, one answer for every reason. */
static void refusals_are_answered(void **state)
{
    (void)state;
    for (enum fed_refusal i = FED_ADMITTED + 1; i < FED_REFUSED_IQ; i++) {
        if (i == FED_REFUSED_CONTACT) /* there is none on the way out */
            continue;
        bool is_rate = i == FED_REFUSED_RATE;
        assert_int_equal(fed_refusal_bounce(i, FED_TO_PARTNER, FED_PRESENCE),
                         is_rate ? FED_BOUNCE_RESOURCE : FED_BOUNCE_NOT_ALLOWED);
        assert_int_equal(fed_refusal_bounce(i, FED_TO_INSIDE, FED_PRESENCE), FED_BOUNCE_NONE);
        assert_int_equal(fed_refusal_bounce(i, FED_TO_INSIDE, FED_MESSAGE),
                         is_rate ? FED_BOUNCE_NONE : FED_BOUNCE_UNAVAILABLE);
        assert_int_equal(fed_refusal_bounce(i, FED_TO_INSIDE, FED_IQ),
                         is_rate ? FED_BOUNCE_NONE : FED_BOUNCE_UNAVAILABLE);
        assert_true(strlen(fed_refusal_text(i)) > 10);
        assert_true(strlen(fed_refusal_word(i)) > 2);
    }
    assert_int_equal(fed_refusal_bounce(FED_REFUSED_IQ, FED_TO_PARTNER, FED_IQ),
                     FED_BOUNCE_BAD_REQUEST);
    assert_int_equal(fed_refusal_bounce(FED_REFUSED_IQ, FED_TO_INSIDE, FED_IQ),
                     FED_BOUNCE_BAD_REQUEST);
}

/* The ledger. */

static void a_tally_is_told_now_and_then(void **state)
{
    (void)state;
    static const struct {
        int64_t at_ms;
        uint64_t news;
    } rows[] = {{5, 1}, {5, 0}, {60004, 0}, {60005, 3}, {60006, 0}, {999999, 2}};
    struct fed_tally tally = {0};
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++)
        assert_int_equal(fed_tally_count(&tally, rows[i].at_ms), rows[i].news);
    assert_int_equal(tally.count, GP_ARRAY_LEN(rows));
}

static void add_up(void *arg, const struct fed_account *account)
{
    uint64_t *sum = arg;
    sum[0]++;
    sum[1] += account->real.tally[FED_REFUSED_KIND].count;
    sum[1] += account->shadow.tally[FED_REFUSED_KIND].count;
}

static struct fed_account *account(struct fed_ledger *ledger, const char *name, int64_t now_ms)
{
    struct dns_domain domain;
    snprintf(domain.ascii, sizeof(domain.ascii), "%s", name);
    return fed_ledger_account(ledger, &domain, now_ms);
}

static void accounts_are_bounded_and_summed(void **state)
{
    (void)state;
    struct fed_ledger ledger, sum;
    char name[40];
    fed_ledger_init(&ledger);
    fed_ledger_init(&sum);
    assert_ptr_equal(fed_ledger_account(&ledger, NULL, 0), &ledger.others);
    for (size_t i = 0; i < FED_LEDGER_MAX; i++) {
        snprintf(name, sizeof(name), "d%zu.example", i);
        assert_ptr_not_equal(account(&ledger, name, 0), &ledger.others);
    }
    assert_ptr_equal(account(&ledger, "more.example", 1), &ledger.others);
    struct fed_account *kept = account(&ledger, "d7.example", FED_LEDGER_IDLE_MS - 1);
    fed_tally_count(&kept->shadow.tally[FED_REFUSED_KIND], 1);
    struct fed_account *late = account(&ledger, "more.example", FED_LEDGER_IDLE_MS);
    assert_ptr_not_equal(late, &ledger.others); /* idle ones made room */
    fed_tally_count(&late->real.tally[FED_REFUSED_KIND], 1);
    assert_ptr_equal(account(&ledger, "d7.example", FED_LEDGER_IDLE_MS), kept);
    fed_tally_count(&ledger.others.real.tally[FED_REFUSED_KIND], 1);
    fed_ledger_add(&sum, &ledger, 0);
    fed_ledger_add(&sum, &ledger, 0);
    uint64_t counted[2] = {0};
    fed_ledger_each(&sum, add_up, counted);
    assert_int_equal(counted[0], 3);
    assert_int_equal(counted[1], 6);
    fed_ledger_finish(&ledger);
    fed_ledger_finish(&sum);
}

/* Addresses and lists. */

static void addresses_become_keys(void **state)
{
    (void)state;
    static const struct {
        const char *jid, *local, *key;
    } rows[] = {
        {"romeo@beta.example", "romeo", "romeo@beta.example"},
        {"Romeo@BETA.example/Balcony", "Romeo", "romeo@beta.example"},
        {"beta.example", "", "beta.example"},
        {"beta.example/a@b", "", "beta.example"},
        {"a@beta.example/c@d/e", "a", "a@beta.example"},
        {"R\xc3\x96m@beta.example", "R\xc3\x96m", "r\xc3\x96m@beta.example"},
    };
    const struct dns_domain beta = {"beta.example"};
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        char bare[FED_BARE_MAX];
        struct gp_span jid = gp_span_text(rows[i].jid), key = fed_jid_bare(jid, &beta, bare);
        assert_true(gp_span_is(fed_jid_local(jid), rows[i].local));
        assert_string_equal(bare, rows[i].key);
        assert_int_equal(key.len, strlen(rows[i].key));
    }
}

static struct gp_names make_names(const char *const *texts)
{
    struct gp_names names = {.bytes = NULL};
    for (; *texts; texts++)
        assert_int_equal(gp_names_add(&names, gp_span_text(*texts)), GP_OK);
    gp_names_seal(&names);
    return names;
}

static void domains_are_blocked(void **state)
{
    (void)state;
    static const struct {
        const char *domain;
        bool is_blocked;
    } rows[] = {
        {"bad.example", true},
        {"x.bad.example", false},
        {"notbad.example", false},
        {"worse.example", true},
        {"x.worse.example", true},
        {"y.x.worse.example", true},
        {"notworse.example", false},
        {"example", false},
        {"worse.example.other.example", false},
        {"bad.exampl", false},
        {"bad.examples", false},
    };
    struct fed_settings settings = {
        .is_open = true,
        .blocked = make_names((const char *const[]){".worse.example", "bad.example", NULL})};
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct dns_domain domain;
        snprintf(domain.ascii, sizeof(domain.ascii), "%s", rows[i].domain);
        if (fed_settings_blocks(&settings, &domain) != rows[i].is_blocked)
            fail_msg("%s", rows[i].domain);
        assert_int_equal(fed_settings_partner(&settings, &domain) == NULL, rows[i].is_blocked);
    }
    gp_names_finish(&settings.blocked);
    const struct dns_domain bad = {"bad.example"};
    assert_false(fed_settings_blocks(&settings, &bad));
}

static void users_are_admitted(void **state)
{
    (void)state;
    static const struct {
        const char *jid;
        bool by_neither, by_allow, by_deny, by_both;
    } rows[] = {
        {"romeo@alpha.example/x", true, true, true, true},
        {"Romeo@alpha.example", true, true, true, true},
        {"tybalt@alpha.example", true, true, false, false},
        {"paris@alpha.example", true, false, true, false},
        {"alpha.example", true, true, true, true}, /* no user */
        {"alpha.example/tybalt@alpha.example", true, true, true, true},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct gp_span jid = gp_span_text(rows[i].jid);
        struct fed_home home = {.domain = {"alpha.example"}};
        assert_int_equal(fed_home_admits(&home, jid), rows[i].by_neither);
        home.denied_users = make_names((const char *const[]){"tybalt@alpha.example", NULL});
        assert_int_equal(fed_home_admits(&home, jid), rows[i].by_deny);
        home.has_allowed_users = true;
        home.allowed_users =
            make_names((const char *const[]){"tybalt@alpha.example", "romeo@alpha.example", NULL});
        assert_int_equal(fed_home_admits(&home, jid), rows[i].by_both);
        gp_names_finish(&home.denied_users);
        assert_int_equal(fed_home_admits(&home, jid), rows[i].by_allow);
        gp_names_finish(&home.allowed_users); /* an empty list admits nobody */
        assert_int_equal(fed_home_admits(&home, jid), fed_jid_local(jid).len == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buckets_fill_and_trickle_out),
        cmocka_unit_test(stanzas_are_judged),
        cmocka_unit_test(streams_are_judged),
        cmocka_unit_test(refusals_are_answered),
        cmocka_unit_test(a_tally_is_told_now_and_then),
        cmocka_unit_test(accounts_are_bounded_and_summed),
        cmocka_unit_test(addresses_become_keys),
        cmocka_unit_test(domains_are_blocked),
        cmocka_unit_test(users_are_admitted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
