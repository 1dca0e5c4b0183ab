/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/mailbox.h"

#include <pthread.h>
#include <stdlib.h>

struct gp_mailbox {
    struct gp_wakeup *wakeup;
    void *arg;
    size_t max_bytes;
    pthread_mutex_t lock; /* guards what follows */
    struct gp_letter *first, **end;
    size_t bytes;
};

static void on_wakeup(void *arg)
{
    struct gp_mailbox *mailbox = arg;
    pthread_mutex_lock(&mailbox->lock);
    struct gp_letter *letter = mailbox->first;
    mailbox->first = NULL;
    mailbox->end = &mailbox->first;
    mailbox->bytes = 0;
    pthread_mutex_unlock(&mailbox->lock);
    while (letter) {
        struct gp_letter *next = letter->next;
        letter->open(letter, mailbox->arg);
        letter = next;
    }
}

struct gp_mailbox *gp_mailbox_create(struct gp_loop *loop, size_t max_bytes, void *arg)
{
    struct gp_mailbox *mailbox = calloc(1, sizeof(*mailbox));
    if (!mailbox)
        return NULL;
    mailbox->wakeup = gp_wakeup_create(loop, on_wakeup, mailbox);
    if (!mailbox->wakeup || pthread_mutex_init(&mailbox->lock, NULL) != 0) {
        gp_wakeup_destroy(mailbox->wakeup);
        free(mailbox);
        return NULL;
    }
    mailbox->arg = arg;
    mailbox->max_bytes = max_bytes;
    mailbox->end = &mailbox->first;
    return mailbox;
}

void gp_mailbox_destroy(struct gp_mailbox *mailbox)
{
    if (!mailbox)
        return;
    gp_wakeup_destroy(mailbox->wakeup);
    while (mailbox->first) {
        struct gp_letter *next = mailbox->first->next;
        mailbox->first->drop(mailbox->first, NULL);
        mailbox->first = next;
    }
    pthread_mutex_destroy(&mailbox->lock);
    free(mailbox);
}

enum gp_code gp_mailbox_post(struct gp_mailbox *mailbox, struct gp_letter *letter)
{
    enum gp_code code = GP_ERR_LIMIT;
    pthread_mutex_lock(&mailbox->lock);
    if (letter->bytes <= mailbox->max_bytes - mailbox->bytes) {
        letter->next = NULL;
        *mailbox->end = letter;
        mailbox->end = &letter->next;
        mailbox->bytes += letter->bytes;
        code = GP_OK;
    }
    pthread_mutex_unlock(&mailbox->lock);
    if (code == GP_OK)
        gp_wakeup_send(mailbox->wakeup);
    return code;
}
