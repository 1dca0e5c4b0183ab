/* SPDX-License-Identifier: BSD-2-Clause */
/* One record of Get-CsXmppAllowedPartner. */
#include "import/lync_impl.h"

#include "config/values.h"
#include "base/text.h"
#include "federation/negotiation.h"

#include <stdio.h>

#define XMPP_PORT 5269 /* RFC 6120, 14.7: a proxy's FQDN comes without a port */

struct draft {
    struct dns_domain domain; /* not set: none that can be used */
    struct fed_partner partner;
};

static const char *const needs[] = {"Required", "Optional", "NotSupported", NULL};
static const char *const our_needs[] = {"required", "optional", "unsupported"};
static const char *const truths[] = {"False", "True", NULL};

/* Whether it is new; each domain is of one partner. */
static bool claim(struct app_lync *lync, const struct dns_domain *domain)
{
    struct gp_span key = gp_span_text(domain->ascii);
    if (gp_map_find(&lync->domains, key)) {
        app_lync_tell(lync, APP_LYNC_LOOK, "%s is there twice; the first one counts",
                      domain->ascii);
        return false;
    }
    if (gp_map_put(&lync->domains, key, lync) != GP_OK)
        lync->result->config.error = GP_ERR_NOMEM;
    return true;
}

static bool read_domain(struct app_lync *lync, const char *text, struct dns_domain *ret)
{
    struct gp_err err = {0};
    if (dns_domain_from_text(gp_span_text(text), ret, &err) == GP_OK)
        return true;
    app_lync_tell(lync, APP_LYNC_LOOK, "not a domain: %s", err.text);
    return false;
}

static void take_domain(struct app_lync *lync, void *arg)
{
    struct draft *draft = arg;
    if (dns_domain_is_set(&draft->domain))
        app_lync_tell(lync, APP_LYNC_MAPPED, "partner \"%s\"", draft->domain.ascii);
}

static void take_additional(struct app_lync *lync, void *arg)
{
    const struct app_import_value *value = lync->field ? lync->field->values : NULL;
    const char *separator = "    additional-domains = { ";
    struct dns_domain domain;
    (void)arg;
    if (lync->field && lync->field->is_cut)
        app_lync_tell(lync, APP_LYNC_LOOK,
                      "the list was cut when it was printed: set $FormatEnumerationLimit = -1 "
                      "before, or use ConvertTo-Json");
    if (!value)
        app_lync_tell(lync, APP_LYNC_MAPPED, "no additional-domains");
    for (; value; value = value->next)
        if (read_domain(lync, value->text, &domain) && claim(lync, &domain)) {
            gp_buf_printf(&lync->options, "%s\"%s\"", separator, domain.ascii);
            separator = ", ";
        }
    if (separator[0] == ',') {
        gp_buf_append_text(&lync->options, " }\n");
        app_lync_tell(lync, APP_LYNC_MAPPED, "additional-domains");
    }
}

/* A text of one line without control characters, which a configuration does not take. */
static void take_description(struct app_lync *lync, void *arg)
{
    const char *text = lync->field && lync->field->values ? lync->field->values->text : NULL;
    char plain[APP_LYNC_SCALAR_MAX];
    size_t len = 0;
    (void)arg;
    if (!text) {
        app_lync_tell(lync, APP_LYNC_MAPPED, "no description");
        return;
    }
    for (; *text && len + 1 < sizeof(plain); text++)
        plain[len++] = (unsigned char)*text < ' ' || *text == 0x7f ? ' ' : *text;
    while (*text && len > 0 && (plain[len - 1] & 0x80)) /* no character in part */
        len--;
    plain[len] = '\0';
    gp_buf_append_text(&lync->options, "    description = ");
    app_text_quote(plain, &lync->options);
    gp_buf_append_char(&lync->options, '\n');
    app_lync_tell(lync, *text ? APP_LYNC_LOOK : APP_LYNC_MAPPED, "description%s",
                  *text ? ", cut: it is very long" : "");
}

static void take_type(struct app_lync *lync, void *arg)
{
    static const char *const types[] = {"Federated", "PublicVerified", "PublicUnverified", NULL};
    static const char *const our_types[] = {"federated", "public-verified", "public-unverified"};
    unsigned type = app_lync_word(lync, types, 2, 2);
    (void)arg;
    app_lync_put(lync, "type = %s", our_types[type]);
    app_lync_tell(lync, APP_LYNC_MAPPED, "type = %s", our_types[type]);
}

static void take_tls(struct app_lync *lync, void *arg)
{
    struct draft *draft = arg;
    draft->partner.tls =
        (enum fed_tls_need)app_lync_word(lync, needs, FED_TLS_REQUIRED, FED_TLS_REQUIRED);
}

static void take_sasl(struct app_lync *lync, void *arg)
{
    struct draft *draft = arg;
    draft->partner.sasl =
        (enum fed_sasl_need)app_lync_word(lync, needs, FED_SASL_REQUIRED, FED_SASL_REQUIRED);
}

static void put_need(struct app_lync *lync, const char *setting, const char *key, unsigned need)
{
    lync->setting = setting;
    app_lync_put(lync, "%s = %s", key, our_needs[need]);
    app_lync_tell(lync, APP_LYNC_MAPPED, "%s = %s", key, our_needs[need]);
}

/* The three settings mean something together only, so the last one decides. */
static void take_dialback(struct app_lync *lync, void *arg)
{
    struct draft *draft = arg;
    struct fed_partner *partner = &draft->partner;
    bool is_on = app_lync_word(lync, truths, true, false);
    bool is_idle = is_on && partner->sasl == FED_SASL_REQUIRED;
    partner->dialback = is_on && !is_idle ? FED_DIALBACK_ALLOWED : FED_DIALBACK_REFUSED;
    if (is_idle)
        app_lync_tell(lync, APP_LYNC_BETTER,
                      "dialback = refused: with SaslNegotiation = Required it never ran");
    else
        app_lync_tell(lync, APP_LYNC_MAPPED, "dialback = %s", is_on ? "allowed" : "refused");
    if (is_on && !is_idle)
        app_lync_put(lync, "dialback = allowed");
}

static void put_negotiation(struct app_lync *lync, const struct app_import_record *record,
                            struct draft *draft)
{
    struct fed_partner *partner = &draft->partner;
    lync->field = app_import_find(record, "TlsNegotiation");
    lync->setting = "TlsNegotiation";
    if (partner->tls == FED_TLS_OPTIONAL && partner->sasl == FED_SASL_REQUIRED) {
        partner->tls = FED_TLS_REQUIRED;
        app_lync_put(lync, "tls = required");
        app_lync_tell(lync, APP_LYNC_BETTER,
                      "tls = required: SASL EXTERNAL, which is required, needs TLS");
    } else {
        put_need(lync, "TlsNegotiation", "tls", partner->tls);
    }
    lync->field = app_import_find(record, "SaslNegotiation");
    put_need(lync, "SaslNegotiation", "sasl", partner->sasl);
    const struct fed_negotiation *negotiation = fed_negotiation_of(partner);
    lync->setting = "TlsNegotiation, SaslNegotiation, SupportDialbackNegotiation";
    lync->is_summary = true;
    if (negotiation->sense == FED_SENSE_ERROR) {
        draft->domain = (struct dns_domain){""};
        app_lync_tell(lync, APP_LYNC_LOOK, "the partner is not written: %s", negotiation->reason);
    } else if (negotiation->sense == FED_SENSE_WARNING) {
        app_lync_tell(lync, APP_LYNC_WEAK, "%s", negotiation->reason);
    }
    lync->is_summary = false;
}

static void take_proxy(struct app_lync *lync, void *arg)
{
    char text[APP_LYNC_SCALAR_MAX];
    struct dns_domain host;
    (void)arg;
    app_lync_scalar(lync, text);
    if (text[0] == '\0') {
        app_lync_tell(lync, APP_LYNC_MAPPED, "no route: SRV records lead to the partner");
    } else if (read_domain(lync, text, &host)) {
        app_lync_put(lync, "route = \"%s:%d\"", host.ascii, XMPP_PORT);
        app_lync_tell(lync, APP_LYNC_MAPPED, "route = \"%s:%d\"", host.ascii, XMPP_PORT);
    }
}

static void take_limit(struct app_lync *lync, void *arg)
{
    char text[APP_LYNC_SCALAR_MAX];
    uint64_t limit;
    (void)arg;
    app_lync_scalar(lync, text);
    if (text[0] == '\0') {
        app_lync_tell(lync, APP_LYNC_MAPPED, "limits { connections-per-partner } holds");
    } else if (gp_text_number(gp_span_text(text), 100000, &limit) != GP_OK || limit == 0) {
        app_lync_tell(lync, APP_LYNC_LOOK, "not a limit that can be: 1 to 100000");
    } else {
        app_lync_put(lync, "connection-limit = %u", (unsigned)limit);
        app_lync_tell(lync, APP_LYNC_MAPPED, "connection-limit = %u", (unsigned)limit);
    }
}

static void take_keepalive(struct app_lync *lync, void *arg)
{
    bool is_on = app_lync_word(lync, truths, true, true);
    (void)arg;
    app_lync_put(lync, "keepalive = %s", is_on ? "yes" : "no");
    app_lync_tell(lync, APP_LYNC_MAPPED, "keepalive = %s", is_on ? "yes" : "no");
}

static const struct app_lync_row rows[] = {
    {"Identity", take_domain, false},
    {"Domain", take_domain, false},
    {"AdditionalDomains", take_additional, false},
    {"Description", take_description, false},
    {"PartnerType", take_type, false},
    {"TlsNegotiation", take_tls, false},
    {"SaslNegotiation", take_sasl, false},
    {"SupportDialbackNegotiation", take_dialback, false},
    {"ProxyFqdn", take_proxy, false},
    {"ConnectionLimit", take_limit, false},
    {"EnableKeepAlive", take_keepalive, false},
};

/* Domain and Identity are two spellings of one key. */
static void find_domain(struct app_lync *lync, const struct app_import_record *record,
                        struct draft *draft)
{
    char text[APP_LYNC_SCALAR_MAX];
    lync->setting = "Domain";
    lync->field = app_import_find(record, "Domain");
    if (!lync->field || !lync->field->values) {
        lync->setting = "Identity";
        lync->field = app_import_find(record, "Identity");
    }
    lync->subject = "a partner";
    app_lync_scalar(lync, text);
    if (read_domain(lync, text, &draft->domain) && !claim(lync, &draft->domain))
        draft->domain = (struct dns_domain){""};
}

void app_lync_partner(struct app_lync *lync, const struct app_import_record *record)
{
    struct draft draft = {.domain = {""}};
    char name[DNS_DOMAIN_MAX];
    struct gp_buf *out = &lync->result->config;
    find_domain(lync, record, &draft);
    if (dns_domain_is_set(&draft.domain)) {
        snprintf(name, sizeof(name), "%s", draft.domain.ascii);
        lync->subject = name;
        app_lync_walk(lync, record, rows, GP_ARRAY_LEN(rows), &draft);
        put_negotiation(lync, record, &draft);
    }
    gp_buf_append_char(out, '\n');
    gp_buf_append_span(out, gp_buf_span(&lync->notes));
    if (!dns_domain_is_set(&draft.domain)) {
        gp_buf_printf(out, "# %s is not written.\n", lync->subject);
        return;
    }
    gp_buf_printf(out, "partner \"%s\" {\n", draft.domain.ascii);
    gp_buf_append_span(out, gp_buf_span(&lync->options));
    gp_buf_append_text(out, "}\n");
    lync->result->partners++;
}
