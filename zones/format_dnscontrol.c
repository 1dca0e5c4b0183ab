/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A piece of dnsconfig.js. D_EXTEND() adds to a domain that stands there already: a D() of its own
 * would have DNSControl remove every record that is not in it.
 */
#include "zones/writing.h"

static void put_number(unsigned number, struct gp_buf *out)
{
    gp_buf_printf(out, ", %u", number);
}

static void put_target(const struct dns_name *name, struct gp_buf *out)
{
    gp_buf_append_text(out, ", \"");
    zone_put_name(name, out);
    gp_buf_append_char(out, '"');
}

static void put_srv(const struct dns_srv *srv, struct gp_buf *out)
{
    put_number(srv->priority, out);
    put_number(srv->weight, out);
    put_number(srv->port, out);
    put_target(&srv->target, out);
}

static void put_tlsa(const struct dns_tlsa *tlsa, struct gp_buf *out)
{
    put_number(tlsa->usage, out);
    put_number(tlsa->selector, out);
    put_number(tlsa->matching, out);
    gp_buf_append_text(out, ", \"");
    zone_put_hex(tlsa->data, tlsa->data_len, out);
    gp_buf_append_char(out, '"');
}

#define CAA_CRITICAL 128 /* RFC 8659, 4.1 */

static void put_caa(const struct dns_caa *caa, struct gp_buf *out)
{
    gp_buf_append_text(out, ", ");
    zone_put_quoted(caa->tag, out);
    gp_buf_append_text(out, ", ");
    zone_put_quoted(caa->value, out);
    if (caa->flags & CAA_CRITICAL)
        gp_buf_append_text(out, ", CAA_CRITICAL");
}

static void put_record(const struct zone_record *record, const struct dns_name *apex,
                       struct gp_buf *out)
{
    char type[DNS_TYPE_TEXT_MAX], addr[GP_ADDR_TEXT_MAX];
    gp_buf_printf(out, "%s(\"", dns_type_text((uint16_t)record->type, type));
    zone_put_relative(&record->owner, apex, "@", out);
    gp_buf_append_char(out, '"');
    switch (record->type) {
    case DNS_TYPE_SRV:
        put_srv(&record->data.srv, out);
        break;
    case DNS_TYPE_TLSA:
        put_tlsa(&record->data.tlsa, out);
        break;
    case DNS_TYPE_CAA:
        put_caa(&record->data.caa, out);
        break;
    default:
        gp_buf_printf(out, ", \"%s\"", gp_addr_text(&record->data.addr, addr));
        break;
    }
    gp_buf_printf(out, ", TTL(%u))\n", record->ttl_s);
}

static void put_set(const struct zone_set *set, const struct dns_name *apex, struct gp_buf *out)
{
    for (size_t i = 0; i < set->after_count; i++) {
        gp_buf_printf(out, "  // %s\n", set->after[i].reason);
        if (set->held)
            gp_buf_printf(out, "  // %s\n", set->held);
        /* the comma in front, so that none is left behind the last record */
        gp_buf_append_text(out, set->held ? "  //, " : "  , ");
        put_record(&set->after[i], apex, out);
    }
}

enum gp_code zone_format_dnscontrol(const struct zone_export *export, struct gp_buf *out,
                                    struct gp_err *err)
{
    char apex[DNS_NAME_TEXT_MAX];
    (void)err;
    zone_put_head(export, "//", out);
    zone_put_advice("//", out);
    gp_buf_append_text(out,
                       ":\n"
                       "// it belongs behind the domain's own D(), which must hold none of these "
                       "names and types any more.\n");
    for (size_t i = 0; i < export->changes->zone_count; i++) {
        const struct zone_change *change = &export->changes->zones[i];
        gp_buf_append_text(out, "\n// Zone ");
        zone_put_title(change, out);
        gp_buf_printf(out, "\nD_EXTEND(\"%s\"\n", dns_name_text(&change->apex, apex));
        for (size_t k = 0; k < change->set_count; k++)
            put_set(&change->sets[k], &change->apex, out);
        gp_buf_append_text(out, ");\n");
    }
    return GP_OK;
}
