/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/replay/starve.h"

#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *text);

static unsigned planned, seen;
static bool is_on;

void starve_plan(unsigned number)
{
    planned = number;
    seen = 0;
}

void starve_begin(void)
{
    is_on = true;
}

void starve_end(void)
{
    is_on = false;
}

bool starve_happened(void)
{
    return planned > 0 && seen >= planned;
}

static bool fails(void)
{
    return is_on && planned > 0 && ++seen == planned;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return fails() ? NULL : __real_realloc(memory, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}
