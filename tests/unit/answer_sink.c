/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include "base/io.h"
#include "tests/unit/answer_sink.h"

struct dns_name sink_name(const char *text)
{
    struct dns_name name = {0};
    if (dns_name_from_text(text, &name) != GP_OK)
        fail_msg("'%s' is no name", text);
    return name;
}

void sink_answer(void *arg, struct dns_answer *answer)
{
    struct answer_sink *sink = arg;
    assert_false(sink->is_asking);
    assert_non_null(answer);
    dns_answer_destroy(sink->last);
    sink->last = answer;
    if (++sink->calls == sink->stop_at)
        gp_loop_stop(sink->loop);
}

struct dns_query *sink_ask(struct dns_resolver *resolver, struct answer_sink *sink,
                           const char *text, enum dns_type type)
{
    struct dns_name name = sink_name(text);
    struct dns_query *query = NULL;
    sink->is_asking = true;
    assert_int_equal(dns_resolver_ask(resolver, &name, type, sink_answer, sink, &query, NULL),
                     GP_OK);
    sink->is_asking = false;
    return query;
}

void sink_run(struct answer_sink *sink, unsigned calls, enum dns_outcome outcome)
{
    sink->stop_at = calls;
    if (sink->calls < calls)
        gp_loop_run(sink->loop);
    assert_int_equal(sink->calls, calls);
    assert_int_equal(sink->last->outcome, outcome);
}

static void on_timer(void *arg)
{
    gp_loop_stop(arg);
}

void sink_turn(struct gp_loop *loop)
{
    struct gp_timer *timer = gp_timer_create(loop, on_timer, loop);
    gp_timer_set(timer, 0);
    gp_loop_run(loop);
    gp_timer_set(timer, 0); /* a task of the first turn is due in the second */
    gp_loop_run(loop);
    gp_timer_destroy(timer);
}

int sink_pair(int *ret_peer)
{
    int fds[2] = {-1, -1};
    assert_int_equal(gp_io_message_pair(fds, NULL), GP_OK);
    *ret_peer = fds[1];
    return fds[0];
}
