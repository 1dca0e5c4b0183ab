/* SPDX-License-Identifier: BSD-2-Clause */
#include "check_process.h"

#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <unistd.h>

#define NOWHERE "/dev/null"

/* Returns 0 or an errno, as the functions that it calls. */
static int redirect(posix_spawn_file_actions_t *actions, enum app_check_words words, int output_fd)
{
    int result = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, NOWHERE, O_RDONLY, 0);
    if (result == 0)
        result = posix_spawn_file_actions_adddup2(actions, output_fd, STDOUT_FILENO);
    if (result == 0 && words == APP_CHECK_JSON)
        result = posix_spawn_file_actions_addopen(actions, STDERR_FILENO, NOWHERE, O_WRONLY, 0);
    return result;
}

/* Signals that the caller blocks or ignores are the check's own affair. */
static int free_signals(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int result = posix_spawnattr_setsigmask(attributes, &none);
    if (result == 0)
        result = posix_spawnattr_setsigdefault(attributes, &all);
    return result != 0 ? result
                       : posix_spawnattr_setflags(attributes,
                                                  POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

static int spawn(const char *path, enum app_phase phase, enum app_check_words words, int output_fd,
                 pid_t *ret_pid)
{
    char name[] = "gatepost", command[] = "check", json[] = "--json", config[PATH_MAX + 16],
         phase_option[64];
    char *const arguments[] = {
        name, command, config, phase_option, words == APP_CHECK_JSON ? json : NULL, NULL};
    char *const empty[] = {NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    snprintf(config, sizeof(config), "--config=%s", path);
    snprintf(phase_option, sizeof(phase_option), "--phase=%s", app_phase_name(phase));
    int result = posix_spawn_file_actions_init(&actions);
    if (result != 0)
        return result;
    result = posix_spawnattr_init(&attributes);
    if (result == 0) {
        result = redirect(&actions, words, output_fd);
        if (result == 0)
            result = free_signals(&attributes);
        if (result == 0)
            result = posix_spawn(ret_pid, "/proc/self/exe", &actions, &attributes, arguments,
                                 words == APP_CHECK_JSON ? empty : environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return result;
}

enum gp_code app_check_process_start(const char *path, enum app_phase phase,
                                     enum app_check_words words, pid_t *ret_pid, int *ret_output_fd,
                                     struct gp_err *err)
{
    int ends[2];
    pid_t pid;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return gp_err_system(err, errno, "make a pipe");
    int result = spawn(path, phase, words, ends[1], &pid);
    gp_io_close(&ends[1]);
    if (result != 0) {
        gp_io_close(&ends[0]);
        return gp_err_system(err, result, "start it");
    }
    *ret_pid = pid;
    *ret_output_fd = ends[0];
    return GP_OK;
}
