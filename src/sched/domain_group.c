/* SPDX-License-Identifier: MIT */
/*
 * The groups of scheduling domains: what a domain balances between.
 * Kernel: kernel/sched/topology.c; reference: fair.md 6.1.
 *
 * Below the nodes the groups of a span are the spans of the level below, in a ring that all cpus of
 * the span share; each enters it at its own group. Between nodes spans overlap, so each node has a
 * ring of its own; what belongs to a group's cpus (capacity) is still shared between the rings.
 */
#include "sched/domain_build.h"

enum { CAPACITY_SCALE = 1024 };

/* A span of one cpu, for groups at the base. */
static struct cpumask *single_cpu(struct domain_build *build, u32 cpu)
{
	const struct platform *platform = build->sched->platform;
	struct cpumask *mask;

	if (platform->threads == 1)
		return build->sched->machine->topology.core[cpu];
	mask = cpumask_new(build->arena, platform->nr_cpus);
	cpumask_set(mask, cpu);
	return mask;
}

static u32 count_cores(const struct domain_build *build, const struct cpumask *mask)
{
	u32 cores = 0;

	for (u32 w = 0; w < mask->nr_words; w++)
		cores += bits_set(mask->word[w] & build->core_first->word[w]);
	return max_of(cores, 1u);
}

static struct sched_group_capacity *capacity_new(struct domain_build *build, u32 weight,
						 struct cpumask *balance_mask)
{
	struct sched_group_capacity *sgc = arena_new(build->arena, struct sched_group_capacity);

	*sgc = (struct sched_group_capacity){
		.capacity = CAPACITY_SCALE * weight,
		.min_capacity = CAPACITY_SCALE,
		.max_capacity = CAPACITY_SCALE,
		.balance_mask = balance_mask,
	};
	return sgc;
}

static struct sched_group *group_new(struct domain_build *build, const struct span *span, u32 flags)
{
	struct sched_group *group = arena_new(build->arena, struct sched_group);

	*group = (struct sched_group){
		.span = span->mask,
		.weight = span->weight,
		.cores = span->weight == 1 ? 1 : count_cores(build, span->mask),
		.first_cpu = span->first,
		.first_rq = &build->sched->rqs[span->first],
		.last_cpu = span->last,
		.flags = flags,
	};
	return group;
}

/* Closes a ring: @last was linked last. */
static void ring_append(struct sched_group **first, struct sched_group **last,
			struct sched_group *group)
{
	if (*last)
		(*last)->next = group;
	else
		*first = group;
	*last = group;
	group->next = *first;
}

/* ---- Below the nodes ---- */

static void group_of_single(struct domain_build *build, u32 cpu, struct sched_group **first,
			    struct sched_group **last)
{
	struct span span = {.mask = single_cpu(build, cpu), .weight = 1, .first = cpu, .last = cpu};
	struct sched_group *group = group_new(build, &span, 0);

	group->sgc = capacity_new(build, 1, span.mask);
	ring_append(first, last, group);
	build->levels[0].domain[cpu].groups = group;
}

/*
 * The order of the kernel's last cpu to build it: from the span's last cpu on, wrapping around.
 * For the usual numberings that is ascending order from anywhere.
 */
static void ring_of_span(struct domain_build *build, u32 l, struct span *span)
{
	struct span **child = l ? build->levels[l - 1].span : NULL;
	struct sched_group *last = NULL;
	u32 cpu = span->last;

	for (u32 i = 0; i < span->weight; i++) {
		if (!child) {
			group_of_single(build, cpu, &span->ring, &last);
		} else if (!child[cpu]->group) {
			struct sched_group *group =
				group_new(build, child[cpu],
					  build->levels[l - 1].domain[cpu].flags);

			group->sgc = capacity_new(build, group->weight, group->span);
			child[cpu]->group = group;
			ring_append(&span->ring, &last, group);
		}
		cpu = cpumask_next_wrap(span->mask, cpu + 1);
	}
}

static void partition_groups(struct domain_build *build, u32 l)
{
	struct domain_level *level = &build->levels[l];

	cpumask_for_each (cpu, build->active) {
		struct span *span = level->span[cpu];

		if (build->depth[cpu] != l + 1)
			continue;
		if (!span->ring)
			ring_of_span(build, l, span);
		if (l)
			level->domain[cpu].groups = build->levels[l - 1].span[cpu]->group;
	}
}

/* ---- Between nodes ---- */

/* The highest level below @l at which @cpu's span lies within @within. */
static u32 descend(const struct domain_build *build, u32 l, u32 cpu, const struct cpumask *within)
{
	u32 below = l - 1;

	while (below > 0 && !cpumask_subset(build->levels[below].span[cpu]->mask, within))
		below--;
	return below;
}

/*
 * The cpus that may balance into @group: those for which it is the local group, so whose own span
 * at the group's level is the same set. Decided once per node.
 */
static struct cpumask *balance_mask(struct domain_build *build, u32 below, const struct span *group)
{
	const struct platform *platform = build->sched->platform;
	struct cpumask *mask = cpumask_new(build->arena, platform->nr_cpus);
	u8 *same = arena_alloc(build->scratch, platform->nodes);

	enum { UNKNOWN, NO, YES };

	cpumask_for_each (cpu, group->mask) {
		u8 *node = &same[platform->cpu[cpu].node];
		const struct span *own = build->levels[below].span[cpu];

		if (*node == UNKNOWN)
			*node = own == group || cpumask_equal(own->mask, group->mask) ? YES : NO;
		if (*node == YES)
			cpumask_set(mask, cpu);
	}
	return mask;
}

/* Groups with the same first balancing cpu at one level share their capacity. */
static struct sched_group_capacity *shared_capacity(struct domain_build *build,
						    struct sched_group_capacity **by_cpu, u32 below,
						    const struct span *group)
{
	struct cpumask *mask = balance_mask(build, below, group);
	u32 first = cpumask_next(mask, 0);

	if (!by_cpu[first])
		by_cpu[first] = capacity_new(build, group->weight, mask);
	return by_cpu[first];
}

static void overlapping_ring(struct domain_build *build, u32 l, u32 start,
			     struct sched_group_capacity **by_cpu)
{
	struct span *span = build->levels[l].span[start];
	struct cpumask *covered = cpumask_new(build->scratch, build->sched->nr_cpus);
	struct sched_group *last = NULL;
	u32 cpu = start;

	for (u32 i = 0; i < span->weight; i++, cpu = cpumask_next_wrap(span->mask, cpu + 1)) {
		u32 below;
		struct sched_group *group;
		const struct span *child;

		/* A cpu whose chain was complete lower down has no domain here. */
		if (cpumask_test(covered, cpu) || build->depth[cpu] != l + 1)
			continue;
		below = descend(build, l, cpu, span->mask);
		child = build->levels[below].span[cpu];
		group = group_new(build, child, build->levels[below].domain[cpu].flags);
		group->sgc = shared_capacity(build, by_cpu, below, child);
		cpumask_or(covered, covered, child->mask);
		ring_append(&span->ring, &last, group);
	}
}

static void overlapping_groups(struct domain_build *build, u32 l)
{
	struct domain_level *level = &build->levels[l];
	struct sched_group_capacity **by_cpu =
		arena_array(build->scratch, struct sched_group_capacity *, build->sched->nr_cpus);

	cpumask_for_each (cpu, build->active) {
		if (build->depth[cpu] != l + 1)
			continue;
		if (!level->span[cpu]->ring)
			overlapping_ring(build, l, cpu, by_cpu);
		level->domain[cpu].groups = level->span[cpu]->ring;
	}
}

void domain_groups_build(struct domain_build *build, u32 l)
{
	if (build->levels[l].level >= SD_LEVEL_NUMA)
		overlapping_groups(build, l);
	else
		partition_groups(build, l);
}
