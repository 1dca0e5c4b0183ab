/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An inside link: what stands behind the home domains that name it (design, section 7). This half
 * is the same for every kind: it holds stanzas while the inside is away, for a bounded time and
 * size, and gives them back to be answered (spec-digest e.5). What a kind does differently stands
 * in inside_KIND.c behind struct fed_inside_ops.
 */
#ifndef GP_FED_INSIDE_H
#define GP_FED_INSIDE_H

#include "federation/context.h"
#include "federation/parcel.h"

enum fed_inside_kind {
    FED_INSIDE_ECHO,      /* gatepost itself, which sends messages back */
    FED_INSIDE_SELF,      /* gatepost itself, which says what it is and whom to write to */
    FED_INSIDE_COMPONENT, /* services connect as home domains (XEP-0114) */
    FED_INSIDE_SERVER,    /* gatepost connects to a server, as each partner's domain (XEP-0114) */
    FED_INSIDE_S2S        /* a server that takes gatepost for the servers of all other domains */
};

#define FED_INSIDE_PINS_MAX 4

/* Everything is borrowed and outlives the link. */
struct fed_inside_settings {
    const char *name;
    enum fed_inside_kind kind;
    /* Of this link, as fed_home.inside has it; the same before and after a reload. */
    unsigned index;
    uint64_t terms;         /* a digest over all that follows: what is the same stays at a reload */
    struct gp_addr listen;  /* component, s2s */
    struct gp_addr address; /* server, s2s */
    const struct gp_secret
        *secret;        /* component, server, s2s; s2s: its len is 0 when none is used */
    bool is_direct_tls; /* s2s: TLS from the first byte, in both directions */
    size_t peer_count;
    const struct gp_network *peers; /* s2s: where it may connect from */
    /* s2s: its certificate matches one of these; with none it is not judged. Data borrowed. */
    size_t pin_count;
    struct dns_tlsa pins[FED_INSIDE_PINS_MAX];
    /* s2s: who may have issued the server's certificate; NULL: those that partners' are checked
     * against. What is in the file is not in the terms: it is read anew at every reload. */
    const struct fed_tls_anchors *anchors;
};

/* Links at a time: fed_inside_settings.index is below. */
#define FED_INSIDE_MAX 64

struct fed_inside;

/* The router. */
struct fed_inside_owner {
    /* A stanza from the service of a home domain; its from is known to be of that domain. false:
     * who it is for is behind; nothing more is read from its sender until fed_inside_resume(). */
    bool (*on_stanza)(void *arg, struct fed_inside *inside, const struct dns_domain *home,
                      const struct fed_stanza *stanza, const char *lang);
    /* An answer that the link itself makes (echo). Takes the parcel. */
    void (*on_parcel)(void *arg, struct fed_inside *inside, struct fed_parcel *parcel);
    /* A stanza that could not be delivered: answer it. Takes the parcel. */
    void (*on_undelivered)(void *arg, struct fed_inside *inside, struct fed_parcel *parcel,
                           enum fed_bounce bounce, const char *text);
    /* The link takes no more for now, or does again. */
    void (*on_congested)(void *arg, struct fed_inside *inside, bool is_congested);
};

/* Errors: the listening address is taken, no memory. */
GP_MUST_USE enum gp_code fed_inside_create(struct fed_context *context,
                                           const struct fed_inside_settings *settings,
                                           const struct fed_inside_owner *owner, void *arg,
                                           struct fed_inside **ret, struct gp_err *err);
void fed_inside_destroy(struct fed_inside *inside);

/* For a home domain of this link; never fails: what cannot be delivered comes back through
 * on_undelivered. */
void fed_inside_deliver(struct fed_inside *inside, struct fed_parcel *parcel); /* takes it */
void fed_inside_stanza(struct fed_inside *inside, const struct dns_domain *home,
                       const struct dns_domain *partner, const struct fed_stanza *stanza,
                       const char *lang);

/* Reads again from those that had to wait for another one. */
void fed_inside_resume(struct fed_inside *inside);

/*
 * A reload: the context has other settings, and the link itself the same terms as before. What
 * waits for a domain that has left is given back, and its stream ends. Errors: no memory for a
 * domain that has come.
 */
GP_MUST_USE enum gp_code fed_inside_set_settings(struct fed_inside *inside,
                                                 const struct fed_inside_settings *settings);

/* Gives back what waits, ends the streams in order, and is gone: instead of fed_inside_destroy(),
 * at a reload. */
void fed_inside_leave(struct fed_inside *inside);

/* Stops listening and reading: no further on_stanza. Nothing is held any more for a service that is
 * away. */
void fed_inside_quiet(struct fed_inside *inside);
/* Stanzas that still wait, or for an acknowledgement. */
size_t fed_inside_waiting(const struct fed_inside *inside);
/* Gives back everything that waits, and from now on whatever cannot be delivered at once. */
void fed_inside_flush(struct fed_inside *inside);
/* Closes the streams in order. */
void fed_inside_stop(struct fed_inside *inside);
/* Streams that have not ended, beside those in the context's list. */
size_t fed_inside_streams(const struct fed_inside *inside);

const char *fed_inside_kind_text(enum fed_inside_kind kind);

/* Whether gatepost answers by itself: such a link is on every worker, for it remembers nothing. */
bool fed_inside_is_own(enum fed_inside_kind kind);

/* What it was created with. */
const struct fed_inside_settings *fed_inside_settings(const struct fed_inside *inside);

/* For the end of a worker: cuts the streams of links that have left. */
void fed_inside_cut_leaving(struct fed_context *context);

/* One way to the inside: a stream, or the place of one. */
struct fed_inside_status {
    /* What it is for. NULL where the link does not tell by it: the ways of a component link are
     * told apart by the home domain, those of a server link by the partner, those of an S2S link by
     * both; without either, it is the link as such. */
    const struct dns_domain *home, *partner;
    size_t more; /* pairs beside that one: a server's own stream may carry several */
    const char
        *direction; /* "in": stanzas go to the inside alone; "out": from it; NULL: both ways */
    bool is_up;
    int64_t since_ms;    /* monotonic; when it came or went; 0: never came */
    size_t held;         /* stanzas that wait for it */
    uint64_t delivered;  /* to it */
    uint64_t taken;      /* from it */
    struct gp_addr peer; /* family 0 when there is none */
    const char *trouble; /* why it is away, in words; "" when it is not known, or there */
};
typedef void fed_inside_status_fn(void *arg, const struct fed_inside_status *status);
void fed_inside_each(const struct fed_inside *inside, fed_inside_status_fn *fn, void *arg);

#endif
