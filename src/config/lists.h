/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files with one entry on each line: domains that are blocked, users that may or may not federate.
 * Blank lines are nothing; "#" and what follows on its line is a comment.
 */
#ifndef GP_APP_LISTS_H
#define GP_APP_LISTS_H

#include "base/names.h"
#include "config/problems.h"
#include "dns/domain.h"

#define APP_LIST_ENTRIES_MAX 1000000
#define APP_LIST_BYTES_MAX   (64 * 1048576)

/* The lines of such a text that have something on them. Borrows the text. */
struct app_list_lines {
    struct gp_span rest; /* what has not been looked at */
    unsigned number;     /* of the line that was found last; the first is 1 */
};

void app_list_begin(struct app_list_lines *lines, struct gp_span text);
/* The next one, without its comment and the blanks around it; false: there is none left. */
bool app_list_next(struct app_list_lines *lines, struct gp_span *ret);

/* Puts the entry of one line into ret. Errors (GP_ERR_CONFIG) say what is wrong with it. */
typedef enum gp_code app_list_entry_fn(const void *arg, struct gp_span text, struct gp_buf *ret,
                                       struct gp_err *err);

/* "bad.example", or ".bad.example" for it and everything below it. arg is not used. */
app_list_entry_fn app_list_blocked_domain;

/* "romeo@alpha.example"; arg is the home domain, a struct dns_domain. */
app_list_entry_fn app_list_home_user;

/*
 * Reads a whole text into names and seals them. line stands in the messages for the configuration,
 * where for the option and path for the file of the list, whose own line each of them names; of
 * many wrong lines the first ones are told.
 */
void app_list_parse(struct gp_span text, const char *path, app_list_entry_fn *entry,
                    const void *arg, unsigned line, const char *where, struct gp_names *names,
                    struct app_problems *problems);

/* The same for a file. path NULL: nothing happens. */
void app_list_read(const char *path, app_list_entry_fn *entry, const void *arg, unsigned line,
                   const char *where, struct gp_names *names, struct app_problems *problems);

#endif
