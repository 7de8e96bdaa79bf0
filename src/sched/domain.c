/* SPDX-License-Identifier: MIT */
/*
 * Scheduling domains: for each cpu a chain of ever larger spans, from its core to all nodes.
 * Kernel: kernel/sched/topology.c, arch/x86/kernel/smpboot.c; reference: fair.md 6.1.
 *
 * A level is built for all cpus before the next one: spans first (one object per set of cpus, so
 * that work and memory follow the number of cores and caches, not of cpus), then domains, then
 * groups. At the end levels that say nothing new are taken out of each cpu's chain.
 */
#include "sched/domain.h"

#include "base/ensure.h"
#include "base/fixed.h"
#include "sched/domain_build.h"
#include "sched/schedstat.h"

enum { DISTANCE_LOCAL = 10, RECLAIM_DISTANCE = 30, BUSY_FACTOR = 16 };
/* Calls that the ratio of those that paid stands for; half of them are counted on. */
enum { NEWIDLE_CALLS = 512 };

/* Flags that mean nothing in a domain of one group. */
enum {
	SD_NEEDS_GROUPS = SD_BALANCE_NEWIDLE | SD_BALANCE_EXEC | SD_BALANCE_FORK | SD_BALANCE_WAKE |
			  SD_SHARE_CPUCAPACITY | SD_SHARE_LLC | SD_CLUSTER | SD_SERIALIZE |
			  SD_PREFER_SIBLING | SD_NUMA
};

/* ---- Spans ---- */

static struct span *domain_span_new(struct domain_build *build, struct cpumask *mask)
{
	struct span *span = arena_new(build->scratch, struct span);

	span->mask = mask;
	span->weight = cpumask_count(mask);
	span->first = cpumask_next(mask, 0);
	for (u32 w = mask->nr_words; w-- > 0;) {
		if (mask->word[w]) {
			span->last = w * 64 + log2_floor(mask->word[w]);
			break;
		}
	}
	return span;
}

/* The topology's own mask where all of it is active, else a copy without the rest. */
static struct cpumask *active_part(struct domain_build *build, struct cpumask *mask)
{
	struct cpumask *part;

	if (cpumask_subset(mask, build->active))
		return mask;
	part = cpumask_new(build->arena, mask->nr_bits);
	cpumask_and(part, mask, build->active);
	return part;
}

/* Spans of a level whose masks partition the machine. */
static void partition_spans(struct domain_build *build, struct span **spans, struct cpumask **mask)
{
	cpumask_for_each (cpu, build->active) {
		u32 first = cpumask_next_and(mask[cpu], build->active, 0);

		spans[cpu] = first < cpu ? spans[first]
					 : domain_span_new(build, active_part(build, mask[cpu]));
	}
}

/* All active cpus of nodes within @distance of @node. */
static struct cpumask *near_cpus(struct domain_build *build, struct cpumask *const *node_mask,
				 u32 node, u32 distance)
{
	const struct platform *platform = build->sched->platform;
	struct cpumask *mask = cpumask_new(build->arena, platform->nr_cpus);

	for (u32 other = 0; other < platform->nodes; other++)
		if (node_mask[other] && platform_node_distance(platform, node, other) <= distance)
			cpumask_or(mask, mask, node_mask[other]);
	cpumask_and(mask, mask, build->active);
	return mask;
}

static void numa_spans(struct domain_build *build, struct span **spans, u32 distance)
{
	const struct platform *platform = build->sched->platform;
	const struct topology *topology = &build->sched->machine->topology;
	struct cpumask **node_mask = arena_array(build->scratch, struct cpumask *, platform->nodes);
	struct span **of_node = arena_array(build->scratch, struct span *, platform->nodes);

	for (u32 cpu = 0; cpu < platform->nr_cpus; cpu++)
		node_mask[platform->cpu[cpu].node] = topology->node[cpu];
	cpumask_for_each (cpu, build->active) {
		u32 node = platform->cpu[cpu].node;

		if (!of_node[node])
			of_node[node] =
				domain_span_new(build, near_cpus(build, node_mask, node, distance));
		spans[cpu] = of_node[node];
	}
}

/* ---- Levels ---- */

static u32 level_flags(const struct domain_level *level)
{
	u32 flags = SD_BALANCE_NEWIDLE | SD_BALANCE_EXEC | SD_BALANCE_FORK | SD_WAKE_AFFINE |
		    SD_PREFER_SIBLING;

	switch (level->level) {
	case SD_LEVEL_SMT:
		return flags | SD_SHARE_CPUCAPACITY | SD_SHARE_LLC;
	case SD_LEVEL_CLS:
		return flags | SD_CLUSTER | SD_SHARE_LLC;
	case SD_LEVEL_MC:
		return flags | SD_SHARE_LLC;
	case SD_LEVEL_PKG:
	case SD_LEVEL_NODE:
		return flags;
	}
	flags = (flags & ~(u32)SD_PREFER_SIBLING) | SD_SERIALIZE | SD_NUMA;
	if (level->distance > RECLAIM_DISTANCE)
		flags &= ~(u32)(SD_BALANCE_EXEC | SD_BALANCE_FORK | SD_WAKE_AFFINE);
	return flags;
}

static void init_domain(struct domain_build *build, const struct domain_level *level,
			struct sched_domain *sd, u32 cpu)
{
	u64 jiffies = machine_jiffies(build->sched->machine);
	u32 flags = level_flags(level), weight = level->span[cpu]->weight;

	*sd = (struct sched_domain){
		.span = level->span[cpu]->mask,
		.weight = weight,
		.flags = flags,
		.level = level->level,
		.imbalance_pct = flags & SD_SHARE_CPUCAPACITY ? 110 : 117,
		.cache_nice_tries = flags & SD_SHARE_CPUCAPACITY ? 0
				    : flags & SD_NUMA            ? 2
								 : 1,
		.busy_factor = BUSY_FACTOR,
		.min_interval = weight,
		.max_interval = 2 * weight,
		.balance_interval = weight,
		.last_balance = jiffies,
		.last_decay_max_lb_cost = jiffies,
		.newidle_call = NEWIDLE_CALLS,
		.newidle_success = build->sched->platform->newidle_ratio / 2,
		.newidle_ratio = build->sched->platform->newidle_ratio,
	};
}

/* Adds a level for the cpus whose chain does not span the machine yet. */
static void add_level(struct domain_build *build, u32 kind, u32 distance, struct span **spans)
{
	u32 l = build->nr_levels++;
	struct domain_level *level = &build->levels[l];

	ensure(l < DOMAIN_LEVELS_MAX);
	*level = (struct domain_level){
		.level = kind,
		.distance = distance,
		.span = spans,
		.domain = arena_array(build->arena, struct sched_domain, build->sched->nr_cpus),
	};
	cpumask_for_each (cpu, build->active) {
		struct sched_domain *sd = &level->domain[cpu];

		if (build->depth[cpu] < l)
			continue;
		build->depth[cpu] = l + 1;
		init_domain(build, level, sd, cpu);
		schedstat_domain(build->sched, sd);
		if (l) {
			sd->child = &level[-1].domain[cpu];
			sd->child->parent = sd;
		}
	}
	domain_groups_build(build, l);
}

/* True while some cpu's domains do not span all active cpus. */
static bool unfinished(const struct domain_build *build)
{
	cpumask_for_each (cpu, build->active)
		if (build->depth[cpu] == build->nr_levels)
			return true;
	return false;
}

/* A cpu whose chain is complete takes no part in the levels above. */
static void close_finished(struct domain_build *build)
{
	const struct domain_level *top = &build->levels[build->nr_levels - 1];

	cpumask_for_each (cpu, build->active)
		if (build->depth[cpu] == build->nr_levels &&
		    top->span[cpu]->weight == build->nr_active)
			build->depth[cpu] = 0;
}

static void add_partition_level(struct domain_build *build, u32 kind, struct cpumask **mask)
{
	struct span **spans;

	if (!unfinished(build))
		return;
	spans = arena_array(build->scratch, struct span *, build->sched->nr_cpus);
	partition_spans(build, spans, mask);
	add_level(build, kind, 0, spans);
	close_finished(build);
}

static void add_numa_levels(struct domain_build *build)
{
	const struct platform *platform = build->sched->platform;
	bool seen[256] = {false};

	for (u32 i = 0; i < platform->nodes * platform->nodes; i++)
		seen[platform->distance[i] & 0xff] = true;
	for (u32 distance = DISTANCE_LOCAL + 1, n = 0; distance < ARRAY_SIZE(seen); distance++) {
		struct span **spans;

		if (!seen[distance] || !unfinished(build))
			continue;
		spans = arena_array(build->scratch, struct span *, build->sched->nr_cpus);
		numa_spans(build, spans, distance);
		add_level(build, SD_LEVEL_NUMA + n++, distance, spans);
		close_finished(build);
	}
}

static void add_levels(struct domain_build *build)
{
	const struct platform *platform = build->sched->platform;
	const struct topology *topology = &build->sched->machine->topology;

	if (build->sched->rd.smt)
		add_partition_level(build, SD_LEVEL_SMT, topology->core);
	add_partition_level(build, SD_LEVEL_CLS, topology->cluster);
	add_partition_level(build, SD_LEVEL_MC, topology->llc);
	/* Nodes inside a package (sub-NUMA clusters) leave PKG without a meaning. */
	if (platform->nodes <= platform->sockets)
		add_partition_level(build, SD_LEVEL_PKG, topology->node);
	add_partition_level(build, SD_LEVEL_NODE, topology->node);
	add_numa_levels(build);
}

/* ---- Degeneration ---- */

static bool one_group(const struct sched_domain *sd)
{
	return sd->groups == sd->groups->next;
}

static bool is_degenerate(const struct sched_domain *sd)
{
	if (sd->weight == 1)
		return true;
	return !(sd->flags & SD_NEEDS_GROUPS && !one_group(sd)) && !(sd->flags & SD_WAKE_AFFINE);
}

/* @parent adds nothing to @sd. */
static bool parent_degenerate(const struct sched_domain *sd, const struct sched_domain *parent)
{
	u32 flags = parent->flags;

	if (is_degenerate(parent))
		return true;
	if (sd->weight != parent->weight) /* a child lies within its parent */
		return false;
	if (one_group(parent))
		flags &= ~(u32)SD_NEEDS_GROUPS;
	return !(flags & ~sd->flags);
}

/* cpu_attach_domain(): the lowest domain that is left, or NULL. */
static struct sched_domain *degenerate(struct sched_domain *sd)
{
	for (struct sched_domain *at = sd, *parent; (parent = at->parent);) {
		if (!parent_degenerate(at, parent)) {
			at = parent;
			continue;
		}
		at->parent = parent->parent;
		if (parent->parent) {
			parent->parent->child = at;
			parent->parent->groups->flags = at->flags;
		}
		at->flags |= parent->flags & SD_PREFER_SIBLING;
	}
	if (!is_degenerate(sd))
		return sd;
	sd = sd->parent;
	if (sd) {
		/*
		 * Now the base. The kernel clears the whole ring: the same where all cores are
		 * alike.
		 */
		sd->child = NULL;
		sd->groups->flags = 0;
	}
	return sd;
}

/* How many tasks a node may have more than another: fair.md 6.1, before degeneration. */
static void set_imb_numa_nr(struct sched_domain *sd)
{
	u32 imbalance = 0, first_span = 1;

	for (; sd; sd = sd->parent) {
		const struct sched_domain *numa = sd->parent;

		if (sd->flags & SD_SHARE_LLC || !sd->child || !(sd->child->flags & SD_SHARE_LLC)) {
			sd->imb_numa_nr = imbalance * max_of(1u, sd->weight / first_span);
			continue;
		}
		u32 nr_llcs = sd->weight / sd->child->weight;

		imbalance = max_of(1u, nr_llcs == 1 ? sd->weight / 8 : nr_llcs);
		sd->imb_numa_nr = imbalance;
		while (numa && !(numa->flags & SD_NUMA))
			numa = numa->parent;
		first_span = numa ? numa->weight : sd->weight;
	}
}

/* ---- Short cuts ---- */

static void count_busy(const struct sched *sched, struct sched_domain *llc)
{
	llc->shared->nr_busy_cpus = llc->weight;
	cpumask_for_each (cpu, llc->span)
		llc->shared->nr_busy_cpus -= sched->rqs[cpu].nohz_tick_stopped;
}

static void cache_domains(struct sched *sched, u32 cpu)
{
	struct domain_cache *cache = &sched->cache[cpu];

	*cache = (struct domain_cache){.llc_size = 1, .llc_id = cpu, .cluster_id = cpu};
	for (struct sched_domain *sd = sched->rqs[cpu].domain; sd; sd = sd->parent) {
		if (sd->flags & SD_SHARE_LLC)
			cache->llc = sd;
		if (sd->flags & SD_CLUSTER && !cache->cluster)
			cache->cluster = sd;
	}
	if (!cache->llc)
		return;
	cache->llc_size = cache->llc->weight;
	cache->llc_id = cache->cluster_id = cpumask_next(cache->llc->span, 0);
	if (cache->cluster) {
		cache->cluster_id = cpumask_next(cache->cluster->span, 0);
		sched->rd.clusters = true;
	}
}

/* One block for all cpus of a last-level cache; a cpu's cache entry comes after its first cpu's. */
static void share_llc(struct sched *sched, u32 cpu)
{
	struct domain_cache *cache = &sched->cache[cpu];

	if (!cache->llc)
		return;
	if (cache->llc_id != cpu) {
		cache->llc->shared = sched->cache[cache->llc_id].llc_shared;
	} else {
		cache->llc->shared = arena_new(sched->arena, struct sched_domain_shared);
		count_busy(sched, cache->llc);
		/*
		 * A machine that has been up and idle scans its whole cache: that is what its
		 * passes have come to. Domains built later start without a scan, as in the kernel.
		 */
		cache->llc->shared->nr_idle_scan = sched->rd.built ? 0 : cache->llc_size;
	}
	cache->llc_shared = cache->llc->shared;
	cache->first_word = cache->llc_id / 64;
	cache->last_word = sched->cache[cache->llc_id].last_word;
	if (cache->llc_id == cpu)
		for (u32 w = 0; w < cache->llc->span->nr_words; w++)
			if (cache->llc->span->word[w])
				cache->last_word = w;
}

/* ---- The build ---- */

static void build_begin(struct domain_build *build, struct sched *sched, struct arena *scratch)
{
	const struct topology *topology = &sched->machine->topology;

	build->sched = sched;
	build->arena = sched->arena;
	build->scratch = scratch;
	build->active = sched->rd.active;
	build->nr_active = cpumask_count(sched->rd.active);
	build->nr_levels = 0;
	build->depth = arena_array(scratch, u32, sched->nr_cpus);
	build->core_first = cpumask_new(scratch, sched->nr_cpus);
	sched->rd.smt = sched->rd.clusters = false;
	cpumask_for_each (cpu, sched->rd.active) {
		if (cpumask_next_and(topology->core[cpu], sched->rd.active, 0) == cpu)
			cpumask_set(build->core_first, cpu);
		else
			sched->rd.smt = true;
	}
}

/*
 * Domains without a child have groups of single cpus; so have those whose children all degenerated
 * as each was a single cpu.
 */
static void mark_single_cpus(const struct domain_build *build)
{
	const struct sched_domain *lowest = build->levels[0].domain;
	bool all_alone = true;

	cpumask_for_each (cpu, build->active)
		all_alone &= lowest[cpu].weight == 1;
	cpumask_for_each (cpu, build->active) {
		struct sched_domain *base = build->sched->rqs[cpu].domain;

		if (base)
			base->single_cpus = base == &lowest[cpu] || all_alone;
	}
}

void domain_build(struct sched *sched)
{
	struct domain_build *build;
	struct arena scratch;

	arena_init(&scratch);
	build = arena_new(&scratch, struct domain_build);
	build_begin(build, sched, &scratch);
	if (!sched->rd.idle)
		sched->rd.idle = cpumask_new(sched->arena, sched->nr_cpus);
	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++)
		sched->rqs[cpu].domain = NULL;
	add_levels(build);
	cpumask_for_each (cpu, sched->rd.active) {
		struct sched_domain *base = &build->levels[0].domain[cpu];

		set_imb_numa_nr(base);
		sched->rqs[cpu].domain = degenerate(base);
	}
	mark_single_cpus(build);
	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++) {
		cache_domains(sched, cpu);
		share_llc(sched, cpu);
	}
	sched->rd.built = true;
	arena_fini(&scratch);
}
