/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands/tlsa_report.h"

#include "base/clock.h"
#include "base/digest.h"
#include "json.h"

#define SCHEMA          1
#define LINES_BYTES_MAX (4 * 1048576)

static const char *service_text(enum dns_service service)
{
    return service == DNS_SERVICE_STARTTLS ? "STARTTLS" : "direct TLS";
}

/* Text. */

static void put_key(struct gp_buf *out, const char *label, const char *file,
                    const uint8_t spki_sha256[32])
{
    char text[APP_TLSA_TEXT_MAX];
    gp_buf_printf(out, "  %-12s %s  %s\n", label, app_tlsa_text(spki_sha256, text), file);
}

static void put_end(struct gp_buf *out, const struct app_domain *domain, int64_t now_s)
{
    char when[GP_CLOCK_TEXT_MAX], span[GP_CLOCK_SPAN_MAX];
    int64_t left_s = domain->not_after_s - now_s;
    gp_buf_printf(out, "  %-12s %s %s (%s%s%s)\n", "certificate", left_s < 0 ? "ended" : "ends",
                  gp_clock_text(domain->not_after_s, when), left_s < 0 ? "" : "in ",
                  gp_clock_span_text((left_s < 0 ? -left_s : left_s) * 1000, span),
                  left_s < 0 ? " ago" : "");
}

static void put_server(struct gp_buf *out, const struct app_tlsa_server *server, bool has_next)
{
    char name[DNS_NAME_TEXT_MAX], addr[GP_ADDR_TEXT_MAX];
    gp_buf_printf(out, "    %s at %s:", dns_name_text(server->name, name),
                  gp_addr_text(&server->addr, addr));
    if (server->trouble) {
        gp_buf_printf(out, " not known: %s\n", server->trouble);
        return;
    }
    gp_buf_append_text(out, server->has_current ? " present key" : " no present key");
    if (has_next)
        gp_buf_append_text(out, server->has_next ? ", next key" : ", no next key");
    if (server->has_current || server->has_next)
        gp_buf_printf(out, " (TTL %u)", server->ttl_s);
    gp_buf_append_char(out, '\n');
}

static void put_served(struct gp_buf *out, const struct app_tlsa_served *served)
{
    char addr[GP_ADDR_TEXT_MAX], text[APP_TLSA_TEXT_MAX];
    gp_buf_printf(out, "    %s", gp_addr_port_text(&served->addr, addr));
    if (served->trouble)
        gp_buf_printf(out, ": which key it serves is not known: %s\n", served->trouble);
    else if (served->is_current || served->is_next)
        gp_buf_printf(out, " serves the %s key\n", served->is_current ? "present" : "next");
    else
        gp_buf_printf(out, " serves another key, %s\n", app_tlsa_text(served->spki_sha256, text));
}

static void put_place(struct gp_buf *out, const struct app_tlsa_view *view,
                      const struct app_tlsa_view_place *place)
{
    char name[DNS_NAME_TEXT_MAX];
    gp_buf_printf(out, "  %s (%s)%s\n", dns_name_text(&place->place->owner, name),
                  service_text(place->place->service),
                  place->standing.is_signed ? "" : ": its zone is not signed");
    if (place->trouble)
        gp_buf_printf(out, "    not known: its zone: %s\n", place->trouble);
    for (size_t i = 0; i < place->server_count; i++)
        put_server(out, &place->servers[i], view->has_next);
    for (size_t i = 0; i < place->served_count; i++)
        put_served(out, &place->served[i]);
    for (size_t i = 0; i < place->other_count; i++)
        gp_buf_printf(out, "    of another key: %s\n", place->others[i]);
}

/* Unindented, so that they can be copied. */
static void put_lines(struct gp_buf *out, const struct app_tlsa_view *view)
{
    struct gp_buf lines;
    gp_buf_init(&lines, LINES_BYTES_MAX);
    app_tlsa_view_put_lines(view, &lines);
    if (gp_buf_len(&lines) > 0)
        gp_buf_printf(out, "  to be published:\n\n%.*s", GP_SPAN_ARG(gp_buf_span(&lines)));
    gp_buf_finish(&lines);
}

static void put_view(struct gp_buf *out, const struct app_tlsa_view *view,
                     const struct app_tlsa_report *report)
{
    const struct app_domain *domain = view->domain;
    char when[GP_CLOCK_TEXT_MAX];
    gp_buf_printf(out, "%s: %s\n", domain->name.ascii, view->sentence);
    if (view->verdict == ZONE_ROLLOVER_WAIT && report->trouble)
        gp_buf_printf(out, "  this wait begins anew at every look: %s\n", report->trouble);
    put_key(out, "present key", domain->key, domain->spki_sha256);
    put_end(out, domain, report->now_s);
    if (domain->next_key)
        put_key(out, "next key", domain->next_key, domain->next_spki_sha256);
    for (size_t i = 0; i < view->place_count; i++)
        put_place(out, view, &view->places[i]);
    if (view->since_s != 0)
        gp_buf_printf(out, "  all servers have %s since %s, as far as was seen\n",
                      view->has_next ? "both" : "it", gp_clock_text(view->since_s, when));
    put_lines(out, view);
}

enum gp_code app_tlsa_report_text(const struct app_tlsa_report *report, struct gp_buf *out,
                                  struct gp_err *err)
{
    for (size_t i = 0; i < report->count; i++) {
        if (i > 0)
            gp_buf_append_char(out, '\n');
        put_view(out, &report->views[i], report);
    }
    return gp_buf_failed(out) == GP_OK ? GP_OK
                                       : gp_err_set(err, gp_buf_failed(out), "too much to print");
}

/* JSON. */

static void put_time(struct app_json_writer *json, const char *key, int64_t at_s)
{
    char when[GP_CLOCK_TEXT_MAX];
    app_json_put_text(json, key, at_s != 0 ? gp_clock_text(at_s, when) : NULL);
}

static void put_json_key(struct app_json_writer *json, const char *key, const char *file,
                         const uint8_t spki_sha256[32])
{
    char hex[GP_DIGEST_HEX_MAX];
    if (!file) {
        app_json_put_null(json, key);
        return;
    }
    app_json_open_object(json, key);
    app_json_put_text(json, "file", file);
    app_json_put_text(json, "spki_sha256", gp_digest_hex(spki_sha256, 32, hex));
    app_json_close(json);
}

static void put_json_servers(struct app_json_writer *json, const struct app_tlsa_view *view,
                             const struct app_tlsa_view_place *place)
{
    char name[DNS_NAME_TEXT_MAX], addr[GP_ADDR_TEXT_MAX];
    app_json_open_array(json, "servers");
    for (size_t i = 0; i < place->server_count; i++) {
        const struct app_tlsa_server *server = &place->servers[i];
        app_json_open_object(json, NULL);
        app_json_put_text(json, "name", dns_name_text(server->name, name));
        app_json_put_text(json, "address", gp_addr_text(&server->addr, addr));
        app_json_put_text(json, "trouble", server->trouble);
        if (!server->trouble) {
            app_json_put_bool(json, "has_current", server->has_current);
            if (view->has_next)
                app_json_put_bool(json, "has_next", server->has_next);
            app_json_put_int(json, "ttl", server->ttl_s);
        }
        app_json_close(json);
    }
    app_json_close(json);
}

static void put_json_served(struct app_json_writer *json, const struct app_tlsa_view_place *place)
{
    char addr[GP_ADDR_TEXT_MAX], hex[GP_DIGEST_HEX_MAX];
    app_json_open_array(json, "served");
    for (size_t i = 0; i < place->served_count; i++) {
        const struct app_tlsa_served *served = &place->served[i];
        app_json_open_object(json, NULL);
        app_json_put_text(json, "address", gp_addr_port_text(&served->addr, addr));
        app_json_put_text(json, "trouble", served->trouble);
        if (!served->trouble) {
            app_json_put_text(json, "spki_sha256", gp_digest_hex(served->spki_sha256, 32, hex));
            app_json_put_text(json, "key",
                              served->is_current ? "current"
                              : served->is_next  ? "next"
                                                 : "other");
        }
        app_json_close(json);
    }
    app_json_close(json);
}

static void put_json_place(struct app_json_writer *json, const struct app_tlsa_view *view,
                           const struct app_tlsa_view_place *place)
{
    char name[DNS_NAME_TEXT_MAX];
    app_json_open_object(json, NULL);
    app_json_put_text(json, "name", dns_name_text(&place->place->owner, name));
    app_json_put_text(json, "host", dns_name_text(&place->place->host->name, name));
    app_json_put_int(json, "port", place->place->port);
    app_json_put_bool(json, "signed", place->standing.is_signed);
    app_json_put_text(json, "trouble", place->trouble);
    put_json_servers(json, view, place);
    put_json_served(json, place);
    app_json_open_array(json, "others");
    for (size_t i = 0; i < place->other_count; i++)
        app_json_put_text(json, NULL, place->others[i]);
    app_json_close(json);
    app_json_close(json);
}

static void put_json_lines(struct app_json_writer *json, const struct app_tlsa_view *view)
{
    struct gp_buf lines;
    gp_buf_init(&lines, LINES_BYTES_MAX);
    app_tlsa_view_put_lines(view, &lines);
    app_json_open_array(json, "publish");
    const char *line = gp_buf_text(&lines);
    for (size_t len; line && *line; line += len + (line[len] != '\0')) {
        len = strcspn(line, "\n");
        app_json_put_span(json, NULL, gp_span_make(line, len));
    }
    app_json_close(json);
    gp_buf_finish(&lines);
}

static void put_json_view(struct app_json_writer *json, const struct app_tlsa_view *view)
{
    const struct app_domain *domain = view->domain;
    app_json_open_object(json, NULL);
    app_json_put_text(json, "domain", domain->name.ascii);
    app_json_put_text(json, "verdict", zone_rollover_text(view->verdict));
    app_json_put_text(json, "sentence", view->sentence);
    put_time(json, "safe_at", view->ready_s);
    put_time(json, "since", view->since_s);
    put_time(json, "not_after", domain->not_after_s);
    put_json_key(json, "current", domain->key, domain->spki_sha256);
    put_json_key(json, "next", domain->next_key, domain->next_spki_sha256);
    app_json_open_array(json, "places");
    for (size_t i = 0; i < view->place_count; i++)
        put_json_place(json, view, &view->places[i]);
    app_json_close(json);
    put_json_lines(json, view);
    app_json_close(json);
}

enum gp_code app_tlsa_report_json(const struct app_tlsa_report *report, struct gp_buf *out,
                                  struct gp_err *err)
{
    struct app_json_writer *json = app_json_writer_create();
    app_json_put_int(json, "schema", SCHEMA);
    app_json_put_text(json, "version", GP_VERSION);
    app_json_put_text(json, "configuration", report->config->digest);
    put_time(json, "time", report->now_s);
    app_json_put_text(json, "journal_trouble", report->trouble);
    app_json_open_array(json, "domains");
    for (size_t i = 0; i < report->count; i++)
        put_json_view(json, &report->views[i]);
    app_json_close(json);
    enum gp_code code = app_json_indent(json, out, err);
    app_json_writer_destroy(json);
    return code;
}
