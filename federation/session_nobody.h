/* SPDX-License-Identifier: BSD-2-Clause */
/* A session that nobody listens to any more: it says good-bye by itself. */
#ifndef GP_FED_SESSION_NOBODY_H
#define GP_FED_SESSION_NOBODY_H

#include "federation/session.h"

/* To be given a session with fed_session_give(); has no arg. */
extern const struct fed_session_owner fed_session_nobody;

/* start_tls of an owner whose stream is past TLS, or has none: refuses, as nothing else can be
 * meant. */
GP_MUST_USE enum gp_code fed_session_no_tls(void *arg, struct fed_session *session,
                                            struct fed_link *link, struct gp_err *err);

#endif
