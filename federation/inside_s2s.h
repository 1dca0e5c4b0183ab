/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the two halves of an S2S link: inside_s2s.c, the way in to the server, and
 * inside_s2s_guest.c, what the server opens to us. Nobody else includes this. */
#ifndef GP_FED_INSIDE_S2S_H
#define GP_FED_INSIDE_S2S_H

#include "base/acceptor.h"
#include "federation/inside_ops.h"
#include "federation/mirror.h"

struct fed_s2s_guest;

struct fed_s2s {
    struct fed_inside *inside;
    struct fed_context
        context;               /* the worker's, under the mirrored settings; sessions are its own */
    struct fed_mirror *mirror; /* owned */
    struct gp_acceptor *acceptor; /* owned; NULL: it listens no more */
    struct fed_s2s_guest *guests;
    size_t guest_count;
    bool is_quiet;
    char trouble[FED_DOOR_TROUBLE_MAX]; /* of the last attempt; "" when it did not fail */
    int64_t trouble_ms;
    /* When it has left: */
    struct fed_s2s *next, **link; /* the context's */
    struct gp_timer *leaving;
    int64_t patience_ms;
};

/* Listens. Errors: the address is taken, no memory. */
GP_MUST_USE enum gp_code fed_s2s_listen(struct fed_s2s *s2s, struct gp_err *err);
void fed_s2s_hush(struct fed_s2s *s2s); /* and reads nothing more */
void fed_s2s_close(struct fed_s2s *s2s);
/* Does not listen any more, and closes in order what the server has opened. */
void fed_s2s_dismiss(struct fed_s2s *s2s);
void fed_s2s_each_guest(const struct fed_s2s *s2s, fed_inside_status_fn *fn, void *arg);
void fed_s2s_resume(struct fed_s2s *s2s);
void fed_s2s_stop(struct fed_s2s *s2s);

/* inside_s2s_end.c. No door has a stream any more. */
void fed_s2s_destroy(struct fed_s2s *s2s);
void fed_s2s_leave(struct fed_s2s *s2s);

/* What somebody has to mend, for the end of a sentence; "" when nobody knows. */
const char *fed_s2s_hint(const struct fed_s2s *s2s, enum fed_close reason);

/* One line of the log about a stream or an attempt. What is NULL is left out. */
struct fed_s2s_event {
    const char *name;
    enum gp_log_level level;
    enum fed_direction direction;
    const struct dns_domain *home, *partner;
    const struct gp_addr *address;
    const char *auth;
    const uint64_t *stanzas;
    const char *sentence;
};
void fed_s2s_report(const struct fed_s2s *s2s, const struct fed_s2s_event *event);

#endif
