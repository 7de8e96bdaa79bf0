/* SPDX-License-Identifier: MIT */
/*
 * NOHZ idle balancing. Kernel: kernel/sched/fair.c, nohz_balancer_kick(), nohz_idle_balance();
 * reference: fair.md 6.9.
 *
 * A cpu stays in the mask of idle ones from the moment its tick stops until its first tick while
 * busy: short runs in between do not take it out.
 */
#include "classes/fair_nohz.h"

#include "classes/fair_balance.h"

enum { BLOCKED_PERIOD_MS = 32, LATEST_NEXT_BALANCE_S = 60 };

static u64 jiffies_of(const struct sched *sched)
{
	return machine_jiffies(sched->machine);
}

/* ---- The kick ---- */

/* A busy tick: no longer one of the idle. */
static void leave_mask(struct rq *rq)
{
	struct fair_balance *all = fair_balance_of(rq->sched);
	struct sched_domain_shared *shared = rq->sched->cache[rq->cpu].llc_shared;

	if (likely(!rq->nohz_tick_stopped))
		return;
	rq->nohz_tick_stopped = 0;
	cpumask_clear(all->nohz_idle, rq->cpu);
	all->nr_nohz_idle--;
	if (shared)
		shared->nr_busy_cpus++;
}

void fair_nohz_cpu_leaves(struct rq *rq)
{
	leave_mask(rq);
	rq->nohz_kick = 0;
}

/* Why a busy cpu's tick wants idle cpus to balance. */
static bool wants_balance(const struct rq *rq)
{
	const struct sched_domain_shared *shared = rq->sched->cache[rq->cpu].llc_shared;

	if (rq->nr_running >= 2)
		return true;
	if (rq->fair.h_nr_queued && balance_capacity_reduced(rq, rq->domain))
		return true;
	/* Something in this cache may be spread further. */
	return shared && shared->nr_busy_cpus > 1;
}

static u32 kick_flags(const struct rq *rq)
{
	const struct fair_balance *all = fair_balance_of(rq->sched);
	u64 jiffies = jiffies_of(rq->sched);
	u32 flags = 0;

	if (all->has_blocked && jiffies > all->next_blocked)
		flags = NOHZ_STATS_KICK;
	if (jiffies >= all->next_balance && wants_balance(rq))
		flags = NOHZ_STATS_KICK | NOHZ_BALANCE_KICK;
	if (all->needs_update)
		flags |= NOHZ_NEXT_KICK;
	return flags;
}

/* kick_ilb(): the first idle cpu of the mask shall do it. */
static not_inline void kick(struct sched *sched, u32 flags)
{
	struct fair_balance *all = fair_balance_of(sched);

	if (flags & NOHZ_BALANCE_KICK)
		all->next_balance = jiffies_of(sched) + 1;
	cpumask_for_each_and (cpu, all->nohz_idle, sched->rd.idle) {
		struct rq *rq = sched_rq(sched, cpu);
		u32 before = rq->nohz_kick;

		if (cpu == sched_this_cpu(sched) || !rq_is_idle(rq))
			continue;
		rq->nohz_kick |= (u8)flags;
		if (!(before & ~(u32)NOHZ_NEWILB))
			sched_send_ipi(sched, cpu, IPI_CALL);
		return;
	}
}

not_inline void fair_nohz_tick(struct rq *rq)
{
	u32 flags;

	if (!fair_nohz_tick_has_work(rq))
		return;
	leave_mask(rq);
	if (!fair_balance_of(rq->sched)->nr_nohz_idle)
		return;
	flags = kick_flags(rq);
	if (flags)
		kick(rq->sched, flags);
}

/* ---- The kicked cpu balances for all ---- */

/* update_nohz_stats(): true if averages of @rq are still not gone. */
static bool update_stats(struct rq *rq)
{
	const struct fair_balance *all = fair_balance_of(rq->sched);

	if (!rq->has_blocked_load || !cpumask_test(all->nohz_idle, rq->cpu))
		return false;
	if (jiffies_of(rq->sched) <= all->blocked_update[rq->cpu])
		return true;
	balance_update_blocked(rq);
	return rq->has_blocked_load;
}

struct visit {
	u32 flags;
	bool has_blocked;
	u64 next_balance;
};

static void visit_cpu(struct rq *rq, struct visit *visit)
{
	if (visit->flags & NOHZ_STATS_KICK)
		visit->has_blocked |= update_stats(rq);
	if (jiffies_of(rq->sched) >= rq->next_balance && visit->flags & NOHZ_BALANCE_KICK) {
		rq_update_clock(rq);
		balance_domains(rq, CPU_IDLE);
	}
	visit->next_balance = min_of(visit->next_balance, rq->next_balance);
}

/* Every idle cpu of the mask, this one last. False: this cpu got work meanwhile. */
static bool visit_all(struct rq *this_rq, struct visit *visit)
{
	struct sched *sched = this_rq->sched;
	const struct cpumask *mask = fair_balance_of(sched)->nohz_idle;
	u32 this_cpu = this_rq->cpu;

	for (u32 half = 0; half < 2; half++) {
		u32 end = half ? this_cpu + 1 : sched->nr_cpus;

		for (u32 cpu = half ? 0 : this_cpu + 1; (cpu = cpumask_next(mask, cpu)) < end;
		     cpu++) {
			if (!rq_is_idle(sched_rq(sched, cpu)))
				continue;
			if (this_rq->need_resched)
				return false;
			visit_cpu(sched_rq(sched, cpu), visit);
		}
	}
	return true;
}

void fair_nohz_balance(struct rq *rq, u32 flags)
{
	struct sched *sched = rq->sched;
	struct fair_balance *all = fair_balance_of(sched);
	u64 jiffies = jiffies_of(sched), hz = sched->platform->hz;
	u64 latest = jiffies + LATEST_NEXT_BALANCE_S * hz;
	struct visit visit = {.flags = flags, .next_balance = latest};

	if (flags & NOHZ_STATS_KICK)
		all->has_blocked = false;
	if (flags & NOHZ_NEXT_KICK)
		all->needs_update = false;
	if (visit_all(rq, &visit)) {
		if (visit.next_balance != latest)
			all->next_balance = visit.next_balance;
		if (flags & NOHZ_STATS_KICK)
			all->next_blocked = jiffies + div_round_up(BLOCKED_PERIOD_MS * hz, 1000);
	} else {
		visit.has_blocked |= flags & NOHZ_STATS_KICK;
		all->needs_update |= !!(flags & NOHZ_NEXT_KICK);
	}
	all->has_blocked |= visit.has_blocked;
}

void fair_nohz_run(struct rq *rq)
{
	u32 flags = rq->nohz_kick & ~(u32)NOHZ_NEWILB;

	if (!flags)
		return;
	rq->nohz_kick = 0;
	rq->idle_balance = rq_is_idle(rq);
	if (!rq->idle_balance)
		return;
	rq->hardware->irq_stat.softirqs[SOFTIRQ_SCHED]++;
	if (unlikely(rq->sched->raise_softirq != NULL))
		fair_leave_nohz(rq, flags);
	else
		fair_nohz_balance(rq, flags);
}

/* ---- A cpu goes idle by itself ---- */

void fair_nohz_newidle(struct rq *rq)
{
	struct sched *sched = rq->sched;
	const struct fair_balance *all = fair_balance_of(sched);

	if (!sched->platform->nohz_idle || rq->avg_idle < sched->kernel->knobs.migration_cost_ns)
		return;
	if (!all->has_blocked || jiffies_of(sched) < all->next_blocked)
		return;
	rq->nohz_kick |= NOHZ_NEWILB;
}

void fair_nohz_enter_idle(struct rq *rq)
{
	struct fair_balance *all = fair_balance_of(rq->sched);
	struct sched_domain_shared *shared = rq->sched->cache[rq->cpu].llc_shared;

	if (unlikely(!cpumask_test(rq->sched->rd.active, rq->cpu)))
		return;
	if (rq->nohz_kick == NOHZ_NEWILB) {
		rq->nohz_kick = 0;
		fair_nohz_balance(rq, NOHZ_STATS_KICK);
	}
	rq->has_blocked_load = 1;
	all->has_blocked = true;
	if (rq->nohz_tick_stopped || !rq->domain)
		return;
	rq->nohz_tick_stopped = 1;
	cpumask_set(all->nohz_idle, rq->cpu);
	all->nr_nohz_idle++;
	all->needs_update = true;
	if (shared)
		shared->nr_busy_cpus--;
}
