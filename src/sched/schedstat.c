/* SPDX-License-Identifier: MIT */
/* See schedstat.h. Reference: fair.md 9.3. */
#include "sched/schedstat.h"

void schedstat_init(struct sched *sched)
{
	if (!sched->kernel->knobs.schedstats)
		return;
	sched->schedstat = arena_new(sched->arena, struct schedstat);
	sched->schedstat->rqs = arena_array(sched->arena, struct rq_stats, sched->nr_cpus);
	pool_init(&sched->schedstat->tasks, sizeof(struct task_stats), 6);
}

void schedstat_fini(struct sched *sched)
{
	if (!sched->schedstat)
		return;
	vec_fini(&sched->schedstat->slots);
	pool_fini(&sched->schedstat->tasks);
}

struct task_stats *schedstat_of(struct sched *sched, const struct task *task)
{
	struct schedstat *all = sched->schedstat;
	u32 *slot, index;

	if (task->id >= all->slots.len) {
		vec_reserve(&all->slots, task->id + 1);
		all->slots.len = task->id + 1;
	}
	slot = &all->slots.at[task->id];
	if (!*slot) {
		(void)pool_get(&all->tasks, &index);
		*slot = index + 1;
	}
	return pool_at(&all->tasks, *slot - 1);
}

void schedstat_forget(struct sched *sched, const struct task *task)
{
	struct schedstat *all = sched->schedstat;
	const struct task_stats *stats = schedstat_of(sched, task);

	all->wakeups_gone += stats->nr_wakeups;
	all->wakeups_local_gone += stats->nr_wakeups_local;
	pool_put(&all->tasks, all->slots.at[task->id] - 1);
	all->slots.at[task->id] = 0;
}

/* The tracepoint that goes with a statistic; no part of the fingerprint. */
static void tell(const struct rq *rq, enum record_kind kind, const struct task *task, u64 ns)
{
	const struct sched *sched = rq->sched;

	stream_put(sched->stream, (struct record){
					  .when = sched->machine->now,
					  .kind = (u8)kind,
					  .flags = sched->machine->in_irq ? RECORD_FLAG_IRQ : 0,
					  .cpu = (u16)sched_this_cpu(sched),
					  .task = task->id,
					  .value = ns,
				  });
}

/* ---- Waiting ---- */

/*
 * What it had waited before it was moved is in wait_start, which so lies that much back. The same
 * is done with the moment that was left there by a waiting RT or deadline task that was changed:
 * its wait comes out too long then, in the kernel as well.
 */
void schedstat_wait_start(struct rq *rq, const struct task *task)
{
	struct task_stats *stats = schedstat_of(rq->sched, task);
	u64 start = rq->clock;

	stats->wait_start = start > stats->wait_start ? start - stats->wait_start : start;
}

void schedstat_wait_end(struct rq *rq, const struct task *task)
{
	struct task_stats *stats = schedstat_of(rq->sched, task);
	u64 waited = rq->clock - stats->wait_start;

	if (task->on_rq == ON_RQ_MIGRATING) {
		stats->wait_start = waited;
		return;
	}
	tell(rq, RECORD_STAT_WAIT, task, waited);
	stats->wait_max = max_of(stats->wait_max, waited);
	stats->wait_count++;
	stats->wait_sum += waited;
	stats->wait_start = 0;
}

/* ---- Sleeping ---- */

/* The cpu on which it wakes may be a little behind the one on which it went to sleep. */
static u64 since(const struct rq *rq, u64 *start)
{
	u64 span = rq->clock > *start ? rq->clock - *start : 0;

	*start = 0;
	return span;
}

static void end_sleep(struct rq *rq, const struct task *task)
{
	struct task_stats *stats = schedstat_of(rq->sched, task);
	u64 span;

	if (stats->sleep_start) {
		span = since(rq, &stats->sleep_start);
		stats->sleep_max = max_of(stats->sleep_max, span);
		stats->sum_sleep_runtime += span;
		tell(rq, RECORD_STAT_SLEEP, task, span);
	}
	if (stats->block_start) {
		span = since(rq, &stats->block_start);
		stats->block_max = max_of(stats->block_max, span);
		stats->sum_sleep_runtime += span;
		stats->sum_block_runtime += span;
		if (task->flags & TASK_FLAG_IN_IOWAIT) {
			stats->iowait_sum += span;
			stats->iowait_count++;
			tell(rq, RECORD_STAT_IOWAIT, task, span);
		}
		tell(rq, RECORD_STAT_BLOCKED, task, span);
	}
}

void schedstat_enqueue(struct rq *rq, const struct task *task, u32 flags, bool waits)
{
	if (waits)
		schedstat_wait_start(rq, task);
	if (flags & ENQUEUE_WAKEUP)
		end_sleep(rq, task);
}

void schedstat_dequeue(struct rq *rq, const struct task *task, u32 flags, bool waited)
{
	struct task_stats *stats = schedstat_of(rq->sched, task);

	if (waited && stats->wait_start)
		schedstat_wait_end(rq, task);
	if (!(flags & DEQUEUE_SLEEP))
		return;
	if (task->state & (TASK_INTERRUPTIBLE | TASK_FROZEN))
		stats->sleep_start = rq->clock;
	if (task->state & TASK_UNINTERRUPTIBLE)
		stats->block_start = rq->clock;
}

/* ---- Running ---- */

void schedstat_slice(struct rq *rq, const struct task *task)
{
	struct task_stats *stats = schedstat_of(rq->sched, task);
	const struct fair_entity *se = &task->fair;

	if (rq->fair.load_weight >= 2 * (u64)se->weight)
		stats->slice_max =
			max_of(stats->slice_max, se->sum_exec_runtime - se->prev_sum_exec_runtime);
}

void schedstat_charged(struct rq *rq, const struct task *task, u64 delta)
{
	struct task_stats *stats = schedstat_of(rq->sched, task);

	stats->exec_max = max_of(stats->exec_max, delta);
}

/*
 * 6.1's pick makes the idle task next even if it is the one that runs; later kernels leave it as it
 * is.
 */
void schedstat_picked(struct rq *rq, const struct task *prev, const struct task *next)
{
	struct rq_stats *stats = &rq->sched->schedstat->rqs[rq->cpu];

	stats->schedules++;
	stats->goidle += next == rq->idle &&
			 (prev != next || sched_feature(rq->sched, FEATURE_IDLE_SET_NEXT_AGAIN));
}

/* ---- Waking ---- */

void schedstat_woken(struct sched *sched, const struct task *task, u32 wake_flags)
{
	struct task_stats *stats = schedstat_of(sched, task);
	u32 this_cpu = sched_this_cpu(sched);
	struct rq_stats *here = &sched->schedstat->rqs[this_cpu];

	here->wakeups++;
	stats->nr_wakeups++;
	if (task->cpu == this_cpu) {
		here->wakeups_local++;
		stats->nr_wakeups_local++;
	} else {
		struct sched_domain *sd = sched->rqs[this_cpu].domain;

		while (sd && !cpumask_test(sd->span, task->cpu))
			sd = sd->parent;
		if (sd)
			domain_stat_add(sd, wake_remote, 1);
		stats->nr_wakeups_remote++;
	}
	stats->nr_wakeups_migrate += (wake_flags & WF_MIGRATED) != 0;
	stats->nr_wakeups_sync += (wake_flags & WF_SYNC) != 0;
}

void schedstat_domain(struct sched *sched, struct sched_domain *sd)
{
	if (schedstat_wanted(sched))
		sd->stats = arena_new(sched->arena, struct sched_domain_stats);
}
