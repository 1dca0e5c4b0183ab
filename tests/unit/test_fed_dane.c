/* SPDX-License-Identifier: BSD-2-Clause */
/* The DANE verdict on a server's chain, with the opinion of openssl s_client beside it. */
#include "tests/unit/unit.h"

#include "base/digest.h"
#include "tests/unit/chains.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

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
     "no TLSA record matches",
     false,
     FED_CHAIN_TRUSTED},
    {"TA, root's key not sent",
     {LEAF, INTERMEDIATE, END},
     {{2, 1, 1, ROOT}, {.of = END}},
     FED_DANE_MISMATCH,
     "no TLSA record matches",
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
     "no TLSA record matches",
     false,
     FED_CHAIN_UNTRUSTED},
    {"TA of another chain",
     {LEAF, INTERMEDIATE, END},
     {{2, 0, 1, LIMITED}, {.of = END}},
     FED_DANE_MISMATCH,
     "no TLSA record matches",
     false,
     FED_CHAIN_TRUSTED},
    {"TA sent, but no issuer",
     {LEAF, INTERMEDIATE, PRIVATE_ROOT, END},
     {{2, 0, 1, PRIVATE_ROOT}, {.of = END}},
     FED_DANE_MISMATCH,
     "no TLSA record matches",
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
static uint16_t record_data(const struct chains *chains, const struct record *record,
                            uint8_t out[4096])
{
    X509 *cert = chains->all[record->of].cert;
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

static size_t make_records(const struct chains *chains, const struct record *records,
                           struct dns_tlsa tlsa[RECORDS_MAX], uint8_t data[RECORDS_MAX][4096])
{
    size_t count = 0;
    for (; count < RECORDS_MAX && records[count].of != END; count++)
        tlsa[count] = (struct dns_tlsa){
            .usage = records[count].usage,
            .selector = records[count].selector,
            .matching = records[count].matching,
            .data_len = record_data(chains, &records[count], data[count]),
            .data = data[count],
        };
    return count;
}

static void tlsa_records_decide(void **state)
{
    const struct chains *chains = *state;
    for (size_t i = 0; i < GP_ARRAY_LEN(dane_rows); i++) {
        struct dns_tlsa tlsa[RECORDS_MAX];
        uint8_t data[RECORDS_MAX][4096];
        size_t count = make_records(chains, dane_rows[i].records, tlsa, data);
        struct fed_tls_facts *facts =
            chains_facts(chains, true, dane_rows[i].sent, tlsa, count, dane_rows[i].name);
        if (facts->dane != dane_rows[i].dane || facts->chain != dane_rows[i].chain ||
            facts->dane_needs_name != dane_rows[i].needs_name ||
            strcmp(facts->dane_text, dane_rows[i].text) != 0)
            fail_msg("%s: dane %d '%s' (name %d), chain %d '%s'", dane_rows[i].name, facts->dane,
                     facts->dane_text, facts->dane_needs_name, facts->chain, facts->chain_reason);
        fed_tls_facts_destroy(facts);
    }
}

/* Of a peer that connected, the records are found after the handshake. */
static void records_that_come_later_decide_alike(void **state)
{
    const struct chains *chains = *state;
    for (size_t i = 0; i < GP_ARRAY_LEN(dane_rows); i++) {
        struct dns_tlsa tlsa[RECORDS_MAX];
        uint8_t data[RECORDS_MAX][4096];
        size_t count = make_records(chains, dane_rows[i].records, tlsa, data);
        struct fed_evidence evidence = chains_evidence(chains, dane_rows[i].sent, tlsa, count);
        bool is_match = dane_rows[i].dane == FED_DANE_MATCHED;
        if (evidence.found != (is_match ? FED_FOUND_MATCH : FED_FOUND_MISMATCH) ||
            evidence.needs_name != dane_rows[i].needs_name ||
            strcmp(evidence.text, dane_rows[i].text) != 0)
            fail_msg("%s: found %d '%s' (name %d)", dane_rows[i].name, evidence.found,
                     evidence.text, evidence.needs_name);
    }
}

static void no_certificate_matches_nothing(void **state)
{
    const int sent[SENT_MAX] = {END};
    const struct record record[] = {{3, 1, 1, LEAF}, {.of = END}};
    struct dns_tlsa tlsa[RECORDS_MAX];
    uint8_t data[RECORDS_MAX][4096];
    size_t count = make_records(*state, record, tlsa, data);
    struct fed_evidence evidence = chains_evidence(*state, sent, tlsa, count);
    assert_int_equal(evidence.found, FED_FOUND_MISMATCH);
    assert_string_equal(evidence.text, "the peer sent no certificate");
}

static void constraints_of_a_dane_chain_are_noticed(void **state)
{
    const int sent[SENT_MAX] = {UNDER_PRIVATE_LIMITED, PRIVATE_LIMITED, END};
    const struct record record[] = {{2, 0, 1, PRIVATE_LIMITED}, {.of = END}};
    struct dns_tlsa tlsa[RECORDS_MAX];
    uint8_t data[RECORDS_MAX][4096];
    size_t count = make_records(*state, record, tlsa, data);
    struct fed_tls_facts *facts = chains_facts(*state, true, sent, tlsa, count, "constraints");
    assert_int_equal(facts->dane, FED_DANE_MATCHED);
    assert_int_equal(facts->chain, FED_CHAIN_UNTRUSTED);
    assert_true(facts->has_dns_constraints);
    fed_tls_facts_destroy(facts);
    assert_true(chains_evidence(*state, sent, tlsa, count).has_dns_constraints);
}

static void records_that_cannot_be_read_are_none(void **state)
{
    const int sent[SENT_MAX] = {LEAF, INTERMEDIATE, END};
    const struct dns_tlsa broken = {3, 0, 0, 5, (const uint8_t *)"\x30\x03\x02\x01\x07"};
    struct fed_tls_facts *facts = chains_facts(*state, true, sent, &broken, 1, "broken");
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

/* Starts s_client towards the port; *ret_output is what it will say. */
static pid_t start_s_client(const struct chains *chains, const char *port,
                            const struct record *records, int *ret_output)
{
    struct dns_tlsa tlsa[RECORDS_MAX];
    uint8_t data[RECORDS_MAX][4096];
    char hex[2 * 4096 + 1], *argv[12 + 2 * RECORDS_MAX];
    struct gp_arena arena;
    posix_spawn_file_actions_t actions;
    int ends[2], argc = 0;
    pid_t pid = -1;
    gp_arena_init(&arena, 100000);
    static const char *const fixed[] = {
        "openssl",           "s_client",      "-no_ign_eof", "-dane_ee_no_namechecks",
        "-dane_tlsa_domain", "alpha.example", "-CAfile"};
    for (size_t i = 0; i < GP_ARRAY_LEN(fixed); i++)
        argv[argc++] = gp_arena_text(&arena, fixed[i]);
    argv[argc++] = chains->root_file;
    argv[argc++] = gp_arena_text(&arena, "-connect");
    argv[argc++] = gp_arena_printf(&arena, "127.0.0.1:%s", port);
    size_t count = make_records(chains, records, tlsa, data);
    for (size_t i = 0; i < count; i++) {
        argv[argc++] = gp_arena_text(&arena, "-dane_tlsa_rrdata");
        argv[argc++] =
            gp_arena_printf(&arena, "%u %u %u %s", tlsa[i].usage, tlsa[i].selector,
                            tlsa[i].matching, gp_digest_hex(data[i], tlsa[i].data_len, hex));
    }
    argv[argc] = NULL;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
    assert_int_equal(posix_spawnp(&pid, "openssl", &actions, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    gp_arena_finish(&arena);
    close(ends[1]);
    *ret_output = ends[0];
    return pid;
}

static bool s_client_is_content(const struct chains *chains, const int sent[SENT_MAX],
                                const struct record *records)
{
    char port[8], said[65536];
    size_t len = 0;
    struct raw_tls raw;
    int listener = listen_somewhere(port), output = -1, status = 0;
    pid_t pid = start_s_client(chains, port, records, &output);
    chains_peer(&raw, true, chains, sent);
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(fd >= 0);
    raw_start(&raw, fd);
    (void)SSL_accept(raw.ssl); /* it says what it thinks even when it breaks off */
    raw_destroy(&raw);
    for (ssize_t got; (got = read(output, said + len, sizeof(said) - 1 - len)) > 0;)
        len += (size_t)got;
    said[len] = '\0';
    assert_int_equal(waitpid(pid, &status, 0), pid);
    close(output);
    close(listener);
    const char *code = strstr(said, "Verify return code: ");
    if (!code)
        fail_msg("s_client said: %s", said);
    return strncmp(code, "Verify return code: 0 ", 22) == 0;
}

static void openssl_s_client_agrees(void **state)
{
    const struct chains *chains = *state;
    for (size_t i = 0; i < GP_ARRAY_LEN(dane_rows); i++) {
        if (dane_rows[i].sent[0] == UNDER_LIMITED)
            continue; /* it compares names as well: this one has another */
        bool is_content = s_client_is_content(chains, dane_rows[i].sent, dane_rows[i].records);
        if (is_content != (dane_rows[i].dane == FED_DANE_MATCHED))
            fail_msg("%s: s_client has another opinion", dane_rows[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tlsa_records_decide),
        cmocka_unit_test(records_that_come_later_decide_alike),
        cmocka_unit_test(no_certificate_matches_nothing),
        cmocka_unit_test(constraints_of_a_dane_chain_are_noticed),
        cmocka_unit_test(records_that_cannot_be_read_are_none),
        cmocka_unit_test(openssl_s_client_agrees),
    };
    return cmocka_run_group_tests_name("fed_dane", tests, chains_set_up, chains_tear_down);
}
