/* SPDX-License-Identifier: BSD-2-Clause */
/* A check as a process of its own. It is this program, which says then what it finds itself in. */
#include "tests/unit/unit.h"

#include "check_process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATUS   3
#define TOLD_MAX 1000
#define VARIABLE "GATEPOST_TEST_CHECK_PROCESS"

/* The child. */

static bool is_nowhere(int fd)
{
    struct stat is, nowhere;
    return fstat(fd, &is) == 0 && stat("/dev/null", &nowhere) == 0 && is.st_rdev == nowhere.st_rdev;
}

static int tell(char **arguments)
{
    static const int signals[] = {SIGTERM, SIGPIPE, SIGCHLD};
    sigset_t blocked;
    for (char **argument = arguments; *argument; argument++)
        printf("%s ", *argument);
    printf("\n");
    sigprocmask(SIG_SETMASK, NULL, &blocked);
    for (size_t i = 0; i < GP_ARRAY_LEN(signals); i++) {
        struct sigaction action;
        sigaction(signals[i], NULL, &action);
        if (sigismember(&blocked, signals[i]) || action.sa_handler != SIG_DFL)
            printf("signal %d\n", signals[i]);
    }
    printf("stdin %d stderr %d environment %d\n", !is_nowhere(STDIN_FILENO),
           !is_nowhere(STDERR_FILENO), getenv(VARIABLE) != NULL);
    return STATUS;
}

/* The parent. */

static void read_all(int fd, char text[TOLD_MAX])
{
    size_t len = 0;
    ssize_t got;
    while ((got = read(fd, text + len, TOLD_MAX - 1 - len)) > 0 || (got < 0 && errno == EINTR))
        len += got > 0 ? (size_t)got : 0;
    text[len] = '\0';
    close(fd);
}

static void a_check_has_what_it_needs_and_no_more(void **state)
{
    static const struct {
        enum app_check_words words;
        const char *told;
    } rows[] = {
        {APP_CHECK_TEXT, "gatepost check --config=/etc/some.conf --phase=routine \n"
                         "stdin 0 stderr 1 environment 1\n"},
        {APP_CHECK_JSON, "gatepost check --config=/etc/some.conf --phase=routine --json \n"
                         "stdin 0 stderr 0 environment 0\n"},
    };
    struct sigaction ignored = {.sa_handler = SIG_IGN}, before;
    sigset_t blocked, mask;
    int ends[2], error = dup(STDERR_FILENO);
    (void)state;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    assert_int_equal(sigprocmask(SIG_BLOCK, &blocked, &mask), 0);
    assert_int_equal(sigaction(SIGPIPE, &ignored, &before), 0);
    assert_int_equal(setenv(VARIABLE, "yes", 1), 0);
    assert_int_equal(pipe(ends), 0); /* wherever the stderr of the tests leads */
    assert_true(error >= 0 && dup2(ends[1], STDERR_FILENO) == STDERR_FILENO);
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        char told[TOLD_MAX];
        struct gp_err err = {0};
        pid_t pid;
        int fd, status;
        assert_int_equal(
            app_check_process_start("/etc/some.conf", APP_ROUTINE, rows[i].words, &pid, &fd, &err),
            GP_OK);
        read_all(fd, told);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_string_equal(told, rows[i].told);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == STATUS);
    }
    assert_int_equal(dup2(error, STDERR_FILENO), STDERR_FILENO);
    close(error);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(sigaction(SIGPIPE, &before, NULL), 0);
    assert_int_equal(sigprocmask(SIG_SETMASK, &mask, NULL), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_check_has_what_it_needs_and_no_more),
    };
    return argc > 1 ? tell(argv) : cmocka_run_group_tests_name("check_process", tests, NULL, NULL);
}
