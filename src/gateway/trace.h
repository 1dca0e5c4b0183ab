/* SPDX-License-Identifier: BSD-2-Clause */
/* Listening to the streams of a partner, for `gatepost trace`. */
#ifndef GP_APP_TRACE_H
#define GP_APP_TRACE_H

#include "federation/context.h"

struct app_call;
struct app_gateway;

/* Answers the call line by line, until the client leaves. */
void app_gateway_trace(struct app_gateway *gateway, struct app_call *call, const char *partner);

/* On a worker that ends: releases who still listens there. */
void app_traces_leave(struct fed_context *context);

#endif
