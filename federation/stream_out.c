/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The initiating entity (RFC 6120, 4 to 6; RFC 7590; spec-digest b.3). One stream, one domain pair;
 * stanzas in one direction, or in both where the peer can do that (XEP-0288).
 *
 *           STARTTLS                                                direct TLS
 *               |                                                       |
 *               v                                                       v
 *         CLEAR_HEADER --> CLEAR_FEATURES --<starttls/>--> STARTTLS --> TLS
 *               |                |                         <proceed/>   | certificate judged
 * (LOOKING_UP) no TLS, and the policy does without it                              v | |
 * SECURED_HEADER |                |                                      | |                | v |
 * +-----------------------------> SECURED_FEATURES |                | |     |     | v v EXTERNAL
 * not offered |     |     | verify-only DIALBACK <---------+--------------------------------+     |
 * v |   ^                                                   |   VERIFYING --> (ended) |
 * +------------------------failure----------------- SASL | valid | success v v OPEN <------------
 * RESTARTED_FEATURES <------ RESTARTED_HEADER
 *
 *   any state --fault, stream error, lost connection, deadline, peer's closing tag--> (ended)
 */
#include "federation/stream_out_state.h"

#include "base/text.h"
#include "federation/ns.h"
#include "federation/xml_out.h"

#include <stdlib.h>

#define UNSOLICITED_MAX 3

void fed_out_go(struct fed_out *out, const struct fed_now *now, enum fed_out_state next)
{
    out->state = next;
    fed_core_arm(&out->core, now, &fed_out_states[next].row);
}

/* The peer has left: after it refused our certificate, that is what it was about (O10). */
static void note_departure(struct fed_out *out)
{
    if (out->state == FED_OUT_DIALBACK && out->sasl_fault[0])
        fed_core_reason(&out->core, FED_CLOSE_SASL_REFUSED, out->sasl_fault);
}

/*
 * The only features of a dialback stream came before it was authenticated. As low a limit as they
 * may have is theirs: stanzas have at least that much room (RFC 6120, 13.12; XEP-0478).
 */
static void outgrow_limits(struct fed_out *out)
{
    if (out->core.peer.max_bytes <= FED_MAX_BYTES_LEAST)
        out->core.peer.max_bytes = 0;
}

void fed_out_open(struct fed_out *out, const struct fed_now *now)
{
    if (out->state == FED_OUT_DIALBACK)
        outgrow_limits(out);
    if (fed_proof_has_dates(out->proof))
        fed_core_watch_expiry(&out->core, now);
    fed_xml_relax(out->core.xml);
    out->is_opened = true;
    fed_out_go(out, now, FED_OUT_OPEN);
    if (out->offer.sm && out->purpose == FED_OUT_RELAY) {
        fed_put_sm(&out->core.output, "enable"); /* stanzas may follow at once (XEP-0198, 3) */
        fed_acks_start(&out->core.acks);
    }
    if (!fed_out_is_probe(out))
        return;
    if (out->last_word)
        gp_buf_append_span(&out->core.output, gp_span_text(out->last_word));
    fed_out_fail(out, FED_CLOSE_DONE, "");
}

/* States */

static bool out_starttls(struct fed_out *out, const struct fed_now *now)
{
    if (!gp_span_is(fed_xml_element(out->core.xml)->ns, FED_NS_TLS))
        return false;
    if (!fed_core_is(&out->core, FED_NS_TLS, "proceed")) {
        fed_out_fail(out, FED_CLOSE_STARTTLS_REFUSED, "");
    } else if (fed_xml_has_more(out->core.xml)) { /* T15 */
        fed_out_fail(out, FED_CLOSE_PIPELINED, "behind <proceed/>");
    } else {
        fed_core_stop_reading(&out->core);
        out->wants_tls = true;
        fed_out_go(out, now, FED_OUT_TLS);
    }
    return true;
}

/* Stanzas go the other way, or are taken elsewhere. */
static bool out_open(struct fed_out *out, const struct fed_now *now)
{
    if (!gp_span_is(fed_xml_element(out->core.xml)->ns, FED_NS_SM))
        return fed_out_refuse_result(out);
    if (!fed_core_take_sm(&out->core, now, FED_SM_ASKED))
        fed_out_finish(out);
    return true;
}

const struct fed_out_state_row fed_out_states[FED_OUT_STATE_COUNT] = {
    [FED_OUT_CLEAR_HEADER] = {FED_STATE_ROW("waiting for a stream header", header_ms,
                                            FED_CLOSE_HEADER_TIMEOUT),
                              fed_out_header},
    [FED_OUT_CLEAR_FEATURES] = {FED_STATE_ROW("waiting for features", header_ms,
                                              FED_CLOSE_ANSWER_TIMEOUT),
                                fed_out_features},
    [FED_OUT_STARTTLS] = {FED_STATE_ROW("waiting for the answer to STARTTLS", header_ms,
                                        FED_CLOSE_ANSWER_TIMEOUT),
                          out_starttls},
    [FED_OUT_TLS] = {FED_STATE_ROW("TLS handshake", tls_ms, FED_CLOSE_TLS_TIMEOUT), NULL},
    [FED_OUT_LOOKING_UP] = {FED_STATE_ROW("fetching what the partner publishes", verify_ms,
                                          FED_CLOSE_ANSWER_TIMEOUT),
                            NULL},
    [FED_OUT_SECURED_HEADER] = {FED_STATE_ROW("waiting for a stream header inside TLS", header_ms,
                                              FED_CLOSE_HEADER_TIMEOUT),
                                fed_out_header},
    [FED_OUT_SECURED_FEATURES] = {FED_STATE_ROW("waiting for features inside TLS", header_ms,
                                                FED_CLOSE_ANSWER_TIMEOUT),
                                  fed_out_features},
    [FED_OUT_SASL] = {FED_STATE_ROW("waiting for the result of SASL", header_ms,
                                    FED_CLOSE_ANSWER_TIMEOUT),
                      fed_out_sasl},
    [FED_OUT_RESTARTED_HEADER] = {FED_STATE_ROW("waiting for a stream header after SASL", header_ms,
                                                FED_CLOSE_HEADER_TIMEOUT),
                                  fed_out_header},
    [FED_OUT_RESTARTED_FEATURES] = {FED_STATE_ROW("waiting for features after SASL", header_ms,
                                                  FED_CLOSE_ANSWER_TIMEOUT),
                                    fed_out_features},
    [FED_OUT_DIALBACK] = {FED_STATE_ROW("waiting for the result of dialback", dialback_ms,
                                        FED_CLOSE_DIALBACK_TIMEOUT),
                          fed_out_dialback},
    [FED_OUT_VERIFYING] = {FED_STATE_ROW("waiting for a dialback verification", verify_ms,
                                         FED_CLOSE_ANSWER_TIMEOUT),
                           fed_out_verifying},
    [FED_OUT_OPEN] = {FED_STATE_ROW("open", idle_ms, FED_CLOSE_IDLE), out_open},
    [FED_OUT_CLOSING] = {FED_STATE_ROW("closing", close_ms, FED_CLOSE_IDLE), fed_out_closing},
};

/* Reading */

/*
 * Only a partner that is proved may send us elsewhere (RFC 6120, 4.9.3.19), and not one whose TLSA
 * records decide: those are about the host that they name, and nothing stands for another one.
 */
static bool may_move(const struct fed_out *out)
{
    return out->core.other_host[0] && out->core.tls && out->proof == FED_PROOF_PKIX &&
           !fed_out_is_probe(out) && out->state != FED_OUT_OPEN;
}

static void take_error(struct fed_out *out)
{
    fed_core_take_error(&out->core);
    if (may_move(out))
        out->core.reason = FED_CLOSE_MOVED;
    if (out->state == FED_OUT_VERIFYING && out->core.reason == FED_CLOSE_PEER_UNKNOWN) {
        out->has_verdict = true;
        out->verdict = FED_VERDICT_NOT_FOUND;
    }
    fed_out_finish(out);
}

static void take_element(struct fed_out *out, const struct fed_now *now)
{
    const struct fed_xml_element *element = fed_xml_element(out->core.xml);
    char safe[GP_TEXT_SAFE_MAX];
    if (fed_core_is(&out->core, FED_NS_STREAM, "error")) {
        take_error(out);
    } else if (fed_stanza_is(element)) {
        fed_out_stanza(out, now);
    } else if (element->is_content) { /* RFC 6120, 4.9.3.24 */
        fed_out_fail(out, FED_CLOSE_UNKNOWN_STANZA, gp_text_safe(element->local, safe));
    } else if (!fed_out_states[out->state].take(out, now) &&
               gp_span_is(element->ns, FED_NS_DIALBACK) &&
               ++out->core.unsolicited >= UNSOLICITED_MAX) {
        fed_out_fail(out, FED_CLOSE_UNSOLICITED, ""); /* T26; one may be a mistake */
    }
    /* What else is not expected is ignored (RFC 6120, 4.8.4). */
}

static void take_closing_tag(struct fed_out *out)
{
    note_departure(out);
    fed_out_fail(out, FED_CLOSE_PEER, "");
}

/* Reads on; false when there is nothing to read. */
static bool step(struct fed_out *out, const struct fed_now *now)
{
    switch (fed_core_read(&out->core)) {
    case FED_XML_WAIT:
        if (out->core.is_lost)
            note_departure(out);
        if (!fed_core_is_failing(&out->core))
            return false;
        fed_out_finish(out);
        return true;
    case FED_XML_HEADER:
        fed_out_states[out->state].take(out, now);
        return true;
    case FED_XML_ELEMENT:
        take_element(out, now);
        return true;
    case FED_XML_CLOSED:
        take_closing_tag(out);
        return true;
    case FED_XML_FAILED:
        break;
    }
    fed_out_fail(out, fed_close_of_fault(fed_xml_fault(out->core.xml)),
                 fed_xml_fault_text(out->core.xml));
    return true;
}

/* One thing that the runner has to be told; false when there is none. */
static bool tell(struct fed_out *out, struct fed_request *ret)
{
    if (out->is_opened) {
        out->is_opened = false;
        ret->what = FED_DO_OPEN;
        ret->u.pair.home = out->home;
        ret->u.pair.partner = out->partner;
        ret->u.pair.proof = out->proof;
        ret->u.pair.detail = "";
    } else if (out->has_stanza) {
        out->has_stanza = false;
        ret->what = FED_DO_STANZA;
        ret->u.stanza = &out->stanza;
    } else if (out->has_verdict) {
        out->has_verdict = false;
        ret->what = FED_DO_RESULT;
        ret->u.verdict = out->verdict;
    } else if (out->wants_posh && !out->core.has_ended) {
        out->wants_posh = false;
        ret->what = FED_DO_POSH;
        ret->u.lookup.number = 0;
        ret->u.lookup.sender = out->partner;
    } else if (out->wants_tls && !out->core.has_ended) {
        out->wants_tls = false;
        ret->what = FED_DO_START_TLS;
    } else {
        return fed_core_tell_acked(&out->core, ret);
    }
    return true;
}

void fed_out_next(struct fed_out *out, const struct fed_now *now, struct fed_request *ret)
{
    *ret = (struct fed_request){.what = FED_DO_WAIT};
    for (;;) {
        if (tell(out, ret))
            return;
        if (out->core.has_ended) {
            fed_core_tell_end(&out->core, ret);
            return;
        }
        if (!out->core.xml || !step(out, now)) {
            fed_core_settle(&out->core, now);
            return;
        }
    }
}

/* Life and events */

static bool copy_text(char **to, const char *from)
{
    *to = from ? strdup(from) : NULL;
    return *to || !from;
}

/* The names beside the partner's own that its certificate may have: found securely only (c.8). */
static void copy_endpoint(struct fed_out *out, const struct dns_endpoint *endpoint)
{
    out->tlsa_state = endpoint->tlsa_state;
    if (endpoint->origin != DNS_FROM_SRV || endpoint->srv_security != DNS_SECURE)
        return;
    out->target = endpoint->srv.target;
    if (endpoint->tlsa_state != DNS_TLSA_NOT_ASKED && endpoint->tlsa_base.len > 0)
        out->alias = endpoint->tlsa_base; /* the same, or its alias that is secure all the way */
}

struct fed_out *fed_out_create(const struct fed_out_setup *setup, const struct fed_now *now)
{
    struct fed_out *out = calloc(1, sizeof(*out));
    if (!out)
        return NULL;
    if (!fed_core_init(&out->core, setup->settings) || !copy_text(&out->token, setup->token) ||
        !copy_text(&out->verify_id, setup->verify_id) ||
        !copy_text(&out->verify_key, setup->verify_key) ||
        !copy_text(&out->last_word, setup->last_word)) {
        fed_out_destroy(out);
        return NULL;
    }
    out->purpose = setup->purpose;
    out->home = setup->home;
    out->partner = setup->partner;
    out->policy = setup->policy;
    out->is_one_way = setup->is_one_way;
    fed_core_set_policy(&out->core, out->policy);
    out->has_verify_cert = setup->verify_cert != NULL;
    if (setup->verify_cert)
        memcpy(out->verify_sha256, setup->verify_cert->cert_sha256, sizeof(out->verify_sha256));
    out->proof = FED_PROOF_DIALBACK_CLEAR; /* until TLS shows better */
    copy_endpoint(out, setup->endpoint);
    out->wants_tls = setup->endpoint->service == DNS_SERVICE_DIRECT_TLS;
    if (out->wants_tls)
        fed_core_stop_reading(&out->core);
    else
        fed_out_put_header(out);
    fed_out_go(out, now, out->wants_tls ? FED_OUT_TLS : FED_OUT_CLEAR_HEADER);
    return out;
}

void fed_out_destroy(struct fed_out *out)
{
    if (!out)
        return;
    fed_core_finish(&out->core);
    free(out->token);
    free(out->verify_id);
    free(out->verify_key);
    free(out->last_word);
    free(out);
}

void fed_out_bytes(struct fed_out *out, const struct fed_now *now, struct gp_span bytes)
{
    fed_core_hear(&out->core, now);
    if (out->core.xml && !out->core.has_ended)
        fed_xml_feed(out->core.xml, bytes);
}

/* Inside TLS, as soon as it is known who the peer is. */
static void go_on(struct fed_out *out, const struct fed_now *now)
{
    fed_out_judge_tls(out, now);
    if (out->core.has_ended)
        return;
    if (out->wants_posh) {
        fed_out_go(out, now, FED_OUT_LOOKING_UP);
        return;
    }
    if (!fed_core_restart(&out->core)) {
        fed_out_fail(out, FED_CLOSE_NO_MEMORY, "for the stream inside TLS");
        return;
    }
    fed_out_put_header(out);
    fed_out_go(out, now, FED_OUT_SECURED_HEADER);
}

void fed_out_tls_done(struct fed_out *out, const struct fed_now *now, struct fed_tls_facts *facts)
{
    if (out->state != FED_OUT_TLS || out->core.has_ended) {
        fed_tls_facts_destroy(facts);
        return;
    }
    out->core.tls = facts;
    out->offer = (struct fed_offer){.starttls = out->offer.starttls,
                                    .starttls_required = out->offer.starttls_required};
    out->requires_unknown = false;
    go_on(out, now);
}

void fed_out_looked_up(struct fed_out *out, const struct fed_now *now,
                       const struct fed_evidence *evidence)
{
    if (out->state != FED_OUT_LOOKING_UP || out->core.has_ended)
        return;
    out->core.tls->posh = *evidence;
    go_on(out, now);
}
void fed_out_tls_failed(struct fed_out *out, const struct fed_now *now, const char *detail)
{
    (void)now;
    fed_out_fail(out, FED_CLOSE_TLS_FAILED, detail);
}

void fed_out_peer_closed(struct fed_out *out, const struct fed_now *now, bool was_clean,
                         const char *detail)
{
    (void)now;
    fed_core_lose(&out->core, was_clean, detail);
    if (!out->core.xml && fed_core_is_failing(&out->core))
        fed_out_finish(out);
}

void fed_out_deadline(struct fed_out *out, const struct fed_now *now)
{
    if (out->core.has_ended)
        return;
    bool is_over = now->mono_ms >= out->core.until_ms;
    if (fed_core_has_expired(&out->core, now))
        fed_out_leave(out, now, FED_CLOSE_EXPIRED);
    else if (is_over && out->state == FED_OUT_OPEN)
        fed_out_leave(out, now, FED_CLOSE_IDLE);
    else if (is_over && out->state == FED_OUT_CLOSING)
        fed_core_end(&out->core, true);
    else if (is_over)
        fed_out_fail(out, fed_out_states[out->state].row.timeout,
                     fed_out_states[out->state].row.name);
    else if (out->state == FED_OUT_OPEN && !fed_core_live(&out->core, now))
        fed_out_finish(out);
}

bool fed_out_set_settings(struct fed_out *out, const struct fed_now *now,
                          const struct fed_settings *settings)
{
    enum fed_close reason;
    const struct fed_settings *before = out->core.settings;
    fed_core_set_settings(&out->core, settings);
    if (!fed_settings_own(before, out->policy))
        return false;
    out->policy = fed_settings_partner(settings, &out->partner);
    fed_core_set_policy(&out->core, out->policy);
    if (out->core.has_ended ||
        !fed_close_of_settings(before, settings, &out->home, &out->partner, &reason) ||
        (reason == FED_CLOSE_CHANGED && out->state == FED_OUT_CLOSING))
        return false;
    fed_out_leave(out, now, reason);
    return true;
}

struct gp_buf *fed_out_output(struct fed_out *out)
{
    return &out->core.output;
}

int64_t fed_out_deadline_ms(const struct fed_out *out)
{
    int64_t until_ms =
        out->core.expires_ms < out->core.until_ms ? out->core.expires_ms : out->core.until_ms;
    int64_t alive_ms = out->state == FED_OUT_OPEN ? fed_core_life_ms(&out->core) : INT64_MAX;
    return alive_ms < until_ms ? alive_ms : until_ms;
}

bool fed_out_wants_bytes(const struct fed_out *out)
{
    return fed_core_wants_bytes(&out->core);
}

bool fed_out_send(struct fed_out *out, const struct fed_now *now, struct gp_span stanza)
{
    if (out->state != FED_OUT_OPEN || out->core.has_ended)
        return false;
    gp_buf_append_span(&out->core.output, stanza);
    fed_core_arm(&out->core, now, &fed_out_states[FED_OUT_OPEN].row);
    fed_acks_sent(&out->core.acks, &out->core.settings->limits, now->mono_ms);
    fed_core_speak(&out->core, now);
    return gp_buf_failed(&out->core.output) == GP_OK;
}

bool fed_out_is_bidi(const struct fed_out *out)
{
    return out->is_bidi;
}

const char *fed_out_lang(const struct fed_out *out)
{
    return out->core.xml ? fed_xml_header(out->core.xml)->lang : NULL;
}

bool fed_out_has_acks(const struct fed_out *out)
{
    return out->core.acks.is_on;
}

void fed_out_hurry(struct fed_out *out)
{
    out->core.acks.is_hurried = true;
}

void fed_out_keep_one_way(struct fed_out *out)
{
    out->is_one_way = true;
}

size_t fed_out_max_bytes(const struct fed_out *out)
{
    return out->core.peer.max_bytes > 0 ? out->core.peer.max_bytes : SIZE_MAX;
}

const char *fed_out_other_host(const struct fed_out *out)
{
    return out->core.other_host;
}

const char *fed_out_state_text(const struct fed_out *out)
{
    return out->core.has_ended ? "ended" : fed_out_states[out->state].row.name;
}

const struct fed_tls_facts *fed_out_tls(const struct fed_out *out)
{
    return out->core.tls;
}

struct fed_tls_facts *fed_out_take_tls(struct fed_out *out)
{
    struct fed_tls_facts *facts = out->core.tls;
    GP_ASSERT(out->core.has_ended);
    out->core.tls = NULL;
    return facts;
}

const struct fed_hello *fed_out_hello(const struct fed_out *out, bool is_inside_tls)
{
    return &out->hello[is_inside_tls];
}

const struct fed_offer *fed_out_offer(const struct fed_out *out)
{
    return &out->offer;
}

void fed_out_listen(struct fed_out *out, fed_ear_fn *fn, void *arg)
{
    out->core.ear = fn;
    out->core.ear_arg = arg;
}

const struct dns_domain *fed_out_partner(const struct fed_out *out)
{
    return &out->partner;
}
