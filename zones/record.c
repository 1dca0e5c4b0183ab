/* SPDX-License-Identifier: BSD-2-Clause */
#include "zones/record.h"

static bool is_same_tlsa(const struct dns_tlsa *a, const struct dns_tlsa *b)
{
    return a->usage == b->usage && a->selector == b->selector && a->matching == b->matching &&
           gp_span_equal(gp_span_make(a->data, a->data_len), gp_span_make(b->data, b->data_len));
}

static bool is_same_srv(const struct dns_srv *a, const struct dns_srv *b)
{
    return a->priority == b->priority && a->weight == b->weight && a->port == b->port &&
           dns_name_equal(&a->target, &b->target);
}

bool zone_record_same_data(const struct zone_record *a, const struct zone_record *b)
{
    switch (a->type) {
    case DNS_TYPE_SRV:
        return is_same_srv(&a->data.srv, &b->data.srv);
    case DNS_TYPE_TLSA:
        return is_same_tlsa(&a->data.tlsa, &b->data.tlsa);
    case DNS_TYPE_CAA:
        return a->data.caa.flags == b->data.caa.flags &&
               gp_span_equal(a->data.caa.tag, b->data.caa.tag) &&
               gp_span_equal(a->data.caa.value, b->data.caa.value);
    default:
        return gp_addr_same_host(&a->data.addr, &b->data.addr);
    }
}

bool zone_record_same_set(const struct zone_record *a, const struct zone_record *b)
{
    return a->type == b->type && dns_name_equal(&a->owner, &b->owner);
}

enum gp_code zone_record_read(enum dns_type type, struct dns_rdata rdata, struct zone_record *ret)
{
    struct zone_record record = {.type = type};
    enum gp_code code;
    switch (type) {
    case DNS_TYPE_SRV:
        code = dns_srv_decode(rdata, &record.data.srv);
        break;
    case DNS_TYPE_TLSA:
        code = dns_tlsa_decode(rdata, &record.data.tlsa);
        break;
    case DNS_TYPE_CAA:
        code = dns_caa_decode(rdata, &record.data.caa);
        break;
    default: /* other types than those of addresses are refused there */
        code = dns_addr_decode(type, rdata, &record.data.addr);
        break;
    }
    if (code != GP_OK)
        return code;
    ret->type = type;
    ret->data = record.data;
    return GP_OK;
}
