/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading whole files: only such as end. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_file_is_refused_and_not_waited_for),
    };
    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
