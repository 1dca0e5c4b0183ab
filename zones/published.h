/* SPDX-License-Identifier: BSD-2-Clause */
/* What DNS holds now where a plan wants records. Plain data; who asks for it stands above. */
#ifndef GP_ZONES_PUBLISHED_H
#define GP_ZONES_PUBLISHED_H

#include "zones/record.h"
#include "zones/settings.h"

/* One record set of the plan, as the authoritative servers of its zone have it. */
struct zone_published_set {
    struct dns_name owner;
    enum dns_type type;
    const char *trouble; /* why it is not known, in words; NULL: it is, and what follows counts */
    bool is_alias;       /* a CNAME stands in its place */
    uint32_t ttl_s;      /* the greatest that a server gives */
    size_t record_count; /* 0: there is no such set */
    struct zone_record *records;
};

/* The key that an address serves for a domain, where TLSA records are planned. */
struct zone_served_key {
    struct dns_name owner; /* of the TLSA records */
    struct dns_domain domain;
    struct gp_addr addr; /* with the port */
    const char *trouble; /* why it is not known, in words; NULL: it is */
    struct zone_key key;
};

struct zone_published {
    size_t set_count;
    struct zone_published_set *sets;
    size_t key_count;
    struct zone_served_key *keys;
};

/* NULL: it was not asked for. */
const struct zone_published_set *zone_published_find(const struct zone_published *published,
                                                     const struct dns_name *owner,
                                                     enum dns_type type);

#endif
