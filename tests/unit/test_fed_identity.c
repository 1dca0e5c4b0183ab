/* SPDX-License-Identifier: BSD-2-Clause */
/* Which certificate stands for which domain (spec-digest d.1, d.3; T36 to T40), and what of it
 * counts as proof (c.6, C1, C2). */
#include "tests/unit/unit.h"

#include "federation/policy.h"

#include <stdio.h>

#define NOW   1800000000
#define NAMES 4

static struct dns_domain domain_of(const char *text)
{
    struct dns_domain domain = {""};
    assert_int_equal(dns_domain_from_text(gp_span_text(text), &domain, NULL), GP_OK);
    return domain;
}

/* "dns:a.example" and so on; room for NAMES. */
static struct fed_cert_name name_of(const char *text)
{
    struct fed_cert_name name = {.kind = FED_NAME_DNS};
    const char *value = strchr(text, ':') + 1;
    if (strncmp(text, "srv:", 4) == 0)
        name.kind = FED_NAME_SRV;
    else if (strncmp(text, "xmpp:", 5) == 0)
        name.kind = FED_NAME_XMPP_ADDR;
    else if (strncmp(text, "ip:", 3) == 0)
        name.kind = FED_NAME_IP;
    name.text = gp_span_text(value);
    if (name.kind == FED_NAME_IP)
        assert_int_equal(gp_addr_parse(value, &name.addr), GP_OK);
    return name;
}

static void presented_names_match_as_the_texts_say(void **state)
{
    (void)state;
    static const struct {
        const char *presented, *domain;
        enum fed_identity expected;
    } rows[] = {
        /* DNS-ID: wildcard positions (T37) */
        {"dns:a.example", "a.example", FED_IDENTITY_DNS},
        {"dns:A.Example", "a.example", FED_IDENTITY_DNS},
        {"dns:a.example.", "a.example", FED_IDENTITY_NONE},
        {"dns:b.example", "a.example", FED_IDENTITY_NONE},
        {"dns:x.a.example", "a.example", FED_IDENTITY_NONE},
        {"dns:example", "a.example", FED_IDENTITY_NONE},
        {"dns:*.a.example", "x.a.example", FED_IDENTITY_DNS},
        {"dns:*.A.EXAMPLE", "x.a.example", FED_IDENTITY_DNS},
        {"dns:*.a.example", "a.example", FED_IDENTITY_NONE},
        {"dns:*.a.example", "y.x.a.example", FED_IDENTITY_NONE},
        {"dns:*.example", "example", FED_IDENTITY_NONE},
        {"dns:*", "a.example", FED_IDENTITY_NONE},
        {"dns:*.", "a.example", FED_IDENTITY_NONE},
        {"dns:x*.a.example", "xy.a.example", FED_IDENTITY_NONE},
        {"dns:*x.a.example", "yx.a.example", FED_IDENTITY_NONE},
        {"dns:x.*.example", "x.a.example", FED_IDENTITY_NONE},
        {"dns:*.*.example", "x.a.example", FED_IDENTITY_NONE},
        {"dns:**.a.example", "x.a.example", FED_IDENTITY_NONE},
        {"dns:", "a.example", FED_IDENTITY_NONE},
        /* IDN (T40): compared as A-labels */
        {"dns:xn--bcher-kva.example",
         "b\xc3\xbc"
         "cher.example",
         FED_IDENTITY_DNS},
        {"dns:b\xc3\xbc"
         "cher.example",
         "b\xc3\xbc"
         "cher.example",
         FED_IDENTITY_NONE},
        {"dns:*.xn--bcher-kva.example",
         "x.b\xc3\xbc"
         "cher.example",
         FED_IDENTITY_DNS},
        /* SRV-ID: service and name as a unit (T38) */
        {"srv:_xmpp-server.a.example", "a.example", FED_IDENTITY_SRV},
        {"srv:_XMPP-Server.A.example", "a.example", FED_IDENTITY_SRV},
        {"srv:_xmpp-server.*.a.example", "x.a.example", FED_IDENTITY_SRV},
        {"srv:_xmpp-server.*.a.example", "a.example", FED_IDENTITY_NONE},
        {"srv:*.a.example", "x.a.example", FED_IDENTITY_NONE},
        {"srv:_xmpp-client.a.example", "a.example", FED_IDENTITY_NONE},
        {"srv:_xmpps-server.a.example", "a.example", FED_IDENTITY_NONE},
        {"srv:a.example", "a.example", FED_IDENTITY_NONE},
        {"srv:_xmpp-server.", "a.example", FED_IDENTITY_NONE},
        {"srv:_xmpp-server", "a.example", FED_IDENTITY_NONE},
        {"dns:_xmpp-server.a.example", "a.example", FED_IDENTITY_NONE},
        /* XmppAddr: a bare domain, no wildcard */
        {"xmpp:a.example", "a.example", FED_IDENTITY_XMPP_ADDR},
        {"xmpp:A.example", "a.example", FED_IDENTITY_XMPP_ADDR},
        {"xmpp:b\xc3\xbc"
         "cher.example",
         "xn--bcher-kva.example", FED_IDENTITY_XMPP_ADDR},
        {"xmpp:user@a.example", "a.example", FED_IDENTITY_NONE},
        {"xmpp:a.example/r", "a.example", FED_IDENTITY_NONE},
        {"xmpp:*.a.example", "x.a.example", FED_IDENTITY_NONE},
        {"xmpp:", "a.example", FED_IDENTITY_NONE},
        {"ip:192.0.2.1", "a.example", FED_IDENTITY_NONE},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct fed_cert_name name = name_of(rows[i].presented);
        const struct fed_cert cert = {.name_count = 1, .names = &name};
        const struct fed_reference reference = {.domain = domain_of(rows[i].domain)};
        enum fed_identity found = fed_identity_match(&cert, &reference, false);
        if (found != rows[i].expected)
            fail_msg("%s for %s: %s", rows[i].presented, rows[i].domain, fed_identity_text(found));
    }
}

static void best_name_counts(void **state)
{
    (void)state;
    static const struct {
        const char *names[NAMES];
        bool has_constraints;
        enum fed_identity expected;
    } rows[] = {
        {{NULL}, false, FED_IDENTITY_NONE}, /* the common name is never looked at (T36) */
        {{"dns:b.example", "dns:a.example"}, false, FED_IDENTITY_DNS},
        {{"dns:a.example", "srv:_xmpp-server.a.example"}, false, FED_IDENTITY_SRV},
        {{"xmpp:a.example", "dns:a.example"}, false, FED_IDENTITY_DNS},
        {{"dns:t.example", "xmpp:a.example"}, false, FED_IDENTITY_XMPP_ADDR},
        {{"dns:t.example"}, false, FED_IDENTITY_TARGET},
        {{"dns:alias.example"}, false, FED_IDENTITY_TARGET},
        {{"srv:_xmpp-server.t.example"}, false, FED_IDENTITY_NONE},
        {{"xmpp:t.example"}, false, FED_IDENTITY_NONE},
        /* constraints on DNS names do not bind the other two kinds (d.3) */
        {{"srv:_xmpp-server.a.example", "xmpp:a.example"}, true, FED_IDENTITY_NONE},
        {{"srv:_xmpp-server.a.example", "dns:a.example"}, true, FED_IDENTITY_DNS},
        {{"dns:t.example"}, true, FED_IDENTITY_TARGET},
    };
    struct dns_name target, alias;
    assert_int_equal(dns_name_from_text("t.example.", &target), GP_OK);
    assert_int_equal(dns_name_from_text("alias.example", &alias), GP_OK);
    const struct fed_reference reference = {
        .domain = domain_of("a.example"), .target = &target, .alias = &alias};
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct fed_cert_name names[NAMES];
        struct fed_cert cert = {.names = names};
        while (cert.name_count < NAMES && rows[i].names[cert.name_count]) {
            names[cert.name_count] = name_of(rows[i].names[cert.name_count]);
            cert.name_count++;
        }
        enum fed_identity found = fed_identity_match(&cert, &reference, rows[i].has_constraints);
        if (found != rows[i].expected)
            fail_msg("row %zu: %s", i, fed_identity_text(found));
    }
}

/* A target of octets that no host has matches nothing, however it is written. */
static void odd_targets_match_nothing(void **state)
{
    (void)state;
    struct dns_name target;
    assert_int_equal(dns_name_from_text("\\042.example", &target), GP_OK);
    struct fed_cert_name name = name_of("dns:*.example");
    const struct fed_cert cert = {.name_count = 1, .names = &name};
    const struct fed_reference reference = {.domain = domain_of("a.b.example"), .target = &target};
    assert_int_equal(fed_identity_match(&cert, &reference, false), FED_IDENTITY_NONE);
}

static void names_are_told(void **state)
{
    (void)state;
    struct gp_buf out;
    gp_buf_init(&out, 1000);
    struct fed_cert_name names[] = {name_of("dns:a\n.example"), name_of("srv:_x.b"),
                                    name_of("xmpp:c"), name_of("ip:192.0.2.1")};
    struct fed_cert cert = {.names = names};
    fed_cert_names_text(&cert, &out);
    assert_string_equal(gp_buf_text(&out), "no names");
    gp_buf_reset(&out);
    cert.name_count = GP_ARRAY_LEN(names);
    fed_cert_names_text(&cert, &out);
    assert_string_equal(gp_buf_text(&out), "dns:a\\x0a.example srv:_x.b xmpp:c ip:192.0.2.1");
    gp_buf_finish(&out);
    fed_cert_destroy(NULL);
}

/* Facts of a good handshake, and what each row changes in them. */
enum change {
    NOTHING,
    NO_TLS,
    NO_CERTIFICATE,
    UNTRUSTED,
    EXPIRED,
    CHAIN_EXPIRED,
    NOT_YET,
    WRONG_NAME,
    CA,
    WEAK_KEY,
    WEAK_SIGNATURE,
    SERVER_ONLY,
    CLIENT_ONLY,
    CONSTRAINED_SRV
};

static void proof_needs_everything(void **state)
{
    (void)state;
    static const struct {
        enum change change;
        enum fed_dane dane;
        bool needs_name;
        bool is_proved;
        const char *detail;
    } rows[] = {
        {NOTHING, FED_DANE_NOT_USED, false, true, "PKIX, DNS name"},
        {NO_TLS, FED_DANE_NOT_USED, false, false, "the stream is not encrypted"},
        {NO_CERTIFICATE, FED_DANE_NOT_USED, false, false, "the peer sent no certificate"},
        {UNTRUSTED, FED_DANE_NOT_USED, false, false, "the certificate is not trusted: self-signed"},
        {EXPIRED, FED_DANE_NOT_USED, false, false,
         "the certificate or its issuer's expired at 2027-01-15T07:59:59Z"},
        {CHAIN_EXPIRED, FED_DANE_NOT_USED, false, false,
         "the certificate or its issuer's expired at 2027-01-15T07:59:59Z"},
        {NOT_YET, FED_DANE_NOT_USED, false, false,
         "the certificate is not valid before 2027-01-15T08:00:01Z"},
        {WRONG_NAME, FED_DANE_NOT_USED, false, false,
         "the certificate is for dns:b.example, not for a.example"},
        {CA, FED_DANE_NOT_USED, false, false, "the certificate is that of a CA, not of a server"},
        {WEAK_KEY, FED_DANE_NOT_USED, false, false, "the certificate's key is too weak: RSA 1024"},
        {WEAK_SIGNATURE, FED_DANE_NOT_USED, false, false,
         "the certificate's signature uses a broken digest"},
        /* C2, F6: the server purpose, whatever side the peer is on */
        {SERVER_ONLY, FED_DANE_NOT_USED, false, true, "PKIX, DNS name"},
        {CLIENT_ONLY, FED_DANE_NOT_USED, false, false,
         "the certificate was issued for other purposes than a server's"},
        {CONSTRAINED_SRV, FED_DANE_NOT_USED, false, false,
         "the certificate is for srv:_xmpp-server.a.example, not for a.example"},
        /* DANE-EE: names, dates and chain do not count (RFC 7671, 5.1) */
        {NOTHING, FED_DANE_MATCHED, false, true, "TLSA 3 1 1"},
        {UNTRUSTED, FED_DANE_MATCHED, false, true, "TLSA 3 1 1"},
        {EXPIRED, FED_DANE_MATCHED, false, true, "TLSA 3 1 1"},
        {WRONG_NAME, FED_DANE_MATCHED, false, true, "TLSA 3 1 1"},
        /* DANE-TA: they do */
        {NOTHING, FED_DANE_MATCHED, true, true, "TLSA 3 1 1"},
        {EXPIRED, FED_DANE_MATCHED, true, false,
         "the certificate or its issuer's expired at 2027-01-15T07:59:59Z"},
        {WRONG_NAME, FED_DANE_MATCHED, true, false,
         "the certificate is for dns:b.example, not for a.example"},
        /* a mismatch is final, PKIX or not (T46) */
        {NOTHING, FED_DANE_MISMATCH, false, false,
         "the certificate matches none of the TLSA records"},
        {NO_CERTIFICATE, FED_DANE_MATCHED, false, false, "the peer sent no certificate"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        enum change change = rows[i].change;
        struct fed_cert_name name =
            name_of(change == WRONG_NAME        ? "dns:b.example"
                    : change == CONSTRAINED_SRV ? "srv:_xmpp-server.a.example"
                                                : "dns:a.example");
        struct fed_cert cert = {
            .name_count = 1,
            .names = &name,
            .not_before_s = change == NOT_YET ? NOW + 1 : NOW,
            .not_after_s = change == EXPIRED ? NOW - 1 : NOW,
            .key_text = "RSA 1024",
            .is_ca = change == CA,
            .has_weak_key = change == WEAK_KEY,
            .has_weak_signature = change == WEAK_SIGNATURE,
            .has_purpose = change == SERVER_ONLY || change == CLIENT_ONLY,
            .is_for_server = change != CLIENT_ONLY,
            .is_for_client = change != SERVER_ONLY,
        };
        struct fed_tls_facts facts = {
            .peer = change == NO_CERTIFICATE ? NULL : &cert,
            .chain = change == NO_CERTIFICATE ? FED_CHAIN_NONE
                     : change == UNTRUSTED    ? FED_CHAIN_UNTRUSTED
                                              : FED_CHAIN_TRUSTED,
            .chain_reason = "self-signed",
            .chain_not_after_s = change == CHAIN_EXPIRED ? NOW - 1 : NOW,
            .has_dns_constraints = change == CONSTRAINED_SRV,
            .dane = rows[i].dane,
            .dane_text = "3 1 1",
            .dane_needs_name = rows[i].needs_name,
        };
        const struct fed_reference reference = {.domain = domain_of("a.example")};
        struct fed_certainty certainty;
        fed_policy_certainty(change == NO_TLS ? NULL : &facts, &reference, NOW, &certainty);
        if (certainty.is_proved != rows[i].is_proved ||
            strcmp(certainty.detail, rows[i].detail) != 0)
            fail_msg("row %zu: %s", i, certainty.detail);
        assert_int_equal(certainty.is_dane,
                         rows[i].dane == FED_DANE_MATCHED && change != NO_CERTIFICATE);
    }
}

static void policy_is_looked_up(void **state)
{
    (void)state;
    struct fed_home homes[] = {{.domain = domain_of("a.example")},
                               {.domain = domain_of("c.example"), .inside = 1}};
    struct dns_domain domains[] = {domain_of("p.example"), domain_of("q.example")};
    struct fed_partner partners[] = {{.domain_count = 2,
                                      .domains = domains,
                                      .tls = FED_TLS_OPTIONAL,
                                      .sasl = FED_SASL_OPTIONAL,
                                      .dialback = FED_DIALBACK_ALLOWED}};
    struct fed_settings settings = {
        .home_count = 2, .homes = homes, .partner_count = 1, .partners = partners};
    struct dns_domain first = domain_of("a.example"), second = domain_of("c.example"),
                      other = domain_of("b.example");
    char text[FED_SETTING_MAX];
    assert_ptr_equal(fed_settings_home(&settings, &first), &homes[0]);
    assert_ptr_equal(fed_settings_home(&settings, &second), &homes[1]);
    assert_null(fed_settings_home(&settings, &other));
    assert_ptr_equal(fed_settings_partner(&settings, &domains[1]), &partners[0]);
    assert_null(fed_settings_partner(&settings, &other));
    assert_string_equal(fed_policy_setting(&settings, &other, "x = y", text),
                        "partner \"b.example\" { x = y }");
    settings.is_open = true;
    assert_ptr_equal(fed_settings_partner(&settings, &other), &settings.stranger);
    assert_string_equal(fed_policy_setting(&settings, &other, "", text), "stranger { }");
    assert_ptr_equal(fed_settings_primary(&settings, &domains[1]), &domains[0]);
    assert_ptr_equal(fed_settings_primary(&settings, &other), &other);
    const struct fed_settings nothing = {.home_count = 0};
    assert_null(fed_settings_home(&nothing, &other));

    assert_true(fed_policy_takes_dialback(&partners[0]));
    assert_true(fed_policy_takes_clear(&partners[0]));
    partners[0].requires_dane = true;
    assert_false(fed_policy_takes_dialback(&partners[0]));
    assert_false(fed_policy_takes_clear(&partners[0]));
    partners[0].requires_dane = false;
    partners[0].tls = FED_TLS_REQUIRED;
    assert_true(fed_policy_takes_dialback(&partners[0]));
    assert_false(fed_policy_takes_clear(&partners[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presented_names_match_as_the_texts_say),
        cmocka_unit_test(best_name_counts),
        cmocka_unit_test(odd_targets_match_nothing),
        cmocka_unit_test(names_are_told),
        cmocka_unit_test(proof_needs_everything),
        cmocka_unit_test(policy_is_looked_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
