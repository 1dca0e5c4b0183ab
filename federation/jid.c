/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/jid.h"

#include "base/text.h"

struct gp_span fed_jid_local(struct gp_span jid)
{
    for (size_t i = 0; i < jid.len && jid.at[i] != '/'; i++) /* RFC 7622, 3.1 */
        if (jid.at[i] == '@')
            return gp_span_make(jid.at, i);
    return gp_span_make(jid.at, 0);
}

struct gp_span fed_jid_bare(struct gp_span jid, const struct dns_domain *domain,
                            char out[FED_BARE_MAX])
{
    struct gp_span local = fed_jid_local(jid);
    size_t len = 0, domain_len = strlen(domain->ascii);
    GP_ASSERT(local.len <= 1023);
    for (; len < local.len; len++)
        out[len] = gp_text_lower(local.at[len]);
    if (len > 0)
        out[len++] = '@';
    memcpy(out + len, domain->ascii, domain_len + 1);
    return gp_span_make(out, len + domain_len);
}
