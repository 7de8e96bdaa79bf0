/* SPDX-License-Identifier: MIT */
/*
 * Yields, which no trace tells of.
 *
 * One that was followed by a switch shows by that: if nobody comes to the queue, nothing else takes
 * a fair or a deadline task off its cpu between two ticks, or, where ticks do not show, a fair one
 * so early. One after which the task was picked again leaves nothing, but if the stretches between
 * those that show are multiples of one length, it is that after which the task yields.
 */
#include "input/replay.h"

#include "base/sorted.h"
#include "model/platform.h"

enum {
	MANY = 10,
	NEAR_TICK = 60 * (int)USEC, /* so long after it its switch may come */
	MULTIPLES_MOST = 16,
	SPREAD = 8, /* a stretch is a multiple if it is off by such a part of the length */
};

static bool is_between_ticks(const struct replay *replay, const struct replay_step *step)
{
	u64 period = platform_tick_of(replay->grid.hz);

	return (step->when + period - replay->grid.phase % period) % period > NEAR_TICK;
}

/* At a tick a deadline task may have used its budget up, and a fair task its slice. */
static bool gives_way(const struct replay *replay, const struct replay_task *task,
		      const struct replay_step *step)
{
	if (!step->gave_way)
		return false;
	return replay->grid.hz ? is_between_ticks(replay, step) : !task->deadline;
}

/* Some other cause may be hidden now and then; a task that yields does so often. */
bool replay_is_yield(const struct replay *replay, const struct replay_task *task,
		     const struct replay_step *step)
{
	return task->yields && gives_way(replay, task, step);
}

static u64 nearest_multiple(u64 ns, u64 length)
{
	return (ns + length / 2) / length;
}

u64 replay_multiple(u64 ns, u64 length)
{
	u64 times = nearest_multiple(ns, length),
	    off = ns > times * length ? ns - times * length : times * length - ns;

	return times <= MULTIPLES_MOST && off <= length / SPREAD ? times : 0;
}

u64 replay_common_length(u64 *stretches, u32 nr, bool some)
{
	u32 fit = 0, longer = 0;
	u64 length;

	if (nr < MANY)
		return 0;
	sort_u64(stretches, nr);
	length = stretches[nr / 10];
	for (u32 i = 0; length && i < nr; i++) {
		fit += replay_multiple(stretches[i], length) > 0;
		longer += nearest_multiple(stretches[i], length) > 1;
	}
	return fit * 10 >= nr * 7 && (!some || longer * 10 >= nr) ? length : 0;
}

/* Work without what the kernel did. */
static u64 worked(const struct replay *replay, const struct replay_step *step)
{
	u64 toll = replay_toll(replay, &step->toll, step->ran);

	return step->ran > toll ? step->ran - toll : 0;
}

static u64 find_length(const struct replay *replay, const struct replay_task *task)
{
	vec_of(u64) stretches = {0};
	u64 stretch = 0, length;
	bool whole = false; /* it began with a yield */

	for (u32 i = 0; i < task->steps.len; i++) {
		const struct replay_step *step = &task->steps.at[i];

		stretch += worked(replay, step);
		if (step->kind == STEP_AWAIT_CPU && !replay_is_yield(replay, task, step))
			continue;
		if (step->kind == STEP_AWAIT_CPU && whole)
			vec_push(&stretches, stretch);
		whole = step->kind == STEP_AWAIT_CPU;
		stretch = 0;
	}
	length = replay_common_length(stretches.at, stretches.len, true);
	vec_fini(&stretches);
	return length;
}

static u32 count_yields(const struct replay *replay, const struct replay_task *task)
{
	u32 nr = 0;

	for (u32 i = 0; i < task->steps.len; i++)
		nr += task->steps.at[i].kind == STEP_AWAIT_CPU &&
		      gives_way(replay, task, &task->steps.at[i]);
	return nr;
}

void replay_yields(struct replay *replay)
{
	for (u32 i = 0; i < replay->tasks.len; i++) {
		struct replay_task *task = &replay->tasks.at[i];
		u32 nr = replay->grid.hz  ? count_yields(replay, task)
			 : task->deadline ? 0
					  : task->nr_gave_way;

		task->yields = !replay_lacks_wakeups(replay) && nr >= MANY &&
			       (u64)nr * 5 >= task->nr_awaits;
		if (task->yields)
			task->yield_ns = find_length(replay, task);
	}
}

u64 replay_unseen_yields(const struct replay_task *task, u64 ns)
{
	u64 times = task->yield_ns ? replay_multiple(ns, task->yield_ns) : 0;

	return times ? times - 1 : 0;
}
