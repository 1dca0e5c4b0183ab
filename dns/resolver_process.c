/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/resolver_process.h"

#include "base/io.h"
#include "base/process.h"
#include "dns/resolver.h"
#include "dns/resolver_wire.h"

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <unistd.h>

#define JOBS_MAX           4096 /* of one descriptor, until their answers are sent */
#define QUESTIONS_PER_TURN 64   /* then the other descriptors have their turn */

/* The sanitizers' own threads, files and memory do not fit through the filter. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_FILTER false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || \
    __has_feature(thread_sanitizer)
#define HAS_FILTER false
#else
#define HAS_FILTER true
#endif
#else
#define HAS_FILTER true
#endif

/* One question of the gateway. */
struct job {
    TAILQ_ENTRY(job) link; /* in asked or in answered */
    struct conn *conn;
    uint32_t id;
    struct dns_query *query;   /* while it is looked up */
    struct dns_answer *answer; /* owned; until it is sent */
};

TAILQ_HEAD(job_list, job);

/* One message pair. */
struct conn {
    struct process *process;
    int fd;                 /* owned */
    struct gp_watch *watch; /* owned */
    size_t job_count;
    struct job_list asked, answered;
    bool is_blocked; /* the descriptor takes no more at present */
    bool is_closed;  /* by the other side; released when the process ends */
};

struct process {
    struct gp_loop *loop;
    struct dns_resolver *resolver;
    struct gp_buf message; /* the one that is being written */
    struct conn *conns;    /* owned */
    size_t conn_count, open_count;
};

static void update_watch(struct conn *conn)
{
    unsigned want = conn->job_count < JOBS_MAX ? GP_READ : 0u;
    if (conn->is_blocked)
        want |= GP_WRITE;
    gp_watch_set(conn->watch, conn->is_closed ? 0 : want);
}

static void drop_jobs(struct job_list *jobs)
{
    struct job *job;
    while ((job = TAILQ_FIRST(jobs)) != NULL) {
        TAILQ_REMOVE(jobs, job, link);
        dns_query_cancel(job->query);
        dns_answer_destroy(job->answer);
        free(job);
    }
}

static void close_conn(struct conn *conn)
{
    struct process *process = conn->process;
    conn->is_closed = true;
    drop_jobs(&conn->asked);
    drop_jobs(&conn->answered);
    update_watch(conn);
    if (--process->open_count == 0)
        gp_loop_stop(process->loop);
}

/* The message that goes out: one that is too long is replaced by a failure. */
static void encode(struct gp_buf *message, const struct job *job)
{
    gp_buf_reset(message);
    dns_wire_put_answer(message, job->id, job->answer);
    if (gp_buf_failed(message) == GP_OK)
        return;
    struct dns_answer failure = {.name = job->answer->name,
                                 .type = job->answer->type,
                                 .outcome = DNS_FAILED,
                                 .canonical = job->answer->name,
                                 .reason = (char[]){"the answer is too long"}};
    gp_buf_reset(message);
    dns_wire_put_answer(message, job->id, &failure);
}

static void send_answers(struct conn *conn)
{
    struct gp_buf *message = &conn->process->message;
    struct job *job;
    conn->is_blocked = false;
    while ((job = TAILQ_FIRST(&conn->answered)) != NULL) {
        size_t sent;
        encode(message, job);
        struct gp_span span = gp_buf_span(message);
        enum gp_io_result result = gp_io_write(conn->fd, span.at, span.len, &sent);
        if (result == GP_IO_AGAIN) {
            conn->is_blocked = true;
            break;
        }
        if (result != GP_IO_DONE) {
            close_conn(conn);
            return;
        }
        TAILQ_REMOVE(&conn->answered, job, link);
        conn->job_count--;
        dns_answer_destroy(job->answer);
        free(job);
    }
    update_watch(conn);
}

static void answer_job(struct job *job, struct dns_answer *answer)
{
    struct conn *conn = job->conn;
    job->query = NULL;
    job->answer = answer;
    TAILQ_REMOVE(&conn->asked, job, link);
    TAILQ_INSERT_TAIL(&conn->answered, job, link);
    if (!conn->is_blocked)
        send_answers(conn);
}

static void on_answer(void *arg, struct dns_answer *answer)
{
    answer_job(arg, answer);
}

/* A question that makes no sense is dropped: the gateway would have sent none. */
static void take_question(struct conn *conn, const uint8_t *bytes, size_t len)
{
    struct dns_name name;
    struct gp_err err = {0};
    uint32_t id;
    uint16_t type;
    if (dns_wire_get_question(bytes, len, &id, &type, &name) != GP_OK)
        return;
    struct job *job = calloc(1, sizeof(*job));
    if (!job)
        return; /* the gateway's deadline answers it */
    job->conn = conn;
    job->id = id;
    TAILQ_INSERT_TAIL(&conn->asked, job, link);
    conn->job_count++;
    if (dns_resolver_ask(conn->process->resolver, &name, (enum dns_type)type, on_answer, job,
                         &job->query, &err) == GP_OK)
        return;
    struct dns_answer *answer =
        dns_answer_create(&name, type, DNS_FAILED, DNS_INSECURE, NULL, NULL, 0, err.text);
    if (answer) {
        answer_job(job, answer);
    } else {
        TAILQ_REMOVE(&conn->asked, job, link);
        conn->job_count--;
        free(job);
    }
}

static void on_ready(void *arg, unsigned ready)
{
    struct conn *conn = arg;
    uint8_t message[DNS_WIRE_QUESTION_MAX + 1]; /* one more, to notice what is too long */
    if (ready & GP_WRITE)
        send_answers(conn);
    for (unsigned i = 0; i < QUESTIONS_PER_TURN && (ready & GP_READ); i++) {
        size_t len;
        if (conn->is_closed || conn->job_count >= JOBS_MAX)
            break;
        enum gp_io_result result = gp_io_read(conn->fd, message, sizeof(message), &len);
        if (result == GP_IO_AGAIN)
            break;
        if (result == GP_IO_DONE)
            take_question(conn, message, len);
        else
            close_conn(conn);
    }
    update_watch(conn);
}

static enum gp_code set_limit(int resource, const char *name, struct gp_err *err)
{
    struct rlimit none = {0, 0};
    if (setrlimit((__rlimit_resource_t)resource, &none) != 0)
        return gp_err_system(err, errno, "set the limit %s", name);
    return GP_OK;
}

/* What libunbound, libev and libc need to answer questions; everything else is refused. */
static const int allowed_calls[] = {
    SCMP_SYS(bind),          SCMP_SYS(brk),
    SCMP_SYS(clock_gettime), SCMP_SYS(close),
    SCMP_SYS(connect),       SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_pwait),   SCMP_SYS(epoll_wait),
    SCMP_SYS(exit),          SCMP_SYS(exit_group),
    SCMP_SYS(fcntl),         SCMP_SYS(futex),
    SCMP_SYS(getpid),        SCMP_SYS(getpeername),
    SCMP_SYS(getrandom),     SCMP_SYS(getsockname),
    SCMP_SYS(getsockopt),    SCMP_SYS(gettid),
    SCMP_SYS(gettimeofday),  SCMP_SYS(madvise),
    SCMP_SYS(mremap),        SCMP_SYS(munmap),
    SCMP_SYS(poll),          SCMP_SYS(ppoll),
    SCMP_SYS(read),          SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),       SCMP_SYS(restart_syscall),
    SCMP_SYS(rt_sigaction),  SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),  SCMP_SYS(sendmsg),
    SCMP_SYS(sendto),        SCMP_SYS(setsockopt),
    SCMP_SYS(shutdown),      SCMP_SYS(time),
    SCMP_SYS(write),         SCMP_SYS(writev),
};

/* Internet sockets only, no memory that can be run, no signal but to itself (abort). */
static int add_conditional_calls(scmp_filter_ctx filter)
{
    const struct {
        int call;
        struct scmp_arg_cmp when;
    } rows[] = {
        {SCMP_SYS(socket), {.arg = 0, .op = SCMP_CMP_EQ, .datum_a = AF_INET}},
        {SCMP_SYS(socket), {.arg = 0, .op = SCMP_CMP_EQ, .datum_a = AF_INET6}},
        {SCMP_SYS(mmap), {.arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = PROT_EXEC}},
        {SCMP_SYS(mprotect), {.arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = PROT_EXEC}},
        {SCMP_SYS(tgkill), {.arg = 0, .op = SCMP_CMP_EQ, .datum_a = (scmp_datum_t)getpid()}},
    };
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < GP_ARRAY_LEN(rows); i++)
        rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rows[i].call, 1, &rows[i].when);
    return rc;
}

static enum gp_code install_filter(struct gp_err *err)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!filter)
        return gp_err_nomem(err);
    int rc = add_conditional_calls(filter);
    for (size_t i = 0; rc == 0 && i < GP_ARRAY_LEN(allowed_calls); i++)
        rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed_calls[i], 0);
    if (rc == 0)
        rc = seccomp_load(filter);
    seccomp_release(filter);
    return rc == 0 ? GP_OK : gp_err_system(err, -rc, "install the system call filter");
}

/* After this nothing can be opened, started or traced. */
static enum gp_code confine(struct gp_err *err)
{
    enum gp_code code;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return gp_err_system(err, errno, "give up new privileges");
    /* a log line into a file is refused from here on, not fatal */
    signal(SIGXFSZ, SIG_IGN);
    if ((code = set_limit(RLIMIT_FSIZE, "fsize", err)) != GP_OK ||
        (code = set_limit(RLIMIT_NPROC, "nproc", err)) != GP_OK)
        return code;
    return HAS_FILTER ? install_filter(err) : GP_OK;
}

/* The gateway closes the descriptors when it needs no more answers, which is after it was told to
 * stop; a signal to the whole group must not take the resolver away from it before. */
static void ignore_signals(void)
{
    static const int numbers[] = {SIGHUP, SIGINT, SIGTERM, SIGPIPE};
    for (size_t i = 0; i < GP_ARRAY_LEN(numbers); i++)
        signal(numbers[i], SIG_IGN);
}

static enum gp_code start_conns(struct process *process, struct gp_err *err)
{
    for (size_t i = 0; i < process->conn_count; i++) {
        struct conn *conn = &process->conns[i];
        conn->watch = gp_watch_create(process->loop, conn->fd, on_ready, conn);
        if (!conn->watch)
            return gp_err_nomem(err);
        update_watch(conn);
        process->open_count++;
    }
    return GP_OK;
}

static void finish(struct process *process)
{
    for (size_t i = 0; i < process->conn_count; i++) {
        struct conn *conn = &process->conns[i];
        drop_jobs(&conn->asked);
        drop_jobs(&conn->answered);
        gp_watch_destroy(conn->watch);
        gp_io_close(&conn->fd);
    }
    free(process->conns);
    dns_resolver_destroy(process->resolver);
    gp_buf_finish(&process->message);
    gp_loop_destroy(process->loop);
}

static enum gp_code start(struct process *process, const struct dns_settings *settings,
                          struct gp_log *log, struct gp_err *err)
{
    enum gp_code code = gp_process_seal(err);
    if (code != GP_OK)
        return code;
    process->loop = gp_loop_create();
    if (!process->loop)
        return gp_err_nomem(err);
    code = dns_resolver_create_local(process->loop, settings, &process->resolver, err);
    if (code == GP_OK)
        code = start_conns(process, err);
    if (code != GP_OK)
        return code;
    gp_log_write(log, GP_LOG_NOTICE, "resolver-start",
                 GP_LOG_FIELDS({"filter", HAS_FILTER ? "on" : "off"}),
                 HAS_FILTER ? "the resolver process is ready and confines itself"
                            : "the resolver process is ready; built with a sanitizer, it has no "
                              "system call filter");
    return confine(err);
}

enum gp_code dns_resolver_process_run(const struct dns_settings *settings, const int *fds,
                                      size_t fd_count, struct gp_log *log, struct gp_err *err)
{
    struct process process = {0};
    enum gp_code code = GP_OK;
    GP_ASSERT(fd_count > 0);
    ignore_signals();
    gp_buf_init(&process.message, DNS_WIRE_ANSWER_MAX);
    process.conns = calloc(fd_count, sizeof(*process.conns));
    if (!process.conns) {
        for (size_t i = 0; i < fd_count; i++)
            close(fds[i]);
        return gp_err_nomem(err);
    }
    process.conn_count = fd_count;
    for (size_t i = 0; i < fd_count; i++) {
        struct conn *conn = &process.conns[i];
        *conn = (struct conn){.process = &process, .fd = fds[i]};
        TAILQ_INIT(&conn->asked);
        TAILQ_INIT(&conn->answered);
    }
    code = start(&process, settings, log, err);
    if (code == GP_OK)
        gp_loop_run(process.loop);
    finish(&process);
    return code;
}
