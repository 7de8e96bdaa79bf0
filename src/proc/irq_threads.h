/* SPDX-License-Identifier: MIT */
/*
 * Threads of interrupts on a PREEMPT_RT kernel: irq/24-eth0 and the like, FIFO 50, each bound to
 * the cpu that is interrupted. The interrupt wakes its thread, and that does what else the handler
 * would do. Kernel: kernel/irq/manage.c, irq_thread().
 */
#ifndef OSSIM_PROC_IRQ_THREADS_H
#define OSSIM_PROC_IRQ_THREADS_H

#include "proc/bh.h"

/* During the boot, behind bh_init(): world->irq_threads, by line. */
void irq_threads_boot(struct proc_world *world);

#endif
