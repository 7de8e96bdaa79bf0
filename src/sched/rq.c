/* SPDX-License-Identifier: MIT */
/* Runqueues and the root domain as they are when the machine comes up: empty, all cpus online. */
#include "sched/rq.h"

#include "sched/internal.h"

enum { CPUPRI_LEVELS = 101 };

void fair_rq_init(const struct sched *sched, struct fair_rq *fair, struct rq *rq)
{
	*fair = (struct fair_rq){
		.rq = rq,
		.eevdf = sched->kernel->fair == FAIR_EEVDF,
		.features = sched->features,
		.virtual_base = (u64) - (s64)(1 << 20),
	};
}

void fair_rq_note_features(const struct sched *sched, struct fair_rq *fair)
{
	fair->features = sched->features;
	fair->newest = fair->eevdf && sched->features == NEWEST_FEATURES && !sched->has_tolls &&
		       !sched->schedstat;
}

static void rt_rq_init(struct rt_rq *rt)
{
	for (u32 prio = 0; prio < PRIO_RT_MAX; prio++)
		list_init(&rt->queue[prio]);
	list_init(&rt->pushable);
	rt->highest_curr = rt->highest_next = PRIO_RT_MAX - 1;
}

void rq_set_capacity(struct rq *rq, u32 capacity)
{
	rq->sched->rd.nr_reduced -= rq->cpu_capacity != CPU_CAPACITY;
	rq->sched->rd.nr_reduced += capacity != CPU_CAPACITY;
	rq->cpu_capacity = capacity;
}

void rq_init(struct sched *sched, struct rq *rq, u32 cpu)
{
	*rq = (struct rq){
		.sched = sched,
		.cpu = cpu,
		.hardware = &sched->machine->cpus[cpu],
		.clock = RQ_CLOCK_BASE,
		.clock_task = RQ_CLOCK_BASE,
		.irq_accounted = sched->platform->irq_time_accounting,
		.clock_pelt = RQ_CLOCK_BASE,
		.lost_idle_time = sched->platform->load_phase_ns,
		.online = true,
		.cpu_capacity = CPU_CAPACITY,
		.pushed_at = NEVER,
		.avg_idle = MSEC,
		.max_idle_balance_cost = sched->kernel->knobs.migration_cost_ns,
	};
	fair_rq_init(sched, &rq->fair, rq);
	fair_rq_note_features(sched, &rq->fair);
	rt_rq_init(&rq->rt);
	list_init(&rq->fair_tasks);
	list_init(&rq->leaf_groups);
	list_init(&rq->to_unthrottle);
}

void root_domain_init(struct sched *sched)
{
	struct root_domain *rd = &sched->rd;
	struct arena *arena = sched->arena;
	u32 nr = sched->nr_cpus;

	rd->span = cpumask_dup(arena, sched->all_cpus);
	rd->online = cpumask_dup(arena, sched->all_cpus);
	rd->active = cpumask_dup(arena, sched->all_cpus);
	rd->crowded = cpumask_new(arena, nr);
	rd->rto_mask = cpumask_new(arena, nr);
	rd->rto_cpu = UINT32_MAX;
	rd->cpupri_level = arena_array(arena, s16, nr);
	rd->cpupri_count = arena_array(arena, u32, CPUPRI_LEVELS);
	for (u32 level = 0; level < CPUPRI_LEVELS; level++)
		rd->cpupri_mask[level] = cpumask_new(arena, nr);
	/* Every cpu runs its idle task: level 0. */
	cpumask_fill(rd->cpupri_mask[0]);
	rd->cpupri_count[0] = nr;
	sched->cache = arena_array(arena, struct domain_cache, nr);
}

u64 rq_asid_overhead(struct rq *rq, u32 mm)
{
	for (u32 i = 0; i < NR_DYN_ASIDS; i++)
		if (rq->asid_mm[i] == mm)
			return 0;
	rq->asid_mm[rq->next_asid] = mm;
	rq->next_asid = (rq->next_asid + 1) % NR_DYN_ASIDS;
	return rq->sched->platform->costs.switch_flush;
}
