/* SPDX-License-Identifier: MIT */
/*
 * Where new tasks start, if many come at once.
 *
 * Each of them changes one cpu, so a hundred thousand at time 0 need not look at a thousand cpus
 * each: how idle these are stands in a tournament in which one key changes from one to the next. It
 * comes to what fair_select_slow.c's walk over the cpus comes to; a test holds the two together.
 */
#include "classes/fair_balance.h"
#include "classes/fair_select.h"

struct fair_births {
	struct clock idleness; /* by cpu, the less the idler; of equals the lower number */
	u32 nr;                /* births it knows of */
	u32 row_first, pct;    /* what it is about */
};

/* It pays for itself with so many cpus, after so many births. */
enum { CPUS_MIN = 32, BIRTHS_MIN = 8 };

bool fair_births_know(const struct sched *sched, const struct sched_domain *sd,
		      const struct task *task)
{
	const struct births *births = &sched->births;
	u32 first;

	if (!births->in_row || births->nr - births->row_first < BIRTHS_MIN || sd->weight < CPUS_MIN)
		return false;
	/* The numbers are in a row, too. */
	first = cpumask_next(sd->span, 0);
	return cpumask_next(sd->span, first + sd->weight) >= sd->span->nr_bits &&
	       cpumask_subset(sd->span, task->cpus);
}

static void look_at(struct fair_births *known, struct rq *rq)
{
	clock_set(&known->idleness, rq->cpu, balance_idleness(rq, known->pct));
}

static struct fair_births *births_new(struct sched *sched)
{
	struct fair_births *known = arena_new(sched->arena, struct fair_births);

	clock_init(&known->idleness, sched->arena, sched->nr_cpus);
	fair_balance_of(sched)->births = known;
	return known;
}

/* What it knows becomes true again, for @pct: of the last birth's cpu, or of all. */
static struct fair_births *births_now(struct sched *sched, u32 pct)
{
	const struct births *births = &sched->births;
	struct fair_births *known = fair_balance_of(sched)->births;

	if (!known)
		known = births_new(sched);
	if (known->row_first == births->row_first && known->pct == pct &&
	    known->nr + 1 == births->nr) {
		look_at(known, sched_rq(sched, births->cpu));
	} else {
		known->row_first = births->row_first;
		known->pct = pct;
		for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++)
			look_at(known, sched_rq(sched, cpu));
	}
	known->nr = births->nr;
	return known;
}

struct rq *fair_births_idlest(struct sched *sched, const struct sched_domain *sd, u32 this_cpu)
{
	const struct clock *idleness = &births_now(sched, sd->imbalance_pct)->idleness;
	u32 first = cpumask_next(sd->span, 0);
	u64 behind = clock_least(idleness, this_cpu + 1, first + sd->weight);
	u64 before = clock_least(idleness, first, this_cpu);

	return sched_rq(sched,
			clock_key_cpu(clock_key_when(before) < clock_key_when(behind) ? before
										      : behind));
}
