/* SPDX-License-Identifier: MIT */
/*
 * Any machine, any workload (maker.h): what must hold in all of them. The run must be without
 * violation, the same twice, lose nobody and leave no cpu idle for long beside a task that waits.
 */
#include "property.h"
#include "maker.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

const struct workload *generated_make(struct arena *arena, struct diag *diag, u64 seed)
{
	struct maker m = {.b = builder_new(arena, diag)};
	const struct workload *workload;

	rng_init(&m.rng, seed, "generated", 0);
	rng_init(&m.clones, seed, "clones", 0);
	rng_init(&m.groups, seed, "groups", 0);
	rng_init(&m.cookies, seed, "cookies", 0);
	talk_init(&m.talk, m.b, seed);
	m.with_rt = chance(&m, 40);
	m.with_deadlines = m.with_rt && chance(&m, 50);
	m.with_masks = chance(&m, 40);
	m.with_changes = chance(&m, 60);
	m.with_signals = chance(&m, 30);
	m.nr_tasks = 1 + below(&m, TASKS_MAX);
	builder_name(m.b, "generated", NULL);
	builder_seed(m.b, seed);
	builder_duration(m.b, 1 * SEC + below(&m, 1000) * MSEC);
	m.used = cpumask_new(arena, CPUS_MAX);
	maker_machine(&m, seed);
	m.with_cookies = !m.with_ext && !rng_below(&m.cookies, 5);
	maker_tasks(&m);
	talk_helpers(&m.talk);
	workload = builder_finish(m.b);
	builder_free(m.b);
	return workload;
}

void generated_show(u64 seed)
{
	struct trial t;
	struct text text = {0};

	trial_begin(&t, "generated", seed);
	t.workload = generated_make(&t.arena, t.diag, seed);
	diag_print(t.diag, stdout);
	for (u32 i = 0; t.workload && i < t.workload->nr_tasks; i++) {
		const struct task_spec *spec = &t.workload->tasks[i];

		text_printf(&text, "%s: count %u, policy %s, nice %d, priority %u\n", spec->name,
			    spec->count, policy_name(spec->attr.policy), spec->attr.nice,
			    spec->attr.rt_priority);
		program_disassemble(t.workload, &t.workload->programs[spec->program], &text);
	}
	if (t.workload)
		printf("%s, %u cpus, HZ %u\n%s", t.workload->kernel.name,
		       t.workload->platform.nr_cpus, t.workload->platform.hz, text.at);
	text_fini(&text);
	trial_end(&t);
}

static bool has_rt(const struct workload *workload)
{
	for (u32 i = 0; i < workload->nr_attrs; i++)
		if (is_realtime(workload->attrs[i].policy))
			return true;
	for (u32 i = 0; i < workload->nr_tasks; i++)
		if (is_realtime(workload->tasks[i].attr.policy))
			return true;
	return false;
}

static bool has_masks(const struct workload *workload)
{
	for (u32 i = 0; i < workload->nr_tasks; i++)
		if (workload->tasks[i].affinity)
			return true;
	return false;
}

static bool has_cookies(const struct workload *workload)
{
	for (u32 i = 0; i < workload->nr_programs; i++)
		for (u32 k = 0; k < workload->programs[i].nr_ops; k++)
			if (workload->programs[i].ops[k].code == OP_CORE_SCHED)
				return true;
	return false;
}

/*
 * How long a cpu may idle beside a waiting task: some balancing intervals; if tasks were pinned,
 * the back-off of up to half a second. Real-time tasks and locks complicate what balancing sees.
 */
static void check_waste(struct trial *t)
{
	const struct watch *watch = &t->watch;
	/*
	 * What a policy lets wait is its own affair; who is throttled, or has a cookie, waits
	 * beside an idle cpu.
	 */
	u64 limit = has_masks(t->workload) || has_rt(t->workload) ? 1200 * MSEC : 200 * MSEC;

	if (watch->masks_known && !t->workload->ext.policy && !t->workload->nr_groups &&
	    !has_cookies(t->workload))
		trial_check(t, watch->wasted <= limit,
			    "cpu %u idled for %" PRIu64 " ns while %s waited, until %" PRIu64
			    " ns (%s)",
			    watch->wasted_cpu, watch->wasted, watch_comm(watch, watch->wasted_task),
			    watch->wasted_at, t->workload->kernel.name);
}

/*
 * The same, with no task on the plain way of classes/fair_way.h: a kernel with any other set of
 * features has none. RT_RUNTIME_SHARE is one that changes nothing where RT tasks are not throttled.
 * And statistics are kept.
 */
static const struct workload *without_plain_way(struct arena *arena,
						const struct workload *workload)
{
	struct workload *other = arena_new(arena, struct workload);

	*other = *workload;
	if (other->kernel.features == NEWEST_FEATURES)
		other->kernel.features ^= FEATURE_RT_RUNTIME_SHARE;
	other->kernel.knobs.schedstats = 1;
	return other;
}

void generated(u64 seed)
{
	struct trial t, again;

	trial_begin(&t, "generated", seed);
	t.workload = generated_make(&t.arena, t.diag, seed);
	if (!trial_check(&t, t.workload, "the workload does not compile")) {
		diag_print(t.diag, stdout);
		trial_end(&t);
		return;
	}
	trial_run(&t, NULL, NULL);
	trial_check(&t, t.completed, "it ended early: %s", t.failure);
	trial_check(&t, !*t.ejected, "policy '%s' was ejected: %s", t.workload->ext.policy,
		    t.ejected);
	check_waste(&t);
	trial_begin(&again, "generated, again", seed);
	again.workload = generated_make(&again.arena, again.diag, seed);
	if (again.workload)
		again.workload = without_plain_way(&again.arena, again.workload);
	/*
	 * The second time somebody looks on, and statistics are kept, for which all go the general
	 * way: nothing may change.
	 */
	again.decisions = (struct decision_sink){.self = &again, .take = check_decision};
	again.look_at_end = check_statistics;
	trial_run(&again, NULL, NULL);
	trial_check(&t, t.workload->digest == again.workload->digest,
		    "another workload the second time");
	trial_check(&t, t.metrics->digest == again.metrics->digest,
		    "another digest the second time");
	trial_check(&t, again.nr_decisions, "nothing was decided");
	trial_end(&again);
	trial_end(&t);
}
