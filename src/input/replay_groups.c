/* SPDX-License-Identifier: MIT */
/*
 * In which groups are tasks, and what do these weigh?
 *
 * A trace names no groups, but they show in what tasks get that want all there is. Who shares a cpu
 * with others, and is runnable all the time, gets it by weight (docs: sched-design-CFS). Where that
 * is not by nice values, something above the tasks divides it: what all in a group get together is
 * the group's part. So tasks of one cpu that got alike, for their nice values, are taken to be in
 * one group, and its weight is what they got. The unit is chosen so that as much as can be is
 * usual: a group of weight 100, or no group at all. Who got next to nothing beside others is of the
 * idle policy.
 *
 * Who blocks, yields, moves or is taken away by a quota (replay_quotas.c) does not show what it
 * weighs.
 */
#include "input/replay_groups.h"

#include "base/sorted.h"
#include "model/nice.h"

#include <stdlib.h>

enum {
	STRETCH_LEAST = 500 * (int)MSEC, /* so long it is runnable at once */
	CROWD_LEAST = 400 * (int)MSEC,   /* and so long all of them are */
	/* two more or less, as who begins ahead has, are no great difference then */
	TURNS_LEAST = 10,
	/*
	 * what differs by less than a part of so many is alike; a group may be a turn behind
	 * besides
	 */
	EXACT = 8,
	USUAL = 10, /* likewise for weights, */
	ROUND = 20, /* and for those of one digit */
	NEXT_TO_NOTHING = 64,
	PRIO_RT_END = 100,
	PRIO_OF_NICE_0 = 120,
	WEIGHT_USUAL = 100, /* of a group; it is that of a task of nice 0 */
	WEIGHT_LEAST = 1,
	WEIGHT_MOST = 10000,
};

/* A task that is runnable for long, on one cpu. */
struct contender {
	u32 task, cpu;
	u64 begin, end; /* of that */
	s32 prio;
	u64 got, longest; /* cpu time, while all of the crowd are; the most at once */
	u32 turns;
	u64 rate, slack; /* for the weight of nice 0; and how exact that is */
};

/* Those of a crowd that got alike. */
struct share_class {
	u32 first, nr;
	u64 got;    /* all of them */
	u64 weight; /* likewise, by nice values */
};

typedef vec_of(struct contender) contenders;
typedef vec_of(struct share_class) share_classes;

static u64 weight_of(const struct contender *c)
{
	return nice_weight(c->prio - PRIO_OF_NICE_0);
}

/* ---- Who contends ---- */

static u64 end_of_sleep(const struct replay *replay, const struct replay_step *block)
{
	return block->arg == REPLAY_NONE ? replay->to - replay->from
					 : replay->wakings.at[block->arg].when;
}

static void keep_longer(struct contender *c, u64 begin, u64 end, s32 prio)
{
	if (prio < PRIO_RT_END || prio > PRIO_OF_NICE_0 + NICE_MAX || end <= begin ||
	    end - begin <= c->end - c->begin)
		return;
	c->begin = begin;
	c->end = end;
	c->prio = prio;
}

/*
 * The longest time on the cpu where it is in the end, in which it neither sleeps nor becomes
 * another one. Before its first run it may not have been there.
 */
static void find_stretch(const struct replay *replay, const struct replay_task *task,
			 struct contender *c)
{
	u32 came = task->visits.len > 1 ? task->visits.at[1].step : 0;
	u64 begin = came ? task->steps.at[came - 1].when : max_of(task->start, task->first_run),
	    end = replay->to - replay->from;
	s32 prio = task->prio;

	for (u32 i = 0; i < task->steps.len; i++) {
		const struct replay_step *step = &task->steps.at[i];

		if (i + 1 < came && step->kind != STEP_PRIO)
			continue;
		if (step->kind != STEP_BLOCK && step->kind != STEP_PRIO &&
		    step->kind != STEP_EXIT && step->kind != STEP_LOST)
			continue;
		keep_longer(c, begin, step->when, prio);
		begin = step->kind == STEP_BLOCK  ? end_of_sleep(replay, step)
			: step->kind == STEP_EXIT ? end
						  : max_of(begin, step->when);
		prio = step->kind == STEP_PRIO ? (s32)step->arg : prio;
	}
	if (task->status != STATUS_ASLEEP && task->status != STATUS_DEAD)
		keep_longer(c, begin, end, prio);
}

static bool may_contend(const struct replay *replay, const struct replay_task *task)
{
	return replay_is_written(replay, task) && task->prio >= PRIO_RT_END && !task->kthread &&
	       !task->yields && !task->group && task->visits.len;
}

static int compare_contenders(const void *a, const void *b)
{
	const struct contender *x = a, *y = b;

	return order_u64(x->cpu, y->cpu) ?: order_u64(x->task, y->task);
}

static void gather(const struct replay *replay, contenders *all)
{
	for (u32 i = 0; i < replay->tasks.len; i++) {
		const struct replay_task *task = &replay->tasks.at[i];
		struct contender c = {.task = i};

		if (!may_contend(replay, task))
			continue;
		c.cpu = task->visits.at[0].cpu;
		find_stretch(replay, task, &c);
		if (c.end - c.begin >= STRETCH_LEAST)
			vec_push(all, c);
	}
	if (all->len)
		qsort(all->at, all->len, sizeof(*all->at), compare_contenders);
}

/* ---- What they got ---- */

static void add_run(struct contender *c, u64 from, u64 to, u64 begin, u64 end)
{
	from = max_of(from, begin);
	to = min_of(to, end);
	if (from >= to)
		return;
	c->got += to - from;
	c->longest = max_of(c->longest, to - from);
	c->turns++;
}

/* From @begin to @end: each time off the cpu is a step. */
static void measure(const struct replay *replay, struct contender *c, u64 begin, u64 end)
{
	const struct replay_task *task = &replay->tasks.at[c->task];
	u64 ran = 0, last = replay->to - replay->from;

	for (u32 i = 0; i < task->steps.len; i++) {
		const struct replay_step *step = &task->steps.at[i];

		ran += step->ran;
		if (step->kind != STEP_AWAIT_CPU && step->kind != STEP_BLOCK)
			continue;
		add_run(c, step->when - min_of(ran, step->when), step->when, begin, end);
		ran = 0;
	}
	if (task->status == STATUS_RUNNING)
		add_run(c, last - min_of(ran + task->ran, last), last, begin, end);
	c->rate = c->got * nice_weight(0) / weight_of(c);
	c->slack = max_of(c->rate / EXACT, 2 * c->longest * nice_weight(0) / weight_of(c));
}

static int by_rate(const void *a, const void *b)
{
	const struct contender *x = a, *y = b;

	return order_u64(x->rate, y->rate) ?: order_u64(x->task, y->task);
}

/* The @nr at @at are of one cpu. False: they were not runnable together for long. */
static bool measure_crowd(const struct replay *replay, struct contender *at, u32 nr)
{
	u64 begin = 0, end = NEVER;

	for (u32 i = 0; i < nr; i++) {
		begin = max_of(begin, at[i].begin);
		end = min_of(end, at[i].end);
	}
	if (nr < 2 || end < begin + CROWD_LEAST)
		return false;
	for (u32 i = 0; i < nr; i++)
		measure(replay, &at[i], begin, end);
	qsort(at, nr, sizeof(*at), by_rate);
	return true;
}

static bool is_next_to_nothing(const struct contender *c, u64 most)
{
	return c->got && (c->rate + c->slack) < most / 2 && c->rate < most / NEXT_TO_NOTHING;
}

static void classify(const struct contender *at, u32 nr, share_classes *out)
{
	vec_clear(out);
	for (u32 i = 0; i < nr; i++) {
		const struct contender *head = out->len ? &at[vec_last(out).first] : NULL;

		if (!head || at[i].rate - head->rate > max_of(at[i].slack, head->slack))
			vec_push(out, (struct share_class){.first = i});
		vec_last(out).nr++;
		vec_last(out).got += at[i].got;
		vec_last(out).weight += weight_of(&at[i]);
	}
}

/* ---- What groups weigh ---- */

static bool is_about(u64 value, u64 wanted)
{
	return value * USUAL >= wanted * (USUAL - 1) && value * USUAL <= wanted * (USUAL + 1);
}

/* What it would weigh as a group if what @unit got weighed one. */
static u64 weight_in(const struct share_class *class, u64 unit)
{
	return (class->got + unit / 2) / unit;
}

/* What its tasks weigh in no group. */
static u64 own_weight(const struct share_class *class)
{
	return class->weight * WEIGHT_USUAL / nice_weight(0);
}

static u32 count_usual(const share_classes *classes, u64 unit)
{
	u32 nr = 0;

	for (u32 i = 0; i < classes->len; i++) {
		u64 weight = weight_in(&classes->at[i], unit);

		nr += is_about(weight, WEIGHT_USUAL) ||
		      is_about(weight, own_weight(&classes->at[i]));
	}
	return nr;
}

static u64 choose_unit(const share_classes *classes)
{
	u64 best = 1;
	u32 most = 0;

	for (u32 i = 0; i < 2 * classes->len; i++) {
		const struct share_class *class = &classes->at[i % classes->len];
		u64 unit = class->got / (i < classes->len ? (u64)WEIGHT_USUAL
							  : max_of(own_weight(class), (u64)1));
		u32 nr = count_usual(classes, max_of(unit, (u64)1));

		if (nr <= most)
			continue;
		most = nr;
		best = max_of(unit, (u64)1);
	}
	return best;
}

static u64 round_to_digits(u64 weight, u64 below)
{
	u64 part = 1;

	while (weight / part >= below)
		part *= 10;
	return (weight + part / 2) / part * part;
}

/*
 * Two digits of it, more it does not show; or one, which people choose, if that is as near as it
 * can be told.
 */
static u32 round_weight(u64 weight)
{
	u64 one = round_to_digits(weight, 10), off = one > weight ? one - weight : weight - one;

	if (is_about(weight, WEIGHT_USUAL))
		return WEIGHT_USUAL;
	return (u32)clamp_to(off * ROUND <= weight ? one : round_to_digits(weight, 100),
			     (u64)WEIGHT_LEAST, (u64)WEIGHT_MOST);
}

static void make_groups(struct replay *replay, const struct contender *at,
			const share_classes *classes)
{
	u64 unit = choose_unit(classes);

	for (u32 i = 0; i < classes->len; i++) {
		const struct share_class *class = &classes->at[i];
		u64 weight = weight_in(class, unit);

		if (is_about(weight, own_weight(class)))
			continue;
		vec_push(&replay->groups, (struct replay_group){.weight = round_weight(weight)});
		for (u32 j = 0; j < class->nr; j++)
			replay->tasks.at[at[class->first + j].task].group = replay->groups.len;
	}
}

/* Those of the @nr at @at that had turns enough to show something stay, in order. */
static u32 keep_frequent(struct replay *replay, struct contender *at, u32 nr)
{
	u64 most = at[nr - 1].turns < TURNS_LEAST ? 0 : at[nr - 1].rate;
	u32 kept = 0;

	for (u32 i = 0; i < nr; i++) {
		if (is_next_to_nothing(&at[i], most)) {
			replay->tasks.at[at[i].task].idle = true;
			replay->nr_idlers++;
		} else if (at[i].turns >= TURNS_LEAST) {
			at[kept++] = at[i];
		}
	}
	return kept;
}

static void judge_crowd(struct replay *replay, struct contender *at, u32 nr, share_classes *classes)
{
	if (!measure_crowd(replay, at, nr))
		return;
	classify(at, keep_frequent(replay, at, nr), classes);
	if (classes->len > 1)
		make_groups(replay, at, classes);
}

void replay_groups(struct replay *replay)
{
	contenders all = {0};
	share_classes classes = {0};

	replay_quotas(replay);
	gather(replay, &all);
	for (u32 i = 0, nr; i < all.len; i += nr) {
		nr = 1;
		while (i + nr < all.len && all.at[i + nr].cpu == all.at[i].cpu)
			nr++;
		judge_crowd(replay, &all.at[i], nr, &classes);
	}
	vec_fini(&all);
	vec_fini(&classes);
}
