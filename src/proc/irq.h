/* SPDX-License-Identifier: MIT */
/*
 * Interrupts that come by themselves (the workload's irqs), the softirqs that they raise, and
 * ksoftirqd/N, to which softirqs are left when there are too many.
 * Kernel: kernel/softirq.c; reference: process.md, core-rt-dl-ext.md 1.7.
 */
#ifndef OSSIM_PROC_IRQ_H
#define OSSIM_PROC_IRQ_H

#include "proc/bh.h"
#include "proc/proc.h"

/* MAX_SOFTIRQ_RESTART, MAX_SOFTIRQ_TIME. */
enum { SOFTIRQ_RESTARTS_MAX = 10, SOFTIRQ_TIME_MAX_MS = 2 };

/* After boot: arms the first interrupts, if there are any. */
void irq_init(struct proc_world *world);
/*
 * A softirq does @work on @cpu at the end of an interrupt and raises itself for @left more: a
 * further pass, or ksoftirqd's. False: passes are not modelled there, and nothing happens.
 */
bool irq_softirq(struct proc_world *world, struct cpu *cpu, u64 work, u64 left);
/*
 * When interrupts let go of @cpu: the way to a switch that they asked for, which is paid already,
 * comes then.
 */
u64 irq_end(const struct proc_world *world, const struct cpu *cpu);
/* Does cpu @cpu need a ksoftirqd thread even on a machine without the other kernel threads? */
bool irq_concerns(const struct proc_world *world, u32 cpu);
/*
 * The end of a segment, or the first step after a wakeup, of kernel thread @proc of @cpu. True: it
 * was ksoftirqd with work to do, and the step is over.
 */
bool irq_thread_step(struct proc_world *world, struct cpu *cpu, struct proc *proc);
/* ksoftirqd of @cpu is in the midst of a round: it does not park now. */
bool irq_thread_is_at_work(const struct proc_world *world, u32 cpu);
/* @dead has gone offline, and softirqs raised there were left to ksoftirqd, which has parked. */
bool irq_leaves_work(const struct proc_world *world, u32 dead);
/* @cpu, which acts, takes that over. */
void irq_take_over(struct proc_world *world, struct cpu *cpu, u32 dead);
/* In an interrupt on @cpu: the device whose link this is shall be polled by the softirq NET_RX. */
void irq_raise_net_rx(struct proc_world *world, struct cpu *cpu, struct list *polled);

/*
 * ---- For bh.c ----
 * A round does what was raised at its begin, in passes of some length each, for which threads pay.
 */
bool irq_is_raised(const struct proc_world *world, u32 cpu);
void irq_round_begin(struct proc_world *world, u32 cpu);
/* Is there another pass to begin, in this round? */
bool irq_round_goes_on(struct proc_world *world, u32 cpu);
u64 irq_pass_begin(struct proc_world *world, u32 cpu);
/* It is over. True: the next one goes on with it. */
bool irq_pass_end(struct proc_world *world, u32 cpu);
/* The handler of one of the workload's irqs. */
extern const struct bh_job irq_source_job;

/*
 * Of NET_RX on @cpu, as /proc/net/softnet_stat has them; only if there are interrupts or network
 * devices.
 */
struct softnet_counts {
	u32 processed, squeezed;
};
struct softnet_counts irq_softnet_counts(const struct proc_world *world, u32 cpu);

#endif
