/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happened lately with each partner: the last attempts at it with their steps, streams that
 * opened, closed or were refused; each in one sentence. Bounded, in memory, one for each worker:
 * `gatepost status PARTNER` collects them.
 */
#ifndef GP_FED_DIARY_H
#define GP_FED_DIARY_H

#include "base/addr.h"
#include "base/map.h"
#include "dns/domain.h"
#include "federation/trace.h"

#define FED_DIARY_PAGES   1000 /* partners; the one that nothing was heard of for longest goes */
#define FED_DIARY_ENTRIES 8    /* of one partner; the oldest goes */

enum fed_diary_kind {
    FED_DIARY_ATTEMPT, /* at reaching the partner; it has steps */
    FED_DIARY_OPENED,  /* an inbound stream */
    FED_DIARY_CLOSED,  /* a stream, inbound or outbound */
    FED_DIARY_REFUSED  /* a domain pair on an inbound stream */
};

struct fed_diary_entry {
    enum fed_diary_kind kind;
    bool is_outbound;
    bool is_good;  /* nothing to mend */
    int64_t at_ms; /* monotonic: its order among those of other workers */
    int64_t wall_s;
    struct dns_domain partner;
    struct dns_domain home;  /* not set when it was never known */
    struct gp_addr address;  /* of the partner; family 0 when there is none */
    char *sentence;          /* owned; printable */
    struct fed_trace *trace; /* owned; of an attempt, may be NULL */
};

struct fed_diary {
    struct gp_map pages; /* by partner, owned */
    uint64_t turn;       /* counts entries: tells which page is oldest */
};

void fed_diary_init(struct fed_diary *diary);
void fed_diary_finish(struct fed_diary *diary);

/*
 * Writes an entry; copies everything it is given. What the entry owns comes behind it, and the
 * moment is now. diary and trace may be NULL, and without memory nothing is written: a diary is
 * help, not duty.
 */
void fed_diary_write(struct fed_diary *diary, const struct fed_diary_entry *entry,
                     const char *sentence, const struct fed_trace *trace);

/* Calls back for each entry of each partner; those of one, oldest first. diary may be NULL. */
void fed_diary_each(const struct fed_diary *diary,
                    void (*fn)(void *arg, const struct fed_diary_entry *entry), void *arg);

/* A deep copy, to be released with fed_diary_entry_finish(). False when there is no memory. */
GP_MUST_USE bool fed_diary_entry_copy(const struct fed_diary_entry *entry,
                                      struct fed_diary_entry *ret);
void fed_diary_entry_finish(struct fed_diary_entry *entry);

const char *fed_diary_kind_text(enum fed_diary_kind kind);

#endif
