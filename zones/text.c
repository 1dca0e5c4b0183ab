/* SPDX-License-Identifier: BSD-2-Clause */
#include "zones/text.h"

#include <ldns/ldns.h>
#include <stdlib.h>

static ldns_rdf *name_rdf(const struct dns_name *name)
{
    return ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, name->len, name->wire);
}

/* Takes rdf, which is NULL when there was no memory. Returns whether it is part of rr now. */
static bool push(ldns_rr *rr, ldns_rdf *rdf)
{
    if (rdf && ldns_rr_push_rdf(rr, rdf))
        return true;
    ldns_rdf_deep_free(rdf);
    return false;
}

static bool push_number(ldns_rr *rr, ldns_rdf_type type, uint16_t value)
{
    ldns_rdf *rdf = type == LDNS_RDF_TYPE_INT16 ? ldns_native2rdf_int16(type, value)
                                                : ldns_native2rdf_int8(type, (uint8_t)value);
    return push(rr, rdf);
}

static bool push_tlsa(ldns_rr *rr, const struct dns_tlsa *tlsa)
{
    return push_number(rr, LDNS_RDF_TYPE_CERTIFICATE_USAGE, tlsa->usage) &&
           push_number(rr, LDNS_RDF_TYPE_SELECTOR, tlsa->selector) &&
           push_number(rr, LDNS_RDF_TYPE_MATCHING_TYPE, tlsa->matching) &&
           push(rr, ldns_rdf_new_frm_data(LDNS_RDF_TYPE_HEX, tlsa->data_len, tlsa->data));
}

static bool push_caa(ldns_rr *rr, const struct dns_caa *caa)
{
    uint8_t tag[1 + UINT8_MAX]; /* behind its length */
    GP_ASSERT(caa->tag.len <= UINT8_MAX);
    tag[0] = (uint8_t)caa->tag.len;
    memcpy(tag + 1, caa->tag.at, caa->tag.len);
    return push_number(rr, LDNS_RDF_TYPE_INT8, caa->flags) &&
           push(rr, ldns_rdf_new_frm_data(LDNS_RDF_TYPE_TAG, 1 + caa->tag.len, tag)) &&
           push(rr, ldns_rdf_new_frm_data(LDNS_RDF_TYPE_LONG_STR, caa->value.len, caa->value.at));
}

static bool push_data(ldns_rr *rr, const struct zone_record *record)
{
    const struct dns_srv *srv = &record->data.srv;
    switch (record->type) {
    case DNS_TYPE_SRV:
        return push_number(rr, LDNS_RDF_TYPE_INT16, srv->priority) &&
               push_number(rr, LDNS_RDF_TYPE_INT16, srv->weight) &&
               push_number(rr, LDNS_RDF_TYPE_INT16, srv->port) && push(rr, name_rdf(&srv->target));
    case DNS_TYPE_A:
        return push(rr, ldns_rdf_new_frm_data(LDNS_RDF_TYPE_A, 4, record->data.addr.bytes));
    case DNS_TYPE_AAAA:
        return push(rr, ldns_rdf_new_frm_data(LDNS_RDF_TYPE_AAAA, 16, record->data.addr.bytes));
    case DNS_TYPE_TLSA:
        return push_tlsa(rr, &record->data.tlsa);
    default:
        GP_ASSERT(record->type == DNS_TYPE_CAA);
        return push_caa(rr, &record->data.caa);
    }
}

/* NULL when there is no memory. */
static ldns_rr *make_rr(const struct zone_record *record)
{
    ldns_rr *rr = ldns_rr_new();
    ldns_rdf *owner = name_rdf(&record->owner);
    if (!rr || !owner) {
        ldns_rdf_deep_free(owner);
        ldns_rr_free(rr);
        return NULL;
    }
    ldns_rr_set_owner(rr, owner);
    ldns_rr_set_ttl(rr, record->ttl_s);
    ldns_rr_set_class(rr, LDNS_RR_CLASS_IN);
    ldns_rr_set_type(rr, (ldns_rr_type)record->type);
    if (!push_data(rr, record)) {
        ldns_rr_free(rr);
        return NULL;
    }
    return rr;
}

enum gp_code zone_text_record(const struct zone_record *record, struct gp_buf *out,
                              struct gp_err *err)
{
    ldns_rr *rr = make_rr(record);
    char *line = rr ? ldns_rr2str(rr) : NULL;
    ldns_rr_free(rr);
    if (!line)
        return gp_err_nomem(err);
    gp_buf_append_text(out, line);
    free(line);
    return gp_buf_failed(out) == GP_OK ? GP_OK : gp_err_nomem(err);
}

enum gp_code zone_text_data(const struct zone_record *record, struct gp_buf *out,
                            struct gp_err *err)
{
    ldns_rr *rr = make_rr(record);
    bool is_whole = rr != NULL;
    for (size_t i = 0; is_whole && i < ldns_rr_rd_count(rr); i++) {
        char *text = ldns_rdf2str(ldns_rr_rdf(rr, i));
        is_whole = text != NULL;
        if (text)
            gp_buf_printf(out, "%s%s", i > 0 ? " " : "", text);
        free(text);
    }
    ldns_rr_free(rr);
    return is_whole && gp_buf_failed(out) == GP_OK ? GP_OK : gp_err_nomem(err);
}
