/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands/tlsa_new_key.h"

#include "base/file.h"
#include "base/text.h"
#include "commands/command.h"
#include "commands/load_config.h"
#include "exit_codes.h"
#include "federation/tls_ctx.h"
#include "tlsa.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONFIG_BYTES_MAX 1048576
#define REPORT_BYTES_MAX 200000
#define TEXT_BYTES_MAX   (4 * 1048576)
#define ARENA_BYTES_MAX  (16 * 1048576)

/*
 * The text alone: next-key may name the very file that is to be made. NULL, after what is wrong was
 * said.
 */
static struct app_config *read_config(const char *path)
{
    struct app_config *config = NULL;
    struct gp_buf text, report;
    struct gp_err err;
    gp_buf_init(&text, CONFIG_BYTES_MAX);
    gp_buf_init(&report, REPORT_BYTES_MAX);
    enum gp_code code = gp_file_read(path, &text, &err);
    if (code == GP_OK)
        code = app_config_parse(gp_buf_span(&text), path, &config, &report, &err);
    const char *lines = gp_buf_text(&report);
    if (code != GP_OK && lines && *lines)
        fputs(lines, stderr);
    else if (code != GP_OK)
        fprintf(stderr, "gatepost tlsa: %s\n", err.text);
    gp_buf_finish(&text);
    gp_buf_finish(&report);
    return code == GP_OK ? config : NULL;
}

static bool take_type(const char *text, enum fed_key_type *ret)
{
    static const char *const names[] = {[FED_KEY_EC] = "ec", [FED_KEY_RSA] = "rsa"};
    *ret = FED_KEY_EC;
    if (!text)
        return true;
    for (size_t i = 0; i < GP_ARRAY_LEN(names); i++)
        if (strcmp(text, names[i]) == 0) {
            *ret = (enum fed_key_type)i;
            return true;
        }
    fprintf(stderr, "gatepost tlsa: --type: there is no type '%s'; there are: ec rsa\n", text);
    return false;
}

/* As the configuration has its paths: from the root. */
static bool make_absolute(const char *file, char path[PATH_MAX])
{
    char folder[PATH_MAX] = "";
    if (file[0] != '/' && !getcwd(folder, sizeof(folder)))
        return false;
    int len = snprintf(path, PATH_MAX, "%s%s%s", folder, folder[0] ? "/" : "", file);
    return len > 0 && len < PATH_MAX;
}

static const struct app_domain *find_by_file(const struct app_config *config, const char *path)
{
    for (size_t i = 0; i < config->domain_count; i++)
        if (config->domains[i].next_key && strcmp(config->domains[i].next_key, path) == 0)
            return &config->domains[i];
    return config->domain_count == 1 ? &config->domains[0] : NULL;
}

/* Whose key, and where it goes. */
static const struct app_domain *find_domain(const struct app_config *config,
                                            const struct app_new_key *wanted, char path[PATH_MAX])
{
    const struct app_domain *domain = NULL;
    if (wanted->domain && !(domain = app_find_domain("tlsa", config, wanted->domain)))
        return NULL;
    const char *file = wanted->file ? wanted->file : domain ? domain->next_key : NULL;
    if (!file) {
        fputs("gatepost tlsa: new-key wants a FILE, or --domain of one with a next-key\n", stderr);
        return NULL;
    }
    if (!make_absolute(file, path)) {
        fprintf(stderr, "gatepost tlsa: the path '%s' is too long\n", file);
        return NULL;
    }
    if (!domain && !(domain = find_by_file(config, path)))
        fprintf(stderr,
                "gatepost tlsa: no domain names '%s' as its next-key: say which one with "
                "--domain\n",
                path);
    return domain;
}

static void put_request(struct gp_buf *out, const struct app_domain *domain, const char *path)
{
    char request[PATH_MAX + 8];
    snprintf(request, sizeof(request), "%s.csr", path);
    gp_buf_append_text(out, "   openssl req -new -key ");
    gp_text_shell(out, gp_span_text(path));
    gp_buf_printf(out, " -subj / -addext 'subjectAltName=DNS:%s' -out ", domain->name.ascii);
    gp_text_shell(out, gp_span_text(request));
    gp_buf_append_char(out, '\n');
}

/* How partners learn of the key before it is used (RFC 7671, 8.1). */
static void put_announcement(struct gp_buf *out, const struct app_config *config,
                             const struct app_domain *domain, const char *path,
                             const struct app_tlsa_place *places, size_t count,
                             const uint8_t spki_sha256[32])
{
    const char *name = domain->name.ascii;
    if (domain->next_key && strcmp(domain->next_key, path) == 0)
        gp_buf_append_text(out, "1. The configuration names it already.\n");
    else
        gp_buf_printf(out, "1. Name it in the configuration: domain \"%s\" { next-key = \"%s\" }\n",
                      name, path);
    gp_buf_append_text(out, "2. Publish this beside the records that are there:\n");
    for (size_t i = 0; i < count; i++)
        app_tlsa_put_line(out, &places[i].owner, domain->ttl_s, spki_sha256);
    gp_buf_printf(out, "3. Wait until this says that it is safe: gatepost tlsa --domain %s", name);
    if (strcmp(config->path, APP_CONFIG_DEFAULT) != 0) {
        gp_buf_append_text(out, " --config ");
        gp_text_shell(out, gp_span_text(config->path));
    }
    gp_buf_append_char(out, '\n');
}

static void put_steps(struct gp_buf *out, const struct app_config *config,
                      const struct app_domain *domain, const char *path,
                      const struct app_tlsa_place *places, size_t count,
                      const uint8_t spki_sha256[32])
{
    char text[APP_TLSA_TEXT_MAX];
    unsigned step = 1;
    gp_buf_printf(out, "made %s for %s: %s\n\n", path, domain->name.ascii,
                  app_tlsa_text(spki_sha256, text));
    if (domain->wants_dane) {
        put_announcement(out, config, domain, path, places, count, spki_sha256);
        step = 4;
    } else {
        gp_buf_append_text(out, "The configuration wants no DANE (dane = no): nobody has to know "
                                "the key before it is used.\n\n");
    }
    gp_buf_printf(out, "%u. Have a certificate issued for this key, with a request as of:\n", step);
    put_request(out, domain, path);
    gp_buf_printf(out, "%u. Make them certificate and key of the domain%s, and reload.\n", step + 1,
                  domain->wants_dane ? ", take next-key out" : "");
    if (domain->wants_dane)
        gp_buf_printf(out, "%u. Take the old record out when you will not go back.\n", step + 2);
}

static int make(const struct app_config *config, const struct app_domain *domain, const char *path,
                enum fed_key_type type)
{
    uint8_t spki_sha256[32];
    struct app_tlsa_place *places = NULL;
    size_t count = 0;
    struct gp_arena arena;
    struct gp_buf out;
    struct gp_err err;
    gp_arena_init(&arena, ARENA_BYTES_MAX);
    gp_buf_init(&out, TEXT_BYTES_MAX);
    enum gp_code code = app_tlsa_places(domain, &arena, &places, &count, &err);
    if (code == GP_OK)
        code = fed_tls_make_key(path, type, spki_sha256, &err);
    if (code == GP_OK) {
        put_steps(&out, config, domain, path, places, count, spki_sha256);
        fwrite(gp_buf_span(&out).at, 1, gp_buf_len(&out), stdout);
    } else {
        fprintf(stderr, "gatepost tlsa: %s\n", err.text);
    }
    gp_buf_finish(&out);
    gp_arena_finish(&arena);
    return code == GP_OK ? APP_EXIT_OK : APP_EXIT_FAILED;
}

int app_tlsa_new_key(const struct app_new_key *wanted)
{
    enum fed_key_type type;
    char path[PATH_MAX];
    int status = APP_EXIT_USAGE;
    if (!take_type(wanted->type, &type))
        return status;
    struct app_config *config = read_config(wanted->config);
    const struct app_domain *domain = config ? find_domain(config, wanted, path) : NULL;
    if (domain)
        status = make(config, domain, path, type);
    app_config_destroy(config);
    return status;
}
