/* SPDX-License-Identifier: BSD-2-Clause */
/* Files with one domain or user on each line; sets of many names. */
#include "tests/unit/unit.h"

#include "config/lists.h"

#include <stdio.h>

static const struct dns_domain home = {"alpha.example"};

static void lines_become_entries(void **state)
{
    (void)state;
    static const struct {
        app_list_entry_fn *entry;
        const char *text;
        const char *has[3];
        size_t count;
        const char *problem; /* part of the first one; NULL: none */
    } rows[] = {
        {app_list_blocked_domain, "", {NULL}, 0, NULL},
        {app_list_blocked_domain, "\n  \n# all\r\n", {NULL}, 0, NULL},
        {app_list_blocked_domain, "bad.example", {"bad.example"}, 1, NULL},
        {app_list_blocked_domain,
         " BAD.example\t# why\r\nbad.example.\n",
         {"bad.example"},
         1,
         NULL},
        {app_list_blocked_domain,
         ".Bad.example\nb\xc3\xbc"
         "cher.example",
         {".bad.example", "xn--bcher-kva.example"},
         2,
         NULL},
        {app_list_blocked_domain,
         "a.example\n\n*.bad.example\n",
         {NULL},
         0,
         "list:3: '*.bad.example' has a star"},
        {app_list_blocked_domain, "a b\n", {NULL}, 0, "list:1: "},
        {app_list_blocked_domain, ".\n", {NULL}, 0, "list:1: "},
        {app_list_blocked_domain, "..a.example\n", {NULL}, 0, "list:1: "},
        {app_list_blocked_domain, "\xff.example\n", {NULL}, 0, "no UTF-8"},
        {app_list_blocked_domain, "romeo@bad.example\n", {NULL}, 0, "list:1: "},
        {app_list_home_user,
         "Romeo@ALPHA.example\njuliet@alpha.example",
         {"romeo@alpha.example", "juliet@alpha.example"},
         2,
         NULL},
        {app_list_home_user,
         "\xef\xbb\xbfromeo@alpha.example\r\n",
         {"romeo@alpha.example"},
         1,
         NULL},
        {app_list_blocked_domain, "\xef\xbb\xbf.bad.example\r\n", {".bad.example"}, 1, NULL},
        {app_list_home_user, "romeo@beta.example", {NULL}, 0, "is of another domain"},
        {app_list_home_user, "sip:romeo@alpha.example", {NULL}, 0, "characters that no user has"},
        {app_list_home_user, "\"romeo\"@alpha.example", {NULL}, 0, "characters that no user has"},
        {app_list_home_user, "a romeo@alpha.example", {NULL}, 0, "characters that no user has"},
        {app_list_home_user, "alpha\\romeo", {NULL}, 0, "has no user"},
        {app_list_home_user, "romeo@alpha.example/x", {NULL}, 0, "has a resource"},
        {app_list_home_user, "alpha.example", {NULL}, 0, "has no user"},
        {app_list_home_user, "romeo", {NULL}, 0, "has no user"},
        {app_list_home_user, "@alpha.example", {NULL}, 0, "list:1: "},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct gp_names names = {.bytes = NULL};
        struct app_problems problems;
        struct gp_err first = {0};
        app_problems_init(&problems, "gatepost.conf", NULL, &first);
        app_list_parse(gp_span_text(rows[i].text), "list", rows[i].entry, &home, 7, "an option",
                       &names, &problems);
        if ((problems.count > 0) != (rows[i].problem != NULL))
            fail_msg("row %zu: %s", i, first.text);
        if (rows[i].problem && (!strstr(first.text, rows[i].problem) ||
                                !strstr(first.text, "gatepost.conf:7: an option: list:")))
            fail_msg("row %zu: %s", i, first.text);
        if (!rows[i].problem)
            assert_int_equal(names.count, rows[i].count);
        for (size_t k = 0; k < 3 && rows[i].has[k]; k++)
            assert_true(gp_names_has(&names, gp_span_text(rows[i].has[k])));
        gp_names_finish(&names);
        app_problems_finish(&problems);
    }
}

static void wrong_lines_are_told_up_to_a_number(void **state)
{
    (void)state;
    struct gp_names names = {.bytes = NULL};
    struct app_problems problems;
    struct gp_err first = {0};
    app_problems_init(&problems, "gatepost.conf", NULL, &first);
    app_list_parse(gp_span_text("*\n*\n*\n*\n*\n*\n*\n"), "list", app_list_blocked_domain, NULL, 1,
                   "x", &names, &problems);
    assert_int_equal(problems.count, 6); /* the last one: that the rest was not looked at */
    gp_names_finish(&names);
    app_problems_finish(&problems);
}

static void as_many_entries_as_there_may_be(void **state)
{
    (void)state;
    struct gp_buf text;
    struct gp_names names = {.bytes = NULL};
    struct app_problems problems;
    struct gp_err first = {0};
    char name[40];
    gp_buf_init(&text, APP_LIST_BYTES_MAX);
    for (int i = 0; i < APP_LIST_ENTRIES_MAX; i++)
        gp_buf_printf(&text, "d%d.example\n", (int)(i * 7919LL % APP_LIST_ENTRIES_MAX));
    app_problems_init(&problems, "gatepost.conf", NULL, &first);
    app_list_parse(gp_buf_span(&text), "list", app_list_blocked_domain, NULL, 1, "x", &names,
                   &problems);
    assert_int_equal(problems.count, 0);
    assert_int_equal(names.count, APP_LIST_ENTRIES_MAX);
    assert_true(names.cap + names.room * sizeof(*names.places) < 40000000);
    for (int i = 0; i < APP_LIST_ENTRIES_MAX; i += 997) {
        snprintf(name, sizeof(name), "d%d.example", i);
        assert_true(gp_names_has(&names, gp_span_text(name)));
        snprintf(name, sizeof(name), "d%d.exampl", i);
        assert_false(gp_names_has(&names, gp_span_text(name)));
    }
    gp_buf_reset(&text);
    gp_buf_append_text(&text, "one.more.example\n");
    app_list_parse(gp_buf_span(&text), "list", app_list_blocked_domain, NULL, 1, "x", &names,
                   &problems);
    assert_true(strstr(first.text, "more than 1000000") != NULL);
    gp_names_finish(&names);
    gp_buf_finish(&text);
    app_problems_finish(&problems);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_become_entries),
        cmocka_unit_test(wrong_lines_are_told_up_to_a_number),
        cmocka_unit_test(as_many_entries_as_there_may_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
