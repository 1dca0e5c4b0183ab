/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/inside_ops.h"

#include "base/clock.h"

#include <stdlib.h>

/* One home domain behind the link. */
struct door {
    const struct fed_home *home;
    struct fed_queue queue; /* stanzas that wait for the service */
    bool is_up;
    int64_t since_ms;
    uint64_t delivered, taken;
};

struct fed_inside {
    struct fed_context *context;
    struct fed_inside_settings settings;
    const struct fed_inside_owner *owner;
    void *arg;
    const struct fed_inside_ops *ops;
    void *state;            /* the kind's own */
    struct gp_timer *timer; /* rings when the oldest held stanza has waited long enough */
    struct door *doors;     /* one for each of the link's home domains */
    size_t door_count;
    bool is_congested;
    bool is_quiet;    /* stopping: nothing is held for a service that is away */
    bool is_flushing; /* and nothing waits for one that is slow */
};

static void on_timer(void *arg);

static struct door *find_door(const struct fed_inside *inside, const struct dns_domain *home)
{
    for (size_t i = 0; i < inside->door_count; i++)
        if (dns_domain_equal(&inside->doors[i].home->domain, home))
            return &inside->doors[i];
    return NULL;
}

static enum gp_code make_doors(struct fed_inside *inside)
{
    const struct fed_settings *settings = inside->context->settings;
    inside->doors = calloc(settings->home_count ? settings->home_count : 1, sizeof(*inside->doors));
    if (!inside->doors)
        return GP_ERR_NOMEM;
    for (size_t i = 0; i < settings->home_count; i++) {
        if (settings->homes[i].inside != inside->settings.index)
            continue;
        struct door *door = &inside->doors[inside->door_count++];
        door->home = &settings->homes[i];
        fed_queue_init(&door->queue);
    }
    return GP_OK;
}

enum gp_code fed_inside_create(struct fed_context *context,
                               const struct fed_inside_settings *settings,
                               const struct fed_inside_owner *owner, void *arg,
                               struct fed_inside **ret, struct gp_err *err)
{
    static const struct fed_inside_ops *const kinds[] = {
        [FED_INSIDE_ECHO] = &fed_inside_echo_ops,
        [FED_INSIDE_COMPONENT] = &fed_inside_component_ops,
    };
    struct fed_inside *inside = calloc(1, sizeof(*inside));
    if (!inside)
        return gp_err_nomem(err);
    inside->context = context;
    inside->settings = *settings;
    inside->owner = owner;
    inside->arg = arg;
    inside->ops = kinds[settings->kind];
    inside->timer = gp_timer_create(context->loop, on_timer, inside);
    enum gp_code code = inside->timer && make_doors(inside) == GP_OK
                            ? inside->ops->create(inside, &inside->state, err)
                            : gp_err_nomem(err);
    if (code != GP_OK) {
        fed_inside_destroy(inside);
        return gp_err_wrap(err, code, "inside \"%s\"", settings->name);
    }
    *ret = inside;
    return GP_OK;
}

void fed_inside_destroy(struct fed_inside *inside)
{
    if (!inside)
        return;
    if (inside->state)
        inside->ops->destroy(inside->state);
    gp_timer_destroy(inside->timer);
    for (size_t i = 0; i < inside->door_count; i++)
        for (struct fed_parcel *parcel; (parcel = fed_queue_take(&inside->doors[i].queue));)
            fed_parcel_destroy(parcel);
    free(inside->doors);
    free(inside);
}

/* Stanzas that are worth keeping for a service that is away: not presence, which would be stale by
 * then (e.5). */
static bool is_worth_holding(const struct fed_parcel *parcel)
{
    switch (parcel->kind) {
    case FED_MESSAGE:
        return parcel->type != FED_TYPE_ERROR;
    case FED_IQ:
        return true;
    case FED_PRESENCE:
        return parcel->type == FED_TYPE_SUBSCRIBE || parcel->type == FED_TYPE_SUBSCRIBED ||
               parcel->type == FED_TYPE_UNSUBSCRIBE || parcel->type == FED_TYPE_UNSUBSCRIBED;
    }
    return false;
}

static void arm_timer(struct fed_inside *inside)
{
    int64_t oldest = INT64_MAX;
    for (size_t i = 0; i < inside->door_count; i++) {
        int64_t waits_since = fed_queue_oldest_ms(&inside->doors[i].queue);
        if (!inside->doors[i].is_up && waits_since < oldest)
            oldest = waits_since;
    }
    if (oldest == INT64_MAX)
        gp_timer_clear(inside->timer);
    else
        gp_timer_set(inside->timer,
                     oldest + inside->context->settings->limits.hold_ms - gp_clock_mono_ms());
}

static void give_back(struct fed_inside *inside, struct fed_parcel *parcel, enum fed_bounce bounce,
                      const char *text)
{
    inside->owner->on_undelivered(inside->arg, inside, parcel, bounce, text);
}

static void set_congested(struct fed_inside *inside, bool is_congested)
{
    if (inside->is_congested == is_congested)
        return;
    inside->is_congested = is_congested;
    inside->owner->on_congested(inside->arg, inside, is_congested);
}

/* Whether a stanza waits for a service that is away. */
static bool may_wait(const struct fed_inside *inside, const struct fed_parcel *parcel)
{
    return !inside->is_quiet && !inside->is_flushing &&
           inside->context->settings->limits.hold_ms > 0 && is_worth_holding(parcel);
}

/* Takes the parcel into its door's queue. A service that is there but slow stops the partners
 * instead of being held for; what comes all the same (from another service, or as an error) has the
 * same bound. */
static void hold(struct fed_inside *inside, struct door *door, struct fed_parcel *parcel)
{
    const struct fed_limits *limits = &inside->context->settings->limits;
    bool is_slow = door->is_up && !inside->is_flushing;
    if (is_slow)
        set_congested(inside, true);
    else if (!may_wait(inside, parcel)) {
        give_back(inside, parcel, FED_BOUNCE_TIMEOUT, "the service behind this domain is away");
        return;
    }
    if (door->queue.count >= limits->queue_stanzas ||
        door->queue.bytes + fed_parcel_bytes(parcel) > limits->queue_bytes) {
        give_back(inside, parcel, FED_BOUNCE_RESOURCE,
                  "too many stanzas wait for the service behind this domain");
        return;
    }
    fed_queue_put(&door->queue, parcel);
    arm_timer(inside);
}

void fed_inside_deliver(struct fed_inside *inside, struct fed_parcel *parcel)
{
    struct door *door = find_door(inside, &parcel->home);
    if (!door) {
        give_back(inside, parcel, FED_BOUNCE_NOT_FOUND, "no such domain behind this gateway");
        return;
    }
    if (inside->ops->answer) {
        door->delivered++;
        inside->ops->answer(inside->state, parcel);
        fed_parcel_destroy(parcel);
        return;
    }
    struct gp_buf *output =
        door->queue.count == 0 ? inside->ops->output(inside->state, &parcel->home) : NULL;
    if (!output) {
        hold(inside, door, parcel);
        return;
    }
    gp_buf_append_span(output, fed_parcel_stanza(parcel));
    inside->ops->sent(inside->state, &parcel->home);
    door->delivered++;
    fed_parcel_destroy(parcel);
}

void fed_inside_stanza(struct fed_inside *inside, const struct dns_domain *home,
                       const struct dns_domain *partner, const struct fed_stanza *stanza,
                       const char *lang)
{
    struct door *door = find_door(inside, home);
    struct gp_buf *output = door && !inside->ops->answer && door->queue.count == 0
                                ? inside->ops->output(inside->state, home)
                                : NULL;
    if (output) { /* the ordinary case: from one buffer into the other, nothing allocated */
        fed_stanza_forward(stanza, lang, output);
        inside->ops->sent(inside->state, home);
        door->delivered++;
        return;
    }
    struct fed_parcel *parcel = fed_parcel_create(FED_TO_INSIDE, home, partner, stanza, lang);
    if (parcel)
        fed_inside_deliver(inside, parcel);
    else
        inside->context->counters.stanzas_dropped++;
}

/* Moves what waits to the service, as far as it takes it. */
static void deliver_held(struct fed_inside *inside, struct door *door)
{
    struct gp_buf *output;
    while (door->queue.count > 0 &&
           (output = inside->ops->output(inside->state, &door->home->domain))) {
        struct fed_parcel *parcel = fed_queue_take(&door->queue);
        gp_buf_append_span(output, fed_parcel_stanza(parcel));
        inside->ops->sent(inside->state, &door->home->domain);
        door->delivered++;
        fed_parcel_destroy(parcel);
    }
}

void fed_inside_drained(struct fed_inside *inside)
{
    size_t waiting = 0;
    for (size_t i = 0; i < inside->door_count; i++) {
        if (inside->doors[i].is_up)
            deliver_held(inside, &inside->doors[i]);
        waiting += inside->doors[i].is_up ? inside->doors[i].queue.count : 0;
    }
    arm_timer(inside);
    if (waiting == 0)
        set_congested(inside, false);
}

void fed_inside_came(struct fed_inside *inside, const struct dns_domain *home)
{
    struct door *door = find_door(inside, home);
    GP_ASSERT(door);
    door->is_up = true;
    door->since_ms = gp_clock_mono_ms();
    fed_inside_drained(inside);
}

void fed_inside_went(struct fed_inside *inside, const struct dns_domain *home)
{
    struct door *door = find_door(inside, home);
    GP_ASSERT(door);
    door->is_up = false;
    door->since_ms = gp_clock_mono_ms();
    /* what waited for a slow service waits on if it may, and nobody is stopped for it */
    for (size_t left = door->queue.count; left > 0; left--) {
        struct fed_parcel *parcel = fed_queue_take(&door->queue);
        if (may_wait(inside, parcel))
            fed_queue_put(&door->queue, parcel);
        else
            give_back(inside, parcel, FED_BOUNCE_TIMEOUT, "the service behind this domain is away");
    }
    fed_inside_drained(inside);
}

static void give_back_all(struct fed_inside *inside, struct door *door, int64_t older_than_ms)
{
    while (fed_queue_oldest_ms(&door->queue) <= older_than_ms) {
        struct fed_parcel *parcel = fed_queue_take(&door->queue);
        give_back(inside, parcel, FED_BOUNCE_TIMEOUT, "the service behind this domain is away");
    }
}

static void on_timer(void *arg)
{
    struct fed_inside *inside = arg;
    int64_t limit = gp_clock_mono_ms() - inside->context->settings->limits.hold_ms;
    for (size_t i = 0; i < inside->door_count; i++)
        if (!inside->doors[i].is_up)
            give_back_all(inside, &inside->doors[i], limit);
    arm_timer(inside);
}

void fed_inside_quiet(struct fed_inside *inside)
{
    inside->is_quiet = true;
    if (inside->ops->quiet)
        inside->ops->quiet(inside->state);
    for (size_t i = 0; i < inside->door_count; i++)
        if (!inside->doors[i].is_up)
            give_back_all(inside, &inside->doors[i], INT64_MAX - 1);
    arm_timer(inside);
}

void fed_inside_flush(struct fed_inside *inside)
{
    inside->is_flushing = true;
    for (size_t i = 0; i < inside->door_count; i++)
        give_back_all(inside, &inside->doors[i], INT64_MAX - 1);
    gp_timer_clear(inside->timer);
}

size_t fed_inside_waiting(const struct fed_inside *inside)
{
    size_t waiting = 0;
    for (size_t i = 0; i < inside->door_count; i++)
        waiting += inside->doors[i].queue.count;
    return waiting;
}

void fed_inside_stop(struct fed_inside *inside)
{
    if (inside->ops->stop)
        inside->ops->stop(inside->state);
}

const char *fed_inside_kind_text(enum fed_inside_kind kind)
{
    static const char *const texts[] = {
        [FED_INSIDE_ECHO] = "echo",
        [FED_INSIDE_COMPONENT] = "component",
    };
    return texts[kind];
}

const struct fed_inside_settings *fed_inside_settings(const struct fed_inside *inside)
{
    return &inside->settings;
}

bool fed_inside_is_up(const struct fed_inside *inside, const struct dns_domain *home)
{
    return inside->ops->is_up(inside->state, home);
}

void fed_inside_status(const struct fed_inside *inside, const struct dns_domain *home,
                       struct fed_inside_status *ret)
{
    const struct door *door = find_door(inside, home);
    *ret = (struct fed_inside_status){0};
    if (!door)
        return;
    ret->is_up = fed_inside_is_up(inside, home);
    ret->since_ms = door->since_ms;
    ret->held = door->queue.count;
    ret->delivered = door->delivered;
    ret->taken = door->taken;
    if (inside->ops->peer)
        ret->peer = inside->ops->peer(inside->state, home);
}

struct fed_context *fed_inside_context(const struct fed_inside *inside)
{
    return inside->context;
}

void fed_inside_took(struct fed_inside *inside, const struct dns_domain *home,
                     const struct fed_stanza *stanza, const char *lang)
{
    struct door *door = find_door(inside, home);
    GP_ASSERT(door);
    door->taken++;
    inside->owner->on_stanza(inside->arg, inside, home, stanza, lang);
}

void fed_inside_answered(struct fed_inside *inside, struct fed_parcel *parcel)
{
    struct door *door = find_door(inside, &parcel->home);
    if (door)
        door->taken++;
    inside->owner->on_parcel(inside->arg, inside, parcel);
}
