/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration: one frozen snapshot of what the file says, with defaults filled in and
 * everything checked that can be checked without the network. The option table (options.c) says
 * what there is; config_text.c reads the syntax.
 */
#ifndef GP_APP_CONFIG_H
#define GP_APP_CONFIG_H

#include "base/log.h"
#include "federation/settings.h"

/* A host of a home domain: one SRV target. */
struct app_host {
    struct dns_name name;
    size_t address_count;
    struct gp_addr
        *addresses; /* owned; the public addresses, as they are to stand in DNS; port 0 */
    uint16_t priority, weight; /* of both its SRV records */
    uint16_t starttls_port;    /* as published; 0: as the first listen section has it */
    uint16_t direct_tls_port; /* as published; 0: as the first listen section has it, or not offered
                                 there either */
};

/* domain "alpha.example" { } */
struct app_domain {
    struct dns_domain name;
    char *certificate; /* path, PEM chain */
    char *key;         /* path, PEM */
    char *inside;      /* name of its inside link */
    unsigned inside_index;
    uint32_t ttl_s;  /* of its exported records */
    bool wants_dane; /* `dane = yes`: TLSA records are part of the plan and the check fails without
                        them */
    size_t host_count;
    struct app_host *hosts; /* owned; at least one */
};

enum app_inside_kind {
    APP_INSIDE_ECHO,
    APP_INSIDE_COMPONENT
};

/* inside "NAME" { } */
struct app_inside {
    char *name;
    enum app_inside_kind kind;
    struct gp_addr
        listen;        /* component: where services connect; loopback unless allow-remote is said */
    char *secret_file; /* component */
    struct gp_secret secret;
};

/* listen { } */
struct app_listen {
    struct gp_addr address;   /* port unused */
    uint16_t starttls_port;   /* 0: not offered */
    uint16_t direct_tls_port; /* 0: not offered */
};

struct app_config {
    char *path;
    size_t domain_count;
    struct app_domain *domains; /* in the order of the file */
    size_t inside_count;
    struct app_inside *insides;
    size_t listen_count;
    struct app_listen *listens;
    struct dns_settings resolver;
    char *ca_file;        /* tls { ca-file }: NULL: the system's trust store */
    char *control_socket; /* control { socket } */
    enum gp_log_level log_level;
    enum gp_log_format log_format;
    unsigned workers;
    char *dialback_secret_file; /* NULL: random at each start */
    struct fed_settings
        federation;  /* homes, partners, limits, networks: what the federation layer is told */
    char digest[17]; /* first 16 hex digits of SHA-256 over the effective configuration,
                        certificates not included */
};

/*
 * Reads and checks a file. One thread only: libconfuse keeps state in globals. Errors
 * (GP_ERR_CONFIG) name file, line, option, what was wrong and what is allowed; when there are
 * several, each is appended to report (may be NULL) as one line and err holds the first.
 */
GP_MUST_USE enum gp_code app_config_load(const char *path, struct app_config **ret,
                                         struct gp_buf *report, struct gp_err *err);

void app_config_destroy(struct app_config *config);

/* By name; NULL when there is none. */
const struct app_domain *app_config_domain(const struct app_config *config,
                                           const struct dns_domain *name);

/* The ports that a host's SRV records name: its own, or those of the first listen section; 0: not
 * offered. */
uint16_t app_host_starttls_port(const struct app_config *config, const struct app_host *host);
uint16_t app_host_direct_tls_port(const struct app_config *config, const struct app_host *host);

/* Route settings for dns/route.h, pointing into config. */
struct dns_route_settings app_config_route(const struct app_config *config);

#endif
