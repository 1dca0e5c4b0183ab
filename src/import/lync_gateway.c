/* SPDX-License-Identifier: BSD-2-Clause */
/* The record of Get-CsXmppGatewayConfiguration: there is one for the whole site. */
#include "import/lync_impl.h"

#include "base/text.h"
#include "federation/settings.h"

/* The counterpart of a number, as it is among the limits. */
struct limit {
    const char *option;
    uint32_t least, most;
    bool is_time; /* of seconds */
};

static bool read_seconds(const char *text, uint64_t *ret)
{
    /* "[d.]hh:mm:ss[.fffffff]", or a number of seconds */
    uint64_t parts[4] = {0}, days = 0;
    size_t count = 0;
    struct gp_span rest = gp_span_text(text);
    const char *dot = strchr(text, '.'), *colon = strchr(text, ':');
    if (dot && colon && dot < colon) {
        if (gp_text_number(gp_span_make(text, (size_t)(dot - text)), 10000, &days) != GP_OK)
            return false;
        rest = gp_span_text(dot + 1);
    }
    const char *fraction = memchr(rest.at, '.', rest.len);
    if (fraction)
        rest.len = (size_t)(fraction - rest.at);
    for (;; count++) {
        const char *end = memchr(rest.at, ':', rest.len);
        size_t len = end ? (size_t)(end - rest.at) : rest.len;
        if (count == 3 ||
            gp_text_number(gp_span_make(rest.at, len), UINT32_MAX, &parts[count]) != GP_OK)
            return false;
        if (!end)
            break;
        rest = gp_span_make(end + 1, rest.len - len - 1);
    }
    if (count != 0 && count != 2)
        return false;
    *ret = count == 0 ? parts[0] : ((days * 24 + parts[0]) * 60 + parts[1]) * 60 + parts[2];
    return true;
}

/* The number that goes into the configuration; false when there is none. */
static bool take_number(struct app_lync *lync, const struct limit *limit, uint64_t *ret)
{
    char text[APP_LYNC_SCALAR_MAX];
    uint64_t number = 0;
    const char *unit = limit->is_time ? "s" : "";
    app_lync_scalar(lync, text);
    if (text[0] == '\0') {
        app_lync_tell(lync, APP_LYNC_MAPPED, "%s keeps its default", limit->option);
        return false;
    }
    bool is_number = limit->is_time
                         ? read_seconds(text, &number)
                         : gp_text_number(gp_span_text(text), UINT32_MAX, &number) == GP_OK;
    if (!is_number || number < limit->least || number > limit->most) {
        app_lync_tell(lync, APP_LYNC_LOOK,
                      "%s cannot be that, only %u%s to %u%s; it keeps its default", limit->option,
                      limit->least, unit, limit->most, unit);
        return false;
    }
    app_lync_put(lync, "%s = %u%s", limit->option, (unsigned)number, unit);
    app_lync_tell(lync, APP_LYNC_MAPPED, "%s = %u%s", limit->option, (unsigned)number, unit);
    *ret = number;
    return true;
}

/* Those whose defaults must not be more have to go with them. */
static void lower(struct app_lync *lync, const char *option, uint32_t preset, uint64_t most,
                  const char *unit)
{
    if (most < preset)
        app_lync_put(lync, "%s = %u%s", option, (unsigned)most, unit);
}

struct draft {
    uint64_t connections, per_partner; /* 0: not said */
};

static void take_connections(struct app_lync *lync, void *arg)
{
    static const struct limit limit = {"connections", 10, 100000, false};
    struct draft *draft = arg;
    if (take_number(lync, &limit, &draft->connections))
        lower(lync, "connections-per-address", fed_limits_default.connections_per_address,
              draft->connections, "");
}

static void take_per_partner(struct app_lync *lync, void *arg)
{
    static const struct limit all = {"connections-per-partner", 1, 100000, false};
    struct draft *draft = arg;
    uint64_t connections = draft->connections ? draft->connections : fed_limits_default.connections;
    struct limit limit = all;
    limit.most = (uint32_t)connections;
    if (!take_number(lync, &limit, &draft->per_partner))
        lower(lync, limit.option, fed_limits_default.connections_per_partner, connections, "");
}

static void take_establishment(struct app_lync *lync, void *arg)
{
    static const struct limit limit = {"setup-timeout", 1, 600, true};
    uint64_t setup_s;
    (void)arg;
    if (!take_number(lync, &limit, &setup_s))
        return;
    lower(lync, "header-timeout", fed_limits_default.header_ms / 1000, setup_s, "s");
    lower(lync, "tls-timeout", fed_limits_default.tls_ms / 1000, setup_s, "s");
}

static void take_inactivity(struct app_lync *lync, void *arg)
{
    static const struct limit limit = {"idle-timeout", 60, 86400, true};
    uint64_t idle_s;
    (void)arg;
    take_number(lync, &limit, &idle_s);
}

static void take_keepalive(struct app_lync *lync, void *arg)
{
    static const struct limit limit = {"keepalive-interval", 1, 86400, true};
    uint64_t interval_s;
    (void)arg;
    take_number(lync, &limit, &interval_s);
}

static void take_refresh(struct app_lync *lync, void *arg)
{
    (void)arg;
    app_lync_tell(lync, APP_LYNC_NOT_CARRIED,
                  "subscriptions live in the system inside, and gatepost passes them on: there is "
                  "nothing to refresh");
}

static void take_passphrase(struct app_lync *lync, void *arg)
{
    (void)arg;
    app_lync_tell(lync, APP_LYNC_NOT_CARRIED,
                  "a secret stands in no configuration: gateways that serve one domain share "
                  "a dialback-secret-file of at least 32 bytes");
}

static void take_bodies(struct app_lync *lync, void *arg)
{
    (void)arg;
    app_lync_tell(lync, APP_LYNC_NOT_CARRIED, "gatepost never logs what people write");
}

static void take_identity(struct app_lync *lync, void *arg)
{
    (void)arg;
    app_lync_tell(lync, APP_LYNC_MAPPED, "limits");
}

static const struct app_lync_row rows[] = {
    {"Identity", take_identity, false},
    {"ConnectionLimit", take_connections, false},
    {"PartnerConnectionLimit", take_per_partner, false},
    {"StreamEstablishmentTimeout", take_establishment, false},
    {"StreamInactivityTimeout", take_inactivity, false},
    {"KeepAliveInterval", take_keepalive, false},
    {"SubscriptionRefreshInterval", take_refresh, false},
    {"DialbackPassphrase", take_passphrase, true},
    {"EnableLoggingAllMessageBodies", take_bodies, false},
};

void app_lync_gateway(struct app_lync *lync, const struct app_import_record *record)
{
    struct draft draft = {0};
    struct gp_buf *out = &lync->result->config;
    lync->subject = "gateway";
    if (lync->has_gateway) {
        lync->setting = "Identity";
        lync->field = app_import_find(record, "Identity");
        app_lync_tell(lync, APP_LYNC_LOOK, "a second gateway configuration; the first one counts");
        gp_buf_append_char(out, '\n');
        gp_buf_append_span(out, gp_buf_span(&lync->notes));
        return;
    }
    lync->has_gateway = true;
    app_lync_walk(lync, record, rows, GP_ARRAY_LEN(rows), &draft);
    gp_buf_append_char(out, '\n');
    gp_buf_append_span(out, gp_buf_span(&lync->notes));
    gp_buf_append_text(out, "limits {\n");
    gp_buf_append_span(out, gp_buf_span(&lync->options));
    gp_buf_append_text(out, "}\n");
}
