/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stands at the gate on one worker: asks it about each stanza, before anything is queued, and about
 * the rates of partners, keeps the ledger, and tells the log, a line now and then.
 */
#ifndef GP_FED_GUARD_H
#define GP_FED_GUARD_H

#include "federation/contacts.h"
#include "federation/context.h"
#include "federation/ledger.h"

struct fed_guard;

/* Tells the other workers, and whoever keeps it, of a contact: its key as fed_contact_key() makes
 * it. */
typedef void fed_guard_tell_fn(void *arg, struct gp_span key, int64_t used_s);

/* NULL when there is no memory. context is borrowed and outlives it. */
struct fed_guard *fed_guard_create(struct fed_context *context, fed_guard_tell_fn *tell, void *arg);
void fed_guard_destroy(struct fed_guard *guard);

/* One stanza between a home domain (NULL: a reload has taken it away) and a partner's; counted when
 * it is refused. */
enum fed_refusal fed_guard_judge(struct fed_guard *guard, enum fed_direction direction,
                                 const struct fed_home *home, const struct fed_stanza *stanza);

/* A domain pair of a stream has become valid by this proof: judged by the partner's shadow policy.
 */
void fed_guard_stream_opened(struct fed_guard *guard, enum fed_direction direction,
                             const struct dns_domain *partner, enum fed_proof proof);

/* An inbound stream, or a pair on one, that was to be this partner's was refused. */
void fed_guard_stream_refused(struct fed_guard *guard, const struct dns_domain *partner,
                              enum fed_refusal refusal);

/*
 * What a partner has sent: a number of stanzas, or bytes. Returns for how long, in milliseconds,
 * its streams are not to be read; 0: it is within its rate.
 */
int64_t fed_guard_count_stanza(struct fed_guard *guard, const struct dns_domain *partner);
int64_t fed_guard_count_bytes(struct fed_guard *guard, const struct dns_domain *partner,
                              size_t bytes);

/* A contact that another worker has told of, or that was kept from before. */
void fed_guard_note_contact(struct fed_guard *guard, struct gp_span key, int64_t used_s);

/* For status. */
const struct fed_ledger *fed_guard_ledger(const struct fed_guard *guard);

#endif
