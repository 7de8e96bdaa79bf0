/* SPDX-License-Identifier: MIT */
/*
 * Optimistic spinning at a lock of the kernel that one may also wait for asleep. Kernel:
 * kernel/locking/osq_lock.c, mutex.c; reference: process.md 8.4.
 *
 * Who wants the lock spins as long as its holder is on a cpu and nobody wants this cpu. Spinners
 * queue; the first of them watches the lock, and beside it the first sleeper may. Spinning has no
 * length: those who watch are told when the lock changes hands, and when its holder has left its
 * cpu (sched_watch_cpu()).
 */
#ifndef OSSIM_PROC_OPTIMISTIC_H
#define OSSIM_PROC_OPTIMISTIC_H

#include "proc/sync.h"

struct spin_point {
	struct owned own;              /* the holder that is watched */
	struct list spinners;          /* proc.wait.link */
	struct proc *spinning_sleeper; /* NULL: none does */
	struct list spun_on;           /* world->spun_on, while somebody spins */
};

/* Before the first spin_point. */
void optimistic_init(struct proc_world *world);
void spin_point_init(struct spin_point *point, const char *name);

/* Is it worth while: nobody wants @cpu, and the holder, if there is one, is on a cpu? */
bool may_spin(const struct proc_world *world, const struct cpu *cpu,
	      const struct spin_point *point);
/*
 * @proc spins, and its op goes on in @phase when it is told, or when it runs again after it has
 * lost its cpu. Then it is no longer in the queue, or no longer the spinning sleeper. @proc is in
 * the queue, or the spinning sleeper, or enters the queue.
 */
void spin(struct proc_world *world, struct cpu *cpu, struct proc *proc, struct spin_point *point,
	  u8 phase);
void spin_in_queue(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		   struct spin_point *point, u8 phase);
/* It leaves the queue, with the lock or to sleep: the next one looks. */
void stop_spinning(struct proc_world *world, struct spin_point *point, struct proc *proc);
/* The spinning sleeper, be it still that or not. */
void stop_spinning_sleeper(struct spin_point *point, struct proc *proc);
bool is_first_spinner(const struct spin_point *point, const struct proc *proc);
/* The lock has changed hands: those who watch look. */
void tell_spinners(struct proc_world *world, struct spin_point *point);
/* There is another holder, who is to be watched. */
void watch_holder(struct proc_world *world, struct spin_point *point);

#endif
