/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a delegation signer record fits a key of the zone below it (RFC 4034, 2 and 5). Pure;
 * validating is the resolver's. */
#ifndef GP_DNS_DS_H
#define GP_DNS_DS_H

#include "dns/rr.h"

struct dns_ds {
    uint16_t key_tag;
    uint8_t algorithm, digest_type;
    uint16_t digest_len;
    const uint8_t *digest; /* borrowed from the record */
};

struct dns_dnskey {
    uint16_t flags, key_tag;
    uint8_t algorithm;
    bool is_zone_key;    /* it may sign the zone at all, and is not revoked (RFC 5011, 7) */
    bool is_entry_point; /* it is meant to be what a DS record names */
};

/* Each of these: GP_ERR_INPUT when the data is not of the type's form; *ret is untouched then. */
GP_MUST_USE enum gp_code dns_ds_decode(struct dns_rdata data, struct dns_ds *ret);
GP_MUST_USE enum gp_code dns_dnskey_decode(struct dns_rdata data, struct dns_dnskey *ret);

/* Whether ds names this DNSKEY record of the zone. With a digest that is not known here, key tag
 * and algorithm decide. False when either is malformed. */
bool dns_ds_fits(const struct dns_name *zone, struct dns_rdata ds, struct dns_rdata dnskey);

/* The data of the DS record with SHA-256 for a DNSKEY record. Errors: GP_ERR_INPUT (malformed). */
#define DNS_DS_LEN 36
GP_MUST_USE enum gp_code dns_ds_make(const struct dns_name *zone, struct dns_rdata dnskey,
                                     uint8_t out[DNS_DS_LEN]);

#endif
