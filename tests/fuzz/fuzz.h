/* SPDX-License-Identifier: BSD-2-Clause */
/* The one function of a fuzz target, which libFuzzer or replay_main.c calls. */
#ifndef GP_TESTS_FUZZ_H
#define GP_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Must return 0; a finding is a crash. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
