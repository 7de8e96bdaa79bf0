/* SPDX-License-Identifier: MIT */
/*
 * The stop class: one stopper thread per cpu, above everything, never preempted, no slice.
 * Kernel: kernel/sched/stop_task.c; reference: core-rt-dl-ext.md 4.
 */
#include "classes/classes.h"
#include "classes/runtime.h"
#include "sched/cookie.h"

static void stop_enqueue(struct rq *rq, struct task *task, u32 flags unused_arg)
{
	rq_add_running(rq, 1);
	rq->classes_runnable |= 1u << CLASS_STOP;
	core_note_enqueue(rq, task);
}

static bool stop_dequeue(struct rq *rq, struct task *task, u32 flags)
{
	core_note_dequeue(rq, task, flags);
	rq_sub_running(rq, 1);
	rq->classes_runnable &= (u8) ~(1u << CLASS_STOP);
	return true;
}

static bool stop_balance(struct rq *rq, struct task *prev unused_arg)
{
	return rq->classes_runnable & 1u << CLASS_STOP;
}

static struct task *stop_pick(struct rq *rq)
{
	return rq->classes_runnable & 1u << CLASS_STOP ? rq->stop : NULL;
}

static void stop_update_curr(struct rq *rq)
{
	runtime_charge(rq, rq->curr);
}

static void stop_put_prev(struct rq *rq, struct task *prev, struct task *next unused_arg)
{
	runtime_charge(rq, prev);
}

static void stop_set_next(struct rq *rq, struct task *next, bool first unused_arg)
{
	next->fair.exec_start = rq->clock_task;
}

static void stop_tick(struct rq *rq, struct task *curr)
{
	runtime_charge(rq, curr);
}

const struct sched_class stop_class = {
	.name = "stop",
	.enqueue = stop_enqueue,
	.dequeue = stop_dequeue,
	.balance = stop_balance,
	.pick = stop_pick,
	.put_prev = stop_put_prev,
	.set_next = stop_set_next,
	.tick = stop_tick,
	.update_curr = stop_update_curr,
};
