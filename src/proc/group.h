/* SPDX-License-Identifier: MIT */
/*
 * Who is in which group: cgroups by name, and the autogroups of sessions.
 */
#ifndef OSSIM_PROC_GROUP_H
#define OSSIM_PROC_GROUP_H

#include "proc/proc.h"

/* The records of the workload's groups, before any task's. */
void group_record_all(struct proc_world *world);
/*
 * A new task, with its process and spec, goes to its first group: before its task is initialised.
 */
void group_begin(struct proc_world *world, struct proc *proc, const struct proc *parent);
/* The record of that, behind the one of its birth. */
void group_announce(struct proc_world *world, struct proc *proc);
/*
 * The whole process goes to a cgroup of the workload, or to GROUP_ROOT (cgroup.procs); @alone: the
 * thread (cgroup.threads, tasks). False: refused, of all.
 */
must_check bool group_move(struct proc_world *world, struct proc *proc, u64 group, bool alone);
/*
 * An exiting task leaves its autogroup (sched_autogroup_exit_task). That takes it off its queue and
 * puts it there again even if it has none: so it no longer holds back the queue's virtual time,
 * from which whoever it wakes is placed, and a reschedule is due.
 */
void group_exit(struct proc_world *world, struct proc *proc);
/* A write to /proc/PID/autogroup: of all who are in its session. */
void group_set_session_nice(struct proc_world *world, const struct proc *proc, s32 nice);
/* The process leads a new session now, so that it has an autogroup of its own. */
void group_new_session(struct proc_world *world, struct process *process);
/* A process is no more. */
void group_release(struct proc_world *world, struct process *process);

#endif
