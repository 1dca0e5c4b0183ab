/* SPDX-License-Identifier: BSD-2-Clause */
/* Planned records as lines of a zone file (RFC 1035, 5), made from ldns records. */
#ifndef GP_ZONES_TEXT_H
#define GP_ZONES_TEXT_H

#include "base/buf.h"
#include "zones/record.h"

/* Appends one line with its newline: absolute owner, TTL, class, type, data. Errors: GP_ERR_NOMEM.
 */
GP_MUST_USE enum gp_code zone_text_record(const struct zone_record *record, struct gp_buf *out,
                                          struct gp_err *err);

/* Appends the data alone, "10 5 5269 gw1.alpha.example.". Errors: GP_ERR_NOMEM. */
GP_MUST_USE enum gp_code zone_text_data(const struct zone_record *record, struct gp_buf *out,
                                        struct gp_err *err);

#endif
