/* SPDX-License-Identifier: BSD-2-Clause */
/* Digests over what a stream or an inside link was made under, from the option table: so that a new
 * option is part of them by itself. */
#include "config/build.h"

#include "base/digest.h"

#include <string.h>

static uint64_t digest_of(struct gp_buf *text, struct app_problems *problems)
{
    uint8_t digest[GP_DIGEST_MAX];
    uint64_t terms;
    if (gp_buf_failed(text) != GP_OK)
        app_problem_nomem(problems);
    gp_digest(GP_SHA256, gp_buf_span(text).at, gp_buf_len(text), digest);
    memcpy(&terms, digest, sizeof(terms));
    explicit_bzero(text->mem, text->cap); /* a secret may have been in it */
    gp_buf_finish(text);
    return terms;
}

static void print_terms(enum app_section kind, const void *base, struct gp_buf *out)
{
    size_t count;
    const struct app_option_row *rows = app_section_options(kind, &count);
    for (const struct app_option_row *row = rows; row < rows + count; row++)
        if (!(row->flags & APP_LIVE))
            app_option_print(row, base, 0, out);
}

static uint64_t partner_terms(enum app_section kind, const struct fed_partner *partner,
                              struct app_problems *problems)
{
    struct gp_buf text;
    gp_buf_init(&text, APP_CONFIG_PRINT_MAX);
    print_terms(kind, partner, &text);
    return digest_of(&text, problems);
}

static uint64_t inside_terms(const struct app_inside *inside, struct app_problems *problems)
{
    struct gp_buf text;
    gp_buf_init(&text, APP_CONFIG_PRINT_MAX);
    print_terms(APP_SECTION_INSIDE, inside, &text);
    gp_buf_append(&text, inside->secret.bytes, inside->secret.len);
    return digest_of(&text, problems);
}

void app_config_set_terms(struct app_config *config, struct app_problems *problems)
{
    struct fed_settings *federation = &config->federation;
    for (size_t i = 0; i < federation->partner_count; i++)
        federation->partners[i].terms =
            partner_terms(APP_SECTION_PARTNER, &federation->partners[i], problems);
    federation->stranger.terms =
        partner_terms(APP_SECTION_STRANGER, &federation->stranger, problems);
    for (size_t i = 0; i < config->inside_count; i++)
        config->insides[i].terms = inside_terms(&config->insides[i], problems);
}
