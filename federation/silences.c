/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/silences.h"

#include <stdlib.h>

#define FED_SILENCE_MS   5000
#define FED_SILENCES_MAX 4096

struct silence {
    int64_t until_ms;
    enum fed_verdict verdict;
    struct dns_domain domain;
};

void fed_silences_init(struct fed_silences *silences)
{
    gp_map_init(&silences->map);
}

void fed_silences_finish(struct fed_silences *silences)
{
    size_t pos = 0;
    for (struct silence *silence; (silence = gp_map_next(&silences->map, &pos));)
        free(silence);
    gp_map_finish(&silences->map);
}

void fed_silences_note(struct fed_silences *silences, const struct dns_domain *domain,
                       enum fed_verdict verdict, int64_t now_ms)
{
    struct gp_span key = gp_span_text(domain->ascii);
    struct silence *silence = gp_map_find(&silences->map, key);
    if (!silence && silences->map.count < FED_SILENCES_MAX) {
        silence = calloc(1, sizeof(*silence));
        if (silence && gp_map_put(&silences->map, key, silence) != GP_OK) {
            free(silence);
            silence = NULL;
        }
    }
    if (silence)
        *silence = (struct silence){
            .until_ms = now_ms + FED_SILENCE_MS, .verdict = verdict, .domain = *domain};
}

bool fed_silences_find(const struct fed_silences *silences, const struct dns_domain *domain,
                       int64_t now_ms, enum fed_verdict *ret)
{
    const struct silence *silence = gp_map_find(&silences->map, gp_span_text(domain->ascii));
    if (!silence || now_ms >= silence->until_ms)
        return false;
    *ret = silence->verdict;
    return true;
}

void fed_silences_sweep(struct fed_silences *silences, int64_t now_ms)
{
    size_t pos = 0;
    for (struct silence *silence; (silence = gp_map_next(&silences->map, &pos));)
        if (now_ms >= silence->until_ms)
            free(gp_map_remove(&silences->map, gp_span_text(silence->domain.ascii)));
}
