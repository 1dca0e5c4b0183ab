/* SPDX-License-Identifier: BSD-2-Clause */
/* Text from outside: strict UTF-8, bounded numbers, escaping for people. */
#ifndef GP_BASE_TEXT_H
#define GP_BASE_TEXT_H

#include "base/buf.h"

/*
 * A strict UTF-8 check that accepts its input in pieces and, beyond RFC 3629, takes only the
 * characters that XML 1.0 has (section 2.2: no C0 controls but tab, line feed and carriage return,
 * no surrogates, no U+FFFE, no U+FFFF). It is independent of the XML parser on purpose: what one
 * lets pass the other must not read differently.
 */
struct gp_utf8 {
    uint32_t value;  /* bits of the unfinished character */
    uint8_t missing; /* continuation bytes still to come; 0 between characters */
    uint8_t length;  /* bytes of the unfinished character in all */
};

/* Feeds len bytes; false from the first byte on that can belong to no permitted character. */
bool gp_utf8_feed(struct gp_utf8 *state, const char *bytes, size_t len);

/* Whether the whole span is permitted text. */
bool gp_text_is_utf8(struct gp_span span);

/*
 * An unsigned decimal number of digits only, no sign, no blank, no leading "+", at most max.
 * Errors: GP_ERR_INPUT; *ret is set only on success.
 */
GP_MUST_USE enum gp_code gp_text_number(struct gp_span text, uint64_t max, uint64_t *ret);

/*
 * Appends text so that it stays on one line and moves no terminal: control characters, DEL, C1
 * controls, bidirectional marks and bytes that are not UTF-8 become \xHH, a backslash becomes \\.
 * After limit bytes of input it ends with "...".
 */
void gp_text_escape(struct gp_buf *out, struct gp_span text, size_t limit);

#define GP_TEXT_SAFE_MAX 300

/* The same into a fixed array, at most 64 bytes of input; for log lines. Returns out. */
const char *gp_text_safe(struct gp_span text, char out[GP_TEXT_SAFE_MAX]);

/* Appends text as the inside of a JSON string (RFC 8259, 7); bytes that are not UTF-8 become
 * U+FFFD. */
void gp_text_json(struct gp_buf *out, struct gp_span text);

/* Appends text with the five characters that XML reserves replaced by their entities. */
void gp_text_xml(struct gp_buf *out, struct gp_span text);

/* Appends text as one word of the shell: in single quotes, where only these mean anything. */
void gp_text_shell(struct gp_buf *out, struct gp_span text);

/* ASCII only, independent of the locale. */
bool gp_text_equal_nocase(struct gp_span a, struct gp_span b);
char gp_text_lower(char c);

#endif
