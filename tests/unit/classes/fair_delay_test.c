/* SPDX-License-Identifier: MIT */
/* EEVDF: tasks that go to sleep and stay queued, limits of lag, protection of who runs. */
#include "classes/fair_eevdf.h"

#include "fair_fixture.h"

static struct fixture f;

static void teardown(void)
{
	fixture_fini(&f);
}

TestSuite(fair_delay, .fini = teardown);

/* 8 cpus: a slice of 2.8 ms; 2 cpus: 1.4 ms. HZ 250. */
static void boot(const char *kernel, u32 cpus)
{
	fixture_init(&f, (struct fixture_options){kernel, .cpus = cpus});
}

/* ---- Delayed dequeue ---- */

/* The task ran 0.4 ms beside a hog from equal lag and then slept, in debt. */
static struct task *debtor(const char *kernel)
{
	boot(kernel, 2);
	fixture_lone_hog(&f);

	struct task *task = fixture_sleeper(&f, (struct sched_attr){.slice_ns = 100 * USEC});

	cr_assert(fixture_wake(&f, task));
	cr_assert_eq(fixture_schedule(&f), task);
	fixture_advance(&f, 400 * USEC);
	fixture_sleep(&f);
	cr_assert(task->fair.sched_delayed);
	cr_assert_neq(f.rq->curr, task);
	return task;
}

Test(fair_delay, a_delayed_task_counts_as_queued_but_not_as_runnable)
{
	struct task *task = debtor("v6.18");

	cr_expect_eq(f.rq->nr_running, 2);
	cr_expect_eq(f.queue->nr_queued, 2);
	cr_expect_eq(f.queue->h_nr_queued, 2);
	cr_expect_eq(f.queue->h_nr_runnable, 1);
	cr_expect_eq(task->on_rq, ON_RQ_QUEUED);
	/* The hog runs until virtual time has passed the debt, then the pick ends it. */
	fixture_advance(&f, 4 * MSEC);
	fixture_tick(&f);
	cr_expect_eq(task->on_rq, ON_RQ_NO);
	cr_expect_eq(f.rq->nr_running, 1);
	cr_expect_eq(f.queue->h_nr_runnable, 1);
	cr_expect_eq(task->fair.vlag, 0);
}

Test(fair_delay, a_delayed_task_that_balancing_brought_to_an_empty_queue_just_leaves)
{
	struct task *task = debtor("v6.18"), *hog = f.rq->curr;

	/*
	 * The hog blocks; the delayed task with the shorter slice is alone, and weighed against it.
	 */
	cr_assert(fair_class.dequeue(f.rq, hog, DEQUEUE_SLEEP));
	cr_assert_eq(f.queue->nr_queued, 1);
	fair_class.wakeup_preempt(f.rq, task, 0);
	cr_expect_eq(f.queue->nr_queued, 0);
	cr_expect_not(task->fair.sched_delayed);
	cr_expect_not(f.rq->need_resched);
}

/* Somebody wakes while a delayed task is the best one: does weighing the two end its delay? */
static bool wakeup_finishes(bool finishes)
{
	struct task *task = debtor("v6.18"), *hog = f.rq->curr;
	struct task *wakee = fixture_sleeper(&f, (struct sched_attr){0});

	f.queue->features &= ~(finishes ? 0 : FEATURE_WAKEUP_FINISHES_DELAYED);
	f.queue->newest = finishes;
	fixture_put_at(&f, task, hog->fair.vruntime - 1 * MSEC, hog->fair.vruntime - 900 * USEC);
	eevdf_unprotect(&hog->fair);
	f.rq->need_resched = 0;
	fixture_wake(&f, wakee);
	return !task->fair.sched_delayed;
}

/* 6.18.15 takes what __pick_eevdf() finds, 6.18.35 picks again. */
Test(fair_delay, a_wakeup_finishes_the_delayed_ones_that_it_comes_upon)
{
	cr_expect(wakeup_finishes(true));
	cr_expect_not(wakeup_finishes(false));
}

Test(fair_delay, woken_in_debt_it_keeps_vruntime_and_deadline)
{
	struct task *task = debtor("v6.18");
	u64 vruntime = task->fair.vruntime, deadline = task->fair.deadline;

	fixture_advance(&f, 100 * USEC);
	fixture_wake(&f, task);
	cr_expect_eq(task->fair.vruntime, vruntime);
	cr_expect_eq(task->fair.deadline, deadline);
	cr_expect_not(task->fair.sched_delayed);
	cr_expect_eq(f.queue->h_nr_runnable, 2);
}

/* Real V has passed it, but not the V of curr's last charge: it keeps its place and wins. */
Test(fair_delay, its_lag_at_the_wakeup_is_that_of_the_last_charge)
{
	struct task *task = debtor("v6.18");
	struct task *hog = f.rq->curr;
	u64 vruntime = task->fair.vruntime, charged = hog->fair.exec_start;

	fixture_advance(&f, 2 * MSEC);
	cr_assert_eq(hog->fair.exec_start, charged);
	cr_expect(fixture_wake(&f, task));
	cr_expect_eq(task->fair.vruntime, vruntime);
	cr_expect(fixture_lag(&f, task) > 0);
}

Test(fair_delay, woken_as_a_creditor_it_starts_at_virtual_time)
{
	struct task *task = debtor("v6.18");

	fixture_advance(&f, 2 * MSEC);
	rq_update_clock(f.rq);
	fair_update_curr(f.queue); /* as any other event would */
	f.rq->need_resched = 0;

	u64 virtual_time = eevdf_virtual_time(f.queue);

	cr_assert(virtual_time > task->fair.vruntime);
	eevdf_rules.requeue(f.queue, &task->fair);
	/* V without it is curr's vruntime, where the hog is. */
	cr_expect_eq(task->fair.vruntime, f.rq->curr->fair.vruntime);
	cr_expect_eq(task->fair.vlag, 0);
	cr_expect_eq(f.queue->nr_queued, 2);
}

Test(fair_delay, without_delay_dequeue_a_debtor_leaves_with_its_debt)
{
	fixture_init(&f, (struct fixture_options){"v6.18", .cpus = 2,
						  .features_off = FEATURE_DELAY_DEQUEUE});
	fixture_lone_hog(&f);

	struct task *task = fixture_sleeper(&f, (struct sched_attr){.slice_ns = 100 * USEC});

	fixture_wake(&f, task);
	cr_assert_eq(fixture_schedule(&f), task);
	fixture_advance(&f, 400 * USEC);
	fixture_sleep(&f);
	cr_expect_eq(task->on_rq, ON_RQ_NO);
	cr_expect_eq(task->fair.vlag, -200 * (s64)USEC);
}

Test(fair_delay, a_dead_debtor_leaves_at_once)
{
	boot("v6.18", 2);
	fixture_lone_hog(&f);

	struct task *task = fixture_sleeper(&f, (struct sched_attr){.slice_ns = 100 * USEC});

	fixture_wake(&f, task);
	cr_assert_eq(fixture_schedule(&f), task);
	fixture_advance(&f, 400 * USEC);
	sched_exit_task(&f.sched, f.cpu, TASK_EXIT_ZOMBIE);
	cr_expect_not(task->fair.sched_delayed);
	cr_expect_eq(f.rq->nr_running, 1);
}

/* ---- Lag limits ---- */

static s64 lag_at_sleep(const char *kernel, u64 ran)
{
	fixture_init(&f, (struct fixture_options){kernel, .cpus = 2,
						  .features_off = FEATURE_DELAY_DEQUEUE});
	fixture_lone_hog(&f);

	struct task *task = fixture_sleeper(&f, (struct sched_attr){.slice_ns = 100 * USEC});

	fixture_wake(&f, task);
	cr_assert_eq(fixture_schedule(&f), task);
	fixture_advance(&f, ran);
	fixture_sleep(&f);
	return task->fair.vlag;
}

Test(fair_delay, debt_beyond_the_limit_is_forgiven)
{
	/* Largest slice 1.4 ms + tick 4 ms; max(2 * 0.1 ms, tick 4 ms). */
	cr_expect_eq(lag_at_sleep("v6.18", 30 * MSEC), -5400 * (s64)USEC);
	cr_expect_eq(lag_at_sleep("v6.12", 30 * MSEC), -4000 * (s64)USEC);
	cr_expect_eq(lag_at_sleep("v6.18", 2 * MSEC), -1000 * (s64)USEC);
}

/* ---- Protection ---- */

Test(fair_delay, a_picked_task_is_protected_and_a_re_picked_one_is_not)
{
	boot("v6.18", 2);

	struct task *hog = fixture_nice(&f, 0);

	fixture_start(&f, hog);
	fixture_schedule(&f);
	cr_expect(eevdf_protected(&hog->fair));
	fixture_advance(&f, 4 * MSEC);
	fixture_tick(&f);
	cr_expect_not(eevdf_protected(&hog->fair));
}

/* Two tasks in turn; the second has just been picked and a third wakes with the earlier deadline.
 */
static bool breaks_protection(const char *kernel, u64 slice)
{
	boot(kernel, 2);
	fixture_lone_hog(&f);

	struct task *task = fixture_sleeper(&f, (struct sched_attr){.slice_ns = 20 * MSEC});
	struct task *wakee = fixture_sleeper(&f, (struct sched_attr){.slice_ns = slice});

	fixture_wake(&f, task);
	fixture_advance(&f, 4 * MSEC);
	fixture_tick(&f);
	cr_assert_eq(f.rq->curr, task);
	fixture_advance(&f, 500 * USEC);
	return fixture_wake(&f, wakee);
}

Test(fair_delay, the_lag_of_one_that_has_left_is_not_taken_for_protection)
{
	struct fair_entity left = {.vruntime = 7 * MSEC, .vlag = -3 * (s64)MSEC, .on_rq = false};
	struct fair_entity runs = {.vruntime = 7 * MSEC, .vprot = 9 * MSEC, .on_rq = true};

	eevdf_unprotect(&left);
	cr_assert_eq(left.vlag, -3 * (s64)MSEC);
	eevdf_unprotect(&runs);
	cr_assert_eq(runs.vprot, 7 * MSEC);
}

Test(fair_delay, only_a_shorter_slice_breaks_protection)
{
	cr_expect_not(breaks_protection("v6.18", 20 * MSEC));
	cr_expect_not(breaks_protection("v6.12", 20 * MSEC));
	cr_expect(breaks_protection("v6.12", 0));
	cr_expect(breaks_protection("v6.18", 0));
}

Test(fair_delay, without_preempt_short_protection_holds)
{
	boot("v6.18", 2);
	fixture_lone_hog(&f);
	f.queue->features &= ~FEATURE_PREEMPT_SHORT;
	f.queue->newest = false;

	struct task *task = fixture_sleeper(&f, (struct sched_attr){.slice_ns = 20 * MSEC});
	struct task *wakee = fixture_sleeper(&f, (struct sched_attr){0});

	fixture_wake(&f, task);
	fixture_advance(&f, 4 * MSEC);
	fixture_tick(&f);
	cr_assert_eq(f.rq->curr, task);
	fixture_advance(&f, 500 * USEC);
	cr_expect_not(fixture_wake(&f, wakee));
}

/*
 * What is left of a protection of 20 ms when a task wakes that does not preempt, while one with a
 * slice of 5 ms waits.
 */
static s64 left_of_protection(bool any_slice, u64 slice)
{
	boot("v6.18", 2);

	struct task *runs = fixture_task(&f, (struct sched_attr){.slice_ns = 20 * MSEC});
	struct task *waits = fixture_task(&f, (struct sched_attr){.slice_ns = 5 * MSEC});
	struct task *wakee = fixture_sleeper(&f, (struct sched_attr){.slice_ns = slice});

	f.queue->features &= ~(any_slice ? 0 : FEATURE_LONG_WAKEE_TIGHTENS);
	f.queue->newest = any_slice;
	fixture_start(&f, runs);
	fixture_schedule(&f);
	fixture_start(&f, waits);
	fixture_put_at(&f, waits, runs->fair.vruntime + 30 * MSEC, runs->fair.vruntime + 35 * MSEC);
	runs->fair.vprot = runs->fair.vruntime + 20 * MSEC;
	f.rq->need_resched = 0;
	cr_expect_not(fixture_wake(&f, wakee));
	return (s64)(runs->fair.vprot - runs->fair.vruntime);
}

/* update_protect_slice(): 6.18.15 calls it for shorter wakees alone, 6.18.35 for any. */
Test(fair_delay, who_wakes_and_does_not_preempt_shortens_protection_to_the_least_slice)
{
	cr_expect_eq(left_of_protection(true, 40 * MSEC), 5 * MSEC);
	cr_expect_eq(left_of_protection(false, 40 * MSEC), 20 * MSEC);
}
