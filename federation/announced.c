/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/announced.h"

#include "base/rnd.h"

#include <stdlib.h>

#define FED_ANNOUNCED_MAX 1024

struct probe {
    int64_t since_ms;
    struct fed_probe_seen seen;
    char token[GP_RND_ID_MAX];
};

void fed_announced_init(struct fed_announced *announced)
{
    gp_map_init(&announced->map);
}

void fed_announced_finish(struct fed_announced *announced)
{
    size_t pos = 0;
    for (struct probe *probe; (probe = gp_map_next(&announced->map, &pos));)
        free(probe);
    gp_map_finish(&announced->map);
}

static void forget_first(struct fed_announced *announced)
{
    size_t pos = 0;
    struct probe *first = NULL;
    for (struct probe *probe; (probe = gp_map_next(&announced->map, &pos));)
        if (!first || probe->since_ms < first->since_ms)
            first = probe;
    free(gp_map_remove(&announced->map, gp_span_text(first->token)));
}

enum gp_code fed_announced_add(struct fed_announced *announced, const char *token,
                               const struct fed_stand_in *stand_in, int64_t now_ms)
{
    struct gp_span key = gp_span_text(token);
    if (key.len >= GP_RND_ID_MAX)
        return GP_ERR_LIMIT;
    if (announced->map.count >= FED_ANNOUNCED_MAX)
        forget_first(announced);
    struct probe *probe = calloc(1, sizeof(*probe));
    if (!probe)
        return GP_ERR_NOMEM;
    probe->since_ms = now_ms;
    memcpy(probe->token, token, key.len);
    if (stand_in)
        probe->seen.stand_in = *stand_in;
    free(gp_map_remove(&announced->map, key));
    enum gp_code code = gp_map_put(&announced->map, key, probe);
    if (code != GP_OK)
        free(probe);
    return code;
}

struct fed_probe_seen *fed_announced_find(const struct fed_announced *announced, const char *token)
{
    struct probe *probe = gp_map_find(&announced->map, gp_span_text(token));
    return probe ? &probe->seen : NULL;
}

void fed_announced_sweep(struct fed_announced *announced, int64_t now_ms)
{
    size_t pos = 0;
    for (struct probe *probe; (probe = gp_map_next(&announced->map, &pos));)
        if (now_ms - probe->since_ms >= FED_ANNOUNCED_MS)
            free(gp_map_remove(&announced->map, gp_span_text(probe->token)));
}
