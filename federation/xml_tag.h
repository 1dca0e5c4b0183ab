/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the parts of a start tag stand among its bytes. Pure. */
#ifndef GP_FED_XML_TAG_H
#define GP_FED_XML_TAG_H

#include "base/span.h"

struct fed_tag {
    size_t name_end;    /* just behind the element's name */
    size_t default_at;  /* its xmlns='...' with the blank before it */
    size_t default_len; /* 0 when it has none */
};

/* tag: from "<" to ">" of a start tag that is known to be well-formed. */
void fed_tag_scan(struct gp_span tag, struct fed_tag *ret);

#endif
