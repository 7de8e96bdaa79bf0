/* SPDX-License-Identifier: MIT */
/*
 * A policy that throws dice over everything it may do, under tasks that run, sleep and change:
 * after every event each runnable task is in exactly one place, and counts are what can be counted.
 */
#include "ext_log.h"

#include <string.h>

enum { FIFO_QUEUE = 1, VTIME_QUEUE = 2, KEPT_MAX = 64, NR_TASKS = 12 };

/* What the policy keeps itself. A task that is taken away is forgotten. */
static struct {
	struct ossim_ext_task *task[KEPT_MAX];
	u32 nr;
} kept;

static u64 dice(struct ossim_ext *x, u64 sides)
{
	return ext_random(x) % sides;
}

static u64 any_slice(struct ossim_ext *x)
{
	static const u64 slices[] = {0, 1, 100 * USEC, 3 * MSEC, 20 * MSEC, EXT_SLICE_INF};

	return slices[dice(x, ARRAY_SIZE(slices))];
}

static s32 any_allowed(struct ossim_ext *x, struct ossim_ext_task *task)
{
	return ext_pick_any_cpu(x, task, 0);
}

/* Into any queue in which it may be. */
static void insert_anywhere(struct ossim_ext *x, struct ossim_ext_task *task, u64 flags)
{
	flags |= dice(x, 4) == 0 ? EXT_ENQ_HEAD : 0;
	flags |= dice(x, 8) == 0 ? EXT_ENQ_PREEMPT : 0;
	switch (dice(x, 5)) {
	case 0:
		if (ext_task_allowed(x, task, ext_this_cpu(x))) {
			ext_insert(x, task, EXT_DSQ_LOCAL, any_slice(x), flags);
			break;
		}
		/* fall through */
	case 1:
		ext_insert(x, task, EXT_DSQ_GLOBAL, any_slice(x), flags);
		break;
	case 2:
		ext_insert(x, task, EXT_DSQ_LOCAL_ON | (u64)any_allowed(x, task), any_slice(x),
			   flags);
		break;
	case 3:
		ext_insert(x, task, FIFO_QUEUE, any_slice(x), flags);
		break;
	default:
		ext_insert_vtime(x, task, VTIME_QUEUE, any_slice(x), dice(x, 1000), flags);
	}
}

static s32 dice_select_cpu(struct ossim_ext *x, struct ossim_ext_task *task, s32 prev_cpu,
			   u64 wake_flags)
{
	bool is_idle = false;
	s32 cpu = prev_cpu;

	if (dice(x, 2))
		cpu = ext_select_cpu_dfl(x, task, prev_cpu, wake_flags, &is_idle);
	else if (dice(x, 2))
		cpu = any_allowed(x, task);
	if (dice(x, 3) == 0)
		ext_insert(x, task,
			   dice(x, 2) ? EXT_DSQ_LOCAL
				      : EXT_DSQ_LOCAL_ON | (u64)any_allowed(x, task),
			   any_slice(x), 0);
	return cpu;
}

static void dice_enqueue(struct ossim_ext *x, struct ossim_ext_task *task, u64 flags)
{
	if (dice(x, 3)) {
		insert_anywhere(x, task, flags);
		return;
	}
	cr_assert(kept.nr < KEPT_MAX);
	kept.task[kept.nr++] = task;
}

static void forget(struct ossim_ext_task *task)
{
	for (u32 i = 0; i < kept.nr; i++)
		if (kept.task[i] == task)
			kept.task[i--] = kept.task[--kept.nr];
}

static void dice_dequeue(struct ossim_ext *x unused_arg, struct ossim_ext_task *task,
			 u64 flags unused_arg)
{
	forget(task);
}

static void dice_dispatch(struct ossim_ext *x, s32 cpu unused_arg,
			  struct ossim_ext_task *prev unused_arg)
{
	for (u32 tries = 0; kept.nr && ext_nr_slots(x) && tries < 4 && dice(x, 2); tries++) {
		struct ossim_ext_task *task = kept.task[dice(x, kept.nr)];

		insert_anywhere(x, task, 0);
		if (dice(x, 8) == 0)
			insert_anywhere(x, task, 0); /* twice does no harm */
		if (dice(x, 8) == 0)
			ext_cancel(x); /* the first is in, if there was a second */
		else
			forget(task);
	}
	if (dice(x, 4))
		ext_move_to_local(x, dice(x, 2) ? FIFO_QUEUE : VTIME_QUEUE);
}

/* All that anybody waits for gets a chance. */
static void dice_timer(struct ossim_ext *x, u32 id)
{
	struct ossim_ext_task *task = ext_dsq_next(x, FIFO_QUEUE, NULL);

	if (task && dice(x, 2))
		ext_dsq_move(x, task,
			     dice(x, 2) ? EXT_DSQ_GLOBAL
					: EXT_DSQ_LOCAL_ON | (u64)any_allowed(x, task),
			     0);
	task = ext_dsq_next(x, FIFO_QUEUE, NULL);
	if (task && dice(x, 2) &&
	    ext_dsq_move_vtime(x, task, VTIME_QUEUE, ext_task_vtime(x, task) + dice(x, MSEC), 0))
		cr_assert(ext_dsq_next(x, FIFO_QUEUE, NULL) != task);
	for (u32 cpu = 0; cpu < ext_nr_cpus(x); cpu++)
		switch (dice(x, 4)) {
		case 0:
			ext_kick_cpu(x, (s32)cpu, EXT_KICK_IDLE);
			break;
		case 1:
			ext_kick_cpu(x, (s32)cpu,
				     EXT_KICK_PREEMPT | (dice(x, 2) ? EXT_KICK_WAIT : 0));
		}
	ext_timer_start(x, id, 100 * USEC + dice(x, 2 * MSEC));
}

static void dice_tick(struct ossim_ext *x, struct ossim_ext_task *task)
{
	if (dice(x, 6) == 0)
		ext_task_set_slice(x, task, any_slice(x));
}

static void dice_cpu_release(struct ossim_ext *x, s32 cpu unused_arg,
			     enum ossim_ext_release_reason reason unused_arg)
{
	if (dice(x, 2))
		ext_reenqueue_local(x);
}

static s32 dice_init(struct ossim_ext *x)
{
	kept.nr = 0;
	ext_timer_start(x, 0, MSEC);
	return ext_create_dsq(x, FIFO_QUEUE, -1) || ext_create_dsq(x, VTIME_QUEUE, -1);
}

static struct ossim_ext_policy dice_policy = {
	EXT_POLICY_HEAD("dice"), .init = dice_init,       .select_cpu = dice_select_cpu,
	.enqueue = dice_enqueue, .dequeue = dice_dequeue, .dispatch = dice_dispatch,
	.tick = dice_tick,       .timer = dice_timer,     .cpu_release = dice_cpu_release,
};

/* ---- What must hold ---- */

static u64 seed;
static struct ext_counts all; /* over all seeds: it was a real storm */

static void check_task(struct smp *smp, struct task *task)
{
	struct ext_entity *entity = task->ext;
	struct rq *rq = &smp->sched.rqs[task->cpu];
	u32 places;

	if (!entity)
		return;
	places = (rq->curr == task) + (entity->dsq != NULL) + entity->owned +
		 (!entity->dsq && list_linked(&entity->dsq_link));
	if (task->class_id != CLASS_EXT) {
		cr_assert(!entity->queued && !entity->dsq && !entity->owned, "seed %" PRIu64, seed);
		return;
	}
	cr_assert(entity->queued == (task->on_rq == ON_RQ_QUEUED), "seed %" PRIu64, seed);
	cr_assert(places == entity->queued, "seed %" PRIu64 ": task %u is in %u places", seed,
		  task->id, places);
	if (entity->dsq && entity->dsq->rq)
		cr_assert(entity->dsq->rq == rq,
			  "seed %" PRIu64 ": in the local queue of another cpu", seed);
}

static void check(struct smp *smp)
{
	u32 nr[SMP_CPUS] = {0};

	for (u32 i = 0; i < smp->nr_tasks; i++) {
		struct task *task = &smp->tasks[i].task;

		check_task(smp, task);
		nr[task->cpu] += task->ext && task->ext->queued;
	}
	for (u32 cpu = 0; cpu < smp->sched.nr_cpus; cpu++) {
		struct rq *rq = &smp->sched.rqs[cpu];

		if (!rq->ext)
			continue;
		cr_assert(rq->ext->nr_running == nr[cpu], "seed %" PRIu64, seed);
		cr_assert(!!(rq->classes_runnable & 1 << CLASS_EXT) == (nr[cpu] > 0),
			  "seed %" PRIu64, seed);
		cr_assert(list_empty(&rq->ext->deferred) || timer_armed(&rq->ext->deferred_work),
			  "seed %" PRIu64, seed);
	}
}

/* Somebody's nice, policy or affinity changes. */
static void change_something(struct smp *smp, struct rng *rng)
{
	struct task *task = &smp->tasks[rng_below(rng, smp->nr_tasks)].task;
	struct sched_attr attr = {0};

	switch (rng_below(rng, 4)) {
	case 0:
		cr_assert(sched_set_nice(&smp->sched, task, (s32)rng_below(rng, 40) - 20) !=
			  SCHED_SWITCHED);
		break;
	case 1:
		attr.policy = POLICY_FIFO;
		attr.rt_priority = 1;
		/* fall through */
	default:
		cr_assert(sched_set_attr(&smp->sched, task, &attr) != SCHED_SWITCHED);
	}
}

static void random_run(u64 flags)
{
	struct smp_options options = {
		.sockets = 1 + seed % 2,
		.cores = 2,
		.threads = 1 + seed / 2 % 2,
		.kernel = seed % 3 ? "v6.18" : "v6.12",
	};
	struct smp *smp;
	struct rng rng;
	u64 ran = 0;

	rng_init(&rng, seed, "changes", 0);
	dice_policy.flags = flags;
	options.policy = &dice_policy;
	smp = smp_new(options);
	rng_init(&smp->ext->rng, seed, "dice", 0);
	for (u32 i = 0; i < NR_TASKS; i++)
		smp_task(smp, (struct sched_attr){0},
			 i % 3 == 0 ? smp_mask(smp, i % 2 ? "0" : "0-1") : NULL,
			 100 * USEC * (i + 1), i % 2 ? MSEC * i : 0);
	ext_start(smp->ext);
	machine_start(&smp->machine);
	smp->check = check;
	for (u32 i = 0; i < NR_TASKS; i++)
		smp_start(smp, &smp->tasks[i], i % smp->sched.nr_cpus);
	for (u32 step = 1; step <= 40; step++) {
		smp_run(smp, step * 5 * MSEC);
		smp->machine.acting = 0;
		change_something(smp, &rng);
		machine_start(&smp->machine);
	}
	cr_assert(ext_report(smp->ext)->kind == EXT_EXIT_NONE, "seed %" PRIu64 ": %s", seed,
		  ext_report(smp->ext)->message);
	all.moved += ext_report(smp->ext)->counts.moved;
	all.direct += ext_report(smp->ext)->counts.direct;
	all.dispatches += ext_report(smp->ext)->counts.dispatches;
	all.kicks += ext_report(smp->ext)->counts.kicks;
	/* Ejected in the middle of it all: nobody is lost. */
	ext_fail(smp->ext, EXT_EXIT_ERROR, 0, "enough");
	machine_start(&smp->machine);
	smp_run(smp, 400 * MSEC);
	for (u32 i = 0; i < NR_TASKS; i++) {
		cr_assert(smp->tasks[i].task.class_id != CLASS_EXT, "seed %" PRIu64, seed);
		ran += smp->tasks[i].task.fair.sum_exec_runtime;
	}
	cr_assert(ran > 200 * MSEC, "seed %" PRIu64, seed);
	smp_free(smp);
}

Test(ext_random, every_runnable_task_is_in_one_place_whatever_a_policy_does)
{
	for (seed = 1; seed <= 60; seed++)
		random_run(0);
	cr_assert(all.moved > 1000 && all.direct > 1000 && all.dispatches > 1000 &&
			  all.kicks > 1000,
		  "%" PRIu64 " moves, %" PRIu64 " direct, %" PRIu64 " dispatched, %" PRIu64
		  " kicks",
		  all.moved, all.direct, all.dispatches, all.kicks);
}

Test(ext_random, the_same_with_enq_last)
{
	for (seed = 1; seed <= 30; seed++)
		random_run(EXT_OPS_ENQ_LAST);
}
