/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates and keys from files: names, facts, and what is said when they are wrong. */
#include "tests/unit/unit.h"

#include "base/clock.h"
#include "base/file.h"
#include "federation/tls_ctx.h"
#include "tests/unit/pki.h"

#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

static struct fed_cert *read_back(const struct pki *pki)
{
    char *dir = pki_dir();
    const struct pki *chain[] = {pki};
    char *path = pki_write_chain(dir, "cert.pem", chain, 1);
    struct fed_cert *cert = NULL;
    struct gp_err err = {0};
    if (fed_tls_read_certificate(path, &cert, &err) != GP_OK)
        fail_msg("%s", err.text);
    free(path);
    pki_remove_dir(dir);
    return cert;
}

static void assert_names(const char *row, const struct fed_cert *cert, const char *expected)
{
    struct gp_buf text;
    gp_buf_init(&text, 100000);
    fed_cert_names_text(cert, &text);
    if (strcmp(gp_buf_text(&text), expected) != 0)
        fail_msg("%s: '%s', expected '%s'", row, gp_buf_text(&text), expected);
    gp_buf_finish(&text);
}

/* One subjectAltName, with whatever tag and bytes. */
static GENERAL_NAME *general_name(int kind, int object, int tag, const char *bytes, int len)
{
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_STRING *string = ASN1_STRING_type_new(tag);
    assert_int_equal(ASN1_STRING_set(string, bytes, len), 1);
    if (kind == GEN_OTHERNAME) {
        ASN1_TYPE *value = ASN1_TYPE_new();
        ASN1_TYPE_set(value, tag, string);
        assert_int_equal(GENERAL_NAME_set0_othername(name, OBJ_nid2obj(object), value), 1);
    } else {
        GENERAL_NAME_set0_value(name, kind, string);
    }
    return name;
}

#define BYTES(text) text, sizeof(text) - 1

static const struct {
    const char *name;
    int kind, object, tag;
    const char *bytes;
    int len;
    const char *expected;
} name_rows[] = {
    {"DNS", GEN_DNS, 0, V_ASN1_IA5STRING, BYTES("Alpha.Example"), "dns:Alpha.Example"},
    {"wildcard", GEN_DNS, 0, V_ASN1_IA5STRING, BYTES("*.alpha.example"), "dns:*.alpha.example"},
    {"NUL in DNS", GEN_DNS, 0, V_ASN1_IA5STRING, BYTES("alpha.example\0.evil.example"), "no names"},
    {"blank in DNS", GEN_DNS, 0, V_ASN1_IA5STRING, BYTES("alpha.example dns:b"), "no names"},
    {"DNS beyond ASCII", GEN_DNS, 0, V_ASN1_IA5STRING, BYTES("b\xc3\xbc.example"), "no names"},
    {"empty DNS", GEN_DNS, 0, V_ASN1_IA5STRING, BYTES(""), "no names"},
    {"SRV", GEN_OTHERNAME, NID_SRVName, V_ASN1_IA5STRING, BYTES("_xmpp-server.alpha.example"),
     "srv:_xmpp-server.alpha.example"},
    {"SRV as UTF8String", GEN_OTHERNAME, NID_SRVName, V_ASN1_UTF8STRING,
     BYTES("_xmpp-server.alpha.example"), "no names"},
    {"NUL in SRV", GEN_OTHERNAME, NID_SRVName, V_ASN1_IA5STRING,
     BYTES("_xmpp-server.alpha.example\0"), "no names"},
    {"XmppAddr", GEN_OTHERNAME, NID_XmppAddr, V_ASN1_UTF8STRING,
     BYTES("b\xc3\xbc"
           "cher.example"),
     "xmpp:b\xc3\xbc"
     "cher.example"},
    {"XmppAddr as IA5String", GEN_OTHERNAME, NID_XmppAddr, V_ASN1_IA5STRING, BYTES("alpha.example"),
     "no names"},
    {"XmppAddr as octets", GEN_OTHERNAME, NID_XmppAddr, V_ASN1_OCTET_STRING, BYTES("alpha.example"),
     "no names"},
    {"NUL in XmppAddr", GEN_OTHERNAME, NID_XmppAddr, V_ASN1_UTF8STRING,
     BYTES("alpha.example\0.evil.example"), "no names"},
    {"XmppAddr not UTF-8", GEN_OTHERNAME, NID_XmppAddr, V_ASN1_UTF8STRING,
     BYTES("alpha\xc0\xaf.example"), "no names"},
    {"empty XmppAddr", GEN_OTHERNAME, NID_XmppAddr, V_ASN1_UTF8STRING, BYTES(""), "no names"},
    {"another object", GEN_OTHERNAME, NID_ms_upn, V_ASN1_UTF8STRING, BYTES("alpha.example"),
     "no names"},
    {"IPv4", GEN_IPADD, 0, V_ASN1_OCTET_STRING, BYTES("\xc0\x00\x02\x01"), "ip:192.0.2.1"},
    {"IPv6", GEN_IPADD, 0, V_ASN1_OCTET_STRING, BYTES("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"),
     "ip:2001:db8::1"},
    {"five octets of address", GEN_IPADD, 0, V_ASN1_OCTET_STRING, BYTES("\xc0\x00\x02\x01\x01"),
     "no names"},
    {"mail", GEN_EMAIL, 0, V_ASN1_IA5STRING, BYTES("a@alpha.example"), "no names"},
};

static void assert_san(const char *row, GENERAL_NAMES *names, const char *expected)
{
    const struct pki_spec spec = {.subject = "victim.example"};
    X509_EXTENSION *extension = X509V3_EXT_i2d(NID_subject_alt_name, 0, names);
    assert_non_null(extension);
    struct pki pki = pki_issue_with(NULL, &spec, extension);
    struct fed_cert *cert = read_back(&pki);
    assert_names(row, cert, expected);
    fed_cert_destroy(cert);
    pki_release(&pki);
    X509_EXTENSION_free(extension);
    GENERAL_NAMES_free(names);
}

static void names_count_only_with_the_right_tag_and_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < GP_ARRAY_LEN(name_rows); i++) {
        GENERAL_NAMES *names = GENERAL_NAMES_new();
        sk_GENERAL_NAME_push(names,
                             general_name(name_rows[i].kind, name_rows[i].object, name_rows[i].tag,
                                          name_rows[i].bytes, name_rows[i].len));
        assert_san(name_rows[i].name, names, name_rows[i].expected);
    }
}

static void a_bad_name_does_not_hide_the_good_ones(void **state)
{
    (void)state;
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    char *long_name = malloc(65536);
    memset(long_name, 'a', 65536);
    sk_GENERAL_NAME_push(
        names, general_name(GEN_OTHERNAME, NID_XmppAddr, V_ASN1_UTF8STRING, long_name, 65536));
    sk_GENERAL_NAME_push(
        names, general_name(GEN_OTHERNAME, NID_SRVName, V_ASN1_IA5STRING, long_name, 65536));
    sk_GENERAL_NAME_push(names, general_name(GEN_DNS, 0, V_ASN1_IA5STRING, long_name, 256));
    sk_GENERAL_NAME_push(names, general_name(GEN_DNS, 0, V_ASN1_IA5STRING, BYTES("alpha.example")));
    assert_san("64 kB", names, "dns:alpha.example");
    free(long_name);
}

static void names_are_bounded_in_number(void **state)
{
    (void)state;
    const struct pki_spec spec = {.subject = "many"};
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    for (int i = 0; i < 3000; i++)
        sk_GENERAL_NAME_push(names, general_name(GEN_DNS, 0, V_ASN1_IA5STRING, BYTES("a")));
    X509_EXTENSION *extension = X509V3_EXT_i2d(NID_subject_alt_name, 0, names);
    struct pki pki = pki_issue_with(NULL, &spec, extension);
    struct fed_cert *cert = read_back(&pki);
    assert_int_equal(cert->name_count, 1000);
    fed_cert_destroy(cert);
    pki_release(&pki);
    X509_EXTENSION_free(extension);
    GENERAL_NAMES_free(names);
}

static void two_name_extensions_give_no_names(void **state)
{
    (void)state;
    const struct pki_spec spec = {.subject = "twice", .names = "DNS:alpha.example"};
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    sk_GENERAL_NAME_push(names, general_name(GEN_DNS, 0, V_ASN1_IA5STRING, BYTES("b.example")));
    X509_EXTENSION *extension = X509V3_EXT_i2d(NID_subject_alt_name, 0, names);
    struct pki pki = pki_issue_with(NULL, &spec, extension);
    struct fed_cert *cert = read_back(&pki);
    assert_names("twice", cert, "no names");
    fed_cert_destroy(cert);
    pki_release(&pki);
    X509_EXTENSION_free(extension);
    GENERAL_NAMES_free(names);
}

static void the_subject_is_text_and_nothing_else(void **state)
{
    (void)state;
    const struct pki_spec spec = {.subject = "alpha.example\n\x1b[31m, CN=evil.example"};
    struct pki pki = pki_issue(NULL, &spec);
    struct fed_cert *cert = read_back(&pki);
    assert_names("common name only", cert, "no names"); /* T36 */
    assert_string_equal(cert->subject, "CN=\"alpha.example\\x0a\\x1b[31m, CN=evil.example\"");
    assert_string_equal(cert->issuer, cert->subject);
    fed_cert_destroy(cert);
    pki_release(&pki);
}

static void purposes_are_read_from_the_extended_key_usage(void **state)
{
    (void)state;
    static const struct {
        const char *usage;
        bool has_purpose, is_for_server, is_for_client;
    } rows[] = {
        {NULL, false, true, true},
        {"serverAuth", true, true, false},
        {"clientAuth", true, false, true},
        {"serverAuth,clientAuth", true, true, true},
        {"anyExtendedKeyUsage", true, true, true},
        {"emailProtection", true, false, false},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        const struct pki_spec spec = {.subject = "a", .usage = rows[i].usage};
        struct pki pki = pki_issue(NULL, &spec);
        struct fed_cert *cert = read_back(&pki);
        if (cert->has_purpose != rows[i].has_purpose ||
            cert->is_for_server != rows[i].is_for_server ||
            cert->is_for_client != rows[i].is_for_client)
            fail_msg("%s: %d %d %d", rows[i].usage, cert->has_purpose, cert->is_for_server,
                     cert->is_for_client);
        fed_cert_destroy(cert);
        pki_release(&pki);
    }
}

static void keys_and_signatures_are_named_and_weighed(void **state)
{
    (void)state;
    static const struct {
        enum pki_key key;
        bool has_sha1;
        const char *key_text;
        bool is_weak, is_weakly_signed;
    } rows[] = {
        {PKI_EC, false, "EC P-256", false, false},
        {PKI_EC, true, "EC P-256", false, true},
        {PKI_RSA, false, "RSA 2048", false, false},
        {PKI_RSA_1024, false, "RSA 1024", true, false},
        {PKI_ED25519, false, "Ed25519", false, false},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        const struct pki_spec spec = {
            .subject = "a", .key = rows[i].key, .has_sha1 = rows[i].has_sha1};
        struct pki pki = pki_issue(NULL, &spec);
        struct fed_cert *cert = read_back(&pki);
        assert_string_equal(cert->key_text, rows[i].key_text);
        assert_int_equal(cert->has_weak_key, rows[i].is_weak);
        assert_int_equal(cert->has_weak_signature, rows[i].is_weakly_signed);
        fed_cert_destroy(cert);
        pki_release(&pki);
    }
}

static void digests_dates_and_flags_are_those_of_the_certificate(void **state)
{
    (void)state;
    struct pki root = pki_issue(NULL, &(struct pki_spec){.subject = "root", .is_ca = true});
    struct pki leaf = pki_issue(&root, &(struct pki_spec){.subject = "leaf",
                                                          .names = "DNS:alpha.example",
                                                          .starts_days = -3,
                                                          .ends_days = 5});
    unsigned char digest[32], *spki = NULL;
    struct fed_cert *of_root = read_back(&root), *of_leaf = read_back(&leaf);
    int64_t now_s = gp_clock_wall_s();
    assert_true(of_root->is_ca && of_root->is_self_issued);
    assert_false(of_leaf->is_ca || of_leaf->is_self_issued);
    assert_string_equal(of_leaf->issuer, "CN=root");
    assert_in_range(of_leaf->not_before_s + 3 * 86400, now_s - 60, now_s);
    assert_in_range(of_leaf->not_after_s - 5 * 86400, now_s - 60, now_s);
    assert_int_equal(strlen(of_leaf->serial) % 2, 0);
    assert_int_equal(X509_digest(leaf.cert, EVP_sha256(), digest, NULL), 1);
    assert_memory_equal(of_leaf->cert_sha256, digest, 32);
    int spki_len = i2d_PUBKEY(leaf.key, &spki);
    assert_int_equal(of_leaf->spki_der.len, spki_len);
    assert_memory_equal(of_leaf->spki_der.at, spki, spki_len);
    assert_int_equal(EVP_Digest(spki, spki_len, digest, NULL, EVP_sha256(), NULL), 1);
    assert_memory_equal(of_leaf->spki_sha256, digest, 32);
    assert_int_equal(of_leaf->der.len, i2d_X509(leaf.cert, NULL));
    OPENSSL_free(spki);
    fed_cert_destroy(of_root);
    fed_cert_destroy(of_leaf);
    pki_release(&root);
    pki_release(&leaf);
}

/* Files that are wrong in one way each. */

struct files {
    char *dir;
    struct pki root, leaf, other, weak;
};

enum file {
    FILE_MISSING,
    FILE_EMPTY,
    FILE_TEXT,
    FILE_BROKEN_CERT,
    FILE_BROKEN_SECOND,
    FILE_BROKEN_KEY,
    FILE_CHAIN,
    FILE_REVERSED,
    FILE_KEY,
    FILE_OTHER_KEY,
    FILE_ENCRYPTED_KEY,
    FILE_BOTH,
    FILE_WEAK,
    FILE_WEAK_KEY
};

/* Both in one file; takes the paths. */
static char *join(const char *dir, char *first, char *second)
{
    struct gp_buf bytes;
    struct gp_err err = {0};
    gp_buf_init(&bytes, 100000);
    assert_int_equal(gp_file_read(first, &bytes, &err), GP_OK);
    assert_int_equal(gp_file_read(second, &bytes, &err), GP_OK);
    char *path = pki_write(dir, "joined.pem", gp_buf_span(&bytes).at, gp_buf_len(&bytes));
    gp_buf_finish(&bytes);
    free(first);
    free(second);
    return path;
}

static char *make_file(const struct files *files, enum file kind)
{
    static const char broken[] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    static const char broken_key[] =
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    const struct pki *chain[] = {&files->leaf, &files->root};
    const struct pki *reversed[] = {&files->root, &files->leaf};
    const struct pki *weak[] = {&files->weak};
    const char *dir = files->dir;
    char *path = NULL;
    switch (kind) {
    case FILE_MISSING:
        assert_true(asprintf(&path, "%s/missing.pem", dir) > 0);
        return path;
    case FILE_EMPTY:
        return pki_write(dir, "empty.pem", "", 0);
    case FILE_TEXT:
        return pki_write(dir, "text.pem", "hello\n", 6);
    case FILE_BROKEN_CERT:
        return pki_write(dir, "broken.pem", broken, strlen(broken));
    case FILE_BROKEN_SECOND:
        return join(dir, pki_write_chain(dir, "first.pem", chain, 1),
                    pki_write(dir, "second.pem", broken, strlen(broken)));
    case FILE_BROKEN_KEY:
        return pki_write(dir, "broken-key.pem", broken_key, strlen(broken_key));
    case FILE_CHAIN:
        return pki_write_chain(dir, "chain.pem", chain, 2);
    case FILE_REVERSED:
        return pki_write_chain(dir, "reversed.pem", reversed, 2);
    case FILE_KEY:
        return pki_write_key(dir, "key.pem", &files->leaf, NULL);
    case FILE_OTHER_KEY:
        return pki_write_key(dir, "other.pem", &files->other, NULL);
    case FILE_ENCRYPTED_KEY:
        return pki_write_key(dir, "encrypted.pem", &files->leaf, "secret");
    case FILE_BOTH:
        return join(dir, pki_write_key(dir, "both-key.pem", &files->leaf, NULL),
                    pki_write_chain(dir, "both-chain.pem", chain, 2));
    case FILE_WEAK:
        return pki_write_chain(dir, "weak.pem", weak, 1);
    case FILE_WEAK_KEY:
        return pki_write_key(dir, "weak-key.pem", &files->weak, NULL);
    }
    return NULL;
}

static void make_files(struct files *files)
{
    *files = (struct files){.dir = pki_dir()};
    files->root = pki_issue(NULL, &(struct pki_spec){.subject = "root", .is_ca = true});
    files->leaf = pki_issue(&files->root, &(struct pki_spec){.subject = "leaf"});
    files->other = pki_issue(NULL, &(struct pki_spec){.subject = "other"});
    files->weak = pki_issue(NULL, &(struct pki_spec){.subject = "weak", .key = PKI_RSA_1024});
}

static void remove_files(struct files *files)
{
    pki_release(&files->root);
    pki_release(&files->leaf);
    pki_release(&files->other);
    pki_release(&files->weak);
    pki_remove_dir(files->dir);
}

static const struct {
    const char *name;
    enum file certificate, key;
    enum gp_code code;
    const char *words; /* of the error */
} file_rows[] = {
    {"good", FILE_CHAIN, FILE_KEY, GP_OK, ""},
    {"one file for both", FILE_BOTH, FILE_BOTH, GP_OK, ""},
    {"no certificate file", FILE_MISSING, FILE_KEY, GP_ERR_SYSTEM, "missing.pem': No such file"},
    {"empty certificate file", FILE_EMPTY, FILE_KEY, GP_ERR_CONFIG, "empty.pem' is empty"},
    {"not PEM", FILE_TEXT, FILE_KEY, GP_ERR_CONFIG, "text.pem' is not a PEM file"},
    {"key for certificate", FILE_KEY, FILE_KEY, GP_ERR_CONFIG,
     "key.pem' holds no certificate, but 'PRIVATE KEY'"},
    {"broken certificate", FILE_BROKEN_CERT, FILE_KEY, GP_ERR_CONFIG, "certificate 1 of '"},
    {"broken intermediate", FILE_BROKEN_SECOND, FILE_KEY, GP_ERR_CONFIG, "certificate 2 of '"},
    {"no key file", FILE_CHAIN, FILE_MISSING, GP_ERR_SYSTEM, "missing.pem': No such file"},
    {"empty key file", FILE_CHAIN, FILE_EMPTY, GP_ERR_CONFIG, "empty.pem' is empty"},
    {"key not PEM", FILE_CHAIN, FILE_TEXT, GP_ERR_CONFIG, "text.pem' is not a PEM file"},
    {"certificate for key", FILE_CHAIN, FILE_CHAIN, GP_ERR_CONFIG,
     "chain.pem' holds no private key, but 'CERTIFICATE'"},
    {"broken key", FILE_CHAIN, FILE_BROKEN_KEY, GP_ERR_CONFIG, "broken-key.pem' cannot be read"},
    {"encrypted key", FILE_CHAIN, FILE_ENCRYPTED_KEY, GP_ERR_CONFIG, "encrypted.pem' is encrypted"},
    {"another key", FILE_CHAIN, FILE_OTHER_KEY, GP_ERR_CONFIG,
     "other.pem' does not belong to the certificate"},
    {"wrong order", FILE_REVERSED, FILE_KEY, GP_ERR_CONFIG,
     "key.pem' belongs to certificate 2 of '"},
};

static void every_fault_of_a_file_has_its_sentence(void **state)
{
    (void)state;
    struct files files;
    make_files(&files);
    for (size_t i = 0; i < GP_ARRAY_LEN(file_rows); i++) {
        char *certificate = make_file(&files, file_rows[i].certificate);
        char *key = make_file(&files, file_rows[i].key);
        struct gp_err err = {0};
        enum gp_code code = fed_tls_check_key(certificate, key, &err);
        if (code != file_rows[i].code || !strstr(err.text, file_rows[i].words))
            fail_msg("%s: %d '%s'", file_rows[i].name, code, err.text);
        struct fed_tls_identity identity = {
            .domain = {"alpha.example"}, .certificate_file = certificate, .key_file = key};
        struct fed_tls *tls = NULL;
        struct gp_err of_create = {0};
        enum gp_code code_of_create = fed_tls_create(&identity, 1, certificate, &tls, &of_create);
        if (code_of_create != code || !strstr(of_create.text, file_rows[i].words))
            fail_msg("%s, on creation: %d '%s'", file_rows[i].name, code, of_create.text);
        fed_tls_destroy(tls);
        free(certificate);
        free(key);
    }
    remove_files(&files);
}

static void a_weak_certificate_cannot_be_shown(void **state)
{
    (void)state;
    struct files files;
    make_files(&files);
    char *certificate = make_file(&files, FILE_WEAK), *key = make_file(&files, FILE_WEAK_KEY);
    struct fed_tls_identity identity = {
        .domain = {"alpha.example"}, .certificate_file = certificate, .key_file = key};
    struct fed_tls *tls = NULL;
    struct gp_err err = {0};
    assert_int_equal(fed_tls_create(&identity, 1, certificate, &tls, &err), GP_ERR_CONFIG);
    assert_non_null(strstr(err.text, "TLS identity of alpha.example: "));
    assert_non_null(strstr(err.text, "the certificate's key is too small"));
    free(certificate);
    free(key);
    remove_files(&files);
}

static void the_system_has_trusted_authorities(void **state)
{
    (void)state;
    struct fed_tls *tls = NULL;
    struct gp_err err = {0};
    if (fed_tls_create(NULL, 0, NULL, &tls, &err) != GP_OK)
        fail_msg("%s", err.text);
    fed_tls_destroy(tls);
    fed_tls_destroy(NULL);
    fed_cert_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_count_only_with_the_right_tag_and_form),
        cmocka_unit_test(a_bad_name_does_not_hide_the_good_ones),
        cmocka_unit_test(names_are_bounded_in_number),
        cmocka_unit_test(two_name_extensions_give_no_names),
        cmocka_unit_test(the_subject_is_text_and_nothing_else),
        cmocka_unit_test(purposes_are_read_from_the_extended_key_usage),
        cmocka_unit_test(keys_and_signatures_are_named_and_weighed),
        cmocka_unit_test(digests_dates_and_flags_are_those_of_the_certificate),
        cmocka_unit_test(every_fault_of_a_file_has_its_sentence),
        cmocka_unit_test(a_weak_certificate_cannot_be_shown),
        cmocka_unit_test(the_system_has_trusted_authorities),
    };
    return cmocka_run_group_tests_name("fed_cert", tests, NULL, NULL);
}
