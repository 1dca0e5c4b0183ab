/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/session_nobody.h"

enum gp_code fed_session_no_tls(void *arg, struct fed_session *session, struct fed_link *link,
                                struct gp_err *err)
{
    (void)arg;
    (void)session;
    (void)link;
    return gp_err_set(err, GP_ERR_BUG, "TLS was asked for on a stream that is past it");
}

static void ignore_request(void *arg, struct fed_session *session,
                           const struct fed_request *request)
{
    (void)arg;
    (void)session;
    (void)request;
}

static void ignore_end(void *arg, struct fed_session *session, enum fed_close reason,
                       const char *detail)
{
    (void)arg;
    (void)session;
    (void)reason;
    (void)detail;
}

const struct fed_session_owner fed_session_nobody = {
    .start_tls = fed_session_no_tls, .on_request = ignore_request, .on_end = ignore_end};
