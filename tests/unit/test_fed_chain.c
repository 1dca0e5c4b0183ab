/* SPDX-License-Identifier: BSD-2-Clause */
/* The PKIX verdict on a peer's chain, on both sides of a connection. */
#include "tests/unit/unit.h"

#include "base/clock.h"
#include "tests/unit/chains.h"

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
            struct fed_tls_facts *facts = chains_facts(*state, is_peer_server, chain_rows[i].sent,
                                                       NULL, 0, chain_rows[i].name);
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
    const int sent[SENT_MAX] = {UNDER_SHORT, SHORT_INTERMEDIATE, END};
    struct fed_tls_facts *facts = chains_facts(*state, true, sent, NULL, 0, "short");
    int64_t in_two_days_s = gp_clock_wall_s() + 2 * 86400;
    assert_int_equal(facts->chain, FED_CHAIN_TRUSTED);
    assert_in_range(facts->chain_not_after_s, in_two_days_s - 60, in_two_days_s);
    assert_true(facts->peer->not_after_s > facts->chain_not_after_s);
    fed_tls_facts_destroy(facts);
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
        struct fed_tls_facts *facts =
            chains_facts(*state, i % 2, rows[i].sent, NULL, 0, "constraints");
        assert_int_equal(facts->chain, FED_CHAIN_TRUSTED);
        assert_int_equal(facts->has_dns_constraints, rows[i].expected);
        fed_tls_facts_destroy(facts);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_are_judged_alike_on_both_sides),
        cmocka_unit_test(the_chain_ends_with_its_first_certificate),
        cmocka_unit_test(constraints_on_dns_names_are_noticed),
    };
    return cmocka_run_group_tests_name("fed_chain", tests, chains_set_up, chains_tear_down);
}
