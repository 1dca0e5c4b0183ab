/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The settings under which gatepost speaks S2S with a server inside: the world the other way round.
 * The home domains that live there are the one partner, and gatepost stands for every other domain.
 */
#ifndef GP_FED_MIRROR_H
#define GP_FED_MIRROR_H

#include "federation/settings.h"

struct fed_mirror {
    struct fed_settings settings; /* under these the stream machines run */
    struct fed_home others;       /* every domain that does not live there */
    struct fed_partner server;    /* owns its domains */
};

/* How the server proves its domains: by a key that is pinned; or else by a certificate for them
 * (PKIX), or by a dialback secret. */
struct fed_mirror_setup {
    const struct fed_settings *settings; /* the gateway's; for the call alone */
    unsigned inside;                     /* index of the link */
    bool has_pins;
    const struct gp_secret *secret; /* shared with the server; len 0: dialback keys are made of the
                                       gateway's own, and do not prove the server */
};

/* NULL when there is no memory. */
struct fed_mirror *fed_mirror_create(const struct fed_mirror_setup *setup);
void fed_mirror_destroy(struct fed_mirror *mirror);

#endif
