/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/ds.h"

#include "base/digest.h"

#define DS_HEAD     4      /* key tag, algorithm, digest type */
#define DNSKEY_HEAD 4      /* flags, protocol, algorithm */
#define FLAG_ZONE   0x0100 /* RFC 4034, 2.1.1 */
#define FLAG_REVOKE 0x0080
#define FLAG_SEP    0x0001
#define PROTOCOL    3
#define DS_SHA256   2
#define INPUT_MAX   (DNS_NAME_WIRE_MAX + UINT16_MAX)

static const struct {
    uint8_t type; /* of the digest, in a DS record */
    enum gp_digest digest;
} digests[] = {{1, GP_SHA1}, {DS_SHA256, GP_SHA256}, {4, GP_SHA384}};

static uint16_t get_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

/* RFC 4034, appendix B: a sum, not a digest. */
static uint16_t key_tag_of(struct dns_rdata data)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < data.len; i++)
        sum += i & 1 ? data.at[i] : (uint32_t)data.at[i] << 8;
    return (uint16_t)(sum + (sum >> 16));
}

enum gp_code dns_ds_decode(struct dns_rdata data, struct dns_ds *ret)
{
    if (data.len <= DS_HEAD)
        return GP_ERR_INPUT;
    *ret = (struct dns_ds){.key_tag = get_u16(data.at),
                           .algorithm = data.at[2],
                           .digest_type = data.at[3],
                           .digest_len = (uint16_t)(data.len - DS_HEAD),
                           .digest = data.at + DS_HEAD};
    return GP_OK;
}

enum gp_code dns_dnskey_decode(struct dns_rdata data, struct dns_dnskey *ret)
{
    if (data.len <= DNSKEY_HEAD || data.at[2] != PROTOCOL)
        return GP_ERR_INPUT;
    uint16_t flags = get_u16(data.at);
    *ret = (struct dns_dnskey){.flags = flags,
                               .key_tag = key_tag_of(data),
                               .algorithm = data.at[3],
                               .is_zone_key = (flags & FLAG_ZONE) && !(flags & FLAG_REVOKE),
                               .is_entry_point = (flags & FLAG_SEP) != 0};
    return GP_OK;
}

/* RFC 4034, 5.1.4: over the owner's name and the record's data. */
static bool digest_key(const struct dns_name *zone, struct dns_rdata dnskey, enum gp_digest kind,
                       uint8_t out[GP_DIGEST_MAX])
{
    struct gp_buf input;
    gp_buf_init(&input, INPUT_MAX);
    gp_buf_append(&input, zone->wire, zone->len);
    gp_buf_append(&input, dnskey.at, dnskey.len);
    bool is_whole = gp_buf_failed(&input) == GP_OK;
    if (is_whole)
        gp_digest(kind, gp_buf_span(&input).at, gp_buf_len(&input), out);
    gp_buf_finish(&input);
    return is_whole;
}

bool dns_ds_fits(const struct dns_name *zone, struct dns_rdata ds, struct dns_rdata dnskey)
{
    uint8_t digest[GP_DIGEST_MAX];
    struct dns_dnskey key;
    struct dns_ds want;
    if (dns_ds_decode(ds, &want) != GP_OK || dns_dnskey_decode(dnskey, &key) != GP_OK ||
        !key.is_zone_key || key.key_tag != want.key_tag || key.algorithm != want.algorithm)
        return false;
    for (size_t i = 0; i < GP_ARRAY_LEN(digests); i++)
        if (digests[i].type == want.digest_type)
            return want.digest_len == gp_digest_len(digests[i].digest) &&
                   digest_key(zone, dnskey, digests[i].digest, digest) &&
                   memcmp(digest, want.digest, want.digest_len) == 0;
    return true;
}

enum gp_code dns_ds_make(const struct dns_name *zone, struct dns_rdata dnskey,
                         uint8_t out[DNS_DS_LEN])
{
    uint8_t digest[GP_DIGEST_MAX];
    struct dns_dnskey key;
    if (dns_dnskey_decode(dnskey, &key) != GP_OK || !digest_key(zone, dnskey, GP_SHA256, digest))
        return GP_ERR_INPUT;
    out[0] = (uint8_t)(key.key_tag >> 8);
    out[1] = (uint8_t)key.key_tag;
    out[2] = key.algorithm;
    out[3] = DS_SHA256;
    memcpy(out + DS_HEAD, digest, DNS_DS_LEN - DS_HEAD);
    return GP_OK;
}
