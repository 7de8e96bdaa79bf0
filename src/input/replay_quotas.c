/* SPDX-License-Identifier: MIT */
/*
 * Whose group has a quota?
 *
 * Who has used up the quota of its group waits for the next period (kernel/sched/fair.c:
 * throttle_cfs_rq(), distribute_cfs_runtime()). So these waits end when periods do. Others wait in
 * a rhythm as well, in turns with their like. But a throttled task waits though its cpu idles; or,
 * between its long waits, it had its turns with others after short ones.
 *
 * What is used too much in one period is taken off the next one, so the quota is what was used in
 * the mean. Tasks whose periods are the same, and begin together, are in one group and have used it
 * together. What realtime and deadline tasks keep from the cpu is not held by a quota.
 */
#include "input/replay_groups.h"

#include <string.h>

#include "base/sorted.h"

enum {
	WAIT_LEAST = 5 * (int)MSEC,
	/*
	 * others have the cpu for longer than a turn of theirs: beyond the slices of all kernels
	 * but on very many cpus
	 */
	APART_LEAST = 20 * (int)MSEC,
	PERIODS_LEAST = 8,
	SHORT = 4,       /* waits below this part of the longest are turns with others */
	TURNS_LEAST = 2, /* of those in each period */
	NEAR = 10,       /* a wait may end one of so many parts of a period early or late */
	EXACT = 100,     /* a period that is so near to one of 10 ms, or of 1 ms, is that */
	TOGETHER = 5,    /* groups of which periods begin in this part of one */
	PERCENT = 100,
	ROUND = 20, /* a quota that is so near to a whole percent of the period is that */
	PERIOD_ROUND = 10 * (int)MSEC,
	PERIOD_LEAST = (int)MSEC,
	QUOTA_LEAST = (int)MSEC, /* min_cfs_quota_period */
	PERIOD_MOST = (int)SEC,
	PRIO_RT_END = 100,
};

/* What the long waits of a task show. */
struct throttling {
	vec_of(u64) ends, periods;
	/* the longest wait, and what was run from the first long one's end to the last one's */
	u64 longest, used;
	/* so many long waits were for an idle cpu; before so many it had had turns with others */
	u32 held, shared;
	u64 period, phase, quota; /* period 0: it has none */
};

static bool is_near(u64 a, u64 b, u64 part)
{
	return (a > b ? a - b : b - a) <= b / part;
}

static bool is_wait(const struct replay_step *step)
{
	return step->kind == STEP_AWAIT_CPU && step->arg != UINT32_MAX;
}

static u64 longest_wait(const struct replay_task *task)
{
	u64 longest = 0;

	for (u32 i = 0; i < task->steps.len; i++)
		longest = is_wait(&task->steps.at[i]) ? max_of(longest, (u64)task->steps.at[i].arg)
						      : longest;
	return longest;
}

static void see_waits(const struct replay_task *task, struct throttling *t)
{
	u64 used = 0;
	u32 turns = 0;

	t->longest = longest_wait(task);
	for (u32 i = 0; i < task->steps.len; i++) {
		const struct replay_step *step = &task->steps.at[i];

		used += step->ran;
		if (!is_wait(step))
			continue;
		turns += step->arg < t->longest / SHORT;
		if (step->arg < max_of(t->longest / 2, (u64)WAIT_LEAST))
			continue;
		t->held += step->held && !step->outranked;
		t->shared += turns >= TURNS_LEAST && !step->outranked;
		if (t->ends.len) {
			vec_push(&t->periods, step->when + step->arg - vec_last(&t->ends));
			t->used += used;
		}
		vec_push(&t->ends, step->when + step->arg);
		used = 0;
		turns = 0;
	}
}

/* What others have the cpu for is no long turn of theirs. */
static bool is_held(const struct throttling *t)
{
	return t->held * 2 >= t->ends.len ||
	       (t->longest >= APART_LEAST && t->shared * 10 >= t->ends.len * 7);
}

static u32 count_within(const u64 *at, u32 nr, u64 wanted, u64 apart)
{
	u32 within = 0;

	for (u32 i = 0; i < nr; i++)
		within += (at[i] > wanted ? at[i] - wanted : wanted - at[i]) <= apart;
	return within;
}

static u64 round_to(u64 value, u64 step, u64 part)
{
	u64 rounded = (value + step / 2) / step * step;

	return rounded && is_near(rounded, value, part) ? rounded : value;
}

/*
 * From the first long wait to the last one there is a whole number of periods, and a period is one
 * of milliseconds.
 */
static u64 find_period(struct throttling *t)
{
	u64 median = median_u64(t->periods.at, t->periods.len), nr = 0, mean;

	if (median < PERIOD_LEAST || median > PERIOD_MOST)
		return 0;
	for (u32 i = 1; i < t->ends.len; i++)
		nr += max_of((t->ends.at[i] - t->ends.at[i - 1] + median / 2) / median, (u64)1);
	mean = (vec_last(&t->ends) - t->ends.at[0]) / nr;
	mean = round_to(round_to(mean, MSEC, EXACT), PERIOD_ROUND, EXACT);
	return mean < PERIOD_LEAST || mean > PERIOD_MOST ? 0 : mean;
}

/*
 * However long ago the last one was, a period ends when it has to: what comes about in turns
 * drifts.
 */
static bool keeps_time(struct throttling *t)
{
	u64 middle;

	vec_clear(&t->periods);
	for (u32 i = 0; i < t->ends.len; i++)
		vec_push(&t->periods, (t->ends.at[i] - t->ends.at[0] + t->period / 2) % t->period);
	middle = median_u64(t->periods.at, t->periods.len);
	return (u64)count_within(t->periods.at, t->periods.len, middle, t->period / NEAR) * 10 >=
	       (u64)t->periods.len * 8;
}

static void judge_waits(struct throttling *t)
{
	u64 nr;

	if (t->periods.len < PERIODS_LEAST || !is_held(t))
		return;
	t->period = find_period(t);
	if (!t->period || !keeps_time(t)) {
		t->period = 0;
		return;
	}
	nr = (vec_last(&t->ends) - t->ends.at[0] + t->period / 2) / t->period;
	t->quota = t->used / max_of(nr, (u64)1);
	t->phase = vec_last(&t->ends) % t->period;
}

/* Do periods of @group begin as those of @t do? */
static bool is_same_period(const struct replay_group *group, const struct throttling *t)
{
	u64 apart = group->phase > t->phase ? group->phase - t->phase : t->phase - group->phase;

	return group->period == t->period &&
	       min_of(apart, t->period - apart) <= t->period / TOGETHER;
}

static void join_group(struct replay *replay, struct replay_task *task, const struct throttling *t)
{
	u32 i = 0;

	while (i < replay->groups.len && !is_same_period(&replay->groups.at[i], t))
		i++;
	if (i == replay->groups.len)
		vec_push(&replay->groups, (struct replay_group){.weight = 100,
								.period = t->period,
								.phase = t->phase});
	replay->groups.at[i].quota += t->quota;
	task->group = i + 1;
}

/*
 * No kernel takes a quota that is as small as that of the group @i + 1: its tasks waited for
 * something else.
 */
static void leave_group(struct replay *replay, u32 i)
{
	for (u32 t = 0; t < replay->tasks.len; t++) {
		struct replay_task *task = &replay->tasks.at[t];

		if (task->group == i + 1)
			task->group = 0;
		else if (task->group > i + 1)
			task->group--;
	}
	memmove(&replay->groups.at[i], &replay->groups.at[i + 1],
		(replay->groups.len - i - 1) * sizeof(*replay->groups.at));
	replay->groups.len--;
}

void replay_quotas(struct replay *replay)
{
	for (u32 i = 0; i < replay->tasks.len; i++) {
		struct replay_task *task = &replay->tasks.at[i];
		struct throttling t = {0};

		if (!replay_is_written(replay, task) || task->prio < PRIO_RT_END || task->kthread ||
		    task->yields || task->nr_awaits < PERIODS_LEAST)
			continue;
		see_waits(task, &t);
		judge_waits(&t);
		if (t.period)
			join_group(replay, task, &t);
		vec_fini(&t.ends);
		vec_fini(&t.periods);
	}
	for (u32 i = replay->groups.len; i-- > 0;) {
		struct replay_group *group = &replay->groups.at[i];

		group->quota = round_to(group->quota, group->period / PERCENT, ROUND);
		if (group->quota < QUOTA_LEAST)
			leave_group(replay, i);
	}
}
