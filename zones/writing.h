/* SPDX-License-Identifier: BSD-2-Clause */
/* What the format_*.c files share. */
#ifndef GP_ZONES_WRITING_H
#define GP_ZONES_WRITING_H

#include "zones/format.h"

/* The comment at the top: whose records these are, of which configuration and profile. sign begins
 * a comment: ";", "#", "//". */
void zone_put_head(const struct zone_export *export, const char *sign, struct gp_buf *out);

/* The comment that says what to do, where the format itself does not do it. */
void zone_put_advice(const char *sign, struct gp_buf *out);

/* "alpha.example (signed)" */
void zone_put_title(const struct zone_change *change, struct gp_buf *out);

/* With the dot at the end, which makes a name absolute. */
void zone_put_name(const struct dns_name *name, struct gp_buf *out);

/* Without the zone's own labels; at_apex is what stands for the zone itself. name is within apex.
 */
void zone_put_relative(const struct dns_name *name, const struct dns_name *apex,
                       const char *at_apex, struct gp_buf *out);

/* In double quotes, with a backslash before quotes and backslashes: a string of JavaScript and of
 * YAML. */
void zone_put_quoted(struct gp_span text, struct gp_buf *out);

/* In lower case, without blanks. */
void zone_put_hex(const uint8_t *bytes, size_t len, struct gp_buf *out);

/* Errors unless every set that is to be changed is known as it is now: GP_ERR_DNS. */
GP_MUST_USE enum gp_code zone_expect_known(const struct zone_changes *changes, struct gp_err *err);

/* Whether a set is to be touched by what carries changes out. */
bool zone_is_due(const struct zone_set *set);

#endif
