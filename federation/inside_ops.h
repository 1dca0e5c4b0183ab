/* SPDX-License-Identifier: BSD-2-Clause */
/* Between inside.c and the kinds of inside links; nobody else includes this. */
#ifndef GP_FED_INSIDE_OPS_H
#define GP_FED_INSIDE_OPS_H

#include "federation/inside.h"
#include "federation/stream.h"

#define FED_DOOR_TROUBLE_MAX 400

/* One way to the inside: what a stream of the link is for, and what waits for it. */
struct fed_door {
    struct fed_door *next, **link;
    struct dns_domain home, partner; /* one that doors are not told apart by is not set */
    bool is_kept;                    /* of the configuration; others go when nobody uses them */
    bool is_stranger;                /* counted: the configuration does not name the partner */
    void *stream;                    /* the kind's own: what output() needs; NULL: none */
    bool is_up;
    bool is_coming; /* reached for, and it did not fail last time: everything waits for it */
    int64_t since_ms, used_ms;
    uint64_t delivered, taken;
    struct fed_queue queue;       /* what waits for it */
    struct fed_queue unconfirmed; /* what it was given, in a kind that confirms */
    char trouble[FED_DOOR_TROUBLE_MAX];
};

/* What there is a door for. */
enum fed_door_key {
    FED_DOOR_BY_HOME,
    FED_DOOR_BY_PARTNER,
    FED_DOOR_BY_PAIR /* made by the first stanza, none is kept */
};

struct fed_inside_ops {
    enum fed_door_key key;
    bool is_confirming; /* what went through a door is kept until fed_inside_confirmed() */
    enum gp_code (*create)(struct fed_inside *inside, void **ret_state, struct gp_err *err);
    void (*destroy)(void *state); /* before the doors */
    /* There is a door: reach for what is behind it. NULL: it comes by itself. Sets door->stream. */
    enum gp_code (*reach)(void *state, struct fed_door *door);
    /*
     * Where the bytes of a stanza go, when what is behind the door takes more; else NULL. After
     * appending, sent() is called: it returns where in the stream's bytes the stanza ends. Only for
     * a door that is up.
     */
    struct gp_buf *(*output)(struct fed_door *door);
    uint64_t (*sent)(struct fed_door *door);
    /* A kind that keeps what it sends by itself has this instead of the two above. Takes the
     * parcel; or false: no more for now. Only for a door that is up. */
    bool (*send)(struct fed_door *door, struct fed_parcel *parcel);
    /* A kind that answers by itself has this instead of all of them. Does not take the parcel.
     * false: it has no room to read or to answer it. */
    bool (*answer)(void *state, const struct fed_parcel *parcel);
    struct gp_addr (*peer)(const struct fed_door *door); /* of a door that is up; NULL: nobody */
    void (*resume)(void *state);                         /* reads from its streams again */
    /* Ends the stream of a door in order; it goes on without us. Afterwards door->stream is not
     * set. NULL: there are none. */
    void (*abandon)(struct fed_door *door, enum fed_close reason);
    /* A reload, instead of destroy(), when every door was abandoned: ends all other streams in
     * order, and is gone when they are. NULL: destroy() does. */
    void (*leave)(void *state);
    /* A reload: the context has other settings. NULL: it does not matter. */
    enum gp_code (*set_settings)(void *state);
    /* Streams that have not ended, beside those in the context's list. NULL: there are none. */
    size_t (*streams)(const void *state);
    /* Stanzas that were sent, and whose acknowledgement is worth waiting for. NULL: none is. */
    size_t (*unacknowledged)(const void *state);
    /* What the status has to tell beside the doors. NULL: nothing. */
    void (*each)(const void *state, fed_inside_status_fn *fn, void *arg);
    void (*quiet)(void *state);
    void (*stop)(void *state);
};

extern const struct fed_inside_ops fed_inside_echo_ops;
extern const struct fed_inside_ops fed_inside_self_ops;
extern const struct fed_inside_ops fed_inside_component_ops;
extern const struct fed_inside_ops fed_inside_server_ops;
extern const struct fed_inside_ops fed_inside_s2s_ops;

/* How a kind does it. */
const struct fed_inside_ops *fed_inside_ops_of(enum fed_inside_kind kind);

/* What a kind needs of its link. */
struct fed_context *fed_inside_context(const struct fed_inside *inside);
/* NULL when there is none. A domain that doors are not told apart by is not looked at. */
struct fed_door *fed_inside_door(const struct fed_inside *inside, const struct dns_domain *home,
                                 const struct dns_domain *partner);
struct fed_door *fed_inside_doors(const struct fed_inside *inside); /* the first; go on with next */

/* What came through a door, from a home domain of the link; NULL: through none. false: its stream
 * has to be paused. */
bool fed_inside_took(struct fed_inside *inside, struct fed_door *door,
                     const struct dns_domain *home, const struct fed_stanza *stanza,
                     const char *lang);
void fed_inside_answered(struct fed_inside *inside, struct fed_parcel *parcel);

/* What is behind a door has come or gone, or takes more again: what waits is delivered. */
void fed_inside_came(struct fed_inside *inside, struct fed_door *door);
/*
 * sent_bytes: as far as that the connection took the stream's bytes. What it did not take waits
 * again; what was taken and not confirmed is answered, since nobody can say what became of it.
 */
void fed_inside_went(struct fed_inside *inside, struct fed_door *door, uint64_t sent_bytes,
                     const char *trouble);
/* The other side has taken in all that ended before. */
void fed_inside_confirmed(struct fed_inside *inside, struct fed_door *door, uint64_t end_bytes);
void fed_inside_drained(struct fed_inside *inside);

/* A stanza that was sent but cannot be known to have arrived: answers it. Takes the parcel. */
void fed_inside_give_back(struct fed_inside *inside, struct fed_parcel *parcel,
                          enum fed_bounce bounce, const char *text);

/* Nobody uses the door, which is not a kept one: it is destroyed. Nothing may wait for it. */
void fed_inside_forget(struct fed_inside *inside, struct fed_door *door);

#endif
