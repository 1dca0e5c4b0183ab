/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/tlsa.h"

#include <stdio.h>

#define USAGE_DANE_TA  2
#define USAGE_DANE_EE  3
#define SELECTOR_SPKI  1
#define MATCH_FULL     0
#define MATCH_SHA2_256 1
#define MATCH_SHA2_512 2

/* The acronyms of RFC 7218, 2. */
static const char *const usages[] = {"PKIX-TA", "PKIX-EE", "DANE-TA", "DANE-EE"};
static const char *const selectors[] = {"Cert", "SPKI"};
static const char *const matchings[] = {"Full", "SHA2-256", "SHA2-512"};

const char *dns_tlsa_params_text(const struct dns_tlsa *tlsa, char out[DNS_TLSA_TEXT_MAX])
{
    if (tlsa->usage < GP_ARRAY_LEN(usages) && tlsa->selector < GP_ARRAY_LEN(selectors) &&
        tlsa->matching < GP_ARRAY_LEN(matchings))
        snprintf(out, DNS_TLSA_TEXT_MAX, "%u %u %u (%s %s %s)", tlsa->usage, tlsa->selector,
                 tlsa->matching, usages[tlsa->usage], selectors[tlsa->selector],
                 matchings[tlsa->matching]);
    else
        snprintf(out, DNS_TLSA_TEXT_MAX, "%u %u %u", tlsa->usage, tlsa->selector, tlsa->matching);
    return out;
}

/* RFC 6698, 2.1; usages 0 and 1 are not used (spec-digest C7). */
static bool is_usable(const struct dns_tlsa *tlsa)
{
    if ((tlsa->usage != USAGE_DANE_TA && tlsa->usage != USAGE_DANE_EE) ||
        tlsa->selector > SELECTOR_SPKI)
        return false;
    switch (tlsa->matching) {
    case MATCH_FULL:
        return tlsa->data_len > 0 && tlsa->data_len <= DNS_TLSA_DATA_MAX;
    case MATCH_SHA2_256:
        return tlsa->data_len == 32;
    case MATCH_SHA2_512:
        return tlsa->data_len == 64;
    default:
        return false;
    }
}

enum dns_tlsa_state dns_tlsa_judge(const struct dns_answer *answer, struct dns_tlsa *set,
                                   size_t max, size_t *ret_count)
{
    /* Of each usage and selector only the strongest digest counts, or whoever can forge the weakest
     * one decides; Full always counts (RFC 7671, 9). */
    uint8_t strongest[GP_ARRAY_LEN(usages)][GP_ARRAY_LEN(selectors)] = {{MATCH_FULL}};
    struct dns_tlsa tlsa;
    *ret_count = 0;
    if (answer->outcome == DNS_FAILED || answer->security == DNS_BOGUS)
        return DNS_TLSA_FAILED;
    if (answer->outcome != DNS_RECORDS || answer->security != DNS_SECURE)
        return DNS_TLSA_NONE;
    for (size_t i = 0; i < answer->count; i++)
        if (dns_tlsa_decode(answer->records[i], &tlsa) == GP_OK && is_usable(&tlsa) &&
            tlsa.matching > strongest[tlsa.usage][tlsa.selector])
            strongest[tlsa.usage][tlsa.selector] = tlsa.matching;
    for (size_t i = 0; i < answer->count && *ret_count < max; i++)
        if (dns_tlsa_decode(answer->records[i], &tlsa) == GP_OK && is_usable(&tlsa) &&
            (tlsa.matching == MATCH_FULL || tlsa.matching == strongest[tlsa.usage][tlsa.selector]))
            set[(*ret_count)++] = tlsa;
    return *ret_count > 0 ? DNS_TLSA_USABLE : DNS_TLSA_UNUSABLE;
}
