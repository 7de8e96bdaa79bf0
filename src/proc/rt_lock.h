/* SPDX-License-Identifier: MIT */
/*
 * Locks of a PREEMPT_RT kernel: its mutexes, spinlocks and rwsems are rt_mutexes, with priority
 * inheritance. Kernel: kernel/locking/rtmutex.c, spinlock_rt.c, rwbase_rt.c.
 *
 * Waiters queue by priority, and the holder runs at least at the strongest one's; the first of them
 * spins while the holder is on a cpu. An unlock leaves the lock to the first, which has it when it
 * runs, if no stronger one has come by. Who holds a spinlock may be preempted, but stays on its
 * cpu. Readers of a rwsem are not boosted: a writer takes the mutex in it, which stops new readers,
 * and waits until the others have left; readers that come meanwhile wait for the mutex and boost
 * the writer.
 */
#ifndef OSSIM_PROC_RT_LOCK_H
#define OSSIM_PROC_RT_LOCK_H

#include "proc/proc.h"

/* If the kernel is one: world->rt_locks. */
void rt_locks_init(struct proc_world *world);

/* kmutex_op(), spinlock_op() and rwsem_op() of such a kernel. */
bool rt_kmutex_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		  const struct op *op);
bool rt_spinlock_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		    const struct op *op);
bool rt_rwsem_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);
/* A reader dies. */
void rt_rwsems_proc_exit(struct proc_world *world, const struct proc *proc);

#endif
