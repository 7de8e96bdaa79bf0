/* SPDX-License-Identifier: MIT */
/*
 * Barriers: the one that comes last wakes all others.
 *
 * Who that is depends on the machine, so it has to be found out anew in the simulation. A barrier
 * shows by calls that wake all but one of the same few tasks, where the one is the waker, and not
 * always the same. Or he is, as his work is the longest; but then it shows that it is a call that
 * wakes them, and he does not sleep between two: who finds all others waiting each time, without
 * ever having waited for anything, has waited for them.
 */
#include "input/replay.h"

#include "base/sorted.h"

#include <stdlib.h>

enum {
	PARTIES_LEAST = 3, /* two that wake each other talk: see replay_turns.c */
	ROUNDS_LEAST = 3,
	ROUNDS_OF_ONE = 10, /* if it is always the same that comes last */
};

/* Wakeups in a row by one task: it and those it woke, in order of their ids. */
struct call {
	const u32 *tasks; /* when all are there */
	u32 first, nr;    /* in barrier_finder.tasks */
	u32 waker, step;  /* of its first one */
};

struct barrier_finder {
	struct replay *replay;
	vec_of(struct call) calls;
	vec_of(u32) tasks;
	vec_of(u32) mark; /* by task: members of the call in hand have its number */
	u32 stamp;
};

static int compare_sets(const struct call *x, const struct call *y)
{
	int order = order_u64(x->nr, y->nr);

	for (u32 i = 0; !order && i < x->nr; i++)
		order = order_u64(x->tasks[i], y->tasks[i]);
	return order;
}

static int compare_calls(const void *a, const void *b)
{
	const struct call *x = a, *y = b;

	return compare_sets(x, y) ?: order_u64(x->waker, y->waker) ?: order_u64(x->step, y->step);
}

/*
 * The next wakeup of the call that @step is of, in the same task; REPLAY_NONE: that was the last
 * one. A preemption does not end it.
 */
static u32 next_of_call(const struct replay *replay, const struct replay_task *task, u32 step)
{
	u64 ran = 0;

	while (++step < task->steps.len) {
		const struct replay_step *next = &task->steps.at[step];

		ran += next->ran;
		if (ran > REPLAY_SAME_CALL ||
		    (next->kind != STEP_WAKE && next->kind != STEP_AWAIT_CPU))
			break;
		if (next->kind == STEP_WAKE)
			return replay_is_post(&replay->wakings.at[next->arg]) ? step : REPLAY_NONE;
	}
	return REPLAY_NONE;
}

static bool add_task(struct barrier_finder *f, u32 task)
{
	if (f->mark.at[task] == f->stamp)
		return false;
	f->mark.at[task] = f->stamp;
	vec_push(&f->tasks, task);
	return true;
}

/* Returns its last step. A call that wakes a task twice is none. */
static u32 add_call(struct barrier_finder *f, u32 waker, u32 step)
{
	const struct replay *replay = f->replay;
	const struct replay_task *task = &replay->tasks.at[waker];
	struct call call = {.first = f->tasks.len, .waker = waker, .step = step};
	u32 last = step;
	bool good;

	f->stamp++;
	good = add_task(f, waker);
	for (; step != REPLAY_NONE; step = next_of_call(replay, task, step)) {
		good = add_task(f, replay->wakings.at[task->steps.at[step].arg].wakee) && good;
		last = step;
	}
	call.nr = f->tasks.len - call.first;
	if (good && call.nr >= PARTIES_LEAST) {
		sort_u32(&f->tasks.at[call.first], call.nr);
		vec_push(&f->calls, call);
	} else {
		f->tasks.len = call.first;
	}
	return last;
}

static void gather_calls(struct barrier_finder *f)
{
	for (u32 t = 0; t < f->replay->tasks.len; t++) {
		const struct replay_task *task = &f->replay->tasks.at[t];

		for (u32 i = 0; i < task->steps.len; i++)
			if (task->steps.at[i].kind == STEP_WAKE &&
			    replay_is_post(&f->replay->wakings.at[task->steps.at[i].arg]))
				i = add_call(f, t, i);
	}
	for (u32 i = 0; i < f->calls.len; i++)
		f->calls.at[i].tasks = &f->tasks.at[f->calls.at[i].first];
	if (f->calls.len)
		qsort(f->calls.at, f->calls.len, sizeof(*f->calls.at), compare_calls);
}

/* How often do those of @call wake each other? */
static u32 count_posts(struct barrier_finder *f, const struct call *call)
{
	const struct replay *replay = f->replay;
	u32 nr = 0;

	f->stamp++;
	for (u32 i = 0; i < call->nr; i++)
		f->mark.at[call->tasks[i]] = f->stamp;
	for (u32 i = 0; i < call->nr; i++) {
		const struct replay_task *task = &replay->tasks.at[call->tasks[i]];

		for (u32 j = 0; j < task->steps.len; j++) {
			const struct replay_waking *w =
				task->steps.at[j].kind == STEP_WAKE
					? &replay->wakings.at[task->steps.at[j].arg]
					: NULL;

			nr += w && replay_is_post(w) && f->mark.at[w->wakee] == f->stamp;
		}
	}
	return nr;
}

static bool sleeps_between(const struct replay_task *task, u32 step, u32 last)
{
	for (; step < last; step++)
		if (task->steps.at[step].kind == STEP_BLOCK)
			return true;
	return false;
}

/*
 * Does the waker of these calls, which is always the same, go on to the next one without a sleep?
 */
static bool never_waits(const struct replay *replay, const struct call *calls, u32 nr)
{
	const struct replay_task *task = &replay->tasks.at[calls->waker];
	u32 sleeps = 0;

	for (u32 i = 1; i < nr; i++)
		sleeps += sleeps_between(task, calls[i - 1].step, calls[i].step);
	return task->wakes_several && nr >= ROUNDS_OF_ONE && sleeps * 10 <= nr * 3;
}

/* The @nr calls at @calls are of the same tasks. */
static bool is_barrier(struct barrier_finder *f, const struct call *calls, u32 nr)
{
	if (nr < ROUNDS_LEAST ||
	    (calls[0].waker == calls[nr - 1].waker && !never_waits(f->replay, calls, nr)))
		return false;
	return (u64)nr * (calls->nr - 1) * 10 >= (u64)count_posts(f, calls) * 7;
}

static void make_barrier(struct replay *replay, const struct call *calls, u32 nr)
{
	vec_push(&replay->queues, (struct replay_queue){.first = calls->tasks[0],
							.nr = calls->nr,
							.kind = QUEUE_BARRIER});
	for (u32 i = 0; i < nr; i++) {
		const struct replay_task *task = &replay->tasks.at[calls[i].waker];
		bool opens = true;

		for (u32 step = calls[i].step; step != REPLAY_NONE;
		     step = next_of_call(replay, task, step)) {
			struct replay_waking *w = &replay->wakings.at[task->steps.at[step].arg];

			w->queue = replay->queues.len;
			w->opens = opens;
			opens = false;
		}
	}
}

void replay_barriers(struct replay *replay)
{
	struct barrier_finder f = {.replay = replay};

	vec_reserve(&f.mark, replay->tasks.len + 1);
	gather_calls(&f);
	for (u32 i = 0, nr; i < f.calls.len; i += nr) {
		nr = 1;
		while (i + nr < f.calls.len && !compare_sets(&f.calls.at[i], &f.calls.at[i + nr]))
			nr++;
		if (is_barrier(&f, &f.calls.at[i], nr))
			make_barrier(replay, &f.calls.at[i], nr);
	}
	vec_fini(&f.calls);
	vec_fini(&f.tasks);
	vec_fini(&f.mark);
}
