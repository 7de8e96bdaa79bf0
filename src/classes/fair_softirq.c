/* SPDX-License-Identifier: MIT */
/*
 * What ticks do about load balancing: whether a pass is due, and when it is made.
 * Kernel: kernel/sched/fair.c, sched_balance_trigger(), sched_balance_softirq(); reference: fair.md
 * 6.7.
 *
 * The pass is a softirq's, behind the tick's interrupt, or, on a PREEMPT_RT kernel, ksoftirqd's. On
 * a machine where that takes a while the other cpus, which have had their tick at the same moment,
 * have switched by then: it finds what they decided.
 */
#include "classes/fair_balance.h"
#include "classes/fair_nohz.h"

/* The pass of a cpu's last tick. */
struct balance_softirq {
	struct timer timer;
	struct rq *rq;
	u32 nohz; /* what a kick has asked for (rq.nohz_idle_balance), if a thread does softirqs */
};

static not_inline void make_pass(struct rq *rq)
{
	balance_update_blocked(rq);
	balance_domains(rq, rq->idle_balance ? CPU_IDLE : CPU_BUSY);
}

static bool has_domains(const struct rq *rq)
{
	return rq->domain && cpumask_test(rq->sched->rd.active, rq->cpu);
}

static void softirq_fires(struct machine *machine unused_arg, struct timer *timer)
{
	struct rq *rq = container_of(timer, struct balance_softirq, timer)->rq;

	if (has_domains(rq))
		make_pass(rq);
}

void fair_balance_softirq(struct rq *rq)
{
	struct balance_softirq *softirq = &fair_balance_of(rq->sched)->softirq[rq->cpu];
	u32 nohz = softirq->nohz;

	softirq->nohz = 0;
	if (!has_domains(rq))
		return;
	if (nohz && rq->idle_balance)
		fair_nohz_balance(rq, nohz);
	else
		make_pass(rq);
}

void fair_leave_nohz(struct rq *rq, u32 flags)
{
	fair_balance_of(rq->sched)->softirq[rq->cpu].nohz |= flags;
	rq->sched->raise_softirq(rq->sched->softirq_self, rq->cpu);
}

/* The tick's own switch comes behind the softirq. */
static not_inline void make_pass_later(struct rq *rq)
{
	struct machine *machine = rq->sched->machine;
	const struct costs *costs = &rq->sched->platform->costs;
	struct timer *timer = &fair_balance_of(rq->sched)->softirq[rq->cpu].timer;

	if (timer_armed(timer))
		return;
	machine_timer_arm(machine, timer, rq->cpu, machine->now + costs->softirq_balance);
	if (costs->softirq_balance >= costs->tick)
		cpu_steal_irq(machine, &machine->cpus[rq->cpu],
			      costs->softirq_balance - costs->tick + 1);
}

static void raise_softirq(struct rq *rq)
{
	if (rq->sched->raise_softirq)
		rq->sched->raise_softirq(rq->sched->softirq_self, rq->cpu);
	else
		make_pass_later(rq);
}

void fair_balance_tick(struct rq *rq)
{
	bool due = machine_jiffies(rq->sched->machine) >= rq->next_balance;

	rq->idle_balance = rq_is_idle(rq);
	if (likely(!due) && !fair_nohz_tick_has_work(rq))
		return;
	if (!has_domains(rq))
		return;
	fair_nohz_tick(rq);
	if (!due)
		return;
	rq->hardware->irq_stat.softirqs[SOFTIRQ_SCHED]++;
	if (unlikely(fair_balance_of(rq->sched)->softirq))
		raise_softirq(rq);
	else
		make_pass(rq);
}

void fair_softirq_init(struct sched *sched, struct fair_balance *all)
{
	if (!sched->platform->costs.softirq_balance && sched->platform->preempt != PREEMPT_RT)
		return;
	all->softirq = arena_array(sched->arena, struct balance_softirq, sched->nr_cpus);
	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++) {
		all->softirq[cpu].rq = sched_rq(sched, cpu);
		timer_init(&all->softirq[cpu].timer, softirq_fires, TIMER_RANK_BALANCE, cpu);
	}
}
