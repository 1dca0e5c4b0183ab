/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/options.h"

#include "config/config.h"
#include "config/options_certificates.h"
#include "config/options_check.h"
#include "config/options_policy.h"

#define FIELD(type, member) \
    .offset = offsetof(struct type, member), .size = sizeof(((const struct type *)NULL)->member)
#define COUNTED_BY(type, member) .count_offset = offsetof(struct type, member)
#define WORDS(...)                 \
    .words = (const char *const[]) \
    {                              \
        __VA_ARGS__, NULL          \
    }

static const struct app_section_row sections[] = {
    [APP_SECTION_ROOT] = {"", APP_SECTION_ROOT, APP_ONCE, NULL,
                          "What stands outside of every section."},
    [APP_SECTION_DOMAIN] = {"domain", APP_SECTION_ROOT, APP_TITLED, "DOMAIN",
                            "A domain that gatepost answers for, its certificate, and where its "
                            "users or services are."},
    [APP_SECTION_HOST] = {"host", APP_SECTION_DOMAIN, APP_TITLED, "HOST",
                          "A host that serves the domain: the target of one SRV record of each "
                          "service. Several domains may name the same host."},
    [APP_SECTION_INSIDE_USERS] = {"inside-users", APP_SECTION_DOMAIN, APP_TITLED, "NAME",
                                  "Users of the domain that live on another inside link, the one "
                                  "of that name, such as those that have not moved yet."},
    [APP_SECTION_LEGACY] = {"legacy", APP_SECTION_DOMAIN, APP_ONCE, NULL,
                            "The gateway or server that gatepost replaces for the domain, as "
                            "\"gatepost check\" has to know it in each phase of the cutover "
                            "(docs/check.md). Take the section out when it is gone for good."},
    [APP_SECTION_INSIDE] = {"inside", APP_SECTION_ROOT, APP_TITLED, "NAME",
                            "An inside link: what takes the stanzas that arrive for a domain."},
    [APP_SECTION_CONTACT] =
        {"contact", APP_SECTION_ROOT, APP_ONCE, NULL,
         "Whom to write to, as domains whose inside link is of kind self or "
         "echo tell everybody who asks (XEP-0157). Every address is a URI, such "
         "as \"mailto:abuse@alpha.example\"."},
    [APP_SECTION_PARTNER] =
        {"partner", APP_SECTION_ROOT, APP_TITLED, "DOMAIN",
         "A partner: a domain, perhaps with others, that may federate, and under "
         "which conditions."},
    [APP_SECTION_STRANGER] = {"stranger", APP_SECTION_ROOT, APP_ONCE, NULL,
                              "The conditions for every domain that is no partner; used with "
                              "\"federation = open\" only."},
    [APP_SECTION_PARTNER_SHADOW] =
        {"shadow", APP_SECTION_PARTNER, APP_ONCE, NULL,
         "Conditions that are tried out: judged beside those of the partner, and only told "
         "of in log and status. What is not said here is as it is there."},
    [APP_SECTION_STRANGER_SHADOW] = {"shadow", APP_SECTION_STRANGER, APP_ONCE, NULL,
                                     "The same for every domain that is no partner."},
    [APP_SECTION_LISTEN] = {"listen", APP_SECTION_ROOT, APP_MANY, NULL,
                            "Where partners connect. Without any such section gatepost listens on "
                            "all addresses, on the default ports."},
    [APP_SECTION_RESOLVER] = {"resolver", APP_SECTION_ROOT, APP_ONCE, NULL,
                              "How names are looked up. Every answer is validated (DNSSEC)."},
    [APP_SECTION_TLS] = {"tls", APP_SECTION_ROOT, APP_ONCE, NULL,
                         "What certificates of partners are checked against."},
    [APP_SECTION_CONTROL] = {"control", APP_SECTION_ROOT, APP_ONCE, NULL,
                             "How \"gatepost status\" and \"gatepost check\" reach the running "
                             "gateway."},
    [APP_SECTION_CHECK] = {"check", APP_SECTION_ROOT, APP_ONCE, NULL,
                           "What \"gatepost check\" goes by."},
    [APP_SECTION_ACCEPT] = {"accept", APP_SECTION_CHECK, APP_TITLED, "ID",
                            "What a check finds and is as it should be here: it is shown as SKIP, "
                            "with the reason, and counts for nothing."},
    [APP_SECTION_LOG] = {"log", APP_SECTION_ROOT, APP_ONCE, NULL,
                         "What is logged, to standard error."},
    [APP_SECTION_LIMITS] = {"limits", APP_SECTION_ROOT, APP_ONCE, NULL,
                            "Every wait and every amount that a peer can drive."},
};
_Static_assert(GP_ARRAY_LEN(sections) == APP_SECTION_COUNT, "a row for each section");

/* An address that nobody can be reached at is no address for a host (RFC 1035 has no rule; reason
 * does). */
static enum gp_code check_host_address(const void *value, struct gp_err *err)
{
    const struct gp_addr *addr = value;
    enum gp_reach reach = gp_addr_reach(addr);
    if (reach == GP_REACH_MULTICAST || reach == GP_REACH_UNSPECIFIED || reach == GP_REACH_RESERVED)
        return gp_err_set(err, GP_ERR_CONFIG, "no host has such an address (%s)",
                          gp_reach_text(reach));
    return GP_OK;
}

static enum gp_code check_peer_address(const struct gp_addr *addr, const char *who,
                                       struct gp_err *err)
{
    enum gp_reach reach = gp_addr_reach(addr);
    if (reach == GP_REACH_MULTICAST || reach == GP_REACH_UNSPECIFIED)
        return gp_err_set(err, GP_ERR_CONFIG, "no %s has such an address (%s)", who,
                          gp_reach_text(reach));
    return GP_OK;
}

static enum gp_code check_asked_address(const void *value, struct gp_err *err)
{
    return check_peer_address(value, "resolver", err);
}

static enum gp_code check_inside_address(const void *value, struct gp_err *err)
{
    return check_peer_address(value, "server", err);
}

static enum gp_code check_interval(const void *value, struct gp_err *err)
{
    uint32_t interval_ms = *(const uint32_t *)value;
    if (interval_ms > 0 && interval_ms < 1000)
        return gp_err_set(err, GP_ERR_CONFIG, "is too often; 1s at least, or 0 for never");
    return GP_OK;
}

static const struct app_option_row options[] = {
    {.section = APP_SECTION_ROOT,
     .key = "federation",
     .type = APP_WORD,
     FIELD(app_config, federation.is_open),
     .preset = "allow-list",
     WORDS("allow-list", "open"),
     .help = "Who may federate: the partners of this file, or every domain. \"open\" is weak."},
    {.section = APP_SECTION_ROOT,
     .key = "private-networks",
     .type = APP_NETWORK,
     .flags = APP_LIST,
     FIELD(app_config, federation.networks),
     COUNTED_BY(app_config, federation.network_count),
     .help =
         "Networks that are not public and that partners, and the hosts of this file, may be in. "
         "Without them no DNS record leads gatepost to a private, loopback or link-local "
         "address."},
    {.section = APP_SECTION_ROOT,
     .key = "dialback-secret-file",
     .type = APP_SECRET_FILE,
     FIELD(app_config, dialback_secret_file),
     .help =
         "File with the secret, at least 32 bytes, that dialback keys are made from (XEP-0185). "
         "Gateways that serve the same domain share it. Without it the secret is random at each "
         "start."},
    {.section = APP_SECTION_ROOT,
     .key = "block-file",
     .type = APP_PATH,
     FIELD(app_config, block_file),
     .help = "File with domains that may not federate, whatever else this file says: one on each "
             "line; \".bad.example\" means it and everything below it; \"#\" begins a comment."},
    {.section = APP_SECTION_ROOT,
     .key = "state-directory",
     .type = APP_PATH,
     .flags = APP_RESTART,
     FIELD(app_config, state_directory),
     .preset = "/var/lib/gatepost",
     .help = "Where gatepost keeps what survives a restart: the contacts of partners of the type "
             "public-unverified, and the journal of the check. It is not made for the journal."},
    {.section = APP_SECTION_ROOT,
     .key = "workers",
     .type = APP_COUNT,
     .flags = APP_RESTART,
     FIELD(app_config, workers),
     .preset = "1",
     .least = 1,
     .most = 64,
     .help = "Threads that carry streams."},

    {.section = APP_SECTION_DOMAIN,
     .key = "certificate",
     .type = APP_PATH,
     .flags = APP_REQUIRED,
     FIELD(app_domain, certificate),
     .help = "Certificate that stands for the domain: PEM, with its intermediates behind it."},
    {.section = APP_SECTION_DOMAIN,
     .key = "key",
     .type = APP_PATH,
     .flags = APP_REQUIRED,
     FIELD(app_domain, key),
     .help = "Private key of the certificate: PEM."},
    {.section = APP_SECTION_DOMAIN,
     .key = "inside",
     .type = APP_TEXT,
     .flags = APP_REQUIRED,
     FIELD(app_domain, inside),
     .help = "Name of the inside link that the domain lives on."},
    {.section = APP_SECTION_DOMAIN,
     .key = "users-allow-file",
     .type = APP_PATH,
     FIELD(app_domain, users_allow_file),
     .help = "File with the only users of the domain that may federate: an address such as "
             "romeo@alpha.example on each line; \"#\" begins a comment."},
    {.section = APP_SECTION_DOMAIN,
     .key = "users-deny-file",
     .type = APP_PATH,
     FIELD(app_domain, users_deny_file),
     .help = "File with users of the domain that may not federate, in the same form. It holds "
             "against the other one."},
    {.section = APP_SECTION_DOMAIN,
     .key = "ttl",
     .type = APP_SECONDS,
     FIELD(app_domain, ttl_s),
     .preset = "1h",
     .least = 30,
     .most = 604800,
     .help = "TTL of the exported records."},
    {.section = APP_SECTION_DOMAIN,
     .key = "low-ttl",
     .type = APP_SECONDS,
     FIELD(app_domain, low_ttl_s),
     .preset = "5min",
     .least = 30,
     .most = 604800,
     .help = "TTL of the same records around a change: \"gatepost export --profile\" prepare and "
             "switch. Never more than ttl."},
    {.section = APP_SECTION_DOMAIN,
     .key = "dane",
     .type = APP_BOOL,
     FIELD(app_domain, wants_dane),
     .preset = "yes",
     .help = "Whether TLSA records are exported for the domain's hosts, and missed by \"gatepost "
             "check\"."},
    CERTIFICATE_ROWS,

    {.section = APP_SECTION_HOST,
     .key = "address",
     .type = APP_ADDRESS,
     .flags = APP_REQUIRED | APP_LIST,
     FIELD(app_host, addresses),
     COUNTED_BY(app_host, address_count),
     .check = check_host_address,
     .help = "Addresses of the host as they are to stand in DNS, IPv4 and IPv6."},
    {.section = APP_SECTION_HOST,
     .key = "priority",
     .type = APP_COUNT,
     FIELD(app_host, priority),
     .preset = "10",
     .most = UINT16_MAX,
     .help = "Priority of its SRV records: the lowest is tried first (RFC 2782)."},
    {.section = APP_SECTION_HOST,
     .key = "weight",
     .type = APP_COUNT,
     FIELD(app_host, weight),
     .preset = "0",
     .most = UINT16_MAX,
     .help = "Share of the host among those of the same priority (RFC 2782)."},
    {.section = APP_SECTION_HOST,
     .key = "starttls-port",
     .type = APP_PORT,
     FIELD(app_host, starttls_port),
     .most = UINT16_MAX,
     .help = "Port that its _xmpp-server record names, or \"none\". Without it: the port of the "
             "first listen section."},
    {.section = APP_SECTION_HOST,
     .key = "direct-tls-port",
     .type = APP_PORT,
     FIELD(app_host, direct_tls_port),
     .most = UINT16_MAX,
     .help =
         "Port that its _xmpps-server record names (XEP-0368), or \"none\". Without it: the port "
         "of the first listen section."},

    {.section = APP_SECTION_INSIDE_USERS,
     .key = "file",
     .type = APP_PATH,
     .flags = APP_REQUIRED,
     FIELD(app_elsewhere, file),
     .help = "File with these users: an address such as \"romeo@alpha.example\" on each line."},

    {.section = APP_SECTION_LEGACY,
     .key = "host",
     .type = APP_ROUTE,
     .flags = APP_REQUIRED | APP_LIST,
     FIELD(app_legacy, hosts),
     COUNTED_BY(app_legacy, host_count),
     .help =
         "Its hosts with their STARTTLS ports, as the _xmpp-server records name them before the "
         "switch; where there are no such records, the domain itself with port 5269."},
    {.section = APP_SECTION_LEGACY,
     .key = "direct-tls-host",
     .type = APP_ROUTE,
     .flags = APP_LIST,
     FIELD(app_legacy, direct_tls_hosts),
     COUNTED_BY(app_legacy, direct_tls_host_count),
     .help = "Likewise with their direct TLS ports, as the _xmpps-server records name them."},
    {.section = APP_SECTION_LEGACY,
     .key = "address",
     .type = APP_ADDRESS,
     .flags = APP_REQUIRED | APP_LIST,
     FIELD(app_legacy, addresses),
     COUNTED_BY(app_legacy, address_count),
     .check = check_host_address,
     .help = "Every address that it has or ever had: a partner may still hold any of them."},
    {.section = APP_SECTION_LEGACY,
     .key = "rollback",
     .type = APP_SECONDS,
     FIELD(app_legacy, rollback_s),
     .preset = "7d",
     .most = 31536000,
     .help =
         "How long one wants to be able to go back to it when no partner is led there any more: "
         "its certificate has to last as long."},

    {.section = APP_SECTION_INSIDE,
     .key = "kind",
     .type = APP_WORD,
     .flags = APP_REQUIRED,
     FIELD(app_inside, kind),
     WORDS("echo", "self", "component", "server", "s2s"),
     .help = "\"echo\": gatepost itself sends messages back, for trying things out. \"self\": "
             "gatepost itself says what it is and whom to write to. \"component\": a service "
             "connects and serves the domain (XEP-0114). \"server\": gatepost connects to an XMPP "
             "server, as a component for each partner's domain. \"s2s\": an XMPP server takes "
             "gatepost for the servers of all other domains; for one that accepts no component of "
             "a foreign domain."},
    {.section = APP_SECTION_INSIDE,
     .key = "listen",
     .type = APP_ENDPOINT,
     FIELD(app_inside, listen),
     .help = "Where the service connects, such as \"127.0.0.1:5347\"; for \"component\" and "
             "\"s2s\", and required there. Components speak without encryption, so theirs belongs "
             "on a loopback address."},
    {.section = APP_SECTION_INSIDE,
     .key = "address",
     .type = APP_ENDPOINT,
     .flags = APP_RESTART,
     FIELD(app_inside, address),
     .check = check_inside_address,
     .help = "Where the server takes components, such as \"127.0.0.1:5347\"; for \"server\", and "
             "required there. The protocol has no encryption, so it belongs on a loopback "
             "address or a network of its own. For \"s2s\", and required there: where the server "
             "takes streams of other servers, such as \"10.0.0.5:5269\"."},
    {.section = APP_SECTION_INSIDE,
     .key = "secret-file",
     .type = APP_SECRET_FILE,
     FIELD(app_inside, secret_file),
     .help =
         "File with the secret that the service proves, or that gatepost proves to the server; "
         "for \"component\" and \"server\", and required there. For \"s2s\": the server's "
         "dialback secret (XEP-0185), which proves it where its certificate does not and no pin "
         "is given."},
    {.section = APP_SECTION_INSIDE,
     .key = "service",
     .type = APP_WORD,
     FIELD(app_inside, is_direct_tls),
     .preset = "starttls",
     WORDS("starttls", "direct"),
     .help = "How TLS begins on an \"s2s\" link, in both directions. There is no stream without."},
    {.section = APP_SECTION_INSIDE,
     .key = "peers",
     .type = APP_NETWORK,
     .flags = APP_LIST,
     FIELD(app_inside, peers),
     COUNTED_BY(app_inside, peer_count),
     .help = "Addresses that the server may connect from, such as \"10.0.0.5/32\"; for \"s2s\", "
             "and required there. Everybody else is turned away at once."},
    {.section = APP_SECTION_INSIDE,
     .key = "pin",
     .type = APP_SHA256,
     .flags = APP_LIST,
     FIELD(app_inside, pins),
     COUNTED_BY(app_inside, pin_count),
     .help =
         "SHA-256 of the public key (SubjectPublicKeyInfo) in the server's certificate, as in a "
         "TLSA 3 1 1 record; for \"s2s\". One of at most four has to match, in both directions: "
         "what the certificate says besides does not matter. Without a pin it has to be one for "
         "the home domain, of a trusted authority."},
    {.section = APP_SECTION_INSIDE,
     .key = "ca-file",
     .type = APP_PATH,
     FIELD(app_inside, ca_file),
     .help = "Certificates of the authorities that may have issued the server's, PEM; for \"s2s\". "
             "They are trusted on this link and nowhere else. Without it: those of the tls "
             "section."},

    CONTACT_ROW("abuse", FED_CONTACT_ABUSE, "Whom to tell of spam and other abuse."),
    CONTACT_ROW("admin", FED_CONTACT_ADMIN, "Who runs the gateway."),
    CONTACT_ROW("feedback", FED_CONTACT_FEEDBACK, "Whom to tell what could be better."),
    CONTACT_ROW("sales", FED_CONTACT_SALES, "Whom to ask for an offer."),
    CONTACT_ROW("security", FED_CONTACT_SECURITY, "Whom to tell of weaknesses."),
    CONTACT_ROW("status", FED_CONTACT_STATUS, "Where outages are told of."),
    CONTACT_ROW("support", FED_CONTACT_SUPPORT, "Who helps when something does not work."),

    {.section = APP_SECTION_PARTNER,
     .key = "additional-domains",
     .type = APP_DOMAIN,
     .flags = APP_LIST | APP_BESIDE_TITLE | APP_LIVE,
     FIELD(fed_partner, domains),
     COUNTED_BY(fed_partner, domain_count),
     .help = "Further domains of the same partner. A domain does not imply those below it."},
    {.section = APP_SECTION_PARTNER,
     .key = "description",
     .type = APP_TEXT,
     .flags = APP_LIVE,
     FIELD(fed_partner, description),
     .help = "A note for people."},
    POLICY_ROWS(APP_SECTION_PARTNER, PRESET, "federated", "0", "0"),
    UNSEEN_POLICY_ROWS(APP_SECTION_PARTNER),
    {.section = APP_SECTION_PARTNER,
     .key = "route",
     .type = APP_ROUTE,
     FIELD(fed_partner, route),
     COUNTED_BY(fed_partner, has_route),
     .help = "Host and port, \"gw.beta.example:5269\", to connect to instead of looking up the "
             "partner's SRV records."},
    {.section = APP_SECTION_PARTNER,
     .key = "route-tls",
     .type = APP_WORD,
     FIELD(fed_partner, route.service),
     .preset = "starttls",
     WORDS("direct", "starttls"),
     .help = "How TLS begins on that route: with the connection (XEP-0368), or after STARTTLS."},

    POLICY_ROWS(APP_SECTION_PARTNER_SHADOW, NO_PRESET, , , ),

    POLICY_ROWS(APP_SECTION_STRANGER, PRESET, "public-unverified", "50", "256KiB"),
    UNSEEN_POLICY_ROWS(APP_SECTION_STRANGER),
    POLICY_ROWS(APP_SECTION_STRANGER_SHADOW, NO_PRESET, , , ),

    {.section = APP_SECTION_LISTEN,
     .key = "address",
     .type = APP_ADDRESS,
     .flags = APP_REQUIRED | APP_RESTART,
     FIELD(app_listen, address),
     .help = "Address of this machine; \"0.0.0.0\" means all of IPv4, \"::\" all of IPv6."},
    {.section = APP_SECTION_LISTEN,
     .key = "starttls-port",
     .type = APP_PORT,
     .flags = APP_RESTART,
     FIELD(app_listen, starttls_port),
     .preset = "5269",
     .most = UINT16_MAX,
     .help = "Port for streams that begin in clear and switch to TLS, or \"none\"."},
    {.section = APP_SECTION_LISTEN,
     .key = "direct-tls-port",
     .type = APP_PORT,
     .flags = APP_RESTART,
     FIELD(app_listen, direct_tls_port),
     .preset = "5270",
     .most = UINT16_MAX,
     .help = "Port for streams inside TLS from the first byte (XEP-0368), or \"none\"."},

    {.section = APP_SECTION_RESOLVER,
     .key = "trust-anchor-file",
     .type = APP_PATH,
     .flags = APP_RESTART,
     FIELD(app_config, resolver.trust_anchor_file),
     .help = "DS or DNSKEY records to start validation from. Without it: the root's key of the "
             "package dns-root-data."},
    {.section = APP_SECTION_RESOLVER,
     .key = "root-hints",
     .type = APP_PATH,
     .flags = APP_RESTART,
     FIELD(app_config, resolver.root_hints),
     .help = "Zone file with the root's name servers. Without it: those built into libunbound."},
    {.section = APP_SECTION_RESOLVER,
     .key = "forward",
     .type = APP_ENDPOINT,
     .flags = APP_LIST | APP_RESTART,
     FIELD(app_config, resolver.forward),
     COUNTED_BY(app_config, resolver.forward_count),
     .least = 53,
     .check = check_asked_address,
     .help = "Resolvers to ask instead of the authoritative servers, 32 at most; their answers are "
             "validated all the same."},
    {.section = APP_SECTION_RESOLVER,
     .key = "timeout",
     .type = APP_MILLISECONDS,
     .flags = APP_RESTART,
     FIELD(app_config, resolver.timeout_ms),
     .preset = "10s",
     .least = 500,
     .most = 60000,
     .help = "Longest wait for one question, with all its retries."},
    {.section = APP_SECTION_RESOLVER,
     .key = "cache-size",
     .type = APP_BYTES,
     .flags = APP_RESTART,
     FIELD(app_config, resolver.cache_bytes),
     .preset = "16MiB",
     .least = 1048576,
     .most = 1073741824,
     .help = "Memory for answers."},

    {.section = APP_SECTION_TLS,
     .key = "ca-file",
     .type = APP_PATH,
     FIELD(app_config, ca_file),
     .help = "Certificates of the authorities that are trusted: PEM. Without it: the system's."},

    {.section = APP_SECTION_CONTROL,
     .key = "socket",
     .type = APP_PATH,
     .flags = APP_RESTART,
     FIELD(app_config, control_socket),
     .preset = "/run/gatepost/control.sock",
     .help = "Unix socket of the running gateway."},

    CHECK_ROWS,

    ACCEPT_ROWS,

    {.section = APP_SECTION_LOG,
     .key = "level",
     .type = APP_WORD,
     FIELD(app_config, log_level),
     .preset = "info",
     WORDS("error", "warning", "notice", "info", "debug"),
     .help = "The least important lines that are still written."},
    {.section = APP_SECTION_LOG,
     .key = "format",
     .type = APP_WORD,
     FIELD(app_config, log_format),
     .preset = "text",
     WORDS("text", "json"),
     .help = "Form of a line."},

#define UNIT_MS    APP_MILLISECONDS
#define UNIT_BYTES APP_BYTES
#define UNIT_COUNT APP_COUNT
#define TEXT(x)    #x
#define FED_LIMIT(field, option, unit, preset_, least_, most_, help_) \
    {.section = APP_SECTION_LIMITS,                                   \
     .key = option,                                                   \
     .type = UNIT_##unit,                                             \
     FIELD(fed_limits, field),                                        \
     .preset = PRESET_##unit(preset_),                                \
     .least = least_,                                                 \
     .most = most_,                                                   \
     .help = help_},
#define PRESET_MS(x)    TEXT(x) "ms"
#define PRESET_BYTES(x) TEXT(x)
#define PRESET_COUNT(x) TEXT(x)
#include "federation/limits.def"
#undef FED_LIMIT
};

const struct app_option_row *app_options(size_t *ret_count)
{
    *ret_count = GP_ARRAY_LEN(options);
    return options;
}

const struct app_option_row *app_section_options(enum app_section section, size_t *ret_count)
{
    size_t first = 0, end;
    while (options[first].section != section)
        first++;
    for (end = first; end < GP_ARRAY_LEN(options) && options[end].section == section;)
        end++;
    *ret_count = end - first;
    return &options[first];
}

const struct app_section_row *app_section_row(enum app_section section)
{
    GP_ASSERT((size_t)section < APP_SECTION_COUNT);
    return &sections[section];
}

bool app_option_is_list(const struct app_option_row *row)
{
    return row->flags & APP_LIST || row->type == APP_WORDS;
}

const char *app_option_type_text(const struct app_option_row *row)
{
    static const struct {
        const char *one, *many;
    } texts[] = {
        [APP_BOOL] = {"yes or no", NULL},
        [APP_COUNT] = {"number", NULL},
        [APP_MILLISECONDS] = {"duration", NULL},
        [APP_SECONDS] = {"duration", NULL},
        [APP_BYTES] = {"size", NULL},
        [APP_PORT] = {"port", NULL},
        [APP_WORD] = {"word", NULL},
        [APP_WORDS] = {"list of words", NULL},
        [APP_TEXT] = {"text", "list of texts"},
        [APP_PATH] = {"path", NULL},
        [APP_SECRET_FILE] = {"path of a secret", NULL},
        [APP_DATE] = {"date", NULL},
        [APP_DOMAIN] = {"domain", "list of domains"},
        [APP_ADDRESS] = {"address", "list of addresses"},
        [APP_ENDPOINT] = {"address with port", "list of addresses with port"},
        [APP_NETWORK] = {"network", "list of networks"},
        [APP_SHA256] = {"SHA-256 digest", "list of SHA-256 digests"},
        [APP_ROUTE] = {"host with port", "list of hosts with port"},
    };
    return row->flags & APP_LIST ? texts[row->type].many : texts[row->type].one;
}
