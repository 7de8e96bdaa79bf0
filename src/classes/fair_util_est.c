/* SPDX-License-Identifier: MIT */
/*
 * util_est: what a task used in its activations, remembered over its sleeps, and the sum over a
 * queue. Kernel: kernel/sched/fair.c, util_est_update() and around; reference: fair.md 4.5.
 */
#include "classes/fair_load.h"

enum { UTIL_EST_MARGIN = CPU_CAPACITY / 100 };

static u32 estimate(const struct task *task)
{
	const struct pelt *avg = &task->fair.avg;

	return max_of(avg->util_est & ~UTIL_EST_UNCHANGED, avg->util_est_enqueued);
}

u64 fair_task_util_est(struct task *task)
{
	return max_of(fair_task_util(task), estimate(task));
}

void fair_util_est_enqueue(struct fair_rq *queue, const struct task *task)
{
	queue->util_est += estimate(task);
}

void fair_util_est_dequeue(struct fair_rq *queue, const struct task *task)
{
	queue->util_est -= min_of(queue->util_est, estimate(task));
}

/* One value that follows a rise at once and a fall by a quarter. */
static u32 learn_ewma(u32 ewma, const struct pelt *avg)
{
	u32 util = avg->util_avg;

	if (ewma <= util)
		return util;
	if (ewma - util < UTIL_EST_MARGIN || util + UTIL_EST_MARGIN < avg->runnable_avg)
		return ewma;
	return (4 * ewma - (ewma - util)) / 4;
}

static bool within_margin(s64 diff)
{
	return diff < UTIL_EST_MARGIN && -diff < UTIL_EST_MARGIN;
}

/* Two values, the last activation and the ewma. False: neither is worth a change. */
static bool learn_pair(const struct sched *sched, struct pelt *avg, u32 *ewma)
{
	s64 util = avg->util_avg, last = avg->util_est_enqueued, diff = util - (s64)*ewma;

	if (sched_feature(sched, FEATURE_UTIL_EST_FASTUP) && diff > 0)
		*ewma = (u32)util;
	else if (!within_margin(diff))
		*ewma = (u32)((4 * (s64)*ewma + diff) / 4);
	else if (within_margin(last - util))
		return false;
	avg->util_est_enqueued = (u32)util;
	return true;
}

void fair_util_est_learn(const struct sched *sched, struct task *task)
{
	struct pelt *avg = &task->fair.avg;
	u32 ewma = avg->util_est;

	if (!sched_feature(sched, FEATURE_UTIL_EST) || ewma & UTIL_EST_UNCHANGED)
		return;
	(void)fair_entity_avg(&task->fair);
	if (sched_feature(sched, FEATURE_UTIL_EST_EWMA_ONLY))
		ewma = learn_ewma(ewma, avg);
	else if (!learn_pair(sched, avg, &ewma))
		return;
	avg->util_est = ewma | UTIL_EST_UNCHANGED;
}
