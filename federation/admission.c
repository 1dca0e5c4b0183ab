/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/admission.h"

#include <stdlib.h>

#define FED_ADMISSION_MINUTE_MS  60000
#define FED_ADMISSION_PLACES_MAX 65536 /* entries; above it, idle ones are forgotten early */

struct place {
    uint8_t key[17]; /* as the map has it */
    size_t connections;
    size_t verifications;
    int64_t window_ms; /* start of the present minute */
    size_t accepted;   /* in it */
};

/* The connections of one partner; there is none without any. */
struct crowd {
    size_t connections;
};

/* family and the bytes that tell one place from another */
static struct gp_span place_key(const struct gp_addr *peer, uint8_t key[17])
{
    size_t len = peer->family == GP_IPV4 ? 4 : 8;
    key[0] = peer->family;
    memcpy(key + 1, peer->bytes, len);
    return gp_span_make(key, len + 1);
}

void fed_admission_init(struct fed_admission *admission, const struct fed_limits *limits,
                        unsigned worker_count)
{
    *admission = (struct fed_admission){.limits = limits, .share = worker_count};
    gp_map_init(&admission->places);
    gp_map_init(&admission->partners);
}

void fed_admission_finish(struct fed_admission *admission)
{
    size_t pos = 0;
    for (struct place *place; (place = gp_map_next(&admission->places, &pos));)
        free(place);
    gp_map_finish(&admission->places);
    pos = 0;
    for (struct crowd *crowd; (crowd = gp_map_next(&admission->partners, &pos));)
        free(crowd);
    gp_map_finish(&admission->partners);
}

static size_t part(const struct fed_admission *admission, uint32_t limit)
{
    return (limit + admission->share - 1) / admission->share;
}

static struct gp_span key_of(const struct place *place)
{
    return gp_span_make(place->key, place->key[0] == GP_IPV4 ? 5 : 9);
}

static void forget_idle(struct fed_admission *admission, int64_t now_ms)
{
    size_t pos = 0;
    for (struct place *place; (place = gp_map_next(&admission->places, &pos));) {
        if (place->connections > 0 || now_ms - place->window_ms < FED_ADMISSION_MINUTE_MS)
            continue;
        gp_map_remove(&admission->places, key_of(place));
        free(place);
    }
}

static struct place *find_place(const struct fed_admission *admission, const struct gp_addr *peer)
{
    uint8_t key[17];
    return gp_map_find(&admission->places, place_key(peer, key));
}

static struct place *get_place(struct fed_admission *admission, const struct gp_addr *peer,
                               int64_t now_ms)
{
    struct place *place = find_place(admission, peer);
    if (place)
        return place;
    if (admission->places.count >= FED_ADMISSION_PLACES_MAX)
        forget_idle(admission, now_ms);
    if (admission->places.count >= FED_ADMISSION_PLACES_MAX)
        return NULL;
    place = calloc(1, sizeof(*place));
    if (!place)
        return NULL;
    place->window_ms = now_ms;
    if (gp_map_put(&admission->places, place_key(peer, place->key), place) != GP_OK) {
        free(place);
        return NULL;
    }
    return place;
}

enum gp_code fed_admission_enter(struct fed_admission *admission, const struct gp_addr *peer,
                                 bool is_awaited, int64_t now_ms, struct gp_err *err)
{
    const struct fed_limits *limits = admission->limits;
    struct place *place = get_place(admission, peer, now_ms);
    if (!place)
        return gp_err_set(err, GP_ERR_LIMIT, "no room to keep count of another address");
    if (now_ms - place->window_ms >= FED_ADMISSION_MINUTE_MS) {
        place->window_ms = now_ms;
        place->accepted = 0;
    }
    if (admission->connections >= part(admission, limits->connections))
        return gp_err_set(err, GP_ERR_LIMIT, "limits { connections = %u } is reached",
                          limits->connections);
    if (!is_awaited && place->connections >= part(admission, limits->connections_per_address))
        return gp_err_set(err, GP_ERR_LIMIT, "limits { connections-per-address = %u } is reached",
                          limits->connections_per_address);
    if (!is_awaited && place->accepted >= part(admission, limits->accepts_per_minute))
        return gp_err_set(err, GP_ERR_LIMIT, "limits { accepts-per-minute = %u } is reached",
                          limits->accepts_per_minute);
    place->accepted++;
    place->connections++;
    admission->connections++;
    return GP_OK;
}

void fed_admission_leave(struct fed_admission *admission, const struct gp_addr *peer)
{
    struct place *place = find_place(admission, peer);
    GP_ASSERT(place && place->connections > 0 && admission->connections > 0);
    place->connections--;
    admission->connections--;
}

static struct crowd *find_crowd(const struct fed_admission *admission,
                                const struct dns_domain *partner)
{
    return gp_map_find(&admission->partners, gp_span_text(partner->ascii));
}

enum gp_code fed_admission_join(struct fed_admission *admission, const struct dns_domain *partner,
                                uint32_t limit)
{
    struct crowd *crowd = find_crowd(admission, partner);
    if (crowd && crowd->connections >= part(admission, limit))
        return GP_ERR_LIMIT;
    if (!crowd) {
        crowd = calloc(1, sizeof(*crowd));
        if (!crowd)
            return GP_ERR_NOMEM;
        if (gp_map_put(&admission->partners, gp_span_text(partner->ascii), crowd) != GP_OK) {
            free(crowd);
            return GP_ERR_NOMEM;
        }
    }
    crowd->connections++;
    return GP_OK;
}

void fed_admission_part(struct fed_admission *admission, const struct dns_domain *partner)
{
    struct crowd *crowd = find_crowd(admission, partner);
    GP_ASSERT(crowd && crowd->connections > 0);
    if (--crowd->connections == 0)
        free(gp_map_remove(&admission->partners, gp_span_text(partner->ascii)));
}

enum gp_code fed_admission_verify(struct fed_admission *admission, const struct gp_addr *peer,
                                  struct gp_err *err)
{
    const struct fed_limits *limits = admission->limits;
    struct place *place = find_place(admission, peer);
    GP_ASSERT(place);
    if (admission->verifications >= part(admission, limits->verifies))
        return gp_err_set(err, GP_ERR_LIMIT, "limits { verifies = %u } is reached",
                          limits->verifies);
    if (place->verifications >= part(admission, limits->verifies_per_address))
        return gp_err_set(err, GP_ERR_LIMIT, "limits { verifies-per-address = %u } is reached",
                          limits->verifies_per_address);
    place->verifications++;
    admission->verifications++;
    return GP_OK;
}

void fed_admission_verified(struct fed_admission *admission, const struct gp_addr *peer)
{
    struct place *place = find_place(admission, peer);
    GP_ASSERT(place && place->verifications > 0 && admission->verifications > 0);
    place->verifications--;
    admission->verifications--;
}
