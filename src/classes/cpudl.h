/* SPDX-License-Identifier: MIT */
/*
 * Which cpu's earliest deadline is the latest, and which cpus have none: a max-heap of the root
 * domain. Kernel: kernel/sched/cpudeadline.c; reference: core-rt-dl-ext.md 3.5.
 */
#ifndef OSSIM_CLASSES_CPUDL_H
#define OSSIM_CLASSES_CPUDL_H

#include "sched/sched.h"

void cpudl_init(struct sched *sched);
/* The earliest deadline of @cpu is now @deadline. */
void cpudl_set(struct cpudl *cpudl, u32 cpu, u64 deadline);
/* @cpu has no deadline task any more; it may get one if it is online. */
void cpudl_clear(struct cpudl *cpudl, u32 cpu, bool online);
/*
 * Where @task might run: the free cpus, to be intersected with its own; or the one whose deadline
 * is the latest, if that is later than the task's. NULL: nowhere. Valid until the next call.
 */
const struct cpumask *cpudl_find(struct cpudl *cpudl, const struct task *task);

#endif
