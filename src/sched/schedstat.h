/* SPDX-License-Identifier: MIT */
/*
 * Statistics that a kernel keeps if kernel.sched_schedstats is 1: how tasks waited, slept and were
 * woken, how often each cpu came through the scheduler, what balancing did on each domain. They
 * change nothing, and are not kept by default: then sched->schedstat is NULL, and all that they
 * cost is a test of it at seldom used places. Kernel: kernel/sched/stats.c, ttwu_stat() in core.c,
 * update_stats_*() in the classes; reference: fair.md 9.3, core-rt-dl-ext.md 7.
 *
 * Moments are rq->clock of the cpu, spans are ns of it.
 */
#ifndef OSSIM_SCHED_SCHEDSTAT_H
#define OSSIM_SCHED_SCHEDSTAT_H

#include "base/pool.h"
#include "base/vec.h"
#include "sched/sched.h"

/*
 * A task's struct sched_statistics, by the kernel's names and in the order in which PID/sched
 * prints them.
 */
#define TASK_STATS(SPAN, COUNT)                             \
	SPAN(sum_sleep_runtime)                             \
	SPAN(sum_block_runtime)                             \
	SPAN(wait_start)                                    \
	SPAN(sleep_start)                                   \
	SPAN(block_start)                                   \
	SPAN(sleep_max)                                     \
	SPAN(block_max)                                     \
	SPAN(exec_max)                                      \
	SPAN(slice_max)                                     \
	SPAN(wait_max)                                      \
	SPAN(wait_sum)                                      \
	COUNT(wait_count)                                   \
	SPAN(iowait_sum)                                    \
	COUNT(iowait_count)                                 \
	COUNT(nr_migrations_cold) /* no kernel counts it */ \
	COUNT(nr_failed_migrations_affine)                  \
	COUNT(nr_failed_migrations_running)                 \
	COUNT(nr_failed_migrations_hot)                     \
	COUNT(nr_forced_migrations)                         \
	COUNT(nr_wakeups)                                   \
	COUNT(nr_wakeups_sync)                              \
	COUNT(nr_wakeups_migrate)                           \
	COUNT(nr_wakeups_local)                             \
	COUNT(nr_wakeups_remote)                            \
	COUNT(nr_wakeups_affine)                            \
	COUNT(nr_wakeups_affine_attempts)                   \
	COUNT(nr_wakeups_passive) /* nor these two */       \
	COUNT(nr_wakeups_idle)

struct task_stats {
#define X(name) u64 name;
	TASK_STATS(X, X)
#undef X
	bool hot; /* balancing takes it although its cache is warm (sched_task_hot) */
};

struct rq_stats {
	u64 yields, schedules, goidle, wakeups, wakeups_local;
};

/* By enum migration_type of classes/fair_balance.h; nothing is a misfit here. */
enum { NR_IMBALANCES = 3 };

/* Of one cpu's domain. Passes are counted by enum cpu_idle_type of classes/fair_balance.h. */
struct domain_stats_pass {
	u64 count, balanced, failed, imbalance[NR_IMBALANCES], gained, hot_gained, nobusyq, nobusyg;
};

struct sched_domain_stats {
	struct domain_stats_pass pass[3];
	u64 active, active_failed, active_pushed; /* alb_* */
	u64 wake_remote, move_affine;             /* ttwu_* */
};

struct schedstat {
	/* by task id: index + 1 in tasks; 0: nothing was told of it, or it is gone */
	vec_of(u32) slots;
	struct pool tasks; /* struct task_stats */
	/* of tasks that are gone: those of cpus are the sum of all */
	u64 wakeups_gone, wakeups_local_gone;
	struct rq_stats *rqs; /* by cpu */
};

/* If the kernel keeps them. Before domains are built. */
void schedstat_init(struct sched *sched);
void schedstat_fini(struct sched *sched);

static inline bool schedstat_wanted(const struct sched *sched)
{
	return unlikely(sched->schedstat != NULL);
}

/* The task's; only with schedstat_wanted(). Valid until the task is freed (sched_task_free()). */
struct task_stats *schedstat_of(struct sched *sched, const struct task *task);

/* ---- For all of these: nothing if statistics are not kept ---- */

/* One more in a field of the task's statistics. */
#define schedstat_inc(sched, task, field)                   \
	do {                                                \
		if (schedstat_wanted(sched))                \
			schedstat_of(sched, task)->field++; \
	} while (0)

/* The same of a domain: @field of struct sched_domain_stats. */
#define domain_stat_add(sd, field, n)                   \
	do {                                            \
		if (unlikely((sd)->stats != NULL))      \
			(sd)->stats->field += (u64)(n); \
	} while (0)

/*
 * update_stats_enqueue(): @task comes to @rq's queue; it waits there unless it runs (@waits), and
 * may have slept.
 */
void schedstat_enqueue(struct rq *rq, const struct task *task, u32 flags, bool waits);
/* update_stats_dequeue(): it leaves, having waited (@waited) or to sleep. */
void schedstat_dequeue(struct rq *rq, const struct task *task, u32 flags, bool waited);
/* put_prev(), set_next() of a task that is queued. */
void schedstat_wait_start(struct rq *rq, const struct task *task);
void schedstat_wait_end(struct rq *rq, const struct task *task);
/* set_next() of the fair class: its last turn may have been its longest. */
void schedstat_slice(struct rq *rq, const struct task *task);
/* It was charged for @delta ns. */
void schedstat_charged(struct rq *rq, const struct task *task, u64 delta);
/* ttwu_stat(): woken by this cpu, and queued on task->cpu. */
void schedstat_woken(struct sched *sched, const struct task *task, u32 wake_flags);
/* __schedule() on @rq's cpu has come from @prev to @next. */
void schedstat_picked(struct rq *rq, const struct task *prev, const struct task *next);
/* A domain was built for one cpu. */
void schedstat_domain(struct sched *sched, struct sched_domain *sd);

#endif
