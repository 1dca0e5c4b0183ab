/* SPDX-License-Identifier: BSD-2-Clause */
/* What every unit test includes first: cmocka wants these headers before its own. */
#ifndef GP_TESTS_UNIT_H
#define GP_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#endif
