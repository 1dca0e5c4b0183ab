/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parsed a second time, by an expat of its own: the element is whole and was judged by xml_in.c
 * before. No recursion: the way back up is in the nodes.
 */
#include "federation/tree.h"

#include "federation/xml_out.h"
#include "federation/xml_record.h"

#include <expat.h>

struct open_node {
    struct fed_node node;
    struct fed_node *last; /* child */
    struct open_node *outer;
    size_t text_at; /* where its text begins on the stack */
};

struct builder {
    XML_Parser expat;
    struct gp_arena *arena;
    struct gp_buf text;     /* a stack: an open element's text lies below that of its children */
    struct open_node *open; /* the innermost one */
    struct fed_node *root;  /* of the result */
    bool is_inside;         /* the wrapping start tag has been read */
    enum gp_code code;
};

static void stop(struct builder *builder, enum gp_code code)
{
    if (builder->code == GP_OK)
        builder->code = code;
    (void)XML_StopParser(builder->expat, XML_FALSE); /* fails only where it has stopped already */
}

static const char *copy(struct builder *builder, const char *at, size_t len)
{
    return gp_arena_copy(builder->arena, at, len);
}

/* "uri, separator, local": false when there is no memory. */
static bool split(struct builder *builder, const char *name, const char **ret_ns,
                  const char **ret_local)
{
    const char *separator = strchr(name, FED_XML_SEPARATOR);
    const char *local = separator ? separator + 1 : name;
    *ret_ns = copy(builder, name, separator ? (size_t)(separator - name) : 0);
    *ret_local = copy(builder, local, strlen(local));
    return *ret_ns && *ret_local;
}

static bool read_attributes(struct builder *builder, struct fed_node *node, const char **atts)
{
    size_t count = 0;
    while (atts[2 * count])
        count++;
    struct fed_attribute *attributes =
        gp_arena_alloc(builder->arena, (count + 1) * sizeof(*attributes));
    node->attributes = attributes;
    node->attribute_count = count;
    for (size_t i = 0; attributes && i < count; i++) {
        struct fed_attribute *to = &attributes[i];
        to->value = copy(builder, atts[2 * i + 1], strlen(atts[2 * i + 1]));
        if (!split(builder, atts[2 * i], &to->ns, &to->name) || !to->value)
            return false;
    }
    return attributes != NULL;
}

static void on_start(void *arg, const XML_Char *name, const XML_Char **atts)
{
    struct builder *builder = arg;
    if (builder->code != GP_OK || !builder->is_inside) {
        builder->is_inside = true;
        return;
    }
    struct open_node *open = gp_arena_alloc(builder->arena, sizeof(*open));
    if (builder->root && !builder->open) { /* a second element */
        stop(builder, GP_ERR_INPUT);
        return;
    }
    if (!open || !split(builder, name, &open->node.ns, &open->node.name) ||
        !read_attributes(builder, &open->node, atts)) {
        stop(builder, GP_ERR_LIMIT);
        return;
    }
    open->outer = builder->open;
    open->text_at = gp_buf_len(&builder->text);
    if (!builder->root)
        builder->root = &open->node;
    if (open->outer) {
        open->node.parent = &open->outer->node;
        if (open->outer->last)
            open->outer->last->next = &open->node;
        else
            open->outer->node.first = &open->node;
        open->outer->last = &open->node;
    }
    builder->open = open;
}

static void on_text(void *arg, const XML_Char *text, int len)
{
    struct builder *builder = arg;
    if (builder->open)
        gp_buf_append(&builder->text, text, (size_t)len);
}

static void on_end(void *arg, const XML_Char *name)
{
    struct builder *builder = arg;
    struct open_node *open = builder->open;
    (void)name;
    if (builder->code != GP_OK)
        return;
    if (!open) { /* the end of the wrapping element does not belong to the bytes */
        stop(builder, GP_ERR_INPUT);
        return;
    }
    struct gp_span text = gp_buf_span(&builder->text);
    open->node.text = copy(builder, text.at + open->text_at, text.len - open->text_at);
    if (!open->node.text || gp_buf_failed(&builder->text) != GP_OK) {
        stop(builder, GP_ERR_LIMIT);
        return;
    }
    gp_buf_truncate(&builder->text, open->text_at);
    builder->open = open->outer;
}

static enum gp_code parse(struct gp_span scope, struct gp_span bytes, struct gp_arena *arena,
                          struct fed_node **ret)
{
    struct builder builder = {.arena = arena, .code = GP_OK};
    builder.expat = XML_ParserCreateNS("UTF-8", FED_XML_SEPARATOR);
    if (!builder.expat)
        return GP_ERR_NOMEM;
    gp_buf_init(&builder.text, arena->max);
    XML_SetUserData(builder.expat, &builder);
    XML_SetElementHandler(builder.expat, on_start, on_end);
    XML_SetCharacterDataHandler(builder.expat, on_text);
    (void)XML_SetReparseDeferralEnabled(builder.expat, XML_FALSE); /* all there is comes at once */
    if (bytes.len > INT32_MAX ||
        XML_Parse(builder.expat, scope.at, (int)scope.len, 0) != XML_STATUS_OK ||
        XML_Parse(builder.expat, bytes.at, (int)bytes.len, 0) != XML_STATUS_OK || !builder.root ||
        builder.open)
        stop(&builder,
             XML_GetErrorCode(builder.expat) == XML_ERROR_NO_MEMORY ? GP_ERR_NOMEM : GP_ERR_INPUT);
    XML_ParserFree(builder.expat);
    gp_buf_finish(&builder.text);
    if (builder.code == GP_OK)
        *ret = builder.root;
    return builder.code;
}

enum gp_code fed_tree_parse(const struct fed_xml *xml, struct gp_arena *arena,
                            struct fed_node **ret)
{
    struct gp_buf scope;
    gp_buf_init(&scope, 1u << 20);
    fed_xml_put_scope(xml, &scope);
    enum gp_code code = gp_buf_failed(&scope);
    if (code == GP_OK)
        code = parse(gp_buf_span(&scope), fed_xml_element(xml)->bytes, arena, ret);
    gp_buf_finish(&scope);
    return code;
}

enum gp_code fed_tree_parse_bytes(struct gp_span bytes, const char *content_ns,
                                  struct gp_arena *arena, struct fed_node **ret)
{
    struct gp_buf scope;
    gp_buf_init(&scope, 1u << 16);
    gp_buf_append_text(&scope, "<stream");
    fed_put_declaration(&scope, NULL, content_ns);
    gp_buf_append_char(&scope, '>');
    enum gp_code code = gp_buf_failed(&scope);
    if (code == GP_OK)
        code = parse(gp_buf_span(&scope), bytes, arena, ret);
    gp_buf_finish(&scope);
    return code;
}

bool fed_node_is(const struct fed_node *node, const char *ns, const char *name)
{
    return strcmp(node->ns, ns) == 0 && strcmp(node->name, name) == 0;
}

const struct fed_node *fed_node_child(const struct fed_node *node, const char *ns, const char *name)
{
    for (const struct fed_node *child = node->first; child; child = child->next)
        if ((!ns || strcmp(child->ns, ns) == 0) && (!name || strcmp(child->name, name) == 0))
            return child;
    return NULL;
}

const char *fed_node_attribute(const struct fed_node *node, const char *name)
{
    for (size_t i = 0; i < node->attribute_count; i++)
        if (node->attributes[i].ns[0] == '\0' && strcmp(node->attributes[i].name, name) == 0)
            return node->attributes[i].value;
    return NULL;
}
