/* SPDX-License-Identifier: MIT */
/* Limits of processes: RLIMIT_CPU, RLIMIT_RTTIME and RLIMIT_SIGPENDING. */
#ifndef OSSIM_PROC_RLIMIT_H
#define OSSIM_PROC_RLIMIT_H

#include "proc/proc.h"
#include "proc/signal.h"

void rlimit_init(struct proc_world *world);
/* Limits are looked at by ticks. */
bool rlimit_needs_ticks(const struct workload *workload);
/* A new process has its parent's limits, but for those of its spec; cpu time is counted anew. */
void rlimit_begin(struct proc_world *world, struct proc *proc, const struct proc *parent);
/* @alarm: the head of limits, in no list any more. */
void rlimit_free(struct proc_world *world, struct alarm *alarm);
/* @proc ran until this tick. */
void rlimit_tick(struct proc_world *world, struct proc *proc);

/* Whose limits hold for @proc: 0 is root. */
u32 rlimit_user(const struct proc_world *world, const struct proc *proc);
/* Entries in the queues of all tasks of @proc's user; each timer of timer_create() has one, too. */
u32 rlimit_signals_used(const struct proc_world *world, const struct proc *proc);
/* RLIMIT_SIGPENDING: half of all tasks that there may be, by default. */
u32 rlimit_sigpending(const struct proc_world *world, const struct process *process);
/* May @proc's user have one more entry? To be asked if world->queued_signals. */
bool rlimit_signals_have_room(const struct proc_world *world, const struct proc *proc);

#endif
