/* SPDX-License-Identifier: MIT */
/*
 * What tasks go on with that depend on each other, if they get ahead of the recording.
 *
 * None of them can go on alone. Together they can: between two moments each has done some steps,
 * and if all do theirs again, each wait finds its post again. Who sleeps at such a moment stands
 * before its wait, as nobody has posted yet, and all others behind theirs; so nothing is on the way
 * at either, and what was done in between can follow upon itself. As nobody chooses what to wait
 * for, it cannot get stuck, whatever the machine. Moments are those at which the one that sleeps
 * most often falls asleep.
 *
 * All of them must go on, and nothing but what can be done again may have been in between: see
 * replay_cycle.c.
 */
#include "input/replay.h"

#include "base/sets.h"
#include "base/sorted.h"

#include <stdlib.h>

enum {
	SLEEPS_LEAST = 10,
	SLEEPS_MOST = 500, /* so many show what they are like */
	/* moments at which something is on the way, after all: a call in the middle, say */
	TRIES = 16,
	/* of the window: who starts others there need not depend on them later */
	BEGIN_PART = 4,
	AT_REST = 2, /* it sleeps so many times longer than ever before */
};

/* A post counts 1, a wait -1; they must come to 0 for each key. */
struct tally {
	u32 first, second; /* waker and wakee; or a queue and a task */
	s32 sum;
};

struct circle_finder {
	struct replay *replay;
	u64 begin;          /* dependencies count from here on */
	vec_of(u32) of;     /* by task: one that leads to who stands for its circle */
	vec_of(u32) sorted; /* tasks, by who stands for them */
	vec_of(struct tally) tallies;
	const u32 *members; /* of the circle in hand */
	u32 nr_members;
};

/* ---- Who depends on whom ---- */

static void join_all(struct circle_finder *f)
{
	const struct replay *replay = f->replay;

	for (u32 i = 0; i < replay->tasks.len; i++)
		vec_push(&f->of, i);
	for (u32 i = 0; i < replay->wakings.len; i++) {
		const struct replay_waking *w = &replay->wakings.at[i];

		if (w->when >= f->begin && w->waker != TASK_ID_NONE &&
		    (replay_is_post(w) || w->verdict == VERDICT_LOCK))
			sets_join(f->of.at, w->waker, w->wakee);
		if (w->queue)
			sets_join(f->of.at, w->wakee, replay->queues.at[w->queue - 1].first);
	}
	for (u32 i = 0; i < replay->unseen.len; i++)
		sets_join(f->of.at, replay->unseen.at[i].task,
			  replay->queues.at[replay->unseen.at[i].queue - 1].first);
}

/* ---- Where they are at a moment ---- */

/*
 * The first step that @task has still to do at @when; who sleeps has its wait to do, and who waits
 * for the cpu a turn that has not come.
 */
static u32 position(const struct replay *replay, const struct replay_task *task, u64 when)
{
	u32 at = replay_step_at(task, when + 1);
	const struct replay_step *last = at ? &task->steps.at[at - 1] : NULL;

	if (!last)
		return at;
	if (last->kind == STEP_BLOCK &&
	    (last->arg == REPLAY_NONE || replay->wakings.at[last->arg].when > when))
		return at - 1;
	if (last->kind == STEP_AWAIT_CPU && last->turn != REPLAY_NONE &&
	    last->when + last->arg > when)
		return at - 1;
	return at;
}

static void count(struct circle_finder *f, u32 first, u32 second, s32 sum)
{
	vec_push(&f->tallies, (struct tally){first, second, sum});
}

/* A member of replay.queues, for keys beside tasks. */
static u32 queue_key(const struct replay_waking *w)
{
	return UINT32_MAX - w->queue;
}

static void count_post(struct circle_finder *f, const struct replay_waking *w, s32 sum)
{
	const struct replay_queue *queue = w->queue ? &f->replay->queues.at[w->queue - 1] : NULL;

	switch (replay_queue_kind(f->replay, w)) {
	case QUEUE_OF_ONE:
		count(f, w->waker, w->wakee, sum);
		break;
	case QUEUE_SEMAPHORE: /* of jobs there may be any number */
		count(f, queue_key(w), 0, queue->job_ns ? 0 : sum);
		break;
	case QUEUE_BARRIER: /* who comes last lets all others go */
		count(f, queue_key(w), 0, sum < 0 ? sum : w->opens ? (s32)queue->nr - 1 : 0);
		break;
	case QUEUE_BROADCAST: /* leaves nothing behind */
		break;
	}
}

static void count_step(struct circle_finder *f, u32 id, const struct replay_step *step)
{
	bool tells =
		(step->kind == STEP_WAKE || step->kind == STEP_BLOCK) && step->arg != REPLAY_NONE;
	const struct replay_waking *w = tells ? &f->replay->wakings.at[step->arg] : NULL;

	if (w && replay_is_post(w) && !step->vain)
		count_post(f, w, step->kind == STEP_WAKE ? 1 : -1);
	if (step->turn != REPLAY_NONE && step->kind == STEP_BLOCK)
		count(f, id, step->turn, 1);
	if (step->turn != REPLAY_NONE && step->kind == STEP_AWAIT_CPU)
		count(f, step->turn, id, -1);
}

static int compare_tallies(const void *a, const void *b)
{
	const struct tally *x = a, *y = b;

	return order_u64(x->first, y->first) ?: order_u64(x->second, y->second);
}

static bool is_even(struct circle_finder *f)
{
	if (f->tallies.len)
		qsort(f->tallies.at, f->tallies.len, sizeof(*f->tallies.at), compare_tallies);
	for (u32 i = 0, nr; i < f->tallies.len; i += nr) {
		const struct tally *at = &f->tallies.at[i];
		s64 sum = 0;

		for (nr = 0; i + nr < f->tallies.len && !compare_tallies(at, &at[nr]); nr++)
			sum += at[nr].sum;
		if (sum)
			return false;
	}
	return true;
}

/* ---- From when to when ---- */

/* Who goes on anyway takes what there is. */
static bool serves(const struct circle_finder *f, u32 id)
{
	return f->replay->tasks.at[id].serves;
}

static u64 sleeps_since(const struct replay *replay, const struct replay_step *block)
{
	return block->arg == REPLAY_NONE ? replay->to - replay->from
					 : replay->wakings.at[block->arg].when;
}

/* Can it do its steps from @first to @end again, and has it not come to rest behind them? */
static bool can_go_on(const struct replay *replay, u32 id, u32 first, u32 end)
{
	const struct replay_task *task = &replay->tasks.at[id];
	u64 longest = 0;

	if (task->status == STATUS_DEAD || task->exiting ||
	    replay_is_same_call(replay, task, first) || replay_is_same_call(replay, task, end))
		return false;
	for (u32 i = first; i < end; i++) {
		const struct replay_step *step = &task->steps.at[i];

		if (!replay_can_do_again(replay, id, i, true))
			return false;
		if (step->kind == STEP_BLOCK)
			longest = max_of(longest,
					 sleeps_since(replay, step) -
						 min_of(step->when, sleeps_since(replay, step)));
	}
	if (task->status != STATUS_ASLEEP || first == end)
		return true;
	return vec_last(&task->steps).kind == STEP_BLOCK &&
	       replay->to - replay->from - vec_last(&task->steps).when <= AT_REST * longest;
}

/* Nothing is on the way between the moments @since and @until that was not at the other. */
static bool try_circle(struct circle_finder *f, u64 since, u64 until)
{
	struct replay *replay = f->replay;

	vec_clear(&f->tallies);
	for (u32 i = 0; i < f->nr_members; i++) {
		struct replay_task *task = &replay->tasks.at[f->members[i]];
		u32 first = position(replay, task, since), end = position(replay, task, until);

		if (serves(f, f->members[i]))
			continue;
		task->cycle = (struct replay_cycle){0};
		if (!can_go_on(replay, f->members[i], first, end))
			return false;
		if (first == end) /* whoever does nothing between the two would do it without end */
			continue;
		task->cycle = (struct replay_cycle){.first = first, .last = end, .together = true};
		for (u32 at = first; at < end; at++)
			count_step(f, f->members[i], &task->steps.at[at]);
	}
	return is_even(f);
}

static bool is_moment(const struct circle_finder *f, const struct replay_step *step)
{
	return step->kind == STEP_BLOCK && step->arg != REPLAY_NONE && step->when >= f->begin;
}

static u32 count_moments(const struct circle_finder *f, u32 id)
{
	const struct replay_task *task = &f->replay->tasks.at[id];
	u32 nr = 0;

	for (u32 i = task->steps.len; i-- > 0 && task->steps.at[i].when >= f->begin;)
		nr += is_moment(f, &task->steps.at[i]);
	return nr;
}

static u32 who_sleeps_most(const struct circle_finder *f)
{
	u32 most = 0, best = f->members[0];

	for (u32 i = 0; i < f->nr_members; i++) {
		u32 nr = count_moments(f, f->members[i]);

		if (nr <= most)
			continue;
		most = nr;
		best = f->members[i];
	}
	return best;
}

/* From one of its first moments, of the last 500, to the last one. */
static bool find_circle(struct circle_finder *f)
{
	u32 id = who_sleeps_most(f), nr = count_moments(f, id), at = 0, tries = 0;
	const struct replay_task *task = &f->replay->tasks.at[id];
	u32 first = nr > SLEEPS_MOST ? nr - SLEEPS_MOST : 0;
	u64 last = 0;

	for (u32 i = 0; i < task->steps.len; i++)
		last = is_moment(f, &task->steps.at[i]) ? task->steps.at[i].when : last;
	for (u32 i = 0; i < task->steps.len && nr - at > SLEEPS_LEAST && tries < TRIES; i++) {
		if (!is_moment(f, &task->steps.at[i]) || at++ < first)
			continue;
		tries++;
		if (try_circle(f, task->steps.at[i].when, last))
			return true;
	}
	return false;
}

/* ---- All ---- */

static void forget_circle(struct circle_finder *f)
{
	for (u32 i = 0; i < f->nr_members; i++)
		f->replay->tasks.at[f->members[i]].cycle = (struct replay_cycle){0};
}

static void judge_circle(struct circle_finder *f)
{
	if (f->nr_members < 2 || !find_circle(f))
		forget_circle(f);
}

static void gather_members(struct circle_finder *f)
{
	vec_of(u64) keys = {0};

	for (u32 i = 0; i < f->replay->tasks.len; i++)
		if (f->replay->tasks.at[i].origin != ORIGIN_NONE)
			vec_push(&keys, (u64)sets_root(f->of.at, i) << 32 | i);
	if (keys.len)
		sort_u64(keys.at, keys.len);
	for (u32 i = 0; i < keys.len; i++)
		vec_push(&f->sorted, (u32)keys.at[i]);
	vec_fini(&keys);
}

void replay_circles(struct replay *replay)
{
	u64 window = replay->to - replay->from - replay->lead;
	struct circle_finder f = {.replay = replay, .begin = replay->lead + window / BEGIN_PART};

	join_all(&f);
	gather_members(&f);
	for (u32 i = 0; i < f.sorted.len; i += f.nr_members) {
		f.members = &f.sorted.at[i];
		f.nr_members = 1;
		while (i + f.nr_members < f.sorted.len &&
		       sets_root(f.of.at, f.members[f.nr_members]) ==
			       sets_root(f.of.at, f.members[0]))
			f.nr_members++;
		judge_circle(&f);
	}
	vec_fini(&f.of);
	vec_fini(&f.sorted);
	vec_fini(&f.tallies);
}
