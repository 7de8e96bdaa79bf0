/* SPDX-License-Identifier: MIT */
/* Spans and distances between cpus: one mask per core, cluster, cache and node, shared by its cpus.
 */
#include "machine/topology.h"

/* Masks by the number that @offset of struct platform_cpu holds. */
static struct cpumask **spans(const struct platform *platform, struct arena *arena, size_t offset)
{
	struct cpumask **by_cpu = arena_array(arena, struct cpumask *, platform->nr_cpus);
	struct cpumask **by_number = arena_array(arena, struct cpumask *, platform->nr_cpus);

	for (u32 cpu = 0; cpu < platform->nr_cpus; cpu++) {
		u16 number = *(const u16 *)((const char *)&platform->cpu[cpu] + offset);

		if (!by_number[number])
			by_number[number] = cpumask_new(arena, platform->nr_cpus);
		cpumask_set(by_number[number], cpu);
		by_cpu[cpu] = by_number[number];
	}
	return by_cpu;
}

void topology_init(struct topology *topology, struct arena *arena, const struct platform *platform)
{
	topology->platform = platform;
	topology->nr_cpus = platform->nr_cpus;
	topology->core = spans(platform, arena, offsetof(struct platform_cpu, core));
	topology->cluster = spans(platform, arena, offsetof(struct platform_cpu, cluster));
	topology->llc = spans(platform, arena, offsetof(struct platform_cpu, llc));
	topology->node = spans(platform, arena, offsetof(struct platform_cpu, node));
}

u64 topology_migration_cost(const struct topology *topology, u32 a, u32 b)
{
	const struct costs *costs = &topology->platform->costs;

	switch (topology_distance(topology, a, b)) {
	case CPU_SAME:
		return 0;
	case CPU_SAME_CORE:
		return costs->migrate_core;
	case CPU_SAME_LLC:
		return costs->migrate_llc;
	case CPU_SAME_NODE:
		return costs->migrate_node;
	case CPU_REMOTE:
		return costs->migrate_remote;
	}
	return 0;
}
