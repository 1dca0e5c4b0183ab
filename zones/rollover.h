/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way from one key to the next under TLSA records (RFC 7671, 8.1): whether partners know a key
 * already, and which step comes next. Pure: what name servers were seen to say, and the present
 * time go in.
 */
#ifndef GP_ZONES_ROLLOVER_H
#define GP_ZONES_ROLLOVER_H

#include "zones/history.h"

/* Of a key at one name with TLSA records; what weighs more comes later. */
enum zone_key_state {
    ZONE_KEY_UNUSED, /* there are no TLSA records that are signed, and no cache holds any: nobody
                        goes by them */
    ZONE_KEY_KNOWN,  /* every cache that holds records there holds one for the key */
    ZONE_KEY_UNSEEN, /* nothing is known, or nothing of late */
    ZONE_KEY_YOUNG,  /* until ready_s a cache may hold records without it */
    ZONE_KEY_MISSING /* a server has records, and none for the key */
};

struct zone_key_view {
    enum zone_key_state state;
    int64_t seen_s;     /* when a server was last seen; 0: never */
    int64_t since_s;    /* since when all servers have had the record; 0: they have not */
    int64_t ready_s;    /* ZONE_KEY_YOUNG, ZONE_KEY_KNOWN: from when on the key may be served */
    bool was_missing;   /* other records were seen there before it */
    const char *server; /* ZONE_KEY_MISSING: the first that has it not; borrowed from the history */
};

/* What was last seen longer ago than this says nothing of the present. */
#define ZONE_KEY_OUTDATED_S 604800

/* record: as a line of the spans' text has it. */
void zone_key_look(const struct zone_history *history, const struct zone_margins *margins,
                   const char *record, int64_t now_s, struct zone_key_view *ret);

/* The one of two that weighs more into *worst; of two that are young, the later one. Whether that
 * is the other one. */
bool zone_key_worse(struct zone_key_view *worst, const struct zone_key_view *other);

/* What is next; what weighs more comes later. */
enum zone_rollover {
    ZONE_ROLLOVER_NONE,    /* nothing to do */
    ZONE_ROLLOVER_SAFE,    /* the next key may be served */
    ZONE_ROLLOVER_WAIT,    /* it may be from ready_s on */
    ZONE_ROLLOVER_PUBLISH, /* its record has to be published first */
    ZONE_ROLLOVER_UNKNOWN, /* a server or all of them did not tell */
    ZONE_ROLLOVER_MISSING, /* the present key has no record everywhere */
    ZONE_ROLLOVER_DANGER   /* a key is served that none of the records there is for */
};

/* One name with TLSA records: a host and a port. */
struct zone_rollover_place {
    bool is_signed; /* or nobody goes by its records */
    bool is_told;   /* each server that can be reached has said what it has */
    bool has_next;
    struct zone_key_view current; /* of the configured key */
    struct zone_key_view served;  /* of the one that is served, the worst of several; nobody
                                     answered: ZONE_KEY_UNUSED */
    struct zone_key_view next;    /* has_next */
};

/* *ret_ready_s: of ZONE_ROLLOVER_WAIT, else 0. */
enum zone_rollover zone_rollover_judge(const struct zone_rollover_place *places, size_t count,
                                       int64_t *ret_ready_s);

/* "nothing", "safe", "wait", "publish", "unknown", "missing", "danger". */
const char *zone_rollover_text(enum zone_rollover rollover);

#endif
