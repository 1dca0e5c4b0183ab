/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys of our own that partners may not know yet, as far as the journal of the check tells: whoever
 * holds TLSA records without the key that is served refuses it (RFC 7671, 8.1).
 */
#ifndef GP_APP_YOUNG_KEY_H
#define GP_APP_YOUNG_KEY_H

#include "config/config.h"

#define APP_YOUNG_KEY_BYTES_MAX 100000

/*
 * Judges the keys that after serves and before does not; before NULL: all of them, at the start,
 * where nothing is refused. Appends a line for each domain to refusals, where its young-key says
 * so, or to warnings. Reads the journal; asks nobody. Errors: GP_ERR_CONFIG when something was
 * refused; GP_ERR_NOMEM.
 */
GP_MUST_USE enum gp_code app_young_key_judge(const struct app_config *before,
                                             const struct app_config *after, int64_t now_s,
                                             struct gp_buf *refusals, struct gp_buf *warnings,
                                             struct gp_err *err);

#endif
