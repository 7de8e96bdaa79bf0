/* SPDX-License-Identifier: MIT */
/* Says a .tw file in ossim's language. */
#include "workload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAIN_PRIORITY = 99, SETTLE_MS = 20, INDENT_STEP = 4 };

struct writer {
	const struct tw *tw;
	const struct rig *rig;
	struct text *yaml;
	char *needs;
	u32 indent;
	u32 nr_written; /* tasks that wait at the gate, so far */
};

printf_like(2, 3) static void item(struct writer *w, const char *fmt, ...)
{
	char line[400];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	text_printf(w->yaml, "%*s- %s\n", (int)w->indent, "", line);
}

static bool needs(struct writer *w, const char *what)
{
	snprintf(w->needs, 100, "%s", what);
	return false;
}

/* A time in the form that ossim reads: the unit is never left out. */
static const char *time_text(const char *word, char buf[32])
{
	u64 ns = 0;

	if (!tw_time(word, &ns))
		ns = 0;
	snprintf(buf, 32, "%" PRIu64 "ns", ns);
	return buf;
}

/* ---- Attributes ---- */

/* dl=RUNTIME/DEADLINE[/PERIOD] with flags=A,B. */
static bool write_deadline(struct writer *w, const char *dl, const char *flags)
{
	char text[100], part[3][32];
	const char *word[3] = {0};
	char *at = text;

	snprintf(text, sizeof(text), "%s", dl);
	for (u32 i = 0; i < 3; i++)
		word[i] = strsep(&at, "/");
	if (!word[1])
		return needs(w, "dl=RUNTIME/DEADLINE");
	if (!word[2])
		word[2] = word[1];
	if (flags && strstr(flags, "overrun"))
		item(w, "sigaction: {signal: XCPU, ignore: true}");
	item(w, "policy: {policy: deadline, runtime: %s, deadline: %s, period: %s%s%s%s}",
	     time_text(word[0], part[0]), time_text(word[1], part[1]),
	     time_text(word[2], part[2]), flags ? ", flags: [" : "", flags ? flags : "",
	     flags ? "]" : "");
	return true;
}

/* cgroup v1 is told by the `tasks` file, which moves a thread alone. */
static void write_regroup(struct writer *w, const char *group)
{
	item(w, "run: %" PRIu64 "ns", w->rig->regroup_ns);
	if (w->rig->cgroup_v1)
		item(w, "group: {group: %s, thread: true}", group);
	else
		item(w, "group: %s", group);
}

/* sched_setattr as the attributes of @line ask for it. */
static bool write_attributes(struct writer *w, const struct tw_line *line, u32 from)
{
	const char *policy = NULL, *nice = NULL, *prio = NULL, *slice = NULL, *cpus = NULL;
	const char *group = NULL;
	const char *dl = NULL, *flags = NULL;
	char buf[32], text[200];
	bool set = false;

	for (u32 i = from; i < line->nr_words; i++) {
		const char *word = line->word[i], *value;

		if ((value = tw_value(word, "policy")))
			policy = value;
		else if ((value = tw_value(word, "nice")))
			nice = value;
		else if ((value = tw_value(word, "prio")))
			prio = value;
		else if ((value = tw_value(word, "slice")))
			slice = value;
		else if ((value = tw_value(word, "cpus")))
			cpus = value;
		else if ((value = tw_value(word, "cg")))
			group = value;
		else if ((value = tw_value(word, "dl")))
			dl = value;
		else if ((value = tw_value(word, "flags")))
			flags = value;
	}
	if (group)
		write_regroup(w, group);
	if (cpus)
		item(w, "affinity: \"%s\"", cpus);
	if (dl)
		return write_deadline(w, dl, flags);
	set = policy || nice || slice;
	if (!set)
		return true;
	if (policy && (!strcmp(policy, "fifo") || !strcmp(policy, "rr"))) {
		item(w, "policy: {policy: %s, priority: %s}", policy, prio ? prio : "10");
		return true;
	}
	snprintf(text, sizeof(text), "policy: {policy: %s, nice: %s", policy ? policy : "other",
		 nice ? nice : "0");
	if (slice)
		item(w, "%s, slice: %s}", text, time_text(slice, buf));
	else
		item(w, "%s}", text);
	return true;
}

/* ---- Statements ---- */

static bool write_affinity(struct writer *w, const char *word)
{
	const char *colon = strchr(word, ':');

	if (colon)
		item(w, "affinity: {cpus: \"%s\", task: %.*s}", colon + 1, (int)(colon - word), word);
	else
		item(w, "affinity: \"%s\"", word);
	return true;
}

static void open_loop(struct writer *w, const struct tw_line *line)
{
	if (line->nr_words > 1 && strcmp(line->word[1], "0")) {
		item(w, "loop:");
		text_printf(w->yaml, "%*scount: %s\n%*sdo:\n", (int)w->indent + 4, "",
			    line->word[1], (int)w->indent + 4, "");
	} else {
		item(w, "loop:");
	}
	w->indent += INDENT_STEP;
}

/* Statements whose ossim word takes the first operand as it is. */
static const struct {
	const char *tw, *ossim;
	bool is_time;
} plain[] = {
	{"run", "run", true},          {"sleep", "sleep", true},
	{"timer", "timer", true},      {"yield", "yield", false},
	{"nice", "nice", false},       {"slice", "slice", true},
	{"fork", "fork", false},       {"wait", "wait", false},
	{"waitall", "waitall", false}, {"exit", "exit", false},
	{"stop", "stop", false},       {"cont", "cont", false},
	{"kill", "kill", false},       {"pwrite", "pipe_write", false},
	{"pread", "pipe_read", false}, {"lock", "lock", false},
	{"unlock", "unlock", false},   {"csignal", "cond_signal", false},
	{"cbroadcast", "cond_broadcast", false},
	{"barrier", "barrier", false}, {"post", "sem_post", false},
	{"sem", "sem_wait", false},    {"mark", "mark", false},
};

static bool write_statement(struct writer *w, const struct tw_line *line)
{
	const char *word = line->word[0], *a = line->nr_words > 1 ? line->word[1] : NULL;
	char buf[32];

	for (size_t i = 0; i < ARRAY_SIZE(plain); i++) {
		if (strcmp(word, plain[i].tw))
			continue;
		if (!a)
			item(w, "%s", plain[i].ossim);
		else
			item(w, "%s: %s", plain[i].ossim, plain[i].is_time ? time_text(a, buf) : a);
		if (!strcmp(word, "fork") && w->rig->after_fork_ns)
			item(w, "run: %" PRIu64 "ns", w->rig->after_fork_ns);
		return true;
	}
	if (!strcmp(word, "loop")) {
		open_loop(w, line);
	} else if (!strcmp(word, "end")) {
		w->indent -= INDENT_STEP;
	} else if (!strcmp(word, "cwait") && line->nr_words > 2) {
		item(w, "cond_wait: {cond: %s, mutex: %s}", a, line->word[2]);
	} else if (!strcmp(word, "renice") && line->nr_words > 2) {
		item(w, "nice: {value: %s, task: %s}", line->word[2], a);
	} else if (!strcmp(word, "setaff") && a) {
		return write_affinity(w, a);
	} else if (!strcmp(word, "cg") && a) {
		write_regroup(w, a);
	} else if (!strcmp(word, "sched")) {
		return write_attributes(w, line, 1);
	} else {
		return needs(w, word);
	}
	return true;
}

/* ---- Tasks ---- */

static void begin_task(struct writer *w, const char *name)
{
	w->indent = 2;
	item(w, "name: \"%s\"", name);
	w->indent = 4;
}

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

static bool write_program(struct writer *w, const struct tw_task *task)
{
	if (task->delay_ns)
		item(w, "sleep: %" PRIu64 "ns", task->delay_ns);
	for (u32 i = 0; i < task->nr_statements; i++)
		if (!write_statement(w, &task->statement[i]))
			return false;
	return true;
}

/* One instance that waits at the gate, as a template for tw to fork. */
static bool write_gated(struct writer *w, const struct tw_task *task, u32 instance)
{
	const struct rig *rig = w->rig;
	u64 setup = rig->child_ns + rig->ready_ns;
	char name[80];

	if (task->count > 1)
		setup += rig->numbered_ns;
	if (!w->nr_written++)
		setup += rig->first_child_ns;
	snprintf(name, sizeof(name), task->count > 1 ? "%s%u" : "%s", task->name, instance);
	begin_task(w, name);
	write_comm(w, task, instance, task->count > 1);
	text_add(w->yaml, "    template: true\n    program:\n");
	w->indent = 6;
	if (tw_attr(&task->head, "session"))
		item(w, "setsid");
	item(w, "run: %" PRIu64 "ns", setup);
	if (!write_attributes(w, &task->head, 2))
		return false;
	item(w, "pipe_write: tw_ready");
	item(w, "barrier: tw_gate");
	if (w->rig->opened_ns)
		item(w, "run: %" PRIu64 "ns", w->rig->opened_ns);
	return write_program(w, task);
}

/* What `fork NAME` of a program refers to. */
static bool write_template(struct writer *w, const struct tw_task *task)
{
	begin_task(w, task->name);
	text_printf(w->yaml, "    comm: \"%.15s\"\n", forker_of(w->tw, task->name));
	text_add(w->yaml, "    template: true\n    program:\n");
	w->indent = 6;
	item(w, "run: %" PRIu64 "ns", w->rig->child_ns);
	item(w, "rename: \"%.15s\"", task->name);
	if (!write_attributes(w, &task->head, 2) || !write_program(w, task))
		return false;
	return true;
}

/* The runner of all cases forks a shell, the shell forks tw, and both wait. */
static void write_parent(struct writer *w, const char *name, u64 run_ns, const char *child,
			 bool is_template)
{
	begin_task(w, name);
	if (!is_template && w->rig->runner_cpu)
		text_printf(w->yaml, "    affinity: %" PRIu64 "\n", w->rig->runner_cpu);
	text_printf(w->yaml, "%s    program:\n", is_template ? "    template: true\n" : "");
	w->indent = 6;
	if (!is_template && w->rig->runner_cpu)
		item(w, "affinity: 0-%u", w->rig->cpus - 1);
	item(w, "run: %" PRIu64 "ns", run_ns);
	item(w, "fork: %s", child);
	item(w, "run: %" PRIu64 "ns", w->rig->waits_ns);
	item(w, "wait");
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

static void write_main(struct writer *w)
{
	write_parent(w, "systemd", w->rig->runner_ns, "sh", false);
	write_parent(w, "sh", w->rig->shell_ns, "tw", true);
	begin_task(w, "tw");
	text_add(w->yaml, "    template: true\n    program:\n");
	w->indent = 6;
	item(w, "run: %" PRIu64 "ns",
	     w->rig->begin_ns + w->tw->nr_lines * w->rig->line_ns + cgroups_ns(w));
	bool waited = false;

	for (u32 i = 0, nr = 0; i < w->tw->nr_tasks; i++) {
		const struct tw_task *task = &w->tw->task[i];

		for (u32 j = 0; j < task->count && !task->is_template; j++) {
			if (nr++)
				item(w, "run: %" PRIu64 "ns", between(w->rig, nr - 1));
			if (task->count > 1)
				item(w, "fork: \"%s%u\"", task->name, j);
			else
				item(w, "fork: \"%s\"", task->name);
			item(w, "run: %" PRIu64 "ns", w->rig->forked_ns);
			item(w, "pipe_read: tw_ready");
			if (tw_attr(&task->head, "cg") && !waited) {
				item(w, "run: %" PRIu64 "ns", w->rig->regrouped_ns);
				waited = true;
			}
		}
	}
	item(w, "policy: {policy: fifo, priority: %u}", MAIN_PRIORITY);
	item(w, "sleep: %ums", SETTLE_MS);
	item(w, "mark: TW_START");
	item(w, "barrier: tw_gate");
	item(w, "sleep: %" PRIu64 "ns", w->tw->duration_ns);
	item(w, "mark: TW_END");
	item(w, "sleep: 1s");
}

/* RCU's follows what the tasks do at the beginning of the window. */
static u64 window_tick(const struct rig *rig, const struct rig_kthread *k,
		       const struct window_guess *guess)
{
	u64 tick_ns = SEC / rig->hz, phase = guess->tick_phase_ns % tick_ns;

	return (guess->start_ns + tick_ns - phase) / tick_ns * tick_ns + phase +
	       (u64)((s64)k->tick * (s64)tick_ns);
}

/*
 * The kernel's housekeeping follows the machine's uptime, at which the runner begins, not the window:
 * the tick that is nearest to its usual time after the runner's begin, which is the run's.
 */
static u64 kthread_tick(const struct rig *rig, const struct rig_kthread *k,
			const struct window_guess *guess)
{
	u64 tick_ns = SEC / rig->hz;
	u64 usual = rig->first_tick_ns + (u64)((s64)k->tick * (s64)tick_ns);
	u64 phase = guess->tick_phase_ns % tick_ns;

	return (usual + tick_ns / 2 - phase) / tick_ns * tick_ns + phase;
}

/* Each wakeup is an instance of its own: asleep from the start, woken once, asleep for ever. */
static void write_kthread(struct writer *w, const struct rig_kthread *k,
			  const struct window_guess *guess)
{
	u64 tick_ns = SEC / w->rig->hz;
	u64 tick = k->of_window ? window_tick(w->rig, k, guess) : kthread_tick(w->rig, k, guess);
	u64 first = tick + k->delay_ns;
	u64 end = guess->start_ns + w->tw->duration_ns;
	u64 count = 1;
	char name[32];

	if (first >= end)
		return;
	if (k->period)
		count += (end - first) / (k->period * tick_ns);
	snprintf(name, sizeof(name), "tw_kthread%u", (u32)(k - w->rig->kthread));
	begin_task(w, name);
	text_printf(w->yaml, "    comm: \"%s\"\n    count: %" PRIu64 "\n    birth: woken\n    start: %" PRIu64 "ns\n",
		    k->name, count, first);
	text_printf(w->yaml, "    start_step: %" PRIu64 "ns\n    affinity: %u\n    program:\n",
		    k->period * tick_ns, k->cpu);
	w->indent = 6;
	item(w, "run: %" PRIu64 "ns", k->run_ns);
	item(w, "sem_wait: tw_never");
}

/* ---- The whole ---- */

static u32 nr_gated(const struct tw *tw)
{
	u32 nr = 0;

	for (u32 i = 0; i < tw->nr_tasks; i++)
		nr += tw->task[i].is_template ? 0 : tw->task[i].count;
	return nr;
}

static void write_globals(struct writer *w)
{
	const struct tw *tw = w->tw;

	text_printf(w->yaml, "barriers:\n  tw_gate: %u\n", nr_gated(tw) + 1);
	for (u32 i = 0; i < tw->nr_globals; i++)
		if (!strcmp(tw->global[i].word[0], "barrier") && tw->global[i].nr_words > 2)
			text_printf(w->yaml, "  %s: %s\n", tw->global[i].word[1],
				    tw->global[i].word[2]);
	text_add(w->yaml, "mutexes:\n  tw_unused:\n");
	for (u32 i = 0; i < tw->nr_globals; i++) {
		const struct tw_line *line = &tw->global[i];

		if (!strcmp(line->word[0], "mutex") && line->nr_words > 1)
			text_printf(w->yaml, "  %s: {pi: %s}\n", line->word[1],
				    line->nr_words > 2 ? "true" : "false");
	}
}

/* cgroup NAME [weight=W] [max=QUOTA/PERIOD] [idle=1], as the rig's version of cgroups has it. */
static void write_group(struct writer *w, const struct tw_line *line)
{
	const char *weight = tw_attr(line, "weight"), *max = tw_attr(line, "max");
	const char *idle = tw_attr(line, "idle");
	const char *comma = "";

	text_printf(w->yaml, "  %s: {", line->word[1]);
	if (weight && w->rig->cgroup_v1)
		text_printf(w->yaml, "shares: %lu", strtoul(weight, NULL, 10) * 1024 / 100);
	else if (weight)
		text_printf(w->yaml, "weight: %s", weight);
	if (weight)
		comma = ", ";
	if (max)
		text_printf(w->yaml, "%smax: %s", comma, max);
	if (max)
		comma = ", ";
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

bool workload_write(const struct tw *tw, const struct rig *rig, const struct window_guess *guess,
		    struct text *yaml, char needs_text[100])
{
	struct writer w = {.tw = tw, .rig = rig, .yaml = yaml, .needs = needs_text};

	rig_print(rig, guess->tick_phase_ns, yaml);
	text_printf(yaml, "duration: %" PRIu64 "ns\n", guess->duration_ns);
	write_groups(&w);
	write_globals(&w);
	text_add(yaml, "tasks:\n");
	write_main(&w);
	for (u32 i = 0; i < rig->nr_kthreads && guess->start_ns; i++)
		write_kthread(&w, &rig->kthread[i], guess);
	for (u32 i = 0; i < tw->nr_tasks; i++) {
		const struct tw_task *task = &tw->task[i];

		if (task->is_template && !write_template(&w, task))
			return false;
		for (u32 j = 0; j < task->count && !task->is_template; j++)
			if (!write_gated(&w, task, j))
				return false;
	}
	return true;
}
