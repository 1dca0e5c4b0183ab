/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/stream_in_pairs.h"

#include <stdio.h>
#include <stdlib.h>

struct fed_in_news {
    struct fed_in_news *next;
    enum fed_do what;
    struct fed_in_pair pair;
    enum fed_proof proof;
    unsigned number;
    char text[]; /* the key to ask about, or why the pair was refused */
};

#define PAIR_KEY_MAX (2 * DNS_DOMAIN_MAX)

/* Domains have no blanks: no two pairs have one key. */
static struct gp_span make_key(const struct fed_in_pair *pair, char key[PAIR_KEY_MAX])
{
    size_t home_len = strlen(pair->home.ascii), partner_len = strlen(pair->partner.ascii);
    memcpy(key, pair->home.ascii, home_len);
    key[home_len] = ' ';
    memcpy(key + home_len + 1, pair->partner.ascii, partner_len);
    return gp_span_make(key, home_len + 1 + partner_len);
}

void fed_in_pairs_init(struct fed_in_pairs *pairs)
{
    *pairs = (struct fed_in_pairs){.question_count = 0};
    pairs->news_end = &pairs->news;
    gp_map_init(&pairs->valid);
}

static void forget_told(struct fed_in_pairs *pairs)
{
    free(pairs->told);
    pairs->told = NULL;
}

static void take_news(struct fed_in_pairs *pairs)
{
    forget_told(pairs);
    pairs->told = pairs->news;
    if (!pairs->told)
        return;
    pairs->news = pairs->told->next;
    if (!pairs->news)
        pairs->news_end = &pairs->news;
}

void fed_in_pairs_finish(struct fed_in_pairs *pairs)
{
    size_t pos = 0;
    for (void *pair; (pair = gp_map_next(&pairs->valid, &pos));)
        free(pair);
    gp_map_finish(&pairs->valid);
    while (pairs->questions) {
        struct fed_in_question *next = pairs->questions->next;
        free(pairs->questions);
        pairs->questions = next;
    }
    while (pairs->news)
        take_news(pairs);
    forget_told(pairs);
    unsigned last_number = pairs->last_number; /* a late answer must not meet a new question */
    fed_in_pairs_init(pairs);
    pairs->last_number = last_number;
}

bool fed_in_pairs_is_valid(const struct fed_in_pairs *pairs, const struct fed_in_pair *pair)
{
    char key[PAIR_KEY_MAX];
    return gp_map_find(&pairs->valid, make_key(pair, key)) != NULL;
}

bool fed_in_pairs_has_partner(const struct fed_in_pairs *pairs, const struct dns_domain *partner)
{
    size_t pos = 0;
    for (const struct fed_in_pair *pair; (pair = gp_map_next(&pairs->valid, &pos));)
        if (dns_domain_equal(&pair->partner, partner))
            return true;
    return false;
}

bool fed_in_pairs_is_asked(const struct fed_in_pairs *pairs, const struct fed_in_pair *pair)
{
    for (const struct fed_in_question *question = pairs->questions; question;
         question = question->next)
        if (dns_domain_equal(&question->pair.home, &pair->home) &&
            dns_domain_equal(&question->pair.partner, &pair->partner))
            return true;
    return false;
}

static struct fed_in_news *add_news(struct fed_in_pairs *pairs, enum fed_do what,
                                    const struct fed_in_pair *pair, const char *text)
{
    size_t len = strlen(text);
    struct fed_in_news *news = calloc(1, sizeof(*news) + len + 1);
    if (!news)
        return NULL;
    news->what = what;
    news->pair = *pair;
    memcpy(news->text, text, len);
    *pairs->news_end = news;
    pairs->news_end = &news->next;
    return news;
}

bool fed_in_pairs_open(struct fed_in_pairs *pairs, const struct fed_in_pair *pair,
                       enum fed_proof proof)
{
    char key[PAIR_KEY_MAX];
    struct fed_in_pair *copy = malloc(sizeof(*copy));
    if (!copy)
        return false;
    *copy = *pair;
    struct gp_span name = make_key(pair, key);
    void *old = gp_map_find(&pairs->valid, name);
    if (gp_map_put(&pairs->valid, name, copy) != GP_OK) {
        free(copy);
        return false;
    }
    free(old);
    struct fed_in_news *news = add_news(pairs, FED_DO_OPEN, pair, "");
    if (news)
        news->proof = proof;
    return news != NULL;
}

bool fed_in_pairs_ask(struct fed_in_pairs *pairs, const struct fed_in_pair *pair, enum fed_do what,
                      const char *key, int64_t until_ms)
{
    struct fed_in_question *question = calloc(1, sizeof(*question));
    struct fed_in_news *news = question ? add_news(pairs, what, pair, key) : NULL;
    if (!news) {
        free(question);
        return false;
    }
    question->pair = *pair;
    question->what = what;
    snprintf(question->key, sizeof(question->key), "%s", key);
    question->number = news->number = ++pairs->last_number;
    question->until_ms = until_ms;
    question->next = pairs->questions;
    pairs->questions = question;
    pairs->question_count++;
    return true;
}

bool fed_in_pairs_refuse(struct fed_in_pairs *pairs, const struct fed_in_pair *pair,
                         const char *detail)
{
    return add_news(pairs, FED_DO_REFUSED, pair, detail) != NULL;
}

static void take_out(struct fed_in_pairs *pairs, struct fed_in_question **link,
                     struct fed_in_question *ret)
{
    struct fed_in_question *question = *link;
    *ret = *question;
    *link = question->next;
    free(question);
    pairs->question_count--;
}

bool fed_in_pairs_answer(struct fed_in_pairs *pairs, enum fed_do what, unsigned number,
                         struct fed_in_question *ret)
{
    for (struct fed_in_question **link = &pairs->questions; *link; link = &(*link)->next)
        if ((*link)->number == number && (*link)->what == what) {
            take_out(pairs, link, ret);
            return true;
        }
    return false;
}

bool fed_in_pairs_give_up(struct fed_in_pairs *pairs, int64_t now_ms, struct fed_in_question *ret)
{
    for (struct fed_in_question **link = &pairs->questions; *link; link = &(*link)->next)
        if ((*link)->until_ms <= now_ms) {
            take_out(pairs, link, ret);
            return true;
        }
    return false;
}

int64_t fed_in_pairs_until_ms(const struct fed_in_pairs *pairs)
{
    int64_t until_ms = INT64_MAX;
    for (const struct fed_in_question *question = pairs->questions; question;
         question = question->next)
        if (question->until_ms < until_ms)
            until_ms = question->until_ms;
    return until_ms;
}

bool fed_in_pairs_tell(struct fed_in_pairs *pairs, const char *stream_id, struct fed_request *ret)
{
    take_news(pairs);
    const struct fed_in_news *news = pairs->told;
    if (!news)
        return false;
    ret->what = news->what;
    if (news->what == FED_DO_VERIFY) {
        ret->u.verify.number = news->number;
        ret->u.verify.target = news->pair.home;
        ret->u.verify.sender = news->pair.partner;
        ret->u.verify.stream_id = stream_id;
        ret->u.verify.key = news->text;
    } else if (news->what == FED_DO_LOOK_UP || news->what == FED_DO_POSH) {
        ret->u.lookup.number = news->number;
        ret->u.lookup.sender = news->pair.partner;
    } else {
        ret->u.pair.home = news->pair.home;
        ret->u.pair.partner = news->pair.partner;
        ret->u.pair.proof = news->proof;
        ret->u.pair.detail = news->text;
    }
    return true;
}
