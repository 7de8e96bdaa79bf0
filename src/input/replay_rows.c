/* SPDX-License-Identifier: MIT */
/*
 * What wakes several in a row is one thing: an interrupt that many wait for, or a call.
 *
 * Where heads do not tell which of the two, each wakee is judged for itself (replay_judge.c), and
 * one that is woken in a rhythm may pass for a sleeper while those beside it are seen to wait for
 * the waker. If they are half of the row, all of it is the waker's. So it is if two of them change
 * places in such rows: each timer comes when it was set for, while those who wait in a queue are
 * woken in the order in which they came.
 */
#include "input/replay.h"

#include "base/sorted.h"

enum {
	LONGEST = 16, /* more of a row is not compared with each other */
	SOME = 3,
	PART = 10, /* of their rows, in the less usual order at least */
};

struct row_judge {
	struct replay *replay;
	const struct replay_task *waker;
	vec_of(u64) orders; /* who was woken before whom: see order_key() */
	/* by task: changes places with others that this waker wakes, whose id + 1 it is */
	vec_of(u32) queues;
	u32 mark; /* of this waker */
};

static struct replay_waking *waking_at(const struct row_judge *j, u32 step)
{
	return &j->replay->wakings.at[j->waker->steps.at[step].arg];
}

static bool is_in_doubt(const struct replay_waking *w)
{
	return !w->context && w->block != REPLAY_NONE &&
	       (w->verdict == VERDICT_OUTSIDE || w->verdict == VERDICT_GRID);
}

/* Steps from @first on that wake somebody, one soon after the other. */
static u32 row_at(const struct row_judge *j, u32 first)
{
	const struct replay_task *task = j->waker;
	u32 end = first;

	while (end < task->steps.len && task->steps.at[end].kind == STEP_WAKE &&
	       (end == first || task->steps.at[end].ran <= REPLAY_SAME_CALL))
		end++;
	return end - first;
}

/* The same for two tasks but for the last bit, which tells their order. */
static u64 order_key(u32 before, u32 after)
{
	return (u64)min_of(before, after) << 32 | (u64)max_of(before, after) << 1 |
	       (before > after);
}

static void note_orders(struct row_judge *j, u32 first, u32 nr)
{
	nr = min_of(nr, (u32)LONGEST);
	for (u32 i = first; i < first + nr; i++)
		for (u32 other = i + 1; other < first + nr; other++)
			if (!waking_at(j, i)->context &&
			    waking_at(j, i)->wakee != waking_at(j, other)->wakee)
				vec_push(&j->orders, order_key(waking_at(j, i)->wakee,
							       waking_at(j, other)->wakee));
}

static void find_queues(struct row_judge *j)
{
	if (j->orders.len)
		sort_u64(j->orders.at, j->orders.len);
	for (u32 i = 0, nr; i < j->orders.len; i += nr) {
		u64 key = j->orders.at[i];
		u32 back = 0;

		for (nr = 0; i + nr < j->orders.len && j->orders.at[i + nr] >> 1 == key >> 1; nr++)
			back += j->orders.at[i + nr] & 1;
		back = min_of(back, nr - back);
		if (back >= SOME && back * PART >= nr)
			j->queues.at[key >> 32] = j->queues.at[(u32)key >> 1] = j->mark;
	}
	vec_clear(&j->orders);
}

static void judge_row(struct row_judge *j, u32 first, u32 nr)
{
	u32 posts = 0, queued = 0;

	for (u32 i = first; i < first + nr; i++) {
		posts += replay_is_post(waking_at(j, i));
		queued += j->queues.at[waking_at(j, i)->wakee] == j->mark;
	}
	if (posts * 2 < nr && queued < 2)
		return;
	for (u32 i = first; i < first + nr; i++)
		if (is_in_doubt(waking_at(j, i)))
			waking_at(j, i)->verdict = VERDICT_POST;
}

static void judge_rows(struct row_judge *j)
{
	for (u32 i = 0, nr; i < j->waker->steps.len; i += nr ?: 1) {
		nr = row_at(j, i);
		note_orders(j, i, nr);
	}
	find_queues(j);
	for (u32 i = 0, nr; i < j->waker->steps.len; i += nr ?: 1) {
		nr = row_at(j, i);
		if (nr > 1)
			judge_row(j, i, nr);
	}
}

void replay_rows(struct replay *replay)
{
	struct row_judge j = {.replay = replay};

	for (u32 t = 0; t < replay->tasks.len; t++)
		vec_push(&j.queues, 0);
	for (u32 t = 0; t < replay->tasks.len; t++) {
		j.waker = &replay->tasks.at[t];
		j.mark = t + 1;
		judge_rows(&j);
	}
	vec_fini(&j.orders);
	vec_fini(&j.queues);
}
