/* SPDX-License-Identifier: MIT */
/* signalfds: what others do with them. */
#ifndef OSSIM_PROC_SIGNALFD_H
#define OSSIM_PROC_SIGNALFD_H

#include "proc/proc.h"

/* world->signalfds is NULL if there are none. */
void signalfds_init(struct proc_world *world);
void signalfds_fini(struct proc_world *world);
/* A signal was sent to it. Only if there are any; so the next two. */
void signalfd_notify(struct proc_world *world, const struct process *process);
/* Its last thread is gone. */
void signalfd_process_gone(struct proc_world *world, const struct process *process);
/* As others in sync.h: of the signals that @proc may take. */
u32 signalfd_poll(struct proc_world *world, const struct proc *proc, u32 index,
		  struct wait_queue **queue);
/* SIGNALFD_READ. */
bool signalfd_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);

#endif
