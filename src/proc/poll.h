/* SPDX-License-Identifier: MIT */
/* poll and select: what others have to know of them. */
#ifndef OSSIM_PROC_POLL_H
#define OSSIM_PROC_POLL_H

#include "proc/proc.h"

/* world->polls is NULL if nobody polls; then none of these is called. */
void polls_init(struct proc_world *world);
void polls_fini(struct proc_world *world);
/* It stands in the queues no more: its call is over, in whatever way, or begins anew. */
void poll_leave(struct proc_world *world, struct proc *proc);
/* @proc is in such a call: one of the queues has woken it since it looked last. */
bool poll_is_triggered(const struct proc_world *world, const struct proc *proc);
/* Its places in wait queues, of all procs, in no order: *at is 0 at first. NULL: that was all. */
const struct wait_watch *poll_next_place(const struct proc_world *world, u32 *at,
					 const struct proc **whose);
/* POLL, SELECT. */
bool poll_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);

#endif
