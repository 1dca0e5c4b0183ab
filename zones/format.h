/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes as text, in the language of whoever carries them out. Each format is one function: the
 * same changes give the same bytes. No time stands in them for that reason; the digest says which
 * configuration they are of.
 *
 * Whatever the format, the text says "replace these record sets, leave everything else": there is
 * never a SOA or NS record in it, nor a word on names that are not planned.
 */
#ifndef GP_ZONES_FORMAT_H
#define GP_ZONES_FORMAT_H

#include "base/buf.h"
#include "zones/change.h"

struct zone_export {
    const char *digest; /* of the configuration */
    const struct zone_changes *changes;
    bool is_rollback; /* for the header: the changes are reversed already */
};

/* Appends to out, whose own failure the caller looks for. Errors: GP_ERR_NOMEM; GP_ERR_DNS when
 * the format has to know what is published and that is not known. */
typedef enum gp_code zone_format_fn(const struct zone_export *export, struct gp_buf *out,
                                    struct gp_err *err);

/* Lines of a zone file (RFC 1035, 5), each record behind its reason. */
zone_format_fn zone_format_zone;
/* The same, with types that old software does not know as RFC 3597 has them. */
zone_format_fn zone_format_generic;
/* A script for nsupdate and knsupdate (RFC 2136): one message for each zone, with the sets as they
 * are now as prerequisites, so that it changes all or nothing, and nothing that somebody else has
 * changed meanwhile. */
zone_format_fn zone_format_nsupdate;
/* A shell script around knotc: one transaction for each zone, given up at the first surprise. */
zone_format_fn zone_format_knotc;
/* Clauses of unbound.conf, for names that have other records inside than outside. */
zone_format_fn zone_format_unbound;
/* A piece of dnsconfig.js. */
zone_format_fn zone_format_dnscontrol;
/* A YAML document for each zone. */
zone_format_fn zone_format_octodns;
/* A table to type into a provider's form. */
zone_format_fn zone_format_table;

#endif
