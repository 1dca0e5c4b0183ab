/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside links without an inside: gatepost answers for the domain itself. An echo sends
 * messages back as they were, so that the way can be tried; the other kind is there for questions
 * alone, and answers only so many of them. Everything else gets the error that a server without
 * users gives (spec-digest e.7).
 */
#include "base/clock.h"
#include "federation/inside_ops.h"
#include "federation/ns.h"
#include "federation/rate.h"
#include "federation/self.h"
#include "federation/xml_out.h"

#include <stdlib.h>

/* Marks our answers, so that two echoes do not talk to each other for ever. */
#define FED_NS_ECHO "urn:gatepost:echo:0"

/* Answers to one domain (spec-digest g). Domains that fall into the same bucket share it; which
 * ones do is different in every process. */
#define FED_SELF_BUCKETS 1024
#define FED_SELF_RATE            \
    (struct fed_rate)            \
    {                            \
        .per_s = 10, .burst = 30 \
    }

struct own {
    struct fed_inside *inside;
    uint64_t seed;
    struct fed_bucket buckets[FED_SELF_BUCKETS]; /* by a hash of the asking domain */
};

static enum gp_code own_create(struct fed_inside *inside, void **ret_state, struct gp_err *err)
{
    struct own *own = calloc(1, sizeof(*own));
    if (!own)
        return gp_err_nomem(err);
    own->inside = inside;
    gp_rnd_bytes(&own->seed, sizeof(own->seed));
    *ret_state = own;
    return GP_OK;
}

static void own_destroy(void *state)
{
    free(state);
}

static bool answer_message(struct gp_buf *out, const struct fed_node *node,
                           const struct fed_parcel *parcel)
{
    const char *type = fed_node_attribute(node, "type");
    const struct fed_node *body = fed_node_child(node, FED_NS_SERVER, "body");
    if (!body || fed_node_child(node, FED_NS_ECHO, NULL) || parcel->type == FED_TYPE_ERROR ||
        parcel->type == FED_TYPE_GROUPCHAT || parcel->type == FED_TYPE_HEADLINE)
        return false;
    fed_self_open(out, node, type, parcel);
    gp_buf_append_text(out, "><body>");
    gp_text_xml(out, gp_span_text(body->text));
    gp_buf_append_text(out, "</body><echo xmlns='" FED_NS_ECHO "'/></message>");
    return true;
}

/* Whether an asking domain has not had its share of answers. */
static bool has_share(struct own *own, const struct dns_domain *domain)
{
    uint64_t hash = own->seed ^ 0xcbf29ce484222325u; /* FNV-1a */
    for (const char *at = domain->ascii; *at; at++)
        hash = (hash ^ (uint8_t)*at) * 0x100000001b3u;
    struct fed_bucket *bucket = &own->buckets[(hash ^ hash >> 32) % FED_SELF_BUCKETS];
    int64_t now_ms = gp_clock_mono_ms();
    if (!fed_bucket_has_room(bucket, FED_SELF_RATE, now_ms))
        return false;
    (void)fed_bucket_take(bucket, FED_SELF_RATE, 1, now_ms);
    return true;
}

static bool answer_any(struct own *own, struct gp_buf *out, const struct fed_node *node,
                       const struct fed_parcel *parcel)
{
    const struct fed_settings *settings = fed_inside_context(own->inside)->settings;
    bool is_echo = fed_inside_settings(own->inside)->kind == FED_INSIDE_ECHO;
    if (is_echo && parcel->kind == FED_MESSAGE)
        return answer_message(out, node, parcel);
    return fed_self_answer(settings, node, parcel, gp_clock_wall_s(), !is_echo, out);
}

static bool own_answer(void *state, const struct fed_parcel *parcel)
{
    struct own *own = state;
    struct fed_context *context = fed_inside_context(own->inside);
    size_t budget = 4 * (size_t)context->settings->limits.stanza_bytes;
    struct gp_arena arena;
    struct gp_buf out;
    struct fed_node *node = NULL;
    struct fed_parcel *answer = NULL;
    if (fed_inside_settings(own->inside)->kind == FED_INSIDE_SELF &&
        !has_share(own, &parcel->partner)) {
        context->counters.stanzas_dropped++;
        return true;
    }
    gp_arena_init(&arena, budget);
    gp_buf_init(&out, budget);
    bool is_read =
        fed_tree_parse_bytes(fed_parcel_stanza(parcel), FED_NS_SERVER, &arena, &node) == GP_OK;
    bool is_owed = is_read && answer_any(own, &out, node, parcel);
    if (is_owed && gp_buf_failed(&out) == GP_OK)
        answer = fed_parcel_answer(parcel, gp_buf_span(&out));
    if (answer)
        fed_inside_answered(own->inside, answer);
    gp_buf_finish(&out);
    gp_arena_finish(&arena);
    return is_read && (answer || !is_owed);
}

const struct fed_inside_ops fed_inside_echo_ops = {
    .create = own_create,
    .destroy = own_destroy,
    .answer = own_answer,
};

const struct fed_inside_ops fed_inside_self_ops = {
    .create = own_create,
    .destroy = own_destroy,
    .answer = own_answer,
};
