/* SPDX-License-Identifier: MIT */
/* A shape is completed from what is given, and refused when what is given cannot be. */
#include "model/platform.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/bitset.h"

static struct arena arena;

static void setup(void)
{
	arena_init(&arena);
}

static void teardown(void)
{
	arena_fini(&arena);
}

TestSuite(platform, .init = setup, .fini = teardown);

static struct platform blank(void)
{
	struct platform platform;

	platform_init(&platform);
	return platform;
}

static void complete(struct platform *platform)
{
	const char *error = NULL;

	cr_assert(platform_complete(platform, &arena, &error), "%s", error);
}

static void refused(struct platform platform, const char *part)
{
	const char *error = NULL;

	cr_assert_not(platform_complete(&platform, &arena, &error));
	cr_assert_not_null(strstr(error, part), "'%s' is not in '%s'", part, error);
}

static void assert_cpu(const struct platform *p, u32 cpu, struct platform_cpu want)
{
	const struct platform_cpu *is = &p->cpu[cpu];

	cr_assert(is->core == want.core && is->cluster == want.cluster && is->llc == want.llc &&
			  is->socket == want.socket && is->node == want.node,
		  "cpu %u: core %u cluster %u llc %u socket %u node %u", cpu, is->core, is->cluster,
		  is->llc, is->socket, is->node);
}

Test(platform, nothing_said_is_one_cpu)
{
	struct platform p = blank();

	complete(&p);
	cr_assert_eq(p.nr_cpus, 1);
	cr_assert_eq(p.nr_cores, 1);
	cr_assert_eq(p.nodes, 1);
}

Test(platform, a_number_of_cpus_is_one_socket_of_cores_with_one_cache)
{
	struct platform p = blank();

	p.nr_cpus = 8;
	complete(&p);
	cr_assert_eq(p.sockets, 1);
	cr_assert_eq(p.cores, 8);
	cr_assert_eq(p.threads, 1);
	cr_assert_eq(p.nr_llcs, 1);
	cr_assert_eq(p.nr_clusters, 8);
	assert_cpu(&p, 7, (struct platform_cpu){.core = 7, .cluster = 7});
}

/* 2 sockets x 4 cores x 2 threads, 2 last-level caches per socket, first threads first. */
Test(platform, with_threads_last_siblings_are_half_the_machine_apart)
{
	struct platform p = blank();

	p.sockets = 2;
	p.cores = 4;
	p.threads = 2;
	p.llc_cores = 2;
	complete(&p);
	cr_assert_eq(p.nr_cpus, 16);
	cr_assert_eq(p.nr_cores, 8);
	cr_assert_eq(p.nr_llcs, 4);
	cr_assert_eq(p.nodes, 2);
	assert_cpu(&p, 0, (struct platform_cpu){0});
	assert_cpu(&p, 3, (struct platform_cpu){.core = 3, .cluster = 3, .llc = 1});
	assert_cpu(
		&p, 5,
		(struct platform_cpu){.core = 5, .cluster = 5, .llc = 2, .socket = 1, .node = 1});
	assert_cpu(
		&p, 13,
		(struct platform_cpu){.core = 5, .cluster = 5, .llc = 2, .socket = 1, .node = 1});
}

Test(platform, with_threads_first_siblings_are_neighbours)
{
	struct platform p = blank();

	p.nr_cpus = 8;
	p.threads = 2;
	p.cluster_cores = 2;
	p.threads_last = false;
	complete(&p);
	cr_assert_eq(p.cores, 4);
	assert_cpu(&p, 0, (struct platform_cpu){0});
	assert_cpu(&p, 1, (struct platform_cpu){0});
	assert_cpu(&p, 6, (struct platform_cpu){.core = 3, .cluster = 1});
}

Test(platform, the_missing_figure_is_what_makes_the_product_right)
{
	struct platform sockets = blank(), threads = blank(), nodes = blank();

	sockets.nr_cpus = 32, sockets.cores = 8, sockets.threads = 2;
	complete(&sockets);
	cr_assert_eq(sockets.sockets, 2);

	threads.nr_cpus = 8, threads.cores = 4;
	complete(&threads);
	cr_assert_eq(threads.threads, 2);
	cr_assert_eq(threads.sockets, 1);

	nodes.nr_cpus = 8, nodes.nodes = 2;
	complete(&nodes);
	cr_assert_eq(nodes.sockets, 2);
	cr_assert_eq(nodes.cores, 4);
}

Test(platform, nodes_may_split_a_socket_and_caches_follow)
{
	struct platform p = blank();

	p.nr_cpus = 8;
	p.sockets = 1;
	p.nodes = 2;
	complete(&p);
	cr_assert_eq(p.llc_cores, 4);
	assert_cpu(&p, 4, (struct platform_cpu){.core = 4, .cluster = 4, .llc = 1, .node = 1});
}

Test(platform, nodes_may_hold_several_sockets)
{
	struct platform p = blank();

	p.nr_cpus = 8;
	p.sockets = 4;
	p.nodes = 2;
	complete(&p);
	assert_cpu(
		&p, 4,
		(struct platform_cpu){.core = 4, .cluster = 4, .llc = 2, .socket = 2, .node = 1});
}

Test(platform, contradictions_are_refused_with_the_figures)
{
	struct platform p = blank();

	p.nr_cpus = 8, p.sockets = 2, p.cores = 4, p.threads = 2;
	refused(p, "2 sockets of 4 cores of 2 threads are 16 cpus, not 8");
	p = blank();
	p.nr_cpus = 9, p.threads = 2;
	refused(p, "9 cpus cannot be divided evenly");
	p = blank();
	p.nr_cpus = 8, p.llc_cores = 3;
	refused(p, "last-level caches of 3 cores do not divide a socket of 8 cores");
	p = blank();
	p.nr_cpus = 8, p.llc_cores = 4, p.cluster_cores = 3;
	refused(p, "clusters of 3 cores do not divide a last-level cache of 4 cores");
	p = blank();
	p.nr_cpus = 8, p.sockets = 1, p.nodes = 2, p.llc_cores = 8;
	refused(p, "last-level caches of 8 cores do not divide a node of 4 cores");
	p = blank();
	p.nr_cpus = 8, p.sockets = 2, p.nodes = 3;
	refused(p, "3 nodes cannot share 2 sockets");
	p = blank();
	p.nr_cpus = 12, p.sockets = 2, p.cores = 6, p.nodes = 3;
	refused(p, "3 nodes cannot share 2 sockets");
}

Test(platform, the_limit_of_cpus_is_told)
{
	struct platform p = blank();

	p.nr_cpus = CPUS_MAX;
	complete(&p);
	p = blank();
	p.nr_cpus = CPUS_MAX + 1;
	refused(p, "4097 cpus are more than the limit of 4096");
	p = blank();
	p.sockets = UINT32_MAX, p.cores = UINT32_MAX, p.threads = UINT32_MAX;
	refused(p, "more than the limit");
	p = blank();
	p.cores = 2, p.threads = 16;
	refused(p, "16 threads per core are more than the limit");
}

Test(platform, the_tick_is_the_rounded_period_of_hz)
{
	static const struct {
		u32 hz;
		u64 tick_ns;
	} table[] = {{100, 10000000}, {250, 4000000}, {300, 3333333}, {1000, 1000000}};

	for (u32 i = 0; i < ARRAY_SIZE(table); i++) {
		struct platform p = blank();

		p.hz = table[i].hz;
		complete(&p);
		cr_assert_eq(p.tick_ns, table[i].tick_ns);
	}
	struct platform p = blank();
	p.hz = 512;
	refused(p, "HZ 512 does not exist");
	/* The grid of ticks goes through it, whatever its period. */
	p = blank();
	p.tick_phase_ns = 9000001;
	complete(&p);
	cr_assert_eq(p.tick_phase_ns, 1000001);
}

/* Reference: process.md 2.1. */
Test(platform, pid_max_grows_with_the_cpus_unless_it_is_given)
{
	static const u32 table[][2] = {
		{8, 32768}, {32, 32768}, {64, 65536}, {256, 262144}, {4096, 4194304}};

	for (u32 i = 0; i < ARRAY_SIZE(table); i++) {
		struct platform p = blank();

		p.nr_cpus = table[i][0];
		complete(&p);
		cr_assert_eq(p.pid_max, table[i][1]);
	}
	struct platform p = blank();
	p.pid_max = 1000;
	complete(&p);
	cr_assert_eq(p.pid_max, 1000);
	p = blank();
	p.pid_max = 300;
	refused(p, "pid_max 300 is outside 301..4194304");
}

Test(platform, distances_are_10_and_20_unless_given)
{
	struct platform p = blank();
	u32 given[] = {10, 17, 32, 10}, wrong[] = {10, 17, 9, 10};

	p.nr_cpus = 8, p.nodes = 2;
	complete(&p);
	cr_assert_eq(platform_node_distance(&p, 1, 1), 10);
	cr_assert_eq(platform_node_distance(&p, 0, 1), 20);
	p = blank();
	p.nr_cpus = 8, p.nodes = 2, p.distance = given;
	complete(&p);
	cr_assert_eq(platform_node_distance(&p, 0, 1), 17);
	cr_assert_eq(platform_node_distance(&p, 1, 0), 32);
	p = blank();
	p.nr_cpus = 8, p.nodes = 2, p.distance = wrong;
	refused(p, "from node 1 to node 0 is 9");
}

Test(platform, the_preemption_model_is_left_to_the_kernel_row)
{
	cr_assert_eq(blank().preempt, PREEMPT_UNSET);
	cr_assert_eq(preempt_model_find("lazy"), PREEMPT_LAZY);
	cr_assert_eq(preempt_model_find("rt"), PREEMPT_RT);
	cr_assert_eq(preempt_model_find("realtime"), -1);
}

Test(costs, presets_are_found_by_name)
{
	struct costs costs;

	cr_assert(costs_preset("x86-64", &costs));
	cr_assert_eq(costs.switch_same_mm, 600);
	cr_assert_eq(costs.reap, 10000);
	cr_assert_eq(*cost_at(&costs, COST_ID_ipi), 1000);
	cr_assert(costs_preset("zero", &costs));
	for (u32 i = 0; i < NR_COSTS; i++)
		cr_assert_eq(*cost_at(&costs, i), 0);
	cr_assert_not(costs_preset("arm64", &costs));
}
