/* SPDX-License-Identifier: BSD-2-Clause */
/* What each authoritative server says of each record set, side by side. */
#include "readiness/report/page.h"

#include "base/text.h"
#include "dns/ds.h"
#include "readiness/compare.h"

#include <string.h>

#define ZONES_MAX 40  /* on the page; JSON has all */
#define CELL_MAX  160 /* characters of one record */

/* Of a key, its tag says more than all its digits. */
static void put_record(struct app_page *page, enum dns_type type, struct dns_rdata data)
{
    struct gp_buf text;
    struct dns_dnskey key;
    gp_buf_init(&text, 65536);
    if (type == DNS_TYPE_DNSKEY && dns_dnskey_decode(data, &key) == GP_OK)
        gp_buf_printf(&text, "%u, algorithm %u, key tag %u", key.flags, key.algorithm, key.key_tag);
    else
        dns_rdata_text(&text, (uint16_t)type, data);
    bool is_long = gp_buf_len(&text) > CELL_MAX;
    if (is_long)
        gp_buf_truncate(&text, CELL_MAX);
    gp_buf_append_text(&page->out, "<small><code>");
    gp_text_xml(&page->out, gp_buf_span(&text));
    gp_buf_append_text(&page->out, is_long ? "...</code></small>" : "</code></small>");
    gp_buf_finish(&text);
}

static void put_records(struct app_page *page, enum dns_type type,
                        const struct app_seen_reply *reply)
{
    if (reply->is_alias || reply->count == 0) {
        app_page_text(page, reply->is_alias ? "an alias" : "no such record");
        return;
    }
    for (size_t i = 0; i < reply->count; i++)
        put_record(page, type, reply->records[i]);
}

static void put_cell(struct app_page *page, const struct app_seen_rrset *rrset, size_t server,
                     size_t reference)
{
    const struct app_seen_zone *zone = rrset->owner->zone;
    const struct app_seen_reply *reply = &rrset->replies[server];
    char text[APP_SEEN_FAULT_MAX];
    const char *fault = app_seen_fault(reply, text);
    if (fault && (reply->seen == APP_NOT_ASKED ||
                  app_seen_is_out_of_reach(page->report->seen, zone, &zone->servers[server]))) {
        gp_buf_append_text(&page->out, "<td class=\"same\">&#8211; not asked");
    } else if (fault) {
        gp_buf_append_text(&page->out, "<td class=\"fail\">&#10005; no answer<small>");
        app_page_text(page, fault);
        gp_buf_append_text(&page->out, "</small>");
    } else if (server == reference) {
        gp_buf_append_text(&page->out, "<td class=\"same\">");
        put_records(page, rrset->type, reply);
    } else if (app_is_same_reply(reply, &rrset->replies[reference])) {
        gp_buf_append_text(&page->out, "<td class=\"same\">&#10003; the same");
    } else {
        gp_buf_append_text(&page->out, "<td class=\"fail\">&#8800; differs");
        put_records(page, rrset->type, reply);
    }
    gp_buf_append_text(&page->out, "</td>");
}

/* A line may break behind each of its dots. */
static void put_name(struct app_page *page, const struct dns_name *name)
{
    char text[DNS_NAME_TEXT_MAX];
    const char *at = dns_name_text(name, text);
    for (const char *dot = strchr(at, '.'); dot; dot = strchr(at, '.')) {
        gp_text_xml(&page->out, gp_span_make(at, (size_t)(dot - at)));
        gp_buf_append_text(&page->out, ".<wbr>");
        at = dot + 1;
    }
    app_page_text(page, at);
}

static void put_row(struct app_page *page, const struct app_seen_rrset *rrset)
{
    const struct app_seen_zone *zone = rrset->owner->zone;
    char type[DNS_TYPE_TEXT_MAX];
    size_t reference = app_reference_server(page->report->plan, zone, rrset);
    gp_buf_append_text(&page->out, "<tr><th scope=\"row\">");
    put_name(page, &rrset->owner->name);
    gp_buf_append_text(&page->out, " <small>");
    app_page_text(page, dns_type_text((uint16_t)rrset->type, type));
    gp_buf_append_text(&page->out, "</small></th>");
    for (size_t i = 0; i < zone->server_count; i++)
        put_cell(page, rrset, i, reference);
    gp_buf_append_text(&page->out, "</tr>\n");
}

static void put_serials(struct app_page *page, const struct app_seen_zone *zone)
{
    gp_buf_append_text(&page->out, "<tr><th scope=\"row\">Serial <small>SOA</small></th>");
    for (size_t i = 0; i < zone->server_count; i++) {
        const struct app_seen_reply *soa = &zone->servers[i].soa[DNS_UDP];
        if (app_seen_is_word(soa))
            gp_buf_printf(&page->out, "<td>%u</td>", (unsigned)soa->serial);
        else
            gp_buf_append_text(&page->out, "<td>&#8211; not seen</td>");
    }
    gp_buf_append_text(&page->out, "</tr>\n");
}

static void put_zone(struct app_page *page, const struct app_seen_zone *zone)
{
    char apex[DNS_NAME_TEXT_MAX], name[DNS_NAME_TEXT_MAX], addr[GP_ADDR_TEXT_MAX];
    dns_name_text(&zone->zone->apex, apex);
    gp_buf_append_text(
        &page->out,
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Servers of ");
    app_page_text(page, apex);
    gp_buf_append_text(&page->out, "\"><table class=\"matrix\"><caption>Zone ");
    app_page_text(page, apex);
    gp_buf_append_text(&page->out, "</caption><thead><tr><th scope=\"col\">Record</th>");
    for (size_t i = 0; i < zone->server_count; i++) {
        gp_buf_append_text(&page->out, "<th scope=\"col\">");
        app_page_text(page, dns_name_text(zone->servers[i].name, name));
        gp_buf_append_text(&page->out, "<small>");
        app_page_text(page, gp_addr_text(&zone->servers[i].addr, addr));
        gp_buf_append_text(&page->out, "</small></th>");
    }
    gp_buf_append_text(&page->out, "</tr></thead><tbody>\n");
    put_serials(page, zone);
    for (const struct app_seen_owner *owner = zone->owners; owner; owner = owner->next_in_zone)
        for (const struct app_seen_rrset *at = owner->rrsets; at; at = at->next_of_owner)
            if (at->replies)
                put_row(page, at);
    gp_buf_append_text(&page->out, "</tbody></table></div>\n");
}

void app_page_zones(struct app_page *page)
{
    size_t count = 0;
    for (const struct app_seen_zone *at = page->report->seen->zones; at; at = at->next)
        count += at->server_count > 0;
    if (count == 0)
        return;
    gp_buf_append_text(&page->out,
                       "<section aria-labelledby=\"servers\"><h2 id=\"servers\">What each name "
                       "server says</h2>\n<p class=\"note\">Asked directly, past all caches. Where "
                       "servers differ, partners reach one system or another by chance.</p>\n");
    size_t left = ZONES_MAX;
    for (const struct app_seen_zone *at = page->report->seen->zones; at && left > 0; at = at->next)
        if (at->server_count > 0) {
            put_zone(page, at);
            left--;
        }
    if (count > ZONES_MAX)
        gp_buf_printf(&page->out,
                      "<p class=\"note\">%zu further zones are not shown here; what is wrong with "
                      "them stands among the findings.</p>\n",
                      count - ZONES_MAX);
    gp_buf_append_text(&page->out, "</section>\n");
}
