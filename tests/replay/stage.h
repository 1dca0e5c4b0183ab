/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One stream machine on a stage of its own: settings, virtual time, and a record of everything that
 * it asked for. Carries out no request; the script says what came of each.
 */
#ifndef GP_TESTS_REPLAY_STAGE_H
#define GP_TESTS_REPLAY_STAGE_H

#include "federation/machine.h"

#define STAGE_RECORDS_MAX 256

struct stage {
    unsigned places;               /* for connections of partners */
    struct fed_settings *settings; /* owned */
    struct dns_endpoint endpoint;  /* for an initiating machine */
    const char *probe;             /* a token that was announced, or NULL */
    struct dns_domain stand_in;    /* that it may come as; or not set */
    const char *verify_cert;       /* the certificate that came with a key; "": none */
    struct fed_now now;
    unsigned ids;                        /* stream ids that were made */
    enum fed_component_claim claim;      /* what a home domain is good for, for a component */
    struct gp_secret inside_secret;      /* a component's */
    const struct fed_machine_type *type; /* NULL until a machine is entered */
    void *machine;
    struct fed_in *in; /* the machine, under its own type; one of the four */
    struct fed_out *out;
    struct fed_component *component;
    struct fed_component_client *client;
    bool has_closed; /* FED_DO_CLOSE came */
    size_t record_count, record_next;
    char *records[STAGE_RECORDS_MAX]; /* owned; one line for each request */
    bool *seen_closes;                /* by reason: which ones came */
    bool has_overflown;
};

/*
 * home.example and second.example are ours. Partners: strict.example proves itself by certificate,
 * dialback.example may use dialback, clear.example may even do so without TLS, dane.example needs
 * DANE. tlsa.example is judged by its TLSA records when it connects, and may use dialback;
 * onlytlsa.example needs them; posh.example may use POSH, all.example all of it. Everybody else is
 * unlisted.
 */
void stage_init(struct stage *stage, bool *seen_closes);
void stage_finish(struct stage *stage);

struct fed_partner *stage_partner(struct stage *stage, const char *domain);

/* Sets a field of the limits by its name; false when there is none. */
bool stage_limit(struct stage *stage, const char *name, uint32_t value);

/* Enters the machine, which must exist only once. */
void stage_enter_in(struct stage *stage, bool is_direct_tls);
void stage_enter_out(struct stage *stage, const struct fed_out_setup *setup);
void stage_enter_component(struct stage *stage);
void stage_enter_component_client(struct stage *stage, const struct dns_domain *domain);

/* Asks the server inside for a sign; false: the last question is not answered. */
bool stage_ask(struct stage *stage);

/* Bytes of the peer, in pieces of chunk bytes; what the machine does not want is not read. */
void stage_bytes(struct stage *stage, struct gp_span bytes, size_t chunk);
void stage_tls_done(struct stage *stage, struct fed_tls_facts *facts);
void stage_tls_failed(struct stage *stage, const char *detail);
void stage_lost(struct stage *stage, bool was_clean, const char *detail);
/* The peer's last bytes and the end of the connection, before the machine is asked again: as it is
 * for a session that was paused. */
void stage_last(struct stage *stage, struct gp_span bytes);
void stage_stop(struct stage *stage, enum fed_close reason);
/* Other settings: "same" as those that are there, or with a partner "removed", its terms "changed",
 * a home domain "gone". False when it makes no sense. */
bool stage_reload(struct stage *stage, const char *how, const char *domain);
void stage_verified(struct stage *stage, unsigned number, enum fed_verdict verdict);
void stage_looked_up(struct stage *stage, unsigned number, const struct fed_evidence *evidence);
void stage_hurry(struct stage *stage);
void stage_one_way(struct stage *stage);
bool stage_send(struct stage *stage, struct gp_span stanza);

/* Lets time pass; deadlines are met on the way. */
void stage_pass(struct stage *stage, int64_t duration_ms);

struct gp_buf *stage_output(struct stage *stage);
const char *stage_state(const struct stage *stage);
int64_t stage_deadline_ms(const struct stage *stage);
bool stage_wants_bytes(const struct stage *stage);

const char *stage_close_name(enum fed_close reason);

#endif
