/* SPDX-License-Identifier: BSD-2-Clause */
/* libunbound's pluggable event base (unbound-event.h) on our loop: its descriptors and timers
 * become ours. */
#ifndef GP_DNS_UBEV_H
#define GP_DNS_UBEV_H

#include "base/loop.h"

struct ub_event_base;

/* NULL when there is no memory. */
struct ub_event_base *dns_ubev_create(struct gp_loop *loop);

/* After the context that uses it was deleted. NULL is fine. */
void dns_ubev_destroy(struct ub_event_base *base);

#endif
