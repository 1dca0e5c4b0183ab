/* SPDX-License-Identifier: BSD-2-Clause */
/* Between inside.c and the kinds of inside links; nobody else includes this. */
#ifndef GP_FED_INSIDE_OPS_H
#define GP_FED_INSIDE_OPS_H

#include "federation/inside.h"

struct fed_inside_ops {
    enum gp_code (*create)(struct fed_inside *inside, void **ret_state, struct gp_err *err);
    void (*destroy)(void *state);
    /*
     * Where the bytes of a stanza for home go, when its service is there and takes more; else NULL.
     * After appending, sent() is called.
     */
    struct gp_buf *(*output)(void *state, const struct dns_domain *home);
    void (*sent)(void *state, const struct dns_domain *home);
    /* A kind that answers by itself has this instead of the two above. Does not take the parcel. */
    void (*answer)(void *state, const struct fed_parcel *parcel);
    bool (*is_up)(const void *state, const struct dns_domain *home);
    struct gp_addr (*peer)(const void *state, const struct dns_domain *home);
    void (*quiet)(void *state);
    void (*stop)(void *state);
};

extern const struct fed_inside_ops fed_inside_echo_ops;
extern const struct fed_inside_ops fed_inside_component_ops;

/* What a kind needs of its link. */
struct fed_context *fed_inside_context(const struct fed_inside *inside);
void fed_inside_took(struct fed_inside *inside, const struct dns_domain *home,
                     const struct fed_stanza *stanza, const char *lang);
void fed_inside_answered(struct fed_inside *inside, struct fed_parcel *parcel);

/* The service of home has come or gone, or takes more again: what waits is delivered. */
void fed_inside_came(struct fed_inside *inside, const struct dns_domain *home);
void fed_inside_went(struct fed_inside *inside, const struct dns_domain *home);
void fed_inside_drained(struct fed_inside *inside);

#endif
