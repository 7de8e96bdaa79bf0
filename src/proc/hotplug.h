/* SPDX-License-Identifier: MIT */
/*
 * Taking cpus offline and bringing them back in mid-run (the workload's cpu events).
 * Kernel: kernel/cpu.c, kernel/smpboot.c; reference: core-rt-dl-ext.md 1.15.
 */
#ifndef OSSIM_PROC_HOTPLUG_H
#define OSSIM_PROC_HOTPLUG_H

#include "proc/proc.h"

/* After boot: arms the first event, if there is one. */
void hotplug_init(struct proc_world *world);
/* Does cpu @cpu need a cpuhp thread even on a machine without the other kernel threads? */
bool hotplug_concerns(const struct proc_world *world, u32 cpu);
/*
 * The end of a segment, or the first step after a wakeup, of kernel thread @proc of @cpu. True: it
 * was one of hotplug's (cpuhp/N, or ksoftirqd/N that parks), and the step is over.
 */
bool hotplug_thread_step(struct proc_world *world, struct cpu *cpu, struct proc *proc);

#endif
