/* SPDX-License-Identifier: MIT */
/*
 * Kworkers, one for each cpu, to which the kernel itself gives work: kernel stacks that softirqs
 * free are left to it, and what the boot has left for later (`machine.work`).
 *
 * Kernel: mm/vmalloc.c, vfree_atomic() (delayed_vfree_work); kernel/workqueue.c, worker_thread().
 * What is given before it runs is done in one go, and what comes meanwhile before it sleeps. A
 * softirq leaves it to the worker of its own cpu (schedule_work()); what the boot has left is that
 * of cpu 0's.
 */
#ifndef OSSIM_PROC_WORKER_H
#define OSSIM_PROC_WORKER_H

#include "base/types.h"

struct cpu;
struct proc;
struct proc_world;

struct worker {
	struct proc *thread;
	u32 nr_stacks; /* to be freed */
	u64 *due;      /* each of platform.work; NEVER: not any more */
};

/* @threads sleep, one for each cpu. */
void worker_init(struct proc_world *world, struct proc *const *threads);
/* NULL: it is none of them. */
struct worker *worker_of(const struct proc_world *world, const struct proc *proc);
/* vfree_atomic() of a stack, in a softirq of @cpu: its thread is woken, unless it is on its way.
 * Nothing if there is none. */
void worker_free_stack(struct proc_world *world, u32 cpu);
/* The thread's step, whenever it runs. */
void worker_step(struct proc_world *world, struct cpu *cpu, struct worker *worker);

#endif
