/* SPDX-License-Identifier: BSD-2-Clause */
/* The verdicts on a peer's chain: PKIX on both sides of a connection, DANE on the initiating side.
 */
#include "tests/unit/unit.h"

#include "base/clock.h"
#include "base/digest.h"
#include "tests/unit/raw_tls.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct dns_domain home = {"home.example"};

#define LONG_CHAIN 12 /* intermediates */

enum name {
    ROOT, /* trusted, as PINNED and PINNED_CA */
    INTERMEDIATE,
    LEAF,
    SERVER_ONLY,
    CLIENT_ONLY,
    BOTH_PURPOSES,
    EXPIRED,
    FUTURE,
    WEAK,
    SHA1_LEAF,
    CA_LEAF,
    SELF_SIGNED,
    PINNED,
    PINNED_CA,
    OLD_INTERMEDIATE,
    UNDER_OLD,
    LIMITED, /* a CA with dNSName constraints */
    UNDER_LIMITED,
    ESCAPED, /* outside of what LIMITED allows */
    ADDRESS_LIMITED,
    UNDER_ADDRESS_LIMITED,
    PRIVATE_ROOT, /* of nobody's trust */
    UNDER_PRIVATE,
    PRIVATE_CLIENT,
    PRIVATE_EXPIRED,
    PRIVATE_LIMITED,
    UNDER_PRIVATE_LIMITED,
    LONG_FIRST,
    LONG_LAST = LONG_FIRST + LONG_CHAIN - 1,
    UNDER_TEN,    /* below the tenth of the long chain */
    UNDER_ELEVEN, /* below the eleventh */
    NAME_COUNT,
    END = -1
};

#define CA            .is_ca = true
#define NAMED(domain) .names = "DNS:" domain ",otherName:1.3.6.1.5.5.7.8.5;UTF8:" domain

static const struct {
    enum name name;
    int issuer; /* END: itself */
    struct pki_spec spec;
} plan[] = {
    {ROOT, END, {"root", CA}},
    {INTERMEDIATE, ROOT, {"intermediate", CA}},
    {LEAF, INTERMEDIATE, {"leaf", NAMED("alpha.example")}},
    {SERVER_ONLY, INTERMEDIATE, {"leaf", NAMED("alpha.example"), .usage = "serverAuth"}},
    {CLIENT_ONLY, INTERMEDIATE, {"leaf", NAMED("alpha.example"), .usage = "clientAuth"}},
    {BOTH_PURPOSES,
     INTERMEDIATE,
     {"leaf", NAMED("alpha.example"), .usage = "serverAuth,clientAuth"}},
    {EXPIRED, INTERMEDIATE, {"leaf", NAMED("alpha.example"), .starts_days = -9, .ends_days = -1}},
    {FUTURE, INTERMEDIATE, {"leaf", NAMED("alpha.example"), .starts_days = 1, .ends_days = 9}},
    {WEAK, INTERMEDIATE, {"leaf", NAMED("alpha.example"), .key = PKI_RSA_1024}},
    {SHA1_LEAF, INTERMEDIATE, {"leaf", NAMED("alpha.example"), .has_sha1 = true}},
    {CA_LEAF, INTERMEDIATE, {"leaf", NAMED("alpha.example"), CA}},
    {SELF_SIGNED, END, {"self", NAMED("alpha.example")}},
    {PINNED, END, {"pinned", NAMED("alpha.example")}},
    {PINNED_CA, END, {"pinned CA", NAMED("alpha.example"), CA}},
    {OLD_INTERMEDIATE, ROOT, {"old", CA, .starts_days = -9, .ends_days = -1}},
    {UNDER_OLD, OLD_INTERMEDIATE, {"leaf", NAMED("alpha.example")}},
    {LIMITED, ROOT, {"limited", CA, .limits = "permitted;DNS:good.example"}},
    {UNDER_LIMITED, LIMITED, {"leaf", .names = "DNS:good.example"}},
    {ESCAPED, LIMITED, {"leaf", .names = "otherName:1.3.6.1.5.5.7.8.5;UTF8:evil.example"}},
    {ADDRESS_LIMITED, ROOT, {"addresses", CA, .limits = "excluded;IP:192.0.2.0/255.255.255.0"}},
    {UNDER_ADDRESS_LIMITED, ADDRESS_LIMITED, {"leaf", NAMED("alpha.example")}},
    {PRIVATE_ROOT, END, {"private", CA}},
    {UNDER_PRIVATE, PRIVATE_ROOT, {"leaf", NAMED("alpha.example")}},
    {PRIVATE_CLIENT, PRIVATE_ROOT, {"leaf", NAMED("alpha.example"), .usage = "clientAuth"}},
    {PRIVATE_EXPIRED,
     PRIVATE_ROOT,
     {"leaf", NAMED("alpha.example"), .starts_days = -9, .ends_days = -1}},
    {PRIVATE_LIMITED, END, {"private limited", CA, .limits = "permitted;DNS:alpha.example"}},
    {UNDER_PRIVATE_LIMITED, PRIVATE_LIMITED, {"leaf", NAMED("alpha.example")}},
    {UNDER_TEN, LONG_FIRST + 9, {"leaf", NAMED("alpha.example")}},
    {UNDER_ELEVEN, LONG_FIRST + 10, {"leaf", NAMED("alpha.example")}},
};

struct fixture {
    char *dir, *root_file;
    struct pki all[NAME_COUNT];
    struct fed_tls *tls;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct pki *all = fixture->all;
    fixture->dir = pki_dir();
    all[ROOT] = pki_issue(NULL, &plan[0].spec);
    for (int i = 0; i < LONG_CHAIN; i++) {
        char subject[20];
        snprintf(subject, sizeof(subject), "long %d", i);
        all[LONG_FIRST + i] =
            pki_issue(&all[i == 0 ? ROOT : LONG_FIRST + i - 1], &(struct pki_spec){subject, CA});
    }
    for (size_t i = 1; i < GP_ARRAY_LEN(plan); i++)
        all[plan[i].name] =
            pki_issue(plan[i].issuer == END ? NULL : &all[plan[i].issuer], &plan[i].spec);

    const struct pki *trusted[] = {&all[ROOT], &all[PINNED], &all[PINNED_CA]};
    const struct pki *shown[] = {&all[LEAF]};
    fixture->root_file = pki_write_chain(fixture->dir, "root.pem", trusted, 3);
    char *certificate = pki_write_chain(fixture->dir, "leaf.pem", shown, 1);
    char *key = pki_write_key(fixture->dir, "key.pem", shown[0], NULL);
    const struct fed_tls_identity identity = {home, certificate, key};
    struct gp_err err = {0};
    if (fed_tls_create(&identity, 1, fixture->root_file, &fixture->tls, &err) != GP_OK)
        fail_msg("%s", err.text);
    free(certificate);
    free(key);
    signal(SIGPIPE, SIG_IGN);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    fed_tls_destroy(fixture->tls);
    for (int i = 0; i < NAME_COUNT; i++)
        pki_release(&fixture->all[i]);
    free(fixture->root_file);
    pki_remove_dir(fixture->dir);
    free(fixture);
    return 0;
}

#define SENT_MAX 14

static void create_peer(struct raw_tls *raw, bool is_server, const struct fixture *fixture,
                        const int sent[SENT_MAX])
{
    const struct pki *chain[SENT_MAX];
    size_t count = 0;
    for (; count < SENT_MAX && sent[count] != END; count++)
        chain[count] = &fixture->all[sent[count]];
    raw_create(raw, is_server, chain, count);
}

/* What our link finds out about a peer that shows this chain. */
static struct fed_tls_facts *facts_of(const struct fixture *fixture, bool is_peer_server,
                                      const int sent[SENT_MAX], const struct dns_tlsa *tlsa,
                                      size_t tlsa_count, const char *row)
{
    struct raw_tls raw;
    struct fed_tls_facts *facts = NULL;
    struct gp_err err = {0};
    int fds[2];
    const struct fed_tls_connect how = {
        .server_name = "alpha.example", .tlsa = tlsa, .tlsa_count = tlsa_count};
    create_peer(&raw, is_peer_server, fixture, sent);
    raw_pair(fds);
    struct fed_link *link = fed_link_create(fds[0]);
    raw_start(&raw, fds[1]);
    if (is_peer_server)
        assert_int_equal(fed_link_tls_connect(link, fixture->tls, &how, &err), GP_OK);
    else
        assert_int_equal(fed_link_tls_accept(link, fixture->tls, &home, false, &err), GP_OK);
    if (raw_shake(&raw, link) != GP_IO_DONE) /* C1: never because of the certificate */
        fail_msg("%s: handshake failed: %s", row, fed_link_error(link));
    assert_int_equal(fed_link_tls_facts(link, &facts, &err), GP_OK);
    fed_link_destroy(link);
    raw_destroy(&raw);
    return facts;
}

static const struct {
    const char *name;
    int sent[SENT_MAX];
    enum fed_chain chain;
    const char *words; /* of the reason */
} chain_rows[] = {
    {"trusted", {LEAF, INTERMEDIATE, END}, FED_CHAIN_TRUSTED, ""},
    {"with its root", {LEAF, INTERMEDIATE, ROOT, END}, FED_CHAIN_TRUSTED, ""},
    {"in disorder", {LEAF, ROOT, INTERMEDIATE, END}, FED_CHAIN_TRUSTED, ""},
    {"no intermediate",
     {LEAF, END},
     FED_CHAIN_UNTRUSTED,
     "no path to a trusted authority (the peer sent no intermediate certificate)"},
    {"wrong intermediate",
     {LEAF, LIMITED, END},
     FED_CHAIN_UNTRUSTED,
     "no path to a trusted authority"},
    {"server purpose", {SERVER_ONLY, INTERMEDIATE, END}, FED_CHAIN_TRUSTED, ""},
    {"client purpose",
     {CLIENT_ONLY, INTERMEDIATE, END},
     FED_CHAIN_UNTRUSTED,
     "not issued for TLS servers (extended key usage)"},
    {"both purposes", {BOTH_PURPOSES, INTERMEDIATE, END}, FED_CHAIN_TRUSTED, ""},
    {"expired", {EXPIRED, INTERMEDIATE, END}, FED_CHAIN_UNTRUSTED, "certificate has expired"},
    {"not yet valid",
     {FUTURE, INTERMEDIATE, END},
     FED_CHAIN_UNTRUSTED,
     "certificate is not yet valid"},
    {"expired intermediate",
     {UNDER_OLD, OLD_INTERMEDIATE, END},
     FED_CHAIN_UNTRUSTED,
     "certificate has expired (certificate 2 of the chain)"},
    {"RSA 1024",
     {WEAK, INTERMEDIATE, END},
     FED_CHAIN_UNTRUSTED,
     "the key is too small (RSA: 2048 bits at least)"},
    {"SHA-1", {SHA1_LEAF, INTERMEDIATE, END}, FED_CHAIN_UNTRUSTED, "signed with MD5 or SHA-1"},
    {"self-signed", {SELF_SIGNED, END}, FED_CHAIN_UNTRUSTED, "self-signed certificate"},
    {"pinned self-signed", {PINNED, END}, FED_CHAIN_TRUSTED, ""},
    {"pinned authority",
     {PINNED_CA, END},
     FED_CHAIN_UNTRUSTED,
     "the certificate is that of an authority (CA:TRUE), not of a server"},
    {"an authority as leaf",
     {CA_LEAF, INTERMEDIATE, END},
     FED_CHAIN_UNTRUSTED,
     "the certificate is that of an authority (CA:TRUE), not of a server"},
    {"unknown root",
     {UNDER_PRIVATE, PRIVATE_ROOT, END},
     FED_CHAIN_UNTRUSTED,
     "the chain ends at an authority that is not trusted here"},
    {"allowed by constraints", {UNDER_LIMITED, LIMITED, END}, FED_CHAIN_TRUSTED, ""},
    {"ten intermediates",
     {UNDER_TEN, LONG_FIRST + 9, LONG_FIRST + 8, LONG_FIRST + 7, LONG_FIRST + 6, LONG_FIRST + 5,
      LONG_FIRST + 4, LONG_FIRST + 3, LONG_FIRST + 2, LONG_FIRST + 1, LONG_FIRST, END},
     FED_CHAIN_TRUSTED,
     ""},
    {"eleven intermediates",
     {UNDER_ELEVEN, LONG_FIRST + 10, LONG_FIRST + 9, LONG_FIRST + 8, LONG_FIRST + 7, LONG_FIRST + 6,
      LONG_FIRST + 5, LONG_FIRST + 4, LONG_FIRST + 3, LONG_FIRST + 2, LONG_FIRST + 1, LONG_FIRST,
      END},
     FED_CHAIN_UNTRUSTED,
     "certificate chain too long"},
};

/* The same verdict on both sides: the server purpose decides for clients too (C2, F6). */
static void chains_are_judged_alike_on_both_sides(void **state)
{
    for (size_t i = 0; i < GP_ARRAY_LEN(chain_rows); i++) {
        for (int is_peer_server = 0; is_peer_server < 2; is_peer_server++) {
            struct fed_tls_facts *facts =
                facts_of(*state, is_peer_server, chain_rows[i].sent, NULL, 0, chain_rows[i].name);
            if (facts->chain != chain_rows[i].chain ||
                !strstr(facts->chain_reason, chain_rows[i].words) ||
                (chain_rows[i].words[0] == '\0' && facts->chain_reason[0] != '\0'))
                fail_msg("%s, peer is %s: %d '%s'", chain_rows[i].name,
                         is_peer_server ? "server" : "client", facts->chain, facts->chain_reason);
            assert_int_equal(facts->dane, FED_DANE_NOT_USED);
            fed_tls_facts_destroy(facts);
        }
    }
}

static void the_chain_ends_with_its_first_certificate(void **state)
{
    struct fixture *fixture = *state;
    const struct pki_spec spec = {"short", CA, .starts_days = -1, .ends_days = 2};
    struct pki middle = pki_issue(&fixture->all[ROOT], &spec);
    struct pki kept = fixture->all[INTERMEDIATE], kept_leaf = fixture->all[LEAF];
    fixture->all[INTERMEDIATE] = middle;
    fixture->all[LEAF] = pki_issue(&middle, &plan[2].spec);
    const int sent[SENT_MAX] = {LEAF, INTERMEDIATE, END};
    struct fed_tls_facts *facts = facts_of(fixture, true, sent, NULL, 0, "short");
    assert_int_equal(facts->chain, FED_CHAIN_TRUSTED);
    assert_in_range(facts->chain_not_after_s, gp_clock_wall_s() + 2 * 86400 - 60,
                    gp_clock_wall_s() + 2 * 86400);
    assert_true(facts->peer->not_after_s > facts->chain_not_after_s);
    fed_tls_facts_destroy(facts);
    pki_release(&fixture->all[LEAF]);
    pki_release(&middle);
    fixture->all[INTERMEDIATE] = kept;
    fixture->all[LEAF] = kept_leaf;
}

static void constraints_on_dns_names_are_noticed(void **state)
{
    static const struct {
        int sent[SENT_MAX];
        bool expected;
    } rows[] = {
        {{LEAF, INTERMEDIATE, END}, false},
        {{UNDER_LIMITED, LIMITED, END}, true},
        {{ESCAPED, LIMITED, END}, true}, /* OpenSSL trusts this chain (d.3) */
        {{UNDER_ADDRESS_LIMITED, ADDRESS_LIMITED, END}, false},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct fed_tls_facts *facts = facts_of(*state, i % 2, rows[i].sent, NULL, 0, "constraints");
        assert_int_equal(facts->chain, FED_CHAIN_TRUSTED);
        assert_int_equal(facts->has_dns_constraints, rows[i].expected);
        fed_tls_facts_destroy(facts);
    }
}

/* DANE. */

struct record {
    uint8_t usage, selector, matching;
    int of; /* END: no more records */
};

#define RECORDS_MAX 4

static const struct {
    const char *name;
    int sent[SENT_MAX];
    struct record records[RECORDS_MAX];
    enum fed_dane dane;
    const char *text;
    bool needs_name;
    enum fed_chain chain;
} dane_rows[] = {
    {"EE, key, SHA-256",
     {LEAF, INTERMEDIATE, END},
     {{3, 1, 1, LEAF}, {.of = END}},
     FED_DANE_MATCHED,
     "3 1 1",
     false,
     FED_CHAIN_TRUSTED},
    {"EE, certificate, SHA-256",
     {LEAF, INTERMEDIATE, END},
     {{3, 0, 1, LEAF}, {.of = END}},
     FED_DANE_MATCHED,
     "3 0 1",
     false,
     FED_CHAIN_TRUSTED},
    {"EE, key, SHA-512",
     {LEAF, INTERMEDIATE, END},
     {{3, 1, 2, LEAF}, {.of = END}},
     FED_DANE_MATCHED,
     "3 1 2",
     false,
     FED_CHAIN_TRUSTED},
    {"EE, certificate, SHA-512",
     {LEAF, INTERMEDIATE, END},
     {{3, 0, 2, LEAF}, {.of = END}},
     FED_DANE_MATCHED,
     "3 0 2",
     false,
     FED_CHAIN_TRUSTED},
    {"EE, whole certificate",
     {LEAF, END},
     {{3, 0, 0, LEAF}, {.of = END}},
     FED_DANE_MATCHED,
     "3 0 0",
     false,
     FED_CHAIN_UNTRUSTED},
    {"EE, whole key",
     {LEAF, END},
     {{3, 1, 0, LEAF}, {.of = END}},
     FED_DANE_MATCHED,
     "3 1 0",
     false,
     FED_CHAIN_UNTRUSTED},
    {"EE, another key",
     {LEAF, INTERMEDIATE, END},
     {{3, 1, 1, SERVER_ONLY}, {.of = END}},
     FED_DANE_MISMATCH,
     "no TLSA record matches",
     false,
     FED_CHAIN_TRUSTED},
    {"EE, digest of the wrong part",
     {LEAF, INTERMEDIATE, END},
     {{3, 0, 2, CLIENT_ONLY}, {.of = END}},
     FED_DANE_MISMATCH,
     "no TLSA record matches",
     false,
     FED_CHAIN_TRUSTED},
    {"EE names the intermediate",
     {LEAF, INTERMEDIATE, END},
     {{3, 1, 1, INTERMEDIATE}, {.of = END}},
     FED_DANE_MISMATCH,
     "no TLSA record matches",
     false,
     FED_CHAIN_TRUSTED},
    {"EE, old and new",
     {LEAF, INTERMEDIATE, END},
     {{3, 1, 1, EXPIRED}, {3, 1, 1, LEAF}, {.of = END}},
     FED_DANE_MATCHED,
     "3 1 1",
     false,
     FED_CHAIN_TRUSTED},
    {"EE, expired",
     {EXPIRED, INTERMEDIATE, END},
     {{3, 1, 1, EXPIRED}, {.of = END}},
     FED_DANE_MATCHED,
     "3 1 1",
     false,
     FED_CHAIN_UNTRUSTED},
    {"EE, self-signed",
     {SELF_SIGNED, END},
     {{3, 1, 1, SELF_SIGNED}, {.of = END}},
     FED_DANE_MATCHED,
     "3 1 1",
     false,
     FED_CHAIN_UNTRUSTED},
    {"EE, client purpose",
     {CLIENT_ONLY, END},
     {{3, 1, 1, CLIENT_ONLY}, {.of = END}},
     FED_DANE_MATCHED,
     "3 1 1",
     false,
     FED_CHAIN_UNTRUSTED},
    {"EE, RSA 1024",
     {WEAK, INTERMEDIATE, END},
     {{3, 1, 1, WEAK}, {.of = END}},
     FED_DANE_MISMATCH,
     "the key is too small (RSA: 2048 bits at least)",
     false,
     FED_CHAIN_UNTRUSTED},
    {"TA, intermediate",
     {LEAF, INTERMEDIATE, END},
     {{2, 0, 1, INTERMEDIATE}, {.of = END}},
     FED_DANE_MATCHED,
     "2 0 1",
     true,
     FED_CHAIN_TRUSTED},
    {"TA, intermediate's key",
     {LEAF, INTERMEDIATE, END},
     {{2, 1, 1, INTERMEDIATE}, {.of = END}},
     FED_DANE_MATCHED,
     "2 1 1",
     true,
     FED_CHAIN_TRUSTED},
    {"TA, root sent",
     {LEAF, INTERMEDIATE, ROOT, END},
     {{2, 0, 1, ROOT}, {.of = END}},
     FED_DANE_MATCHED,
     "2 0 1",
     true,
     FED_CHAIN_TRUSTED},
    {"TA, root not sent",
     {LEAF, INTERMEDIATE, END},
     {{2, 0, 1, ROOT}, {.of = END}},
     FED_DANE_MISMATCH,
     NULL,
     false,
     FED_CHAIN_TRUSTED},
    {"TA, root's key not sent",
     {LEAF, INTERMEDIATE, END},
     {{2, 1, 1, ROOT}, {.of = END}},
     FED_DANE_MISMATCH,
     NULL,
     false,
     FED_CHAIN_TRUSTED},
    {"TA, whole root in the record",
     {LEAF, INTERMEDIATE, END},
     {{2, 0, 0, ROOT}, {.of = END}},
     FED_DANE_MATCHED,
     "2 0 0",
     true,
     FED_CHAIN_TRUSTED},
    {"TA missing",
     {LEAF, END},
     {{2, 1, 1, INTERMEDIATE}, {.of = END}},
     FED_DANE_MISMATCH,
     NULL,
     false,
     FED_CHAIN_UNTRUSTED},
    {"TA of another chain",
     {LEAF, INTERMEDIATE, END},
     {{2, 0, 1, LIMITED}, {.of = END}},
     FED_DANE_MISMATCH,
     NULL,
     false,
     FED_CHAIN_TRUSTED},
    {"TA sent, but no issuer",
     {LEAF, INTERMEDIATE, PRIVATE_ROOT, END},
     {{2, 0, 1, PRIVATE_ROOT}, {.of = END}},
     FED_DANE_MISMATCH,
     NULL,
     false,
     FED_CHAIN_TRUSTED},
    {"TA, private root",
     {UNDER_PRIVATE, PRIVATE_ROOT, END},
     {{2, 0, 1, PRIVATE_ROOT}, {.of = END}},
     FED_DANE_MATCHED,
     "2 0 1",
     true,
     FED_CHAIN_UNTRUSTED},
    {"TA, expired leaf",
     {PRIVATE_EXPIRED, PRIVATE_ROOT, END},
     {{2, 0, 1, PRIVATE_ROOT}, {.of = END}},
     FED_DANE_MISMATCH,
     "certificate has expired",
     false,
     FED_CHAIN_UNTRUSTED},
    {"TA, client purpose",
     {PRIVATE_CLIENT, PRIVATE_ROOT, END},
     {{2, 0, 1, PRIVATE_ROOT}, {.of = END}},
     FED_DANE_MISMATCH,
     "not issued for TLS servers (extended key usage)",
     false,
     FED_CHAIN_UNTRUSTED},
    {"TA or EE: EE",
     {LEAF, INTERMEDIATE, END},
     {{2, 0, 1, PRIVATE_ROOT}, {3, 1, 1, LEAF}, {.of = END}},
     FED_DANE_MATCHED,
     "3 1 1",
     false,
     FED_CHAIN_TRUSTED},
    {"TA or EE: TA",
     {UNDER_PRIVATE, PRIVATE_ROOT, END},
     {{3, 1, 1, LEAF}, {2, 0, 1, PRIVATE_ROOT}, {.of = END}},
     FED_DANE_MATCHED,
     "2 0 1",
     true,
     FED_CHAIN_UNTRUSTED},
    {"TA with constraints",
     {UNDER_LIMITED, LIMITED, END},
     {{2, 0, 1, LIMITED}, {.of = END}},
     FED_DANE_MATCHED,
     "2 0 1",
     true,
     FED_CHAIN_TRUSTED},
};

/* The record's data, into out; returns its length. */
static uint16_t record_data(const struct fixture *fixture, const struct record *record,
                            uint8_t out[4096])
{
    X509 *cert = fixture->all[record->of].cert;
    uint8_t *end = out, digest[GP_DIGEST_MAX];
    int len = record->selector == 0 ? i2d_X509(cert, &end)
                                    : i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &end);
    enum gp_digest kind = record->matching == 1 ? GP_SHA256 : GP_SHA512;
    if (record->matching == 0)
        return (uint16_t)len;
    gp_digest(kind, out, (size_t)len, digest);
    memcpy(out, digest, gp_digest_len(kind));
    return (uint16_t)gp_digest_len(kind);
}

static size_t make_records(const struct fixture *fixture, const struct record *records,
                           struct dns_tlsa tlsa[RECORDS_MAX], uint8_t data[RECORDS_MAX][4096])
{
    size_t count = 0;
    for (; count < RECORDS_MAX && records[count].of != END; count++)
        tlsa[count] = (struct dns_tlsa){
            .usage = records[count].usage,
            .selector = records[count].selector,
            .matching = records[count].matching,
            .data_len = record_data(fixture, &records[count], data[count]),
            .data = data[count],
        };
    return count;
}

static void tlsa_records_decide(void **state)
{
    const struct fixture *fixture = *state;
    for (size_t i = 0; i < GP_ARRAY_LEN(dane_rows); i++) {
        struct dns_tlsa tlsa[RECORDS_MAX];
        uint8_t data[RECORDS_MAX][4096];
        size_t count = make_records(fixture, dane_rows[i].records, tlsa, data);
        struct fed_tls_facts *facts =
            facts_of(fixture, true, dane_rows[i].sent, tlsa, count, dane_rows[i].name);
        if (facts->dane != dane_rows[i].dane || facts->chain != dane_rows[i].chain ||
            facts->dane_needs_name != dane_rows[i].needs_name ||
            (dane_rows[i].text && strcmp(facts->dane_text, dane_rows[i].text) != 0))
            fail_msg("%s: dane %d '%s' (name %d), chain %d '%s'", dane_rows[i].name, facts->dane,
                     facts->dane_text, facts->dane_needs_name, facts->chain, facts->chain_reason);
        assert_true(facts->dane != FED_DANE_MISMATCH || facts->dane_text[0] != '\0');
        fed_tls_facts_destroy(facts);
    }
}

static void constraints_of_a_dane_chain_are_noticed(void **state)
{
    const int sent[SENT_MAX] = {UNDER_PRIVATE_LIMITED, PRIVATE_LIMITED, END};
    const struct record record[] = {{2, 0, 1, PRIVATE_LIMITED}, {.of = END}};
    struct dns_tlsa tlsa[RECORDS_MAX];
    uint8_t data[RECORDS_MAX][4096];
    size_t count = make_records(*state, record, tlsa, data);
    struct fed_tls_facts *facts = facts_of(*state, true, sent, tlsa, count, "constraints");
    assert_int_equal(facts->dane, FED_DANE_MATCHED);
    assert_int_equal(facts->chain, FED_CHAIN_UNTRUSTED);
    assert_true(facts->has_dns_constraints);
    fed_tls_facts_destroy(facts);
}

static void records_that_cannot_be_read_are_none(void **state)
{
    const int sent[SENT_MAX] = {LEAF, INTERMEDIATE, END};
    const struct dns_tlsa broken = {3, 0, 0, 5, (const uint8_t *)"\x30\x03\x02\x01\x07"};
    struct fed_tls_facts *facts = facts_of(*state, true, sent, &broken, 1, "broken");
    assert_int_equal(facts->dane, FED_DANE_NOT_USED);
    assert_int_equal(facts->chain, FED_CHAIN_TRUSTED);
    fed_tls_facts_destroy(facts);
}

/* A second opinion on the DANE rows: openssl s_client against the same chains. */

static int listen_somewhere(char port[8])
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(sa);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
    snprintf(port, 8, "%u", ntohs(sa.sin_port));
    return fd;
}

static void command_line(struct gp_buf *out, const struct fixture *fixture, const char *port,
                         const struct record *records)
{
    struct dns_tlsa tlsa[RECORDS_MAX];
    uint8_t data[RECORDS_MAX][4096];
    char hex[2 * 4096 + 1];
    size_t count = make_records(fixture, records, tlsa, data);
    gp_buf_printf(out,
                  "openssl s_client -connect 127.0.0.1:%s -CAfile %s -no_ign_eof "
                  "-dane_ee_no_namechecks -dane_tlsa_domain alpha.example",
                  port, fixture->root_file);
    for (size_t i = 0; i < count; i++)
        gp_buf_printf(out, " -dane_tlsa_rrdata '%u %u %u %s'", tlsa[i].usage, tlsa[i].selector,
                      tlsa[i].matching, gp_digest_hex(data[i], tlsa[i].data_len, hex));
    gp_buf_append_text(out, " </dev/null 2>&1");
}

static bool s_client_is_content(const struct fixture *fixture, const int sent[SENT_MAX],
                                const struct record *records)
{
    char port[8], said[65536];
    struct gp_buf command;
    struct raw_tls raw;
    int listener = listen_somewhere(port);
    gp_buf_init(&command, 100000);
    command_line(&command, fixture, port, records);
    FILE *client = popen(gp_buf_text(&command), "r");
    assert_non_null(client);
    create_peer(&raw, true, fixture, sent);
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(fd >= 0);
    raw_start(&raw, fd);
    (void)SSL_accept(raw.ssl); /* it says what it thinks even when it breaks off */
    raw_destroy(&raw);
    said[fread(said, 1, sizeof(said) - 1, client)] = '\0';
    pclose(client);
    close(listener);
    gp_buf_finish(&command);
    const char *code = strstr(said, "Verify return code: ");
    if (!code)
        fail_msg("s_client said: %s", said);
    return strncmp(code, "Verify return code: 0 ", 22) == 0;
}

static void openssl_s_client_agrees(void **state)
{
    const struct fixture *fixture = *state;
    for (size_t i = 0; i < GP_ARRAY_LEN(dane_rows); i++) {
        if (dane_rows[i].sent[0] == UNDER_LIMITED)
            continue; /* it compares names as well: this one has another */
        bool is_content = s_client_is_content(fixture, dane_rows[i].sent, dane_rows[i].records);
        if (is_content != (dane_rows[i].dane == FED_DANE_MATCHED))
            fail_msg("%s: s_client has another opinion", dane_rows[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_are_judged_alike_on_both_sides),
        cmocka_unit_test(the_chain_ends_with_its_first_certificate),
        cmocka_unit_test(constraints_on_dns_names_are_noticed),
        cmocka_unit_test(tlsa_records_decide),
        cmocka_unit_test(constraints_of_a_dane_chain_are_noticed),
        cmocka_unit_test(records_that_cannot_be_read_are_none),
        cmocka_unit_test(openssl_s_client_agrees),
    };
    return cmocka_run_group_tests_name("fed_chain", tests, set_up, tear_down);
}
