/* SPDX-License-Identifier: MIT */
/* What newly idle cpus and cpus without a tick do about work elsewhere (fair.md 6.8, 6.9). */
#include "classes/fair_nohz.h"

#include "smp_fixture.h"

static struct smp *smp;

static void teardown(void)
{
	smp_free(smp);
}

TestSuite(balance_idle, .fini = teardown);

static struct rq *rq_at(u32 cpu)
{
	return sched_rq(&smp->sched, cpu);
}

static struct fair_balance *shared_state(void)
{
	return fair_balance_of(&smp->sched);
}

static void release_all(void)
{
	for (u32 i = 0; i < smp->nr_tasks; i++) {
		smp->tasks[i].task.cpus = smp->sched.all_cpus;
		smp->tasks[i].task.nr_cpus_allowed = smp->sched.nr_cpus;
	}
}

/* @nr hogs wait on cpu 0, free to go, none of them hot; cpu 1 idles. */
static void crowd(struct smp_options options, u32 nr)
{
	options.features_off |= FEATURE_NI_RANDOM | FEATURE_LB_KEEP_INELIGIBLE;
	smp = smp_new(options);
	for (u32 i = 0; i < nr; i++)
		smp_hog_on(smp, 0);
	smp_run(smp, 50 * MSEC);
	release_all();
	smp->machine.acting = 1;
	rq_update_clock(rq_at(1));
}

Test(balance_idle, a_newly_idle_cpu_pulls_one_task)
{
	crowd((struct smp_options){.cores = 2}, 5);
	cr_assert_gt(fair_newidle_balance(rq_at(1)), 0);
	cr_assert_eq(smp_nr(smp, 1), 1u, "one, although half of five was wanted");
	cr_assert_eq(smp_nr(smp, 0), 4u);
	cr_assert_eq(rq_at(1)->idle_stamp, 0u, "it is not idle after all");
}

Test(balance_idle, nobody_looks_when_no_cpu_has_two_tasks)
{
	crowd((struct smp_options){.cores = 2}, 2);
	smp->sched.rd.overloaded = false;
	cr_assert_eq(fair_newidle_balance(rq_at(1)), 0);
	cr_assert_eq(smp_nr(smp, 1), 0u);
	cr_assert_eq(rq_at(1)->idle_stamp, rq_at(1)->clock);
}

Test(balance_idle, nobody_looks_for_longer_than_he_will_idle)
{
	crowd((struct smp_options){.cores = 2, .balance_cost = 700}, 3);
	rq_at(1)->domain->max_newidle_lb_cost = 1000;
	rq_at(1)->avg_idle = 999;
	cr_assert_eq(fair_newidle_balance(rq_at(1)), 0);
	rq_at(1)->avg_idle = 1000;
	cr_assert_gt(fair_newidle_balance(rq_at(1)), 0);
}

Test(balance_idle, a_pass_costs_what_the_machine_says)
{
	crowd((struct smp_options){.cores = 4, .llc_cores = 2, .balance_cost = 700}, 1);
	smp->sched.rd.overloaded = true;
	cr_assert_eq(fair_newidle_balance(rq_at(1)), 0, "a running task is not pulled");
	cr_assert_eq(rq_at(1)->domain->max_newidle_lb_cost, 700u);
	cr_assert_eq(rq_at(1)->domain->parent->max_newidle_lb_cost, 700u);
	cr_assert_eq(smp->machine.cpus[1].kernel_until, smp->machine.now + 1400, "two levels");
	cr_assert_not(smp->sched.rd.overloaded, "the top level has seen that nobody waits");
}

Test(balance_idle, a_higher_class_on_the_cpu_restarts_the_pick)
{
	struct smp_task *rt;

	crowd((struct smp_options){.cores = 2}, 3);
	rt = smp_task(smp, (struct sched_attr){.policy = POLICY_FIFO, .rt_priority = 1},
		      smp_mask(smp, "1"), SEC, 0);
	smp_start(smp, rt, 1);
	cr_assert_lt(fair_newidle_balance(rq_at(1)), 0);
}

Test(balance_idle, failing_calls_lower_the_rate_and_successes_raise_it)
{
	struct sched_domain *sd;

	crowd((struct smp_options){.cores = 2}, 1);
	sd = rq_at(1)->domain;
	/* 512 further failures make 1024 calls with the 256 successes it began with. */
	for (u32 i = 0; i < 512; i++) {
		smp->sched.rd.overloaded = true;
		fair_newidle_balance(rq_at(1));
	}
	cr_assert_eq(sd->newidle_ratio, 256u);
	cr_assert_eq(sd->newidle_call, 512u);
	cr_assert_eq(sd->newidle_success, 128u);
}

/* ---- NOHZ ---- */

Test(balance_idle, cpus_without_a_tick_are_in_the_mask_until_a_busy_tick)
{
	smp = smp_new((struct smp_options){.cores = 4});
	cr_assert_eq(shared_state()->nr_nohz_idle, 4u);
	cr_assert_eq(smp->sched.cache[0].llc_shared->nr_busy_cpus, 0u);
	smp_hog_on(smp, 2);
	smp_run(smp, MSEC);
	cr_assert(cpumask_test(shared_state()->nohz_idle, 2), "no tick yet");
	smp_run(smp, 9 * MSEC);
	cr_assert_not(cpumask_test(shared_state()->nohz_idle, 2));
	cr_assert_eq(shared_state()->nr_nohz_idle, 3u);
	cr_assert_eq(smp->sched.cache[0].llc_shared->nr_busy_cpus, 1u);
}

Test(balance_idle, ticks_go_on_in_idle_while_the_boot_has_left_work)
{
	smp = smp_new((struct smp_options){.cores = 4, .nohz_from_ns = 20 * MSEC});
	cr_assert_eq(shared_state()->nr_nohz_idle, 0u);
	smp_run(smp, 19 * MSEC);
	for (u32 cpu = 0; cpu < 4; cpu++)
		cr_assert_neq(smp->machine.cpus[cpu].tick_at, NEVER);
	smp_run(smp, 29 * MSEC); /* the next one finds nothing */
	for (u32 cpu = 0; cpu < 4; cpu++)
		cr_assert_eq(smp->machine.cpus[cpu].tick_at, NEVER);
	cr_assert_eq(shared_state()->nr_nohz_idle, 4u);
}

Test(balance_idle, an_overloaded_cpus_tick_kicks_the_first_idle_cpu)
{
	crowd((struct smp_options){.cores = 4}, 2);
	shared_state()->next_balance = 0;
	rq_at(0)->idle_balance = false;
	smp->machine.acting = 0;
	fair_nohz_tick(rq_at(0));
	cr_assert(rq_at(1)->nohz_kick & NOHZ_BALANCE_KICK);
	cr_assert_eq(rq_at(2)->nohz_kick & NOHZ_BALANCE_KICK, 0u);
	cr_assert_neq(smp->machine.cpus[1].ipi_at, NEVER);
	cr_assert_eq(shared_state()->next_balance, machine_jiffies(&smp->machine) + 1);
}

Test(balance_idle, the_kicked_cpu_balances_for_the_others_first)
{
	crowd((struct smp_options){.cores = 4}, 4);
	for (u32 cpu = 0; cpu < 4; cpu++)
		rq_at(cpu)->next_balance = 0;
	for (u32 cpu = 1; cpu < 4; cpu++)
		rq_at(cpu)->domain->last_balance = 0;
	rq_at(1)->nohz_kick = NOHZ_BALANCE_KICK | NOHZ_STATS_KICK;
	fair_nohz_run(rq_at(1));
	/* 2 takes half of four, 3 half of the two that are left, and this cpu one of cpu 2's. */
	for (u32 cpu = 0; cpu < 4; cpu++)
		cr_assert_eq(smp_nr(smp, cpu), 1u, "cpu %u has %u", cpu, smp_nr(smp, cpu));
	cr_assert_eq(rq_at(1)->nohz_kick, 0u);
}

Test(balance_idle, without_nohz_idle_cpus_balance_at_their_ticks)
{
	smp = smp_new((struct smp_options){.cores = 2, .no_nohz = true});
	cr_assert_eq(shared_state()->nr_nohz_idle, 0u);
	smp_hog_on(smp, 0);
	smp_hog_on(smp, 0);
	smp_run(smp, 20 * MSEC);
	release_all();
	smp_run(smp, 60 * MSEC);
	cr_assert_eq(smp_nr(smp, 0), 1u);
	cr_assert_eq(smp_nr(smp, 1), 1u);
}

/* ---- 6.2, 6.3: a newly idle cpu sees the crowd only, and decides as if it had seen all ---- */

/* Tasks, fair ones among them, and averages about the edges of group_classify(). */
static void invent_load(struct rq *rq, struct rng *rng)
{
	static const u32 utils[] = {0, 300, 874, 875, 876, 1024};
	static const u32 runnables[] = {0, 500, 1024, 1198, 1199, 3000};
	u32 nr = (u32)rng_below(rng, 4), fair = (u32)rng_below(rng, nr + 1);

	rq->nr_running = nr;
	rq->fair.h_nr_queued = fair;
	rq->fair.h_nr_runnable = (u32)rng_below(rng, fair + 1);
	rq->curr = nr && rng_below(rng, 4) ? rq->stop : rq->idle; /* or it has not switched yet */
	rq->fair.avg.util_avg = utils[rng_below(rng, ARRAY_SIZE(utils))];
	rq->fair.avg.runnable_avg = runnables[rng_below(rng, ARRAY_SIZE(runnables))];
	rq->fair.avg.load_avg = rng_below(rng, 3) * 1000;
	if (nr > 1)
		cpumask_set(smp->sched.rd.crowded, rq->cpu);
	else
		cpumask_clear(smp->sched.rd.crowded, rq->cpu);
}

static struct balance newidle_pass(u32 cpu)
{
	struct balance lb = {
		.sched = &smp->sched,
		.sd = rq_at(cpu)->domain,
		.dst = rq_at(cpu),
		.idle = CPU_NEWLY_IDLE,
		.smt_rules = sched_feature(&smp->sched, FEATURE_LB_SMT_BALANCE),
		.cpus = smp_mask(smp, "0-11"),
	};

	cpumask_clear(lb.cpus, (cpu + 5) % 12); /* one is left out: its tasks are pinned */
	return lb;
}

static void crowd_is_enough(const char *kernel)
{
	struct rng rng;

	smp = smp_new((struct smp_options){.cores = 12, .kernel = kernel});
	rng_init(&rng, 1, "crowd", 0);
	for (u32 round = 0; round < 3000; round++) {
		u32 here = (u32)rng_below(&rng, 12);
		struct balance few = newidle_pass(here), all = newidle_pass(here);
		struct sched_group *from_few, *from_all;
		bool overloaded;

		for (u32 cpu = 0; cpu < 12; cpu++)
			invent_load(rq_at(cpu), &rng);
		rq_at(here)->nr_running = rq_at(here)->fair.h_nr_queued = 0;
		rq_at(here)->fair.h_nr_runnable = 0;
		rq_at(here)->curr = rq_at(here)->idle;
		cpumask_clear(smp->sched.rd.crowded, here);
		from_few = balance_find_group(&few);
		overloaded = smp->sched.rd.overloaded;
		smp->sched.rd.nr_reduced++; /* then all cpus are looked at */
		from_all = balance_find_group(&all);
		smp->sched.rd.nr_reduced--;
		cr_assert_eq(smp->sched.rd.overloaded, overloaded, "round %u", round);
		cr_assert_eq(!from_few, !from_all, "round %u", round);
		if (!from_all)
			continue;
		cr_assert_eq(from_few->first_cpu, from_all->first_cpu, "round %u", round);
		cr_assert_eq(few.imbalance, all.imbalance, "round %u", round);
		cr_assert_eq(few.migration_type, all.migration_type, "round %u", round);
	}
}

Test(balance_idle, the_crowd_is_enough_to_decide_6_1)
{
	crowd_is_enough("v6.1");
}

Test(balance_idle, the_crowd_is_enough_to_decide_6_18)
{
	crowd_is_enough("v6.18");
}

/* ---- What other classes leave of a cpu ---- */

/*
 * A hog of 50 ms becomes a task of @attr while it runs. What it runs from then on is that class'
 * use of the cpu: at the tick 6 ms later (1 - y^6) * 1024, with y^32 = 1/2, or 125; what the cpu
 * did before is not.
 */
static void expect_used_from_now_on(struct sched_attr attr, const struct pelt *avg)
{
	cr_assert_eq(smp->sched.rqs[0].curr, &smp->tasks[0].task);
	cr_assert_eq(sched_set_attr(&smp->sched, &smp->tasks[0].task, &attr), SCHED_OK);
	cr_assert_eq(avg->util_avg, 0u);
	smp_run(smp, 56 * MSEC + 100 * USEC);
	cr_assert(avg->util_avg >= 100 && avg->util_avg <= 125, "%u", (u32)avg->util_avg);
}

Test(balance_idle, who_becomes_real_time_while_it_runs_has_used_nothing_before)
{
	crowd((struct smp_options){.cores = 2}, 1);
	smp->machine.acting = 0;
	expect_used_from_now_on((struct sched_attr){.policy = POLICY_FIFO, .rt_priority = 1},
				&rq_at(0)->rt.avg);
}

Test(balance_idle, who_becomes_a_deadline_task_while_it_runs_has_used_nothing_before)
{
	crowd((struct smp_options){.cores = 2}, 1);
	smp->machine.acting = 0;
	expect_used_from_now_on((struct sched_attr){.policy = POLICY_DEADLINE,
						    .dl_runtime = 50 * MSEC,
						    .dl_deadline = 100 * MSEC,
						    .dl_period = 100 * MSEC},
				&rq_at(0)->avg_dl);
}

/* ---- When ticks balance ---- */

static u64 first_move;

static void note_first_move(struct smp *of)
{
	if (!first_move && smp_nr(of, 1) == 2)
		first_move = of->machine.now;
}

/* When a busy cpu 1 pulls the first of four hogs from cpu 0. */
static u64 pulled_at(u64 softirq_ns)
{
	first_move = 0;
	smp = smp_new((struct smp_options){
		.cores = 2, .softirq_ns = softirq_ns, .features_off = FEATURE_LB_KEEP_INELIGIBLE});
	for (u32 i = 0; i < 5; i++)
		smp_hog_on(smp, i == 4);
	smp_run(smp, 50 * MSEC);
	release_all();
	smp->check = note_first_move;
	smp_run(smp, 500 * MSEC);
	return first_move;
}

/* Ticks come at multiples of 4 ms. */
Test(balance_idle, a_pass_is_made_in_the_tick_or_in_its_softirq)
{
	cr_assert_gt(pulled_at(0), 50 * MSEC);
	cr_assert_eq(first_move % (4 * MSEC), 0u);
	smp_free(smp);
	cr_assert_gt(pulled_at(13 * USEC), 50 * MSEC);
	cr_assert_eq(first_move % (4 * MSEC), 13 * USEC);
}

/*
 * 250 ticks a second: the last of two cpus that came up counted one, so it is a tenth of a second.
 */
Test(balance_idle, an_interval_is_at_most_what_the_cpus_before_the_last_allow)
{
	smp = smp_new((struct smp_options){.cores = 2});
	cr_assert_eq(shared_state()->max_interval, 25u);
	smp_free(smp);
	smp = smp_new((struct smp_options){.cores = 8});
	cr_assert_eq(shared_state()->max_interval, 175u);
}
