/* SPDX-License-Identifier: MIT */
/*
 * Tasks that have disabled their migration: they stay on their cpu, may be preempted there, and may
 * sleep.
 *
 * While it is pinned task->cpus is its cpu alone; nr_cpus_allowed stays, so that an rt task still
 * counts as one that others could run. A change of affinity waits until it may move again. Kernel:
 * migrate_disable(), migrate_enable(), affine_move_task() in kernel/sched/core.c. Reference:
 * core-rt-dl-ext.md 1.8, 1.10, 2.4.
 */
#ifndef OSSIM_SCHED_PINNED_H
#define OSSIM_SCHED_PINNED_H

#include "sched/sched.h"

/* The running task, which may have done so before: then it is one level more. */
void sched_migrate_disable(struct sched *sched, struct task *task);
/*
 * Takes back one of these. The last one lets changes of affinity act: if the task has to leave its
 * cpu a reschedule is due, for the stopper.
 */
void sched_migrate_enable(struct sched *sched, struct task *task);

/*
 * A pinned task of @rq could run elsewhere: who runs here is sent away by the stopper instead, if
 * that one may leave and its class knows a place (get_push_task(), push_cpu_stop()).
 */
void sched_push_current(struct rq *rq);
/*
 * The stopper is at that already. On a machine whose migrations take no time it is so for the rest
 * of the instant: the kernel may send a task round between cpus that both cannot keep it (cpupri
 * does not know of a deadline task where rt tasks have come and gone), each time for some
 * microseconds in which the others run. Here none would pass.
 */
bool sched_push_is_busy(const struct rq *rq);

/* The cpus that it may use when it may move (cpus_mask). */
const struct cpumask *sched_own_cpus(struct sched *sched, const struct task *task);
/*
 * sched_set_affinity() of a pinned task, by the running one of @cpu. True: that one sleeps in D
 * until the task may move; @dest is where it is to go then.
 */
bool sched_pinned_set_cpus(struct sched *sched, struct cpu *cpu, struct task *task,
			   const struct cpumask *cpus, u32 dest);

#endif
