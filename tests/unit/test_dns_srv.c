/* SPDX-License-Identifier: BSD-2-Clause */
/* Service records: classes, the matrix of both services, the order of RFC 2782. */
#include "tests/unit/unit.h"

#include "dns/srv.h"

#include <stdio.h>

#define WIRE(text) (const uint8_t *)(text), sizeof(text) - 1

static struct dns_name name_of(const char *text)
{
    struct dns_name name;
    if (dns_name_from_text(text, &name) != GP_OK)
        fail_msg("'%s' is no name", text);
    return name;
}

/* One answer for each class of spec-digest c.4. */
static struct dns_answer *make_answer(enum dns_service_class class, enum dns_security security)
{
    struct dns_name name = name_of("_xmpp-server._tcp.beta.example");
    struct dns_rdata target = {WIRE("\0\xa\0\5\x14\x95\3gw1\7example\0")};
    struct dns_rdata denial = {WIRE("\0\0\0\0\0\0\0")};
    bool is_failure = class == DNS_CLASS_FAIL;
    size_t count = class == DNS_CLASS_RECORDS || class == DNS_CLASS_DENIED;
    enum dns_outcome outcome = is_failure ? DNS_FAILED : count > 0 ? DNS_RECORDS : DNS_NO_NAME;
    struct dns_answer *answer = dns_answer_create(&name, DNS_TYPE_SRV, outcome, security, NULL,
                                                  class == DNS_CLASS_DENIED ? &denial : &target,
                                                  count, is_failure ? "reason" : NULL);
    assert_non_null(answer);
    assert_int_equal(dns_service_classify(answer), class);
    return answer;
}

static void answers_are_classified(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum dns_outcome outcome;
        enum dns_security security;
        struct dns_rdata records[2];
        size_t count;
        enum dns_service_class expected;
    } rows[] = {
        {"one target",
         DNS_RECORDS,
         DNS_SECURE,
         {{WIRE("\0\0\0\0\x14\x95\1a\0")}},
         1,
         DNS_CLASS_RECORDS},
        {"one dot", DNS_RECORDS, DNS_SECURE, {{WIRE("\0\0\0\0\0\0\0")}}, 1, DNS_CLASS_DENIED},
        {"dot and target",
         DNS_RECORDS,
         DNS_SECURE,
         {{WIRE("\0\0\0\0\0\0\0")}, {WIRE("\0\0\0\0\x14\x95\1a\0")}},
         2,
         DNS_CLASS_RECORDS},
        {"dot twice",
         DNS_RECORDS,
         DNS_SECURE,
         {{WIRE("\0\0\0\0\0\0\0")}, {WIRE("\0\1\0\0\0\0\0")}},
         2,
         DNS_CLASS_DENIED},
        {"malformed", DNS_RECORDS, DNS_SECURE, {{WIRE("\0\0\0\0\x14\x95\1a")}}, 1, DNS_CLASS_FAIL},
        {"malformed beside a target",
         DNS_RECORDS,
         DNS_SECURE,
         {{WIRE("\0\0\0\0\x14\x95\1a\0")}, {WIRE("\0")}},
         2,
         DNS_CLASS_FAIL},
        {"no data", DNS_NO_DATA, DNS_INSECURE, {{NULL, 0}}, 0, DNS_CLASS_NONE},
        {"no name", DNS_NO_NAME, DNS_SECURE, {{NULL, 0}}, 0, DNS_CLASS_NONE},
        {"failed", DNS_FAILED, DNS_INSECURE, {{NULL, 0}}, 0, DNS_CLASS_FAIL},
        {"bogus", DNS_FAILED, DNS_BOGUS, {{NULL, 0}}, 0, DNS_CLASS_FAIL},
    };
    struct dns_name name = name_of("_xmpp-server._tcp.beta.example");
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct dns_answer *answer = dns_answer_create(
            &name, DNS_TYPE_SRV, rows[i].outcome, rows[i].security, NULL, rows[i].records,
            rows[i].count, rows[i].outcome == DNS_FAILED ? "reason" : NULL);
        enum dns_service_class class = dns_service_classify(answer);
        if (class != rows[i].expected)
            fail_msg("%s: class %d", rows[i].name, class);
        dns_answer_destroy(answer);
    }
}

#define R DNS_CLASS_RECORDS
#define D DNS_CLASS_DENIED
#define N DNS_CLASS_NONE
#define F DNS_CLASS_FAIL

static void both_services_make_one_plan(void **state)
{
    (void)state;
    /* spec-digest c.4; plans for: both secure, direct TLS alone secure, STARTTLS alone secure,
     * neither. A failed answer is insecure, or bogus where "secure" is said. */
    static const struct {
        enum dns_service_class direct_tls, starttls;
        enum dns_service_plan expected[4];
    } rows[] = {
#define ALWAYS(plan) {plan, plan, plan, plan}
        {R, R, ALWAYS(DNS_PLAN_BOTH)},
        {R, D, ALWAYS(DNS_PLAN_DIRECT_ONLY)},
        {R, N, ALWAYS(DNS_PLAN_DIRECT_ONLY)},
        {R, F, {DNS_PLAN_DIRECT_ONLY, DNS_PLAN_DIRECT_ONLY, DNS_PLAN_FAILED, DNS_PLAN_FAILED}},
        {D, R, ALWAYS(DNS_PLAN_STARTTLS_ONLY)},
        {D, D, ALWAYS(DNS_PLAN_NO_SERVICE)},
        {D, N, ALWAYS(DNS_PLAN_NO_SERVICE)},
        {D, F, ALWAYS(DNS_PLAN_FAILED)},
        {N, R, ALWAYS(DNS_PLAN_STARTTLS_ONLY)},
        {N, D, ALWAYS(DNS_PLAN_NO_SERVICE)},
        {N, N, ALWAYS(DNS_PLAN_FALLBACK)},
        {N, F, ALWAYS(DNS_PLAN_FAILED)},
        {F, R, {DNS_PLAN_FAILED, DNS_PLAN_FAILED, DNS_PLAN_FAILED, DNS_PLAN_STARTTLS_ONLY}},
        {F, D, ALWAYS(DNS_PLAN_FAILED)},
        {F, N, ALWAYS(DNS_PLAN_FAILED)},
        {F, F, ALWAYS(DNS_PLAN_FAILED)},
    };
    assert_int_equal(GP_ARRAY_LEN(rows), 16);
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++)
        for (unsigned k = 0; k < 4; k++) {
            static const enum dns_security of[] = {DNS_INSECURE, DNS_SECURE};
            bool is_direct_secure = k < 2, is_starttls_secure = k % 2 == 0;
            struct dns_answer *direct_tls = make_answer(
                rows[i].direct_tls,
                rows[i].direct_tls == F && is_direct_secure ? DNS_BOGUS : of[is_direct_secure]);
            struct dns_answer *starttls = make_answer(
                rows[i].starttls,
                rows[i].starttls == F && is_starttls_secure ? DNS_BOGUS : of[is_starttls_secure]);
            enum dns_service_plan plan = dns_service_plan(direct_tls, starttls);
            if (plan != rows[i].expected[k])
                fail_msg("row %zu, security %u: plan %d", i, k, plan);
            dns_answer_destroy(direct_tls);
            dns_answer_destroy(starttls);
        }
}

static void services_have_their_names(void **state)
{
    (void)state;
    assert_string_equal(dns_service_labels(DNS_SERVICE_DIRECT_TLS), "_xmpps-server._tcp");
    assert_string_equal(dns_service_labels(DNS_SERVICE_STARTTLS), "_xmpp-server._tcp");
    assert_string_equal(dns_service_text(DNS_SERVICE_DIRECT_TLS), "direct TLS");
    assert_string_equal(dns_service_text(DNS_SERVICE_STARTTLS), "STARTTLS");
}

/* A source that says the given numbers, and notes what it was asked for. */
struct script {
    const uint32_t *numbers;
    size_t count, used;
    uint32_t bounds[8];
};

static uint32_t next_number(void *state, uint32_t bound)
{
    struct script *script = state;
    assert_true(script->used < script->count && script->used < GP_ARRAY_LEN(script->bounds));
    script->bounds[script->used] = bound;
    assert_true(script->numbers[script->used] < bound);
    return script->numbers[script->used++];
}

struct entry {
    char label; /* becomes the target */
    enum dns_service service;
    uint16_t priority, weight;
};

static size_t fill(struct dns_srv_entry *entries, const struct entry *rows, size_t max)
{
    size_t count = 0;
    for (; count < max && rows[count].label != '\0'; count++) {
        char target[2] = {rows[count].label, '\0'};
        entries[count] = (struct dns_srv_entry){.service = rows[count].service};
        entries[count].srv.priority = rows[count].priority;
        entries[count].srv.weight = rows[count].weight;
        entries[count].srv.target = name_of(target);
    }
    return count;
}

#define TLS   DNS_SERVICE_DIRECT_TLS
#define PLAIN DNS_SERVICE_STARTTLS

static void the_order_is_drawn_as_the_rfc_says(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct entry entries[8];
        uint32_t numbers[8];
        uint32_t bounds[8]; /* ends with 0 */
        const char *expected;
    } rows[] = {
        {"one", {{'a', PLAIN, 5, 9}}, {0}, {0}, "a"},
        {"priorities of both services are one scale",
         {{'c', TLS, 30, 0}, {'b', PLAIN, 20, 0}, {'a', TLS, 10, 0}},
         {0},
         {0},
         "abc"},
        {"the sum is included", {{'a', PLAIN, 1, 1}, {'b', PLAIN, 1, 3}}, {4}, {5}, "ba"},
        {"the first whose running sum reaches it",
         {{'a', PLAIN, 1, 1}, {'b', PLAIN, 1, 3}},
         {1},
         {5},
         "ab"},
        {"just beyond the first", {{'a', PLAIN, 1, 1}, {'b', PLAIN, 1, 3}}, {2}, {5}, "ba"},
        {"the rest is drawn anew",
         {{'a', PLAIN, 1, 1}, {'b', PLAIN, 1, 2}, {'c', PLAIN, 1, 4}},
         {7, 2},
         {8, 4, 0},
         "cba"},
        {"weight 0 wins at 0 alone", {{'a', PLAIN, 1, 9}, {'z', PLAIN, 1, 0}}, {0}, {10}, "za"},
        {"weight 0 loses at 1", {{'a', PLAIN, 1, 9}, {'z', PLAIN, 1, 0}}, {1}, {10}, "az"},
        {"nothing but weight 0 is drawn evenly",
         {{'x', PLAIN, 1, 0}, {'y', PLAIN, 1, 0}, {'z', PLAIN, 1, 0}},
         {0, 2, 0, 1},
         {1, 3, 1, 2, 0},
         "zyx"},
        {"equals: direct TLS first", {{'a', PLAIN, 1, 5}, {'b', TLS, 1, 5}}, {0}, {11}, "ba"},
        {"equals of weight 0: direct TLS first",
         {{'a', PLAIN, 1, 0}, {'b', TLS, 1, 0}},
         {0, 0},
         {1, 2},
         "ba"},
        {"other weights stay as drawn", {{'a', PLAIN, 1, 5}, {'b', TLS, 1, 1}}, {2}, {7}, "ab"},
        {"other priorities stay as they are",
         {{'a', PLAIN, 1, 5}, {'b', TLS, 2, 5}},
         {0},
         {0},
         "ab"},
        {"two hosts with both services",
         {{'a', PLAIN, 1, 5}, {'b', PLAIN, 1, 5}, {'A', TLS, 1, 5}, {'B', TLS, 1, 5}},
         {5, 5, 5},
         {21, 16, 11, 0},
         NULL},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct dns_srv_entry entries[8];
        struct script script = {.numbers = rows[i].numbers, .count = 8};
        struct gp_rnd rnd = {.below = next_number, .state = &script};
        char order[9] = "", services[9] = "";
        size_t count = fill(entries, rows[i].entries, GP_ARRAY_LEN(entries));
        dns_srv_order(entries, count, &rnd);
        for (size_t k = 0; k < count; k++) {
            order[k] = (char)entries[k].srv.target.wire[1];
            services[k] = entries[k].service == TLS ? 'T' : 'P';
        }
        if (rows[i].expected ? strcmp(order, rows[i].expected) != 0 : strcmp(services, "TTPP") != 0)
            fail_msg("%s: %s %s", rows[i].name, order, services);
        for (size_t k = 0; k < GP_ARRAY_LEN(rows[i].bounds) && rows[i].bounds[k] > 0; k++)
            if (script.bounds[k] != rows[i].bounds[k])
                fail_msg("%s: draw %zu below %u", rows[i].name, k, script.bounds[k]);
    }
    dns_srv_order(NULL, 0, &gp_rnd_system);
}

/* With the real source: how often each record comes first is its part of the weights. */
static void the_draw_follows_the_weights(void **state)
{
    (void)state;
    enum {
        ROUNDS = 20000
    };
    static const struct entry set[] = {
        {'a', PLAIN, 1, 10}, {'b', PLAIN, 1, 30},    {'c', TLS, 1, 60},
        {'z', PLAIN, 1, 0},  {'l', PLAIN, 2, 65535}, {'\0', PLAIN, 0, 0},
    };
    unsigned first[128] = {0};
    for (int i = 0; i < ROUNDS; i++) {
        struct dns_srv_entry entries[8];
        size_t count = fill(entries, set, GP_ARRAY_LEN(entries));
        dns_srv_order(entries, count, &gp_rnd_system);
        first[entries[0].srv.target.wire[1]]++;
        assert_int_equal(entries[4].srv.priority, 2); /* never before all of priority 1 */
    }
    /* 101 numbers: 0 is z's. The limits are six standard deviations wide. */
    static const struct {
        double part;
        unsigned slack;
        char label;
    } expected[] = {{10 / 101.0, 260, 'a'},
                    {30 / 101.0, 390, 'b'},
                    {60 / 101.0, 420, 'c'},
                    {1 / 101.0, 85, 'z'},
                    {0, 0, 'l'}};
    for (size_t i = 0; i < GP_ARRAY_LEN(expected); i++) {
        double mean = ROUNDS * expected[i].part;
        double seen = first[(unsigned char)expected[i].label];
        if (seen < mean - expected[i].slack || seen > mean + expected[i].slack)
            fail_msg("'%c' was first %.0f times, not about %.0f", expected[i].label, seen, mean);
    }
}

static void records_without_weight_are_drawn_evenly(void **state)
{
    (void)state;
    enum {
        ROUNDS = 12000
    };
    static const struct entry set[] = {
        {'x', PLAIN, 1, 0}, {'y', PLAIN, 1, 0}, {'z', PLAIN, 1, 0}, {'\0', PLAIN, 0, 0}};
    unsigned first[128] = {0};
    for (int i = 0; i < ROUNDS; i++) {
        struct dns_srv_entry entries[4];
        dns_srv_order(entries, fill(entries, set, GP_ARRAY_LEN(entries)), &gp_rnd_system);
        first[entries[0].srv.target.wire[1]]++;
    }
    for (int label = 'x'; label <= 'z'; label++)
        if (first[label] < 3680 || first[label] > 4320)
            fail_msg("'%c' was first %u times", label, first[label]);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_classified),
        cmocka_unit_test(both_services_make_one_plan),
        cmocka_unit_test(services_have_their_names),
        cmocka_unit_test(the_order_is_drawn_as_the_rfc_says),
        cmocka_unit_test(the_draw_follows_the_weights),
        cmocka_unit_test(records_without_weight_are_drawn_evenly),
    };
    return cmocka_run_group_tests_name("dns_srv", tests, NULL, NULL);
}
