/* SPDX-License-Identifier: BSD-2-Clause */
/* What both machines do on an open stream beside stanzas: signs of life (RFC 6120, 4.6) and
 * acknowledgements (XEP-0198; spec-digest b.7). */
#include "federation/stream_core.h"

#include "base/text.h"
#include "federation/ns.h"

#include <inttypes.h>
#include <stdio.h>

void fed_core_set_policy(struct fed_core *core, const struct fed_partner *policy)
{
    core->alive.is_off = policy && !policy->keeps_alive;
}

void fed_core_hear(struct fed_core *core, const struct fed_now *now)
{
    core->alive.heard_ms = now->mono_ms;
}

void fed_core_speak(struct fed_core *core, const struct fed_now *now)
{
    if (gp_buf_len(&core->output) > 0)
        core->alive.spoke_ms = now->mono_ms;
}

static void ask(struct fed_core *core, const struct fed_now *now, bool is_forced)
{
    if (fed_acks_ask(&core->acks, &core->settings->limits, now->mono_ms, is_forced))
        fed_put_sm(&core->output, "r");
}

void fed_core_settle(struct fed_core *core, const struct fed_now *now)
{
    if (!core->has_ended && !core->has_closed)
        ask(core, now, false);
    fed_core_speak(core, now);
}

int64_t fed_core_life_ms(const struct fed_core *core)
{
    int64_t alive_ms = fed_alive_due_ms(&core->alive, &core->settings->limits, &core->peer);
    int64_t acks_ms = fed_acks_due_ms(&core->acks);
    return alive_ms < acks_ms ? alive_ms : acks_ms;
}

/* False when the peer has left us without an answer for too long. */
static bool has_patience(struct fed_core *core, const struct fed_now *now)
{
    struct fed_acks *acks = &core->acks;
    if (!acks->is_on || now->mono_ms < acks->answer_ms)
        return true;
    if (gp_buf_len(&core->output) == 0)
        return false;
    acks->answer_ms = now->mono_ms + core->settings->limits.ack_ms; /* it has not heard it all */
    return true;
}

bool fed_core_live(struct fed_core *core, const struct fed_now *now)
{
    if (!has_patience(core, now)) {
        fed_core_reason(core, FED_CLOSE_ACK_TIMEOUT, "");
        return false;
    }
    bool is_silent =
        now->mono_ms >= fed_alive_due_ms(&core->alive, &core->settings->limits, &core->peer);
    ask(core, now, is_silent);
    if (!is_silent)
        return true;
    /* A blank between two elements means nothing, but it travels (RFC 6120, 4.6.1). */
    if (gp_buf_len(&core->output) == 0)
        gp_buf_append_char(&core->output, ' ');
    core->alive.spoke_ms = now->mono_ms;
    return true;
}

/* Acknowledgements */

void fed_core_put_ack(struct fed_core *core)
{
    fed_put_ack(&core->output, core->acks.handled);
    core->acks.told = core->acks.handled;
}

void fed_core_take_leave(struct fed_core *core)
{
    bool is_owed = core->acks.is_on && core->acks.acked != core->acks.sent;
    if (is_owed && !core->has_closed && !core->is_lost)
        fed_put_sm(&core->output, "r"); /* answered before the peer reads that this is the end */
    core->expires_ms = INT64_MAX;
    fed_core_put_end(core);
}

static bool take_answer(struct fed_core *core, const struct fed_now *now,
                        const struct fed_node *node)
{
    const char *text = fed_node_attribute(node, "h");
    uint64_t h = 0;
    uint32_t count = 0;
    char detail[80];
    if (!core->acks.is_on)
        return true;
    if (!text || gp_text_number(gp_span_text(text), UINT32_MAX, &h) != GP_OK) {
        fed_core_reason(core, FED_CLOSE_ACK_WRONG, "\"h\" is no number");
        return false;
    }
    if (!fed_acks_take(&core->acks, &core->settings->limits, (uint32_t)h, now->mono_ms, &count)) {
        snprintf(detail, sizeof(detail), "it says %" PRIu64 " of %" PRIu32, h, core->acks.sent);
        core->is_too_high = true;
        core->too_high = (uint32_t)h;
        fed_core_reason(core, FED_CLOSE_ACK_WRONG, detail);
        return false;
    }
    core->acked += count;
    return true;
}

/* What the initiating entity may ask for: once, of an open stream, and never to resume one. */
static void take_question(struct fed_core *core, const char *name, bool is_open)
{
    if (strcmp(name, "resume") == 0) {
        fed_put_sm_failure(&core->output, "feature-not-implemented");
    } else if (strcmp(name, "enable") != 0) {
        return;
    } else if (!is_open || core->acks.is_on) {
        fed_put_sm_failure(&core->output, "unexpected-request");
    } else {
        fed_put_sm(&core->output, "enabled");
        fed_acks_start(&core->acks);
    }
}

bool fed_core_take_sm(struct fed_core *core, const struct fed_now *now, enum fed_sm_role role)
{
    const struct fed_node *node = fed_core_tree(core);
    if (!node) {
        fed_core_reason(core, FED_CLOSE_LIMIT, "an element of stream management is too big");
        return false;
    }
    if (strcmp(node->name, "a") == 0)
        return take_answer(core, now, node);
    if (core->has_closed)
        return true;
    if (strcmp(node->name, "r") == 0 && core->acks.is_on)
        fed_core_put_ack(core);
    else if (strcmp(node->name, "failed") == 0 && role == FED_SM_ASKED)
        core->acks.is_on = false;
    else if (role != FED_SM_ASKED)
        take_question(core, node->name, role == FED_SM_OPEN);
    return true;
}
