/* SPDX-License-Identifier: BSD-2-Clause */
/* The TLS half of a link: what link.c forwards to once TLS has started. */
#ifndef GP_FED_TLS_LINK_H
#define GP_FED_TLS_LINK_H

#include "federation/link.h"

struct fed_tls_link;

/* fd is borrowed from the link and outlives this object. */
GP_MUST_USE enum gp_code fed_tls_link_accept(int fd, struct fed_tls *tls,
                                             const struct dns_domain *fallback_home, bool is_direct,
                                             struct fed_tls_link **ret, struct gp_err *err);
GP_MUST_USE enum gp_code fed_tls_link_connect(int fd, struct fed_tls *tls,
                                              const struct fed_tls_connect *how,
                                              struct fed_tls_link **ret, struct gp_err *err);
void fed_tls_link_destroy(struct fed_tls_link *link);
void fed_tls_link_trust(struct fed_tls_link *link, const struct fed_tls_anchors *anchors);

/* As their namesakes in link.h. */
unsigned fed_tls_link_want(const struct fed_tls_link *link, bool owner_reads, bool owner_writes);
enum gp_io_result fed_tls_link_handshake(struct fed_tls_link *link);
enum gp_io_result fed_tls_link_read(struct fed_tls_link *link, void *to, size_t max,
                                    size_t *ret_len);
enum gp_io_result fed_tls_link_write(struct fed_tls_link *link, const void *from, size_t len,
                                     size_t *ret_len);
bool fed_tls_link_was_closed_cleanly(const struct fed_tls_link *link);
size_t fed_tls_link_pending(const struct fed_tls_link *link);
const char *fed_tls_link_error(const struct fed_tls_link *link);
GP_MUST_USE enum gp_code fed_tls_link_facts(struct fed_tls_link *link, struct fed_tls_facts **ret,
                                            struct gp_err *err);

/* As its namesake. */
GP_MUST_USE enum gp_code fed_tls_link_match(struct fed_tls_link *link, const struct dns_tlsa *tlsa,
                                            size_t count, struct fed_evidence *ret,
                                            struct gp_err *err);

/* Says that nothing more will be sent. GP_IO_AGAIN: there was no room; else GP_IO_DONE. */
enum gp_io_result fed_tls_link_close_notify(struct fed_tls_link *link);
size_t fed_tls_link_chain(const struct fed_tls_link *link, struct fed_cert **ret, size_t max);

#endif
