/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/tls_facts.h"

#include <stdlib.h>

void fed_tls_facts_destroy(struct fed_tls_facts *facts)
{
    if (!facts)
        return;
    fed_cert_destroy(facts->peer);
    free(facts);
}
