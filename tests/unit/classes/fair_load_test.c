/* SPDX-License-Identifier: MIT */
/* Averages of queues and entities as tasks come, go, sleep and move: fair.md 4.3 to 4.5. */
#include "classes/fair_load.h"

#include "base/rng.h"
#include "fair_fixture.h"

static struct fixture f;

static void teardown(void)
{
	fixture_fini(&f);
}

TestSuite(fair_load, .fini = teardown);

static void boot(const char *kernel)
{
	fixture_init(&f, (struct fixture_options){kernel, .cpus = 2});
}

static void run_ticks(u32 nr)
{
	while (nr--) {
		fixture_advance(&f, 4 * MSEC);
		fixture_tick(&f);
	}
}

/* ---- New tasks ---- */

Test(fair_load, the_first_task_may_use_half_of_the_cpu)
{
	boot("v6.18");

	struct task *task = fixture_nice(&f, 0);

	cr_expect_eq(fair_entity_avg(&task->fair)->load_avg, 1024);
	fixture_start(&f, task);
	cr_expect_eq(fair_entity_avg(&task->fair)->util_avg, 512);
	cr_expect_eq(fair_entity_avg(&task->fair)->runnable_avg, 512);
	cr_expect_eq(fair_queue_avg(f.queue)->util_avg, 512);
	cr_expect_eq(fair_queue_avg(f.queue)->load_avg, 1024);
}

Test(fair_load, the_next_one_its_weights_share_or_half_of_the_rest)
{
	boot("v6.18");
	fixture_start(&f, fixture_nice(&f, 0));

	struct task *heavy = fixture_nice(&f, -10), *light = fixture_nice(&f, 10);

	fixture_start(&f, light);
	cr_expect_eq(fair_entity_avg(&light->fair)->util_avg, 512 * 110 / 1025);
	fixture_start(&f, heavy);
	cr_expect_eq(fair_entity_avg(&heavy->fair)->util_avg, (1024 - 512 - 512 * 110 / 1025) / 2);
}

Test(fair_load, in_6_1_the_cap_wins_nearly_always)
{
	boot("v6.1");
	fixture_start(&f, fixture_nice(&f, 0));

	struct task *light = fixture_nice(&f, 10);

	fixture_start(&f, light);
	cr_expect_eq(fair_entity_avg(&light->fair)->util_avg, 256);
}

/* ---- Running ---- */

Test(fair_load, a_lone_hog_fills_the_cpu)
{
	boot("v6.18");

	struct task *hog = fixture_nice(&f, 0);

	fixture_start(&f, hog);
	fixture_schedule(&f);
	run_ticks(1);
	cr_expect_eq(fair_entity_avg(&hog->fair)->util_avg, 552, "as a new task that always runs");
	run_ticks(24);
	cr_expect_eq(fair_entity_avg(&hog->fair)->util_avg, 959);
	cr_expect_eq(fair_queue_avg(f.queue)->util_avg, 959);
	run_ticks(400);
	cr_expect_eq(fair_entity_avg(&hog->fair)->load_avg, 1023);
	cr_expect_eq(fair_queue_avg(f.queue)->load_avg, 1023);
}

Test(fair_load, a_delayed_task_is_not_runnable_but_loads_its_queue)
{
	boot("v6.18");

	struct task *hog = fixture_nice(&f, 0);
	struct task *task = fixture_task(&f, (struct sched_attr){.slice_ns = 100 * USEC});

	fixture_start(&f, hog);
	fixture_schedule(&f);
	run_ticks(2);
	sched_park(&f.sched, task, 0, TASK_INTERRUPTIBLE);
	fixture_wake(&f, task);
	cr_assert_eq(fixture_schedule(&f), task);
	fixture_advance(&f, 3 * MSEC);
	fixture_sleep(&f);
	cr_assert(task->fair.sched_delayed);

	u64 sum = task->fair.avg.runnable_sum, load = task->fair.avg.load_sum;

	/* Ticks of the hog reach the queue only; a reweight-free look at the task itself: */
	fixture_advance(&f, 2500 * USEC);
	rq_update_clock(f.rq);
	fair_load_update(f.queue, &task->fair);
	cr_expect_lt(task->fair.avg.runnable_sum, sum);
	cr_expect_gt(task->fair.avg.load_sum, load);
}

/* ---- Queues are sums ---- */

static u64 off_by(u64 a, u64 b)
{
	return a > b ? a - b : b - a;
}

static void check_sum(struct fair_rq *queue, u64 seed)
{
	u64 load = 0, util = 0;
	u32 nr = 0;

	rq_update_clock(queue->rq);
	for (u32 i = 0; i < f.nr_tasks; i++) {
		struct fair_entity *se = &f.tasks[i].fair;

		if (!se->avg.attached || se->queue != queue)
			continue;
		fair_load_update(queue, se);
		load += fair_entity_avg(se)->load_avg;
		util += fair_entity_avg(se)->util_avg;
		nr++;
	}
	/* Each entity rounds down by up to 1 where the queue rounds once; weights add to that. */
	cr_assert(off_by(load, fair_queue_avg(queue)->load_avg) <= 2 * nr + 2 + load / 50,
		  "seed %" PRIu64 ": load %" PRIu64 " of %" PRIu64, seed,
		  fair_queue_avg(queue)->load_avg, load);
	cr_assert(off_by(util, fair_queue_avg(queue)->util_avg) <= 2 * nr + 2 + util / 50,
		  "seed %" PRIu64 ": util %u of %" PRIu64, seed, fair_queue_avg(queue)->util_avg,
		  util);
}

static void random_lives(const char *kernel)
{
	for (u64 seed = 1; seed <= 10; seed++) {
		struct rng rng;

		boot(kernel);
		rng_init(&rng, seed, "load", 0);
		for (u32 i = 0; i < 8; i++)
			fixture_nice(&f, (s32)rng_below(&rng, 30) - 15);
		for (u32 round = 0; round < 2000; round++) {
			struct task *task = &f.tasks[rng_below(&rng, f.nr_tasks)];

			fixture_advance(&f, rng_below(&rng, 3 * MSEC));
			if (rng_below(&rng, 3) == 0)
				fixture_tick(&f);
			else if (task->state == TASK_NEW)
				fixture_start(&f, task);
			else if (task->state == TASK_INTERRUPTIBLE)
				fixture_wake(&f, task);
			else if (f.rq->curr != f.rq->idle)
				fixture_sleep(&f);
			fixture_schedule(&f);
			check_sum(f.queue, seed);
		}
	}
}

Test(fair_load, a_queues_averages_are_the_sum_of_its_tasks)
{
	random_lives("v6.18");
	random_lives("v6.1");
}

Test(fair_load, who_leaves_takes_its_averages_along)
{
	struct rq *other;

	boot("v6.18");
	other = sched_rq(&f.sched, 1);

	struct task *stays = fixture_nice(&f, 0), *goes = fixture_nice(&f, 0);

	fixture_start(&f, stays);
	fixture_schedule(&f);
	fixture_start(&f, goes);
	run_ticks(20);
	goes = f.rq->curr == goes ? stays : goes;
	goes->cpus = f.sched.all_cpus;

	u64 load = fair_entity_avg(&goes->fair)->load_avg,
	    util = fair_entity_avg(&goes->fair)->util_avg;

	sched_move_queued(&f.sched, goes, 1, RECORD_MOVE_BALANCE);
	/* Aged up to now on the way. */
	cr_expect_leq(off_by(fair_entity_avg(&goes->fair)->load_avg, load), 60);
	cr_expect_leq(off_by(fair_entity_avg(&goes->fair)->util_avg, util), 60);
	cr_expect_eq(fair_queue_avg(&other->fair)->load_avg,
		     fair_entity_avg(&goes->fair)->load_avg);
	cr_expect_eq(fair_queue_avg(&other->fair)->util_avg,
		     fair_entity_avg(&goes->fair)->util_avg);
	check_sum(f.queue, 0);
}

Test(fair_load, who_moves_in_its_sleep_is_forgotten_at_the_next_update)
{

	boot("v6.18");

	struct task *stays = fixture_nice(&f, 0), *goes = fixture_nice(&f, 0);

	fixture_start(&f, goes);
	fixture_schedule(&f);
	run_ticks(20);
	fixture_sleep(&f);
	fixture_start(&f, stays);
	fixture_schedule(&f);
	cr_assert_gt(fair_queue_avg(f.queue)->load_avg, 1900);
	goes->state = TASK_WAKING;
	sched_set_cpu(&f.sched, goes, 1, RECORD_MOVE_WAKEUP);
	cr_expect_eq(f.queue->removed.nr, 1);
	run_ticks(1);
	cr_expect_eq(f.queue->removed.nr, 0);
	check_sum(f.queue, 0);
	cr_expect_eq(goes->fair.avg.last_update, 0);
	cr_expect_not(goes->fair.avg.attached);
}

Test(fair_load, renice_moves_load_but_not_util)
{
	boot("v6.18");

	struct task *task = fixture_nice(&f, 0);

	fixture_start(&f, task);
	fixture_schedule(&f);
	run_ticks(100);
	cr_assert_eq(sched_set_nice(&f.sched, task, 5), SCHED_OK);
	cr_expect_leq(off_by(fair_entity_avg(&task->fair)->load_avg, 335), 1);
	cr_expect_leq(off_by(fair_queue_avg(f.queue)->load_avg,
			     fair_entity_avg(&task->fair)->load_avg),
		      2);
	cr_expect_geq(fair_queue_avg(f.queue)->util_avg, 1022);
}

Test(fair_load, blocked_load_decays_when_somebody_looks)
{
	boot("v6.18");

	struct task *task = fixture_nice(&f, 0);

	fixture_start(&f, task);
	fixture_schedule(&f);
	run_ticks(1000);
	fixture_sleep(&f);
	fixture_advance(&f, 32 * MSEC);
	cr_expect_eq(fair_queue_avg(f.queue)->util_avg, 1023);
	fair_update_blocked(f.rq);
	cr_expect_leq(off_by(fair_queue_avg(f.queue)->util_avg, 528), 1);
	fixture_advance(&f, 4 * SEC);
	f.rq->has_blocked_load = 1;
	fair_update_blocked(f.rq);
	cr_expect_eq(fair_queue_avg(f.queue)->util_avg, 0);
	cr_expect_eq(f.rq->has_blocked_load, 0);
}

Test(fair_load, h_load_of_a_flat_queue_is_just_below_the_tasks_load)
{
	boot("v6.18");

	struct task *task = fixture_nice(&f, 0);

	fixture_start(&f, task);
	fixture_schedule(&f);
	run_ticks(1000);
	cr_expect_eq(fair_task_h_load(task), 1023 * 1023 / 1024);
}

/* ---- util_est ---- */

/* One activation that leaves @util; what the task is then taken to use. */
static u32 learn(const char *kernel, u32 ewma, u32 enqueued, u32 util, u32 runnable)
{
	const struct kernel *row = kernel_find(kernel);
	struct sched sched = {.features = row->features};
	struct task task = {
		.fair.avg = {.util_avg = util,
			     .runnable_avg = runnable,
			     .util_est = ewma,
			     .util_est_enqueued = enqueued},
	};

	fair_util_est_learn(&sched, &task);
	task.fair.avg.util_avg = 0;
	return (u32)fair_task_util_est(&task);
}

Test(fair_load, an_estimate_rises_at_once_and_falls_by_a_quarter)
{
	cr_expect_eq(learn("v6.18", 100, 0, 300, 300), 300);
	cr_expect_eq(learn("v6.18", 300, 0, 100, 100), 250);
	cr_expect_eq(learn("v6.18", 300, 0, 291, 291), 300, "less than 10: not worth it");
	cr_expect_eq(learn("v6.18", 300, 0, 100, 111), 300, "it would have used more");
	cr_expect_eq(learn("v6.1", 100, 100, 300, 300), 300);
	/* 6.1 takes the greater of the average and the last activation. */
	cr_expect_eq(learn("v6.1", 300, 300, 100, 100), 250);
	cr_expect_eq(learn("v6.1", 100, 300, 100, 100), 100);
	cr_expect_eq(learn("v6.1", 300, 295, 295, 295), 300);
	/*
	 * With the average as it is, an activation less than 10 from the last one changes nothing.
	 */
	cr_expect_eq(learn("v6.1", 300, 307, 298, 298), 307);
	cr_expect_eq(learn("v6.1", 300, 308, 298, 298), 300);
}

/*
 * Without UTIL_EST_FASTUP 6.1's average rises by a quarter, too: 100 + 200 / 4, then 150 - 50 / 4
 * beside an activation of 100.
 */
Test(fair_load, an_estimate_of_6_1_may_rise_slowly)
{
	struct sched sched = {.features = kernel_find("v6.1")->features & ~FEATURE_UTIL_EST_FASTUP};
	struct task task = {.fair.avg = {.util_avg = 300,
					 .runnable_avg = 300,
					 .util_est = 100,
					 .util_est_enqueued = 100}};

	fair_util_est_learn(&sched, &task);
	cr_expect_eq(task.fair.avg.util_est & ~UTIL_EST_UNCHANGED, 150);
	cr_expect_eq(task.fair.avg.util_est_enqueued, 300);
	task.fair.avg.util_est &= ~UTIL_EST_UNCHANGED;
	task.fair.avg.util_avg = 100;
	fair_util_est_learn(&sched, &task);
	cr_expect_eq(task.fair.avg.util_est & ~UTIL_EST_UNCHANGED, 137);
}

/*
 * 300 us into an activation: what the task is taken to use as it goes to sleep, and what it had at
 * its last update.
 */
static void estimate_of_a_short_run(const char *kernel, u32 *estimate, u32 *before, u32 *behind)
{
	boot(kernel);

	struct task *task = fixture_nice(&f, 0);

	fixture_start(&f, task);
	fixture_schedule(&f);
	fixture_advance(&f, 900 * USEC);
	fixture_tick(&f);
	*before = fair_entity_avg(&task->fair)->util_avg;
	fixture_advance(&f, 1300 * USEC);
	fixture_sleep(&f);
	*behind = fair_entity_avg(&task->fair)->util_avg;
	*estimate = max_of(task->fair.avg.util_est & ~UTIL_EST_UNCHANGED,
			   task->fair.avg.util_est_enqueued);
}

/* dequeue_task_fair(): util_est_update() was behind the dequeue up to 6.1, and is before it. */
Test(fair_load, an_estimate_learns_behind_the_dequeue_or_before_it)
{
	u32 estimate, before, behind;

	estimate_of_a_short_run("v6.1", &estimate, &before, &behind);
	cr_assert_neq(before, behind);
	cr_expect_eq(estimate, behind);
	estimate_of_a_short_run("v6.12", &estimate, &before, &behind);
	cr_assert_neq(before, behind);
	cr_expect_eq(estimate, before);
}

Test(fair_load, the_queues_estimate_is_that_of_its_queued_tasks)
{
	boot("v6.18");

	struct task *task = fixture_nice(&f, 0);

	fixture_start(&f, task);
	fixture_schedule(&f);
	run_ticks(50);
	fixture_sleep(&f);
	cr_expect_eq(f.queue->util_est, 0);

	u64 estimate = fair_task_util_est(task);

	cr_expect_eq(estimate, fair_entity_avg(&task->fair)->util_avg);
	fixture_advance(&f, 100 * MSEC);
	fixture_wake(&f, task);
	cr_expect_eq(f.queue->util_est, estimate);
	cr_expect_eq(fair_cpu_util(f.rq), estimate, "although the average has decayed");
}
