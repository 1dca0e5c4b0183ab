/* SPDX-License-Identifier: BSD-2-Clause */
/* What the zones layer is told of the endpoint: plain data, borrowed from the configuration. */
#ifndef GP_ZONES_SETTINGS_H
#define GP_ZONES_SETTINGS_H

#include "base/addr.h"
#include "dns/name.h"

#define ZONE_KEY_LEN 32

/* SHA-256 of the SubjectPublicKeyInfo of a certificate: the data of a TLSA 3 1 1 record. */
struct zone_key {
    uint8_t spki_sha256[ZONE_KEY_LEN];
};

/* A host that serves a home domain. */
struct zone_host {
    struct dns_name name;
    size_t address_count;
    const struct gp_addr *addresses; /* as they are to stand in DNS */
    uint16_t priority, weight;       /* of its SRV records */
    uint16_t starttls_port;          /* 0: not offered */
    uint16_t direct_tls_port;        /* 0: not offered */
};

/* A domain that the endpoint answers for. */
struct zone_home {
    struct dns_domain domain;
    uint32_t ttl_s;
    uint32_t low_ttl_s; /* around a change; at most ttl_s */
    bool wants_dane;    /* TLSA records are wanted for its hosts */
    size_t key_count;
    const struct zone_key *keys; /* that its hosts serve for it: now, then next */
    size_t caa_count;
    const char *const *caa_issues; /* values of its CAA records with the tag "issue" */
    size_t host_count;
    const struct zone_host *hosts;
};

struct zone_settings {
    size_t home_count;
    const struct zone_home *homes;
    size_t network_count;
    const struct gp_network *networks; /* not public, and fine for an address all the same */
};

#endif
