/* SPDX-License-Identifier: MIT */
/*
 * Which cpu a new task gets, or one that calls exec (fair.md 5.6), and wakeups where the machine
 * packs.
 */
#include "classes/fair_select.h"

#include "smp_fixture.h"

static struct smp *smp;

static struct task busy_task; /* what a busy cpu runs, where it does not matter */

static void teardown(void)
{
	smp_free(smp);
}

TestSuite(select_new, .fini = teardown);

/* ---- 5.6: fork ---- */

Test(select_new, new_tasks_go_to_the_cpu_that_went_idle_last)
{
	struct task *task;

	smp = smp_new((struct smp_options){.cores = 4, .llc_cores = 2});
	task = smp_waking_task(smp, NULL);
	smp_make_busy(smp, 0);
	smp->machine.acting = 0;
	/* Two caches: 0-1 has one idle cpu, 2-3 has two. */
	smp_rq(smp, 2)->idle_stamp = 10;
	smp_rq(smp, 3)->idle_stamp = 20;
	cr_assert_eq(fair_select_cpu(task, 0, WF_FORK), 3u);
	/* As many idle here as there: stay in this cache, on its idle cpu. */
	smp_make_busy(smp, 2);
	cr_assert_eq(fair_select_cpu(task, 0, WF_FORK), 1u);
}

/*
 * copy_process() leaves what dup_task_struct() has copied; on a guest of 6.12 tw and its children
 * all had some 50.
 */
Test(select_new, a_child_has_as_many_partners_as_its_parent)
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

/*
 * As in the recordings of docs/fidelity.md: with company, or on a cpu filled to 70 % of 1024, it
 * leaves.
 */
static void packs_until_full(u32 prev, u32 wake_flags)
{
	struct task *task;

	smp = smp_new((struct smp_options){.cores = 2, .features_on = FEATURE_PACK_VCPUS});
	task = smp_waking_task(smp, NULL);
	smp_make_busy(smp, 0);
	smp_rq(smp, 0)->fair.h_nr_queued = smp_rq(smp, 0)->nr_running;
	smp->machine.acting = 0;
	cr_expect_eq(fair_select_cpu(task, prev, wake_flags), 0u);
	smp_rq(smp, 0)->fair.avg.util_avg = 716;
	cr_expect_eq(fair_select_cpu(task, prev, wake_flags), 0u);
	smp_rq(smp, 0)->fair.avg.util_avg = 717;
	cr_expect_eq(fair_select_cpu(task, prev, wake_flags), 1u);
	/* What it brings counts as well. */
	smp_rq(smp, 0)->fair.avg.util_avg = 516;
	task->cpu = 1;
	task->fair.avg.util_avg = 200;
	cr_expect_eq(fair_select_cpu(task, prev, wake_flags), 0u);
	task->fair.avg.util_avg = 201;
	cr_expect_eq(fair_select_cpu(task, prev, wake_flags), 1u);
	task->fair.avg.util_avg = 0;
	smp_rq(smp, 0)->nr_running++;
	cr_expect_eq(fair_select_cpu(task, prev, wake_flags), 1u, "two run there");
	smp_rq(smp, 0)->nr_running--;
	smp_rq(smp, 0)->fair.h_nr_queued--;
	cr_expect_eq(fair_select_cpu(task, prev, wake_flags), 1u, "who runs there is no fair task");
	smp_rq(smp, 0)->fair.h_nr_queued++;
}

Test(select_new, a_new_task_stays_with_a_lone_parent_if_the_machine_packs)
{
	packs_until_full(0, WF_FORK);
}

Test(select_new, a_woken_task_comes_to_a_lone_waker_if_the_machine_packs)
{
	packs_until_full(1, WF_TTWU);
}

Test(select_new, a_task_woken_where_it_ran_stays_if_the_machine_packs)
{
	packs_until_full(0, WF_TTWU);
}

Test(select_new, exec_does_not_count_the_caller_against_its_own_cpu)
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
	struct rq *rq = smp_rq(smp, cpu);

	smp_make_busy(smp, cpu);
	rq->nr_running = rq->fair.h_nr_queued = rq->fair.h_nr_runnable = nr;
	rq->fair.avg.load_avg = load;
	rq->fair.avg.util_avg = 1024;
}

/*
 * Two others there and here. Of 3072 there, 1024 * 3072 / 3073 = 1023 are its own: 2049 is not 17 %
 * more than what is here. With its own it would be.
 */
Test(select_new, exec_does_not_count_the_callers_load_where_all_are_crowded)
{
	struct task *task;

	smp = smp_new((struct smp_options){.cores = 2});
	task = smp_waking_task(smp, NULL);
	make_crowded(0, 3, 3072);
	make_crowded(1, 2, 2048);
	smp_rq(smp, 0)->curr = task;
	task->cpu = 0;
	task->on_rq = ON_RQ_QUEUED;
	task->fair.queue = &smp_rq(smp, 0)->fair;
	task->fair.avg.attached = true;
	task->fair.avg.load_avg = 1024;
	smp->machine.acting = 0;
	cr_assert_eq(fair_select_cpu(task, 0, WF_EXEC), 0u);
	smp_rq(smp, 1)->fair.avg.load_avg = 1751; /* 2049 * 100 > 117 * 1751 */
	cr_assert_eq(fair_select_cpu(task, 0, WF_EXEC), 1u);
	smp_rq(smp, 1)->fair.avg.load_avg = 1752;
	cr_assert_eq(fair_select_cpu(task, 0, WF_EXEC), 0u);
}

Test(select_new, a_fork_storm_fills_every_cpu_once)
{
	smp = smp_new((struct smp_options){.sockets = 2, .cores = 4, .threads = 2});
	for (u32 i = 0; i < 16; i++)
		smp_start(smp, smp_task(smp, (struct sched_attr){0}, NULL, SEC, 0), 0);
	for (u32 cpu = 0; cpu < 16; cpu++)
		cr_assert_eq(smp_nr(smp, cpu), 1u, "cpu %u has %u", cpu, smp_nr(smp, cpu));
}

Test(select_new, a_new_task_never_leaves_its_mask)
{
	smp = smp_new((struct smp_options){.cores = 8, .llc_cores = 4});
	for (u32 i = 0; i < 40; i++) {
		struct smp_task *task =
			smp_task(smp, (struct sched_attr){0}, smp_mask(smp, "5-6"), SEC, 0);

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
	struct rq *rq = smp_rq(smp, cpu);

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
	struct rq *rq = smp_rq(smp, cpu);

	invent_use(cpu, rng);
	if (rng_below(rng, 16))
		rq->nr_running = rq->fair.h_nr_queued = rq->fair.h_nr_runnable =
			1 + (u32)rng_below(rng, 4);
	rq->fair.avg.util_avg = 870 + (u32)rng_below(rng, 10); /* the edge is at 875.2 */
	rq->fair.avg.runnable_avg = 1190 + rng_below(rng, 10); /* and here at 1198.08 */
	rq->fair.avg.load_avg = 2000 + rng_below(rng, 8);
	rq->fair.util_est = rng_below(rng, 4) ? 0 : 870 + (u32)rng_below(rng, 10);
	invent_masks(rq);
}

Test(select_new, a_new_task_finds_the_idlest_cpu_among_the_idle_as_among_all)
{
	struct task *task[2];
	struct rng rng;

	smp = smp_new((struct smp_options){.cores = 12});
	rng_init(&rng, 1, "idlest", 0);
	task[0] = smp_waking_task(smp, NULL);
	task[1] = smp_waking_task(smp, "2,3,7-9");
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
	struct rq *rq = smp_rq(smp, cpu);

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
	task = smp_waking_task(smp, NULL);
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
			cr_assert_eq(found, alone, "row %u birth %u: %u, not %u", row, birth, found,
				     alone);
			invent_birth(found, &rng);
		}
		sched_births_end(&smp->sched);
	}
}

Test(select_new, of_many_new_tasks_each_goes_where_it_would_go_alone)
{
	place_in_a_row(63, 63);
}

Test(select_new, of_many_new_tasks_each_goes_where_it_would_go_alone_between_caches)
{
	place_in_a_row(64, 32);
}
