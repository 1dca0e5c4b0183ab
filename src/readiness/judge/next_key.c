/* SPDX-License-Identifier: BSD-2-Clause */
/* N4: a key that partners have not had the time to read of would lock them out (RFC 7671, 8.1). */
#include "readiness/judge/judging.h"

#include <string.h>

static bool has_next_key(const struct app_domain *domain, const struct dns_rdata *records,
                         size_t count)
{
    struct dns_tlsa tlsa;
    for (size_t i = 0; i < count; i++)
        if (dns_tlsa_decode(records[i], &tlsa) == GP_OK && tlsa.usage == 3 && tlsa.selector == 1 &&
            tlsa.matching == 1 && tlsa.data_len == sizeof(domain->next_spki_sha256) &&
            memcmp(tlsa.data, domain->next_spki_sha256, tlsa.data_len) == 0)
            return true;
    return false;
}

/* Its record as the journal has it. */
static const char *say_next_key(struct app_judging *judging, const struct app_domain *domain)
{
    uint8_t data[3 + sizeof(domain->next_spki_sha256)] = {3, 1, 1};
    memcpy(data + 3, domain->next_spki_sha256, sizeof(domain->next_spki_sha256));
    return app_say_rdata(judging, DNS_TYPE_TLSA,
                         (struct dns_rdata){.at = data, .len = sizeof(data)});
}

/* A server that does not have it, "" when the resolver has not; NULL: all have that were seen.
 * *ret_unseen: one that was not; NULL: there is none. */
static const char *without_next_key(struct app_judging *judging, const struct app_seen_rrset *tlsa,
                                    const struct app_domain *domain, const char **ret_unseen)
{
    const struct app_seen_zone *zone = tlsa->owner->zone;
    size_t count = 0;
    const struct dns_rdata *records = app_seen_records(tlsa, &count);
    if (!has_next_key(domain, records, count))
        return "";
    for (size_t i = 0; tlsa->replies && i < zone->server_count; i++) {
        const struct app_seen_reply *reply = &tlsa->replies[i];
        if (app_is_out_of_reach(judging, zone, &zone->servers[i]))
            continue;
        if (!app_seen_is_word(reply))
            *ret_unseen = app_say_server(judging, zone, &zone->servers[i]);
        else if (!has_next_key(domain, reply->records, reply->count))
            return app_say_server(judging, zone, &zone->servers[i]);
    }
    return NULL;
}

/* When it may be used: two TTLs after every server has had it (RFC 7671, 8.1). */
static void judge_published(struct app_judging *judging, const struct app_seen_rrset *tlsa,
                            const char *subject, const struct app_domain *domain)
{
    const struct app_histories *histories = judging->input->histories;
    const struct zone_history *history = app_history(histories, &tlsa->owner->name, DNS_TYPE_TLSA);
    struct app_finding *finding;
    uint32_t ttl_s = 0;
    int64_t ready_s = 0, since_s = 0;
    const char *record = say_next_key(judging, domain);
    if (!zone_key_ready(history, &judging->input->config->check.margins, record, &ready_s) ||
        !zone_record_since(history, record, &since_s, &ttl_s)) {
        app_find(judging, APP_PASS, subject, "the key of %s is published", domain->next_key);
        return;
    }
    if (ready_s <= judging->input->now_s) {
        finding = app_find(judging, APP_PASS, subject,
                           "the key of %s is published, and safe to use since %s", domain->next_key,
                           app_say_time(judging, ready_s));
    } else {
        finding = app_find(judging, APP_WARN, subject,
                           "the key of %s is published, and safe to use from %s on",
                           domain->next_key, app_say_time(judging, ready_s));
        app_fix(judging, finding, APP_FIX_DO,
                "serve a certificate with the key then, and not before: until then partners may "
                "hold TLSA records without it (RFC 7671, 8.1)");
    }
    app_show(judging, finding, "on all servers since %s, with a TTL of %u s",
             app_say_time(judging, since_s), ttl_s);
    if (histories->trouble)
        app_show(judging, finding, "at least since then: %s", histories->trouble);
}

static void judge_next_key(struct app_judging *judging, const struct app_seen_domain *seen,
                           const struct app_seen_endpoint *endpoint,
                           const struct app_domain *domain)
{
    const struct app_seen_rrset *tlsa = endpoint->tlsa;
    const char *subject = app_say_rrset(judging, &tlsa->owner->name, DNS_TYPE_TLSA);
    (void)seen;
    if (!domain->wants_dane) {
        app_find(judging, APP_SKIP, subject, "the configuration wants no DANE for the domain");
        return;
    }
    if (!app_is_tlsa_known(judging, tlsa, subject))
        return;
    if (!domain->next_key) {
        app_find(judging, APP_PASS, subject, "no change of key is planned");
        return;
    }
    const char *unseen = NULL;
    const char *without = without_next_key(judging, tlsa, domain, &unseen);
    if (!without && unseen) {
        app_find(judging, APP_UNKNOWN, subject, "whether %s has the next key was not seen", unseen);
        return;
    }
    if (!without) {
        judge_published(judging, tlsa, subject, domain);
        return;
    }
    struct app_finding *finding = app_find(
        judging, APP_WARN, subject, "the key of %s is not published%s%s: it must not be used yet",
        domain->next_key, without[0] ? " by " : "", without);
    app_fix_publish(judging, finding, &tlsa->owner->name, DNS_TYPE_TLSA);
    app_fix(judging, finding, APP_FIX_DO,
            "use the key when every server has had the record for two TTLs");
}

void app_judge_n4(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    app_each_tlsa_set(judging, seen, domain, judge_next_key);
}
