/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/ping.h"

#include "base/clock.h"
#include "base/text.h"
#include "federation/jid.h"
#include "federation/ns.h"
#include "federation/router_state.h"
#include "federation/tree.h"
#include "federation/xml_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define ID_START    "gatepost-ping:"
#define ID_MAX      (FED_PING_PREFIX_MAX + 24)
#define STANZA_MAX  8192  /* of a question: two domains and an id */
#define ANSWER_TREE 65536 /* of an answer that is read for its error */

struct fed_ping {
    struct fed_ping *next, **link; /* the router's; link is NULL when it is decided */
    struct fed_router *router;
    struct dns_domain home, partner;
    char id[ID_MAX];
    int64_t started_ms;
    struct gp_timer *deadline; /* owned */
    struct gp_task ended;
    struct fed_ping_result result;
    fed_ping_fn *fn;
    void *arg;
};

const char *fed_ping_outcome_text(enum fed_ping_outcome outcome)
{
    static const char *const texts[] = {
        [FED_PING_SILENT] = "silent",
        [FED_PING_REFUSED] = "refused",
        [FED_PING_UNDELIVERED] = "undelivered",
        [FED_PING_ANSWERED] = "answered",
    };
    return texts[outcome];
}

/* The ids of a router's own. */

void fed_ping_prefix(unsigned worker, char out[FED_PING_PREFIX_MAX])
{
    char secret[GP_RND_ID_MAX];
    gp_rnd_id(secret);
    snprintf(out, FED_PING_PREFIX_MAX, ID_START "%u:%s:", worker, secret);
}

static bool begins_with(struct gp_span text, const char *start)
{
    size_t len = strlen(start);
    return text.len >= len && memcmp(text.at, start, len) == 0;
}

bool fed_ping_is_answer(const struct fed_router *router, const struct fed_stanza *stanza,
                        unsigned *ret_worker)
{
    struct gp_span id = stanza->element->id, number;
    uint64_t worker;
    if (stanza->kind != FED_IQ ||
        (stanza->type != FED_TYPE_RESULT && stanza->type != FED_TYPE_ERROR) ||
        fed_jid_local(stanza->element->to).len > 0 || !begins_with(id, ID_START))
        return false;
    number = gp_span_make(id.at + strlen(ID_START), id.len - strlen(ID_START));
    const char *end = memchr(number.at, ':', number.len);
    if (!end)
        return false;
    number.len = (size_t)(end - number.at);
    if (gp_text_number(number, router->post.worker_count - 1, &worker) != GP_OK)
        return false;
    *ret_worker = (unsigned)worker;
    return true;
}

/* What comes of it. */

static void on_ended(void *arg)
{
    struct fed_ping *ping = arg;
    struct fed_ping_result result = ping->result;
    fed_ping_fn *fn = ping->fn;
    void *fn_arg = ping->arg;
    fed_ping_cancel(ping);
    fn(fn_arg, &result);
}

static void settle(struct fed_ping *ping, enum fed_ping_outcome outcome, const char *sentence)
{
    struct fed_ping_result *result = &ping->result;
    result->outcome = outcome;
    result->took_ms = gp_clock_mono_ms() - ping->started_ms;
    snprintf(result->sentence, sizeof(result->sentence), "%s", sentence);
    *ping->link = ping->next;
    if (ping->next)
        ping->next->link = ping->link;
    ping->link = NULL;
    gp_timer_clear(ping->deadline);
    gp_task_post(&ping->ended);
}

static void on_deadline(void *arg)
{
    settle(arg, FED_PING_SILENT, "no answer came");
}

/* The one that a parcel is, or answers. */
static struct fed_ping *find(const struct fed_router *router, const struct fed_parcel *parcel)
{
    struct fed_ping *ping = router->pings;
    while (ping && !(gp_span_is(fed_parcel_id(parcel), ping->id) &&
                     dns_domain_equal(&parcel->home, &ping->home) &&
                     dns_domain_equal(&parcel->partner, &ping->partner)))
        ping = ping->next;
    return ping;
}

/* The condition of an error stanza (RFC 6120, 8.3.2). */
static void read_error(const struct fed_parcel *answer, char out[FED_PING_SENTENCE_MAX])
{
    struct gp_arena arena;
    struct fed_node *node = NULL;
    gp_arena_init(&arena, ANSWER_TREE);
    bool is_read =
        fed_tree_parse_bytes(fed_parcel_stanza(answer), FED_NS_SERVER, &arena, &node) == GP_OK;
    const struct fed_node *error = is_read ? fed_node_child(node, FED_NS_SERVER, "error") : NULL;
    const struct fed_node *condition =
        error ? fed_node_child(error, FED_NS_STANZA_ERRORS, NULL) : NULL;
    snprintf(out, FED_PING_SENTENCE_MAX, "%s", condition ? condition->name : "an error");
    gp_arena_finish(&arena);
}

bool fed_ping_take(struct fed_router *router, struct fed_parcel *answer)
{
    char sentence[FED_PING_SENTENCE_MAX] = "";
    if (!begins_with(fed_parcel_id(answer), router->ping_prefix))
        return false;
    struct fed_ping *ping = find(router, answer);
    if (ping && answer->type == FED_TYPE_ERROR)
        read_error(answer, sentence);
    if (ping)
        settle(ping, FED_PING_ANSWERED, sentence);
    fed_parcel_destroy(answer);
    return true;
}

bool fed_ping_give_back(struct fed_router *router, struct fed_parcel *question,
                        enum fed_bounce bounce, const char *text)
{
    if (question->direction != FED_TO_PARTNER ||
        !begins_with(fed_parcel_id(question), router->ping_prefix))
        return false;
    struct fed_ping *ping = find(router, question);
    if (ping)
        settle(ping, FED_PING_UNDELIVERED, text ? text : fed_bounce_condition(bounce));
    fed_parcel_destroy(question);
    return true;
}

/* Asking. */

static void put_question(struct gp_buf *out, const char *from, const char *to, const char *id)
{
    gp_buf_append_text(out, "<iq");
    fed_put_attribute(out, "from", gp_span_text(from));
    fed_put_attribute(out, "to", gp_span_text(to));
    fed_put_attribute(out, "type", gp_span_text("get"));
    fed_put_attribute(out, "id", gp_span_text(id));
    gp_buf_append_text(out, "><ping xmlns='" FED_NS_PING "'/></iq>");
}

/* Through the gate, and on its way. */
static void send_question(struct fed_ping *ping, const struct fed_home *home, struct gp_span bytes,
                          const char *from, const char *to)
{
    struct fed_router *router = ping->router;
    const struct fed_xml_element element = {
        .bytes = bytes,
        .local = gp_span_text("iq"),
        .is_content = true,
        .from = gp_span_text(from),
        .to = gp_span_text(to),
        .id = gp_span_text(ping->id),
        .type = gp_span_text("get"),
        .name_end = strlen("<iq"),
        .child_count = 1,
    };
    const struct fed_stanza stanza = {.kind = FED_IQ,
                                      .type = FED_TYPE_GET,
                                      .element = &element,
                                      .from = ping->home,
                                      .to = ping->partner};
    enum fed_refusal refusal = fed_guard_judge(router->guard, FED_TO_PARTNER, home, &stanza);
    if (refusal != FED_ADMITTED) {
        settle(ping, FED_PING_REFUSED, fed_refusal_text(refusal));
        return;
    }
    struct fed_parcel *parcel =
        fed_parcel_create(FED_TO_PARTNER, &ping->home, &ping->partner, &stanza, NULL);
    if (parcel)
        fed_router_deliver(router, parcel);
    else
        settle(ping, FED_PING_UNDELIVERED, "out of memory");
}

static size_t count_pings(const struct fed_router *router)
{
    size_t count = 0;
    for (const struct fed_ping *ping = router->pings; ping; ping = ping->next)
        count++;
    return count;
}

static struct fed_ping *make(struct fed_router *router, const struct dns_domain *home,
                             const struct dns_domain *partner)
{
    struct fed_ping *ping = calloc(1, sizeof(*ping));
    if (!ping)
        return NULL;
    ping->router = router;
    ping->home = *home;
    ping->partner = *partner;
    ping->started_ms = gp_clock_mono_ms();
    gp_task_init(&ping->ended, router->context->loop, on_ended, ping);
    ping->deadline = gp_timer_create(router->context->loop, on_deadline, ping);
    snprintf(ping->id, sizeof(ping->id), "%s%" PRIu64, router->ping_prefix, ++router->pings_made);
    if (!ping->deadline) {
        free(ping);
        return NULL;
    }
    ping->next = router->pings;
    ping->link = &router->pings;
    if (ping->next)
        ping->next->link = &ping->next;
    router->pings = ping;
    return ping;
}

enum gp_code fed_ping_start(struct fed_router *router, const struct dns_domain *home,
                            const struct dns_domain *partner, uint32_t timeout_ms, fed_ping_fn *fn,
                            void *arg, struct fed_ping **ret, struct gp_err *err)
{
    const struct fed_settings *settings = router->context->settings;
    const struct fed_partner *policy = fed_settings_partner(settings, partner);
    const struct fed_home *from = fed_settings_home(settings, home);
    char from_text[DNS_DOMAIN_UNICODE_MAX], to_text[DNS_DOMAIN_UNICODE_MAX];
    struct gp_buf bytes;
    GP_ASSERT(fed_router_owner(home, partner, router->post.worker_count) == router->post.worker);
    if (!policy || policy->domain_count == 0 || fed_settings_home(settings, partner))
        return gp_err_set(err, GP_ERR_DENIED, "%s is not a partner of the configuration",
                          partner->ascii);
    if (!from)
        return gp_err_set(err, GP_ERR_DENIED, "%s is not a domain of this gateway", home->ascii);
    if (count_pings(router) >= FED_PINGS_MAX)
        return gp_err_set(err, GP_ERR_LIMIT, "too many partners are being asked already");
    struct fed_ping *ping = make(router, home, partner);
    if (!ping)
        return gp_err_nomem(err);
    ping->fn = fn;
    ping->arg = arg;
    *ret = ping;
    gp_timer_set(ping->deadline, timeout_ms);
    dns_domain_unicode(home, from_text);
    dns_domain_unicode(partner, to_text);
    gp_buf_init(&bytes, STANZA_MAX);
    put_question(&bytes, from_text, to_text, ping->id);
    if (gp_buf_failed(&bytes) == GP_OK)
        send_question(ping, from, gp_buf_span(&bytes), from_text, to_text);
    else
        settle(ping, FED_PING_UNDELIVERED, "out of memory");
    gp_buf_finish(&bytes);
    return GP_OK;
}

void fed_ping_cancel(struct fed_ping *ping)
{
    if (!ping)
        return;
    if (ping->link) {
        *ping->link = ping->next;
        if (ping->next)
            ping->next->link = ping->link;
    }
    gp_task_cancel(&ping->ended);
    gp_timer_destroy(ping->deadline);
    free(ping);
}
