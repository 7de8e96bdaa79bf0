/* SPDX-License-Identifier: MIT */
/* A scenario compiled from a text, with what was said about it. */
#include "compiled.h"

#include <criterion/criterion.h>
#include <string.h>

struct compiled compile_text(const char *yaml, const char *const *settings)
{
	struct compiled c = {.diag = diag_new()};
	struct setting list[8];
	u32 source, nr = 0;

	arena_init(&c.arena);
	for (; settings && settings[nr]; nr++) {
		char *path = arena_strdup(&c.arena, settings[nr]);
		char *equals = strchr(path, '=');

		*equals = 0;
		list[nr] = (struct setting){.path = path, .value = equals + 1};
	}
	source = diag_add_source(c.diag, "t.yaml", yaml, strlen(yaml));
	c.workload = scenario_compile(&c.arena, c.diag, source, "t", yaml, strlen(yaml), list, nr);
	return c;
}

struct compiled compile_program(const char *program)
{
	struct text yaml = {0};
	struct compiled c;
	char *kept;

	text_printf(&yaml,
		    "duration: 1s\n"
		    "machine: {cpus: 4}\n"
		    "barriers: {b: 1}\n"
		    "tasks:\n"
		    "  - {name: w, template: true, program: {run: 1ms}}\n"
		    "  - {name: other, program: {run: 1ms}}\n"
		    "  - name: t\n"
		    "    program: %s\n",
		    program);
	kept = strdup(yaml.at);
	text_fini(&yaml);
	c = compile_text(kept, NULL);
	/* Messages show lines of the text: make them now. */
	messages_of(&c);
	free(kept);
	return c;
}

void compiled_fini(struct compiled *c)
{
	text_fini(&c->text);
	diag_free(c->diag);
	arena_fini(&c->arena);
}

const char *messages_of(struct compiled *c)
{
	if (c->text.len)
		return c->text.at;
	text_add(&c->text, "");
	diag_to_text(c->diag, &c->text);
	return c->text.at ? c->text.at : "";
}

const char *first_message(struct compiled *c)
{
	const char *at = strstr(messages_of(c), ": error: ");
	const char *end;

	if (!at)
		return "";
	at += strlen(": error: ");
	end = strchr(at, '\n');
	return arena_strndup(&c->arena, at, (size_t)(end - at));
}

const struct task_spec *task_of(const struct compiled *c, const char *name)
{
	cr_assert_not_null(c->workload);
	for (u32 i = 0; i < c->workload->nr_tasks; i++)
		if (strcmp(c->workload->tasks[i].name, name) == 0)
			return &c->workload->tasks[i];
	cr_assert_fail("no task '%s'", name);
	return NULL;
}

const char *listing_of(struct compiled *c, const char *task)
{
	const struct task_spec *spec = task_of(c, task);
	struct text raw = {0};

	text_clear(&c->text);
	program_disassemble(c->workload, &c->workload->programs[spec->program], &raw);
	for (const char *line = raw.at; *line; line = strchr(line, '\n') + 1) {
		const char *start = line + strspn(line, " ");

		start += strspn(start, "0123456789");
		start += strspn(start, " ");
		text_add_len(&c->text, start, strcspn(start, "\n") + 1);
	}
	text_fini(&raw);
	return c->text.at;
}
