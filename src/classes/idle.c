/* SPDX-License-Identifier: MIT */
/*
 * The idle class: swapper/N, always there, on no queue. Any other task's wakeup preempts it.
 * Kernel: kernel/sched/idle.c; reference: core-rt-dl-ext.md 4.
 */
#include "base/ensure.h"
#include "classes/classes.h"
#include "classes/ext.h"
#include "classes/fair.h"
#include "classes/server.h"
#include "sched/cookie.h"

static void idle_enqueue(struct rq *rq unused_arg, struct task *task unused_arg,
			 u32 flags unused_arg)
{
	ensure(!"the idle task is on no queue");
}

static bool idle_dequeue(struct rq *rq unused_arg, struct task *task unused_arg,
			 u32 flags unused_arg)
{
	ensure(!"the idle task never sleeps");
	return false;
}

static struct task *idle_pick(struct rq *rq)
{
	/* From idle to idle: an ext scheduler may have claimed the cpu, and not used it. */
	if (unlikely(rq->ext) && rq->curr == rq->idle)
		ext_idle_update(rq, true, false);
	return rq->idle;
}

/* Idle time is time that fair tasks could have had. */
static void idle_put_prev(struct rq *rq, struct task *prev, struct task *next unused_arg)
{
	server_charge_idle(rq, &rq->fair_server, prev);
	if (unlikely(rq->ext))
		ext_idle_update(rq, false, true);
}

static void idle_set_next(struct rq *rq, struct task *next, bool first unused_arg)
{
	next->fair.exec_start = rq->clock_task;
	fair_update_idle_core(rq);
	if (unlikely(rq->ext))
		ext_idle_update(rq, true, true);
}

const struct sched_class idle_class = {
	.name = "idle",
	.enqueue = idle_enqueue,
	.dequeue = idle_dequeue,
	.pick = idle_pick,
	.put_prev = idle_put_prev,
	.set_next = idle_set_next,
	.balance_callback = sched_core_balance,
};
