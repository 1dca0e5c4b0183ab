/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One face for the four stream machines (receiving, initiating, both sides of a component's
 * stream), so that one session runs them all. Each function does what its namesake in stream_in.h
 * says.
 */
#ifndef GP_FED_MACHINE_H
#define GP_FED_MACHINE_H

#include "federation/component.h"
#include "federation/component_client.h"
#include "federation/stream_in.h"
#include "federation/stream_out.h"

struct fed_machine_type {
    const char *name;
    void (*bytes)(void *self, const struct fed_now *now, struct gp_span bytes);
    void (*tls_done)(void *self, const struct fed_now *now, struct fed_tls_facts *facts);
    void (*tls_failed)(void *self, const struct fed_now *now, const char *detail);
    void (*peer_closed)(void *self, const struct fed_now *now, bool was_clean, const char *detail);
    void (*deadline)(void *self, const struct fed_now *now);
    void (*stop)(void *self, const struct fed_now *now, enum fed_close reason);
    void (*next)(void *self, const struct fed_now *now, struct fed_request *ret);
    bool (*set_settings)(void *self, const struct fed_now *now,
                         const struct fed_settings *settings);
    struct gp_buf *(*output)(void *self);
    int64_t (*deadline_ms)(void *self);
    bool (*wants_bytes)(void *self);
    void (*destroy)(void *self);
    /* Of a stream with a partner only, NULL for others: who it is, as far as it is known; and
     * listening to it. */
    const struct dns_domain *(*partner)(const void *self);
    void (*listen)(void *self, fed_ear_fn *fn, void *arg);
};

/* make_id of a machine's setup, whatever arg is: gp_rnd_id(). */
void fed_make_id(void *arg, char id[GP_RND_ID_MAX]);

extern const struct fed_machine_type fed_machine_in;        /* self: struct fed_in */
extern const struct fed_machine_type fed_machine_out;       /* self: struct fed_out */
extern const struct fed_machine_type fed_machine_component; /* self: struct fed_component */
extern const struct fed_machine_type
    fed_machine_component_client; /* self: struct fed_component_client */

#endif
