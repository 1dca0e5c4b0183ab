/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two files of the fixture share. */
#ifndef GP_TESTS_READINESS_FIXTURE_DNS_H
#define GP_TESTS_READINESS_FIXTURE_DNS_H

#include "tests/unit/readiness_fixture.h"

/* What stands for the certificate of a key, and the digest of the key. */
const char *fixture_certificate(const char *key);
void fixture_digest_key(const char *key, uint8_t out[32]);

/* The zone, the one above it, and what its two servers say of every record set so far. */
void fixture_make_zone(struct fixture *fx);

#endif
