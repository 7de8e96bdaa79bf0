/* SPDX-License-Identifier: MIT */
/* Spans and distances between cpus. */
#ifndef OSSIM_MACHINE_TOPOLOGY_H
#define OSSIM_MACHINE_TOPOLOGY_H

#include "base/bitset.h"
#include "model/platform.h"

/* How far a task's cache contents are when it moves. */
enum cpu_distance { CPU_SAME, CPU_SAME_CORE, CPU_SAME_LLC, CPU_SAME_NODE, CPU_REMOTE };

struct topology {
	const struct platform *platform;
	u32 nr_cpus;
	struct cpumask **core;    /* by cpu: its siblings, itself included */
	struct cpumask **cluster; /* by cpu: cpus sharing its L2 (at least its core) */
	struct cpumask **llc;     /* by cpu */
	struct cpumask **node;    /* by cpu */
};

/* Masks are shared between the cpus of a group and live in @arena. */
void topology_init(struct topology *topology, struct arena *arena, const struct platform *platform);

static inline enum cpu_distance topology_distance(const struct topology *t, u32 a, u32 b)
{
	const struct platform_cpu *x = &t->platform->cpu[a], *y = &t->platform->cpu[b];

	if (a == b)
		return CPU_SAME;
	if (x->core == y->core)
		return CPU_SAME_CORE;
	if (x->llc == y->llc)
		return CPU_SAME_LLC;
	return x->node == y->node ? CPU_SAME_NODE : CPU_REMOTE;
}

/* The cold-cache cost of a move from cpu @a to cpu @b. */
u64 topology_migration_cost(const struct topology *topology, u32 a, u32 b);

#endif
