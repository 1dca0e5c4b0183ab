/* SPDX-License-Identifier: BSD-2-Clause */
/* Parcels for tests, made of a stanza's text by the same parser that reads streams. */
#ifndef GP_TESTS_PARCELS_H
#define GP_TESTS_PARCELS_H

#include "federation/parcel.h"

/* The stanza's addresses must be good; the home domain is the one on our side of the direction. */
struct fed_parcel *parcel_read(enum fed_direction direction, const char *stanza);

/* The domain, which must be one. */
struct dns_domain domain_of(const char *text);

/* Whether the parcel's stanza contains the text. */
bool parcel_has(const struct fed_parcel *parcel, const char *text);

#endif
