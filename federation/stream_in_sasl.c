/* SPDX-License-Identifier: BSD-2-Clause */
/* SASL EXTERNAL, the receiving entity's part (RFC 6120, 6.4 and 6.5; RFC 4422, A.1; XEP-0178, 3;
 * spec-digest b.5). */
#include "federation/stream_in_state.h"

#include "base/base64.h"
#include "base/text.h"
#include "federation/ns.h"
#include "federation/xml_out.h"

#define AUTHZID_MAX 3072 /* longer than any JID (RFC 7622, 3.1) */

void fed_in_refuse_sasl(struct fed_in *in, const struct fed_now *now, const char *condition)
{
    if (++in->sasl_failures > in->core.settings->limits.sasl_attempts) { /* RFC 6120, 6.4.5 */
        fed_in_fail(in, FED_CLOSE_SASL_ATTEMPTS, "the last one: %s", condition);
        return;
    }
    fed_put_sasl_failure(&in->core.output, condition);
    if (in->state == FED_IN_CHALLENGED)
        fed_in_go(in, now, FED_IN_NEGOTIATING);
}

/*
 * What is wrong with the authorization identity, NULL when nothing is. It is the stream's "from" or
 * left out (C4, T43): nobody acts for somebody else here.
 */
static const char *authzid_fault(const struct fed_in *in, const char *text)
{
    uint8_t authzid[AUTHZID_MAX];
    size_t len = 0;
    struct dns_domain domain;
    if (text[0] == '\0' || strcmp(text, "=") == 0) /* RFC 6120, 6.4.2 */
        return NULL;
    if (gp_base64_decode(gp_span_text(text), authzid, sizeof(authzid), &len) != GP_OK)
        return "incorrect-encoding";
    struct gp_span span = gp_span_make(authzid, len);
    if (!gp_text_is_utf8(span)) /* nor has it a zero byte */
        return "malformed-request";
    if (dns_domain_from_text(span, &domain, NULL) != GP_OK ||
        !dns_domain_equal(&domain, &in->partner))
        return "invalid-authzid";
    return NULL;
}

/* The identity is proved by the certificate alone, looked at once more at this moment. */
static void judge(struct fed_in *in, const struct fed_now *now, const char *text)
{
    struct fed_certainty certainty;
    const char *fault = authzid_fault(in, text);
    if (!fault) {
        in->proof = fed_in_proves(in, now, &in->partner, &in->evidence, &certainty);
        fault = in->proof == FED_PROOF_NONE ? "not-authorized" : NULL;
    }
    if (fault) {
        fed_in_refuse_sasl(in, now, fault);
        return;
    }
    if (fed_xml_has_more(in->core.xml)) { /* RFC 6120, 6.3.5 */
        fed_in_fail(in, FED_CLOSE_PIPELINED, "behind the end of SASL");
        return;
    }
    fed_put_sasl(&in->core.output, "success");
    fed_in_pairs_finish(&in->pairs); /* dialback questions were asked under the old stream's id */
    if (!fed_core_restart(&in->core)) {
        fed_in_fail(in, FED_CLOSE_NO_MEMORY, "for the stream's restart");
        return;
    }
    fed_in_go(in, now, FED_IN_RESTARTED);
}

static void take_auth(struct fed_in *in, const struct fed_now *now, const struct fed_node *auth)
{
    const char *mechanism = fed_node_attribute(auth, "mechanism");
    if (!in->offers_external || !mechanism || strcmp(mechanism, "EXTERNAL") != 0) {
        fed_in_refuse_sasl(in, now, "invalid-mechanism");
    } else if (auth->text[0] == '\0') { /* no initial response: ask for one (RFC 4422, A.1) */
        fed_put_sasl(&in->core.output, "challenge");
        fed_in_go(in, now, FED_IN_CHALLENGED);
    } else {
        judge(in, now, auth->text);
    }
}

/* Another <auth/> before the outcome starts over (RFC 6120, 6.4.2). */
static void take(struct fed_in *in, const struct fed_now *now, bool is_challenged)
{
    const struct fed_node *node = fed_core_tree(&in->core);
    if (!node)
        fed_in_fail(in, FED_CLOSE_LIMIT, "a SASL element is too big");
    else if (fed_node_is(node, FED_NS_SASL, "auth"))
        take_auth(in, now, node);
    else if (fed_node_is(node, FED_NS_SASL, "abort"))
        fed_in_refuse_sasl(in, now, "aborted");
    else if (fed_node_is(node, FED_NS_SASL, "response") && is_challenged)
        judge(in, now, node->text);
    else
        fed_in_refuse_sasl(in, now, "malformed-request");
}

void fed_in_take_sasl(struct fed_in *in, const struct fed_now *now)
{
    take(in, now, false);
}

void fed_in_take_response(struct fed_in *in, const struct fed_now *now)
{
    take(in, now, true);
}
