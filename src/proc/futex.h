/* SPDX-License-Identifier: MIT */
/* Words, and what the files about them share. */
#ifndef OSSIM_PROC_FUTEX_H
#define OSSIM_PROC_FUTEX_H

#include "base/list.h"
#include "proc/wait.h"

struct cpu;
struct op;
struct proc;
struct proc_world;

struct futex {
	const char *name;
	u32 value;
	struct wait_queue waiters;
};

/* A task's place at a word beside the first at which it waits. */
struct futex_extra {
	/*
	 * struct locks.extras; first, as a pool writes to what is given back, and views look at the
	 * entry
	 */
	struct list link;
	struct wait_entry entry; /* with WAIT_EXTRA */
	struct proc *proc;
	u32 index; /* in the pool */
};

/* ---- futex_vector.c ---- */

/* @proc leaves the queues of the words beside the first at which it waits. */
void futex_leave_others(struct proc_world *world, struct proc *proc);
/* FUTEX_WAITV: somebody has woken it at one of its words. */
bool futex_waitv_is_over(const struct proc *proc);
bool futex_waitv_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		    const struct op *op);

/* ---- futex_pi.c: FUTEX_WAIT_PI, FUTEX_REQUEUE_PI ---- */

bool futex_pi_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);

#endif
