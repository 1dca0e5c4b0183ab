/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one worker counts of each partner under its policy: buckets for its rates, and how much was
 * refused for which reason. It lives as long as the worker, whatever the configuration becomes.
 */
#ifndef GP_FED_LEDGER_H
#define GP_FED_LEDGER_H

#include "base/map.h"
#include "federation/gate.h"
#include "federation/rate.h"

#define FED_LEDGER_MAX     10000  /* accounts; what is above shares one */
#define FED_LEDGER_IDLE_MS 600000 /* one that was not used for so long makes room for another */

/* Refusals of one reason. */
struct fed_tally {
    uint64_t count;
    uint64_t told;   /* of them in the log already */
    int64_t told_ms; /* when */
};

/* What one policy counts. */
struct fed_book {
    struct fed_bucket stanzas[2], bytes[2];    /* by enum fed_direction */
    struct fed_tally tally[FED_REFUSAL_COUNT]; /* refused */
    struct fed_tally slowed; /* times that its streams were not read for a while, for its rate */
};

struct fed_account {
    struct dns_domain domain; /* the partner's primary one; not set: all others */
    struct fed_book real;
    struct fed_book shadow; /* what a shadow policy would refuse */
    int64_t used_ms;
};

struct fed_ledger {
    struct gp_map accounts; /* by domain, owned */
    struct fed_account others;
};

void fed_ledger_init(struct fed_ledger *ledger);
void fed_ledger_finish(struct fed_ledger *ledger);

/* The account of a domain; NULL, no memory or no room: the one that all others share. */
struct fed_account *fed_ledger_account(struct fed_ledger *ledger, const struct dns_domain *domain,
                                       int64_t now_ms);

/*
 * Counts one refusal. Returns how many there are to tell of now, this one included; 0: it was told
 * not long ago, and a later one will tell of it as well.
 */
uint64_t fed_tally_count(struct fed_tally *tally, int64_t now_ms);

/* Adds what from has counted. For status: sums over workers. */
void fed_ledger_add(struct fed_ledger *sum, const struct fed_ledger *from, int64_t now_ms);

/* Calls back for each account in which something was counted, in no particular order. */
void fed_ledger_each(const struct fed_ledger *ledger,
                     void (*fn)(void *arg, const struct fed_account *account), void *arg);

#endif
