/* SPDX-License-Identifier: BSD-2-Clause */
/* What gatepost answers in its own name (spec-digest e.7): what it is, its version and time,
 * whether it is there, and whom to write to. */
#ifndef GP_FED_SELF_H
#define GP_FED_SELF_H

#include "federation/parcel.h"
#include "federation/settings.h"
#include "federation/tree.h"

/*
 * Appends the answer to a stanza, which node is; false: it gets none. only_domain: questions to
 * users of the domain, of whom there are none, are refused.
 */
bool fed_self_answer(const struct fed_settings *settings, const struct fed_node *node,
                     const struct fed_parcel *parcel, int64_t wall_s, bool only_domain,
                     struct gp_buf *out);

/* Appends the start tag of an answer but for its end: "<iq type='result' from= to= id=". type may
 * be NULL. */
void fed_self_open(struct gp_buf *out, const struct fed_node *node, const char *type,
                   const struct fed_parcel *parcel);

#endif
