/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/stream_core.h"

#include "base/text.h"
#include "federation/ns.h"
#include "federation/xml_out.h"

#include <inttypes.h>
#include <stdio.h>

#define TREE_BYTES     65536 /* memory for one negotiation element */
#define NEGOTIATE_MORE 65536 /* output that negotiation may need on top of stanzas */

/* A stanza is put whole into an output that is not full yet. */
static size_t output_max(const struct fed_limits *limits)
{
    return (size_t)limits->send_bytes + 2 * (size_t)limits->stanza_bytes + NEGOTIATE_MORE;
}

bool fed_core_init(struct fed_core *core, const struct fed_settings *settings)
{
    *core = (struct fed_core){.settings = settings, .expires_ms = INT64_MAX};
    gp_buf_init(&core->output, output_max(&settings->limits));
    gp_arena_init(&core->arena, TREE_BYTES);
    return fed_core_restart(core);
}

void fed_core_finish(struct fed_core *core)
{
    fed_xml_destroy(core->xml);
    fed_tls_facts_destroy(core->tls);
    gp_buf_finish(&core->output);
    gp_arena_finish(&core->arena);
}

void fed_core_set_settings(struct fed_core *core, const struct fed_settings *settings)
{
    core->settings = settings;
    gp_buf_widen(&core->output, output_max(&settings->limits));
}

void fed_core_stop_reading(struct fed_core *core)
{
    fed_xml_destroy(core->xml);
    core->xml = NULL;
    core->has_opened = false;
}

bool fed_core_restart(struct fed_core *core)
{
    fed_core_stop_reading(core);
    core->xml = fed_xml_create(&core->settings->limits, false);
    return core->xml != NULL;
}

enum fed_xml_event fed_core_read(struct fed_core *core)
{
    enum fed_xml_event event = fed_xml_next(core->xml);
    if (core->ear)
        core->ear(core->ear_arg, core->xml, event);
    return event;
}

void fed_core_arm(struct fed_core *core, const struct fed_now *now, const struct fed_state_row *row)
{
    const char *limits = (const char *)&core->settings->limits;
    uint32_t duration_ms;
    memcpy(&duration_ms, limits + row->limit, sizeof(duration_ms));
    core->until_ms = now->mono_ms + duration_ms;
}

/* Endings */

void fed_core_watch_expiry(struct fed_core *core, const struct fed_now *now)
{
    core->expires_s = core->tls->peer->not_after_s;
    if (core->tls->chain_not_after_s > 0 && core->tls->chain_not_after_s < core->expires_s)
        core->expires_s = core->tls->chain_not_after_s;
    core->expires_ms = now->mono_ms + (core->expires_s - now->wall_s + 1) * 1000;
}

bool fed_core_has_expired(struct fed_core *core, const struct fed_now *now)
{
    if (now->mono_ms < core->expires_ms)
        return false;
    if (now->wall_s > core->expires_s)
        return true;
    fed_core_watch_expiry(core, now); /* the wall clock was set back */
    return false;
}

void fed_core_reason(struct fed_core *core, enum fed_close reason, const char *detail)
{
    if (core->has_reason)
        return;
    core->has_reason = true;
    core->reason = reason;
    snprintf(core->detail, sizeof(core->detail), "%s", detail);
}

void fed_core_lose(struct fed_core *core, bool was_clean, const char *detail)
{
    core->is_lost = true;
    snprintf(core->lost_detail, sizeof(core->lost_detail), "%s",
             was_clean && detail[0] == '\0' ? "the peer ended TLS or TCP" : detail);
}

bool fed_core_is_failing(struct fed_core *core)
{
    enum gp_code code = gp_buf_failed(&core->output);
    if (core->is_lost) {
        fed_core_reason(core, FED_CLOSE_LOST, core->lost_detail);
    } else if (code != GP_OK) {
        fed_core_reason(core, code == GP_ERR_LIMIT ? FED_CLOSE_SLOW_READER : FED_CLOSE_NO_MEMORY,
                        "");
        core->is_lost = true; /* it would not read our last word either */
    }
    return core->is_lost;
}

void fed_core_put_end(struct fed_core *core)
{
    const char *condition = fed_close_condition(core->reason);
    char counts[80];
    if (!core->has_opened || core->has_closed || core->is_lost)
        return;
    if (core->acks.is_on && core->acks.told != core->acks.handled)
        fed_core_put_ack(core);              /* what the peer need not send again (b.7) */
    if (core->reason == FED_CLOSE_TOO_BIG) { /* C9 */
        fed_put_stream_error(&core->output, condition, fed_close_text(core->reason),
                             "stanza-too-big", FED_NS_ERRORS);
    } else if (core->reason == FED_CLOSE_ACK_WRONG && core->is_too_high) { /* XEP-0198, 4 */
        snprintf(counts, sizeof(counts),
                 "handled-count-too-high h='%" PRIu32 "' send-count='%" PRIu32 "'", core->too_high,
                 core->acks.sent);
        fed_put_stream_error(&core->output, condition, fed_close_text(core->reason), counts,
                             FED_NS_SM);
    } else if (condition[0]) {
        fed_put_stream_error(&core->output, condition, fed_close_text(core->reason), NULL, NULL);
    }
    fed_put_closing(&core->output);
    core->has_closed = true;
}

void fed_core_end(struct fed_core *core, bool is_lingering)
{
    core->has_ended = true;
    core->is_lingering = is_lingering && !core->is_lost;
}

bool fed_core_tell_acked(struct fed_core *core, struct fed_request *ret)
{
    if (core->acked == 0)
        return false;
    ret->what = FED_DO_ACKED;
    ret->u.acked = core->acked;
    core->acked = 0;
    return true;
}

void fed_core_tell_end(struct fed_core *core, struct fed_request *ret)
{
    if (core->is_told)
        return;
    core->is_told = true;
    ret->what = FED_DO_CLOSE;
    ret->u.close.reason = core->reason;
    ret->u.close.detail = core->detail;
    ret->u.close.is_lingering = core->is_lingering;
}

/* Elements */

const struct fed_node *fed_core_tree(struct fed_core *core)
{
    struct fed_node *node = NULL;
    gp_arena_finish(&core->arena);
    return fed_tree_parse(core->xml, &core->arena, &node) == GP_OK ? node : NULL;
}

bool fed_core_is(const struct fed_core *core, const char *ns, const char *local)
{
    const struct fed_xml_element *element = fed_xml_element(core->xml);
    return gp_span_is(element->ns, ns) && gp_span_is(element->local, local);
}

void fed_core_take_error(struct fed_core *core)
{
    const struct fed_node *error = fed_core_tree(core), *condition = NULL, *text = NULL;
    for (const struct fed_node *child = error ? error->first : NULL; child; child = child->next) {
        if (fed_node_is(child, FED_NS_STREAM_ERRORS, "text"))
            text = child;
        else if (!condition && strcmp(child->ns, FED_NS_STREAM_ERRORS) == 0)
            condition = child;
    }
    const char *name = condition ? condition->name : "undefined-condition";
    bool is_other = strcmp(name, "see-other-host") == 0 && condition->text[0];
    if (is_other && strlen(condition->text) < sizeof(core->other_host))
        snprintf(core->other_host, sizeof(core->other_host), "%s", condition->text);
    if (is_other) /* where to */
        text = condition;
    bool is_unknown = strcmp(name, "host-unknown") == 0 || strcmp(name, "host-gone") == 0;
    char safe_name[GP_TEXT_SAFE_MAX], safe_text[GP_TEXT_SAFE_MAX], detail[FED_DETAIL_MAX];
    gp_text_safe(gp_span_text(name), safe_name);
    gp_text_safe(gp_span_text(text ? text->text : ""), safe_text);
    snprintf(detail, sizeof(detail), "%.80s%s%.160s", safe_name, text ? ": " : "", safe_text);
    fed_core_reason(core, is_unknown ? FED_CLOSE_PEER_UNKNOWN : FED_CLOSE_PEER_ERROR, detail);
}

/* Headers */

bool fed_core_header_is_stream(struct fed_core *core)
{
    const struct fed_xml_header *header = fed_xml_header(core->xml);
    char detail[FED_DETAIL_MAX], ns[GP_TEXT_SAFE_MAX], local[GP_TEXT_SAFE_MAX];
    if (strcmp(header->ns, FED_NS_STREAM) != 0 || strcmp(header->local, "stream") != 0)
        snprintf(detail, sizeof(detail), "the stream is '%.100s' in '%.100s'",
                 gp_text_safe(gp_span_text(header->local), local),
                 gp_text_safe(gp_span_text(header->ns), ns));
    else if (!header->content_ns || strcmp(header->content_ns, FED_NS_SERVER) != 0)
        snprintf(detail, sizeof(detail), "the content namespace is '%.200s'",
                 gp_text_safe(gp_span_text(header->content_ns), ns));
    else
        return true;
    fed_core_reason(core, FED_CLOSE_NAMESPACE, detail);
    return false;
}

enum fed_version fed_core_version(const struct fed_core *core)
{
    const char *version = fed_xml_header(core->xml)->version;
    uint64_t major, minor;
    if (!version)
        return FED_VERSION_NONE;
    const char *dot = strchr(version, '.');
    if (!dot ||
        gp_text_number(gp_span_make(version, (size_t)(dot - version)), UINT32_MAX, &major) !=
            GP_OK ||
        gp_text_number(gp_span_text(dot + 1), UINT32_MAX, &minor) != GP_OK)
        return FED_VERSION_BAD;
    return major >= 1 ? FED_VERSION_1 : FED_VERSION_NONE;
}

bool fed_core_wants_bytes(const struct fed_core *core)
{
    /* Who does not read our answers gets no more questions answered (T22). */
    return core->xml && !core->has_ended &&
           gp_buf_len(&core->output) <= core->settings->limits.send_bytes;
}
