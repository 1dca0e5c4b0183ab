/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps that turn what a file says into a configuration; config.c puts them in order. */
#ifndef GP_APP_BUILD_H
#define GP_APP_BUILD_H

#include "config/config.h"
#include "config/config_text.h"

/* Converts every value, fills in defaults. directory: where relative paths begin. config is zeroed.
 */
void app_config_build(const struct app_text_section *root, const char *directory,
                      struct app_config *config, struct app_problems *problems);

/* The rules between options. Only for a configuration that was built without a problem. */
void app_config_judge(const struct app_text_section *root, const struct app_config *config,
                      struct app_problems *problems);

/* judge_check.c: the same for the section "check". */
void app_config_judge_check(const struct app_text_section *root, const struct app_config *config,
                            struct app_problems *problems);

/* Those of a domain's legacy section, if it has one. section: that one. */
void app_config_judge_legacy(const struct app_config *config, const struct app_domain *domain,
                             const struct app_text_section *section, struct app_problems *problems);

/*
 * Reads secrets and certificates into config and judges them. now_s: wall clock, for the dates of
 * the certificates.
 */
void app_config_read_files(const struct app_text_section *root, struct app_config *config,
                           int64_t now_s, struct app_problems *problems);

/* Appends one option of a section as it would be written, with a newline; nothing where it is not
 * set. */
void app_option_print(const struct app_option_row *row, const void *base, unsigned depth,
                      struct gp_buf *out);

/* Fills in what tells a reload which partners and inside links are still the same. After the files
 * were read: a secret is part of it. */
void app_config_set_terms(struct app_config *config, struct app_problems *problems);

/* Releases what the fields of one section own, by the option table. */
void app_section_finish(enum app_section kind, void *base);

#endif
