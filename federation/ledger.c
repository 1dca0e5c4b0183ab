/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/ledger.h"

#include <stdlib.h>

#define TELL_MS 60000 /* between two lines about the same partner and reason (T56) */

void fed_ledger_init(struct fed_ledger *ledger)
{
    *ledger = (struct fed_ledger){.others.used_ms = 0};
    gp_map_init(&ledger->accounts);
}

void fed_ledger_finish(struct fed_ledger *ledger)
{
    size_t pos = 0;
    for (struct fed_account *account; (account = gp_map_next(&ledger->accounts, &pos));)
        free(account);
    gp_map_finish(&ledger->accounts);
}

static void forget_idle(struct fed_ledger *ledger, int64_t now_ms)
{
    size_t pos = 0;
    for (struct fed_account *account; (account = gp_map_next(&ledger->accounts, &pos));)
        if (now_ms - account->used_ms >= FED_LEDGER_IDLE_MS) {
            gp_map_remove(&ledger->accounts, gp_span_text(account->domain.ascii));
            free(account);
        }
}

static struct fed_account *open_account(struct fed_ledger *ledger, const struct dns_domain *domain,
                                        int64_t now_ms)
{
    if (ledger->accounts.count >= FED_LEDGER_MAX)
        forget_idle(ledger, now_ms);
    struct fed_account *account =
        ledger->accounts.count < FED_LEDGER_MAX ? calloc(1, sizeof(*account)) : NULL;
    if (!account)
        return &ledger->others;
    account->domain = *domain;
    if (gp_map_put(&ledger->accounts, gp_span_text(domain->ascii), account) == GP_OK)
        return account;
    free(account);
    return &ledger->others;
}

struct fed_account *fed_ledger_account(struct fed_ledger *ledger, const struct dns_domain *domain,
                                       int64_t now_ms)
{
    if (!domain || !dns_domain_is_set(domain))
        return &ledger->others;
    struct fed_account *account = gp_map_find(&ledger->accounts, gp_span_text(domain->ascii));
    if (!account)
        account = open_account(ledger, domain, now_ms);
    account->used_ms = now_ms;
    return account;
}

uint64_t fed_tally_count(struct fed_tally *tally, int64_t now_ms)
{
    tally->count++;
    if (tally->told > 0 && now_ms - tally->told_ms < TELL_MS)
        return 0;
    uint64_t news = tally->count - tally->told;
    tally->told = tally->count;
    tally->told_ms = now_ms;
    return news;
}

static void add_book(struct fed_book *sum, const struct fed_book *from)
{
    for (size_t i = 0; i < FED_REFUSAL_COUNT; i++)
        sum->tally[i].count += from->tally[i].count;
    sum->slowed.count += from->slowed.count;
}

static void add_account(struct fed_account *sum, const struct fed_account *from)
{
    add_book(&sum->real, &from->real);
    add_book(&sum->shadow, &from->shadow);
}

void fed_ledger_add(struct fed_ledger *sum, const struct fed_ledger *from, int64_t now_ms)
{
    size_t pos = 0;
    for (struct fed_account *account; (account = gp_map_next(&from->accounts, &pos));)
        add_account(fed_ledger_account(sum, &account->domain, now_ms), account);
    add_account(&sum->others, &from->others);
}

static bool has_counted(const struct fed_book *book)
{
    for (size_t i = 0; i < FED_REFUSAL_COUNT; i++)
        if (book->tally[i].count > 0)
            return true;
    return book->slowed.count > 0;
}

static void tell_counted(const struct fed_account *account,
                         void (*fn)(void *arg, const struct fed_account *account), void *arg)
{
    if (has_counted(&account->real) || has_counted(&account->shadow))
        fn(arg, account);
}

void fed_ledger_each(const struct fed_ledger *ledger,
                     void (*fn)(void *arg, const struct fed_account *account), void *arg)
{
    size_t pos = 0;
    for (struct fed_account *account; (account = gp_map_next(&ledger->accounts, &pos));)
        tell_counted(account, fn, arg);
    tell_counted(&ledger->others, fn, arg);
}
