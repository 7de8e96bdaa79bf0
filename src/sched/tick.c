/* SPDX-License-Identifier: MIT */
/*
 * The tick: sched_tick(). Most ticks only charge who runs, so what is seldom needed is kept aside.
 * Kernel: kernel/sched/core.c; reference: core-rt-dl-ext.md 1.13.
 */
#include "sched/decide.h"
#include "sched/internal.h"

bool sched_tick_costs(const struct costs *costs)
{
	return costs->irq_entry || costs->tick || costs->irq_exit || costs->irq_jitter ||
	       costs->tick_jitter;
}

/* Some nanoseconds more or less decide on which side of a tick a slice of whole ticks ends. */
static void draw_jitter(struct sched *sched, struct cpu *cpu)
{
	u64 most = sched->platform->costs.tick_jitter;
	u32 late = (u32)rng_below(&sched->jitter_rng, most + 1);

	cpu->tick_at += late;
	cpu->tick_at -= cpu->tick_late;
	cpu->tick_late = late;
}

static not_inline void pay_for_tick(struct sched *sched, struct cpu *cpu, const struct task *curr)
{
	const struct costs *costs = &sched->platform->costs;
	u64 work = costs->tick;

	if (curr->class_id != CLASS_FAIR)
		work -= min_of(work, costs->tick_fair);
	if (curr->class_id == CLASS_RT)
		work += costs->tick_rt;
	/* (The one tick of an idle time has no next one that could be late.) */
	if (unlikely(costs->tick_jitter) &&
	    !(curr->class_id == CLASS_IDLE && sched_idle_ticks_once(sched)))
		draw_jitter(sched, cpu);
	cpu_enter_irq(sched->machine, cpu, costs->irq_entry);
	cpu_steal_irq(sched->machine, cpu, work + sched_irq_jitter(sched));
}

static void class_tick(struct rq *rq, struct task *curr)
{
	if (class_answers(rq->sched, curr->class_id, tick))
		class_call(rq->sched, curr->class_id, tick, rq, curr);
}

static not_inline void class_tick_on_desk(struct rq *rq, struct task *curr)
{
	rq->sched->desk->in_tick = true;
	class_tick(rq, curr);
	rq->sched->desk->in_tick = false;
}

void sched_tick(void *self, struct cpu *cpu)
{
	struct sched *sched = self;
	struct rq *rq = sched_rq(sched, cpu->id);
	struct task *curr = rq->curr;

	cpu->tick_at += sched->tick_ns;
	if (sched->tick_costs)
		pay_for_tick(sched, cpu, curr);
	rq_update_clock(rq);
	if (rq->need_resched & RESCHED_LAZY)
		rq->need_resched |= RESCHED_FULL;
	if (decisions_wanted(sched))
		class_tick_on_desk(rq, curr);
	else
		class_tick(rq, curr);
	if (likely(sched->balancer) && !sched_ext_runs_all(sched))
		sched_balancer.tick(rq);
	if (curr == rq->idle && !rq->need_resched)
		sched_idle_tick(rq, cpu, true);
	if (sched->tick_costs)
		sched->machine->handlers.irq_exit(sched, cpu);
	else if (rq->need_resched)
		sched_irq_exit(sched, cpu);
}
