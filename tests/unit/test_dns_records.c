/* SPDX-License-Identifier: BSD-2-Clause */
/* Record data, answers, which TLSA records count. */
#include "tests/unit/unit.h"

#include "dns/ds.h"
#include "dns/tlsa.h"

#include <stdio.h>
#include <stdlib.h>

#define WIRE(text)   (const uint8_t *)(text), sizeof(text) - 1
#define TYPE_UNKNOWN 65280
#define ZEROS_32                       \
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" \
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

static struct dns_name name_of(const char *text)
{
    struct dns_name name;
    if (dns_name_from_text(text, &name) != GP_OK)
        fail_msg("'%s' is no name", text);
    return name;
}

static void data_has_a_text(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint16_t type;
        const uint8_t *at;
        size_t len;
        const char *expected;
    } rows[] = {
        {"A", DNS_TYPE_A, WIRE("\xc0\0\2\1"), "192.0.2.1"},
        {"A of five octets", DNS_TYPE_A, WIRE("\xc0\0\2\1\0"), "\\# 5 c000020100"},
        {"AAAA", DNS_TYPE_AAAA, WIRE("\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1"), "2001:db8::1"},
        {"NS", DNS_TYPE_NS, WIRE("\3ns1\7example\0"), "ns1.example."},
        {"CNAME to the root", DNS_TYPE_CNAME, WIRE("\0"), "."},
        {"NS with more behind", DNS_TYPE_NS, WIRE("\1a\0x"), "\\# 4 01610078"},
        {"SRV", DNS_TYPE_SRV, WIRE("\0\xa\0\5\x14\x95\3gw1\7example\0"), "10 5 5269 gw1.example."},
        {"SRV that denies", DNS_TYPE_SRV, WIRE("\0\0\0\0\0\0\0"), "0 0 0 ."},
        {"SRV without target", DNS_TYPE_SRV, WIRE("\0\0\0\0\0\0"), "\\# 6 000000000000"},
        {"SOA", DNS_TYPE_SOA, WIRE("\1n\0\1h\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"),
         "n. h. 1 2 3 4 5"},
        {"SOA cut short", DNS_TYPE_SOA, WIRE("\0\0\0\0\0\1"), "\\# 6 000000000001"},
        {"TLSA", DNS_TYPE_TLSA, WIRE("\3\1\1\xab\xcd"), "3 1 1 abcd"},
        {"TLSA without data", DNS_TYPE_TLSA, WIRE("\3\1\1"), "\\# 3 030101"},
        {"DS", DNS_TYPE_DS, WIRE("\x30\x39\xd\2\xff"), "12345 13 2 ff"},
        {"TXT", DNS_TYPE_TXT, WIRE("\3a\"b\1\n"), "\"a\\\"b\" \"\\010\""},
        {"TXT of nothing", DNS_TYPE_TXT, WIRE("\0"), "\"\""},
        {"TXT too short", DNS_TYPE_TXT, WIRE("\3ab"), "\\# 3 036162"},
        {"CAA", DNS_TYPE_CAA, WIRE("\0\5issueca.example"), "0 issue \"ca.example\""},
        {"CAA with a tag of controls", DNS_TYPE_CAA, WIRE("\0\1\nx"), "\\# 4 00010a78"},
        {"unknown", TYPE_UNKNOWN, WIRE("\1\2"), "\\# 2 0102"},
        {"unknown and empty", TYPE_UNKNOWN, NULL, 0, "\\# 0"},
        {"no data at all", DNS_TYPE_SRV, NULL, 0, "\\# 0"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        /* every prefix must have some text; the whole must have the right one */
        for (size_t len = 0; len <= rows[i].len; len++) {
            struct gp_buf out;
            uint8_t *exact = malloc(len + 1);
            if (len > 0)
                memcpy(exact, rows[i].at, len);
            gp_buf_init(&out, 10000);
            dns_rdata_text(&out, rows[i].type, (struct dns_rdata){exact, (uint16_t)len});
            assert_true(gp_buf_len(&out) > 0);
            if (len == rows[i].len && strcmp(gp_buf_text(&out), rows[i].expected) != 0)
                fail_msg("%s: %s", rows[i].name, gp_buf_text(&out));
            gp_buf_finish(&out);
            free(exact);
        }
    }
}

static void signatures_have_an_end(void **state)
{
    (void)state;
    /* A for 3600 s, from 2026-03-01 to 2026-04-01, by key 7 of "a." */
    static const uint8_t data[] = {0,    1,    13,   2,    0, 0, 14, 16, 0x69, 0xcc, 0x60,
                                   0x80, 0x69, 0xa3, 0x82, 0, 0, 7,  1,  'a',  0};
    struct dns_rrsig rrsig;
    for (uint16_t len = 0; len < 18; len++)
        assert_int_equal(dns_rrsig_decode((struct dns_rdata){data, len}, &rrsig), GP_ERR_INPUT);
    assert_int_equal(dns_rrsig_decode((struct dns_rdata){data, sizeof(data)}, &rrsig), GP_OK);
    assert_int_equal(rrsig.covered, DNS_TYPE_A);
    assert_int_equal(dns_rrsig_time(rrsig.expiration, 1772323200), 1775001728);
    /* RFC 4034, 3.1.5: dates go on after 2106 */
    assert_int_equal(dns_rrsig_time(5, INT64_C(0x100000000) - 10), INT64_C(0x100000005));
    assert_int_equal(dns_rrsig_time(UINT32_MAX, INT64_C(0x100000005)), UINT32_MAX);
}

static void numbers_have_names(void **state)
{
    (void)state;
    char type[DNS_TYPE_TEXT_MAX], rcode[DNS_RCODE_TEXT_MAX], params[DNS_TLSA_TEXT_MAX];
    assert_string_equal(dns_type_text(DNS_TYPE_SRV, type), "SRV");
    assert_string_equal(dns_type_text(65535, type), "TYPE65535");
    assert_string_equal(dns_rcode_text(2, rcode), "SERVFAIL");
    assert_string_equal(dns_rcode_text(65535, rcode), "RCODE65535");
    assert_string_equal(
        dns_tlsa_params_text(&(struct dns_tlsa){.usage = 3, .selector = 1, .matching = 1}, params),
        "3 1 1 (DANE-EE SPKI SHA2-256)");
    assert_string_equal(
        dns_tlsa_params_text(&(struct dns_tlsa){.usage = 255, .selector = 1, .matching = 255},
                             params),
        "255 1 255");
}

static void failures_are_said_in_words(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint16_t type;
        enum dns_security security;
        const char *reason;
        const char *expected;
    } rows[] = {
        {"_xmpp-server._tcp.beta.example", DNS_TYPE_SRV, DNS_BOGUS, "signature expired",
         "_xmpp-server._tcp.beta.example is bogus (signature expired)"},
        {"gw1.beta.example", DNS_TYPE_AAAA, DNS_BOGUS, "no keys",
         "the AAAA record of gw1.beta.example is bogus (no keys)"},
        {"gw1.beta.example", DNS_TYPE_A, DNS_INSECURE, "no usable answer within 10.0 s",
         "the A lookup of gw1.beta.example failed (no usable answer within 10.0 s)"},
        {"_5269._tcp.gw1.beta.example", DNS_TYPE_TLSA, DNS_INSECURE, "a\x1b[31m\nb",
         "the TLSA lookup of _5269._tcp.gw1.beta.example failed (a\\x1b[31m\\x0ab)"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct dns_name name = name_of(rows[i].name);
        char text[DNS_FAILURE_TEXT_MAX];
        struct dns_answer *answer = dns_answer_create(
            &name, rows[i].type, DNS_FAILED, rows[i].security, NULL, NULL, 0, rows[i].reason);
        assert_string_equal(dns_answer_failure_text(answer, text), rows[i].expected);
        dns_answer_destroy(answer);
    }
    assert_string_equal(dns_outcome_text(DNS_NO_NAME), "no such name");
    assert_string_equal(dns_security_text(DNS_BOGUS), "bogus");
}

/* TLSA. */

static void tlsa_records_are_judged(void **state)
{
    (void)state;
#define SHA256 ZEROS_32
#define SHA512 ZEROS_32 ZEROS_32
    static const struct {
        const char *name;
        enum dns_outcome outcome;
        enum dns_security security;
        struct dns_rdata records[4];
        size_t count;
        enum dns_tlsa_state expected;
        const char *usable; /* the parameters that are left */
    } rows[] = {
        {"one", DNS_RECORDS, DNS_SECURE, {{WIRE("\3\1\1" SHA256)}}, 1, DNS_TLSA_USABLE, "311 "},
        {"trust anchor",
         DNS_RECORDS,
         DNS_SECURE,
         {{WIRE("\2\0\1" SHA256)}},
         1,
         DNS_TLSA_USABLE,
         "201 "},
        {"several, all usable",
         DNS_RECORDS,
         DNS_SECURE,
         {{WIRE("\3\1\1" SHA256)}, {WIRE("\3\1\1" ZEROS_32)}, {WIRE("\2\1\2" SHA512)}},
         3,
         DNS_TLSA_USABLE,
         "311 311 212 "},
        {"the strongest digest of each kind (RFC 7671, 9)",
         DNS_RECORDS,
         DNS_SECURE,
         {{WIRE("\3\1\1" SHA256)},
          {WIRE("\3\1\2" SHA512)},
          {WIRE("\3\0\1" SHA256)},
          {WIRE("\3\1\0x")}},
         4,
         DNS_TLSA_USABLE,
         "312 301 310 "},
        {"a strong digest of the wrong length displaces nothing",
         DNS_RECORDS,
         DNS_SECURE,
         {{WIRE("\3\1\2" SHA256)}, {WIRE("\3\1\1" SHA256)}},
         2,
         DNS_TLSA_USABLE,
         "311 "},
        {"unusable beside usable",
         DNS_RECORDS,
         DNS_SECURE,
         {{WIRE("\1\1\1" SHA256)}, {WIRE("\3\1\1" SHA256)}},
         2,
         DNS_TLSA_USABLE,
         "311 "},
        {"PKIX usages (C7)",
         DNS_RECORDS,
         DNS_SECURE,
         {{WIRE("\0\1\1" SHA256)}, {WIRE("\1\1\1" SHA256)}},
         2,
         DNS_TLSA_UNUSABLE,
         ""},
        {"unknown usage",
         DNS_RECORDS,
         DNS_SECURE,
         {{WIRE("\4\1\1" SHA256)}},
         1,
         DNS_TLSA_UNUSABLE,
         ""},
        {"unknown selector",
         DNS_RECORDS,
         DNS_SECURE,
         {{WIRE("\3\2\1" SHA256)}},
         1,
         DNS_TLSA_UNUSABLE,
         ""},
        {"unknown matching type",
         DNS_RECORDS,
         DNS_SECURE,
         {{WIRE("\3\1\3" SHA256)}},
         1,
         DNS_TLSA_UNUSABLE,
         ""},
        {"wrong length",
         DNS_RECORDS,
         DNS_SECURE,
         {{WIRE("\3\1\1" SHA512)}},
         1,
         DNS_TLSA_UNUSABLE,
         ""},
        {"full, empty", DNS_RECORDS, DNS_SECURE, {{WIRE("\3\1\0")}}, 1, DNS_TLSA_UNUSABLE, ""},
        {"too short", DNS_RECORDS, DNS_SECURE, {{WIRE("\3\1")}}, 1, DNS_TLSA_UNUSABLE, ""},
        {"insecure", DNS_RECORDS, DNS_INSECURE, {{WIRE("\3\1\1" SHA256)}}, 1, DNS_TLSA_NONE, ""},
        {"secure denial", DNS_NO_NAME, DNS_SECURE, {{NULL, 0}}, 0, DNS_TLSA_NONE, ""},
        {"insecure denial", DNS_NO_DATA, DNS_INSECURE, {{NULL, 0}}, 0, DNS_TLSA_NONE, ""},
        {"failed", DNS_FAILED, DNS_INSECURE, {{NULL, 0}}, 0, DNS_TLSA_FAILED, ""},
        {"bogus", DNS_FAILED, DNS_BOGUS, {{NULL, 0}}, 0, DNS_TLSA_FAILED, ""},
    };
    struct dns_name name = name_of("_5269._tcp.gw1.beta.example");
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct dns_tlsa set[4];
        char left[32] = "";
        size_t count = 99, used = 0;
        struct dns_answer *answer = dns_answer_create(
            &name, DNS_TYPE_TLSA, rows[i].outcome, rows[i].security, NULL, rows[i].records,
            rows[i].count, rows[i].outcome == DNS_FAILED ? "reason" : NULL);
        enum dns_tlsa_state judged = dns_tlsa_judge(answer, set, GP_ARRAY_LEN(set), &count);
        for (size_t k = 0; k < count && used < sizeof(left); k++)
            used += (size_t)snprintf(left + used, sizeof(left) - used, "%u%u%u ", set[k].usage,
                                     set[k].selector, set[k].matching);
        if (judged != rows[i].expected || strcmp(left, rows[i].usable) != 0)
            fail_msg("%s: state %d, '%s'", rows[i].name, judged, left);
        dns_answer_destroy(answer);
    }
}

static void the_set_of_tlsa_records_is_bounded(void **state)
{
    (void)state;
    struct dns_rdata records[20];
    struct dns_tlsa set[16];
    struct dns_name name = name_of("_5269._tcp.gw1.beta.example");
    uint8_t full[3 + DNS_TLSA_DATA_MAX + 1] = {3};
    size_t count;
    for (size_t i = 0; i < GP_ARRAY_LEN(records); i++)
        records[i] = (struct dns_rdata){WIRE("\3\1\1" ZEROS_32)};
    struct dns_answer *answer = dns_answer_create(&name, DNS_TYPE_TLSA, DNS_RECORDS, DNS_SECURE,
                                                  NULL, records, GP_ARRAY_LEN(records), NULL);
    assert_int_equal(dns_tlsa_judge(answer, set, GP_ARRAY_LEN(set), &count), DNS_TLSA_USABLE);
    assert_int_equal(count, GP_ARRAY_LEN(set));
    dns_answer_destroy(answer);

    records[0] = (struct dns_rdata){full, sizeof(full) - 1};
    records[1] = (struct dns_rdata){full, sizeof(full)};
    answer =
        dns_answer_create(&name, DNS_TYPE_TLSA, DNS_RECORDS, DNS_SECURE, NULL, records, 2, NULL);
    assert_int_equal(dns_tlsa_judge(answer, set, GP_ARRAY_LEN(set), &count), DNS_TLSA_USABLE);
    assert_int_equal(count, 1);
    assert_int_equal(set[0].data_len, DNS_TLSA_DATA_MAX);
    dns_answer_destroy(answer);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_has_a_text),
        cmocka_unit_test(signatures_have_an_end),
        cmocka_unit_test(numbers_have_names),
        cmocka_unit_test(failures_are_said_in_words),
        cmocka_unit_test(tlsa_records_are_judged),
        cmocka_unit_test(the_set_of_tlsa_records_is_bounded),
    };
    return cmocka_run_group_tests_name("dns_records", tests, NULL, NULL);
}
