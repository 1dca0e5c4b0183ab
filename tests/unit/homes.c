/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include "tests/unit/homes.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define IDENTITIES_MAX 2

const struct dns_domain homes_alpha = {"alpha.example"}, homes_beta = {"beta.example"},
                        homes_gamma = {"gamma.example"};

struct fed_tls *homes_tls(const struct homes *homes, const struct dns_domain *domains,
                          const struct pki *const *certificates, size_t count)
{
    struct fed_tls_identity identities[IDENTITIES_MAX] = {0};
    char *chains[IDENTITIES_MAX], *keys[IDENTITIES_MAX], name[40];
    struct fed_tls *tls = NULL;
    struct gp_err err = {0};
    for (size_t i = 0; i < count; i++) {
        snprintf(name, sizeof(name), "chain-%zu.pem", i);
        chains[i] = pki_write_chain(homes->dir, name, &certificates[i], 1);
        snprintf(name, sizeof(name), "key-%zu.pem", i);
        keys[i] = pki_write_key(homes->dir, name, certificates[i], NULL);
        identities[i] = (struct fed_tls_identity){domains[i], chains[i], keys[i]};
    }
    if (fed_tls_create(identities, count, homes->root_file, &tls, &err) != GP_OK)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < count; i++) {
        free(chains[i]);
        free(keys[i]);
    }
    return tls;
}

int homes_set_up(void **state)
{
    struct homes *homes = calloc(1, sizeof(*homes));
    homes->dir = pki_dir();
    homes->root = pki_issue(NULL, &(struct pki_spec){.subject = "root", .is_ca = true});
    homes->alpha = pki_issue(&homes->root,
                             &(struct pki_spec){.subject = "alpha", .names = "DNS:alpha.example"});
    homes->beta = pki_issue(
        &homes->root,
        &(struct pki_spec){.subject = "beta", .names = "DNS:beta.example", .key = PKI_RSA});
    homes->gamma = pki_issue(&homes->root,
                             &(struct pki_spec){.subject = "gamma", .names = "DNS:gamma.example"});
    const struct pki *root = &homes->root;
    const struct dns_domain domains[] = {homes_alpha, homes_beta};
    const struct pki *of_domains[] = {&homes->alpha, &homes->beta};
    const struct pki *of_gamma = &homes->gamma;
    homes->root_file = pki_write_chain(homes->dir, "root.pem", &root, 1);
    homes->gateway = homes_tls(homes, domains, of_domains, 2);
    homes->partner = homes_tls(homes, &homes_gamma, &of_gamma, 1);
    signal(SIGPIPE, SIG_IGN); /* for OpenSSL's own sockets on the other end */
    *state = homes;
    return 0;
}

int homes_tear_down(void **state)
{
    struct homes *homes = *state;
    fed_tls_destroy(homes->gateway);
    fed_tls_destroy(homes->partner);
    pki_release(&homes->root);
    pki_release(&homes->alpha);
    pki_release(&homes->beta);
    pki_release(&homes->gamma);
    free(homes->root_file);
    pki_remove_dir(homes->dir);
    free(homes);
    return 0;
}
