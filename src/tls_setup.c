/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls_setup.h"

#include <stdlib.h>

enum gp_code app_tls_create(const struct app_config *config, struct fed_tls **ret,
                            struct gp_err *err)
{
    size_t count = config->is_public ? 0 : config->domain_count;
    struct fed_tls_identity *identities = calloc(config->domain_count, sizeof(*identities));
    if (!identities)
        return gp_err_nomem(err);
    for (size_t i = 0; i < count; i++)
        identities[i] = (struct fed_tls_identity){
            .domain = config->domains[i].name,
            .certificate_file = config->domains[i].certificate,
            .key_file = config->domains[i].key,
        };
    enum gp_code code = fed_tls_create(identities, count, config->ca_file, ret, err);
    free(identities);
    return code;
}
