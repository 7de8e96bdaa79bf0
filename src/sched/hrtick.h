/* SPDX-License-Identifier: MIT */
/*
 * The high-resolution tick: a timer of each cpu at the moment at which a slice or a budget ends, so
 * that nobody has to wait for the next tick to see it (features HRTICK and HRTICK_DL, off by
 * default). Kernel: hrtick_start() and hrtick() in kernel/sched/core.c; reference:
 * core-rt-dl-ext.md 1.13.
 *
 * rq->hrtick is NULL if both features are off.
 */
#ifndef OSSIM_SCHED_HRTICK_H
#define OSSIM_SCHED_HRTICK_H

#include "sched/sched.h"

struct hrtick {
	struct timer timer;
	struct rq *rq;
};

/* The timers, if a feature asks for them; after the runqueues. */
void sched_hrtick_init(struct sched *sched);
/*
 * class->hrtick of rq->curr is called in @delay ns, not sooner than in 10 us. Moves an armed one.
 */
void sched_hrtick_start(struct rq *rq, u64 delay);

static inline bool sched_hrtick_active(const struct rq *rq)
{
	return unlikely(rq->hrtick != NULL) && timer_armed(&rq->hrtick->timer);
}

/* schedule() begins anew. */
static inline void sched_hrtick_clear(struct rq *rq)
{
	if (sched_hrtick_active(rq))
		machine_timer_cancel(rq->sched->machine, &rq->hrtick->timer);
}

#endif
