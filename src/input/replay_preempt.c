/* SPDX-License-Identifier: MIT */
/*
 * Is the recorded kernel one that cannot be preempted within itself, as with preemption `none` or
 * `voluntary`?
 *
 *	- An exit asks for a reschedule of the full kind on its way (kernel/sched/autogroup.c:
 *	  sched_autogroup_exit_task(), which moves the task). Where the kernel can be preempted, the
 *	  task leaves its cpu there, runnable, to one that waits, and dies later. If exiting tasks
 *	  leave their cpus to others that waited all the time, but dead, it cannot.
 *	- Where it is preempted lazily, a wakeup by another cpu takes a fair task off its cpu no
 *	  earlier than that one enters the kernel by itself, or the tick comes (kernel/sched/core.c:
 *	  resched_curr_lazy(), which sends no interrupt). If it does so at once, it was told by an
 *	  interrupt.
 *
 * Neither tells `none` from `voluntary`.
 */
#include "input/replay_collect.h"

enum {
	ENOUGH = 10,
	PART = 4,
	AT_ONCE = 30 * (int)USEC,
	PRIO_RT_END = 100,
};

/* @task came to the queue of @cpu before @when, and has waited there since. */
static bool has_waited(const struct replay_task *task, u32 cpu, u64 when)
{
	return task->status == STATUS_READY && task->last_cpu == cpu && task->ready_since < when;
}

static void see_exit(struct replay *replay, const struct replay_task *prev,
		     const struct replay_task *next, const struct record *r)
{
	if (record_prev_runnable(r))
		replay->exits.preempted++;
	else if (!next->apart && has_waited(next, r->cpu, prev->exiting_at))
		replay->exits.through++;
}

static void see_remote_wakeup(struct replay *replay, const struct replay_task *next,
			      const struct record *r)
{
	if (next->status != STATUS_READY || next->waking_cpu == REPLAY_NONE ||
	    next->waking_cpu == r->cpu || next->waking_at + AT_ONCE < next->ready_since ||
	    next->waking_at > r->when)
		return;
	if (r->when - next->waking_at <= AT_ONCE)
		replay->remote.at_once++;
	else
		replay->remote.later++;
}

void replay_preempt_switch(struct replay *replay, const struct record *r)
{
	const struct replay_task *prev = replay_task_at(replay, r->task),
				 *next = replay_task_at(replay, r->other);

	if (!replay->open || r->flags & RECORD_FLAG_MENDED || record_prev_prio(r) < PRIO_RT_END ||
	    record_next_prio(r) < PRIO_RT_END)
		return;
	prev = &replay->tasks.at[r->task]; /* making the other one may have moved it */
	if (prev->exiting)
		see_exit(replay, prev, next, r);
	else if (record_prev_runnable(r) && !prev->apart && !next->apart)
		see_remote_wakeup(replay, next, r);
}

bool replay_is_not_preemptible(const struct replay *replay)
{
	bool exits = replay->exits.through >= ENOUGH &&
		     replay->exits.preempted * PART <= replay->exits.through;
	bool remote =
		replay->remote.at_once >= ENOUGH && replay->remote.at_once >= replay->remote.later;

	return exits || remote;
}
