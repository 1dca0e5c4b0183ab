/* SPDX-License-Identifier: BSD-2-Clause */
/* Stream headers and features of the initiating entity, and which way they lead (RFC
 * 6120, 4.3, 4.7; spec-digest b.3 states O4, O5, O8, O9, O11). */
#include "federation/stream_out_state.h"

#include "base/text.h"
#include "federation/ns.h"
#include "federation/xml_out.h"

bool fed_out_is_probe(const struct fed_out *out)
{
    return out->purpose == FED_OUT_PROBE || out->purpose == FED_OUT_LOOK ||
           out->purpose == FED_OUT_REHEARSE;
}

void fed_out_put_header(struct fed_out *out)
{
    char home[DNS_DOMAIN_UNICODE_MAX], partner[DNS_DOMAIN_UNICODE_MAX];
    bool is_shy = fed_out_is_probe(out) || out->token;
    const struct fed_opening opening = {
        .content_ns = FED_NS_SERVER,
        /* Who has to show a token may be nobody's partner, or the very domain it goes to: in clear
         * that would be the end. */
        .from = is_shy && !out->core.tls ? NULL : dns_domain_unicode(&out->home, home),
        .to = dns_domain_unicode(&out->partner, partner),
        .id = out->core.tls ? out->token : NULL,
        .has_version = true,
    };
    fed_put_opening(&out->core.output, &opening);
    out->core.has_opened = true;
}

/*
 * What a header must have, looked at when the features have come: an error that follows the header
 * says more (RFC 6120, 4.9.1.3). In clear nothing of it can be trusted.
 */
static bool judge_header(struct fed_out *out)
{
    const struct fed_xml_header *header = fed_xml_header(out->core.xml);
    struct dns_domain from;
    char safe[GP_TEXT_SAFE_MAX];
    if (!header->id || header->id[0] == '\0') { /* RFC 6120, 4.7.3 */
        fed_out_fail(out, FED_CLOSE_NO_ID, "");
        return false;
    }
    if (out->core.tls && header->from &&
        (dns_domain_from_text(gp_span_text(header->from), &from, NULL) != GP_OK ||
         !dns_domain_equal(&from, &out->partner))) {
        fed_out_fail(out, FED_CLOSE_WRONG_NAME, gp_text_safe(gp_span_text(header->from), safe));
        return false;
    }
    return true;
}

/* Everything that can be known in this phase is known: on to the next one. */
static void go_on(struct fed_out *out, const struct fed_now *now)
{
    if (!judge_header(out))
        return;
    if (out->state >= FED_OUT_RESTARTED_HEADER) {
        fed_out_open(out, now);
    } else if (out->core.tls ||
               (fed_out_takes_clear(out) &&
                (!out->offer.starttls || out->policy->tls == FED_TLS_UNSUPPORTED))) {
        fed_out_authenticate(out, now);
    } else { /* even if it is not offered: an attacker may have cut it out (RFC 7590, 3.1) */
        fed_put_starttls(&out->core.output);
        fed_out_go(out, now, FED_OUT_STARTTLS);
    }
}

static void note_hello(struct fed_out *out, enum fed_version version)
{
    const struct fed_xml_header *header = fed_xml_header(out->core.xml);
    struct fed_hello *hello = &out->hello[out->core.tls != NULL];
    hello->is_seen = true;
    hello->has_id = header->id && header->id[0];
    hello->has_version = version == FED_VERSION_1;
    gp_text_safe(gp_span_text(header->from), hello->from);
}

bool fed_out_header(struct fed_out *out, const struct fed_now *now)
{
    enum fed_version version = fed_core_version(&out->core);
    char safe[GP_TEXT_SAFE_MAX];
    note_hello(out, version);
    if (!fed_core_header_is_stream(&out->core)) {
        fed_out_finish(out);
    } else if (version == FED_VERSION_BAD) {
        fed_out_fail(out, FED_CLOSE_VERSION,
                     gp_text_safe(gp_span_text(fed_xml_header(out->core.xml)->version), safe));
    } else if (version == FED_VERSION_1) {
        fed_out_go(out, now, out->state + 1); /* each header's features are the next state */
    } else if (!out->core.tls && !fed_out_takes_clear(out)) {
        fed_out_fail(out, FED_CLOSE_NO_TLS, "its stream header has no version");
    } else {
        go_on(out, now); /* no features will come (RFC 6120, 4.7.5) */
    }
    return true;
}

bool fed_out_features(struct fed_out *out, const struct fed_now *now)
{
    if (!fed_core_is(&out->core, FED_NS_STREAM, "features"))
        return false;
    fed_out_read_features(out);
    if (!out->core.has_ended)
        go_on(out, now);
    return true;
}
