/* SPDX-License-Identifier: BSD-2-Clause */
/* Who may connect at all: each bound alone, one place and another, and the share of a worker. */
#include "tests/unit/unit.h"

#include "federation/admission.h"

#define PLACES_MAX 65536 /* as in admission.c */

static struct gp_addr addr_of(const char *text)
{
    struct gp_addr addr;
    assert_int_equal(gp_addr_parse(text, &addr), GP_OK);
    return addr;
}

static const struct fed_limits wide = {.connections = 1000,
                                       .connections_per_address = 1000,
                                       .accepts_per_minute = 1000,
                                       .verifies = 1000,
                                       .verifies_per_address = 1000};

static enum gp_code enter(struct fed_admission *admission, const char *text, int64_t now_ms)
{
    struct gp_addr addr = addr_of(text);
    return fed_admission_enter(admission, &addr, false, now_ms, NULL);
}

static void leave(struct fed_admission *admission, const char *text)
{
    struct gp_addr addr = addr_of(text);
    fed_admission_leave(admission, &addr);
}

/* Enters from the places until one is refused; they are used in turn. */
static size_t admitted(struct fed_admission *admission, const char *const *places, size_t count,
                       const char *sentence)
{
    struct gp_err err = {0};
    for (size_t i = 0; i < 10000; i++) {
        struct gp_addr addr = addr_of(places[i % count]);
        if (fed_admission_enter(admission, &addr, false, 0, &err) != GP_OK) {
            assert_int_equal(err.code, GP_ERR_LIMIT);
            assert_non_null(strstr(err.text, sentence));
            return i;
        }
    }
    return SIZE_MAX;
}

#define LIMIT(field) offsetof(struct fed_limits, field)

static void each_bound_holds(void **state)
{
    (void)state;
    static const struct {
        const char *name; /* of the option, in the sentence */
        size_t field;
        uint32_t value;
        unsigned workers;
        const char *places[3];
        size_t place_count, expected;
    } rows[] = {
        {"{ connections = 5 }", LIMIT(connections), 5, 1, {"192.0.2.1", "192.0.2.2", "::2"}, 3, 5},
        {"{ connections = 5 }", LIMIT(connections), 5, 2, {"192.0.2.1", "192.0.2.2"}, 2, 3},
        {"{ connections-per-address = 4 }",
         LIMIT(connections_per_address),
         4,
         1,
         {"192.0.2.1"},
         1,
         4},
        {"{ connections-per-address = 4 }",
         LIMIT(connections_per_address),
         4,
         1,
         {"192.0.2.1", "192.0.2.2"},
         2,
         8},
        {"{ connections-per-address = 4 }",
         LIMIT(connections_per_address),
         4,
         1,
         {"2001:db8::1", "2001:db8::ffff:0:0:1"},
         2,
         4},
        {"{ connections-per-address = 4 }",
         LIMIT(connections_per_address),
         4,
         1,
         {"2001:db8::1", "2001:db8:0:1::1"},
         2,
         8},
        {"{ connections-per-address = 4 }",
         LIMIT(connections_per_address),
         4,
         3,
         {"192.0.2.1"},
         1,
         2},
        {"{ accepts-per-minute = 6 }", LIMIT(accepts_per_minute), 6, 1, {"192.0.2.1"}, 1, 6},
        /* the same four bytes in front, of another family */
        {"{ accepts-per-minute = 6 }",
         LIMIT(accepts_per_minute),
         6,
         1,
         {"32.1.13.184", "2001:db8::"},
         2,
         12},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct fed_limits limits = wide;
        struct fed_admission admission;
        memcpy((char *)&limits + rows[i].field, &rows[i].value, sizeof(rows[i].value));
        fed_admission_init(&admission, &limits, rows[i].workers);
        size_t count = admitted(&admission, rows[i].places, rows[i].place_count, rows[i].name);
        if (count != rows[i].expected)
            fail_msg("row %zu: %zu", i, count);
        fed_admission_finish(&admission);
    }
}

static void who_leaves_makes_room(void **state)
{
    (void)state;
    struct fed_limits limits = wide;
    struct fed_admission admission;
    limits.connections = 3;
    limits.connections_per_address = 2;
    fed_admission_init(&admission, &limits, 1);
    assert_int_equal(enter(&admission, "192.0.2.1", 0), GP_OK);
    assert_int_equal(enter(&admission, "192.0.2.1", 0), GP_OK);
    assert_int_equal(enter(&admission, "192.0.2.1", 0), GP_ERR_LIMIT);
    assert_int_equal(enter(&admission, "192.0.2.2", 0), GP_OK);
    assert_int_equal(enter(&admission, "192.0.2.3", 0), GP_ERR_LIMIT);
    leave(&admission, "192.0.2.2");
    assert_int_equal(enter(&admission, "192.0.2.1", 0), GP_ERR_LIMIT); /* its own bound */
    leave(&admission, "192.0.2.1");
    assert_int_equal(enter(&admission, "192.0.2.1", 0), GP_OK);
    assert_int_equal(admission.connections, 2);
    fed_admission_finish(&admission);
}

static void a_minute_begins_anew(void **state)
{
    (void)state;
    struct fed_limits limits = wide;
    struct fed_admission admission;
    limits.accepts_per_minute = 2;
    fed_admission_init(&admission, &limits, 1);
    assert_int_equal(enter(&admission, "192.0.2.1", 1000), GP_OK);
    assert_int_equal(enter(&admission, "192.0.2.1", 60999), GP_OK);
    leave(&admission, "192.0.2.1"); /* gives no accept back */
    assert_int_equal(enter(&admission, "192.0.2.1", 60999), GP_ERR_LIMIT);
    assert_int_equal(enter(&admission, "192.0.2.1", 61000), GP_OK);
    assert_int_equal(enter(&admission, "192.0.2.1", 61000), GP_OK);
    assert_int_equal(enter(&admission, "192.0.2.1", 61000), GP_ERR_LIMIT);
    fed_admission_finish(&admission);
}

static void what_is_awaited_is_bounded_in_total_alone(void **state)
{
    (void)state;
    struct fed_limits limits = wide;
    struct fed_admission admission;
    struct gp_addr addr = addr_of("192.0.2.1");
    struct gp_err err = {0};
    limits.connections = 3;
    limits.connections_per_address = limits.accepts_per_minute = 1;
    fed_admission_init(&admission, &limits, 1);
    assert_int_equal(fed_admission_enter(&admission, &addr, true, 0, &err), GP_OK);
    assert_int_equal(fed_admission_enter(&admission, &addr, true, 0, &err), GP_OK);
    assert_int_equal(fed_admission_enter(&admission, &addr, false, 0, &err), GP_ERR_LIMIT);
    assert_int_equal(fed_admission_enter(&admission, &addr, true, 0, &err), GP_OK);
    assert_int_equal(fed_admission_enter(&admission, &addr, true, 0, &err), GP_ERR_LIMIT);
    for (size_t i = 0; i < 3; i++)
        fed_admission_leave(&admission, &addr);
    fed_admission_finish(&admission);
}

static void verifications_are_bounded(void **state)
{
    (void)state;
    struct fed_limits limits = wide;
    struct fed_admission admission;
    struct gp_err err = {0};
    struct gp_addr one = addr_of("192.0.2.1"), other = addr_of("192.0.2.2");
    limits.verifies = 3;
    limits.verifies_per_address = 2;
    fed_admission_init(&admission, &limits, 1);
    assert_int_equal(enter(&admission, "192.0.2.1", 0), GP_OK);
    assert_int_equal(enter(&admission, "192.0.2.2", 0), GP_OK);
    assert_int_equal(fed_admission_verify(&admission, &one, &err), GP_OK);
    assert_int_equal(fed_admission_verify(&admission, &one, &err), GP_OK);
    assert_int_equal(fed_admission_verify(&admission, &one, &err), GP_ERR_LIMIT);
    assert_non_null(strstr(err.text, "{ verifies-per-address = 2 }"));
    assert_int_equal(fed_admission_verify(&admission, &other, &err), GP_OK);
    assert_int_equal(fed_admission_verify(&admission, &other, &err), GP_ERR_LIMIT);
    assert_non_null(strstr(err.text, "{ verifies = 3 }"));
    fed_admission_verified(&admission, &one);
    assert_int_equal(fed_admission_verify(&admission, &other, &err), GP_OK);
    assert_int_equal(fed_admission_verify(&admission, &one, &err), GP_ERR_LIMIT);
    fed_admission_finish(&admission);
}

/* Connects once from each of as many places; they are gone again at once. */
static void pass_by(struct fed_admission *admission, uint32_t count, int64_t now_ms)
{
    for (uint32_t i = 0; i < count; i++) {
        struct gp_addr addr = {.family = GP_IPV4, .bytes = {10, (uint8_t)(i >> 16)}};
        addr.bytes[2] = (uint8_t)(i >> 8);
        addr.bytes[3] = (uint8_t)i;
        assert_int_equal(fed_admission_enter(admission, &addr, false, now_ms, NULL), GP_OK);
        fed_admission_leave(admission, &addr);
    }
}

/* A flood of addresses costs bounded memory, and no place that is connected is forgotten. */
static void places_are_bounded(void **state)
{
    (void)state;
    struct fed_limits limits = wide;
    struct fed_admission admission;
    fed_admission_init(&admission, &limits, 1);
    assert_int_equal(enter(&admission, "192.0.2.1", 0), GP_OK);
    pass_by(&admission, PLACES_MAX - 1, 0);
    assert_int_equal(enter(&admission, "192.0.2.2", 59999), GP_ERR_LIMIT);
    assert_int_equal(enter(&admission, "10.0.0.0", 59999), GP_OK); /* is known */
    leave(&admission, "10.0.0.0");
    assert_int_equal(enter(&admission, "192.0.2.2", 60000), GP_OK);
    assert_true(admission.places.count < PLACES_MAX);
    leave(&admission, "192.0.2.1");
    leave(&admission, "192.0.2.2");
    assert_int_equal(admission.connections, 0);
    fed_admission_finish(&admission);
}

/* Nobody takes a place of another partner's, and what is left can be taken again. */
static void partners_are_bounded(void **state)
{
    (void)state;
    struct fed_admission admission;
    const struct dns_domain beta = {"beta.example"}, gamma = {"gamma.example"};
    fed_admission_init(&admission, &wide, 2);
    for (int i = 0; i < 3; i++) /* this worker's part of 5 */
        assert_int_equal(fed_admission_join(&admission, &beta, 5), GP_OK);
    assert_int_equal(fed_admission_join(&admission, &beta, 5), GP_ERR_LIMIT);
    assert_int_equal(fed_admission_join(&admission, &gamma, 5), GP_OK);
    fed_admission_part(&admission, &beta);
    assert_int_equal(fed_admission_join(&admission, &beta, 5), GP_OK);
    assert_int_equal(fed_admission_join(&admission, &beta, 5), GP_ERR_LIMIT);
    assert_int_equal(fed_admission_join(&admission, &beta, 7), GP_OK); /* raised by a reload */
    for (int i = 0; i < 4; i++)
        fed_admission_part(&admission, &beta);
    assert_int_equal(admission.partners.count, 1);
    fed_admission_finish(&admission);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_bound_holds),
        cmocka_unit_test(who_leaves_makes_room),
        cmocka_unit_test(a_minute_begins_anew),
        cmocka_unit_test(what_is_awaited_is_bounded_in_total_alone),
        cmocka_unit_test(verifications_are_bounded),
        cmocka_unit_test(places_are_bounded),
        cmocka_unit_test(partners_are_bounded),
    };
    return cmocka_run_group_tests_name("fed_admission", tests, NULL, NULL);
}
