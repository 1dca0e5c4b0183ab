/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/contacts.h"

#include <stdlib.h>

struct fed_contact {
    struct fed_contact *newer, *older;
    int64_t used_s, told_s;
    size_t key_len;
    char key[];
};

void fed_contacts_init(struct fed_contacts *contacts)
{
    *contacts = (struct fed_contacts){.newest = NULL};
    gp_map_init(&contacts->map);
}

void fed_contacts_finish(struct fed_contacts *contacts)
{
    for (struct fed_contact *contact = contacts->newest, *next; contact; contact = next) {
        next = contact->older;
        free(contact);
    }
    gp_map_finish(&contacts->map);
}

struct gp_span fed_contact_key(struct gp_span home, struct gp_span partner,
                               char out[FED_CONTACT_KEY_MAX])
{
    memcpy(out, home.at, home.len);
    out[home.len] = ' ';
    memcpy(out + home.len + 1, partner.at, partner.len);
    out[home.len + 1 + partner.len] = '\0';
    return gp_span_make(out, home.len + 1 + partner.len);
}

static void take_out(struct fed_contacts *contacts, struct fed_contact *contact)
{
    *(contact->newer ? &contact->newer->older : &contacts->newest) = contact->older;
    *(contact->older ? &contact->older->newer : &contacts->oldest) = contact->newer;
}

/* In the order of use: what a database or another worker tells of may be older than the newest. */
static void put_in(struct fed_contacts *contacts, struct fed_contact *contact)
{
    struct fed_contact *newer = NULL, *older = contacts->newest;
    while (older && older->used_s > contact->used_s) {
        newer = older;
        older = older->older;
    }
    contact->newer = newer;
    contact->older = older;
    *(newer ? &newer->older : &contacts->newest) = contact;
    *(older ? &older->newer : &contacts->oldest) = contact;
}

static struct fed_contact *add(struct fed_contacts *contacts, struct gp_span key, int64_t used_s)
{
    struct fed_contact *contact = malloc(sizeof(*contact) + key.len);
    if (!contact)
        return NULL;
    *contact = (struct fed_contact){.used_s = used_s, .told_s = used_s, .key_len = key.len};
    memcpy(contact->key, key.at, key.len);
    if (gp_map_put(&contacts->map, key, contact) != GP_OK) {
        free(contact);
        return NULL;
    }
    put_in(contacts, contact);
    return contact;
}

static void forget_oldest(struct fed_contacts *contacts)
{
    struct fed_contact *oldest = contacts->oldest;
    gp_map_remove(&contacts->map, gp_span_make(oldest->key, oldest->key_len));
    take_out(contacts, oldest);
    free(oldest);
}

bool fed_contacts_note(struct fed_contacts *contacts, struct gp_span key, int64_t used_s,
                       size_t max)
{
    struct fed_contact *contact = gp_map_find(&contacts->map, key);
    bool is_news = !contact;
    if (!contact) {
        contact = add(contacts, key, used_s);
    } else if (used_s > contact->used_s) {
        take_out(contacts, contact);
        contact->used_s = used_s;
        put_in(contacts, contact);
        is_news = used_s - contact->told_s >= FED_CONTACT_REFRESH_S;
        if (is_news)
            contact->told_s = used_s;
    }
    while (contacts->map.count > max)
        forget_oldest(contacts);
    return is_news && contact;
}

bool fed_contacts_has(const struct fed_contacts *contacts, struct gp_span key)
{
    return gp_map_find(&contacts->map, key) != NULL;
}
