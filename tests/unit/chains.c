/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include "tests/unit/chains.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static const struct dns_domain home = {"home.example"};

#define CA            .is_ca = true
#define NAMED(domain) .names = "DNS:" domain ",otherName:1.3.6.1.5.5.7.8.5;UTF8:" domain

static const struct {
    enum chains_name name;
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
    {SHORT_INTERMEDIATE, ROOT, {"short", CA, .starts_days = -1, .ends_days = 2}},
    {UNDER_SHORT, SHORT_INTERMEDIATE, {"leaf", NAMED("alpha.example")}},
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

int chains_set_up(void **state)
{
    struct chains *chains = calloc(1, sizeof(*chains));
    struct pki *all = chains->all;
    chains->dir = pki_dir();
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
    chains->root_file = pki_write_chain(chains->dir, "root.pem", trusted, 3);
    char *certificate = pki_write_chain(chains->dir, "leaf.pem", shown, 1);
    char *key = pki_write_key(chains->dir, "key.pem", shown[0], NULL);
    const struct fed_tls_identity identity = {home, certificate, key};
    struct gp_err err = {0};
    if (fed_tls_create(&identity, 1, chains->root_file, &chains->tls, &err) != GP_OK)
        fail_msg("%s", err.text);
    free(certificate);
    free(key);
    signal(SIGPIPE, SIG_IGN);
    *state = chains;
    return 0;
}

int chains_tear_down(void **state)
{
    struct chains *chains = *state;
    fed_tls_destroy(chains->tls);
    for (int i = 0; i < NAME_COUNT; i++)
        pki_release(&chains->all[i]);
    free(chains->root_file);
    pki_remove_dir(chains->dir);
    free(chains);
    return 0;
}

void chains_peer(struct raw_tls *raw, bool is_server, const struct chains *chains,
                 const int sent[SENT_MAX])
{
    const struct pki *chain[SENT_MAX];
    size_t count = 0;
    for (; count < SENT_MAX && sent[count] != END; count++)
        chain[count] = &chains->all[sent[count]];
    raw_create(raw, is_server, chain, count);
}

/* What our link finds out about a peer that shows this chain. */
struct fed_tls_facts *chains_facts(const struct chains *chains, bool is_peer_server,
                                   const int sent[SENT_MAX], const struct dns_tlsa *tlsa,
                                   size_t tlsa_count, const char *row)
{
    struct raw_tls raw;
    struct fed_tls_facts *facts = NULL;
    struct gp_err err = {0};
    int fds[2];
    const struct fed_tls_connect how = {
        .server_name = "alpha.example", .tlsa = tlsa, .tlsa_count = tlsa_count};
    chains_peer(&raw, is_peer_server, chains, sent);
    raw_pair(fds);
    struct fed_link *link = fed_link_create(fds[0]);
    raw_start(&raw, fds[1]);
    if (is_peer_server)
        assert_int_equal(fed_link_tls_connect(link, chains->tls, &how, &err), GP_OK);
    else
        assert_int_equal(fed_link_tls_accept(link, chains->tls, &home, false, &err), GP_OK);
    if (raw_shake(&raw, link) != GP_IO_DONE) /* C1: never because of the certificate */
        fail_msg("%s: handshake failed: %s", row, fed_link_error(link));
    assert_int_equal(fed_link_tls_facts(link, &facts, &err), GP_OK);
    fed_link_destroy(link);
    raw_destroy(&raw);
    return facts;
}

struct fed_evidence chains_evidence(const struct chains *chains, const int sent[SENT_MAX],
                                    const struct dns_tlsa *tlsa, size_t tlsa_count)
{
    struct raw_tls raw;
    struct fed_evidence evidence;
    struct gp_err err = {0};
    int fds[2];
    chains_peer(&raw, false, chains, sent);
    raw_pair(fds);
    struct fed_link *link = fed_link_create(fds[0]);
    raw_start(&raw, fds[1]);
    assert_int_equal(fed_link_tls_accept(link, chains->tls, &home, false, &err), GP_OK);
    assert_int_equal(raw_shake(&raw, link), GP_IO_DONE);
    assert_int_equal(fed_link_tls_match(link, tlsa, tlsa_count, &evidence, &err), GP_OK);
    fed_link_destroy(link);
    raw_destroy(&raw);
    return evidence;
}
