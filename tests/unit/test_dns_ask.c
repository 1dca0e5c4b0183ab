/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions to one server, played by the test on loopback: retry, truncation, forgery, silence. */
#include "tests/unit/unit.h"

#include "base/io.h"
#include "dns/ask.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* What the server does with a question. */
enum deed {
    ANSWER,
    ANSWER_CUT, /* truncated, and cut inside the question */
    SAY_NOTHING,
    WRONG_ID,
    WRONG_NAME,
    WRONG_TYPE,
    A_QUESTION, /* the question itself comes back */
    GARBAGE,
    EMPTY_PACKET,
    CLOSE,         /* TCP */
    ANSWER_SLOWLY, /* TCP: byte by byte */
    ANSWER_TWICE   /* TCP: more behind the message */
};

#define DEEDS_MAX 5

struct server {
    struct gp_loop *loop;
    struct gp_addr addr;
    int udp, listener, conn;
    struct gp_watch *udp_watch, *listen_watch, *conn_watch;
    const enum deed *udp_deeds; /* one for each packet; the last one goes on; NULL: closed */
    const enum deed *tcp_deeds; /* done one after the other to the one question; NULL: closed */
    size_t packets, connections;
    struct gp_buf out;
    struct gp_timer *drip;
    uint16_t ids[DEEDS_MAX];
    bool wants_dnssec;
};

/* The answer to the question: the same octets as a response, with one A record. */
static void make_answer(struct gp_buf *out, const uint8_t *question, size_t len, enum deed deed)
{
    static const uint8_t record[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1};
    uint8_t message[600];
    size_t end = len - 11; /* without the OPT record */
    memcpy(message, question, end);
    memcpy(message + end, record, sizeof(record));
    message[2] = 0x84;
    message[7] = 1;
    message[11] = 0;
    if (deed != ANSWER && deed != ANSWER_SLOWLY && deed != ANSWER_TWICE)
        message[end + sizeof(record) - 1] = 66; /* never to be believed */
    if (deed == WRONG_ID)
        message[1] ^= 1;
    if (deed == WRONG_NAME)
        message[13] ^= 1;
    if (deed == WRONG_TYPE)
        message[end - 3] ^= 2;
    if (deed == ANSWER_CUT)
        message[2] |= 2;
    if (deed == A_QUESTION)
        message[2] = 0;
    gp_buf_append(out, message, deed == ANSWER_CUT ? 14 : end + sizeof(record));
}

static void on_packet(void *arg, unsigned ready)
{
    struct server *server = arg;
    struct sockaddr_storage from;
    socklen_t from_len = sizeof(from);
    uint8_t packet[600];
    struct gp_buf out;
    (void)ready;
    ssize_t len =
        recvfrom(server->udp, packet, sizeof(packet), 0, (struct sockaddr *)&from, &from_len);
    assert_true(len > 23);
    assert_true(server->packets < DEEDS_MAX);
    enum deed deed = server->udp_deeds[server->packets];
    server->ids[server->packets++] = (uint16_t)(packet[0] << 8 | packet[1]);
    server->wants_dnssec = packet[len - 4] == 0x80;
    if (deed == SAY_NOTHING)
        return;
    gp_buf_init(&out, 600);
    if (deed == GARBAGE)
        gp_buf_append(&out, "\0\1\2", 3);
    else if (deed != EMPTY_PACKET)
        make_answer(&out, packet, (size_t)len, deed);
    /* whatever it was, the right answer comes behind what a forger would send */
    assert_true(sendto(server->udp, gp_buf_span(&out).at, gp_buf_len(&out), 0,
                       (struct sockaddr *)&from, from_len) >= 0);
    if (deed != ANSWER && deed != ANSWER_CUT) {
        gp_buf_reset(&out);
        make_answer(&out, packet, (size_t)len, ANSWER);
        assert_true(sendto(server->udp, gp_buf_span(&out).at, gp_buf_len(&out), 0,
                           (struct sockaddr *)&from, from_len) >= 0);
    }
    gp_buf_finish(&out);
}

static void on_drip(void *arg)
{
    struct server *server = arg;
    size_t sent;
    struct gp_span span = gp_buf_span(&server->out);
    if (span.len == 0 || gp_io_write(server->conn, span.at, 1, &sent) != GP_IO_DONE)
        return; /* all sent, or the other side was cancelled */
    gp_buf_consume(&server->out, 1);
    gp_timer_set(server->drip, 0);
}

static void on_stream(void *arg, unsigned ready)
{
    struct server *server = arg;
    uint8_t question[600];
    size_t len, sent;
    struct gp_buf message;
    enum deed deed = server->tcp_deeds[0];
    (void)ready;
    enum gp_io_result result = gp_io_read(server->conn, question, sizeof(question), &len);
    if (result != GP_IO_DONE || deed == SAY_NOTHING) {
        gp_watch_set(server->conn_watch, 0);
        return;
    }
    assert_int_equal(question[0] << 8 | question[1], len - 2); /* RFC 7766, 8: in one piece */
    if (deed == CLOSE) {
        gp_watch_set(server->conn_watch, 0);
        shutdown(server->conn, SHUT_RDWR);
        return;
    }
    gp_buf_init(&message, 600);
    if (deed == GARBAGE)
        gp_buf_append(&message, "\0\1\2", 3);
    else
        make_answer(&message, question + 2, len - 2, deed);
    gp_buf_append_char(&server->out, (char)(gp_buf_len(&message) >> 8));
    gp_buf_append_char(&server->out, (char)(gp_buf_len(&message) & 255));
    gp_buf_append_span(&server->out, gp_buf_span(&message));
    gp_buf_finish(&message);
    if (deed == ANSWER_TWICE)
        gp_buf_append_text(&server->out, "more");
    if (deed == ANSWER_SLOWLY) {
        gp_timer_set(server->drip, 0);
        return;
    }
    struct gp_span span = gp_buf_span(&server->out);
    assert_int_equal(gp_io_write(server->conn, span.at, span.len, &sent), GP_IO_DONE);
}

static void on_connection(void *arg, unsigned ready)
{
    struct server *server = arg;
    struct gp_addr peer, local;
    (void)ready;
    assert_int_equal(gp_io_accept(server->listener, &server->conn, &peer, &local), GP_IO_DONE);
    server->connections++;
    server->conn_watch = gp_watch_create(server->loop, server->conn, on_stream, server);
    gp_watch_set(server->conn_watch, GP_READ);
}

static void start_server(struct server *server, struct gp_loop *loop, const enum deed *udp_deeds,
                         const enum deed *tcp_deeds)
{
    *server = (struct server){.loop = loop,
                              .udp = -1,
                              .listener = -1,
                              .conn = -1,
                              .udp_deeds = udp_deeds,
                              .tcp_deeds = tcp_deeds};
    struct sockaddr_storage sa;
    gp_buf_init(&server->out, 1000);
    server->drip = gp_timer_create(loop, on_drip, server);
    assert_int_equal(gp_addr_parse("127.0.0.1", &server->addr), GP_OK);
    /* the TCP listener finds the port; a closed transport closes its socket again */
    assert_int_equal(gp_io_listen(&server->addr, false, &server->listener, NULL), GP_OK);
    if (tcp_deeds) {
        server->listen_watch = gp_watch_create(loop, server->listener, on_connection, server);
        gp_watch_set(server->listen_watch, GP_READ);
    } else {
        gp_io_close(&server->listener);
    }
    if (udp_deeds) {
        server->udp = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        socklen_t len = gp_addr_to_sockaddr(&server->addr, &sa);
        assert_int_equal(bind(server->udp, (struct sockaddr *)&sa, len), 0);
        server->udp_watch = gp_watch_create(loop, server->udp, on_packet, server);
        gp_watch_set(server->udp_watch, GP_READ);
    }
}

static void stop_server(struct server *server)
{
    gp_timer_destroy(server->drip);
    gp_watch_destroy(server->udp_watch);
    gp_watch_destroy(server->listen_watch);
    gp_watch_destroy(server->conn_watch);
    gp_io_close(&server->udp);
    gp_io_close(&server->listener);
    gp_io_close(&server->conn);
    gp_buf_finish(&server->out);
}

struct sink {
    struct gp_loop *loop;
    struct dns_reply *reply;
    unsigned calls;
};

static void on_reply(void *arg, struct dns_reply *reply)
{
    struct sink *sink = arg;
    sink->reply = reply;
    sink->calls++;
    gp_loop_stop(sink->loop);
}

static struct dns_ask_op *ask(struct sink *sink, const struct gp_addr *server,
                              enum dns_transport transport, uint32_t timeout_ms)
{
    struct dns_name name;
    struct dns_ask_op *op = NULL;
    assert_int_equal(dns_name_from_text("gw1.beta.example", &name), GP_OK);
    const struct dns_question question = {
        .name = &name, .type = DNS_TYPE_A, .wishes = DNS_WISH_SIGNATURES};
    assert_int_equal(dns_ask_start(sink->loop, server, transport, &question, timeout_ms, on_reply,
                                   sink, &op, NULL),
                     GP_OK);
    assert_int_equal(sink->calls, 0);
    return op;
}

static void servers_are_asked(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool has_udp, has_tcp;
        enum deed udp_deeds[DEEDS_MAX], tcp_deeds[1];
        enum dns_transport ask_by;
        uint32_t timeout_ms;
        enum dns_transport answered_by;
        const char *failure; /* NULL: there is an answer */
        size_t packets, connections;
    } rows[] = {
        {"UDP", true, false, {ANSWER}, {0}, DNS_UDP, 20000, DNS_UDP, NULL, 1, 0},
        {"TCP at once", true, true, {ANSWER}, {ANSWER}, DNS_TCP, 20000, DNS_TCP, NULL, 0, 1},
        {"the second try",
         true,
         false,
         {SAY_NOTHING, ANSWER},
         {0},
         DNS_UDP,
         300,
         DNS_UDP,
         NULL,
         2,
         0},
        {"truncated", true, true, {ANSWER_CUT}, {ANSWER}, DNS_UDP, 20000, DNS_TCP, NULL, 1, 1},
        {"truncated at the second try",
         true,
         true,
         {SAY_NOTHING, ANSWER_CUT},
         {ANSWER},
         DNS_UDP,
         3000,
         DNS_TCP,
         NULL,
         2,
         1},
        {"byte by byte",
         true,
         true,
         {ANSWER_CUT},
         {ANSWER_SLOWLY},
         DNS_UDP,
         20000,
         DNS_TCP,
         NULL,
         1,
         1},
        {"more behind the message",
         false,
         true,
         {0},
         {ANSWER_TWICE},
         DNS_TCP,
         20000,
         DNS_TCP,
         NULL,
         0,
         1},
        {"a forged id", true, false, {WRONG_ID}, {0}, DNS_UDP, 20000, DNS_UDP, NULL, 1, 0},
        {"a forged name", true, false, {WRONG_NAME}, {0}, DNS_UDP, 20000, DNS_UDP, NULL, 1, 0},
        {"another type", true, false, {WRONG_TYPE}, {0}, DNS_UDP, 20000, DNS_UDP, NULL, 1, 0},
        {"no response", true, false, {A_QUESTION}, {0}, DNS_UDP, 20000, DNS_UDP, NULL, 1, 0},
        {"garbage before the answer",
         true,
         false,
         {GARBAGE},
         {0},
         DNS_UDP,
         20000,
         DNS_UDP,
         NULL,
         1,
         0},
        {"an empty packet", true, false, {EMPTY_PACKET}, {0}, DNS_UDP, 20000, DNS_UDP, NULL, 1, 0},
        {"silence",
         true,
         false,
         {SAY_NOTHING, SAY_NOTHING, SAY_NOTHING},
         {0},
         DNS_UDP,
         100,
         DNS_UDP,
         "no answer within 0.1 s",
         2,
         0},
        {"no UDP", false, true, {0}, {ANSWER}, DNS_UDP, 20000, DNS_UDP, "connection refused", 0, 0},
        {"no TCP",
         true,
         false,
         {ANSWER_CUT},
         {0},
         DNS_UDP,
         20000,
         DNS_TCP,
         "connection refused",
         1,
         0},
        {"closed",
         false,
         true,
         {0},
         {CLOSE},
         DNS_TCP,
         20000,
         DNS_TCP,
         "the server closed the connection without an answer",
         0,
         1},
        {"silence over TCP",
         false,
         true,
         {0},
         {SAY_NOTHING},
         DNS_TCP,
         50,
         DNS_TCP,
         "no answer within 0.0 s",
         0,
         1},
        {"garbage over TCP",
         false,
         true,
         {0},
         {GARBAGE},
         DNS_TCP,
         20000,
         DNS_TCP,
         "a DNS message of 3 octets has no whole header",
         0,
         1},
        {"another id over TCP",
         false,
         true,
         {0},
         {WRONG_ID},
         DNS_TCP,
         20000,
         DNS_TCP,
         "the answer is to another question",
         0,
         1},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct sink sink = {.loop = gp_loop_create()};
        struct server server;
        start_server(&server, sink.loop, rows[i].has_udp ? rows[i].udp_deeds : NULL,
                     rows[i].has_tcp ? rows[i].tcp_deeds : NULL);
        (void)ask(&sink, &server.addr, rows[i].ask_by, rows[i].timeout_ms);
        gp_loop_run(sink.loop);
        const struct dns_reply *reply = sink.reply;
        if (reply->has_answer != (rows[i].failure == NULL) ||
            strcmp(reply->failure, rows[i].failure ? rows[i].failure : "") != 0 ||
            reply->transport != rows[i].answered_by)
            fail_msg("%s: %d over %s: %s", rows[i].name, reply->has_answer,
                     dns_transport_text(reply->transport), reply->failure);
        if (server.packets != rows[i].packets || server.connections != rows[i].connections)
            fail_msg("%s: %zu packets, %zu connections", rows[i].name, server.packets,
                     server.connections);
        assert_true(gp_addr_same_host(&reply->server, &server.addr));
        assert_int_equal(reply->server.port, server.addr.port);
        assert_true(reply->duration_ms >= 0 && reply->duration_ms < rows[i].timeout_ms + 1000);
        if (reply->has_answer) {
            assert_true(reply->message.is_authoritative);
            assert_int_equal(reply->message.record_count, 1);
            assert_memory_equal(reply->message.records[0].data.at, "\xc0\0\2\1", 4);
        }
        if (server.packets > 0)
            assert_true(server.wants_dnssec);
        if (server.packets == 2) /* the retry is the same question: an answer to either will do */
            assert_int_equal(server.ids[0], server.ids[1]);
        dns_reply_destroy(sink.reply);
        stop_server(&server);
        gp_loop_destroy(sink.loop);
    }
}

static void on_turn(void *arg)
{
    gp_loop_stop(arg);
}

static void a_question_can_be_cancelled_at_any_time(void **state)
{
    (void)state;
    static const enum deed cut[] = {ANSWER_CUT}, answer[] = {ANSWER_SLOWLY};
    for (unsigned turns = 0; turns < 20; turns++) {
        struct sink sink = {.loop = gp_loop_create()};
        struct server server;
        struct gp_timer *timer = gp_timer_create(sink.loop, on_turn, sink.loop);
        start_server(&server, sink.loop, cut, answer);
        struct dns_ask_op *op = ask(&sink, &server.addr, DNS_UDP, 20000);
        for (unsigned i = 0; i < turns && sink.calls == 0; i++) {
            gp_timer_set(timer, 0);
            gp_loop_run(sink.loop);
        }
        if (sink.calls == 0)
            dns_ask_cancel(op);
        gp_timer_set(timer, 2);
        unsigned calls = sink.calls;
        gp_loop_run(sink.loop);
        assert_int_equal(sink.calls, calls);
        dns_reply_destroy(sink.reply);
        gp_timer_destroy(timer);
        stop_server(&server);
        gp_loop_destroy(sink.loop);
    }
    dns_ask_cancel(NULL);
    dns_reply_destroy(NULL);
}

static void ids_are_not_to_be_guessed(void **state)
{
    (void)state;
    static const enum deed deeds[] = {SAY_NOTHING, SAY_NOTHING, SAY_NOTHING, SAY_NOTHING,
                                      SAY_NOTHING};
    struct gp_loop *loop = gp_loop_create();
    struct sink sink = {.loop = loop};
    struct server server;
    unsigned same = 0;
    start_server(&server, loop, deeds, NULL);
    struct gp_timer *timer = gp_timer_create(loop, on_turn, loop);
    for (size_t i = 0; i < DEEDS_MAX; i++) {
        struct dns_ask_op *op = ask(&sink, &server.addr, DNS_UDP, 20000);
        while (server.packets == i) {
            gp_timer_set(timer, 1);
            gp_loop_run(loop);
        }
        dns_ask_cancel(op);
    }
    for (size_t i = 1; i < DEEDS_MAX; i++)
        same += server.ids[i] == server.ids[0] || server.ids[i] == (uint16_t)(server.ids[0] + i);
    assert_true(same < 3); /* twice by chance: one in a hundred million runs */
    gp_timer_destroy(timer);
    stop_server(&server);
    gp_loop_destroy(loop);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers_are_asked),
        cmocka_unit_test(a_question_can_be_cancelled_at_any_time),
        cmocka_unit_test(ids_are_not_to_be_guessed),
    };
    return cmocka_run_group_tests_name("dns_ask", tests, NULL, NULL);
}
