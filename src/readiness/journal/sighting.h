/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What name servers were seen to say: of this run, and of those before that the journal remembers.
 * For each record set it is a zone_history, with a span for what each server says as long as it
 * says it.
 */
#ifndef GP_APP_SIGHTING_H
#define GP_APP_SIGHTING_H

#include "readiness/observe.h"
#include "zones/history.h"

/* One server's word on one record set. N of a zone is a denial of its SOA. */
struct app_sighting {
    const struct dns_name *zone, *name;
    enum dns_type type;
    const char *server; /* its address; APP_BY_RESOLVER */
    struct zone_span span;
    uint32_t serial;        /* of the zone there; 0: not seen */
    int64_t signed_until_s; /* 0: unsigned */
    bool is_cached;         /* its TTL may have run down a little */
};

/* For what only the parent's servers say. */
#define APP_BY_RESOLVER "resolver"

/* Documents are followed like record sets of the domain, under types for private use (RFC 6895,
 * 3.1); a text of its own, or "" without one, says where each leads. */
#define APP_BY_HTTPS       "https"
#define APP_TYPE_HOST_META ((enum dns_type)0xff00)
#define APP_TYPE_POSH      ((enum dns_type)0xff01)

struct app_histories {
    struct gp_arena arena;
    struct gp_map index; /* struct zone_history by name and type */
    const char
        *trouble;   /* why nothing is known of earlier runs, in words; NULL: the journal is kept */
    bool is_broken; /* since a journal that is wanted cannot be used: worth a complaint */
};

/* sighting: for the call. False: no memory. */
typedef bool app_sighting_fn(void *arg, const struct app_sighting *sighting);
typedef bool app_silence_fn(void *arg, const struct dns_name *zone, const char *server,
                            bool is_silent);

/*
 * Tells of every word of an authoritative server, as of seen->started_s, and of every server that
 * could be tried whether it answered. Errors: GP_ERR_NOMEM, also when a callback says so.
 */
GP_MUST_USE enum gp_code app_sightings(const struct app_observations *seen,
                                       app_sighting_fn *sighting, app_silence_fn *silence,
                                       void *arg, struct gp_err *err);

/* Of this run alone, or (seen NULL) empty; trouble (may be NULL) is copied. Errors: GP_ERR_NOMEM.
 */
GP_MUST_USE enum gp_code app_histories_create(const struct app_observations *seen,
                                              const char *trouble, struct app_histories **ret,
                                              struct gp_err *err);
void app_histories_destroy(struct app_histories *histories);

/* An empty one when nothing was ever seen of it. */
const struct zone_history *app_history(const struct app_histories *histories,
                                       const struct dns_name *name, enum dns_type type);

/* Puts one in; what it points to lives in the arena. False: no memory. */
GP_MUST_USE bool app_history_put(struct app_histories *histories, const struct dns_name *name,
                                 enum dns_type type, const struct zone_history *history);

#endif
