/* SPDX-License-Identifier: MIT */
/* Says a .tw file in ossim's language. */
#include "workload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "beside.h"
#include "attributes.h"
#include "program.h"

/* RUNNER_SLEEPS_MS: whole ticks; what is left of a new task's load by then decides no wakeup. */
enum { MAIN_PRIORITY = 99, SETTLE_MS = 20, RUNNER_SLEEPS_MS = 260 };

/* ---- Tasks ---- */

/* The first task whose program forks @name: a child has its comm until it takes its own. */
static const char *forker_of(const struct tw *tw, const char *name)
{
	for (u32 i = 0; i < tw->nr_tasks; i++)
		for (u32 j = 0; j < tw->task[i].nr_statements; j++) {
			const struct tw_line *line = &tw->task[i].statement[j];

			if (line->nr_words > 1 && !strcmp(line->word[0], "fork") &&
			    !strcmp(line->word[1], name))
				return tw->task[i].name;
		}
	return name;
}

static void write_comm(struct writer *w, const struct tw_task *task, u32 instance, bool numbered)
{
	if (numbered)
		text_printf(w->yaml, "    comm: \"%.13s%u\"\n", task->name, instance);
	else
		text_printf(w->yaml, "    comm: \"%.15s\"\n", task->name);
}

/* Who preempts tw would do so before it has woken all: it wakes them in one call. */
static bool wakes_deadline(const struct tw *tw)
{
	for (u32 i = 0; i < tw->nr_tasks; i++)
		if (!tw->task[i].is_template && tw_attr(&tw->task[i].head, "dl"))
			return true;
	return false;
}

/* How tw wakes each is told by itself. */
static bool opens_by_steps(const struct writer *w)
{
	return w->rig->nr_gate_close && wakes_deadline(w->tw);
}

/* It holds the mutex of its pipe meanwhile, of which who preempts it knows. */
static bool gate_is_locked(const struct writer *w)
{
	return w->rig->turn_ns || (w->rig->gate_lock_ns && wakes_deadline(w->tw));
}

static void write_locked(struct writer *w)
{
	write_item(w, "kernel_lock: tw_pipe");
	write_item(w, "kernel_unlock: tw_pipe");
}

/*
 * The gate is a pipe without data, whose mutex a reader may find still taken: on another cpu, or
 * when it has preempted tw.
 */
static void write_gate(struct writer *w, const struct tw_task *task)
{
	if (!w->rig->turn_ns) {
		write_run(w, w->rig->gate_wait_ns);
		write_item(w, w->rig->queue_gate ? "wait_event: {queue: tw_gate, exclusive: true}"
						 : "barrier: tw_gate");
		if (gate_is_locked(w) && tw_attr(&task->head, "dl")) {
			write_run(w, w->rig->gate_lock_ns);
			write_locked(w);
		}
		return;
	}
	write_item(w, "wait_event: {queue: tw_gate, exclusive: true}");
	write_locked(w);
}

static bool becomes_rt(const struct tw_line *head)
{
	return tw_is_rt(head) || tw_attr(head, "dl");
}

static bool wakes_rt(const struct tw *tw)
{
	for (u32 i = 0; i < tw->nr_tasks; i++)
		if (!tw->task[i].is_template && becomes_rt(&tw->task[i].head))
			return true;
	return false;
}

/* How much longer a pipe's wakeups take. */
static u64 gate_rest(const struct writer *w)
{
	u64 ns = 0;

	for (u32 i = 0; i < w->tw->nr_tasks; i++) {
		const struct tw_task *task = &w->tw->task[i];

		if (!task->is_template)
			ns += task->count *
			      (w->rig->gate_each_ns +
			       (tw_attr(&task->head, "cg") ? w->rig->gate_group_ns : 0) -
			       (tw_is_rt(&task->head) ? w->rig->gate_rt_ns : 0) +
			       (tw_is_rt(&task->head) || tw_attr(&task->head, "dl")
					? 0
					: w->rig->gate_fair_ns));
	}
	return ns - min_of(ns, w->rig->gate_first_ns);
}

/* Who makes itself nicer is rescheduled on its way back. */
static bool asks_for_reschedule(const struct tw_line *head)
{
	const char *nice = tw_attr(head, "nice");

	return nice && atoi(nice) > 0;
}

/* The set-up of a child that sets its policy, nice or slice; it would be @setup if it did not. */
static bool write_policy_setup(struct writer *w, const struct tw_task *task, u64 setup)
{
	const struct rig *rig = w->rig;
	u64 touched = task->count > 1 ? rig->policy_numbered_ns : 0;
	u64 early = rig->policy_early_ns;
	u64 after = rig->policy_ns + (asks_for_reschedule(&task->head) ? 0 : rig->policy_on_ns);

	early -= min_of(early, touched);
	after -= min_of(after, touched);
	if (w->nr_written == 1) {
		early += rig->policy_first_early_ns;
		after += rig->policy_first_ns;
	}
	if (!w->is_rt && becomes_rt(&task->head)) {
		after += rig->first_rt_ns;
		w->is_rt = true;
	}
	write_item(w, "run: %" PRIu64 "ns", setup - min_of(setup, early));
	if (!write_attributes(w, &task->head, 2))
		return false;
	if (after)
		write_item(w, "run: %" PRIu64 "ns", after);
	return true;
}

/*
 * What tw and its child write: who comes first copies it (costs.fault_copy, more than costs.cow
 * tells).
 */
static void write_copy(struct writer *w)
{
	if (w->rig->copies)
		write_item(w, "write_pages: %" PRIu64, w->rig->copies);
}

/*
 * The table of the tasks: tw has written to a page for each, and to one more for each 4 KB of its
 * statements.
 */
static void write_table(struct writer *w)
{
	u64 pages = 0;

	for (u32 i = 0; i < w->tw->nr_tasks; i++)
		pages += 1 + w->tw->task[i].nr_statements * TW_STATEMENT_BYTES / 4096;
	if (w->rig->copies)
		write_item(w, "touch_pages: %" PRIu64, pages);
}

/* From the gate's read to the first statement, or to the delay before it. */
static u64 opened_ns(const struct rig *rig, const struct tw_line *head)
{
	u64 less = (tw_is_rt(head) ? rig->opened_rt_ns : 0) +
		   (tw_attr(head, "delay") ? rig->opened_delay_ns : 0);

	return rig->opened_ns - min_of(rig->opened_ns, less);
}

/* One instance that waits at the gate, as a template for tw to fork. */
static bool write_gated(struct writer *w, const struct tw_task *task, u32 instance)
{
	const struct rig *rig = w->rig;
	u64 setup = rig->child_ns + rig->ready_ns;
	char name[64];

	if (task->count > 1)
		setup += rig->numbered_ns;
	if (w->nr_written < rig->nr_nth_child)
		setup += rig->nth_child_ns[w->nr_written];
	w->nr_written++;
	begin_yaml_task(w, task_name(w, task, instance, name));
	write_comm(w, task, instance, task->count > 1);
	text_add(w->yaml, "    template: true\n    program:\n");
	w->indent = 6;
	write_copy(w);
	if (tw_attr(&task->head, "session"))
		write_item(w, "setsid");
	w->joining = true;
	if (tw_sets_policy(&task->head)) {
		if (!write_policy_setup(w, task, setup))
			return false;
	} else {
		write_item(w, "run: %" PRIu64 "ns", setup);
		if (!write_attributes(w, &task->head, 2))
			return false;
	}
	w->joining = false;
	if (tw_attr(&task->head, "cg") && !w->joined) {
		if (rig->joined_ns)
			write_item(w, "run: %" PRIu64 "ns", rig->joined_ns);
		w->joined = true;
	}
	write_item(w, "pipe_write: tw_ready");
	write_gate(w, task);
	write_run(w, opened_ns(rig, &task->head));
	if (tw_attr(&task->head, "dl") && !w->opened && rig->queue_gate && gate_rest(w) &&
	    !opens_by_steps(w)) {
		write_item(w, "run: %" PRIu64 "ns", gate_rest(w));
		w->opened = true;
	}
	return write_program(w, task, false);
}

/* What `fork NAME` of a program refers to. */
static bool write_template(struct writer *w, const struct tw_task *task, u32 generation, bool again)
{
	char name[64];

	begin_yaml_task(w, template_name(w, task, generation, again, name));
	text_printf(w->yaml, "    comm: \"%.15s\"\n", forker_of(w->tw, task->name));
	text_add(w->yaml, "    template: true\n    program:\n");
	w->indent = 6;
	w->generation = generation;
	write_run(w, w->rig->child_ns + begins_page(generation) * w->rig->deeper_ns);
	write_item(w, "rename: \"%.15s\"", task->name);
	/* tw says so of all; of the others the parent lives as long as the window */
	if (generation > 1)
		write_item(w, "pdeath_signal: KILL");
	write_run(w, w->rig->renamed_ns);
	if (!write_attributes(w, &task->head, 2) || !write_program(w, task, true))
		return false;
	w->generation = 0;
	return true;
}

/* The runner of all cases forks a shell, the shell forks tw, and both wait. */
static void write_parent(struct writer *w, const char *comm, u64 run_ns, const char *child,
			 bool is_template)
{
	begin_yaml_task(w, is_template ? "tw shell" : "tw runner");
	text_printf(w->yaml, "    comm: %s\n", comm);
	if (!is_template && w->rig->runner_cpu)
		text_printf(w->yaml, "    affinity: %" PRIu64 "\n", w->rig->runner_cpu);
	text_printf(w->yaml, "%s    program:\n", is_template ? "    template: true\n" : "");
	w->indent = 6;
	if (!is_template && w->rig->runner_cpu)
		write_item(w, "affinity: 0-%u", w->rig->cpus - 1);
	if (!is_template && w->rig->turn_ns)
		write_item(w, "sleep: %ums", RUNNER_SLEEPS_MS);
	write_item(w, "run: %" PRIu64 "ns", run_ns);
	write_item(w, "fork: \"%s\"", child);
	write_item(w, "run: %" PRIu64 "ns", w->rig->waits_ns);
	write_item(w, "wait");
}

static u64 between(const struct rig *rig, u32 nth)
{
	if (!rig->nr_between)
		return 0;
	return rig->between_ns[min_of(nth, rig->nr_between) - 1];
}

/* What tw takes to make the cgroups. */
static u64 cgroups_ns(const struct writer *w)
{
	u64 ns = 0;

	for (u32 i = 0; i < w->tw->nr_globals; i++) {
		if (strcmp(w->tw->global[i].word[0], "cgroup"))
			continue;
		ns += w->rig->cgroup_ns;
		if (tw_attr(&w->tw->global[i], "max"))
			ns += w->rig->cgroup_max_ns;
	}
	return ns;
}

/* From the wakeup of @task to the next one; @first: it has asked for a reschedule. */
static u64 gate_step(const struct rig *rig, const struct tw_task *task, bool first)
{
	return tw_attr(&task->head, "dl")
		       ? rig->gate_close_ns[GATE_DEADLINE] + first * rig->gate_asks_ns
		       : rig->gate_close_ns[GATE_OTHER];
}

/*
 * Wakes them one after the other under the spinlock of the queue: whoever preempts tw does so at
 * its unlock, and finds the mutex taken if that has one.
 */
static void open_by_steps(struct writer *w)
{
	bool locked = gate_is_locked(w), first = true;
	u64 gap = w->rig->gate_close_ns[GATE_FIRST];

	if (locked)
		write_item(w, "kernel_lock: tw_pipe");
	write_item(w, "spin_lock: tw_readers");
	for (u32 i = 0; i < w->tw->nr_tasks; i++) {
		const struct tw_task *task = &w->tw->task[i];

		for (u32 j = 0; j < task->count && !task->is_template; j++) {
			write_item(w, "run: %" PRIu64 "ns", gap);
			write_item(w, "wake_up: {queue: tw_gate, nr: 1, events: 1}");
			gap = gate_step(w->rig, task, first);
			first = first && !tw_attr(&task->head, "dl");
		}
	}
	write_item(w, "run: %" PRIu64 "ns", w->rig->gate_close_ns[GATE_LAST]);
	write_item(w, "spin_unlock: tw_readers");
	write_run(w, w->rig->gate_unlock_ns);
	if (locked)
		write_item(w, "kernel_unlock: tw_pipe");
}

/*
 * What is missing follows the wakeups, which are the model's and shorter than a pipe's: by whoever
 * runs then.
 */
static void open_queue(struct writer *w)
{
	if (opens_by_steps(w)) {
		open_by_steps(w);
		return;
	}
	write_item(w, "run: %" PRIu64 "ns", w->rig->gate_first_ns);
	write_item(w, "wake_up: {queue: tw_gate, nr: all, events: %u}", workload_nr_gated(w->tw));
	if (gate_rest(w) && !wakes_deadline(w->tw))
		write_item(w, "run: %" PRIu64 "ns", gate_rest(w));
}

/*
 * The same, one after the other: the way to the first wakeup, from one to the next, and what
 * follows the last. The model's wakeup of a real-time task, and of one in a group, takes the way to
 * the next as well.
 */
static void open_by_one(struct writer *w)
{
	u64 gap = w->rig->open_ns;

	for (u32 i = 0; i < w->tw->nr_tasks; i++) {
		const struct tw_task *task = &w->tw->task[i];
		bool grouped = w->rig->autogroup || tw_attr(&task->head, "cg");

		for (u32 j = 0; j < task->count && !task->is_template; j++) {
			write_item(w, "run: %" PRIu64 "ns", gap);
			write_item(w, "wake_up: {queue: tw_gate, nr: 1, events: 1}");
			gap = grouped || tw_is_rt(&task->head) ? 0 : w->rig->wake_ns;
		}
	}
	write_item(w, "run: %" PRIu64 "ns", w->rig->gate_last_ns);
}

static void write_opening(struct writer *w)
{
	if (!w->rig->turn_ns) {
		write_item(w, "mark: TW_START");
		if (w->rig->queue_gate && w->rig->wake_ns && !wakes_deadline(w->tw))
			open_by_one(w);
		else if (w->rig->queue_gate)
			open_queue(w);
		else
			write_item(w, "barrier: tw_gate");
		/* The gate itself is a queue; the file that tw closes is another's. */
		if (w->rig->closes)
			write_item(w, "close_write: tw_closes");
		return;
	}
	write_item(w, "run: %" PRIu64 "ns", w->rig->open_ns);
	write_item(w, "mark: TW_START");
	write_item(w, "kernel_lock: tw_pipe");
	for (u32 i = 0; i < workload_nr_gated(w->tw); i++) {
		write_item(w, "run: %" PRIu64 "ns", w->rig->wake_ns);
		write_item(w, "wake_up: tw_gate");
	}
	write_item(w, "kernel_unlock: tw_pipe");
}

static u32 nr_pipes(const struct tw *tw)
{
	const char *seen[TW_TASKS_MAX];
	u32 nr = 0;

	for (u32 i = 0; i < tw->nr_tasks; i++)
		for (u32 j = 0; j < tw->task[i].nr_statements; j++) {
			const struct tw_line *line = &tw->task[i].statement[j];
			u32 at = 0;

			if (line->nr_words < 2 ||
			    (strcmp(line->word[0], "pread") && strcmp(line->word[0], "pwrite")))
				continue;
			while (at < nr && strcmp(seen[at], line->word[1]))
				at++;
			if (at == nr && nr < TW_TASKS_MAX)
				seen[nr++] = line->word[1];
		}
	return nr;
}

/* tw's start-up: it reads its file and makes what the tasks share. */
static u64 begin_ns(const struct writer *w)
{
	const struct rig *rig = w->rig;
	u64 ns = rig->begin_ns + w->tw->nr_lines * rig->line_ns + nr_pipes(w->tw) * rig->pipe_ns +
		 cgroups_ns(w);

	if (wakes_deadline(w->tw))
		ns += rig->deadline_ns;

	for (u32 i = 0; i < w->tw->nr_tasks; i++) {
		const struct tw_task *task = &w->tw->task[i];

		ns += rig->task_ns + task->nr_statements * rig->statement_ns +
		      (task->head.nr_words - 2) * rig->attribute_ns;
	}
	return ns;
}

static void become_fifo(struct writer *w, u64 way_ns)
{
	if (way_ns)
		write_item(w, "run: %" PRIu64 "ns", way_ns);
	write_item(w, "policy: {policy: fifo, priority: %u, reset_on_fork: true}", MAIN_PRIORITY);
}

static void write_main(struct writer *w, const struct window_guess *guess)
{
	write_parent(w, "systemd", w->rig->runner_ns, "tw shell", false);
	write_parent(w, "sh", w->rig->shell_ns, "tw main", true);
	begin_yaml_task(w, "tw main");
	text_add(w->yaml, "    comm: tw\n    template: true\n");
	if (w->rig->copies)
		text_printf(w->yaml, "    memory: {pages: %" PRIu64 "}\n", w->rig->copies);
	text_add(w->yaml, "    program:\n");
	w->indent = 6;
	if (w->rig->copies)
		write_item(w, "exec: tw"); /* it has nothing of the shell's memory */
	write_copy(w);
	write_table(w);
	write_item(w, "run: %" PRIu64 "ns", begin_ns(w));
	if (guess->early_fifo) {
		become_fifo(w, w->rig->early_fifo_ns);
		w->is_rt = true;
	}
	bool waited = false;

	for (u32 i = 0, nr = 0; i < w->tw->nr_tasks; i++) {
		const struct tw_task *task = &w->tw->task[i];
		char name[64];

		for (u32 j = 0; j < task->count && !task->is_template; j++) {
			if (nr++)
				write_item(w, "run: %" PRIu64 "ns",
					   between(w->rig, nr - 1) -
						   (nr == 2 && waited ? w->rig->waited_ns : 0) -
						   (nr == 2 && guess->early_fifo
							    ? w->rig->early_second_ns
							    : 0));
			write_item(w, "fork: \"%s\"", task_name(w, task, j, name));
			/* the older tw leaves the first copies to its child */
			if (!guess->early_fifo || nr > 1)
				write_copy(w);
			write_item(w, "run: %" PRIu64 "ns",
				   nr <= w->rig->nr_nth_forked ? w->rig->nth_forked_ns[nr - 1]
							       : w->rig->forked_ns);
			write_item(w, "pipe_read: tw_ready");
			if (tw_attr(&task->head, "cg") && !waited) {
				write_item(w, "run: %" PRIu64 "ns", w->rig->regrouped_ns);
				waited = true;
			}
		}
	}
	if (!guess->early_fifo) {
		become_fifo(w, w->rig->to_fifo_ns);
		if (!wakes_rt(w->tw) && w->rig->first_rt_ns)
			write_item(w, "run: %" PRIu64 "ns", w->rig->first_rt_ns);
	} else {
		write_run(w, w->rig->early_sleep_ns);
	}
	write_item(w, "sleep: %" PRIu64 "ns", (u64)((s64)(SETTLE_MS * MSEC) + guess->settle_ns));
	write_opening(w);
	write_item(w, "sleep: %" PRIu64 "ns", w->tw->duration_ns);
	write_item(w, "mark: TW_END");
	write_item(w, "sleep: 1s");
}

/* ---- The whole ---- */

u32 workload_nr_gated(const struct tw *tw)
{
	u32 nr = 0;

	for (u32 i = 0; i < tw->nr_tasks; i++)
		nr += tw->task[i].is_template ? 0 : tw->task[i].count;
	return nr;
}

static void write_globals(struct writer *w)
{
	const struct tw *tw = w->tw;

	if (w->rig->turn_ns)
		text_add(w->yaml, "barriers:\n");
	else if (w->rig->queue_gate)
		text_add(
			w->yaml,
			"wait_queues:\n  tw_gate:\n  tw_second:\n  tw_joined:\n  tw_notify:\npipes:\n  tw_closes: {eof: true}\n  tw_left: {eof: true}\nbarriers:\n  tw_unmet: 2\n");
	else
		text_printf(w->yaml, "barriers:\n  tw_gate: %u\n", workload_nr_gated(tw) + 1);
	for (u32 i = 0; i < tw->nr_globals; i++)
		if (!strcmp(tw->global[i].word[0], "barrier") && tw->global[i].nr_words > 2)
			text_printf(w->yaml, "  \"%s\": %s\n", tw->global[i].word[1],
				    tw->global[i].word[2]);
	if (gate_is_locked(w))
		text_add(w->yaml, "kernel_mutexes:\n  tw_pipe:\n");
	if (w->rig->turn_ns)
		text_add(w->yaml, "wait_queues:\n  tw_gate:\n");
	text_add(w->yaml, "mutexes:\n  tw_unused:\n");
	for (u32 i = 0; i < tw->nr_globals; i++) {
		const struct tw_line *line = &tw->global[i];

		if (!strcmp(line->word[0], "mutex") && line->nr_words > 1)
			text_printf(w->yaml, "  \"%s\": {pi: %s}\n", line->word[1],
				    line->nr_words > 2 && !strcmp(line->word[2], "pi") ? "true"
										       : "false");
	}
}

/*
 * QUOTA/PERIOD. In .tw files times need no unit, in workloads they do. The recording program cuts
 * both to microseconds.
 */
static void write_max(struct writer *w, const char *max)
{
	char quota[32];
	const char *slash = strchr(max, '/');
	u64 quota_ns, period_ns;

	snprintf(quota, sizeof(quota), "%.*s", slash ? (int)(slash - max) : 0, max);
	if (slash && tw_time(quota, &quota_ns) && tw_time(slash + 1, &period_ns))
		text_printf(w->yaml, "max: %" PRIu64 "us/%" PRIu64 "us", (u64)(quota_ns / USEC),
			    (u64)(period_ns / USEC));
	else
		text_printf(w->yaml, "max: %s", max); /* which says what is wrong with it */
}

/*
 * cgroup NAME [weight=W] [max=QUOTA/PERIOD] [idle=1], as the rig's version of cgroups has it. An
 * idle group's weight is gone: tw writes cpu.idle last.
 */
static void write_group(struct writer *w, const struct tw_line *line)
{
	const char *weight = tw_attr(line, "weight"), *max = tw_attr(line, "max");
	const char *idle = tw_attr(line, "idle");
	const char *comma = "";

	if (idle && atoi(idle))
		weight = NULL;
	text_printf(w->yaml, "  \"%s\": {", line->word[1]);
	if (weight && w->rig->cgroup_v1)
		text_printf(w->yaml, "shares: %lu", strtoul(weight, NULL, 10) * 1024 / 100);
	else if (weight)
		text_printf(w->yaml, "weight: %s", weight);
	if (weight)
		comma = ", ";
	if (max) {
		text_add(w->yaml, comma);
		write_max(w, max);
		comma = ", ";
	}
	if (idle)
		text_printf(w->yaml, "%sidle: %s", comma, idle);
	text_add(w->yaml, "}\n");
}

static void write_groups(struct writer *w)
{
	const struct tw *tw = w->tw;

	text_add(w->yaml, "groups:\n");
	for (u32 i = 0; i < tw->nr_globals; i++)
		if (!strcmp(tw->global[i].word[0], "cgroup") && tw->global[i].nr_words > 1)
			write_group(w, &tw->global[i]);
}

/* Whom @task's program forks is forked, as one of the next generation. */
static void note_forks(const struct tw *tw, const struct tw_task *task, u32 generation, u32 *forked)
{
	for (u32 i = 0; i < task->nr_statements; i++) {
		const struct tw_line *line = &task->statement[i];
		const struct tw_task *child;

		if (strcmp(line->word[0], "fork") || line->nr_words < 2 ||
		    !(child = task_to_fork(tw, line->word[1])))
			continue;
		if (forked[child - tw->task] & 1U << next_generation(generation))
			continue;
		forked[child - tw->task] |= 1U << next_generation(generation);
		note_forks(tw, child, next_generation(generation), forked);
	}
}

enum { RUNNER_FORKS = 2 }; /* a shell, which forks tw */

/* The tasks that tw forks in the set-up. */
bool workload_write(const struct tw *tw, const struct rig *rig, const struct window_guess *guess,
		    struct text *yaml, char needs_text[100])
{
	struct writer w = {.tw = tw, .rig = rig, .yaml = yaml, .needs = needs_text};
	u32 forked[TW_TASKS_MAX] = {0}; /* as which generations, a bit for each */

	rig_print(rig, guess->tick_phase_ns, guess->start_ns ? guess->start_ns : guess->duration_ns,
		  RUNNER_FORKS + workload_nr_gated(tw), yaml);
	text_printf(yaml, "duration: %" PRIu64 "ns\n", guess->duration_ns);
	write_groups(&w);
	write_globals(&w);
	text_add(yaml, "tasks:\n");
	write_main(&w, guess);
	beside_write(&w, guess);
	for (u32 i = 0; i < tw->nr_tasks; i++)
		if (!tw->task[i].is_template)
			note_forks(tw, &tw->task[i], 0, forked);
	for (u32 i = 0; i < tw->nr_tasks; i++) {
		const struct tw_task *task = &tw->task[i];

		for (u32 generation = 1; generation <= GENERATIONS_MAX; generation++)
			if (forked[i] & 1U << generation &&
			    (!write_template(&w, task, generation, false) ||
			     (is_meant(tw, task) && !write_template(&w, task, generation, true))))
				return false;
		for (u32 j = 0; j < task->count && !task->is_template; j++)
			if (!write_gated(&w, task, j))
				return false;
	}
	return true;
}
