/* SPDX-License-Identifier: MIT */
/* Which cpu a waking or new task gets (fair.md 5), step by step and against the rule cpu by cpu. */
#include "classes/fair_select.h"

#include "smp_fixture.h"

static struct smp *smp;
static struct task busy_task; /* what a busy cpu runs, where it does not matter */

static void teardown(void)
{
	smp_free(smp);
}

TestSuite(select, .fini = teardown);

static struct rq *rq_at(u32 cpu)
{
	return sched_rq(&smp->sched, cpu);
}

static void make_busy(u32 cpu)
{
	rq_at(cpu)->curr = &busy_task;
	rq_at(cpu)->nr_running = 1;
	cpumask_clear(smp->sched.rd.idle, cpu);
}

static struct task *waking_task(const char *cpus)
{
	return &smp_task(smp, (struct sched_attr){0}, cpus ? smp_mask(smp, cpus) : NULL, MSEC, 0)->task;
}

static void set_scan(u32 cpu, u32 nr)
{
	smp->sched.cache[cpu].llc_shared->nr_idle_scan = nr;
}

/* ---- 11.12 and 5.5 ---- */

Test(select, a_scan_looks_at_so_many_cpus_after_the_target)
{
	struct task *task;

	smp = smp_new((struct smp_options){.cores = 4});
	task = waking_task(NULL);
	make_busy(0);
	make_busy(1);
	make_busy(2);
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
	task = waking_task("0,6-7");
	for (u32 cpu = 0; cpu < 7; cpu++)
		make_busy(cpu);
	set_scan(0, 2);
	cr_assert_eq(fair_select_idle_cpu(&smp->sched, task, 0, false), 7u);
}

Test(select, a_cpu_with_a_wakeup_on_its_way_is_not_idle)
{
	struct task *task;

	smp = smp_new((struct smp_options){.cores = 2});
	task = waking_task(NULL);
	make_busy(0);
	rq_at(1)->ttwu_pending = true;
	set_scan(0, 2);
	cr_assert_eq(fair_select_idle_cpu(&smp->sched, task, 0, false), CPU_NONE);
	rq_at(1)->ttwu_pending = false;
	cr_assert_eq(fair_select_idle_cpu(&smp->sched, task, 0, false), 1u);
}

Test(select, an_idle_core_comes_before_an_idle_sibling)
{
	struct task *task;

	smp = smp_new((struct smp_options){.cores = 4, .threads = 2});
	task = waking_task(NULL);
	make_busy(0);
	make_busy(1);
	make_busy(2);
	smp->sched.cache[0].llc_shared->has_idle_cores = true;
	cr_assert_eq(fair_select_idle_cpu(&smp->sched, task, 0, true), 3u, "cores 1 and 2 are half busy");
	make_busy(3);
	cr_assert_eq(fair_select_idle_cpu(&smp->sched, task, 0, true), 5u, "sibling of the first core seen");
	cr_assert_not(smp->sched.cache[0].llc_shared->has_idle_cores, "the search found none");
}

Test(select, going_idle_beside_an_idle_sibling_makes_an_idle_core)
{
	struct sched_domain_shared *shared;

	smp = smp_new((struct smp_options){.cores = 2, .threads = 2});
	shared = smp->sched.cache[0].llc_shared;
	shared->has_idle_cores = false;
	make_busy(0);
	make_busy(2); /* its sibling */
	rq_at(0)->nr_running = 0;
	fair_update_idle_core(rq_at(0));
	cr_assert_not(shared->has_idle_cores);
	rq_at(0)->curr = rq_at(0)->idle;
	fair_update_idle_core(rq_at(2));
	cr_assert(shared->has_idle_cores);
}

/* ---- 5.4 ---- */

Test(select, target_then_previous_then_recent)
{
	struct task *task;

	smp = smp_new((struct smp_options){.cores = 8});
	task = waking_task(NULL);
	task->recent_used_cpu = 5;
	set_scan(0, 8);
	cr_assert_eq(fair_select_idle_sibling(&smp->sched, task, 3, 1), 1u, "the target is idle");
	make_busy(1);
	cr_assert_eq(fair_select_idle_sibling(&smp->sched, task, 3, 1), 3u, "the previous cpu is");
	make_busy(3);
	cr_assert_eq(fair_select_idle_sibling(&smp->sched, task, 3, 1), 5u, "the recent one is");
	cr_assert_eq(task->recent_used_cpu, 3);
	cr_assert_eq(fair_select_idle_sibling(&smp->sched, task, 3, 1), 2u, "the scan's first");
}

Test(select, a_task_stays_in_its_targets_cache)
{
	struct task *task;

	smp = smp_new((struct smp_options){.cores = 8, .llc_cores = 4});
	task = waking_task(NULL);
	for (u32 cpu = 0; cpu < 4; cpu++)
		make_busy(cpu);
	set_scan(0, 4);
	cr_assert_eq(fair_select_idle_sibling(&smp->sched, task, 6, 1), 1u,
		     "cpu 6 is idle but does not share the cache");
}

Test(select, a_cluster_comes_before_the_rest_of_the_cache)
{
	struct task *task;

	smp = smp_new((struct smp_options){.cores = 8, .cluster_cores = 4});
	task = waking_task(NULL);
	make_busy(4);
	make_busy(5);
	set_scan(0, 8);
	/* Wrap order from 6 would be 6, 7, 0 for a target of 5, but 1 for a target of 0. */
	cr_assert_eq(fair_select_idle_cpu(&smp->sched, task, 5, false), 6u);
	make_busy(6);
	make_busy(7);
	cr_assert_eq(fair_select_idle_cpu(&smp->sched, task, 5, false), 0u);
	rq_at(4)->curr = rq_at(4)->idle;
	rq_at(4)->nr_running = 0;
	cpumask_set(smp->sched.rd.idle, 4);
	cr_assert_eq(fair_select_idle_cpu(&smp->sched, task, 7, false), 4u);
	/* An idle previous cpu of another cluster is only the last resort. */
	make_busy(4);
	for (u32 cpu = 0; cpu < 3; cpu++)
		make_busy(cpu);
	cr_assert_eq(fair_select_idle_sibling(&smp->sched, task, 3, 5), 3u);
}

/* ---- The scan against the rule ---- */

static bool is_free(u32 cpu)
{
	return rq_is_idle(rq_at(cpu)) || rq_is_sched_idle(rq_at(cpu));
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
			core_idle &= rq_is_idle(rq_at(s));
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
		struct rq *rq = rq_at(cpu);
		bool idle = rng_below(rng, 5) < density;

		rq->curr = idle ? rq->idle : &busy_task;
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
			rq_at(cpu)->fair.h_nr_idle = 0;
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
	return fair_wake_affine(&smp->sched, rq_at(this_cpu)->domain, task, this_cpu, prev, sync);
}

Test(select, an_idle_waker_takes_the_task_unless_its_own_cpu_is_idle_too)
{
	struct task *task;

	smp = smp_new((struct smp_options){.cores = 4});
	task = waking_task(NULL);
	cr_assert_eq(affine(task, 0, 1, false), 1u, "both idle: where its cache is");
	make_busy(1);
	cr_assert_eq(affine(task, 0, 1, false), 0u);
}

Test(select, a_sync_waker_that_is_alone_gives_its_cpu)
{
	struct task *task;

	smp = smp_new((struct smp_options){.cores = 4});
	task = waking_task(NULL);
	make_busy(0);
	make_busy(1);
	cr_assert_eq(affine(task, 0, 1, true), 0u);
	/* A second task that only waits for its delayed dequeue does not count... */
	rq_at(0)->nr_running = rq_at(0)->fair.h_nr_queued = 2;
	rq_at(0)->fair.h_nr_runnable = 1;
	cr_assert_eq(affine(task, 0, 1, true), 0u);
	/* ...but on 6.1 all do. */
	smp->sched.features &= ~FEATURE_WAKE_AFFINE_DELAYED;
	rq_at(0)->fair.avg.load_avg = 4096;
	rq_at(1)->fair.avg.load_avg = 1024;
	cr_assert_eq(affine(task, 0, 1, true), 1u);
}

Test(select, else_the_loads_decide_with_a_bias)
{
	struct task *task;

	smp = smp_new((struct smp_options){.cores = 4});
	task = waking_task(NULL);
	make_busy(0);
	make_busy(1);
	/* Equal loads, the task itself without any: 100 * L < 108 * L, so the waker's cpu. */
	task->fair.avg.load_avg = 0;
	rq_at(0)->fair.avg.load_avg = rq_at(1)->fair.avg.load_avg = 1000;
	cr_assert_eq(affine(task, 0, 1, false), 0u);
	/* 100 * 1080 = 108 * 1000: not less. */
	rq_at(0)->fair.avg.load_avg = 1080;
	cr_assert_eq(affine(task, 0, 1, false), 1u);
	cr_assert_eq(affine(task, 0, 1, true), 0u, "sync breaks the tie");
	rq_at(0)->nr_running = 2;
	rq_at(0)->fair.h_nr_queued = rq_at(0)->fair.h_nr_runnable = 2;
	cr_assert_eq(affine(task, 0, 1, true), 0u, "by one");
	/* Half the capacity there counts as double the load. */
	rq_at(0)->cpu_capacity = 512;
	rq_at(0)->fair.avg.load_avg = 600;
	cr_assert_eq(affine(task, 0, 1, false), 1u, "600 * 1024 * 100 > 1000 * 512 * 108");
}

Test(select, the_load_of_the_woken_task_moves_with_it)
{
	struct task *task;

	smp = smp_new((struct smp_options){.cores = 4});
	task = waking_task(NULL);
	make_busy(0);
	make_busy(1);
	task->fair.queue = &rq_at(1)->fair;
	task->fair.avg.load_avg = 512;
	rq_at(0)->fair.avg.load_avg = 100;
	rq_at(1)->fair.avg.load_avg = 1023;
	/* h_load = 512 * 1023 / 1024 = 511: (100 + 511) * 100 > (1023 - 511) * 108 */
	cr_assert_eq(affine(task, 0, 1, false), 1u);
	rq_at(0)->fair.avg.load_avg = 41; /* (41 + 511) * 100 = 55200 < 512 * 108 = 55296 */
	cr_assert_eq(affine(task, 0, 1, false), 0u);
	rq_at(0)->fair.avg.load_avg = 42;
	cr_assert_eq(affine(task, 0, 1, false), 1u);
}

/* ---- 5.1 ---- */

Test(select, many_partners_on_both_sides_are_spread_wide)
{
	struct task *task;
	struct task *waker;

	smp = smp_new((struct smp_options){.cores = 4});
	task = waking_task(NULL);
	waker = &busy_task;
	busy_task = (struct task){.id = 77, .last_wakee = UINT32_MAX, .class_id = CLASS_FAIR};
	busy_task.fair.queue = &rq_at(0)->fair;
	make_busy(0);
	make_busy(1);
	set_scan(0, 0);
	smp->machine.acting = 0;
	/* Not wide: the loads decide between the two busy cpus. */
	task->fair.avg.load_avg = 0;
	rq_at(0)->fair.avg.load_avg = 10;
	rq_at(1)->fair.avg.load_avg = 1000;
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

/* ---- 5.6: fork ---- */

Test(select, new_tasks_go_to_the_cpu_that_went_idle_last)
{
	struct task *task;

	smp = smp_new((struct smp_options){.cores = 4, .llc_cores = 2});
	task = waking_task(NULL);
	make_busy(0);
	smp->machine.acting = 0;
	/* Two caches: 0-1 has one idle cpu, 2-3 has two. */
	rq_at(2)->idle_stamp = 10;
	rq_at(3)->idle_stamp = 20;
	cr_assert_eq(fair_select_cpu(task, 0, WF_FORK), 3u);
	/* As many idle here as there: stay in this cache, on its idle cpu. */
	make_busy(2);
	cr_assert_eq(fair_select_cpu(task, 0, WF_FORK), 1u);
}

/* copy_process() leaves what dup_task_struct() has copied; on a guest of 6.12 tw and its children all had some 50. */
Test(select, a_child_has_as_many_partners_as_its_parent)
{
	struct smp_task *parent, *child;

	smp = smp_new((struct smp_options){.cores = 2});
	parent = smp_task(smp, (struct sched_attr){0}, NULL, SEC, 0);
	child = smp_task(smp, (struct sched_attr){0}, NULL, SEC, 0);
	smp_start(smp, parent, 0);
	smp_run(smp, MSEC);
	parent->task.wakee_flips = 50;
	parent->task.last_wakee = 3;
	parent->task.wakee_flip_decay = 7;
	smp->machine.acting = parent->task.cpu;
	sched_fork(&smp->sched, &parent->task, &child->task);
	cr_expect_eq(child->task.wakee_flips, 50u);
	cr_expect_eq(child->task.last_wakee, 3u);
	cr_expect_eq(child->task.wakee_flip_decay, 7u);
}

/* As in the recordings of docs/fidelity.md: with company, or on a cpu filled to 70 % of 1024, it leaves. */
static void packs_until_full(u32 prev, u32 wake_flags)
{
	struct task *task;

	smp = smp_new((struct smp_options){.cores = 2, .features_on = FEATURE_PACK_VCPUS});
	task = waking_task(NULL);
	make_busy(0);
	rq_at(0)->fair.h_nr_queued = rq_at(0)->nr_running;
	smp->machine.acting = 0;
	cr_expect_eq(fair_select_cpu(task, prev, wake_flags), 0u);
	rq_at(0)->fair.avg.util_avg = 716;
	cr_expect_eq(fair_select_cpu(task, prev, wake_flags), 0u);
	rq_at(0)->fair.avg.util_avg = 717;
	cr_expect_eq(fair_select_cpu(task, prev, wake_flags), 1u);
	/* What it brings counts as well. */
	rq_at(0)->fair.avg.util_avg = 516;
	task->cpu = 1;
	task->fair.avg.util_avg = 200;
	cr_expect_eq(fair_select_cpu(task, prev, wake_flags), 0u);
	task->fair.avg.util_avg = 201;
	cr_expect_eq(fair_select_cpu(task, prev, wake_flags), 1u);
	task->fair.avg.util_avg = 0;
	rq_at(0)->nr_running++;
	cr_expect_eq(fair_select_cpu(task, prev, wake_flags), 1u, "two run there");
	rq_at(0)->nr_running--;
	rq_at(0)->fair.h_nr_queued--;
	cr_expect_eq(fair_select_cpu(task, prev, wake_flags), 1u, "who runs there is no fair task");
	rq_at(0)->fair.h_nr_queued++;
}

Test(select, a_new_task_stays_with_a_lone_parent_if_the_machine_packs)
{
	packs_until_full(0, WF_FORK);
}

Test(select, a_woken_task_comes_to_a_lone_waker_if_the_machine_packs)
{
	packs_until_full(1, WF_TTWU);
}

Test(select, a_task_woken_where_it_ran_stays_if_the_machine_packs)
{
	packs_until_full(0, WF_TTWU);
}

Test(select, exec_does_not_count_the_caller_against_its_own_cpu)
{
	struct smp_task *task;

	smp = smp_new((struct smp_options){.cores = 4});
	task = smp_task(smp, (struct sched_attr){0}, NULL, SEC, 0);
	smp_start(smp, task, 0);
	smp_run(smp, 10 * MSEC);
	smp->machine.acting = task->task.cpu;
	cr_assert_eq(fair_select_cpu(&task->task, task->task.cpu, WF_EXEC), (u32)task->task.cpu);
}

static void make_crowded(u32 cpu, u32 nr, u64 load)
{
	struct rq *rq = rq_at(cpu);

	make_busy(cpu);
	rq->nr_running = rq->fair.h_nr_queued = rq->fair.h_nr_runnable = nr;
	rq->fair.avg.load_avg = load;
	rq->fair.avg.util_avg = 1024;
}

/*
 * Two others there and here. Of 3072 there, 1024 * 3072 / 3073 = 1023 are its own: 2049 is not 17 % more than what is here.
 * With its own it would be.
 */
Test(select, exec_does_not_count_the_callers_load_where_all_are_crowded)
{
	struct task *task;

	smp = smp_new((struct smp_options){.cores = 2});
	task = waking_task(NULL);
	make_crowded(0, 3, 3072);
	make_crowded(1, 2, 2048);
	rq_at(0)->curr = task;
	task->cpu = 0;
	task->on_rq = ON_RQ_QUEUED;
	task->fair.queue = &rq_at(0)->fair;
	task->fair.avg.attached = true;
	task->fair.avg.load_avg = 1024;
	smp->machine.acting = 0;
	cr_assert_eq(fair_select_cpu(task, 0, WF_EXEC), 0u);
	rq_at(1)->fair.avg.load_avg = 1751; /* 2049 * 100 > 117 * 1751 */
	cr_assert_eq(fair_select_cpu(task, 0, WF_EXEC), 1u);
	rq_at(1)->fair.avg.load_avg = 1752;
	cr_assert_eq(fair_select_cpu(task, 0, WF_EXEC), 0u);
}

Test(select, a_fork_storm_fills_every_cpu_once)
{
	smp = smp_new((struct smp_options){.sockets = 2, .cores = 4, .threads = 2});
	for (u32 i = 0; i < 16; i++)
		smp_start(smp, smp_task(smp, (struct sched_attr){0}, NULL, SEC, 0), 0);
	for (u32 cpu = 0; cpu < 16; cpu++)
		cr_assert_eq(smp_nr(smp, cpu), 1u, "cpu %u has %u", cpu, smp_nr(smp, cpu));
}

Test(select, a_new_task_never_leaves_its_mask)
{
	smp = smp_new((struct smp_options){.cores = 8, .llc_cores = 4});
	for (u32 i = 0; i < 40; i++) {
		struct smp_task *task = smp_task(smp, (struct sched_attr){0}, smp_mask(smp, "5-6"), SEC, 0);

		smp_start(smp, task, i % 8);
		cr_assert(task->task.cpu == 5 || task->task.cpu == 6);
	}
}

/* What the root domain knows of a runqueue that was changed by hand. */
static void invent_masks(const struct rq *rq)
{
	const struct root_domain *rd = &smp->sched.rd;

	(rq->curr == rq->idle ? cpumask_set : cpumask_clear)(rd->idle, rq->cpu);
	(rq->nr_running > 1 ? cpumask_set : cpumask_clear)(rd->crowded, rq->cpu);
}

/* Tasks or none, and some utilisation left behind by those that sleep. */
static void invent_use(u32 cpu, struct rng *rng)
{
	struct rq *rq = rq_at(cpu);

	rq->nr_running = rq->fair.h_nr_queued = rq->fair.h_nr_runnable = (u32)rng_below(rng, 3);
	rq->curr = rq->nr_running && rng_below(rng, 4) ? &busy_task : rq->idle;
	rq->ttwu_pending = !rng_below(rng, 8);
	rq->fair.avg.util_avg = (u32)rng_below(rng, 4) * 300;
	rq->fair.avg.runnable_avg = rng_below(rng, 3) * 600;
	rq->fair.avg.load_avg = rng_below(rng, 3) * 1000;
	invent_masks(rq);
}

/* As on a machine that is full: several tasks each, often too much for the cpu. */
static void invent_crowd(u32 cpu, struct rng *rng)
{
	struct rq *rq = rq_at(cpu);

	invent_use(cpu, rng);
	if (rng_below(rng, 16))
		rq->nr_running = rq->fair.h_nr_queued = rq->fair.h_nr_runnable = 1 + (u32)rng_below(rng, 4);
	rq->fair.avg.util_avg = 870 + (u32)rng_below(rng, 10); /* the edge is at 875.2 */
	rq->fair.avg.runnable_avg = 1190 + rng_below(rng, 10); /* and here at 1198.08 */
	rq->fair.avg.load_avg = 2000 + rng_below(rng, 8);
	rq->fair.util_est = rng_below(rng, 4) ? 0 : 870 + (u32)rng_below(rng, 10);
	invent_masks(rq);
}

Test(select, a_new_task_finds_the_idlest_cpu_among_the_idle_as_among_all)
{
	struct task *task[2];
	struct rng rng;

	smp = smp_new((struct smp_options){.cores = 12});
	rng_init(&rng, 1, "idlest", 0);
	task[0] = waking_task(NULL);
	task[1] = waking_task("2,3,7-9");
	for (u32 round = 0; round < 6000; round++) {
		struct task *child = task[round % 2];
		u32 here = (u32)rng_below(&rng, 12), among_idle, among_all;

		for (u32 cpu = 0; cpu < 12; cpu++)
			(round % 4 < 2 ? invent_use : invent_crowd)(cpu, &rng);
		smp->machine.acting = here;
		among_idle = fair_select_cpu(child, here, WF_FORK);
		smp->sched.rd.nr_reduced++; /* then every group is looked at */
		among_all = fair_select_cpu(child, here, WF_FORK);
		smp->sched.rd.nr_reduced--;
		cr_assert_eq(among_idle, among_all, "round %u: %u, not %u", round, among_idle,
			     among_all);
	}
}

/* A birth that @cpu has had, of a task with some load. */
static void invent_birth(u32 cpu, struct rng *rng)
{
	struct rq *rq = rq_at(cpu);

	rq->fair.h_nr_queued = rq->fair.h_nr_runnable = ++rq->nr_running;
	rq->fair.avg.load_avg += 1 + rng_below(rng, 3) * 500;
	rq->fair.avg.runnable_avg += rng_below(rng, 3) * 300;
	rq->fair.avg.util_avg += (u32)rng_below(rng, 3) * 100;
	invent_masks(rq);
	smp->sched.births.nr++;
	smp->sched.births.cpu = cpu;
}

/* What is chosen in a row of births is what is chosen with a look at every cpu. */
static void place_in_a_row(u32 cores, u32 llc_cores)
{
	struct task *task;
	struct rng rng;

	smp = smp_new((struct smp_options){.cores = cores, .llc_cores = llc_cores});
	rng_init(&rng, llc_cores, "births", 0);
	task = waking_task(NULL);
	for (u32 row = 0; row < 30; row++) {
		for (u32 cpu = 0; cpu < cores; cpu++)
			(row % 3 ? invent_use : invent_crowd)(cpu, &rng);
		smp->machine.acting = (u32)rng_below(&rng, cores);
		sched_births_begin(&smp->sched);
		for (u32 birth = 0; birth < 3 * cores; birth++) {
			u32 found = fair_select_cpu(task, smp->machine.acting, WF_FORK), alone;

			smp->sched.births.in_row = false;
			alone = fair_select_cpu(task, smp->machine.acting, WF_FORK);
			smp->sched.births.in_row = true;
			cr_assert_eq(found, alone, "row %u birth %u: %u, not %u", row, birth, found, alone);
			invent_birth(found, &rng);
		}
		sched_births_end(&smp->sched);
	}
}

Test(select, of_many_new_tasks_each_goes_where_it_would_go_alone)
{
	place_in_a_row(63, 63);
}

Test(select, of_many_new_tasks_each_goes_where_it_would_go_alone_between_caches)
{
	place_in_a_row(64, 32);
}
