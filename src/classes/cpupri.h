/* SPDX-License-Identifier: MIT */
/*
 * Which cpu runs at which RT priority: the root domain's map of levels to cpus.
 * Kernel: kernel/sched/cpupri.c; reference: core-rt-dl-ext.md 2.3.
 *
 * Level 0: fair or idle; 1..99: an RT task of priority 99 - level; 100: a deadline task.
 */
#ifndef OSSIM_CLASSES_CPUPRI_H
#define OSSIM_CLASSES_CPUPRI_H

#include "sched/sched.h"

/* @highest: the cpu's highest_curr, 99 if it has no RT task. */
void cpupri_set(struct sched *sched, u32 cpu, s16 highest);
/* The cpu is in no root domain. */
void cpupri_unset(struct sched *sched, u32 cpu);
/*
 * The cpus of the lowest level below @task's priority that the task may use. False: none.
 * *found is a mask of the root domain to be intersected with task->cpus and the active cpus.
 */
bool cpupri_find(struct sched *sched, const struct task *task, const struct cpumask **found);

#endif
