/* SPDX-License-Identifier: MIT */
/*
 * Which of several possible cpus a realtime or deadline task takes: find_lowest_rq() and
 * find_later_rq() from where the kernel has a mask on. Reference: core-rt-dl-ext.md 2.3, 3.5.
 */
#ifndef OSSIM_CLASSES_NEAREST_H
#define OSSIM_CLASSES_NEAREST_H

#include "sched/sched.h"

/*
 * Of @found, those allowed for @task and active: its own cpu; this cpu, if that is in a common
 * domain that wakes affine; another of such a domain, in turns; this cpu; any, in turns. NO_CPU:
 * none.
 */
u32 nearest_cpu(struct sched *sched, const struct task *task, const struct cpumask *found);

#endif
