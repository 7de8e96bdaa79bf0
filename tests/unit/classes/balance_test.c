/* SPDX-License-Identifier: MIT */
/* What balancing decides and moves (fair.md 6, 11.10, 11.11). */
#include "classes/fair_balance.h"

#include "smp_fixture.h"

static struct smp *smp;

static void teardown(void)
{
	smp_free(smp);
}

TestSuite(balance, .fini = teardown);

/* ---- 6.3: what a group is like ---- */

struct group_case {
	u32 nr_running, weight;
	u64 util, runnable;
	enum group_type type;
	const char *why;
};

Test(balance, a_group_is_what_its_sums_say)
{
	static const struct group_case cases[] = {
		{0, 1, 0, 0, GROUP_HAS_SPARE, "empty"},
		{1, 1, 874, 1024, GROUP_HAS_SPARE, "1024 * 100 > 874 * 117"},
		{1, 1, 876, 1024, GROUP_FULLY_BUSY, "102400 < 876 * 117 = 102492"},
		{2, 1, 874, 1100, GROUP_HAS_SPARE, "two tasks that need less than a cpu"},
		{2, 1, 876, 1024, GROUP_OVERLOADED, "two tasks, no capacity left"},
		{2, 1, 100, 1199, GROUP_OVERLOADED, "1024 * 117 < 1199 * 100: they wait"},
		{2, 1, 100, 1198, GROUP_HAS_SPARE, "119808 > 119800"},
		{4, 4, 4000, 4000, GROUP_FULLY_BUSY, "one each"},
		{3, 4, 4096, 9999, GROUP_HAS_SPARE, "fewer tasks than cpus"},
	};
	struct sched_group_capacity sgc = {0};
	struct sched_group group = {.sgc = &sgc};

	smp = smp_new((struct smp_options){.cores = 2});
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		struct group_stats stats = {
			.nr_running = cases[i].nr_running,
			.h_nr = cases[i].nr_running,
			.weight = cases[i].weight,
			.capacity = CAPACITY_SCALE * cases[i].weight,
			.util = cases[i].util,
			.runnable = cases[i].runnable,
		};

		group_classify(&stats, &group, 117);
		cr_assert_eq(stats.type, cases[i].type, "%s: %d", cases[i].why, (int)stats.type);
	}
}

Test(balance, pinned_tasks_below_come_before_misfits_but_not_before_overload)
{
	struct sched_group_capacity sgc = {.imbalance = 1};
	struct sched_group group = {.sgc = &sgc};
	struct group_stats stats = {
		.nr_running = 1, .weight = 1, .capacity = 1024, .misfit_load = 1};

	smp = smp_new((struct smp_options){.cores = 2});
	group_classify(&stats, &group, 117);
	cr_assert_eq(stats.type, GROUP_IMBALANCED);
	sgc.imbalance = 0;
	group_classify(&stats, &group, 117);
	cr_assert_eq(stats.type, GROUP_MISFIT);
	stats.smt_balance = true;
	group_classify(&stats, &group, 117);
	cr_assert_eq(stats.type, GROUP_SMT_BALANCE);
	stats.nr_running = 2;
	stats.util = 1024;
	group_classify(&stats, &group, 117);
	cr_assert_eq(stats.type, GROUP_OVERLOADED);
}

Test(balance, the_scan_shrinks_as_the_cache_fills)
{
	smp = smp_new((struct smp_options){.cores = 2});
	/* 5.5: 8 cpus, pct 117. */
	cr_assert_eq(balance_idle_scan(0, 8, 117), 8u);
	cr_assert_eq(balance_idle_scan(8 * 256, 8, 117), 7u);
	cr_assert_eq(balance_idle_scan(8 * 512, 8, 117), 5u);
	cr_assert_eq(balance_idle_scan(8 * 768, 8, 117), 1u);
	cr_assert_eq(balance_idle_scan(8 * 870, 8, 117), 0u);
	cr_assert_eq(balance_idle_scan(16 * 512, 16, 117), 10u);
	/* 11.12: 4 cpus. */
	cr_assert_eq(balance_idle_scan(3072, 4, 117), 0u);
	cr_assert_eq(balance_idle_scan(2048, 4, 117), 2u);
}

/* ---- 6.4, 6.5: decisions on given statistics ---- */

static struct sched_group local_group, busiest_group;

static struct balance pass_of(enum cpu_idle_type idle)
{
	return (struct balance){
		.sched = &smp->sched,
		.sd = smp_rq(smp, 1)->domain,
		.dst = smp_rq(smp, 1),
		.idle = idle,
		.smt_rules = sched_feature(&smp->sched, FEATURE_LB_SMT_BALANCE),
	};
}

/* A cpu with @nr hogs that have run for long. */
static struct group_stats hogs(u32 nr)
{
	struct group_stats stats = {
		.load = 1024 * nr,
		.util = nr ? 1024 : 0,
		.runnable = 1024 * nr,
		.capacity = 1024,
		.nr_running = nr,
		.h_nr = nr,
		.weight = 1,
		.idle_cpus = nr == 0,
	};
	struct sched_group_capacity sgc = {0};

	group_classify(&stats, &(struct sched_group){.sgc = &sgc}, 117);
	if (stats.type == GROUP_OVERLOADED)
		stats.avg_load = stats.load;
	return stats;
}

static struct domain_stats two_groups(struct group_stats local, struct group_stats busiest)
{
	local_group = (struct sched_group){.weight = local.weight, .cores = 1};
	busiest_group = (struct sched_group){.weight = busiest.weight, .cores = 1};
	return (struct domain_stats){
		.local = &local_group,
		.busiest = &busiest_group,
		.local_stats = local,
		.busiest_stats = busiest,
		.total_load = local.load + busiest.load,
		.total_capacity = local.capacity + busiest.capacity,
	};
}

Test(balance, an_idle_cpu_takes_half_of_the_difference)
{
	static const u32 counts[] = {2, 3, 4, 5};
	static const s64 moves[] = {1, 1, 2, 2};

	smp = smp_new((struct smp_options){.cores = 2});
	for (u32 i = 0; i < ARRAY_SIZE(counts); i++) {
		struct balance lb = pass_of(CPU_IDLE);
		struct domain_stats all = two_groups(hogs(0), hogs(counts[i]));

		cr_assert(balance_decide(&lb, &all));
		cr_assert_eq(lb.migration_type, MIGRATE_TASK);
		cr_assert_eq(lb.imbalance, moves[i], "%u hogs", counts[i]);
	}
}

Test(balance, a_single_hog_is_not_pulled)
{
	struct balance lb;
	struct domain_stats all;

	smp = smp_new((struct smp_options){.cores = 2});
	lb = pass_of(CPU_IDLE);
	all = two_groups(hogs(0), hogs(1));
	cr_assert_not(balance_decide(&lb, &all));
}

Test(balance, a_busy_cpu_without_overload_takes_no_tasks)
{
	struct group_stats young = hogs(1);
	struct balance lb;
	struct domain_stats all;

	/*
	 * 11.10: after a move util is still half: has_spare, and sibling_imbalance is 0 for a busy
	 * cpu.
	 */
	smp = smp_new((struct smp_options){.cores = 2});
	young.util = 512;
	young.type = GROUP_HAS_SPARE;
	lb = pass_of(CPU_BUSY);
	all = two_groups(young, hogs(2));
	cr_assert_not(balance_decide(&lb, &all));
}

Test(balance, a_fully_busy_cpu_wants_half_a_hog_from_two)
{
	struct balance lb;
	struct domain_stats all;

	/* 11.10: averages 1024 and 2048, domain 1536. */
	smp = smp_new((struct smp_options){.cores = 2});
	lb = pass_of(CPU_BUSY);
	all = two_groups(hogs(1), hogs(2));
	cr_assert(balance_decide(&lb, &all));
	cr_assert_eq(lb.migration_type, MIGRATE_LOAD);
	cr_assert_eq(lb.imbalance, 512);
}

Test(balance, overloaded_groups_within_the_margin_are_left_alone)
{
	struct group_stats local = hogs(10), busiest = hogs(11);
	struct balance lb;
	struct domain_stats all;

	smp = smp_new((struct smp_options){.cores = 2});
	lb = pass_of(CPU_BUSY);
	all = two_groups(local, busiest);
	cr_assert_not(balance_decide(&lb, &all), "1100 <= 117 * 10");
	all = two_groups(local, hogs(12));
	cr_assert(balance_decide(&lb, &all));
	cr_assert_eq(lb.imbalance, 1024, "both meet at 11");
}

/* A group of four cpus with a cache of its own. */
static struct group_stats cache_of(u32 nr, u64 util)
{
	struct group_stats stats = {
		.load = 1024 * nr,
		.util = util,
		.runnable = 1024 * nr,
		.capacity = 4096,
		.nr_running = nr,
		.h_nr = nr,
		.weight = 4,
		.idle_cpus = nr < 4 ? 4 - nr : 0,
	};
	struct sched_group_capacity sgc = {0};

	group_classify(&stats, &(struct sched_group){.sgc = &sgc}, 117);
	if (stats.type == GROUP_OVERLOADED)
		stats.avg_load = stats.load * 1024 / stats.capacity;
	return stats;
}

Test(balance, an_idle_cache_fills_its_spare_capacity_from_an_overloaded_one)
{
	struct balance lb;
	struct domain_stats all;

	/* 11.11 */
	smp = smp_new((struct smp_options){.cores = 8, .llc_cores = 4});
	lb = pass_of(CPU_IDLE);
	lb.sd = smp_rq(smp, 1)->domain->parent;
	all = two_groups(cache_of(1, 600), cache_of(6, 4096));
	all.prefer_sibling = true;
	cr_assert(balance_decide(&lb, &all));
	/* prefer_sibling only says that something shall move: what is decided by the types. */
	cr_assert_eq(lb.migration_type, MIGRATE_UTIL);
	cr_assert_eq(lb.imbalance, 4096 - 600);
	/* No room by utilisation, but a cpu is idle: one task. */
	all = two_groups(cache_of(1, 4096), cache_of(6, 4096));
	cr_assert(balance_decide(&lb, &all));
	cr_assert_eq(lb.migration_type, MIGRATE_TASK);
	cr_assert_eq(lb.imbalance, 1);
}

Test(balance, groups_that_prefer_siblings_even_out_their_tasks)
{
	struct balance lb;
	struct domain_stats all;

	smp = smp_new((struct smp_options){.cores = 8, .llc_cores = 4});
	lb = pass_of(CPU_IDLE);
	lb.sd = smp_rq(smp, 1)->domain->parent;
	all = two_groups(cache_of(0, 0), cache_of(4, 2000));
	all.prefer_sibling = true;
	cr_assert(balance_decide(&lb, &all));
	cr_assert_eq(lb.imbalance, 2);
	/* Not preferred: idle cpus count, and a difference of one is no reason. */
	all = two_groups(cache_of(2, 0), cache_of(3, 2000));
	cr_assert_not(balance_decide(&lb, &all));
	all = two_groups(cache_of(0, 0), cache_of(3, 2000));
	cr_assert(balance_decide(&lb, &all));
	cr_assert_eq(lb.imbalance, 1, "(4 - 1) / 2");
}

Test(balance, tasks_are_counted_per_core_between_unequal_groups)
{
	struct balance lb;
	struct domain_stats all;

	smp = smp_new((struct smp_options){.cores = 8, .llc_cores = 4});
	lb = pass_of(CPU_IDLE);
	lb.sd = smp_rq(smp, 1)->domain->parent;
	all = two_groups(cache_of(0, 0), cache_of(4, 2000));
	all.prefer_sibling = true;
	local_group.cores = 2;
	busiest_group.cores = 4;
	/* i = 2*4 - 4*0 = 8; (16 + 6) / 6 = 3; half of it. */
	cr_assert(balance_decide(&lb, &all));
	cr_assert_eq(lb.imbalance, 1);
}

Test(balance, siblings_of_a_core_give_one_task_to_an_idle_cpu)
{
	struct group_stats core = hogs(2);
	struct balance lb;
	struct domain_stats all;

	smp = smp_new((struct smp_options){.cores = 4, .threads = 2});
	core.type = GROUP_SMT_BALANCE;
	core.weight = 2;
	lb = pass_of(CPU_IDLE);
	lb.sd = smp_rq(smp, 1)->domain->parent;
	all = two_groups(hogs(0), core);
	busiest_group.flags = SD_SHARE_CPUCAPACITY;
	all.local_stats.weight = 2;
	all.local_stats.idle_cpus = 2;
	cr_assert(balance_decide(&lb, &all));
	cr_assert_eq(lb.migration_type, MIGRATE_TASK);
	cr_assert_eq(lb.imbalance, 1);
}

Test(balance, a_pair_may_stay_on_its_node)
{
	smp = smp_new((struct smp_options){.cores = 2});
	cr_assert_eq(balance_numa_imbalance(2, 1, 2), 0);
	cr_assert_eq(balance_numa_imbalance(3, 1, 2), 3);
	cr_assert_eq(balance_numa_imbalance(2, 3, 2), 2);
}

/* ---- 6.7: intervals ---- */

Test(balance, intervals_in_jiffies)
{
	static const struct {
		u32 hz, cores, idle, busy;
	} cases[] = {
		{250, 2, 1, 7},  {1000, 2, 2, 31},  {250, 4, 1, 15},  {1000, 4, 4, 63},
		{250, 8, 2, 31}, {1000, 8, 8, 127}, {250, 16, 4, 63}, {1000, 16, 16, 255},
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		if (smp)
			smp_free(smp);
		smp = smp_new((struct smp_options){.cores = cases[i].cores, .hz = cases[i].hz});
		cr_assert_eq(balance_interval(&smp->sched, smp_rq(smp, 0)->domain, false),
			     cases[i].idle);
		cr_assert_eq(balance_interval(&smp->sched, smp_rq(smp, 0)->domain, true),
			     cases[i].busy);
	}
}

/* ---- Whole machines ---- */

static struct smp_task *hog(const char *cpus)
{
	return smp_task(smp, (struct sched_attr){0}, cpus ? smp_mask(smp, cpus) : NULL, SEC, 0);
}

Test(balance, three_hogs_on_two_cpus_swap_every_100_to_180_ms)
{
	u64 moves = 0;

	smp = smp_new((struct smp_options){.cores = 2});
	for (u32 i = 0; i < 3; i++)
		smp_start(smp, hog(NULL), 0);
	smp_run(smp, SEC);
	for (u32 i = 0; i < 3; i++)
		moves -= smp->tasks[i].moved;
	smp_run(smp, 4 * SEC);
	for (u32 i = 0; i < 3; i++)
		moves += smp->tasks[i].moved;
	/* 11.10: 39 moves in 6 s, so 19 in 3 s; the spacing seen was 96 to 180 ms. */
	cr_assert(moves >= 3000 / 180 && moves <= 3000 / 96 + 1, "%" PRIu64 " moves in 3 s", moves);
}

Test(balance, two_hogs_on_two_cpus_stay)
{
	smp = smp_new((struct smp_options){.cores = 2});
	for (u32 i = 0; i < 2; i++)
		smp_start(smp, hog(NULL), 0);
	smp_run(smp, 5 * SEC);
	cr_assert_eq(smp_nr(smp, 0), 1u);
	cr_assert_eq(smp->tasks[0].moved + smp->tasks[1].moved, 0u);
}

/* All start on cpu 0 because they may not go elsewhere at first. */
static void release(struct smp_task *task)
{
	task->task.cpus = smp->sched.all_cpus;
	task->task.nr_cpus_allowed = smp->sched.nr_cpus;
}

static void spread_from_one_cpu(struct smp_options options, u32 nr, u64 within)
{
	smp = smp_new(options);
	for (u32 i = 0; i < nr; i++)
		smp_start(smp, hog("0"), 0);
	smp_run(smp, 20 * MSEC);
	cr_assert_eq(smp_nr(smp, 0), nr);
	for (u32 i = 0; i < nr; i++)
		release(&smp->tasks[i]);
	smp_run(smp, 20 * MSEC + within);
}

Test(balance, idle_cpus_without_a_tick_are_kicked_and_pull)
{
	spread_from_one_cpu((struct smp_options){.cores = 4}, 4, 100 * MSEC);
	for (u32 cpu = 0; cpu < 4; cpu++)
		cr_assert_eq(smp_nr(smp, cpu), 1u, "cpu %u has %u", cpu, smp_nr(smp, cpu));
}

Test(balance, hogs_spread_over_cores_before_siblings)
{
	spread_from_one_cpu((struct smp_options){.cores = 4, .threads = 2}, 4, SEC);
	for (u32 core = 0; core < 4; core++)
		cr_assert_eq(smp_nr(smp, core) + smp_nr(smp, core + 4), 1u, "core %u", core);
}

Test(balance, hogs_spread_over_caches_and_nodes)
{
	spread_from_one_cpu((struct smp_options){.sockets = 2, .cores = 8, .llc_cores = 4}, 16,
			    2 * SEC);
	for (u32 cpu = 0; cpu < 16; cpu++)
		cr_assert_eq(smp_nr(smp, cpu), 1u, "cpu %u has %u", cpu, smp_nr(smp, cpu));
}

static void spreads_on(const char *kernel)
{
	spread_from_one_cpu(
		(struct smp_options){.kernel = kernel, .sockets = 2, .cores = 4, .threads = 2}, 32,
		2 * SEC);
	for (u32 cpu = 0; cpu < 16; cpu++)
		cr_assert(smp_nr(smp, cpu) >= 1 && smp_nr(smp, cpu) <= 3, "cpu %u has %u", cpu,
			  smp_nr(smp, cpu));
}

Test(balance, too_many_hogs_are_shared_out_on_6_1)
{
	spreads_on("v6.1");
}

Test(balance, too_many_hogs_are_shared_out_on_6_12)
{
	spreads_on("v6.12");
}

Test(balance, too_many_hogs_are_shared_out_on_6_18)
{
	spreads_on("v6.18");
}

Test(balance, the_running_task_is_pushed_away_by_the_stopper)
{
	struct smp_task *free_hog;

	/* Two hogs on cpu 0, of which the pinned one cannot leave: the other is moved or pushed. */
	smp = smp_new((struct smp_options){.cores = 2, .llc_cores = 1});
	smp_hog_on(smp, 0);
	free_hog = hog("0");
	smp_start(smp, free_hog, 0);
	smp_run(smp, 10 * MSEC);
	release(free_hog);
	smp_run(smp, SEC);
	cr_assert_eq(smp_nr(smp, 0), 1u);
	cr_assert_eq(smp_nr(smp, 1), 1u);
	cr_assert_eq(free_hog->task.cpu, 1);
	cr_assert_not(smp_rq(smp, 0)->active_balance, "nothing is left under way");
}

Test(balance, an_active_push_takes_the_running_task)
{
	struct smp_task *task;
	struct balance lb;

	smp = smp_new((struct smp_options){.cores = 2});
	task = hog("0");
	smp_start(smp, task, 0);
	smp_run(smp, 10 * MSEC);
	release(task);
	lb = pass_of(CPU_IDLE);
	lb.src = smp_rq(smp, 0);
	smp->machine.acting = 1;
	cr_assert(balance_start_active(&lb, 1));
	cr_assert_not(balance_start_active(&lb, 1), "one at a time");
	machine_refresh(&smp->machine, &smp->machine.cpus[1]);
	smp_run(smp, 11 * MSEC);
	cr_assert_eq(task->task.cpu, 1);
	cr_assert_eq(smp_nr(smp, 0), 0u);
	cr_assert_eq(smp_rq(smp, 1)->curr, &task->task);
}

/* ---- Detaching ---- */

Test(balance, no_more_is_taken_than_was_wanted)
{
	struct balance lb;

	smp = smp_new((struct smp_options){.cores = 2});
	for (u32 i = 0; i < 6; i++)
		smp_start(smp, hog("0"), 0);
	smp_run(smp, 200 * MSEC);
	for (u32 i = 0; i < 6; i++)
		release(&smp->tasks[i]);
	lb = pass_of(CPU_BUSY);
	lb.src = smp_rq(smp, 0);
	lb.migration_type = MIGRATE_TASK;
	lb.imbalance = 2;
	lb.loop_max = lb.loop_break = 32;
	lb.sd->nr_balance_failed = 9; /* neither heat nor eligibility hold them */
	lb.cpus = smp_mask(smp, "0-1");
	list_init(&lb.detached);
	rq_update_clock(lb.src);
	cr_assert_eq(balance_detach(&lb), 2u);
	cr_assert_eq(smp_nr(smp, 0), 4u);
	balance_attach(&lb);
	cr_assert_eq(smp_nr(smp, 1), 2u);
	cr_assert(list_empty(&lb.detached));
}

Test(balance, a_pass_looks_at_no_more_tasks_than_allowed)
{
	struct balance lb;

	smp = smp_new((struct smp_options){.cores = 2});
	for (u32 i = 0; i < 40; i++)
		smp_start(smp, hog("0"), 0);
	smp_run(smp, 400 * MSEC);
	lb = pass_of(CPU_BUSY);
	lb.src = smp_rq(smp, 0);
	lb.migration_type = MIGRATE_TASK;
	lb.imbalance = 10;
	lb.loop_max = lb.loop_break = 32;
	lb.cpus = smp_mask(smp, "0-1");
	list_init(&lb.detached);
	rq_update_clock(lb.src);
	cr_assert_eq(balance_detach(&lb), 0u, "all are pinned");
	cr_assert_eq(lb.loop, 33u);
	cr_assert(lb.flags & LB_SOME_PINNED);
	cr_assert(lb.flags & LB_DST_PINNED ? lb.new_dst_cpu != 1 : true);
}

Test(balance, cache_hot_tasks_stay_until_balancing_has_failed_often)
{
	struct balance lb;
	struct smp_task *cold, *warm;

	smp = smp_new((struct smp_options){.cores = 2, .features_off = FEATURE_LB_KEEP_INELIGIBLE});
	smp_hog_on(smp, 0);
	cold = hog("0");
	warm = hog("0");
	smp_start(smp, cold, 0);
	smp_start(smp, warm, 0);
	smp_run(smp, 100 * MSEC);
	release(cold);
	release(warm);
	lb = pass_of(CPU_BUSY);
	lb.src = smp_rq(smp, 0);
	lb.migration_type = MIGRATE_TASK;
	lb.loop_max = lb.loop_break = 32;
	lb.cpus = smp_mask(smp, "0-1");
	list_init(&lb.detached);
	rq_update_clock(lb.src);
	for (u32 i = 0; i < 2; i++)
		smp->tasks[1 + i].task.fair.exec_start = lb.src->clock - (500 * USEC - 1);
	lb.imbalance = 5;
	cr_assert_eq(balance_detach(&lb), 0u);
	lb.loop = 0;
	lb.sd->nr_balance_failed = lb.sd->cache_nice_tries + 1;
	cr_assert_geq(balance_detach(&lb), 1u);
	balance_attach(&lb);
}
