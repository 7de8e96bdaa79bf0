/* SPDX-License-Identifier: MIT */
/* The end: exit, zombies, reaping. Kernel: kernel/exit.c; reference: process.md 4. */
#ifndef OSSIM_PROC_EXIT_H
#define OSSIM_PROC_EXIT_H

#include "proc/proc.h"

/*
 * What comes before proc_exit() of the current task of @cpu, which ends with @code: a stop for its
 * tracer, and the time that it takes, at the begin of which or shortly before the end of which its
 * end is traced. True: to be called again when it goes on, in @phase.
 */
bool proc_exit_takes_time(struct proc_world *world, struct cpu *cpu, struct proc *proc, u32 code,
			  u8 phase);
/*
 * do_exit of the current task of @cpu with a wait-status style @code. The cpu has switched when it
 * returns.
 */
void proc_exit(struct proc_world *world, struct cpu *cpu, u32 code);
/* From there on, once it has left its group (sched_autogroup_exit_task()). */
void proc_exit_ungrouped(struct proc_world *world, struct cpu *cpu, struct proc *proc);
/* From exit_notify() on: at once, or when a pid namespace has gone with it. */
void proc_exit_rest(struct proc_world *world, struct cpu *cpu, struct proc *proc);
/* Its last switch, if there was something to pay before it. */
void proc_leave_cpu(struct proc_world *world, struct cpu *cpu, struct proc *proc);
/* Completes the vfork by which @child came to be, if its parent still waits. */
void proc_vfork_done(struct proc_world *world, struct proc *child);
/* release_task(): out of all lists, the number is free. */
void proc_release(struct proc_world *world, struct proc *proc);
/* The memory of a released proc, as soon as it has left its cpu. */
void proc_free(struct proc_world *world, struct proc *proc);
/* wake_up_parent: something happened that @parent may be waiting for; NULL: there is none. */
void proc_wake_parent(struct proc_world *world, struct proc *parent);
/* A dead tracee, of whom its tracer has heard or has gone: now its parent is told. */
void proc_tracer_is_gone(struct proc_world *world, struct proc *proc);

#endif
