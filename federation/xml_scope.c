/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/xml_scope.h"

#include "federation/xml_out.h"

struct fed_scope_row {
    const char *prefix, *uri;
    bool is_shadowed; /* by the first-level element */
    bool is_used;     /* inside it */
};

enum gp_code fed_scope_start(struct fed_scope *scope, struct gp_arena *arena, size_t max)
{
    scope->count = 0;
    scope->rows = gp_arena_alloc(arena, max * sizeof(*scope->rows));
    scope->carry = gp_arena_alloc(arena, max * sizeof(*scope->carry));
    return scope->rows && scope->carry ? GP_OK : GP_ERR_NOMEM;
}

enum gp_code fed_scope_declare(struct fed_scope *scope, struct gp_arena *arena, const char *prefix,
                               const char *uri)
{
    struct fed_scope_row row = {gp_arena_text(arena, prefix), gp_arena_text(arena, uri), false,
                                false};
    if (!row.prefix || !row.uri)
        return GP_ERR_NOMEM;
    scope->rows[scope->count++] = row;
    return GP_OK;
}

static struct fed_scope_row *find(const struct fed_scope *scope, const char *prefix)
{
    for (size_t i = 0; i < scope->count; i++)
        if (strcmp(scope->rows[i].prefix, prefix) == 0)
            return &scope->rows[i];
    return NULL;
}

const char *fed_scope_find(const struct fed_scope *scope, const char *prefix)
{
    const struct fed_scope_row *row = find(scope, prefix);
    return row ? row->uri : NULL;
}

void fed_scope_reset(struct fed_scope *scope)
{
    for (size_t i = 0; i < scope->count; i++)
        scope->rows[i].is_shadowed = scope->rows[i].is_used = false;
}

void fed_scope_shadow(struct fed_scope *scope, const char *prefix)
{
    struct fed_scope_row *row = find(scope, prefix);
    if (row)
        row->is_shadowed = true;
}

void fed_scope_use(struct fed_scope *scope, const char *prefix, struct gp_span uri)
{
    /* Declared again deeper inside with the same meaning, it is carried for nothing: harmless. */
    struct fed_scope_row *row = find(scope, prefix);
    if (row && !row->is_shadowed && gp_span_is(uri, row->uri))
        row->is_used = true;
}

size_t fed_scope_carry(struct fed_scope *scope)
{
    size_t count = 0;
    for (size_t i = 0; i < scope->count; i++)
        if (scope->rows[i].is_used)
            scope->carry[count++] =
                (struct fed_xml_decl){scope->rows[i].prefix, scope->rows[i].uri};
    return count;
}

void fed_scope_put(const struct fed_scope *scope, struct gp_buf *out)
{
    for (size_t i = 0; i < scope->count; i++)
        fed_put_declaration(out, scope->rows[i].prefix, scope->rows[i].uri);
}
