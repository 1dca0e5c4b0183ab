/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How threads talk: letters that carry values or move ownership, taken in the order in which they
 * were posted. The only file with a lock.
 */
#ifndef GP_BASE_MAILBOX_H
#define GP_BASE_MAILBOX_H

#include "base/loop.h"

struct gp_mailbox;
struct gp_letter;

/* Called on the receiving thread, with the mailbox's arg; owns the letter and what it carries. */
typedef void gp_letter_fn(struct gp_letter *letter, void *arg);

/* The first member of every kind of letter. */
struct gp_letter {
    struct gp_letter *next; /* the mailbox's */
    size_t bytes;           /* what the letter weighs, for the bound below */
    gp_letter_fn *open;     /* what to do with it */
    gp_letter_fn *drop;     /* releases a letter that is never opened; arg is NULL */
};

/*
 * max_bytes bounds the sum of the weights of letters that wait. Letters are opened on the loop's
 * thread with arg. NULL when there is no memory.
 */
struct gp_mailbox *gp_mailbox_create(struct gp_loop *loop, size_t max_bytes, void *arg);

/* Drops what was not opened. The senders must be gone. */
void gp_mailbox_destroy(struct gp_mailbox *mailbox);

/*
 * From any thread; takes the letter if it returns GP_OK. GP_ERR_LIMIT: the mailbox is full, the
 * letter stays the caller's. A letter of weight 0 is always taken.
 */
GP_MUST_USE enum gp_code gp_mailbox_post(struct gp_mailbox *mailbox, struct gp_letter *letter);

#endif
