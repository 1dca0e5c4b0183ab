/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A connection as the sessions see it: plain TCP at first or TLS at once; STARTTLS turns one into
 * the other. Non-blocking; a TLS read that must write is ordinary and shows in fed_link_want().
 */
#ifndef GP_FED_LINK_H
#define GP_FED_LINK_H

#include "base/io.h"
#include "base/loop.h"
#include "federation/evidence.h"
#include "federation/tls_ctx.h"
#include "federation/tls_facts.h"

struct fed_link;

/* Takes the connected descriptor. NULL when there is no memory (the descriptor is closed then too).
 */
struct fed_link *fed_link_create(int fd);

/* Closes at once. NULL is fine. */
void fed_link_destroy(struct fed_link *link);

/* Stays the link's. */
int fed_link_fd(const struct fed_link *link);

/*
 * GP_READ, GP_WRITE or both: what the link waits for by itself, given whether its owner wants to
 * read and to write. Either may serve either purpose under TLS: when the descriptor is ready, try
 * everything that was wanted.
 */
unsigned fed_link_want(const struct fed_link *link, bool owner_reads, bool owner_writes);

/*
 * After GP_IO_AGAIN of a write the next write must begin with the same bytes and hold no fewer:
 * some may be under way in a TLS record already. Before the end of a TLS handshake both fail.
 */
enum gp_io_result fed_link_read(struct fed_link *link, void *to, size_t max, size_t *ret_len);
enum gp_io_result fed_link_write(struct fed_link *link, const void *from, size_t len,
                                 size_t *ret_len);

/* Whether the peer ended TLS properly (close_notify) before its FIN; true for plain TCP (T23). */
bool fed_link_was_closed_cleanly(const struct fed_link *link);

/* Bytes that TLS has decrypted but nobody read: the descriptor will not become readable for them.
 */
size_t fed_link_pending(const struct fed_link *link);

/*
 * Sends close_notify if TLS is up, then ends the writing side of the connection; reading goes on.
 * GP_IO_AGAIN: there was no room for close_notify; call again when the descriptor is writable
 * (fed_link_want() sees to it).
 */
enum gp_io_result fed_link_shutdown(struct fed_link *link);

#define FED_LINK_ERROR_MAX 160

/* The last failure of this link in words: "connection reset by peer", "the peer sent tlsv1 alert
 * unknown ca", ...; "" when there was none. Valid until the next operation on the link. */
const char *fed_link_error(const struct fed_link *link);

/* An errno value in such words; returns out. */
const char *fed_link_errno_text(int errnum, char out[FED_LINK_ERROR_MAX]);

/*
 * Starts TLS as the receiving entity: asks for a client certificate, always, and accepts any; picks
 * our certificate by SNI (unknown or none: fallback_home). is_direct: with ALPN offered,
 * "xmpp-server" must be in it (RFC 7301, 3.2).
 */
GP_MUST_USE enum gp_code fed_link_tls_accept(struct fed_link *link, struct fed_tls *tls,
                                             const struct dns_domain *fallback_home, bool is_direct,
                                             struct gp_err *err);

/* How to start TLS as the initiating entity. Everything is borrowed for the call. */
struct fed_tls_connect {
    const struct dns_domain *home; /* whose certificate is shown; NULL: none is */
    const char *server_name;       /* SNI, A-labels; NULL: none */
    bool offers_alpn;              /* "xmpp-server" */
    const struct dns_tlsa *tlsa;   /* usable records; they decide then */
    size_t tlsa_count;
};

/* The peer's chain is verified during the handshake, but the handshake succeeds whatever comes of
 * it: see the facts. */
GP_MUST_USE enum gp_code fed_link_tls_connect(struct fed_link *link, struct fed_tls *tls,
                                              const struct fed_tls_connect *how,
                                              struct gp_err *err);

/* Before the handshake: the peer's chain has to lead to one of these, instead of those of the
 * object that TLS was started from. */
void fed_link_tls_trust(struct fed_link *link, const struct fed_tls_anchors *anchors);

/* One step of the handshake: GP_IO_DONE when it is finished, GP_IO_AGAIN, or GP_IO_FAILED (see
 * fed_link_error()), also when TLS could not be started. */
enum gp_io_result fed_link_handshake(struct fed_link *link);

/* After the handshake. *ret points to facts that the caller owns: fed_tls_facts_destroy(). */
GP_MUST_USE enum gp_code fed_link_tls_facts(struct fed_link *link, struct fed_tls_facts **ret,
                                            struct gp_err *err);

/*
 * After the handshake of a link that was accepted: whether the peer's certificate matches one of
 * these usable records, as it is judged in the handshake of a link that was connected (RFC 6698;
 * RFC 7671). *ret is a match or a mismatch. Errors: GP_ERR_NOMEM.
 */
GP_MUST_USE enum gp_code fed_link_tls_match(struct fed_link *link, const struct dns_tlsa *tlsa,
                                            size_t count, struct fed_evidence *ret,
                                            struct gp_err *err);

/*
 * The certificates that a peer we connected to has sent, its own first: at most max are written and
 * become the caller's; fewer when there is no memory. After the handshake, also once the connection
 * is lost. Returns their number. For `check`; a stream needs the facts alone.
 */
size_t fed_link_tls_chain(const struct fed_link *link, struct fed_cert **ret, size_t max);

#endif
