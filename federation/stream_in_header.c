/* SPDX-License-Identifier: BSD-2-Clause */
/* The stream headers that the initiating entity sends, and what it is offered in return (RFC 6120,
 * 4.7, 4.3.2; spec-digest b.2, states I1, I4 and I6). */
#include "federation/stream_in_state.h"

#include "base/text.h"
#include "federation/ns.h"
#include "federation/xml_out.h"

void fed_in_put_header(struct fed_in *in)
{
    char home[DNS_DOMAIN_UNICODE_MAX], partner[DNS_DOMAIN_UNICODE_MAX];
    in->setup.make_id(in->setup.arg, in->stream_id);
    const struct fed_opening opening = {
        .content_ns = FED_NS_SERVER,
        /* Empty while it is unknown who is wanted (RFC 6120, 4.9.1.3): it says nothing about us. */
        .from = dns_domain_is_set(&in->home) ? dns_domain_unicode(&in->home, home) : "",
        .to = dns_domain_is_set(&in->partner) ? dns_domain_unicode(&in->partner, partner) : NULL,
        .id = in->stream_id,
        .has_version = in->has_version,
    };
    fed_put_opening(&in->core.output, &opening);
    in->core.has_opened = true;
}

/* A domain in a header; absent is no error here. */
static bool read_domain(struct fed_in *in, const char *name, const char *value,
                        struct dns_domain *ret)
{
    struct gp_err err;
    if (!value || dns_domain_from_text(gp_span_text(value), ret, &err) == GP_OK)
        return true;
    fed_in_fail(in, FED_CLOSE_ADDRESS, "%s: %.200s", name, err.text);
    return false;
}

/* A token counts on a secured header only: in clear everybody on the way could copy it. */
static void note_probe(struct fed_in *in, const char *id)
{
    if (!in->core.tls || !id || !in->setup.is_probe || strlen(id) >= sizeof(in->probe) ||
        !in->setup.is_probe(in->setup.arg, id, &in->stand_in))
        return;
    memcpy(in->probe, id, strlen(id) + 1);
}

/* Whether the partner may speak here at all. The answer comes before any expensive work. */
static bool is_welcome(struct fed_in *in)
{
    const struct fed_settings *settings = in->core.settings;
    char why[FED_WHY_NOT_MAX];
    in->policy = NULL;
    if (!dns_domain_is_set(&in->partner))
        return true; /* an old peer (RFC 6120, 4.7.1): judged by what it asks for */
    if (fed_settings_home(settings, &in->partner)) {
        if (in->probe[0])
            return true;
        fed_in_fail(in, FED_CLOSE_OWN_DOMAIN, "%s", in->partner.ascii);
        return false;
    }
    in->policy = fed_in_policy(in, &in->partner);
    fed_core_set_policy(&in->core, in->policy);
    if (!in->policy) {
        fed_in_fail(in, FED_CLOSE_NOT_A_PARTNER, "%s",
                    fed_policy_why_not(settings, &in->partner, why));
        return false;
    }
    return true;
}

/* Everything about a header that is the same in clear and inside TLS. */
static bool judge_header(struct fed_in *in)
{
    const struct fed_xml_header *header = fed_xml_header(in->core.xml);
    enum fed_version version = fed_core_version(&in->core);
    char safe[GP_TEXT_SAFE_MAX];
    in->home = in->partner = (struct dns_domain){""};
    in->has_version = version != FED_VERSION_NONE;
    if (!fed_core_header_is_stream(&in->core)) {
        fed_in_finish(in);
        return false;
    }
    if (version == FED_VERSION_BAD) {
        fed_in_fail(in, FED_CLOSE_VERSION, "'%.100s'",
                    gp_text_safe(gp_span_text(header->version), safe));
        return false;
    }
    struct dns_domain home = {""};
    if (!read_domain(in, "to", header->to, &home) ||
        !read_domain(in, "from", header->from, &in->partner))
        return false;
    if (!fed_settings_home(in->core.settings, &home)) {
        fed_in_fail(in, FED_CLOSE_HOST_UNKNOWN, "%s", home.ascii[0] ? home.ascii : "no \"to\"");
        return false;
    }
    in->home = home;
    note_probe(in, header->id);
    return is_welcome(in);
}

/* I1 */
bool fed_in_clear_header(struct fed_in *in, const struct fed_now *now, struct fed_request *ret)
{
    struct fed_features features = {.is_starttls_required = true};
    (void)ret;
    if (!judge_header(in))
        return false;
    bool takes_clear = in->policy && fed_policy_takes_clear(in->policy);
    in->offers_starttls = !takes_clear || in->policy->tls != FED_TLS_UNSUPPORTED;
    if (!in->has_version && !takes_clear) {
        fed_in_fail(in, FED_CLOSE_NO_TLS, "the stream header has no version");
        return false;
    }
    features.starttls = in->offers_starttls;
    if (takes_clear) {
        features.is_starttls_required = false;
        features.dialback = true;
        features.limits = fed_limits_told(&in->core.settings->limits, true);
    }
    fed_in_put_header(in);
    if (in->has_version) /* RFC 6120, 4.7.5 */
        fed_put_features(&in->core.output, &features);
    fed_in_go(in, now, FED_IN_CLEAR);
    return false;
}

/* Whether dialback is offered. A stream without a "from" may carry pairs of any partner. */
static bool takes_keys(const struct fed_in *in)
{
    bool is_mere_probe = in->probe[0] && !dns_domain_equal(&in->stand_in, &in->partner);
    return !is_mere_probe && (!in->policy || in->policy->sasl != FED_SASL_REQUIRED);
}

/* At once, and not by leaving the peer to its timeout (RFC 6120, 6.4.5). */
static void refuse_unproved(struct fed_in *in, const struct fed_certainty *certainty)
{
    char setting[FED_SETTING_MAX];
    if (in->policy && !in->policy->requires_dane)
        fed_in_fail(in, FED_CLOSE_NOT_PROVED, "%.250s (%.160s would take a dialback key)",
                    certainty->detail,
                    fed_policy_setting(in->core.settings, &in->partner,
                                       fed_policy_missing(in->policy), setting));
    else
        fed_in_fail(in, FED_CLOSE_NOT_PROVED, "%s", certainty->detail);
}

/* I4 */
bool fed_in_secured_header(struct fed_in *in, const struct fed_now *now, struct fed_request *ret)
{
    (void)ret;
    in->evidence = (struct fed_evidence){.source = FED_SOURCE_NONE};
    if (judge_header(in))
        fed_in_weigh_header(in, now);
    return false;
}

/* True when the stream waits for evidence, or has ended because it cannot be asked for. */
static bool look_up(struct fed_in *in, const struct fed_now *now)
{
    const struct fed_limits *limits = &in->core.settings->limits;
    const struct fed_in_pair pair = {in->home, in->partner};
    enum fed_do what =
        in->policy ? fed_in_missing(in, now, in->policy, &in->partner, &in->evidence) : FED_DO_WAIT;
    if (what == FED_DO_WAIT)
        return false;
    if (!fed_in_pairs_ask(&in->pairs, &pair, what, "", now->mono_ms + limits->verify_ms))
        fed_in_fail(in, FED_CLOSE_NO_MEMORY, "for a question about the peer");
    else if (in->state != FED_IN_LOOKING_UP)
        fed_in_go(in, now, FED_IN_LOOKING_UP);
    return true;
}

void fed_in_weigh_header(struct fed_in *in, const struct fed_now *now)
{
    struct fed_certainty certainty;
    enum fed_close reason;
    bool has_partner = dns_domain_is_set(&in->partner);
    const char *veto = in->policy ? fed_in_veto(in->policy, &in->evidence, &reason) : NULL;
    if (veto) {
        fed_in_fail(in, reason, "%s", veto);
        return;
    }
    if (look_up(in, now))
        return;
    bool is_proved = has_partner && fed_in_proves(in, now, &in->partner, &in->evidence,
                                                  &certainty) != FED_PROOF_NONE;
    if (has_partner && !is_proved && (!in->policy || !fed_policy_takes_dialback(in->policy))) {
        refuse_unproved(in, &certainty);
        return;
    }
    in->offers_external = is_proved && (!in->policy || in->policy->sasl != FED_SASL_UNSUPPORTED);
    /* Who can only send a key sees no other features: the limits are those of the open stream. */
    const struct fed_features features = {
        .external = in->offers_external,
        .dialback = takes_keys(in),
        .bidi = fed_in_offers_bidi(in),
        .limits = fed_limits_told(&in->core.settings->limits, !in->offers_external),
    };
    fed_in_put_header(in);
    if (in->has_version)
        fed_put_features(&in->core.output, &features);
    fed_in_go(in, now, FED_IN_NEGOTIATING);
}

/* I6: the same two, or somebody else speaks now (RFC 6120, 6.4.6; T17). */
bool fed_in_restarted(struct fed_in *in, const struct fed_now *now, struct fed_request *ret)
{
    const struct fed_in_pair pair = {in->home, in->partner};
    (void)ret;
    if (!judge_header(in))
        return false;
    if (!dns_domain_equal(&pair.home, &in->home) ||
        !dns_domain_equal(&pair.partner, &in->partner)) {
        fed_in_fail(in, FED_CLOSE_NEW_NAMES, "%.110s to %.110s", in->partner.ascii, in->home.ascii);
        return false;
    }
    const struct fed_features features = {
        .dialback = takes_keys(in),
        .limits = fed_limits_told(&in->core.settings->limits, true),
        .sm = !in->probe[0],
    };
    fed_in_put_header(in);
    /* Behind features peers send what waits, and may take it for delivered. */
    if (!fed_in_take_place(in, &pair.partner))
        return false;
    if (in->has_version)
        fed_put_features(&in->core.output, &features);
    fed_in_open(in, now, &pair, in->proof);
    return false;
}
