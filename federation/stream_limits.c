/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/stream_limits.h"

#include "base/text.h"
#include "federation/ns.h"

#define SILENCE_LEAST_MS 5000 /* nobody makes us speak more often */

static uint32_t read_number(const struct fed_node *node, const char *name)
{
    const struct fed_node *child = fed_node_child(node, FED_NS_LIMITS, name);
    uint64_t number = 0;
    if (!child || gp_text_number(gp_span_text(child->text), UINT32_MAX, &number) != GP_OK)
        return 0;
    return (uint32_t)number;
}

void fed_peer_limits_read(const struct fed_node *node, struct fed_peer_limits *ret)
{
    ret->max_bytes = read_number(node, "max-bytes");
    ret->idle_s = read_number(node, "idle-seconds");
}

struct fed_limits_out fed_limits_told(const struct fed_limits *limits, bool is_open)
{
    uint32_t silence_ms =
        limits->silence_ms < limits->idle_ms ? limits->silence_ms : limits->idle_ms;
    return (struct fed_limits_out){
        .max_bytes = is_open ? limits->stanza_bytes : limits->preauth_bytes,
        .idle_seconds = is_open ? silence_ms / 1000 : 0, /* before that other clocks run */
    };
}

int64_t fed_alive_due_ms(const struct fed_alive *alive, const struct fed_limits *limits,
                         const struct fed_peer_limits *peer)
{
    if (alive->is_off)
        return INT64_MAX;
    int64_t last_ms = alive->heard_ms > alive->spoke_ms ? alive->heard_ms : alive->spoke_ms;
    int64_t due_ms = last_ms + limits->keepalive_ms;
    if (peer->idle_s == 0)
        return due_ms;
    /* of our own silence only, and with time to spare (spec-digest g) */
    int64_t half_ms = (int64_t)peer->idle_s * 500;
    int64_t needed_ms = alive->spoke_ms + (half_ms > SILENCE_LEAST_MS ? half_ms : SILENCE_LEAST_MS);
    return needed_ms < due_ms ? needed_ms : due_ms;
}
