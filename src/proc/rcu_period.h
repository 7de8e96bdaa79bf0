/* SPDX-License-Identifier: MIT */
/*
 * Grace periods, between rcu.c, whose cpus tell what they know, and the thread that begins and ends
 * them.
 *
 * Kernel: kernel/rcu/tree.c, rcu_segcblist.c.
 */
#ifndef OSSIM_PROC_RCU_PERIOD_H
#define OSSIM_PROC_RCU_PERIOD_H

#include "proc/rcu.h"

void rcu_period_init(struct rcu *rcu);
/* Does the timer softirq of @cpu's tick at @tick look at the wheel for the thread's timeout? Then
 * it has. */
bool rcu_looks_at_wheel(struct rcu *rcu, u32 cpu, u64 tick);
/*
 * rcu_core() up to the callbacks: this cpu notes what has begun or ended, reports if it is awaited,
 * and asks for a period for those of its callbacks that are assigned to none. The thread is woken
 * if it has to do with that.
 */
void rcu_tell(struct rcu_cpu *on);
/* It has reported, or is gone; the last one wakes the thread. */
void rcu_is_not_awaited(struct rcu_cpu *on);

#endif
