/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include "tests/unit/fake_resolver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORD_MAX    300
#define RECORDS_MAX 64
#define DATA_MAX    512

/* Takes the next word off *text; false at its end. */
static bool take_word(const char **text, char word[WORD_MAX])
{
    *text += strspn(*text, " ");
    size_t len = strcspn(*text, " ");
    assert_true(len < WORD_MAX);
    memcpy(word, *text, len);
    word[len] = '\0';
    *text += len;
    return len > 0;
}

static void put_u16(uint8_t *data, size_t *len, const char *word)
{
    unsigned long value = strtoul(word, NULL, 10);
    data[(*len)++] = (uint8_t)(value >> 8);
    data[(*len)++] = (uint8_t)value;
}

static size_t make_srv(const char **text, uint8_t data[DATA_MAX])
{
    char word[WORD_MAX];
    struct dns_name target;
    size_t len = 0;
    for (int i = 0; i < 3; i++) {
        assert_true(take_word(text, word));
        put_u16(data, &len, word);
        if (strcmp(word, "malformed") == 0)
            return len;
    }
    assert_true(take_word(text, word));
    assert_int_equal(dns_name_from_text(word, &target), GP_OK);
    memcpy(data + len, target.wire, target.len);
    return len + target.len;
}

static size_t make_tlsa(const char **text, uint8_t data[DATA_MAX])
{
    char word[WORD_MAX];
    for (int i = 0; i < 3; i++) {
        assert_true(take_word(text, word));
        data[i] = (uint8_t)strtoul(word, NULL, 10);
    }
    assert_true(take_word(text, word));
    char *star;
    size_t count = strtoul(word, &star, 10);
    assert_int_equal(*star, '*');
    memset(data + 3, (int)strtoul(star + 1, NULL, 16), count);
    return 3 + count;
}

static size_t make_record(enum dns_type type, const char **text, uint8_t data[DATA_MAX])
{
    char word[WORD_MAX];
    struct gp_addr addr;
    struct dns_name name;
    switch (type) {
    case DNS_TYPE_SRV:
        return make_srv(text, data);
    case DNS_TYPE_TLSA:
        return make_tlsa(text, data);
    case DNS_TYPE_A:
    case DNS_TYPE_AAAA:
        assert_true(take_word(text, word));
        assert_int_equal(gp_addr_parse(word, &addr), GP_OK);
        memcpy(data, addr.bytes, type == DNS_TYPE_A ? 4 : 16);
        return type == DNS_TYPE_A ? 4 : 16;
    case DNS_TYPE_NS:
        assert_true(take_word(text, word));
        assert_int_equal(dns_name_from_text(word, &name), GP_OK);
        memcpy(data, name.wire, name.len);
        return name.len;
    case DNS_TYPE_SOA:
        assert_true(take_word(text, word));
        memset(data, 0, 22);
        data[5] = 7; /* the serial */
        return 22;
    default:
        fail_msg("no fake data for type %d", type);
        return 0;
    }
}

static struct dns_answer *make_answer(const struct dns_query *query, enum dns_security security,
                                      const char *text)
{
    struct dns_rdata records[RECORDS_MAX];
    struct dns_name canonical = query->name;
    char word[WORD_MAX];
    size_t count = 0, used = 0;
    uint8_t *data = malloc(RECORDS_MAX * DATA_MAX);
    enum dns_outcome outcome = DNS_RECORDS;
    assert_non_null(data);
    const char *at = text;
    while (take_word(&at, word)) {
        if (strcmp(word, "nodata") == 0) {
            outcome = DNS_NO_DATA;
        } else if (strcmp(word, "nxdomain") == 0) {
            outcome = DNS_NO_NAME;
        } else if (strcmp(word, "->") == 0) {
            assert_true(take_word(&at, word));
            assert_int_equal(dns_name_from_text(word, &canonical), GP_OK);
        } else if (strcmp(word, "|") != 0) {
            at -= strlen(word);
            assert_true(count < RECORDS_MAX);
            size_t len = make_record(query->type, &at, data + used);
            records[count++] = (struct dns_rdata){.at = data + used, .len = (uint16_t)len};
            used += len;
        }
    }
    struct dns_answer *answer = dns_answer_create(&query->name, (uint16_t)query->type, outcome,
                                                  security, &canonical, records, count, NULL);
    free(data);
    return answer;
}

static struct dns_answer *make_failure(const struct dns_query *query, enum dns_security security,
                                       const char *reason)
{
    return dns_answer_create(&query->name, (uint16_t)query->type, DNS_FAILED, security, NULL, NULL,
                             0, reason);
}

static struct dns_answer *look_up(const struct fake_resolver *fake, const struct dns_query *query)
{
    char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX], word[WORD_MAX];
    dns_name_text(&query->name, name);
    dns_type_text((uint16_t)query->type, type);
    for (size_t i = 0; fake->lines[i]; i++) {
        const char *line = fake->lines[i];
        if (!take_word(&line, word) || strcmp(word, name) != 0 || !take_word(&line, word) ||
            strcmp(word, type) != 0)
            continue;
        assert_true(take_word(&line, word));
        if (strcmp(word, "bogus") == 0)
            return make_failure(query, DNS_BOGUS, "signature expired");
        if (strcmp(word, "failed") == 0)
            return make_failure(query, DNS_INSECURE, "no usable answer within 10.0 s");
        return make_answer(query, strcmp(word, "secure") == 0 ? DNS_SECURE : DNS_INSECURE, line);
    }
    return make_answer(query, DNS_SECURE, "nxdomain");
}

static void on_turn(void *arg)
{
    struct fake_resolver *fake = arg;
    struct dns_query *query = fake->waiting[--fake->waiting_count];
    dns_query_answer(query, look_up(fake, query));
    if (fake->waiting_count > 0)
        gp_task_post(&fake->turn);
}

static enum gp_code fake_start(struct dns_resolver *resolver, struct dns_query *query,
                               struct gp_err *err)
{
    struct fake_resolver *fake = (struct fake_resolver *)resolver;
    char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
    size_t used = strlen(fake->asked);
    if (fake->refuse_after > 0 && fake->asked_count == fake->refuse_after)
        return gp_err_nomem(err);
    fake->asked_count++;
    snprintf(fake->asked + used, sizeof(fake->asked) - used, " %s/%s",
             dns_name_text(&query->name, name), dns_type_text((uint16_t)query->type, type));
    if (fake->when == FAKE_AT_ONCE) {
        dns_query_answer(query, look_up(fake, query));
        return GP_OK;
    }
    fake->waiting[fake->waiting_count++] = query;
    if (fake->when == FAKE_LATER)
        gp_task_post(&fake->turn);
    return GP_OK;
}

static void fake_stop(struct dns_resolver *resolver, struct dns_query *query)
{
    struct fake_resolver *fake = (struct fake_resolver *)resolver;
    size_t kept = 0;
    for (size_t i = 0; i < fake->waiting_count; i++)
        if (fake->waiting[i] != query)
            fake->waiting[kept++] = fake->waiting[i];
    assert_int_equal(kept + 1, fake->waiting_count);
    fake->waiting_count = kept;
    if (kept == 0)
        gp_task_cancel(&fake->turn);
}

static void fake_destroy(struct dns_resolver *resolver)
{
    struct fake_resolver *fake = (struct fake_resolver *)resolver;
    assert_int_equal(fake->waiting_count, 0);
    gp_task_cancel(&fake->turn);
    free(fake);
}

static const struct dns_resolver_kind fake_kind = {
    .start = fake_start, .stop = fake_stop, .destroy = fake_destroy};

struct fake_resolver *fake_resolver_create(struct gp_loop *loop, uint32_t timeout_ms,
                                           const char *const *lines, enum fake_when when)
{
    struct fake_resolver *fake = calloc(1, sizeof(*fake));
    assert_non_null(fake);
    dns_resolver_init(&fake->super, &fake_kind, loop, timeout_ms);
    fake->lines = lines;
    fake->when = when;
    gp_task_init(&fake->turn, loop, on_turn, fake);
    return fake;
}
