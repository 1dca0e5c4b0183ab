/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the lines of a text are broken. */
#include "tests/unit/unit.h"

#include "readiness/report/writing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void lines_end_where_the_terminal_does(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t width, indent;
        const char *begin, *line, *expected;
    } rows[] = {
        {"no terminal", 0, 9, "FAIL  ", "one two", "FAIL  one two\n"},
        {"fits to the last column", 40, 9, "FAIL  ", "1234567890 1234567890 123456789012",
         "FAIL  1234567890 1234567890 123456789012\n"},
        {"one column more", 40, 9, "FAIL  ", "1234567890 1234567890 1234567890123",
         "FAIL  1234567890 1234567890\n         1234567890123\n"},
        {"more lines", 30, 6, "", "1234567890 1234567890 1234567890 1234567890 1234567890",
         "1234567890 1234567890\n      1234567890 1234567890\n      1234567890\n"},
        {"a long word", 30, 4, "", "a 123456789012345678901234567890123 b",
         "a\n    123456789012345678901234567890123\n    b\n"},
        {"a long word at the begin", 30, 4, "    ", "12345678901234567890123456789 b",
         "    12345678901234567890123456789\n    b\n"},
        {"a character is a column", 30, 4, "",
         "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4 "
         "1234567890 "
         "12345678",
         "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4 "
         "1234567890 "
         "12345678\n"},
        {"room beside the indent", 40, 16, "", "1234567890 1234567890 1234567890 12",
         "1234567890 1234567890 1234567890 12\n"},
        {"just enough beside it", 40, 16, "", "1234567890 1234567890 1234567890 1234567",
         "1234567890 1234567890 1234567890 1234567\n"},
        {"least beside it", 40, 16, "", "1234567890 1234567890 1234567890 12345678",
         "1234567890 1234567890 1234567890\n                12345678\n"},
        {"too little beside it", 40, 17, "", "1234567890 1234567890 1234567890 12345678",
         "1234567890 1234567890 1234567890\n    12345678\n"},
        {"the begin is as wide as all", 30, 4, "123456789012345678901234567890", "a b",
         "123456789012345678901234567890a\n    b\n"},
        {"nothing", 40, 4, "FAIL", "", "FAIL\n"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        const struct app_report report = {.width = rows[i].width};
        struct app_text text;
        char *printed = NULL;
        size_t len = 0;
        FILE *to = open_memstream(&printed, &len);
        assert_non_null(to);
        app_text_init(&text, &report, to);
        for (int line = 0; line < 2; line++) {
            app_text_begin_line(&text, "%s", rows[i].begin);
            gp_buf_append_text(&text.line, rows[i].line);
            app_text_end_line(&text, rows[i].indent);
        }
        fclose(to);
        assert_int_equal(text.code, GP_OK);
        size_t half = strlen(rows[i].expected);
        if (len != 2 * half || strncmp(printed, rows[i].expected, half) != 0 ||
            strcmp(printed + half, rows[i].expected) != 0)
            fail_msg("%s:\n%s", rows[i].name, printed);
        app_text_finish(&text);
        free(printed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_end_where_the_terminal_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
