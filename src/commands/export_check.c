/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands/export_check.h"

#include "base/buf.h"
#include "base/io.h"
#include "check_process.h"
#include "exit_codes.h"

#include <errno.h>
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

static int fail(const char *why)
{
    fprintf(stderr, "gatepost export: --if-ready: the check: %s\n", why);
    return APP_EXIT_UNKNOWN;
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
    char how[80];
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return fail(strerror(errno));
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    snprintf(how, sizeof(how), "it was ended by signal %d", WTERMSIG(status));
    return fail(how);
}

int app_export_check(const char *path, enum zone_profile profile)
{
    enum app_phase phase = phase_of(profile);
    struct gp_buf report;
    struct gp_err err;
    int output_fd;
    pid_t pid;
    if (app_check_process_start(path, phase, APP_CHECK_TEXT, &pid, &output_fd, &err) != GP_OK)
        return fail(err.text);
    gp_buf_init(&report, REPORT_BYTES_MAX);
    read_all(output_fd, &report);
    gp_io_close(&output_fd);
    int status = exit_status_of(pid);
    if (status != APP_EXIT_OK) {
        fwrite(gp_buf_span(&report).at, 1, gp_buf_len(&report), stderr);
        fprintf(stderr, "gatepost export: not ready in the phase %s: nothing is printed\n",
                app_phase_name(phase));
    }
    gp_buf_finish(&report);
    return status;
}
