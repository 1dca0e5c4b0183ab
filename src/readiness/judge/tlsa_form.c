/* SPDX-License-Identifier: BSD-2-Clause */
/* N5 to N9: TLSA records as such, whatever is served: whose key, which form, under which
 * protection (RFC 6698, 2.1; RFC 7671; RFC 7673, 3). */
#include "readiness/judge/judging.h"

#include "base/digest.h"
#include "readiness/compare.h"

#include <string.h>

static const char *say_set(struct app_judging *judging, const struct app_seen_rrset *tlsa)
{
    return app_say_rrset(judging, &tlsa->owner->name, DNS_TYPE_TLSA);
}

/* Calls fn for each record of a set; of an empty set nothing is said but that. */
typedef void record_fn(struct app_judging *judging, const struct app_seen_domain *seen,
                       const struct app_seen_rrset *tlsa, struct dns_rdata data,
                       const struct app_domain *domain);

static void each_record(struct app_judging *judging, const struct app_seen_domain *seen,
                        const struct app_seen_rrset *tlsa, const struct app_domain *domain,
                        const char *all_right, record_fn *fn)
{
    const char *subject = say_set(judging, tlsa);
    size_t count = 0, before = judging->found;
    if (!app_is_tlsa_known(judging, tlsa, subject))
        return;
    const struct dns_rdata *records = app_seen_records(tlsa, &count);
    for (size_t i = 0; i < count; i++)
        fn(judging, seen, tlsa, records[i], domain);
    if (count == 0)
        app_find(judging, APP_SKIP, subject, "there are no TLSA records (N1)");
    else if (judging->found == before)
        app_find(judging, APP_PASS, subject, "%s", all_right);
}

static void remove_record(struct app_judging *judging, struct app_finding *finding,
                          const struct app_seen_rrset *tlsa, struct dns_rdata data)
{
    app_fix_remove(judging, finding, &tlsa->owner->name, DNS_TYPE_TLSA, data);
    app_fix_publish(judging, finding, &tlsa->owner->name, DNS_TYPE_TLSA);
}

/* N5 */

static bool is_planned(const struct zone_plan *plan, const struct dns_name *owner,
                       struct dns_rdata data)
{
    size_t count = 0;
    const struct zone_record *set = zone_plan_set(plan, owner, DNS_TYPE_TLSA, &count);
    for (size_t i = 0; i < count; i++)
        if (app_is_same_record(&set[i], data))
            return true;
    return false;
}

/* Whether an endpoint with these records showed what this one stands for. */
static bool is_served(const struct app_seen_domain *seen, const struct app_seen_rrset *set,
                      const struct dns_tlsa *tlsa)
{
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next)
        for (const struct app_seen_probe *probe = at->probes; probe; probe = probe->next)
            if (at->tlsa == set && probe->seen == APP_CAME && app_tlsa_matches(tlsa, probe->result))
                return true;
    return false;
}

/* The domain of the configuration that has the key; NULL: none. */
static const struct app_domain *owner_of_key(const struct app_config *config,
                                             const struct dns_tlsa *tlsa)
{
    if (tlsa->matching != 1 || tlsa->data_len != 32)
        return NULL;
    for (size_t i = 0; i < config->domain_count; i++) {
        const struct app_domain *domain = &config->domains[i];
        const uint8_t *digest =
            tlsa->selector == 1 ? domain->spki_sha256 : domain->certificate_sha256;
        if (memcmp(tlsa->data, digest, 32) == 0)
            return domain;
    }
    return NULL;
}

static void judge_stranger(struct app_judging *judging, const struct app_seen_domain *seen,
                           const struct app_seen_rrset *set, struct dns_rdata data,
                           const struct app_domain *domain)
{
    const char *subject = app_say(judging, "%s %s", say_set(judging, set),
                                  app_say_rdata(judging, DNS_TYPE_TLSA, data));
    struct app_finding *finding;
    struct dns_tlsa tlsa;
    (void)domain;
    if (is_planned(judging->input->plan, &set->owner->name, data) ||
        dns_tlsa_decode(data, &tlsa) != GP_OK)
        return;
    const struct app_domain *owner = owner_of_key(judging->input->config, &tlsa);
    if (is_served(seen, set, &tlsa)) {
        app_find(judging, APP_PASS, subject,
                 "not planned; it stands for what is served all the same");
        return;
    }
    if (owner)
        finding = app_find(judging, APP_WARN, subject,
                           "not planned: the key of %s, which is not served here for that domain",
                           owner->name.ascii);
    else
        finding = app_find(judging, APP_WARN, subject,
                           "not planned: a key that this configuration does not know, mostly that "
                           "of a former certificate");
    app_fix_remove(judging, finding, &set->owner->name, DNS_TYPE_TLSA, data);
}

static void judge_strangers(struct app_judging *judging, const struct app_seen_domain *seen,
                            const struct app_seen_endpoint *endpoint,
                            const struct app_domain *domain)
{
    each_record(judging, seen, endpoint->tlsa, domain, "every record is planned", judge_stranger);
}

void app_judge_n5(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    app_each_tlsa_set(judging, seen, domain, judge_strangers);
}

/* N6 */

static void judge_form(struct app_judging *judging, const struct app_seen_domain *seen,
                       const struct app_seen_rrset *set, struct dns_rdata data,
                       const struct app_domain *domain)
{
    char text[DNS_TLSA_TEXT_MAX];
    struct dns_tlsa tlsa;
    const char *why = NULL;
    (void)seen;
    (void)domain;
    if (dns_tlsa_decode(data, &tlsa) != GP_OK) /* N3, N9 */
        return;
    if (tlsa.usage > 3 || tlsa.selector > 1 || tlsa.matching > 2)
        why = "of a kind that nobody knows: partners pass it over";
    else if (tlsa.usage < 2)
        why = "leaves the proof to public authorities as well: partners that go by DANE alone pass "
              "it over (RFC 7671, 4)";
    else if (tlsa.usage == 3 && tlsa.selector == 0)
        why = "stands for the whole certificate: each renewal makes it wrong, even with the same "
              "key, and an automatic renewal does not wait for DNS (RFC 7671, 5.1)";
    else if (tlsa.matching == 0)
        why = "carries the data in full, which makes answers long (RFC 7671, 10.1.2)";
    if (!why)
        return;
    const char *subject =
        app_say(judging, "%s %s", say_set(judging, set), dns_tlsa_params_text(&tlsa, text));
    remove_record(judging, app_find(judging, APP_WARN, subject, "%s", why), set, data);
}

static void judge_forms(struct app_judging *judging, const struct app_seen_domain *seen,
                        const struct app_seen_endpoint *endpoint, const struct app_domain *domain)
{
    each_record(judging, seen, endpoint->tlsa, domain, "of a kind that lasts and that partners use",
                judge_form);
}

void app_judge_n6(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    app_each_tlsa_set(judging, seen, domain, judge_forms);
}

/* N7 */

/* Whether the service records that lead to the set are secure, all of them. */
static bool are_services_secure(const struct app_seen_domain *seen,
                                const struct app_seen_rrset *tlsa)
{
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next)
        if (at->tlsa == tlsa && !at->srv_is_secure)
            return false;
    return true;
}

static void judge_protection(struct app_judging *judging, const struct app_seen_domain *seen,
                             const struct app_seen_endpoint *endpoint,
                             const struct app_domain *domain)
{
    const struct app_seen_rrset *tlsa = endpoint->tlsa;
    const char *subject = say_set(judging, tlsa);
    struct app_finding *finding;
    size_t count = 0;
    (void)domain;
    if (!app_is_tlsa_known(judging, tlsa, subject))
        return;
    const struct dns_rdata *records = app_seen_records(tlsa, &count);
    if (count == 0) {
        app_find(judging, APP_SKIP, subject, "there are no TLSA records (N1)");
    } else if (tlsa->answer->security != DNS_SECURE) {
        finding = app_find(judging, APP_WARN, subject,
                           "published in a zone that is not signed: nobody may go by it (RFC 6698, "
                           "4.1)");
        app_fix(judging, finding, APP_FIX_DO,
                "sign the zone and have its DS record published by the parent zone, or remove:");
        for (size_t i = 0; i < count; i++)
            app_fix_remove(judging, finding, &tlsa->owner->name, DNS_TYPE_TLSA, records[i]);
    } else if (!are_services_secure(seen, tlsa)) {
        finding = app_find(judging, APP_WARN, subject,
                           "secure, but the service records that lead to it are not: nobody looks "
                           "for it (RFC 7673, 3.1)");
        app_fix(judging, finding, APP_FIX_DO, "sign the zone of the service records (S2)");
    } else {
        app_find(judging, APP_PASS, subject, "secure, and so is the way to it");
    }
}

void app_judge_n7(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    app_each_tlsa_set(judging, seen, domain, judge_protection);
}

/* N8 */

static void judge_alias(struct app_judging *judging, const struct app_seen_domain *seen,
                        const struct app_seen_endpoint *endpoint, const struct app_domain *domain)
{
    const struct app_seen_rrset *tlsa = endpoint->tlsa;
    const char *subject = say_set(judging, tlsa);
    (void)seen;
    (void)domain;
    if (!app_is_tlsa_known(judging, tlsa, subject))
        return;
    if (!dns_answer_is_alias(tlsa->answer)) {
        app_find(judging, APP_PASS, subject, "not an alias");
        return;
    }
    const char *canonical = app_say_name(judging, &tlsa->answer->canonical);
    bool is_secure = tlsa->answer->security == DNS_SECURE;
    struct app_finding *finding =
        app_find(judging, APP_WARN, subject,
                 is_secure ? "an alias of %s; all of it is secure, so that partners follow it"
                           : "an alias of %s that is not secure: partners do not follow it (RFC "
                             "7671, 7)",
                 canonical);
    app_fix(judging, finding, APP_FIX_DO,
            "keep %s with the keys that are served here; or publish the records at the name itself",
            canonical);
    app_fix_remove(
        judging, finding, &tlsa->owner->name, DNS_TYPE_CNAME,
        (struct dns_rdata){.at = tlsa->answer->canonical.wire, .len = tlsa->answer->canonical.len});
    app_fix_publish(judging, finding, &tlsa->owner->name, DNS_TYPE_TLSA);
}

void app_judge_n8(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    app_each_tlsa_set(judging, seen, domain, judge_alias);
}

/* N9 */

static void judge_length(struct app_judging *judging, const struct app_seen_domain *seen,
                         const struct app_seen_rrset *set, struct dns_rdata data,
                         const struct app_domain *domain)
{
    const char *subject = app_say(judging, "%s %s", say_set(judging, set),
                                  app_say_rdata(judging, DNS_TYPE_TLSA, data));
    struct app_finding *finding = NULL;
    struct dns_tlsa tlsa;
    (void)seen;
    (void)domain;
    if (dns_tlsa_decode(data, &tlsa) != GP_OK)
        finding = app_find(judging, APP_FAIL, subject, "malformed: partners pass it over");
    else if (tlsa.matching == 0 && tlsa.data_len == 0)
        finding = app_find(judging, APP_FAIL, subject, "without any data: nothing can match it");
    else if (tlsa.matching == 1 || tlsa.matching == 2) {
        size_t wanted = gp_digest_len(tlsa.matching == 1 ? GP_SHA256 : GP_SHA512);
        if (tlsa.data_len != wanted)
            finding = app_find(judging, APP_FAIL, subject,
                               "%u octets where the digest has %zu: nothing can match it",
                               tlsa.data_len, wanted);
    }
    if (finding)
        remove_record(judging, finding, set, data);
}

static void judge_lengths(struct app_judging *judging, const struct app_seen_domain *seen,
                          const struct app_seen_endpoint *endpoint, const struct app_domain *domain)
{
    each_record(judging, seen, endpoint->tlsa, domain, "as long as the digest is", judge_length);
}

void app_judge_n9(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    app_each_tlsa_set(judging, seen, domain, judge_lengths);
}
