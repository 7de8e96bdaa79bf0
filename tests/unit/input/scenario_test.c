/* SPDX-License-Identifier: MIT */
/* The sections of a scenario: what is written is what the workload holds. */
#include "compiled.h"

#include <criterion/criterion.h>
#include <string.h>

#define TASK "tasks: [{name: a, program: {run: 1ms}}]\n"

static struct compiled compile(const char *yaml)
{
	struct compiled c = compile_text(yaml, NULL);

	cr_assert_not_null(c.workload, "%s", messages_of(&c));
	cr_assert_str_empty(messages_of(&c));
	return c;
}

static void is_refused(const char *yaml, const char *message)
{
	struct compiled c = compile_text(yaml, NULL);

	cr_assert_null(c.workload, "%s is accepted", yaml);
	cr_assert_not_null(strstr(messages_of(&c), message), "%s\n%s", yaml, messages_of(&c));
	compiled_fini(&c);
}

Test(scenario, what_is_not_said_has_its_default)
{
	struct compiled c = compile(TASK);
	const struct workload *w = c.workload;
	const struct task_spec *a = task_of(&c, "a");

	cr_assert_str_eq(w->name, "t");
	cr_assert_null(w->title);
	cr_assert_str_eq(w->kernel.name, kernel_default_name);
	cr_assert_eq(w->duration_ns, NEVER);
	cr_assert_eq(w->platform.nr_cpus, 1);
	cr_assert_eq(w->platform.hz, 250);
	cr_assert_eq(a->count, 1);
	cr_assert_eq(a->attr.policy, POLICY_OTHER);
	cr_assert_eq(a->birth, BIRTH_FORKED);
	cr_assert_null(a->affinity);
	cr_assert_eq(a->timer_slack_ns, UINT64_MAX);
	cr_assert_eq(a->thread_of, SPEC_NONE);
	compiled_fini(&c);
}

Test(scenario, the_top_level_is_read)
{
	struct compiled c = compile("title: a test\nkernel: 6.12\nseed: 18446744073709551615\n"
				    "duration: 2s\nx-mine: {any: thing}\n" TASK);

	cr_assert_str_eq(c.workload->title, "a test");
	cr_assert_str_eq(c.workload->kernel.name, "v6.12");
	cr_assert_eq(c.workload->seed, UINT64_MAX);
	cr_assert_eq(c.workload->duration_ns, 2 * SEC);
	compiled_fini(&c);
}

Test(scenario, no_duration_is_a_duration)
{
	struct compiled c = compile("duration: none\n" TASK);

	cr_assert_eq(c.workload->duration_ns, NEVER);
	compiled_fini(&c);
}

Test(scenario, sections_may_stand_in_any_order)
{
	struct compiled c = compile("tasks: [{name: a, affinity: 7, program: [barrier: b]}]\n"
				    "barriers: {b: 1}\nmachine: {cpus: 8}\nkernel: v6.1\n");

	cr_assert(cpumask_test(task_of(&c, "a")->affinity, 7));
	compiled_fini(&c);
}

Test(scenario, the_machine_is_described)
{
	struct compiled c =
		compile("kernel: v6.18\n"
			"machine:\n"
			"  sockets: 2\n  cores: 4\n  threads: 2\n  llc_cores: 2\n"
			"  cluster_cores: 2\n  nodes: 2\n  distances: [[10, 21], [22, 10]]\n"
			"  numbering: threads-first\n  hz: 1000\n  tick_phase: 100us\n"
			"  skew_tick: yes\n  nohz: false\n  preempt: full\n"
			"  pid_max: 4096\n  kernel_threads: off\n" TASK);
	const struct platform *p = &c.workload->platform;

	cr_assert_eq(p->nr_cpus, 16);
	cr_assert_eq(p->nr_llcs, 4);
	cr_assert_eq(platform_node_distance(p, 0, 1), 21);
	cr_assert_eq(platform_node_distance(p, 1, 0), 22);
	cr_assert_not(p->threads_last);
	cr_assert_eq(p->tick_phase_ns, 100 * USEC);
	cr_assert(p->skew_tick && !p->nohz_idle && !p->kernel_threads);
	cr_assert_eq(p->preempt, PREEMPT_FULL);
	cr_assert_eq(p->pid_max, 4096);
	compiled_fini(&c);
}

Test(scenario, costs_are_a_preset_with_changes)
{
	struct compiled c =
		compile("machine: {costs: {tick: 1us, preset: zero, fork: 3us}}\n" TASK);
	struct costs costs = c.workload->platform.costs;

	for (u32 i = 0; i < NR_COSTS; i++) {
		u64 wanted = i == COST_ID_tick ? USEC : i == COST_ID_fork ? 3 * USEC : 0;

		cr_assert_eq(*cost_at(&costs, i), wanted, "%s", cost_names[i]);
	}
	compiled_fini(&c);
}

/* The file in debugfs is written after boot, the parameter of the machine is read at boot. */
Test(scenario, the_preemption_model_under_sched_wins)
{
	struct compiled c = compile("machine: {preempt: lazy}\nsched: {preempt: none}\n" TASK);

	cr_assert_eq(c.workload->platform.preempt, PREEMPT_NONE);
	compiled_fini(&c);
}

Test(scenario, what_has_no_effect_is_accepted_and_leaves_the_workload_as_it_is)
{
	struct compiled plain = compile("kernel: v6.1\n" TASK);
	struct compiled set = compile("kernel: v6.1\n"
				      "sched:\n  numa_balancing: 1\n  verbose: yes\n"
				      "  numa_balancing/scan_delay_ms: 2s\n"
				      "  features: [SIS_PROP, WARN_DOUBLE_CLOCK]\n" TASK);

	cr_assert_eq(plain.workload->digest, set.workload->digest);
	compiled_fini(&plain);
	compiled_fini(&set);
}

Test(scenario, knobs_are_set_in_their_own_unit_or_with_another)
{
	struct compiled c = compile("machine: {cpus: 8}\n"
				    "sched:\n"
				    "  base_slice_ns: 3ms\n  migration_cost_ns: 1234\n"
				    "  sched_rr_timeslice_ms: 50\n  nr_migrate: 8\n"
				    "  features: NO_RUN_TO_PARITY,NEXT_BUDDY\n"
				    "  switches: [NO_BUDDY_IN_PICK]\n" TASK);
	const struct kernel *kernel = &c.workload->kernel;

	cr_assert_eq(kernel->knobs.base_slice_ns, 3 * MSEC);
	cr_assert_eq(kernel->knobs.migration_cost_ns, 1234);
	cr_assert_eq(kernel->knobs.rr_timeslice_ms, 50);
	cr_assert_eq(kernel->knobs.nr_migrate, 8);
	cr_assert_not(kernel_has(kernel, FEATURE_RUN_TO_PARITY));
	cr_assert(kernel_has(kernel, FEATURE_NEXT_BUDDY));
	cr_assert_not(kernel_has(kernel, FEATURE_BUDDY_IN_PICK));
	compiled_fini(&c);
}

Test(scenario, a_policy_of_the_ext_class_is_named_with_its_options)
{
	struct compiled c =
		compile("ext: {policy: queues, slice: 5ms, partial: true, timeout: 2s, load: 1s, "
			"unload: 3s, options: {steal: 0, slice: 2ms}}\n" TASK);
	const struct ext_spec *ext = &c.workload->ext;

	cr_assert_str_eq(ext->policy, "queues");
	cr_assert(ext->partial);
	cr_assert_eq(ext->slice_ns, 5 * MSEC);
	cr_assert_eq(ext->timeout_ns, 2 * SEC);
	cr_assert_eq(ext->load_ns, SEC);
	cr_assert_eq(ext->unload_ns, 3 * SEC);
	cr_assert_eq(ext->nr_options, 2);
	cr_assert_str_eq(ext->options[1].name, "slice");
	cr_assert_eq(ext->options[1].value, 2 * MSEC);
	compiled_fini(&c);
	c = compile(TASK);
	cr_assert_null(c.workload->ext.policy);
	compiled_fini(&c);
}

Test(scenario, resources_are_declared)
{
	struct compiled c = compile("mutexes: {m: {pi: true}, n: }\nsemaphores: {s: 3}\n"
				    "pipes: {p: 4KiB}\nbarriers: {b: 1}\nconditions: [c]\n"
				    "tasks:\n"
				    "  - name: a\n"
				    "    program: [lock: m, cond_signal: c, unlock: m, lock: n,"
				    " unlock: n, sem_wait: s, pipe_write: p, barrier: b]\n");
	const struct workload *w = c.workload;

	cr_assert_eq(w->nr_mutexes, 2);
	cr_assert_eq(w->mutexes[0].kind, MUTEX_PI);
	cr_assert_eq(w->mutexes[1].kind, MUTEX_NORMAL);
	cr_assert_eq(w->semaphores[0].value, 3);
	cr_assert_eq(w->pipes[0].capacity, 4096);
	cr_assert_eq(w->barriers[0].parties, 1);
	cr_assert_str_eq(w->conds[0].name, "c");
	compiled_fini(&c);
}

/* As all others that have a default: by name alone, in a map or in a list. */
Test(scenario, pipes_and_semaphores_need_no_value)
{
	static const char *const sections[] = {
		"pipes: {p: }\nsemaphores: {s: }\nkernel_semaphores: {n: }\n",
		"pipes: [p]\nsemaphores: [s]\nkernel_semaphores: [n]\n"};

	for (u32 i = 0; i < ARRAY_SIZE(sections); i++) {
		struct text yaml = {0};
		struct compiled c;

		text_printf(&yaml, "%s%s", sections[i], TASK);
		c = compile_text(yaml.at, NULL);
		cr_assert_not_null(c.workload, "%s", messages_of(&c));
		cr_assert_eq(c.workload->pipes[0].capacity, 64 * 1024);
		cr_assert_eq(c.workload->semaphores[0].value, 0);
		cr_assert_eq(c.workload->ksems[0].value, 1);
		compiled_fini(&c);
		text_fini(&yaml);
	}
}

Test(scenario, a_task_has_its_attributes)
{
	struct compiled c =
		compile("machine: {cpus: 8}\n"
			"tasks:\n"
			"  - {name: s, program: {run: 1ms}}\n"
			"  - name: a\n    count: 3\n    policy: batch\n    nice: -7\n"
			"    slice: 3ms\n    affinity: [0, 2-3]\n    start: 10ms\n"
			"    start_step: 1ms\n    birth: woken\n    thread_of: s\n"
			"    timer_slack: 1us\n    reset_on_fork: true\n"
			"    program: {run: 1ms}\n"
			"  - {name: r, policy: rr, priority: 7, program: {run: 1ms}}\n");
	const struct task_spec *a = task_of(&c, "a"), *r = task_of(&c, "r");

	cr_assert_eq(a->count, 3);
	cr_assert_eq(a->attr.policy, POLICY_BATCH);
	cr_assert_eq(a->attr.nice, -7);
	cr_assert_eq(a->attr.slice_ns, 3 * MSEC);
	cr_assert(a->attr.reset_on_fork);
	cr_assert_eq(cpumask_count(a->affinity), 3);
	cr_assert(cpumask_test(a->affinity, 0) && !cpumask_test(a->affinity, 1));
	cr_assert_eq(a->start_ns, 10 * MSEC);
	cr_assert_eq(a->start_step_ns, MSEC);
	cr_assert_eq(a->birth, BIRTH_WOKEN);
	cr_assert_eq(a->thread_of, 0);
	cr_assert_eq(a->timer_slack_ns, USEC);
	cr_assert_eq(r->attr.policy, POLICY_RR);
	cr_assert_eq(r->attr.rt_priority, 7);
	compiled_fini(&c);
}

/* Several tasks of a machine may bear one comm; names are the file's own. */
Test(scenario, a_comm_is_not_a_name)
{
	struct compiled c = compile("tasks:\n"
				    "  - {name: a, comm: bash, program: {run: 1ms}}\n"
				    "  - {name: b, comm: bash, program: {run: 1ms}}\n"
				    "  - {name: c, program: {run: 1ms}}\n");

	cr_assert_str_eq(task_spec_comm(task_of(&c, "a")), "bash");
	cr_assert_str_eq(task_spec_comm(task_of(&c, "b")), "bash");
	cr_assert_str_eq(task_spec_comm(task_of(&c, "c")), "c");
	compiled_fini(&c);
}

Test(scenario, merge_keys_make_families_of_tasks)
{
	struct compiled c = compile("x-base: &base {nice: 3, program: {run: 1ms}}\n"
				    "tasks:\n"
				    "  - {<<: *base, name: a}\n"
				    "  - {<<: *base, name: b, nice: 4}\n");

	cr_assert_eq(task_of(&c, "a")->attr.nice, 3);
	cr_assert_eq(task_of(&c, "b")->attr.nice, 4);
	compiled_fini(&c);
}

Test(scenario, promises_are_path_comparison_and_value)
{
	static const struct {
		const char *path;
		enum expect_op op;
		s64 value;
		u64 tolerance;
	} wanted[] = {
		{"tasks.a.cpu_ns", EXPECT_GE, 100 * MSEC, 0},
		{"total.switches", EXPECT_LT, 1000, 0},
		{"a", EXPECT_EQ, -3, 0},
		{"a", EXPECT_NE, 0, 0},
		{"a", EXPECT_LE, 1500, 0},
		{"a b", EXPECT_GT, 995000, 0},
		{"a", EXPECT_NEAR, 500 * MSEC, 4 * MSEC},
		{"a", EXPECT_NEAR, 500 * MSEC, 5 * MSEC},
		{"a", EXPECT_NEAR, 200, 3},
	};
	struct compiled c = compile(TASK "expect:\n"
					 "  - tasks.a.cpu_ns >= 100ms\n"
					 "  - total.switches<1000\n"
					 "  - a == -3\n  - a != 0\n  - a <= 1.5us\n"
					 "  - a b > 99.5%\n"
					 "  - a ~ 500ms +- 4ms\n  - a ~ 500ms +- 1%\n"
					 "  - \"a ~ 200 \u00b1 1.5%\"\n");

	cr_assert_eq(c.workload->nr_expects, ARRAY_SIZE(wanted));
	for (u32 i = 0; i < ARRAY_SIZE(wanted); i++) {
		const struct expectation *e = &c.workload->expects[i];

		cr_assert_str_eq(e->path, wanted[i].path);
		cr_assert_eq(e->op, wanted[i].op, "%s", e->text);
		cr_assert_eq(e->value, wanted[i].value, "%s", e->text);
		cr_assert_eq(e->tolerance, wanted[i].tolerance, "%s", e->text);
	}
	compiled_fini(&c);
}

Test(scenario, json_with_comments_is_a_scenario)
{
	struct compiled c =
		compile("/* a */ {\n\t\"tasks\": [ // b\n"
			"\t\t{\"name\": \"a\", \"program\": [{\"run\": \"1ms\"}, \"yield\"]}\n"
			"\t]\n}\n");

	cr_assert_str_eq(listing_of(&c, "a"), "run 1 ms\nyield\nexit 0\n");
	compiled_fini(&c);
}

Test(scenario, mistakes_are_named)
{
	is_refused("", "t.yaml: error: the file is empty");
	is_refused("- a\n", "a scenario is a map");
	is_refused("title: x\n", "the scenario has no 'tasks'");
	is_refused("tasks: []\n", "there are no tasks");
	is_refused("tasks: [{name: , program: {run: 1ms}}]\n", "'name' must be a name, not empty");
	is_refused("machine: {distances: [[10, 20]]}\n" TASK, "1 nodes need rows of 1 distances");
	is_refused("machine: {nodes: 1, distances: [[10, 20], [20, 10]]}\n" TASK,
		   "distances for 2 nodes, but there are 1");
	is_refused("sched: {features: {a: b}}\n" TASK, "'features' must be a list of names");
	is_refused("sched: {base_slice_ns: [3ms]}\n" TASK, "'base_slice_ns' must be a time");
	is_refused("kernel: v6.1\nsched: {sched_child_runs_first: 2}\n" TASK,
		   "'sched_child_runs_first' must be true or false");
	is_refused("conditions: {c: 1}\n" TASK, "a condition has no value");
	is_refused("barriers: [s]\n" TASK, "'barriers' must be a map, not a list");
	is_refused("expect: {a: b}\n" TASK, "'expect' must be a list of promises");
	is_refused("expect: [[a]]\n" TASK, "this item must be a promise");
	is_refused("expect: [a >= 3 +- 1]\n" TASK, "'~' goes with a tolerance");
}

Test(scenario, no_more_than_twenty_mistakes_are_shown)
{
	struct text yaml = {0};
	struct compiled c;

	text_add(&yaml, "tasks:\n");
	for (u32 i = 0; i < 30; i++)
		text_printf(&yaml, "  - {name: t%u, nise: 1, program: {run: 1ms}}\n", i);
	c = compile_text(yaml.at, NULL);
	cr_assert_eq(diag_errors(c.diag), 30);
	cr_assert_not_null(strstr(messages_of(&c), "10 more errors\n"));
	compiled_fini(&c);
	text_fini(&yaml);
}

/*
 * By name alone (10 messages, as msg_max is by default), with the number, and with it by its key.
 */
Test(scenario, a_message_queue_is_declared_in_three_forms)
{
	static const struct {
		const char *text;
		u32 most;
	} forms[] = {{"[q]", 10}, {"{q: }", 10}, {"{q: 7}", 7}, {"{q: {max: 8}}", 8}};

	for (u32 i = 0; i < ARRAY_SIZE(forms); i++) {
		struct text yaml = {0};
		struct compiled c;

		text_printf(&yaml, "mqueues: %s\ntasks: [{name: a, program: [mq_send: q]}]\n",
			    forms[i].text);
		c = compile(yaml.at);
		cr_assert(c.workload, "%s", forms[i].text);
		cr_expect_eq(c.workload->nr_mqueues, 1);
		cr_expect_eq(c.workload->mqueues[0].most, forms[i].most, "%s: %u", forms[i].text,
			     c.workload->mqueues[0].most);
		compiled_fini(&c);
		text_fini(&yaml);
	}
}

static u64 digest_of(const char *sections, const char *program)
{
	struct text yaml = {0};
	struct compiled c;
	u64 digest;

	text_printf(
		&yaml,
		"%s\ntasks:\n- {name: h, template: true, program: [yield]}\n- {name: a, program: [%s]}\n",
		sections, program);
	c = compile_text(yaml.at, NULL);
	cr_assert_not_null(c.workload, "%s\n%s", yaml.at, messages_of(&c));
	digest = workload_digest(c.workload);
	compiled_fini(&c);
	text_fini(&yaml);
	return digest;
}

/*
 * The kernel's own files, each with what is written into it: the numbers of the group are those of
 * ossim's words.
 */
Test(scenario, groups_are_described_by_the_kernels_files_or_by_words)
{
	static const char *const pairs[][2] = {
		{"cpu.weight: 300", "weight: 300"},
		{"cpu.weight.nice: -3", "weight_nice: -3"},
		{"cpu.shares: 512", "shares: 512"},
		{"cpu.idle: 1", "idle: true"},
		{"cpu.max: 20000 50000, cpu.max.burst: 1500", "max: 20ms/50ms, burst: 1500us"},
		{"cpu.max: 20000", "max: 20ms/100ms"},
		{"cpu.max: 4000000 1000000", "max: 4s/1s"},
		{"cpu.max: max", "max: max"},
		{"cpu.max: max 30000", "max: max/30ms"},
		{"cpu.cfs_quota_us: 7000, cpu.cfs_period_us: 10000, cpu.cfs_burst_us: 3",
		 "quota: 7ms, period: 10ms, burst: 3us"},
		{"cpu.cfs_quota_us: -1", "quota: -1"},
		{"pids.max: 7", "pids_max: 7"},
		{"pids.max: max", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		u64 digests[2];

		for (u32 k = 0; k < 2; k++) {
			struct text yaml = {0};

			text_printf(&yaml, "groups: {g: {%s}}", pairs[i][k]);
			digests[k] = digest_of(yaml.at, "run: 1ms");
			text_fini(&yaml);
		}
		cr_expect_eq(digests[0], digests[1], "%s", pairs[i][0]);
		/* 'max' and -1 are what holds without a word; so does no limit of pids. */
		if (!strstr(pairs[i][1], "max: max") && !strstr(pairs[i][1], "-1") && *pairs[i][1])
			cr_expect_neq(digests[0], digest_of("groups: {g: {}}", "run: 1ms"),
				      "%s is not seen", pairs[i][0]);
	}
	cr_expect_eq(digest_of("groups: {g: {}}",
			       "set_group: {group: g, cpu.max: 5000 20000, cpu.max.burst: 1000}"),
		     digest_of("groups: {g: {}}",
			       "set_group: {group: g, max: 5ms/20ms, burst: 1ms}"));
	cr_expect_eq(digest_of("groups: {g: {cpu.max: 5000 20000}}",
			       "set_group: {group: g, cpu.max: 7000}"),
		     digest_of("groups: {g: {max: 5ms/20ms}}", "set_group: {group: g, max: 7ms}"));
	cr_expect_eq(digest_of("groups: {g: {}}", "policy: SCHED_BATCH"),
		     digest_of("groups: {g: {}}", "policy: batch"));
	cr_expect_eq(digest_of("groups: {g: {}}", "policy: {policy: SCHED_FIFO, priority: 3}"),
		     digest_of("groups: {g: {}}", "policy: {policy: fifo, priority: 3}"));
}

/* Of each list the first entry, too: another number is another workload. */
Test(scenario, each_list_of_what_is_shared_is_in_the_fingerprint)
{
	static const struct {
		const char *sections[2], *programs[2];
	} pairs[] = {
		{{"pipes: {p: 4096}", "pipes: {p: 8192}"}, {NULL}},
		{{"semaphores: {s: 1}", "semaphores: {s: 2}"}, {NULL}},
		{{"barriers: {b: 2}", "barriers: {b: 3}"}, {NULL}},
		{{"mutexes: {m: {pi: true}}", "mutexes: {m: {robust: true}}"}, {NULL}},
		{{"eventfds: {e: 1}", "eventfds: {e: 2}"}, {NULL}},
		{{"sem_sets: {s: [1]}", "sem_sets: {s: [2]}"}, {NULL}},
		{{"msg_queues: {q: 1000}", "msg_queues: {q: 2000}"}, {NULL}},
		{{"mqueues: {q: 1}", "mqueues: {q: 2}"}, {NULL}},
		{{"kernel_semaphores: {k: 1}", "kernel_semaphores: {k: 2}"}, {NULL}},
		{{"shms: {g: 1}", "shms: {g: 2}"}, {NULL}},
		{{"signalfds: {f: USR1}", "signalfds: {f: USR2}"}, {NULL}},
		{{"listeners: {l: 1}", "listeners: {l: 2}"}, {NULL}},
		{{"devices: {d: {service: 1ms}}", "devices: {d: {service: 2ms}}"}, {NULL}},
		{{"groups: {g: {weight: 100}}", "groups: {g: {weight: 200}}"}, {NULL}},
		{{""}, {"futex_wait: {futex: w, value: 1}", "futex_wait: {futex: w, value: 2}"}},
		{{"sem_sets: {s: [5]}"},
		 {"semop: {set: s, ops: [{sem: 0, add: -1}]}",
		  "semop: {set: s, ops: [{sem: 0, add: -2}]}"}},
		{{""},
		 {"timer_settime: {timer: t, value: 1ms}",
		  "timer_settime: {timer: t, value: 2ms}"}},
		{{"pipes: {p: 4096, q: 4096}"},
		 {"poll: {files: [{pipe: p}]}", "poll: {files: [{pipe: q}]}"}},
		{{"groups: {g: }"},
		 {"set_group: {group: g, weight: 200}", "set_group: {group: g, weight: 300}"}},
		{{""}, {"run: {uniform: [1ms, 2ms]}", "run: {uniform: [1ms, 3ms]}"}},
		{{""}, {"mark: one", "mark: two"}},
		{{""},
		 {"policy: {policy: fifo, priority: 1}", "policy: {policy: fifo, priority: 2}"}},
		{{"machine: {cpus: 2}"}, {"affinity: 0", "affinity: 1"}},
	};

	for (u32 i = 0; i < ARRAY_SIZE(pairs); i++) {
		const char *const *s = pairs[i].sections, *const *p = pairs[i].programs;
		u64 first = digest_of(s[0], p[0] ? p[0] : "yield"),
		    other = digest_of(s[1] ? s[1] : s[0], p[1] ? p[1] : "yield");

		cr_expect_neq(first, other, "%s %s", s[0], p[0] ? p[0] : "");
	}
}
