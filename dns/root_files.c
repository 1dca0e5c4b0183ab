/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/root_files.h"

#include "base/addr.h"
#include "base/file.h"
#include "base/text.h"

#define ROOT_FILE_MAX (256 * 1024)
#define BETWEEN       " \t\r\n();" /* what separates words; for strchr() a zero octet does so too */

/* The next word of a zone file, which is empty at its end. Comments and parentheses are skipped
 * (RFC 1035, 5.1). */
static struct gp_span next_word(struct gp_span *text)
{
    const char *at = text->at, *end = text->at + text->len;
    while (at < end && strchr(BETWEEN, *at)) {
        if (*at == ';')
            while (at < end && *at != '\n')
                at++;
        else
            at++;
    }
    const char *word = at;
    while (at < end && !strchr(BETWEEN, *at))
        at++;
    *text = gp_span_make(at, (size_t)(end - at));
    return gp_span_make(word, (size_t)(at - word));
}

static bool is_word(struct gp_span word, const char *text)
{
    return gp_text_equal_nocase(word, gp_span_text(text));
}

enum gp_code dns_trust_anchor_check(const char *path, struct gp_err *err)
{
    struct gp_buf file;
    struct gp_span word;
    bool has_anchor = false;
    gp_buf_init(&file, ROOT_FILE_MAX);
    enum gp_code code = gp_file_read(path, &file, err);
    if (code == GP_OK) {
        struct gp_span text = gp_buf_span(&file);
        while ((word = next_word(&text)).len > 0)
            has_anchor = has_anchor || is_word(word, "DS") || is_word(word, "DNSKEY");
        if (!has_anchor)
            code = gp_err_set(err, GP_ERR_CONFIG, "'%s' holds no DS and no DNSKEY record", path);
    }
    gp_buf_finish(&file);
    return code;
}

enum gp_code dns_root_hints_check(const char *path, bool *ret_has_loopback, struct gp_err *err)
{
    struct gp_buf file;
    struct gp_span word;
    bool has_server = false, has_address = false, has_loopback = false, is_address_next = false;
    gp_buf_init(&file, ROOT_FILE_MAX);
    enum gp_code code = gp_file_read(path, &file, err);
    if (code == GP_OK) {
        struct gp_span text = gp_buf_span(&file);
        while ((word = next_word(&text)).len > 0) {
            char copy[GP_ADDR_TEXT_MAX] = "";
            struct gp_addr addr;
            if (word.len < sizeof(copy))
                memcpy(copy, word.at, word.len);
            if (is_address_next && gp_addr_parse(copy, &addr) == GP_OK) {
                has_address = true;
                has_loopback = has_loopback || gp_addr_reach(&addr) == GP_REACH_LOOPBACK;
            }
            has_server = has_server || is_word(word, "NS");
            is_address_next = is_word(word, "A") || is_word(word, "AAAA");
        }
        if (!has_server || !has_address)
            code =
                gp_err_set(err, GP_ERR_CONFIG, "'%s' names no root server with an address", path);
    }
    gp_buf_finish(&file);
    if (code == GP_OK)
        *ret_has_loopback = has_loopback;
    return code;
}
