/* SPDX-License-Identifier: MIT */
/* EEVDF: lag, placement, protection, wakeups; the numbers of fair.md 11.3 to 11.8. */
#include "classes/fair_eevdf.h"

#include "fair_fixture.h"

static struct fixture f;

static void teardown(void)
{
	fixture_fini(&f);
}

TestSuite(fair_eevdf, .fini = teardown);

/* 8 cpus: a slice of 2.8 ms; 2 cpus: 1.4 ms. HZ 250. */
static void boot(const char *kernel, u32 cpus)
{
	fixture_init(&f, (struct fixture_options){kernel, .cpus = cpus});
}

static struct task *sleeper(struct sched_attr attr)
{
	struct task *task = fixture_task(&f, attr);

	sched_park(&f.sched, task, 0, TASK_INTERRUPTIBLE);
	return task;
}

/* A task that runs and was alone for two ticks: unprotected, its deadline renewed just now. */
static struct task *lone_hog(void)
{
	struct task *hog = fixture_nice(&f, 0);

	fixture_start(&f, hog);
	fixture_schedule(&f);
	for (u32 i = 0; i < 2; i++) {
		fixture_advance(&f, 4 * MSEC);
		fixture_tick(&f);
	}
	cr_assert_eq(f.rq->curr, hog);
	return hog;
}

/* Moves a queued entity to where a test wants it. */
static void put_at(struct task *task, u64 vruntime, u64 deadline)
{
	bool curr = f.queue->curr == &task->fair;

	if (!curr)
		eevdf_erase(f.queue, &task->fair);
	task->fair.vruntime = vruntime;
	task->fair.deadline = deadline;
	if (!curr)
		eevdf_insert(f.queue, &task->fair);
}

static s64 lag_of(const struct task *task)
{
	return (s64)(eevdf_virtual_time(f.queue) - task->fair.vruntime);
}

/* ---- Placement, fair.md 11.4 ---- */

Test(fair_eevdf, placement_keeps_the_lag_that_was_saved)
{
	boot("v6.18", 8);

	struct task *hog = lone_hog(), *task = sleeper((struct sched_attr){0});
	u64 virtual_time = eevdf_virtual_time(f.queue);

	cr_expect_eq(virtual_time, hog->fair.vruntime);
	task->fair.vlag = MSEC;
	fixture_wake(&f, task);
	cr_expect_eq(task->fair.vruntime, virtual_time - 2 * MSEC);
	cr_expect_eq(eevdf_virtual_time(f.queue), virtual_time - MSEC);
	cr_expect_eq(lag_of(task), (s64)MSEC);
}

/* kernel/sched/fair.c: entity_lag(): two slices of 2.8 ms, which are more than a tick; in the later kernel the longest slice and a tick. */
Test(fair_eevdf, a_lag_that_is_given_is_bounded_as_one_that_is_saved)
{
	static const struct {
		const char *kernel;
		u64 limit_ns;
	} cases[] = {{"v6.12", 5600 * USEC}, {"v6.18", 6800 * USEC}};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		boot(cases[i].kernel, 8);
		lone_hog();

		struct task *task = sleeper((struct sched_attr){0});

		sched_owe(&f.sched, task, 3 * MSEC);
		cr_expect_eq(task->fair.vlag, 3 * (s64)MSEC);
		sched_owe(&f.sched, task, 100 * MSEC);
		cr_expect_eq(task->fair.vlag, (s64)cases[i].limit_ns, "%s: %" PRId64, cases[i].kernel, task->fair.vlag);
	}
}

Test(fair_eevdf, placement_of_another_weight_loses_less_than_a_nanosecond)
{
	boot("v6.18", 8);
	lone_hog();

	struct task *task = sleeper((struct sched_attr){.nice = 5});
	u64 virtual_time = eevdf_virtual_time(f.queue);

	task->fair.vlag = MSEC;
	fixture_wake(&f, task);
	cr_expect_eq(task->fair.vruntime, virtual_time - 1327148);
	cr_expect_eq(eevdf_virtual_time(f.queue), virtual_time - 327149);
	cr_expect_eq(lag_of(task), 999999);
}

Test(fair_eevdf, a_new_task_starts_at_virtual_time_with_half_a_slice)
{
	boot("v6.18", 8);
	lone_hog();

	struct task *child = fixture_nice(&f, 0);
	u64 virtual_time = eevdf_virtual_time(f.queue);

	fixture_start(&f, child);
	cr_expect_eq(child->fair.vruntime, virtual_time);
	cr_expect_eq(child->fair.deadline, virtual_time + 1400 * USEC);
}

Test(fair_eevdf, on_an_empty_queue_lag_is_dropped)
{
	boot("v6.18", 8);

	struct task *task = sleeper((struct sched_attr){0});
	u64 virtual_time = eevdf_virtual_time(f.queue);

	task->fair.vlag = -(s64)MSEC;
	fixture_wake(&f, task);
	cr_expect_eq(task->fair.vruntime, virtual_time);
}

Test(fair_eevdf, without_place_lag_everybody_starts_at_virtual_time)
{
	fixture_init(&f, (struct fixture_options){"v6.18", .cpus = 8,
						  .features_off = FEATURE_PLACE_LAG});
	lone_hog();

	struct task *task = sleeper((struct sched_attr){0});
	u64 virtual_time = eevdf_virtual_time(f.queue);

	task->fair.vlag = MSEC;
	fixture_wake(&f, task);
	cr_expect_eq(task->fair.vruntime, virtual_time);
}

/* ---- Wakeups with zero lag, fair.md 11.3 ---- */

static void zero_lag_wakeup(const char *kernel, u64 after_tick, bool preempts)
{
	boot(kernel, 2);

	struct task *hog = lone_hog(), *task = sleeper((struct sched_attr){0});

	fixture_advance(&f, after_tick);
	cr_expect_eq(fixture_wake(&f, task), preempts, "%s %" PRIu64, kernel, after_tick);
	cr_expect_eq(fixture_schedule(&f), preempts ? task : hog);
	if (!preempts) {
		fixture_advance(&f, 4 * MSEC - after_tick);
		fixture_tick(&f);
		cr_expect_eq(f.rq->curr, task, "served at the next tick");
	}
}

Test(fair_eevdf, zero_lag_waits_while_the_hog_has_the_earlier_deadline)
{
	zero_lag_wakeup("v6.12", 300 * USEC, false);
	zero_lag_wakeup("v6.12", 1399999, false);
	zero_lag_wakeup("v6.18", 840 * USEC, false);
	zero_lag_wakeup("v6.18", 1399999, false);
}

Test(fair_eevdf, zero_lag_wins_the_tie_when_the_hogs_request_ends)
{
	zero_lag_wakeup("v6.12", 1400 * USEC, true);
	zero_lag_wakeup("v6.18", 1400 * USEC, true);
}

/* ---- Lag over many sleeps, fair.md 11.4 ---- */

static void lag_is_eaten(const char *kernel)
{
	s64 lag = 1723000; /* (4 - 0.254) / 2 - 0.3 / 2 ms */

	boot(kernel, 2);

	struct task *hog = lone_hog(), *task = sleeper((struct sched_attr){0});

	fixture_advance(&f, 254 * USEC);
	cr_assert_not(fixture_wake(&f, task));
	fixture_advance(&f, 3746 * USEC);
	fixture_tick(&f);
	for (u32 round = 0; lag > 0; round++, lag -= 150000) {
		cr_assert_eq(f.rq->curr, task, "%s round %u", kernel, round);
		fixture_advance(&f, 300 * USEC);
		fixture_sleep(&f);
		cr_assert_not(task->fair.sched_delayed);
		cr_assert(task->fair.vlag <= lag && task->fair.vlag > lag - 100,
			  "%s round %u: %" PRId64, kernel, round, task->fair.vlag);
		cr_assert_eq(f.rq->curr, hog);
		fixture_advance(&f, 700 * USEC);
		cr_assert(fixture_wake(&f, task), "%s round %u", kernel, round);
		fixture_schedule(&f);
	}
	/* 73 us were left: after this run it is in debt and stays queued until the debt is paid. */
	fixture_advance(&f, 300 * USEC);
	fixture_sleep(&f);
	cr_assert(task->fair.sched_delayed);
	fixture_advance(&f, 4 * MSEC);
	fixture_tick(&f);
	cr_assert_eq(f.rq->curr, hog);
	cr_assert_not(task->fair.sched_delayed);
	cr_assert_eq(task->fair.vlag, 0);
}

Test(fair_eevdf, each_run_eats_of_the_lag_until_the_sleeper_is_delayed)
{
	lag_is_eaten("v6.12");
	lag_is_eaten("v6.18");
}

/* ---- Other slices and weights, fair.md 11.5 ---- */

Test(fair_eevdf, a_short_slice_preempts_unless_the_hog_ends_still_earlier)
{
	boot("v6.18", 2);
	lone_hog();

	struct task *a = sleeper((struct sched_attr){.slice_ns = 100 * USEC});

	fixture_advance(&f, 1299 * USEC);
	cr_expect(fixture_wake(&f, a));

	boot("v6.18", 2);
	lone_hog();
	a = sleeper((struct sched_attr){.slice_ns = 100 * USEC});
	fixture_advance(&f, 1350 * USEC);
	cr_expect_not(fixture_wake(&f, a));
}

Test(fair_eevdf, a_long_slice_without_lag_waits_for_the_tick)
{
	for (u64 phase = 100 * USEC; phase < 4 * MSEC; phase += 433 * USEC) {
		struct task *task;

		boot("v6.18", 2);
		lone_hog();
		task = sleeper((struct sched_attr){.slice_ns = 20 * MSEC});

		fixture_advance(&f, phase);
		cr_expect_not(fixture_wake(&f, task));
		fixture_advance(&f, 4 * MSEC - phase);
		fixture_tick(&f);
		cr_expect_eq(f.rq->curr, task);
	}
}

Test(fair_eevdf, a_light_wakee_without_lag_waits_for_the_tick)
{
	boot("v6.18", 2);
	lone_hog();

	struct task *task = sleeper((struct sched_attr){.nice = 5});

	fixture_advance(&f, 2 * MSEC);
	cr_expect_not(fixture_wake(&f, task));
	fixture_advance(&f, 2 * MSEC);
	fixture_tick(&f);
	cr_expect_eq(f.rq->curr, task);
}

/* ---- Renice, fair.md 11.6 ---- */

static struct task *task_a, *task_b;

/* A runs at 101 ms with deadline 102.8, B waits at 99 ms: V = 100 ms. */
static void two_at_100(const char *kernel)
{
	boot(kernel, 8);
	task_a = fixture_nice(&f, 0);
	fixture_start(&f, task_a);
	fixture_schedule(&f);
	task_b = fixture_nice(&f, 0);
	fixture_start(&f, task_b);
	f.rq->need_resched = 0;
	put_at(task_a, 101 * MSEC, 102800 * USEC);
	put_at(task_b, 99 * MSEC, 101800 * USEC);
	cr_assert_eq(eevdf_virtual_time(f.queue), 100 * MSEC);
}

Test(fair_eevdf, renice_of_the_running_task_scales_lag_and_request)
{
	two_at_100("v6.18");
	cr_assert_eq(sched_set_nice(&f.sched, task_a, 5), SCHED_OK);
	cr_expect_eq(task_a->fair.vruntime, 103056715);
	cr_expect_eq(task_a->fair.deadline, 108558804);
	cr_expect_eq(eevdf_virtual_time(f.queue), 99999999);
	cr_expect(f.rq->need_resched);
	cr_expect_not(eevdf_protected(&task_a->fair));
}

Test(fair_eevdf, renice_in_6_12_keeps_the_request_unscaled)
{
	two_at_100("v6.12");
	cr_assert_eq(sched_set_nice(&f.sched, task_a, 5), SCHED_OK);
	cr_expect_eq(task_a->fair.vruntime, 103056715);
	cr_expect_eq(task_a->fair.deadline, 104856715);
	cr_expect(f.rq->need_resched);
	cr_expect(eevdf_protected(&task_a->fair));
}

/* As a group's entity: its weight changes while it is queued. */
static void reweight_a(void)
{
	eevdf_reweight(f.queue, &task_a->fair, weight_of(5, false));
}

/* B runs, A waits. */
static void let_b_run(void)
{
	fair_put_prev_entity(f.queue, &task_a->fair);
	fair_set_next_entity(f.queue, &task_b->fair, true);
	f.rq->curr = task_b;
}

Test(fair_eevdf, reweight_in_place_about_the_average)
{
	two_at_100("v6.12");
	reweight_a();
	cr_expect_eq(task_a->fair.vruntime, 103056716);
	cr_expect_eq(task_a->fair.deadline, 108558805);
	cr_expect_eq(f.queue->load_weight, (1024 + 335) << 10);
}

Test(fair_eevdf, reweight_in_place_by_placing_of_one_that_waits)
{
	two_at_100("v6.18");
	let_b_run();
	reweight_a();
	cr_expect_eq(task_a->fair.vruntime, 103056715);
	cr_expect_eq(task_a->fair.deadline, 108558804);
	cr_expect_eq(eevdf_virtual_time(f.queue), 99999999);
	cr_expect_eq(f.queue->nr_queued, 2);
}

Test(fair_eevdf, reweight_in_place_of_curr_still_counts_its_old_vruntime)
{
	two_at_100("v6.18");
	reweight_a();
	cr_expect_eq(task_a->fair.vruntime, 103303220, "%" PRIu64, task_a->fair.vruntime);
	cr_expect_eq(task_a->fair.deadline, 108805309, "%" PRIu64, task_a->fair.deadline);
	cr_expect_eq(eevdf_virtual_time(f.queue), 100060764);
	cr_expect_not(eevdf_protected(&task_a->fair));
}

/* ---- Fork, fair.md 11.8 ---- */

static bool fork_preempts(const char *kernel, u64 ran)
{
	boot(kernel, 8);

	struct task *parent = lone_hog(), *child = fixture_nice(&f, 0);

	fixture_advance(&f, ran);
	sched_fork(&f.sched, parent, child);
	fixture_start(&f, child);
	return f.rq->need_resched;
}

Test(fair_eevdf, a_child_preempts_a_parent_whose_deadline_is_later)
{
	/* The parent's deadline is 2.8 ms after the tick, the child's 1.4 ms after the fork. */
	cr_expect(fork_preempts("v6.12", MSEC));
	cr_expect(fork_preempts("v6.12", 1400 * USEC));
	cr_expect_not(fork_preempts("v6.12", 1401 * USEC));
}

Test(fair_eevdf, in_6_18_a_child_never_preempts)
{
	for (u64 ran = 0; ran < 4 * MSEC; ran += 400 * USEC)
		cr_expect_not(fork_preempts("v6.18", ran));
}

/* ---- Delayed dequeue ---- */

/* The task ran 0.4 ms beside a hog from equal lag and then slept, in debt. */
static struct task *debtor(const char *kernel)
{
	boot(kernel, 2);
	lone_hog();

	struct task *task = sleeper((struct sched_attr){.slice_ns = 100 * USEC});

	cr_assert(fixture_wake(&f, task));
	cr_assert_eq(fixture_schedule(&f), task);
	fixture_advance(&f, 400 * USEC);
	fixture_sleep(&f);
	cr_assert(task->fair.sched_delayed);
	cr_assert_neq(f.rq->curr, task);
	return task;
}

Test(fair_eevdf, a_delayed_task_counts_as_queued_but_not_as_runnable)
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

Test(fair_eevdf, a_delayed_task_that_balancing_brought_to_an_empty_queue_just_leaves)
{
	struct task *task = debtor("v6.18"), *hog = f.rq->curr;

	/* The hog blocks; the delayed task with the shorter slice is alone, and weighed against it. */
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
	struct task *wakee = sleeper((struct sched_attr){0});

	f.queue->features &= ~(finishes ? 0 : FEATURE_WAKEUP_FINISHES_DELAYED);
	f.queue->newest = finishes;
	put_at(task, hog->fair.vruntime - 1 * MSEC, hog->fair.vruntime - 900 * USEC);
	eevdf_unprotect(&hog->fair);
	f.rq->need_resched = 0;
	fixture_wake(&f, wakee);
	return !task->fair.sched_delayed;
}

/* 6.18.15 takes what __pick_eevdf() finds, 6.18.35 picks again. */
Test(fair_eevdf, a_wakeup_finishes_the_delayed_ones_that_it_comes_upon)
{
	cr_expect(wakeup_finishes(true));
	cr_expect_not(wakeup_finishes(false));
}

Test(fair_eevdf, woken_in_debt_it_keeps_vruntime_and_deadline)
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
Test(fair_eevdf, its_lag_at_the_wakeup_is_that_of_the_last_charge)
{
	struct task *task = debtor("v6.18");
	struct task *hog = f.rq->curr;
	u64 vruntime = task->fair.vruntime, charged = hog->fair.exec_start;

	fixture_advance(&f, 2 * MSEC);
	cr_assert_eq(hog->fair.exec_start, charged);
	cr_expect(fixture_wake(&f, task));
	cr_expect_eq(task->fair.vruntime, vruntime);
	cr_expect(lag_of(task) > 0);
}

Test(fair_eevdf, woken_as_a_creditor_it_starts_at_virtual_time)
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

Test(fair_eevdf, without_delay_dequeue_a_debtor_leaves_with_its_debt)
{
	fixture_init(&f, (struct fixture_options){"v6.18", .cpus = 2,
						  .features_off = FEATURE_DELAY_DEQUEUE});
	lone_hog();

	struct task *task = sleeper((struct sched_attr){.slice_ns = 100 * USEC});

	fixture_wake(&f, task);
	cr_assert_eq(fixture_schedule(&f), task);
	fixture_advance(&f, 400 * USEC);
	fixture_sleep(&f);
	cr_expect_eq(task->on_rq, ON_RQ_NO);
	cr_expect_eq(task->fair.vlag, -200 * (s64)USEC);
}

Test(fair_eevdf, a_dead_debtor_leaves_at_once)
{
	boot("v6.18", 2);
	lone_hog();

	struct task *task = sleeper((struct sched_attr){.slice_ns = 100 * USEC});

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
	lone_hog();

	struct task *task = sleeper((struct sched_attr){.slice_ns = 100 * USEC});

	fixture_wake(&f, task);
	cr_assert_eq(fixture_schedule(&f), task);
	fixture_advance(&f, ran);
	fixture_sleep(&f);
	return task->fair.vlag;
}

Test(fair_eevdf, debt_beyond_the_limit_is_forgiven)
{
	/* Largest slice 1.4 ms + tick 4 ms; max(2 * 0.1 ms, tick 4 ms). */
	cr_expect_eq(lag_at_sleep("v6.18", 30 * MSEC), -5400 * (s64)USEC);
	cr_expect_eq(lag_at_sleep("v6.12", 30 * MSEC), -4000 * (s64)USEC);
	cr_expect_eq(lag_at_sleep("v6.18", 2 * MSEC), -1000 * (s64)USEC);
}

/* ---- Protection ---- */

Test(fair_eevdf, a_picked_task_is_protected_and_a_re_picked_one_is_not)
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
	lone_hog();

	struct task *task = sleeper((struct sched_attr){.slice_ns = 20 * MSEC});
	struct task *wakee = sleeper((struct sched_attr){.slice_ns = slice});

	fixture_wake(&f, task);
	fixture_advance(&f, 4 * MSEC);
	fixture_tick(&f);
	cr_assert_eq(f.rq->curr, task);
	fixture_advance(&f, 500 * USEC);
	return fixture_wake(&f, wakee);
}

Test(fair_eevdf, the_lag_of_one_that_has_left_is_not_taken_for_protection)
{
	struct fair_entity left = {.vruntime = 7 * MSEC, .vlag = -3 * (s64)MSEC, .on_rq = false};
	struct fair_entity runs = {.vruntime = 7 * MSEC, .vprot = 9 * MSEC, .on_rq = true};

	eevdf_unprotect(&left);
	cr_assert_eq(left.vlag, -3 * (s64)MSEC);
	eevdf_unprotect(&runs);
	cr_assert_eq(runs.vprot, 7 * MSEC);
}

Test(fair_eevdf, only_a_shorter_slice_breaks_protection)
{
	cr_expect_not(breaks_protection("v6.18", 20 * MSEC));
	cr_expect_not(breaks_protection("v6.12", 20 * MSEC));
	cr_expect(breaks_protection("v6.12", 0));
	cr_expect(breaks_protection("v6.18", 0));
}

Test(fair_eevdf, without_preempt_short_protection_holds)
{
	boot("v6.18", 2);
	lone_hog();
	f.queue->features &= ~FEATURE_PREEMPT_SHORT;
	f.queue->newest = false;

	struct task *task = sleeper((struct sched_attr){.slice_ns = 20 * MSEC});
	struct task *wakee = sleeper((struct sched_attr){0});

	fixture_wake(&f, task);
	fixture_advance(&f, 4 * MSEC);
	fixture_tick(&f);
	cr_assert_eq(f.rq->curr, task);
	fixture_advance(&f, 500 * USEC);
	cr_expect_not(fixture_wake(&f, wakee));
}

/* What is left of a protection of 20 ms when a task wakes that does not preempt, while one with a slice of 5 ms waits. */
static s64 left_of_protection(bool any_slice, u64 slice)
{
	boot("v6.18", 2);

	struct task *runs = fixture_task(&f, (struct sched_attr){.slice_ns = 20 * MSEC});
	struct task *waits = fixture_task(&f, (struct sched_attr){.slice_ns = 5 * MSEC});
	struct task *wakee = sleeper((struct sched_attr){.slice_ns = slice});

	f.queue->features &= ~(any_slice ? 0 : FEATURE_LONG_WAKEE_TIGHTENS);
	f.queue->newest = any_slice;
	fixture_start(&f, runs);
	fixture_schedule(&f);
	fixture_start(&f, waits);
	put_at(waits, runs->fair.vruntime + 30 * MSEC, runs->fair.vruntime + 35 * MSEC);
	runs->fair.vprot = runs->fair.vruntime + 20 * MSEC;
	f.rq->need_resched = 0;
	cr_expect_not(fixture_wake(&f, wakee));
	return (s64)(runs->fair.vprot - runs->fair.vruntime);
}

/* update_protect_slice(): 6.18.15 calls it for shorter wakees alone, 6.18.35 for any. */
Test(fair_eevdf, who_wakes_and_does_not_preempt_shortens_protection_to_the_least_slice)
{
	cr_expect_eq(left_of_protection(true, 40 * MSEC), 5 * MSEC);
	cr_expect_eq(left_of_protection(false, 40 * MSEC), 20 * MSEC);
}

/* ---- Policies ---- */

static bool policy_preempts(u8 running, u8 woken)
{
	boot("v6.18", 2);

	struct task *hog = fixture_task(&f, (struct sched_attr){.policy = running});
	struct task *task = sleeper((struct sched_attr){.policy = woken, .slice_ns = 100 * USEC});

	fixture_start(&f, hog);
	fixture_schedule(&f);
	fixture_advance(&f, 4 * MSEC);
	fixture_tick(&f);
	return fixture_wake(&f, task);
}

Test(fair_eevdf, idle_policy_yields_to_all_others_and_batch_preempts_no_normal_task)
{
	cr_expect(policy_preempts(POLICY_OTHER, POLICY_OTHER));
	cr_expect(policy_preempts(POLICY_IDLE, POLICY_OTHER));
	cr_expect(policy_preempts(POLICY_IDLE, POLICY_BATCH));
	cr_expect_not(policy_preempts(POLICY_OTHER, POLICY_BATCH));
	cr_expect_not(policy_preempts(POLICY_OTHER, POLICY_IDLE));
	cr_expect(policy_preempts(POLICY_BATCH, POLICY_OTHER));
}

/* ---- Yield ---- */

Test(fair_eevdf, an_eligible_yielder_gives_up_its_request)
{
	two_at_100("v6.18");
	put_at(task_a, 98 * MSEC, 99 * MSEC);

	sched_yield_curr(&f.sched, f.cpu);
	cr_expect_eq(task_a->fair.vruntime, 99 * MSEC);
	cr_expect_eq(task_a->fair.deadline, 101800 * USEC);
	cr_expect_eq(f.rq->curr, task_b, "equal deadlines: the one that waits");
}

Test(fair_eevdf, an_ineligible_yielder_keeps_its_request)
{
	two_at_100("v6.18");
	sched_yield_curr(&f.sched, f.cpu);
	cr_expect_eq(task_a->fair.vruntime, 101 * MSEC);
	cr_expect_eq(task_a->fair.deadline, 102800 * USEC);
	cr_expect_eq(f.rq->curr, task_b);
}

Test(fair_eevdf, alone_a_yield_does_nothing)
{
	boot("v6.18", 2);

	struct task *hog = lone_hog();
	u64 deadline = hog->fair.deadline;

	sched_yield_curr(&f.sched, f.cpu);
	cr_expect_eq(hog->fair.deadline, deadline);
	cr_expect_eq(f.rq->curr, hog);
}
