/* SPDX-License-Identifier: BSD-2-Clause */
/* The kinds of inside links: a row each. */
#include "federation/inside_ops.h"

static const struct {
    const char *text;
    const struct fed_inside_ops *ops;
    bool is_own; /* gatepost answers by itself */
} kinds[] = {
    [FED_INSIDE_ECHO] = {"echo", &fed_inside_echo_ops, true},
    [FED_INSIDE_SELF] = {"self", &fed_inside_self_ops, true},
    [FED_INSIDE_COMPONENT] = {"component", &fed_inside_component_ops, false},
    [FED_INSIDE_SERVER] = {"server", &fed_inside_server_ops, false},
    [FED_INSIDE_S2S] = {"s2s", &fed_inside_s2s_ops, false},
};

const struct fed_inside_ops *fed_inside_ops_of(enum fed_inside_kind kind)
{
    return kinds[kind].ops;
}

const char *fed_inside_kind_text(enum fed_inside_kind kind)
{
    return kinds[kind].text;
}

bool fed_inside_is_own(enum fed_inside_kind kind)
{
    return kinds[kind].is_own;
}
