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

/* ---- Placement, fair.md 11.4 ---- */

Test(fair_eevdf, placement_keeps_the_lag_that_was_saved)
{
	boot("v6.18", 8);

	struct task *hog = fixture_lone_hog(&f),
		    *task = fixture_sleeper(&f, (struct sched_attr){0});
	u64 virtual_time = eevdf_virtual_time(f.queue);

	cr_expect_eq(virtual_time, hog->fair.vruntime);
	task->fair.vlag = MSEC;
	fixture_wake(&f, task);
	cr_expect_eq(task->fair.vruntime, virtual_time - 2 * MSEC);
	cr_expect_eq(eevdf_virtual_time(f.queue), virtual_time - MSEC);
	cr_expect_eq(fixture_lag(&f, task), (s64)MSEC);
}

/*
 * kernel/sched/fair.c: entity_lag(): two slices of 2.8 ms, which are more than a tick; in the later
 * kernel the longest slice and a tick.
 */
Test(fair_eevdf, a_lag_that_is_given_is_bounded_as_one_that_is_saved)
{
	static const struct {
		const char *kernel;
		u64 limit_ns;
	} cases[] = {{"v6.12", 5600 * USEC}, {"v6.18", 6800 * USEC}};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		boot(cases[i].kernel, 8);
		fixture_lone_hog(&f);

		struct task *task = fixture_sleeper(&f, (struct sched_attr){0});

		sched_owe(&f.sched, task, 3 * MSEC);
		cr_expect_eq(task->fair.vlag, 3 * (s64)MSEC);
		sched_owe(&f.sched, task, 100 * MSEC);
		cr_expect_eq(task->fair.vlag, (s64)cases[i].limit_ns, "%s: %" PRId64,
			     cases[i].kernel, task->fair.vlag);
	}
}

Test(fair_eevdf, placement_of_another_weight_loses_less_than_a_nanosecond)
{
	boot("v6.18", 8);
	fixture_lone_hog(&f);

	struct task *task = fixture_sleeper(&f, (struct sched_attr){.nice = 5});
	u64 virtual_time = eevdf_virtual_time(f.queue);

	task->fair.vlag = MSEC;
	fixture_wake(&f, task);
	cr_expect_eq(task->fair.vruntime, virtual_time - 1327148);
	cr_expect_eq(eevdf_virtual_time(f.queue), virtual_time - 327149);
	cr_expect_eq(fixture_lag(&f, task), 999999);
}

Test(fair_eevdf, a_new_task_starts_at_virtual_time_with_half_a_slice)
{
	boot("v6.18", 8);
	fixture_lone_hog(&f);

	struct task *child = fixture_nice(&f, 0);
	u64 virtual_time = eevdf_virtual_time(f.queue);

	fixture_start(&f, child);
	cr_expect_eq(child->fair.vruntime, virtual_time);
	cr_expect_eq(child->fair.deadline, virtual_time + 1400 * USEC);
}

Test(fair_eevdf, on_an_empty_queue_lag_is_dropped)
{
	boot("v6.18", 8);

	struct task *task = fixture_sleeper(&f, (struct sched_attr){0});
	u64 virtual_time = eevdf_virtual_time(f.queue);

	task->fair.vlag = -(s64)MSEC;
	fixture_wake(&f, task);
	cr_expect_eq(task->fair.vruntime, virtual_time);
}

Test(fair_eevdf, without_place_lag_everybody_starts_at_virtual_time)
{
	fixture_init(&f, (struct fixture_options){"v6.18", .cpus = 8,
						  .features_off = FEATURE_PLACE_LAG});
	fixture_lone_hog(&f);

	struct task *task = fixture_sleeper(&f, (struct sched_attr){0});
	u64 virtual_time = eevdf_virtual_time(f.queue);

	task->fair.vlag = MSEC;
	fixture_wake(&f, task);
	cr_expect_eq(task->fair.vruntime, virtual_time);
}

/* ---- Wakeups with zero lag, fair.md 11.3 ---- */

static void zero_lag_wakeup(const char *kernel, u64 after_tick, bool preempts)
{
	boot(kernel, 2);

	struct task *hog = fixture_lone_hog(&f),
		    *task = fixture_sleeper(&f, (struct sched_attr){0});

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

	struct task *hog = fixture_lone_hog(&f),
		    *task = fixture_sleeper(&f, (struct sched_attr){0});

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
	fixture_lone_hog(&f);

	struct task *a = fixture_sleeper(&f, (struct sched_attr){.slice_ns = 100 * USEC});

	fixture_advance(&f, 1299 * USEC);
	cr_expect(fixture_wake(&f, a));

	boot("v6.18", 2);
	fixture_lone_hog(&f);
	a = fixture_sleeper(&f, (struct sched_attr){.slice_ns = 100 * USEC});
	fixture_advance(&f, 1350 * USEC);
	cr_expect_not(fixture_wake(&f, a));
}

Test(fair_eevdf, a_long_slice_without_lag_waits_for_the_tick)
{
	for (u64 phase = 100 * USEC; phase < 4 * MSEC; phase += 433 * USEC) {
		struct task *task;

		boot("v6.18", 2);
		fixture_lone_hog(&f);
		task = fixture_sleeper(&f, (struct sched_attr){.slice_ns = 20 * MSEC});

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
	fixture_lone_hog(&f);

	struct task *task = fixture_sleeper(&f, (struct sched_attr){.nice = 5});

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
	fixture_put_at(&f, task_a, 101 * MSEC, 102800 * USEC);
	fixture_put_at(&f, task_b, 99 * MSEC, 101800 * USEC);
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

	struct task *parent = fixture_lone_hog(&f), *child = fixture_nice(&f, 0);

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

/* ---- Policies ---- */

static bool policy_preempts(u8 running, u8 woken)
{
	boot("v6.18", 2);

	struct task *hog = fixture_task(&f, (struct sched_attr){.policy = running});
	struct task *task =
		fixture_sleeper(&f, (struct sched_attr){.policy = woken, .slice_ns = 100 * USEC});

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

/* A runs, protected, and sets its own policy, which is what it is: is it still protected? */
static bool keeps_place(const char *kernel, u64 has_slice, u64 sets_slice)
{
	two_at_100(kernel);
	task_a->fair.custom_slice = has_slice != 0;
	task_a->fair.slice = has_slice ? (u32)has_slice : (u32)f.kernel.knobs.base_slice_ns;
	task_a->fair.vprot = task_a->fair.deadline;
	cr_assert_eq(sched_set_attr(&f.sched, task_a, &(struct sched_attr){.slice_ns = sets_slice}),
		     SCHED_OK);
	cr_expect_eq(task_a->fair.deadline - task_a->fair.vruntime, 1800 * USEC);
	return eevdf_protected(&task_a->fair);
}

/* __sched_setscheduler() compares what is asked with se.slice, which is never 0. */
Test(fair_eevdf, no_slice_is_a_change_even_if_there_was_none)
{
	cr_expect_not(keeps_place("v6.18", 0, 0));
	cr_expect(keeps_place("v6.18", 3 * MSEC, 3 * MSEC));
	cr_expect_not(keeps_place("v6.18", 3 * MSEC, 0));
}

/* fair_policy() does not name it. */
Test(fair_eevdf, the_idle_policy_takes_no_nice_and_no_slice)
{
	struct sched_attr idle = {.policy = POLICY_IDLE, .nice = 5, .slice_ns = 5 * MSEC};

	boot("v6.18", 2);

	struct task *task = fixture_task(&f, (struct sched_attr){.nice = 2, .slice_ns = MSEC});

	fixture_start(&f, task);
	cr_assert_eq(sched_set_attr(&f.sched, task, &idle), SCHED_OK);
	cr_expect_eq(task->static_prio, PRIO_DEFAULT + 2);
	cr_expect_eq(task->prio, PRIO_DEFAULT + 5, "__normal_prio() of what is asked");
	cr_expect_eq(task->fair.slice, MSEC);
	idle.nice = 7;
	cr_assert_eq(sched_set_attr(&f.sched, task, &idle), SCHED_OK);
	cr_expect_eq(task->prio, PRIO_DEFAULT + 5, "nothing changes");
}

/* set_load_weight(): what a task of another class has left behind is not scaled. */
Test(fair_eevdf, a_lag_is_scaled_by_changes_of_fair_tasks_only)
{
	boot("v6.18", 2);

	struct task *task = fixture_sleeper(&f, (struct sched_attr){0});

	task->fair.vlag = MSEC;
	cr_assert_eq(sched_set_attr(&f.sched, task,
				    &(struct sched_attr){.policy = POLICY_FIFO, .rt_priority = 1}),
		     SCHED_OK);
	cr_assert_eq(sched_set_attr(&f.sched, task, &(struct sched_attr){.policy = POLICY_IDLE}),
		     SCHED_OK);
	cr_expect_eq(task->fair.weight, 3u << WEIGHT_SHIFT);
	cr_expect_eq(task->fair.vlag, (s64)MSEC);
	cr_assert_eq(sched_set_attr(&f.sched, task, &(struct sched_attr){.policy = POLICY_OTHER}),
		     SCHED_OK);
	cr_expect_eq(task->fair.vlag, (s64)MSEC * 3 / 1024);
}

/* ---- Yield ---- */

Test(fair_eevdf, an_eligible_yielder_gives_up_its_request)
{
	two_at_100("v6.18");
	fixture_put_at(&f, task_a, 98 * MSEC, 99 * MSEC);

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

	struct task *hog = fixture_lone_hog(&f);
	u64 deadline = hog->fair.deadline;

	sched_yield_curr(&f.sched, f.cpu);
	cr_expect_eq(hog->fair.deadline, deadline);
	cr_expect_eq(f.rq->curr, hog);
}
