/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of a zone file, in two spellings. */
#include "zones/text.h"
#include "zones/writing.h"

/* One record, with the newline. */
typedef enum gp_code put_record_fn(const struct zone_record *record, struct gp_buf *out,
                                   struct gp_err *err);

static enum gp_code put_set(const struct zone_set *set, put_record_fn *put, struct gp_buf *out,
                            struct gp_err *err)
{
    enum gp_code code = GP_OK;
    for (size_t i = 0; i < set->after_count && code == GP_OK; i++) {
        gp_buf_printf(out, "\n; %s\n", set->after[i].reason);
        if (set->held)
            gp_buf_printf(out, "; %s\n;", set->held);
        code = put(&set->after[i], out, err);
    }
    return code;
}

static enum gp_code put_zones(const struct zone_export *export, put_record_fn *put,
                              struct gp_buf *out, struct gp_err *err)
{
    enum gp_code code = GP_OK;
    zone_put_head(export, ";", out);
    zone_put_advice(";", out);
    gp_buf_append_text(out, ", and raise the zone's serial.\n");
    for (size_t i = 0; i < export->changes->zone_count; i++) {
        const struct zone_change *change = &export->changes->zones[i];
        gp_buf_append_text(out, "\n; Zone ");
        zone_put_title(change, out);
        gp_buf_append_char(out, '\n');
        for (size_t k = 0; k < change->set_count && code == GP_OK; k++)
            code = put_set(&change->sets[k], put, out, err);
    }
    return code;
}

enum gp_code zone_format_zone(const struct zone_export *export, struct gp_buf *out,
                              struct gp_err *err)
{
    return put_zones(export, zone_text_record, out, err);
}

/* RFC 3597. */

static void put_u8(struct gp_buf *out, uint8_t octet)
{
    zone_put_hex(&octet, 1, out);
}

static void put_tlsa(const struct dns_tlsa *tlsa, struct gp_buf *out)
{
    gp_buf_printf(out, "\\# %u ", 3u + tlsa->data_len);
    put_u8(out, tlsa->usage);
    put_u8(out, tlsa->selector);
    put_u8(out, tlsa->matching);
    zone_put_hex(tlsa->data, tlsa->data_len, out);
}

static void put_caa(const struct dns_caa *caa, struct gp_buf *out)
{
    gp_buf_printf(out, "\\# %zu ", 2 + caa->tag.len + caa->value.len);
    put_u8(out, caa->flags);
    put_u8(out, (uint8_t)caa->tag.len);
    zone_put_hex((const uint8_t *)caa->tag.at, caa->tag.len, out);
    zone_put_hex((const uint8_t *)caa->value.at, caa->value.len, out);
}

/* Software that knows neither TLSA (2012) nor CAA (2013) knows the other types since 2003. */
static enum gp_code put_generic(const struct zone_record *record, struct gp_buf *out,
                                struct gp_err *err)
{
    if (record->type != DNS_TYPE_TLSA && record->type != DNS_TYPE_CAA)
        return zone_text_record(record, out, err);
    zone_put_name(&record->owner, out);
    gp_buf_printf(out, "\t%u\tIN\tTYPE%u\t", record->ttl_s, (unsigned)record->type);
    if (record->type == DNS_TYPE_TLSA)
        put_tlsa(&record->data.tlsa, out);
    else
        put_caa(&record->data.caa, out);
    gp_buf_append_char(out, '\n');
    return GP_OK;
}

enum gp_code zone_format_generic(const struct zone_export *export, struct gp_buf *out,
                                 struct gp_err *err)
{
    return put_zones(export, put_generic, out, err);
}
