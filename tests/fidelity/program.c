/* SPDX-License-Identifier: MIT */
/* Says the programs of a .tw file in ossim's language: names and statements. */
#include "program.h"

#include "attributes.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INDENT_STEP = 4, COMM_MAX = 15, ROUND_NS = 40 };

void write_item(struct writer *w, const char *fmt, ...)
{
	char line[400];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	text_printf(w->yaml, "%*s- %s\n", (int)w->indent, "", line);
}

void begin_yaml_task(struct writer *w, const char *name)
{
	w->indent = 2;
	write_item(w, "name: \"%s\"", name);
	w->indent = 4;
}

bool write_needs(struct writer *w, const char *what)
{
	snprintf(w->needs, 100, "%s", what);
	return false;
}

const char *time_text(const char *word, char buf[32])
{
	u64 ns = 0;

	if (!tw_time(word, &ns))
		ns = 0;
	snprintf(buf, 32, "%" PRIu64 "ns", ns);
	return buf;
}

void write_run(struct writer *w, u64 ns)
{
	/* Where cpus take turns: so many instructions, which no clock measures. */
	if (ns)
		write_item(w,
			   w->rig->turns_shared ? "syscall: %" PRIu64 "ns" : "run: %" PRIu64 "ns",
			   ns);
}

/* ---- Names ---- */

static bool is_first_of_name(const struct tw *tw, const struct tw_task *task)
{
	for (const struct tw_task *other = tw->task; other < task; other++)
		if (!strcmp(other->name, task->name))
			return false;
	return true;
}

const char *task_name(const struct writer *w, const struct tw_task *task, u32 instance,
		      char buf[64])
{
	char again[16] = "";

	if (!is_first_of_name(w->tw, task))
		snprintf(again, sizeof(again), "~%u", (u32)(task - w->tw->task));
	if (task->count > 1)
		snprintf(buf, 64, "%.30s%s%u", task->name, again, instance);
	else
		snprintf(buf, 64, "%.30s%s", task->name, again);
	return buf;
}

bool is_meant(const struct tw *tw, const struct tw_task *task)
{
	static const char *const words[] = {"stop", "cont", "kill", "renice"};

	for (u32 i = 0; i < tw->nr_tasks; i++)
		for (u32 j = 0; j < tw->task[i].nr_statements; j++) {
			const struct tw_line *line = &tw->task[i].statement[j];

			for (size_t k = 0; k < ARRAY_SIZE(words) && line->nr_words > 1; k++)
				if (!strcmp(line->word[0], words[k]) &&
				    !strcmp(line->word[1], task->name))
					return true;
		}
	return false;
}

const char *template_name(const struct writer *w, const struct tw_task *task, u32 generation,
			  bool again, char buf[64])
{
	size_t len;

	if (task->is_template && task->count <= 1)
		(void)task_name(w, task, 0, buf);
	else
		snprintf(buf, 64, "%.30s~forked%u", task->name, (u32)(task - w->tw->task));
	len = strlen(buf);
	if (generation > 1 || again)
		snprintf(buf + len, 64 - len, "~~%u%s", generation, again ? "~again" : "");
	return buf;
}

bool begins_page(u32 generation)
{
	return generation && generation % 2 == 0;
}

u32 next_generation(u32 generation)
{
	return min_of(generation + 1, (u32)GENERATIONS_MAX);
}

const struct tw_task *task_to_fork(const struct tw *tw, const char *name)
{
	const struct tw_task *found = NULL;

	for (u32 i = 0; i < tw->nr_tasks; i++)
		if (!strcmp(tw->task[i].name, name))
			found = &tw->task[i];
	return found;
}

/* Whom a statement means: the first whose comm is @comm, as tw.c registers them. NULL: nobody. */
static const char *target_name(const struct writer *w, const char *comm, char buf[64])
{
	for (u32 i = 0; i < w->tw->nr_tasks; i++) {
		const struct tw_task *task = &w->tw->task[i];

		for (u32 j = 0; j < task->count && !task->is_template; j++) {
			char name[32];

			if (task->count > 1)
				snprintf(name, sizeof(name), "%.13s%u", task->name, j);
			else
				snprintf(name, sizeof(name), "%.15s", task->name);
			name[COMM_MAX] = '\0';
			if (!strcmp(name, comm))
				return task_name(w, task, j, buf);
		}
	}
	for (u32 i = 0; i < w->tw->nr_tasks; i++)
		if (w->tw->task[i].is_template && !strcmp(w->tw->task[i].name, comm))
			return template_name(w, &w->tw->task[i], 1, false, buf);
	return NULL;
}

/* ---- Statements ---- */

enum operand { NOTHING, TIME, NAME, NICE, TARGET };

static const struct {
	const char *tw, *ossim;
	enum operand operand;
	bool passes; /* takes time even if nobody waits for it */
} plain[] = {
	{"run", "run", TIME, true},
	{"sleep", "sleep", TIME, true},
	{"timer", "timer", TIME, true},
	{"yield", "yield", NOTHING, true},
	{"nice", "nice", NICE, true},
	{"slice", "slice", TIME, true},
	{"wait", "wait", NOTHING, true},
	{"waitall", "waitall", NOTHING, true},
	{"exit", "exit", NOTHING, true},
	{"stop", "stop", TARGET, false},
	{"cont", "cont", TARGET, false},
	{"kill", "kill", TARGET, false},
	{"pwrite", "pipe_write", NAME, true},
	{"pread", "pipe_read", NAME, true},
	{"lock", "lock", NAME, false},
	{"unlock", "unlock", NAME, false},
	{"csignal", "cond_signal", NAME, false},
	{"cbroadcast", "cond_broadcast", NAME, false},
	{"barrier", "barrier", NAME, false},
	{"post", "sem_post", NAME, false},
	{"sem", "sem_wait", NAME, false},
	{"mark", "mark", NAME, true},
};

/* A stack of several pages, and what it has in common with those above. */
static void write_end(struct writer *w)
{
	const struct rig *rig = w->rig;
	u64 ns = w->generation * rig->deep_exit_ns + w->generation / 2 * rig->deep_page_ns;

	if (!w->generation)
		ns = rig->gated_end_ns;
	if (w->lineage > 2)
		ns += min_of(w->lineage - 2, 2U) * rig->lineage_end_ns;
	write_run(w, ns + (u32)__builtin_popcount(w->windows) * rig->window_end_ns);
}

static void write_plain(struct writer *w, size_t row, const char *operand)
{
	char buf[64];
	const char *target;

	switch (plain[row].operand) {
	case NOTHING:
		if (!strcmp(plain[row].tw, "exit"))
			write_end(w);
		write_item(w, "%s", plain[row].ossim);
		break;
	case TIME:
		write_item(w, "%s: %s", plain[row].ossim, time_text(operand, buf));
		break;
	case NAME:
		write_item(w, "%s: \"%s\"", plain[row].ossim, operand);
		break;
	case NICE:
		write_item(w, "nice: %d", nice_value(operand));
		break;
	case TARGET:
		target = target_name(w, operand, buf);
		if (target)
			write_item(w, "%s: \"%s\"", plain[row].ossim, target);
	}
}

/* It is the first child that is written of those that statements mean by that name. */
static bool is_first_meant(const struct writer *w, const struct tw_task *task)
{
	return is_meant(w->tw, task) && !(w->named >> (task - w->tw->task) & 1);
}

static void write_fork(struct writer *w, const char *name)
{
	const struct tw_task *task = task_to_fork(w->tw, name);
	bool again;
	char buf[64];

	if (!task) {
		write_item(w, "exit");
		return;
	}
	again = is_meant(w->tw, task) && !is_first_meant(w, task);
	write_run(w, w->generation * w->rig->deep_fork_ns +
			     begins_page(w->generation) * w->rig->deep_page_ns);
	write_item(w, "fork: \"%s\"",
		   template_name(w, task, next_generation(w->generation), again, buf));
	w->named |= 1ull << (task - w->tw->task);
	write_run(w, w->rig->after_fork_ns);
}

static void write_affinity(struct writer *w, const char *word)
{
	const char *colon = strchr(word, ':'), *target;
	char comm[64], buf[64], cpus[200];

	if (!cpus_text(w, colon ? colon + 1 : word, cpus))
		return;
	if (!colon) {
		write_item(w, "affinity: \"%s\"", cpus);
		return;
	}
	snprintf(comm, sizeof(comm), "%.*s", (int)(colon - word), word);
	target = target_name(w, comm, buf);
	if (target)
		write_item(w, "affinity: {cpus: \"%s\", task: \"%s\"}", cpus, target);
}

static void write_renice(struct writer *w, const char *comm, const char *nice)
{
	char buf[64];
	const char *target = target_name(w, comm, buf);

	if (target)
		write_item(w, "nice: {value: %d, task: \"%s\"}", nice_value(nice), target);
}

static bool write_statement(struct writer *w, const struct tw_line *line)
{
	const char *word = line->word[0], *a = line->nr_words > 1 ? line->word[1] : "";

	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		if (!strcmp(word, plain[i].tw)) {
			write_plain(w, i, a);
			return true;
		}
	if (!strcmp(word, "fork"))
		write_fork(w, a);
	else if (!strcmp(word, "cwait") && line->nr_words > 2)
		write_item(w, "cond_wait: {cond: \"%s\", mutex: \"%s\"}", a, line->word[2]);
	else if (!strcmp(word, "renice") && line->nr_words > 2)
		write_renice(w, a, line->word[2]);
	else if (!strcmp(word, "setaff"))
		write_affinity(w, a);
	else if (!strcmp(word, "cg"))
		write_regroup(w, a);
	else if (!strcmp(word, "sched"))
		return write_attributes(w, line, 1);
	else
		return write_needs(w, word);
	return true;
}

/* ---- In user mode ---- */

static bool is_pi(const struct writer *w, const char *mutex)
{
	for (u32 i = 0; i < w->tw->nr_globals; i++) {
		const struct tw_line *line = &w->tw->global[i];

		if (!strcmp(line->word[0], "mutex") && line->nr_words > 2 &&
		    !strcmp(line->word[1], mutex))
			return !strcmp(line->word[2], "pi");
	}
	return false;
}

/* The interpreter's and the C library's way into a statement. */
static void pay_each_use(struct writer *w, const struct tw_line *line)
{
	char word[12];

	snprintf(word, sizeof(word), "%s%s",
		 line->nr_words > 1 && is_pi(w, line->word[1]) ? "pi" : "", line->word[0]);
	for (u32 i = 0; i < w->rig->nr_each; i++)
		if (!strcmp(w->rig->each[i].word, word))
			write_run(w, w->rig->each[i].ns);
}

/* ---- First uses ---- */

/* The windows of code, a bit for each, that a program's child touches first with @word. */
static u32 new_windows(const struct writer *w, const char *word)
{
	u32 windows = 0;
	char key[16];

	snprintf(key, sizeof(key), " %.12s ", word);
	for (u32 i = 0; i < w->rig->nr_windows && w->generation; i++)
		if (strstr(w->rig->window[i], key))
			windows |= 1U << i;
	return windows & ~w->windows;
}

static void touch_windows(struct writer *w, const char *word)
{
	u32 windows = new_windows(w, word);

	write_run(w, (u32)__builtin_popcount(windows) * w->rig->window_ns);
	w->windows |= windows;
}

static s32 first_use(const struct writer *w, const char *word)
{
	for (u32 i = 0; i < w->rig->nr_first; i++)
		if (!w->used[i] && !strcmp(w->rig->first[i].word, word))
			return (s32)i;
	return -1;
}

static void touched_already(struct writer *w, const char *word)
{
	s32 i = first_use(w, word);

	if (i >= 0)
		w->used[i] = true;
}

/*
 * What the statement takes longer the first time: pages of code and data that it touches. False: it
 * was used. A wait for a condition unlocks, and touches what that does; one for a semaphore what
 * waking the next takes.
 */
static bool pay_first_use(struct writer *w, const char *word)
{
	s32 i = first_use(w, word), unlock = first_use(w, "unlock");
	bool waits = !strcmp(word, "cwait");
	u64 known = 0;

	if (i < 0)
		return false;
	for (u32 j = 0; j < w->rig->nr_first && waits && unlock < 0; j++)
		known += strcmp(w->rig->first[j].word, "unlock") ? 0 : w->rig->first[j].ns;
	w->used[i] = true;
	if (waits && unlock >= 0)
		w->used[unlock] = true;
	write_run(w, w->rig->first[i].ns - min_of(w->rig->first[i].ns, known));
	if (!strcmp(word, "sem"))
		(void)pay_first_use(w, "post");
	if (!strcmp(word, "lock") && w->rig->lock_touches_post)
		touched_already(w, "post");
	return true;
}

/* The grid of a task's timers begins when it has read the clock, before all of that is paid. */
static bool write_first_timer(struct writer *w, const struct tw_line *line)
{
	u64 ns = 0;

	if (strcmp(line->word[0], "timer") || line->nr_words < 2 || !tw_time(line->word[1], &ns) ||
	    ns < w->rig->timer_early_ns)
		return false;
	write_item(w, "timer: %" PRIu64 "ns", ns - w->rig->timer_early_ns);
	return true;
}

/* ---- Loops ---- */

static bool is_word(const struct tw_task *task, u32 i, const char *word)
{
	return !strcmp(task->statement[i].word[0], word);
}

/* The `end` of the loop at @at, or @to. */
static u32 end_of_loop(const struct tw_task *task, u32 at, u32 to)
{
	u32 depth = 0;

	for (u32 i = at; i < to; i++) {
		depth += is_word(task, i, "loop");
		if (is_word(task, i, "end") && --depth == 0)
			return i;
	}
	return to;
}

static bool forks_first_meant(const struct writer *w, const struct tw_line *line)
{
	const struct tw_task *child = NULL;

	if (!strcmp(line->word[0], "fork") && line->nr_words > 1)
		child = task_to_fork(w->tw, line->word[1]);
	return child && is_first_meant(w, child);
}

static bool has_first_use(const struct writer *w, const struct tw_task *task, u32 from, u32 to)
{
	for (u32 i = from; i < to; i++)
		if (forks_first_meant(w, &task->statement[i]) ||
		    first_use(w, task->statement[i].word[0]) >= 0 ||
		    new_windows(w, task->statement[i].word[0]))
			return true;
	return false;
}

/* Does a round take time whatever others do? */
static bool passes_time(const struct tw_task *task, u32 from, u32 to)
{
	for (u32 i = from; i < to; i++)
		for (size_t k = 0; k < ARRAY_SIZE(plain); k++)
			if (plain[k].passes && is_word(task, i, plain[k].tw))
				return true;
	return false;
}

static bool write_range(struct writer *w, const struct tw_task *task, u32 from, u32 to);

/* @count 0: for ever. */
static bool write_rounds(struct writer *w, const struct tw_task *task, int count, u32 from, u32 to)
{
	bool good;

	write_item(w, "loop:");
	if (count)
		text_printf(w->yaml, "%*scount: %d\n%*sdo:\n", (int)w->indent + 4, "", count,
			    (int)w->indent + 4, "");
	w->indent += INDENT_STEP;
	good = write_range(w, task, from, to);
	if (!passes_time(task, from, to))
		write_run(w, ROUND_NS); /* what the interpreter takes */
	w->indent -= INDENT_STEP;
	return good;
}

/* The first round is written by itself if something is used in it that was not before. */
static bool write_loop(struct writer *w, const struct tw_task *task, u32 at, u32 end)
{
	const struct tw_line *line = &task->statement[at];
	int count = line->nr_words > 1 ? atoi(line->word[1]) : 0;

	if (count < 0)
		count = 1;
	if (has_first_use(w, task, at + 1, end) || count == 1) {
		if (!write_range(w, task, at + 1, end))
			return false;
		if (count == 1)
			return true;
		count -= count > 1;
	}
	return write_rounds(w, task, count, at + 1, end);
}

static bool write_range(struct writer *w, const struct tw_task *task, u32 from, u32 to)
{
	for (u32 i = from; i < to; i++) {
		const struct tw_line *line = &task->statement[i];

		if (is_word(task, i, "loop")) {
			u32 end = end_of_loop(task, i, to);

			if (!write_loop(w, task, i, end))
				return false;
			i = end;
		} else if (!is_word(task, i, "end")) {
			bool first = pay_first_use(w, line->word[0]);

			touch_windows(w, line->word[0]);
			pay_each_use(w, line);
			if ((!first || !write_first_timer(w, line)) && !write_statement(w, line))
				return false;
		}
	}
	return true;
}

/* How many generations @task's children are, up to @most. */
static u32 generations_below(const struct tw *tw, const struct tw_task *task, u32 most)
{
	u32 below = 0;

	for (u32 i = 0; i < task->nr_statements && below < most; i++) {
		const struct tw_line *line = &task->statement[i];
		const struct tw_task *child = NULL;

		if (!strcmp(line->word[0], "fork") && line->nr_words > 1)
			child = task_to_fork(tw, line->word[1]);
		if (child)
			below = max_of(below, 1 + generations_below(tw, child, most - 1));
	}
	return below;
}

bool write_program(struct writer *w, const struct tw_task *task, bool forked)
{
	memset(w->used, 0, sizeof(w->used));
	/* A number in the name has touched the page that waking by a semaphore wants. */
	if (task->count > 1) {
		touched_already(w, "post");
		touched_already(w, w->rig->numbered_touches);
	}
	/* but for the page that the clock is read from, its pages have been written to */
	if (forked)
		for (u32 i = 0; i < w->rig->nr_first; i++)
			w->used[i] = strcmp(w->rig->first[i].word, "timer") || !w->rig->nr_windows;
	w->windows = 0;
	w->lineage = forked ? generations_below(w->tw, task, GENERATIONS_MAX - w->generation) : 0;
	w->lineage += w->lineage ? w->generation : 0;
	if (task->delay_ns)
		write_item(w, "sleep: %" PRIu64 "ns", task->delay_ns);
	if (!write_range(w, task, 0, task->nr_statements))
		return false;
	write_end(w);
	return true;
}
