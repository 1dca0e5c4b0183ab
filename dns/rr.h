/* SPDX-License-Identifier: BSD-2-Clause */
/* Typed views of record data. Names inside are uncompressed; whoever parses a packet sees to that.
 */
#ifndef GP_DNS_RR_H
#define GP_DNS_RR_H

#include "base/addr.h"
#include "base/buf.h"
#include "base/span.h"
#include "dns/name.h"

enum dns_type {
    DNS_TYPE_A = 1,
    DNS_TYPE_NS = 2,
    DNS_TYPE_CNAME = 5,
    DNS_TYPE_SOA = 6,
    DNS_TYPE_TXT = 16,
    DNS_TYPE_AAAA = 28,
    DNS_TYPE_SRV = 33,
    DNS_TYPE_DNAME = 39,
    DNS_TYPE_OPT = 41,
    DNS_TYPE_DS = 43,
    DNS_TYPE_RRSIG = 46,
    DNS_TYPE_NSEC = 47,
    DNS_TYPE_DNSKEY = 48,
    DNS_TYPE_NSEC3 = 50,
    DNS_TYPE_TLSA = 52,
    DNS_TYPE_CAA = 257
};

/* A record set as a key of a gp_map; the span borrows from *key, which is filled. */
struct dns_set_key {
    char bytes[2 + DNS_NAME_WIRE_MAX];
};
struct gp_span dns_set_key(struct dns_set_key *key, const struct dns_name *owner,
                           enum dns_type type);

/* Data of one record, borrowed from whatever holds it. */
struct dns_rdata {
    const uint8_t *at;
    uint16_t len;
};

struct dns_srv {
    uint16_t priority, weight, port;
    struct dns_name target; /* the root means "no such service" (RFC 2782) */
};

#define DNS_TLSA_DATA_MAX 4096 /* full certificates; longer ones make the record unusable */

/* RFC 6698, 2.1; the names of the fields are those of RFC 7218. */
struct dns_tlsa {
    uint8_t usage;    /* 0 PKIX-TA, 1 PKIX-EE, 2 DANE-TA, 3 DANE-EE */
    uint8_t selector; /* 0 Cert, 1 SPKI */
    uint8_t matching; /* 0 Full, 1 SHA2-256, 2 SHA2-512 */
    uint16_t data_len;
    const uint8_t *data; /* borrowed from the record */
};

/* Which authorities may issue certificates for a name (RFC 8659, 4.1); borrowed from the record. */
struct dns_caa {
    uint8_t flags;
    struct gp_span tag; /* letters and digits */
    struct gp_span value;
};

struct dns_soa {
    struct dns_name primary, mailbox;
    uint32_t serial, refresh_s, retry_s, expire_s, minimum_s;
};

/* RFC 4034, 3.1, as far as it is needed. */
struct dns_rrsig {
    uint16_t covered;    /* type of the records that it signs */
    uint8_t labels;      /* of the owner that was signed; fewer than of the name that was asked: a
                            wildcard stood for it (RFC 4034, 3.1.3) */
    uint32_t expiration; /* seconds, modulo 2^32: see dns_rrsig_time() */
};

/* Each of these: GP_ERR_INPUT when the data is not of the type's form; *ret is untouched then. */
GP_MUST_USE enum gp_code dns_srv_decode(struct dns_rdata data, struct dns_srv *ret);
GP_MUST_USE enum gp_code dns_tlsa_decode(struct dns_rdata data, struct dns_tlsa *ret);
GP_MUST_USE enum gp_code dns_caa_decode(struct dns_rdata data, struct dns_caa *ret);
GP_MUST_USE enum gp_code dns_soa_decode(struct dns_rdata data, struct dns_soa *ret);
GP_MUST_USE enum gp_code dns_rrsig_decode(struct dns_rdata data, struct dns_rrsig *ret);
GP_MUST_USE enum gp_code dns_host_decode(struct dns_rdata data,
                                         struct dns_name *ret); /* NS, CNAME, DNAME */
GP_MUST_USE enum gp_code dns_addr_decode(enum dns_type type, struct dns_rdata data,
                                         struct gp_addr *ret); /* A, AAAA; port 0 */

/* Wall seconds of a signature's date, which is the one closest to now_s (RFC 4034, 3.1.5). */
int64_t dns_rrsig_time(uint32_t date, int64_t now_s);

/* "SRV", "TLSA", ... or "TYPE12345" (RFC 3597, 5); returns out. */
#define DNS_TYPE_TEXT_MAX 12
const char *dns_type_text(uint16_t type, char out[DNS_TYPE_TEXT_MAX]);

/* Those that something depends on (RFC 1035, 4.1.1). */
enum dns_rcode {
    DNS_RCODE_NOERROR = 0,
    DNS_RCODE_SERVFAIL = 2,
    DNS_RCODE_NXDOMAIN = 3,
    DNS_RCODE_REFUSED = 5
};

/* "SERVFAIL", "REFUSED", ... or "RCODE99"; returns out. */
#define DNS_RCODE_TEXT_MAX 12
const char *dns_rcode_text(uint16_t rcode, char out[DNS_RCODE_TEXT_MAX]);

/* Appends the data in presentation form, "10 5 5269 gw1.alpha.example."; unknown or malformed data
 * as RFC 3597 has it. */
void dns_rdata_text(struct gp_buf *out, uint16_t type, struct dns_rdata data);

#endif
