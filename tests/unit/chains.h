/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates of all kinds, and what a link of ours finds out about a peer that shows some. */
#ifndef GP_TESTS_CHAINS_H
#define GP_TESTS_CHAINS_H

#include "tests/unit/raw_tls.h"

#define LONG_CHAIN 12 /* intermediates */

enum chains_name {
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
    SHORT_INTERMEDIATE, /* ends in two days */
    UNDER_SHORT,
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

struct chains {
    char *dir, *root_file;
    struct pki all[NAME_COUNT];
    struct fed_tls *tls;
};

#define SENT_MAX 14 /* certificates of a chain, and END */

/* For cmocka_run_group_tests_name(); *state is a struct chains. */
int chains_set_up(void **state);
int chains_tear_down(void **state);

/* A peer that shows this chain; for raw_start(). */
void chains_peer(struct raw_tls *raw, bool is_server, const struct chains *chains,
                 const int sent[SENT_MAX]);

/* The facts of a link to such a peer; row names the caller's test. The caller's to release. */
struct fed_tls_facts *chains_facts(const struct chains *chains, bool is_peer_server,
                                   const int sent[SENT_MAX], const struct dns_tlsa *tlsa,
                                   size_t tlsa_count, const char *row);

/* The same for a peer that connected, by records that come after the handshake. */
struct fed_evidence chains_evidence(const struct chains *chains, const int sent[SENT_MAX],
                                    const struct dns_tlsa *tlsa, size_t tlsa_count);

#endif
