/* SPDX-License-Identifier: MIT */
/* Each cpu gets the domains and groups that its machine's shape implies (fair.md 6.1). */
#include "sched/domain.h"

#include <stdlib.h>
#include <string.h>

#include "domain_fixture.h"

static struct bench *b;

static void setup(void)
{
	b = calloc(1, sizeof(*b));
}

static void teardown(void)
{
	bench_fini(b);
	free(b);
}

TestSuite(domain, .init = setup, .fini = teardown);

/* "SMT MC" for the levels of @cpu, lowest first. */
static const char *levels(u32 cpu)
{
	static char text[256];

	text[0] = '\0';
	for (struct sched_domain *sd = b->sched.rqs[cpu].domain; sd; sd = sd->parent) {
		strcat(text, text[0] ? " " : "");
		strcat(text, domain_level_name(sd->level));
	}
	return text;
}

/* "0,4 1,5": the groups of a domain, its own first. */
static const char *groups(const struct sched_domain *sd)
{
	static char text[4096];
	const struct sched_group *group = sd->groups;
	size_t len = 0;

	do {
		if (len)
			text[len++] = ' ';
		cpumask_format(group->span, text + len, sizeof(text) - len);
		len += strlen(text + len);
		group = group->next;
	} while (group != sd->groups);
	return text;
}

static struct sched_domain *domain_at(u32 cpu, u32 depth)
{
	struct sched_domain *sd = b->sched.rqs[cpu].domain;

	while (depth--)
		sd = sd->parent;
	return sd;
}

static void build(struct shape shape)
{
	bench_init(b, shape, "v6.18");
}

Test(domain, four_cores_below_one_cache_have_mc_only)
{
	build((struct shape){.cores = 4});
	cr_assert_str_eq(levels(0), "MC");
	cr_assert_str_eq(levels(3), "MC");
	cr_assert_str_eq(groups(domain_at(0, 0)), "0 1 2 3");
	cr_assert_str_eq(groups(domain_at(2, 0)), "2 3 0 1");
	cr_assert_eq(domain_at(0, 0)->groups->flags, 0u, "base groups have no flags");
	cr_assert_null(domain_at(0, 0)->child);
	cr_assert_eq(b->sched.cache[3].llc_size, 4u);
	cr_assert_eq(b->sched.cache[3].llc_id, 0u);
}

Test(domain, a_single_cpu_has_no_domain)
{
	build((struct shape){.cores = 1});
	cr_assert_null(b->sched.rqs[0].domain);
	cr_assert_eq(b->sched.cache[0].llc_size, 1u);
	cr_assert_null(b->sched.cache[0].llc_shared);
}

Test(domain, smt_2_by_4_has_smt_and_mc)
{
	build((struct shape){.cores = 4, .threads = 2});
	cr_assert_str_eq(levels(5), "SMT MC");
	cr_assert_str_eq(groups(domain_at(1, 0)), "1 5");
	cr_assert_str_eq(groups(domain_at(5, 0)), "5 1");
	cr_assert_str_eq(groups(domain_at(1, 1)), "1,5 2,6 3,7 0,4");
	cr_assert_eq(domain_at(1, 0)->imbalance_pct, 110u);
	cr_assert_eq(domain_at(1, 0)->cache_nice_tries, 0u);
	cr_assert_eq(domain_at(1, 1)->imbalance_pct, 117u);
	cr_assert_eq(domain_at(1, 1)->cache_nice_tries, 1u);
	cr_assert_eq(domain_at(1, 1)->groups->cores, 1u);
	cr_assert(domain_at(1, 1)->groups->flags & SD_SHARE_CPUCAPACITY);
	cr_assert(domain_at(1, 1)->groups->flags & SD_PREFER_SIBLING);
	cr_assert(b->sched.rd.smt);
}

Test(domain, two_caches_in_a_node_have_mc_and_pkg)
{
	build((struct shape){.cores = 8, .llc_cores = 4});
	cr_assert_str_eq(levels(6), "MC PKG");
	cr_assert_str_eq(groups(domain_at(0, 1)), "0-3 4-7");
	cr_assert_eq(domain_at(0, 1)->groups->cores, 4u);
	cr_assert_eq(domain_at(0, 1)->groups->sgc->capacity, 4096u);
	cr_assert_eq(domain_at(0, 1)->groups, domain_at(3, 1)->groups, "cpus share their group");
	cr_assert_eq(b->sched.cache[6].llc_id, 4u);
	cr_assert_eq(b->sched.cache[6].llc_shared, b->sched.cache[7].llc_shared);
	cr_assert_neq(b->sched.cache[6].llc_shared, b->sched.cache[0].llc_shared);
	cr_assert_eq(b->sched.cache[6].llc_shared->nr_busy_cpus, 4u);
	/* Two caches below: imb_numa_nr is their number. */
	cr_assert_eq(domain_at(0, 1)->imb_numa_nr, 2u);
}

Test(domain, clusters_are_a_level_when_they_are_neither_cores_nor_caches)
{
	build((struct shape){.cores = 8, .cluster_cores = 4});
	cr_assert_str_eq(levels(6), "CLS MC");
	cr_assert(b->sched.rd.clusters);
	cr_assert_eq(b->sched.cache[6].cluster_id, 4u);
	cr_assert_eq(b->sched.cache[6].llc_id, 0u);
	cr_assert(domain_at(6, 1)->groups->flags & SD_CLUSTER);
}

Test(domain, a_cluster_that_is_the_cache_replaces_mc)
{
	/* Equal spans: the parent adds no flag, so it goes. */
	build((struct shape){.cores = 8, .llc_cores = 4, .cluster_cores = 4});
	cr_assert_str_eq(levels(1), "CLS PKG");
}

Test(domain, two_sockets_are_joined_by_a_numa_level)
{
	build((struct shape){.sockets = 2, .cores = 4, .threads = 2});
	cr_assert_str_eq(levels(0), "SMT MC NUMA");
	struct sched_domain *numa = domain_at(0, 2);

	cr_assert_str_eq(groups(numa), "0-3,8-11 4-7,12-15");
	cr_assert(numa->flags & SD_SERIALIZE);
	cr_assert_not(numa->flags & SD_PREFER_SIBLING);
	cr_assert(numa->flags & SD_BALANCE_FORK, "distance 20 is near");
	cr_assert_eq(numa->cache_nice_tries, 2u);
	/* One cache per node: an eighth of the node may be imbalanced. */
	cr_assert_eq(numa->imb_numa_nr, 1u);
	cr_assert_str_eq(groups(domain_at(12, 2)), "4-7,12-15 0-3,8-11");
	cr_assert_eq(domain_at(12, 2)->groups->sgc, numa->groups->next->sgc,
		     "both nodes' rings share a group's capacity");
	cr_assert(cpumask_equal(numa->groups->sgc->balance_mask, numa->groups->span));
}

Test(domain, a_distant_node_is_no_place_for_fork_or_exec)
{
	u32 distance[4] = {10, 31, 31, 10};

	build((struct shape){.sockets = 2, .cores = 2, .distance = distance});
	cr_assert_eq(domain_at(0, 1)->flags & (SD_BALANCE_FORK | SD_BALANCE_EXEC | SD_WAKE_AFFINE),
		     0u);
	cr_assert(domain_at(0, 1)->flags & SD_BALANCE_NEWIDLE);
}

Test(domain, nodes_in_a_ring_have_overlapping_groups)
{
	u32 distance[16] = {10, 20, 30, 20, 20, 10, 20, 30, 30, 20, 10, 20, 20, 30, 20, 10};

	build((struct shape){.sockets = 4, .cores = 2, .distance = distance});
	cr_assert_str_eq(levels(0), "MC NUMA NUMA");
	/* Node 0's neighbours are 1 and 3. */
	cr_assert_str_eq(groups(domain_at(0, 1)), "0-1 2-3 6-7");
	/* The level of all nodes: node 0's neighbourhood, and the one that covers node 2. */
	cr_assert_str_eq(groups(domain_at(0, 2)), "0-3,6-7 2-7");
	/* Only the cpus whose own neighbourhood it is balance into a group. */
	char text[64];

	cpumask_format(domain_at(0, 2)->groups->sgc->balance_mask, text, sizeof(text));
	cr_assert_str_eq(text, "0-1");
}

Test(domain, nodes_inside_a_package_leave_pkg_out)
{
	build((struct shape){.sockets = 1, .cores = 8, .llc_cores = 2, .nodes = 2});
	cr_assert_str_eq(levels(0), "MC NODE NUMA");
	cr_assert_str_eq(groups(domain_at(0, 1)), "0-1 2-3");
}

Test(domain, intervals_follow_the_weight)
{
	build((struct shape){.sockets = 1, .cores = 64, .llc_cores = 16});
	cr_assert_str_eq(levels(63), "MC PKG");
	cr_assert_eq(domain_at(0, 0)->min_interval, 16u);
	cr_assert_eq(domain_at(0, 0)->max_interval, 32u);
	cr_assert_eq(domain_at(0, 1)->balance_interval, 64u);
	cr_assert_eq(domain_at(0, 1)->busy_factor, 16u);
}

Test(domain, a_rebuild_leaves_out_cpus_that_are_not_active)
{
	build((struct shape){.cores = 4, .threads = 2});
	cpumask_clear(b->sched.rd.active, 5);
	domain_build(&b->sched);
	cr_assert_null(b->sched.rqs[5].domain);
	/*
	 * Cpu 1 lost its sibling: its base domain of one cpu is gone, and with it the group's
	 * flags.
	 */
	cr_assert_str_eq(levels(1), "MC");
	cr_assert_str_eq(levels(0), "SMT MC");
	cr_assert_eq(domain_at(1, 0)->weight, 7u);
	cr_assert_eq(domain_at(1, 0)->groups->flags, 0u);
	cr_assert(domain_at(0, 1)->groups->flags & SD_SHARE_CPUCAPACITY);
	cr_assert_eq(b->sched.cache[1].llc_size, 7u);
	cr_assert_eq(b->sched.cache[1].llc_shared->nr_idle_scan, 0u, "no pass has been yet");
	cpumask_set(b->sched.rd.active, 5);
	domain_build(&b->sched);
	cr_assert_str_eq(levels(5), "SMT MC");
}

/* What holds for any machine: spans nest, groups cover, local first, counts agree. */
static void check_domain(u32 cpu, const struct sched_domain *sd)
{
	struct cpumask *covered = cpumask_new(&b->arena, b->sched.nr_cpus);
	const struct sched_group *group = sd->groups;

	cr_assert(cpumask_test(sd->span, cpu));
	cr_assert_eq(sd->weight, cpumask_count(sd->span));
	cr_assert(cpumask_test(group->span, cpu), "the first group is the local one");
	do {
		cr_assert_eq(group->weight, cpumask_count(group->span));
		cr_assert_eq(group->first_cpu, cpumask_next(group->span, 0));
		cr_assert(cpumask_test(group->span, group->last_cpu));
		cr_assert_eq(cpumask_next(group->span, group->last_cpu + 1), b->sched.nr_cpus);
		if (!(sd->flags & SD_NUMA))
			cr_assert_not(cpumask_intersects(covered, group->span));
		cpumask_or(covered, covered, group->span);
		group = group->next;
	} while (group != sd->groups);
	cr_assert(cpumask_equal(covered, sd->span), "groups cover the domain");
	if (sd->parent) {
		cr_assert(cpumask_subset(sd->span, sd->parent->span));
		cr_assert_eq(sd->parent->child, sd);
	} else {
		cr_assert(cpumask_equal(sd->span, b->sched.rd.active), "the top spans the machine");
	}
}

Test(domain, spans_nest_and_groups_cover_on_any_machine)
{
	static const u32 counts[] = {1, 2, 3, 4};

	for (u32 i = 0; i < 256; i++) {
		u32 sockets = counts[i & 3], threads = 1 + (i >> 2 & 1);
		u32 caches = counts[i >> 3 & 3], clusters = 1 + (i >> 5 & 1);
		struct rng rng;

		build((struct shape){.sockets = sockets,
				     .cores = 2 * clusters * caches,
				     .threads = threads,
				     .llc_cores = 2 * clusters,
				     .cluster_cores = clusters});
		rng_init(&rng, i, "domain", 0);
		for (u32 round = 0; round < 3; round++) {
			cpumask_for_each (cpu, b->sched.rd.active)
				for (struct sched_domain *sd = b->sched.rqs[cpu].domain; sd;
				     sd = sd->parent)
					check_domain(cpu, sd);
			for (u32 cpu = 1; cpu < b->sched.nr_cpus; cpu++)
				if (rng_below(&rng, 4) == 0)
					cpumask_clear(b->sched.rd.active, cpu);
			domain_build(&b->sched);
		}
		if (i < 255)
			bench_fini(b);
	}
}

Test(domain, the_largest_machine_has_domains_too)
{
	build((struct shape){.sockets = 8, .cores = 256, .threads = 2, .llc_cores = 8});
	cr_assert_str_eq(levels(4095), "SMT MC PKG NUMA");
	cr_assert_eq(domain_at(4095, 3)->weight, 4096u);
	cr_assert_eq(domain_at(4095, 1)->weight, 16u);
}

/*
 * The kernel counts on from 256 successes in 512 calls; a machine that has been up may have others.
 */
Test(domain, newly_idle_cpus_begin_with_the_rate_of_the_machine)
{
	build((struct shape){.cores = 2});
	cr_assert_eq(domain_at(1, 0)->newidle_ratio, 512u);
	cr_assert_eq(domain_at(1, 0)->newidle_success, 256u);
	b->platform.newidle_ratio = 100;
	domain_build(&b->sched);
	cr_assert_eq(domain_at(1, 0)->newidle_ratio, 100u);
	cr_assert_eq(domain_at(1, 0)->newidle_call, 512u);
	cr_assert_eq(domain_at(1, 0)->newidle_success, 50u, "that rate of 512");
}
