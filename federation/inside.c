/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/inside_state.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>

static void on_timer(void *arg);

enum gp_code fed_inside_create(struct fed_context *context,
                               const struct fed_inside_settings *settings,
                               const struct fed_inside_owner *owner, void *arg,
                               struct fed_inside **ret, struct gp_err *err)
{
    struct fed_inside *inside = calloc(1, sizeof(*inside));
    if (!inside)
        return gp_err_nomem(err);
    inside->context = context;
    inside->settings = *settings;
    inside->owner = owner;
    inside->arg = arg;
    inside->ops = fed_inside_ops_of(settings->kind);
    gp_map_init(&inside->by_key);
    inside->timer = gp_timer_create(context->loop, on_timer, inside);
    enum gp_code code =
        inside->timer ? inside->ops->create(inside, &inside->state, err) : gp_err_nomem(err);
    if (code == GP_OK && fed_doors_make(inside) != GP_OK)
        code = gp_err_nomem(err);
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
    gp_map_finish(&inside->by_key);
    while (inside->doors)
        fed_door_destroy(inside, inside->doors);
    free(inside);
}

/* Whether what waits for it does so for a bounded time. */
static bool is_away(const struct fed_door *door)
{
    return !door->is_up && !door->is_coming;
}

static void arm_timer(struct fed_inside *inside)
{
    int64_t oldest = INT64_MAX;
    for (const struct fed_door *door = inside->doors; door; door = door->next) {
        int64_t waits_since = fed_queue_oldest_ms(&door->queue);
        if (is_away(door) && waits_since < oldest)
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

/* Whether a stanza waits for a service that is away, or on its way. */
static bool may_wait(const struct fed_inside *inside, const struct fed_door *door,
                     const struct fed_parcel *parcel)
{
    bool is_held = inside->context->settings->limits.hold_ms > 0 && fed_parcel_is_lasting(parcel);
    return !inside->is_quiet && !inside->is_flushing && (is_held || door->is_coming);
}

/* Takes the parcel into its door's queue. A service that is there but slow stops the partners
 * instead of being held for; what comes all the same (from another service, or as an error) has the
 * same bound. */
static void hold(struct fed_inside *inside, struct fed_door *door, struct fed_parcel *parcel)
{
    const struct fed_limits *limits = &inside->context->settings->limits;
    bool is_slow = door->is_up && !inside->is_flushing;
    if (is_slow)
        set_congested(inside, true);
    else if (!may_wait(inside, door, parcel)) {
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

/* Where a stanza can go at once; NULL: it cannot. Never past what waits (spec-digest e.8). */
static struct gp_buf *open_output(const struct fed_inside *inside, struct fed_door *door)
{
    return door->is_up && door->queue.count == 0 ? inside->ops->output(door) : NULL;
}

static uint64_t sent(const struct fed_inside *inside, struct fed_door *door)
{
    door->delivered++;
    door->used_ms = gp_clock_mono_ms();
    return inside->ops->sent(door);
}

/* Takes the parcel. */
static void send_parcel(struct fed_inside *inside, struct fed_door *door, struct gp_buf *output,
                        struct fed_parcel *parcel)
{
    gp_buf_append_span(output, fed_parcel_stanza(parcel));
    parcel->end_bytes = sent(inside, door);
    if (inside->ops->is_confirming)
        fed_queue_put(&door->unconfirmed, parcel);
    else
        fed_parcel_destroy(parcel);
}

/* To a kind that keeps what it sends by itself: takes the parcel, or not. */
static bool pass(struct fed_inside *inside, struct fed_door *door, struct fed_parcel *parcel)
{
    if (!inside->ops->send(door, parcel))
        return false;
    door->delivered++;
    door->used_ms = gp_clock_mono_ms();
    return true;
}

/* The door of a stanza; one that is not there yet is made where a partner may be a stranger. */
static struct fed_door *use_door(struct fed_inside *inside, const struct dns_domain *home,
                                 const struct dns_domain *partner)
{
    struct fed_door *door = fed_inside_door(inside, home, partner);
    return door || inside->ops->key == FED_DOOR_BY_HOME
               ? door
               : fed_door_make(inside, home, partner, false);
}

void fed_inside_deliver(struct fed_inside *inside, struct fed_parcel *parcel)
{
    struct fed_door *door = use_door(inside, &parcel->home, &parcel->partner);
    struct gp_buf *output;
    if (!door && inside->ops->key != FED_DOOR_BY_HOME) {
        give_back(inside, parcel, FED_BOUNCE_RESOURCE, "too many domains are in use");
    } else if (!door) {
        give_back(inside, parcel, FED_BOUNCE_NOT_FOUND, "no such domain behind this gateway");
    } else if (inside->ops->answer) {
        if (!inside->ops->answer(inside->state, parcel)) {
            give_back(inside, parcel, FED_BOUNCE_RESOURCE, "there is no room to answer this");
            return;
        }
        door->delivered++;
        fed_parcel_destroy(parcel);
    } else if (inside->ops->send) {
        bool may_pass = door->is_up && door->queue.count == 0;
        if (!may_pass || !pass(inside, door, parcel))
            hold(inside, door, parcel);
    } else if ((output = open_output(inside, door))) {
        send_parcel(inside, door, output, parcel);
    } else {
        hold(inside, door, parcel);
    }
}

void fed_inside_stanza(struct fed_inside *inside, const struct dns_domain *home,
                       const struct dns_domain *partner, const struct fed_stanza *stanza,
                       const char *lang)
{
    struct fed_door *door = fed_inside_door(inside, home, partner);
    bool is_direct =
        door && !inside->ops->answer && !inside->ops->send && !inside->ops->is_confirming;
    struct gp_buf *output = is_direct ? open_output(inside, door) : NULL;
    if (output) { /* the ordinary case: from one buffer into the other, nothing allocated */
        fed_stanza_forward(stanza, lang, output);
        sent(inside, door);
        return;
    }
    struct fed_parcel *parcel = fed_parcel_create(FED_TO_INSIDE, home, partner, stanza, lang);
    if (parcel)
        fed_inside_deliver(inside, parcel);
    else
        inside->context->counters.stanzas_dropped++;
}

/* Moves what waits through the door, as far as it is taken. */
static void deliver_held(struct fed_inside *inside, struct fed_door *door)
{
    struct gp_buf *output;
    while (inside->ops->send && door->queue.count > 0) {
        struct fed_parcel *parcel = fed_queue_take(&door->queue);
        if (pass(inside, door, parcel))
            continue;
        struct fed_queue rest;
        fed_queue_init(&rest);
        fed_queue_put(&rest, parcel);
        fed_queue_put_back(&door->queue, &rest);
        return;
    }
    while (!inside->ops->send && door->queue.count > 0 && (output = inside->ops->output(door)))
        send_parcel(inside, door, output, fed_queue_take(&door->queue));
}

void fed_inside_drained(struct fed_inside *inside)
{
    size_t waiting = 0;
    for (struct fed_door *door = inside->doors; door; door = door->next) {
        if (!door->is_up)
            continue;
        deliver_held(inside, door);
        waiting += door->queue.count;
    }
    arm_timer(inside);
    if (waiting == 0)
        set_congested(inside, false);
}

void fed_inside_came(struct fed_inside *inside, struct fed_door *door)
{
    door->is_up = true;
    door->is_coming = false;
    door->since_ms = gp_clock_mono_ms();
    door->trouble[0] = '\0';
    fed_inside_drained(inside);
}

void fed_inside_confirmed(struct fed_inside *inside, struct fed_door *door, uint64_t end_bytes)
{
    while (door->unconfirmed.first && door->unconfirmed.first->end_bytes <= end_bytes)
        fed_parcel_destroy(fed_queue_take(&door->unconfirmed));
    fed_inside_drained(inside);
}

/* What the connection did not take waits again, in front of the rest. The fate of what it took is
 * unknown: sent again it might come twice, so its sender decides; presence comes anew by itself. */
static void give_up_unconfirmed(struct fed_inside *inside, struct fed_door *door,
                                uint64_t sent_bytes)
{
    while (door->unconfirmed.first && door->unconfirmed.first->end_bytes <= sent_bytes) {
        struct fed_parcel *parcel = fed_queue_take(&door->unconfirmed);
        if (parcel->kind != FED_PRESENCE || fed_parcel_is_lasting(parcel)) {
            give_back(inside, parcel, FED_BOUNCE_TIMEOUT,
                      "the service behind this domain went away and may not have got the stanza");
            continue;
        }
        inside->context->counters.stanzas_dropped++;
        fed_parcel_destroy(parcel);
    }
    door->delivered -= door->unconfirmed.count;
    fed_queue_put_back(&door->queue, &door->unconfirmed);
}

void fed_inside_went(struct fed_inside *inside, struct fed_door *door, uint64_t sent_bytes,
                     const char *trouble)
{
    if (door->is_up)
        door->since_ms = gp_clock_mono_ms();
    door->is_up = false;
    snprintf(door->trouble, sizeof(door->trouble), "%s", trouble);
    give_up_unconfirmed(inside, door, sent_bytes);
    /* what waited for a slow service waits on if it may, and nobody is stopped for it */
    for (size_t left = door->queue.count; left > 0; left--) {
        struct fed_parcel *parcel = fed_queue_take(&door->queue);
        if (may_wait(inside, door, parcel))
            fed_queue_put(&door->queue, parcel);
        else
            give_back(inside, parcel, FED_BOUNCE_TIMEOUT, "the service behind this domain is away");
    }
    fed_inside_drained(inside);
}

static void give_back_all(struct fed_inside *inside, struct fed_door *door, int64_t older_than_ms)
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
    for (struct fed_door *door = inside->doors; door; door = door->next)
        if (is_away(door))
            give_back_all(inside, door, limit);
    arm_timer(inside);
}

void fed_inside_resume(struct fed_inside *inside)
{
    if (inside->ops->resume && !inside->is_quiet)
        inside->ops->resume(inside->state);
}

/* What the stream was given already counts as delivered: it ends in order, behind it. */
static void abandon(struct fed_inside *inside, struct fed_door *door, enum fed_close reason)
{
    give_back_all(inside, door, INT64_MAX - 1);
    if (door->stream)
        inside->ops->abandon(door, reason);
}

enum gp_code fed_inside_set_settings(struct fed_inside *inside,
                                     const struct fed_inside_settings *settings)
{
    struct fed_door *next;
    inside->settings = *settings;
    for (struct fed_door *door = inside->doors; door; door = next) {
        next = door->next;
        bool is_configured = door->is_kept || inside->ops->key == FED_DOOR_BY_PAIR;
        if (!is_configured || fed_door_is_named(inside, door))
            continue;
        abandon(inside, door, FED_CLOSE_HOST_GONE);
        fed_inside_forget(inside, door);
    }
    enum gp_code code = fed_doors_make(inside);
    if (inside->ops->set_settings && inside->ops->set_settings(inside->state) != GP_OK)
        code = GP_ERR_NOMEM;
    fed_inside_drained(inside); /* the congestion may have left with a door */
    return code;
}

void fed_inside_leave(struct fed_inside *inside)
{
    fed_inside_quiet(inside);
    fed_inside_flush(inside);
    for (struct fed_door *door = inside->doors; door; door = door->next)
        abandon(inside, door, FED_CLOSE_CHANGED);
    set_congested(inside, false);
    if (inside->ops->leave) {
        inside->ops->leave(inside->state);
        inside->state = NULL;
    }
    fed_inside_destroy(inside);
}

void fed_inside_quiet(struct fed_inside *inside)
{
    inside->is_quiet = true;
    if (inside->ops->quiet)
        inside->ops->quiet(inside->state);
    for (struct fed_door *door = inside->doors; door; door = door->next)
        if (!door->is_up)
            give_back_all(inside, door, INT64_MAX - 1);
    arm_timer(inside);
}

void fed_inside_flush(struct fed_inside *inside)
{
    inside->is_flushing = true;
    for (struct fed_door *door = inside->doors; door; door = door->next)
        give_back_all(inside, door, INT64_MAX - 1);
    gp_timer_clear(inside->timer);
}

size_t fed_inside_waiting(const struct fed_inside *inside)
{
    size_t waiting = 0;
    for (const struct fed_door *door = inside->doors; door; door = door->next)
        waiting += door->queue.count;
    if (inside->ops->unacknowledged)
        waiting += inside->ops->unacknowledged(inside->state);
    return waiting;
}

void fed_inside_stop(struct fed_inside *inside)
{
    if (inside->ops->stop)
        inside->ops->stop(inside->state);
}

size_t fed_inside_streams(const struct fed_inside *inside)
{
    return inside->ops->streams ? inside->ops->streams(inside->state) : 0;
}

const struct fed_inside_settings *fed_inside_settings(const struct fed_inside *inside)
{
    return &inside->settings;
}

void fed_inside_each(const struct fed_inside *inside, fed_inside_status_fn *fn, void *arg)
{
    for (const struct fed_door *door = inside->doors; door; door = door->next) {
        const struct fed_inside_status status = {
            .home = dns_domain_is_set(&door->home) ? &door->home : NULL,
            .partner = dns_domain_is_set(&door->partner) ? &door->partner : NULL,
            .direction = inside->ops->key == FED_DOOR_BY_PAIR ? "in" : NULL,
            .is_up = door->is_up,
            .since_ms = door->since_ms,
            .held = door->queue.count,
            .delivered = door->delivered,
            .taken = door->taken,
            .peer =
                door->is_up && inside->ops->peer ? inside->ops->peer(door) : (struct gp_addr){0},
            .trouble = door->trouble,
        };
        fn(arg, &status);
    }
    if (inside->ops->each)
        inside->ops->each(inside->state, fn, arg);
}

struct fed_context *fed_inside_context(const struct fed_inside *inside)
{
    return inside->context;
}

bool fed_inside_took(struct fed_inside *inside, struct fed_door *door,
                     const struct dns_domain *home, const struct fed_stanza *stanza,
                     const char *lang)
{
    if (door) {
        door->taken++;
        door->used_ms = gp_clock_mono_ms();
    }
    return inside->owner->on_stanza(inside->arg, inside, home, stanza, lang);
}

void fed_inside_give_back(struct fed_inside *inside, struct fed_parcel *parcel,
                          enum fed_bounce bounce, const char *text)
{
    give_back(inside, parcel, bounce, text);
}

void fed_inside_answered(struct fed_inside *inside, struct fed_parcel *parcel)
{
    struct fed_door *door = fed_inside_door(inside, &parcel->home, &parcel->partner);
    if (door)
        door->taken++;
    inside->owner->on_parcel(inside->arg, inside, parcel);
}
