/* SPDX-License-Identifier: BSD-2-Clause */
/* Is this the partner? Judged between the TLS handshake and the first byte inside it (RFC
 * 6120, 5.4.3.1; RFC 7673, 4; spec-digest b.3 state O7, c.6, c.8). */
#include "federation/stream_out_state.h"

#include <stdio.h>

bool fed_out_takes_clear(const struct fed_out *out)
{
    /* Any secure TLSA record says that there is TLS, even one that is not usable (RFC 7671, 10.3)
     */
    return fed_policy_takes_clear(out->policy) && out->tlsa_state != DNS_TLSA_USABLE &&
           out->tlsa_state != DNS_TLSA_UNUSABLE;
}

static void refuse_unproved(struct fed_out *out, const struct fed_certainty *certainty)
{
    char setting[FED_SETTING_MAX], detail[FED_DETAIL_MAX];
    snprintf(detail, sizeof(detail), "%.230s (%.240s would accept it unproved)", certainty->detail,
             fed_policy_setting(out->core.settings, &out->partner, fed_policy_missing(out->policy),
                                setting));
    fed_out_fail(out, FED_CLOSE_NOT_PROVED, detail);
}

/*
 * Dialback without a question (XEP-0344, 2.6): the server that DNS names for the domain shows the
 * certificate that came with the key, so both hold its private key. The name has to be in it; who
 * issued it does not matter, and nothing more is proved than by the answer to the question.
 */
static bool is_same_peer(const struct fed_out *out)
{
    const struct fed_tls_facts *tls = out->core.tls;
    const struct fed_reference reference = {.domain = out->partner};
    return out->has_verify_cert && tls->peer &&
           memcmp(tls->peer->cert_sha256, out->verify_sha256, sizeof(out->verify_sha256)) == 0 &&
           fed_identity_match(tls->peer, &reference, tls->has_dns_constraints) != FED_IDENTITY_NONE;
}

static void tell_same_peer(struct fed_out *out)
{
    out->has_verdict = true;
    out->verdict = FED_VERDICT_VALID;
    fed_out_fail(out, FED_CLOSE_DONE, "the server shows the certificate that came with the key");
}

/* Where DANE does not apply and PKIX has failed, once; a question about a key does without. */
static bool wants_posh(const struct fed_out *out)
{
    return out->purpose == FED_OUT_RELAY && out->core.tls->posh.source == FED_SOURCE_NONE &&
           fed_policy_takes_posh(out->policy, out->core.tls);
}

void fed_out_judge_tls(struct fed_out *out, const struct fed_now *now)
{
    const struct fed_tls_facts *tls = out->core.tls;
    const struct fed_reference reference = {
        .domain = out->partner,
        .target = out->target.len > 0 ? &out->target : NULL,
        .alias = out->alias.len > 0 ? &out->alias : NULL,
    };
    struct fed_certainty certainty;
    if (out->purpose == FED_OUT_LOOK || out->purpose == FED_OUT_REHEARSE) {
        out->proof = FED_PROOF_NONE;
        return;
    }
    fed_policy_certainty(tls, &reference, now->wall_s, &certainty);
    bool is_dane_wanted = out->tlsa_state == DNS_TLSA_USABLE || tls->dane != FED_DANE_NOT_USED;
    if (is_dane_wanted && !(certainty.is_proved && certainty.is_dane)) {
        /* Nothing rescues it: not PKIX, not dialback (RFC 7673, 3.4; T46) */
        fed_out_fail(out, FED_CLOSE_DANE_MISMATCH, certainty.detail);
    } else if (out->policy->requires_dane && !certainty.is_dane) {
        fed_out_fail(out, FED_CLOSE_DANE_MISSING, "it has no usable TLSA record");
    } else if (certainty.is_proved) {
        out->proof = fed_proof_of(&certainty);
    } else if (wants_posh(out)) {
        out->wants_posh = true;
    } else if (fed_policy_takes_dialback(out->policy)) {
        out->proof = FED_PROOF_DIALBACK; /* C1: encrypted, not authenticated */
    } else {
        refuse_unproved(out, &certainty);
    }
    if (!out->core.has_ended && is_same_peer(out))
        tell_same_peer(out);
}
