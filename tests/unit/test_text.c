/* SPDX-License-Identifier: BSD-2-Clause */
/* Text from outside, and text for others: XML, JSON, the shell, base64. */
#include "tests/unit/unit.h"

#include "base/base64.h"
#include "base/text.h"

static void utf8_takes_only_what_xml_has(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *bytes;
        bool is_valid;
    } rows[] = {
        {"ascii", "abc\t\r\n", true},
        {"two, three, four bytes", "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80", true},
        {"last permitted", "\xf4\x8f\xbf\xbd", true},
        {"overlong slash", "\xc0\xaf", false},
        {"overlong three", "\xe0\x80\xaf", false},
        {"surrogate", "\xed\xa0\x80", false},
        {"beyond Unicode", "\xf4\x90\x80\x80", false},
        {"no start byte", "\xff", false},
        {"lone continuation", "\x80", false},
        {"U+FFFE", "\xef\xbf\xbe", false},
        {"U+FFFF", "\xef\xbf\xbf", false},
        {"control", "a\x01", false},
        {"escape", "\x1b[31m", false},
        {"cut short", "\xe2\x82", false},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct gp_utf8 whole = {0}, split = {0};
        size_t len = strlen(rows[i].bytes);
        bool ok = gp_utf8_feed(&whole, rows[i].bytes, len) && whole.missing == 0;
        bool ok_split = true;
        for (size_t k = 0; k < len; k++)
            ok_split = ok_split && gp_utf8_feed(&split, rows[i].bytes + k, 1);
        ok_split = ok_split && split.missing == 0;
        if (ok != rows[i].is_valid || ok_split != rows[i].is_valid)
            fail_msg("%s: whole %d, split %d", rows[i].name, ok, ok_split);
    }
    assert_false(gp_text_is_utf8(gp_span_make("a\0b", 3)));
}

static void numbers_are_digits_only(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t max;
        int64_t expected; /* -1: refused */
    } rows[] = {
        {"0", 10, 0},
        {"10", 10, 10},
        {"11", 10, -1},
        {"", 10, -1},
        {"-1", 10, -1},
        {"+1", 10, -1},
        {" 1", 10, -1},
        {"1 ", 10, -1},
        {"0x1", 99, -1},
        {"65535", 65535, 65535},
        {"65536", 65535, -1},
        {"4294967296", UINT32_MAX, -1},
        {"18446744073709551616", UINT64_MAX, -1},
        {"999999999999999999999999999999", UINT64_MAX, -1},
        {"9", 5, -1},
        {"\xd9\xa1", 9, -1}, /* an Arabic digit */
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        uint64_t value = 77;
        enum gp_code code = gp_text_number(gp_span_text(rows[i].text), rows[i].max, &value);
        if ((code == GP_OK) != (rows[i].expected >= 0) ||
            (code == GP_OK && value != (uint64_t)rows[i].expected) ||
            (code != GP_OK && value != 77))
            fail_msg("'%s'", rows[i].text);
    }
}

static void escaped_text_stays_on_its_line(void **state)
{
    (void)state;
    char safe[GP_TEXT_SAFE_MAX];
    assert_string_equal(gp_text_safe(gp_span_text("a\nb\x1b[1m\\"), safe), "a\\x0ab\\x1b[1m\\\\");
    assert_string_equal(gp_text_safe(gp_span_text("\xe2\x80\xae"
                                                  "evil"),
                                     safe),
                        "\\xe2\\x80\\xae"
                        "evil");
    assert_string_equal(gp_text_safe(gp_span_text("b\xc3\xbc"
                                                  "cher"),
                                     safe),
                        "b\xc3\xbc"
                        "cher");
    assert_string_equal(gp_text_safe(gp_span_text("\xff"), safe), "\\xff");
    char longer[5000];
    memset(longer, '\x01', sizeof(longer));
    assert_true(strlen(gp_text_safe(gp_span_make(longer, sizeof(longer)), safe)) < 300);

    struct gp_buf out;
    gp_buf_init(&out, 1000);
    gp_text_json(&out, gp_span_make("\"\\\n\0\xff\xc3\xbc", 7));
    assert_string_equal(gp_buf_text(&out), "\\\"\\\\\\u000a\\u0000\xef\xbf\xbd\xc3\xbc");
    gp_buf_reset(&out);
    gp_text_xml(&out, gp_span_text("<a b='c'>&\"x\""));
    assert_string_equal(gp_buf_text(&out), "&lt;a b=&apos;c&apos;&gt;&amp;&quot;x&quot;");
    gp_buf_finish(&out);
}

static void base64_is_strict(void **state)
{
    (void)state;
    static const struct {
        const char *text, *plain; /* plain NULL: refused */
    } rows[] = {
        {"", ""},       {"YQ==", "a"},      {"YWI=", "ab"}, {"YWJj", "abc"}, {"YWJjZA==", "abcd"},
        {"YR==", NULL}, {"YWJ=", NULL},     {"Y===", NULL}, {"YQ=", NULL},   {"YQ", NULL},
        {"=", NULL},    {"YQ==YQ==", NULL}, {"Y Q=", NULL}, {"YQ\n=", NULL}, {"YW-j", NULL},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        uint8_t out[16];
        size_t len = 0;
        enum gp_code code = gp_base64_decode(gp_span_text(rows[i].text), out, sizeof(out), &len);
        if ((code == GP_OK) != (rows[i].plain != NULL) ||
            (rows[i].plain && !gp_span_is(gp_span_make(out, len), rows[i].plain)))
            fail_msg("'%s'", rows[i].text);
        if (!rows[i].plain)
            continue;
        struct gp_buf back;
        gp_buf_init(&back, 64);
        gp_base64_encode(&back, rows[i].plain, strlen(rows[i].plain));
        assert_string_equal(gp_buf_text(&back), rows[i].text);
        gp_buf_finish(&back);
    }
}

static void words_of_the_shell_mean_themselves(void **state)
{
    (void)state;
    static const struct {
        const char *text, *word;
    } rows[] = {
        {"", "''"},
        {"it's $(a) \"b\\", "'it'\\''s $(a) \"b\\'"},
        {"'", "''\\'''"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct gp_buf out;
        gp_buf_init(&out, 100);
        gp_text_shell(&out, gp_span_text(rows[i].text));
        assert_string_equal(gp_buf_text(&out), rows[i].word);
        gp_buf_finish(&out);
    }
}

static void spans_are_equal_when_their_bytes_are(void **state)
{
    (void)state;
    assert_true(gp_span_equal(gp_span_text("ab"), gp_span_make("abc", 2)));
    assert_true(gp_span_equal(gp_span_text(NULL), gp_span_text("")));
    assert_false(gp_span_equal(gp_span_text("ab"), gp_span_text("abc")));
    assert_false(gp_span_equal(gp_span_text("ab"), gp_span_text("ac")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_takes_only_what_xml_has),
        cmocka_unit_test(numbers_are_digits_only),
        cmocka_unit_test(escaped_text_stays_on_its_line),
        cmocka_unit_test(base64_is_strict),
        cmocka_unit_test(words_of_the_shell_mean_themselves),
        cmocka_unit_test(spans_are_equal_when_their_bytes_are),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
