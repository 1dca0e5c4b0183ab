/* SPDX-License-Identifier: BSD-2-Clause */
/* DS records and the keys they name; the records were made by ldns. */
#include "tests/unit/unit.h"

#include "dns/ds.h"

#include <string.h>

static const uint8_t key[] = {
    0x01, 0x01, 0x03, 0x0d, 0x84, 0xf4, 0xab, 0x13, 0xd3, 0x9e, 0x51, 0x7b, 0x55, 0xfa,
    0x43, 0x81, 0x95, 0x35, 0x6a, 0x85, 0xe5, 0x9b, 0x29, 0xcc, 0x5f, 0x5d, 0x90, 0x84,
    0x4e, 0xa0, 0x94, 0x5e, 0xd6, 0xcd, 0xe0, 0xfb, 0x73, 0xde, 0xa6, 0xdd, 0x99, 0x40,
    0x88, 0x5a, 0xd3, 0x07, 0xbf, 0x02, 0x50, 0xcc, 0x0c, 0x69, 0x2a, 0x7b, 0x77, 0x40,
    0x6e, 0x76, 0x29, 0xf7, 0xe8, 0x35, 0xaf, 0x47, 0xa5, 0x34, 0xed, 0xf0};
static const uint8_t sha1[] = {0x1c, 0xdd, 0x0d, 0x01, 0x31, 0x28, 0xd0, 0xe1,
                               0x90, 0x97, 0xbb, 0x1c, 0x00, 0x96, 0x5b, 0x61,
                               0x72, 0xac, 0x33, 0xaa, 0x4b, 0x15, 0x48, 0x69};
static const uint8_t sha256[] = {0x1c, 0xdd, 0x0d, 0x02, 0xfd, 0xac, 0xaf, 0xa9, 0xfa,
                                 0x1f, 0xc7, 0x78, 0xe0, 0xea, 0x85, 0xf2, 0x7e, 0xa5,
                                 0xd6, 0x65, 0x65, 0x13, 0xb9, 0x63, 0x67, 0xdc, 0x90,
                                 0x30, 0x70, 0x26, 0x1c, 0xac, 0xa8, 0x03, 0x17, 0x25};
static const uint8_t sha384[] = {0x1c, 0xdd, 0x0d, 0x04, 0x2d, 0x7e, 0x28, 0xb9, 0xb3, 0x65, 0x29,
                                 0xc9, 0xd0, 0x6b, 0x98, 0x08, 0xd6, 0xc2, 0x16, 0xd2, 0x55, 0x12,
                                 0x49, 0xb2, 0xac, 0xe7, 0x80, 0x50, 0xd1, 0x90, 0xdb, 0x13, 0x6d,
                                 0xb8, 0x1e, 0xae, 0x4d, 0xef, 0x27, 0xae, 0x4b, 0x0f, 0xb2, 0xe0,
                                 0x50, 0x5a, 0x58, 0x7d, 0xb1, 0x51, 0x25, 0x29};

#define DATA(bytes) ((struct dns_rdata){.at = (bytes), .len = sizeof(bytes)})

static struct dns_name zone_of(const char *text)
{
    struct dns_name name;
    assert_int_equal(dns_name_from_text(text, &name), GP_OK);
    return name;
}

static void a_key_has_a_tag(void **state)
{
    (void)state;
    struct dns_dnskey dnskey = {0};
    for (uint16_t len = 0; len <= 4; len++)
        assert_int_equal(dns_dnskey_decode((struct dns_rdata){key, len}, &dnskey), GP_ERR_INPUT);
    assert_int_equal(dns_dnskey_decode(DATA(key), &dnskey), GP_OK);
    assert_int_equal(dnskey.key_tag, 7389);
    assert_int_equal(dnskey.algorithm, 13);
    assert_true(dnskey.is_zone_key && dnskey.is_entry_point);
    uint8_t other[sizeof(key)];
    memcpy(other, key, sizeof(key));
    other[1] |= 0x80; /* revoked */
    assert_int_equal(dns_dnskey_decode(DATA(other), &dnskey), GP_OK);
    assert_false(dnskey.is_zone_key);
    other[2] = 2; /* no DNSSEC key at all */
    assert_int_equal(dns_dnskey_decode(DATA(other), &dnskey), GP_ERR_INPUT);
}

static void each_digest_fits(void **state)
{
    (void)state;
    const struct dns_rdata good[] = {DATA(sha1), DATA(sha256), DATA(sha384)};
    struct dns_name zone = zone_of("alpha.example"), other = zone_of("beta.example");
    for (size_t i = 0; i < GP_ARRAY_LEN(good); i++) {
        uint8_t bytes[64];
        assert_true(dns_ds_fits(&zone, good[i], DATA(key)));
        assert_false(dns_ds_fits(&other, good[i], DATA(key)));
        for (uint16_t len = 0; len < good[i].len; len++)
            assert_false(dns_ds_fits(&zone, (struct dns_rdata){good[i].at, len}, DATA(key)));
        for (size_t at = 0; at < good[i].len; at++) {
            memcpy(bytes, good[i].at, good[i].len);
            bytes[at] ^= 1;
            if (at == 3) /* another digest, whose length is wrong or which nobody knows */
                continue;
            assert_false(dns_ds_fits(&zone, (struct dns_rdata){bytes, good[i].len}, DATA(key)));
        }
    }
}

/* Of a digest to come only key tag and algorithm can be compared. */
static void an_unknown_digest_is_no_contradiction(void **state)
{
    (void)state;
    uint8_t ds[] = {7389 >> 8, 7389 & 255, 13, 99, 1};
    struct dns_name zone = zone_of("alpha.example");
    assert_true(dns_ds_fits(&zone, DATA(ds), DATA(key)));
    ds[2] = 8;
    assert_false(dns_ds_fits(&zone, DATA(ds), DATA(key)));
}

static void a_ds_is_made(void **state)
{
    (void)state;
    uint8_t made[DNS_DS_LEN];
    struct dns_name zone = zone_of("ALPHA.example.");
    assert_int_equal(dns_ds_make(&zone, DATA(key), made), GP_OK);
    assert_memory_equal(made, sha256, sizeof(made));
    assert_int_equal(dns_ds_make(&zone, (struct dns_rdata){key, 3}, made), GP_ERR_INPUT);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_has_a_tag),
        cmocka_unit_test(each_digest_fits),
        cmocka_unit_test(an_unknown_digest_is_no_contradiction),
        cmocka_unit_test(a_ds_is_made),
    };
    return cmocka_run_group_tests_name("dns_ds", tests, NULL, NULL);
}
