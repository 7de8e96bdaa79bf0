/* SPDX-License-Identifier: MIT */
/*
 * Load balancing decides: shall something move between the busiest and the local group, what kind
 * of it and how much, and from which cpu. Reference: fair.md 6.4, 6.5.
 */
#include "classes/fair_balance.h"

/* Siblings on one side only. */
static bool smt_against_single(const struct sched_group *a, const struct sched_group *b)
{
	return (a->flags ^ b->flags) & SD_SHARE_CPUCAPACITY;
}

/* By how many tasks busiest is ahead, relative to the cores on each side. */
static s64 sibling_imbalance(const struct balance *lb, const struct domain_stats *all)
{
	s64 busiest = all->busiest_stats.nr_running, local = all->local_stats.nr_running;
	s64 busiest_cores = all->busiest->cores, local_cores = all->local->cores, imbalance;

	if (lb->idle == CPU_BUSY || !busiest)
		return 0;
	if (busiest_cores == local_cores)
		return max_of(busiest - local, (s64)0);
	imbalance = max_of(local_cores * busiest - busiest_cores * local, (s64)0);
	/* Per core, rounded. */
	imbalance = (2 * imbalance + local_cores + busiest_cores) / (local_cores + busiest_cores);
	if (imbalance <= 1 && local == 0 && busiest > 1)
		return 2;
	return imbalance;
}

/* How many tasks to even out, of which half shall move. */
static s64 task_imbalance(const struct balance *lb, const struct domain_stats *all)
{
	if (lb->smt_rules)
		return sibling_imbalance(lb, all);
	return max_of((s64)all->busiest_stats.nr_running - all->local_stats.nr_running, (s64)0);
}

s64 balance_numa_imbalance(s64 imbalance, u32 dst_running, u32 imb_numa_nr)
{
	/*
	 * A pair of tasks that talk to each other may stay together on a node that is nearly empty.
	 */
	if (dst_running <= imb_numa_nr && imbalance <= NUMA_IMBALANCE_MIN)
		return 0;
	return imbalance;
}

static u64 domain_avg_load(const struct domain_stats *all)
{
	return all->total_load * CAPACITY_SCALE / all->total_capacity;
}

/* ---- Balanced or not: find_busiest_group() ---- */

static bool overloaded_local_keeps(const struct balance *lb, struct domain_stats *all)
{
	const struct group_stats *local = &all->local_stats, *busiest = &all->busiest_stats;

	if (local->avg_load >= busiest->avg_load)
		return true;
	all->avg_load = domain_avg_load(all);
	if (local->avg_load >= all->avg_load)
		return true;
	return 100 * busiest->avg_load <= lb->sd->imbalance_pct * local->avg_load;
}

/* Yes, and why, for who asks. */
static bool balanced(struct balance *lb, enum decision_rule why)
{
	lb->why = why;
	return true;
}

/* Neither side is overloaded: tasks only move to idle cpus, and only to spread them. */
static bool spread_is_balanced(struct balance *lb, const struct domain_stats *all)
{
	const struct group_stats *local = &all->local_stats, *busiest = &all->busiest_stats;

	if (lb->idle == CPU_BUSY)
		return balanced(lb, RULE_BALANCE_NOT_OVERLOADED_BUSY);
	if (busiest->type == GROUP_SMT_BALANCE && smt_against_single(all->local, all->busiest))
		return false;
	if (busiest->weight > 1 && local->idle_cpus <= busiest->idle_cpus + 1)
		return balanced(lb, RULE_BALANCE_IDLE_ENOUGH);
	return busiest->h_nr == 1 && balanced(lb, RULE_BALANCE_LAST_TASK);
}

static bool is_balanced(struct balance *lb, struct domain_stats *all)
{
	const struct group_stats *local = &all->local_stats, *busiest = &all->busiest_stats;

	if (!all->busiest)
		return balanced(lb, RULE_BALANCE_NO_BUSIEST);
	if (busiest->type == GROUP_MISFIT || busiest->type == GROUP_IMBALANCED)
		return false;
	if (local->type > busiest->type)
		return balanced(lb, RULE_BALANCE_LOCAL_BUSIER);
	if (local->type == GROUP_OVERLOADED && overloaded_local_keeps(lb, all))
		return balanced(lb, RULE_BALANCE_LOCAL_LOADED);
	if (all->prefer_sibling && local->type == GROUP_HAS_SPARE && task_imbalance(lb, all) > 1)
		return false;
	return busiest->type != GROUP_OVERLOADED && spread_is_balanced(lb, all);
}

/* ---- How much: calculate_imbalance() ---- */

static void want(struct balance *lb, enum migration_type type, s64 imbalance)
{
	lb->migration_type = type;
	lb->imbalance = imbalance;
}

static void fill_spare(struct balance *lb, const struct domain_stats *all)
{
	const struct group_stats *local = &all->local_stats, *busiest = &all->busiest_stats;
	s64 imbalance;

	if (busiest->type > GROUP_FULLY_BUSY && !(lb->sd->flags & SD_SHARE_LLC)) {
		s64 room = (s64)max_of(local->capacity, local->util) - (s64)local->util;

		if (room == 0 && lb->idle != CPU_BUSY)
			want(lb, MIGRATE_TASK, 1);
		else
			want(lb, MIGRATE_UTIL, room);
		return;
	}
	if (busiest->weight == 1 || all->prefer_sibling)
		imbalance = task_imbalance(lb, all);
	else
		imbalance = max_of((s64)local->idle_cpus - busiest->idle_cpus, (s64)0);
	if (lb->sd->flags & SD_NUMA)
		imbalance = balance_numa_imbalance(imbalance, local->nr_running + 1,
						   lb->sd->imb_numa_nr);
	want(lb, MIGRATE_TASK, imbalance >> 1);
}

/* Both are, or would become, overloaded: both go towards the domain's average. */
static void even_load(struct balance *lb, struct domain_stats *all)
{
	struct group_stats *local = &all->local_stats, *busiest = &all->busiest_stats;
	u64 give, take;

	want(lb, MIGRATE_LOAD, 0);
	if (local->type < GROUP_OVERLOADED) {
		local->avg_load = local->load * CAPACITY_SCALE / local->capacity;
		if (local->avg_load >= busiest->avg_load)
			return;
		all->avg_load = domain_avg_load(all);
		if (local->avg_load >= all->avg_load)
			return;
	}
	/* A busiest group below the average wraps to a huge number: the other side decides. */
	give = (busiest->avg_load - all->avg_load) * busiest->capacity;
	take = (all->avg_load - local->avg_load) * local->capacity;
	lb->imbalance = (s64)(min_of(give, take) / CAPACITY_SCALE);
}

static void find_imbalance(struct balance *lb, struct domain_stats *all)
{
	const struct group_stats *busiest = &all->busiest_stats;

	if (busiest->type == GROUP_MISFIT)
		want(lb, MIGRATE_LOAD, (s64)busiest->misfit_load);
	else if (busiest->type == GROUP_SMT_BALANCE || busiest->type == GROUP_IMBALANCED)
		want(lb, MIGRATE_TASK, 1);
	else if (all->local_stats.type == GROUP_HAS_SPARE)
		fill_spare(lb, all);
	else
		even_load(lb, all);
}

bool balance_decide(struct balance *lb, struct domain_stats *all)
{
	lb->imbalance = 0;
	if (is_balanced(lb, all))
		return false;
	find_imbalance(lb, all);
	lb->why = RULE_BALANCE_ZERO;
	return lb->imbalance != 0;
}

struct sched_group *balance_find_group(struct balance *lb)
{
	struct domain_stats all;

	balance_stats(lb, &all);
	return balance_decide(lb, &all) ? all.busiest : NULL;
}

/* ---- From which cpu: find_busiest_queue() ---- */

/* A cpu's only task of more load than wanted, on a cpu of full capacity, stays. */
static bool only_task_is_too_much(const struct balance *lb, struct rq *rq)
{
	return balance_nr_fair(rq) == 1 && (s64)fair_cpu_load(rq) > lb->imbalance &&
	       !balance_capacity_reduced(rq, lb->sd);
}

struct rq *balance_find_rq(const struct balance *lb, const struct sched_group *group)
{
	struct rq *busiest = NULL;
	u64 most = 0, most_capacity = 1;

	group_for_each_cpu (cpu, group, lb->cpus) {
		struct rq *rq = &lb->sched->rqs[cpu];
		u64 nr = balance_nr_fair(rq), amount = nr, capacity = 1;

		if (!nr)
			continue;
		if (lb->migration_type == MIGRATE_LOAD) {
			if (only_task_is_too_much(lb, rq))
				continue;
			amount = fair_cpu_load(rq);
			capacity = rq->cpu_capacity;
		} else if (lb->migration_type == MIGRATE_UTIL) {
			if (nr <= 1)
				continue;
			amount = balance_cpu_util_boosted(rq);
		}
		if (amount * most_capacity > most * capacity) {
			most = amount;
			most_capacity = capacity;
			busiest = rq;
		}
	}
	return busiest;
}
