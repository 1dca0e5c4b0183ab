/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What two peers tell each other of their limits (XEP-0478), and the signs of life that keep a
 * silent stream within them (RFC 6120, 4.6). Private to the stream machines.
 */
#ifndef GP_FED_STREAM_LIMITS_H
#define GP_FED_STREAM_LIMITS_H

#include "federation/settings.h"
#include "federation/tree.h"
#include "federation/xml_out.h"

/* Nobody may allow less for a stanza (RFC 6120, 13.12). */
#define FED_MAX_BYTES_LEAST 10000

/* What the peer said. 0: it did not say, or nothing that makes sense. */
struct fed_peer_limits {
    uint32_t max_bytes; /* of a first-level element */
    uint32_t idle_s;    /* of our silence, then it may ask for a sign of life or close */
};

/* Reads <limits/>; what it does not say is unknown from now on. */
void fed_peer_limits_read(const struct fed_node *node, struct fed_peer_limits *ret);

/* What we say. is_open: authenticated, or about to be without another list of features. */
struct fed_limits_out fed_limits_told(const struct fed_limits *limits, bool is_open);

/* When bytes last went which way; monotonic. */
struct fed_alive {
    int64_t heard_ms, spoke_ms;
    bool is_off; /* the partner's policy wants no signs of life */
};

/* When a sign of life is due on an open stream; INT64_MAX: never. */
int64_t fed_alive_due_ms(const struct fed_alive *alive, const struct fed_limits *limits,
                         const struct fed_peer_limits *peer);

#endif
