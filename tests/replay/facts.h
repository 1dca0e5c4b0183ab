/* SPDX-License-Identifier: BSD-2-Clause */
/* What a TLS handshake established, from the words of a script. */
#ifndef GP_TESTS_REPLAY_FACTS_H
#define GP_TESTS_REPLAY_FACTS_H

#include "federation/tls_facts.h"

/* A certificate as good as can be, for nobody yet; the caller owns it. */
struct fed_tls_facts *facts_create(int64_t wall_s);

/* Certificates of the same text are the same one. */
void facts_set_cert(struct fed_cert *cert, const char *text);

/* One word of `tls done`; false when it is unknown. */
bool facts_change(struct fed_tls_facts *facts, const char *word);

#endif
