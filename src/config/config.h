/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration: one frozen snapshot of what the file says, with defaults filled in and
 * everything checked that can be checked without the network. The option table (options.c) says
 * what there is; config_text.c reads the syntax.
 */
#ifndef GP_APP_CONFIG_H
#define GP_APP_CONFIG_H

#include "base/log.h"
#include "base/map.h"
#include "federation/settings.h"
#include "zones/history.h"

/* A host of a home domain: one SRV target. */
struct app_host {
    struct dns_name name;
    size_t address_count;
    struct gp_addr
        *addresses; /* owned; the public addresses, as they are to stand in DNS; port 0 */
    uint16_t priority, weight; /* of both its SRV records */
    uint16_t starttls_port;    /* as published, where the file says nothing that of the first listen
                                  section; 0: not offered */
    uint16_t direct_tls_port;  /* likewise */
};

/* inside-users "NAME" { }, in a domain */
struct app_elsewhere {
    char *inside; /* name of the inside link */
    unsigned inside_index;
    char *file; /* path; who lives there */
};

/* legacy { }, in a domain: the gateway that gatepost replaces */
struct app_legacy {
    size_t host_count; /* its endpoints with STARTTLS: what _xmpp-server records name */
    struct dns_static_route *hosts;            /* owned; at least one */
    size_t direct_tls_host_count;              /* likewise with direct TLS, _xmpps-server */
    struct dns_static_route *direct_tls_hosts; /* owned */
    size_t address_count;
    struct gp_addr *addresses; /* owned; at least one; all that it has and ever had; port 0 */
    uint32_t rollback_s;       /* how long after the switch one wants to be able to go back to it */
};

#define APP_RENEWAL_DAYS 21 /* a certificate that ends sooner should have been renewed */

/* The words of caa-validation-methods: names of ACME's challenges, as RFC 8657, 4 has them. */
#define APP_CAA_METHODS "http-01", "dns-01", "tls-alpn-01", "dns-account-01"

/* What becomes of a reload with a key that partners may not know yet. */
enum app_young_key {
    APP_YOUNG_KEY_REFUSE,
    APP_YOUNG_KEY_WARN,
    APP_YOUNG_KEY_IGNORE
};

/* domain "alpha.example" { } */
struct app_domain {
    struct dns_domain name;
    char *certificate;                        /* path, PEM chain */
    char *key;                                /* path, PEM */
    char *inside;                             /* name of its inside link */
    unsigned inside_index;                    /* app_inside.index of that */
    char *users_allow_file, *users_deny_file; /* NULL: none */
    uint32_t ttl_s;                           /* of its exported records */
    uint32_t low_ttl_s;                       /* of the same around a change */
    char *next_key;                           /* path of the key to come; NULL: there is none */
    enum app_young_key young_key;
    size_t caa_issuer_count;
    struct dns_domain *caa_issuers;  /* owned; who may issue its certificates; none: no CAA */
    char *caa_account_uri;           /* NULL: any account */
    uint32_t caa_validation_methods; /* a set of words; none: any method */
    bool wants_dane; /* `dane = yes`: TLSA records are part of the plan and the check fails without
                        them */
    size_t elsewhere_count;
    struct app_elsewhere *elsewhere; /* owned */
    size_t host_count;
    struct app_host *hosts;    /* owned; at least one */
    struct app_legacy *legacy; /* owned; NULL: nothing is replaced */
    /* What the certificate says, as it was when the configuration was loaded. */
    uint8_t certificate_sha256[32];
    uint8_t spki_sha256[32];           /* of its public key: the data of a TLSA 3 1 1 record */
    uint8_t next_spki_sha256[32];      /* the same of next_key */
    int64_t not_before_s, not_after_s; /* wall clock */
};

enum app_inside_kind {
    APP_INSIDE_ECHO,
    APP_INSIDE_SELF,
    APP_INSIDE_COMPONENT,
    APP_INSIDE_SERVER,
    APP_INSIDE_S2S
};

/* Of a server's key: the data of a TLSA 3 1 1 record. */
struct app_pin {
    uint8_t spki_sha256[32];
};

/* inside "NAME" { } */
struct app_inside {
    char *name;
    enum app_inside_kind kind;
    struct gp_addr listen;  /* component: where services connect; s2s: where the server does */
    struct gp_addr address; /* server: where it takes components; s2s: streams */
    char *secret_file;      /* component, server, s2s */
    bool is_direct_tls;     /* s2s */
    size_t peer_count;
    struct gp_network *peers; /* owned; s2s: where it may connect from */
    size_t pin_count;
    struct app_pin *pins; /* owned; s2s: its certificate has one of these keys */
    char *ca_file;        /* s2s: who may have issued it; NULL: tls { ca-file } */
    struct gp_secret secret;
    /* What the federation layer knows it by: unlike its place in the file it stays the same over
     * reloads. */
    unsigned index;
    uint64_t terms; /* a digest over all of it: the same link at a reload is left alone */
};

/* listen { } */
struct app_listen {
    struct gp_addr address;   /* port unused */
    uint16_t starttls_port;   /* 0: not offered */
    uint16_t direct_tls_port; /* 0: not offered */
};

/* check { accept "V14" { } } */
struct app_acceptance {
    char *check; /* id */
    char *reason;
    size_t domain_count;
    struct dns_domain *domains; /* owned; none: any */
    size_t subject_count;
    char **subjects; /* owned; none: any */
    int64_t until_s; /* wall clock; 0: for ever */
};

#define APP_PUBLIC_RESOLVERS_MAX 16

/* check { } */
struct app_check_settings {
    char *journal; /* path; NULL: below the state directory */
    struct gp_addr
        *resolvers; /* owned; public ones, whose caches are looked into; port 0 means 53 */
    size_t resolver_count;
    struct zone_margins margins;
    struct dns_domain probe_domain;      /* not set: none */
    struct gp_addr probe_listen;         /* with the port */
    char *probe_certificate, *probe_key; /* paths; NULL: none */
};

struct app_config {
    char *path;
    bool is_public; /* from app_config_create_public() */
    size_t domain_count;
    struct app_domain *domains;    /* in the order of the file */
    struct gp_map domains_by_name; /* the same */
    size_t inside_count;
    struct app_inside *insides;
    size_t listen_count;
    struct app_listen *listens;
    struct dns_settings resolver;
    char *ca_file;              /* tls { ca-file }: NULL: the system's trust store */
    char *control_socket;       /* control { socket } */
    uint32_t check_timeout_ms;  /* check { timeout } */
    uint32_t check_interval_ms; /* check { interval }; 0: the gateway makes none */
    size_t acceptance_count;
    struct app_acceptance *acceptances;
    enum gp_log_level log_level;
    enum gp_log_format log_format;
    unsigned workers;
    char *state_directory;
    struct app_check_settings check;
    char *block_file;           /* NULL: nobody is blocked */
    char *dialback_secret_file; /* NULL: random at each start */
    struct fed_settings
        federation;  /* homes, partners, limits, networks: what the federation layer is told */
    char digest[17]; /* first 16 hex digits of SHA-256 over the effective configuration as `config
                        print` has it, so without the contents of the files that it names */
    size_t warning_count;
    char **warnings; /* owned; what works and is weak, one sentence each with file and line */
};

/*
 * Reads and checks a file, and the secrets and certificates that it names. One thread only:
 * libconfuse keeps state in globals. Errors (GP_ERR_CONFIG) name file, line, option, what was wrong
 * and what is allowed; when there are several, each is appended to report (may be NULL) as one line
 * and err holds the first. A file that cannot be read is in err alone (GP_ERR_SYSTEM, if the system
 * refuses it). A certificate out of its dates is a warning: a gateway must start again all the
 * same.
 */
GP_MUST_USE enum gp_code app_config_load(const char *path, struct app_config **ret,
                                         struct gp_buf *report, struct gp_err *err);

/*
 * The control socket of a file that may have problems, as long as its syntax can be read: so that
 * the gateway that runs under an earlier version of it can be asked. The caller's to free, or NULL.
 */
char *app_config_control_socket(const char *path);

/*
 * As app_config_load() for a text, without a look at any file: secrets and what the certificates
 * say are not set. Relative paths begin at the directory of path, which also stands in the
 * messages.
 */
GP_MUST_USE enum gp_code app_config_parse(struct gp_span text, const char *path,
                                          struct app_config **ret, struct gp_buf *report,
                                          struct gp_err *err);

/*
 * What stands for a configuration where there is none: the names of domains, which need not be our
 * own, and the defaults. Nothing is read. Errors: GP_ERR_NOMEM.
 */
GP_MUST_USE enum gp_code app_config_create_public(const struct dns_domain *domains, size_t count,
                                                  struct app_config **ret, struct gp_err *err);

void app_config_destroy(struct app_config *config);

/* The most that app_config_print() appends: relative paths become longer. */
#define APP_CONFIG_PRINT_MAX (16 * 1048576)

/*
 * Appends the effective configuration, defaults included, in a form that loads again to the same
 * digest. Secrets are not in it, only the paths of their files.
 */
void app_config_print(const struct app_config *config, struct gp_buf *out);

/* The same for one partner, or for the strangers, who have no domains. */
void app_partner_print(const struct fed_partner *partner, struct gp_buf *out);

/*
 * A configuration that takes the place of the one before: its inside links keep the index they had
 * there, and a dialback secret that is random stays the same, since keys made from it are under
 * way.
 */
void app_config_follow(struct app_config *config, const struct app_config *before);

/* By name; NULL when there is none. */
const struct app_domain *app_config_domain(const struct app_config *config,
                                           const struct dns_domain *name);

/* Whether the type of some partner asks who has written to whom. */
bool app_config_wants_contacts(const struct app_config *config);

/* Route settings for dns/route.h, pointing into config. */
struct dns_route_settings app_config_route(const struct app_config *config);

#endif
