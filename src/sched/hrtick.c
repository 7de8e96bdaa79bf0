/* SPDX-License-Identifier: MIT */
/* The high-resolution tick. */
#include "sched/hrtick.h"

/* Kernel: a shorter delay is not worth its interrupt. */
enum { LEAST_DELAY = 10 * USEC };

static void hrtick_fires(struct machine *machine, struct timer *timer)
{
	struct hrtick *hrtick = container_of(timer, struct hrtick, timer);
	struct rq *rq = hrtick->rq;
	struct task *curr = rq->curr;
	const struct costs *costs = &rq->sched->platform->costs;

	cpu_enter_irq(machine, rq_cpu(rq), costs->irq_entry);
	cpu_steal_irq(machine, rq_cpu(rq), costs->timer);
	rq_update_clock(rq);
	if (task_class(rq->sched, curr)->hrtick)
		task_class(rq->sched, curr)->hrtick(rq, curr);
}

void sched_hrtick_init(struct sched *sched)
{
	if (!sched_feature(sched, FEATURE_HRTICK | FEATURE_HRTICK_DL))
		return;
	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++) {
		struct hrtick *hrtick = arena_new(sched->arena, struct hrtick);

		timer_init(&hrtick->timer, hrtick_fires, TIMER_RANK_HRTICK, cpu);
		hrtick->rq = sched_rq(sched, cpu);
		hrtick->rq->hrtick = hrtick;
	}
}

void sched_hrtick_start(struct rq *rq, u64 delay)
{
	struct machine *machine = rq->sched->machine;
	u64 in = max_of(delay, (u64)LEAST_DELAY);

	machine_timer_arm(machine, &rq->hrtick->timer, rq->cpu,
			  machine->now + in + rq->sched->platform->costs.irq_entry);
}
