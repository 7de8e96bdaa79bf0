/* SPDX-License-Identifier: MIT */
/* Charging the running task, as update_curr_common() does for the classes without virtual time. */
#ifndef OSSIM_CLASSES_RUNTIME_H
#define OSSIM_CLASSES_RUNTIME_H

#include "sched/sched.h"

/* Returns what was charged, ns; 0 if no time has passed. */
static inline u64 runtime_charge(struct rq *rq, struct task *task)
{
	u64 delta = rq->clock_task - task->fair.exec_start;

	if ((s64)delta <= 0)
		return 0;
	task->fair.exec_start = rq->clock_task;
	task->fair.sum_exec_runtime += delta;
	sched_account_runtime(rq, task, delta);
	return delta;
}

#endif
