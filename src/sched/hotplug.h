/* SPDX-License-Identifier: MIT */
/*
 * The steps by which a cpu leaves the scheduler's view and comes back. Kernel: sched_cpu_*() in
 * kernel/sched/core.c, the same in 6.1, 6.12 and 6.18. Each runs on the cpu concerned, in this
 * order.
 */
#ifndef OSSIM_SCHED_HOTPLUG_H
#define OSSIM_SCHED_HOTPLUG_H

#include "sched/sched.h"

/* False: the cpu's bandwidth was promised to deadline tasks, and it has to stay. */
bool sched_cpu_may_leave(struct sched *sched, u32 cpu);
/* It stays: sched_cpu_deactivate() is undone. */
void sched_cpu_stay(struct sched *sched, u32 cpu);
/* Nobody chooses @cpu any more; what it picks is pushed away, but for its own kernel threads. */
void sched_cpu_deactivate(struct sched *sched, u32 cpu);
/* It leaves the root domain; the domains of the others are built anew. */
void sched_cpu_leave_domains(struct sched *sched, u32 cpu);
/* Only the caller, which runs there, is left. */
bool sched_cpu_is_empty(const struct sched *sched, u32 cpu);
/* In the stopper of @cpu, while all cpus stand still: its timers go to the first active one. */
void sched_cpu_dying(struct sched *sched, u32 cpu);

/* The cpu runs its idle task again, and its stopper is unparked. */
void sched_cpu_starting(struct sched *sched, u32 cpu);
/* It may be chosen again, and balances. */
void sched_cpu_activate(struct sched *sched, u32 cpu);

#endif
