/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/parcel.h"

#include "base/clock.h"
#include "federation/ns.h"
#include "federation/xml_out.h"

#include <stdlib.h>

#define FED_PARCEL_ERROR_MAX 16384 /* of an error without addresses and id: condition, sentence */
#define FED_PARCEL_ESCAPED   6     /* bytes of "'" as "&apos;" */

static struct fed_parcel *parcel_make(struct gp_span stanza, struct gp_span from, struct gp_span to,
                                      struct gp_span id)
{
    size_t len = stanza.len + from.len + to.len + id.len;
    struct fed_parcel *parcel = malloc(sizeof(*parcel) + len);
    if (!parcel)
        return NULL;
    *parcel = (struct fed_parcel){
        .since_ms = gp_clock_mono_ms(),
        .stanza_len = stanza.len,
        .from_len = from.len,
        .to_len = to.len,
        .id_len = id.len,
        .has_id = id.at != NULL,
    };
    parcel->letter.bytes = fed_parcel_bytes(parcel);
    char *at = parcel->bytes;
    const struct gp_span parts[] = {stanza, from, to, id};
    for (size_t i = 0; i < GP_ARRAY_LEN(parts); i++) {
        if (parts[i].len > 0)
            memcpy(at, parts[i].at, parts[i].len);
        at += parts[i].len;
    }
    return parcel;
}

struct fed_parcel *fed_parcel_create(enum fed_direction direction, const struct dns_domain *home,
                                     const struct dns_domain *partner,
                                     const struct fed_stanza *stanza, const char *lang)
{
    const struct fed_xml_element *element = stanza->element;
    struct fed_parcel *parcel = NULL;
    struct gp_buf forwarded;
    /* what is added: xml:lang and the declarations that the stream header made; both bounded by the
     * header's limit */
    gp_buf_init(&forwarded, 2 * element->bytes.len + 65536);
    fed_stanza_forward(stanza, lang, &forwarded);
    if (gp_buf_failed(&forwarded) == GP_OK)
        parcel = parcel_make(gp_buf_span(&forwarded), element->from, element->to, element->id);
    gp_buf_finish(&forwarded);
    if (parcel) {
        parcel->direction = direction;
        parcel->home = *home;
        parcel->partner = *partner;
        parcel->kind = stanza->kind;
        parcel->type = stanza->type;
    }
    return parcel;
}

void fed_parcel_destroy(struct fed_parcel *parcel)
{
    free(parcel);
}

size_t fed_parcel_bytes(const struct fed_parcel *parcel)
{
    return sizeof(*parcel) + parcel->stanza_len + parcel->from_len + parcel->to_len +
           parcel->id_len;
}

struct gp_span fed_parcel_id(const struct fed_parcel *parcel)
{
    const char *at = parcel->bytes + parcel->stanza_len + parcel->from_len + parcel->to_len;
    return gp_span_make(parcel->has_id ? at : NULL, parcel->id_len);
}

/* Appends a stanza with another child at its end. Its last "<" begins its end tag, or the whole of
 * it when it is an empty element: attributes have no "<" and nothing follows the end tag. */
static void put_with_delay(struct gp_buf *out, struct gp_span stanza, const char *name,
                           const char *from, const char *stamp)
{
    size_t end = stanza.len - 1;
    while (stanza.at[end] != '<')
        end--;
    bool is_empty = end == 0;
    gp_buf_append(out, stanza.at, is_empty ? stanza.len - strlen("/>") : end);
    gp_buf_append_text(out, is_empty ? "><delay" : "<delay");
    fed_put_declaration(out, NULL, FED_NS_DELAY);
    fed_put_attribute(out, "from", gp_span_text(from));
    fed_put_attribute(out, "stamp", gp_span_text(stamp));
    gp_buf_append_text(out, "/>");
    if (is_empty)
        gp_buf_printf(out, "</%s>", name);
    else
        gp_buf_append(out, stanza.at + end, stanza.len - end);
}

struct fed_parcel *fed_parcel_late(const struct fed_parcel *parcel, int64_t now_ms, int64_t now_s)
{
    char stamp[GP_CLOCK_TEXT_MAX], home[DNS_DOMAIN_UNICODE_MAX];
    struct fed_parcel *late = NULL;
    struct gp_buf stanza;
    gp_clock_text(now_s - (now_ms - parcel->since_ms) / 1000, stamp);
    gp_buf_init(&stanza, parcel->stanza_len + FED_PARCEL_ERROR_MAX);
    put_with_delay(&stanza, fed_parcel_stanza(parcel), fed_stanza_kind_text(parcel->kind),
                   dns_domain_unicode(&parcel->home, home), stamp);
    if (gp_buf_failed(&stanza) == GP_OK)
        late = parcel_make(gp_buf_span(&stanza), fed_parcel_from(parcel), fed_parcel_to(parcel),
                           fed_parcel_id(parcel));
    gp_buf_finish(&stanza);
    if (!late)
        return NULL;
    late->direction = parcel->direction;
    late->home = parcel->home;
    late->partner = parcel->partner;
    late->kind = parcel->kind;
    late->type = parcel->type;
    late->since_ms = parcel->since_ms;
    late->is_late = true;
    late->late_ms = now_ms;
    return late;
}

bool fed_parcel_is_lasting(const struct fed_parcel *parcel)
{
    switch (parcel->kind) {
    case FED_MESSAGE:
        return parcel->type != FED_TYPE_ERROR;
    case FED_IQ:
        return true;
    case FED_PRESENCE:
        return parcel->type == FED_TYPE_SUBSCRIBE || parcel->type == FED_TYPE_SUBSCRIBED ||
               parcel->type == FED_TYPE_UNSUBSCRIBE || parcel->type == FED_TYPE_UNSUBSCRIBED;
    }
    return false;
}

struct gp_span fed_parcel_stanza(const struct fed_parcel *parcel)
{
    return gp_span_make(parcel->bytes, parcel->stanza_len);
}

struct gp_span fed_parcel_from(const struct fed_parcel *parcel)
{
    return gp_span_make(parcel->bytes + parcel->stanza_len, parcel->from_len);
}

struct gp_span fed_parcel_to(const struct fed_parcel *parcel)
{
    return gp_span_make(parcel->bytes + parcel->stanza_len + parcel->from_len, parcel->to_len);
}

struct fed_parcel *fed_parcel_answer(const struct fed_parcel *parcel, struct gp_span stanza)
{
    struct fed_parcel *answer =
        parcel_make(stanza, fed_parcel_to(parcel), fed_parcel_from(parcel), fed_parcel_id(parcel));
    if (!answer)
        return NULL;
    answer->direction = parcel->direction == FED_TO_PARTNER ? FED_TO_INSIDE : FED_TO_PARTNER;
    answer->home = parcel->home;
    answer->partner = parcel->partner;
    answer->kind = parcel->kind;
    answer->type = FED_TYPE_ERROR; /* as one: never to be answered (RFC 6120, 8.3.1) */
    return answer;
}

struct fed_parcel *fed_parcel_bounce(const struct fed_parcel *parcel, enum fed_bounce bounce,
                                     const char *text)
{
    if (bounce == FED_BOUNCE_NONE || !fed_stanza_may_bounce(parcel->kind, parcel->type))
        return NULL;
    const struct fed_stanza_error error = {
        .type = fed_bounce_type(bounce),
        .condition = fed_bounce_condition(bounce),
        .text = text,
    };
    struct fed_parcel *answer = NULL;
    struct gp_buf stanza;
    gp_buf_init(&stanza,
                FED_PARCEL_ERROR_MAX +
                    FED_PARCEL_ESCAPED * (parcel->from_len + parcel->to_len + parcel->id_len));
    fed_stanza_put_error(&stanza, parcel->kind, fed_parcel_from(parcel), fed_parcel_to(parcel),
                         fed_parcel_id(parcel), &error);
    if (gp_buf_failed(&stanza) == GP_OK)
        answer = fed_parcel_answer(parcel, gp_buf_span(&stanza));
    gp_buf_finish(&stanza);
    return answer;
}

void fed_queue_init(struct fed_queue *queue)
{
    *queue = (struct fed_queue){.first = NULL};
    queue->end = &queue->first;
}

void fed_queue_put(struct fed_queue *queue, struct fed_parcel *parcel)
{
    parcel->next = NULL;
    *queue->end = parcel;
    queue->end = &parcel->next;
    queue->count++;
    queue->bytes += fed_parcel_bytes(parcel);
}

struct fed_parcel *fed_queue_take(struct fed_queue *queue)
{
    struct fed_parcel *parcel = queue->first;
    if (!parcel)
        return NULL;
    queue->first = parcel->next;
    if (!queue->first)
        queue->end = &queue->first;
    queue->count--;
    queue->bytes -= fed_parcel_bytes(parcel);
    return parcel;
}

void fed_queue_put_back(struct fed_queue *queue, struct fed_queue *other)
{
    if (!other->first)
        return;
    if (!queue->first)
        queue->end = other->end;
    *other->end = queue->first;
    queue->first = other->first;
    queue->count += other->count;
    queue->bytes += other->bytes;
    fed_queue_init(other);
}

int64_t fed_queue_oldest_ms(const struct fed_queue *queue)
{
    return queue->first ? queue->first->since_ms : INT64_MAX;
}
