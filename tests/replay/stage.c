/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/replay/stage.h"

#include "tests/replay/starve.h"

#include <stdarg.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define STAGE_START_MS 1000000
#define STAGE_START_S  1800000000
#define STAGE_SECRET   "s3cr3tf0rd14lb4ck"
#define STAGE_INSIDE   "ins1de" /* as the prelude has it */

static const char *const homes[] = {"home.example", "second.example"}; /* sorted */

static const struct {
    const char *domain;
    enum fed_tls_need tls;
    enum fed_sasl_need sasl;
    enum fed_dialback dialback;
    bool requires_dane, uses_dane_client, uses_posh;
} partners[] = {
    {"strict.example", FED_TLS_REQUIRED, FED_SASL_OPTIONAL, FED_DIALBACK_REFUSED, false, false,
     false},
    {"dialback.example", FED_TLS_REQUIRED, FED_SASL_OPTIONAL, FED_DIALBACK_ALLOWED, false, false,
     false},
    {"clear.example", FED_TLS_OPTIONAL, FED_SASL_OPTIONAL, FED_DIALBACK_ALLOWED, false, false,
     false},
    {"dane.example", FED_TLS_REQUIRED, FED_SASL_OPTIONAL, FED_DIALBACK_REFUSED, true, false, false},
    {"sasl.example", FED_TLS_REQUIRED, FED_SASL_REQUIRED, FED_DIALBACK_ALLOWED, false, false,
     false},
    {"old.example", FED_TLS_UNSUPPORTED, FED_SASL_UNSUPPORTED, FED_DIALBACK_ALLOWED, false, false,
     false},
    {"nosasl.example", FED_TLS_REQUIRED, FED_SASL_UNSUPPORTED, FED_DIALBACK_REFUSED, false, false,
     false},
    {"tlsa.example", FED_TLS_REQUIRED, FED_SASL_OPTIONAL, FED_DIALBACK_ALLOWED, false, true, false},
    {"onlytlsa.example", FED_TLS_REQUIRED, FED_SASL_OPTIONAL, FED_DIALBACK_REFUSED, true, true,
     false},
    {"posh.example", FED_TLS_REQUIRED, FED_SASL_OPTIONAL, FED_DIALBACK_REFUSED, false, false, true},
    {"all.example", FED_TLS_REQUIRED, FED_SASL_OPTIONAL, FED_DIALBACK_ALLOWED, false, true, true},
};

static const char *const close_names[] = {
#define FED_CLOSE(symbol, text, condition, fault, next, bounce, rest) [symbol] = #symbol,
#include "federation/close_reasons.def"
#undef FED_CLOSE
};

const char *stage_close_name(enum fed_close reason)
{
    return close_names[reason] + strlen("FED_CLOSE_");
}

static struct dns_domain domain_of(const char *text)
{
    struct dns_domain domain = {""};
    GP_ASSERT(dns_domain_from_text(gp_span_text(text), &domain, NULL) == GP_OK);
    return domain;
}

static struct fed_settings *settings_create(void)
{
    struct fed_settings *settings = calloc(1, sizeof(*settings));
    settings->limits = fed_limits_default;
    settings->stranger.keeps_alive = true;
    settings->home_count = GP_ARRAY_LEN(homes);
    settings->homes = calloc(GP_ARRAY_LEN(homes), sizeof(*settings->homes));
    for (size_t i = 0; i < GP_ARRAY_LEN(homes); i++)
        settings->homes[i].domain = domain_of(homes[i]);
    settings->partner_count = GP_ARRAY_LEN(partners);
    settings->partners = calloc(GP_ARRAY_LEN(partners), sizeof(*settings->partners));
    for (size_t i = 0; i < GP_ARRAY_LEN(partners); i++) {
        struct fed_partner *partner = &settings->partners[i];
        partner->domain_count = 1;
        partner->domains = calloc(1, sizeof(*partner->domains));
        partner->domains[0] = domain_of(partners[i].domain);
        partner->tls = partners[i].tls;
        partner->connection_limit = 20;
        partner->keeps_alive = true;
        partner->sasl = partners[i].sasl;
        partner->dialback = partners[i].dialback;
        partner->requires_dane = partners[i].requires_dane;
        partner->uses_dane_client = partners[i].uses_dane_client;
        partner->bidi = true;
        partner->uses_posh = partners[i].uses_posh;
    }
    settings->stranger.sasl = FED_SASL_OPTIONAL;
    GP_ASSERT(gp_names_add(&settings->blocked, gp_span_text(".blocked.example")) == GP_OK);
    gp_names_seal(&settings->blocked);
    settings->stranger.bidi = true;
    settings->dialback_secret.len = strlen(STAGE_SECRET);
    memcpy(settings->dialback_secret.bytes, STAGE_SECRET, strlen(STAGE_SECRET));
    return settings;
}

static void settings_destroy(struct fed_settings *settings)
{
    for (size_t i = 0; i < settings->partner_count; i++)
        free(settings->partners[i].domains);
    free(settings->partners);
    free(settings->homes);
    gp_names_finish(&settings->blocked);
    free(settings);
}

void stage_init(struct stage *stage, bool *seen_closes)
{
    *stage = (struct stage){.places = 20,
                            .verify_cert = "",
                            .seen_closes = seen_closes,
                            .now = {.mono_ms = STAGE_START_MS, .wall_s = STAGE_START_S},
                            .settings = settings_create()};
    stage->inside_secret.len = strlen(STAGE_INSIDE);
    memcpy(stage->inside_secret.bytes, STAGE_INSIDE, strlen(STAGE_INSIDE));
}

void stage_finish(struct stage *stage)
{
    if (stage->machine)
        stage->type->destroy(stage->machine);
    for (size_t i = 0; i < stage->record_count; i++)
        free(stage->records[i]);
    settings_destroy(stage->settings);
}

struct fed_partner *stage_partner(struct stage *stage, const char *domain)
{
    for (size_t i = 0; i < GP_ARRAY_LEN(partners); i++)
        if (strcmp(partners[i].domain, domain) == 0)
            return &stage->settings->partners[i];
    return &stage->settings->stranger;
}

bool stage_limit(struct stage *stage, const char *name, uint32_t value)
{
    static const struct {
        const char *name;
        size_t offset;
    } rows[] = {
#define FED_LIMIT(field, option, unit, preset, least, most, help) \
    {#field, offsetof(struct fed_limits, field)},
#include "federation/limits.def"
#undef FED_LIMIT
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].name, name) == 0) {
            memcpy((char *)&stage->settings->limits + rows[i].offset, &value, sizeof(value));
            return true;
        }
    return false;
}

/* Requests */

static void record(struct stage *stage, const char *format, ...) GP_PRINTF(2, 3);

static void record(struct stage *stage, const char *format, ...)
{
    va_list args;
    char *line = NULL;
    if (stage->record_count == STAGE_RECORDS_MAX) {
        stage->has_overflown = true;
        return;
    }
    va_start(args, format);
    GP_ASSERT(vasprintf(&line, format, args) >= 0);
    va_end(args);
    stage->records[stage->record_count++] = line;
}

static const char *lang_of(const struct stage *stage)
{
    return stage->component ? fed_component_lang(stage->component)
           : stage->client  ? fed_component_client_lang(stage->client)
           : stage->out     ? fed_out_lang(stage->out)
                            : fed_in_lang(stage->in);
}

static void record_stanza(struct stage *stage, const struct fed_stanza *stanza)
{
    struct gp_buf bytes;
    gp_buf_init(&bytes, 32u << 20);
    fed_stanza_forward(stanza, lang_of(stage), &bytes);
    record(stage, "stanza %s", gp_buf_text(&bytes));
    gp_buf_finish(&bytes);
}

static const char *const verdicts[] = {
    [FED_VERDICT_VALID] = "valid",
    [FED_VERDICT_INVALID] = "invalid",
    [FED_VERDICT_NOT_FOUND] = "not-found",
    [FED_VERDICT_TIMEOUT] = "timeout",
};

static void record_request(struct stage *stage, const struct fed_request *request)
{
    switch (request->what) {
    case FED_DO_WAIT:
        break;
    case FED_DO_START_TLS:
        record(stage, "start-tls");
        break;
    case FED_DO_STANZA:
        record_stanza(stage, request->u.stanza);
        break;
    case FED_DO_VERIFY:
        record(stage, "verify %u %s %s %s %s", request->u.verify.number,
               request->u.verify.target.ascii, request->u.verify.sender.ascii,
               request->u.verify.stream_id, request->u.verify.key);
        break;
    case FED_DO_POSH:
        record(stage, "posh %u %s", request->u.lookup.number, request->u.lookup.sender.ascii);
        break;
    case FED_DO_LOOK_UP:
        record(stage, "look-up %u %s", request->u.lookup.number, request->u.lookup.sender.ascii);
        break;
    case FED_DO_OPEN:
        record(stage, "open %s %s %s", request->u.pair.home.ascii, request->u.pair.partner.ascii,
               fed_proof_text(request->u.pair.proof));
        break;
    case FED_DO_REFUSED:
        record(stage, "refused %s %s %s", request->u.pair.home.ascii, request->u.pair.partner.ascii,
               request->u.pair.detail);
        break;
    case FED_DO_CONFIRMED:
        record(stage, "confirmed");
        break;
    case FED_DO_ACKED:
        record(stage, "acked %" PRIu32, request->u.acked);
        break;
    case FED_DO_RESULT:
        record(stage, "result %s", verdicts[request->u.verdict]);
        break;
    case FED_DO_CLOSE:
        stage->has_closed = true;
        stage->seen_closes[request->u.close.reason] = true;
        record(stage, "%s %s %s", stage_close_name(request->u.close.reason),
               request->u.close.is_lingering ? "lingering" : "at-once", request->u.close.detail);
        break;
    }
}

static void take_next(struct stage *stage, struct fed_request *request)
{
    starve_begin();
    stage->type->next(stage->machine, &stage->now, request);
    starve_end();
    record_request(stage, request);
}

static void drain(struct stage *stage)
{
    struct fed_request request;
    do {
        take_next(stage, &request);
    } while (request.what != FED_DO_WAIT && !stage->has_overflown);
    take_next(stage, &request); /* who says that it waits has nothing more to say */
    if (request.what != FED_DO_WAIT)
        record(stage, "(after it had said that it waits)");
}

/* Events */

static void make_id(void *arg, char id[GP_RND_ID_MAX])
{
    struct stage *stage = arg;
    snprintf(id, GP_RND_ID_MAX, "%032x", ++stage->ids);
}

static bool is_probe(void *arg, const char *token, struct dns_domain *ret_stand_in)
{
    const struct stage *stage = arg;
    *ret_stand_in = stage->stand_in;
    return stage->probe && strcmp(stage->probe, token) == 0;
}

static enum fed_component_claim claim(void *arg, const struct dns_domain *domain)
{
    const struct stage *stage = arg;
    return fed_settings_home(stage->settings, domain) ? stage->claim : FED_CLAIM_UNKNOWN;
}

static void enter(struct stage *stage, const struct fed_machine_type *type, void *machine)
{
    if (!machine)
        return;
    stage->type = type;
    stage->machine = machine;
    drain(stage);
}

static bool take_place(void *arg, const struct dns_domain *partner)
{
    struct stage *stage = arg;
    (void)partner;
    return stage->places > 0 && stage->places-- > 0;
}

void stage_enter_in(struct stage *stage, bool is_direct_tls)
{
    const struct fed_in_setup setup = {.settings = stage->settings,
                                       .is_direct_tls = is_direct_tls,
                                       .make_id = make_id,
                                       .is_probe = is_probe,
                                       .take_place = take_place,
                                       .arg = stage};
    starve_begin();
    stage->in = fed_in_create(&setup, &stage->now);
    starve_end();
    enter(stage, &fed_machine_in, stage->in);
}

void stage_enter_out(struct stage *stage, const struct fed_out_setup *setup)
{
    starve_begin();
    stage->out = fed_out_create(setup, &stage->now);
    starve_end();
    enter(stage, &fed_machine_out, stage->out);
}

void stage_enter_component(struct stage *stage)
{
    const struct fed_component_setup setup = {.settings = stage->settings,
                                              .secret = &stage->inside_secret,
                                              .make_id = make_id,
                                              .claim = claim,
                                              .arg = stage};
    starve_begin();
    stage->component = fed_component_create(&setup, &stage->now);
    starve_end();
    enter(stage, &fed_machine_component, stage->component);
}

void stage_enter_component_client(struct stage *stage, const struct dns_domain *domain)
{
    const struct fed_component_client_setup setup = {.settings = stage->settings,
                                                     .secret = &stage->inside_secret,
                                                     .domain = *domain,
                                                     .home = domain_of(homes[0]),
                                                     .make_id = make_id,
                                                     .arg = stage};
    starve_begin();
    stage->client = fed_component_client_create(&setup, &stage->now);
    starve_end();
    enter(stage, &fed_machine_component_client, stage->client);
}

bool stage_ask(struct stage *stage)
{
    starve_begin();
    bool is_asked = fed_component_client_ask(stage->client, &stage->now);
    starve_end();
    drain(stage);
    return is_asked;
}

void stage_bytes(struct stage *stage, struct gp_span bytes, size_t chunk)
{
    for (size_t at = 0; at < bytes.len && stage_wants_bytes(stage);) {
        size_t len = bytes.len - at < chunk ? bytes.len - at : chunk;
        /* every piece in memory of its own, so that a read beyond it is noticed */
        char *piece = malloc(len);
        memcpy(piece, bytes.at + at, len);
        starve_begin();
        stage->type->bytes(stage->machine, &stage->now, gp_span_make(piece, len));
        starve_end();
        free(piece);
        drain(stage);
        at += len;
    }
}

void stage_tls_done(struct stage *stage, struct fed_tls_facts *facts)
{
    starve_begin();
    stage->type->tls_done(stage->machine, &stage->now, facts);
    starve_end();
    drain(stage);
}

void stage_tls_failed(struct stage *stage, const char *detail)
{
    starve_begin();
    stage->type->tls_failed(stage->machine, &stage->now, detail);
    starve_end();
    drain(stage);
}

void stage_lost(struct stage *stage, bool was_clean, const char *detail)
{
    starve_begin();
    stage->type->peer_closed(stage->machine, &stage->now, was_clean, detail);
    starve_end();
    drain(stage);
}

void stage_last(struct stage *stage, struct gp_span bytes)
{
    starve_begin();
    stage->type->bytes(stage->machine, &stage->now, bytes);
    stage->type->peer_closed(stage->machine, &stage->now, false, "reset");
    starve_end();
    drain(stage);
}

void stage_stop(struct stage *stage, enum fed_close reason)
{
    starve_begin();
    stage->type->stop(stage->machine, &stage->now, reason);
    starve_end();
    drain(stage);
}

bool stage_reload(struct stage *stage, const char *how, const char *domain)
{
    struct fed_settings *before = stage->settings, *after = settings_create();
    const struct dns_domain named = domain_of(domain);
    bool is_done = strcmp(how, "same") == 0;
    after->limits = before->limits;
    after->is_open = before->is_open;
    after->stranger = before->stranger;
    for (size_t i = 0; i < after->partner_count; i++) {
        if (!dns_domain_equal(after->partners[i].domains, &named))
            continue;
        after->partners[i].terms += strcmp(how, "changed") == 0;
        after->partners[i].domain_count -= strcmp(how, "removed") == 0;
        is_done = strcmp(how, "changed") == 0 || strcmp(how, "removed") == 0;
    }
    for (size_t i = 0; i < after->home_count && strcmp(how, "gone") == 0; i++) {
        if (!dns_domain_equal(&after->homes[i].domain, &named))
            continue;
        memmove(&after->homes[i], &after->homes[i + 1],
                (--after->home_count - i) * sizeof(*after->homes));
        is_done = true;
    }
    stage->settings = after;
    starve_begin();
    stage->type->set_settings(stage->machine, &stage->now, after);
    starve_end();
    settings_destroy(before); /* nothing may point there now */
    drain(stage);
    return is_done;
}

void stage_verified(struct stage *stage, unsigned number, enum fed_verdict verdict)
{
    starve_begin();
    fed_in_verified(stage->in, &stage->now, number, verdict);
    starve_end();
    drain(stage);
}

void stage_looked_up(struct stage *stage, unsigned number, const struct fed_evidence *evidence)
{
    starve_begin();
    if (stage->in)
        fed_in_looked_up(stage->in, &stage->now, number, evidence);
    else
        fed_out_looked_up(stage->out, &stage->now, evidence);
    starve_end();
    drain(stage);
}

void stage_hurry(struct stage *stage)
{
    fed_out_hurry(stage->out);
    drain(stage);
}

void stage_one_way(struct stage *stage)
{
    fed_out_keep_one_way(stage->out);
    drain(stage);
}

bool stage_send(struct stage *stage, struct gp_span stanza)
{
    starve_begin();
    bool is_taken = stage->in ? fed_in_send(stage->in, &stage->now, stanza)
                              : fed_out_send(stage->out, &stage->now, stanza);
    starve_end();
    drain(stage);
    return is_taken;
}

void stage_pass(struct stage *stage, int64_t duration_ms)
{
    int64_t until_ms = stage->now.mono_ms + duration_ms;
    while (!stage->has_closed && stage_deadline_ms(stage) <= until_ms && !stage->has_overflown) {
        int64_t step_ms = stage_deadline_ms(stage) - stage->now.mono_ms;
        stage->now.mono_ms += step_ms;
        stage->now.wall_s += step_ms / 1000;
        starve_begin();
        stage->type->deadline(stage->machine, &stage->now);
        starve_end();
        drain(stage);
    }
    stage->now.wall_s += (until_ms - stage->now.mono_ms) / 1000;
    stage->now.mono_ms = until_ms;
}

struct gp_buf *stage_output(struct stage *stage)
{
    return stage->type->output(stage->machine);
}

const char *stage_state(const struct stage *stage)
{
    return stage->in ? fed_in_state_text(stage->in) : fed_out_state_text(stage->out);
}

int64_t stage_deadline_ms(const struct stage *stage)
{
    return stage->type->deadline_ms(stage->machine);
}

bool stage_wants_bytes(const struct stage *stage)
{
    return stage->type->wants_bytes(stage->machine);
}
