/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/rehearsal.h"

#include "base/map.h"

#include <stdio.h>
#include <stdlib.h>

#define VISITS_MAX 64 /* connections at a time */

/* A home domain that is expected, or was. */
struct guest {
    struct dns_domain home;
    bool is_expected;
    struct fed_rehearsal_result result;
};

/* One accepted connection. */
struct visit {
    struct visit *next, **link;
    struct fed_rehearsal *rehearsal;
    struct fed_session *session;
    struct guest *guest; /* whom its stream header names; NULL: nobody that is expected */
    unsigned question;   /* the number of the one that on_key was called about; 0: none of its */
};

struct fed_rehearsal {
    struct gp_loop *loop; /* borrowed, as the next two */
    struct fed_session_list *sessions;
    struct fed_tls *tls;
    struct dns_domain shown;
    struct fed_home stage;        /* the domain itself */
    struct fed_settings settings; /* of the domain: every other one is its partner */
    const struct fed_rehearsal_owner *owner;
    void *arg;
    int fd;                 /* owned; listens */
    struct gp_watch *watch; /* owned */
    struct visit *visits;   /* owned */
    size_t visit_count;
    unsigned turned_away;
    struct gp_map guests; /* by domain; owned */
};

static struct guest *find_guest(const struct fed_rehearsal *rehearsal,
                                const struct dns_domain *home)
{
    return gp_map_find(&rehearsal->guests, gp_span_text(home->ascii));
}

static void say(const struct visit *visit, const char *sentence, const char *detail)
{
    if (visit->guest)
        snprintf(visit->guest->result.sentence, sizeof(visit->guest->result.sentence), "%s%s%s",
                 sentence, detail[0] ? ": " : "", detail);
}

/* Forgets the visit; its session is not touched. */
static void visit_destroy(struct visit *visit)
{
    *visit->link = visit->next;
    if (visit->next)
        visit->next->link = visit->link;
    visit->rehearsal->visit_count--;
    free(visit);
}

static void answer(struct visit *visit, unsigned number, enum fed_verdict verdict)
{
    struct fed_now now = fed_now();
    fed_in_verified(fed_session_machine(visit->session), &now, number, verdict);
    fed_session_kick(visit->session);
}

void fed_rehearsal_answer(struct fed_rehearsal *rehearsal, const struct dns_domain *home,
                          enum fed_verdict verdict)
{
    struct guest *guest = find_guest(rehearsal, home);
    for (struct visit *visit = rehearsal->visits; visit; visit = visit->next)
        if (visit->guest == guest && visit->question != 0) {
            answer(visit, visit->question, verdict);
            visit->question = 0;
            return;
        }
    /* its stream has ended meanwhile */
}

static void take_key(struct visit *visit, const struct fed_request *request)
{
    struct fed_rehearsal *rehearsal = visit->rehearsal;
    struct guest *guest = find_guest(rehearsal, &request->u.verify.sender);
    unsigned number = request->u.verify.number;
    if (!guest || !guest->is_expected || guest->result.was_asked) {
        answer(visit, number, FED_VERDICT_TIMEOUT);
        return;
    }
    guest->result.was_asked = true;
    guest->result.from = fed_session_peer(visit->session);
    visit->guest = guest;
    visit->question = number;
    rehearsal->owner->on_key(rehearsal->arg, &guest->home, request->u.verify.stream_id,
                             request->u.verify.key);
}

static void take_proof(const struct fed_rehearsal *rehearsal, struct guest *guest)
{
    guest->result.was_proved = true;
    if (rehearsal->owner->on_proved)
        rehearsal->owner->on_proved(rehearsal->arg, &guest->home);
}

static enum gp_code on_start_tls(void *arg, struct fed_session *session, struct fed_link *link,
                                 struct gp_err *err)
{
    const struct visit *visit = arg;
    (void)session;
    return fed_link_tls_accept(link, visit->rehearsal->tls, &visit->rehearsal->shown, false, err);
}

static void on_request(void *arg, struct fed_session *session, const struct fed_request *request)
{
    struct visit *visit = arg;
    (void)session;
    if (request->what == FED_DO_VERIFY)
        take_key(visit, request);
    else if (request->what == FED_DO_OPEN && visit->guest)
        take_proof(visit->rehearsal, visit->guest);
    else if (request->what == FED_DO_REFUSED)
        say(visit, "refused", request->u.pair.detail);
}

/* Whom the header names becomes known with it. */
static void on_turn(void *arg, struct fed_session *session)
{
    struct visit *visit = arg;
    const struct dns_domain *partner = fed_in_partner(fed_session_machine(session));
    if (visit->guest || !dns_domain_is_set(partner))
        return;
    visit->guest = find_guest(visit->rehearsal, partner);
    if (visit->guest)
        visit->guest->result.connections++;
}

static void on_end(void *arg, struct fed_session *session, enum fed_close reason,
                   const char *detail)
{
    struct visit *visit = arg;
    (void)session; /* says good-bye by itself */
    say(visit, fed_close_text(reason), detail);
    visit_destroy(visit);
}

static const struct fed_session_owner session_owner = {
    .start_tls = on_start_tls,
    .on_request = on_request,
    .on_turn = on_turn,
    .on_end = on_end,
};

/* Takes fd. */
static void talk(struct fed_rehearsal *rehearsal, int fd)
{
    struct visit *visit = calloc(1, sizeof(*visit));
    struct fed_link *link = fed_link_create(fd);
    struct fed_now now = fed_now();
    const struct fed_in_setup stream = {
        .settings = &rehearsal->settings, .make_id = fed_make_id, .arg = visit};
    struct fed_in *machine = visit && link ? fed_in_create(&stream, &now) : NULL;
    if (!machine) {
        fed_link_destroy(link);
        free(visit);
        return;
    }
    const struct fed_session_setup session = {
        .loop = rehearsal->loop,
        .limits = &rehearsal->settings.limits,
        .list = rehearsal->sessions,
        .link = link,
        .type = &fed_machine_in,
        .machine = machine,
        .owner = &session_owner,
        .arg = visit,
    };
    visit->session = fed_session_create(&session);
    if (!visit->session) {
        free(visit);
        return;
    }
    visit->rehearsal = rehearsal;
    visit->next = rehearsal->visits;
    visit->link = &rehearsal->visits;
    if (visit->next)
        visit->next->link = &visit->next;
    rehearsal->visits = visit;
    rehearsal->visit_count++;
}

static void on_accept(void *arg, unsigned ready)
{
    struct fed_rehearsal *rehearsal = arg;
    struct gp_addr from, local;
    int fd = -1;
    (void)ready;
    if (gp_io_accept(rehearsal->fd, &fd, &from, &local) != GP_IO_DONE)
        return;
    if (rehearsal->visit_count < VISITS_MAX) {
        talk(rehearsal, fd);
    } else {
        gp_io_close(&fd);
        rehearsal->turned_away++;
    }
}

/* Every domain may come, and none but by a key: a rehearsal is about nothing else. */
static void make_settings(struct fed_rehearsal *rehearsal, const struct fed_limits *limits)
{
    struct fed_settings *settings = &rehearsal->settings;
    settings->home_count = 1;
    settings->homes = &rehearsal->stage;
    settings->is_open = true;
    settings->stranger = fed_policy_stand_in;
    settings->stranger.sasl = FED_SASL_UNSUPPORTED;
    settings->limits = *limits;
    gp_secret_random(&settings->dialback_secret);
}

enum gp_code fed_rehearsal_create(const struct fed_rehearsal_setup *setup,
                                  struct fed_rehearsal **ret, struct gp_addr *ret_addr,
                                  struct gp_err *err)
{
    struct gp_addr addr = {.family = GP_IPV4, .bytes = {127, 0, 0, 1}};
    struct fed_rehearsal *rehearsal = calloc(1, sizeof(*rehearsal));
    if (!rehearsal)
        return gp_err_nomem(err);
    rehearsal->loop = setup->loop;
    rehearsal->sessions = setup->sessions;
    rehearsal->tls = setup->tls;
    rehearsal->shown = *setup->shown;
    rehearsal->stage.domain = *setup->domain;
    rehearsal->owner = setup->owner;
    rehearsal->arg = setup->arg;
    rehearsal->fd = -1;
    gp_map_init(&rehearsal->guests);
    make_settings(rehearsal, setup->limits);
    if (setup->listen)
        addr = *setup->listen;
    enum gp_code code = gp_io_listen(&addr, false, &rehearsal->fd, err);
    if (code == GP_OK &&
        !(rehearsal->watch = gp_watch_create(setup->loop, rehearsal->fd, on_accept, rehearsal)))
        code = gp_err_nomem(err);
    if (code != GP_OK) {
        fed_rehearsal_destroy(rehearsal);
        return code;
    }
    gp_watch_set(rehearsal->watch, GP_READ);
    *ret = rehearsal;
    *ret_addr = addr;
    return GP_OK;
}

void fed_rehearsal_destroy(struct fed_rehearsal *rehearsal)
{
    size_t pos = 0;
    if (!rehearsal)
        return;
    while (rehearsal->visits)
        visit_destroy(rehearsal->visits);
    gp_watch_destroy(rehearsal->watch);
    gp_io_close(&rehearsal->fd);
    for (struct guest *guest; (guest = gp_map_next(&rehearsal->guests, &pos));)
        free(guest);
    gp_map_finish(&rehearsal->guests);
    gp_secret_wipe(&rehearsal->settings.dialback_secret);
    free(rehearsal);
}

enum gp_code fed_rehearsal_expect(struct fed_rehearsal *rehearsal, const struct dns_domain *home,
                                  struct gp_err *err)
{
    struct guest *guest = calloc(1, sizeof(*guest));
    GP_ASSERT(!find_guest(rehearsal, home));
    if (!guest || gp_map_put(&rehearsal->guests, gp_span_text(home->ascii), guest) != GP_OK) {
        free(guest);
        return gp_err_nomem(err);
    }
    guest->home = *home;
    guest->is_expected = true;
    return GP_OK;
}

void fed_rehearsal_dismiss(struct fed_rehearsal *rehearsal, const struct dns_domain *home)
{
    struct guest *guest = find_guest(rehearsal, home);
    guest->is_expected = false;
    for (struct visit *visit = rehearsal->visits; visit; visit = visit->next)
        if (visit->guest == guest)
            fed_session_stop(visit->session, FED_CLOSE_DONE);
}

const struct fed_settings *fed_rehearsal_settings(const struct fed_rehearsal *rehearsal)
{
    return &rehearsal->settings;
}

const struct fed_rehearsal_result *fed_rehearsal_result(const struct fed_rehearsal *rehearsal,
                                                        const struct dns_domain *home)
{
    return &find_guest(rehearsal, home)->result;
}

unsigned fed_rehearsal_turned_away(const struct fed_rehearsal *rehearsal)
{
    return rehearsal->turned_away;
}
