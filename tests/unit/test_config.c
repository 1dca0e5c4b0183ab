/* SPDX-License-Identifier: BSD-2-Clause */
/* Configurations: the syntax, the rules, and that printing is the reverse of reading. */
#include "tests/unit/unit.h"

#include "config/config.h"

#include <stdio.h>
#include <stdlib.h>

#define PATH "/etc/gatepost/test.conf"

/* The smallest configuration that is in order; rows below add to it, from line 6 on. */
static const char minimal[] = "domain \"alpha.example\" {\n"
                              "    certificate = a.pem  key = a.key  inside = echo\n"
                              "    host \"gw1.alpha.example\" { address = 192.0.2.1 }\n"
                              "}\n"
                              "inside \"echo\" { kind = echo }  partner \"beta.example\" { }\n";

/* An inside section of kind s2s, but for what is given. */
#define S2S(more) \
    "inside \"c\" { kind = s2s address = \"127.0.0.1:1\" listen = \"127.0.0.1:2\" " more " }"
#define PIN "63a9f1e8c0b7d4a2956083127fe4c5d6b8a9078615243342516077889900aabb"

struct loaded {
    enum gp_code code;
    struct app_config *config; /* NULL when it failed */
    struct gp_buf report;
};

static void load(const char *before, const char *text, struct loaded *ret)
{
    struct gp_buf whole;
    struct gp_err err = {.code = GP_OK};
    gp_buf_init(&whole, 2000000);
    gp_buf_init(&ret->report, 200000);
    gp_buf_append_text(&whole, before);
    gp_buf_append_text(&whole, text);
    ret->config = NULL;
    ret->code = app_config_parse(gp_buf_span(&whole), PATH, &ret->config, &ret->report, &err);
    assert_int_equal(ret->code == GP_OK, ret->config != NULL);
    assert_int_equal(ret->code == GP_OK, gp_buf_len(&ret->report) == 0);
    if (ret->code != GP_OK) {
        /* The error is the first line of the report. */
        assert_int_equal(err.code, GP_ERR_CONFIG);
        assert_memory_equal(err.text, gp_buf_text(&ret->report), strlen(err.text));
    }
    gp_buf_finish(&whole);
}

static void unload(struct loaded *loaded)
{
    app_config_destroy(loaded->config);
    gp_buf_finish(&loaded->report);
}

static void limits_are_what_the_federation_layer_defaults_to(void **state)
{
    (void)state;
    struct loaded loaded;
    load(minimal, "", &loaded);
    assert_int_equal(loaded.code, GP_OK);
    assert_memory_equal(&loaded.config->federation.limits, &fed_limits_default,
                        sizeof(fed_limits_default));
    unload(&loaded);
}

/* Errors: each is found, in its line, with its sentence. */

static const struct {
    const char *text;     /* behind the minimal configuration, so its first line is 6 */
    unsigned line;        /* of the error; 0: the message has none */
    const char *sentence; /* part of it */
} wrong_rows[] = {
    /* What the syntax forbids. */
    {"workers 1\n", 6, "missing equal sign"},
    {"\nworkers = \"1\n", 7, "does not end"},
    {"log {\n level = info\n", 6, "never closed"},
    {"}\n", 6, "without a '{'"},
    {"/* a\n", 6, "does not end"},
    {"log { level = ${HOME} }", 6, "environment"},
    {"log { level = \"${HOME}\" }", 6, "environment"},
    {"log { level = \"\\101\" }", 6, "escapes"},
    {"workers = *", 6, "'*' means nothing"},
    {"workers = \x01", 6, "not UTF-8"},
    {"workers = \xff", 6, "not UTF-8"},
    {"{ { { { { { { { { } } } } } } } } }", 6, "nested"},
    {"domain { }", 6, "title"},
    {"workers = { 1 }", 6, "unexpected"},
    {"private-networks = { 10.0.0.0/8 192.168.0.0/16 }", 6, "unexpected"},
    {"workers = ", 6, "end of file"},
    {"domain \"alpha.example\" { }", 6, "duplicate title 'alpha.example', first on line 1\n"},
    {"partner \"x.example\" { }\npartner \"y.example\" { }\npartner \"x.example\" { }", 8,
     "duplicate title 'x.example', first on line 6\n"},
    {"partner \"alpha.example\" { }\ndomain \"alpha.example\" { }", 7,
     "duplicate title 'alpha.example'\n"},
    /* Comments keep the count of lines. */
    {"# a\n// b\n/* c\n d */\nworkers = x", 10, "workers: 'x'"},
    {"/* c\n d */\nworkers = *", 8, "'*' means nothing"},
    {"partner \"x.example\" { # a\n  # b\n  tls = often }", 8, "tls: 'often'"},
    /* Options. */
    {"\nworker = 1", 7, "'worker'; did you mean 'workers'"},
    {"resolver { forwrad = 192.0.2.1 }", 6, "'forwrad' in resolver; did you mean 'forward'"},
    {"nothing-alike = 1", 6, "unknown option 'nothing-alike'\n"},
    {"\"log|level\" { }", 6, ""},
    {"workers = 1\nworkers = 2", 7, "given twice, first on line 6"},
    {"private-networks = 10.0.0.0/8\nprivate-networks = { 127.0.0.0/8 }", 7, "given twice"},
    {"log { level = info }\nlog { level = debug }", 7, "given twice"},
    {"workers = 65", 6, "allowed: 1 to 64"},
    {"log { level = loud }", 6, "allowed: error, warning, notice, info, debug"},
    {"limits { stanza-bytes = 9KiB }", 6, "allowed: 10000 to 16MiB"},
    {"partner \"x.example\" { description = \"\\t\" }", 6, "control characters"},
    {"listen { }", 6, "address is missing (address)"},
    {"domain \"x.example\" {\n key = k inside = echo\n }", 6, "certificate is missing (path)"},
    /* Rules. */
    {"domain \"x.example\" { certificate = c key = k inside = echo }", 6, "at least one host"},
    {"domain \"ALPHA.example\" { certificate = c key = k inside = echo\n host \"h.example\" { "
     "address "
     "= 192.0.2.2 } }",
     6, "\"alpha.example\" is there twice"},
    {"domain \"x.example\" { certificate = c key = k\n inside = ecco\n host \"h.example\" { "
     "address = "
     "192.0.2.2 } }",
     7, "no inside section \"ecco\"; did you mean \"echo\""},
    {"domain \"x.example\" { certificate = c key = k inside = echo\n host \"gw1.alpha.example\" { "
     "address = 192.0.2.2 } }",
     7, "other addresses"},
    {"domain \"x.example\" { certificate = c key = k inside = echo\n host \"h.example\" { address "
     "= "
     "{192.0.2.2, 192.0.2.2} } }",
     7, "given twice"},
    {"domain \"x.example\" { certificate = c key = k inside = echo\n host \"h.example\" { address "
     "= "
     "192.0.2.2 starttls-port = 99 direct-tls-port = 99 } }",
     7, "cannot share port 99"},
    {"domain \"x.example\" { certificate = c key = k inside = echo\n host \"h.example\" { address "
     "= "
     "192.0.2.2 starttls-port = none direct-tls-port = none } }",
     7, "neither"},
    {"listen { address = 192.0.2.1 starttls-port = none }\ndomain \"x.example\" { certificate = c "
     "key "
     "= k inside = echo\n host \"h.example\" { address = 192.0.2.2 starttls-port = 5269 } }",
     8, "no listen section offers STARTTLS"},
    {"listen { address = 192.0.2.1 direct-tls-port = 5269 }", 6, "cannot share port 5269"},
    {"listen { address = 192.0.2.1 }\nlisten { address = 192.0.2.1 starttls-port = 99 }", 7,
     "twice"},
    {"listen { address = 192.0.2.1 starttls-port = none direct-tls-port = none }", 6, "neither"},
    {"inside \"c\" { kind = component secret-file = s }", 6, "listen is missing"},
    {"inside \"c\" { kind = component listen = \"127.0.0.1:5347\" }", 6, "secret-file is missing"},
    {"inside \"c\" { kind = component secret-file = s\n listen = \"127.0.0.1:5269\" }", 7,
     "partners connect"},
    {"inside \"c\" { kind = component secret-file = s listen = \"127.0.0.1:5347\" }\n"
     "inside \"d\" { kind = component secret-file = s listen = \"127.0.0.1:5347\" }",
     7, "taken by inside \"c\""},
    {"inside \"c\" { kind = server secret-file = s }", 6, "address is missing: kind = server"},
    {"inside \"c\" { kind = server address = \"127.0.0.1:5347\" }", 6, "secret-file is missing"},
    {"inside \"c\" { kind = server secret-file = s\n address = \"0.0.0.0:5347\" }", 7,
     "no server has such an address"},
    {"inside \"b\" { kind = self }\ndomain \"x.example\" { certificate = c key = k inside = b\n"
     "host \"h.example\" { address = 192.0.2.2 }\ninside-users \"bb\" { file = f } }",
     9,
     "domain \"x.example\": inside-users: there is no inside section \"bb\"; did you mean \"b\"?"},
    {"domain \"x.example\" { certificate = c key = k inside = echo\n"
     "host \"h.example\" { address = 192.0.2.2 }\ninside-users \"echo\" { file = f } }",
     8, "all its users live on \"echo\" anyway"},
    {"inside \"c\" {\n kind = s2s address = \"127.0.0.1:1\" peers = \"10.0.0.5/32\" }", 6,
     "listen is missing: kind = s2s"},
    {"inside \"c\" {\n kind = s2s address = \"127.0.0.1:1\" listen = \"127.0.0.1:2\" }", 6,
     "peers is missing: kind = s2s needs it, such as \"10.0.0.5/32\""},
    {S2S("\n peers = \"0.0.0.0/0\""), 7, "peers: everybody could connect"},
    {S2S("peers = \"10.0.0.5/32\"\n pin = { " PIN ", " PIN ", " PIN ", " PIN ", " PIN " }"), 7,
     "pin: 5 digests, allowed: up to 4"},
    {"contact {\n abuse = \"abuse@alpha.example\" }", 7, "'abuse@alpha.example' is no URI"},
    {"partner \"alpha.example\" { }", 6, "our own"},
    {"partner \"x.example\" {\n additional-domains = alpha.example }", 7, "our own"},
    {"partner \"Beta.example\" { }", 6, "twice"},
    {"partner \"x.example\" {\n additional-domains = beta.example }", 7, "twice"},
    {"partner \"x.example\" {\n additional-domains = x.example }", 7, "twice"},
    {"partner \"x.example\" {\n shadow { stanzas = chat } }", 7, "allowed: message, presence, iq"},
    {"partner \"x.example\" {\n shadow { route = \"a.example:1\" } }", 7,
     "unknown option 'route' in shadow"},
    {"partner \"x.example\" { shadow {\n keepalive = no } }", 7,
     "unknown option 'keepalive' in shadow"},
    {"stranger { shadow {\n connection-limit = 3 } }", 7,
     "unknown option 'connection-limit' in shadow"},
    {"partner \"x.example\" { shadow {\n require-dnssec = yes } }", 7,
     "unknown option 'require-dnssec' in shadow"},
    {"partner \"x.example\" {\n stanzas = { } }", 7, "the list is empty"},
    {"partner \"x.example\" { shadow {\n stanzas = # none\n {}\n } }", 8, "the list is empty"},
    {"partner \"x.example\" {\n additional-domains += {} }", 7, "the list is empty"},
    {"partner \"x.example\" { keepalive = never }", 6, "allowed: yes, no"},
    {"partner \"x..example\" { }", 6, "partner \"x..example\""},
    {"partner \"x.example\" {\n tls = optional }", 7, "needs dialback = allowed"},
    {"partner \"x.example\" {\n tls = unsupported sasl = required }", 7, "SASL EXTERNAL needs TLS"},
    {"partner \"x.example\" { tls = unsupported dialback = allowed\n route = \"a.example:1\"\n"
     " route-tls = direct }",
     8, "contradicts tls = unsupported"},
    {"partner \"x.example\" {\n tls = optional dialback = allowed require-dane = yes }", 7,
     "require-dane = yes needs tls = required"},
    {"partner \"x.example\" {\n dialback = allowed require-dane = yes }", 7, "contradicts"},
    {"federation = open\nstranger {\n tls = optional }", 8, "stranger: without tls"},
    {"limits { connections = 10 }", 6, "connections-per-partner must not be more"},
    {"partner \"x.example\" { connection-limit = 0 }", 6, "allowed: 1 to 100000"},
};

static void wrong_configurations_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < GP_ARRAY_LEN(wrong_rows); i++) {
        struct loaded loaded;
        char place[100];
        load(minimal, wrong_rows[i].text, &loaded);
        if (loaded.code != GP_ERR_CONFIG)
            fail_msg("taken: %s", wrong_rows[i].text);
        const char *report = gp_buf_text(&loaded.report);
        snprintf(place, sizeof(place), PATH ":%u: ", wrong_rows[i].line);
        const char *line = strstr(report, place);
        if (!line || !strstr(line, wrong_rows[i].sentence))
            fail_msg("%s\ntold: %snot: %s...%s", wrong_rows[i].text, report, place,
                     wrong_rows[i].sentence);
        unload(&loaded);
    }
}

/* They all go onto the command line of the resolver process. */
static void resolvers_to_ask_are_bounded(void **state)
{
    (void)state;
    for (int count = DNS_FORWARD_MAX; count <= DNS_FORWARD_MAX + 1; count++) {
        struct loaded loaded;
        char text[2000];
        int len = snprintf(text, sizeof(text), "resolver {\nforward = {");
        for (int i = 0; i < count; i++)
            len += snprintf(text + len, sizeof(text) - (size_t)len, "%s192.0.2.%d",
                            i > 0 ? ", " : "", i + 1);
        snprintf(text + len, sizeof(text) - (size_t)len, "} }");
        load(minimal, text, &loaded);
        assert_int_equal(loaded.code, count > DNS_FORWARD_MAX ? GP_ERR_CONFIG : GP_OK);
        if (count > DNS_FORWARD_MAX)
            assert_string_equal(gp_buf_text(&loaded.report),
                                PATH ":7: resolver: forward: 33 addresses, allowed: up to 32\n");
        unload(&loaded);
    }
}

static void all_errors_are_told(void **state)
{
    (void)state;
    struct loaded loaded;
    load(minimal,
         "workers = 98 workers = 99\n"
         "wrokers { x = { 1 2 } }\n"
         "partner \"x.example\" {\n"
         "    tsl = required\n"
         "    tls = often  tls = required\n"
         "    dialback = sometimes\n"
         "}\n",
         &loaded);
    const char *report = gp_buf_text(&loaded.report);
    static const char *const told[] = {
        ":6: workers is given twice",   ":6: workers: '99'",
        ":7: unknown option 'wrokers'", ":9: unknown option 'tsl'",
        ":10: tls is given twice",      ":11: partner \"x.example\": dialback"};
    for (size_t i = 0; i < GP_ARRAY_LEN(told); i++) {
        const char *at = strstr(report, told[i]);
        if (!at || strstr(at + 1, told[i]))
            fail_msg("not told once: %s\n%s", told[i], report);
    }
    unload(&loaded);
}

static void many_errors_stay_bounded(void **state)
{
    (void)state;
    struct loaded loaded;
    struct gp_buf text;
    gp_buf_init(&text, 1000000);
    for (int i = 0; i < 1000; i++)
        gp_buf_printf(&text, "unknown%d = 1\n", i);
    load(minimal, gp_buf_text(&text), &loaded);
    assert_int_equal(loaded.code, GP_ERR_CONFIG);
    assert_true(gp_buf_len(&loaded.report) < 20000);
    unload(&loaded);
    gp_buf_finish(&text);
}

/* What is weak works, with a warning; what is not gives none. */

static void weak_settings_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *warning; /* NULL: none */
    } rows[] = {
        {"", NULL},
        {"federation = open", ":6: federation = open"},
        {"partner \"x.example\" { dialback = allowed }", ":6: partner \"x.example\": dialback"},
        {"partner \"x.example\" { dialback = allowed tls = optional }", "in clear"},
        {"partner \"x.example\" { require-dane = yes require-dnssec = yes }", NULL},
        {"partner \"x.example\" { sasl = required }", NULL},
        {"partner \"x.example\" {\n dialback = allowed sasl = required }",
         ":7: partner \"x.example\": dialback = allowed never"},
        {"partner \"x.example\" { dialback = allowed tls = unsupported }", "in clear"},
        {"partner \"x.example\" { route-tls = direct }", "route-tls means nothing"},
        {"partner \"x.example\" { route = \"a.example:1\" route-tls = direct }", NULL},
        {"partner \"x.example\" {\n connection-limit = 1001 }",
         ":7: partner \"x.example\": connection"},
        {"partner \"x.example\" {\n shadow { } }",
         ":7: partner \"x.example\": shadow: it is empty"},
        {"federation = open stranger { shadow { } }", "stranger: shadow: it is empty"},
        {"partner \"x.example\" {\n byte-rate = 1 }",
         ":7: partner \"x.example\": byte-rate: one stanza of 524288 bytes"},
        {"partner \"x.example\" { shadow {\n byte-rate = 8KiB } }",
         ":7: partner \"x.example\": shadow: byte-rate: one stanza"},
        {"partner \"x.example\" { byte-rate = 16KiB }", NULL},
        {"partner \"x.example\" { byte-rate = 0 }", NULL},
        {"partner \"x.example\" { sasl = required shadow {\n dialback = allowed } }",
         ":7: partner \"x.example\": shadow: moved out it would be a warning: dialback"},
        {"partner \"x.example\" { shadow {\n tls = unsupported } }",
         ":7: partner \"x.example\": shadow: moved out it would be an error: without tls"},
        {"partner \"x.example\" { shadow { sasl = required } }", NULL},
        {"stranger { shadow { type = federated } }", "stranger: it means nothing"},
        {"stranger { dialback = allowed }", "stranger: it means nothing"},
        {"inside \"y\" { kind = echo }", "no domain uses it"},
        {"inside \"y\" { kind = self }", "no domain uses it"},
        {"contact { abuse = {\"mailto:a@b.example\", \"xmpp:c@b.example\"} }", NULL},
        {"inside \"y\" { kind = echo listen = \"127.0.0.1:1\" }", "listen means nothing"},
        {"inside \"y\" { kind = echo\n service = starttls }",
         ":7: inside \"y\": service means nothing with kind = echo"},
        {S2S("peers = \"10.0.0.5/32\" pin = " PIN "\n ca-file = c"),
         ":7: inside \"c\": ca-file means nothing beside pin"},
        {"inside \"y\" { kind = server secret-file = s address = \"127.0.0.1:1\"\n"
         "listen = \"127.0.0.1:2\" }",
         ":7: inside \"y\": listen means nothing with kind = server"},
        {"inside \"y\" { kind = server secret-file = s address = \"192.0.2.1:1\" }",
         "not a loopback address"},
        {"inside \"y\" { kind = component secret-file = s listen = \"192.0.2.1:1\" }",
         "not a loopback address"},
        {"domain \"y.example\" { certificate = c key = k inside = echo host \"h.example\" { "
         "address = "
         "10.0.0.1 } }",
         "10.0.0.1 is private"},
        {"private-networks = 10.0.0.0/8 domain \"y.example\" { certificate = c key = k inside = "
         "echo "
         "host \"h.example\" { address = 10.0.0.1 } }",
         NULL},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct loaded loaded;
        bool is_named = false;
        load(minimal, rows[i].text, &loaded);
        if (loaded.code != GP_OK)
            fail_msg("%s: %s", rows[i].text, gp_buf_text(&loaded.report));
        for (size_t j = 0; j < loaded.config->warning_count; j++)
            is_named |= rows[i].warning && strstr(loaded.config->warnings[j], rows[i].warning);
        if (!is_named && (rows[i].warning || loaded.config->warning_count > 0))
            fail_msg("%s: %s", rows[i].text,
                     loaded.config->warning_count > 0 ? loaded.config->warnings[0] : "no warning");
        unload(&loaded);
    }
}

/* What is right is read as it is meant. */

static const char everything[] =
    "federation = open\n"
    "private-networks = { 127.0.0.0/8, \"::1\" }\n"
    "dialback-secret-file = dialback.secret\n"
    "workers = 4\n"
    "listen { address = 192.0.2.1 direct-tls-port = none }\n"
    "listen { address = \"2001:db8::1\" starttls-port = 15269 }\n"
    "inside \"bots\" { kind = component listen = \"127.0.0.1:5347\" secret-file = '/etc/s' }\n"
    "contact { abuse = { \"mailto:a@alpha.example\", \"xmpp:b@alpha.example\" } }\n"
    "inside \"echo\" { kind = 'echo' }\n"
    "domain \"B\xc3\xbc"
    "cher.example\" {\n"
    "    certificate = b.pem key = b.key inside = echo ttl = 5min dane = no\n"
    "    host \"gw2.example\" { address = { 192.0.2.2 } starttls-port = 5299 }\n"
    "    host \"gw1.example\" { address = { \"2001:db8::1\", 192.0.2.1 } weight = 7 priority = 3\n"
    "        direct-tls-port = 443 }\n"
    "    legacy { host = \"old.example:5269\" address = { 192.0.2.7, \"2001:db8::7\" }\n"
    "        direct-tls-host += \"old.example:5270\" rollback = 2d }\n"
    "}\n"
    "domain \"alpha.example\" { inside = bots certificate = a.pem key = a.key\n"
    "    host \"gw1.example\" { address = { 192.0.2.1, \"2001:db8::1\" } }\n"
    "    inside-users \"echo\" { file = users } }\n"
    "partner \"beta.example\" { additional-domains = { chat.beta.example, x.example }\n"
    "    description = \"Beta # no comment \\\"inc\\\" // here\" tls = required dialback = "
    "allowed sasl = unsupported\n"
    "    route = \"gw.beta.example:5270\" route-tls = direct }\n"
    "partner \"gamma.example\" { require-dane = yes require-dnssec = yes connection-limit = 2 }\n"
    "stranger { dialback = allowed }\n"
    "resolver { trust-anchor-file = ta.ds root-hints = /etc/hints forward = 192.0.2.53\n"
    "    forward += { \"192.0.2.54:5353\" } timeout = 500ms cache-size = 2MiB }\n"
    "tls { ca-file = ca.pem }\n"
    "control { socket = c.sock }\n"
    "log { level = debug format = json }\n"
    "limits { stanza-bytes = 512KiB inside-hold = 0 max-targets = 3 connections-per-partner = 7 "
    "}\n";

static void everything_is_read(void **state)
{
    (void)state;
    struct loaded loaded;
    load("", everything, &loaded);
    if (loaded.code != GP_OK)
        fail_msg("%s", gp_buf_text(&loaded.report));
    const struct app_config *config = loaded.config;
    const struct fed_settings *federation = &config->federation;
    char text[DNS_NAME_TEXT_MAX];

    assert_string_equal(config->path, PATH);
    assert_true(federation->is_open);
    assert_int_equal(federation->network_count, 2);
    assert_int_equal(federation->networks[1].prefix, 128);
    assert_string_equal(config->dialback_secret_file, "/etc/gatepost/dialback.secret");
    assert_int_equal(config->workers, 4);
    assert_int_equal(config->listen_count, 2);
    assert_int_equal(config->listens[0].starttls_port, 5269);
    assert_int_equal(config->listens[0].direct_tls_port, 0);
    assert_int_equal(config->listens[1].starttls_port, 15269);
    assert_int_equal(config->listens[1].address.family, GP_IPV6);

    assert_int_equal(config->inside_count, 2);
    assert_string_equal(config->insides[0].name, "bots");
    assert_int_equal(config->insides[0].kind, APP_INSIDE_COMPONENT);
    assert_int_equal(config->insides[0].listen.port, 5347);
    assert_string_equal(config->insides[0].secret_file, "/etc/s");
    assert_int_equal(config->insides[1].kind, APP_INSIDE_ECHO);

    assert_int_equal(config->domain_count, 2);
    const struct app_domain *domain = &config->domains[0];
    assert_string_equal(domain->name.ascii, "xn--bcher-kva.example");
    assert_string_equal(domain->certificate, "/etc/gatepost/b.pem");
    assert_int_equal(domain->inside_index, 1);
    assert_int_equal(domain->ttl_s, 300);
    assert_false(domain->wants_dane);
    assert_int_equal(domain->host_count, 2);
    assert_string_equal(dns_name_text(&domain->hosts[0].name, text), "gw2.example");
    assert_non_null(domain->legacy);
    assert_int_equal(domain->legacy->host_count, 1);
    assert_int_equal(domain->legacy->hosts[0].port, 5269);
    assert_int_equal(domain->legacy->hosts[0].service, DNS_SERVICE_STARTTLS);
    assert_string_equal(dns_name_text(&domain->legacy->hosts[0].host, text), "old.example");
    assert_int_equal(domain->legacy->direct_tls_hosts[0].port, 5270);
    assert_int_equal(domain->legacy->direct_tls_hosts[0].service, DNS_SERVICE_DIRECT_TLS);
    assert_int_equal(domain->legacy->address_count, 2);
    assert_int_equal(domain->legacy->rollback_s, 2 * 86400);
    assert_int_equal(domain->hosts[0].starttls_port, 5299);
    assert_int_equal(domain->hosts[0].direct_tls_port, 0); /* as the first listen section has it */
    assert_int_equal(domain->hosts[1].address_count, 2);
    assert_int_equal(domain->hosts[1].weight, 7);
    assert_int_equal(domain->hosts[1].priority, 3);
    assert_int_equal(domain->hosts[1].starttls_port, 5269);
    assert_int_equal(domain->hosts[1].direct_tls_port, 443);
    assert_null(config->domains[1].legacy);
    assert_true(config->domains[1].wants_dane);
    assert_int_equal(config->domains[1].ttl_s, 3600);
    assert_ptr_equal(app_config_domain(config, &domain->name), domain);

    assert_int_equal(federation->home_count, 2);
    assert_string_equal(federation->homes[0].domain.ascii, "alpha.example");
    assert_int_equal(federation->homes[0].inside, 0);
    assert_int_equal(federation->homes[1].inside, 1);

    assert_int_equal(federation->partner_count, 2);
    const struct fed_partner *partner = &federation->partners[0];
    assert_int_equal(partner->domain_count, 3);
    assert_string_equal(partner->domains[0].ascii, "beta.example");
    assert_string_equal(partner->domains[2].ascii, "x.example");
    assert_string_equal(partner->description, "Beta # no comment \"inc\" // here");
    assert_int_equal(partner->tls, FED_TLS_REQUIRED);
    assert_int_equal(partner->sasl, FED_SASL_UNSUPPORTED);
    assert_int_equal(partner->dialback, FED_DIALBACK_ALLOWED);
    assert_true(partner->has_route);
    assert_int_equal(partner->route.port, 5270);
    assert_int_equal(partner->route.service, DNS_SERVICE_DIRECT_TLS);
    assert_string_equal(dns_name_text(&partner->route.host, text), "gw.beta.example");
    assert_true(federation->partners[1].requires_dane);
    assert_true(federation->partners[1].requires_dnssec);
    assert_false(partner->requires_dnssec);
    assert_int_equal(partner->connection_limit, 7); /* as the limits have it */
    assert_int_equal(federation->partners[1].connection_limit, 2);
    assert_int_equal(federation->stranger.connection_limit, 7);
    assert_false(federation->partners[1].has_route);
    assert_int_equal(federation->stranger.dialback, FED_DIALBACK_ALLOWED);

    assert_string_equal(config->resolver.trust_anchor_file, "/etc/gatepost/ta.ds");
    assert_string_equal(config->resolver.root_hints, "/etc/hints");
    assert_int_equal(config->resolver.forward_count, 2);
    assert_int_equal(config->resolver.forward[0].port, 53);
    assert_int_equal(config->resolver.forward[1].port, 5353);
    assert_int_equal(config->resolver.timeout_ms, 500);
    assert_int_equal(config->resolver.cache_bytes, 2097152);
    assert_string_equal(config->ca_file, "/etc/gatepost/ca.pem");
    assert_string_equal(config->control_socket, "/etc/gatepost/c.sock");
    assert_int_equal(config->log_level, GP_LOG_DEBUG);
    assert_int_equal(config->log_format, GP_LOG_JSON);
    assert_int_equal(federation->limits.stanza_bytes, 524288);
    assert_int_equal(federation->limits.hold_ms, 0);
    assert_int_equal(app_config_route(config).max_targets, 3);
    assert_int_equal(app_config_route(config).network_count, 2);
    unload(&loaded);
}

static void print_is_the_reverse_of_reading(void **state)
{
    (void)state;
    static const char *const texts[] = {minimal, everything};
    for (size_t i = 0; i < GP_ARRAY_LEN(texts); i++) {
        struct loaded first, second;
        struct gp_buf printed, again;
        gp_buf_init(&printed, 100000);
        gp_buf_init(&again, 100000);
        load("", texts[i], &first);
        assert_int_equal(first.code, GP_OK);
        app_config_print(first.config, &printed);
        load("", gp_buf_text(&printed), &second);
        if (second.code != GP_OK)
            fail_msg("%s", gp_buf_text(&second.report));
        app_config_print(second.config, &again);
        assert_string_equal(gp_buf_text(&printed), gp_buf_text(&again));
        assert_string_equal(first.config->digest, second.config->digest);
        assert_int_equal(strlen(first.config->digest), 16);
        unload(&first);
        unload(&second);
        gp_buf_finish(&printed);
        gp_buf_finish(&again);
    }
}

/* What a kind has no use for would be warned of if it were read again. */
static void defaults_that_mean_nothing_are_not_printed(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool has_service;
    } rows[] = {{"", false}, {S2S("peers = \"10.0.0.5/32\""), true}};
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct loaded loaded;
        struct gp_buf printed;
        gp_buf_init(&printed, 100000);
        load(minimal, rows[i].text, &loaded);
        assert_int_equal(loaded.code, GP_OK);
        app_config_print(loaded.config, &printed);
        assert_int_equal(strstr(gp_buf_text(&printed), "service =") != NULL, rows[i].has_service);
        unload(&loaded);
        gp_buf_finish(&printed);
    }
}

static void digest_changes_with_any_option(void **state)
{
    (void)state;
    struct loaded plain, other;
    load(minimal, "", &plain);
    load(minimal, "# a comment changes nothing\n", &other);
    assert_string_equal(plain.config->digest, other.config->digest);
    unload(&other);
    load(minimal, "limits { sasl-attempts = 4 }", &other);
    assert_string_not_equal(plain.config->digest, other.config->digest);
    unload(&other);
    unload(&plain);
}

static void any_beginning_of_a_file_is_survived(void **state)
{
    (void)state;
    /* Also what the scanner of libconfuse would carry over from one file to the next. */
    for (size_t len = 0; len < sizeof(everything); len++) {
        struct app_config *config = NULL;
        enum gp_code code =
            app_config_parse(gp_span_make(everything, len), PATH, &config, NULL, NULL);
        assert_int_equal(code == GP_OK, config != NULL);
        app_config_destroy(config);
    }
    struct loaded loaded;
    load("", everything, &loaded);
    assert_int_equal(loaded.code, GP_OK);
    unload(&loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_are_what_the_federation_layer_defaults_to),
        cmocka_unit_test(wrong_configurations_are_refused),
        cmocka_unit_test(resolvers_to_ask_are_bounded),
        cmocka_unit_test(all_errors_are_told),
        cmocka_unit_test(many_errors_stay_bounded),
        cmocka_unit_test(weak_settings_are_named),
        cmocka_unit_test(everything_is_read),
        cmocka_unit_test(print_is_the_reverse_of_reading),
        cmocka_unit_test(defaults_that_mean_nothing_are_not_printed),
        cmocka_unit_test(digest_changes_with_any_option),
        cmocka_unit_test(any_beginning_of_a_file_is_survived),
    };
    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
