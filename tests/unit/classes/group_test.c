/* SPDX-License-Identifier: MIT */
/* Groups share by weight and keep to their quotas: fair.md 2.9, 8, 11.9. */
#include "classes/fair_bandwidth.h"
#include "classes/fair_load.h"
#include "fair_fixture.h"

static struct fixture f;

static void teardown(void)
{
	fixture_fini(&f);
}

TestSuite(group, .fini = teardown);

static const struct group_spec plain = {
	.name = "g",
	.parent = GROUP_ROOT,
	.shares = 1024,
	.quota_ns = GROUP_NO_QUOTA,
	.period_ns = 100 * MSEC,
};

static void up(const char *kernel, u32 cpus, const struct group_spec *groups, u32 nr)
{
	fixture_init(&f, (struct fixture_options){.kernel = kernel, .cpus = cpus});
	sched_groups_init(&f.sched, groups, nr, 1);
}

static struct task *hog_in(u32 group, s32 nice)
{
	struct task *task = fixture_nice(&f, nice);

	task->group = group == GROUP_ROOT ? NULL : &f.sched.groups[group];
	fixture_start(&f, task);
	return task;
}

/* Ticks until @end; the end of the running task's work never comes. */
static void run_ticks(u64 end)
{
	fixture_schedule(&f);
	while (f.machine.now < end) {
		fixture_advance(&f, 4 * MSEC);
		fixture_tick(&f);
		/* Who is picked out of a throttled group leaves on its way to user mode. */
		while (f.rq->curr->flags & TASK_FLAG_THROTTLE &&
		       sched_throttle_point(&f.sched, f.cpu))
			;
	}
}

static u64 cpu_ms(const struct task *task)
{
	return (task->fair.sum_exec_runtime + MSEC / 2) / MSEC;
}

/* ---- Shares ---- */

/* One hog on cpu 0 and three on cpu 1, for a long time: load 1024 and 3072. */
static u64 shares_of(struct task_group *group, u32 cpu, u64 load)
{
	struct group_cpu *gc = &group->cpus[cpu];

	gc->queue.load_weight = load << WEIGHT_SHIFT;
	gc->queue.avg.load_avg = load;
	gc->load_contrib = load;
	return fair_group_shares(gc);
}

Test(group, a_cpu_has_the_part_of_the_shares_that_it_has_of_the_load)
{
	up("v6.12", 2, &plain, 1);
	f.sched.groups[0].load_avg = 4096;
	cr_expect_eq(shares_of(&f.sched.groups[0], 0, 1024), 256 << WEIGHT_SHIFT);
	cr_expect_eq(shares_of(&f.sched.groups[0], 1, 3072), 768 << WEIGHT_SHIFT);
}

Test(group, shares_are_never_below_two_nor_above_all)
{
	up("v6.12", 2, &plain, 1);
	cr_expect_eq(fair_group_shares(&f.sched.groups[0].cpus[0]), 2u, "nothing is queued");
	f.sched.groups[0].load_avg = 1024;
	cr_expect_eq(shares_of(&f.sched.groups[0], 0, 1024), 1024 << WEIGHT_SHIFT);
	f.sched.groups[0].cpus[0].load_contrib = 0;
	f.sched.groups[0].load_avg = 1ULL << 40;
	cr_expect_eq(fair_group_shares(&f.sched.groups[0].cpus[0]), 2u, "a grain of it");
}

Test(group, shares_may_be_those_of_a_cpu_that_has_not_told_its_load_yet)
{
	/* The group knows of 1024 from cpu 0; cpu 1 has just got a hog of the same weight. */
	up("v6.12", 2, &plain, 1);
	f.sched.groups[0].load_avg = 1024;
	f.sched.groups[0].cpus[0].load_contrib = 1024;
	f.sched.groups[0].cpus[1].queue.load_weight = 1024 << WEIGHT_SHIFT;
	cr_expect_eq(fair_group_shares(&f.sched.groups[0].cpus[1]), 512 << WEIGHT_SHIFT);
}

static const char *const kernel_names[] = {"v6.1", "v6.12", "v6.18"};

Test(group, groups_share_by_weight_whatever_number_of_tasks_they_hold)
{
	struct group_spec groups[] = {plain, plain};

	groups[1].shares = 3 * 1024;
	for (u32 k = 0; k < ARRAY_SIZE(kernel_names); k++) {
		struct task *one, *three[3];

		up(kernel_names[k], 1, groups, 2);
		for (u32 i = 0; i < 3; i++)
			three[i] = hog_in(0, 0);
		one = hog_in(1, 0);
		run_ticks(2 * SEC);
		cr_expect_geq(cpu_ms(one), 1480u, "%s", kernel_names[k]);
		cr_expect_leq(cpu_ms(one), 1520u, "%s", kernel_names[k]);
		for (u32 i = 0; i < 3; i++)
			cr_expect(cpu_ms(three[i]) >= 156 && cpu_ms(three[i]) <= 176, "%s",
				  kernel_names[k]);
	}
}

/* outer (half of all) holds inner (a third of it) and a hog of twice inner's weight. */
Test(group, a_group_within_a_group_shares_what_that_one_gets)
{
	struct group_spec groups[] = {plain, plain, plain};

	groups[1].parent = 0;
	groups[2].parent = 0;
	groups[2].shares = 2048;
	for (u32 k = 0; k < ARRAY_SIZE(kernel_names); k++) {
		struct task *beside, *inner, *heavy;

		up(kernel_names[k], 1, groups, 3);
		beside = hog_in(GROUP_ROOT, 0);
		inner = hog_in(1, 0);
		heavy = hog_in(2, 0);
		run_ticks(3 * SEC);
		cr_expect(cpu_ms(beside) >= 1480 && cpu_ms(beside) <= 1520, "%s %" PRIu64,
			  kernel_names[k], cpu_ms(beside));
		cr_expect(cpu_ms(inner) >= 480 && cpu_ms(inner) <= 520, "%s %" PRIu64,
			  kernel_names[k], cpu_ms(inner));
		cr_expect(cpu_ms(heavy) >= 980 && cpu_ms(heavy) <= 1020, "%s %" PRIu64,
			  kernel_names[k], cpu_ms(heavy));
	}
}

/* Weight 3 of 1027, and below all others at wakeups: fair.md 1.3. */
Test(group, an_idle_group_gets_what_is_left)
{
	struct group_spec groups[] = {plain};

	groups[0].idle = true;
	for (u32 k = 0; k < ARRAY_SIZE(kernel_names); k++) {
		struct task *idle, *beside;

		up(kernel_names[k], 1, groups, 1);
		idle = hog_in(0, 0);
		beside = hog_in(GROUP_ROOT, 0);
		cr_expect_eq(f.rq->fair.h_nr_idle, 1u, "its tasks count as idle above it");
		run_ticks(4 * SEC);
		cr_expect_geq(cpu_ms(beside), 3970u, "%s", kernel_names[k]);
		cr_expect_gt(cpu_ms(idle), 0u, "%s", kernel_names[k]);
	}
}

/* ---- Counts ---- */

/*
 * A queue's utilisation is that of its entities: here of the group alone, whose is that of its
 * tasks, also when one comes anew.
 */
Test(group, what_its_tasks_use_is_known_above)
{
	struct fair_entity *se;

	up("v6.12", 1, &plain, 1);
	hog_in(0, 0);
	run_ticks(40 * MSEC);
	hog_in(0, 0);
	se = &f.sched.groups[0].cpus[0].se;
	for (u32 i = 0; i < 5; i++) {
		s64 above, below;

		run_ticks(f.machine.now + 4 * MSEC);
		above = fair_queue_avg(&f.rq->fair)->util_avg;
		below = fair_entity_avg(se)->util_avg;
		cr_assert(above - below <= 1 && below - above <= 1,
			  "%" PRId64 ", and %" PRId64 " above", below, above);
	}
}

/*
 * update_load_avg(): of who joins the group hears with all that is there, not of what has faded
 * before.
 */
Test(group, what_joins_is_told_with_what_has_faded)
{
	const struct group_cpu *gc;
	struct task *first;

	up("v6.12", 1, &plain, 1);
	first = hog_in(0, 0);
	run_ticks(100 * MSEC);
	gc = &f.sched.groups[0].cpus[0];
	first->fair.vruntime = 0; /* eligible: its dequeue is not delayed */
	fixture_sleep(&f);
	fixture_advance(&f, 32 * MSEC);
	cr_expect_eq(gc->load_contrib, 1024u);
	hog_in(0, 0);
	cr_expect_eq(gc->load_contrib, fair_queue_avg((struct fair_rq *)&gc->queue)->load_avg);
	cr_expect_gt(gc->load_contrib, 1400u, "%" PRIu64, gc->load_contrib);
}

/* propagate_entity_cfs_rq(), when a task moves that is asleep. */
Test(group, a_sleeper_that_moves_takes_its_use_of_all_levels_along)
{
	struct group_spec groups[] = {plain, plain};
	struct task *task;

	groups[1].parent = 0;
	for (u32 k = 0; k < ARRAY_SIZE(kernel_names); k++) {
		u64 used;

		up(kernel_names[k], 1, groups, 2);
		task = hog_in(GROUP_ROOT, 0);
		run_ticks(100 * MSEC);
		fixture_sleep(&f);
		used = fair_task_util(task);
		cr_assert_gt(used, 500u);
		sched_move_group(&f.sched, task, &f.sched.groups[1]);
		cr_expect_eq(fair_queue_avg(&f.rq->fair)->util_avg, used, "%s", kernel_names[k]);
		cr_expect_eq(fair_entity_avg(&f.sched.groups[0].cpus[0].se)->util_avg, used);
		sched_move_group(&f.sched, task, NULL);
		cr_expect_eq(fair_queue_avg(&f.rq->fair)->util_avg, used, "%s", kernel_names[k]);
		cr_expect_eq(fair_entity_avg(&f.sched.groups[0].cpus[0].se)->util_avg, 0u);
	}
}

Test(group, a_task_counts_in_every_queue_above_it)
{
	struct group_spec groups[] = {plain, plain};
	struct task *deep, *shallow;

	groups[1].parent = 0;
	up("v6.12", 1, groups, 2);
	deep = hog_in(1, 0);
	shallow = hog_in(0, 0);
	cr_expect_eq(f.rq->fair.h_nr_queued, 2u);
	cr_expect_eq(f.rq->fair.nr_queued, 1u);
	cr_expect_eq(f.sched.groups[0].cpus[0].queue.h_nr_queued, 2u);
	cr_expect_eq(f.sched.groups[0].cpus[0].queue.nr_queued, 2u);
	cr_expect_eq(f.sched.groups[1].cpus[0].queue.h_nr_queued, 1u);
	cr_expect_eq(f.rq->nr_running, 2u);
	sched_move_group(&f.sched, deep, NULL);
	cr_expect_eq(f.rq->fair.nr_queued, 2u);
	cr_expect_eq(f.sched.groups[1].cpus[0].queue.nr_queued, 0u);
	cr_expect_null(deep->fair.parent);
	cr_expect_eq(shallow->fair.depth, 1u);
}

Test(group, who_runs_and_changes_groups_is_put_to_the_test)
{
	struct task *hog;

	up("v6.1", 1, &plain, 1);
	hog = hog_in(GROUP_ROOT, 0);
	fixture_schedule(&f);
	cr_assert_eq(f.rq->curr, hog);
	sched_move_group(&f.sched, hog, &f.sched.groups[0]);
	cr_expect(f.rq->need_resched & RESCHED_FULL);
	cr_expect_eq(fixture_schedule(&f), hog);
	cr_expect_eq(f.rq->fair.curr, &f.sched.groups[0].cpus[0].se);
}

/* ---- Quotas: the table of fair.md 11.9 ---- */

struct row {
	u64 ms;
	s64 left; /* ns */
	u64 pool;
	bool throttled;
};

static const struct row first_period[] = {
	{4, 5000000, 11000001, false},
	{8, 1000000, 11000001, false},
	{12, 5000000, 3000001, false},
	{16, 1000000, 3000001, false},
	{20, 1, 0, false},
	{24, -3999999, 0, true},
};
static const struct row second_period[] = {
	{104, 5000000, 7000001, false}, {108, 1000000, 7000001, false},
	{112, 4000001, 0, false},       {116, 1, 0, false},
	{120, -3999999, 0, true},
};

static void expect_rows(const struct row *rows, u32 nr)
{
	const struct group_cpu *gc = &f.sched.groups[0].cpus[0];
	const struct bandwidth *b = f.sched.groups[0].bandwidth;

	for (u32 i = 0; i < nr; i++) {
		run_ticks(rows[i].ms * MSEC);
		cr_expect_eq(gc->runtime_left, rows[i].left, "%" PRIu64 " ms: %" PRId64 " left",
			     rows[i].ms, gc->runtime_left);
		cr_expect_eq(b->runtime, rows[i].pool, "%" PRIu64 " ms: %" PRIu64 " in the pool",
			     rows[i].ms, b->runtime);
		cr_expect_eq(gc->throttled, rows[i].throttled, "%" PRIu64 " ms", rows[i].ms);
	}
}

static void refill_at(u64 when)
{
	struct timer *timer = &f.sched.groups[0].bandwidth->period_timer;

	f.machine.now = when;
	rq_update_clock(f.rq);
	cr_assert_eq(timer->when, when);
	machine_timer_cancel(&f.machine, timer);
	timer->fire(&f.machine, timer);
}

/* A quota of 20 ms in 100 ms, whose grid begins at 0, and a hog that begins there. */
static struct task *limited_hog(const char *kernel)
{
	struct group_spec group = plain;
	struct bandwidth *b;
	struct task *hog;

	group.quota_ns = 20 * MSEC;
	up(kernel, 1, &group, 1);
	b = f.sched.groups[0].bandwidth;
	b->next_refill = 100 * MSEC;
	f.sched.groups[0].cpus[0].runtime_left = 1;
	hog = hog_in(0, 0);
	fixture_schedule(&f);
	f.sched.groups[0].cpus[0].runtime_left = 1;
	b->runtime = 20 * MSEC;
	return hog;
}

Test(group, a_quota_is_taken_slice_by_slice_and_overrun_at_ticks)
{
	for (u32 k = 0; k < ARRAY_SIZE(kernel_names); k++) {
		struct task *hog = limited_hog(kernel_names[k]);

		expect_rows(first_period, ARRAY_SIZE(first_period));
		cr_expect_eq(f.rq->curr, f.rq->idle, "%s: all of it is off", kernel_names[k]);
		cr_expect_eq(f.rq->nr_running, 0u);
		refill_at(100 * MSEC);
		cr_expect_eq(f.sched.groups[0].bandwidth->runtime, 16000000u,
			     "4 ms of debt are paid first");
		cr_expect_eq(f.sched.groups[0].cpus[0].runtime_left, 1);
		cr_expect_eq(fixture_schedule(&f), hog);
		expect_rows(second_period, ARRAY_SIZE(second_period));
		cr_expect_eq(cpu_ms(hog), 44u, "the debt is carried");
	}
}

Test(group, up_to_v6_12_the_group_leaves_its_queue_as_a_whole)
{
	struct task *hog = limited_hog("v6.12");

	run_ticks(24 * MSEC);
	cr_expect(!f.sched.groups[0].cpus[0].se.on_rq);
	cr_expect(hog->fair.on_rq, "the task stays in it");
	cr_expect(!hog->throttled);
}

Test(group, from_v6_18_on_each_task_leaves_for_its_limbo)
{
	struct task *hog = limited_hog("v6.18");
	struct group_cpu *gc = &f.sched.groups[0].cpus[0];

	run_ticks(24 * MSEC);
	cr_expect(hog->throttled);
	cr_expect(!hog->fair.on_rq);
	cr_expect_eq(list_first(&gc->limbo, struct task, limbo_link), hog);
	/* Moving it out sets it free; moving it in again puts it back. */
	sched_move_group(&f.sched, hog, NULL);
	cr_expect(!hog->throttled);
	cr_expect(hog->fair.on_rq);
	sched_move_group(&f.sched, hog, &f.sched.groups[0]);
	cr_expect(hog->fair.on_rq, "it waits until it is picked");
}

/* It runs in the kernel: only the form of v6.18 lets it go on. */
Test(group, who_is_in_the_kernel_is_throttled_at_its_end_only_from_v6_18_on)
{
	struct task *hog = limited_hog("v6.18");

	f.platform.preempt = PREEMPT_FULL;
	hog->flags |= TASK_FLAG_IN_KERNEL;
	for (u32 i = 0; i < 8; i++) {
		fixture_advance(&f, 4 * MSEC);
		fixture_tick(&f);
	}
	cr_expect_eq(f.rq->curr, hog);
	cr_expect(f.sched.groups[0].cpus[0].throttled);
	cr_expect(hog->flags & TASK_FLAG_THROTTLE);
	cr_expect_lt(f.sched.groups[0].cpus[0].runtime_left, -10 * (s64)MSEC);
}

/* record_throttle_clock(), on every level above who leaves: others may still be queued there. */
Test(group, a_group_is_throttled_from_the_first_that_leaves_on)
{
	struct group_spec groups[] = {plain, plain};
	const struct group_cpu *outer;

	groups[0].quota_ns = 20 * MSEC;
	groups[1].parent = 0;
	up("v6.18", 1, groups, 2);
	hog_in(1, 0);
	hog_in(1, 0);
	fixture_schedule(&f);
	while (!(f.rq->curr->flags & TASK_FLAG_THROTTLE)) {
		fixture_advance(&f, 4 * MSEC);
		fixture_tick(&f);
	}
	outer = &f.sched.groups[0].cpus[0];
	cr_assert_eq(outer->throttled_since, 0u);
	cr_assert(sched_throttle_point(&f.sched, f.cpu));
	cr_expect_eq(outer->queue.h_nr_queued, 1u, "one has left");
	cr_expect_neq(outer->throttled_since, 0u);
	cr_expect_neq(outer->self_throttled_since, 0u);
}

/* dequeue_throttled_task(): who goes to another cpu while it is throttled takes its load along. */
Test(group, who_moves_while_it_is_throttled_leaves_no_load_behind)
{
	struct group_spec group = plain;
	struct task *hog;
	struct fair_rq *here;

	group.quota_ns = 20 * MSEC;
	up("v6.18", 2, &group, 1);
	hog = hog_in(0, 0);
	run_ticks(40 * MSEC);
	cr_assert(hog->throttled);
	here = &f.sched.groups[0].cpus[0].queue;
	cr_assert_gt(fair_queue_avg(here)->load_avg, 0u);
	sched_move_queued(&f.sched, hog, 1, RECORD_MOVE_AFFINITY);
	cr_expect_leq(fair_queue_avg(here)->load_avg, 1u, "but for what was rounded");
	cr_expect_eq(fair_queue_avg(&f.rq->fair)->util_avg, 0u, "nor above");
	cr_expect_not(hog->throttled, "the other cpu is not");
	cr_expect_eq(fair_queue_avg(hog->fair.queue)->load_avg,
		     fair_entity_avg(&hog->fair)->load_avg);
}

/* What pick_next_task_fair() of 6.1 calls simple: all is put back and taken again. */
Test(group, a_group_that_goes_on_has_a_new_slice_when_one_in_it_is_throttled)
{
	for (u32 k = 0; k < 2; k++) {
		struct group_spec groups[] = {plain, plain};
		const struct fair_entity *outer;

		groups[1].parent = 0;
		groups[1].quota_ns = 20 * MSEC;
		up(kernel_names[k], 1, groups, 2);
		hog_in(1, 0);
		hog_in(0, 19); /* it hardly ever runs */
		fixture_schedule(&f);
		while (!f.sched.groups[1].cpus[0].throttled) {
			fixture_advance(&f, 4 * MSEC);
			fixture_tick(&f);
		}
		outer = &f.sched.groups[0].cpus[0].se;
		cr_assert_eq(f.rq->fair.curr, outer);
		if (!f.rq->fair.eevdf)
			cr_expect_eq(outer->prev_sum_exec_runtime, outer->sum_exec_runtime);
		else
			cr_expect_eq(outer->prev_sum_exec_runtime, 0u);
	}
}

Test(group, what_a_queue_has_left_goes_back_but_a_millisecond)
{
	struct task *hog = limited_hog("v6.12");
	struct group_cpu *gc = &f.sched.groups[0].cpus[0];

	run_ticks(4 * MSEC);
	cr_assert_eq(gc->runtime_left, 5 * (s64)MSEC);
	hog->fair.vruntime = 0; /* eligible: its dequeue is not delayed */
	fixture_sleep(&f);
	cr_expect_eq(gc->runtime_left, (s64)MSEC);
	cr_expect_eq(f.sched.groups[0].bandwidth->runtime, 15000001u);
}

Test(group, unused_quota_is_kept_up_to_the_burst)
{
	struct group_spec group = plain;
	struct bandwidth *b;

	group.quota_ns = 20 * MSEC;
	group.burst_ns = 5 * MSEC;
	up("v6.12", 1, &group, 1);
	b = f.sched.groups[0].bandwidth;
	cr_expect_eq(b->runtime, 20 * MSEC);
	hog_in(0, 0);
	fixture_schedule(&f);
	refill_at(b->next_refill);
	cr_expect_eq(b->runtime, 25 * MSEC, "not twice the quota");
}

/* What it runs out is what is queued, whatever the quota: fair.c, rq_offline_fair(). */
Test(group, a_cpu_that_leaves_lets_all_run)
{
	for (u32 k = 0; k < ARRAY_SIZE(kernel_names); k++) {
		struct task *hog = limited_hog(kernel_names[k]);
		struct group_cpu *gc = &f.sched.groups[0].cpus[0];

		run_ticks(24 * MSEC);
		cr_assert(gc->throttled);
		fair_class.rq_offline(f.rq);
		cr_expect(!gc->throttled);
		cr_expect_eq(fixture_schedule(&f), hog, "%s", kernel_names[k]);
		run_ticks(100 * MSEC);
		cr_expect_eq(f.rq->curr, hog);
		fair_class.rq_online(f.rq);
		cr_expect_eq(gc->runtime_left, 1);
		run_ticks(104 * MSEC);
		cr_expect_lt(gc->runtime_left, (s64)(5 * MSEC) + 1, "charged again");
	}
}

/* Within any time no more than its quotas, the burst, and what cpus took in advance or overran. */
Test(group, a_quota_is_kept_over_any_time)
{
	for (u32 k = 0; k < ARRAY_SIZE(kernel_names); k++) {
		struct task *hog = limited_hog(kernel_names[k]);
		u64 used[200] = {0};

		for (u32 ms = 4, n = 1; n < ARRAY_SIZE(used); ms += 4, n++) {
			struct bandwidth *b = f.sched.groups[0].bandwidth;

			if (b->active && b->next_refill <= ms * MSEC) {
				refill_at(b->next_refill);
				fixture_schedule(&f);
			}
			run_ticks(ms * MSEC);
			used[n] = hog->fair.sum_exec_runtime;
		}
		for (u32 from = 0; from < ARRAY_SIZE(used); from++)
			for (u32 to = from + 1; to < ARRAY_SIZE(used); to++) {
				u64 periods = (to - from) / 25 + 2;

				cr_assert_leq(used[to] - used[from], periods * 20 * MSEC + 4 * MSEC,
					      "%s: from %u to %u", kernel_names[k], from, to);
			}
		cr_expect_geq(cpu_ms(hog), 160u, "and it gets it: 8 periods");
	}
}

/* ---- Writes in mid-run ---- */

/* 1:1 for a second, then 3:1 for another. */
Test(group, a_new_weight_counts_at_once)
{
	static const struct group_change change = {.group = 1,
						   .what = GROUP_SETS_SHARES,
						   .shares = 3 * 1024};
	struct group_spec groups[] = {plain, plain};

	for (u32 k = 0; k < ARRAY_SIZE(kernel_names); k++) {
		struct task *a, *b;

		up(kernel_names[k], 1, groups, 2);
		a = hog_in(0, 0);
		b = hog_in(1, 0);
		run_ticks(1 * SEC);
		cr_expect(cpu_ms(a) >= 490 && cpu_ms(a) <= 510, "%s", kernel_names[k]);
		sched_set_group(&f.sched, &change);
		run_ticks(2 * SEC);
		cr_expect(cpu_ms(a) >= 735 && cpu_ms(a) <= 765, "%s: %" PRIu64, kernel_names[k],
			  cpu_ms(a));
		cr_expect(cpu_ms(b) >= 1235 && cpu_ms(b) <= 1265, "%s", kernel_names[k]);
	}
}

/* cpu.shares of an idle group is refused. */
Test(group, an_idle_group_takes_no_weight)
{
	static const struct group_change change = {.what = GROUP_SETS_SHARES, .shares = 3 * 1024};
	struct group_spec group = plain;

	group.idle = true;
	up("v6.12", 1, &group, 1);
	cr_expect_not(sched_set_group(&f.sched, &change));
	cr_expect_eq(f.sched.groups[0].shares, (u64)GROUP_SHARES_IDLE << 10);
}

/*
 * It is throttled at 24 ms (a_quota_is_taken_...); with none it goes on, and with one again it
 * begins anew.
 */
Test(group, a_quota_may_be_taken_away_and_given_back)
{
	static const struct group_change none = {.what = GROUP_SETS_QUOTA,
						 .quota_ns = GROUP_NO_QUOTA};
	static const struct group_change half = {.what = GROUP_SETS_QUOTA, .quota_ns = 50 * MSEC};
	static const struct group_change burst = {.what = GROUP_SETS_BURST, .burst_ns = 60 * MSEC};

	for (u32 k = 0; k < ARRAY_SIZE(kernel_names); k++) {
		struct task *hog = limited_hog(kernel_names[k]);
		const struct bandwidth *b = f.sched.groups[0].bandwidth;

		run_ticks(48 * MSEC);
		cr_expect_eq(cpu_ms(hog), 24u, "%s", kernel_names[k]);
		cr_expect(sched_set_group(&f.sched, &none));
		cr_expect(!f.sched.groups[0].cpus[0].throttled);
		cr_expect_eq(fixture_schedule(&f), hog, "%s", kernel_names[k]);
		refill_at(100 * MSEC);
		cr_expect(!b->active, "the period that was under way is the last");
		run_ticks(200 * MSEC);
		cr_expect_eq(cpu_ms(hog), 176u, "%s: all from 48 ms on", kernel_names[k]);
		cr_expect(sched_set_group(&f.sched, &half));
		cr_expect_eq(b->runtime, 50 * MSEC, "%s: a full pool", kernel_names[k]);
		cr_expect_eq(b->period_ns, 100 * MSEC, "the period stays");
		run_ticks(296 * MSEC);
		cr_expect(cpu_ms(hog) >= 176 + 50 && cpu_ms(hog) <= 176 + 56, "%s: %" PRIu64,
			  kernel_names[k], cpu_ms(hog));
		cr_expect_not(sched_set_group(&f.sched, &burst));
		cr_expect_eq(b->burst_ns, 0u, "a burst above the quota is refused");
	}
}

/*
 * Weight 3 of 1027 in the second in which it is idle: 2.9 ms, seen in ticks; then 1:1 as with 100.
 * CFS leaves the vruntime as it is, which a tick has taken 4 ms * 1024 / 3 = 1.37 s ahead: it waits
 * until that is made up for.
 */
Test(group, an_idle_group_gets_hardly_anything_until_it_is_idle_no_more)
{
	static const struct group_change on = {.what = GROUP_SETS_IDLE, .idle = true},
					 off = {.what = GROUP_SETS_IDLE};
	struct group_spec groups[] = {plain, plain};

	groups[0].shares = 300;
	for (u32 k = 0; k < ARRAY_SIZE(kernel_names); k++) {
		struct task *a;
		u64 before;

		up(kernel_names[k], 1, groups, 2);
		a = hog_in(0, 0);
		hog_in(1, 0);
		cr_expect(sched_set_group(&f.sched, &on));
		cr_expect_eq(f.rq->fair.h_nr_idle, 1u);
		run_ticks(1 * SEC);
		before = cpu_ms(a);
		cr_expect_leq(before, 12u, "%s: %" PRIu64, kernel_names[k], before);
		cr_expect(sched_set_group(&f.sched, &off));
		cr_expect_eq(f.rq->fair.h_nr_idle, 0u);
		run_ticks(2400 * MSEC);
		before = cpu_ms(a);
		run_ticks(3400 * MSEC);
		cr_expect(cpu_ms(a) - before >= 485 && cpu_ms(a) - before <= 515, "%s: %" PRIu64,
			  kernel_names[k], cpu_ms(a) - before);
	}
}

/*
 * tg_cfs_schedulable_down() of v1: 20 ms of 100 below 30 of 100, where 31 is refused, and 19 for
 * the parent.
 */
Test(group, a_quota_of_cgroup_v1_is_a_part_of_the_quota_above)
{
	struct group_spec groups[] = {plain, plain, plain};
	struct group_change change = {.what = GROUP_SETS_QUOTA | GROUP_QUOTA_OF_V1};
	const struct {
		u32 group;
		u64 ms, now; /* written, and there afterwards; 0: no quota */
	} writes[] = {
		{2, 31, 20}, {2, 30, 30}, {2, 0, 0}, {0, 19, 19}, {2, 20, 0},
		{2, 19, 19}, {0, 18, 19}, {0, 0, 0}, {2, 90, 90},
	};

	groups[0].quota_ns = 30 * MSEC;
	groups[1].parent = 0;
	groups[2].parent = 1;
	groups[2].quota_ns = 20 * MSEC;
	up("v6.12", 1, groups, 3);
	for (u32 i = 0; i < ARRAY_SIZE(writes); i++) {
		change.group = writes[i].group;
		change.quota_ns = writes[i].ms ? writes[i].ms * MSEC : GROUP_NO_QUOTA;
		cr_expect_eq(sched_set_group(&f.sched, &change), writes[i].ms == writes[i].now,
			     "write %u", i);
		cr_expect_eq(f.sched.groups[writes[i].group].bandwidth->quota_ns,
			     writes[i].now ? writes[i].now * MSEC : GROUP_NO_QUOTA, "write %u", i);
	}
	/* v2 lets a child have more. */
	change = (struct group_change){.group = 0, .what = GROUP_SETS_QUOTA, .quota_ns = 10 * MSEC};
	sched_set_group(&f.sched, &change);
	cr_expect_eq(f.sched.groups[0].bandwidth->quota_ns, 10 * MSEC);
}

/* proc_sched_autogroup_set_nice(): the table's weight; the next session begins with 1024 again. */
Test(group, an_autogroup_weighs_as_its_nice)
{
	struct task_group *group;

	up("v6.18", 1, &plain, 1);
	group = sched_autogroup_new(&f.sched);
	sched_autogroup_set_nice(&f.sched, group, 5);
	cr_expect_eq(group->shares, 335ull << 10);
	sched_autogroup_set_nice(&f.sched, group, -20);
	cr_expect_eq(group->shares, 88761ull << 10);
	sched_autogroup_put(&f.sched, group);
	cr_expect_eq(sched_autogroup_new(&f.sched), group);
	cr_expect_eq(group->shares, 1024ull << 10);
}
