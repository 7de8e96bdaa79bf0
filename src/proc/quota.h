/* SPDX-License-Identifier: MIT */
/*
 * How many tasks a user and a cgroup may have: RLIMIT_NPROC and pids.max.
 * Kernel: kernel/fork.c, copy_process(), kernel/cgroup/pids.c; reference: process.md 2.7.
 */
#ifndef OSSIM_PROC_QUOTA_H
#define OSSIM_PROC_QUOTA_H

#include "proc/proc.h"

/*
 * world->quotas is NULL if the workload says nothing of all that; then none of the others is
 * called.
 */
void quotas_init(struct proc_world *world);
void quotas_fini(struct proc_world *world);
/* A new task counts, for its user and its cgroup, which it has already. */
void quota_begin(struct proc_world *world, const struct proc *proc, const struct proc *parent);
/* It was released (a zombie still counts). */
void quota_end(struct proc_world *world, const struct proc *proc);
/*
 * It has come from that cgroup (NULL: the root) to its present one, whose limit does not matter
 * then.
 */
void quota_moved(struct proc_world *world, const struct proc *proc, const struct task_group *from);
/* 0: root, else the number of a user. */
u32 quota_user(const struct proc_world *world, const struct proc *proc);
/* May the user of @parent have one more task? */
bool quota_user_has_room(const struct proc_world *world, const struct proc *parent);
/* May the cgroup of a child of @parent that runs @spec, and those above it? */
bool quota_group_has_room(const struct proc_world *world, const struct proc *parent, u32 spec);
/* It became another user's when that had too many already; if that is still so its exec fails. */
bool quota_may_exec(struct proc_world *world, const struct proc *proc);

#endif
