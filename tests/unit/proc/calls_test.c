/* SPDX-License-Identifier: MIT */
/* Every action has somebody who does it. */
#include <criterion/criterion.h>

#include "proc/calls.h"

/*
 * What the interpreter does itself, because it sets the program counter or is what most programs do
 * most.
 */
static const enum op_code own[] = {
	OP_RUN, OP_SLEEP, OP_TIMER, OP_LOOP, OP_READY,      OP_EACH,
	OP_END, OP_YIELD, OP_EXEC,  OP_EXIT, OP_EXIT_GROUP,
};

static bool is_own(enum op_code code)
{
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (own[i] == code)
			return true;
	return false;
}

Test(calls, each_op_is_a_call_or_the_interpreters_own)
{
	for (u32 code = 0; code < NR_OPS; code++)
		cr_expect_eq(call_is_known((enum op_code)code), !is_own((enum op_code)code), "%s",
			     op_infos[code].key);
}
