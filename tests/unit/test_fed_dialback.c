/* SPDX-License-Identifier: BSD-2-Clause */
/* Dialback keys against the published vectors (spec-digest h.1), and what has no key (T27, T28). */
#include "tests/unit/unit.h"

#include "federation/dialback.h"

static void set_secret(struct gp_secret *secret, const char *text)
{
    *secret = (struct gp_secret){.len = strlen(text)};
    memcpy(secret->bytes, text, secret->len);
}

static const struct {
    const char *secret, *target, *sender, *id, *key;
} vectors[] = {
    /* XEP-0185, 3 */
    {"s3cr3tf0rd14lb4ck", "xmpp.example.com", "example.org", "D60000229F",
     "37c69b1cf07a3f67c04a5ef5902fa5114f2c76fe4a2686482ba5b89323075643"},
    /* XEP-0220, 2.1.1 */
    {"s3cr3tf0rd14lb4ck", "montague.example", "capulet.example", "D60000229F",
     "b4835385f37fe2895af6c196b59097b16862406db80559900d96bf6fa7d23df3"},
    /* XEP-0220, 2.2.2 */
    {"d14lb4ck43v3r", "capulet.example", "montague.example", "417GAF25",
     "225cc5aa6a071133249d25fef42ae516fc7a86c523aa1c6980a7f73e784c972d"},
};

static void keys_are_those_of_the_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < GP_ARRAY_LEN(vectors); i++) {
        struct gp_secret secret;
        char key[FED_DIALBACK_KEY_MAX];
        set_secret(&secret, vectors[i].secret);
        assert_true(fed_dialback_key(&secret, gp_span_text(vectors[i].target),
                                     gp_span_text(vectors[i].sender), gp_span_text(vectors[i].id),
                                     key));
        assert_string_equal(key, vectors[i].key);
    }
}

static void only_the_right_key_passes(void **state)
{
    (void)state;
    static const char right[] = "37c69b1cf07a3f67c04a5ef5902fa5114f2c76fe4a2686482ba5b89323075643";
    static const struct {
        const char *name, *target, *sender, *id, *key;
        bool ok;
    } rows[] = {
        {"right", "xmpp.example.com", "example.org", "D60000229F", right, true},
        {"blanks around", "xmpp.example.com", "example.org", "D60000229F",
         " \r\n\t37c69b1cf07a3f67c04a5ef5902fa5114f2c76fe4a2686482ba5b89323075643\n ", true},
        {"swapped", "example.org", "xmpp.example.com", "D60000229F", right, false},
        {"other id", "xmpp.example.com", "example.org", "D60000229E", right, false},
        {"no key", "xmpp.example.com", "example.org", "D60000229F", "", false},
        {"only blanks", "xmpp.example.com", "example.org", "D60000229F", "  ", false},
        {"cut short", "xmpp.example.com", "example.org", "D60000229F",
         "37c69b1cf07a3f67c04a5ef5902fa5114f2c76fe4a2686482ba5b8932307564", false},
        {"upper case", "xmpp.example.com", "example.org", "D60000229F",
         "37C69B1CF07A3F67C04A5EF5902FA5114F2C76FE4A2686482BA5B89323075643", false},
        {"blank inside", "xmpp.example.com", "example.org", "D60000229F",
         "37c69b1c f07a3f67c04a5ef5902fa5114f2c76fe4a2686482ba5b89323075643", false},
        {"the digest's bytes as key", "xmpp.example.com", "example.org", "D60000229F",
         "4530485cd3f519a56e49b11b294b990ee9697dddaa9e95949e4cb0e64e9f017f", false},
    };
    struct gp_secret secret;
    set_secret(&secret, "s3cr3tf0rd14lb4ck");
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++)
        if (fed_dialback_check(&secret, gp_span_text(rows[i].target), gp_span_text(rows[i].sender),
                               gp_span_text(rows[i].id), gp_span_text(rows[i].key)) != rows[i].ok)
            fail_msg("%s", rows[i].name);
}

static void fields_cannot_run_into_each_other(void **state)
{
    (void)state;
    char longest[FED_DIALBACK_FIELD_MAX + 2];
    memset(longest, 'a', sizeof(longest));
    longest[sizeof(longest) - 1] = '\0';
    const struct {
        const char *name, *target, *sender, *id;
        bool ok;
    } rows[] = {
        {"plain", "a", "b", "c", true},
        {"blank in target", "a b", "c", "d", false},
        {"blank in sender", "a", "b c", "d", false},
        {"blank in id", "a", "b", "c d", false},
        {"tab", "a", "b", "c\td", false},
        {"line feed", "a", "b\n", "c", false},
        {"empty target", "", "b", "c", false},
        {"empty sender", "a", "", "c", false},
        {"empty id", "a", "b", "", false},
        {"absent id", "a", "b", NULL, false},
        {"longest", longest + 1, longest + 1, longest + 1, true},
        {"too long", "a", "b", longest, false},
    };
    struct gp_secret secret;
    set_secret(&secret, "s3cr3tf0rd14lb4ck");
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        char key[FED_DIALBACK_KEY_MAX] = "";
        bool ok = fed_dialback_key(&secret, gp_span_text(rows[i].target),
                                   gp_span_text(rows[i].sender), gp_span_text(rows[i].id), key);
        if (ok != rows[i].ok ||
            fed_dialback_check(&secret, gp_span_text(rows[i].target), gp_span_text(rows[i].sender),
                               gp_span_text(rows[i].id), gp_span_text(key)) != rows[i].ok)
            fail_msg("%s", rows[i].name);
    }
}

static void every_field_and_the_secret_count(void **state)
{
    (void)state;
    static const struct {
        const char *secret, *target, *sender, *id;
    } rows[] = {{"s", "a", "b", "c"},  {"t", "a", "b", "c"}, {"s", "aa", "b", "c"},
                {"s", "a", "bb", "c"}, {"s", "b", "a", "c"}, {"s", "a", "b", "cc"}};
    char keys[GP_ARRAY_LEN(rows)][FED_DIALBACK_KEY_MAX];
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct gp_secret secret;
        set_secret(&secret, rows[i].secret);
        assert_true(fed_dialback_key(&secret, gp_span_text(rows[i].target),
                                     gp_span_text(rows[i].sender), gp_span_text(rows[i].id),
                                     keys[i]));
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(keys[i], keys[k]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_those_of_the_texts),
        cmocka_unit_test(only_the_right_key_passes),
        cmocka_unit_test(fields_cannot_run_into_each_other),
        cmocka_unit_test(every_field_and_the_secret_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
