/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands/export_check.h"

#include "base/buf.h"
#include "base/io.h"
#include "exit_codes.h"
#include "readiness/judge/check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define REPORT_BYTES_MAX (16 * 1048576)

static enum app_phase phase_of(enum zone_profile profile)
{
    switch (profile) {
    case ZONE_PREPARE:
        return APP_PREPARE;
    case ZONE_SWITCH:
        return APP_GATE;
    case ZONE_STEADY:
        break;
    }
    return APP_DECOMMISSION;
}

static int fail(int error, const char *what)
{
    fprintf(stderr, "gatepost export: --if-ready: %s: %s\n", what, strerror(error));
    return APP_EXIT_UNKNOWN;
}

/* The check is the command itself, so that both say the same. Returns 0 or an errno. */
static int start(const char *path, enum app_phase phase, int output, pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    char name[] = "gatepost", command[] = "check", config[PATH_MAX + 16], phase_option[64];
    char *const words[] = {name, command, config, phase_option, NULL};
    snprintf(config, sizeof(config), "--config=%s", path);
    snprintf(phase_option, sizeof(phase_option), "--phase=%s", app_phase_name(phase));
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0)
        return error;
    error = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (error == 0)
        error = posix_spawn(ret_pid, "/proc/self/exe", &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static void read_all(int fd, struct gp_buf *into)
{
    char block[4096];
    for (;;) {
        ssize_t len = read(fd, block, sizeof(block));
        if (len > 0)
            gp_buf_append(into, block, (size_t)len);
        else if (len == 0 || errno != EINTR)
            return;
    }
}

static int exit_status_of(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return fail(errno, "wait for the check");
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    fprintf(stderr, "gatepost export: --if-ready: the check was ended by signal %d\n",
            WTERMSIG(status));
    return APP_EXIT_UNKNOWN;
}

int app_export_check(const char *path, enum zone_profile profile)
{
    enum app_phase phase = phase_of(profile);
    struct gp_buf report;
    int ends[2];
    pid_t pid = -1;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return fail(errno, "a pipe for the check");
    int error = start(path, phase, ends[1], &pid);
    gp_io_close(&ends[1]);
    gp_buf_init(&report, REPORT_BYTES_MAX);
    if (error == 0)
        read_all(ends[0], &report);
    gp_io_close(&ends[0]);
    int status = error == 0 ? exit_status_of(pid) : fail(error, "start the check");
    if (status != APP_EXIT_OK) {
        fwrite(gp_buf_span(&report).at, 1, gp_buf_len(&report), stderr);
        fprintf(stderr, "gatepost export: not ready in the phase %s: nothing is printed\n",
                app_phase_name(phase));
    }
    gp_buf_finish(&report);
    return status;
}
