/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands/check_domains.h"

#include "base/text.h"
#include "config/lists.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LIST_BYTES_MAX (16 * 1048576)
#define TOLD_MAX       20 /* wrong lines */
#define ROOM_FIRST     16

void app_check_domains_init(struct app_check_domains *domains)
{
    *domains = (struct app_check_domains){.list = NULL};
    gp_map_init(&domains->index);
}

void app_check_domains_finish(struct app_check_domains *domains)
{
    gp_map_finish(&domains->index);
    free(domains->list);
}

static enum gp_code make_room(struct app_check_domains *domains, struct gp_err *err)
{
    size_t room = domains->room > 0 ? 2 * domains->room : ROOM_FIRST;
    if (domains->count >= APP_CHECK_DOMAINS_MAX)
        return gp_err_set(err, GP_ERR_LIMIT, "more than %d domains", APP_CHECK_DOMAINS_MAX);
    if (domains->count < domains->room)
        return GP_OK;
    struct dns_domain *list = realloc(domains->list, room * sizeof(*list));
    if (!list)
        return gp_err_nomem(err);
    domains->list = list;
    domains->room = room;
    return GP_OK;
}

static enum gp_code add(struct app_check_domains *domains, const struct dns_domain *domain,
                        struct gp_err *err)
{
    struct gp_span key = gp_span_text(domain->ascii);
    if (gp_map_find(&domains->index, key))
        return GP_OK;
    enum gp_code code = make_room(domains, err);
    if (code != GP_OK)
        return code;
    if (gp_map_put(&domains->index, key, domains) != GP_OK)
        return gp_err_nomem(err);
    domains->list[domains->count++] = *domain;
    return GP_OK;
}

static enum gp_code add_text(struct app_check_domains *domains, const struct app_config *config,
                             struct gp_span text, struct gp_err *err)
{
    struct dns_domain domain;
    char safe[GP_TEXT_SAFE_MAX];
    enum gp_code code = GP_OK;
    if (!gp_text_is_utf8(text))
        return gp_err_set(err, GP_ERR_INPUT, "'%s' is no UTF-8 text", gp_text_safe(text, safe));
    if ((code = dns_domain_from_text(text, &domain, err)) != GP_OK)
        return code;
    if (config && !app_config_domain(config, &domain))
        return gp_err_set(err, GP_ERR_INPUT, "%s is not a domain of %s", domain.ascii,
                          config->path);
    return add(domains, &domain, err);
}

bool app_check_domains_add(struct app_check_domains *domains, const struct app_config *config,
                           const char *option, const char *text)
{
    struct gp_err err;
    if (add_text(domains, config, gp_span_text(text), &err) == GP_OK)
        return true;
    fprintf(stderr, "gatepost check: %s%s: %s\n", option, text, err.text);
    return false;
}

bool app_check_domains_add_all(struct app_check_domains *domains, const struct app_config *config)
{
    struct gp_err err;
    for (size_t i = 0; i < config->domain_count; i++)
        if (add(domains, &config->domains[i].name, &err) != GP_OK) {
            fprintf(stderr, "gatepost check: %s: %s\n", config->path, err.text);
            return false;
        }
    return true;
}

static enum gp_code read_all(FILE *from, struct gp_buf *out, struct gp_err *err)
{
    char bytes[4096];
    size_t len;
    while ((len = fread(bytes, 1, sizeof(bytes), from)) > 0)
        gp_buf_append(out, bytes, len);
    if (ferror(from))
        return gp_err_system(err, errno, "read");
    if (gp_buf_failed(out) == GP_ERR_LIMIT)
        return gp_err_set(err, GP_ERR_LIMIT, "more than %d bytes", LIST_BYTES_MAX);
    return gp_buf_failed(out) == GP_OK ? GP_OK : gp_err_nomem(err);
}

static size_t take_lines(struct app_check_domains *domains, const struct app_config *config,
                         struct gp_span text)
{
    struct app_list_lines lines;
    struct gp_span line;
    size_t wrong = 0;
    app_list_begin(&lines, text);
    while (app_list_next(&lines, &line)) {
        struct gp_err err;
        enum gp_code code = add_text(domains, config, line, &err);
        if (code != GP_OK && ++wrong <= TOLD_MAX)
            fprintf(stderr, "gatepost check: --stdin: line %u: %s\n", lines.number, err.text);
        if (code == GP_ERR_NOMEM || code == GP_ERR_LIMIT)
            break; /* and so would all that follow */
    }
    if (wrong > TOLD_MAX)
        fprintf(stderr, "gatepost check: --stdin: and %zu more wrong lines\n", wrong - TOLD_MAX);
    return wrong;
}

bool app_check_domains_read(struct app_check_domains *domains, const struct app_config *config,
                            FILE *from)
{
    struct gp_buf text;
    struct gp_err err = {.text = "it names no domain"};
    gp_buf_init(&text, LIST_BYTES_MAX);
    enum gp_code code = read_all(from, &text, &err);
    bool is_right = code == GP_OK && take_lines(domains, config, gp_buf_span(&text)) == 0;
    gp_buf_finish(&text);
    if (code == GP_OK && is_right && domains->count > 0)
        return true;
    if (code != GP_OK || is_right)
        fprintf(stderr, "gatepost check: --stdin: %s\n", err.text);
    return false;
}
