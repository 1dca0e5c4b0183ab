/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the initiating entity does with the peer's features: SASL EXTERNAL (RFC 6120, 6.4; XEP-0178,
 * 3), dialback on the same stream where the peer does not take our certificate (XEP-0220, 2.1), or
 * one question to an authoritative server (spec-digest b.3 states O9 to O12, b.4 role INIT).
 */
#include "federation/stream_out_state.h"

#include "base/text.h"
#include "federation/dialback.h"
#include "federation/ns.h"
#include "federation/xml_out.h"

#include <stdio.h>

/* Features */

static bool offers_external(const struct fed_node *mechanisms)
{
    for (const struct fed_node *child = mechanisms->first; child; child = child->next)
        if (fed_node_is(child, FED_NS_SASL, "mechanism") && strcmp(child->text, "EXTERNAL") == 0)
            return true;
    return false;
}

void fed_out_read_features(struct fed_out *out)
{
    struct fed_offer *offer = &out->offer;
    const struct fed_node *features = fed_core_tree(&out->core);
    if (!features) {
        fed_out_fail(out, FED_CLOSE_LIMIT, "the features are too big");
        return;
    }
    offer->is_known = true;
    out->core.peer = (struct fed_peer_limits){.max_bytes = 0};
    for (const struct fed_node *child = features->first; child; child = child->next) {
        bool is_required = fed_node_child(child, NULL, "required") != NULL;
        if (fed_node_is(child, FED_NS_TLS, "starttls")) {
            offer->starttls = true;
            offer->starttls_required = is_required;
        } else if (fed_node_is(child, FED_NS_SASL, "mechanisms")) {
            offer->external = offers_external(child);
        } else if (fed_node_is(child, FED_NS_DIALBACK_FEATURE, "dialback")) {
            offer->dialback = true;
            offer->dialback_errors = fed_node_child(child, NULL, "errors") != NULL;
        } else if (fed_node_is(child, FED_NS_BIDI_FEATURE, "bidi")) {
            offer->bidi = true;
        } else if (fed_node_is(child, FED_NS_SM, "sm")) {
            offer->sm = true;
        } else if (fed_node_is(child, FED_NS_LIMITS, "limits")) {
            offer->limits = true;
            fed_peer_limits_read(child, &out->core.peer);
        } else if (is_required) {
            out->requires_unknown = true;
        }
    }
}

/* Dialback */

/* An element of this pair, as we write its domains. */
static void put_question(struct fed_out *out, const char *name, const char *id, const char *key)
{
    char home[DNS_DOMAIN_UNICODE_MAX], partner[DNS_DOMAIN_UNICODE_MAX];
    const struct fed_dialback_out question = {
        .name = name,
        .from = dns_domain_unicode(&out->home, home),
        .to = dns_domain_unicode(&out->partner, partner),
        .id = gp_span_text(id),
        .key = key,
    };
    fed_put_dialback(&out->core.output, &question);
}

/* A peer announces dialback by the namespace on its header or by the feature (XEP-0220, 2.4). */
static bool peer_does_dialback(const struct fed_out *out)
{
    const char *ns = fed_xml_header(out->core.xml)->dialback_ns;
    return out->offer.dialback || (ns && strcmp(ns, FED_NS_DIALBACK) == 0);
}

/* A probe is about one kind of proof alone, whatever the policy for partners is. */
static bool may_log_in(const struct fed_out *out)
{
    return out->purpose != FED_OUT_REHEARSE &&
           (fed_out_is_probe(out) || out->policy->sasl != FED_SASL_UNSUPPORTED);
}

static bool may_send_key(const struct fed_out *out)
{
    return out->purpose == FED_OUT_REHEARSE ||
           (!fed_out_is_probe(out) && out->policy->sasl != FED_SASL_REQUIRED);
}

/* reason and detail: why it came to this, if the peer does not do dialback either. */
static void send_key(struct fed_out *out, const struct fed_now *now, enum fed_close reason,
                     const char *detail)
{
    char key[FED_DIALBACK_KEY_MAX];
    char home[DNS_DOMAIN_UNICODE_MAX], partner[DNS_DOMAIN_UNICODE_MAX];
    const char *id = fed_xml_header(out->core.xml)->id;
    if (!may_send_key(out) || !peer_does_dialback(out)) {
        fed_out_fail(out, reason, detail);
        return;
    }
    if (!fed_dialback_key(&out->core.settings->dialback_secret,
                          gp_span_text(dns_domain_unicode(&out->partner, partner)),
                          gp_span_text(dns_domain_unicode(&out->home, home)), gp_span_text(id),
                          key)) {
        fed_out_fail(out, FED_CLOSE_NO_ID, "no dialback key can be made with it");
        return;
    }
    put_question(out, "result", NULL, key);
    fed_out_go(out, now, FED_OUT_DIALBACK);
}

static const char *no_auth_text(const struct fed_out *out)
{
    if (out->purpose == FED_OUT_REHEARSE)
        return "no dialback";
    if (!may_log_in(out))
        return "no dialback (sasl = unsupported)";
    return fed_out_is_probe(out) || out->policy->sasl != FED_SASL_REQUIRED
               ? "neither SASL EXTERNAL nor dialback"
               : "no SASL EXTERNAL (sasl = required)";
}

void fed_out_authenticate(struct fed_out *out, const struct fed_now *now)
{
    char home[DNS_DOMAIN_UNICODE_MAX];
    if (fed_out_wants_bidi(out))
        fed_out_put_bidi(out);
    if (out->purpose == FED_OUT_VERIFY) {
        put_question(out, "verify", out->verify_id, out->verify_key);
        fed_out_go(out, now, FED_OUT_VERIFYING);
    } else if (out->core.tls && out->offer.external && may_log_in(out)) {
        fed_put_external(&out->core.output, dns_domain_unicode(&out->home, home)); /* C4 */
        fed_out_go(out, now, FED_OUT_SASL);
    } else if (out->requires_unknown && !peer_does_dialback(out)) {
        fed_out_fail(out, FED_CLOSE_UNKNOWN_FEATURE, "");
    } else {
        send_key(out, now, FED_CLOSE_NO_AUTH, no_auth_text(out));
    }
}

/* Whether the element is about our pair and goes the right way. */
static bool is_of_pair(const struct fed_out *out, const struct fed_node *node)
{
    struct dns_domain from, to;
    return dns_domain_from_text(gp_span_text(fed_node_attribute(node, "from")), &from, NULL) ==
               GP_OK &&
           dns_domain_from_text(gp_span_text(fed_node_attribute(node, "to")), &to, NULL) == GP_OK &&
           dns_domain_equal(&from, &out->partner) && dns_domain_equal(&to, &out->home);
}

/* <error><condition/></error>, in whatever namespace: the texts differ (b.4, syntax traps). */
static const char *error_condition(const struct fed_node *node)
{
    const struct fed_node *error = fed_node_child(node, NULL, "error");
    const struct fed_node *condition = error ? error->first : NULL;
    while (condition && strcmp(condition->name, "text") == 0)
        condition = condition->next;
    return condition ? condition->name : "undefined-condition";
}

/*
 * The answer to a question of this stream, or NULL. It counts on the stream that carried the
 * question, for its pair and in its direction (T26).
 */
static const struct fed_node *read_answer(struct fed_out *out, const char *name)
{
    const struct fed_node *node;
    if (!fed_core_is(&out->core, FED_NS_DIALBACK, name))
        return NULL;
    node = fed_core_tree(&out->core);
    if (!node)
        fed_out_fail(out, FED_CLOSE_LIMIT, "a dialback element is too big");
    return node && fed_node_attribute(node, "type") && is_of_pair(out, node) ? node : NULL;
}

bool fed_out_dialback(struct fed_out *out, const struct fed_now *now)
{
    const struct fed_node *result = read_answer(out, "result");
    char safe[GP_TEXT_SAFE_MAX];
    if (!result)
        return false;
    const char *type = fed_node_attribute(result, "type");
    if (strcmp(type, "valid") == 0) /* and nothing else (T32) */
        fed_out_open(out, now);
    else if (strcmp(type, "invalid") == 0)
        fed_out_fail(out, FED_CLOSE_KEY_REFUSED, "");
    else
        fed_out_fail(out, FED_CLOSE_KEY_UNCHECKED,
                     gp_text_safe(gp_span_text(error_condition(result)), safe));
    return true;
}

bool fed_out_verifying(struct fed_out *out, const struct fed_now *now)
{
    const struct fed_node *verify = read_answer(out, "verify");
    const char *id = verify ? fed_node_attribute(verify, "id") : NULL;
    (void)now;
    if (!id || strcmp(id, out->verify_id) != 0)
        return false;
    const char *type = fed_node_attribute(verify, "type");
    const char *condition = error_condition(verify);
    out->has_verdict = true;
    out->verdict = FED_VERDICT_TIMEOUT;
    if (strcmp(type, "valid") == 0)
        out->verdict = FED_VERDICT_VALID;
    else if (strcmp(type, "invalid") == 0)
        out->verdict = FED_VERDICT_INVALID;
    else if (strcmp(condition, "item-not-found") == 0 ||
             strcmp(condition, "remote-server-not-found") == 0)
        out->verdict = FED_VERDICT_NOT_FOUND;
    fed_out_fail(out, FED_CLOSE_DONE, "");
    return true;
}

/* SASL */

static void take_failure(struct fed_out *out, const struct fed_now *now,
                         const struct fed_node *failure)
{
    char safe[GP_TEXT_SAFE_MAX];
    const struct fed_node *condition = failure->first;
    while (condition && strcmp(condition->name, "text") == 0)
        condition = condition->next;
    snprintf(out->sasl_fault, sizeof(out->sasl_fault), "%.60s",
             condition ? gp_text_safe(gp_span_text(condition->name), safe) : "not-authorized");
    /* On the same stream, under the same id (XEP-0178, 3, step 11). */
    send_key(out, now, FED_CLOSE_SASL_REFUSED, out->sasl_fault);
}

static void restart(struct fed_out *out, const struct fed_now *now)
{
    if (fed_xml_has_more(out->core.xml)) { /* RFC 6120, 6.3.5 */
        fed_out_fail(out, FED_CLOSE_PIPELINED, "behind <success/>");
        return;
    }
    if (!fed_core_restart(&out->core)) {
        fed_out_fail(out, FED_CLOSE_NO_MEMORY, "for the stream's restart");
        return;
    }
    fed_out_put_header(out);
    fed_out_go(out, now, FED_OUT_RESTARTED_HEADER);
}

bool fed_out_sasl(struct fed_out *out, const struct fed_now *now)
{
    if (fed_core_is(&out->core, FED_NS_SASL, "success")) {
        restart(out, now);
    } else if (fed_core_is(&out->core, FED_NS_SASL, "failure")) {
        const struct fed_node *failure = fed_core_tree(&out->core);
        if (failure)
            take_failure(out, now, failure);
        else
            fed_out_fail(out, FED_CLOSE_LIMIT, "a SASL element is too big");
    } else if (fed_core_is(&out->core, FED_NS_SASL, "challenge")) {
        /* EXTERNAL has nothing to answer one with (RFC 4422, A.1) */
        fed_put_sasl(&out->core.output, "abort");
    } else {
        return false;
    }
    return true;
}
