/* SPDX-License-Identifier: BSD-2-Clause */
/* A gateway with the homes alpha and beta and a partner gamma: certificates and TLS objects. */
#ifndef GP_TESTS_HOMES_H
#define GP_TESTS_HOMES_H

#include "federation/tls_ctx.h"
#include "tests/unit/pki.h"

extern const struct dns_domain homes_alpha, homes_beta, homes_gamma; /* "alpha.example", ... */

struct homes {
    char *dir, *root_file;
    struct pki root, alpha, beta, gamma; /* beta has an RSA key, the others have EC keys */
    struct fed_tls *gateway, *partner;
};

/* For cmocka_run_group_tests_name(); *state is a struct homes. */
int homes_set_up(void **state);
int homes_tear_down(void **state);

/* A TLS object of these identities, which trusts the root. */
struct fed_tls *homes_tls(const struct homes *homes, const struct dns_domain *domains,
                          const struct pki *const *certificates, size_t count);

#endif
