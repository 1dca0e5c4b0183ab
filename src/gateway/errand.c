/* SPDX-License-Identifier: BSD-2-Clause */
#include "gateway/errand.h"

#include <stdlib.h>

static void drop_errand(struct gp_letter *letter, void *arg)
{
    struct app_errand *errand = (struct app_errand *)letter;
    (void)arg;
    if (errand->drop)
        errand->drop(errand);
    else
        free(errand);
}

static void arrive_home(struct gp_letter *letter, void *arg)
{
    struct app_errand *errand = (struct app_errand *)letter;
    errand->back(errand, arg);
}

static void arrive(struct gp_letter *letter, void *arg)
{
    struct app_errand *errand = (struct app_errand *)letter;
    if (errand->visit(errand, arg))
        app_errand_go_on(errand);
    else
        app_worker_host(arg, errand);
}

void app_errand_go_on(struct app_errand *errand)
{
    enum gp_code code;
    if (errand->link) { /* its stay is over */
        *errand->link = errand->next_guest;
        if (errand->next_guest)
            errand->next_guest->link = errand->link;
        errand->link = NULL;
    }
    errand->letter.bytes = 0; /* always taken */
    errand->letter.drop = drop_errand;
    if (errand->next < errand->workers->count) {
        struct app_worker *worker = errand->workers->list[errand->next++];
        errand->letter.open = arrive;
        code = app_worker_post(worker, &errand->letter);
    } else {
        errand->letter.open = arrive_home;
        code = gp_mailbox_post(errand->home, &errand->letter);
    }
    GP_ASSERT(code == GP_OK);
}

void app_errand_start(struct app_errand *errand, const struct app_workers *workers,
                      struct gp_mailbox *home, app_errand_fn *visit, app_errand_home_fn *back)
{
    errand->workers = workers;
    errand->home = home;
    errand->next = 0;
    errand->visit = visit;
    errand->back = back;
    app_errand_go_on(errand);
}
