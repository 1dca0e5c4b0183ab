/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/rr.h"

struct gp_span dns_set_key(struct dns_set_key *key, const struct dns_name *owner,
                           enum dns_type type)
{
    key->bytes[0] = (char)((unsigned)type >> 8);
    key->bytes[1] = (char)((unsigned)type & 0xff);
    memcpy(key->bytes + 2, owner->wire, owner->len);
    return gp_span_make(key->bytes, 2u + owner->len);
}

static uint16_t get_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t get_u32(const uint8_t *at)
{
    return (uint32_t)get_u16(at) << 16 | get_u16(at + 2);
}

/* A name that ends where the data ends. */
static enum gp_code last_name(struct dns_rdata data, size_t at, struct dns_name *ret)
{
    struct dns_name name;
    size_t used;
    if (data.len <= at || dns_name_from_wire(data.at + at, data.len - at, &name, &used) != GP_OK ||
        at + used != data.len)
        return GP_ERR_INPUT;
    *ret = name;
    return GP_OK;
}

enum gp_code dns_srv_decode(struct dns_rdata data, struct dns_srv *ret)
{
    struct dns_srv srv;
    if (last_name(data, 6, &srv.target) != GP_OK)
        return GP_ERR_INPUT;
    srv.priority = get_u16(data.at);
    srv.weight = get_u16(data.at + 2);
    srv.port = get_u16(data.at + 4);
    *ret = srv;
    return GP_OK;
}

enum gp_code dns_tlsa_decode(struct dns_rdata data, struct dns_tlsa *ret)
{
    if (data.len < 3)
        return GP_ERR_INPUT;
    *ret = (struct dns_tlsa){.usage = data.at[0],
                             .selector = data.at[1],
                             .matching = data.at[2],
                             .data_len = (uint16_t)(data.len - 3),
                             .data = data.at + 3};
    return GP_OK;
}

/* Flags, length of the tag, tag, value (RFC 8659, 4.1). */
enum gp_code dns_caa_decode(struct dns_rdata data, struct dns_caa *ret)
{
    if (data.len < 2 || data.at[1] == 0 || data.at[1] > data.len - 2)
        return GP_ERR_INPUT;
    size_t value_at = 2u + data.at[1];
    for (size_t i = 2; i < value_at; i++)
        if (!((data.at[i] >= '0' && data.at[i] <= '9') ||
              (data.at[i] >= 'a' && data.at[i] <= 'z') || (data.at[i] >= 'A' && data.at[i] <= 'Z')))
            return GP_ERR_INPUT;
    *ret = (struct dns_caa){.flags = data.at[0],
                            .tag = gp_span_make(data.at + 2, data.at[1]),
                            .value = gp_span_make(data.at + value_at, data.len - value_at)};
    return GP_OK;
}

enum gp_code dns_soa_decode(struct dns_rdata data, struct dns_soa *ret)
{
    struct dns_soa soa;
    size_t first, second;
    if (dns_name_from_wire(data.at, data.len, &soa.primary, &first) != GP_OK ||
        dns_name_from_wire(data.at + first, data.len - first, &soa.mailbox, &second) != GP_OK ||
        data.len - first - second != 20)
        return GP_ERR_INPUT;
    const uint8_t *numbers = data.at + first + second;
    soa.serial = get_u32(numbers);
    soa.refresh_s = get_u32(numbers + 4);
    soa.retry_s = get_u32(numbers + 8);
    soa.expire_s = get_u32(numbers + 12);
    soa.minimum_s = get_u32(numbers + 16);
    *ret = soa;
    return GP_OK;
}

enum gp_code dns_rrsig_decode(struct dns_rdata data, struct dns_rrsig *ret)
{
    if (data.len < 18)
        return GP_ERR_INPUT;
    *ret = (struct dns_rrsig){
        .covered = get_u16(data.at), .labels = data.at[3], .expiration = get_u32(data.at + 8)};
    return GP_OK;
}

int64_t dns_rrsig_time(uint32_t date, int64_t now_s)
{
    return now_s + (int32_t)(date - (uint32_t)now_s);
}

enum gp_code dns_host_decode(struct dns_rdata data, struct dns_name *ret)
{
    return last_name(data, 0, ret);
}

enum gp_code dns_addr_decode(enum dns_type type, struct dns_rdata data, struct gp_addr *ret)
{
    size_t len = type == DNS_TYPE_A ? 4 : 16;
    if ((type != DNS_TYPE_A && type != DNS_TYPE_AAAA) || data.len != len)
        return GP_ERR_INPUT;
    *ret = (struct gp_addr){.family = type == DNS_TYPE_A ? GP_IPV4 : GP_IPV6};
    memcpy(ret->bytes, data.at, len);
    return GP_OK;
}
