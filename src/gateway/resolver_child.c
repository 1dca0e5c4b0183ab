/* SPDX-License-Identifier: BSD-2-Clause */
#include "gateway/resolver_child.h"

#include "base/clock.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define APP_RESOLVER_FIRST_FD     3                     /* where the process finds its ends */
#define APP_RESOLVER_ARGS_MAX     (7 + DNS_FORWARD_MAX) /* see make_words() */
#define APP_RESOLVER_ARG_MAX      4200                  /* an option and a path */
#define APP_RESOLVER_RETRY_MIN_MS 100
#define APP_RESOLVER_RETRY_MAX_MS 30000
#define APP_RESOLVER_STEADY_MS \
    60000 /* a process that lived so long was well: the pause starts small again */

struct app_resolver_child {
    struct gp_loop *loop;
    const struct dns_settings *settings;
    size_t count;
    struct gp_log *log;
    app_resolver_fn *fn;
    void *arg;
    pid_t pid; /* -1: none */
    int pidfd; /* readable when it has ended */
    struct gp_watch *watch;
    struct gp_timer *retry;
    int64_t pause_ms;
    int64_t started_ms;
    unsigned restarts;
    int *fds; /* scratch: the workers' ends of a start */
};

/* The words of the command line; all in one block. */
struct words {
    char text[APP_RESOLVER_ARGS_MAX][APP_RESOLVER_ARG_MAX];
    char *list[APP_RESOLVER_ARGS_MAX + 1];
    size_t count;
    bool is_cut; /* something did not fit */
};

static void add_word(struct words *words, const char *format, ...) GP_PRINTF(2, 3);

static void add_word(struct words *words, const char *format, ...)
{
    va_list args;
    if (words->count == APP_RESOLVER_ARGS_MAX) {
        words->is_cut = true;
        return;
    }
    va_start(args, format);
    int len = vsnprintf(words->text[words->count], APP_RESOLVER_ARG_MAX, format, args);
    va_end(args);
    words->is_cut = words->is_cut || len < 0 || len >= APP_RESOLVER_ARG_MAX;
    words->list[words->count] = words->text[words->count];
    words->count++;
}

/* A process that was told only half would resolve in another way than the configuration says. */
static enum gp_code make_words(struct words *words, const struct app_resolver_child *child,
                               struct gp_err *err)
{
    const struct dns_settings *settings = child->settings;
    add_word(words, "gatepost");
    add_word(words, APP_RESOLVER_COMMAND);
    add_word(words, "--channels=%zu", child->count);
    add_word(words, "--timeout-ms=%u", settings->timeout_ms);
    add_word(words, "--cache-bytes=%u", settings->cache_bytes);
    if (settings->trust_anchor_file)
        add_word(words, "--trust-anchor-file=%s", settings->trust_anchor_file);
    if (settings->root_hints)
        add_word(words, "--root-hints=%s", settings->root_hints);
    for (size_t i = 0; i < settings->forward_count; i++) {
        char address[GP_ADDR_TEXT_MAX];
        add_word(words, "--forward=%s", gp_addr_port_text(&settings->forward[i], address));
    }
    return words->is_cut ? gp_err_set(err, GP_ERR_LIMIT,
                                      "start the resolver process: its settings are too long")
                         : GP_OK;
}

static enum gp_code make_pairs(size_t count, int *ours, int *theirs, struct gp_err *err)
{
    for (size_t i = 0; i < count; i++)
        ours[i] = theirs[i] = -1;
    for (size_t i = 0; i < count; i++) {
        int pair[2];
        enum gp_code code = gp_io_message_pair(pair, err);
        if (code != GP_OK)
            return code;
        ours[i] = pair[0];
        theirs[i] = pair[1];
    }
    return GP_OK;
}

static void close_all(int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        gp_io_close(&fds[i]);
}

static void on_ended(void *arg, unsigned ready);

static enum gp_code watch_process(struct app_resolver_child *child, pid_t pid, struct gp_err *err)
{
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (pidfd < 0)
        return gp_err_system(err, errno, "watch the resolver process");
    child->watch = gp_watch_create(child->loop, pidfd, on_ended, child);
    if (!child->watch) {
        gp_io_close(&pidfd);
        return gp_err_nomem(err);
    }
    child->pid = pid;
    child->pidfd = pidfd;
    child->started_ms = gp_clock_mono_ms();
    gp_watch_set(child->watch, GP_READ);
    return GP_OK;
}

/* Starts the program with its ends of the pairs as descriptors 3, 4, ... and nothing else of ours.
 */
static enum gp_code spawn(struct app_resolver_child *child, const int *theirs, pid_t *ret_pid,
                          struct gp_err *err)
{
    struct words *words = calloc(1, sizeof(*words));
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, defaults;
    if (!words)
        return gp_err_nomem(err);
    enum gp_code code = make_words(words, child, err);
    if (code != GP_OK) {
        free(words);
        return code;
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    int result = 0;
    for (size_t i = 0; i < child->count && result == 0; i++)
        result =
            posix_spawn_file_actions_adddup2(&actions, theirs[i], APP_RESOLVER_FIRST_FD + (int)i);
    sigemptyset(&none);
    sigfillset(&defaults);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    char *const environment[] = {NULL};
    if (result == 0)
        result =
            posix_spawn(ret_pid, "/proc/self/exe", &actions, &attributes, words->list, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    free(words);
    return result == 0 ? GP_OK : gp_err_system(err, result, "start the resolver process");
}

/* Moves a descriptor out of the range that the process's own ends will have. */
static enum gp_code lift(int *fds, size_t count, struct gp_err *err)
{
    for (size_t i = 0; i < count; i++) {
        int high = fcntl(fds[i], F_DUPFD_CLOEXEC, APP_RESOLVER_FIRST_FD + (int)count);
        if (high < 0)
            return gp_err_system(err, errno, "descriptors of the resolver process");
        gp_io_close(&fds[i]);
        fds[i] = high;
    }
    return GP_OK;
}

/* On success child->fds holds the workers' ends, which are the caller's. */
static enum gp_code start(struct app_resolver_child *child, struct gp_err *err)
{
    pid_t pid = -1;
    int *theirs = calloc(child->count, sizeof(*theirs));
    if (!theirs)
        return gp_err_nomem(err);
    enum gp_code code = make_pairs(child->count, child->fds, theirs, err);
    if (code == GP_OK)
        code = lift(theirs, child->count, err);
    if (code == GP_OK)
        code = spawn(child, theirs, &pid, err);
    close_all(theirs, child->count);
    free(theirs);
    if (code == GP_OK)
        code = watch_process(child, pid, err);
    if (code != GP_OK) {
        close_all(child->fds, child->count);
        if (pid > 0) {
            kill(pid, SIGKILL);
            waitpid(pid, NULL, 0);
        }
    }
    return code;
}

static void schedule(struct app_resolver_child *child)
{
    if (gp_clock_mono_ms() - child->started_ms >= APP_RESOLVER_STEADY_MS)
        child->pause_ms = 0;
    gp_timer_set(child->retry, child->pause_ms);
    child->pause_ms = child->pause_ms ? child->pause_ms * 2 : APP_RESOLVER_RETRY_MIN_MS;
    if (child->pause_ms > APP_RESOLVER_RETRY_MAX_MS)
        child->pause_ms = APP_RESOLVER_RETRY_MAX_MS;
}

static void on_ended(void *arg, unsigned ready)
{
    struct app_resolver_child *child = arg;
    int status = 0;
    char how[64];
    (void)ready;
    waitpid(child->pid, &status, 0);
    if (WIFSIGNALED(status))
        snprintf(how, sizeof(how), "by signal %d", WTERMSIG(status));
    else
        snprintf(how, sizeof(how), "with status %d", WEXITSTATUS(status));
    gp_watch_destroy(child->watch);
    child->watch = NULL;
    gp_io_close(&child->pidfd);
    child->pid = -1;
    gp_log_write(child->log, GP_LOG_ERROR, "resolver-ended", GP_LOG_NO_FIELDS,
                 "the resolver process ended %s; it is started again, streams go on", how);
    schedule(child);
}

static void on_retry(void *arg)
{
    struct app_resolver_child *child = arg;
    struct gp_err err = {0};
    if (start(child, &err) != GP_OK) {
        gp_log_write(child->log, GP_LOG_ERROR, "resolver-failed", GP_LOG_NO_FIELDS, "%s", err.text);
        schedule(child);
        return;
    }
    child->restarts++;
    gp_log_write(child->log, GP_LOG_NOTICE, "resolver-restarted", GP_LOG_NO_FIELDS,
                 "a new resolver process answers questions");
    child->fn(child->arg, child->fds, child->count);
}

enum gp_code app_resolver_child_create(struct gp_loop *loop, const struct dns_settings *settings,
                                       size_t count, struct gp_log *log, app_resolver_fn *fn,
                                       void *arg, int *ret_fds, struct app_resolver_child **ret,
                                       struct gp_err *err)
{
    struct app_resolver_child *child = calloc(1, sizeof(*child));
    if (!child)
        return gp_err_nomem(err);
    child->loop = loop;
    child->settings = settings;
    child->count = count;
    child->log = log;
    child->fn = fn;
    child->arg = arg;
    child->pid = -1;
    child->pidfd = -1;
    child->retry = gp_timer_create(loop, on_retry, child);
    child->fds = calloc(count, sizeof(*child->fds));
    enum gp_code code = child->retry && child->fds ? start(child, err) : gp_err_nomem(err);
    if (code != GP_OK) {
        app_resolver_child_destroy(child);
        return code;
    }
    memcpy(ret_fds, child->fds, count * sizeof(*ret_fds));
    *ret = child;
    return GP_OK;
}

void app_resolver_child_destroy(struct app_resolver_child *child)
{
    if (!child)
        return;
    gp_watch_destroy(child->watch);
    gp_timer_destroy(child->retry);
    gp_io_close(&child->pidfd);
    if (child->pid > 0) {
        kill(child->pid, SIGKILL); /* it keeps nothing that could be lost */
        waitpid(child->pid, NULL, 0);
    }
    free(child->fds);
    free(child);
}

long app_resolver_child_pid(const struct app_resolver_child *child)
{
    return child->pid;
}

unsigned app_resolver_child_restarts(const struct app_resolver_child *child)
{
    return child->restarts;
}
