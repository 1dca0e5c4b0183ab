/* SPDX-License-Identifier: BSD-2-Clause */
#include "gateway/routine.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/rnd.h"
#include "check_process.h"
#include "gateway/status_rows.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_BYTES_MAX (64 * 1048576) /* a thousand domains come to 20 MiB */
#define RESULT_BYTES_MAX (64 * 1024)
#define FINDINGS_MAX     50    /* that are kept; the rest is counted */
#define GRACE_MS         10000 /* beyond the check's own deadline: to start, judge and print */
#define TEXT_MAX         400

struct finding {
    const char *status, *id, *subject, *sentence;
};

/* What the last check said. */
struct result {
    struct gp_arena arena;
    const char *verdict; /* NULL: none has come to its end yet */
    const char *time;
    size_t count, left; /* kept, and not */
    struct finding findings[FINDINGS_MAX];
};

struct app_routine {
    struct gp_loop *loop;
    struct gp_log *log;
    const struct app_config *config;
    uint32_t interval_ms;      /* of it: the one before is gone when the next one comes */
    struct gp_timer *next;     /* when one starts */
    struct gp_timer *deadline; /* of the one that is under way */
    pid_t pid;                 /* -1: none */
    int pidfd, output_fd;
    struct gp_watch *ended, *output;
    struct gp_buf text; /* what it has printed */
    bool is_late;       /* it was killed at its deadline */
    struct result last;
    int64_t failed_s;       /* when the latest one came to nothing; 0: it did not */
    char trouble[TEXT_MAX]; /* and why */
};

static void on_ended(void *arg, unsigned ready);
static void on_output(void *arg, unsigned ready);

/* Between three and five quarters of the interval, so that gateways that started together do not
 * all look at once. */
static void schedule(struct app_routine *routine)
{
    uint32_t interval_ms = routine->interval_ms;
    if (interval_ms == 0)
        gp_timer_clear(routine->next);
    else
        gp_timer_set(routine->next, (int64_t)interval_ms * 3 / 4 +
                                        gp_rnd_below(&gp_rnd_system, interval_ms / 2 + 1));
}

static void fail(struct app_routine *routine, const char *why)
{
    routine->failed_s = gp_clock_wall_s();
    snprintf(routine->trouble, sizeof(routine->trouble), "%s", why);
    gp_log_write(routine->log, GP_LOG_WARNING, "check-failed", GP_LOG_NO_FIELDS,
                 "the routine check came to nothing: %s", why);
}

/* The process. */

/* Without these nobody would hear of its end. */
static enum gp_code watch(struct app_routine *routine, struct gp_err *err)
{
    routine->pidfd = (int)syscall(SYS_pidfd_open, routine->pid, 0);
    if (routine->pidfd < 0)
        return gp_err_system(err, errno, "watch it");
    routine->ended = gp_watch_create(routine->loop, routine->pidfd, on_ended, routine);
    routine->output = gp_watch_create(routine->loop, routine->output_fd, on_output, routine);
    if (!routine->ended || !routine->output)
        return gp_err_nomem(err);
    gp_watch_set(routine->ended, GP_READ);
    gp_watch_set(routine->output, GP_READ);
    gp_timer_set(routine->deadline, (int64_t)routine->config->check_timeout_ms + GRACE_MS);
    return GP_OK;
}

/* No process is left, nor anything of one. */
static void clear(struct app_routine *routine)
{
    gp_timer_clear(routine->deadline);
    gp_watch_destroy(routine->ended);
    gp_watch_destroy(routine->output);
    routine->ended = routine->output = NULL;
    gp_io_close(&routine->pidfd);
    gp_io_close(&routine->output_fd);
    gp_buf_finish(&routine->text);
    routine->pid = -1;
    routine->is_late = false;
}

static void end(struct app_routine *routine)
{
    if (routine->pid > 0) {
        kill(routine->pid, SIGKILL);
        waitpid(routine->pid, NULL, 0);
    }
    clear(routine);
}

static enum gp_code start(struct app_routine *routine, struct gp_err *err)
{
    enum gp_code code = app_check_process_start(routine->config->path, APP_ROUTINE, APP_CHECK_JSON,
                                                &routine->pid, &routine->output_fd, err);
    if (code != GP_OK)
        return code;
    (void)fcntl(routine->output_fd, F_SETFL, O_NONBLOCK);
    code = watch(routine, err);
    if (code != GP_OK)
        end(routine);
    return code;
}

static void on_next(void *arg)
{
    struct app_routine *routine = arg;
    struct gp_err err = {0};
    if (start(routine, &err) == GP_OK)
        return; /* its end schedules the next one */
    fail(routine, err.text);
    schedule(routine);
}

static void on_deadline(void *arg)
{
    struct app_routine *routine = arg;
    routine->is_late = true;
    kill(routine->pid, SIGKILL); /* on_ended() follows */
}

/* What it says. */

static const char *keep(struct result *result, const struct app_json *node, const char *key)
{
    char safe[GP_TEXT_SAFE_MAX];
    const char *text = app_json_get_text(node, key, "");
    const char *kept =
        gp_arena_text(&result->arena, gp_text_safe(gp_span_make(text, strlen(text)), safe));
    return kept ? kept : "";
}

/* A sentence may be long, and is printable already. */
static const char *keep_sentence(struct result *result, const struct app_json *node,
                                 const char *key)
{
    char text[TEXT_MAX];
    snprintf(text, sizeof(text), "%s", app_json_get_text(node, key, ""));
    const char *kept = gp_arena_text(&result->arena, text);
    return kept ? kept : "";
}

static bool wants_attention(const char *status)
{
    static const char *const words[] = {"FAIL", "WAIT", "UNKNOWN", "WARN"};
    for (size_t i = 0; i < GP_ARRAY_LEN(words); i++)
        if (strcmp(status, words[i]) == 0)
            return true;
    return false;
}

static void take_findings(struct result *result, const struct app_json *checks)
{
    for (size_t i = 0; i < app_json_count(checks); i++) {
        const struct app_json *at = app_json_at(checks, i);
        if (!wants_attention(app_json_get_text(at, "status", "")))
            continue;
        if (result->count == FINDINGS_MAX) {
            result->left++;
            continue;
        }
        result->findings[result->count++] = (struct finding){
            .status = keep(result, at, "status"),
            .id = keep(result, at, "id"),
            .subject = keep_sentence(result, at, "subject"),
            .sentence = keep_sentence(result, at, "sentence"),
        };
    }
}

static void tell(const struct app_routine *routine, const char *before)
{
    const struct result *last = &routine->last;
    bool is_ready = strcmp(last->verdict, "READY") == 0;
    if (before[0] ? strcmp(before, last->verdict) == 0 : is_ready)
        return;
    const struct finding *first = last->count > 0 ? &last->findings[0] : NULL;
    gp_log_write(routine->log, is_ready ? GP_LOG_NOTICE : GP_LOG_WARNING, "check-verdict",
                 GP_LOG_FIELDS({"verdict", last->verdict}), "the routine check says %s%s%s%s%s%s%s",
                 last->verdict, first ? ": " : "", first ? first->id : "", first ? " " : "",
                 first ? first->subject : "", first ? ": " : "", first ? first->sentence : "");
}

/* NULL, or why it is of no use. */
static const char *take_result(struct app_routine *routine)
{
    struct app_json *report = NULL;
    struct result *last = &routine->last;
    char before[32] = "";
    struct gp_err err;
    if (app_json_parse(gp_buf_span(&routine->text), OUTPUT_BYTES_MAX, &report, &err) != GP_OK ||
        app_json_get_int(report, "schema", 0) != 1 || !app_json_get_text(report, "verdict", NULL)) {
        app_json_destroy(report);
        return "its output is no report of a check";
    }
    snprintf(before, sizeof(before), "%s", last->verdict ? last->verdict : "");
    gp_arena_finish(&last->arena);
    last->count = last->left = 0;
    last->verdict = keep(last, report, "verdict");
    last->time = keep(last, report, "time");
    take_findings(last, app_json_get(report, "checks"));
    app_json_destroy(report);
    tell(routine, before);
    return NULL;
}

/* Everything that is there; true when it goes on. */
static bool read_output(struct app_routine *routine)
{
    char piece[65536];
    for (;;) {
        ssize_t got = read(routine->output_fd, piece, sizeof(piece));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 && errno == EAGAIN;
        gp_buf_append(&routine->text, piece, (size_t)got);
    }
}

static void on_output(void *arg, unsigned ready)
{
    struct app_routine *routine = arg;
    (void)ready;
    if (!read_output(routine))
        gp_watch_set(routine->output, 0);
    if (gp_buf_failed(&routine->text) != GP_OK)
        kill(routine->pid, SIGKILL);
}

static void on_ended(void *arg, unsigned ready)
{
    struct app_routine *routine = arg;
    char how[80] = "";
    const char *why = how;
    int status = 0;
    (void)ready;
    waitpid(routine->pid, &status, 0);
    routine->pid = -1;
    (void)read_output(routine);
    if (routine->is_late)
        why = "it did not end within its time, and was ended";
    else if (gp_buf_failed(&routine->text) != GP_OK)
        why = "it printed too much, and was ended";
    else if (WIFSIGNALED(status))
        snprintf(how, sizeof(how), "it was ended by signal %d", WTERMSIG(status));
    else if (WEXITSTATUS(status) > 3) /* those up to 3 stand for a verdict */
        snprintf(how, sizeof(how), "it ended with status %d", WEXITSTATUS(status));
    else
        why = take_result(routine);
    clear(routine);
    routine->failed_s = 0;
    if (why)
        fail(routine, why);
    schedule(routine);
}

/* Life. */

struct app_routine *app_routine_create(struct gp_loop *loop, struct gp_log *log)
{
    struct app_routine *routine = calloc(1, sizeof(*routine));
    if (!routine)
        return NULL;
    routine->loop = loop;
    routine->log = log;
    routine->pid = routine->pidfd = routine->output_fd = -1;
    gp_buf_init(&routine->text, OUTPUT_BYTES_MAX);
    gp_arena_init(&routine->last.arena, RESULT_BYTES_MAX);
    routine->next = gp_timer_create(loop, on_next, routine);
    routine->deadline = gp_timer_create(loop, on_deadline, routine);
    if (routine->next && routine->deadline)
        return routine;
    app_routine_destroy(routine);
    return NULL;
}

void app_routine_destroy(struct app_routine *routine)
{
    if (!routine)
        return;
    end(routine);
    gp_timer_destroy(routine->next);
    gp_timer_destroy(routine->deadline);
    gp_arena_finish(&routine->last.arena);
    free(routine);
}

void app_routine_follow(struct app_routine *routine, const struct app_config *config)
{
    bool is_same = routine->config && routine->interval_ms == config->check_interval_ms;
    routine->config = config;
    routine->interval_ms = config->check_interval_ms;
    if (!is_same && routine->pid < 0)
        schedule(routine);
}

void app_routine_put(const struct app_routine *routine, struct app_json_writer *json)
{
    const struct result *last = &routine->last;
    app_json_open_object(json, "check");
    app_json_put_int(json, "interval_s", routine->config->check_interval_ms / 1000);
    if (routine->pid > 0)
        app_json_put_int(json, "pid", routine->pid);
    else
        app_json_put_null(json, "pid");
    app_json_put_text(json, "verdict", last->verdict);
    app_json_put_text(json, "time", last->time);
    app_json_put_text(json, "trouble", routine->failed_s ? routine->trouble : NULL);
    app_json_open_array(json, "findings");
    for (size_t i = 0; i < last->count; i++) {
        app_json_open_object(json, NULL);
        app_json_put_text(json, "status", last->findings[i].status);
        app_json_put_text(json, "id", last->findings[i].id);
        app_json_put_text(json, "subject", last->findings[i].subject);
        app_json_put_text(json, "sentence", last->findings[i].sentence);
        app_json_close(json);
    }
    app_json_close(json);
    app_json_put_int(json, "findings_left_out", (int64_t)last->left);
    app_json_close(json);
}
