/* SPDX-License-Identifier: MIT */
/*
 * Read-copy-update, as far as a schedule shows it: who dies is freed by a callback after a grace
 * period, and grace periods are the work of a kernel thread, rcu_preempt, which ticks wake.
 *
 * Kernel: kernel/rcu/tree.c. While a cpu has callbacks, each of its ticks ends in the RCU softirq:
 * it asks for a grace period, or reports that its cpu has passed through a quiescent state, and
 * wakes the thread for either. The thread begins a period, or ends one and begins the next if
 * there are callbacks that came since. So one death wakes it at the next tick and at the one after,
 * a storm of them at every tick; and each such wakeup makes the scheduler pick anew. When a period
 * ends, the softirq runs the callbacks, among them those that free the dead (sched_process_free); those beyond a batch of ten it leaves to ksoftirqd if the cpu shall
 * reschedule, as it does when the thread has just woken: three deaths are enough.
 *
 * Not modelled: several cpus report for themselves (here the one with the callbacks reports for
 * all), callbacks of other kernel parts, boosting.
 */
#ifndef OSSIM_PROC_RCU_H
#define OSSIM_PROC_RCU_H

#include "base/vec.h"
#include "machine/timer.h"

struct proc;
struct proc_world;
struct cpu;

/* A task whose memory is freed then (delayed_put_task_struct()): what its FREE record tells. */
struct rcu_task {
	u32 id;
	s32 prio;
};

struct rcu {
	struct proc_world *world;
	struct proc *thread; /* NULL: grace periods are not modelled */
	struct timer timer;  /* the softirq of the next tick */
	u32 nr_queued;       /* callbacks that wait for a grace period to begin, */
	u32 nr_waiting;      /* for the one under way to end, */
	u32 nr_done;         /* for the next softirq */
	struct {
		vec_of(struct rcu_task) all; /* those before first are gone */
		u32 first, nr_queued, nr_waiting, nr_done; /* likewise */
	} tasks;
};

/* @thread sleeps on a cpu. */
void rcu_init(struct proc_world *world, struct proc *thread);
/* call_rcu() on this cpu. Nothing happens if grace periods are not modelled. */
void rcu_call(struct proc_world *world);
/*
 * put_task_struct(): the reaped task @id has left its cpu, and its memory is freed by a callback, which writes the
 * FREE record. False: grace periods are not modelled, and it is free now.
 */
must_check bool rcu_free_task(struct proc_world *world, u32 id, s32 prio);
void rcu_fini(struct proc_world *world);
/* The thread's step, whenever it runs. */
void rcu_step(struct proc_world *world, struct cpu *cpu, struct proc *thread);

#endif
