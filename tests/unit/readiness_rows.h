/* SPDX-License-Identifier: BSD-2-Clause */
/* One change of a good site each, and what the check finds then. Every check has rows in one of the
 * tables. */
#ifndef GP_TESTS_READINESS_ROWS_H
#define GP_TESTS_READINESS_ROWS_H

#include "tests/unit/readiness_fixture.h"

typedef void readiness_change_fn(struct fixture *fx);

struct readiness_row {
    const char *check, *name;
    const char *options;       /* of the domain's section */
    readiness_change_fn *dns;  /* before endpoints are made of the DNS; NULL: none */
    readiness_change_fn *rest; /* afterwards; NULL: none */
    enum app_status expected;  /* the worst that the check finds */
    const char *text;          /* part of such a finding's subject, sentence, evidence or fix */
};

extern const struct readiness_row readiness_rows_cutover[], readiness_rows_called[],
    readiness_rows_dialogue[];
extern const size_t readiness_rows_cutover_count, readiness_rows_called_count,
    readiness_rows_dialogue_count;
extern const struct readiness_row readiness_rows_dns[], readiness_rows_dane[],
    readiness_rows_endpoint[], readiness_rows_servers[], readiness_rows_caa[],
    readiness_rows_time[], readiness_rows_held[], readiness_rows_bounds[];
extern const size_t readiness_rows_dns_count, readiness_rows_dane_count,
    readiness_rows_endpoint_count, readiness_rows_servers_count, readiness_rows_caa_count,
    readiness_rows_time_count, readiness_rows_held_count, readiness_rows_bounds_count;

#endif
