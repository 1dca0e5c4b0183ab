/* SPDX-License-Identifier: BSD-2-Clause */
/* Dialback keys (XEP-0185, 2; XEP-0220, 2.1.1; spec-digest b.4). Pure, no state: any host with the
 * secret can answer. */
#ifndef GP_FED_DIALBACK_H
#define GP_FED_DIALBACK_H

#include "base/secret.h"
#include "base/span.h"

#define FED_DIALBACK_KEY_MAX   65
#define FED_DIALBACK_FIELD_MAX 1023 /* bytes of a domain or of a stream id */

/*
 * target: the receiving domain; sender: the domain that is to be proved; both as they stand in from
 * and to on the wire. stream_id: the id of the receiving entity's stream header. key: 64 lower-case
 * hex digits and a zero. False when there is no key for such fields: one is empty, too long or has
 * a blank, which could pass for the boundary of two fields.
 */
GP_MUST_USE bool fed_dialback_key(const struct gp_secret *secret, struct gp_span target,
                                  struct gp_span sender, struct gp_span stream_id,
                                  char key[FED_DIALBACK_KEY_MAX]);

/* Whether key is the right one. In constant time; white space around key does not count. */
bool fed_dialback_check(const struct gp_secret *secret, struct gp_span target,
                        struct gp_span sender, struct gp_span stream_id, struct gp_span key);

#endif
