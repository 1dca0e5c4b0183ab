/* SPDX-License-Identifier: BSD-2-Clause */
/* S2, S3, S4: secure, insecure and bogus are three different things (RFC 4035, 4.3). */
#include "readiness/judge/judging.h"

static const char *apex_of(struct app_judging *judging, const struct app_seen_rrset *rrset)
{
    const struct app_seen_zone *zone = rrset->owner->zone;
    return app_say_name(judging, zone ? &zone->zone->apex : &rrset->owner->name);
}

static void judge_failure(struct app_judging *judging, const struct app_seen_rrset *rrset,
                          const char *subject)
{
    const struct dns_answer *answer = rrset->answer;
    char text[DNS_FAILURE_TEXT_MAX];
    dns_answer_failure_text(answer, text);
    if (answer->security != DNS_BOGUS) {
        app_find(judging, APP_UNKNOWN, subject, "could not be looked up: %s", text);
        return;
    }
    struct app_finding *finding =
        app_find(judging, APP_FAIL, subject,
                 "is bogus: whoever validates takes it for forged and does not connect");
    app_show(judging, finding, "%s", text);
    app_fix(judging, finding, APP_FIX_DO,
            "sign the zone %s anew, and see that the DS record at its parent fits its keys",
            apex_of(judging, rrset));
}

/* is_needed: an insecure answer is a fault. */
static void judge_security(struct app_judging *judging, const struct app_seen_rrset *rrset,
                           bool is_needed)
{
    const char *subject = app_say_rrset(judging, &rrset->owner->name, rrset->type);
    struct app_finding *finding;
    if (rrset->seen != APP_CAME) {
        app_find(judging, APP_UNKNOWN, subject, "was not looked up: %s", rrset->why);
    } else if (rrset->answer->outcome == DNS_FAILED) {
        judge_failure(judging, rrset, subject);
    } else if (rrset->answer->security == DNS_SECURE) {
        app_find(judging, APP_PASS, subject, "secure");
    } else if (!is_needed) {
        app_find(judging, APP_PASS, subject,
                 app_is_public(judging) ? "insecure, so that DANE is not used"
                                        : "insecure, and the configuration wants no DANE");
    } else {
        finding = app_find(judging, APP_FAIL, subject,
                           "insecure: without DNSSEC nobody uses the TLSA records");
        app_fix(judging, finding, APP_FIX_DO,
                "sign the zone %s and have its DS record published by the parent zone; or set "
                "\"dane = no\" for the domain",
                apex_of(judging, rrset));
    }
}

void app_judge_s2(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    judge_security(judging, seen->srv[DNS_SERVICE_STARTTLS], domain->wants_dane);
    judge_security(judging, seen->srv[DNS_SERVICE_DIRECT_TLS], domain->wants_dane);
}

/* Whether an endpoint before this one has the same record set. */
static bool was_met(const struct app_seen_domain *seen, const struct app_seen_endpoint *endpoint,
                    const struct app_seen_rrset *rrset)
{
    for (const struct app_seen_endpoint *at = seen->endpoints; at != endpoint; at = at->next)
        if (at->addresses[0] == rrset || at->addresses[1] == rrset || at->tlsa == rrset)
            return true;
    return false;
}

void app_judge_s3(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next)
        for (size_t i = 0; i < GP_ARRAY_LEN(at->addresses); i++)
            if (at->addresses[i] && app_is_to_serve(domain, at) &&
                !was_met(seen, at, at->addresses[i]))
                judge_security(judging, at->addresses[i], domain->wants_dane);
    if (judging->found == 0)
        app_find_no_target(judging, seen);
}

void app_judge_s4(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next) {
        const struct app_seen_rrset *tlsa = at->tlsa;
        if (!tlsa || !app_is_to_serve(domain, at) || was_met(seen, at, tlsa))
            continue;
        bool is_absent = tlsa->seen == APP_CAME && tlsa->answer->outcome != DNS_FAILED &&
                         tlsa->answer->outcome != DNS_RECORDS;
        if (is_absent && !domain->wants_dane)
            app_find(judging, APP_SKIP, app_say_rrset(judging, &tlsa->owner->name, tlsa->type),
                     app_is_public(judging) ? "there are none"
                                            : "there are none, and the configuration wants none");
        else
            judge_security(judging, tlsa, domain->wants_dane);
    }
    if (judging->found == 0)
        app_find_no_target(judging, seen);
}
