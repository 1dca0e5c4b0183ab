/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/srv.h"

#include <stdlib.h>

static const struct {
    const char *labels;
    const char *text;
} services[DNS_SERVICE_COUNT] = {
    [DNS_SERVICE_DIRECT_TLS] = {"_xmpps-server._tcp", "direct TLS"},
    [DNS_SERVICE_STARTTLS] = {"_xmpp-server._tcp", "STARTTLS"},
};

const char *dns_service_labels(enum dns_service service)
{
    return services[service].labels;
}

const char *dns_service_text(enum dns_service service)
{
    return services[service].text;
}

enum dns_service_class dns_service_classify(const struct dns_answer *answer)
{
    size_t denials = 0;
    if (answer->outcome == DNS_FAILED || answer->security == DNS_BOGUS)
        return DNS_CLASS_FAIL;
    if (answer->outcome != DNS_RECORDS)
        return DNS_CLASS_NONE;
    for (size_t i = 0; i < answer->count; i++) {
        struct dns_srv srv;
        if (dns_srv_decode(answer->records[i], &srv) != GP_OK)
            return DNS_CLASS_FAIL;
        if (dns_name_is_root(&srv.target))
            denials++;
    }
    /* "." beside real targets is a mistake and is dropped by whoever uses the records; "." alone,
     * once or repeated, denies the service (RFC 2782) */
    return denials == answer->count ? DNS_CLASS_DENIED : DNS_CLASS_RECORDS;
}

enum dns_service_plan dns_service_plan(const struct dns_answer *direct_tls,
                                       const struct dns_answer *starttls)
{
    /* spec-digest c.4; rows: direct TLS, columns: STARTTLS, both in the order of the enum */
    static const enum dns_service_plan plans[4][4] = {
        [DNS_CLASS_RECORDS] = {DNS_PLAN_BOTH, DNS_PLAN_DIRECT_ONLY, DNS_PLAN_DIRECT_ONLY,
                               DNS_PLAN_FAILED},
        [DNS_CLASS_DENIED] = {DNS_PLAN_STARTTLS_ONLY, DNS_PLAN_NO_SERVICE, DNS_PLAN_NO_SERVICE,
                              DNS_PLAN_FAILED},
        [DNS_CLASS_NONE] = {DNS_PLAN_STARTTLS_ONLY, DNS_PLAN_NO_SERVICE, DNS_PLAN_FALLBACK,
                            DNS_PLAN_FAILED},
        [DNS_CLASS_FAIL] = {DNS_PLAN_FAILED, DNS_PLAN_FAILED, DNS_PLAN_FAILED, DNS_PLAN_FAILED},
    };
    enum dns_service_class direct = dns_service_classify(direct_tls);
    enum dns_service_class plain = dns_service_classify(starttls);
    /* Where one lookup failed, an attacker may be suppressing the better service. So the other one
     * counts where it is vouched for, or where the zone is unsigned and nothing is; a bogus answer
     * says that the zone is signed. */
    if (direct == DNS_CLASS_RECORDS && plain == DNS_CLASS_FAIL)
        return direct_tls->security == DNS_SECURE ? DNS_PLAN_DIRECT_ONLY : DNS_PLAN_FAILED;
    if (direct == DNS_CLASS_FAIL && plain == DNS_CLASS_RECORDS)
        return starttls->security == DNS_INSECURE && direct_tls->security != DNS_BOGUS
                   ? DNS_PLAN_STARTTLS_ONLY
                   : DNS_PLAN_FAILED;
    return plans[direct][plain];
}

static void swap(struct dns_srv_entry *a, struct dns_srv_entry *b)
{
    struct dns_srv_entry kept = *a;
    *a = *b;
    *b = kept;
}

static int by_priority_zero_first(const void *a, const void *b)
{
    const struct dns_srv_entry *x = a, *y = b;
    if (x->srv.priority != y->srv.priority)
        return x->srv.priority < y->srv.priority ? -1 : 1;
    return (y->srv.weight == 0) - (x->srv.weight == 0);
}

/* Moves one entry to the front, drawn as RFC 2782 has it: the first whose running sum of weights
 * reaches the number. Those of weight 0 stand in front. */
static void draw_first(struct dns_srv_entry *entries, size_t count, const struct gp_rnd *rnd)
{
    uint32_t sum = 0, running = 0;
    size_t drawn = 0, zeros = 0;
    for (size_t i = 0; i < count; i++) {
        sum += entries[i].srv.weight;
        zeros += entries[i].srv.weight == 0;
    }
    uint32_t number = gp_rnd_below(rnd, sum + 1); /* RFC 2782: 0 and the sum are both drawn */
    if (number == 0 && zeros > 1) {
        /* the RFC leaves their order open; without a draw the first would always win */
        drawn = gp_rnd_below(rnd, (uint32_t)zeros);
    } else {
        while ((running += entries[drawn].srv.weight) < number)
            drawn++;
    }
    /* shift, not swap: what is left must keep its zeros in front */
    struct dns_srv_entry first = entries[drawn];
    memmove(entries + 1, entries, drawn * sizeof(*entries));
    entries[0] = first;
}

/* Direct TLS first among equals: each STARTTLS record trades places with the next direct TLS record
 * of its weight. Equals are interchangeable, so the draw stays what it was. */
static void prefer_direct_tls(struct dns_srv_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = i + 1; k < count && entries[i].service == DNS_SERVICE_STARTTLS; k++)
            if (entries[k].service == DNS_SERVICE_DIRECT_TLS &&
                entries[k].srv.weight == entries[i].srv.weight)
                swap(&entries[i], &entries[k]);
    }
}

void dns_srv_order(struct dns_srv_entry *entries, size_t count, const struct gp_rnd *rnd)
{
    size_t group_len;
    if (count == 0)
        return;
    qsort(entries, count, sizeof(*entries), by_priority_zero_first);
    for (size_t start = 0; start < count; start += group_len) {
        struct dns_srv_entry *group = entries + start;
        group_len = 1;
        while (start + group_len < count && group[group_len].srv.priority == group->srv.priority)
            group_len++;
        for (size_t i = 0; i + 1 < group_len; i++)
            draw_first(group + i, group_len - i, rnd);
        prefer_direct_tls(group, group_len);
    }
}
