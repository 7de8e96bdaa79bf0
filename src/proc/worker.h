/* SPDX-License-Identifier: MIT */
/*
 * A kworker to which the kernel itself gives work: kernel stacks that softirqs free are left to it, and what the boot has
 * left for later (`machine.work`).
 *
 * Kernel: mm/vmalloc.c, vfree_atomic() (delayed_vfree_work); kernel/workqueue.c, worker_thread(). What is given before it runs
 * is done in one go, and what comes meanwhile before it sleeps.
 *
 * Not modelled: each cpu has its own (here that of cpu 0 stands for all).
 */
#ifndef OSSIM_PROC_WORKER_H
#define OSSIM_PROC_WORKER_H

#include "base/types.h"

struct cpu;
struct proc;
struct proc_world;

struct worker {
	struct proc *thread; /* NULL: nothing is left to it */
	u32 nr_stacks;       /* to be freed */
	u32 next;            /* of platform.work */
};

/* @thread sleeps. */
void worker_init(struct proc_world *world, struct proc *thread);
/* vfree_atomic() of a stack, in a softirq: the thread is woken, unless it is on its way. Nothing if there is none. */
void worker_free_stack(struct proc_world *world);
/* The thread's step, whenever it runs. */
void worker_step(struct proc_world *world, struct cpu *cpu, struct proc *thread);

#endif
