/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libunbound in our loop. Its two surprises (Debian's 1.17.1) end here: ub_resolve_event() may call
 * back before it returns, and ub_ctx_delete() calls back for what is pending. resolver.c delivers
 * from a task and stops every query before the resolver goes; after ub_cancel() libunbound never
 * calls back.
 */
#include "dns/resolver_impl.h"

#include "dns/answer_read.h"
#include "dns/root_files.h"
#include "dns/ubev.h"

#include <stdio.h>
#include <stdlib.h>
#include <unbound.h>
#include <unbound-event.h>

#define DEFAULT_TRUST_ANCHOR "/usr/share/dns/root.key" /* package dns-root-data */
#define CLASS_IN             1
#define DNS_PORT             53
#define PACKET_BUDGET        (4 * 1024 * 1024) /* the records of one packet, names written out */
#define REASON_MAX           512

enum ub_security { /* of unbound-event.h, which gives them no names */
    UB_SECURITY_INSECURE,
    UB_SECURITY_BOGUS,
    UB_SECURITY_SECURE
};

struct local {
    struct dns_resolver super;  /* first: what resolver.c sees */
    struct ub_event_base *base; /* owned */
    struct ub_ctx *ctx;         /* owned */
};

static struct dns_answer *failed(const struct dns_query *query, enum dns_security security,
                                 int rcode, const char *reason)
{
    struct dns_answer *answer = dns_answer_create(&query->name, (uint16_t)query->type, DNS_FAILED,
                                                  security, NULL, NULL, 0, reason);
    if (answer)
        answer->rcode = (uint8_t)rcode;
    return answer;
}

/*
 * "validation failure <beta.example. SRV IN>: signature expired", and of a failure that is
 * remembered that sentence inside another: the innermost reason is the one that helps.
 */
static struct dns_answer *bogus(const struct dns_query *query, int rcode, const char *why)
{
    char reason[REASON_MAX] = "the signatures do not hold";
    const char *at = why;
    while (at && (at = strstr(at, ">: ")) != NULL) {
        at += strlen(">: ");
        snprintf(reason, sizeof(reason), "%s", at);
    }
    return failed(query, DNS_BOGUS, rcode, reason);
}

static struct dns_answer *read_packet(const struct dns_query *query, enum dns_security security,
                                      const void *packet, size_t len)
{
    struct gp_arena arena;
    struct dns_message message;
    struct gp_err err = {0};
    struct dns_answer *answer;
    gp_arena_init(&arena, PACKET_BUDGET);
    if (dns_message_parse(packet, len, &arena, &message, &err) == GP_OK)
        answer = dns_answer_read(&query->name, (uint16_t)query->type, security, &message);
    else
        answer = failed(query, DNS_INSECURE, 0, err.text);
    gp_arena_finish(&arena);
    return answer;
}

/* The packet is libunbound's and gone after the return. spec-digest c.4: bogus and every rcode but
 * these two are failures. */
static void on_result(void *arg, int rcode, void *packet, int packet_len, int security,
                      char *why_bogus, int was_ratelimited)
{
    struct dns_query *query = arg;
    struct dns_answer *answer;
    (void)was_ratelimited; /* no limit is set */
    if (security == UB_SECURITY_BOGUS) {
        answer = bogus(query, rcode, why_bogus);
    } else if (rcode != 0 || !packet || packet_len <= 0) {
        char text[DNS_RCODE_TEXT_MAX], reason[REASON_MAX];
        snprintf(reason, sizeof(reason), "no name server gave a usable answer (%s)",
                 dns_rcode_text((uint16_t)rcode, text));
        answer = failed(query, DNS_INSECURE, rcode, reason);
    } else {
        answer = read_packet(query, security == UB_SECURITY_SECURE ? DNS_SECURE : DNS_INSECURE,
                             packet, (size_t)packet_len);
    }
    dns_query_answer(query, answer);
}

static enum gp_code local_start(struct dns_resolver *resolver, struct dns_query *query,
                                struct gp_err *err)
{
    struct local *local = (struct local *)resolver;
    char name[DNS_NAME_TEXT_MAX];
    int id = 0;
    int rc = ub_resolve_event(local->ctx, dns_name_text(&query->name, name), (int)query->type,
                              CLASS_IN, query, on_result, &id);
    if (rc != 0)
        return gp_err_set(err, rc == UB_NOMEM ? GP_ERR_NOMEM : GP_ERR_DNS, "look up %s: %s", name,
                          ub_strerror(rc));
    query->id = (uint32_t)id;
    return GP_OK;
}

static void local_stop(struct dns_resolver *resolver, struct dns_query *query)
{
    struct local *local = (struct local *)resolver;
    (void)ub_cancel(local->ctx, (int)query->id);
}

static void local_destroy(struct dns_resolver *resolver)
{
    struct local *local = (struct local *)resolver;
    ub_ctx_delete(local->ctx);
    dns_ubev_destroy(local->base);
    free(local);
}

static const struct dns_resolver_kind local_kind = {
    .start = local_start, .stop = local_stop, .destroy = local_destroy};

static enum gp_code set_option(struct ub_ctx *ctx, const char *option, const char *value,
                               struct gp_err *err)
{
    int rc = ub_ctx_set_option(ctx, option, value);
    if (rc != 0)
        return gp_err_set(err, GP_ERR_CONFIG, "resolver option %s %s: %s", option, value,
                          ub_strerror(rc));
    return GP_OK;
}

static enum gp_code set_caches(struct ub_ctx *ctx, uint32_t bytes, struct gp_err *err)
{
    static const struct {
        const char *option;
        uint32_t part; /* of the whole: one in this many */
    } caches[] = {
        {"rrset-cache-size:", 2},
        {"msg-cache-size:", 4},
        {"key-cache-size:", 8},
        {"neg-cache-size:", 8},
    };
    for (size_t i = 0; bytes > 0 && i < GP_ARRAY_LEN(caches); i++) {
        char value[16];
        snprintf(value, sizeof(value), "%u", bytes / caches[i].part);
        enum gp_code code = set_option(ctx, caches[i].option, value, err);
        if (code != GP_OK)
            return code;
    }
    return GP_OK;
}

static enum gp_code set_forwards(struct ub_ctx *ctx, const struct dns_settings *settings,
                                 bool *asks_loopback, struct gp_err *err)
{
    for (size_t i = 0; i < settings->forward_count; i++) {
        const struct gp_addr *server = &settings->forward[i];
        char host[GP_ADDR_TEXT_MAX], text[GP_ADDR_TEXT_MAX + 8];
        snprintf(text, sizeof(text), "%s@%u", gp_addr_text(server, host),
                 server->port ? server->port : DNS_PORT);
        int rc = ub_ctx_set_fwd(ctx, text);
        if (rc != 0)
            return gp_err_set(err, GP_ERR_CONFIG, "forward to %s: %s", text, ub_strerror(rc));
        *asks_loopback = *asks_loopback || gp_addr_reach(server) == GP_REACH_LOOPBACK;
    }
    return GP_OK;
}

static enum gp_code set_hints(struct ub_ctx *ctx, const struct dns_settings *settings,
                              bool *asks_loopback, struct gp_err *err)
{
    bool has_loopback;
    if (!settings->root_hints)
        return GP_OK;
    enum gp_code code = dns_root_hints_check(settings->root_hints, &has_loopback, err);
    if (code != GP_OK)
        return gp_err_wrap(err, code, "root hints");
    *asks_loopback = *asks_loopback || has_loopback;
    return set_option(ctx, "root-hints:", settings->root_hints, err);
}

static enum gp_code set_trust_anchor(struct ub_ctx *ctx, const struct dns_settings *settings,
                                     struct gp_err *err)
{
    const char *path =
        settings->trust_anchor_file ? settings->trust_anchor_file : DEFAULT_TRUST_ANCHOR;
    enum gp_code code = dns_trust_anchor_check(path, err);
    if (code != GP_OK)
        return gp_err_wrap(err, code, "trust anchor");
    return set_option(ctx, "trust-anchor-file:", path, err);
}

static enum gp_code configure(struct ub_ctx *ctx, const struct dns_settings *settings,
                              struct gp_err *err)
{
    static const struct {
        const char *option, *value;
    } fixed[] = {
        {"outgoing-range:", "256"}, /* a library's 16 would be used up by one busy partner */
        {"outgoing-num-tcp:", "32"},
        {"infra-host-ttl:", "60"},      /* a server that was down is tried again after a minute, */
        {"infra-keep-probing:", "yes"}, /* even when all of a zone were */
        /* unwanted-reply-threshold is never set: reaching it aborts (threats.md, F5) */
    };
    bool asks_loopback = false;
    enum gp_code code = settings->is_unvalidated ? GP_OK : set_trust_anchor(ctx, settings, err);
    if (code == GP_OK)
        code = set_hints(ctx, settings, &asks_loopback, err);
    if (code == GP_OK)
        code = set_forwards(ctx, settings, &asks_loopback, err);
    if (code == GP_OK)
        code = set_caches(ctx, settings->cache_bytes, err);
    for (size_t i = 0; code == GP_OK && i < GP_ARRAY_LEN(fixed); i++)
        code = set_option(ctx, fixed[i].option, fixed[i].value, err);
    /* An attacker's name server record must not make us talk to this machine (T64). The library
     * allows that, so it is forbidden here, unless the configuration itself names an address on
     * it. */
    if (code == GP_OK)
        code = set_option(ctx, "do-not-query-localhost:", asks_loopback ? "no" : "yes", err);
    return code;
}

static void on_loaded(void *arg, int rcode, void *packet, int packet_len, int security,
                      char *why_bogus, int was_ratelimited)
{
    (void)rcode;
    (void)packet;
    (void)packet_len;
    (void)security;
    (void)why_bogus;
    (void)was_ratelimited;
    *(bool *)arg = true;
}

/* The sentence in a line of libunbound's log, "[1764000000] libunbound[123:0] error: sentence". */
static void log_sentence(const char *log, char out[REASON_MAX])
{
    const char *at = strstr(log, "] ");
    const char *sentence = at ? strstr(at + 2, ": ") : NULL;
    if (!sentence)
        sentence = log;
    else
        sentence += 2;
    snprintf(out, REASON_MAX, "%.*s", (int)strcspn(sentence, "\n"), sentence);
}

/*
 * libunbound reads its files at the first question, and says what it does not like in its log only;
 * an anchor whose algorithms it does not know it even skips, and then validates nothing. So the
 * first question is put here, for a name that it answers itself, with its log in memory.
 */
static enum gp_code load_files(struct ub_ctx *ctx, struct gp_err *err)
{
    char *log = NULL;
    size_t log_len = 0;
    bool is_loaded = false;
    FILE *stream = open_memstream(&log, &log_len);
    if (!stream)
        return gp_err_nomem(err);
    (void)ub_ctx_debugout(ctx, stream);
    int rc = ub_resolve_event(ctx, "localhost.", DNS_TYPE_A, CLASS_IN, &is_loaded, on_loaded, NULL);
    (void)ub_ctx_debugout(ctx, NULL);
    fclose(stream);
    enum gp_code code = GP_OK;
    if (rc != 0 || !is_loaded || (log && strstr(log, "the anchor is ignored"))) {
        char sentence[REASON_MAX] = "";
        if (log && log[0] != '\0')
            log_sentence(log, sentence);
        code = gp_err_set(err, GP_ERR_CONFIG, "start the resolver: %s",
                          sentence[0] != '\0' ? sentence : ub_strerror(rc));
    }
    free(log);
    return code;
}

enum gp_code dns_resolver_create_local(struct gp_loop *loop, const struct dns_settings *settings,
                                       struct dns_resolver **ret, struct gp_err *err)
{
    struct local *local = calloc(1, sizeof(*local));
    enum gp_code code;
    if (!local)
        return gp_err_nomem(err);
    dns_resolver_init(&local->super, &local_kind, loop, settings->timeout_ms);
    local->base = dns_ubev_create(loop);
    if (local->base)
        local->ctx = ub_ctx_create_ub_event(local->base);
    if (local->ctx) {
        (void)ub_ctx_debugout(local->ctx, NULL); /* a library does not print */
        code = configure(local->ctx, settings, err);
    } else {
        code = gp_err_nomem(err);
    }
    if (code == GP_OK)
        code = load_files(local->ctx, err);
    if (code != GP_OK) {
        local_destroy(&local->super);
        return code;
    }
    *ret = &local->super;
    return GP_OK;
}
