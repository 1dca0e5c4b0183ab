/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where stanzas go on one worker: from partners to the inside links, from the inside to the pairs,
 * and to other workers for what those own. A pair belongs to the worker that a hash of its domains
 * names, an inside link to the one its index names (one that answers by itself to every one).
 */
#ifndef GP_FED_ROUTER_H
#define GP_FED_ROUTER_H

#include "federation/admission.h"
#include "federation/guard.h"
#include "federation/carry.h"
#include "federation/inside.h"
#include "federation/pair.h"

struct fed_router;

/* How a worker reaches the others. */
struct fed_post {
    unsigned worker, worker_count;
    /* Takes the parcel if it returns GP_OK. must_go: it is taken even when the other worker is
     * behind. */
    enum gp_code (*send)(void *arg, unsigned worker, struct fed_parcel *parcel, bool must_go);
    /* To all other workers, and to who keeps it: a contact (fed_guard_note_contact()). */
    void (*contact)(void *arg, struct gp_span key, int64_t used_s);
    /* Takes the news, which must arrive. */
    void (*tell)(void *arg, unsigned worker, struct fed_carrier_news *news);
    /* To all other workers: an inside link of ours takes no more, or does again. */
    void (*congested)(void *arg, unsigned inside, bool is_congested);
    void *arg;
};

/* Errors: an inside link cannot be set up. Everything is borrowed and outlives the router. */
GP_MUST_USE enum gp_code fed_router_create(struct fed_context *context,
                                           const struct fed_inside_settings *insides,
                                           size_t inside_count, const struct fed_post *post,
                                           struct fed_router **ret, struct gp_err *err);
void fed_router_destroy(struct fed_router *router);

/* Takes the parcel to wherever it belongs; it may come from another worker. */
void fed_router_deliver(struct fed_router *router, struct fed_parcel *parcel);

/* The streams of this worker that carry stanzas for pairs; borrowed. Until then there are none. */
void fed_router_set_carries(struct fed_router *router, struct fed_carries *carries);

/* From a carrier to the worker of its pair, which may be this one: a parcel that it did not keep,
 * and news. Each is taken. */
void fed_router_return(struct fed_router *router, struct fed_parcel *parcel);
void fed_router_tell(struct fed_router *router, struct fed_carrier_news *news);

/* Such news has arrived; takes it. */
void fed_router_hear(struct fed_router *router, struct fed_carrier_news *news);

/* Answers a stanza that could not be delivered, if it is one that is answered. Takes the parcel. */
void fed_router_answer(struct fed_router *router, struct fed_parcel *parcel, enum fed_bounce class,
                       const char *text);

/* A stanza of a valid pair on an inbound stream. false: the inside is behind, stop reading from
 * this session for now. */
bool fed_router_from_partner(struct fed_router *router, const struct fed_stanza *stanza,
                             const char *lang);

/* An inside link takes no more, or does again: then services that send to it are read again. */
void fed_router_set_congested(struct fed_router *router, unsigned inside, bool is_congested);
bool fed_router_is_congested(const struct fed_router *router, const struct dns_domain *home);

/*
 * A reload: the context has other settings, which took the place of those before. Inside links with
 * the same terms stay as they are, those that changed or are gone end in order, and what waited for
 * them goes to whichever link its domain has now; pairs look their policy up anew. Errors: a link
 * could not be set up; everything else is done all the same.
 */
GP_MUST_USE enum gp_code fed_router_set_settings(struct fed_router *router,
                                                 const struct fed_settings *before,
                                                 const struct fed_inside_settings *insides,
                                                 size_t inside_count, struct gp_err *err);

/* The same as fed_pair_dismiss(), of all pairs, also of those to come; and how many
 * fed_pair_is_shared(). */
void fed_router_dismiss(struct fed_router *router, enum fed_close reason);
size_t fed_router_shared(const struct fed_router *router);

/* The steps of stopping; all workers take one before any takes the next. */
void fed_router_quiet(struct fed_router *router); /* no further stanza is taken from the inside */
size_t fed_router_waiting(const struct fed_router *router); /* stanzas that still wait somewhere */
void fed_router_flush(struct fed_router *router);           /* what waits is answered */
/* Streams of inside links are closed; what still comes on them goes to partners. Whether they are
 * over and it has gone. */
void fed_router_part(struct fed_router *router);
bool fed_router_has_parted(const struct fed_router *router);
void fed_router_stop(struct fed_router *router); /* streams to partners are closed */
/* Streams of inside links that have not ended, beside those in the context's list. */
size_t fed_router_streams(const struct fed_router *router);

/* Who judges its stanzas. */
struct fed_guard *fed_router_guard(struct fed_router *router);

/* The number of its worker. */
unsigned fed_router_worker(const struct fed_router *router);

/* What it was created with. */
struct fed_context *fed_router_context(const struct fed_router *router);

/* For status. The inside link at an index below FED_INSIDE_MAX; NULL when another worker owns it,
 * or there is none. */
const struct fed_inside *fed_router_inside(const struct fed_router *router, size_t index);
/* Calls back for each pair; returns how many there are. */
size_t fed_router_each_pair(const struct fed_router *router,
                            void (*fn)(void *arg, const struct fed_pair_status *status), void *arg);

/* Which worker a pair belongs to. */
unsigned fed_router_owner(const struct dns_domain *home, const struct dns_domain *partner,
                          unsigned worker_count);

#endif
