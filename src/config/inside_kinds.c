/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/inside_kinds.h"

#include <string.h>

#define COMPONENT (1u << APP_INSIDE_COMPONENT)
#define SERVER    (1u << APP_INSIDE_SERVER)
#define S2S       (1u << APP_INSIDE_S2S)

/* Every option but "kind". */
static const struct {
    const char *key;
    unsigned needing, taking; /* a bit for each kind */
    const char *example;
} rows[] = {
    {"listen", COMPONENT | S2S, 0, ", such as \"127.0.0.1:5347\""},
    {"address", SERVER | S2S, 0, ", such as \"127.0.0.1:5347\""},
    {"secret-file", COMPONENT | SERVER, S2S, ""},
    {"service", 0, S2S, ""},
    {"peers", S2S, 0, ", such as \"10.0.0.5/32\""},
    {"pin", 0, S2S, ""},
    {"ca-file", 0, S2S, ""},
};

enum app_inside_use app_inside_use(enum app_inside_kind kind, const char *key,
                                   const char **ret_example)
{
    *ret_example = "";
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        if (strcmp(rows[i].key, key) != 0)
            continue;
        *ret_example = rows[i].example;
        if (rows[i].needing & 1u << kind)
            return APP_INSIDE_NEEDS;
        return rows[i].taking & 1u << kind ? APP_INSIDE_TAKES : APP_INSIDE_IGNORES;
    }
    return APP_INSIDE_TAKES;
}

const char *app_inside_kind_text(enum app_inside_kind kind)
{
    static const char *const texts[] = {
        [APP_INSIDE_ECHO] = "echo",
        [APP_INSIDE_SELF] = "self",
        [APP_INSIDE_COMPONENT] = "component",
        [APP_INSIDE_SERVER] = "server",
        [APP_INSIDE_S2S] = "s2s",
    };
    return texts[kind];
}
