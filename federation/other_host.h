/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a peer sends us that ends its stream with see-other-host (RFC 6120, 4.9.3.19). Pure. */
#ifndef GP_FED_OTHER_HOST_H
#define GP_FED_OTHER_HOST_H

#include "dns/route.h"

#define FED_OTHER_HOST_HOPS 2 /* in one attempt; the RFC wants two at least and five at most */

/*
 * Reads "host" or "host:port"; without a port it is the well-known one of the service. An IP
 * address is refused, as in an SRV record, and so is a port that no XMPP server has (T64). False,
 * and err says why in words.
 */
bool fed_other_host_read(const char *text, enum dns_service service, struct dns_static_route *ret,
                         struct gp_err *err);

#endif
