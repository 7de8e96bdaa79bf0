/* SPDX-License-Identifier: MIT */
/*
 * Which cpus was a task kept from? A trace does not tell affinities, but they show where a cpu
 * idles on which the task never ran. Two things speak then against its being allowed there:
 *
 *	- It waited for another cpu, for several ticks in all. An idle cpu takes what waits
 *	  elsewhere: at once when it runs out of work, and when the tick of a cpu with several
 *	  runnable tasks finds it idle (kernel/sched/fair.c: sched_balance_newidle(),
 *	  nohz_balancer_kick()). What ran less than sched_migration_cost ago may be left where it is
 *	  warm (task_hot()), but not every time: shorter waits weigh less.
 *	- Most of its wakeups put it behind somebody else. A woken task goes to an idle cpu if one
 *	  is found near by (select_idle_sibling()).
 *
 * Where the cpu that a task waited for idled itself, something else held the task, like the quota
 * of its group: that is no evidence.
 */
#include "input/replay_collect.h"

enum {
	SHORT = 100 * (int)USEC,      /* who interrupts for so long does not matter */
	COLD_AFTER = 500 * (int)USEC, /* sched_migration_cost */
	WARM_PART = 4, /* it goes when the third attempt finds nothing better: cache_nice_tries */
	MUCH = 200 * (int)MSEC, /* an idle cpu of a 6.18 kernel was seen to leave four hogs alone
				   for 140 ms */
	MANY = 100,
	FEW = 20, /* who was not woken more often gets no list of more than LONG_LIST cpus */
	LONG_LIST = 64,
	MOST_PERCENT = 80,
	MOST_CPUS = 512,  /* each wakeup looks at all that idle: on more it is not worth the time */
	MOST_LOOKS = 256, /* likewise: those that wait at an end of idleness, in turn */
};

static struct replay_place *places_of(struct replay *replay, struct replay_task *task)
{
	while (task->places.len < replay->nr_cpus)
		vec_push(&task->places, (struct replay_place){.wakeups_before = task->nr_wakeups});
	return task->places.at;
}

/* The place of @cpu among the visits of @task, or their number. */
static u32 visit_of(const struct replay_task *task, u32 cpu)
{
	u32 i = 0;

	while (i < task->visits.len && task->visits.at[i].cpu != cpu)
		i++;
	return i;
}

/* @task comes to @cpu: what was there against that is refuted. */
static void visit(struct replay_task *task, u32 cpu)
{
	u32 at = visit_of(task, cpu);

	if (at == 0 && task->visits.len)
		return;
	if (task->visits.len)
		task->visits.at[0].step = task->steps.len;
	if (at == task->visits.len)
		vec_push(&task->visits, (struct replay_visit){.cpu = cpu});
	for (; at; at--)
		task->visits.at[at] = task->visits.at[at - 1];
	task->visits.at[0] = (struct replay_visit){.cpu = cpu};
	if (cpu < task->places.len)
		task->places.at[cpu] = (struct replay_place){.wakeups_before = task->nr_wakeups};
}

static u64 weight_of(u64 wait_ns)
{
	return wait_ns < SHORT ? 0 : wait_ns < COLD_AFTER ? wait_ns / WARM_PART : wait_ns;
}

/* @task waited until @now while @other idled. */
static void note_wait(struct replay *replay, struct replay_task *task, u32 other, u64 now)
{
	const struct replay_cpu *queue = &replay->cpus[task->queue];
	u64 since = max_of(max_of(task->ready_since, queue->busy_since),
			   replay->cpus[other].idle_since);

	if (queue->idle_since == NEVER && since < now && weight_of(now - since))
		places_of(replay, task)[other].idle_ns += weight_of(now - since);
}

/* Those that wait no more leave the list on the way. */
static void note_all_waits(struct replay *replay, u32 cpu, u64 now)
{
	for (u32 looks = min_of(replay->waiting.len, (u32)MOST_LOOKS); looks; looks--) {
		u32 i = replay->next_wait < replay->waiting.len ? replay->next_wait : 0;
		struct replay_task *task = &replay->tasks.at[replay->waiting.at[i]];

		if (task->status == STATUS_READY) {
			note_wait(replay, task, cpu, now);
			replay->next_wait = i + 1;
		} else {
			u32 last = vec_pop(&replay->waiting);

			if (i < replay->waiting.len)
				replay->waiting.at[i] = last;
			replay->next_wait = i;
			task->listed = false;
		}
	}
}

static void set_idle(struct replay *replay, u32 cpu, u64 now, bool idle)
{
	struct replay_cpu *c = &replay->cpus[cpu];

	if (idle == (c->idle_since != NEVER))
		return;
	if (!idle && replay->open && c->idle_since + SHORT <= now)
		note_all_waits(replay, cpu, now);
	replay->nr_idle += idle ? 1 : -1u;
	c->idle_since = idle ? now : NEVER;
	c->busy_since = now;
}

void replay_bound_ready(struct replay *replay, struct replay_task *task, u32 cpu, u64 now)
{
	task->ready_since = now;
	task->queue = cpu < replay->nr_cpus ? cpu : 0;
	if (task->listed || task->apart || replay->nr_cpus > MOST_CPUS)
		return;
	task->listed = true;
	vec_push(&replay->waiting, (u32)(task - replay->tasks.at));
}

static void note_idle_cpus(struct replay *replay, struct replay_task *task, u64 now)
{
	for (u32 cpu = 0; replay->nr_idle && cpu < replay->nr_cpus; cpu++)
		if (replay->cpus[cpu].idle_since != NEVER)
			note_wait(replay, task, cpu, now);
}

void replay_bound_switch(struct replay *replay, u32 cpu, u32 id, u64 now)
{
	struct replay_task *task = &replay->tasks.at[id];

	if (replay->nr_cpus > MOST_CPUS)
		return;
	if (!task->apart && replay->open) {
		task->queue = cpu;
		if (task->status == STATUS_READY && task->ready_since + SHORT <= now)
			note_idle_cpus(replay, task, now);
		visit(task, cpu);
	}
	set_idle(replay, cpu, now, id < replay->nr_cpus);
}

void replay_bound_end(struct replay *replay, u64 now)
{
	for (u32 cpu = 0; cpu < replay->nr_cpus; cpu++)
		set_idle(replay, cpu, now, false);
}

static bool may_have_list(const struct replay *replay, const struct replay_task *task)
{
	return replay->nr_cpus <= LONG_LIST || task->places.len || task->nr_wakeups >= FEW;
}

void replay_bound_wakeup(struct replay *replay, u32 id, u32 cpu)
{
	struct replay_task *task = replay_task_at(replay, id);
	struct replay_place *places;

	if (!replay->open || task->apart || cpu >= replay->nr_cpus)
		return;
	task->queue = cpu;
	if (replay->nr_idle && replay->cpus[cpu].idle_since == NEVER &&
	    may_have_list(replay, task)) {
		places = places_of(replay, task);
		for (u32 other = 0; other < replay->nr_cpus; other++)
			places[other].wakeups += replay->cpus[other].idle_since != NEVER;
	}
	task->nr_wakeups++;
}

void replay_bound_lost(struct replay *replay, u32 cpu, u64 now)
{
	set_idle(replay, cpu, now, false);
	replay->cpus[cpu].busy_since = now;
}

bool replay_is_kept_from(const struct replay_task *task, u32 cpu)
{
	const struct replay_place *place;
	u32 all;

	if (cpu >= task->places.len || visit_of(task, cpu) == 0)
		return false;
	place = &task->places.at[cpu];
	all = task->nr_wakeups - place->wakeups_before;
	return place->idle_ns >= MUCH ||
	       (place->wakeups >= MANY && (u64)place->wakeups * 100 >= (u64)all * MOST_PERCENT);
}

u32 replay_bound_since(const struct replay_task *task)
{
	u32 since = 0;

	for (u32 i = 0; i < task->visits.len; i++)
		if (replay_is_kept_from(task, task->visits.at[i].cpu))
			since = max_of(since, task->visits.at[i].step);
	return since;
}

bool replay_is_set_free(const struct replay *replay, const struct replay_task *task)
{
	const struct replay_task *parent;

	if (task->origin != ORIGIN_FORKED || task->parent == TASK_ID_NONE)
		return false;
	parent = &replay->tasks.at[task->parent];
	for (u32 i = 0; i < task->visits.len; i++)
		if (replay_is_kept_from(parent, task->visits.at[i].cpu))
			return true;
	return false;
}
