/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands/check_probe.h"

#include <stdio.h>

#define PORT 5269 /* RFC 6120, 14.7 */

static bool is_checked(const struct app_check_domains *checked, const struct dns_domain *domain)
{
    for (size_t i = 0; i < checked->count; i++)
        if (dns_domain_equal(&checked->list[i], domain))
            return true;
    return false;
}

static bool read_options(const struct app_check_probe_texts *texts, struct app_probe_domain *ret)
{
    struct gp_err err;
    if (!texts->domain || !texts->listen) {
        fprintf(stderr, "gatepost check: --probe-domain and --probe-listen go together\n");
        return false;
    }
    if (texts->key && !texts->certificate) {
        fprintf(stderr, "gatepost check: --probe-key is the key to a --probe-certificate\n");
        return false;
    }
    if (dns_domain_from_text(gp_span_text(texts->domain), &ret->domain, &err) != GP_OK) {
        fprintf(stderr, "gatepost check: --probe-domain=%s: %s\n", texts->domain, err.text);
        return false;
    }
    if (gp_addr_parse_port(texts->listen, PORT, &ret->listen) != GP_OK) {
        fprintf(stderr, "gatepost check: --probe-listen=%s is not an address\n", texts->listen);
        return false;
    }
    ret->certificate = texts->certificate;
    ret->key = texts->key;
    return true;
}

bool app_check_probe_take(const struct app_check_probe_texts *texts,
                          const struct app_config *config, const struct app_check_domains *checked,
                          struct app_check_probe *ret)
{
    const struct app_check_settings *settings = &config->check;
    struct app_probe_domain *probe = &ret->domain;
    *ret = (struct app_check_probe){.is_there = true};
    if (texts->domain || texts->listen || texts->certificate || texts->key) {
        if (!read_options(texts, probe))
            return false;
    } else if (dns_domain_is_set(&settings->probe_domain)) {
        *probe = (struct app_probe_domain){.domain = settings->probe_domain,
                                           .listen = settings->probe_listen,
                                           .certificate = settings->probe_certificate,
                                           .key = settings->probe_key};
    } else {
        ret->is_there = false;
        return true;
    }
    if (!probe->key) /* one file may hold both */
        probe->key = probe->certificate;
    if (is_checked(checked, &probe->domain)) {
        fprintf(
            stderr,
            "gatepost check: the probe domain %s is one of those that are checked: it has to be "
            "another one, as a partner's is\n",
            probe->domain.ascii);
        return false;
    }
    return true;
}
