/* SPDX-License-Identifier: BSD-2-Clause */
/* Records in presentation form, for reports. */
#include "dns/rr.h"

#include <inttypes.h>
#include <stdio.h>

static const struct {
    uint16_t type;
    const char *text;
} types[] = {
    {DNS_TYPE_A, "A"},           {DNS_TYPE_NS, "NS"},       {DNS_TYPE_CNAME, "CNAME"},
    {DNS_TYPE_SOA, "SOA"},       {DNS_TYPE_TXT, "TXT"},     {DNS_TYPE_AAAA, "AAAA"},
    {DNS_TYPE_SRV, "SRV"},       {DNS_TYPE_DNAME, "DNAME"}, {DNS_TYPE_OPT, "OPT"},
    {DNS_TYPE_DS, "DS"},         {DNS_TYPE_RRSIG, "RRSIG"}, {DNS_TYPE_NSEC, "NSEC"},
    {DNS_TYPE_DNSKEY, "DNSKEY"}, {DNS_TYPE_NSEC3, "NSEC3"}, {DNS_TYPE_TLSA, "TLSA"},
    {DNS_TYPE_CAA, "CAA"},
};

const char *dns_type_text(uint16_t type, char out[DNS_TYPE_TEXT_MAX])
{
    for (size_t i = 0; i < GP_ARRAY_LEN(types); i++)
        if (types[i].type == type) {
            snprintf(out, DNS_TYPE_TEXT_MAX, "%s", types[i].text);
            return out;
        }
    snprintf(out, DNS_TYPE_TEXT_MAX, "TYPE%u", type);
    return out;
}

const char *dns_rcode_text(uint16_t rcode, char out[DNS_RCODE_TEXT_MAX])
{
    static const char *const texts[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
                                        "NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET",
                                        "NXRRSET", "NOTAUTH", "NOTZONE"};
    if (rcode < GP_ARRAY_LEN(texts))
        snprintf(out, DNS_RCODE_TEXT_MAX, "%s", texts[rcode]);
    else
        snprintf(out, DNS_RCODE_TEXT_MAX, "RCODE%u", rcode);
    return out;
}

static void put_hex(struct gp_buf *out, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        gp_buf_append_char(out, digits[bytes[i] >> 4]);
        gp_buf_append_char(out, digits[bytes[i] & 15]);
    }
}

/* Absolute, so that it may be pasted into a zone. */
static void put_name(struct gp_buf *out, const struct dns_name *name)
{
    char text[DNS_NAME_TEXT_MAX];
    gp_buf_append_text(out, dns_name_text(name, text));
    if (!dns_name_is_root(name))
        gp_buf_append_char(out, '.');
}

/* A character string in quotes (RFC 1035, 5.1). */
static void put_quoted(struct gp_buf *out, const uint8_t *bytes, size_t len)
{
    gp_buf_append_char(out, '"');
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == '"' || bytes[i] == '\\')
            gp_buf_printf(out, "\\%c", bytes[i]);
        else if (bytes[i] < 0x20 || bytes[i] > 0x7e)
            gp_buf_printf(out, "\\%03u", bytes[i]);
        else
            gp_buf_append_char(out, (char)bytes[i]);
    }
    gp_buf_append_char(out, '"');
}

/* Each of these appends nothing and returns false when the data is not of its form. */

static bool put_addr(struct gp_buf *out, uint16_t type, struct dns_rdata data)
{
    struct gp_addr addr;
    char text[GP_ADDR_TEXT_MAX];
    if (dns_addr_decode((enum dns_type)type, data, &addr) != GP_OK)
        return false;
    gp_buf_append_text(out, gp_addr_text(&addr, text));
    return true;
}

static bool put_host(struct gp_buf *out, uint16_t type, struct dns_rdata data)
{
    struct dns_name name;
    (void)type;
    if (dns_host_decode(data, &name) != GP_OK)
        return false;
    put_name(out, &name);
    return true;
}

static bool put_srv(struct gp_buf *out, uint16_t type, struct dns_rdata data)
{
    struct dns_srv srv;
    (void)type;
    if (dns_srv_decode(data, &srv) != GP_OK)
        return false;
    gp_buf_printf(out, "%u %u %u ", srv.priority, srv.weight, srv.port);
    put_name(out, &srv.target);
    return true;
}

static bool put_soa(struct gp_buf *out, uint16_t type, struct dns_rdata data)
{
    struct dns_soa soa;
    (void)type;
    if (dns_soa_decode(data, &soa) != GP_OK)
        return false;
    put_name(out, &soa.primary);
    gp_buf_append_char(out, ' ');
    put_name(out, &soa.mailbox);
    gp_buf_printf(out, " %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32, soa.serial,
                  soa.refresh_s, soa.retry_s, soa.expire_s, soa.minimum_s);
    return true;
}

static bool put_tlsa(struct gp_buf *out, uint16_t type, struct dns_rdata data)
{
    struct dns_tlsa tlsa;
    (void)type;
    if (dns_tlsa_decode(data, &tlsa) != GP_OK || tlsa.data_len == 0)
        return false;
    gp_buf_printf(out, "%u %u %u ", tlsa.usage, tlsa.selector, tlsa.matching);
    put_hex(out, tlsa.data, tlsa.data_len);
    return true;
}

/* Key tag, algorithm, digest type, digest (RFC 4034, 5.3). */
static bool put_ds(struct gp_buf *out, uint16_t type, struct dns_rdata data)
{
    (void)type;
    if (data.len < 5)
        return false;
    gp_buf_printf(out, "%u %u %u ", data.at[0] << 8 | data.at[1], data.at[2], data.at[3]);
    put_hex(out, data.at + 4, data.len - 4u);
    return true;
}

static bool put_txt(struct gp_buf *out, uint16_t type, struct dns_rdata data)
{
    (void)type;
    if (data.len == 0)
        return false;
    for (size_t at = 0; at < data.len; at += 1u + data.at[at])
        if (data.at[at] > data.len - at - 1)
            return false;
    for (size_t at = 0; at < data.len; at += 1u + data.at[at]) {
        if (at > 0)
            gp_buf_append_char(out, ' ');
        put_quoted(out, data.at + at + 1, data.at[at]);
    }
    return true;
}

static bool put_caa(struct gp_buf *out, uint16_t type, struct dns_rdata data)
{
    struct dns_caa caa;
    (void)type;
    if (dns_caa_decode(data, &caa) != GP_OK)
        return false;
    gp_buf_printf(out, "%u %.*s ", caa.flags, GP_SPAN_ARG(caa.tag));
    put_quoted(out, (const uint8_t *)caa.value.at, caa.value.len);
    return true;
}

static const struct {
    uint16_t type;
    bool (*put)(struct gp_buf *out, uint16_t type, struct dns_rdata data);
} forms[] = {
    {DNS_TYPE_A, put_addr},     {DNS_TYPE_AAAA, put_addr},  {DNS_TYPE_NS, put_host},
    {DNS_TYPE_CNAME, put_host}, {DNS_TYPE_DNAME, put_host}, {DNS_TYPE_SOA, put_soa},
    {DNS_TYPE_SRV, put_srv},    {DNS_TYPE_TLSA, put_tlsa},  {DNS_TYPE_DS, put_ds},
    {DNS_TYPE_TXT, put_txt},    {DNS_TYPE_CAA, put_caa},
};

void dns_rdata_text(struct gp_buf *out, uint16_t type, struct dns_rdata data)
{
    for (size_t i = 0; i < GP_ARRAY_LEN(forms); i++)
        if (forms[i].type == type && forms[i].put(out, type, data))
            return;
    gp_buf_printf(out, "\\# %u", data.len); /* RFC 3597, 5 */
    if (data.len > 0)
        gp_buf_append_char(out, ' ');
    put_hex(out, data.at, data.len);
}
