/* SPDX-License-Identifier: MIT */
/*
 * What may a deadline task run, and how often? A trace does not tell, but it shows:
 *
 *	- A deadline task that is runnable leaves its cpu to a lower class only when its budget is
 *	  used up (or given away, by sched_yield). It comes back when the next period begins, so the
 *	  time from the beginning of its budget until then is the period, and what it has run is the
 *	  budget. Ticks see that late, and what was run beyond is taken off the next budget
 *	  (kernel/sched/deadline.c: update_curr_dl(), replenish_dl_entity()): the mean of many is
 *	  right. Where budgets begin with wakeups, nothing is taken off: there the least is nearest.
 *	- One that gives its budget away (replay_yield.c) had more than it ever ran before that.
 *	- One that blocks before that had enough: its longest burst, and some more, will do. The
 *	  period is that of its wakeups.
 *
 * Deadlines that are shorter than the period do not show.
 */
#include "input/replay_collect.h"

#include "base/fixed.h"
#include "base/sorted.h"
#include "model/kernel.h"

enum {
	SOME = 2,
	MARGIN = 8, /* so many parts of its longest burst, and one more */
	/* what blocks at once shall not be throttled for the cost of that */
	RUNTIME_LEAST = 100 * (int)USEC,
	TOO_MUCH = 9, /* by such a part */
};

#define PPM          1000000ULL
#define PERIOD_LEAST (100 * USEC)
#define PERIOD_MOST  ((1 << 22) * USEC) /* sched_deadline_period_max_us */

static struct replay_deadline *deadline_of(struct replay *replay, struct replay_task *task)
{
	if (!task->deadline) {
		vec_push(&replay->deadlines,
			 (struct replay_deadline){.woken_at = NEVER, .least_ns = NEVER});
		task->deadline = replay->deadlines.len;
	}
	return &replay->deadlines.at[task->deadline - 1];
}

/* Its budget is used up; it has a new one. */
static void note_refill(struct replay_deadline *d, u64 now)
{
	vec_push(&d->to_refill, now - d->since);
	if (!d->refilled) {
		d->least_ns = min_of(d->least_ns, d->used);
		return;
	}
	d->nr_refilled++;
	d->refilled_ns += d->used;
	d->refilled_time += now - d->since;
}

void replay_deadline_comes(struct replay *replay, struct replay_task *task, u64 now)
{
	struct replay_deadline *d;

	if (!replay->open)
		return;
	d = deadline_of(replay, task);
	if (d->under_way)
		return;
	if (d->throttled) {
		note_refill(d, now);
		d->since = now;
	} else {
		d->since = max_of(task->ready_since, replay->from);
		if (d->woken_at != NEVER)
			vec_push(&d->between_wakeups, d->since - d->woken_at);
		d->woken_at = d->since;
	}
	d->under_way = true;
	d->refilled = d->throttled;
	d->throttled = false;
	d->cpu_before = task->cpu_ns;
}

/* Migration threads alone are above it, whatever their priority says. */
bool replay_deadline_is_throttled(const struct replay *replay, const struct record *r)
{
	return record_next_prio(r) >= 0 && !(r->flags & RECORD_FLAG_MENDED) &&
	       !(replay->tasks.at[r->other].apart && r->other >= replay->nr_cpus);
}

void replay_deadline_leaves(struct replay *replay, struct replay_task *task, const struct record *r)
{
	struct replay_deadline *d = deadline_of(replay, task);
	u64 used = task->cpu_ns - d->cpu_before;

	if (!d->under_way)
		return;
	if (!record_prev_runnable(r)) {
		d->longest_ns = max_of(d->longest_ns, used);
		d->under_way = false;
	} else if (replay_deadline_is_throttled(replay, r)) {
		d->nr_throttled++;
		d->most_ns = max_of(d->most_ns, used);
		d->used = used;
		d->throttled = true;
		d->under_way = false;
	}
}

static u64 with_margin(u64 ns)
{
	return ns + ns / MARGIN;
}

static void estimate(const struct replay_task *task, struct replay_deadline *d)
{
	bool by_refills = d->to_refill.len >= SOME && d->nr_throttled * 2 >= d->between_wakeups.len;

	if (by_refills)
		d->period = median_u64(d->to_refill.at, d->to_refill.len);
	if (by_refills && task->yields) {
		d->runtime = with_margin(d->most_ns);
	} else if (by_refills) {
		d->runtime = d->nr_refilled >= SOME && d->refilled_time
				     ? mul_div_u64(d->period, d->refilled_ns, d->refilled_time)
				     : d->least_ns;
	} else if (d->between_wakeups.len >= SOME && d->longest_ns) {
		d->period = median_u64(d->between_wakeups.at, d->between_wakeups.len);
		d->runtime = with_margin(d->longest_ns);
	}
	d->runtime = max_of(d->runtime, (u64)RUNTIME_LEAST);
	d->good = d->period >= PERIOD_LEAST && d->period <= PERIOD_MOST && d->runtime <= d->period;
}

static bool becomes_deadline(const struct replay_task *task)
{
	if (task->prio < 0)
		return true;
	for (u32 i = 0; i < task->steps.len; i++)
		if (task->steps.at[i].kind == STEP_PRIO && (s32)task->steps.at[i].arg < 0)
			return true;
	return false;
}

/* What a kernel admits on each cpu, beside the fair servers. */
static u64 admitted_ppm(const char *name)
{
	const struct kernel *row = name ? kernel_find(name) : NULL;
	const struct knobs *knobs;
	u64 servers = 0;

	if (!row) /* an unknown name is told later */
		row = kernel_find(kernel_default_name);
	knobs = &row->knobs;
	if (kernel_has(row, FEATURE_FAIR_SERVER))
		servers = PPM * knobs->fair_server_runtime_ns / knobs->fair_server_period_ns;
	return PPM * knobs->rt_runtime_us / knobs->rt_period_us - servers;
}

static u64 sum_ppm(const struct replay *replay)
{
	u64 sum = 0;

	for (u32 i = 0; i < replay->deadlines.len; i++)
		if (replay->deadlines.at[i].good)
			sum += replay->deadlines.at[i].runtime * PPM /
				       replay->deadlines.at[i].period +
			       1;
	return sum;
}

/*
 * The kernel would admit all of them; it does not know which ones come together. What is a little
 * too much is an estimate that is a little too high, as of tasks that reclaim what others leave.
 */
static bool are_admitted(struct replay *replay, u64 limit)
{
	u64 sum = sum_ppm(replay);

	if (sum <= limit)
		return true;
	if (sum > limit + limit / TOO_MUCH)
		return false;
	for (u32 i = 0; i < replay->deadlines.len; i++)
		replay->deadlines.at[i].runtime =
			mul_div_u64(replay->deadlines.at[i].runtime, limit, sum);
	return true;
}

void replay_deadlines(struct replay *replay, const struct replay_options *options)
{
	for (u32 i = 0; i < replay->tasks.len; i++) {
		struct replay_task *task = &replay->tasks.at[i];

		if (!replay_is_written(replay, task) || !becomes_deadline(task))
			continue;
		replay->nr_deadline++;
		if (task->deadline)
			estimate(task, &replay->deadlines.at[task->deadline - 1]);
	}
	for (u32 i = 0; i < replay->deadlines.len; i++)
		replay->nr_estimated += replay->deadlines.at[i].good;
	if (are_admitted(replay, admitted_ppm(options->kernel) *
					 (options->nr_cpus ? options->nr_cpus : replay->nr_cpus)))
		return;
	replay->nr_estimated = 0;
	for (u32 i = 0; i < replay->deadlines.len; i++)
		replay->deadlines.at[i].good = false;
}

const struct replay_deadline *replay_deadline(const struct replay *replay,
					      const struct replay_task *task)
{
	const struct replay_deadline *d =
		task->deadline ? &replay->deadlines.at[task->deadline - 1] : NULL;

	return d && d->good ? d : NULL;
}
