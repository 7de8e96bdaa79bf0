/* SPDX-License-Identifier: MIT */
/* A builder with its arena and diag, and short words for what tests write most. */
#ifndef OSSIM_TESTS_MODEL_BUILDER_FIXTURE_H
#define OSSIM_TESTS_MODEL_BUILDER_FIXTURE_H

#include "model/builder.h"

struct fixture {
	struct arena arena;
	struct diag *diag;
	u32 source;
	struct builder *b;
	const struct workload *w; /* after fixture_finish() */
	char *messages;
};

/* A machine of 4 cpus, 1 s long. */
struct fixture *fixture_new(void);
/* The same before builder_machine_done(). */
struct fixture *fixture_without_machine(void);
void fixture_free(struct fixture *f);
/* Finishes the workload and collects the messages. */
const struct workload *fixture_finish(struct fixture *f);
/* Finishes, then: the whole program of the first task, as text that lives as long as @f. */
const char *fixture_listing(struct fixture *f);

struct loc at_line(const struct fixture *f, u32 line);
struct task_spec *task(struct fixture *f, const char *name);
struct task_spec *template(struct fixture *f, const char *name);
void end(struct fixture *f);
/* A task of its own that runs 1 ms. */
void plain_task(struct fixture *f, const char *name);

void run(struct fixture *f, u64 ns);
void simple(struct fixture *f, enum op_code code);
void timed(struct fixture *f, enum op_code code, u64 ns);
void loop(struct fixture *f, u64 rounds);
void end_loop(struct fixture *f);
void with_resource(struct fixture *f, enum op_code code, const char *name);
void with_task(struct fixture *f, enum op_code code, const char *name);
void op(struct fixture *f, enum op_code code, struct op_operands operands);

/* Finishes, then: the only message is "LEVEL: " @text, once. */
void expect_error(struct fixture *f, const char *text);
void expect_warning(struct fixture *f, const char *text);
void expect_silence(struct fixture *f);

#endif
