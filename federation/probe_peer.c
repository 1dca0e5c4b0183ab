/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/probe_peer.h"

#include <stdio.h>
#include <stdlib.h>

struct fed_probe_peer {
    struct fed_probe_peer_setup setup;
    struct dns_domain domain;
    char token[GP_RND_ID_MAX];
    int fd;                      /* owned; listens */
    struct gp_watch *watch;      /* owned */
    struct fed_session *session; /* the one that is under way; NULL: none is */
    struct fed_probe_peer_result result;
};

static void say(struct fed_probe_peer *peer, const char *sentence, const char *detail)
{
    snprintf(peer->result.sentence, sizeof(peer->result.sentence), "%s%s%s", sentence,
             detail[0] ? ": " : "", detail);
}

static bool is_probe(void *arg, const char *token, struct dns_domain *ret_stand_in)
{
    struct fed_probe_peer *peer = arg;
    (void)ret_stand_in;
    bool is_met = gp_secret_equal(token, strlen(token), peer->token, strlen(peer->token));
    peer->result.was_met = peer->result.was_met || is_met;
    return is_met;
}

static enum gp_code on_start_tls(void *arg, struct fed_session *session, struct fed_link *link,
                                 struct gp_err *err)
{
    struct fed_probe_peer *peer = arg;
    (void)session;
    return fed_link_tls_accept(link, peer->setup.tls, &peer->domain, false, err);
}

static void on_request(void *arg, struct fed_session *session, const struct fed_request *request)
{
    struct fed_probe_peer *peer = arg;
    (void)session;
    if (request->what != FED_DO_OPEN || !peer->result.was_met)
        return;
    peer->result.was_logged_in = true;
    say(peer, "proved by", fed_proof_text(request->u.pair.proof));
}

static void on_end(void *arg, struct fed_session *session, enum fed_close reason,
                   const char *detail)
{
    struct fed_probe_peer *peer = arg;
    (void)session;
    peer->session = NULL; /* says good-bye by itself */
    if (!peer->result.was_logged_in)
        say(peer, fed_close_text(reason), detail);
}

static const struct fed_session_owner session_owner = {
    .start_tls = on_start_tls,
    .on_request = on_request,
    .on_end = on_end,
};

/* Takes fd. */
static bool talk(struct fed_probe_peer *peer, int fd)
{
    struct fed_link *link = fed_link_create(fd);
    struct fed_now now = fed_now();
    const struct fed_in_setup stream = {
        .settings = peer->setup.settings,
        .make_id = fed_make_id,
        .is_probe = is_probe,
        .arg = peer,
    };
    struct fed_in *machine = link ? fed_in_create(&stream, &now) : NULL;
    if (!machine) {
        fed_link_destroy(link);
        return false;
    }
    const struct fed_session_setup session = {
        .loop = peer->setup.loop,
        .limits = &peer->setup.settings->limits,
        .list = peer->setup.sessions,
        .link = link,
        .type = &fed_machine_in,
        .machine = machine,
        .owner = &session_owner,
        .arg = peer,
    };
    peer->session = fed_session_create(&session);
    say(peer, "somebody connected", "");
    return peer->session != NULL;
}

static void on_accept(void *arg, unsigned ready)
{
    struct fed_probe_peer *peer = arg;
    struct gp_addr from, local;
    int fd = -1;
    (void)ready;
    if (gp_io_accept(peer->fd, &fd, &from, &local) != GP_IO_DONE)
        return;
    if (peer->session) /* one at a time; who comes meanwhile is not the gateway */
        gp_io_close(&fd);
    else if (!talk(peer, fd))
        say(peer, "out of memory", "");
}

enum gp_code fed_probe_peer_create(const struct fed_probe_peer_setup *setup,
                                   struct fed_probe_peer **ret, struct gp_addr *ret_addr,
                                   struct gp_err *err)
{
    struct gp_addr addr = {.family = GP_IPV4, .bytes = {127, 0, 0, 1}};
    struct fed_probe_peer *peer = calloc(1, sizeof(*peer));
    if (!peer)
        return gp_err_nomem(err);
    peer->setup = *setup;
    peer->domain = *setup->domain;
    peer->fd = -1;
    snprintf(peer->token, sizeof(peer->token), "%s", setup->token);
    say(peer, "nobody connected", "");
    enum gp_code code = gp_io_listen(&addr, false, &peer->fd, err);
    if (code == GP_OK && !(peer->watch = gp_watch_create(setup->loop, peer->fd, on_accept, peer)))
        code = gp_err_nomem(err);
    if (code != GP_OK) {
        fed_probe_peer_destroy(peer);
        return code;
    }
    gp_watch_set(peer->watch, GP_READ);
    *ret = peer;
    *ret_addr = addr;
    return GP_OK;
}

void fed_probe_peer_destroy(struct fed_probe_peer *peer)
{
    if (!peer)
        return;
    gp_watch_destroy(peer->watch);
    gp_io_close(&peer->fd);
    fed_session_destroy(peer->session);
    free(peer);
}

const struct fed_probe_peer_result *fed_probe_peer_result(const struct fed_probe_peer *peer)
{
    return &peer->result;
}
