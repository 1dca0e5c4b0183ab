/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/ask.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/rnd.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define DNS_PORT         53
#define MESSAGE_MAX      65535
#define MESSAGE_BUDGET   (4 * 1024 * 1024) /* its records, names written out */
#define QUESTION_MAX     512
#define UDP_TRIES        2
#define UDP_WAIT_PART    3    /* a try waits for this part of the whole time, */
#define UDP_WAIT_MAX_MS  2000 /* but no longer than this */
#define PACKETS_PER_TURN 16   /* forged ones must not keep the loop */
#define HEADER_LEN       12

struct dns_ask_op {
    struct gp_loop *loop; /* borrowed */
    dns_reply_fn *fn;
    void *arg;
    struct dns_reply *reply; /* owned */
    struct dns_name name;
    uint16_t type, id;
    unsigned wishes;
    struct gp_buf question; /* what is to be sent; over TCP with its length in front */
    struct gp_buf received; /* over TCP */
    uint32_t timeout_ms;    /* for all of it */
    int64_t started_ms;
    unsigned tries;            /* over UDP */
    int fd;                    /* owned; -1: none */
    struct gp_watch *watch;    /* owned */
    struct gp_timer *deadline; /* owned; of all of it */
    struct gp_timer *retry;    /* owned; of one try over UDP */
    struct gp_task next;       /* goes on, or delivers, outside of the callbacks of watch */
    bool is_done;
};

const char *dns_transport_text(enum dns_transport transport)
{
    return transport == DNS_UDP ? "UDP" : "TCP";
}

void dns_reply_destroy(struct dns_reply *reply)
{
    if (!reply)
        return;
    gp_arena_finish(&reply->arena);
    free(reply);
}

static void disconnect(struct dns_ask_op *op)
{
    gp_watch_destroy(op->watch);
    op->watch = NULL;
    gp_io_close(&op->fd);
}

static void release(struct dns_ask_op *op)
{
    gp_task_cancel(&op->next);
    disconnect(op);
    gp_timer_destroy(op->deadline);
    gp_timer_destroy(op->retry);
    gp_buf_finish(&op->question);
    gp_buf_finish(&op->received);
    dns_reply_destroy(op->reply);
    free(op);
}

void dns_ask_cancel(struct dns_ask_op *op)
{
    if (op)
        release(op);
}

/* From here on nothing but the delivery happens. */
static void finish(struct dns_ask_op *op)
{
    op->is_done = true;
    op->reply->duration_ms = gp_clock_mono_ms() - op->started_ms;
    if (op->watch)
        gp_watch_set(op->watch, 0);
    gp_timer_clear(op->deadline);
    gp_timer_clear(op->retry);
    gp_task_post(&op->next);
}

static void fail(struct dns_ask_op *op, const char *format, ...) GP_PRINTF(2, 3);

static void fail(struct dns_ask_op *op, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(op->reply->failure, sizeof(op->reply->failure), format, args);
    va_end(args);
    finish(op);
}

static void fail_system(struct dns_ask_op *op, int errnum)
{
    char reason[128];
    if (errnum == ECONNREFUSED) /* the port is closed: an ICMP message over UDP, a reset over TCP */
        fail(op, "connection refused");
    else
        fail(op, "%s", strerror_r(errnum, reason, sizeof(reason)));
}

static bool is_question_of(const struct dns_ask_op *op, const struct dns_message *message)
{
    return message->is_response && message->opcode == 0 && message->id == op->id &&
           message->question_type == op->type && dns_name_equal(&message->question, &op->name);
}

/* Whether this was the answer; if not, the reply is as before. */
static bool take_message(struct dns_ask_op *op, const uint8_t *bytes, size_t len,
                         struct gp_err *err)
{
    struct dns_reply *reply = op->reply;
    struct dns_message message;
    enum gp_code code = dns_message_parse(bytes, len, &reply->arena, &message, err);
    if (code == GP_OK && !is_question_of(op, &message))
        code = gp_err_set(err, GP_ERR_INPUT, "the answer is to another question");
    if (code != GP_OK) {
        gp_arena_finish(&reply->arena);
        return false;
    }
    reply->message = message;
    reply->has_answer = true;
    return true;
}

/* The header alone says it, since what follows may be cut anywhere. */
static bool is_truncated_answer(const struct dns_ask_op *op, const uint8_t *bytes, size_t len)
{
    return len >= HEADER_LEN && (bytes[0] << 8 | bytes[1]) == op->id && (bytes[2] & 0x82) == 0x82;
}

static void take_packets(struct dns_ask_op *op)
{
    uint8_t packet[MESSAGE_MAX];
    for (unsigned i = 0; i < PACKETS_PER_TURN; i++) {
        size_t len;
        enum gp_io_result result = gp_io_read(op->fd, packet, sizeof(packet), &len);
        if (result == GP_IO_AGAIN)
            return;
        if (result == GP_IO_FAILED) {
            fail_system(op, errno);
            return;
        }
        if (is_truncated_answer(op, packet, len)) {
            gp_timer_clear(op->retry);
            gp_watch_set(op->watch, 0);
            op->reply->transport = DNS_TCP;
            gp_task_post(&op->next);
            return;
        }
        /* what is not the answer may be forged: the answer may still come (RFC 5452, 4) */
        if (take_message(op, packet, len, NULL)) {
            finish(op);
            return;
        }
    }
}

static void send_packet(struct dns_ask_op *op)
{
    struct gp_span message = gp_buf_span(&op->question);
    size_t sent;
    op->tries++;
    if (gp_io_write(op->fd, message.at, message.len, &sent) == GP_IO_FAILED) {
        fail_system(op, errno);
        return;
    }
    uint32_t wait_ms = op->timeout_ms / UDP_WAIT_PART;
    if (op->tries < UDP_TRIES)
        gp_timer_set(op->retry, wait_ms < UDP_WAIT_MAX_MS ? wait_ms : UDP_WAIT_MAX_MS);
}

static void on_retry(void *arg)
{
    send_packet(arg);
}

static void on_packet(void *arg, unsigned ready)
{
    (void)ready;
    take_packets(arg);
}

/* Everything that came so far, which is one message behind its length (RFC 1035, 4.2.2). */
static void take_stream(struct dns_ask_op *op)
{
    struct gp_span got = gp_buf_span(&op->received);
    const uint8_t *bytes = (const uint8_t *)got.at;
    struct gp_err err = {0};
    if (got.len < 2)
        return;
    size_t len = (size_t)(bytes[0] << 8 | bytes[1]);
    if (got.len - 2 < len)
        return;
    if (take_message(op, bytes + 2, len, &err))
        finish(op);
    else
        fail(op, "%s", err.text);
}

static void read_stream(struct dns_ask_op *op)
{
    size_t room, len;
    char *at = gp_buf_room(&op->received, 1, &room);
    if (!at) {
        fail(op, "more than one message came");
        return;
    }
    switch (gp_io_read(op->fd, at, room, &len)) {
    case GP_IO_DONE:
        gp_buf_wrote(&op->received, len);
        take_stream(op);
        break;
    case GP_IO_AGAIN:
        break;
    case GP_IO_EOF:
        fail(op, "the server closed the connection without an answer");
        break;
    case GP_IO_FAILED:
        fail_system(op, errno);
        break;
    }
}

/* The first write tells as well if there is no connection. */
static void write_stream(struct dns_ask_op *op)
{
    struct gp_span message = gp_buf_span(&op->question);
    size_t sent;
    switch (gp_io_write(op->fd, message.at, message.len, &sent)) {
    case GP_IO_DONE:
        gp_buf_consume(&op->question, sent);
        if (gp_buf_len(&op->question) == 0)
            gp_watch_set(op->watch, GP_READ);
        break;
    case GP_IO_FAILED:
        fail_system(op, errno);
        break;
    default:
        break;
    }
}

static void on_stream(void *arg, unsigned ready)
{
    struct dns_ask_op *op = arg;
    if (ready & GP_WRITE)
        write_stream(op);
    if ((ready & GP_READ) && !op->is_done)
        read_stream(op);
}

static bool write_question(struct dns_ask_op *op)
{
    struct gp_buf message;
    gp_buf_init(&message, QUESTION_MAX);
    gp_buf_reset(&op->question);
    gp_rnd_bytes(&op->id, sizeof(op->id)); /* RFC 5452, 9.2 */
    dns_message_question(&message, op->id, &op->name, op->type, op->wishes);
    if (op->reply->transport == DNS_TCP) {
        gp_buf_append_char(&op->question, (char)(gp_buf_len(&message) >> 8));
        gp_buf_append_char(&op->question, (char)(gp_buf_len(&message) & 0xff));
    }
    gp_buf_append_span(&op->question, gp_buf_span(&message));
    bool is_written = gp_buf_failed(&message) == GP_OK && gp_buf_failed(&op->question) == GP_OK;
    gp_buf_finish(&message);
    return is_written;
}

/* Opens a socket for the reply's transport and asks. */
static void ask(struct dns_ask_op *op)
{
    const struct gp_addr *server = &op->reply->server;
    bool is_udp = op->reply->transport == DNS_UDP;
    struct gp_err err = {0};
    disconnect(op);
    enum gp_code code =
        is_udp ? gp_io_udp(server, &op->fd, &err) : gp_io_connect(server, &op->fd, &err);
    if (code != GP_OK) {
        fail(op, "%s", err.text);
        return;
    }
    op->watch = gp_watch_create(op->loop, op->fd, is_udp ? on_packet : on_stream, op);
    if (!op->watch || !write_question(op)) {
        fail(op, "out of memory");
        return;
    }
    gp_watch_set(op->watch, is_udp ? GP_READ : GP_READ | GP_WRITE);
    if (is_udp)
        send_packet(op);
}

static void on_next(void *arg)
{
    struct dns_ask_op *op = arg;
    if (!op->is_done) {
        ask(op);
        return;
    }
    struct dns_reply *reply = op->reply;
    dns_reply_fn *fn = op->fn;
    void *fn_arg = op->arg;
    op->reply = NULL;
    release(op);
    fn(fn_arg, reply);
}

static void on_deadline(void *arg)
{
    struct dns_ask_op *op = arg;
    char span[GP_CLOCK_SPAN_MAX];
    fail(op, "no answer within %s", gp_clock_span_text(op->timeout_ms, span));
}

enum gp_code dns_ask_start(struct gp_loop *loop, const struct gp_addr *server,
                           enum dns_transport transport, const struct dns_question *question,
                           uint32_t timeout_ms, dns_reply_fn *fn, void *arg,
                           struct dns_ask_op **ret, struct gp_err *err)
{
    struct dns_ask_op *op = calloc(1, sizeof(*op));
    if (!op)
        return gp_err_nomem(err);
    op->loop = loop;
    op->fn = fn;
    op->arg = arg;
    op->name = *question->name;
    op->type = question->type;
    op->wishes = question->wishes;
    op->timeout_ms = timeout_ms;
    op->started_ms = gp_clock_mono_ms();
    op->fd = -1;
    gp_buf_init(&op->question, QUESTION_MAX);
    gp_buf_init(&op->received, 2 + MESSAGE_MAX);
    gp_task_init(&op->next, loop, on_next, op);
    op->deadline = gp_timer_create(loop, on_deadline, op);
    op->retry = gp_timer_create(loop, on_retry, op);
    op->reply = calloc(1, sizeof(*op->reply));
    if (!op->deadline || !op->retry || !op->reply) {
        release(op);
        return gp_err_nomem(err);
    }
    gp_arena_init(&op->reply->arena, MESSAGE_BUDGET);
    op->reply->server = *server;
    op->reply->transport = transport;
    if (server->port == 0)
        op->reply->server.port = DNS_PORT;
    gp_timer_set(op->deadline, timeout_ms);
    ask(op);
    *ret = op;
    return GP_OK;
}
