/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One stream machine on a stage of its own: settings, virtual time, and a record of everything that
 * it asked for. Carries out no request; the script says what came of each.
 */
#ifndef GP_TESTS_REPLAY_STAGE_H
#define GP_TESTS_REPLAY_STAGE_H

#include "federation/stream_in.h"
#include "federation/stream_out.h"

#define STAGE_RECORDS_MAX 256

struct stage {
    struct fed_settings settings;
    struct dns_endpoint endpoint; /* for an initiating machine */
    const char *probe;            /* a token that was announced, or NULL */
    struct fed_now now;
    unsigned ids;      /* stream ids that were made */
    struct fed_in *in; /* one of the two */
    struct fed_out *out;
    bool has_closed; /* FED_DO_CLOSE came */
    size_t record_count, record_next;
    char *records[STAGE_RECORDS_MAX]; /* owned; one line for each request */
    bool *seen_closes;                /* by reason: which ones came */
    bool has_overflown;
};

/*
 * home.example and second.example are ours. Partners: strict.example proves itself by certificate,
 * dialback.example may use dialback, clear.example may even do so without TLS, dane.example needs
 * DANE. Everybody else is unlisted.
 */
void stage_init(struct stage *stage, bool *seen_closes);
void stage_finish(struct stage *stage);

struct fed_partner *stage_partner(struct stage *stage, const char *domain);

/* Sets a field of the limits by its name; false when there is none. */
bool stage_limit(struct stage *stage, const char *name, uint32_t value);

/* Enters the machine, which must exist only once. */
void stage_enter_in(struct stage *stage, bool is_direct_tls);
void stage_enter_out(struct stage *stage, const struct fed_out_setup *setup);

/* Bytes of the peer, in pieces of chunk bytes; what the machine does not want is not read. */
void stage_bytes(struct stage *stage, struct gp_span bytes, size_t chunk);
void stage_tls_done(struct stage *stage, struct fed_tls_facts *facts);
void stage_tls_failed(struct stage *stage, const char *detail);
void stage_lost(struct stage *stage, bool was_clean, const char *detail);
void stage_stop(struct stage *stage, enum fed_close reason);
void stage_verified(struct stage *stage, unsigned number, enum fed_verdict verdict);
bool stage_send(struct stage *stage, struct gp_span stanza);

/* Lets time pass; deadlines are met on the way. */
void stage_pass(struct stage *stage, int64_t duration_ms);

struct gp_buf *stage_output(struct stage *stage);
const char *stage_state(const struct stage *stage);
int64_t stage_deadline_ms(const struct stage *stage);
bool stage_wants_bytes(const struct stage *stage);

const char *stage_close_name(enum fed_close reason);

#endif
