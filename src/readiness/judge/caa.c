/* SPDX-License-Identifier: BSD-2-Clause */
/* T12: may the authority that renews the certificate do so? (RFC 8659; RFC 8657) */
#include "readiness/judge/judging.h"

#include "base/text.h"
#include "dns/caa.h"

#define CRITICAL 0x80 /* RFC 8659, 4.1 */

/* Properties that an authority need not know are passed over by it, if they are not critical. */
static bool is_known_tag(struct gp_span tag)
{
    static const char *const known[] = {"issue",        "issuewild",    "iodef",   "issuemail",
                                        "contactemail", "contactphone", "issuevmc"};
    for (size_t i = 0; i < GP_ARRAY_LEN(known); i++)
        if (gp_text_equal_nocase(tag, gp_span_text(known[i])))
            return true;
    return false;
}

/* The record set that counts. */
struct permission {
    const struct app_seen_rrset *rrset;
    const char *subject;
    const struct app_domain *domain;
    size_t issues;        /* properties that name who may issue */
    const char *obstacle; /* why the closest record does not permit it */
    bool is_permitted;
    bool has_strange_record; /* critical, and nobody knows it */
};

static bool permits_account(const struct app_domain *domain, const struct dns_caa_issue *issue)
{
    return issue->account_uri.len == 0 ||
           (domain->caa_account_uri && gp_span_is(issue->account_uri, domain->caa_account_uri));
}

static bool permits_method(const struct app_domain *domain, const struct dns_caa_issue *issue)
{
    static const char *const methods[] = {APP_CAA_METHODS};
    if (issue->methods.len == 0)
        return true;
    for (size_t i = 0; i < GP_ARRAY_LEN(methods); i++)
        if ((domain->caa_validation_methods & 1u << i) &&
            dns_caa_has_method(issue->methods, methods[i]))
            return true;
    return false;
}

static void weigh(struct app_judging *judging, struct permission *permission,
                  const struct dns_caa *caa, const struct dns_domain *issuer)
{
    struct dns_caa_issue issue;
    if (dns_caa_issue_read(caa->value, &issue) != GP_OK ||
        !gp_text_equal_nocase(issue.issuer, gp_span_text(issuer->ascii)))
        return;
    if (!permits_account(permission->domain, &issue))
        permission->obstacle =
            permission->domain->caa_account_uri
                ? app_say(judging, "it permits another account of %s than %s", issuer->ascii,
                          permission->domain->caa_account_uri)
                : app_say(judging,
                          "it permits one account of %s alone, and caa-account-uri does "
                          "not say that it is ours",
                          issuer->ascii);
    else if (!permits_method(permission->domain, &issue))
        permission->obstacle =
            app_say(judging, "it permits %s by other ways of proof than caa-validation-methods",
                    issuer->ascii);
    else
        permission->is_permitted = true;
}

static void read_records(struct app_judging *judging, struct permission *permission,
                         const struct dns_domain *issuer)
{
    const struct dns_answer *answer = permission->rrset->answer;
    permission->issues = 0;
    permission->obstacle = NULL;
    permission->is_permitted = false;
    for (size_t i = 0; i < answer->count; i++) {
        struct dns_caa caa;
        if (dns_caa_decode(answer->records[i], &caa) != GP_OK)
            continue;
        if ((caa.flags & CRITICAL) && !is_known_tag(caa.tag))
            permission->has_strange_record = true;
        if (!gp_text_equal_nocase(caa.tag, gp_span_text("issue")))
            continue;
        permission->issues++;
        weigh(judging, permission, &caa, issuer);
    }
}

static void show_records(struct app_judging *judging, struct app_finding *finding,
                         const struct app_seen_rrset *rrset)
{
    for (size_t i = 0; i < rrset->answer->count; i++)
        app_show(judging, finding, "published: %s",
                 app_say_rdata(judging, DNS_TYPE_CAA, rrset->answer->records[i]));
}

static void fix_permission(struct app_judging *judging, struct app_finding *finding,
                           const struct app_domain *domain)
{
    struct dns_name owner;
    dns_name_from_domain(&domain->name, &owner);
    app_fix_publish(judging, finding, &owner, DNS_TYPE_CAA);
    app_fix(judging, finding, APP_FIX_DO,
            "let the CAA records of %s permit it, or correct caa-issuer, before the next renewal",
            domain->name.ascii);
}

static void judge_issuer(struct app_judging *judging, struct permission *permission,
                         const struct dns_domain *issuer)
{
    struct app_finding *finding;
    read_records(judging, permission, issuer);
    if (permission->has_strange_record)
        finding = app_find(judging, APP_FAIL, permission->subject,
                           "has a critical property that nobody knows: no authority may issue");
    else if (permission->issues == 0 || permission->is_permitted) {
        app_find(judging, APP_PASS, permission->subject,
                 permission->issues == 0 ? "names no authority, so that %s may issue"
                                         : "permits %s",
                 issuer->ascii);
        return;
    } else
        finding = app_find(judging, APP_FAIL, permission->subject,
                           "does not permit %s to issue: the next renewal of the certificate fails "
                           "(%s)",
                           issuer->ascii,
                           permission->obstacle ? permission->obstacle : "it permits others");
    show_records(judging, finding, permission->rrset);
    fix_permission(judging, finding, permission->domain);
}

/* RFC 8659, 3: the closest name that has any, from the domain up to below the root. False when that
 * is not known, which was found. */
static bool find_records(struct app_judging *judging, const struct app_domain *domain,
                         const struct app_seen_rrset **ret)
{
    struct dns_name name;
    *ret = NULL;
    for (dns_name_from_domain(&domain->name, &name); !dns_name_is_root(&name);
         dns_name_parent(&name, &name)) {
        const struct app_seen_rrset *rrset =
            app_observations_rrset(judging->input->seen, &name, DNS_TYPE_CAA);
        const char *subject = app_say_rrset(judging, &name, DNS_TYPE_CAA);
        if (!rrset || rrset->seen != APP_CAME) {
            app_find(judging, APP_UNKNOWN, subject, "was not looked up: %s",
                     rrset ? rrset->why : "the check ended before");
            return false;
        }
        if (rrset->answer->outcome == DNS_FAILED) {
            char text[DNS_FAILURE_TEXT_MAX];
            app_find(judging, APP_UNKNOWN, subject,
                     "not known, to an authority neither, which then may not issue: %s",
                     dns_answer_failure_text(rrset->answer, text));
            return false;
        }
        if (rrset->answer->outcome == DNS_RECORDS) {
            *ret = rrset;
            return true;
        }
    }
    return true;
}

void app_judge_t12(struct app_judging *judging, const struct app_seen_domain *seen,
                   const struct app_domain *domain)
{
    struct permission permission = {.domain = domain};
    if (domain->caa_issuer_count == 0) {
        app_find(judging, APP_SKIP, seen->domain.ascii,
                 "caa-issuer does not say who renews the certificate");
        return;
    }
    if (!find_records(judging, domain, &permission.rrset))
        return;
    if (!permission.rrset) {
        app_find(judging, APP_PASS, seen->domain.ascii, "no CAA record: every authority may issue");
        return;
    }
    permission.subject = app_say_rrset(judging, &permission.rrset->owner->name, DNS_TYPE_CAA);
    for (size_t i = 0; i < domain->caa_issuer_count; i++)
        judge_issuer(judging, &permission, &domain->caa_issuers[i]);
}
