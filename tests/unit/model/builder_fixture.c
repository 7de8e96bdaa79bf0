/* SPDX-License-Identifier: MIT */
#include "builder_fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct fixture *fixture_without_machine(void)
{
	struct fixture *f = calloc(1, sizeof(*f));

	arena_init(&f->arena);
	f->diag = diag_new();
	f->source = diag_add_source(f->diag, "t.yaml", NULL, 0);
	f->b = builder_new(&f->arena, f->diag);
	return f;
}

struct fixture *fixture_new(void)
{
	struct fixture *f = fixture_without_machine();

	builder_platform(f->b)->nr_cpus = 4;
	builder_duration(f->b, SEC);
	cr_assert(builder_machine_done(f->b, at_line(f, 1)));
	return f;
}

void fixture_free(struct fixture *f)
{
	builder_free(f->b);
	diag_free(f->diag);
	arena_fini(&f->arena);
	free(f);
}

const struct workload *fixture_finish(struct fixture *f)
{
	struct text text = {0};

	f->w = builder_finish(f->b);
	text_add(&text, "");
	diag_to_text(f->diag, &text);
	f->messages = arena_strdup(&f->arena, text.at);
	text_fini(&text);
	return f->w;
}

struct loc at_line(const struct fixture *f, u32 line)
{
	return (struct loc){.source = f->source, .line = line, .column = 1};
}

struct task_spec *task(struct fixture *f, const char *name)
{
	return builder_task_begin(f->b, at_line(f, 5), name);
}

struct task_spec *template(struct fixture *f, const char *name)
{
	struct task_spec *spec = task(f, name);

	spec->is_template = true;
	return spec;
}

void end(struct fixture *f)
{
	builder_task_end(f->b);
}

void plain_task(struct fixture *f, const char *name)
{
	task(f, name);
	run(f, MSEC);
	end(f);
}

void op(struct fixture *f, enum op_code code, struct op_operands operands)
{
	builder_op(f->b, at_line(f, 9), code, &operands);
}

void run(struct fixture *f, u64 ns)
{
	timed(f, OP_RUN, ns);
}

void simple(struct fixture *f, enum op_code code)
{
	builder_op(f->b, at_line(f, 9), code, NULL);
}

void timed(struct fixture *f, enum op_code code, u64 ns)
{
	op(f, code, (struct op_operands){.quantity.value = ns});
}

void loop(struct fixture *f, u64 rounds)
{
	op(f, OP_LOOP, (struct op_operands){.quantity.value = rounds});
}

void end_loop(struct fixture *f)
{
	builder_end_loop(f->b, at_line(f, 9));
}

void with_resource(struct fixture *f, enum op_code code, const char *name)
{
	op(f, code, (struct op_operands){.resource = name});
}

void with_task(struct fixture *f, enum op_code code, const char *name)
{
	op(f, code, (struct op_operands){.task = name});
}

/* How often @part is in @text. */
static u32 occurrences(const char *text, const char *part)
{
	u32 count = 0;

	for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
		count++;
	return count;
}

static void expect_only(struct fixture *f, const char *level, const char *text)
{
	char *line = arena_printf(&f->arena, "%s: %s", level, text);
	const struct workload *workload = fixture_finish(f);
	bool error = strcmp(level, "error") == 0;

	cr_assert_eq(occurrences(f->messages, line), 1, "'%s' is not, once, in:\n%s", line,
		     f->messages);
	cr_assert_eq(occurrences(f->messages, "error: ") + occurrences(f->messages, "warning: "), 1,
		     "more than one message:\n%s", f->messages);
	cr_assert_eq(workload == NULL, error, "%s", f->messages);
	fixture_free(f);
}

void expect_error(struct fixture *f, const char *text)
{
	expect_only(f, "error", text);
}

void expect_warning(struct fixture *f, const char *text)
{
	expect_only(f, "warning", text);
}

void expect_silence(struct fixture *f)
{
	cr_assert_not_null(fixture_finish(f), "%s", f->messages);
	cr_assert_str_eq(f->messages, "");
	fixture_free(f);
}

const char *fixture_listing(struct fixture *f)
{
	struct text text = {0};
	const char *copy;

	fixture_finish(f);
	cr_assert_not_null(f->w, "%s", f->messages);
	program_disassemble(f->w, &f->w->programs[0], &text);
	copy = arena_strdup(&f->arena, text.at);
	text_fini(&text);
	return copy;
}
