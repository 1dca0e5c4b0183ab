/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The receiving entity (RFC 6120, 4 to 6; XEP-0220; XEP-0178, 3; spec-digest b.2). Authorisation is
 * not a state of the stream: it belongs to each domain pair (stream_in_pairs.h).
 *
 *                 STARTTLS port                            direct-TLS port
 *                      |                                          |
 *                      v                                          v
 *   CLEAR_HEADER --header--> CLEAR --<starttls/>--> TLS --handshake done--> SECURED_HEADER
 *                              |                                               |
 *                              | dialback, where the policy                  header (LOOKING_UP
 *                              | does without TLS                              v    meanwhile)
 *                              |                   +--dialback------------ NEGOTIATING <-+
 *                              v                   |                        |        |   |
 *                            OPEN <----------------+             success    |   empty|   | failure
 *                            |  ^                                  +--------+   auth v   |
 *                            |  |                                  |           CHALLENGED
 *                            |  +--header-- RESTARTED <------------+---success-------+
 *                            v
 *                         CLOSING --peer's closing tag or deadline--> (ended)
 *
 *   any state --fault, stream error, lost connection, deadline, peer's closing tag--> (ended)
 *
 * TLS starts afresh with a new parser and nothing learned before; so does the stream after SASL.
 * db:verify is answered in every state from CLEAR to OPEN: role AUTH has no state (b.4).
 */
#include "federation/stream_in_state.h"

#include "base/text.h"
#include "federation/ns.h"
#include "federation/xml_out.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void fed_in_go(struct fed_in *in, const struct fed_now *now, enum fed_in_state next)
{
    in->state = next;
    fed_core_arm(&in->core, now, &fed_in_states[next].row);
}

const struct fed_partner *fed_in_policy(const struct fed_in *in, const struct dns_domain *partner)
{
    bool is_stand_in = in->probe[0] && dns_domain_equal(&in->stand_in, partner);
    return is_stand_in ? &fed_policy_stand_in : fed_settings_partner(in->core.settings, partner);
}

/* Endings */

void fed_in_finish(struct fed_in *in)
{
    struct fed_core *core = &in->core;
    bool is_quiet = in->state == FED_IN_TLS || core->is_lost;
    if (core->has_ended)
        return;
    if (!is_quiet && !core->has_opened)
        fed_in_put_header(in);
    if (!is_quiet)
        fed_core_put_end(core);
    fed_core_end(core, !is_quiet);
}

void fed_in_fail(struct fed_in *in, enum fed_close reason, const char *format, ...)
{
    char detail[FED_DETAIL_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof(detail), format, args);
    va_end(args);
    fed_core_reason(&in->core, reason, detail);
    fed_in_finish(in);
}

void fed_in_end(struct fed_in *in, enum fed_close reason)
{
    fed_core_reason(&in->core, reason, "");
    fed_in_finish(in);
}

/* Stanzas that are on their way still count, unless it is the peer's fault (RFC 6120, 4.4). */
static void leave(struct fed_in *in, const struct fed_now *now, enum fed_close reason)
{
    if (in->state != FED_IN_OPEN || !fed_close_takes_rest(reason)) {
        fed_in_end(in, reason);
        return;
    }
    fed_core_reason(&in->core, reason, "");
    fed_core_take_leave(&in->core);
    fed_in_go(in, now, FED_IN_CLOSING);
}

bool fed_in_take_place(struct fed_in *in, const struct dns_domain *partner)
{
    const struct fed_settings *settings = in->core.settings;
    const struct fed_partner *policy = fed_settings_partner(settings, partner);
    char option[40], setting[FED_SETTING_MAX];
    if (in->has_place || in->probe[0] || !in->setup.take_place)
        return true;
    in->has_place = in->setup.take_place(in->setup.arg, partner);
    if (in->has_place)
        return true;
    snprintf(option, sizeof(option), "connection-limit = %u",
             policy ? policy->connection_limit : 0);
    fed_in_fail(in, FED_CLOSE_PARTNER_FULL, "%s",
                fed_policy_setting(settings, partner, option, setting));
    return false;
}

void fed_in_open(struct fed_in *in, const struct fed_now *now, const struct fed_in_pair *pair,
                 enum fed_proof proof)
{
    if (!fed_in_take_place(in, &pair->partner))
        return;
    if (!fed_in_pairs_open(&in->pairs, pair, proof)) {
        fed_in_fail(in, FED_CLOSE_NO_MEMORY, "for a domain pair");
        return;
    }
    if (fed_proof_has_dates(proof))
        fed_core_watch_expiry(&in->core, now);
    fed_xml_relax(in->core.xml);
    if (in->state != FED_IN_OPEN)
        fed_in_go(in, now, FED_IN_OPEN);
}

/* States */

void fed_in_refuse_tls(struct fed_in *in, const char *detail)
{
    fed_put_tls_failure(&in->core.output); /* and the end of the stream (RFC 6120, 5.4.2.2) */
    fed_core_reason(&in->core, FED_CLOSE_STARTTLS_MISUSED, detail);
    fed_in_finish(in);
}

static void start_tls(struct fed_in *in, const struct fed_now *now)
{
    if (!in->offers_starttls) {
        fed_in_refuse_tls(in, "it was not offered (tls = unsupported)");
        return;
    }
    if (fed_xml_element(in->core.xml)->child_count > 0) { /* RFC 6120, 5.4.2.2 */
        fed_in_refuse_tls(in, "it has children");
        return;
    }
    if (fed_xml_has_more(in->core.xml)) { /* T14, F4 */
        fed_in_fail(in, FED_CLOSE_PIPELINED, "behind <starttls/>");
        return;
    }
    fed_put_proceed(&in->core.output);
    fed_core_stop_reading(&in->core);
    fed_in_pairs_finish(&in->pairs); /* RFC 6120, 5.4.3.3: nothing said in clear is kept */
    in->wants_tls = true;
    fed_in_go(in, now, FED_IN_TLS);
}

static bool in_clear(struct fed_in *in, const struct fed_now *now, struct fed_request *ret)
{
    const struct fed_xml_element *element = fed_xml_element(in->core.xml);
    (void)ret;
    if (fed_core_is(&in->core, FED_NS_TLS, "starttls"))
        start_tls(in, now);
    else if (gp_span_is(element->ns, FED_NS_SASL))
        fed_in_refuse_sasl(in, now, "encryption-required"); /* RFC 6120, 6.5.4 */
    else if (gp_span_is(element->ns, FED_NS_DIALBACK))
        fed_in_take_dialback(in, now);
    return false;
}

static bool in_negotiating(struct fed_in *in, const struct fed_now *now, struct fed_request *ret)
{
    const struct fed_xml_element *element = fed_xml_element(in->core.xml);
    (void)ret;
    if (fed_core_is(&in->core, FED_NS_TLS, "starttls"))
        fed_in_refuse_tls(in, "TLS is there"); /* T25 */
    else if (gp_span_is(element->ns, FED_NS_SASL))
        fed_in_take_sasl(in, now);
    else if (gp_span_is(element->ns, FED_NS_SM))
        fed_in_take_sm(in, now, FED_SM_EARLY);
    else if (gp_span_is(element->ns, FED_NS_BIDI))
        fed_in_take_bidi(in);
    else if (gp_span_is(element->ns, FED_NS_DIALBACK))
        fed_in_take_dialback(in, now);
    return false;
}

static bool in_challenged(struct fed_in *in, const struct fed_now *now, struct fed_request *ret)
{
    if (!gp_span_is(fed_xml_element(in->core.xml)->ns, FED_NS_SASL))
        return in_negotiating(in, now, ret);
    fed_in_take_response(in, now);
    return false;
}

const struct fed_in_state_row fed_in_states[FED_IN_STATE_COUNT] = {
    [FED_IN_CLEAR_HEADER] = {FED_STATE_ROW("waiting for a stream header", header_ms,
                                           FED_CLOSE_HEADER_TIMEOUT),
                             fed_in_clear_header},
    [FED_IN_CLEAR] = {FED_STATE_ROW("waiting for STARTTLS", setup_ms, FED_CLOSE_SETUP_TIMEOUT),
                      in_clear},
    [FED_IN_TLS] = {FED_STATE_ROW("TLS handshake", tls_ms, FED_CLOSE_TLS_TIMEOUT), NULL},
    [FED_IN_SECURED_HEADER] = {FED_STATE_ROW("waiting for a stream header inside TLS", header_ms,
                                             FED_CLOSE_HEADER_TIMEOUT),
                               fed_in_secured_header},
    [FED_IN_LOOKING_UP] = {FED_STATE_ROW("looking up what the peer publishes", setup_ms,
                                         FED_CLOSE_SETUP_TIMEOUT),
                           NULL},
    [FED_IN_NEGOTIATING] = {FED_STATE_ROW("waiting for authentication", setup_ms,
                                          FED_CLOSE_SETUP_TIMEOUT),
                            in_negotiating},
    [FED_IN_CHALLENGED] = {FED_STATE_ROW("waiting for a SASL response", setup_ms,
                                         FED_CLOSE_SETUP_TIMEOUT),
                           in_challenged},
    [FED_IN_RESTARTED] = {FED_STATE_ROW("waiting for a stream header after SASL", header_ms,
                                        FED_CLOSE_HEADER_TIMEOUT),
                          fed_in_restarted},
    [FED_IN_OPEN] = {FED_STATE_ROW("open", idle_ms, FED_CLOSE_IDLE), fed_in_opened},
    [FED_IN_CLOSING] = {FED_STATE_ROW("closing", close_ms, FED_CLOSE_DONE), fed_in_closing},
};

/* Reading */

/* What means the same in every state; true when it was such an element. */
static bool take_common(struct fed_in *in)
{
    const struct fed_xml_element *element = fed_xml_element(in->core.xml);
    bool is_stanza = fed_stanza_is(element);
    char safe[GP_TEXT_SAFE_MAX];
    if (fed_core_is(&in->core, FED_NS_STREAM, "error")) {
        fed_core_take_error(&in->core);
        fed_in_finish(in);
    } else if (in->state == FED_IN_CLOSING) {
        return false;
    } else if (is_stanza && in->state < FED_IN_OPEN) { /* RFC 6120, 4.9.3.12 */
        fed_in_fail(in, FED_CLOSE_NOT_AUTHORIZED, "before authentication");
    } else if (element->is_content && !is_stanza) { /* RFC 6120, 4.9.3.24 */
        fed_in_fail(in, FED_CLOSE_UNKNOWN_STANZA, "<%.100s/>", gp_text_safe(element->local, safe));
    } else if (fed_core_is(&in->core, FED_NS_COMPRESS, "compress")) {
        fed_put_compress_failure(&in->core.output); /* never, for T7 */
    } else {
        /* What no state knows in other namespaces is ignored (RFC 6120, 4.8.4), and never relayed
         * (T51). */
        return false;
    }
    return true;
}

static void take_closing_tag(struct fed_in *in)
{
    fed_core_reason(&in->core, FED_CLOSE_PEER, "");
    fed_core_put_end(&in->core);
    fed_core_end(&in->core, true);
}

/* Reads on; whether ret holds a request. */
static bool step(struct fed_in *in, const struct fed_now *now, struct fed_request *ret)
{
    switch (fed_core_read(&in->core)) {
    case FED_XML_WAIT:
        if (!fed_core_is_failing(&in->core))
            return true; /* FED_DO_WAIT */
        fed_in_finish(in);
        return false;
    case FED_XML_HEADER:
        return fed_in_states[in->state].take(in, now, ret);
    case FED_XML_ELEMENT:
        return !take_common(in) && fed_in_states[in->state].take(in, now, ret);
    case FED_XML_CLOSED:
        take_closing_tag(in);
        return false;
    case FED_XML_FAILED:
        break;
    }
    fed_in_fail(in, fed_close_of_fault(fed_xml_fault(in->core.xml)), "%s",
                fed_xml_fault_text(in->core.xml));
    return false;
}

void fed_in_next(struct fed_in *in, const struct fed_now *now, struct fed_request *ret)
{
    *ret = (struct fed_request){.what = FED_DO_WAIT};
    for (;;) {
        if (in->core.has_ended) {
            fed_core_tell_end(&in->core, ret);
            return;
        }
        if (fed_in_pairs_tell(&in->pairs, in->stream_id, ret) ||
            fed_core_tell_acked(&in->core, ret))
            return;
        if (in->wants_tls) {
            in->wants_tls = false;
            ret->what = FED_DO_START_TLS;
            return;
        }
        if (!in->core.xml || in->state == FED_IN_LOOKING_UP || step(in, now, ret)) {
            fed_core_settle(&in->core, now);
            return;
        }
    }
}

/* Life and events */

struct fed_in *fed_in_create(const struct fed_in_setup *setup, const struct fed_now *now)
{
    struct fed_in *in = calloc(1, sizeof(*in));
    if (!in)
        return NULL;
    in->setup = *setup;
    fed_in_pairs_init(&in->pairs);
    if (!fed_core_init(&in->core, setup->settings)) {
        fed_in_destroy(in);
        return NULL;
    }
    in->setup_until_ms = now->mono_ms + setup->settings->limits.setup_ms;
    in->wants_tls = setup->is_direct_tls;
    if (setup->is_direct_tls)
        fed_core_stop_reading(&in->core);
    fed_in_go(in, now, setup->is_direct_tls ? FED_IN_TLS : FED_IN_CLEAR_HEADER);
    return in;
}

void fed_in_destroy(struct fed_in *in)
{
    if (!in)
        return;
    fed_in_pairs_finish(&in->pairs);
    fed_core_finish(&in->core);
    free(in);
}

void fed_in_bytes(struct fed_in *in, const struct fed_now *now, struct gp_span bytes)
{
    fed_core_hear(&in->core, now);
    if (in->core.xml && !in->core.has_ended)
        fed_xml_feed(in->core.xml, bytes);
}

void fed_in_tls_done(struct fed_in *in, const struct fed_now *now, struct fed_tls_facts *facts)
{
    if (in->state != FED_IN_TLS || in->core.has_ended) {
        fed_tls_facts_destroy(facts);
        return;
    }
    in->core.tls = facts;
    if (fed_core_restart(&in->core))
        fed_in_go(in, now, FED_IN_SECURED_HEADER);
    else
        fed_in_fail(in, FED_CLOSE_NO_MEMORY, "for the stream inside TLS");
}

void fed_in_tls_failed(struct fed_in *in, const struct fed_now *now, const char *detail)
{
    (void)now;
    fed_in_fail(in, FED_CLOSE_TLS_FAILED, "%s", detail);
}

void fed_in_verified(struct fed_in *in, const struct fed_now *now, unsigned number,
                     enum fed_verdict verdict)
{
    struct fed_in_question question;
    if (fed_in_pairs_answer(&in->pairs, FED_DO_VERIFY, number, &question) && !in->core.has_ended)
        fed_in_take_verdict(in, now, &question.pair, verdict);
}

void fed_in_looked_up(struct fed_in *in, const struct fed_now *now, unsigned number,
                      const struct fed_evidence *evidence)
{
    struct fed_in_question question;
    enum fed_do what = evidence->source == FED_SOURCE_POSH ? FED_DO_POSH : FED_DO_LOOK_UP;
    if (fed_in_pairs_answer(&in->pairs, what, number, &question) && !in->core.has_ended)
        fed_in_take_evidence(in, now, &question, evidence);
}

void fed_in_peer_closed(struct fed_in *in, const struct fed_now *now, bool was_clean,
                        const char *detail)
{
    (void)now;
    fed_core_lose(&in->core, was_clean, detail);
    bool is_reading = in->core.xml && in->state != FED_IN_LOOKING_UP;
    if (!is_reading && fed_core_is_failing(&in->core))
        fed_in_finish(in); /* else what came before is read first, but nothing cut short (T23) */
}

/* Questions that were not answered in time (T31). */
static void give_up(struct fed_in *in, const struct fed_now *now)
{
    struct fed_evidence late = {.found = FED_FOUND_FAILED, .text = "no answer in time"};
    struct fed_in_question question;
    while (!in->core.has_ended && fed_in_pairs_give_up(&in->pairs, now->mono_ms, &question)) {
        late.source = question.what == FED_DO_POSH ? FED_SOURCE_POSH : FED_SOURCE_TLSA;
        if (question.what == FED_DO_VERIFY)
            fed_in_take_verdict(in, now, &question.pair, FED_VERDICT_TIMEOUT);
        else
            fed_in_take_evidence(in, now, &question, &late);
    }
}

void fed_in_deadline(struct fed_in *in, const struct fed_now *now)
{
    give_up(in, now);
    if (in->core.has_ended)
        return;
    if (fed_core_has_expired(&in->core, now)) {
        leave(in, now, FED_CLOSE_EXPIRED);
        return;
    }
    bool is_over = now->mono_ms >= in->core.until_ms ||
                   (in->state < FED_IN_OPEN && now->mono_ms >= in->setup_until_ms);
    if (!is_over) {
        if (in->state == FED_IN_OPEN && !fed_core_live(&in->core, now))
            fed_in_finish(in);
        return;
    }
    enum fed_close reason = fed_in_states[in->state].row.timeout;
    if (in->state == FED_IN_OPEN) {
        leave(in, now, reason);
    } else if (in->state == FED_IN_CLOSING) {
        fed_core_end(&in->core, true);
    } else if (in->core.has_opened) {
        fed_in_end(in, reason);
    } else { /* there is no stream to put an error into */
        fed_core_reason(&in->core, reason, "");
        fed_core_end(&in->core, false);
    }
}

void fed_in_stop(struct fed_in *in, const struct fed_now *now, enum fed_close reason)
{
    if (!in->core.has_ended && in->state != FED_IN_CLOSING)
        leave(in, now, reason);
}

/* Of a pair behind the one that the header named. */
static bool other_has_to_end(const struct fed_in *in, const struct fed_settings *settings,
                             const struct fed_in_pair *pair, enum fed_close *ret)
{
    if (!fed_close_of_settings(in->core.settings, settings, &pair->home, &pair->partner, ret))
        return false;
    if (*ret == FED_CLOSE_REMOVED)
        *ret = FED_CLOSE_CHANGED; /* the others may come back */
    return true;
}

static bool has_to_end(const struct fed_in *in, const struct fed_settings *settings,
                       enum fed_close *ret)
{
    size_t pos = 0;
    if (dns_domain_is_set(&in->home) &&
        fed_close_of_settings(in->core.settings, settings, &in->home, &in->partner, ret))
        return true;
    for (const struct fed_in_pair *pair; (pair = gp_map_next(&in->pairs.valid, &pos));)
        if (other_has_to_end(in, settings, pair, ret))
            return true;
    for (const struct fed_in_question *question = in->pairs.questions; question;
         question = question->next)
        if (other_has_to_end(in, settings, &question->pair, ret))
            return true;
    return false;
}

bool fed_in_set_settings(struct fed_in *in, const struct fed_now *now,
                         const struct fed_settings *settings)
{
    enum fed_close reason;
    bool is_over = !in->core.has_ended && has_to_end(in, settings, &reason);
    in->setup.settings = settings;
    fed_core_set_settings(&in->core, settings);
    if (in->policy)
        in->policy = fed_in_policy(in, &in->partner);
    fed_core_set_policy(&in->core, in->policy);
    if (!is_over || (reason == FED_CLOSE_CHANGED && in->state == FED_IN_CLOSING))
        return false;
    leave(in, now, reason);
    return true;
}

struct gp_buf *fed_in_output(struct fed_in *in)
{
    return &in->core.output;
}

int64_t fed_in_deadline_ms(const struct fed_in *in)
{
    int64_t until_ms = in->core.until_ms;
    int64_t question_ms = fed_in_pairs_until_ms(&in->pairs);
    if (in->state < FED_IN_OPEN && in->setup_until_ms < until_ms)
        until_ms = in->setup_until_ms;
    if (in->core.expires_ms < until_ms)
        until_ms = in->core.expires_ms;
    if (in->state == FED_IN_OPEN && fed_core_life_ms(&in->core) < until_ms)
        until_ms = fed_core_life_ms(&in->core);
    return question_ms < until_ms ? question_ms : until_ms;
}

bool fed_in_wants_bytes(const struct fed_in *in)
{
    return in->state != FED_IN_LOOKING_UP && fed_core_wants_bytes(&in->core);
}

const char *fed_in_state_text(const struct fed_in *in)
{
    return in->core.has_ended ? "ended" : fed_in_states[in->state].row.name;
}

const struct fed_tls_facts *fed_in_tls(const struct fed_in *in)
{
    return in->core.tls;
}

const struct dns_domain *fed_in_partner(const struct fed_in *in)
{
    return &in->partner;
}

const struct dns_domain *fed_in_home(const struct fed_in *in)
{
    return dns_domain_is_set(&in->home) ? &in->home : NULL;
}

const char *fed_in_lang(const struct fed_in *in)
{
    return in->core.xml ? fed_xml_header(in->core.xml)->lang : NULL;
}

const char *fed_in_probe(const struct fed_in *in)
{
    return in->probe[0] ? in->probe : NULL;
}

size_t fed_in_pair_count(const struct fed_in *in)
{
    return in->pairs.valid.count;
}

void fed_in_listen(struct fed_in *in, fed_ear_fn *fn, void *arg)
{
    in->core.ear = fn;
    in->core.ear_arg = arg;
}
