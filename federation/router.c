/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/router_state.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>

#define FED_ROUTER_PAIRS_MAX 20000 /* of one worker; an idle one takes about 2 kB */
#define FED_ROUTER_SWEEP_MS  60000
#define FED_PAIR_KEY_MAX     (2 * DNS_DOMAIN_MAX)

static void on_sweep(void *arg);
static bool inside_on_stanza(void *arg, struct fed_inside *inside, const struct dns_domain *home,
                             const struct fed_stanza *stanza, const char *lang);
static void inside_on_parcel(void *arg, struct fed_inside *inside, struct fed_parcel *parcel);
static void inside_on_undelivered(void *arg, struct fed_inside *inside, struct fed_parcel *parcel,
                                  enum fed_bounce bounce, const char *text);
static void inside_on_congested(void *arg, struct fed_inside *inside, bool is_congested);

static const struct fed_inside_owner inside_owner = {
    .on_stanza = inside_on_stanza,
    .on_parcel = inside_on_parcel,
    .on_undelivered = inside_on_undelivered,
    .on_congested = inside_on_congested,
};

/* FNV-1a: every worker must come to the same result, so this hash has no secret; a pair's worker is
 * no target. */
unsigned fed_router_owner(const struct dns_domain *home, const struct dns_domain *partner,
                          unsigned worker_count)
{
    const char *const parts[] = {home->ascii, " ", partner->ascii};
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < GP_ARRAY_LEN(parts); i++)
        for (const char *at = parts[i]; *at; at++)
            hash = (hash ^ (uint8_t)*at) * 0x100000001b3u;
    return (unsigned)((hash ^ hash >> 32) % worker_count);
}

/* The worker that an inside link lives on. */
static unsigned inside_worker(const struct fed_router *router,
                              const struct fed_inside_settings *settings)
{
    return fed_inside_is_own(settings->kind) ? router->post.worker
                                             : settings->index % router->post.worker_count;
}

/* Unless it belongs to another worker, or is there. */
static enum gp_code make_inside(struct fed_router *router,
                                const struct fed_inside_settings *settings, struct gp_err *err)
{
    struct fed_inside **place = &router->insides[settings->index];
    if (*place || inside_worker(router, settings) != router->post.worker)
        return GP_OK;
    return fed_inside_create(router->context, settings, &inside_owner, router, place, err);
}

enum gp_code fed_router_create(struct fed_context *context,
                               const struct fed_inside_settings *insides, size_t inside_count,
                               const struct fed_post *post, struct fed_router **ret,
                               struct gp_err *err)
{
    enum gp_code code = GP_OK;
    struct fed_router *router = calloc(1, sizeof(*router));
    if (!router)
        return gp_err_nomem(err);
    router->context = context;
    router->post = *post;
    gp_map_init(&router->pairs);
    fed_queue_init(&router->strays);
    fed_ping_prefix(post->worker, router->ping_prefix);
    router->sweep = gp_timer_create(context->loop, on_sweep, router);
    router->guard = fed_guard_create(context, post->contact, post->arg);
    if (!router->sweep || !router->guard)
        code = gp_err_nomem(err);
    for (size_t i = 0; i < inside_count && code == GP_OK; i++)
        code = make_inside(router, &insides[i], err);
    if (code != GP_OK) {
        fed_router_destroy(router);
        return code;
    }
    gp_timer_set(router->sweep, FED_ROUTER_SWEEP_MS);
    *ret = router;
    return GP_OK;
}

void fed_router_destroy(struct fed_router *router)
{
    if (!router)
        return;
    size_t pos = 0;
    for (struct fed_pair *pair; (pair = gp_map_next(&router->pairs, &pos));)
        fed_pair_destroy(pair);
    gp_map_finish(&router->pairs);
    for (size_t i = 0; i < FED_INSIDE_MAX; i++)
        fed_inside_destroy(router->insides[i]);
    gp_timer_destroy(router->sweep);
    fed_guard_destroy(router->guard);
    free(router);
}

void fed_router_answer(struct fed_router *router, struct fed_parcel *parcel, enum fed_bounce class,
                       const char *text)
{
    if (fed_ping_give_back(router, parcel, class, text))
        return;
    struct fed_parcel *answer = fed_parcel_bounce(parcel, class, text);
    fed_parcel_destroy(parcel);
    if (!answer) {
        router->context->counters.stanzas_dropped++;
        return;
    }
    router->context->counters.stanzas_bounced++;
    fed_router_deliver(router, answer);
}

static void pair_on_undelivered(void *arg, struct fed_parcel *parcel, enum fed_bounce class,
                                const char *text)
{
    fed_router_answer(arg, parcel, class, text);
}

static void pair_on_open(void *arg, const struct dns_domain *partner, enum fed_proof proof)
{
    struct fed_router *router = arg;
    fed_guard_stream_opened(router->guard, FED_TO_PARTNER, partner, proof);
}

static bool pair_on_stanza(void *arg, const struct fed_stanza *stanza, const char *lang,
                           int64_t *ret_wait_ms)
{
    struct fed_router *router = arg;
    bool is_welcome = fed_router_from_partner(router, stanza, lang);
    *ret_wait_ms = fed_guard_count_stanza(router->guard, &stanza->from);
    return is_welcome;
}

static int64_t pair_on_read(void *arg, const struct dns_domain *partner, size_t bytes)
{
    const struct fed_router *router = arg;
    return fed_guard_count_bytes(router->guard, partner, bytes);
}

static void post(struct fed_router *router, unsigned worker, struct fed_parcel *parcel)
{
    /* towards the inside nothing may be lost: its congestion stops the source instead */
    bool must_go = parcel->direction == FED_TO_INSIDE || parcel->errand != FED_DELIVER;
    if (router->post.send(router->post.arg, worker, parcel, must_go) != GP_OK)
        fed_router_answer(router, parcel, FED_BOUNCE_RESOURCE, "the gateway is busy");
}

static void pair_on_carry(void *arg, struct fed_parcel *parcel)
{
    struct fed_router *router = arg;
    parcel->errand = FED_CARRY;
    post(router, parcel->carrier.worker, parcel);
}

static const struct fed_pair_owner pair_owner = {
    .on_carry = pair_on_carry,
    .on_stanza = pair_on_stanza,
    .on_read = pair_on_read,
    .on_undelivered = pair_on_undelivered,
    .on_open = pair_on_open,
};

/* "home partner" */
static struct gp_span pair_key(const struct dns_domain *home, const struct dns_domain *partner,
                               char key[FED_PAIR_KEY_MAX])
{
    size_t home_len = strlen(home->ascii), partner_len = strlen(partner->ascii);
    memcpy(key, home->ascii, home_len);
    key[home_len] = ' ';
    memcpy(key + home_len + 1, partner->ascii, partner_len);
    return gp_span_make(key, home_len + 1 + partner_len);
}

static struct fed_pair *find_pair(const struct fed_router *router, const struct dns_domain *home,
                                  const struct dns_domain *partner)
{
    char key[FED_PAIR_KEY_MAX];
    return gp_map_find(&router->pairs, pair_key(home, partner, key));
}

static struct fed_pair *get_pair(struct fed_router *router, const struct dns_domain *home,
                                 const struct dns_domain *partner, const struct fed_partner *policy)
{
    char key[FED_PAIR_KEY_MAX];
    struct gp_span span = pair_key(home, partner, key);
    struct fed_pair *pair = gp_map_find(&router->pairs, span);
    if (pair || router->pairs.count >= FED_ROUTER_PAIRS_MAX)
        return pair;
    pair = fed_pair_create(router->context, home, partner, policy, &pair_owner, router);
    if (pair && gp_map_put(&router->pairs, span, pair) != GP_OK) {
        fed_pair_destroy(pair);
        pair = NULL;
    }
    if (pair && router->is_dismissing)
        fed_pair_dismiss(pair, router->dismissal);
    if (pair && router->is_quiet)
        fed_pair_hurry(pair);
    if (pair && router->is_flushing)
        fed_pair_flush(pair);
    return pair;
}

static void deliver_to_partner(struct fed_router *router, struct fed_parcel *parcel)
{
    const struct fed_partner *policy =
        fed_settings_partner(router->context->settings, &parcel->partner);
    if (!policy) {
        fed_router_answer(router, parcel, FED_BOUNCE_NOT_ALLOWED,
                          "federation with this domain is not configured");
        return;
    }
    unsigned worker = fed_router_owner(&parcel->home, &parcel->partner, router->post.worker_count);
    if (worker != router->post.worker) {
        post(router, worker, parcel);
        return;
    }
    struct fed_pair *pair = get_pair(router, &parcel->home, &parcel->partner, policy);
    if (pair)
        fed_pair_send(pair, parcel);
    else
        fed_router_answer(router, parcel, FED_BOUNCE_RESOURCE, "too many domains are in use");
}

static void deliver_to_inside(struct fed_router *router, struct fed_parcel *parcel)
{
    const struct fed_home *home = fed_settings_home(router->context->settings, &parcel->home);
    if (!home) {
        fed_router_answer(router, parcel, FED_BOUNCE_NOT_FOUND,
                          "no such domain behind this gateway");
        return;
    }
    unsigned inside = fed_home_inside(home, fed_parcel_to(parcel));
    if (router->insides[inside])
        fed_inside_deliver(router->insides[inside], parcel);
    else if (inside % router->post.worker_count == router->post.worker)
        fed_router_answer(router, parcel, FED_BOUNCE_TIMEOUT,
                          "the inside link of this domain is not there");
    else
        post(router, inside % router->post.worker_count, parcel);
}

/* Carried stanzas (XEP-0288) */

void fed_router_set_carries(struct fed_router *router, struct fed_carries *carries)
{
    router->carries = carries;
}

void fed_router_return(struct fed_router *router, struct fed_parcel *parcel)
{
    parcel->errand = FED_RETURNED;
    post(router, fed_router_owner(&parcel->home, &parcel->partner, router->post.worker_count),
         parcel);
}

void fed_router_tell(struct fed_router *router, struct fed_carrier_news *news)
{
    unsigned worker = fed_router_owner(&news->home, &news->partner, router->post.worker_count);
    /* The stanza that came right behind the stream header may be answered before a letter to
     * ourselves is opened. One to another worker is ahead of whatever follows from that stanza. */
    if (news->what == FED_CARRIER_UP && worker == router->post.worker)
        fed_router_hear(router, news);
    else
        router->post.tell(router->post.arg, worker, news);
}

void fed_router_hear(struct fed_router *router, struct fed_carrier_news *news)
{
    const struct fed_partner *policy =
        fed_settings_partner(router->context->settings, &news->partner);
    bool is_up = news->what == FED_CARRIER_UP;
    struct fed_pair *pair = is_up && policy ? get_pair(router, &news->home, &news->partner, policy)
                                            : find_pair(router, &news->home, &news->partner);
    if (pair && is_up)
        fed_pair_offer(pair, &news->carrier);
    else if (pair)
        fed_pair_hear(pair, news);
    free(news);
}

static void take_returned(struct fed_router *router, struct fed_parcel *parcel)
{
    struct fed_pair *pair = find_pair(router, &parcel->home, &parcel->partner);
    if (pair)
        fed_pair_take_back(pair, parcel);
    else
        fed_router_answer(router, parcel, FED_BOUNCE_TIMEOUT, "the way to this domain was lost");
}

void fed_router_deliver(struct fed_router *router, struct fed_parcel *parcel)
{
    enum fed_errand errand = parcel->errand;
    parcel->errand = FED_DELIVER;
    if (errand == FED_CARRY && router->carries) {
        fed_carries_take(router->carries, parcel);
        return;
    }
    if (errand == FED_RETURNED) {
        take_returned(router, parcel);
        return;
    }
    if (errand == FED_PONG && fed_ping_take(router, parcel))
        return;
    if (parcel->direction == FED_TO_PARTNER &&
        fed_settings_home(router->context->settings, &parcel->partner)) {
        /* one home domain to another: it never leaves (RFC 6120, 10.5) */
        struct dns_domain sender = parcel->home;
        parcel->home = parcel->partner;
        parcel->partner = sender;
        parcel->direction = FED_TO_INSIDE;
    }
    if (parcel->direction == FED_TO_PARTNER)
        deliver_to_partner(router, parcel);
    else
        deliver_to_inside(router, parcel);
}

/* Answers a stanza that the guard refused, if it is one that is answered. */
static void turn_away(struct fed_router *router, enum fed_direction direction,
                      const struct dns_domain *home, const struct fed_stanza *stanza,
                      enum fed_refusal refusal)
{
    enum fed_bounce class = fed_refusal_bounce(refusal, direction, stanza->kind);
    const struct dns_domain *partner = direction == FED_TO_PARTNER ? &stanza->to : &stanza->from;
    struct fed_parcel *parcel =
        class == FED_BOUNCE_NONE ? NULL : fed_parcel_create(direction, home, partner, stanza, NULL);
    if (parcel) /* what is refused here and why is nobody's business out there (e.6) */
        fed_router_answer(router, parcel, class,
                          direction == FED_TO_PARTNER ? fed_refusal_text(refusal) : NULL);
    else
        router->context->counters.stanzas_dropped++;
}

/* To the worker that asked. What turns out to be no answer goes on to the inside from there. */
static void send_pong(struct fed_router *router, const struct fed_home *home,
                      const struct fed_stanza *stanza, const char *lang, unsigned worker)
{
    struct fed_parcel *parcel =
        fed_parcel_create(FED_TO_INSIDE, &home->domain, &stanza->from, stanza, lang);
    if (!parcel) {
        router->context->counters.stanzas_dropped++;
        return;
    }
    parcel->errand = FED_PONG;
    if (worker == router->post.worker)
        fed_router_deliver(router, parcel);
    else
        post(router, worker, parcel);
}

bool fed_router_from_partner(struct fed_router *router, const struct fed_stanza *stanza,
                             const char *lang)
{
    struct fed_context *context = router->context;
    const struct fed_home *home = fed_settings_home(context->settings, &stanza->to);
    GP_ASSERT(home); /* the stream machine lets nothing else pass */
    unsigned index = fed_home_inside(home, stanza->element->to);
    context->counters.stanzas_in++;
    enum fed_refusal refusal = fed_guard_judge(router->guard, FED_TO_INSIDE, home, stanza);
    if (refusal != FED_ADMITTED) {
        turn_away(router, FED_TO_INSIDE, &home->domain, stanza, refusal);
        return !router->congested[index];
    }
    unsigned asker;
    if (fed_ping_is_answer(router, stanza, &asker)) {
        send_pong(router, home, stanza, lang, asker);
        return !router->congested[index];
    }
    struct fed_inside *inside = router->insides[index];
    if (inside) {
        fed_inside_stanza(inside, &home->domain, &stanza->from, stanza, lang);
    } else {
        struct fed_parcel *parcel =
            fed_parcel_create(FED_TO_INSIDE, &home->domain, &stanza->from, stanza, lang);
        if (parcel)
            deliver_to_inside(router, parcel);
        else
            context->counters.stanzas_dropped++;
    }
    return !router->congested[index];
}

void fed_router_set_congested(struct fed_router *router, unsigned inside, bool is_congested)
{
    size_t pos = 0;
    router->congested[inside] = is_congested;
    for (size_t i = 0; i < FED_INSIDE_MAX && !is_congested; i++)
        if (router->insides[i])
            fed_inside_resume(router->insides[i]);
    for (struct fed_pair *pair; !is_congested && (pair = gp_map_next(&router->pairs, &pos));)
        fed_pair_resume(pair); /* who is still not welcome will hear so again */
}

bool fed_router_is_congested(const struct fed_router *router, const struct dns_domain *home)
{
    const struct fed_home *found = fed_settings_home(router->context->settings, home);
    bool is_congested = found && router->congested[found->inside];
    for (size_t i = 0; found && i < found->elsewhere_count; i++)
        is_congested |= router->congested[found->elsewhere[i].inside];
    return is_congested;
}

static bool inside_on_stanza(void *arg, struct fed_inside *inside, const struct dns_domain *home,
                             const struct fed_stanza *stanza, const char *lang)
{
    struct fed_router *router = arg;
    (void)inside;
    const struct fed_home *other = fed_settings_home(router->context->settings, &stanza->to);
    enum fed_refusal refusal =
        other ? FED_ADMITTED
              : fed_guard_judge(router->guard, FED_TO_PARTNER,
                                fed_settings_home(router->context->settings, home), stanza);
    if (refusal != FED_ADMITTED) {
        turn_away(router, FED_TO_PARTNER, home, stanza, refusal);
        return true;
    }
    struct fed_parcel *parcel = fed_parcel_create(FED_TO_PARTNER, home, &stanza->to, stanza, lang);
    if (parcel)
        fed_router_deliver(router, parcel);
    else
        router->context->counters.stanzas_dropped++;
    return !other || !router->congested[other->inside];
}

static void inside_on_parcel(void *arg, struct fed_inside *inside, struct fed_parcel *parcel)
{
    (void)inside;
    fed_router_deliver(arg, parcel);
}

static void inside_on_undelivered(void *arg, struct fed_inside *inside, struct fed_parcel *parcel,
                                  enum fed_bounce class, const char *text)
{
    struct fed_router *router = arg;
    (void)inside;
    if (router->is_rearranging)
        fed_queue_put(&router->strays, parcel);
    else
        fed_router_answer(router, parcel, class, text);
}

static void inside_on_congested(void *arg, struct fed_inside *inside, bool is_congested)
{
    struct fed_router *router = arg;
    unsigned index = fed_inside_settings(inside)->index;
    fed_router_set_congested(router, index, is_congested);
    router->post.congested(router->post.arg, index, is_congested);
}

/* Forgets pairs that nobody has used for long, so that a million domains once written to cost
 * nothing (T59). */
static void on_sweep(void *arg)
{
    struct fed_router *router = arg;
    int64_t now = gp_clock_mono_ms();
    size_t pos = 0;
    for (struct fed_pair *pair; (pair = gp_map_next(&router->pairs, &pos));) {
        if (!fed_pair_is_forgettable(pair, now))
            continue;
        struct fed_pair_status status;
        char key[FED_PAIR_KEY_MAX + 1];
        fed_pair_status(pair, &status);
        int len = snprintf(key, sizeof(key), "%s %s", status.home->ascii, status.partner->ascii);
        gp_map_remove(&router->pairs, gp_span_make(key, (size_t)len));
        fed_pair_destroy(pair);
    }
    gp_timer_set(router->sweep, FED_ROUTER_SWEEP_MS);
}

static const struct fed_inside_settings *find_same(const struct fed_inside *inside,
                                                   const struct fed_inside_settings *insides,
                                                   size_t inside_count)
{
    const struct fed_inside_settings *own = fed_inside_settings(inside);
    for (size_t i = 0; i < inside_count; i++)
        if (insides[i].index == own->index && insides[i].terms == own->terms &&
            insides[i].kind == own->kind)
            return &insides[i];
    return NULL;
}

/* Links that are the same stay, the others make way; then those that are missing are made. */
static enum gp_code rearrange(struct fed_router *router, const struct fed_inside_settings *insides,
                              size_t inside_count, struct gp_err *err)
{
    enum gp_code code = GP_OK;
    for (size_t i = 0; i < FED_INSIDE_MAX; i++) {
        struct fed_inside *inside = router->insides[i];
        const struct fed_inside_settings *same =
            inside ? find_same(inside, insides, inside_count) : NULL;
        if (same) {
            code = fed_inside_set_settings(inside, same) == GP_OK ? code : gp_err_nomem(err);
        } else if (inside) {
            router->insides[i] = NULL;
            fed_inside_leave(inside);
        }
    }
    for (size_t i = 0; i < inside_count; i++) {
        struct gp_err own = {0};
        enum gp_code result = make_inside(router, &insides[i], &own);
        if (result != GP_OK && code == GP_OK) {
            code = result;
            *err = own;
        }
    }
    return code;
}

enum gp_code fed_router_set_settings(struct fed_router *router, const struct fed_settings *before,
                                     const struct fed_inside_settings *insides, size_t inside_count,
                                     struct gp_err *err)
{
    size_t pos = 0;
    router->is_rearranging = true;
    enum gp_code code = rearrange(router, insides, inside_count, err);
    router->is_rearranging = false;
    for (struct fed_parcel *parcel; (parcel = fed_queue_take(&router->strays));)
        fed_router_deliver(router, parcel);
    for (struct fed_pair *pair; (pair = gp_map_next(&router->pairs, &pos));)
        fed_pair_set_settings(pair, before);
    return code;
}

struct fed_guard *fed_router_guard(struct fed_router *router)
{
    return router->guard;
}

unsigned fed_router_worker(const struct fed_router *router)
{
    return router->post.worker;
}

struct fed_context *fed_router_context(const struct fed_router *router)
{
    return router->context;
}

const struct fed_inside *fed_router_inside(const struct fed_router *router, size_t index)
{
    return router->insides[index];
}

size_t fed_router_each_pair(const struct fed_router *router,
                            void (*fn)(void *arg, const struct fed_pair_status *status), void *arg)
{
    size_t pos = 0;
    for (struct fed_pair *pair; (pair = gp_map_next(&router->pairs, &pos));) {
        struct fed_pair_status status;
        fed_pair_status(pair, &status);
        fn(arg, &status);
    }
    return router->pairs.count;
}
