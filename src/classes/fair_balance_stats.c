/* SPDX-License-Identifier: MIT */
/*
 * Load balancing looks: what each group of a domain is like, and which is the busiest.
 * Reference: fair.md 5.5 (idle scan), 6.2, 6.3.
 *
 * A pass costs what it reads of the runqueues, so the walk over cpus reads each one once and adds
 * up; all judgement is on the sums.
 */
#include "classes/fair_balance.h"
#include "classes/fair_load.h"

/* ---- Capacity ---- */

bool balance_capacity_reduced(const struct rq *rq, const struct sched_domain *sd)
{
	return rq->cpu_capacity * sd->imbalance_pct < CAPACITY_SCALE * 100;
}

/* scale_rt_capacity(): what rt, deadline and interrupts leave. */
static u32 capacity_left(const struct rq *rq)
{
	u64 irq = rq->avg_irq.util_avg;
	u64 used = (u64)rq->rt.avg.util_avg + rq->avg_dl.util_avg;
	u64 free;

	if (irq >= CAPACITY_SCALE || used >= CAPACITY_SCALE)
		return 1;
	free = (CAPACITY_SCALE - used) * (CAPACITY_SCALE - irq) / CAPACITY_SCALE;
	return max_of((u32)free, 1u);
}

static void cpu_capacity_update(struct rq *rq, struct sched_group_capacity *sgc)
{
	bool counts = sched_feature(rq->sched, FEATURE_NONTASK_CAPACITY);

	rq_set_capacity(rq, counts ? capacity_left(rq) : CAPACITY_SCALE);
	sgc->capacity = sgc->min_capacity = sgc->max_capacity = rq->cpu_capacity;
}

static void capacity_add(struct sched_group_capacity *sum, u32 capacity, u32 least, u32 most)
{
	sum->capacity += capacity;
	sum->min_capacity = min_of(sum->min_capacity, least);
	sum->max_capacity = max_of(sum->max_capacity, most);
}

/* update_group_capacity(): the local group's, from the level below. */
static not_inline void group_capacity_update(struct balance *lb)
{
	struct sched_domain *child = lb->sd->child;
	const struct sched_group *group = lb->sd->groups;
	struct sched_group_capacity *sgc = group->sgc;
	struct sched_group_capacity sum = {.min_capacity = UINT32_MAX};

	sgc->next_update =
		machine_jiffies(lb->sched->machine) + balance_interval(lb->sched, lb->sd, false);
	if (!child) {
		cpu_capacity_update(lb->dst, sgc);
		return;
	}
	if (child->flags & SD_NUMA) {
		/* Overlapping groups below do not add up to this one. */
		cpumask_for_each (cpu, group->span) {
			u32 capacity = lb->sched->rqs[cpu].cpu_capacity;

			capacity_add(&sum, capacity, capacity, capacity);
		}
	} else {
		const struct sched_group *below = child->groups;

		do {
			capacity_add(&sum, below->sgc->capacity, below->sgc->min_capacity,
				     below->sgc->max_capacity);
		} while ((below = below->next) != child->groups);
	}
	sgc->capacity = sum.capacity;
	sgc->min_capacity = sum.min_capacity;
	sgc->max_capacity = sum.max_capacity;
}

/* ---- One group ---- */

static bool is_overloaded(const struct group_stats *stats, u32 imbalance_pct)
{
	if (stats->nr_running <= stats->weight)
		return false;
	return stats->capacity * 100 < stats->util * imbalance_pct ||
	       stats->capacity * imbalance_pct < stats->runnable * 100;
}

static bool has_capacity(const struct group_stats *stats, u32 imbalance_pct)
{
	if (stats->nr_running < stats->weight)
		return true;
	if (stats->capacity * imbalance_pct < stats->runnable * 100)
		return false;
	return stats->capacity * 100 > stats->util * imbalance_pct;
}

void group_classify(struct group_stats *stats, const struct sched_group *group, u32 imbalance_pct)
{
	if (is_overloaded(stats, imbalance_pct))
		stats->type = GROUP_OVERLOADED;
	else if (group->sgc->imbalance)
		stats->type = GROUP_IMBALANCED;
	else if (stats->smt_balance)
		stats->type = GROUP_SMT_BALANCE;
	else if (stats->misfit_load)
		stats->type = GROUP_MISFIT;
	else
		stats->type =
			has_capacity(stats, imbalance_pct) ? GROUP_HAS_SPARE : GROUP_FULLY_BUSY;
}

u32 balance_nr_fair(const struct rq *rq)
{
	return sched_feature(rq->sched, FEATURE_LB_NR_RUNNABLE) ? rq->fair.h_nr_runnable
								: rq->fair.h_nr_queued;
}

u64 balance_cpu_util_boosted(struct rq *rq)
{
	u64 util = fair_cpu_util(rq);

	if (!sched_feature(rq->sched, FEATURE_LB_UTIL_BOOST))
		return util;
	return min_of(max_of(util, fair_cpu_runnable(rq)), (u64)CAPACITY_SCALE);
}

/* A single fair task on a cpu that other classes took much of. */
static bool is_squeezed(const struct balance *lb, const struct rq *rq)
{
	return balance_nr_fair(rq) == 1 && balance_capacity_reduced(rq, lb->sd);
}

/* Adds one cpu. True: it is busy and has more than one task. */
static always_inline bool count_cpu(const struct balance *lb, struct rq *rq, bool look_for_misfit,
				    struct group_stats *stats)
{
	const struct pelt *avg = fair_queue_avg(&rq->fair);
	u64 load = avg->load_avg;

	stats->load += load;
	stats->util += balance_util_of(rq, avg);
	stats->runnable += avg->runnable_avg;
	stats->h_nr += balance_nr_fair(rq);
	stats->nr_running += rq->nr_running;
	if (rq_is_idle(rq)) {
		stats->idle_cpus++;
		return false;
	}
	if (look_for_misfit && is_squeezed(lb, rq))
		stats->misfit_load = max_of(stats->misfit_load, load);
	return rq->nr_running > 1;
}

/* True if some busy cpu of the group has more than one task. */
static bool group_count(const struct balance *lb, const struct sched_group *group, bool local,
			struct group_stats *stats)
{
	bool overloaded = false, look_for_misfit = !local && lb->idle != CPU_BUSY;
	struct rq *rqs = lb->sched->rqs;

	/* Most groups of a large cache are single cpus. */
	if (group->weight == 1)
		return cpumask_test(lb->cpus, group->first_cpu) &&
		       count_cpu(lb, &rqs[group->first_cpu], look_for_misfit, stats);
	group_for_each_cpu (cpu, group, lb->cpus)
		overloaded |= count_cpu(lb, &rqs[cpu], look_for_misfit, stats);
	return overloaded;
}

/* smt_balance(): an idle cpu may take a task from siblings that share a core. */
static bool wants_smt_balance(const struct balance *lb, const struct sched_group *group,
			      const struct group_stats *stats)
{
	return lb->smt_rules && lb->idle != CPU_BUSY && group->flags & SD_SHARE_CPUCAPACITY &&
	       stats->h_nr > 1;
}

void balance_refresh_capacity(struct balance *lb)
{
	if (lb->idle != CPU_NEWLY_IDLE ||
	    machine_jiffies(lb->sched->machine) >= lb->sd->groups->sgc->next_update)
		group_capacity_update(lb);
}

bool balance_look(struct balance *lb, const struct sched_group *group, bool local,
		  struct group_stats *stats)
{
	bool overloaded;

	if (local)
		balance_refresh_capacity(lb);
	*stats = (struct group_stats){0};
	overloaded = group_count(lb, group, local, stats);
	stats->capacity = group->sgc->capacity;
	stats->weight = group->weight;
	stats->smt_balance = !local && wants_smt_balance(lb, group, stats);
	group_classify(stats, group, lb->sd->imbalance_pct);
	if (stats->type == GROUP_OVERLOADED)
		stats->avg_load = stats->load * CAPACITY_SCALE / stats->capacity;
	return overloaded;
}

/* ---- The busiest ---- */

static bool more_spare_taken(const struct group_stats *stats, const struct group_stats *busiest)
{
	if (stats->idle_cpus != busiest->idle_cpus)
		return stats->idle_cpus < busiest->idle_cpus;
	return stats->nr_running > busiest->nr_running;
}

/*
 * Equal types: no average is known, so the later one wins, unless the present one is of siblings.
 */
static bool busier_full_group(const struct balance *lb, const struct domain_stats *all)
{
	return lb->smt_rules && !(all->busiest->flags & SD_SHARE_CPUCAPACITY);
}

static bool busier_spare_group(const struct balance *lb, const struct sched_group *group,
			       const struct group_stats *stats, const struct domain_stats *all)
{
	bool smt = group->flags & SD_SHARE_CPUCAPACITY;

	/* Siblings against single threads: a core's only task stays where it is. */
	if (lb->smt_rules && all->busiest && smt != !!(all->busiest->flags & SD_SHARE_CPUCAPACITY))
		return !(smt && stats->h_nr <= 1);
	return more_spare_taken(stats, &all->busiest_stats);
}

/* update_sd_pick_busiest(). */
static bool is_busier(const struct balance *lb, const struct sched_group *group,
		      const struct group_stats *stats, const struct domain_stats *all)
{
	const struct group_stats *busiest = &all->busiest_stats;

	if (!stats->h_nr)
		return false;
	if (stats->type != busiest->type)
		return stats->type > busiest->type;
	switch (stats->type) {
	case GROUP_OVERLOADED:
		return stats->avg_load > busiest->avg_load;
	case GROUP_IMBALANCED:
		return false;
	case GROUP_MISFIT:
		if (stats->misfit_load == busiest->misfit_load)
			return !lb->smt_rules;
		return stats->misfit_load > busiest->misfit_load;
	case GROUP_SMT_BALANCE:
		if (stats->idle_cpus || busiest->idle_cpus)
			return more_spare_taken(stats, busiest);
		return busier_full_group(lb, all);
	case GROUP_FULLY_BUSY:
		return busier_full_group(lb, all);
	case GROUP_HAS_SPARE:
		return busier_spare_group(lb, group, stats, all);
	}
	return false;
}

/* ---- The domain ---- */

u32 balance_idle_scan(u64 sum_util, u32 weight, u32 imbalance_pct)
{
	u64 util = sum_util / weight, pct = imbalance_pct;
	u64 taken = util * util * pct * pct / (10000 * CAPACITY_SCALE);

	taken = min_of(taken, (u64)CAPACITY_SCALE);
	return (u32)((CAPACITY_SCALE - taken) * weight / CAPACITY_SCALE);
}

/* update_idle_cpu_scan(): a pass over a whole cache tells wakeups how far to search. */
static void update_idle_scan(const struct balance *lb, u64 sum_util)
{
	const struct domain_cache *cache = &lb->sched->cache[lb->dst->cpu];

	if (lb->idle == CPU_NEWLY_IDLE || !sched_feature(lb->sched, FEATURE_SIS_UTIL) ||
	    !cache->llc_shared || lb->sd->weight != cache->llc_size)
		return;
	cache->llc_shared->nr_idle_scan =
		balance_idle_scan(sum_util, cache->llc_size, lb->sd->imbalance_pct);
}

/* What is summed up over all groups besides struct domain_stats. */
struct walk {
	bool overloaded; /* some busy cpu has more than one task */
	bool all_count;  /* no cpu of the domain is left out of lb->cpus */
	u64 util;
};

static void group_visit(struct balance *lb, struct sched_group *group, bool local,
			struct domain_stats *all, struct walk *walk)
{
	struct group_stats other, *stats = local ? &all->local_stats : &other;

	if (local)
		all->local = group;
	walk->overloaded |= balance_look(lb, group, local, stats);
	if (!local && is_busier(lb, group, stats, all)) {
		all->busiest = group;
		all->busiest_stats = *stats;
	}
	all->total_load += stats->load;
	all->total_capacity += stats->capacity;
	walk->util += stats->util;
}

/*
 * A single cpu cannot be busier than what has been found: it has no fair tasks, or an overloaded
 * group is known and it is not overloaded, or by a smaller load. (With full capacity the load per
 * capacity is the load.) May be wrong about cpus that are not busier, never about one that is.
 */
static always_inline bool cannot_be_busiest(const struct rq *rq, u64 load, u64 capacity,
					    const struct group_stats *busiest)
{
	if (!rq->fair.h_nr_queued)
		return true;
	if (busiest->type != GROUP_OVERLOADED)
		return false;
	return rq->nr_running <= 1 || (capacity == CAPACITY_SCALE && load <= busiest->avg_load);
}

/*
 * Most groups of a large cache are single cpus, of which most cannot be the busiest: of these only
 * the sums are needed. False: it has to be looked at.
 */
static always_inline bool single_cpu_pass_by(const struct balance *lb,
					     const struct sched_group *group,
					     struct domain_stats *all, struct walk *walk)
{
	struct rq *rq = group->first_rq;
	u64 capacity = group->sgc->capacity;
	const struct pelt *avg;

	if (unlikely(!walk->all_count) && !cpumask_test(lb->cpus, group->first_cpu))
		return false;
	avg = fair_queue_avg(&rq->fair);
	if (!cannot_be_busiest(rq, avg->load_avg, capacity, &all->busiest_stats))
		return false;
	walk->overloaded |= rq->nr_running > 1;
	walk->util += balance_util_of(rq, avg);
	all->total_load += avg->load_avg;
	all->total_capacity += capacity;
	return true;
}

static void find_prefer_sibling(const struct balance *lb, struct domain_stats *all)
{
	/* A group's flags are those of the domains that it spans. */
	if (lb->smt_rules)
		all->prefer_sibling = all->busiest && all->busiest->flags & SD_PREFER_SIBLING;
	else
		all->prefer_sibling = lb->sd->child && lb->sd->child->flags & SD_PREFER_SIBLING;
}

void balance_stats(struct balance *lb, struct domain_stats *all)
{
	struct sched_group *group = lb->sd->groups;
	struct walk walk = {.all_count = cpumask_equal(lb->cpus, lb->sd->span)};
	u32 here = lb->dst->cpu;

	if (lb->idle == CPU_NEWLY_IDLE && balance_crowd_stats(lb, all))
		return;
	*all = (struct domain_stats){
		.busiest_stats = {.idle_cpus = UINT32_MAX, .type = GROUP_HAS_SPARE},
	};
	do {
		if (group->weight == 1 && group->first_cpu != here &&
		    single_cpu_pass_by(lb, group, all, &walk))
			continue;
		group_visit(lb, group, cpumask_test(group->span, here), all, &walk);
	} while ((group = group->next) != lb->sd->groups);
	find_prefer_sibling(lb, all);
	if (!lb->sd->parent)
		lb->sched->rd.overloaded = walk.overloaded;
	update_idle_scan(lb, walk.util);
}
