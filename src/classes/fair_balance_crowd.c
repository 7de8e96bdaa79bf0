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

/* group_classify()'s margins, solved for a single cpu of full capacity. */
struct margins {
	u64 util;     /* with more it has no capacity left */
	u64 runnable; /* likewise */
	/* util itself is on the edge: neither has it capacity nor can it be overloaded */
	bool exact;
};

static struct margins margins_of(const struct sched_domain *sd)
{
	u32 pct = sd->imbalance_pct;

	return (struct margins){
		.util = CAPACITY_SCALE * 100 / pct,
		.runnable = CAPACITY_SCALE * pct / 100,
		.exact = CAPACITY_SCALE * 100 % pct == 0,
	};
}

/* (The averages' cap at full capacity does not matter: the margin is below it.) */
static always_inline u64 full_util(const struct rq *rq, const struct pelt *avg)
{
	return max_of(avg->util_avg, rq->fair.util_est);
}

/* What the crowd's walk has found. */
struct crowd {
	struct rq *loaded; /* the most loaded of the overloaded cpus */
	u64 load;
	struct rq *longest; /* the one with the most tasks, fair ones among them */
	bool any;
	bool on_the_edge; /* some cpu is a case of its own */
};

static always_inline void crowd_look(struct rq *rq, const struct margins *margins,
				     struct crowd *crowd)
{
	const struct pelt *avg = fair_queue_avg(&rq->fair);

	crowd->any = true;
	/* Most come behind one that is overloaded and has more load. */
	if (crowd->loaded && avg->load_avg <= crowd->load)
		return;
	if (!balance_nr_fair(rq))
		return;
	if (full_util(rq, avg) > margins->util || avg->runnable_avg > margins->runnable) {
		crowd->loaded = rq;
		crowd->load = avg->load_avg;
		return;
	}
	crowd->on_the_edge |= margins->exact && full_util(rq, avg) == margins->util;
	if (!crowd->longest || rq->nr_running > crowd->longest->nr_running)
		crowd->longest = rq;
}

/* All around from the idle cpu on, which is not crowded itself. */
static void crowd_walk(const struct balance *lb, const struct margins *margins, struct crowd *crowd)
{
	struct cpumask_ring ring = cpumask_ring(lb->cpus, lb->sched->rd.crowded, lb->dst->cpu);
	u64 bits;
	u32 base;

	while (cpumask_ring_next(&ring, &bits, &base))
		for (; bits; bits &= bits - 1)
			crowd_look(&lb->sched->rqs[base + (u32)__builtin_ctzll(bits)], margins,
				   crowd);
}

/* Some other cpu has no capacity left for its one task. */
static not_inline bool any_fully_busy(const struct balance *lb, const struct margins *margins)
{
	const struct cpumask *crowded = lb->sched->rd.crowded;

	for (u32 w = 0; w < crowded->nr_words; w++)
		for (u64 bits = lb->cpus->word[w] & ~crowded->word[w]; bits; bits &= bits - 1) {
			struct rq *rq = &lb->sched->rqs[w * 64 + (u32)__builtin_ctzll(bits)];
			const struct pelt *avg;

			if (!rq->nr_running || !balance_nr_fair(rq))
				continue;
			avg = fair_queue_avg(&rq->fair);
			if (full_util(rq, avg) + margins->exact > margins->util ||
			    avg->runnable_avg > margins->runnable)
				return true;
		}
	return false;
}

/*
 * What balance_look() says of the idle cpu, which has no task and so room to spare, and of an
 * overloaded one: all that is asked of these two kinds.
 */
static struct group_stats idle_stats(struct rq *rq)
{
	const struct pelt *avg = fair_queue_avg(&rq->fair);

	return (struct group_stats){
		.load = avg->load_avg,
		.util = balance_util_of(rq, avg),
		.capacity = CAPACITY_SCALE,
		.weight = 1,
		.type = GROUP_HAS_SPARE,
	};
}

static struct group_stats overloaded_stats(const struct rq *rq, u64 load)
{
	return (struct group_stats){
		.load = load,
		.avg_load = load, /* per capacity, which is full */
		.capacity = CAPACITY_SCALE,
		.nr_running = rq->nr_running,
		.h_nr = balance_nr_fair(rq),
		.weight = 1,
		.type = GROUP_OVERLOADED,
	};
}

/*
 * The cpu with the most tasks, if no cpu is fully busy. False: that cannot be said from the crowd
 * alone.
 */
static bool find_longest(struct balance *lb, const struct margins *margins,
			 const struct crowd *crowd, struct domain_stats *all)
{
	if (!crowd->longest)
		return true;
	if (crowd->on_the_edge)
		return false;
	if (any_fully_busy(lb, margins))
		return true;
	all->busiest = crowd->longest->domain->groups;
	(void)balance_look(lb, all->busiest, false, &all->busiest_stats);
	return true;
}

bool balance_crowd_stats(struct balance *lb, struct domain_stats *all)
{
	struct sched_domain *sd = lb->sd;
	struct margins margins = margins_of(sd);
	struct crowd crowd = {0};

	if (!sd->single_cpus)
		return false;
	balance_refresh_capacity(lb);
	if (lb->sched->rd.nr_reduced || sd->groups->sgc->imbalance)
		return false;
	crowd_walk(lb, &margins, &crowd);
	all->local = sd->groups;
	all->busiest = NULL;
	all->prefer_sibling = false; /* there is no level below */
	if (crowd.loaded) {
		all->busiest = crowd.loaded->domain->groups;
		all->busiest_stats = overloaded_stats(crowd.loaded, crowd.load);
	} else if (!find_longest(lb, &margins, &crowd, all)) {
		return false;
	}
	if (all->busiest)
		all->local_stats = idle_stats(lb->dst);
	if (!sd->parent)
		lb->sched->rd.overloaded = crowd.any;
	return true;
}
