/* SPDX-License-Identifier: BSD-2-Clause */
/* What the value of a CAA record with the tag "issue" says (RFC 8659, 4.2; RFC 8657). Pure. */
#ifndef GP_DNS_CAA_H
#define GP_DNS_CAA_H

#include "dns/rr.h"

/* Each is empty when the value does not have it; borrowed from the value. */
struct dns_caa_issue {
    struct gp_span issuer;      /* domain name of the authority; empty: nobody may issue */
    struct gp_span account_uri; /* only for this account */
    struct gp_span methods;     /* only when proved by one of these, with commas between */
};

/* Parameters that are not known are passed over; of the same twice the last counts. Errors:
 * GP_ERR_INPUT (malformed, which permits nobody). */
GP_MUST_USE enum gp_code dns_caa_issue_read(struct gp_span value, struct dns_caa_issue *ret);

/* Whether the method is one of a list with commas. */
bool dns_caa_has_method(struct gp_span methods, const char *method);

#endif
