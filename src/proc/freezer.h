/* SPDX-License-Identifier: MIT */
/*
 * Freezers: all tasks of a group and of those below it stand still until it is thawed.
 *
 * That of cgroup v2 (cgroup.freeze): kernel/cgroup/freezer.c, kernel/signal.c do_freezer_trap(). A
 * task freezes on its way to user mode, as it would stop: a sleep in S is interrupted and begins
 * anew after the thaw, one in D ends first. It stands in S, which SIGKILL and other deadly signals
 * end; those that have a handler, and stops, wait for the thaw.
 *
 * That of cgroup v1 (freezer.state): kernel/cgroup/legacy_freezer.c, kernel/freezer.c. A task goes
 * to the refrigerator on its way to user mode, where it is in D; a sleep that may be frozen
 * (TASK_FREEZABLE), a stop and a tracer's stop are frozen as they are, and who is woken meanwhile
 * goes on when it thaws. No signal is heard before that, SIGKILL neither.
 */
#ifndef OSSIM_PROC_FREEZER_H
#define OSSIM_PROC_FREEZER_H

#include "proc/proc.h"

/* world->frozen and world->refrigerated, if the workload freezes anything. */
void freezer_init(struct proc_world *world);
/* What is said there of freezing. */
void freezer_set_group(struct proc_world *world, const struct group_change *change);
/* @proc is new, or in another group than before. */
void freezer_look(struct proc_world *world, struct proc *proc);

#endif
