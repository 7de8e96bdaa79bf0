/* SPDX-License-Identifier: MIT */
/*
 * Mutexes with priority inheritance.
 *
 * Who finds one taken lends its holder its priority before it sleeps (kernel/locking/rtmutex.c:
 * task_blocks_on_rt_mutex()), which a trace tells (sched_pi_setprio) if the holder's was lower. So
 * much is known: who waited for whom, from when on the mutex was held at least, and when it was
 * given back: as the holder woke who waited.
 *
 * What was held while nobody waited does not show. The longest wait for a holder tells, by the
 * holder's cpu time, how long it keeps a mutex: waiters come at any time of it, so it is a little
 * longer than the longest of N waits, by one part of N. Each section that somebody waited for is
 * taken to be so long, within the holder's burst.
 *
 * Each holder has a mutex of its own, and nobody sleeps while it has one: so whoever waits, waits
 * for one that goes on.
 */
#include "input/replay_collect.h"

#include "base/sorted.h"

#include <stdlib.h>

void replay_locks_see(struct replay *replay, const struct record *r)
{
	u32 id = replay->cpus[r->cpu].curr;
	struct replay_task *waiter, *holder;

	if (!replay->open || id == TASK_ID_NONE || id == r->task ||
	    replay_task_at(replay, id)->apart)
		return;
	holder = replay_task_at(replay, r->task);
	replay_account(replay, holder, r->when);
	waiter = replay_running(replay, id, r->cpu, r->when);
	if (waiter->lends_to != TASK_ID_NONE) /* to one further on, whom its holder waits for */
		return;
	waiter->lends_to = r->task;
	waiter->lent_at = replay_task_at(replay, r->task)->cpu_ns;
}

void replay_locks_block(struct replay *replay, struct replay_task *task)
{
	if (task->lends_to == TASK_ID_NONE || !replay->open)
		return;
	vec_push(&replay->lock_waits,
		 (struct replay_lock_wait){.waiter = (u32)(task - replay->tasks.at),
					   .block = task->block_step,
					   .holder = task->lends_to,
					   .since = task->lent_at});
	task->lends_to = TASK_ID_NONE;
}

/* What ended @wait; NULL: nothing, or no other task. */
static struct replay_waking *end_of(struct replay *replay, const struct replay_lock_wait *wait)
{
	const struct replay_step *block = &replay->tasks.at[wait->waiter].steps.at[wait->block];
	struct replay_waking *waking =
		block->arg == REPLAY_NONE ? NULL : &replay->wakings.at[block->arg];

	if (!waking || waking->context == RECORD_FLAG_IRQ || waking->waker == TASK_ID_NONE ||
	    waking->waker == wait->waiter)
		return NULL;
	return replay->tasks.at[waking->waker].origin == ORIGIN_NONE ? NULL : waking;
}

void replay_locks_judge(struct replay *replay)
{
	for (u32 i = 0; i < replay->lock_waits.len; i++) {
		struct replay_lock_wait *wait = &replay->lock_waits.at[i];
		struct replay_waking *waking = end_of(replay, wait);
		struct replay_task *holder;

		if (!waking)
			continue;
		waking->verdict = VERDICT_LOCK;
		holder = &replay->tasks.at[waking->waker];
		holder->nr_held++;
		if (waking->waker == wait->holder) /* else it was another's when the wait began */
			holder->held_ns = max_of(holder->held_ns, waking->waker_cpu - wait->since);
	}
}

u32 replay_step_at(const struct replay_task *task, u64 when)
{
	return first_not(i, task->steps.len, task->steps.at[i].when < when);
}

u32 replay_step_of(const struct replay *replay, const struct replay_task *task, u32 waking)
{
	u64 when = replay->wakings.at[waking].when;
	u32 low = replay_step_at(task, when);

	for (; low < task->steps.len && task->steps.at[low].when == when; low++)
		if (task->steps.at[low].kind == STEP_WAKE && task->steps.at[low].arg == waking)
			return low;
	return REPLAY_NONE;
}

/* Does a mutex that is given back later have to be taken behind that step? */
static bool bounds_section(const struct replay *replay, const struct replay_step *step)
{
	if (step->kind == STEP_WAKE)
		return replay->wakings.at[step->arg].verdict == VERDICT_LOCK;
	if (step->kind == STEP_AWAIT_CPU)
		return step->turn != REPLAY_NONE; /* it sleeps there */
	return step->kind != STEP_MARK && step->kind != STEP_PRIO;
}

/*
 * The section that ends with step @end of @task begins so long before it, or where the burst does.
 */
static void add_section(struct replay *replay, u32 id, u32 end)
{
	const struct replay_task *task = &replay->tasks.at[id];
	u64 left = task->held_ns + task->held_ns / task->nr_held;
	u32 step = end;

	while (task->steps.at[step].ran < left && step > 0 &&
	       !bounds_section(replay, &task->steps.at[step - 1]))
		left -= task->steps.at[step--].ran;
	vec_push(&replay->sections,
		 (struct replay_section){.task = id,
					 .step = step,
					 .after = task->steps.at[step].ran -
						  min_of(left, task->steps.at[step].ran)});
}

static int compare_sections(const void *a, const void *b)
{
	const struct replay_section *x = a, *y = b;

	return order_u64(x->task, y->task) ?: order_u64(x->step, y->step);
}

void replay_locks_sections(struct replay *replay)
{
	for (u32 i = 0; i < replay->lock_waits.len; i++) {
		const struct replay_waking *waking = end_of(replay, &replay->lock_waits.at[i]);
		u32 end;

		if (!waking || waking->verdict != VERDICT_LOCK)
			continue;
		end = replay_step_of(replay, &replay->tasks.at[waking->waker],
				     (u32)(waking - replay->wakings.at));
		if (end != REPLAY_NONE)
			add_section(replay, waking->waker, end);
	}
	if (replay->sections.len)
		qsort(replay->sections.at, replay->sections.len, sizeof(*replay->sections.at),
		      compare_sections);
}

const struct replay_section *replay_section_at(const struct replay *replay, u32 task, u32 step)
{
	struct replay_section wanted = {.task = task, .step = step};

	if (!replay->sections.len)
		return NULL;
	return bsearch(&wanted, replay->sections.at, replay->sections.len, sizeof(wanted),
		       compare_sections);
}
