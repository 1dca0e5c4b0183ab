/* SPDX-License-Identifier: BSD-2-Clause */
/* What a session is made of; private to session.c and session_tap.c. */
#ifndef GP_FED_SESSION_STATE_H
#define GP_FED_SESSION_STATE_H

#include "federation/session.h"

enum fed_session_phase {
    PHASE_STREAM,    /* bytes belong to the machine */
    PHASE_FLUSHING,  /* the last bytes in clear are being sent, then TLS starts */
    PHASE_HANDSHAKE, /* the link shakes hands */
    PHASE_LINGERING, /* ended: sending what is left, then reading into the void */
    PHASE_GONE       /* waits for its task to free it */
};

struct fed_session {
    struct fed_session *next, **link_in_list;
    struct fed_session_list *list;
    const struct fed_limits *limits;
    struct gp_loop *loop;
    struct fed_link *link;  /* owned */
    struct gp_watch *watch; /* owned */
    struct gp_timer *timer; /* owned; the machine's deadline, a stall, or the end of lingering */
    struct gp_task turn;    /* take up requests and output */
    const struct fed_machine_type *type;
    void *machine; /* owned */
    const struct fed_session_owner *owner;
    void *arg;
    enum fed_session_phase phase;
    bool is_paused;
    bool was_full;       /* on_drained is owed */
    bool has_ended;      /* on_end was called */
    bool is_cut;         /* the output is not sent any more */
    int64_t heed_ms;     /* the machine's deadlines do not count before: it was paused */
    bool has_shut_down;  /* lingering: our side of the connection is closed */
    size_t discarded;    /* lingering: bytes thrown away */
    uint64_t sent_bytes; /* of the output, since the start */
    int64_t progress_ms; /* when output was last sent, or began to wait */
    bool has_output;     /* some waits */
    struct gp_addr peer;
    int64_t started_ms;
    uint64_t number;
    struct fed_echo echo; /* for who listens */
};

/* session_tap.c: for who listens. What the peer says (a fed_ear_fn, of the session); what is new in
 * the output; and what happens. */
void fed_session_hear(void *arg, const struct fed_xml *xml, enum fed_xml_event event);
void fed_session_hear_ourselves(struct fed_session *session);
void fed_session_tell(const struct fed_session *session, const char *what, const char *detail);

#endif
