/* SPDX-License-Identifier: BSD-2-Clause */
/* Closing the streams with one partner, on request. */
#ifndef GP_FED_CLOSING_H
#define GP_FED_CLOSING_H

#include "federation/context.h"

struct fed_closing {
    size_t inbound, outbound; /* streams that are being closed */
};

/* Closes every stream with a partner on this worker in order, and adds how many to ret. Stanzas
 * that wait go over the next stream. */
void fed_close_partner(struct fed_context *context, const struct dns_domain *partner,
                       struct fed_closing *ret);

#endif
