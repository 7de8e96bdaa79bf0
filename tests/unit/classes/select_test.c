/* SPDX-License-Identifier: MIT */
/* Which cpu a waking or new task gets (fair.md 5), step by step and against the rule cpu by cpu. */
#include "classes/fair_select.h"

#include "smp_fixture.h"

static struct smp *smp;

static void teardown(void)
{
	smp_free(smp);
}

TestSuite(select, .fini = teardown);

static void set_scan(u32 cpu, u32 nr)
{
	smp->sched.cache[cpu].llc_shared->nr_idle_scan = nr;
}

/* ---- 11.12 and 5.5 ---- */

Test(select, a_scan_looks_at_so_many_cpus_after_the_target)
{
	struct task *task;

	smp = smp_new((struct smp_options){.cores = 4});
	task = smp_waking_task(smp, NULL);
	smp_make_busy(smp, 0);
	smp_make_busy(smp, 1);
	smp_make_busy(smp, 2);
	set_scan(0, 0);
	cr_assert_eq(fair_select_idle_cpu(&smp->sched, task, 1, false), CPU_NONE);
	set_scan(0, 2);
	cr_assert_eq(fair_select_idle_cpu(&smp->sched, task, 1, false), 3u);
	cr_assert_eq(fair_select_idle_cpu(&smp->sched, task, 0, false), CPU_NONE, "only 1 and 2");
	cr_assert_eq(fair_select_idle_sibling(&smp->sched, task, 1, 0), 0u, "then the target");
}

Test(select, cpus_that_are_not_allowed_do_not_count_as_looked_at)
{
	struct task *task;

	smp = smp_new((struct smp_options){.cores = 8});
	task = smp_waking_task(smp, "0,6-7");
	for (u32 cpu = 0; cpu < 7; cpu++)
		smp_make_busy(smp, cpu);
	set_scan(0, 2);
	cr_assert_eq(fair_select_idle_cpu(&smp->sched, task, 0, false), 7u);
}

Test(select, a_cpu_with_a_wakeup_on_its_way_is_not_idle)
{
	struct task *task;

	smp = smp_new((struct smp_options){.cores = 2});
	task = smp_waking_task(smp, NULL);
	smp_make_busy(smp, 0);
	smp_rq(smp, 1)->ttwu_pending = true;
	set_scan(0, 2);
	cr_assert_eq(fair_select_idle_cpu(&smp->sched, task, 0, false), CPU_NONE);
	smp_rq(smp, 1)->ttwu_pending = false;
	cr_assert_eq(fair_select_idle_cpu(&smp->sched, task, 0, false), 1u);
}

Test(select, an_idle_core_comes_before_an_idle_sibling)
{
	struct task *task;

	smp = smp_new((struct smp_options){.cores = 4, .threads = 2});
	task = smp_waking_task(smp, NULL);
	smp_make_busy(smp, 0);
	smp_make_busy(smp, 1);
	smp_make_busy(smp, 2);
	smp->sched.cache[0].llc_shared->has_idle_cores = true;
	cr_assert_eq(fair_select_idle_cpu(&smp->sched, task, 0, true), 3u,
		     "cores 1 and 2 are half busy");
	smp_make_busy(smp, 3);
	cr_assert_eq(fair_select_idle_cpu(&smp->sched, task, 0, true), 5u,
		     "sibling of the first core seen");
	cr_assert_not(smp->sched.cache[0].llc_shared->has_idle_cores, "the search found none");
}

Test(select, going_idle_beside_an_idle_sibling_makes_an_idle_core)
{
	struct sched_domain_shared *shared;

	smp = smp_new((struct smp_options){.cores = 2, .threads = 2});
	shared = smp->sched.cache[0].llc_shared;
	shared->has_idle_cores = false;
	smp_make_busy(smp, 0);
	smp_make_busy(smp, 2); /* its sibling */
	smp_rq(smp, 0)->nr_running = 0;
	fair_update_idle_core(smp_rq(smp, 0));
	cr_assert_not(shared->has_idle_cores);
	smp_rq(smp, 0)->curr = smp_rq(smp, 0)->idle;
	fair_update_idle_core(smp_rq(smp, 2));
	cr_assert(shared->has_idle_cores);
}

/* ---- 5.4 ---- */

Test(select, target_then_previous_then_recent)
{
	struct task *task;

	smp = smp_new((struct smp_options){.cores = 8});
	task = smp_waking_task(smp, NULL);
	task->recent_used_cpu = 5;
	set_scan(0, 8);
	cr_assert_eq(fair_select_idle_sibling(&smp->sched, task, 3, 1), 1u, "the target is idle");
	smp_make_busy(smp, 1);
	cr_assert_eq(fair_select_idle_sibling(&smp->sched, task, 3, 1), 3u, "the previous cpu is");
	smp_make_busy(smp, 3);
	cr_assert_eq(fair_select_idle_sibling(&smp->sched, task, 3, 1), 5u, "the recent one is");
	cr_assert_eq(task->recent_used_cpu, 3);
	cr_assert_eq(fair_select_idle_sibling(&smp->sched, task, 3, 1), 2u, "the scan's first");
}

/* select_idle_sibling() asks for in_task(). */
Test(select, a_per_cpu_threads_wakee_stays_with_it_but_not_an_interrupts)
{
	struct task *task;

	smp = smp_new((struct smp_options){.cores = 4});
	task = smp_waking_task(smp, NULL);
	smp_make_busy(smp, 0);
	smp->busy.flags = TASK_FLAG_KTHREAD;
	smp->busy.nr_cpus_allowed = 1;
	set_scan(0, 4);
	smp->machine.acting = 0;
	cr_assert_eq(fair_select_idle_sibling(&smp->sched, task, 0, 0), 0u);
	smp->machine.in_irq = true;
	cr_assert_eq(fair_select_idle_sibling(&smp->sched, task, 0, 0), 1u);
	smp->machine.in_irq = false;
	smp->busy.flags |= TASK_FLAG_NO_PREEMPT;
	cr_assert_eq(fair_select_idle_sibling(&smp->sched, task, 0, 0), 1u, "it serves softirqs");
	smp->busy.flags = TASK_FLAG_KTHREAD;
	smp->busy.nr_cpus_allowed = 2;
	cr_assert_eq(fair_select_idle_sibling(&smp->sched, task, 0, 0), 1u, "it is not of one cpu");
}

Test(select, a_task_stays_in_its_targets_cache)
{
	struct task *task;

	smp = smp_new((struct smp_options){.cores = 8, .llc_cores = 4});
	task = smp_waking_task(smp, NULL);
	for (u32 cpu = 0; cpu < 4; cpu++)
		smp_make_busy(smp, cpu);
	set_scan(0, 4);
	cr_assert_eq(fair_select_idle_sibling(&smp->sched, task, 6, 1), 1u,
		     "cpu 6 is idle but does not share the cache");
}

Test(select, a_cluster_comes_before_the_rest_of_the_cache)
{
	struct task *task;

	smp = smp_new((struct smp_options){.cores = 8, .cluster_cores = 4});
	task = smp_waking_task(smp, NULL);
	smp_make_busy(smp, 4);
	smp_make_busy(smp, 5);
	set_scan(0, 8);
	/* Wrap order from 6 would be 6, 7, 0 for a target of 5, but 1 for a target of 0. */
	cr_assert_eq(fair_select_idle_cpu(&smp->sched, task, 5, false), 6u);
	smp_make_busy(smp, 6);
	smp_make_busy(smp, 7);
	cr_assert_eq(fair_select_idle_cpu(&smp->sched, task, 5, false), 0u);
	smp_rq(smp, 4)->curr = smp_rq(smp, 4)->idle;
	smp_rq(smp, 4)->nr_running = 0;
	cpumask_set(smp->sched.rd.idle, 4);
	cr_assert_eq(fair_select_idle_cpu(&smp->sched, task, 7, false), 4u);
	/* An idle previous cpu of another cluster is only the last resort. */
	smp_make_busy(smp, 4);
	for (u32 cpu = 0; cpu < 3; cpu++)
		smp_make_busy(smp, cpu);
	cr_assert_eq(fair_select_idle_sibling(&smp->sched, task, 3, 5), 3u);
}

/* ---- The scan against the rule ---- */

static bool is_free(u32 cpu)
{
	return rq_is_idle(smp_rq(smp, cpu)) || rq_is_sched_idle(smp_rq(smp, cpu));
}

/* select_idle_cpu() for a cache without clusters, one cpu at a time. */
static u32 rule_idle_cpu(const struct task *task, u32 target, bool has_idle_core)
{
	const struct cpumask *span = smp->sched.cache[target].llc->span;
	struct cpumask *cpus = cpumask_new(&smp->arena, smp->sched.nr_cpus);
	u32 nr = smp->sched.cache[target].llc_shared->nr_idle_scan + 1, fallback = CPU_NONE;

	if (nr == 1)
		return CPU_NONE;
	cpumask_and(cpus, span, task->cpus);
	for (u32 i = 1; i <= smp->sched.nr_cpus; i++) {
		u32 cpu = (target + i) % smp->sched.nr_cpus;
		const struct cpumask *core = smp->machine.topology.core[cpu];
		bool core_idle = true;

		if (!cpumask_test(cpus, cpu))
			continue;
		if (!has_idle_core) {
			if (--nr == 0)
				return CPU_NONE;
			if (is_free(cpu))
				return cpu;
			continue;
		}
		cpumask_for_each (s, core)
			core_idle &= rq_is_idle(smp_rq(smp, s));
		if (core_idle)
			return cpu;
		cpumask_for_each (s, core)
			if (fallback == CPU_NONE && cpumask_test(cpus, s) && is_free(s))
				fallback = s;
		cpumask_andnot(cpus, cpus, core);
	}
	return fallback;
}

static void randomize(struct rng *rng)
{
	u32 density = (u32)rng_below(rng, 5);

	for (u32 cpu = 0; cpu < smp->sched.nr_cpus; cpu++) {
		struct rq *rq = smp_rq(smp, cpu);
		bool idle = rng_below(rng, 5) < density;

		rq->curr = idle ? rq->idle : &smp->busy;
		rq->nr_running = idle ? rng_below(rng, 8) == 0 : 1 + (u32)rng_below(rng, 2);
		rq->ttwu_pending = rng_below(rng, 8) == 0;
		rq->fair.h_nr_idle = !idle && rng_below(rng, 6) == 0 ? rq->nr_running : 0;
		if (idle)
			cpumask_set(smp->sched.rd.idle, cpu);
		else
			cpumask_clear(smp->sched.rd.idle, cpu);
	}
}

static void check_scan(struct rng *rng, struct task *task, struct cpumask *allowed, u64 seed)
{
	u32 target = (u32)rng_below(rng, smp->sched.nr_cpus);
	bool cores = smp->sched.rd.smt && rng_below(rng, 2);
	u32 expected, found;

	/* Without SCHED_IDLE tasks the mask alone decides where to look. */
	smp->sched.rd.sched_idle_seen = rng_below(rng, 2);
	randomize(rng);
	if (!smp->sched.rd.sched_idle_seen)
		for (u32 cpu = 0; cpu < smp->sched.nr_cpus; cpu++)
			smp_rq(smp, cpu)->fair.h_nr_idle = 0;
	for (u32 cpu = 0; cpu < smp->sched.nr_cpus; cpu++)
		if (rng_below(rng, 4) == 0)
			cpumask_clear(allowed, cpu);
		else
			cpumask_set(allowed, cpu);
	set_scan(target, (u32)rng_below(rng, smp->sched.cache[target].llc_size + 1));
	expected = rule_idle_cpu(task, target, cores);
	found = fair_select_idle_cpu(&smp->sched, task, target, cores);
	cr_assert_eq(found, expected, "seed %" PRIu64 ": %u, not %u", seed, found, expected);
	if (found != CPU_NONE) {
		cr_assert(cpumask_test(allowed, found));
		cr_assert(is_free(found));
	}
}

static void scan_as_the_rule(struct smp_options options)
{
	struct cpumask *allowed;
	struct task *task;

	smp = smp_new(options);
	allowed = smp_mask(smp, "0");
	task = &smp_task(smp, (struct sched_attr){0}, allowed, MSEC, 0)->task;
	for (u64 seed = 1; seed <= 2000; seed++) {
		struct rng rng;

		rng_init(&rng, seed, "scan", 0);
		check_scan(&rng, task, allowed, seed);
	}
}

Test(select, the_mask_finds_what_the_rule_finds)
{
	scan_as_the_rule((struct smp_options){.cores = 61});
}

Test(select, the_mask_finds_what_the_rule_finds_with_siblings)
{
	scan_as_the_rule((struct smp_options){.cores = 32, .threads = 2, .llc_cores = 8});
}

/* ---- 5.2: wake_affine ---- */

static u32 affine(struct task *task, u32 this_cpu, u32 prev, bool sync)
{
	return fair_wake_affine(&smp->sched, smp_rq(smp, this_cpu)->domain, task, this_cpu, prev,
				sync);
}

Test(select, an_idle_waker_takes_the_task_unless_its_own_cpu_is_idle_too)
{
	struct task *task;

	smp = smp_new((struct smp_options){.cores = 4});
	task = smp_waking_task(smp, NULL);
	cr_assert_eq(affine(task, 0, 1, false), 1u, "both idle: where its cache is");
	smp_make_busy(smp, 1);
	cr_assert_eq(affine(task, 0, 1, false), 0u);
}

Test(select, a_sync_waker_that_is_alone_gives_its_cpu)
{
	struct task *task;

	smp = smp_new((struct smp_options){.cores = 4});
	task = smp_waking_task(smp, NULL);
	smp_make_busy(smp, 0);
	smp_make_busy(smp, 1);
	cr_assert_eq(affine(task, 0, 1, true), 0u);
	/* A second task that only waits for its delayed dequeue does not count... */
	smp_rq(smp, 0)->nr_running = smp_rq(smp, 0)->fair.h_nr_queued = 2;
	smp_rq(smp, 0)->fair.h_nr_runnable = 1;
	cr_assert_eq(affine(task, 0, 1, true), 0u);
	/* ...but on 6.1 all do. */
	smp->sched.features &= ~FEATURE_WAKE_AFFINE_DELAYED;
	smp_rq(smp, 0)->fair.avg.load_avg = 4096;
	smp_rq(smp, 1)->fair.avg.load_avg = 1024;
	cr_assert_eq(affine(task, 0, 1, true), 1u);
}

Test(select, else_the_loads_decide_with_a_bias)
{
	struct task *task;

	smp = smp_new((struct smp_options){.cores = 4});
	task = smp_waking_task(smp, NULL);
	smp_make_busy(smp, 0);
	smp_make_busy(smp, 1);
	/* Equal loads, the task itself without any: 100 * L < 108 * L, so the waker's cpu. */
	task->fair.avg.load_avg = 0;
	smp_rq(smp, 0)->fair.avg.load_avg = smp_rq(smp, 1)->fair.avg.load_avg = 1000;
	cr_assert_eq(affine(task, 0, 1, false), 0u);
	/* 100 * 1080 = 108 * 1000: not less. */
	smp_rq(smp, 0)->fair.avg.load_avg = 1080;
	cr_assert_eq(affine(task, 0, 1, false), 1u);
	cr_assert_eq(affine(task, 0, 1, true), 0u, "sync breaks the tie");
	smp_rq(smp, 0)->nr_running = 2;
	smp_rq(smp, 0)->fair.h_nr_queued = smp_rq(smp, 0)->fair.h_nr_runnable = 2;
	cr_assert_eq(affine(task, 0, 1, true), 0u, "by one");
	/* Half the capacity there counts as double the load. */
	smp_rq(smp, 0)->cpu_capacity = 512;
	smp_rq(smp, 0)->fair.avg.load_avg = 600;
	cr_assert_eq(affine(task, 0, 1, false), 1u, "600 * 1024 * 100 > 1000 * 512 * 108");
}

/* task_h_load() of whoever is current: a realtime task has still what it had as a fair one. */
Test(select, a_sync_waker_takes_its_load_away_whatever_its_class)
{
	struct task *task;

	smp = smp_new((struct smp_options){.cores = 4});
	task = smp_waking_task(smp, NULL);
	task->fair.avg.load_avg = 0;
	smp_make_busy(smp, 0);
	smp_make_busy(smp, 1);
	smp->busy.class_id = CLASS_RT;
	smp_rq(smp, 0)->nr_running = 2;
	smp_rq(smp, 0)->fair.avg.load_avg = 1500;
	smp_rq(smp, 1)->fair.avg.load_avg = 1000;
	cr_assert_eq(affine(task, 0, 1, true), 1u, "1500 * 100 > 1000 * 108");
	smp->busy.fair.avg.load_avg = 600;
	cr_assert_eq(affine(task, 0, 1, true), 0u, "(1500 - 599) * 100 < 1000 * 108");
}

Test(select, the_load_of_the_woken_task_moves_with_it)
{
	struct task *task;

	smp = smp_new((struct smp_options){.cores = 4});
	task = smp_waking_task(smp, NULL);
	smp_make_busy(smp, 0);
	smp_make_busy(smp, 1);
	task->fair.queue = &smp_rq(smp, 1)->fair;
	task->fair.avg.load_avg = 512;
	smp_rq(smp, 0)->fair.avg.load_avg = 100;
	smp_rq(smp, 1)->fair.avg.load_avg = 1023;
	/* h_load = 512 * 1023 / 1024 = 511: (100 + 511) * 100 > (1023 - 511) * 108 */
	cr_assert_eq(affine(task, 0, 1, false), 1u);
	smp_rq(smp, 0)->fair.avg.load_avg = 41; /* (41 + 511) * 100 = 55200 < 512 * 108 = 55296 */
	cr_assert_eq(affine(task, 0, 1, false), 0u);
	smp_rq(smp, 0)->fair.avg.load_avg = 42;
	cr_assert_eq(affine(task, 0, 1, false), 1u);
}

/* ---- 5.1 ---- */

Test(select, many_partners_on_both_sides_are_spread_wide)
{
	struct task *task;
	struct task *waker;

	smp = smp_new((struct smp_options){.cores = 4});
	task = smp_waking_task(smp, NULL);
	waker = &smp->busy;
	*waker = (struct task){.id = 77, .last_wakee = UINT32_MAX, .class_id = CLASS_FAIR};
	waker->fair.queue = &smp_rq(smp, 0)->fair;
	smp_make_busy(smp, 0);
	smp_make_busy(smp, 1);
	set_scan(0, 0);
	smp->machine.acting = 0;
	/* Not wide: the loads decide between the two busy cpus. */
	task->fair.avg.load_avg = 0;
	smp_rq(smp, 0)->fair.avg.load_avg = 10;
	smp_rq(smp, 1)->fair.avg.load_avg = 1000;
	cr_assert_eq(fair_select_cpu(task, 1, WF_TTWU), 0u, "the waker's side is less loaded");
	cr_assert_eq(waker->wakee_flips, 1u);
	cr_assert_eq(waker->last_wakee, task->id);
	/* Wide: 4 <= flips of one, 16 <= flips of the other. */
	waker->wakee_flips = 16;
	task->wakee_flips = 4;
	cr_assert_eq(fair_select_cpu(task, 1, WF_TTWU), 1u);
	cr_assert_eq(waker->wakee_flips, 16u, "the same wakee again is no flip");
	waker->wakee_flips = 15;
	cr_assert_eq(fair_select_cpu(task, 1, WF_TTWU), 0u);
	/* A second halves the count. */
	smp->machine.now += SEC + 1;
	cr_assert_eq(fair_select_cpu(task, 1, WF_TTWU), 0u);
	cr_assert_eq(waker->wakee_flips, 7u);
}
