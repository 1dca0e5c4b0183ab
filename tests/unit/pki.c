/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include "tests/unit/pki.h"

#include <dirent.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static EVP_PKEY *make_key(enum pki_key kind)
{
    EVP_PKEY *key = kind == PKI_EC         ? EVP_EC_gen("P-256")
                    : kind == PKI_RSA      ? EVP_RSA_gen(2048)
                    : kind == PKI_RSA_1024 ? EVP_RSA_gen(1024)
                                           : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    assert_non_null(key);
    return key;
}

static void add_text_extension(X509 *cert, const X509V3_CTX *ctx, int nid, const char *value)
{
    if (!value)
        return;
    X509V3_CTX copy = *ctx;
    X509_EXTENSION *extension = X509V3_EXT_nconf_nid(NULL, &copy, nid, value);
    if (!extension)
        fail_msg("extension %s = %s", OBJ_nid2sn(nid), value);
    assert_int_equal(X509_add_ext(cert, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

struct pki pki_issue_with(const struct pki *issuer, const struct pki_spec *spec,
                          X509_EXTENSION *extension)
{
    struct pki made = {X509_new(), make_key(spec->key)};
    bool has_dates = spec->starts_days != 0 || spec->ends_days != 0;
    const struct pki *signer = issuer ? issuer : &made;
    uint64_t serial = 0;
    X509V3_CTX ctx;
    assert_non_null(made.cert);
    assert_int_equal(RAND_bytes((unsigned char *)&serial, 7), 1);
    X509_set_version(made.cert, X509_VERSION_3);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(made.cert), serial | 1);
    X509_gmtime_adj(X509_getm_notBefore(made.cert), 86400L * (has_dates ? spec->starts_days : -1));
    X509_gmtime_adj(X509_getm_notAfter(made.cert), 86400L * (has_dates ? spec->ends_days : 30));
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made.cert), "CN", MBSTRING_UTF8,
                               (const unsigned char *)spec->subject, -1, -1, 0);
    X509_set_issuer_name(made.cert, X509_get_subject_name(signer->cert));
    X509_set_pubkey(made.cert, made.key);
    X509V3_set_ctx(&ctx, signer->cert, made.cert, NULL, NULL, 0);
    add_text_extension(made.cert, &ctx, NID_basic_constraints,
                       spec->is_ca ? "critical,CA:TRUE" : "CA:FALSE");
    add_text_extension(made.cert, &ctx, NID_subject_key_identifier, "hash");
    add_text_extension(made.cert, &ctx, NID_key_usage,
                       spec->is_ca ? "digitalSignature,keyCertSign,cRLSign" : "digitalSignature");
    add_text_extension(made.cert, &ctx, NID_subject_alt_name, spec->names);
    add_text_extension(made.cert, &ctx, NID_ext_key_usage, spec->usage);
    add_text_extension(made.cert, &ctx, NID_name_constraints, spec->limits);
    if (extension)
        assert_int_equal(X509_add_ext(made.cert, extension, -1), 1);
    const EVP_MD *digest = EVP_PKEY_is_a(signer->key, "ED25519") ? NULL
                           : spec->has_sha1                      ? EVP_sha1()
                                                                 : EVP_sha256();
    assert_true(X509_sign(made.cert, signer->key, digest) > 0);
    return made;
}

struct pki pki_issue(const struct pki *issuer, const struct pki_spec *spec)
{
    return pki_issue_with(issuer, spec, NULL);
}

void pki_release(struct pki *pki)
{
    X509_free(pki->cert);
    EVP_PKEY_free(pki->key);
    *pki = (struct pki){0};
}

char *pki_dir(void)
{
    char *dir = strdup("/tmp/gatepost-test-XXXXXX");
    assert_non_null(dir);
    assert_non_null(mkdtemp(dir));
    return dir;
}

void pki_remove_dir(char *dir)
{
    DIR *listing = opendir(dir);
    assert_non_null(listing);
    for (struct dirent *entry; (entry = readdir(listing));)
        if (entry->d_name[0] != '.')
            assert_int_equal(unlinkat(dirfd(listing), entry->d_name, 0), 0);
    closedir(listing);
    assert_int_equal(rmdir(dir), 0);
    free(dir);
}

static char *path_of(const char *dir, const char *name)
{
    char *path = NULL;
    assert_true(asprintf(&path, "%s/%s", dir, name) > 0);
    return path;
}

static FILE *open_for_writing(const char *path)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    return file;
}

char *pki_write(const char *dir, const char *name, const void *bytes, size_t len)
{
    char *path = path_of(dir, name);
    FILE *file = open_for_writing(path);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
    return path;
}

char *pki_write_chain(const char *dir, const char *name, const struct pki *const *chain,
                      size_t count)
{
    char *path = path_of(dir, name);
    FILE *file = open_for_writing(path);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(PEM_write_X509(file, chain[i]->cert), 1);
    assert_int_equal(fclose(file), 0);
    return path;
}

char *pki_write_key(const char *dir, const char *name, const struct pki *pki,
                    const char *passphrase)
{
    char *path = path_of(dir, name);
    FILE *file = open_for_writing(path);
    const EVP_CIPHER *cipher = passphrase ? EVP_aes_128_cbc() : NULL;
    assert_int_equal(PEM_write_PKCS8PrivateKey(file, pki->key, cipher, passphrase,
                                               passphrase ? (int)strlen(passphrase) : 0, NULL,
                                               NULL),
                     1);
    assert_int_equal(fclose(file), 0);
    return path;
}

char *pki_write_public(const char *dir, const char *name, const struct pki *pki)
{
    char *path = path_of(dir, name);
    FILE *file = open_for_writing(path);
    assert_int_equal(PEM_write_PUBKEY(file, pki->key), 1);
    assert_int_equal(fclose(file), 0);
    return path;
}

char *pki_write_request(const char *dir, const char *name, const struct pki *pki)
{
    char *path = path_of(dir, name);
    FILE *file = open_for_writing(path);
    X509_REQ *request = X509_to_X509_REQ(pki->cert, pki->key, EVP_sha256());
    assert_non_null(request);
    assert_int_equal(PEM_write_X509_REQ(file, request), 1);
    X509_REQ_free(request);
    assert_int_equal(fclose(file), 0);
    return path;
}
