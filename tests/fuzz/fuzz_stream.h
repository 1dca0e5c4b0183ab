/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two stream machines' fuzz targets have in common: settings, facts, and reading events
 * out of the input. */
#ifndef GP_TESTS_FUZZ_STREAM_H
#define GP_TESTS_FUZZ_STREAM_H

#include "federation/stream.h"

/*
 * The input is a list of events: a byte that says which, and what goes with it. For bytes of the
 * peer the second byte says how long they are; 0 means up to the next 0xff, so that a corpus can be
 * written by hand.
 */
struct fuzz_input {
    const uint8_t *at;
    size_t left;
};

uint8_t fuzz_byte(struct fuzz_input *input);
struct gp_span fuzz_bytes(struct fuzz_input *input);

/* home.example is ours; strict.example, dialback.example, clear.example are partners. */
struct fuzz_world {
    struct fed_settings settings;
    struct fed_home homes[1];
    struct fed_partner partners[3];
    struct dns_domain domains[3];
};

void fuzz_world_init(struct fuzz_world *world);

/* The caller owns them; how says what the certificate is worth. */
struct fed_tls_facts *fuzz_facts(uint8_t how, int64_t wall_s);

/* What must hold for every request. */
void fuzz_check(const struct fed_request *request);

#endif
