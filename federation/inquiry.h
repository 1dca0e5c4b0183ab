/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one inbound stream wants to know of others before it believes its peer: dialback keys that
 * authoritative servers are asked about, and what senders publish about their certificates. The
 * answers go to the stream's machine.
 */
#ifndef GP_FED_INQUIRY_H
#define GP_FED_INQUIRY_H

#include "federation/admission.h"
#include "federation/announced.h"
#include "federation/context.h"
#include "federation/silences.h"

/* Of one stream. Everything is borrowed and outlives it. */
struct fed_inquirer {
    struct fed_context *context;
    struct fed_admission *admission; /* bounds the questions of an address and of all */
    struct fed_silences *silences;
    const struct fed_announced *probes;
    struct fed_session *session; /* its machine is a struct fed_in */
    const struct gp_addr *peer;
    struct fed_inquiry *inquiries; /* owned; under way */
};

/* FED_DO_VERIFY, FED_DO_LOOK_UP, FED_DO_POSH: the answer may come inside the call. */
void fed_inquirer_ask(struct fed_inquirer *inquirer, const struct fed_request *request);

/* Gives up what is under way. */
void fed_inquirer_finish(struct fed_inquirer *inquirer);

#endif
