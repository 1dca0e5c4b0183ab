/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Server dialback on a stream that a peer opened (XEP-0220, 2.2; spec-digest b.4): as receiving
 * server it takes keys (db:result), as authoritative server it answers about keys that are said to
 * be ours (db:verify), which needs no state.
 */
#include "federation/stream_in_state.h"

#include "base/text.h"
#include "federation/dialback.h"
#include "federation/ns.h"
#include "federation/xml_out.h"

#include <stdio.h>

#define UNSOLICITED_MAX 3

static void put_answer(struct fed_in *in, const struct fed_in_pair *pair, const char *type,
                       const char *condition)
{
    char home[DNS_DOMAIN_UNICODE_MAX], partner[DNS_DOMAIN_UNICODE_MAX];
    const struct fed_dialback_out answer = {
        .name = "result",
        .from = dns_domain_unicode(&pair->home, home),
        .to = dns_domain_unicode(&pair->partner, partner),
        .type = type,
        .condition = condition,
    };
    fed_put_dialback(&in->core.output, &answer);
}

/* Answers with an error (XEP-0220, 2.5) and tells the runner why, with the words of detail. */
static void refuse(struct fed_in *in, const struct fed_in_pair *pair, const char *condition,
                   const char *detail)
{
    put_answer(in, pair, "error", condition);
    if (!fed_in_pairs_refuse(&in->pairs, pair, detail))
        fed_in_fail(in, FED_CLOSE_NO_MEMORY, "for a refusal");
}

static void admit(struct fed_in *in, const struct fed_now *now, const struct fed_in_pair *pair,
                  enum fed_proof proof)
{
    fed_in_open(in, now, pair, proof);
    if (!in->core.has_ended)
        put_answer(in, pair, "valid", NULL);
}

/* The receiving server: db:result */

/* Why the partner may not prove itself by a key; NULL when it may. */
static const char *policy_fault(const struct fed_in *in, const struct fed_partner *policy,
                                const struct fed_in_pair *pair,
                                const struct fed_certainty *certainty, char detail[FED_DETAIL_MAX])
{
    char setting[FED_SETTING_MAX];
    const struct fed_settings *settings = in->core.settings;
    if (!in->core.tls && !fed_policy_takes_clear(policy)) {
        snprintf(detail, FED_DETAIL_MAX, "the stream is not encrypted (%s)",
                 fed_policy_setting(settings, &pair->partner, "tls = optional", setting));
        return "policy-violation"; /* XEP-0220, 2.5 */
    }
    if (!fed_policy_takes_dialback(policy)) {
        snprintf(detail, FED_DETAIL_MAX, "%.250s (%.160s would take a dialback key)",
                 certainty->detail,
                 fed_policy_setting(settings, &pair->partner, fed_policy_missing(policy), setting));
        return "not-authorized";
    }
    return NULL;
}

/* Without the blanks around it (b.4, syntax traps); "" when it cannot be a key. */
static void read_key(const char *text, char key[FED_IN_KEY_MAX + 1])
{
    size_t len = strcspn(text += strspn(text, " \t\r\n"), " \t\r\n");
    bool is_key = len <= FED_IN_KEY_MAX && !text[len + strspn(text + len, " \t\r\n")];
    snprintf(key, FED_IN_KEY_MAX + 1, "%.*s", is_key ? (int)len : 0, text);
}

/* Somebody else has to be asked about the pair: for FED_DO_VERIFY its authoritative server, since
 * the certificate does not prove it; else what the sender publishes about that certificate. */
static void ask(struct fed_in *in, const struct fed_now *now, const struct fed_in_pair *pair,
                enum fed_do what, const char *key)
{
    const struct fed_limits *limits = &in->core.settings->limits;
    if (what == FED_DO_VERIFY && key[0] == '\0') {
        refuse(in, pair, "not-acceptable", "the dialback key is none");
    } else if (in->pairs.question_count >= limits->verifies_per_stream ||
               in->pairs.question_count + in->pairs.valid.count >= limits->pairs) {
        refuse(in, pair, "resource-constraint", "too many domain pairs on one stream");
    } else if (!fed_in_pairs_ask(&in->pairs, pair, what, key, now->mono_ms + limits->verify_ms)) {
        fed_in_fail(in, FED_CLOSE_NO_MEMORY, "for a dialback question");
    }
}

/* What proves the pair: the certificate, or else its key. */
static void weigh(struct fed_in *in, const struct fed_now *now, const struct fed_in_pair *pair,
                  const struct fed_partner *policy, const char *key,
                  const struct fed_evidence *evidence)
{
    struct fed_certainty certainty;
    char detail[FED_DETAIL_MAX];
    enum fed_close reason;
    const char *condition, *veto = fed_in_veto(policy, evidence, &reason);
    enum fed_do missing = fed_in_missing(in, now, policy, &pair->partner, evidence);
    enum fed_proof proof = fed_in_proves(in, now, &pair->partner, evidence, &certainty);
    if (veto) {
        snprintf(detail, sizeof(detail), "%s: %s", fed_close_text(reason), veto);
        refuse(in, pair,
               evidence->found == FED_FOUND_FAILED ? "remote-server-timeout" : "not-authorized",
               detail);
    } else if (missing != FED_DO_WAIT) {
        ask(in, now, pair, missing, key);
    } else if (proof != FED_PROOF_NONE) {
        /* Dialback without dialing back (XEP-0344, 2.4); chain and name hold for this pair (T29) */
        if (in->pairs.valid.count >= in->core.settings->limits.pairs)
            refuse(in, pair, "resource-constraint", "too many domain pairs on one stream");
        else
            admit(in, now, pair, proof);
    } else if ((condition = policy_fault(in, policy, pair, &certainty, detail))) {
        refuse(in, pair, condition, detail);
    } else {
        ask(in, now, pair, FED_DO_VERIFY, key);
    }
}

void fed_in_weigh_result(struct fed_in *in, const struct fed_now *now,
                         const struct fed_in_question *question,
                         const struct fed_evidence *evidence)
{
    /* there is one, or the reload that took it away would have ended the stream */
    const struct fed_partner *policy = fed_in_policy(in, &question->pair.partner);
    if (policy)
        weigh(in, now, &question->pair, policy, question->key, evidence);
}

static void take_result(struct fed_in *in, const struct fed_now *now,
                        const struct fed_in_pair *pair, const struct fed_node *result)
{
    const struct fed_settings *settings = in->core.settings;
    const struct fed_partner *policy = fed_in_policy(in, &pair->partner);
    static const struct fed_evidence none = {.source = FED_SOURCE_NONE};
    char setting[FED_SETTING_MAX], why[FED_WHY_NOT_MAX], detail[FED_DETAIL_MAX];
    char key[FED_IN_KEY_MAX + 1];
    read_key(result->text, key);
    if (!fed_settings_home(settings, &pair->home)) {
        refuse(in, pair, "item-not-found", "the domain is not served here"); /* C10 */
    } else if (fed_settings_home(settings, &pair->partner)) {
        refuse(in, pair, "forbidden", "the domain is one of ours");
    } else if (!policy) {
        snprintf(detail, sizeof(detail), "not a permitted partner: %s",
                 fed_policy_why_not(settings, &pair->partner, why));
        refuse(in, pair, "forbidden", detail);
    } else if (in->probe[0] && policy != &fed_policy_stand_in) {
        refuse(in, pair, "forbidden", "a probe proves no partners");
    } else if (fed_in_pairs_is_valid(&in->pairs, pair)) {
        put_answer(in, pair, "valid", NULL);
    } else if (fed_in_pairs_is_asked(&in->pairs, pair)) {
        return; /* one question for a pair at a time (T34); its answer is on the way */
    } else if (policy->sasl == FED_SASL_REQUIRED) { /* not even for a certificate that proves it */
        snprintf(detail, sizeof(detail), "by dialback, in spite of %.200s",
                 fed_policy_setting(settings, &pair->partner, "sasl = required", setting));
        refuse(in, pair, "not-authorized", detail);
    } else {
        weigh(in, now, pair, policy, key, &none);
    }
}

void fed_in_take_verdict(struct fed_in *in, const struct fed_now *now,
                         const struct fed_in_pair *pair, enum fed_verdict verdict)
{
    if (in->state == FED_IN_CLOSING)
        return; /* we have said our last word */
    switch (verdict) {
    case FED_VERDICT_VALID:
        admit(in, now, pair, in->core.tls ? FED_PROOF_DIALBACK : FED_PROOF_DIALBACK_CLEAR);
        break;
    case FED_VERDICT_INVALID: /* XEP-0220, 2.2.1 */
        if (in->pairs.valid.count > 0) {
            refuse(in, pair, "forbidden", "the dialback key is not the domain's");
        } else {
            put_answer(in, pair, "invalid", NULL);
            fed_in_fail(in, FED_CLOSE_KEY_INVALID, "%s", pair->partner.ascii);
        }
        break;
    case FED_VERDICT_NOT_FOUND:
        refuse(in, pair, "remote-server-not-found", "the domain has no server that knows it");
        break;
    case FED_VERDICT_TIMEOUT:
        refuse(in, pair, "remote-server-timeout",
               "the domain's server did not say whether the key is its own");
        break;
    }
}

/* The authoritative server: db:verify */

/*
 * The key was made from the domains as we write them. Whoever asks may write them otherwise, and a
 * host that shares our secret may have used its own spelling: either is right.
 */
static bool is_our_key(const struct fed_in *in, const struct fed_in_pair *pair,
                       const struct fed_node *verify)
{
    const struct gp_secret *secret = &in->core.settings->dialback_secret;
    const char *id = fed_node_attribute(verify, "id");
    char home[DNS_DOMAIN_UNICODE_MAX], partner[DNS_DOMAIN_UNICODE_MAX];
    return fed_dialback_check(secret, gp_span_text(dns_domain_unicode(&pair->partner, partner)),
                              gp_span_text(dns_domain_unicode(&pair->home, home)), gp_span_text(id),
                              gp_span_text(verify->text)) ||
           fed_dialback_check(secret, gp_span_text(fed_node_attribute(verify, "from")),
                              gp_span_text(fed_node_attribute(verify, "to")), gp_span_text(id),
                              gp_span_text(verify->text));
}

static void take_verify(struct fed_in *in, const struct fed_in_pair *pair,
                        const struct fed_node *verify)
{
    char home[DNS_DOMAIN_UNICODE_MAX], partner[DNS_DOMAIN_UNICODE_MAX];
    struct fed_dialback_out answer = {
        .name = "verify",
        .from = dns_domain_unicode(&pair->home, home),
        .to = dns_domain_unicode(&pair->partner, partner),
        .id = gp_span_text(fed_node_attribute(verify, "id")),
    };
    if (!fed_settings_home(in->core.settings, &pair->home)) { /* T35 */
        answer.type = "error";
        answer.condition = "item-not-found";
    } else {
        answer.type = is_our_key(in, pair, verify) ? "valid" : "invalid";
    }
    fed_put_dialback(&in->core.output, &answer);
}

void fed_in_take_dialback(struct fed_in *in, const struct fed_now *now)
{
    const struct fed_node *node = fed_core_tree(&in->core);
    struct fed_in_pair pair;
    if (!node) {
        fed_in_fail(in, FED_CLOSE_LIMIT, "a dialback element is too big");
        return;
    }
    bool is_result = fed_node_is(node, FED_NS_DIALBACK, "result");
    if (!is_result && !fed_node_is(node, FED_NS_DIALBACK, "verify"))
        return;
    if (fed_node_attribute(node, "type")) {
        /* An answer, but only who opened a stream asks on it (XEP-0220, 2.2; T26). */
        if (++in->core.unsolicited >= UNSOLICITED_MAX)
            fed_in_fail(in, FED_CLOSE_UNSOLICITED, "db:%s with a type", node->name);
        return;
    }
    if (dns_domain_from_text(gp_span_text(fed_node_attribute(node, "to")), &pair.home, NULL) !=
            GP_OK ||
        dns_domain_from_text(gp_span_text(fed_node_attribute(node, "from")), &pair.partner, NULL) !=
            GP_OK) {
        fed_in_fail(in, FED_CLOSE_ADDRESS, "of db:%s", node->name);
        return;
    }
    if (is_result)
        take_result(in, now, &pair, node);
    else
        take_verify(in, &pair, node);
}
