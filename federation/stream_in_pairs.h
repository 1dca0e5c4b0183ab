/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The domain pairs of one inbound stream; private to stream_in*.c. Authorisation belongs to the
 * pair (T33): a pair is valid, or a question about it is under way, or it is not here.
 * What the runner has to be told of pairs waits as news, oldest first.
 */
#ifndef GP_FED_STREAM_IN_PAIRS_H
#define GP_FED_STREAM_IN_PAIRS_H

#include "base/map.h"
#include "federation/stream.h"

struct fed_in_pair {
    struct dns_domain home, partner;
};

#define FED_IN_KEY_MAX 128 /* of a dialback key; XEP-0185 makes 64 */

struct fed_in_question {
    struct fed_in_question *next;
    struct fed_in_pair pair;
    enum fed_do what; /* FED_DO_VERIFY, FED_DO_LOOK_UP, FED_DO_POSH */
    unsigned number;
    char key[FED_IN_KEY_MAX + 1]; /* that came for the pair; "": none, or none that can be right */
    int64_t until_ms;             /* monotonic; then it is given up */
};

struct fed_in_news;

struct fed_in_pairs {
    struct gp_map valid; /* "home partner" to its pair, owned */
    size_t question_count;
    struct fed_in_question *questions; /* owned; few: limits->verifies_per_stream */
    unsigned last_number;
    struct fed_in_news *news, **news_end; /* owned */
    struct fed_in_news *told;             /* owned; what the runner looks at now */
};

void fed_in_pairs_init(struct fed_in_pairs *pairs);

/* May be used again: every pair, question and piece of news is forgotten. */
void fed_in_pairs_finish(struct fed_in_pairs *pairs);

/* Whether this pair may carry stanzas. */
bool fed_in_pairs_is_valid(const struct fed_in_pairs *pairs, const struct fed_in_pair *pair);

/* Whether some pair with this partner is valid. */
bool fed_in_pairs_has_partner(const struct fed_in_pairs *pairs, const struct dns_domain *partner);

/* Whether a question about this pair is under way. */
bool fed_in_pairs_is_asked(const struct fed_in_pairs *pairs, const struct fed_in_pair *pair);

/* The pair is valid from now on; FED_DO_OPEN is news. False when there is no memory. */
GP_MUST_USE bool fed_in_pairs_open(struct fed_in_pairs *pairs, const struct fed_in_pair *pair,
                                   enum fed_proof proof);

/* what, one of the three that are questions, is news. key has at most FED_IN_KEY_MAX characters.
 * False when there is no memory. */
GP_MUST_USE bool fed_in_pairs_ask(struct fed_in_pairs *pairs, const struct fed_in_pair *pair,
                                  enum fed_do what, const char *key, int64_t until_ms);

/* FED_DO_REFUSED is news; only that: what is valid stays so. False when there is no memory. */
GP_MUST_USE bool fed_in_pairs_refuse(struct fed_in_pairs *pairs, const struct fed_in_pair *pair,
                                     const char *detail);

/* Takes a question out, for its answer or because its time has come; false when there is none. */
bool fed_in_pairs_answer(struct fed_in_pairs *pairs, enum fed_do what, unsigned number,
                         struct fed_in_question *ret);
bool fed_in_pairs_give_up(struct fed_in_pairs *pairs, int64_t now_ms, struct fed_in_question *ret);

/* When the next question is given up; INT64_MAX when none is under way. */
int64_t fed_in_pairs_until_ms(const struct fed_in_pairs *pairs);

/* Fills ret with the oldest news, valid until the next call; false when there is none. stream_id is
 * what FED_DO_VERIFY needs. */
bool fed_in_pairs_tell(struct fed_in_pairs *pairs, const char *stream_id, struct fed_request *ret);

#endif
