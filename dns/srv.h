/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of service records (RFC 2782; XEP-0368, 3; spec-digest c.4, c.5). Pure. */
#ifndef GP_DNS_SRV_H
#define GP_DNS_SRV_H

#include "base/rnd.h"
#include "dns/answer.h"

enum dns_service {
    DNS_SERVICE_DIRECT_TLS, /* _xmpps-server: TLS from the first byte (XEP-0368) */
    DNS_SERVICE_STARTTLS    /* _xmpp-server */
};
#define DNS_SERVICE_COUNT 2

/* "_xmpps-server._tcp", "_xmpp-server._tcp" */
const char *dns_service_labels(enum dns_service service);
/* "direct TLS", "STARTTLS" */
const char *dns_service_text(enum dns_service service);

/* What one service's answer says, "." apart from "none" apart from failure (spec-digest c.4). */
enum dns_service_class {
    DNS_CLASS_RECORDS,
    DNS_CLASS_DENIED, /* exactly one record, target "." */
    DNS_CLASS_NONE,
    DNS_CLASS_FAIL
};

/* Into which class the answer of one service falls. */
enum dns_service_class dns_service_classify(const struct dns_answer *answer);

/* What to do with both answers: the matrix of c.4. */
enum dns_service_plan {
    DNS_PLAN_BOTH,
    DNS_PLAN_DIRECT_ONLY,
    DNS_PLAN_STARTTLS_ONLY,
    DNS_PLAN_FALLBACK,   /* the domain's own addresses, port 5269 (c.7) */
    DNS_PLAN_NO_SERVICE, /* permanent */
    DNS_PLAN_FAILED      /* temporary */
};

/* The cell of the matrix for these two answers. */
enum dns_service_plan dns_service_plan(const struct dns_answer *direct_tls,
                                       const struct dns_answer *starttls);

struct dns_srv_entry {
    enum dns_service service;
    enum dns_security security; /* of the answer that it came from */
    struct dns_srv srv;
};

/*
 * Puts entries into the order in which they are to be tried: ascending priority over both services,
 * and inside a priority drawn by weight (RFC 2782). Records of one priority and one weight are
 * equals; among them direct TLS goes first (C13).
 */
void dns_srv_order(struct dns_srv_entry *entries, size_t count, const struct gp_rnd *rnd);

#endif
