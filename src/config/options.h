/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The option table: what a configuration may say, once. Reading, defaults, checks, `config print`,
 * `config options` and the manual come from it. A new option is a row here and a field in the
 * struct of its section.
 */
#ifndef GP_APP_OPTIONS_H
#define GP_APP_OPTIONS_H

#include "base/err.h"

enum app_section {
    APP_SECTION_ROOT, /* the file itself */
    APP_SECTION_DOMAIN,
    APP_SECTION_HOST,
    APP_SECTION_INSIDE_USERS,
    APP_SECTION_LEGACY,
    APP_SECTION_INSIDE,
    APP_SECTION_CONTACT,
    APP_SECTION_PARTNER,
    APP_SECTION_PARTNER_SHADOW,
    APP_SECTION_STRANGER,
    APP_SECTION_STRANGER_SHADOW,
    APP_SECTION_LISTEN,
    APP_SECTION_RESOLVER,
    APP_SECTION_TLS,
    APP_SECTION_CONTROL,
    APP_SECTION_CHECK,
    APP_SECTION_ACCEPT,
    APP_SECTION_LOG,
    APP_SECTION_LIMITS
};
#define APP_SECTION_COUNT 19

enum app_section_form {
    APP_ONCE,   /* name { } at most once */
    APP_MANY,   /* name { } any number of times */
    APP_TITLED, /* name "TITLE" { } any number of times, each title once */
};

struct app_section_row {
    const char *name; /* "" for the file itself */
    enum app_section parent;
    enum app_section_form form;
    const char *title; /* placeholder of the title, "DOMAIN" */
    const char *help;  /* one sentence */
};

/* What a value is, and what it is held in. */
enum app_option_type {
    APP_BOOL,         /* bool */
    APP_COUNT,        /* uint16_t or uint32_t */
    APP_MILLISECONDS, /* uint32_t */
    APP_SECONDS,      /* uint32_t */
    APP_BYTES,        /* uint32_t */
    APP_PORT,         /* uint16_t; 0 stands for "none" where least is 0 */
    APP_WORD,         /* an enum, or bool for two words; the index in words */
    APP_WORDS,        /* uint32_t: a set of words; a bit for the index of each */
    APP_TEXT,         /* char *, owned */
    APP_PATH,         /* char *, owned, absolute */
    APP_SECRET_FILE,  /* as APP_PATH */
    APP_DOMAIN,       /* struct dns_domain */
    APP_ADDRESS,      /* struct gp_addr, port 0 */
    APP_ENDPOINT, /* struct gp_addr with a port; least is the one it has where none is said, 0: it
                     must be said */
    APP_NETWORK,  /* struct gp_network */
    APP_SHA256,   /* struct app_pin */
    APP_DATE,     /* int64_t: when that day begins (UTC), wall clock; 0 stands for none */
    APP_ROUTE     /* struct dns_static_route: host and port; service is not touched */
};

enum {
    APP_REQUIRED = 1,     /* there is no default, and it must be there */
    APP_LIST = 2,         /* any number of values: the field is a pointer to an owned array */
    APP_BESIDE_TITLE = 4, /* a list whose first element is the title of the section */
    APP_RESTART = 8, /* a change takes effect when gatepost starts again; otherwise at a reload */
    APP_LIVE = 16    /* of a partner: not one of the terms that a stream is opened under, so that a
                        change leaves its streams alone */
};

/* Judges one value, which owns nothing, beyond its type; err becomes a sentence like "is
 * multicast". */
typedef enum gp_code app_option_check_fn(const void *value, struct gp_err *err);

struct app_option_row {
    enum app_section section;
    const char *key;
    enum app_option_type type;
    unsigned flags;
    size_t offset; /* of the field, in the struct of the section */
    size_t size;   /* of the field */
    /* Offset of the size_t that counts a list, or of the bool that says whether there is a route,
     * where there may be one. */
    size_t count_offset;
    const char *preset;         /* default, as it would be written; NULL: none */
    uint32_t least, most;       /* of numbers, in the unit in which they are held */
    const char *const *words;   /* of APP_WORD and APP_WORDS, NULL at the end */
    app_option_check_fn *check; /* NULL: nothing to judge */
    const char *help;           /* one sentence */
};

/* All rows of one section stand together, in the order in which they are printed. */
const struct app_option_row *app_options(size_t *ret_count);

/* The rows of one section. */
const struct app_option_row *app_section_options(enum app_section section, size_t *ret_count);

/* What a section is called and where it stands. */
const struct app_section_row *app_section_row(enum app_section section);

/* Whether it may have several values, in braces. */
bool app_option_is_list(const struct app_option_row *row);

/* "path", "list of networks", ...; for messages and the manual. */
const char *app_option_type_text(const struct app_option_row *row);

#endif
