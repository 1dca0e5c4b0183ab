/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands/export_files.h"

#include "base/base64.h"
#include "json.h"

#define HASH_TEXT_MAX 64

static void put_hash(struct app_json_writer *writer, const char *key, const uint8_t sha256[32])
{
    struct gp_buf text;
    gp_buf_init(&text, HASH_TEXT_MAX);
    gp_base64_encode(&text, sha256, 32);
    app_json_put_span(writer, key, gp_buf_span(&text));
    gp_buf_finish(&text);
}

static enum gp_code end(struct app_json_writer *writer, struct gp_buf *out, struct gp_err *err)
{
    enum gp_code code = app_json_indent(writer, out, err);
    app_json_writer_destroy(writer);
    return code;
}

/* The certificate is what counts here, so a key that is to come cannot be announced (RFC 7711, 3.1
 * and 6). */
static enum gp_code put_posh(const struct app_domain *domain, uint32_t ttl_s, struct gp_buf *out,
                             struct gp_err *err)
{
    struct app_json_writer *writer = app_json_writer_create();
    app_json_open_array(writer, "fingerprints");
    app_json_open_object(writer, NULL);
    put_hash(writer, "sha-256", domain->certificate_sha256);
    app_json_close(writer);
    app_json_close(writer);
    app_json_put_int(writer, "expires", ttl_s);
    return end(writer, out, err);
}

static void put_link(struct app_json_writer *writer, const struct app_domain *domain,
                     const struct app_host *host)
{
    char addr[GP_ADDR_TEXT_MAX];
    app_json_open_object(writer, NULL);
    app_json_put_text(writer, "rel", "urn:xmpp:alt-connections:s2s-tls");
    app_json_put_int(writer, "port", host->direct_tls_port);
    app_json_open_array(writer, "ips");
    for (size_t i = 0; i < host->address_count; i++)
        app_json_put_text(writer, NULL, gp_addr_text(&host->addresses[i], addr));
    app_json_close(writer);
    app_json_put_int(writer, "priority", host->priority);
    app_json_put_int(writer, "weight", host->weight);
    app_json_put_text(writer, "sni", domain->name.ascii);
    app_json_close(writer);
}

/* Only direct TLS has a link relation (XEP-0487, 2.1). */
static enum gp_code put_host_meta(const struct app_domain *domain, uint32_t ttl_s,
                                  struct gp_buf *out, struct gp_err *err)
{
    size_t count = 0;
    for (size_t i = 0; i < domain->host_count; i++)
        count += domain->hosts[i].direct_tls_port != 0;
    if (count == 0)
        return gp_err_set(err, GP_ERR_INPUT,
                          "%s has no host with direct TLS, and the file can name no other "
                          "(XEP-0487, 2.1)",
                          domain->name.ascii);
    struct app_json_writer *writer = app_json_writer_create();
    app_json_open_object(writer, "xmpp");
    app_json_put_int(writer, "ttl", ttl_s);
    app_json_open_array(writer, "public-key-pins-sha-256");
    put_hash(writer, NULL, domain->spki_sha256);
    if (domain->next_key)
        put_hash(writer, NULL, domain->next_spki_sha256);
    app_json_close(writer);
    app_json_close(writer);
    app_json_open_array(writer, "links");
    for (size_t i = 0; i < domain->host_count; i++)
        if (domain->hosts[i].direct_tls_port != 0)
            put_link(writer, domain, &domain->hosts[i]);
    app_json_close(writer);
    return end(writer, out, err);
}

const struct app_export_file *app_export_files(size_t *ret_count)
{
    static const struct app_export_file rows[] = {
        {"posh", "/.well-known/posh/xmpp-server.json", "fingerprint of the certificate (RFC 7711)",
         put_posh},
        {"host-meta.json", "/.well-known/host-meta.json", "hosts with direct TLS (XEP-0487)",
         put_host_meta},
    };
    *ret_count = GP_ARRAY_LEN(rows);
    return rows;
}

void app_export_files_list(FILE *to)
{
    size_t count;
    const struct app_export_file *rows = app_export_files(&count);
    fputs("\nFiles:\n", to);
    for (size_t i = 0; i < count; i++)
        fprintf(to, "  %-15s %s: %s\n", rows[i].name, rows[i].path, rows[i].help);
}
