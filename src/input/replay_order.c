/* SPDX-License-Identifier: MIT */
/*
 * Who comes first?
 *
 * Tasks that are there when the window begins, or are woken for the first time in it, have a
 * history that the simulation does not know: a lag, a virtual runtime. It shows where some of them
 * wait for one cpu together, in the order in which they come to it. Without a history those are
 * picked first that were born first, so they exchange their moments of birth.
 */
#include "input/replay.h"

#include "base/sorted.h"

#include <stdlib.h>

/* Births further apart are wakeups with a meaning of their own. */
enum { TOGETHER = 100 * (int)USEC, LAG_MAX = 100 * (int)MSEC, PRIO_RT_END = 100 };

/* qsort() hands no context. */
struct candidate {
	u64 start, first_run;
	u32 task, cpu;
};

static int by_cpu_and_birth(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	return order_u64(x->cpu, y->cpu) ?: order_u64(x->start, y->start) ?:
	       order_u64(x->task, y->task);
}

static int by_first_run(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	return order_u64(x->first_run, y->first_run) ?: order_u64(x->task, y->task);
}

static int by_birth(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	return order_u64(x->start, y->start) ?: by_first_run(a, b);
}

/* How many of the @nr at @at, from the first on, wait for the cpu together. */
static u32 waiting_together(const struct candidate *at, u32 nr)
{
	u64 first_run = at->first_run;
	u32 i = 1;

	while (i < nr && at[i].cpu == at->cpu &&
	       at[i].start <= min_of(first_run, at->start + TOGETHER))
		first_run = min_of(first_run, at[i++].first_run);
	return i;
}

/*
 * Their virtual runtimes when they came to the cpu are those with which they waited, if the trace
 * tells all of them.
 */
static void compare_vruntimes(struct replay *replay, const struct candidate *at, u32 nr)
{
	u64 last = replay->tasks.at[at->task].first_vruntime;

	for (u32 i = 0; i < nr; i++) {
		u64 vruntime = replay->tasks.at[at[i].task].first_vruntime;

		if (vruntime == NEVER)
			return;
		last = (s64)(vruntime - last) > 0 ? vruntime : last;
	}
	for (u32 i = 0; i < nr; i++)
		replay->tasks.at[at[i].task].lag =
			min_of(last - replay->tasks.at[at[i].task].first_vruntime, (u64)LAG_MAX);
}

static void exchange_births(struct candidate *at, u32 nr)
{
	vec_of(u64) starts = {0};

	for (u32 i = 0; i < nr; i++)
		vec_push(&starts, at[i].start);
	qsort(at, nr, sizeof(*at), by_first_run);
	for (u32 i = 0; i < nr; i++)
		at[i].start = starts.at[i];
	vec_fini(&starts);
}

/* Other classes pick by priority, and children are born by their parents. */
static bool has_lag(const struct replay_task *task)
{
	return task->origin != ORIGIN_FORKED && !task->newborn && task->prio >= PRIO_RT_END;
}

void replay_order(struct replay *replay)
{
	vec_of(struct candidate) all = {0};

	for (u32 i = 0; i < replay->tasks.len; i++) {
		const struct replay_task *task = &replay->tasks.at[i];

		if (replay_is_written(replay, task))
			vec_push(&all,
				 (struct candidate){task->start, task->first_run, i,
						    has_lag(task) ? task->first_cpu : REPLAY_NONE});
	}
	qsort(all.at, all.len, sizeof(*all.at), by_cpu_and_birth);
	for (u32 i = 0, nr; i < all.len && all.at[i].cpu != REPLAY_NONE; i += nr) {
		nr = waiting_together(&all.at[i], all.len - i);
		compare_vruntimes(replay, &all.at[i], nr);
		exchange_births(&all.at[i], nr);
	}
	qsort(all.at, all.len, sizeof(*all.at), by_birth);
	for (u32 i = 0; i < all.len; i++) {
		replay->tasks.at[all.at[i].task].start = all.at[i].start;
		vec_push(&replay->order, all.at[i].task);
	}
	vec_fini(&all);
}
