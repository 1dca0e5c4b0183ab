/* SPDX-License-Identifier: BSD-2-Clause */
/* N1, N2, N3: TLSA records against what is served on each address (RFC 6698; RFC 7671; RFC 7673).
 */
#include "readiness/judge/judging.h"

#include "base/digest.h"

#include <string.h>

void app_each_tlsa_set(struct app_judging *judging, const struct app_seen_domain *seen,
                       const struct app_domain *domain, app_tlsa_fn *fn)
{
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next) {
        const struct app_seen_endpoint *first = seen->endpoints;
        if (!app_is_to_serve(domain, at))
            continue;
        while (first->tlsa != at->tlsa)
            first = first->next;
        if (at->tlsa && first == at)
            fn(judging, seen, at, domain);
    }
    if (judging->found == 0)
        app_find_no_target(judging, seen);
}

static const char *say_set(struct app_judging *judging, const struct app_seen_rrset *tlsa)
{
    return app_say_rrset(judging, &tlsa->owner->name, DNS_TYPE_TLSA);
}

bool app_is_tlsa_known(struct app_judging *judging, const struct app_seen_rrset *tlsa,
                       const char *subject)
{
    if (tlsa->seen == APP_CAME && tlsa->answer->outcome != DNS_FAILED)
        return true;
    app_find(judging, APP_UNKNOWN, subject, "TLSA not known: %s", app_say_failure(judging, tlsa));
    return false;
}

/* N1 */

static void judge_existence(struct app_judging *judging, const struct app_seen_domain *seen,
                            const struct app_seen_endpoint *endpoint,
                            const struct app_domain *domain)
{
    const struct app_seen_rrset *tlsa = endpoint->tlsa;
    const char *subject = say_set(judging, tlsa);
    size_t count = 0;
    (void)seen;
    const struct app_host *host = app_host_of(domain, &endpoint->srv.target);
    if (app_is_public(judging)) {
        if (app_is_tlsa_known(judging, tlsa, subject))
            app_find(judging, app_seen_has_records(tlsa) ? APP_PASS : APP_SKIP, subject,
                     app_seen_has_records(tlsa) ? "exists" : "there are none: DANE is not used");
        return;
    }
    if (!domain->wants_dane) {
        app_find(judging, APP_SKIP, subject, "the configuration wants no DANE for the domain");
        return;
    }
    if (!host || app_port_of(host, endpoint->service) != endpoint->srv.port) {
        app_find(judging, APP_SKIP, subject, "the service record is wrong already (V3, V12)");
        return;
    }
    if (!app_is_tlsa_known(judging, tlsa, subject))
        return;
    app_seen_records(tlsa, &count);
    if (count > 0) {
        app_find(judging, APP_PASS, subject, "exists");
        return;
    }
    struct app_finding *finding =
        app_find(judging, APP_FAIL, subject,
                 "does not exist: partners cannot use DANE, though the configuration wants it");
    app_fix_publish(judging, finding, &tlsa->owner->name, DNS_TYPE_TLSA);
}

void app_judge_n1(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    app_each_tlsa_set(judging, seen, domain, judge_existence);
}

/* Matching one record, without regard to the others. */

static bool is_match(const struct dns_tlsa *tlsa, const struct fed_cert *cert)
{
    struct gp_span what = tlsa->selector == 0 ? cert->der : cert->spki_der;
    uint8_t digest[GP_DIGEST_MAX];
    struct gp_span want = what;
    if (tlsa->matching == 1 || tlsa->matching == 2) {
        enum gp_digest kind = tlsa->matching == 1 ? GP_SHA256 : GP_SHA512;
        gp_digest(kind, what.at, what.len, digest);
        want = gp_span_make(digest, gp_digest_len(kind));
    } else if (tlsa->matching != 0) {
        return false;
    }
    return tlsa->data_len == want.len && memcmp(tlsa->data, want.at, want.len) == 0;
}

/* Usages 0 and 2 speak of an authority in the chain, 1 and 3 of the certificate itself (RFC
 * 6698, 2.1.1). */
bool app_tlsa_matches(const struct dns_tlsa *tlsa, const struct fed_probe_result *result)
{
    bool is_of_authority = tlsa->usage == 0 || tlsa->usage == 2;
    size_t end = is_of_authority ? result->chain_count : result->chain_count > 0;
    if (tlsa->usage > 3 || tlsa->selector > 1)
        return false;
    for (size_t i = 0; i < end; i++)
        if (is_match(tlsa, result->chain[i]))
            return true;
    return false;
}

static bool any_matches(const struct app_seen_rrset *rrset, const struct fed_probe_result *result)
{
    size_t count = 0;
    const struct dns_rdata *records = app_seen_records(rrset, &count);
    struct dns_tlsa tlsa;
    for (size_t i = 0; i < count; i++)
        if (dns_tlsa_decode(records[i], &tlsa) == GP_OK && app_tlsa_matches(&tlsa, result))
            return true;
    return false;
}

/* N2 */

static void show_records(struct app_judging *judging, struct app_finding *finding,
                         const struct app_seen_rrset *rrset, const struct fed_probe_result *result)
{
    size_t count = 0;
    const struct dns_rdata *records = app_seen_records(rrset, &count);
    char hex[GP_DIGEST_HEX_MAX];
    struct dns_tlsa tlsa;
    for (size_t i = 0; i < count; i++) {
        bool is_good =
            dns_tlsa_decode(records[i], &tlsa) == GP_OK && app_tlsa_matches(&tlsa, result);
        app_show(judging, finding, "published: %s, %s",
                 app_say_rdata(judging, DNS_TYPE_TLSA, records[i]),
                 is_good ? "matches" : "does not match");
    }
    if (result->tls->peer)
        app_show(judging, finding, "served: 3 1 1 %s",
                 gp_digest_hex(result->tls->peer->spki_sha256, 32, hex));
}

static void fix_mismatch(struct app_judging *judging, struct app_finding *finding,
                         const struct app_seen_rrset *rrset, const struct fed_probe_result *result,
                         const struct app_domain *domain)
{
    size_t count = 0;
    const struct dns_rdata *records = app_seen_records(rrset, &count);
    struct dns_tlsa tlsa;
    if (app_is_public(judging)) {
        app_fix(
            judging, finding, APP_FIX_DO,
            "publish the digest of the key that is served, or let the server use the key that is "
            "published");
        return;
    }
    if (!app_is_our_key(result, domain)) {
        app_fix(judging, finding, APP_FIX_DO,
                "first see that this gateway answers there, with its own key (I1, T11)");
        return;
    }
    for (size_t i = 0; i < count; i++)
        if (dns_tlsa_decode(records[i], &tlsa) != GP_OK || !app_tlsa_matches(&tlsa, result))
            app_fix_remove(judging, finding, &rrset->owner->name, DNS_TYPE_TLSA, records[i]);
    app_fix_publish(judging, finding, &rrset->owner->name, DNS_TYPE_TLSA);
}

static void judge_match(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                        const struct app_seen_probe *probe, const struct app_domain *domain)
{
    const struct fed_probe_result *result = probe->result;
    const struct fed_tls_facts *tls = result->tls;
    const char *subject = app_say_probe(judging, endpoint, probe);
    struct app_finding *finding;
    size_t count = 0;
    if (!endpoint->tlsa) {
        app_find(judging, APP_SKIP, subject, "without service records DANE is not used");
        return;
    }
    if (!app_is_tlsa_known(judging, endpoint->tlsa, subject))
        return;
    app_seen_records(endpoint->tlsa, &count);
    if (count == 0) {
        app_find(judging, APP_SKIP, subject, "there are no TLSA records (N1)");
    } else if (tls->dane == FED_DANE_MATCHED) {
        app_find(judging, APP_PASS, subject, "what is served matches the TLSA record %s",
                 tls->dane_text);
    } else if (tls->dane == FED_DANE_NOT_USED && any_matches(endpoint->tlsa, result)) {
        finding = app_find(
            judging, APP_WARN, subject,
            "what is served matches a TLSA record, but not one that partners use: it must be "
            "secure, and of usage 2 or 3");
        app_fix(judging, finding, APP_FIX_DO,
                "sign the zone (S4), and publish records of the kind 3 1 1");
        app_fix_publish(judging, finding, &endpoint->tlsa->owner->name, DNS_TYPE_TLSA);
    } else {
        finding = app_find(judging, APP_FAIL, subject,
                           "what is served matches no TLSA record: partners that use DANE refuse "
                           "to connect");
        show_records(judging, finding, endpoint->tlsa, result);
        fix_mismatch(judging, finding, endpoint->tlsa, result, domain);
    }
}

void app_judge_n2(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    static const struct app_probe_walk walk = {
        .kind = APP_PROBE_PARTNER, .stage = FED_PROBE_SECURED, .fn = judge_match};
    app_each_probe(judging, seen, domain, &walk);
}

/* N3: every combination of usage, selector and matching type must have a record that matches (RFC
 * 7671, 8.1), or a partner that knows only that kind is locked out. */

static bool is_same_kind(const struct dns_tlsa *a, const struct dns_tlsa *b)
{
    return a->usage == b->usage && a->selector == b->selector && a->matching == b->matching;
}

/* Whether some record of the kind matches; *ret_is_first: no record before index is of the kind. */
static bool kind_matches(const struct app_seen_rrset *rrset, size_t index,
                         const struct dns_tlsa *kind, const struct fed_probe_result *result,
                         bool *ret_is_first)
{
    size_t count = 0;
    const struct dns_rdata *records = app_seen_records(rrset, &count);
    struct dns_tlsa tlsa;
    bool found = false;
    *ret_is_first = true;
    for (size_t i = 0; i < count; i++) {
        if (dns_tlsa_decode(records[i], &tlsa) != GP_OK || !is_same_kind(&tlsa, kind))
            continue;
        *ret_is_first = *ret_is_first && i >= index;
        found = found || app_tlsa_matches(&tlsa, result);
    }
    return found;
}

static void judge_kinds(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                        const struct app_seen_probe *probe, const struct app_domain *domain)
{
    const struct app_seen_rrset *rrset = endpoint->tlsa;
    const struct fed_probe_result *result = probe->result;
    const char *subject = app_say_probe(judging, endpoint, probe);
    char text[DNS_TLSA_TEXT_MAX];
    struct dns_tlsa tlsa, other;
    size_t count = 0, before = judging->found;
    (void)domain;
    if (!rrset) {
        app_find(judging, APP_SKIP, subject, "without service records DANE is not used");
        return;
    }
    if (!app_is_tlsa_known(judging, rrset, subject))
        return;
    const struct dns_rdata *records = app_seen_records(rrset, &count);
    if (count == 0 || !any_matches(rrset, result)) {
        app_find(judging, APP_SKIP, subject,
                 count == 0 ? "there are no TLSA records (N1)" : "no TLSA record matches (N2)");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        bool is_first = false;
        if (dns_tlsa_decode(records[i], &tlsa) != GP_OK) {
            struct app_finding *finding =
                app_find(judging, APP_FAIL, subject, "a TLSA record is malformed");
            app_fix_remove(judging, finding, &rrset->owner->name, DNS_TYPE_TLSA, records[i]);
            continue;
        }
        if (kind_matches(rrset, i, &tlsa, result, &is_first) || !is_first)
            continue;
        struct app_finding *finding =
            app_find(judging, APP_FAIL, subject,
                     "no TLSA record of the kind %s matches what is served: partners that go by "
                     "this kind refuse to connect",
                     dns_tlsa_params_text(&tlsa, text));
        for (size_t k = i; k < count; k++)
            if (dns_tlsa_decode(records[k], &other) == GP_OK && is_same_kind(&tlsa, &other))
                app_fix_remove(judging, finding, &rrset->owner->name, DNS_TYPE_TLSA, records[k]);
    }
    if (judging->found == before)
        app_find(judging, APP_PASS, subject, "each kind of TLSA record matches on its own");
}

void app_judge_n3(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    static const struct app_probe_walk walk = {
        .kind = APP_PROBE_PARTNER, .stage = FED_PROBE_SECURED, .fn = judge_kinds};
    app_each_probe(judging, seen, domain, &walk);
}
