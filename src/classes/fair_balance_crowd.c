/* SPDX-License-Identifier: MIT */
/*
 * A newly idle cpu looks at the single cpus around it, but only at those that can matter.
 *
 * It takes from a cpu that has two tasks or more, and those are known by a mask (rd.crowded). While
 * no cpu has lost capacity to other classes, the kernel's search for the busiest group comes to
 * this:
 *
 *   - among overloaded cpus, the most loaded, the first of equals;
 *   - else, if any cpu is fully busy, one of those: each has one task, and that one stays;
 *   - else the cpu with the most tasks, the first of equals.
 *
 * "First" is in the order of the ring of groups, from the idle cpu on. The sums over the domain
 * play no part, since the idle cpu has room to spare. Reference: fair.md 6.2-6.4, 6.8.
 */
#include "classes/fair_balance.h"
#include "classes/fair_load.h"

/* A full cpu's utilisation and runnable average, in the terms of group_classify(). */
struct full {
	bool by_util, by_runnable;
	bool on_the_edge; /* neither has capacity by its utilisation nor is overloaded by it */
};

static always_inline struct full how_full(const struct rq *rq, const struct pelt *avg, u32 pct)
{
	u64 util = (u64)balance_util_of(rq, avg) * pct, most = CAPACITY_SCALE * 100;

	return (struct full){
		.by_util = util > most,
		.by_runnable = avg->runnable_avg * 100 > (u64)CAPACITY_SCALE * pct,
		.on_the_edge = util == most,
	};
}

/* What the crowd's walk has found. */
struct crowd {
	struct rq *loaded; /* the most loaded of the overloaded cpus */
	u64 load;
	struct rq *longest; /* the one with the most tasks, fair ones among them */
	bool any;
};

/* False: this one is a case of its own. */
static always_inline bool crowd_look(const struct balance *lb, struct rq *rq, struct crowd *crowd)
{
	const struct pelt *avg = fair_queue_avg(&rq->fair);
	struct full full = how_full(rq, avg, lb->sd->imbalance_pct);

	if (unlikely(full.on_the_edge))
		return false;
	crowd->any = true;
	if (!balance_nr_fair(rq))
		return true;
	if (full.by_util || full.by_runnable) {
		if (!crowd->loaded || avg->load_avg > crowd->load) {
			crowd->loaded = rq;
			crowd->load = avg->load_avg;
		}
	} else if (!crowd->longest || rq->nr_running > crowd->longest->nr_running) {
		crowd->longest = rq;
	}
	return true;
}

/* All around from the idle cpu on: the word with its bit comes first and last, in two parts. */
static bool crowd_walk(const struct balance *lb, struct crowd *crowd)
{
	const struct cpumask *crowded = lb->sched->rd.crowded;
	u32 here = lb->dst->cpu, w = here / 64;
	u64 above = ~1ULL << (here % 64), part = above;

	for (u32 i = 0; i <= crowded->nr_words; i++) {
		for (u64 bits = lb->cpus->word[w] & crowded->word[w] & part; bits;
		     bits &= bits - 1) {
			u32 cpu = w * 64 + (u32)__builtin_ctzll(bits);

			if (!crowd_look(lb, &lb->sched->rqs[cpu], crowd))
				return false;
		}
		w = w + 1 == crowded->nr_words ? 0 : w + 1;
		part = i + 1 == crowded->nr_words ? ~above : ~0ULL;
	}
	return true;
}

/* Some other cpu has no capacity left for its one task. */
static bool any_fully_busy(const struct balance *lb)
{
	const struct cpumask *crowded = lb->sched->rd.crowded;

	for (u32 w = 0; w < crowded->nr_words; w++)
		for (u64 bits = lb->cpus->word[w] & ~crowded->word[w]; bits; bits &= bits - 1) {
			struct rq *rq = &lb->sched->rqs[w * 64 + (u32)__builtin_ctzll(bits)];
			struct full full;

			if (!rq->nr_running || !balance_nr_fair(rq))
				continue;
			full = how_full(rq, fair_queue_avg(&rq->fair), lb->sd->imbalance_pct);
			if (full.by_util || full.by_runnable || full.on_the_edge)
				return true;
		}
	return false;
}

bool balance_crowd_stats(struct balance *lb, struct domain_stats *all)
{
	struct sched_domain *sd = lb->sd;
	struct crowd crowd = {0};
	struct rq *busiest;

	if (!sd->single_cpus || lb->sched->rd.capacity_lost)
		return false;
	all->local = sd->groups;
	(void)balance_look(lb, all->local, true, &all->local_stats);
	if (all->local_stats.type != GROUP_HAS_SPARE || lb->sched->rd.capacity_lost ||
	    !crowd_walk(lb, &crowd))
		return false;
	busiest = crowd.loaded;
	if (!busiest && crowd.longest && !any_fully_busy(lb))
		busiest = crowd.longest;
	all->busiest = busiest ? busiest->domain->groups : NULL;
	all->prefer_sibling = false; /* there is no level below */
	if (busiest)
		(void)balance_look(lb, all->busiest, false, &all->busiest_stats);
	if (!sd->parent)
		lb->sched->rd.overloaded = crowd.any;
	return true;
}
