/* SPDX-License-Identifier: MIT */
/*
 * The fair class's inner seams: rules (CFS, EEVDF), averages, cpu selection, balancing.
 * Kernel: kernel/sched/fair.c, pelt.c. Reference: fair.md.
 */
#ifndef OSSIM_CLASSES_FAIR_H
#define OSSIM_CLASSES_FAIR_H

#include "sched/sched.h"

/* ---- fair_select.c ---- */

/* A cpu goes idle: has_idle_cores of its LLC may become true (__update_idle_core). */
void fair_update_idle_core(struct rq *rq);

/* ---- fair_balance.c ---- */

/*
 * sched_balance_newidle: the pick found no fair task. > 0: pulled fair tasks; < 0: something of a
 * higher class came; 0: nothing.
 */
int fair_newidle_balance(struct rq *rq);
/* From the tick, after the class's tick: sched_balance_trigger and the softirq it raises. */
void fair_balance_tick(struct rq *rq);
/* A thread does the softirq that the tick or a kick has raised. */
void fair_balance_softirq(struct rq *rq);
/* The cpu was kicked for NOHZ balancing: run what nohz_kick asks for. From the ipi handler. */
void fair_nohz_run(struct rq *rq);
/* The cpu stops its tick in idle. (NOHZ counts it as busy again at its first busy tick.) */
void fair_nohz_enter_idle(struct rq *rq);
/* The idle task is switched out. */
void fair_nohz_exit_idle(struct rq *rq);
void fair_nohz_cpu_leaves(struct rq *rq);
/* update_irq_load_avg(): the cpu's capacity for tasks shrinks with it. */
void fair_load_irq_time(struct rq *rq, u64 ns);
/* Sets up sched->fair_data and balancing state; after domain_build(). */
void fair_balance_init(struct sched *sched);

/* ---- fair.c and its parts, for selection and balancing ---- */

/* The task on its present queue: its share of the root queue's load (task_h_load). */
u64 fair_task_h_load(struct task *task);
u64 fair_cpu_load(struct rq *rq);     /* cfs load_avg */
u64 fair_cpu_runnable(struct rq *rq); /* cfs runnable_avg */
u64 fair_cpu_util(struct rq *rq);     /* cpu_util: min(capacity, max(util_avg, util_est)) */
u64 fair_task_util_est(struct task *task);
u64 fair_task_util(struct task *task);     /* util_avg */
u64 fair_task_runnable(struct task *task); /* runnable_avg */
/* update_blocked_averages: averages of a cpu whose tasks sleep. */
void fair_update_blocked(struct rq *rq);
/* sync_entity_load_avg. */
void fair_sync_load(struct task *task);
/* entity_eligible of a queued task on its queue (EEVDF; true under CFS). */
bool fair_task_eligible(struct task *task);
/* The task is a buddy of its queue (task_hot's first test). */
bool fair_task_is_buddy(const struct task *task);

#endif
