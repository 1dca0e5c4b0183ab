/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who has had something to do with whom: for each user at home the addresses outside that it has
 * written or subscribed to, so that these may write back. Bounded; the one that was not used for
 * longest goes first. Addresses are bare, in the form of fed_jid_bare(); time is wall-clock
 * seconds.
 */
#ifndef GP_FED_CONTACTS_H
#define GP_FED_CONTACTS_H

#include "base/map.h"
#include "federation/jid.h"

#define FED_CONTACT_KEY_MAX   (2 * FED_BARE_MAX)
#define FED_CONTACT_REFRESH_S 86400 /* a use is worth telling of when the last was so long ago */

struct fed_contact;

struct fed_contacts {
    struct gp_map map;                   /* "home partner" to struct fed_contact, owned */
    struct fed_contact *newest, *oldest; /* by use */
};

void fed_contacts_init(struct fed_contacts *contacts);
void fed_contacts_finish(struct fed_contacts *contacts);

/* The key of two bare addresses: "romeo@alpha.example juliet@beta.example". Returns it. */
struct gp_span fed_contact_key(struct gp_span home, struct gp_span partner,
                               char out[FED_CONTACT_KEY_MAX]);

/*
 * Remembers a use, and forgets the oldest above max. Returns whether others are to be told: it is
 * new, or was not used for FED_CONTACT_REFRESH_S. Without memory nothing is remembered, and false.
 */
bool fed_contacts_note(struct fed_contacts *contacts, struct gp_span key, int64_t used_s,
                       size_t max);

/* Whether it is remembered. */
bool fed_contacts_has(const struct fed_contacts *contacts, struct gp_span key);

#endif
