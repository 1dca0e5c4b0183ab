/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/other_host.h"

#include "base/text.h"

#define PRIVILEGED_PORTS 1024
#define HTTPS_PORT       443 /* XEP-0368: direct TLS where nothing else gets through */

static const uint16_t well_known[DNS_SERVICE_COUNT] = {
    [DNS_SERVICE_DIRECT_TLS] = 5270,
    [DNS_SERVICE_STARTTLS] = 5269,
};

static bool read_port(struct gp_span text, uint16_t *ret)
{
    uint64_t port;
    if (gp_text_number(text, UINT16_MAX, &port) != GP_OK ||
        (port < PRIVILEGED_PORTS && port != HTTPS_PORT))
        return false;
    *ret = (uint16_t)port;
    return true;
}

bool fed_other_host_read(const char *text, enum dns_service service, struct dns_static_route *ret,
                         struct gp_err *err)
{
    char safe[GP_TEXT_SAFE_MAX];
    struct gp_addr addr;
    struct dns_domain domain;
    const char *colon = strrchr(text, ':');
    size_t len = colon ? (size_t)(colon - text) : strlen(text);
    uint16_t port = well_known[service];
    bool is_good = dns_domain_from_text(gp_span_make(text, len), &domain, NULL) == GP_OK &&
                   gp_addr_parse(domain.ascii, &addr) != GP_OK &&
                   (!colon || read_port(gp_span_text(colon + 1), &port));
    if (!is_good) {
        gp_err_set(err, GP_ERR_INPUT,
                   "'%.100s' is not followed: it must be a host name, with "
                   "a port from %d up or %d",
                   gp_text_safe(gp_span_text(text), safe), PRIVILEGED_PORTS, HTTPS_PORT);
        return false;
    }
    *ret = (struct dns_static_route){.port = port, .service = service};
    dns_name_from_domain(&domain, &ret->host);
    return true;
}
