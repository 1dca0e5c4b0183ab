/* SPDX-License-Identifier: BSD-2-Clause */
/* The doors of an inside link: which there are, and how they are told apart. */
#include "federation/inside_state.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>

#define FED_INSIDE_STRANGERS_MAX 1000 /* doors that no configuration names */
#define FED_DOOR_KEY_MAX         (2 * DNS_DOMAIN_MAX)

static struct gp_span door_key(const struct fed_inside *inside, const struct dns_domain *home,
                               const struct dns_domain *partner, char key[FED_DOOR_KEY_MAX])
{
    bool is_home = inside->ops->key != FED_DOOR_BY_PARTNER;
    bool is_partner = inside->ops->key != FED_DOOR_BY_HOME;
    int len = snprintf(key, FED_DOOR_KEY_MAX, "%s%s%s", is_home ? home->ascii : "",
                       is_home && is_partner ? " " : "", is_partner ? partner->ascii : "");
    return gp_span_make(key, (size_t)len);
}

struct fed_door *fed_inside_door(const struct fed_inside *inside, const struct dns_domain *home,
                                 const struct dns_domain *partner)
{
    char key[FED_DOOR_KEY_MAX];
    return gp_map_find(&inside->by_key, door_key(inside, home, partner, key));
}

struct fed_door *fed_inside_doors(const struct fed_inside *inside)
{
    return inside->doors;
}

static void empty(struct fed_queue *queue)
{
    for (struct fed_parcel *parcel; (parcel = fed_queue_take(queue));)
        fed_parcel_destroy(parcel);
}

void fed_door_destroy(struct fed_inside *inside, struct fed_door *door)
{
    empty(&door->queue);
    empty(&door->unconfirmed);
    *door->link = door->next;
    if (door->next)
        door->next->link = door->link;
    inside->stranger_count -= door->is_stranger;
    free(door);
}

/* Whether the configuration bounds how many such partners there are. */
static bool is_listed(const struct fed_inside *inside, const struct dns_domain *partner)
{
    const struct fed_settings *settings = inside->context->settings;
    const struct fed_partner *policy = fed_settings_partner(settings, partner);
    return fed_settings_home(settings, partner) || (policy && policy != &settings->stranger);
}

struct fed_door *fed_door_make(struct fed_inside *inside, const struct dns_domain *home,
                               const struct dns_domain *partner, bool is_kept)
{
    char key[FED_DOOR_KEY_MAX];
    bool is_stranger = !is_kept && !is_listed(inside, partner);
    if (is_stranger && inside->stranger_count >= FED_INSIDE_STRANGERS_MAX)
        return NULL;
    struct fed_door *door = calloc(1, sizeof(*door));
    if (!door)
        return NULL;
    if (inside->ops->key != FED_DOOR_BY_PARTNER)
        door->home = *home;
    if (inside->ops->key != FED_DOOR_BY_HOME)
        door->partner = *partner;
    door->is_kept = is_kept;
    door->is_stranger = is_stranger;
    door->is_up = inside->ops->answer != NULL;
    door->used_ms = gp_clock_mono_ms();
    fed_queue_init(&door->queue);
    fed_queue_init(&door->unconfirmed);
    inside->stranger_count += is_stranger;
    struct fed_door **end = &inside->doors;
    while (*end)
        end = &(*end)->next;
    door->link = end;
    *end = door;
    if (gp_map_put(&inside->by_key, door_key(inside, home, partner, key), door) != GP_OK ||
        (inside->ops->reach && inside->ops->reach(inside->state, door) != GP_OK)) {
        gp_map_remove(&inside->by_key, door_key(inside, home, partner, key));
        fed_door_destroy(inside, door);
        return NULL;
    }
    return door;
}

void fed_inside_forget(struct fed_inside *inside, struct fed_door *door)
{
    char key[FED_DOOR_KEY_MAX];
    gp_map_remove(&inside->by_key, door_key(inside, &door->home, &door->partner, key));
    fed_door_destroy(inside, door);
}

bool fed_door_is_named(const struct fed_inside *inside, const struct fed_door *door)
{
    const struct fed_settings *settings = inside->context->settings;
    bool is_by_partner = inside->ops->key == FED_DOOR_BY_PARTNER;
    const struct fed_home *home =
        fed_settings_home(settings, is_by_partner ? &door->partner : &door->home);
    if (home)
        return fed_home_is_on(home, inside->settings.index) != is_by_partner;
    const struct fed_partner *partner =
        is_by_partner ? fed_settings_partner(settings, &door->partner) : NULL;
    return partner && partner != &settings->stranger;
}

static enum gp_code make_kept_door(void *arg, const struct dns_domain *domain)
{
    struct fed_inside *inside = arg;
    struct fed_door *door = fed_inside_door(inside, domain, domain);
    if (!door)
        return fed_door_make(inside, domain, domain, true) ? GP_OK : GP_ERR_NOMEM;
    inside->stranger_count -= door->is_stranger;
    door->is_stranger = false;
    door->is_kept = true;
    return GP_OK;
}

enum gp_code fed_doors_make(struct fed_inside *inside)
{
    const struct fed_settings *settings = inside->context->settings;
    enum gp_code code = GP_OK;
    if (inside->ops->key == FED_DOOR_BY_PAIR)
        return GP_OK;
    if (inside->ops->key == FED_DOOR_BY_PARTNER)
        return fed_settings_each_foreign(settings, inside->settings.index, make_kept_door, inside);
    for (size_t i = 0; i < settings->home_count && code == GP_OK; i++)
        if (fed_home_is_on(&settings->homes[i], inside->settings.index))
            code = make_kept_door(inside, &settings->homes[i].domain);
    return code;
}
