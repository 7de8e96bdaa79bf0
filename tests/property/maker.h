/* SPDX-License-Identifier: MIT */
/* Makes the generated machines and workloads: any, from a seed. */
#ifndef OSSIM_TESTS_MAKER_H
#define OSSIM_TESTS_MAKER_H

#include "talk.h"

#include "base/bitset.h"
#include "base/rng.h"
#include "model/builder.h"

enum { TASKS_MAX = 9 };

struct maker {
	struct builder *b;
	/* all but rng: what came later, so that all else stays as it is */
	struct rng rng, clones, groups, cookies;
	u32 nr_groups;
	struct talk talk;
	u32 nr_cpus, nr_tasks;
	bool with_rt, with_deadlines, with_masks, with_changes, with_signals, with_ext,
		with_cookies;
	u32 loop_depth;
	struct cpumask *used; /* cpus that have events already */
};

static inline u32 below(struct maker *m, u32 n)
{
	return (u32)rng_below(&m->rng, n);
}

static inline bool chance(struct maker *m, u32 percent)
{
	return below(m, 100) < percent;
}

static inline bool is_realtime(u32 policy)
{
	return policy_is_rt(policy) || policy == POLICY_DEADLINE;
}

/*
 * With all that comes and goes by itself: cpus, interrupts, a policy of the ext class. Before the
 * tasks.
 */
void maker_machine(struct maker *m, u64 seed);
/* What tasks share, their groups, and m->nr_tasks of them. */
void maker_tasks(struct maker *m);

#endif
