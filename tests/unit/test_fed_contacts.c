/* SPDX-License-Identifier: BSD-2-Clause */
/* Contacts: who is remembered, for how long, and what makes one. */
#include "tests/unit/unit.h"

#include "federation/contacts.h"
#include "federation/gate.h"

#include <stdio.h>

static struct gp_span key_of(const char *text)
{
    return gp_span_text(text);
}

static void the_longest_unused_goes_first(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        int64_t used_s;
        bool is_news;
        const char *gone; /* NULL: nobody */
    } rows[] = {
        {"a x", 100, true, NULL},
        {"b x", 200, true, NULL},
        {"c x", 150, true, NULL}, /* from elsewhere, and older */
        {"a x", 300, false, NULL},
        {"a x", 300 + FED_CONTACT_REFRESH_S, true, NULL},
        {"a x", 301 + FED_CONTACT_REFRESH_S, false, NULL},
        {"a x", 5, false, NULL}, /* time does not go back */
        {"d x", 210, true, "c x"},
        {"e x", 220, true, "b x"},
        {"f x", 1, true, "f x"}, /* the oldest of all */
    };
    struct fed_contacts contacts;
    fed_contacts_init(&contacts);
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        bool is_news = fed_contacts_note(&contacts, key_of(rows[i].key), rows[i].used_s, 3);
        if (is_news != rows[i].is_news)
            fail_msg("row %zu", i);
        assert_true(contacts.map.count <= 3);
        if (rows[i].gone && fed_contacts_has(&contacts, key_of(rows[i].gone)))
            fail_msg("row %zu: %s is still there", i, rows[i].gone);
    }
    assert_true(fed_contacts_has(&contacts, key_of("a x")));
    assert_true(fed_contacts_has(&contacts, key_of("d x")));
    assert_true(fed_contacts_has(&contacts, key_of("e x")));
    assert_false(fed_contacts_has(&contacts, key_of("a")));
    fed_contacts_finish(&contacts);
}

static void as_many_as_there_may_be(void **state)
{
    (void)state;
    struct fed_contacts contacts;
    char key[40];
    fed_contacts_init(&contacts);
    for (int i = 0; i < 20000; i++) {
        snprintf(key, sizeof(key), "u%d@alpha.example x@beta.example", i);
        assert_true(fed_contacts_note(&contacts, key_of(key), i, 10000));
    }
    assert_int_equal(contacts.map.count, 10000);
    assert_false(fed_contacts_has(&contacts, key_of("u9999@alpha.example x@beta.example")));
    assert_true(fed_contacts_has(&contacts, key_of("u10000@alpha.example x@beta.example")));
    /* a reload may want fewer */
    assert_false(fed_contacts_note(&contacts, key_of(key), 20001, 1));
    assert_int_equal(contacts.map.count, 1);
    fed_contacts_finish(&contacts);
}

static void keys_hold_both_addresses(void **state)
{
    (void)state;
    char key[FED_CONTACT_KEY_MAX];
    struct gp_span made =
        fed_contact_key(key_of("romeo@alpha.example"), key_of("beta.example"), key);
    assert_string_equal(key, "romeo@alpha.example beta.example");
    assert_int_equal(made.len, strlen(key));
}

static void some_stanzas_make_contacts(void **state)
{
    (void)state;
    static const struct {
        enum fed_stanza_kind kind;
        enum fed_stanza_type type;
        bool makes;
    } rows[] = {
        {FED_MESSAGE, FED_TYPE_NONE, true},
        {FED_MESSAGE, FED_TYPE_CHAT, true},
        {FED_MESSAGE, FED_TYPE_ERROR, false},
        {FED_PRESENCE, FED_TYPE_NONE, true},
        {FED_PRESENCE, FED_TYPE_SUBSCRIBE, true},
        {FED_PRESENCE, FED_TYPE_SUBSCRIBED, true},
        {FED_PRESENCE, FED_TYPE_PROBE, true},
        {FED_PRESENCE, FED_TYPE_UNSUBSCRIBE, false},
        {FED_PRESENCE, FED_TYPE_UNSUBSCRIBED, false},
        {FED_PRESENCE, FED_TYPE_UNAVAILABLE, false},
        {FED_PRESENCE, FED_TYPE_ERROR, false},
        {FED_IQ, FED_TYPE_GET, false},
        {FED_IQ, FED_TYPE_SET, false},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++)
        if (fed_gate_makes_contact(rows[i].kind, rows[i].type) != rows[i].makes)
            fail_msg("row %zu", i);
}

static void strangers_of_a_public_partner_wait_to_be_asked(void **state)
{
    (void)state;
    static const struct {
        enum fed_partner_type type;
        struct fed_crossing crossing;
        enum fed_refusal expected;
    } rows[] = {
#define IN  .direction = FED_TO_INSIDE
#define OUT .direction = FED_TO_PARTNER
        {FED_PUBLIC_UNVERIFIED, {IN, .kind = FED_MESSAGE}, FED_REFUSED_CONTACT},
        {FED_PUBLIC_UNVERIFIED,
         {IN, .kind = FED_PRESENCE, .type = FED_TYPE_SUBSCRIBE},
         FED_REFUSED_CONTACT},
        {FED_PUBLIC_UNVERIFIED, {IN, .kind = FED_PRESENCE}, FED_REFUSED_CONTACT},
        {FED_PUBLIC_UNVERIFIED,
         {IN, .kind = FED_MESSAGE, .type = FED_TYPE_ERROR},
         FED_REFUSED_CONTACT},
        {FED_PUBLIC_UNVERIFIED, {IN, .kind = FED_MESSAGE, .is_contact = true}, FED_ADMITTED},
        {FED_PUBLIC_UNVERIFIED, {IN, .kind = FED_IQ, .type = FED_TYPE_GET}, FED_ADMITTED},
        {FED_PUBLIC_UNVERIFIED, {OUT, .kind = FED_MESSAGE}, FED_ADMITTED},
        {FED_PUBLIC_VERIFIED, {IN, .kind = FED_MESSAGE}, FED_ADMITTED},
        {FED_FEDERATED, {IN, .kind = FED_MESSAGE}, FED_ADMITTED},
#undef IN
#undef OUT
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        const struct fed_partner policy = {.kinds = 7, .type = rows[i].type};
        if (fed_gate_stanza(&policy, &rows[i].crossing) != rows[i].expected)
            fail_msg("row %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_unused_goes_first),
        cmocka_unit_test(as_many_as_there_may_be),
        cmocka_unit_test(keys_hold_both_addresses),
        cmocka_unit_test(some_stanzas_make_contacts),
        cmocka_unit_test(strangers_of_a_public_partner_wait_to_be_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
