/* SPDX-License-Identifier: BSD-2-Clause */
/* What is planned against what a server holds. */
#include "tests/unit/unit.h"

#include "zones/difference.h"

#include <stdio.h>

#define RECORDS_MAX 4

static struct dns_name name_of(const char *text)
{
    struct dns_name name;
    assert_int_equal(dns_name_from_text(text, &name), GP_OK);
    return name;
}

/* text: the target, the address or the issuer; priority and port are of service records; with a
 * port an issuer is whom to tell. */
struct spec {
    const char *text;
    uint32_t ttl_s;
    uint16_t priority, port;
};

static struct zone_record record_of(enum dns_type type, const struct spec *spec)
{
    struct zone_record record = {
        .owner = name_of("x.a.example"), .type = type, .ttl_s = spec->ttl_s};
    if (type == DNS_TYPE_SRV)
        record.data.srv = (struct dns_srv){spec->priority, 0, spec->port, name_of(spec->text)};
    else if (type == DNS_TYPE_CAA)
        record.data.caa = (struct dns_caa){0, gp_span_text(spec->port ? "iodef" : "issue"),
                                           gp_span_text(spec->text)};
    else
        assert_int_equal(gp_addr_parse(spec->text, &record.data.addr), GP_OK);
    return record;
}

static size_t read_records(enum dns_type type, const struct spec *specs, struct zone_record *into)
{
    size_t count = 0;
    for (; count < RECORDS_MAX && specs[count].text; count++)
        into[count] = record_of(type, &specs[count]);
    return count;
}

/* "missing 0, different 1 0, ...": numbers of the planned and of the held record. */
static void say(const struct zone_difference *found, size_t count,
                const struct zone_record *planned, const struct zone_record *held, char text[200])
{
    size_t len = 0;
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        len += (size_t)snprintf(text + len, 200 - len, "%s%s", i > 0 ? ", " : "",
                                zone_difference_text(found[i].kind));
        if (found[i].planned)
            len +=
                (size_t)snprintf(text + len, 200 - len, " p%d", (int)(found[i].planned - planned));
        if (found[i].held)
            len += (size_t)snprintf(text + len, 200 - len, " h%d", (int)(found[i].held - held));
    }
}

static const struct {
    const char *name;
    enum dns_type type;
    const char *held_back;
    struct spec planned[RECORDS_MAX + 1], held[RECORDS_MAX + 1];
    const char *expected;
} cases[] = {
    {"the same",
     DNS_TYPE_SRV,
     NULL,
     {{"gw1.a.example", 300, 10, 5269}},
     {{"gw1.a.example", 300, 10, 5269}},
     ""},
    {"the same in another order",
     DNS_TYPE_A,
     NULL,
     {{"192.0.2.1", 300, 0, 0}, {"192.0.2.2", 300, 0, 0}},
     {{"192.0.2.2", 300, 0, 0}, {"192.0.2.1", 300, 0, 0}},
     ""},
    {"nothing is there",
     DNS_TYPE_A,
     NULL,
     {{"192.0.2.1", 300, 0, 0}},
     {{NULL, 0, 0, 0}},
     "missing p0"},
    {"nothing is planned",
     DNS_TYPE_A,
     NULL,
     {{NULL, 0, 0, 0}},
     {{"192.0.2.1", 300, 0, 0}},
     "extra h0"},
    {"another TTL",
     DNS_TYPE_A,
     NULL,
     {{"192.0.2.1", 300, 0, 0}},
     {{"192.0.2.1", 3600, 0, 0}},
     "ttl p0 h0"},
    {"a longer TTL",
     DNS_TYPE_A,
     NULL,
     {{"192.0.2.1", 3600, 0, 0}},
     {{"192.0.2.1", 300, 0, 0}},
     "ttl p0 h0"},
    {"another tag is about something else",
     DNS_TYPE_CAA,
     NULL,
     {{"ca.example", 300, 0, 0}},
     {{"mailto:ca@a.example", 300, 0, 1}},
     "missing p0, extra h0"},
    {"another address is another one",
     DNS_TYPE_A,
     NULL,
     {{"192.0.2.1", 300, 0, 0}},
     {{"192.0.2.9", 300, 0, 0}},
     "missing p0, extra h0"},
    {"the same target with another port",
     DNS_TYPE_SRV,
     NULL,
     {{"gw1.a.example", 300, 10, 5269}},
     {{"gw1.a.example", 300, 10, 5299}},
     "different p0 h0"},
    {"another target",
     DNS_TYPE_SRV,
     NULL,
     {{"gw1.a.example", 300, 10, 5269}},
     {{"old.a.example", 300, 10, 5269}},
     "missing p0, extra h0"},
    {"what is planned itself is nobody's counterpart",
     DNS_TYPE_SRV,
     NULL,
     {{"gw1.a.example", 300, 10, 5269}, {"gw1.a.example", 300, 20, 5269}},
     {{"gw1.a.example", 300, 20, 5269}},
     "missing p0"},
    {"one counterpart each",
     DNS_TYPE_SRV,
     NULL,
     {{"gw1.a.example", 300, 10, 5269}, {"gw1.a.example", 300, 20, 5269}},
     {{"gw1.a.example", 300, 30, 5269}},
     "different p0 h0, missing p1"},
    {"another issuer",
     DNS_TYPE_CAA,
     NULL,
     {{"ca.example", 300, 0, 0}},
     {{"other.example", 300, 0, 0}},
     "different p0 h0"},
    {"held back and absent is right",
     DNS_TYPE_A,
     "later",
     {{"192.0.2.1", 300, 0, 0}},
     {{NULL, 0, 0, 0}},
     ""},
    {"held back and there",
     DNS_TYPE_A,
     "later",
     {{"192.0.2.1", 300, 0, 0}},
     {{"192.0.2.1", 300, 0, 0}},
     "extra h0"},
};

static void each_difference_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < GP_ARRAY_LEN(cases); i++) {
        struct zone_record planned[RECORDS_MAX], held[RECORDS_MAX];
        struct zone_difference found[2 * RECORDS_MAX];
        char text[200];
        struct zone_set set = {.type = cases[i].type, .held = cases[i].held_back, .after = planned};
        set.after_count = read_records(cases[i].type, cases[i].planned, planned);
        size_t held_count = read_records(cases[i].type, cases[i].held, held);
        say(found, zone_difference_find(&set, held, held_count, found), planned, held, text);
        if (strcmp(text, cases[i].expected) != 0)
            fail_msg("%s: '%s', not '%s'", cases[i].name, text, cases[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_difference_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
