/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *            bytes                      requests
 *   link <----------> session <------------------------> machine
 *                        |
 *                        | stanzas, pairs, questions; on_end
 *                        v
 *                      owner
 *
 *   PLAIN or SECURED --FED_DO_START_TLS--> FLUSHING --output sent--> HANDSHAKE --done--> SECURED
 *   any --FED_DO_CLOSE--> LINGERING --peer's end, limit or deadline--> gone
 */
#include "federation/session_state.h"

#include "base/clock.h"

#include <stdlib.h>

#define FED_SESSION_READ_CHUNK 8192
#define FED_SESSION_READ_TURN \
    65536 /* bytes of one connection in one turn: others want their share */
#define FED_SESSION_LINGER_READ 65536 /* bytes thrown away while lingering (F7) */

static void handle_turn(void *arg);
static void on_ready(void *arg, unsigned ready);
static void on_timer(void *arg);

struct fed_now fed_now(void)
{
    return (struct fed_now){.mono_ms = gp_clock_mono_ms(), .wall_s = gp_clock_wall_s()};
}

/* A host that is gone shows by what it does not acknowledge, a sign of life if nothing else. A peer
 * that is only slow to read has the longer of the two. */
static int64_t patience_ms(const struct fed_limits *limits)
{
    return limits->ping_ms > limits->stall_ms ? limits->ping_ms : limits->stall_ms;
}

struct fed_session *fed_session_create(const struct fed_session_setup *setup)
{
    bool is_whole = setup->link && setup->machine;
    struct fed_session *session = is_whole ? calloc(1, sizeof(*session)) : NULL;
    if (!session) {
        fed_link_destroy(setup->link);
        setup->type->destroy(setup->machine);
        return NULL;
    }
    session->loop = setup->loop;
    session->limits = setup->limits;
    session->link = setup->link;
    session->type = setup->type;
    session->machine = setup->machine;
    session->owner = setup->owner;
    session->arg = setup->arg;
    session->peer = gp_io_peer(fed_link_fd(setup->link));
    gp_io_set_patience(fed_link_fd(setup->link), patience_ms(setup->limits));
    session->started_ms = gp_clock_mono_ms();
    session->list = setup->list;
    session->next = setup->list->first;
    session->link_in_list = &setup->list->first;
    if (session->next)
        session->next->link_in_list = &session->next;
    setup->list->first = session;
    setup->list->count++;
    session->number = ++setup->list->made;
    if (session->type->listen)
        session->type->listen(session->machine, fed_session_hear, session);
    gp_task_init(&session->turn, setup->loop, handle_turn, session);
    session->watch = gp_watch_create(setup->loop, fed_link_fd(setup->link), on_ready, session);
    session->timer = gp_timer_create(setup->loop, on_timer, session);
    if (!session->watch || !session->timer) {
        fed_session_destroy(session);
        return NULL;
    }
    gp_task_post(&session->turn);
    return session;
}

void fed_session_destroy(struct fed_session *session)
{
    if (!session)
        return;
    gp_task_cancel(&session->turn);
    gp_timer_destroy(session->timer);
    gp_watch_destroy(session->watch);
    fed_link_destroy(session->link);
    session->type->destroy(session->machine);
    fed_echo_finish(&session->echo);
    *session->link_in_list = session->next;
    if (session->next)
        session->next->link_in_list = session->link_in_list;
    session->list->count--;
    free(session);
}

/* From here on only the task that frees the session will run. */
static void go_away(struct fed_session *session)
{
    session->phase = PHASE_GONE;
    gp_watch_set(session->watch, 0);
    gp_timer_clear(session->timer);
    gp_task_post(&session->turn);
}

static void end(struct fed_session *session, const struct fed_request *request)
{
    fed_session_hear_ourselves(session);
    fed_session_tell(session, fed_close_text(request->u.close.reason), request->u.close.detail);
    session->has_ended = true;
    session->phase = PHASE_LINGERING;
    gp_timer_set(session->timer, session->limits->close_ms);
    if (!request->u.close.is_lingering || session->is_cut)
        go_away(session);
    session->owner->on_end(session->arg, session, request->u.close.reason, request->u.close.detail);
}

/* Writes what can be written; false when the connection is lost. */
static bool write_output(struct fed_session *session)
{
    struct gp_buf *output = session->type->output(session->machine);
    while (gp_buf_len(output) > 0 && !session->is_cut) {
        struct gp_span bytes = gp_buf_span(output);
        size_t sent = 0;
        enum gp_io_result result = fed_link_write(session->link, bytes.at, bytes.len, &sent);
        if (result == GP_IO_AGAIN)
            return true;
        if (result != GP_IO_DONE)
            return false;
        gp_buf_consume(output, sent);
        session->sent_bytes += sent;
        session->progress_ms = gp_clock_mono_ms();
    }
    return true;
}

static void lose_connection(struct fed_session *session, bool was_clean)
{
    if (session->has_ended) {
        go_away(session);
        return;
    }
    struct fed_now now = fed_now();
    if (session->phase == PHASE_HANDSHAKE && session->type->tls_failed)
        session->type->tls_failed(session->machine, &now, fed_link_error(session->link));
    else
        session->type->peer_closed(session->machine, &now, was_clean,
                                   fed_link_error(session->link));
    session->phase = PHASE_STREAM;
    session->is_paused = false; /* the machine has something to say about it */
    gp_task_post(&session->turn);
}

/* The clear bytes are out: the next byte on the wire is TLS. */
static void start_tls(struct fed_session *session)
{
    struct gp_err err = {0};
    struct fed_now now = fed_now();
    session->phase = PHASE_HANDSHAKE;
    if (session->owner->start_tls(session->arg, session, session->link, &err) == GP_OK)
        return;
    session->phase = PHASE_STREAM;
    session->type->tls_failed(session->machine, &now, err.text);
}

static void handshake(struct fed_session *session)
{
    enum gp_io_result result = fed_link_handshake(session->link);
    if (result == GP_IO_AGAIN)
        return;
    if (result != GP_IO_DONE) {
        lose_connection(session, false);
        return;
    }
    struct fed_tls_facts *facts = NULL;
    struct gp_err err = {0};
    struct fed_now now = fed_now();
    session->phase = PHASE_STREAM;
    if (fed_link_tls_facts(session->link, &facts, &err) == GP_OK)
        fed_session_tell(session, "TLS is up", facts->version);
    if (facts)
        session->type->tls_done(session->machine, &now, facts);
    else
        session->type->tls_failed(session->machine, &now, err.text);
    gp_task_post(&session->turn);
}

static bool wants_to_read(struct fed_session *session)
{
    switch (session->phase) {
    case PHASE_STREAM:
        return !session->is_paused && session->type->wants_bytes(session->machine);
    case PHASE_LINGERING:
        return true;
    case PHASE_FLUSHING:
    case PHASE_HANDSHAKE:
    case PHASE_GONE:
        break;
    }
    return false;
}

static int64_t stall_deadline_ms(const struct fed_session *session)
{
    return session->has_output ? session->progress_ms + session->limits->stall_ms : INT64_MAX;
}

static int64_t next_deadline_ms(const struct fed_session *session)
{
    int64_t stall = stall_deadline_ms(session);
    int64_t machine = session->type->deadline_ms(session->machine);
    /* An answer that was not read is not late. */
    if (session->is_paused)
        return stall;
    if (machine < session->heed_ms)
        machine = session->heed_ms;
    return machine < stall ? machine : stall;
}

/* The one place that decides what the descriptor is watched for and when the timer rings. */
static void arrange(struct fed_session *session)
{
    if (session->phase == PHASE_GONE)
        return;
    bool has_output = gp_buf_len(session->type->output(session->machine)) > 0 && !session->is_cut;
    gp_watch_set(session->watch, fed_link_want(session->link, wants_to_read(session), has_output));
    if (has_output && !session->has_output)
        session->progress_ms = gp_clock_mono_ms();
    session->has_output = has_output;
    if (session->has_ended)
        return;
    int64_t deadline_ms = next_deadline_ms(session);
    if (deadline_ms == INT64_MAX)
        gp_timer_clear(session->timer);
    else
        gp_timer_set(session->timer, deadline_ms - gp_clock_mono_ms());
}

static void take_requests(struct fed_session *session)
{
    struct fed_request request;
    while (session->phase == PHASE_STREAM && !session->is_paused) {
        struct fed_now now = fed_now();
        session->type->next(session->machine, &now, &request);
        switch (request.what) {
        case FED_DO_WAIT:
            return;
        case FED_DO_START_TLS:
            session->phase = PHASE_FLUSHING;
            break;
        case FED_DO_CLOSE:
            end(session, &request);
            break;
        case FED_DO_STANZA:
        case FED_DO_VERIFY:
        case FED_DO_LOOK_UP:
        case FED_DO_POSH:
        case FED_DO_OPEN:
        case FED_DO_REFUSED:
        case FED_DO_CONFIRMED:
        case FED_DO_ACKED:
        case FED_DO_RESULT:
            session->owner->on_request(session->arg, session, &request);
            break;
        }
    }
}

static void take_turn(struct fed_session *session)
{
    take_requests(session);
    if (session->owner->on_turn && !session->has_ended)
        session->owner->on_turn(session->arg, session);
}

static void linger(struct fed_session *session)
{
    if (gp_buf_len(session->type->output(session->machine)) > 0 || session->has_shut_down)
        return;
    session->has_shut_down = fed_link_shutdown(session->link) != GP_IO_AGAIN;
}

/* Requests first, then one write for everything that they and their neighbours have put into the
 * output. */
static void handle_turn(void *arg)
{
    struct fed_session *session = arg;
    if (session->phase == PHASE_GONE) {
        fed_session_destroy(session);
        return;
    }
    take_turn(session);
    if (session->phase == PHASE_GONE)
        return;
    uint64_t sent_before = session->sent_bytes;
    fed_session_hear_ourselves(session);
    if (session->phase != PHASE_HANDSHAKE && !write_output(session)) {
        lose_connection(session, false);
        return;
    }
    if (session->sent_bytes > sent_before && session->owner->on_sent && !session->has_ended)
        session->owner->on_sent(session->arg, session);
    size_t waiting = gp_buf_len(session->type->output(session->machine));
    if (session->phase == PHASE_FLUSHING && waiting == 0) {
        start_tls(session);
        handshake(session);
    }
    if (session->phase == PHASE_LINGERING)
        linger(session);
    if (session->was_full && waiting < session->limits->send_bytes / 2 && !session->has_ended) {
        session->was_full = false;
        if (session->owner->on_drained)
            session->owner->on_drained(session->arg, session);
    }
    /* TLS may hold decrypted bytes that the descriptor will never announce */
    if (wants_to_read(session) && fed_link_pending(session->link) > 0)
        on_ready(session, GP_READ);
    arrange(session);
}

static void read_some(struct fed_session *session)
{
    char chunk[FED_SESSION_READ_CHUNK];
    size_t taken = 0;
    while (wants_to_read(session) && taken < FED_SESSION_READ_TURN) {
        size_t len = 0;
        enum gp_io_result result = fed_link_read(session->link, chunk, sizeof(chunk), &len);
        if (result == GP_IO_AGAIN)
            return;
        if (result != GP_IO_DONE) {
            lose_connection(session,
                            result == GP_IO_EOF && fed_link_was_closed_cleanly(session->link));
            return;
        }
        taken += len;
        if (session->phase == PHASE_LINGERING) {
            session->discarded += len;
            if (session->discarded > FED_SESSION_LINGER_READ)
                go_away(session);
            continue;
        }
        struct fed_now now = fed_now();
        session->type->bytes(session->machine, &now, gp_span_make(chunk, len));
        take_turn(session);
        if (session->owner->on_read && !session->has_ended)
            session->owner->on_read(session->arg, session, len);
    }
}

static void on_ready(void *arg, unsigned ready)
{
    struct fed_session *session = arg;
    (void)ready; /* TLS may need either direction for either purpose: try both */
    if (session->phase == PHASE_HANDSHAKE)
        handshake(session);
    else
        read_some(session);
    gp_task_post(&session->turn);
}

/* The connection counts as lost, since the peer would not read a last word either; but that is not
 * what is wrong with it. */
static void give_up_sending(struct fed_session *session, const struct fed_now *now)
{
    session->type->peer_closed(session->machine, now, false, "");
    session->type->stop(session->machine, now, FED_CLOSE_SLOW_READER);
}

static void on_timer(void *arg)
{
    struct fed_session *session = arg;
    if (session->has_ended) {
        go_away(session);
        return;
    }
    struct fed_now now = fed_now();
    if (now.mono_ms < next_deadline_ms(session)) {
        arrange(session);
        return;
    }
    session->phase = PHASE_STREAM; /* a handshake that took too long ends here */
    session->is_paused = false;
    if (now.mono_ms >= stall_deadline_ms(session))
        give_up_sending(session, &now);
    else
        session->type->deadline(session->machine, &now);
    gp_task_post(&session->turn);
}

void fed_session_stop(struct fed_session *session, enum fed_close reason)
{
    if (session->has_ended)
        return;
    struct fed_now now = fed_now();
    session->type->stop(session->machine, &now, reason);
    session->phase = PHASE_STREAM;
    session->is_paused = false;
    gp_task_post(&session->turn);
}

void fed_session_set_settings(struct fed_session *session, const struct fed_settings *settings)
{
    struct fed_now now = fed_now();
    session->limits = &settings->limits;
    if (session->type->set_settings(session->machine, &now, settings)) {
        session->phase = PHASE_STREAM; /* as when it is stopped */
        session->is_paused = false;
    }
    gp_task_post(&session->turn);
}

void fed_session_give(struct fed_session *session, const struct fed_session_owner *owner, void *arg)
{
    session->owner = owner;
    session->arg = arg;
}

void fed_session_kick(struct fed_session *session)
{
    gp_task_post(&session->turn);
}

void fed_session_pause(struct fed_session *session, bool is_paused)
{
    if (session->is_paused && !is_paused)
        session->heed_ms = gp_clock_mono_ms() + session->limits->close_ms;
    session->is_paused = is_paused;
    gp_task_post(&session->turn);
}

bool fed_session_is_paused(const struct fed_session *session)
{
    return session->is_paused;
}

bool fed_session_is_full(struct fed_session *session)
{
    size_t waiting = gp_buf_len(session->type->output(session->machine));
    session->was_full = session->was_full || waiting > session->limits->send_bytes;
    return session->was_full;
}

void fed_session_cut(struct fed_session *session)
{
    session->is_cut = true;
    if (session->phase == PHASE_LINGERING)
        go_away(session);
}

uint64_t fed_session_sent_bytes(const struct fed_session *session)
{
    return session->sent_bytes;
}

bool fed_session_is_lost(const struct fed_session *session)
{
    return session->phase == PHASE_GONE;
}

void *fed_session_machine(const struct fed_session *session)
{
    return session->machine;
}

struct fed_link *fed_session_link(const struct fed_session *session)
{
    return session->link;
}

bool fed_session_has_ended(const struct fed_session *session)
{
    return session->has_ended;
}

const struct dns_domain *fed_session_partner(const struct fed_session *session)
{
    return session->type->partner ? session->type->partner(session->machine) : NULL;
}

bool fed_session_is_outbound(const struct fed_session *session)
{
    return session->type == &fed_machine_out;
}

struct gp_addr fed_session_peer(const struct fed_session *session)
{
    return session->peer;
}

int64_t fed_session_started_ms(const struct fed_session *session)
{
    return session->started_ms;
}

struct fed_session *fed_session_next(const struct fed_session *session)
{
    return session->next;
}
