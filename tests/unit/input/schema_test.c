/* SPDX-License-Identifier: MIT */
/* docs/schema/workload.schema.json says what the reader says. */
#include "compiled.h"
#include "input/doc.h"
#include "schema_check.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "model/inert.h"

struct loaded {
	struct arena arena;
	struct diag *diag;
	struct file_text file;
	struct doc_node *root;
};

static const char *source_folder(void)
{
	const char *folder = getenv("top_srcdir");

	return folder ? folder : ".";
}

static struct loaded load(const char *path)
{
	struct loaded l = {.diag = diag_new()};

	arena_init(&l.arena);
	cr_assert(file_read(l.diag, path, &l.file), "%s", path);
	cr_assert(doc_parse(&l.arena, l.diag, 0, l.file.at, l.file.len, 0, &l.root), "%s", path);
	return l;
}

static void loaded_fini(struct loaded *l)
{
	file_text_fini(&l->file);
	diag_free(l->diag);
	arena_fini(&l->arena);
}

static struct loaded load_schema(void)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/docs/schema/workload.schema.json", source_folder());
	return load(path);
}

static bool accepted(const struct loaded *schema, const char *yaml, struct text *why)
{
	struct arena arena;
	struct diag *diag = diag_new();
	struct doc_node *root;
	bool result;

	arena_init(&arena);
	cr_assert(doc_parse(&arena, diag, 0, yaml, strlen(yaml), 0, &root), "%s", yaml);
	result = schema_accepts(schema->root, root, why);
	diag_free(diag);
	arena_fini(&arena);
	return result;
}

/* The schema and the reader must both accept, or both refuse. */
static void agree(const struct loaded *schema, const char *yaml, bool good)
{
	struct compiled c = compile_text(yaml, NULL);
	struct text why = {0};

	cr_assert_eq(c.workload != NULL, good, "reader: %s\n%s", yaml, messages_of(&c));
	cr_assert_eq(accepted(schema, yaml, &why), good, "schema: %s\n%s", yaml,
		     why.at ? why.at : "accepted");
	text_fini(&why);
	compiled_fini(&c);
}

Test(schema, every_workload_keeps_it)
{
	struct loaded schema = load_schema();
	struct text why = {0};
	static const char *const folders[] = {"workloads", "workloads/labs"};
	char pattern[4096];
	glob_t files;

	for (u32 i = 0; i < ARRAY_SIZE(folders); i++) {
		snprintf(pattern, sizeof(pattern), "%s/%s/*.yaml", source_folder(), folders[i]);
		cr_assert_eq(glob(pattern, i ? GLOB_APPEND : 0, NULL, &files), 0, "%s", pattern);
	}
	for (size_t i = 0; i < files.gl_pathc; i++) {
		struct loaded workload = load(files.gl_pathv[i]);

		cr_assert(schema_accepts(schema.root, workload.root, &why), "%s: %s",
			  files.gl_pathv[i], why.at);
		loaded_fini(&workload);
	}
	globfree(&files);
	text_fini(&why);
	loaded_fini(&schema);
}

/* Three dots stand for any actions. */
static void accepts_form(const struct loaded *schema, const char *form, int len)
{
	const char *dots = strstr(form, "...");
	struct text yaml = {0}, why = {0};

	text_printf(&yaml, "tasks: [{name: t, program: [");
	if (dots && dots < form + len)
		text_printf(&yaml, "%.*syield%.*s", (int)(dots - form), form,
			    (int)(form + len - dots) - 3, dots + 3);
	else
		text_printf(&yaml, "%.*s", len, form);
	text_printf(&yaml, "]}]\n");
	cr_expect(accepted(schema, yaml.at, &why), "%.*s: %s", len, form, why.at);
	text_fini(&yaml);
	text_fini(&why);
}

Test(schema, it_accepts_the_forms_of_every_action)
{
	struct loaded schema = load_schema();

	for (u32 i = 0; i < NR_OPS; i++)
		for (const char *form = op_is_made(i) ? "" : op_forms[i]; *form;
		     form += strspn(form, "\n")) {
			int len = (int)strcspn(form, "\n");

			accepts_form(&schema, form, len);
			form += len;
		}
	loaded_fini(&schema);
}

/* Or tools give up before they look at anything. */
static void has_targets(const struct doc_node *root, const struct doc_node *node)
{
	if (node->key && !strcmp(node->key, "$ref"))
		cr_expect_not_null(doc_get(doc_get(root, "$defs"), node->text + strlen("#/$defs/")),
				   "%s", node->text);
	if (node->kind == DOC_SCALAR || node->kind == DOC_NULL)
		return;
	doc_for_each (inner, node)
		has_targets(root, inner);
}

Test(schema, its_references_have_targets)
{
	struct loaded schema = load_schema();

	has_targets(schema.root, schema.root);
	loaded_fini(&schema);
}

Test(schema, it_accepts_every_form_that_the_reader_accepts)
{
	static const char *const programs[] = {
		"{run: 1ms}",
		"yield",
		"[wait, waitall, exit, [yield]]",
		"[yield: ]",
		"[run: 1.5 us]",
		"[run: {uniform: [1ms, 2ms]}]",
		"[run: {uniform: {min: 1ms, max: 2ms}}]",
		"[run: {normal: {mean: 1ms, stddev: 1us, min: 1us, max: 2ms}}]",
		"[run: {exponential: 1ms}]",
		"[run: {exponential: {mean: 1ms, max: 3ms}}]",
		"[run: {lognormal: {median: 1ms, sigma: 0.5}}]",
		"[run: {pareto: {min: 1ms, alpha: 1.5}}]",
		"[run: {constant: 3ms}]",
		"[run: {empirical: [1ms, {value: 2ms, weight: 3}]}]",
		"[run: {histogram: [{from: 1ms, to: 2ms, count: 3}]}]",
		"[loop: {count: 3, do: [run: 1ms]}]",
		"[loop: {count: {uniform: [1, 4]}, do: yield}]",
		"[exit: 3]",
		"[exec: cc1]",
		"[exec: {comm: cc1}]",
		"[lock: m, cond_wait: {cond: c, mutex: m}, unlock: m, cond_signal: c]",
		"[lock: {mutex: m, timeout: 1ms}, cond_wait: {cond: c, mutex: m, timeout: 1s}, unlock: m,"
		" cond_signal: c]",
		"[lock: {mutex: m, try: yes}, mutex_consistent: m, unlock: m]",
		"[read_lock: {rwlock: l, try: true}, rw_unlock: l, sem_wait: {semaphore: s, timeout: 1s},"
		" sem_post: s]",
		"[futex_wait: {futex: w, value: 0, timeout: 1ms, bitset: 3}, futex_wake: w,"
		" futex_wake: {futex: w, nr: all, bitset: 1}, futex_set: {futex: w, value: 1}]",
		"[down_read: r, run: 1ms, up_read: r, down_write: r, up_write: r]",
		"[kernel_lock: k, spin_lock: s, run: 1ms, spin_unlock: s, run: 1ms, kernel_unlock: k]",
		"[futex_requeue: {futex: w, to: v, wake: 0, requeue: all, value: 3}, futex_wake: v,"
		" futex_requeue: {futex: w, to: v, requeue: 2}]",
		"[cond_broadcast: c, sem_post: s, sem_wait: s]",
		"[pipe_write: p, pipe_read: p]",
		"[pipe_write: {pipe: p, bytes: 4KiB}]",
		"[pipe_write: {pipe: p, bytes: 10}]",
		"[pipe_write: {pipe: p, bytes: {uniform: [1, 4k]}}]",
		"[nice: 3, nice: {value: -3, task: t}]",
		"[affinity: 0, affinity: 0-1, affinity: [0, 1]]",
		"[affinity: {cpus: all, task: t}]",
		"[policy: rr]",
		"[policy: batch]",
		"[policy: {policy: rr, priority: 3, task: t, reset_on_fork: yes}]",
		"[slice: 3ms, slice: {value: 3ms, task: self}, slice: 0]",
		"[mark: here, kill: self]",
		"[stop: self, cont: t]",
	};
	struct loaded schema = load_schema();

	for (u32 i = 0; i < ARRAY_SIZE(programs); i++) {
		char yaml[400];
		bool good = strcmp(programs[i], "[policy: rr]") != 0;

		snprintf(yaml, sizeof(yaml),
			 "machine: {cpus: 2}\ntasks:\n  - {name: t, program: %s}\n", programs[i]);
		if (good)
			agree(&schema, yaml, true);
	}
	loaded_fini(&schema);
}

#define TASK "tasks: [{name: a, program: {run: 1ms}}]\n"

Test(schema, it_accepts_every_section)
{
	static const char *const texts[] = {
		"groups: {g: {cpu.weight: 9, cpu.max: 20000 100000, cpu.max.burst: 5, pids.max: max}, i: {cpu.idle: 1},"
		" h: {cpu.shares: 9, cpu.cfs_quota_us: -1, cpu.cfs_period_us: 5000, cpu.cfs_burst_us: 0, pids.max: 5},"
		" n: {cpu.weight.nice: 4, cpu.max: 20000}}\n"
		"tasks: [{name: a, policy: SCHED_BATCH, group: g, program: [{set_group: {group: g, cpu.max: max}}]}]\n",
		TASK,
		"title: 3\nkernel: 6.12\nseed: 0\nduration: none\nx-any: [1, {b: c}]\n" TASK,
		"machine: {cpus: 2, hz: 1000, costs: zero, preempt: none, nohz: no}\n" TASK,
		"machine: {costs: {preset: zero, tick: 1us}, numbering: threads-first}\n" TASK,
		"machine: {sockets: 2, cores: 2, threads: 2, nodes: 2, llc_cores: 2,"
		" cluster_cores: 1, distances: [[10, 20], [20, 10]], tick_phase: 0,"
		" skew_tick: true, pid_max: 5000, kernel_threads: off}\n" TASK,
		"sched: {base_slice_ns: 3000000, migration_cost_ns: 2ms, features: NEXT_BUDDY,"
		" switches: [NO_BUDDY_IN_PICK]}\n" TASK,
		"kernel: v6.1\nsched: {sched_child_runs_first: true, child_runs_first: 1}\n" TASK,
		"mutexes: [m]\nsemaphores: {s: 0}\npipes: {p: 1MB}\nbarriers: {b: 1}\n"
		"conditions: {c: }\n" TASK,
		"mutexes: {m: {protect: 9, type: recursive, robust: true}}\n" TASK,
		"netdevs: {a: , b: {every: {exponential: 5us}, irq_cpu: 0, irq: 1us, packet: 2us,"
		" ring: 3, queue: 3, depth: 3, wire: 1us, clean: 1us}}\n"
		"tasks: [{name: a, program: [net_recv: a, net_send: {netdev: b, packets: 3}]}]\n",
		"kernel_mutexes: [k]\nrwsems: [r]\nspinlocks: {s: }\n" TASK,
		"futexes: [w, v]\n" TASK,
		"futexes: {w: 3, v: }\n" TASK,
		"mutexes: {m: , n: {pi: on}}\nconditions: [c]\npipes:\n" TASK,
		"expect: [a >= 3, 'b ~ 3 +- 1%']\n" TASK,
		"expect:\n" TASK,
		"tasks: [{name: 5, count: 3, policy: idle, nice: 3, slice: 3ms, affinity: 0,"
		" start: 0, start_step: 1ms, birth: woken, timer_slack: 0.0, template: false,"
		" reset_on_fork: false, comm: x y, program: [yield]}]\n",
	};
	struct loaded schema = load_schema();

	for (u32 i = 0; i < ARRAY_SIZE(texts); i++) {
		struct compiled c = compile_text(texts[i], NULL);
		struct text why = {0};

		/* Unused resources and the like are for the builder; shapes are judged here. */
		cr_assert_null(strstr(messages_of(&c), "must be"), "%s\n%s", texts[i],
			       messages_of(&c));
		cr_assert_null(strstr(messages_of(&c), "unknown key"), "%s\n%s", texts[i],
			       messages_of(&c));
		cr_assert(accepted(&schema, texts[i], &why), "%s\n%s", texts[i], why.at);
		text_fini(&why);
		compiled_fini(&c);
	}
	loaded_fini(&schema);
}

Test(schema, it_refuses_the_commonest_mistakes)
{
	static const char *const texts[] = {
		"groups: {g: {cpu.max: 20ms/100ms}}\ntasks: [{name: a, program: {run: 1ms}}]\n",
		"groups: {g: {cpu.max.burst: 20ms}}\ntasks: [{name: a, program: {run: 1ms}}]\n",
		"machin: {cpus: 2}\n" TASK,
		"title: x\n",
		"tasks: []\n",
		"tasks: {a: {program: yield}}\n",
		"tasks: [{name: a}]\n",
		"tasks: [{name: a, nise: 3, program: yield}]\n",
		"tasks: [{name: a, nice: 20, program: yield}]\n",
		"tasks: [{name: a, policy: fido, program: yield}]\n",
		"tasks: [{name: a, program: {run: 10}}]\n",
		"tasks: [{name: a, program: {run: 10 msec}}]\n",
		"tasks: [{name: a, program: {slep: 10ms}}]\n",
		"tasks: [{name: a, program: [{run: 1ms, sleep: 1ms}]}]\n",
		"tasks: [{name: a, program: [{run: {unifrom: [1ms, 2ms]}}]}]\n",
		"tasks: [{name: a, program: [{loop: {count: 3}}]}]\n",
		"machine: {hz: 500}\n" TASK,
		"machine: {costs: {tik: 1us}}\n" TASK,
		"sched: {base_slice: 3ms}\n" TASK,
	};
	struct loaded schema = load_schema();

	for (u32 i = 0; i < ARRAY_SIZE(texts); i++)
		agree(&schema, texts[i], false);
	loaded_fini(&schema);
}

static const struct doc_node *walk(const struct doc_node *node, const char *const *path)
{
	for (; *path; path++) {
		node = doc_get(node, *path);
		cr_assert_not_null(node, "%s", *path);
	}
	return node;
}

Test(schema, it_knows_every_action_cost_and_knob)
{
	struct loaded schema = load_schema();
	const char *const costs_path[] = {"$defs", "costs", "anyOf", NULL};
	const char *const knobs_path[] = {"properties", "sched", "properties", NULL};
	const char *const action_path[] = {"$defs", "action", "anyOf", NULL};
	const struct doc_node *costs = walk(schema.root, costs_path)->last;
	const struct doc_node *knobs = walk(schema.root, knobs_path);
	const struct doc_node *actions = walk(schema.root, action_path)->first->next;

	for (u32 i = 0; i < NR_COSTS; i++)
		cr_assert_not_null(doc_get(doc_get(costs, "properties"), cost_names[i]), "%s",
				   cost_names[i]);
	for (u32 i = 0; i < NR_KNOBS; i++)
		cr_assert_not_null(doc_get(knobs, knob_names[i]), "%s", knob_names[i]);
	for (u32 i = 0; i < nr_inert_knobs; i++)
		cr_assert_not_null(doc_get(knobs, inert_knobs[i].info.name), "%s",
				   inert_knobs[i].info.name);
	cr_assert_not_null(doc_get(knobs, "preempt"));
	for (u32 i = 0; i < NR_OPS; i++)
		if (!op_is_made(i))
			cr_assert_not_null(doc_get(doc_get(actions, "properties"), op_infos[i].key),
					   "%s", op_infos[i].key);
	loaded_fini(&schema);
}
