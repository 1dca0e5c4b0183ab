/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the stream machines are made of; private to stream_in*.c, stream_out*.c and component*.c. It
 * knows how a stream is read, written and ended, but no state and no order.
 */
#ifndef GP_FED_STREAM_CORE_H
#define GP_FED_STREAM_CORE_H

#include "federation/stream.h"
#include "federation/stream_acks.h"
#include "federation/stream_limits.h"

/* What is the same in the rows of the machines' tables of states. */
struct fed_state_row {
    const char *name;
    size_t limit; /* offset in struct fed_limits of how long the state may last, in milliseconds */
    enum fed_close timeout; /* what it means when it lasted that long */
};

#define FED_STATE_ROW(text, limit_field, reason)                                               \
    {                                                                                          \
        .name = (text), .limit = offsetof(struct fed_limits, limit_field), .timeout = (reason) \
    }

struct fed_core {
    const struct fed_settings *settings; /* borrowed */
    struct fed_xml *xml;                 /* owned; NULL while TLS shakes hands and after the end */
    struct gp_buf output;
    struct fed_tls_facts *tls; /* owned; NULL before TLS */
    struct gp_arena arena;     /* of the element under way */
    bool has_opened;           /* our opening tag is in the output */
    bool has_closed;           /* our closing tag is */
    bool is_lost;              /* nothing more will come from the connection, because: */
    char lost_detail[FED_DETAIL_MAX];
    bool has_ended; /* FED_DO_CLOSE is due */
    bool is_told;   /* and was given */
    bool is_lingering;
    bool has_reason;
    enum fed_close reason;
    char detail[FED_DETAIL_MAX];
    int64_t until_ms;   /* of the state; monotonic, as the next */
    int64_t expires_ms; /* when the certificate ends that proves the peer; INT64_MAX: none does */
    int64_t expires_s;  /* the same by the wall clock */
    unsigned unsolicited;
    fed_ear_fn *ear; /* NULL: nobody listens */
    void *ear_arg;
    char other_host[FED_OTHER_HOST_MAX]; /* of the peer's see-other-host; "" without one */
    struct fed_peer_limits peer;         /* what it said last */
    struct fed_alive alive;
    struct fed_acks acks;
    uint32_t acked;   /* to be told */
    bool is_too_high; /* an acknowledgement of what was not sent came, of: */
    uint32_t too_high;
};

/* False when there is no memory; finish it all the same. */
GP_MUST_USE bool fed_core_init(struct fed_core *core, const struct fed_settings *settings);
void fed_core_finish(struct fed_core *core);

/* Other settings from here on; what is in the output still fits. */
void fed_core_set_settings(struct fed_core *core, const struct fed_settings *settings);

/* A fresh stream on the same connection: new parser, nothing of the old one is left (RFC
 * 6120, 4.3.3, 5.4.3.3). False when there is no memory. */
GP_MUST_USE bool fed_core_restart(struct fed_core *core);

/* The parser's next event, heard by whoever listens. */
enum fed_xml_event fed_core_read(struct fed_core *core);

/* The connection is gone. What was fed before can still be read. */
void fed_core_lose(struct fed_core *core, bool was_clean, const char *detail);

/*
 * The parser has nothing more to say for now: is there a reason to end the stream? Notes it, and
 * whether the connection is worth a last word. False when all is well.
 */
bool fed_core_is_failing(struct fed_core *core);

/* Nothing is read until fed_core_restart(). */
void fed_core_stop_reading(struct fed_core *core);

/* Moves the deadline to that of a state. */
void fed_core_arm(struct fed_core *core, const struct fed_now *now,
                  const struct fed_state_row *row);

/*
 * A certificate may end before the stream does: then the stream ends too (RFC 6120, 13.7.2.3).
 * fed_core_has_expired() is asked when expires_ms has come, and looks at the wall clock again.
 */
void fed_core_watch_expiry(struct fed_core *core, const struct fed_now *now);
bool fed_core_has_expired(struct fed_core *core, const struct fed_now *now);

/*
 * stream_life.c: the signs of life of an open stream. Whether the policy wants them (NULL does);
 * the peer was heard; all that is to be said now is in the output; when fed_core_live() is due,
 * which gives the next sign and is false when the stream has to end for want of one from the peer
 * (the reason is noted).
 */
void fed_core_set_policy(struct fed_core *core, const struct fed_partner *policy);
void fed_core_hear(struct fed_core *core, const struct fed_now *now);
void fed_core_settle(struct fed_core *core, const struct fed_now *now);
void fed_core_speak(struct fed_core *core, const struct fed_now *now);
int64_t fed_core_life_ms(const struct fed_core *core);
GP_MUST_USE bool fed_core_live(struct fed_core *core, const struct fed_now *now);

/* Who may ask for stream management. */
enum fed_sm_role {
    FED_SM_EARLY, /* the peer, but not yet */
    FED_SM_OPEN,  /* the peer */
    FED_SM_ASKED  /* we did */
};

/* Takes an element of stream management (XEP-0198). False when the stream has to end; the reason is
 * noted. */
GP_MUST_USE bool fed_core_take_sm(struct fed_core *core, const struct fed_now *now,
                                  enum fed_sm_role role);
void fed_core_put_ack(struct fed_core *core);

/* Fills ret with FED_DO_ACKED if there is something to tell. */
bool fed_core_tell_acked(struct fed_core *core, struct fed_request *ret);

/* Notes how the stream ends; only the first reason counts. detail is copied. */
void fed_core_reason(struct fed_core *core, enum fed_close reason, const char *detail);

/* Writes the error that goes with the reason that was noted, if it has one, and the closing tag; in
 * an opened stream that is not closed yet. */
void fed_core_put_end(struct fed_core *core);

/* stream_life.c: the same, when what the peer still says counts: it is asked which stanzas of ours
 * it has taken, and its certificate ends the stream no second time. */
void fed_core_take_leave(struct fed_core *core);

/* FED_DO_CLOSE follows. is_lingering: what is in the output is to be sent. */
void fed_core_end(struct fed_core *core, bool is_lingering);

/* Fills ret with FED_DO_CLOSE, once, or FED_DO_WAIT. */
void fed_core_tell_end(struct fed_core *core, struct fed_request *ret);

/* The element that the parser returned last, until the next call. NULL when it does not fit into
 * memory that is reasonable for negotiation. */
const struct fed_node *fed_core_tree(struct fed_core *core);

/* Whether the element that the parser returned last is called so. */
bool fed_core_is(const struct fed_core *core, const char *ns, const char *local);

/* The peer's stream error: notes reason and detail. */
void fed_core_take_error(struct fed_core *core);

/* Whether the header names the stream namespaces (RFC 6120, 4.8); notes the reason if not. */
bool fed_core_header_is_stream(struct fed_core *core);

/* version='...' of the header (RFC 6120, 4.7.5). */
enum fed_version {
    FED_VERSION_NONE, /* absent or below 1.0: no features */
    FED_VERSION_1,    /* 1.0 or more: 1.0 is spoken */
    FED_VERSION_BAD
};
enum fed_version fed_core_version(const struct fed_core *core);

/* Whether more input is welcome. */
bool fed_core_wants_bytes(const struct fed_core *core);

#endif
