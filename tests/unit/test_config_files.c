/* SPDX-License-Identifier: BSD-2-Clause */
/* The files that a configuration names: certificates, keys, secrets. */
#include "tests/unit/unit.h"

#include "tests/unit/pki.h"

#include "config/config.h"
#include "federation/cert.h"
#include "federation/tls_ctx.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Loads the text from a file in dir, beside what was written there. */
static enum gp_code load(const char *dir, const char *text, struct app_config **ret,
                         struct gp_buf *report)
{
    char *path = pki_write(dir, "gatepost.conf", text, strlen(text));
    gp_buf_init(report, 100000);
    *ret = NULL;
    enum gp_code code = app_config_load(path, ret, report, NULL);
    free(path);
    return code;
}

/* The warnings of a configuration, one on each line. */
static void put_warnings(const struct app_config *config, struct gp_buf *out)
{
    for (size_t i = 0; i < config->warning_count; i++)
        gp_buf_printf(out, "%s\n", config->warnings[i]);
}

static void write_secret(const char *dir, const char *name, const char *text, mode_t mode)
{
    char *path = pki_write(dir, name, text, strlen(text));
    assert_int_equal(chmod(path, mode), 0);
    free(path);
}

#define DOMAIN                                                 \
    "domain \"alpha.example\" {\n"                             \
    "    certificate = cert.pem\n"                             \
    "    key = key.pem\n"                                      \
    "    inside = bots\n"                                      \
    "    host \"gw1.alpha.example\" { address = 192.0.2.1 }\n" \
    "}\n"                                                      \
    "partner \"beta.example\" { }\n"
#define ECHO "inside \"bots\" { kind = echo }\n"

static void certificates_are_judged(void **state)
{
    (void)state;
    enum key_file {
        OWN_KEY,
        OTHER_KEY,
        OPEN_KEY, /* readable for everybody */
        NO_KEY
    };
    static const struct {
        const char *name;
        struct pki_spec spec;
        enum key_file key;
        const char *error, *warning; /* part of it; NULL: there is none */
    } rows[] = {
        {"good", {.names = "DNS:alpha.example", .ends_days = 90}, OWN_KEY, NULL, NULL},
        {"good by SRV name",
         {.names = "otherName:1.3.6.1.5.5.7.8.7;IA5:_xmpp-server.alpha.example", .ends_days = 90},
         OWN_KEY,
         NULL,
         NULL},
        {"ends soon",
         {.names = "DNS:alpha.example", .ends_days = 20},
         OWN_KEY,
         NULL,
         "days: renew"},
        {"ends late enough", {.names = "DNS:alpha.example", .ends_days = 22}, OWN_KEY, NULL, NULL},
        {"expired",
         {.names = "DNS:alpha.example", .starts_days = -9, .ends_days = -1},
         OWN_KEY,
         NULL,
         ":2: domain \"alpha.example\": certificate: expired at"},
        {"not yet valid",
         {.names = "DNS:alpha.example", .starts_days = 2, .ends_days = 90},
         OWN_KEY,
         NULL,
         "not valid before"},
        {"other domain",
         {.names = "DNS:beta.example", .ends_days = 90},
         OWN_KEY,
         ":2: domain \"alpha.example\": certificate: it stands for dns:beta.example",
         NULL},
        {"only the host",
         {.names = "DNS:gw1.alpha.example", .ends_days = 90},
         OWN_KEY,
         "not for the domain",
         NULL},
        {"wildcard below",
         {.names = "DNS:*.alpha.example", .ends_days = 90},
         OWN_KEY,
         "not for the domain",
         NULL},
        {"common name alone",
         {.subject = "alpha.example", .ends_days = 90},
         OWN_KEY,
         "stands for no names",
         NULL},
        {"for clients",
         {.names = "DNS:alpha.example", .usage = "clientAuth", .ends_days = 90},
         OWN_KEY,
         "does not permit servers",
         NULL},
        {"weak key",
         {.names = "DNS:alpha.example", .ends_days = 90, .key = PKI_RSA_1024},
         OWN_KEY,
         NULL,
         "weak key"},
        {"other key",
         {.names = "DNS:alpha.example", .ends_days = 90},
         OTHER_KEY,
         ":3: domain \"alpha.example\": key: ",
         NULL},
        {"no key", {.names = "DNS:alpha.example", .ends_days = 90}, NO_KEY, "No such file", NULL},
        {"open key",
         {.names = "DNS:alpha.example", .ends_days = 90},
         OPEN_KEY,
         NULL,
         "can be read by everybody"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct pki_spec spec = rows[i].spec;
        struct app_config *config;
        struct gp_buf report;
        if (!spec.subject)
            spec.subject = "test";
        struct pki pki = pki_issue(NULL, &spec), other = pki_issue(NULL, &spec);
        const struct pki *chain[] = {&pki};
        char *dir = pki_dir();
        free(pki_write_chain(dir, "cert.pem", chain, 1));
        if (rows[i].key != NO_KEY) {
            char *key =
                pki_write_key(dir, "key.pem", rows[i].key == OTHER_KEY ? &other : &pki, NULL);
            assert_int_equal(chmod(key, rows[i].key == OPEN_KEY ? 0644 : 0600), 0);
            free(key);
        }
        enum gp_code code = load(dir, DOMAIN ECHO, &config, &report);
        if (code == GP_OK)
            put_warnings(config, &report);
        const char *told = gp_buf_text(&report);
        const char *expected = rows[i].error ? rows[i].error : rows[i].warning;
        if ((code == GP_OK) != (rows[i].error == NULL) ||
            (expected ? !strstr(told, expected) : *told != '\0'))
            fail_msg("%s: %s", rows[i].name, told);
        if (code == GP_OK) {
            assert_true(config->domains[0].not_before_s < config->domains[0].not_after_s);
            assert_true(config->domains[0].spki_sha256[0] || config->domains[0].spki_sha256[1]);
        }
        app_config_destroy(config);
        gp_buf_finish(&report);
        pki_release(&pki);
        pki_release(&other);
        pki_remove_dir(dir);
    }
}

/* A key to come is known from whatever file holds it. */
static void next_key_is_read_from_any_form(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *file;  /* next-key */
        const char *error; /* part of it; NULL: it is the key */
    } rows[] = {
        {"private key", "next.key", NULL},
        {"public key", "next.pub", NULL},
        {"certificate", "next.pem", NULL},
        {"request", "next.csr", NULL},
        {"encrypted", "next.enc", "is encrypted"},
        {"no file", "none", ":7: domain \"alpha.example\": next-key: "},
        {"empty", "empty", "is empty"},
        {"something else", "text", "is not a PEM file"},
        {"other PEM", "other", "holds no key, certificate or certificate request, but 'X509 CRL'"},
        {"broken", "broken", "cannot be read"},
    };
    static const char other[] = "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
                      broken[] = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
    const struct pki_spec spec = {.names = "DNS:alpha.example", .ends_days = 90};
    struct pki pki = pki_issue(NULL, &spec), next = pki_issue(NULL, &spec);
    const struct pki *chain[] = {&pki}, *next_chain[] = {&next};
    char *dir = pki_dir();
    free(pki_write_chain(dir, "cert.pem", chain, 1));
    free(pki_write_key(dir, "key.pem", &pki, NULL));
    free(pki_write_chain(dir, "next.pem", next_chain, 1));
    free(pki_write_key(dir, "next.key", &next, NULL));
    free(pki_write_key(dir, "next.enc", &next, "secret"));
    free(pki_write_public(dir, "next.pub", &next));
    free(pki_write_request(dir, "next.csr", &next));
    free(pki_write(dir, "empty", "", 0));
    free(pki_write(dir, "text", "next", 4));
    free(pki_write(dir, "other", other, sizeof(other) - 1));
    free(pki_write(dir, "broken", broken, sizeof(broken) - 1));
    struct fed_cert *cert;
    char path[500];
    snprintf(path, sizeof(path), "%s/next.pem", dir);
    assert_int_equal(fed_tls_read_certificate(path, &cert, NULL), GP_OK);
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct app_config *config = NULL;
        struct gp_buf report;
        char text[1000];
        snprintf(text, sizeof(text),
                 "domain \"alpha.example\" {\n    certificate = cert.pem\n    key = key.pem\n"
                 "    inside = bots\n    host \"gw1.alpha.example\" { address = 192.0.2.1 }\n\n"
                 "    next-key = %s\n}\n" ECHO,
                 rows[i].file);
        enum gp_code code = load(dir, text, &config, &report);
        if ((code == GP_OK) != (rows[i].error == NULL) ||
            (rows[i].error && !strstr(gp_buf_text(&report), rows[i].error)))
            fail_msg("%s: %s", rows[i].name, gp_buf_text(&report));
        if (code == GP_OK)
            assert_memory_equal(config->domains[0].next_spki_sha256, cert->spki_sha256, 32);
        app_config_destroy(config);
        gp_buf_finish(&report);
    }
    fed_cert_destroy(cert);
    pki_release(&pki);
    pki_release(&next);
    pki_remove_dir(dir);
}

static void parameters_of_caa_belong_to_one_issuer(void **state)
{
    (void)state;
    static const struct {
        const char *options; /* on line 7 */
        const char *error;   /* NULL: there is none */
    } rows[] = {
        {"caa-issuer = { a.example, b.example }", NULL},
        {"caa-issuer = a.example caa-account-uri = \"https://a.example/7\"", NULL},
        {"caa-issuer = a.example caa-validation-methods = { dns-01, http-01 }", NULL},
        {"caa-account-uri = \"https://a.example/7\"",
         ":7: domain \"alpha.example\": caa-account-uri: it belongs to one caa-issuer, and there "
         "are 0"},
        {"caa-issuer = { a.example, b.example } caa-validation-methods = dns-01",
         ":7: domain \"alpha.example\": caa-validation-methods: it belongs to one caa-issuer, and "
         "there are 2"},
        {"caa-issuer = a.example caa-account-uri = \"https://a.example/7; x\"", "has no blanks"},
        {"caa-issuer = a.example caa-validation-methods = post", "allowed: http-01, dns-01"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct app_config *config = NULL;
        struct gp_buf report;
        char text[1000];
        snprintf(text, sizeof(text),
                 "domain \"alpha.example\" {\n    certificate = cert.pem\n    key = key.pem\n"
                 "    inside = bots\n    host \"gw1.alpha.example\" { address = 192.0.2.1 }\n\n"
                 "    %s\n}\n" ECHO,
                 rows[i].options);
        gp_buf_init(&report, 100000);
        enum gp_code code =
            app_config_parse(gp_span_text(text), "/a/gatepost.conf", &config, &report, NULL);
        if ((code == GP_OK) != (rows[i].error == NULL) ||
            (rows[i].error && !strstr(gp_buf_text(&report), rows[i].error)))
            fail_msg("%s: %s", rows[i].options, gp_buf_text(&report));
        app_config_destroy(config);
        gp_buf_finish(&report);
    }
}

static void secrets_are_read(void **state)
{
    (void)state;
    static const char good[] = "0123456789abcdef";
    static const struct {
        const char *component;
        mode_t component_mode;
        const char *dialback; /* NULL: no such option */
        const char *error, *warning;
    } rows[] = {
        {"0123456789abcdef\n", 0600, NULL, NULL, NULL},
        {"0123456789abcdef", 0640, NULL, NULL, NULL},
        {"short\n", 0600, NULL, NULL, "only 5 bytes"},
        {"\n", 0600, NULL, ":8: inside \"bots\": secret-file: ", NULL},
        {"0123456789abcdef", 0644, NULL, "read by everybody", NULL},
        {good, 0600, "0123456789abcdef0123456789abcdef\n", NULL, NULL},
        {good, 0600, "0123456789abcdef0123456789abcde\n", ":9: dialback-secret-file: ", NULL},
    };
    struct pki pki =
        pki_issue(NULL, &(struct pki_spec){.names = "DNS:alpha.example", .ends_days = 90});
    const struct pki *chain[] = {&pki};
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct app_config *config;
        struct gp_buf report;
        char text[2000];
        char *dir = pki_dir();
        free(pki_write_chain(dir, "cert.pem", chain, 1));
        free(pki_write_key(dir, "key.pem", &pki, NULL));
        write_secret(dir, "bots.secret", rows[i].component, rows[i].component_mode);
        if (rows[i].dialback)
            write_secret(dir, "dialback.secret", rows[i].dialback, 0600);
        snprintf(text, sizeof(text),
                 DOMAIN "inside \"bots\" { kind = component listen = \"127.0.0.1:5347\" "
                        "secret-file = bots.secret }\n%s",
                 rows[i].dialback ? "dialback-secret-file = dialback.secret\n" : "");
        enum gp_code code = load(dir, text, &config, &report);
        if (code == GP_OK)
            put_warnings(config, &report);
        const char *told = gp_buf_text(&report);
        const char *expected = rows[i].error ? rows[i].error : rows[i].warning;
        if ((code == GP_OK) != (rows[i].error == NULL) || (expected && !strstr(told, expected)))
            fail_msg("%s: %s", rows[i].component, told);
        if (code == GP_OK) {
            const struct gp_secret *secret = &config->insides[0].secret;
            assert_memory_equal(secret->bytes, rows[i].component, secret->len);
            assert_int_equal(config->federation.dialback_secret.len, 32);
        }
        app_config_destroy(config);
        gp_buf_finish(&report);
        pki_remove_dir(dir);
    }
    pki_release(&pki);
}

static void missing_files_are_told_with_their_line(void **state)
{
    (void)state;
    static const char *const told[] = {
        ":2: domain \"alpha.example\": certificate: ", ":9: ca-file: trusted authorities: open '",
        ":10: trust-anchor-file: open '", ":11: root-hints: open '"};
    struct app_config *config;
    struct gp_buf report;
    char *dir = pki_dir();
    assert_int_equal(load(dir,
                          DOMAIN ECHO
                          "tls { ca-file = none }\nresolver { trust-anchor-file = none\n"
                          "root-hints = none }\n",
                          &config, &report),
                     GP_ERR_CONFIG);
    for (size_t i = 0; i < GP_ARRAY_LEN(told); i++)
        if (!strstr(gp_buf_text(&report), told[i]))
            fail_msg("missing: %s in %s", told[i], gp_buf_text(&report));
    gp_buf_finish(&report);
    pki_remove_dir(dir);

    struct gp_err err;
    gp_buf_init(&report, 1000);
    assert_int_equal(app_config_load("/nowhere/gatepost.conf", &config, &report, &err),
                     GP_ERR_SYSTEM);
    assert_int_equal(err.code, GP_ERR_SYSTEM);
    assert_string_equal(err.text, "open '/nowhere/gatepost.conf': No such file or directory");
    assert_int_equal(gp_buf_len(&report), 0);
    assert_int_equal(app_config_load("/", &config, &report, &err), GP_ERR_SYSTEM);
    assert_string_equal(err.text, "read '/': Is a directory");
    gp_buf_finish(&report);
}

static void block_list_that_hits_ourselves_is_told(void **state)
{
    (void)state;
    static const char *const told[] = {
        ":9: block-file: the partner beta.example is blocked",
        ":9: block-file: alpha.example is a domain of our own, which it does not keep out"};
    static const char list[] = ".example\n";
    const struct pki_spec spec = {.subject = "test", .names = "DNS:alpha.example"};
    struct pki pki = pki_issue(NULL, &spec);
    const struct pki *chain[] = {&pki};
    struct app_config *config;
    struct gp_buf report;
    char *dir = pki_dir();
    free(pki_write_chain(dir, "cert.pem", chain, 1));
    free(pki_write_key(dir, "key.pem", &pki, NULL));
    free(pki_write(dir, "blocked", list, sizeof(list) - 1));
    enum gp_code code = load(dir, DOMAIN ECHO "block-file = blocked\n", &config, &report);
    if (code != GP_OK)
        fail_msg("%s", gp_buf_text(&report));
    put_warnings(config, &report);
    for (size_t i = 0; i < GP_ARRAY_LEN(told); i++)
        if (!strstr(gp_buf_text(&report), told[i]))
            fail_msg("missing: %s in %s", told[i], gp_buf_text(&report));
    app_config_destroy(config);
    gp_buf_finish(&report);
    pki_release(&pki);
    pki_remove_dir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_are_judged),
        cmocka_unit_test(next_key_is_read_from_any_form),
        cmocka_unit_test(parameters_of_caa_belong_to_one_issuer),
        cmocka_unit_test(secrets_are_read),
        cmocka_unit_test(missing_files_are_told_with_their_line),
        cmocka_unit_test(block_list_that_hits_ourselves_is_told),
    };
    return cmocka_run_group_tests_name("config_files", tests, NULL, NULL);
}
