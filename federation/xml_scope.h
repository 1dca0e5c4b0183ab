/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The prefixes that a stream header declares, and which of them one first-level element uses
 * without declaring them itself: those it must take along when it moves to another stream (RFC
 * 6120, 4.8.5).
 */
#ifndef GP_FED_XML_SCOPE_H
#define GP_FED_XML_SCOPE_H

#include "base/arena.h"
#include "federation/xml_in.h"

struct fed_scope_row;

struct fed_scope {
    size_t count;
    struct fed_scope_row *rows; /* all of this lives in the arena of fed_scope_start() */
    struct fed_xml_decl *carry; /* room for count */
};

/* Room for max prefixes. Errors: GP_ERR_NOMEM. */
GP_MUST_USE enum gp_code fed_scope_start(struct fed_scope *scope, struct gp_arena *arena,
                                         size_t max);

/* The header declares a prefix; at most max times. Errors: GP_ERR_NOMEM. */
GP_MUST_USE enum gp_code fed_scope_declare(struct fed_scope *scope, struct gp_arena *arena,
                                           const char *prefix, const char *uri);

/* NULL when the header does not declare it. */
const char *fed_scope_find(const struct fed_scope *scope, const char *prefix);

/* A new first-level element begins. */
void fed_scope_reset(struct fed_scope *scope);

/* Its start tag declares the prefix itself: everything inside means that one. */
void fed_scope_shadow(struct fed_scope *scope, const char *prefix);

/* A name inside it has this prefix, which stands for uri there. */
void fed_scope_use(struct fed_scope *scope, const char *prefix, struct gp_span uri);

/* Fills scope->carry and returns how many there are. */
size_t fed_scope_carry(struct fed_scope *scope);

/* Appends the header's declarations of prefixes as attributes. */
void fed_scope_put(const struct fed_scope *scope, struct gp_buf *out);

#endif
