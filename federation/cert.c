/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/cert.h"

#include "base/text.h"

#include <stdlib.h>

#define CERT_NAME_SHOWN 256 /* bytes of one name that a reader is shown */

void fed_cert_destroy(struct fed_cert *cert)
{
    if (!cert)
        return;
    gp_arena_finish(&cert->arena);
    free(cert);
}

static const char *kind_text(enum fed_name_kind kind)
{
    switch (kind) {
    case FED_NAME_DNS:
        return "dns:";
    case FED_NAME_SRV:
        return "srv:";
    case FED_NAME_XMPP_ADDR:
        return "xmpp:";
    case FED_NAME_IP:
        return "ip:";
    }
    return "";
}

void fed_cert_names_text(const struct fed_cert *cert, struct gp_buf *out)
{
    if (cert->name_count == 0)
        gp_buf_append_text(out, "no names");
    for (size_t i = 0; i < cert->name_count; i++) {
        const struct fed_cert_name *name = &cert->names[i];
        char text[GP_ADDR_TEXT_MAX];
        if (i > 0)
            gp_buf_append_char(out, ' ');
        gp_buf_append_text(out, kind_text(name->kind));
        if (name->kind == FED_NAME_IP)
            gp_buf_append_text(out, gp_addr_text(&name->addr, text));
        else
            gp_text_escape(out, name->text, CERT_NAME_SHOWN);
    }
}
