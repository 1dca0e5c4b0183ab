/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The timeline of a cutover: when each of its steps is safe, and which rule says so (docs/check.md
 * has the rules). Pure: what is planned, what was seen, and the present time go in.
 */
#ifndef GP_ZONES_TIMELINE_H
#define GP_ZONES_TIMELINE_H

#include "base/arena.h"
#include "base/err.h"
#include "zones/history.h"

/* What a record set does in a cutover. */
enum zone_role {
    ZONE_ROLE_SERVICE,    /* SRV: what moves */
    ZONE_ROLE_ADDRESS,    /* of a host: has to be there before */
    ZONE_ROLE_KEY,        /* TLSA of a host */
    ZONE_ROLE_NEGATIVE,   /* N of a zone over time: its spans are denials */
    ZONE_ROLE_DELEGATION, /* NS, DS */
    ZONE_ROLE_AUTHORITY,  /* CAA: only its standing counts */
    ZONE_ROLE_DOCUMENT    /* over HTTPS, past DNS (XEP-0487, RFC 7711): what it says now is right */
};

/* What is published, held against the plan. */
enum zone_standing {
    ZONE_AS_PLANNED,
    ZONE_OTHERWISE, /* other records */
    ZONE_NOTHING,
    ZONE_UNSEEN
};

struct zone_set {
    const char *name; /* "_xmpp-server._tcp.alpha.example SRV" */
    enum zone_role role;
    enum zone_standing standing;
    struct zone_history history;
    uint32_t negative_s; /* N of its zone, now */
    bool is_bogus;       /* ZONE_UNSEEN: since its proof is wrong */
    bool is_complete;    /* ZONE_OTHERWISE: what is planned is there, beside other records */
    bool has_other_kind; /* TLSA: of another usage, selector or matching type than planned */
    bool is_to_end;      /* a service: planned is that it is not offered */
};

/* Borrowed for the call. */
struct zone_cutover {
    int64_t now_s;
    struct zone_margins margins;
    uint32_t rollback_s; /* how long one wants to be able to go back, once nothing leads there */
    size_t set_count;
    const struct zone_set *sets;
};

enum zone_step_state {
    ZONE_STEP_DONE,  /* at_s: since when, as far as was seen */
    ZONE_STEP_DUE,   /* can be done now; at_s: since when */
    ZONE_STEP_LATER, /* not before at_s */
    ZONE_STEP_OPEN   /* has no time of its own: the reason says what it depends on; at_s is 0 */
};

struct zone_step {
    const char *id;    /* "2b": of the rule */
    const char *title; /* what is done */
    enum zone_step_state state;
    int64_t at_s;
    int64_t from_s;      /* when the wait for it began, or will; 0: it waits for no time */
    enum zone_term term; /* that makes it as late as it is */
    const char *reason;  /* one sentence */
};

#define ZONE_STEPS_MAX 24

/* Where a record set could not be seen, or its servers differ, no time can be told: what it delays
 * is ZONE_STEP_OPEN then, and there is nothing of what follows from the switch. */
struct zone_timeline {
    struct gp_arena arena; /* holds everything */
    bool is_switched;      /* all services are as planned */
    int64_t switch_s; /* from when on DNS may be moved, or since when it has been; 0: not known */
    int64_t dead_s;   /* t_dead: afterwards no correct cache holds what was before; 0: not known */
    int64_t dead_all_s; /* t_dead_all: nor does anybody hold a document from before; likewise */
    size_t step_count;
    struct zone_step *steps; /* those that apply */
};

/* Errors: GP_ERR_NOMEM. */
GP_MUST_USE enum gp_code zone_timeline_create(const struct zone_cutover *cutover,
                                              struct zone_timeline **ret, struct gp_err *err);
void zone_timeline_destroy(struct zone_timeline *timeline);

/* "TTL", "K", "N", ...; "done", "due", "later", "open". */
const char *zone_term_text(enum zone_term term);
const char *zone_step_state_text(enum zone_step_state state);

#endif
