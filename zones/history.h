/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What name servers were seen to say of a record set over time, and how long caches may go on
 * holding what they said before. Pure: no clock, no DNS. Times are wall seconds; the letters are
 * those of the rules in docs/check.md.
 */
#ifndef GP_ZONES_HISTORY_H
#define GP_ZONES_HISTORY_H

#include "base/defs.h"

/* What a server said, from the first to the last time that it was seen to say so. */
struct zone_span {
    int64_t first_s, last_s;
    bool is_denied;   /* there were no records */
    bool is_unsigned; /* no signature of the server's covered them */
    uint32_t ttl_s;   /* of the records, or how long the denial may be kept */
    const char *text; /* the records in presentation form, sorted, a line each; "" when denied */
};

/* Visits to a server in vain, from the first to the last of them. */
struct zone_silence {
    int64_t first_s, last_s;
};

/* One server. Spans follow each other, the oldest first, and neighbours differ. */
struct zone_track {
    const char *server;
    bool is_current; /* it serves the zone now */
    size_t span_count;
    const struct zone_span *spans;
};

/* All servers of one record set. */
struct zone_history {
    size_t track_count, silence_count;
    const struct zone_track *tracks;
    const struct zone_silence *silences; /* of whichever server, in any order */
};

/* What is added to what the DNS says. */
struct zone_margins {
    uint32_t cache_s; /* K: resolvers that keep short TTLs longer than they say */
    uint32_t stale_s; /* G: resolvers that serve stale answers while a server cannot be reached (RFC
                         8767, 5) */
    uint32_t low_s;   /* T_low: a TTL up to this one is low */
    uint32_t spread_s; /* P: from the primary to all servers, where that was not seen */
    uint32_t before_s; /* the TTL that a record set had before it was first seen */
};

/* What the servers say now. */
struct zone_present {
    bool is_seen;   /* at least one of them was seen */
    bool is_agreed; /* all of them said the same records when they were last seen */
    bool is_denied;
    uint32_t ttl_s;  /* the greatest */
    int64_t since_s; /* t_auth: since when the last of them has said it, with its TTL */
    int64_t
        seen_from_s; /* the first sighting of the record set at all: nothing is known of before */
};

/* Of all servers that serve the zone now. */
void zone_present(const struct zone_history *history, struct zone_present *ret);

/* What was said before, and is to be waited for. */
enum {
    ZONE_OLD_TTL = 1,    /* the present records with another TTL */
    ZONE_OLD_DATA = 2,   /* other records */
    ZONE_OLD_DENIAL = 4, /* that there were none */
    ZONE_OLD_ALL = 7,
    ZONE_OLD_SIGNED = 8 /* of all these only what was signed */
};

/* Which term makes a wait as long as it is. */
enum zone_term {
    ZONE_TERM_NONE,     /* there is nothing to wait for */
    ZONE_TERM_TTL,      /* T */
    ZONE_TERM_CACHE,    /* K */
    ZONE_TERM_NEGATIVE, /* N */
    ZONE_TERM_BEFORE,   /* what was before the first sighting, which is an assumption */
    ZONE_TERM_DOCUMENT  /* the time that a document says of itself */
};

struct zone_wait {
    enum zone_term term;
    int64_t until_s; /* t_dead: no cache holds it afterwards; 0 with ZONE_TERM_NONE */
    int64_t from_s;  /* t_auth: the last server had ceased to say it */
    uint32_t ttl_s;  /* T or N, as it was seen */
    bool has_stale;  /* G is part of it: a server could not be reached meanwhile */
};

/* RFC 8767, 4 wants caches to cut longer TTLs, which no wait may rely on. */
#define ZONE_TTL_USUAL_MAX_S 604800

/*
 * W = max(T, K) + G after the server ceased to say it; of a denial N (RFC 2308, 5). The longest
 * over all servers and all that they said: a server's TTLs count from when that server ceased. A
 * cap that some caches have never shortens it.
 */
void zone_wait_for_old(const struct zone_history *history, const struct zone_margins *margins,
                       unsigned which, struct zone_wait *ret);

/*
 * For what is changed: for all that was said before, and for what nobody has seen: a TTL that was
 * low at the first sighting was a longer one before, which is margins->before_s as far as anybody
 * knows.
 */
void zone_wait_to_change(const struct zone_history *history, const struct zone_margins *margins,
                         struct zone_wait *ret);

/* For a name that is new: for denials, or where none was ever seen for negative_s (N) after the
 * first sighting. */
void zone_wait_for_new(const struct zone_history *history, uint32_t negative_s,
                       struct zone_wait *ret);

/* For a document that was changed or taken away: what it says of itself is kept, no margin counts.
 * What was before the first sighting is taken to have said the same. */
void zone_wait_for_document(const struct zone_history *history, struct zone_wait *ret);

/* The later of two into *longest. */
void zone_wait_longest(struct zone_wait *longest, const struct zone_wait *other);

/* W of what is said now, once it is changed. */
int64_t zone_wait_after(const struct zone_margins *margins, uint32_t ttl_s);

/*
 * Since when all servers have had a record, in presentation form, among those of the set; false
 * when one of them has it not. *ret_ttl_s: the greatest TTL since then.
 */
bool zone_record_since(const struct zone_history *history, const char *record, int64_t *ret_since_s,
                       uint32_t *ret_ttl_s);

/*
 * From when on a host may change to the key of a TLSA record: two TTLs after all servers have had
 * it beside the present one (RFC 7671, 8.1), and not before no cache can lack it. False when a
 * server has it not.
 */
bool zone_key_ready(const struct zone_history *history, const struct zone_margins *margins,
                    const char *record, int64_t *ret_ready_s);

#endif
