/* SPDX-License-Identifier: MIT */
/*
 * How often a cpu was interrupted, and which softirqs it did: what /proc/interrupts and
 * /proc/softirqs count. Interrupts of the cpu's own timer are in struct cpu, as almost every event
 * counts one; those of devices are counted by line (proc/irq_lines.h). Kernel:
 * arch/x86/kernel/irq.c (irq_cpustat_t), kernel/softirq.c (kernel_stat.softirqs).
 */
#ifndef OSSIM_MACHINE_IRQ_STAT_H
#define OSSIM_MACHINE_IRQ_STAT_H

#include "base/types.h"

/*
 * Interrupts that one cpu sends to another: to reschedule, or to look at signals; and to call a
 * function.
 */
enum ipi_kind { IPI_RESCHEDULE, IPI_CALL, NR_IPI_KINDS };

/* By their numbers (include/linux/interrupt.h). */
enum softirq {
	SOFTIRQ_HI,
	SOFTIRQ_TIMER,
	SOFTIRQ_NET_TX,
	SOFTIRQ_NET_RX,
	SOFTIRQ_BLOCK,
	SOFTIRQ_IRQ_POLL,
	SOFTIRQ_TASKLET,
	SOFTIRQ_SCHED,
	SOFTIRQ_HRTIMER,
	SOFTIRQ_RCU,
	NR_SOFTIRQS
};

struct irq_stat {
	u32 ipis[NR_IPI_KINDS];
	u32 softirqs[NR_SOFTIRQS];
	u8 ipis_sent; /* 1 << kind: counted, and not delivered yet */
};

#endif
