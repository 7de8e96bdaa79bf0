/* SPDX-License-Identifier: MIT */
/* CFS: slices, credit and debit, buddies, wakeups; the numbers of fair.md 11.1, 11.2, 11.8. */
#include "fair_fixture.h"

static struct fixture f;

static void teardown(void)
{
	fixture_fini(&f);
}

TestSuite(fair_cfs, .fini = teardown);

static void boot(u32 cpus)
{
	fixture_init(&f, (struct fixture_options){"v6.1", .cpus = cpus});
}

/* Asleep at virtual time @vruntime. */
static struct task *sleeper(struct sched_attr attr, u64 vruntime)
{
	struct task *task = fixture_task(&f, attr);

	sched_park(&f.sched, task, 0, TASK_INTERRUPTIBLE);
	task->fair.vruntime = vruntime;
	return task;
}

static struct task *running(s32 nice)
{
	struct task *task = fixture_nice(&f, nice);

	fixture_start(&f, task);
	fixture_schedule(&f);
	return task;
}

static u64 base(void)
{
	return f.queue->virtual_base;
}

static void tick_until(u64 when)
{
	u64 next = (f.machine.now / (4 * MSEC) + 1) * 4 * MSEC;

	for (; next <= when; next += 4 * MSEC) {
		f.machine.now = next;
		fixture_tick(&f);
	}
	f.machine.now = when;
}

/* ---- Wakeups, fair.md 11.2 ---- */

static struct task *hog, *sleepy;

/*
 * Sleeper and hog start at equal vruntime; the sleeper runs 0.3 ms, then sleeps for @asleep while
 * the hog runs. True: it preempts as it wakes.
 */
static bool wakes_after(u32 cpus, s32 nice, u64 asleep)
{
	boot(cpus);
	f.queue->virtual_base = 0;
	sleepy = sleeper((struct sched_attr){.nice = (s8)nice}, 0);
	hog = sleeper((struct sched_attr){0}, 0);
	fixture_wake(&f, sleepy);
	fixture_schedule(&f);
	fixture_wake(&f, hog);
	cr_assert_eq(f.rq->curr, sleepy);
	f.machine.now = 300 * USEC;
	fixture_sleep(&f);
	cr_assert_eq(f.rq->curr, hog);
	tick_until(300 * USEC + asleep);
	return fixture_wake(&f, sleepy);
}

Test(fair_cfs, a_sleeper_preempts_when_its_lead_exceeds_the_granularity)
{
	cr_expect_not(wakes_after(8, 0, 4 * MSEC));
	cr_expect_not(wakes_after(8, 0, 4300 * USEC)); /* 4.0 ms is not more than 4 ms */
	cr_expect(wakes_after(8, 0, 4301 * USEC));
	cr_expect(wakes_after(8, 0, 5 * MSEC));
	cr_expect(wakes_after(8, 0, SEC));
}

Test(fair_cfs, one_that_may_not_preempt_waits_for_the_hogs_slice)
{
	cr_assert_not(wakes_after(8, 0, 4 * MSEC));
	tick_until(15 * MSEC);
	cr_expect_eq(f.rq->curr, hog);
	tick_until(16 * MSEC);
	cr_expect_eq(f.rq->curr, sleepy);
}

Test(fair_cfs, a_light_sleeper_never_preempts_by_waking)
{
	/* Its granularity, 12.226865 ms, is more than any credit. */
	cr_expect_not(wakes_after(8, 5, SEC));
	cr_expect_not(wakes_after(1, 5, SEC));
}

Test(fair_cfs, a_heavy_sleeper_preempts_early)
{
	cr_expect_not(wakes_after(8, -5, 1400 * USEC));
	cr_expect(wakes_after(8, -5, 2 * MSEC));
}

Test(fair_cfs, credit_is_half_a_period_and_never_takes_vruntime_back)
{
	wakes_after(8, 0, SEC);
	cr_expect_eq(sleepy->fair.vruntime, base() - 12 * MSEC);
	wakes_after(1, 0, SEC);
	cr_expect_eq(sleepy->fair.vruntime, base() - 3 * MSEC);
	wakes_after(8, 0, 4 * MSEC);
	cr_expect_eq(sleepy->fair.vruntime, 300 * USEC);
}

Test(fair_cfs, without_gentle_sleepers_credit_is_a_whole_period)
{
	fixture_init(&f, (struct fixture_options){"v6.1", .cpus = 8,
						  .features_off = FEATURE_GENTLE_FAIR_SLEEPERS});

	struct task *task = sleeper((struct sched_attr){0}, 0);

	running(0);
	f.queue->virtual_base = 100 * MSEC;
	fixture_wake(&f, task);
	cr_expect_eq(task->fair.vruntime, 76 * MSEC);
}

Test(fair_cfs, an_idle_policy_sleeper_gets_little_credit)
{
	boot(8);

	struct task *task = sleeper((struct sched_attr){.policy = POLICY_IDLE}, 0);

	running(0);
	f.queue->virtual_base = 100 * MSEC;
	fixture_wake(&f, task);
	cr_expect_eq(task->fair.vruntime, 100 * MSEC - 1500 * USEC); /* half of min_granularity */
}

/* ---- Slices, fair.md 11.1, 2.3 ---- */

/* A tick that finds more than the slice used switches, one that finds less does not. */
static void expect_slice(struct task *task, u64 slice)
{
	u64 start = task->fair.prev_sum_exec_runtime;

	cr_assert_eq(f.rq->curr, task);
	task->fair.sum_exec_runtime = start + slice;
	cfs_rules.tick(f.queue, &task->fair);
	cr_expect_not(f.rq->need_resched, "%" PRIu64 " is not yet more than the slice", slice);
	task->fair.sum_exec_runtime++;
	cfs_rules.tick(f.queue, &task->fair);
	cr_expect(f.rq->need_resched, "%" PRIu64 " + 1 is", slice);
	f.rq->need_resched = 0;
}

Test(fair_cfs, a_slice_is_the_weights_share_of_a_period)
{
	boot(8);

	struct task *a = running(0);

	fixture_start(&f, fixture_nice(&f, 0));
	fixture_start(&f, fixture_nice(&f, 5));
	expect_slice(a, 10313049);
}

Test(fair_cfs, a_light_tasks_slice)
{
	boot(8);

	struct task *c = running(5);

	fixture_start(&f, fixture_nice(&f, 0));
	fixture_start(&f, fixture_nice(&f, 0));
	expect_slice(c, 3373897);
}

Test(fair_cfs, two_equal_tasks_share_a_period_but_for_rounding)
{
	boot(8);

	struct task *a = running(0);

	fixture_start(&f, fixture_nice(&f, 0));
	expect_slice(a, 11999994);
}

Test(fair_cfs, among_many_a_slice_is_the_least_granularity)
{
	boot(8);

	struct task *a = running(0);

	for (u32 i = 0; i < 11; i++)
		fixture_start(&f, fixture_nice(&f, 0));
	/* 12 * 3 ms / 12, rounded down and then raised to min_granularity. */
	expect_slice(a, 3 * MSEC);
}

Test(fair_cfs, a_tick_within_the_least_granularity_changes_nothing)
{
	boot(8);

	struct task *a = running(0), *b = fixture_nice(&f, 0);

	fixture_start(&f, b);
	a->fair.vruntime += 100 * MSEC; /* far ahead of b */
	a->fair.sum_exec_runtime = a->fair.prev_sum_exec_runtime + 2999999;
	cfs_rules.tick(f.queue, &a->fair);
	cr_expect_not(f.rq->need_resched);
	a->fair.sum_exec_runtime++;
	cfs_rules.tick(f.queue, &a->fair);
	cr_expect(f.rq->need_resched);
}

/* ---- Fork, fair.md 11.8 ---- */

Test(fair_cfs, a_child_starts_a_slice_behind_its_parent)
{
	boot(8);

	struct task *parent = running(0), *child = fixture_nice(&f, 0);

	fixture_advance(&f, 5 * MSEC);
	sched_fork(&f.sched, parent, child);
	fixture_start(&f, child);
	cr_expect_eq(child->fair.vruntime, parent->fair.vruntime + 11999994);
	cr_expect_not(f.rq->need_resched);
}

Test(fair_cfs, without_start_debit_a_child_starts_where_its_parent_is)
{
	fixture_init(&f, (struct fixture_options){"v6.1", .cpus = 8,
						  .features_off = FEATURE_START_DEBIT});

	struct task *parent = running(0), *child = fixture_nice(&f, 0);

	fixture_advance(&f, 5 * MSEC);
	sched_fork(&f.sched, parent, child);
	fixture_start(&f, child);
	cr_expect_eq(child->fair.vruntime, parent->fair.vruntime);
}

Test(fair_cfs, child_runs_first_exchanges_the_two)
{
	boot(8);
	f.sched.kernel->knobs.child_runs_first = 1;

	struct task *parent = running(0), *child = fixture_nice(&f, 0);

	fixture_advance(&f, 5 * MSEC);
	sched_fork(&f.sched, parent, child);
	cr_expect(f.rq->need_resched);
	fixture_start(&f, child);
	cr_expect_eq(parent->fair.vruntime, child->fair.vruntime + 11999994);
	cr_expect_eq(fixture_schedule(&f), child);
}

/* ---- Moving and changing ---- */

Test(fair_cfs, a_moved_task_keeps_its_distance_to_the_base)
{
	boot(2);

	struct rq *other = sched_rq(&f.sched, 1);
	struct task *task = sleeper((struct sched_attr){0}, 0);

	running(0);
	f.queue->virtual_base = 100 * MSEC;
	other->fair.virtual_base = 700 * MSEC;
	task->cpus = f.sched.all_cpus;
	fixture_wake(&f, task);
	cr_assert_eq(task->fair.vruntime, 94 * MSEC);
	sched_move_queued(&f.sched, task, 1, RECORD_MOVE_BALANCE);
	cr_expect_eq(task->fair.vruntime, 694 * MSEC);
	cr_expect_eq(other->fair.nr_queued, 1);
	cr_expect_eq(f.queue->nr_queued, 1);
}

Test(fair_cfs, renice_leaves_vruntime_and_changes_progress)
{
	boot(8);

	struct task *task = running(0);
	u64 before;

	fixture_start(&f, fixture_nice(&f, 0));
	fixture_advance(&f, MSEC);
	rq_update_clock(f.rq);
	fair_update_curr(f.queue);
	before = task->fair.vruntime;
	cr_assert_eq(sched_set_nice(&f.sched, task, 5), SCHED_OK);
	cr_expect_eq(task->fair.vruntime, before);
	cr_expect(f.rq->need_resched);
	fixture_advance(&f, MSEC);
	rq_update_clock(f.rq);
	fair_update_curr(f.queue);
	cr_expect_eq(task->fair.vruntime, before + 3056716);
}

/* ---- Buddies ---- */

Test(fair_cfs, a_yielder_is_passed_over_while_that_is_not_too_unfair)
{
	boot(8);

	struct task *a = running(0), *b = fixture_nice(&f, 0);

	fixture_start(&f, b);
	/* b waits 4 ms to the right: just within the granularity. */
	b->fair.vruntime = a->fair.vruntime + 4 * MSEC;
	sched_yield_curr(&f.sched, f.cpu);
	cr_expect_eq(f.rq->curr, b);
}

Test(fair_cfs, a_yielder_goes_on_if_the_other_is_too_far_ahead)
{
	boot(8);

	struct task *a = running(0), *b = fixture_nice(&f, 0);

	fixture_start(&f, b);
	b->fair.vruntime = a->fair.vruntime + 4 * MSEC + 1;
	sched_yield_curr(&f.sched, f.cpu);
	cr_expect_eq(f.rq->curr, a);
}

/*
 * pick_next_task_fair() moves who it picks to the head of cfs_tasks, from whose tail balancing
 * takes, even if that is who ran.
 */
Test(fair_cfs, who_is_picked_again_is_the_last_that_balancing_would_take)
{
	boot(8);

	struct task *curr = running(0), *other = fixture_nice(&f, 0);

	other->fair.vruntime = 10 * MSEC; /* relative to the queue's */
	fixture_start(&f, other);
	cr_assert_eq(list_first(&f.rq->fair_tasks, struct task, rq_link), other);
	sched_resched_curr(f.rq);
	cr_assert_eq(fixture_schedule(&f), curr);
	cr_expect_eq(list_first(&f.rq->fair_tasks, struct task, rq_link), curr);
}

Test(fair_cfs, a_preempting_wakee_is_the_next_buddy)
{
	boot(8);

	struct task *a, *b, *c;

	running(0);
	a = sleeper((struct sched_attr){0}, 0);
	b = sleeper((struct sched_attr){0}, 0);
	f.queue->virtual_base = 100 * MSEC;
	f.rq->curr->fair.vruntime = 100 * MSEC;
	fixture_wake(&f, a);
	a->fair.vruntime -= MSEC; /* even further left */
	f.rq->need_resched = 0;
	f.queue->next = NULL;
	cr_expect(fixture_wake(&f, b));
	cr_expect_eq(f.queue->next, &b->fair);
	c = fixture_schedule(&f);
	cr_expect_eq(c, b, "1 ms is within its granularity");
	cr_expect_null(f.queue->next);
}

Test(fair_cfs, among_many_a_preempted_task_comes_back_soon)
{
	boot(8);

	struct task *pushed = running(0), *wakee;

	for (u32 i = 0; i < 7; i++) {
		struct task *other = fixture_nice(&f, 0);

		fixture_start(&f, other);
		cfs_rules.erase(f.queue, &other->fair);
		other->fair.vruntime = 99 * MSEC; /* all waited longer than the one that runs */
		cfs_rules.insert(f.queue, &other->fair);
	}
	pushed->fair.vruntime = 100 * MSEC;
	f.queue->virtual_base = 99 * MSEC;
	wakee = sleeper((struct sched_attr){0}, 0);
	cr_assert(fixture_wake(&f, wakee));
	cr_expect_eq(f.queue->last, &pushed->fair);
	cr_assert_eq(fixture_schedule(&f), wakee);
	fixture_sleep(&f);
	cr_expect_eq(f.rq->curr, pushed);
	cr_expect_null(f.queue->last);
}

/* ---- Policies ---- */

static bool policy_preempts(u8 curr, u8 woken)
{
	boot(8);

	struct task *task = fixture_task(&f, (struct sched_attr){.policy = curr});

	fixture_start(&f, task);
	fixture_schedule(&f);
	f.queue->virtual_base = task->fair.vruntime = 100 * MSEC;
	return fixture_wake(&f, sleeper((struct sched_attr){.policy = woken}, 0));
}

Test(fair_cfs, only_normal_tasks_preempt_and_anything_preempts_idle_ones)
{
	cr_expect(policy_preempts(POLICY_OTHER, POLICY_OTHER));
	cr_expect(policy_preempts(POLICY_BATCH, POLICY_OTHER));
	cr_expect_not(policy_preempts(POLICY_OTHER, POLICY_BATCH));
	cr_expect_not(policy_preempts(POLICY_OTHER, POLICY_IDLE));
	cr_expect(policy_preempts(POLICY_IDLE, POLICY_BATCH));
	cr_expect(policy_preempts(POLICY_IDLE, POLICY_OTHER));
	cr_expect_not(policy_preempts(POLICY_IDLE, POLICY_IDLE));
}

/* ---- Exit: recorded on 6.1, case f01 ---- */

/*
 * The child lies 1 ms behind the hog and holds min_vruntime back. Its exit takes it off the queue
 * and puts it there again, relative to a min_vruntime that has gone on to the hog's meanwhile; the
 * parent that it wakes is placed 3 ms before that, not before the child's.
 */
Test(fair_cfs, who_dies_no_longer_holds_the_queues_virtual_time_back)
{
	struct task *child, *parent;

	boot(1);
	f.queue->virtual_base = 100 * MSEC;
	hog = sleeper((struct sched_attr){0}, 101 * MSEC);
	child = sleeper((struct sched_attr){0}, 100 * MSEC);
	parent = sleeper((struct sched_attr){0}, 10 * MSEC);
	fixture_wake(&f, hog);
	fixture_wake(&f, child);
	fixture_schedule(&f);
	cr_assert_eq(f.rq->curr, child);
	cr_assert_eq(base(), 100 * MSEC);
	sched_move_group(&f.sched, child, child->group);
	cr_expect_eq(base(), 101 * MSEC);
	cr_expect_eq(child->fair.vruntime, 101 * MSEC);
	fixture_wake(&f, parent);
	cr_expect_eq(parent->fair.vruntime, 98 * MSEC);
}
