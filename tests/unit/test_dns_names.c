/* SPDX-License-Identifier: BSD-2-Clause */
/* Domains as XMPP names them, and names as DNS has them. */
#include "tests/unit/unit.h"

#include "base/text.h"
#include "dns/name.h"

#include <stdio.h>
#include <stdlib.h>

#define LABEL_63    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LABEL_61    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define NAME_253    LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_61
#define OCTETS_1023 NAME_253 NAME_253 NAME_253 NAME_253 "aaaaaaaaaaa"

static void domains_become_one_form(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *input;
        const char *expected; /* NULL: refused */
    } rows[] = {
        {"plain", "beta.example", "beta.example"},
        {"upper case", "BETA.Example", "beta.example"},
        {"trailing dot", "beta.example.", "beta.example"},
        {"one label", "localhost", "localhost"},
        {"U-labels", "bücher.example", "xn--bcher-kva.example"},
        {"U-labels in upper case", "BÜCHER.example", "xn--bcher-kva.example"},
        {"decomposed",
         "bu\xcc\x88"
         "cher.example",
         "xn--bcher-kva.example"},
        {"A-labels", "xn--bcher-kva.example", "xn--bcher-kva.example"},
        {"A-labels in upper case", "XN--BCHER-KVA.example", "xn--bcher-kva.example"},
        {"sharp s is a letter of its own", "faß.example", "xn--fa-hia.example"},
        {"full width", "ｂｅｔａ．example", "beta.example"},
        {"ideographic full stop", "beta。example。", "beta.example"},
        {"hyphens inside", "a-b--c.example", "a-b--c.example"},
        {"digits first", "4u.example", "4u.example"},
        {"longest label", LABEL_63 ".example", LABEL_63 ".example"},
        {"longest name", NAME_253, NAME_253},
        {"empty", "", NULL},
        {"root", ".", NULL},
        {"two trailing dots", "beta.example..", NULL},
        {"empty label", "beta..example", NULL},
        {"leading dot", ".example", NULL},
        {"label of 64", LABEL_63 "a.example", NULL},
        {"name of 254", NAME_253 "a", NULL},
        {"1024 octets", OCTETS_1023 "a", NULL},
        {"underscore", "_xmpp-server._tcp.example", NULL},
        {"space", "beta example", NULL},
        {"zone text (T72)", "beta.example\n@ A 192.0.2.1", NULL},
        {"comment (T72)", "beta.example;", NULL},
        {"wildcard", "*.example", NULL},
        {"slash", "beta.example/x", NULL},
        {"hyphen first", "-beta.example", NULL},
        {"hyphen last", "beta-.example", NULL},
        {"two hyphens in third place", "ab--c.example", NULL},
        {"not Punycode", "xn--zz--.example", NULL},
        {"A-label of a symbol", "xn--n3h.example", NULL},
        {"A-label of plain letters", "xn--fass-.example", NULL},
        {"symbol", "☃.example", NULL},
        {"joiner out of place",
         "a\xe2\x80\x8d"
         "b.example",
         NULL},
        {"digits from right to left", "١٢٣.example", NULL},
        {"not UTF-8", "beta\xff.example", NULL},
        {"IPv4", "192.0.2.1", NULL},
        {"short IPv4", "127.1", NULL},
        {"full width IPv4", "１９２.0.2.1", NULL},
        {"IPv6", "2001:db8::1", NULL},
        {"IPv6 in brackets", "[2001:db8::1]", NULL},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct dns_domain domain = {"untouched"}, again;
        struct gp_err err = {0};
        enum gp_code code = dns_domain_from_text(gp_span_text(rows[i].input), &domain, &err);
        if (code != (rows[i].expected ? GP_OK : GP_ERR_INPUT) ||
            strcmp(domain.ascii, rows[i].expected ? rows[i].expected : "untouched") != 0)
            fail_msg("%s: code %d, '%s'", rows[i].name, code, domain.ascii);
        if (code != GP_OK) {
            if (err.text[0] == '\0' || !gp_text_is_utf8(gp_span_text(err.text)))
                fail_msg("%s: no sentence", rows[i].name);
            continue;
        }
        /* once normalised it stays as it is, and so does what goes on the wire in XMPP */
        char unicode[DNS_DOMAIN_UNICODE_MAX];
        assert_int_equal(dns_domain_from_text(gp_span_text(domain.ascii), &again, NULL), GP_OK);
        assert_true(dns_domain_equal(&domain, &again));
        dns_domain_unicode(&domain, unicode);
        assert_int_equal(dns_domain_from_text(gp_span_text(unicode), &again, NULL), GP_OK);
        assert_true(dns_domain_equal(&domain, &again));
    }
}

static void addresses_are_called_what_they_are(void **state)
{
    (void)state;
    static const char *const inputs[] = {"192.0.2.1", "2001:db8::1", "[2001:db8::1]", "127.1"};
    for (size_t i = 0; i < GP_ARRAY_LEN(inputs); i++) {
        struct dns_domain domain;
        struct gp_err err = {0};
        assert_int_equal(dns_domain_from_text(gp_span_text(inputs[i]), &domain, &err),
                         GP_ERR_INPUT);
        assert_non_null(strstr(err.text, "is an IP address"));
    }
}

static void domains_of_every_prefix_are_told_apart_safely(void **state)
{
    (void)state;
    static const char *const inputs[] = {"bücher.example.", "xn--bcher-kva.example",
                                         "[2001:db8::1]", "faß。１２.example"};
    for (size_t i = 0; i < GP_ARRAY_LEN(inputs); i++)
        for (size_t len = 0; len <= strlen(inputs[i]); len++) {
            struct dns_domain domain = {""};
            char *exact = malloc(len + 1); /* so that a sanitizer sees any step too far */
            memcpy(exact, inputs[i], len);
            if (dns_domain_from_text(gp_span_make(exact, len), &domain, NULL) == GP_OK)
                assert_true(dns_domain_is_set(&domain));
            free(exact);
        }
    struct dns_domain domain;
    assert_int_equal(dns_domain_from_text(gp_span_make("a\0b.example", 11), &domain, NULL),
                     GP_ERR_INPUT);
}

static void domains_show_their_letters(void **state)
{
    (void)state;
    struct dns_domain domain;
    char out[DNS_DOMAIN_UNICODE_MAX];
    assert_int_equal(dns_domain_from_text(gp_span_text("XN--FA-HIA.example"), &domain, NULL),
                     GP_OK);
    assert_string_equal(dns_domain_unicode(&domain, out), "faß.example");
    assert_int_equal(dns_domain_from_text(gp_span_text("beta.example"), &domain, NULL), GP_OK);
    assert_string_equal(dns_domain_unicode(&domain, out), "beta.example");
}

static void jids_are_cut_at_the_slash_first(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *input;
        const char *expected;
    } rows[] = {
        {"domain", "beta.example", "beta.example"},
        {"bare", "romeo@beta.example", "beta.example"},
        {"full", "romeo@beta.example/orchard", "beta.example"},
        {"resource with both separators", "beta.example/a@evil.example/b", "beta.example"},
        {"longest parts", OCTETS_1023 "@beta.example/" OCTETS_1023, "beta.example"},
        {"second at sign", "romeo@juliet@beta.example", NULL},
        {"empty local part", "@beta.example", NULL},
        {"empty resource", "beta.example/", NULL},
        {"empty domain", "romeo@", NULL},
        {"nothing before the resource", "/orchard", NULL},
        {"nothing at all", "", NULL},
        {"local part of 1024", OCTETS_1023 "a@beta.example", NULL},
        {"resource of 1024", "beta.example/" OCTETS_1023 "a", NULL},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct dns_domain domain = {""};
        enum gp_code code = dns_domain_from_jid(gp_span_text(rows[i].input), &domain, NULL);
        if (code != (rows[i].expected ? GP_OK : GP_ERR_INPUT) ||
            strcmp(domain.ascii, rows[i].expected ? rows[i].expected : "") != 0)
            fail_msg("%s: code %d, '%s'", rows[i].name, code, domain.ascii);
    }
}

static void names_go_to_text_and_back(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *input;
        const char *expected; /* NULL: refused */
        unsigned labels;
    } rows[] = {
        {"root", ".", ".", 0},
        {"one label", "example", "example", 1},
        {"absolute", "example.", "example", 1},
        {"upper case", "_XMPP-Server._TCP.Beta.Example", "_xmpp-server._tcp.beta.example", 4},
        {"wildcard", "*.example", "*.example", 2},
        {"escaped dot", "a\\.b.example", "a\\046b.example", 2},
        {"decimal", "a\\000\\255.example", "a\\000\\255.example", 2},
        {"decimal in upper case", "\\065.example", "a.example", 2},
        {"space and quote", "a b\\\".example", "a\\032b\\034.example", 2},
        {"longest", NAME_253, NAME_253, 4},
        {"empty", "", NULL, 0},
        {"two dots", "..", NULL, 0},
        {"empty label", "a..b", NULL, 0},
        {"leading dot", ".a", NULL, 0},
        {"label of 64", LABEL_63 "a", NULL, 0},
        {"name of 256", NAME_253 "a", NULL, 0},
        {"backslash last", "a\\", NULL, 0},
        {"short decimal", "a\\25", NULL, 0},
        {"decimal of 256", "a\\256", NULL, 0},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct dns_name name = {0}, again;
        char text[DNS_NAME_TEXT_MAX];
        size_t used;
        enum gp_code code = dns_name_from_text(rows[i].input, &name);
        if (code != (rows[i].expected ? GP_OK : GP_ERR_INPUT))
            fail_msg("%s: code %d", rows[i].name, code);
        if (code != GP_OK)
            continue;
        if (strcmp(dns_name_text(&name, text), rows[i].expected) != 0 ||
            dns_name_labels(&name) != rows[i].labels)
            fail_msg("%s: '%s', %u labels", rows[i].name, text, dns_name_labels(&name));
        assert_int_equal(dns_name_from_text(text, &again), GP_OK);
        assert_true(dns_name_equal(&name, &again));
        assert_int_equal(dns_name_from_wire(name.wire, name.len, &again, &used), GP_OK);
        assert_int_equal(used, name.len);
        assert_true(dns_name_equal(&name, &again));
    }
}

static void the_worst_name_still_has_a_text(void **state)
{
    (void)state;
    struct dns_name name = {.len = DNS_NAME_WIRE_MAX};
    char text[DNS_NAME_TEXT_MAX];
    memset(name.wire, 0xff, sizeof(name.wire));
    name.wire[0] = name.wire[64] = name.wire[128] = 63;
    name.wire[192] = 61;
    name.wire[254] = 0;
    assert_int_equal(strlen(dns_name_text(&name, text)), 4 * 250 + 3);
}

static void wire_names_are_read_strictly(void **state)
{
    (void)state;
#define WIRE(text) text, sizeof(text) - 1
    static const struct {
        const char *name;
        const char *bytes;
        size_t len;
        size_t expected; /* octets used; 0: refused */
    } rows[] = {
        {"root", WIRE("\0"), 1},
        {"two labels", WIRE("\1a\7EXAMPLE\0"), 11},
        {"bytes behind", WIRE("\1a\0\1b\0"), 3},
        {"pointer", WIRE("\xc0\x0c"), 0},
        {"unassigned label type",
         WIRE("\x40"
              "abc\0"),
         0},
        {"no end", WIRE("\1a"), 0},
        {"label beyond the end", WIRE("\5ab\0"), 0},
        {"nothing", WIRE(""), 0},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        for (size_t len = 0; len <= rows[i].len; len++) {
            struct dns_name name = {0};
            size_t used = 0;
            uint8_t *exact = malloc(len + 1);
            memcpy(exact, rows[i].bytes, len);
            enum gp_code code = dns_name_from_wire(exact, len, &name, &used);
            bool is_whole = rows[i].expected > 0 && len >= rows[i].expected;
            if (code != (is_whole ? GP_OK : GP_ERR_INPUT) ||
                used != (is_whole ? rows[i].expected : 0))
                fail_msg("%s, %zu octets: code %d, used %zu", rows[i].name, len, code, used);
            free(exact);
        }
    }
    uint8_t long_name[300];
    memset(long_name, 1, sizeof(long_name)); /* labels of one octet, without end */
    struct dns_name name;
    size_t used;
    assert_int_equal(dns_name_from_wire(long_name, sizeof(long_name), &name, &used), GP_ERR_INPUT);
    long_name[254] = 0; /* 127 labels and the root: exactly 255 */
    assert_int_equal(dns_name_from_wire(long_name, sizeof(long_name), &name, &used), GP_OK);
    assert_int_equal(used, 255);
    assert_int_equal(dns_name_labels(&name), 127);
}

static struct dns_name name_of(const char *text)
{
    struct dns_name name;
    if (dns_name_from_text(text, &name) != GP_OK)
        fail_msg("'%s' is no name", text);
    return name;
}

static void names_know_their_relatives(void **state)
{
    (void)state;
    static const struct {
        const char *name, *ancestor;
        bool is_within;
    } rows[] = {
        {"beta.example", "beta.example", true},
        {"gw.beta.example", "beta.example", true},
        {"gw.beta.example", ".", true},
        {".", ".", true},
        {"alphabeta.example", "beta.example", false},
        {"example", "beta.example", false},
        {"beta.example", "alpha.example", false},
        {".", "example", false},
        {"a\\004beta.example", "beta.example", false}, /* the octet looks like a length */
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct dns_name name = name_of(rows[i].name), ancestor = name_of(rows[i].ancestor);
        if (dns_name_is_within(&name, &ancestor) != rows[i].is_within)
            fail_msg("%s in %s", rows[i].name, rows[i].ancestor);
    }
    struct dns_name name = name_of("_tcp.beta.example"), parent;
    static const char *const parents[] = {"beta.example", "example", ".", "."};
    for (size_t i = 0; i < GP_ARRAY_LEN(parents); i++) {
        char text[DNS_NAME_TEXT_MAX];
        dns_name_parent(&name, &parent);
        assert_string_equal(dns_name_text(&parent, text), parents[i]);
        name = parent;
    }
    assert_true(dns_name_is_root(&parent));
}

static void labels_go_in_front_of_a_name(void **state)
{
    (void)state;
    struct dns_name below, longest = name_of(NAME_253), beta = name_of("beta.example");
    char text[DNS_NAME_TEXT_MAX];
    assert_int_equal(dns_name_below("_5269._tcp", &beta, &below), GP_OK);
    assert_string_equal(dns_name_text(&below, text), "_5269._tcp.beta.example");
    assert_int_equal(dns_name_below("a", &longest, &below), GP_ERR_INPUT);
    assert_int_equal(dns_name_below("a..b", &beta, &below), GP_ERR_INPUT);
    assert_int_equal(dns_name_below(LABEL_63 "." LABEL_63 "." LABEL_63, &beta, &below), GP_OK);

    struct dns_domain domain;
    struct dns_name name;
    assert_int_equal(dns_domain_from_text(gp_span_text(NAME_253), &domain, NULL), GP_OK);
    dns_name_from_domain(&domain, &name);
    assert_true(dns_name_equal(&name, &longest));
}

static void hosts_have_host_characters(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool is_host;
    } rows[] = {{"gw1.beta.example", true}, {"x-1.example", true},     {"4.example", true},
                {"_tcp.example", false},    {"-a.example", false},     {"a-.example", false},
                {"*.example", false},       {"a\\000.example", false}, {".", false}};
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct dns_name name = name_of(rows[i].name);
        if (dns_name_is_host(&name) != rows[i].is_host)
            fail_msg("%s", rows[i].name);
    }
}

static void special_names_are_known(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool is_special;
    } rows[] = {
        {"test", true},
        {"beta.test", true},
        {"_xmpp-server._tcp.beta.invalid", true},
        {"localhost", true},
        {"abc.onion", true},
        {"nas.home.arpa", true},
        {"1.0.0.127.in-addr.arpa", true},
        {"5.4.3.10.in-addr.arpa", true},
        {"1.16.172.in-addr.arpa", true},
        {"31.172.in-addr.arpa", true},
        {"64.100.in-addr.arpa", true},
        {"1.127.100.in-addr.arpa", true},
        {"1.d.f.ip6.arpa", true},
        {"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa", true},
        {"beta.example", false},
        {"test.example", false},
        {"atest", false},
        {"arpa", false},
        {"15.172.in-addr.arpa", false},
        {"32.172.in-addr.arpa", false},
        {"172.in-addr.arpa", false},
        {"x.172.in-addr.arpa", false},
        {"63.100.in-addr.arpa", false},
        {"128.100.in-addr.arpa", false},
        {"8.8.8.8.in-addr.arpa", false},
        {".", false},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        const char *why = NULL;
        struct dns_name name = name_of(rows[i].name);
        if (dns_name_is_special(&name, &why) != rows[i].is_special ||
            (why != NULL) != rows[i].is_special)
            fail_msg("%s", rows[i].name);
        assert_int_equal(dns_name_is_special(&name, NULL), rows[i].is_special);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(domains_become_one_form),
        cmocka_unit_test(addresses_are_called_what_they_are),
        cmocka_unit_test(domains_of_every_prefix_are_told_apart_safely),
        cmocka_unit_test(domains_show_their_letters),
        cmocka_unit_test(jids_are_cut_at_the_slash_first),
        cmocka_unit_test(names_go_to_text_and_back),
        cmocka_unit_test(the_worst_name_still_has_a_text),
        cmocka_unit_test(wire_names_are_read_strictly),
        cmocka_unit_test(names_know_their_relatives),
        cmocka_unit_test(labels_go_in_front_of_a_name),
        cmocka_unit_test(hosts_have_host_characters),
        cmocka_unit_test(special_names_are_known),
    };
    return cmocka_run_group_tests_name("dns_names", tests, NULL, NULL);
}
