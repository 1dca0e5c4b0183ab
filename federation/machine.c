/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/machine.h"

void fed_make_id(void *arg, char id[GP_RND_ID_MAX])
{
    (void)arg;
    gp_rnd_id(id);
}

/* A table's functions take void pointers, a machine's its own type; each of these lines joins one
 * to the other. */
#define FED_MACHINE_COMMON(prefix)                                                               \
    static void prefix##_on_bytes(void *self, const struct fed_now *now, struct gp_span bytes)   \
    {                                                                                            \
        prefix##_bytes(self, now, bytes);                                                        \
    }                                                                                            \
    static void prefix##_on_peer_closed(void *self, const struct fed_now *now, bool was_clean,   \
                                        const char *detail)                                      \
    {                                                                                            \
        prefix##_peer_closed(self, now, was_clean, detail);                                      \
    }                                                                                            \
    static void prefix##_on_deadline(void *self, const struct fed_now *now)                      \
    {                                                                                            \
        prefix##_deadline(self, now);                                                            \
    }                                                                                            \
    static void prefix##_on_stop(void *self, const struct fed_now *now, enum fed_close reason)   \
    {                                                                                            \
        prefix##_stop(self, now, reason);                                                        \
    }                                                                                            \
    static void prefix##_on_next(void *self, const struct fed_now *now, struct fed_request *ret) \
    {                                                                                            \
        prefix##_next(self, now, ret);                                                           \
    }                                                                                            \
    static bool prefix##_on_set_settings(void *self, const struct fed_now *now,                  \
                                         const struct fed_settings *settings)                    \
    {                                                                                            \
        return prefix##_set_settings(self, now, settings);                                       \
    }                                                                                            \
    static struct gp_buf *prefix##_get_output(void *self)                                        \
    {                                                                                            \
        return prefix##_output(self);                                                            \
    }                                                                                            \
    static int64_t prefix##_get_deadline_ms(void *self)                                          \
    {                                                                                            \
        return prefix##_deadline_ms(self);                                                       \
    }                                                                                            \
    static bool prefix##_get_wants_bytes(void *self)                                             \
    {                                                                                            \
        return prefix##_wants_bytes(self);                                                       \
    }                                                                                            \
    static void prefix##_on_destroy(void *self)                                                  \
    {                                                                                            \
        prefix##_destroy(self);                                                                  \
    }

#define FED_MACHINE_TLS(prefix)                                                                   \
    static void prefix##_on_tls_done(void *self, const struct fed_now *now,                       \
                                     struct fed_tls_facts *facts)                                 \
    {                                                                                             \
        prefix##_tls_done(self, now, facts);                                                      \
    }                                                                                             \
    static void prefix##_on_tls_failed(void *self, const struct fed_now *now, const char *detail) \
    {                                                                                             \
        prefix##_tls_failed(self, now, detail);                                                   \
    }

#define FED_MACHINE_PARTNER(prefix, get)                                   \
    static const struct dns_domain *prefix##_get_partner(const void *self) \
    {                                                                      \
        return get(self);                                                  \
    }                                                                      \
    static void prefix##_on_listen(void *self, fed_ear_fn *fn, void *arg)  \
    {                                                                      \
        prefix##_listen(self, fn, arg);                                    \
    }

#define FED_MACHINE_ROWS(prefix)                                                          \
    .bytes = prefix##_on_bytes, .peer_closed = prefix##_on_peer_closed,                   \
    .deadline = prefix##_on_deadline, .stop = prefix##_on_stop, .next = prefix##_on_next, \
    .set_settings = prefix##_on_set_settings, .output = prefix##_get_output,              \
    .deadline_ms = prefix##_get_deadline_ms, .wants_bytes = prefix##_get_wants_bytes,     \
    .destroy = prefix##_on_destroy

FED_MACHINE_COMMON(fed_in)
FED_MACHINE_TLS(fed_in)
FED_MACHINE_PARTNER(fed_in, fed_in_partner)
FED_MACHINE_COMMON(fed_out)
FED_MACHINE_TLS(fed_out)
FED_MACHINE_PARTNER(fed_out, fed_out_partner)
FED_MACHINE_COMMON(fed_component)
FED_MACHINE_COMMON(fed_component_client)

const struct fed_machine_type fed_machine_in = {
    .name = "in",
    FED_MACHINE_ROWS(fed_in),
    .tls_done = fed_in_on_tls_done,
    .tls_failed = fed_in_on_tls_failed,
    .partner = fed_in_get_partner,
    .listen = fed_in_on_listen,
};

const struct fed_machine_type fed_machine_out = {
    .name = "out",
    FED_MACHINE_ROWS(fed_out),
    .tls_done = fed_out_on_tls_done,
    .tls_failed = fed_out_on_tls_failed,
    .partner = fed_out_get_partner,
    .listen = fed_out_on_listen,
};

/* A component stream has no TLS of its own (XEP-0114): neither side asks for it. */
const struct fed_machine_type fed_machine_component = {
    .name = "component",
    FED_MACHINE_ROWS(fed_component),
};

const struct fed_machine_type fed_machine_component_client = {
    .name = "component-client",
    FED_MACHINE_ROWS(fed_component_client),
};
