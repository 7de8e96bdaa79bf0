/* SPDX-License-Identifier: MIT */
/* The RT class's inner seam: queues (rt.c) and moving tasks between cpus (rt_push.c). */
#ifndef OSSIM_CLASSES_RT_H
#define OSSIM_CLASSES_RT_H

#include "sched/sched.h"

enum { RT_PRIO_NONE = PRIO_RT_MAX - 1 }; /* highest_curr, highest_next of an empty queue */

/* ---- rt.c ---- */


/* ---- rt_push.c ---- */

u32 rt_select_cpu(struct task *task, u32 prev_cpu, u32 wake_flags);
/* Moves the best waiting task to a cpu that runs something weaker; repeats until it fails. */
void rt_push_tasks(struct rq *rq);
/* The class's better_cpu: find_lock_lowest_rq(). */
u32 rt_better_cpu(struct rq *rq, struct task *task);
/* Takes a waiting task of an overloaded cpu that is stronger than all here. */
void rt_pull_task(struct rq *rq);
/* RT_PUSH_IPI: this cpu is overloaded and another has gone lower. */
void rt_push_irq_work(struct rq *rq);
/* check_preempt_equal_prio: should @woken go before the running task of equal priority? */
bool rt_equal_prio_takes_over(struct rq *rq, struct task *woken);

#endif
