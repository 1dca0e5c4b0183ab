/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/guard.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdlib.h>

#define BYTES_BURST_S 2 /* what may come at once, in seconds of the rate (spec-digest g) */

struct fed_guard {
    struct fed_context *context;
    struct fed_ledger ledger;
};

struct fed_guard *fed_guard_create(struct fed_context *context)
{
    struct fed_guard *guard = calloc(1, sizeof(*guard));
    if (!guard)
        return NULL;
    guard->context = context;
    fed_ledger_init(&guard->ledger);
    return guard;
}

void fed_guard_destroy(struct fed_guard *guard)
{
    if (!guard)
        return;
    fed_ledger_finish(&guard->ledger);
    free(guard);
}

/* All domains of a partner share an account; each stranger has one, and each blocked domain; others
 * that may not federate have none of their own, for anybody can name a million of them. */
static struct fed_account *account_of(struct fed_guard *guard, const struct fed_partner *policy,
                                      const struct dns_domain *partner, int64_t now_ms)
{
    const struct dns_domain *name = partner;
    if (policy && policy->domain_count > 0)
        name = &policy->domains[0];
    else if (!policy && !fed_settings_blocks(guard->context->settings, partner))
        name = NULL;
    return fed_ledger_account(&guard->ledger, name, now_ms);
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

static void refuse(struct fed_guard *guard, struct fed_account *account, enum fed_refusal refusal,
                   const struct dns_domain *partner, enum fed_direction direction, int64_t now_ms)
{
    uint64_t news = fed_tally_count(&account->tally[refusal], now_ms);
    if (news > 0)
        gp_log_write(guard->context->log, GP_LOG_NOTICE, "stanzas-refused",
                     GP_LOG_FIELDS({"partner", partner->ascii},
                                   {"direction", direction == FED_TO_PARTNER ? "out" : "in"},
                                   {"reason", fed_refusal_word(refusal)}),
                     "%" PRIu64 " refused: %s", news, fed_refusal_text(refusal));
}

enum fed_refusal fed_guard_judge(struct fed_guard *guard, enum fed_direction direction,
                                 const struct fed_home *home, const struct fed_stanza *stanza)
{
    const struct dns_domain *partner = direction == FED_TO_PARTNER ? &stanza->to : &stanza->from;
    const struct fed_partner *policy = fed_settings_partner(guard->context->settings, partner);
    int64_t now_ms = gp_clock_mono_ms();
    struct fed_account *account = account_of(guard, policy, partner, now_ms);
    struct gp_span user = direction == FED_TO_PARTNER ? stanza->element->from : stanza->element->to;
    struct fed_crossing crossing = {
        .direction = direction,
        .kind = stanza->kind,
        .type = stanza->type,
        .is_blocked = !policy && fed_settings_blocks(guard->context->settings, partner),
        .is_user_refused = home && !fed_home_admits(home, user),
    };
    struct fed_bucket *stanzas = &account->stanzas[direction], *bytes = &account->bytes[direction];
    bool is_out = direction == FED_TO_PARTNER;
    if (policy && is_out)
        crossing.is_over_rate = !fed_bucket_has_room(stanzas, stanza_rate(policy), now_ms) ||
                                !fed_bucket_has_room(bytes, byte_rate(policy), now_ms);
    enum fed_refusal refusal = fed_gate_stanza(policy, &crossing);
    if (refusal != FED_ADMITTED) {
        refuse(guard, account, refusal, partner, direction, now_ms);
    } else if (is_out) {
        fed_bucket_take(stanzas, stanza_rate(policy), 1, now_ms);
        fed_bucket_take(bytes, byte_rate(policy), stanza->element->bytes.len, now_ms);
    }
    return refusal;
}

void fed_guard_count_stranger(struct fed_guard *guard, const struct dns_domain *domain)
{
    const struct fed_settings *settings = guard->context->settings;
    int64_t now_ms = gp_clock_mono_ms();
    struct fed_account *account =
        account_of(guard, fed_settings_partner(settings, domain), domain, now_ms);
    account
        ->tally[fed_settings_blocks(settings, domain) ? FED_REFUSED_BLOCKED : FED_REFUSED_PARTNER]
        .count++;
}

/* Where what came from a partner is counted; NULL: it has no policy, so no rate. */
static struct fed_account *find_source(struct fed_guard *guard, const struct dns_domain *partner,
                                       int64_t now_ms, const struct fed_partner **ret_policy)
{
    *ret_policy = fed_settings_partner(guard->context->settings, partner);
    return *ret_policy ? account_of(guard, *ret_policy, partner, now_ms) : NULL;
}

static int64_t slow(struct fed_guard *guard, struct fed_account *account, int64_t wait_ms,
                    const struct dns_domain *partner, int64_t now_ms)
{
    if (wait_ms > 0 && fed_tally_count(&account->slowed, now_ms) > 0)
        gp_log_write(guard->context->log, GP_LOG_NOTICE, "partner-slowed",
                     GP_LOG_FIELDS({"partner", partner->ascii}),
                     "it sends more than its rate: its streams are read more slowly");
    return wait_ms;
}

int64_t fed_guard_count_stanza(struct fed_guard *guard, const struct dns_domain *partner)
{
    const struct fed_partner *policy;
    int64_t now_ms = gp_clock_mono_ms();
    struct fed_account *account = find_source(guard, partner, now_ms, &policy);
    if (!account)
        return 0;
    int64_t wait_ms =
        fed_bucket_take(&account->stanzas[FED_TO_INSIDE], stanza_rate(policy), 1, now_ms);
    return slow(guard, account, wait_ms, partner, now_ms);
}

int64_t fed_guard_count_bytes(struct fed_guard *guard, const struct dns_domain *partner,
                              size_t bytes)
{
    const struct fed_partner *policy;
    int64_t now_ms = gp_clock_mono_ms();
    struct fed_account *account = find_source(guard, partner, now_ms, &policy);
    if (!account)
        return 0;
    int64_t wait_ms =
        fed_bucket_take(&account->bytes[FED_TO_INSIDE], byte_rate(policy), bytes, now_ms);
    return slow(guard, account, wait_ms, partner, now_ms);
}

const struct fed_ledger *fed_guard_ledger(const struct fed_guard *guard)
{
    return &guard->ledger;
}
