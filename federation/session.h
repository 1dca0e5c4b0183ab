/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One connection with the stream machine that speaks on it: moves bytes between the two, carries
 * out what the machine asks of the connection (TLS, close) and hands everything else to its owner.
 *
 * A session ends exactly once: on_end is the last call to the owner. After it the session goes on
 * by itself for a moment: it sends what is left, ends TLS and the connection properly and lets the
 * peer's last bytes run out, so that a stream error is read and not lost to a reset (F7). Then it
 * frees itself.
 */
#ifndef GP_FED_SESSION_H
#define GP_FED_SESSION_H

#include "base/loop.h"
#include "federation/link.h"
#include "federation/machine.h"
#include "federation/tap.h"

struct fed_session;

/* The session's owner. None of these is called inside a call of the owner's to the session. */
struct fed_session_owner {
    /*
     * FED_DO_START_TLS: call fed_link_tls_accept() or fed_link_tls_connect() on the link. A failure
     * ends the session.
     */
    enum gp_code (*start_tls)(void *arg, struct fed_session *session, struct fed_link *link,
                              struct gp_err *err);
    /* Every other request but FED_DO_WAIT and FED_DO_CLOSE. */
    void (*on_request)(void *arg, struct fed_session *session, const struct fed_request *request);
    /* So many bytes of the stream were read. May be NULL. */
    void (*on_read)(void *arg, struct fed_session *session, size_t bytes);
    /* Bytes or an answer were handled; the machine may be in another state. May be NULL. */
    void (*on_turn)(void *arg, struct fed_session *session);
    /* The output has been sent to below half of limits->send_bytes after fed_session_is_full() was
     * true. May be NULL. */
    void (*on_drained)(void *arg, struct fed_session *session);
    /* The connection has taken some of the output. May be NULL. */
    void (*on_sent)(void *arg, struct fed_session *session);
    void (*on_end)(void *arg, struct fed_session *session, enum fed_close reason,
                   const char *detail);
};

/* All sessions of one worker, so that none is forgotten when it stops. */
struct fed_session_list {
    struct fed_session *first;
    size_t count;
    uint64_t made;        /* since the start */
    struct fed_tap *taps; /* borrowed; who listens */
};

/* Borrows tap until it is taken out of list->taps again: tells it what sessions say and hear. */
void fed_session_list_listen(struct fed_session_list *list, struct fed_tap *tap);

struct fed_session_setup {
    struct gp_loop *loop;
    const struct fed_limits *limits; /* borrowed, outlives the session */
    struct fed_session_list *list;   /* borrowed, likewise */
    struct fed_link *link;           /* taken; NULL: there was no memory for it */
    const struct fed_machine_type *type;
    void *machine; /* likewise */
    const struct fed_session_owner *owner;
    void *arg;
};

/* NULL when there is no memory; link and machine are released then. The first request is handled at
 * the loop's next turn. */
struct fed_session *fed_session_create(const struct fed_session_setup *setup);

/* Cuts the connection, without a word to peer or owner: for the end of a worker. */
void fed_session_destroy(struct fed_session *session);

/* Asks the machine to end the stream in order. on_end follows at a later turn. */
void fed_session_stop(struct fed_session *session, enum fed_close reason);

/* A reload: for every session of a worker, in one turn (fed_in_set_settings()). */
void fed_session_set_settings(struct fed_session *session, const struct fed_settings *settings);

/* Hands the session to another owner. */
void fed_session_give(struct fed_session *session, const struct fed_session_owner *owner,
                      void *arg);

/* After the owner talked to the machine itself (an answer, a stanza to send): requests and output
 * are taken up next turn. */
void fed_session_kick(struct fed_session *session);

/* While paused nothing is read and no request handled: the owner cannot take more stanzas now. */
void fed_session_pause(struct fed_session *session, bool is_paused);
bool fed_session_is_paused(const struct fed_session *session);

/* More than limits->send_bytes wait to be sent: put nothing more into the output until on_drained.
 */
bool fed_session_is_full(struct fed_session *session);

/* Sends nothing more of the output, which its owner takes back; when the stream ends, the
 * connection is closed at once. */
void fed_session_cut(struct fed_session *session);

/* How many bytes of the output the connection has taken since the start. */
uint64_t fed_session_sent_bytes(const struct fed_session *session);

/* In on_end: whether the connection takes no more, so that what the output still holds is lost. */
bool fed_session_is_lost(const struct fed_session *session);

/* The stream machine and the connection that it was created with. */
void *fed_session_machine(const struct fed_session *session);
struct fed_link *fed_session_link(const struct fed_session *session);

/* Whether on_end was called; such a session is only saying good-bye. */
bool fed_session_has_ended(const struct fed_session *session);

/* Facts for log and status. */
/* Who is at the other end, as far as it is known (not set before); NULL: no partner's stream. */
const struct dns_domain *fed_session_partner(const struct fed_session *session);
bool fed_session_is_outbound(const struct fed_session *session);
struct gp_addr fed_session_peer(const struct fed_session *session);
int64_t fed_session_started_ms(const struct fed_session *session);

/* The next one of its list; NULL behind the last. */
struct fed_session *fed_session_next(const struct fed_session *session);

/* This moment, for an event. */
struct fed_now fed_now(void);

#endif
