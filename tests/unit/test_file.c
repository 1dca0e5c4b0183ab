/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading and replacing whole files: only such as end, and nothing in between. */
#include "tests/unit/unit.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static enum gp_code read_it(const char *path, struct gp_err *err)
{
    struct gp_buf out;
    gp_buf_init(&out, 4096);
    enum gp_code code = gp_file_read(path, &out, err);
    gp_buf_finish(&out);
    return code;
}

static void what_is_no_file_is_refused_and_not_waited_for(void **state)
{
    (void)state;
    char folder[] = "/tmp/gatepost-file-XXXXXX", pipe_path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(pipe_path, sizeof(pipe_path), "%s/pipe", folder);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    const char *const paths[] = {pipe_path, "/dev/zero"};
    for (size_t i = 0; i < GP_ARRAY_LEN(paths); i++) {
        struct gp_err err = {0};
        assert_int_equal(read_it(paths[i], &err), GP_ERR_SYSTEM);
        assert_non_null(strstr(err.text, paths[i]));
        assert_non_null(strstr(err.text, "no regular file"));
    }
    unlink(pipe_path);
    rmdir(folder);
}

static void who_may_not_read_is_named(void **state)
{
    (void)state;
    struct gp_err err = {0};
    char folder[] = "/tmp/gatepost-file-XXXXXX", path[64], user[32];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/key", folder);
    assert_int_equal(gp_file_replace(path, gp_span_text("secret"), &err), GP_OK);
    assert_int_equal(chmod(path, 0), 0);
    uid_t before = geteuid();
    if (before == 0) /* root may read anything */
        assert_int_equal(seteuid(65534), 0);
    snprintf(user, sizeof(user), "as user %u: ", (unsigned)geteuid());
    enum gp_code code = read_it(path, &err);
    assert_int_equal(seteuid(before), 0);
    assert_int_equal(code, GP_ERR_SYSTEM);
    assert_non_null(strstr(err.text, path));
    assert_non_null(strstr(err.text, user));
    unlink(path);
    rmdir(folder);
}

static void expect_contents(const char *path, const char *expected)
{
    struct gp_buf out;
    gp_buf_init(&out, 4096);
    assert_int_equal(gp_file_read(path, &out, NULL), GP_OK);
    assert_string_equal(gp_buf_text(&out), expected);
    gp_buf_finish(&out);
}

static void a_file_is_replaced_whole_or_left_alone(void **state)
{
    (void)state;
    struct gp_err err = {0};
    char folder[] = "/tmp/gatepost-file-XXXXXX", path[64], link[64], missing[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/report", folder);
    snprintf(link, sizeof(link), "%s/link", folder);
    snprintf(missing, sizeof(missing), "%s/no/report", folder);
    assert_int_equal(gp_file_replace(path, gp_span_text("a longer first text"), &err), GP_OK);
    expect_contents(path, "a longer first text");
    FILE *reader = fopen(path, "r");
    assert_non_null(reader);
    assert_int_equal(gp_file_replace(path, gp_span_text("second"), &err), GP_OK);
    expect_contents(path, "second");
    char seen[64] = "";
    assert_non_null(fgets(seen, sizeof(seen), reader));
    assert_string_equal(seen, "a longer first text"); /* who has it open keeps all of the old one */
    fclose(reader);
    assert_int_equal(symlink(path, link), 0);
    const char *const refused[] = {link, folder, missing, "/dev/null"};
    for (size_t i = 0; i < GP_ARRAY_LEN(refused); i++) {
        assert_int_equal(gp_file_replace(refused[i], gp_span_text("third"), &err), GP_ERR_SYSTEM);
        assert_non_null(strstr(err.text, refused[i]));
    }
    expect_contents(path, "second");
    unlink(link);
    unlink(path);
    assert_int_equal(rmdir(folder), 0); /* nothing is left beside it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_file_is_refused_and_not_waited_for),
        cmocka_unit_test(who_may_not_read_is_named),
        cmocka_unit_test(a_file_is_replaced_whole_or_left_alone),
    };
    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
