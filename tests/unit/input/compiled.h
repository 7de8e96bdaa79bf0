/* SPDX-License-Identifier: MIT */
/* A scenario compiled from a text, with what was said about it: for the tests of this folder. */
#ifndef OSSIM_TESTS_INPUT_COMPILED_H
#define OSSIM_TESTS_INPUT_COMPILED_H

#include "base/text.h"
#include "input/input.h"

struct compiled {
	struct arena arena;
	struct diag *diag;
	const struct workload *workload; /* NULL after an error */
	struct text text;                /* of the last messages or listing */
};

/* With settings "path=value", ended by NULL. The file is called "t.yaml". */
struct compiled compile_text(const char *yaml, const char *const *settings);
/* The same in a scenario that has one task "t" with this program, on one line. */
struct compiled compile_program(const char *program);
void compiled_fini(struct compiled *c);

/* All messages; "" if there are none. */
const char *messages_of(struct compiled *c);
/* The first message's text without place and source line: "error: ...". */
const char *first_message(struct compiled *c);
/* The ops of a task as one line each, without the numbers at their beginning. */
const char *listing_of(struct compiled *c, const char *task);
const struct task_spec *task_of(const struct compiled *c, const char *name);

#endif
