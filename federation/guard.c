/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/guard.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdlib.h>

#define BYTES_BURST_S 2 /* what may come at once, in seconds of the rate (spec-digest g) */

struct fed_guard {
    struct fed_context *context;
    struct fed_ledger ledger;
    struct fed_contacts contacts;
    fed_guard_tell_fn *tell;
    void *arg;
};

struct fed_guard *fed_guard_create(struct fed_context *context, fed_guard_tell_fn *tell, void *arg)
{
    struct fed_guard *guard = calloc(1, sizeof(*guard));
    if (!guard)
        return NULL;
    guard->context = context;
    guard->tell = tell;
    guard->arg = arg;
    fed_contacts_init(&guard->contacts);
    fed_ledger_init(&guard->ledger);
    return guard;
}

void fed_guard_destroy(struct fed_guard *guard)
{
    if (!guard)
        return;
    fed_contacts_finish(&guard->contacts);
    fed_ledger_finish(&guard->ledger);
    free(guard);
}

/* Something that a partner does or that is done towards it, under which policy, counted where. */
struct matter {
    enum fed_direction direction;
    const struct dns_domain *partner;
    const struct fed_partner *policy; /* NULL: it may not federate */
    struct fed_account *account;
    int64_t now_ms;
};

/* All domains of a partner share an account; each stranger has one, and each blocked domain; others
 * that may not federate have none of their own, for anybody can name a million of them. */
static struct matter matter_of(struct fed_guard *guard, enum fed_direction direction,
                               const struct dns_domain *partner)
{
    const struct fed_settings *settings = guard->context->settings;
    struct matter matter = {.direction = direction,
                            .partner = partner,
                            .policy = fed_settings_partner(settings, partner),
                            .now_ms = gp_clock_mono_ms()};
    const struct dns_domain *name = partner;
    if (matter.policy && matter.policy->domain_count > 0)
        name = &matter.policy->domains[0];
    else if (!matter.policy && !fed_settings_blocks(settings, partner))
        name = NULL;
    matter.account = fed_ledger_account(&guard->ledger, name, matter.now_ms);
    return matter;
}

static bool is_shadow(const struct matter *matter, const struct fed_book *book)
{
    return book == &matter->account->shadow;
}

/* Counts, and tells the log when it is time to. */
static void refuse(struct fed_guard *guard, const struct matter *matter, struct fed_book *book,
                   enum fed_refusal refusal)
{
    uint64_t news = fed_tally_count(&book->tally[refusal], matter->now_ms);
    if (news > 0)
        gp_log_write(
            guard->context->log, GP_LOG_NOTICE,
            is_shadow(matter, book) ? "shadow-refused" : "policy-refused",
            GP_LOG_FIELDS({"partner", matter->partner->ascii},
                          {"direction", matter->direction == FED_TO_PARTNER ? "out" : "in"},
                          {"reason", fed_refusal_word(refusal)}),
            "%" PRIu64 " %s refused: %s", news, is_shadow(matter, book) ? "would be" : "were",
            fed_refusal_text(refusal));
}

static void slow(struct fed_guard *guard, const struct matter *matter, struct fed_book *book)
{
    if (fed_tally_count(&book->slowed, matter->now_ms) > 0)
        gp_log_write(guard->context->log, GP_LOG_NOTICE,
                     is_shadow(matter, book) ? "shadow-slowed" : "partner-slowed",
                     GP_LOG_FIELDS({"partner", matter->partner->ascii}),
                     "it sends more than its rate: its streams %s read more slowly",
                     is_shadow(matter, book) ? "would be" : "are");
}

static struct fed_rate stanza_rate(const struct fed_partner *policy)
{
    return (struct fed_rate){policy->stanza_rate, policy->stanza_burst};
}

static struct fed_rate byte_rate(const struct fed_partner *policy)
{
    uint64_t burst = (uint64_t)policy->byte_rate * BYTES_BURST_S;
    return (struct fed_rate){policy->byte_rate, burst < UINT32_MAX ? (uint32_t)burst : UINT32_MAX};
}

/* What one policy says to a stanza, and counts of it. policy NULL: there is none. */
static enum fed_refusal weigh(struct fed_guard *guard, const struct matter *matter,
                              const struct fed_partner *policy, struct fed_book *book,
                              struct fed_crossing crossing, size_t bytes)
{
    struct fed_bucket *stanza_bucket = &book->stanzas[FED_TO_PARTNER];
    struct fed_bucket *byte_bucket = &book->bytes[FED_TO_PARTNER];
    bool is_rated = policy && matter->direction == FED_TO_PARTNER; /* inbound is slowed down */
    if (is_rated)
        crossing.is_over_rate =
            !fed_bucket_has_room(stanza_bucket, stanza_rate(policy), matter->now_ms) ||
            !fed_bucket_has_room(byte_bucket, byte_rate(policy), matter->now_ms);
    enum fed_refusal refusal = fed_gate_stanza(policy, &crossing);
    if (refusal != FED_ADMITTED) {
        refuse(guard, matter, book, refusal);
    } else if (is_rated) {
        fed_bucket_take(stanza_bucket, stanza_rate(policy), 1, matter->now_ms);
        fed_bucket_take(byte_bucket, byte_rate(policy), bytes, matter->now_ms);
    }
    return refusal;
}

static struct gp_span contact_key(const struct fed_stanza *stanza, enum fed_direction direction,
                                  char out[FED_CONTACT_KEY_MAX])
{
    char from[FED_BARE_MAX], to[FED_BARE_MAX];
    struct gp_span sender = fed_jid_bare(stanza->element->from, &stanza->from, from);
    struct gp_span receiver = fed_jid_bare(stanza->element->to, &stanza->to, to);
    return direction == FED_TO_PARTNER ? fed_contact_key(sender, receiver, out)
                                       : fed_contact_key(receiver, sender, out);
}

static void use_contact(struct fed_guard *guard, struct gp_span key)
{
    int64_t now_s = gp_clock_wall_s();
    if (fed_contacts_note(&guard->contacts, key, now_s, guard->context->settings->limits.contacts))
        guard->tell(guard->arg, key, now_s);
}

void fed_guard_note_contact(struct fed_guard *guard, struct gp_span key, int64_t used_s)
{
    fed_contacts_note(&guard->contacts, key, used_s, guard->context->settings->limits.contacts);
}

enum fed_refusal fed_guard_judge(struct fed_guard *guard, enum fed_direction direction,
                                 const struct fed_home *home, const struct fed_stanza *stanza)
{
    const struct fed_xml_element *element = stanza->element;
    bool is_out = direction == FED_TO_PARTNER;
    const struct matter matter = matter_of(guard, direction, is_out ? &stanza->to : &stanza->from);
    const struct fed_partner *policy = matter.policy;
    struct fed_crossing crossing = {
        .direction = direction,
        .kind = stanza->kind,
        .type = stanza->type,
        .is_blocked = !policy && fed_settings_blocks(guard->context->settings, matter.partner),
        .is_user_refused = home && !fed_home_admits(home, is_out ? element->from : element->to),
        .is_malformed = !fed_stanza_is_sound(stanza),
    };
    char pair[FED_CONTACT_KEY_MAX];
    struct gp_span key = {NULL, 0};
    if (policy && fed_partner_wants_contacts(policy)) {
        key = contact_key(stanza, direction, pair);
        crossing.is_contact = fed_contacts_has(&guard->contacts, key);
    }
    enum fed_refusal refusal =
        weigh(guard, &matter, policy, &matter.account->real, crossing, element->bytes.len);
    if (refusal != FED_ADMITTED)
        return refusal;
    if (policy->shadow)
        (void)weigh(guard, &matter, policy->shadow, &matter.account->shadow, crossing,
                    element->bytes.len);
    if (key.at &&
        (is_out ? fed_gate_makes_contact(stanza->kind, stanza->type) : crossing.is_contact))
        use_contact(guard, key);
    return FED_ADMITTED;
}

void fed_guard_stream_opened(struct fed_guard *guard, enum fed_direction direction,
                             const struct dns_domain *partner, enum fed_proof proof)
{
    const struct matter matter = matter_of(guard, direction, partner);
    if (!matter.policy || !matter.policy->shadow)
        return;
    enum fed_refusal refusal = fed_gate_stream(matter.policy->shadow, direction, proof);
    if (refusal != FED_ADMITTED)
        refuse(guard, &matter, &matter.account->shadow, refusal);
}

void fed_guard_stream_refused(struct fed_guard *guard, const struct dns_domain *partner,
                              enum fed_refusal refusal)
{
    if (refusal == FED_ADMITTED || !dns_domain_is_set(partner))
        return;
    const struct matter matter = matter_of(guard, FED_TO_INSIDE, partner);
    if (!matter.policy)
        refusal = fed_settings_blocks(guard->context->settings, partner) ? FED_REFUSED_BLOCKED
                                                                         : FED_REFUSED_PARTNER;
    matter.account->real.tally[refusal].count++; /* each such stream has its own line in the log */
}

/* What came in cannot be taken back, so the bucket of the real policy may overflow: the partner
 * waits until it does no more. Nobody waits for a shadow, so what is too much is left out of it. */
static int64_t count(struct fed_guard *guard, const struct dns_domain *partner, bool is_bytes,
                     size_t amount)
{
    const struct matter matter = matter_of(guard, FED_TO_INSIDE, partner);
    struct fed_account *account = matter.account;
    if (!matter.policy)
        return 0;
    struct fed_rate (*rate)(const struct fed_partner *) = is_bytes ? byte_rate : stanza_rate;
    struct fed_bucket *real =
        is_bytes ? &account->real.bytes[FED_TO_INSIDE] : &account->real.stanzas[FED_TO_INSIDE];
    struct fed_bucket *shadow =
        is_bytes ? &account->shadow.bytes[FED_TO_INSIDE] : &account->shadow.stanzas[FED_TO_INSIDE];
    int64_t wait_ms = fed_bucket_take(real, rate(matter.policy), amount, matter.now_ms);
    if (wait_ms > 0)
        slow(guard, &matter, &account->real);
    else if (matter.policy->shadow &&
             !fed_bucket_has_room(shadow, rate(matter.policy->shadow), matter.now_ms))
        slow(guard, &matter, &account->shadow);
    else if (matter.policy->shadow)
        fed_bucket_take(shadow, rate(matter.policy->shadow), amount, matter.now_ms);
    return wait_ms;
}

int64_t fed_guard_count_stanza(struct fed_guard *guard, const struct dns_domain *partner)
{
    return count(guard, partner, false, 1);
}

int64_t fed_guard_count_bytes(struct fed_guard *guard, const struct dns_domain *partner,
                              size_t bytes)
{
    return count(guard, partner, true, bytes);
}

const struct fed_ledger *fed_guard_ledger(const struct fed_guard *guard)
{
    return &guard->ledger;
}
