/* SPDX-License-Identifier: BSD-2-Clause */
/* What a stream that is being negotiated does, told as steps of its attempt's trace. */
#ifndef GP_FED_ATTEMPT_STEPS_H
#define GP_FED_ATTEMPT_STEPS_H

#include "federation/stream_out.h"
#include "federation/trace.h"

/* What was told of one stream already; zeroed at its start. */
struct fed_steps {
    const char *state;
    bool has_tls;
    bool has_features[2]; /* in clear, inside TLS */
};

/* Notes what is new. Call it after each turn of the stream. */
void fed_steps_observe(struct fed_steps *steps, const struct fed_out *out, struct fed_trace *trace);

#endif
