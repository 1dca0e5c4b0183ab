/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/attempt_steps.h"

#include <stdio.h>

static void note_tls(const struct fed_tls_facts *tls, struct fed_trace *trace)
{
    const char *chain = "";
    switch (tls->chain) {
    case FED_CHAIN_NONE:
        chain = "no certificate";
        break;
    case FED_CHAIN_TRUSTED:
        chain = "its certificate is trusted";
        break;
    case FED_CHAIN_UNTRUSTED:
        chain = "its certificate is not trusted: ";
        break;
    }
    const char *dane = "";
    switch (tls->dane) {
    case FED_DANE_NOT_USED:
        break;
    case FED_DANE_MATCHED:
        dane = ", and matches the TLSA record ";
        break;
    case FED_DANE_MISMATCH:
        dane = ", and DANE does not accept it: ";
        break;
    }
    fed_trace_note(trace, "%s with %s; %s%s%s%s", tls->version, tls->cipher, chain,
                   tls->chain == FED_CHAIN_UNTRUSTED ? tls->chain_reason : "", dane,
                   dane[0] ? tls->dane_text : "");
}

static void note_features(const struct fed_offer *offer, struct fed_trace *trace)
{
    const struct {
        bool is_offered;
        const char *name;
    } features[] = {
        {offer->starttls, "STARTTLS"},   {offer->external, "SASL EXTERNAL"},
        {offer->dialback, "dialback"},   {offer->bidi, "bidirectional streams"},
        {offer->sm, "acknowledgements"}, {offer->limits, "stream limits"},
    };
    char list[160] = "";
    size_t len = 0;
    for (size_t i = 0; i < GP_ARRAY_LEN(features); i++)
        if (features[i].is_offered)
            len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s", len ? ", " : "",
                                    features[i].name);
    fed_trace_note(trace, "it offers %s", len ? list : "nothing");
}

void fed_steps_observe(struct fed_steps *steps, const struct fed_out *out, struct fed_trace *trace)
{
    const struct fed_tls_facts *tls = fed_out_tls(out);
    const struct fed_offer *offer = fed_out_offer(out);
    const char *state = fed_out_state_text(out);
    if (tls && !steps->has_tls) {
        steps->has_tls = true;
        note_tls(tls, trace);
    }
    if (offer->is_known && !steps->has_features[tls != NULL]) {
        steps->has_features[tls != NULL] = true;
        note_features(offer, trace);
    }
    if (state != steps->state) {
        steps->state = state;
        fed_trace_note(trace, "%s", state);
    }
}
