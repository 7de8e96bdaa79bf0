/* SPDX-License-Identifier: MIT */
/*
 * The interrupts of devices, each by itself: of the workload's irqs, one on each of its cpus; of a
 * network device; of a block device, one that all share, or one on each cpu for what that has
 * submitted. They are numbered as message-signalled interrupts of x86 are, behind the pins of the
 * first I/O APIC. On a PREEMPT_RT kernel each has a thread (irq_threads.h). Kernel: kernel/irq/.
 */
#ifndef OSSIM_PROC_IRQ_LINES_H
#define OSSIM_PROC_IRQ_LINES_H

#include "proc/proc.h"

enum irq_device { IRQ_OF_SOURCE, IRQ_OF_NETDEV, IRQ_OF_DEVICE, NR_IRQ_DEVICES };

enum { IRQ_LINE_FIRST_NUMBER = 24 };

struct irq_line {
	const char *name;
	u32 cpu; /* whom it interrupts, as long as that is online */
	/*
	 * among those of its kind: of sources in the order of their irqs and cpus; of devices, the
	 * device's times the number of cpus and the cpu
	 */
	u32 index;
	u8 device;   /* enum irq_device */
	u32 count;   /* how often it came there, */
	u32 *others; /* and to each other cpu, as that was offline; NULL: no cpu ever is */
};

struct irq_lines {
	struct irq_line *at; /* by number, from IRQ_LINE_FIRST_NUMBER on */
	u32 nr;
	u32 *of[NR_IRQ_DEVICES]; /* by index: which one */
};

/*
 * During the boot: world->irq_lines, ahead of their threads and of the devices' first interrupts.
 */
void irq_lines_init(struct proc_world *world);
static inline u32 irq_line_count(const struct irq_line *line, u32 cpu)
{
	if (cpu == line->cpu)
		return line->count;
	return line->others ? line->others[cpu] : 0;
}
/*
 * In the interrupt of @device's line @index, on @cpu: it is counted. On a PREEMPT_RT kernel its
 * thread shall do the handler's part.
 */
void irq_line_came(struct proc_world *world, enum irq_device device, u32 index, u32 cpu);

#endif
