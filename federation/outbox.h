/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stanzas that one stream has taken but of which it is not known that they arrived: until they
 * are acknowledged (XEP-0198), or on a stream without acknowledgements until the connection has
 * taken their last byte. What a stream leaves behind when it dies is judged one by one.
 */
#ifndef GP_FED_OUTBOX_H
#define GP_FED_OUTBOX_H

#include "federation/parcel.h"
#include "federation/settings.h"

struct fed_outbox {
    struct fed_queue queue; /* in the order in which they were sent */
};

void fed_outbox_init(struct fed_outbox *outbox);
void fed_outbox_finish(struct fed_outbox *outbox); /* destroys what is in it */

/* Takes the parcel. end_bytes: how much of the stream's output there is up to its last byte. */
void fed_outbox_put(struct fed_outbox *outbox, struct fed_parcel *parcel, uint64_t end_bytes);

/* The oldest ones have arrived. */
void fed_outbox_acked(struct fed_outbox *outbox, size_t count);

/* Nothing is acknowledged: what lies within the bytes that were sent has arrived as far as can be
 * known. */
void fed_outbox_sent(struct fed_outbox *outbox, uint64_t sent_bytes);

/* Whether no more may be sent before some of it has arrived. */
bool fed_outbox_is_full(const struct fed_outbox *outbox, const struct fed_limits *limits);

/* What to do with a stanza that is left behind. */
enum fed_remains fed_outbox_judge(const struct fed_parcel *parcel, uint64_t sent_bytes);

/* Takes a stanza that is not sent again; bounce says how it is answered. */
typedef void fed_lost_fn(void *arg, struct fed_parcel *parcel, enum fed_bounce bounce);

/* What goes on the next stream of a stanza that may have arrived: it, marked as late (design,
 * 12.5), or NULL when it was handed to lost. Takes the parcel. */
struct fed_parcel *fed_outbox_rescue(struct fed_parcel *parcel, enum fed_remains remains,
                                     fed_lost_fn *lost, void *arg);

/* Judges everything that is left behind, and appends what goes on the next stream to again, in its
 * order. Returns how many stanzas were not sent whole. */
size_t fed_outbox_take_back(struct fed_outbox *outbox, uint64_t sent_bytes, fed_lost_fn *lost,
                            void *arg, struct fed_queue *again);

#endif
