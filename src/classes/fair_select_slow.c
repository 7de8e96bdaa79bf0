/* SPDX-License-Identifier: MIT */
/*
 * Where does a new or exec'ing task start: in the idlest group of each domain, from the top down.
 * Kernel: kernel/sched/fair.c, find_idlest_cpu() and below (later sched_balance_find_dst_*);
 * reference: fair.md 5.6.
 */
#include "classes/fair_balance.h"
#include "classes/fair_entity.h"
#include "classes/fair_select.h"
#include "sched/cookie.h"
#include "sched/governor.h"

enum { NICE_0_WEIGHT = 1024 };

/* a - b, not below 0. */
static u64 without(u64 a, u64 b)
{
	return a > b ? a - b : 0;
}

/* cpu_util_without(): the cpu's utilisation as if @task, which ran here, had never been. */
static u64 util_without(const struct rq *rq, struct task *task)
{
	const struct pelt *avg = &task->fair.avg;
	u64 util = without(rq->fair.avg.util_avg, fair_task_util(task)),
	    estimated = rq->fair.util_est;

	if (task->on_rq == ON_RQ_QUEUED || rq->curr == task)
		estimated = without(estimated, max_of(avg->util_est & ~UTIL_EST_UNCHANGED,
						      avg->util_est_enqueued));
	return min_of(max_of(util, estimated), (u64)CAPACITY_SCALE);
}

/* The cpu's part of the statistics, as if @task were not there. */
static void add_cpu(struct group_stats *stats, struct rq *rq, struct task *task)
{
	bool here = task->cpu == rq->cpu;
	bool counted = here && task->fair.avg.attached;
	u32 queued = here && task->on_rq == ON_RQ_QUEUED;
	u64 util = fair_cpu_util(rq), load = fair_cpu_load(rq), runnable = fair_cpu_runnable(rq);

	if (unlikely(counted)) {
		load = without(load, fair_task_h_load(task));
		runnable = without(runnable, fair_task_runnable(task));
		util = util_without(rq, task);
	}
	stats->load += load;
	stats->runnable += runnable;
	stats->util += util;
	stats->h_nr += balance_nr_fair(rq) - queued;
	stats->nr_running += rq->nr_running - queued;
	/* idle_cpu_without(): its own task is no reason to call the cpu busy. */
	if (rq->nr_running == queued && !rq->ttwu_pending &&
	    (rq->curr == rq->idle || rq->curr == task))
		stats->idle_cpus++;
}

static struct group_stats group_look(struct sched *sched, const struct sched_domain *sd,
				     const struct sched_group *group, struct task *task)
{
	struct group_stats stats = {.capacity = group->sgc->capacity, .weight = group->weight};
	bool all = sched_feature(sched, FEATURE_WAKEUP_STATS_ALL_CPUS);

	group_for_each_cpu (cpu, group, all ? group->span : task->cpus)
		add_cpu(&stats, sched_rq(sched, cpu), task);
	group_classify(&stats, group, sd->imbalance_pct);
	if (stats.type == GROUP_FULLY_BUSY || stats.type == GROUP_OVERLOADED)
		stats.avg_load = stats.load * CAPACITY_SCALE / stats.capacity;
	return stats;
}

/* update_pick_idlest(): is a group of these statistics better than the best so far? */
static bool is_idler(const struct group_stats *stats, const struct sched_group *group,
		     const struct group_stats *best, const struct sched_group *best_group)
{
	if (stats->type != best->type)
		return stats->type < best->type;
	switch (stats->type) {
	case GROUP_OVERLOADED:
	case GROUP_FULLY_BUSY:
		return stats->avg_load < best->avg_load;
	case GROUP_MISFIT:
		return best_group->sgc->max_capacity < group->sgc->max_capacity;
	case GROUP_HAS_SPARE:
		if (stats->idle_cpus != best->idle_cpus)
			return stats->idle_cpus > best->idle_cpus;
		return stats->util < best->util;
	default:
		return false;
	}
}

/* The remote group must be clearly less loaded. */
static bool load_says_go(const struct sched_domain *sd, const struct group_stats *local,
			 const struct group_stats *idlest)
{
	u64 margin = NICE_0_WEIGHT * (sd->imbalance_pct - 100) / 100;

	if (sd->flags & SD_NUMA && idlest->avg_load + margin >= local->avg_load)
		return false;
	if (idlest->avg_load >= local->avg_load + margin)
		return false;
	return 100 * local->avg_load > sd->imbalance_pct * idlest->avg_load;
}

/* Between nodes a few tasks may stay together. */
static bool node_keeps(const struct sched_domain *sd, const struct sched_group *local_group,
		       const struct task *task, const struct group_stats *local,
		       const struct group_stats *idlest)
{
	u32 allowed = 0, imb_numa_nr;
	s64 imbalance = (s64)local->idle_cpus - idlest->idle_cpus;

	for (u32 w = 0; w < task->cpus->nr_words; w++)
		allowed += bits_set(local_group->span->word[w] & task->cpus->word[w]);
	imb_numa_nr = min_of(allowed, sd->imb_numa_nr);
	imbalance = imbalance < 0 ? -imbalance : imbalance;
	return balance_numa_imbalance(imbalance, local->nr_running + 1, imb_numa_nr) == 0;
}

static bool shall_leave(const struct sched_domain *sd, const struct task *task,
			const struct sched_group *local_group, const struct group_stats *local,
			const struct sched_group *idlest_group, const struct group_stats *idlest)
{
	if (local->type != idlest->type)
		return local->type > idlest->type;
	switch (local->type) {
	case GROUP_OVERLOADED:
	case GROUP_FULLY_BUSY:
		return load_says_go(sd, local, idlest);
	case GROUP_MISFIT:
		return local_group->sgc->max_capacity < idlest_group->sgc->max_capacity;
	case GROUP_HAS_SPARE:
		if (sd->flags & SD_NUMA && node_keeps(sd, local_group, task, local, idlest))
			return false;
		return local->idle_cpus < idlest->idle_cpus;
	default:
		return false;
	}
}

/*
 * A single cpu cannot be better than the best so far: idle cpus are known, and it is not idle or
 * none can be more so. May be wrong about cpus that are not better, never about one that is.
 */
static bool single_cpu_is_no_idler(const struct sched_group *group, const struct task *task,
				   const struct group_stats *best)
{
	u32 own = task->on_rq == ON_RQ_QUEUED && task->cpu == group->first_cpu;

	return best->type == GROUP_HAS_SPARE && best->idle_cpus &&
	       (!best->util || group->first_rq->nr_running > own);
}

/* The cpus that a new task may go to, but for its parent's, in the order of the ring. */
static struct cpumask_ring ring_from(const struct sched_domain *sd, const struct task *task,
				     u32 this_cpu)
{
	return cpumask_ring(sd->span, task->cpus, this_cpu);
}

/*
 * The idle cpu with the least utilisation left behind, the first of equals. Idle ones come first
 * among all, and two masks tell which cannot be.
 */
static struct rq *idlest_of_idle(struct sched *sched, struct cpumask_ring ring)
{
	const struct root_domain *rd = &sched->rd;
	struct rq *best = NULL;
	u64 bits, least = UINT64_MAX;
	u32 base;

	while (cpumask_ring_next(&ring, &bits, &base))
		for (bits &= rd->idle->word[base / 64] & ~rd->crowded->word[base / 64]; bits;
		     bits &= bits - 1) {
			struct rq *rq = &sched->rqs[base + (u32)__builtin_ctzll(bits)];
			u64 util;

			if (!rq_is_idle(rq))
				continue;
			util = balance_util_of(rq, fair_queue_avg(&rq->fair));
			if (util >= least)
				continue;
			least = util;
			best = rq;
			if (!util)
				return best;
		}
	return best;
}

/* The best busy cpu so far. */
struct busy_best {
	struct rq *rq;
	u64 key;
	u64 load; /* of one that is overloaded; a better one: 0; none: all there is */
	u64 full_util, full_runnable; /* balance_idleness()'s conditions, solved for the averages */
	u32 pct;
};

/*
 * On a machine that is full most cpus have two tasks or more, and are overloaded by no less than
 * the best so far: of these nothing else is looked at.
 */
static always_inline bool cannot_be_idler(const struct busy_best *best, const struct rq *rq,
					  bool crowded)
{
	const struct pelt *avg = &rq->fair.avg;

	return crowded && avg->load_avg >= best->load &&
	       (avg->runnable_avg > best->full_runnable || avg->util_avg > best->full_util);
}

/* A cpu of which more must be known. */
static not_inline void look_at_busy(struct busy_best *best, struct rq *rq, bool crowded)
{
	u64 key;

	fair_queue_avg(&rq->fair);
	if (cannot_be_idler(best, rq, crowded))
		return;
	key = balance_idleness(rq, best->pct);
	if (key >= best->key)
		return;
	best->key = key;
	best->rq = rq;
	best->load = key >> 40 == GROUP_OVERLOADED ? (u32)key : 0;
}

/* The idlest of busy cpus, the first of equals. */
static struct rq *idlest_of_busy(struct sched *sched, struct cpumask_ring ring, u32 pct)
{
	struct busy_best best = {
		.key = UINT64_MAX,
		.load = UINT64_MAX,
		.full_util = CAPACITY_SCALE * 100 / pct,
		.full_runnable = (u64)CAPACITY_SCALE * pct / 100,
		.pct = pct,
	};
	u64 bits;
	u32 base;

	while (cpumask_ring_next(&ring, &bits, &base)) {
		struct rq *rq = &sched->rqs[base];
		u64 crowded = sched->rd.crowded->word[base / 64];

		/* Mostly all 64 of them: one after the other is faster than from bit to bit. */
		for (; bits; bits >>= 1, crowded >>= 1, rq++)
			if (bits & 1 &&
			    (rq->fair.avg.stale || !cannot_be_idler(&best, rq, crowded & 1)))
				look_at_busy(&best, rq, crowded & 1);
	}
	return best.rq;
}

static struct sched_group *idlest_of_single_cpus(struct sched *sched, const struct sched_domain *sd,
						 const struct task *task, u32 this_cpu)
{
	struct rq *rq;

	if (fair_births_know(sched, sd, task))
		return fair_births_idlest(sched, sd, this_cpu)->domain->groups;
	rq = idlest_of_idle(sched, ring_from(sd, task, this_cpu));
	if (!rq)
		rq = idlest_of_busy(sched, ring_from(sd, task, this_cpu), sd->imbalance_pct);
	return rq ? rq->domain->groups : NULL;
}

/* The idlest group but for the local one. */
static struct sched_group *idlest_other(struct sched *sched, const struct sched_domain *sd,
					struct task *task, u32 this_cpu, struct group_stats *best)
{
	struct sched_group *idlest = NULL, *group = sd->groups;

	/* (A new task counts nowhere yet.) */
	if (sd->single_cpus && !sched->rd.nr_reduced && !sched->rqs[this_cpu].core &&
	    task->on_rq == ON_RQ_NO && !task->fair.avg.attached) {
		idlest = idlest_of_single_cpus(sched, sd, task, this_cpu);
		if (idlest)
			*best = group_look(sched, sd, idlest, task);
		return idlest;
	}
	do {
		struct group_stats stats;

		if (cpumask_test(group->span, this_cpu))
			continue;
		if (group->weight == 1 && single_cpu_is_no_idler(group, task, best))
			continue;
		if (!cpumask_intersects(group->span, task->cpus) ||
		    !fair_core_matches(sched, group, task))
			continue;
		stats = group_look(sched, sd, group, task);
		if (is_idler(&stats, group, best, idlest)) {
			idlest = group;
			*best = stats;
		}
	} while ((group = group->next) != sd->groups);
	return idlest;
}

/* The group of @this_cpu, if the task may run in it; of groups that overlap, the last. */
static struct sched_group *local_group(struct sched *sched, const struct sched_domain *sd,
				       const struct task *task, u32 this_cpu)
{
	struct sched_group *local = NULL, *group = sd->groups;

	if (sd->single_cpus && !sched->rqs[this_cpu].core)
		return cpumask_test(task->cpus, this_cpu) ? group : NULL;
	do {
		if (cpumask_test(group->span, this_cpu) &&
		    cpumask_intersects(group->span, task->cpus) &&
		    fair_core_matches(sched, group, task))
			local = group;
	} while ((group = group->next) != sd->groups);
	return local;
}

/* find_idlest_group(): NULL: the group of @this_cpu is as good as any. */
static struct sched_group *idlest_group(struct sched *sched, struct sched_domain *sd,
					struct task *task, u32 this_cpu)
{
	struct group_stats best = {.avg_load = UINT32_MAX, .type = GROUP_OVERLOADED}, local_stats;
	struct sched_group *idlest = idlest_other(sched, sd, task, this_cpu, &best);
	struct sched_group *local = local_group(sched, sd, task, this_cpu);

	if (!idlest || !local)
		return idlest;
	local_stats = group_look(sched, sd, local, task);
	return shall_leave(sd, task, local, &local_stats, idlest, &best) ? idlest : NULL;
}

/*
 * find_idlest_group_cpu(): the cpu that went idle last (its caches are warm), or the least loaded.
 */
static u32 idlest_cpu(struct sched *sched, const struct sched_group *group, const struct task *task,
		      u32 this_cpu)
{
	u32 warmest = CPU_NONE, least_loaded = this_cpu;
	u64 latest = 0, least = UINT64_MAX, least_exit = UINT64_MAX;

	if (group->weight == 1)
		return group->first_cpu;
	group_for_each_cpu (cpu, group, task->cpus) {
		struct rq *rq = sched_rq(sched, cpu);

		if (!sched_core_matches(rq, task))
			continue;
		if (rq_is_sched_idle(rq))
			return cpu;
		if (rq_is_idle(rq)) {
			u64 leaving = sched->governors ? sched->governors[cpu].exit_ns : UINT64_MAX;

			if (leaving < least_exit ||
			    (leaving == least_exit && rq->idle_stamp > latest)) {
				least_exit = leaving;
				latest = rq->idle_stamp;
				warmest = cpu;
			}
		} else if (warmest == CPU_NONE && fair_cpu_load(rq) < least) {
			least = fair_cpu_load(rq);
			least_loaded = cpu;
		}
	}
	return warmest != CPU_NONE ? warmest : least_loaded;
}

/* The highest domain of @cpu that is smaller than @weight and takes part in @event. */
static struct sched_domain *domain_below(const struct sched *sched, u32 cpu, u32 weight, u32 event)
{
	struct sched_domain *found = NULL;

	for (struct sched_domain *sd = sched->rqs[cpu].domain; sd && sd->weight < weight;
	     sd = sd->parent)
		if (sd->flags & event)
			found = sd;
	return found;
}

not_inline u32 fair_select_idlest(struct sched *sched, struct sched_domain *sd, struct task *task,
				  u32 this_cpu, u32 prev, u32 event)
{
	u32 cpu = this_cpu, found = this_cpu;

	if (!cpumask_intersects(sd->span, task->cpus))
		return prev;
	if (!(event & SD_BALANCE_FORK))
		fair_sync_load(task);
	while (sd) {
		struct sched_group *group =
			sd->flags & event ? idlest_group(sched, sd, task, cpu) : NULL;

		if (group)
			found = idlest_cpu(sched, group, task, cpu);
		if (!group || found == cpu) {
			sd = sd->child;
			continue;
		}
		cpu = found;
		sd = domain_below(sched, cpu, sd->weight, event);
	}
	return found;
}
