/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small tree of one element: for negotiation elements and for stanzas that are addressed to
 * gatepost itself. Relayed stanzas never become one.
 */
#ifndef GP_FED_TREE_H
#define GP_FED_TREE_H

#include "base/arena.h"
#include "federation/xml_in.h"

struct fed_attribute {
    const char *ns; /* "" for an unprefixed one */
    const char *name, *value;
};

struct fed_node {
    const char *ns, *name;
    size_t attribute_count;
    const struct fed_attribute *attributes;
    const char *text;       /* all character data directly inside, joined; "" when there is none */
    struct fed_node *first; /* first child element */
    struct fed_node *next;  /* next sibling */
    struct fed_node *parent;
};

/*
 * Parses the element that xml returned last, with the namespaces of its stream header. Everything
 * lives in arena, whose budget is the limit. Errors: GP_ERR_LIMIT, GP_ERR_NOMEM; the element itself
 * is known to be well-formed.
 */
GP_MUST_USE enum gp_code fed_tree_parse(const struct fed_xml *xml, struct gp_arena *arena,
                                        struct fed_node **ret);

/* The same for bytes that stand alone, with content_ns as the default namespace. Errors:
 * GP_ERR_INPUT too. */
GP_MUST_USE enum gp_code fed_tree_parse_bytes(struct gp_span bytes, const char *content_ns,
                                              struct gp_arena *arena, struct fed_node **ret);

/* Whether the node is an element with this namespace and name. */
bool fed_node_is(const struct fed_node *node, const char *ns, const char *name);

/* First child with this name and namespace; name NULL: any name, ns NULL: any namespace. NULL when
 * there is none. */
const struct fed_node *fed_node_child(const struct fed_node *node, const char *ns,
                                      const char *name);

/* Value of an unprefixed attribute; NULL when absent. */
const char *fed_node_attribute(const struct fed_node *node, const char *name);

#endif
