/* SPDX-License-Identifier: BSD-2-Clause */
/* The message pair of the resolver process: the first byte says which end reads the rest. What is
 * understood must be written again as the same bytes. */
#include "dns/resolver_wire.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void read_question(const uint8_t *data, size_t size)
{
    uint8_t again[DNS_WIRE_QUESTION_MAX];
    struct dns_name name;
    uint32_t id;
    uint16_t type;
    if (dns_wire_get_question(data, size, &id, &type, &name) != GP_OK)
        return;
    size_t len = dns_wire_put_question(again, id, type, &name);
    GP_ASSERT(len == size && memcmp(again, data, size) == 0);
}

static void read_answer(const uint8_t *data, size_t size)
{
    static const struct dns_name root = {.len = 1};
    struct dns_answer *answer;
    struct gp_buf again;
    uint32_t id;
    if (dns_wire_get_answer(data, size, &root, DNS_TYPE_SRV, &answer) != GP_OK)
        return;
    GP_ASSERT(dns_wire_get_id(data, size, &id) == GP_OK);
    gp_buf_init(&again, DNS_WIRE_ANSWER_MAX);
    dns_wire_put_answer(&again, id, answer);
    GP_ASSERT(gp_buf_failed(&again) == GP_OK && gp_buf_len(&again) == size &&
              memcmp(gp_buf_span(&again).at, data, size) == 0);
    gp_buf_finish(&again);
    dns_answer_destroy(answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] == 'q')
        read_question(data + 1, size - 1);
    if (size > 0 && data[0] == 'a')
        read_answer(data + 1, size - 1);
    return 0;
}
