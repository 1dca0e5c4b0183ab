/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One look at one address of an endpoint, as a partner would see it: connect, STARTTLS or direct
 * TLS, stream header, features, and a login by SASL EXTERNAL where it is offered, or dialback, or a
 * question about a dialback key; then an orderly end. Nothing that is found wrong stops it before
 * it must: a wrong certificate is a fact like any other.
 */
#ifndef GP_FED_PROBE_H
#define GP_FED_PROBE_H

#include "federation/session.h"

/* How far it came. */
enum fed_probe_stage {
    FED_PROBE_NOTHING, /* no TCP connection */
    FED_PROBE_CONNECTED,
    FED_PROBE_ANSWERED, /* a stream header in clear; not with direct TLS */
    FED_PROBE_SECURED,  /* TLS has shaken hands */
    FED_PROBE_GREETED,  /* a stream header inside TLS */
    FED_PROBE_FEATURES, /* features inside TLS */
    FED_PROBE_LOGGED_IN /* our certificate was taken for the domain's, or our key */
};

#define FED_PROBE_TEXT_MAX  400
#define FED_PROBE_CHAIN_MAX 16

struct fed_probe_result {
    enum fed_probe_stage stage;
    int64_t connect_ms;          /* until connected, or until it failed */
    int64_t duration_ms;         /* of everything */
    enum fed_close reason;       /* how the stream ended; not with FED_PROBE_NOTHING */
    char detail[FED_DETAIL_MAX]; /* of reason, escaped; of a stream error: condition, ": ", text */
    char sentence[FED_PROBE_TEXT_MAX]; /* why it went no further, in words; "" when it came to its
                                          end */
    bool has_verdict;                  /* of a question; verdict is there */
    enum fed_verdict verdict;
    struct fed_hello hello[2]; /* the peer's stream headers: in clear, inside TLS */
    struct fed_offer offer;
    struct fed_tls_facts *tls; /* owned; NULL before FED_PROBE_SECURED */
    size_t chain_count;        /* certificates that were sent, the peer's own first */
    struct fed_cert *chain[FED_PROBE_CHAIN_MAX]; /* owned */
};

/* Borrowed, and outlives the probe and its session, if nothing else is said. */
struct fed_probe_setup {
    struct gp_loop *loop;
    const struct fed_settings *settings;
    struct fed_session_list *sessions; /* says good-bye in there after the result */
    struct fed_tls *tls;
    struct gp_addr addr; /* with the port */
    enum dns_service service;
    struct dns_domain domain; /* whom the probe wants: "to" and SNI; also whom it comes as, with
                                 that domain's certificate if tls has one */
    const char *server_name;  /* SNI, if it is not to be the domain; copied; NULL: it is */
    bool offers_alpn;
    enum fed_out_purpose purpose; /* FED_OUT_LOOK, FED_OUT_REHEARSE or FED_OUT_VERIFY */
    const struct dns_domain *as;  /* whom the probe comes as; copied; NULL: as the domain itself */
    bool shows_certificate;       /* of whom it comes as, whatever the purpose; tls has one */
    /* FED_OUT_VERIFY: what is asked, copied; and whether it may be asked in clear where there is no
     * TLS. */
    const char *verify_id, *verify_key;
    bool takes_clear;
    const char
        *last_word; /* a stanza that is said once the probe is logged in; copied; NULL: none */
    const struct dns_tlsa *tlsa; /* usable records; borrowed until the result */
    size_t tlsa_count;
    const char *token;   /* goes into the id of the secured stream header; NULL: none; copied */
    uint32_t timeout_ms; /* for everything */
};

struct fed_probe;

/* Takes the result: fed_probe_result_destroy(). */
typedef void fed_probe_fn_done(void *arg, struct fed_probe_result *result);

/* One callback, never inside the call, never after cancel. Errors: GP_ERR_NOMEM; fn is not called
 * then. */
GP_MUST_USE enum gp_code fed_probe_start(const struct fed_probe_setup *setup, fed_probe_fn_done *fn,
                                         void *arg, struct fed_probe **ret, struct gp_err *err);

/* Cuts the connection. NULL is fine. */
void fed_probe_cancel(struct fed_probe *probe);

void fed_probe_result_destroy(struct fed_probe_result *result);

#endif
