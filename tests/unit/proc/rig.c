/* SPDX-License-Identifier: MIT */
/* A machine, its tasks, one run of it and what must come out. */
#include "rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "rig_words.h"
#include "run/sim.h"

static const struct loc nowhere;

void rig_init(struct rig *rig, u32 nr_cpus, const char *kernel)
{
	struct platform *platform;

	*rig = (struct rig){0};
	arena_init(&rig->arena);
	rig->diag = diag_new();
	rig->builder = builder_new(&rig->arena, rig->diag);
	platform = builder_platform(rig->builder);
	platform->nr_cpus = nr_cpus;
	cr_assert(costs_preset("zero", &platform->costs));
	if (strcmp(kernel, "xv6") == 0)
		cr_assert(builder_model(rig->builder, nowhere, kernel));
	else
		cr_assert(builder_kernel(rig->builder, nowhere, kernel));
	cr_assert(builder_machine_done(rig->builder, nowhere));
	builder_duration(rig->builder, NEVER);
}

void rig_fini(struct rig *rig)
{
	builder_free(rig->builder);
	diag_free(rig->diag);
	text_fini(&rig->lines);
	free(rig->failure);
	arena_fini(&rig->arena);
}

static void add_task(struct rig *rig, const char *name, struct rig_attr attr, bool is_template,
		     const char *program)
{
	struct task_spec *spec = builder_task_begin(rig->builder, nowhere, name);
	char *text = arena_strdup(&rig->arena, program), *save = NULL;

	spec->is_template = is_template;
	if (attr.fifo) {
		spec->attr.policy = POLICY_FIFO;
		spec->attr.rt_priority = (u8)attr.fifo;
	}
	spec->attr.nice = (s8)attr.nice;
	spec->start_ns = attr.start_ns;
	spec->timer_slack_ns = 0;
	if (attr.count)
		spec->count = attr.count;
	if (attr.woken)
		spec->birth = BIRTH_WOKEN;
	if (attr.slept_on)
		spec->cpu = attr.slept_on;
	spec->memory = (struct memory_spec){
		.pages = attr.pages,
		.resident = attr.pages,
		.vmas = attr.pages ? 1 : 0,
	};
	spec->limit_rttime = attr.rttime;
	spec->limit_cpu = attr.cpu;
	spec->kthread = attr.kthread;
	spec->is_template |= attr.is_template;
	spec->limit_nproc = attr.nproc;
	spec->limit_sigpending = attr.sigpending;
	if (attr.user)
		builder_task_user(rig->builder, attr.user);
	if (attr.group)
		builder_task_group(rig->builder, nowhere, attr.group);
	if (attr.cpus)
		spec->affinity = builder_cpus(rig->builder, nowhere, attr.cpus);
	if (attr.thread_of)
		builder_thread_of(rig->builder, nowhere, attr.thread_of);
	for (char *s = strtok_r(text, ";", &save); s; s = strtok_r(NULL, ";", &save))
		rig_statement(rig, s);
	builder_task_end(rig->builder);
}

void rig_task_attr(struct rig *rig, const char *name, struct rig_attr attr, const char *program)
{
	add_task(rig, name, attr, false, program);
}

void rig_task(struct rig *rig, const char *name, const char *program)
{
	add_task(rig, name, (struct rig_attr){0}, false, program);
}

void rig_template(struct rig *rig, const char *name, const char *program)
{
	add_task(rig, name, (struct rig_attr){0}, true, program);
}

const char *rig_run(struct rig *rig, u64 kinds)
{
	const struct workload *workload = builder_finish(rig->builder);
	struct text messages = {0};
	struct sim *sim;

	diag_to_text(rig->diag, &messages);
	cr_assert(workload, "%s", messages.at);
	text_fini(&messages);
	rig->kinds = kinds;
	names_init(&rig->names);
	stream_init(&rig->stream, &rig->names, workload->platform.nr_cpus);
	roster_init(&rig->roster);
	stream_add_sink(&rig->stream, (struct sink){.self = rig,
						    .wants = kinds | ROSTER_WANTS,
						    .take = rig_take});
	sim = sim_new(workload, &rig->stream, &rig->names);
	if (!sim_run(sim))
		rig->failure = strdup(sim_failure(sim));
	rig->end = sim_now(sim);
	sim_free(sim);
	roster_fini(&rig->roster);
	stream_fini(&rig->stream);
	names_fini(&rig->names);
	text_add(&rig->lines, "");
	return rig->lines.at;
}

void rig_expect(struct rig *rig, u64 kinds, const char *lines)
{
	const char *got = rig_run(rig, kinds);

	cr_expect(!rig->failure, "%s", rig->failure);
	cr_expect_str_eq(got, lines, "expected\n%sgot\n%s", lines, got);
	rig_fini(rig);
}

void rig_expect_failure(struct rig *rig, const char *text)
{
	rig_run(rig, 0);
	cr_expect(rig->failure && strstr(rig->failure, text), "expected '%s', got '%s'", text,
		  rig->failure ? rig->failure : "no failure");
	rig_fini(rig);
}

struct costs *rig_init_costs(struct rig *rig)
{
	rig_init(rig, 1, "v6.12");
	builder_platform(rig->builder)->kernel_threads = false;
	return &builder_platform(rig->builder)->costs;
}

void rig_expect_switch(struct rig *rig, const char *line)
{
	const char *lines = rig_run(rig, RECORD_BIT(SWITCH));

	cr_expect(strstr(lines, line), "no '%s' in\n%s", line, lines);
	rig_fini(rig);
}
