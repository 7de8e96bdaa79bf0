/* SPDX-License-Identifier: MIT */
/*
 * CPU time that a process has had besides that of its present threads: of those that have exited,
 * and of children that it has waited for; page faults of all its threads, and of such children.
 * Kernel: kernel/exit.c, __exit_signal(), wait_task_zombie(); reference: process.md 4.6, 4.8.
 */
#ifndef OSSIM_PROC_TIMES_H
#define OSSIM_PROC_TIMES_H

#include "base/types.h"

struct proc_world;
struct proc;
struct process;
struct task_group;

struct cpu_spent {
	u64 all, kernel; /* of that: what calls have cost */
};

/* Most processes have none. */
struct process_times {
	u32 index; /* in world->times */
	struct cpu_spent dead_threads, children;
	u64 faults, children_faults; /* minor: there are no others */
};

/* Zeros if there are none. */
struct process_times process_times(const struct proc_world *world, const struct process *process);
/* A thread that is not the leader is released. */
void times_thread_gone(struct proc_world *world, const struct proc *thread);
void times_faults(struct proc_world *world, struct process *process, u64 faults);
/*
 * @waiter has waited for the dead process of @leader. Nobody counts those that go without a wait.
 */
void times_child_reaped(struct proc_world *world, struct process *waiter,
			const struct proc *leader);
/*
 * What calls of its tasks cost is of @group while they are in it; NULL: the root, of which nobody
 * asks.
 */
void times_left_group(struct proc_world *world, const struct proc *proc,
		      const struct task_group *group);
void times_joined_group(struct proc_world *world, const struct proc *proc,
			const struct task_group *group);
/* That of @group and those below it so far, also of tasks that are gone. */
u64 times_group_kernel_ns(const struct proc_world *world, const struct task_group *group);
void times_drop(struct proc_world *world, struct process *process);

#endif
