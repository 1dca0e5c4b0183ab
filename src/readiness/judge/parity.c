/* SPDX-License-Identifier: BSD-2-Clause */
/* A4: whichever address a partner picks, it must meet the same endpoint. */
#include "readiness/judge/judging.h"

#include <string.h>

/* What one address showed, in words that can be held against another's. */
struct face {
    const char *what; /* "the certificate", ... */
    const char *first, *other;
};

static const char *say_certificate(struct app_judging *judging,
                                   const struct fed_probe_result *result)
{
    const struct fed_cert *cert = result->tls->peer;
    if (!cert)
        return "none";
    return app_say(judging, "%s, serial %s, until %s, key %02x%02x%02x%02x", cert->subject,
                   cert->serial ? cert->serial : "none", app_say_time(judging, cert->not_after_s),
                   cert->spki_sha256[0], cert->spki_sha256[1], cert->spki_sha256[2],
                   cert->spki_sha256[3]);
}

static bool is_same_certificate(const struct fed_probe_result *a, const struct fed_probe_result *b)
{
    const struct fed_cert *x = a->tls->peer, *y = b->tls->peer;
    return (!x && !y) ||
           (x && y && memcmp(x->cert_sha256, y->cert_sha256, sizeof(x->cert_sha256)) == 0 &&
            memcmp(x->spki_sha256, y->spki_sha256, sizeof(x->spki_sha256)) == 0);
}

static const char *say_features(struct app_judging *judging, const struct fed_probe_result *result)
{
    const struct fed_offer *offer = &result->offer;
    if (!offer->is_known)
        return "not seen";
    return app_say(judging, "%s%s%s%s%s%s%s", offer->starttls ? "starttls " : "",
                   offer->external ? "external " : "", offer->dialback ? "dialback " : "",
                   offer->dialback_errors ? "dialback-errors " : "", offer->bidi ? "bidi " : "",
                   offer->sm ? "acknowledgements " : "", offer->limits ? "limits" : "");
}

static const char *say_identity(struct app_judging *judging, const struct app_seen_probe *probe)
{
    const struct fed_hello *hello = &probe->result->hello[1];
    return app_say(judging, "%s%s",
                   !hello->is_seen  ? "nobody"
                   : hello->from[0] ? hello->from
                                    : "somebody without a name",
                   probe->told != APP_CAME ? ""
                   : probe->was_met        ? ", this gateway"
                                           : ", not this gateway");
}

/* The first address of the endpoint that came as far as features. */
static const struct app_seen_probe *first_of(const struct app_seen_endpoint *endpoint)
{
    for (const struct app_seen_probe *at = endpoint->probes; at; at = at->next)
        if (at->kind == APP_PROBE_PARTNER && at->seen == APP_CAME &&
            at->result->stage >= FED_PROBE_SECURED)
            return at;
    return NULL;
}

static void compare(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                    const struct app_seen_probe *first, const struct app_seen_probe *probe)
{
    const struct fed_probe_result *a = first->result, *b = probe->result;
    const char *subject = app_say_probe(judging, endpoint, probe);
    char addr[GP_ADDR_TEXT_MAX];
    const struct face faces[] = {
        {"the certificate", say_certificate(judging, a), say_certificate(judging, b)},
        {"the features", say_features(judging, a), say_features(judging, b)},
        {"the agreed protocol", a->tls->alpn, b->tls->alpn},
        {"who answers", say_identity(judging, first), say_identity(judging, probe)},
    };
    struct app_finding *finding = NULL;
    gp_addr_text(&first->addr, addr);
    for (size_t i = 0; i < GP_ARRAY_LEN(faces); i++) {
        if (i == 0 ? is_same_certificate(a, b) : strcmp(faces[i].first, faces[i].other) == 0)
            continue;
        if (!finding)
            finding = app_find(judging, APP_FAIL, subject,
                               "differs from %s in %s: it depends on chance what a partner meets",
                               addr, faces[i].what);
        app_show(judging, finding, "%s at %s: %s", faces[i].what, addr, faces[i].first);
        app_show(judging, finding, "%s here: %s", faces[i].what, faces[i].other);
    }
    if (finding)
        app_fix(
            judging, finding, APP_FIX_DO,
            "let both addresses lead to the same listener, with the same certificate (I1, T11)");
    else
        app_find(judging, APP_PASS, subject, "the same as at %s", addr);
}

static void judge_endpoint(struct app_judging *judging, const struct app_seen_endpoint *endpoint)
{
    const struct app_seen_probe *first = first_of(endpoint);
    if (!first) {
        app_find(judging, APP_UNKNOWN, app_say_endpoint(judging, endpoint),
                 "nothing to compare: no address of it was seen");
        return;
    }
    for (const struct app_seen_probe *at = endpoint->probes; at; at = at->next) {
        if (at == first || at->kind != APP_PROBE_PARTNER)
            continue;
        const char *subject = app_say_probe(judging, endpoint, at);
        if (at->seen != APP_CAME)
            app_find(judging, APP_UNKNOWN, subject, "not seen: %s", at->why);
        else if (at->result->stage < FED_PROBE_SECURED)
            app_find(judging, APP_UNKNOWN, subject, "not seen: %s", at->result->sentence);
        else
            compare(judging, endpoint, first, at);
    }
}

void app_judge_a4(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next)
        if (app_is_to_serve(domain, at) && !dns_name_is_root(&at->srv.target) &&
            (app_is_published(at) || at->probes)) {
            size_t before = judging->found;
            judge_endpoint(judging, at);
            if (judging->found == before)
                app_find(judging, APP_PASS, app_say_endpoint(judging, at), "has one address");
        }
    if (judging->found == 0)
        app_find_no_target(judging, seen);
}
