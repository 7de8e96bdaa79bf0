/* SPDX-License-Identifier: MIT */
/*
 * Threads of interrupts on a PREEMPT_RT kernel: irq/24-eth0 and the like, FIFO 50, each bound to the cpu that is interrupted.
 * The interrupt wakes its thread, and that does what else the handler would do. Kernel: kernel/irq/manage.c, irq_thread().
 */
#ifndef OSSIM_PROC_IRQ_THREADS_H
#define OSSIM_PROC_IRQ_THREADS_H

#include "proc/bh.h"

/* Of the workload's irqs, one on each of its cpus; of network devices; of block devices, one on each cpu that they may interrupt. */
enum irq_line { IRQ_LINE_SOURCE, IRQ_LINE_NETDEV, IRQ_LINE_DEVICE, NR_IRQ_LINES };

/* During the boot, behind bh_init(). */
void irq_threads_boot(struct proc_world *world);
/*
 * In an interrupt: the thread shall do its handler's part (bh_ask). @index: of the irq's place among all of those of their cpus, of
 * the network device, or, for block devices, the device's times the number of cpus and the cpu.
 */
void irq_thread_ask(struct proc_world *world, enum irq_line line, u32 index);

#endif
