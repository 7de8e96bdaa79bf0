/* SPDX-License-Identifier: MIT */
/* The world before the first event, and how the workload's tasks come into it. */
#ifndef OSSIM_PROC_BOOT_H
#define OSSIM_PROC_BOOT_H

#include "proc/proc.h"

/*
 * Before the first event: swapper/N, init, kthreadd, per-cpu kernel threads (at least migration/N),
 * the TASK and ATTR records of all of them; then arms the timers that start the workload's tasks.
 * @world is zeroed but for max_procs, which may be set (0: the default).
 */
void proc_world_init(struct proc_world *world, struct arena *arena, struct sched *sched,
		     struct stream *stream, struct names *names, const struct workload *workload);
void proc_world_fini(struct proc_world *world);

/* ---- For boot.c and start.c ---- */

/* The name id of "before", the number, "after"; cut at a comm's length. */
u32 boot_numbered_comm(struct proc_world *world, const char *before, u32 number, const char *after);
/*
 * A task that exists without having been forked. NULL, with a failure: there is no place or no
 * number for it.
 */
struct proc *boot_new(struct proc_world *world, u32 comm);
/* A kernel thread that sleeps, and is bound to @cpu, which has a ksoftirqd. */
struct proc *boot_bound_thread(struct proc_world *world, u32 comm, u32 cpu,
			       const struct sched_attr *attr);
/* Its TASK and ATTR records. */
void boot_introduce(struct proc_world *world, struct proc *proc);
/* What a task of the machine's own has. */
extern const struct sched_attr boot_attr;
/* start.c: the workload's tasks that exist already, and timers that start all others. */
void boot_workload(struct proc_world *world);

#endif
