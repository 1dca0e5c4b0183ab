/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/message.h"

#include "base/text.h"

#define HEADER_LEN      12
#define RECORD_LEN_MIN  11 /* root owner, type, class, TTL, length of no data */
#define CLASS_IN        1
#define TYPE_PTR        12
#define TYPE_MX         15
#define EDNS_SIZE       1232 /* fits one packet on every path (DNS flag day 2020) */
#define EDNS_DO         0x8000u
#define FLAG_RD         0x0100u
#define LABEL_MAX       63
#define NAME_JUMPS_MAX  127 /* as many as a name may have labels */
#define NAMED_RDATA_MAX (2 * DNS_NAME_WIRE_MAX + 20)

struct reader {
    const uint8_t *bytes;
    size_t len;
    size_t at;
    bool has_capitals; /* some name had, up to here */
    bool question_has_capitals;
};

static bool read_u8(struct reader *in, uint8_t *ret)
{
    if (in->len - in->at < 1)
        return false;
    *ret = in->bytes[in->at++];
    return true;
}

static bool read_u16(struct reader *in, uint16_t *ret)
{
    uint8_t high, low;
    if (!read_u8(in, &high) || !read_u8(in, &low))
        return false;
    *ret = (uint16_t)(high << 8 | low);
    return true;
}

static bool read_u32(struct reader *in, uint32_t *ret)
{
    uint16_t high, low;
    if (!read_u16(in, &high) || !read_u16(in, &low))
        return false;
    *ret = (uint32_t)high << 16 | low;
    return true;
}

/*
 * A name that may end in a pointer (RFC 1035, 4.1.4). A pointer must lead to before the piece in
 * which it stands, so each piece begins earlier than the last and the walk ends; the number of
 * jumps is bounded as well, so that a chain of pointers costs no more than an honest name.
 */
static bool read_name(struct reader *in, struct dns_name *ret)
{
    struct dns_name name = {0};
    size_t at = in->at, piece = in->at, resume = 0;
    unsigned jumps = 0;
    uint8_t octet;
    do {
        if (at >= in->len)
            return false;
        octet = in->bytes[at];
        if ((octet & 0xc0) == 0xc0) {
            if (in->len - at < 2 || ++jumps > NAME_JUMPS_MAX)
                return false;
            size_t target = (size_t)(octet & 0x3f) << 8 | in->bytes[at + 1];
            if (target >= piece || target < HEADER_LEN)
                return false;
            if (resume == 0)
                resume = at + 2;
            at = piece = target;
            continue;
        }
        if (octet > LABEL_MAX || octet > in->len - at - 1 ||
            name.len + 1u + octet > DNS_NAME_WIRE_MAX)
            return false;
        name.wire[name.len] = octet;
        for (size_t i = 1; i <= octet; i++) {
            name.wire[name.len + i] = (uint8_t)gp_text_lower((char)in->bytes[at + i]);
            in->has_capitals |= name.wire[name.len + i] != in->bytes[at + i];
        }
        name.len = (uint8_t)(name.len + 1 + octet);
        at += 1u + octet;
    } while (octet != 0);
    in->at = resume > 0 ? resume : at;
    *ret = name;
    return true;
}

/* Where names stand in the data of the types whose names may be compressed (RFC 3597, 4). */
static const struct named_form {
    uint16_t type;
    uint8_t before; /* octets in front of the names */
    uint8_t names;
    uint8_t after;
} named_forms[] = {
    {DNS_TYPE_NS, 0, 1, 0},    {DNS_TYPE_CNAME, 0, 1, 0}, {DNS_TYPE_SOA, 0, 2, 20},
    {TYPE_PTR, 0, 1, 0},       {TYPE_MX, 2, 1, 0},        {DNS_TYPE_SRV, 6, 1, 0},
    {DNS_TYPE_DNAME, 0, 1, 0},
};

static const struct named_form *find_named_form(uint16_t type)
{
    for (size_t i = 0; i < GP_ARRAY_LEN(named_forms); i++)
        if (named_forms[i].type == type)
            return &named_forms[i];
    return NULL;
}

/* Data with its names written out; in ends where the data ends. Returns its length, 0 when
 * malformed. */
static size_t expand_names(struct reader *in, const struct named_form *form,
                           uint8_t out[NAMED_RDATA_MAX])
{
    size_t len = 0;
    for (size_t i = 0; i < form->before; i++)
        if (!read_u8(in, &out[len++]))
            return 0;
    for (size_t i = 0; i < form->names; i++) {
        struct dns_name name;
        if (!read_name(in, &name))
            return 0;
        memcpy(out + len, name.wire, name.len);
        len += name.len;
    }
    for (size_t i = 0; i < form->after; i++)
        if (!read_u8(in, &out[len++]))
            return 0;
    return in->at == in->len ? len : 0;
}

static enum gp_code read_data(struct reader *in, struct gp_arena *arena, struct dns_record *ret)
{
    uint8_t expanded[NAMED_RDATA_MAX];
    uint16_t len;
    if (!read_u16(in, &len) || len > in->len - in->at)
        return GP_ERR_INPUT;
    const uint8_t *at = in->bytes + in->at;
    const struct named_form *form = find_named_form(ret->type);
    if (form) {
        struct reader data = {.bytes = in->bytes, .len = in->at + len, .at = in->at};
        size_t expanded_len = expand_names(&data, form, expanded);
        if (expanded_len == 0)
            return GP_ERR_INPUT;
        ret->has_capitals = data.has_capitals && !in->question_has_capitals;
        in->at += len;
        at = expanded;
        len = (uint16_t)expanded_len;
    } else {
        in->at += len;
    }
    const char *copy = gp_arena_copy(arena, at, len);
    if (!copy)
        return GP_ERR_LIMIT;
    ret->data = (struct dns_rdata){.at = (const uint8_t *)copy, .len = len};
    return GP_OK;
}

static enum gp_code read_record(struct reader *in, struct gp_arena *arena, struct dns_record *ret)
{
    if (!read_name(in, &ret->owner) || !read_u16(in, &ret->type) || !read_u16(in, &ret->class) ||
        !read_u32(in, &ret->ttl_s))
        return GP_ERR_INPUT;
    if (ret->ttl_s > INT32_MAX && ret->type != DNS_TYPE_OPT)
        ret->ttl_s = 0; /* RFC 2181, 8 */
    return read_data(in, arena, ret);
}

static bool read_question(struct reader *in, struct dns_message *message)
{
    uint16_t class;
    return read_name(in, &message->question) && read_u16(in, &message->question_type) &&
           read_u16(in, &class) && class == CLASS_IN;
}

static enum gp_code read_records(struct reader *in, const uint16_t counts[3],
                                 struct gp_arena *arena, struct dns_message *message,
                                 struct gp_err *err)
{
    size_t total = (size_t)counts[0] + counts[1] + counts[2];
    if (total > (in->len - in->at) / RECORD_LEN_MIN)
        return gp_err_set(err, GP_ERR_INPUT, "a DNS message of %zu octets cannot hold %zu records",
                          in->len, total);
    message->records = gp_arena_alloc(arena, total * sizeof(*message->records));
    if (!message->records)
        return gp_err_set(err, GP_ERR_LIMIT, "a DNS message with %zu records is too large", total);
    for (size_t section = 0; section < 3; section++)
        for (size_t i = 0; i < counts[section]; i++) {
            struct dns_record *record = &message->records[message->record_count];
            record->section = (enum dns_section)section;
            enum gp_code code = read_record(in, arena, record);
            if (code != GP_OK)
                return gp_err_set(err, code, "record %zu of %zu in a DNS message is %s",
                                  message->record_count + 1, total,
                                  code == GP_ERR_LIMIT ? "too large" : "malformed");
            if (record->type == DNS_TYPE_OPT)
                message->rcode = (uint16_t)((message->rcode & 15) | (record->ttl_s >> 24) << 4);
            message->record_count++;
        }
    if (in->at != in->len)
        return gp_err_set(err, GP_ERR_INPUT, "%zu octets follow the last record of a DNS message",
                          in->len - in->at);
    return GP_OK;
}

enum gp_code dns_message_parse(const uint8_t *bytes, size_t len, struct gp_arena *arena,
                               struct dns_message *ret, struct gp_err *err)
{
    struct reader in = {.bytes = bytes, .len = len};
    struct dns_message message = {0};
    uint16_t flags, question_count, counts[3];
    if (!read_u16(&in, &message.id) || !read_u16(&in, &flags) || !read_u16(&in, &question_count) ||
        !read_u16(&in, &counts[0]) || !read_u16(&in, &counts[1]) || !read_u16(&in, &counts[2]))
        return gp_err_set(err, GP_ERR_INPUT, "a DNS message of %zu octets has no whole header",
                          len);
    message.is_response = (flags & 0x8000) != 0;
    message.opcode = (flags >> 11) & 15;
    message.is_authoritative = (flags & 0x0400) != 0;
    message.is_truncated = (flags & 0x0200) != 0;
    message.rcode = flags & 15;
    if (question_count > 1 || (question_count == 1 && !read_question(&in, &message)))
        return gp_err_set(err, GP_ERR_INPUT, "the question of a DNS message is malformed");
    in.question_has_capitals = in.has_capitals;
    enum gp_code code = read_records(&in, counts, arena, &message, err);
    if (code == GP_OK)
        *ret = message;
    return code;
}

static void put_u16(struct gp_buf *out, unsigned value)
{
    uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};
    gp_buf_append(out, bytes, sizeof(bytes));
}

void dns_message_question(struct gp_buf *out, uint16_t id, const struct dns_name *name,
                          uint16_t type, unsigned wishes)
{
    put_u16(out, id);
    put_u16(out, wishes & DNS_WISH_RECURSION ? FLAG_RD : 0); /* a standard query */
    put_u16(out, 1);                                         /* one question, */
    put_u16(out, 0);
    put_u16(out, 0);
    put_u16(out, 1); /* one OPT record */
    gp_buf_append(out, name->wire, name->len);
    put_u16(out, type);
    put_u16(out, CLASS_IN);
    gp_buf_append_char(out, '\0'); /* RFC 6891, 6.1.2: the root owns the OPT record */
    put_u16(out, DNS_TYPE_OPT);
    put_u16(out, EDNS_SIZE);
    put_u16(out, 0); /* extended rcode and version */
    put_u16(out, wishes & DNS_WISH_SIGNATURES ? EDNS_DO : 0);
    put_u16(out, 0);
}
