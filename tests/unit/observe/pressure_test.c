/* SPDX-License-Identifier: MIT */
/* Pressure stall information, by the rules of core-rt-dl-ext.md 7.4; sums by hand. */
#include "observe/pressure.h"

#include <criterion/criterion.h>

enum { CPUS = 2, HZ = 250, A = 2, B, C }; /* tasks 0 and 1 are idle ones */

static const u64 period = 2004 * MSEC; /* 2 * 250 + 1 ticks */

static void put(struct pressure *p, struct record record)
{
	pressure_sink(p).take(p, &record, 1);
}

static void wakes(struct pressure *p, u64 when, u32 task, u32 cpu)
{
	put(p, (struct record){.kind = RECORD_WAKEUP, .when = when, .task = task, .arg = cpu});
}

static void switches(struct pressure *p, u64 when, u32 cpu, u32 prev, u32 state, u32 next)
{
	put(p, (struct record){.kind = RECORD_SWITCH,
			       .when = when,
			       .cpu = (u16)cpu,
			       .task = prev,
			       .other = next,
			       .arg = record_switch_arg(state, 120, 120)});
}

static void waits_for_io(struct pressure *p, u64 when, u32 cpu, u32 task, u32 next)
{
	put(p, (struct record){.kind = RECORD_IOWAIT, .when = when, .cpu = (u16)cpu, .task = task});
	switches(p, when, cpu, task, 2, next);
}

static void group(struct pressure *p, u32 id, u32 parent, u32 autogroup)
{
	put(p,
	    (struct record){.kind = RECORD_GROUP, .task = id, .other = parent, .arg = autogroup});
}

static void goes_to(struct pressure *p, u64 when, u32 task, u32 id)
{
	put(p, (struct record){.kind = RECORD_REGROUP, .when = when, .task = task, .other = id});
}

static u64 total(struct pressure *p, u32 id, enum pressure_state state, u64 now)
{
	return pressure_at(p, id, now)->total[state];
}

/*
 * Two tasks on one cpu for a whole period: 100 % of it some task waits. 100 in 1/2048 is 204800; of
 * that 371 (2048 - 1677) parts of 2048 enter the first average, 67 the second, 14 the third,
 * rounded up as load averages are: (204800 * 371 + 2047) / 2048.
 */
Test(pressure, a_whole_period_enters_three_averages)
{
	struct pressure p;
	const struct pressure_group *system;

	pressure_init(&p, CPUS, HZ);
	wakes(&p, 0, A, 0);
	wakes(&p, 0, B, 0);
	switches(&p, 0, 0, 0, 0, A);
	system = pressure_at(&p, TASK_ID_NONE, period - 1);
	cr_assert_eq(system->avg[PRESSURE_CPU_SOME][0], 0);
	pressure_fini(&p);

	pressure_init(&p, CPUS, HZ);
	wakes(&p, 0, A, 0);
	wakes(&p, 0, B, 0);
	switches(&p, 0, 0, 0, 0, A);
	system = pressure_at(&p, TASK_ID_NONE, period);
	cr_assert_eq(system->total[PRESSURE_CPU_SOME], period);
	cr_assert_eq(system->avg[PRESSURE_CPU_SOME][0], 37100);
	cr_assert_eq(system->avg[PRESSURE_CPU_SOME][1], 6700);
	cr_assert_eq(system->avg[PRESSURE_CPU_SOME][2], 1400);
	cr_assert_eq(system->total[PRESSURE_CPU_FULL], 0);
	cr_assert_eq(system->total[PRESSURE_IO_SOME], 0);
	/* Then nobody waits for another period: (37100 * 1677) / 2048. */
	switches(&p, period, 0, A, 1, B);
	system = pressure_at(&p, TASK_ID_NONE, 2 * period);
	cr_assert_eq(system->avg[PRESSURE_CPU_SOME][0], 30379);
	cr_assert_eq(system->total[PRESSURE_CPU_SOME], period);
	/* And somebody does for a third: (30379 * 1677 + 204800 * 371 + 2047) / 2048. */
	wakes(&p, 2 * period, A, 0);
	system = pressure_at(&p, TASK_ID_NONE, 3 * period);
	cr_assert_eq(system->avg[PRESSURE_CPU_SOME][0], 61976);
	pressure_fini(&p);
}

/*
 * A cpu weighs as many ticks as it was not idle: 501 of who stalls all the time, 250 (1001 ms, cut)
 * of who does not.
 */
Test(pressure, cpus_are_weighed_by_the_ticks_in_which_they_are_busy)
{
	struct pressure p;

	pressure_init(&p, CPUS, HZ);
	wakes(&p, 0, A, 0);
	wakes(&p, 0, B, 0);
	switches(&p, 0, 0, 0, 0, A);
	wakes(&p, 0, C, 1);
	switches(&p, 0, 1, 1, 0, C);
	switches(&p, 1001 * MSEC, 1, C, 1, 1);
	cr_assert_eq(total(&p, TASK_ID_NONE, PRESSURE_CPU_SOME, period), period * 501 / 751);
	pressure_fini(&p);
}

/*
 * A waits for I/O from 100 to 500 ms; from 200 ms on B runs, so that it is no longer all who are
 * stalled.
 */
Test(pressure, io_is_full_while_nobody_runs)
{
	struct pressure p;

	pressure_init(&p, 1, HZ);
	wakes(&p, 0, A, 0);
	switches(&p, 0, 0, 0, 0, A);
	waits_for_io(&p, 100 * MSEC, 0, A, 0);
	wakes(&p, 200 * MSEC, B, 0);
	switches(&p, 200 * MSEC, 0, 0, 0, B);
	wakes(&p, 500 * MSEC, A, 0);
	cr_assert_eq(total(&p, TASK_ID_NONE, PRESSURE_IO_SOME, SEC), 400 * MSEC);
	cr_assert_eq(total(&p, TASK_ID_NONE, PRESSURE_IO_FULL, SEC), 100 * MSEC);
	cr_assert_eq(total(&p, TASK_ID_NONE, PRESSURE_CPU_SOME, SEC), 500 * MSEC);
	pressure_fini(&p);
}

/*
 * A of group 1, which is in group 0, is preempted from 100 to 300 ms: nobody of the groups runs, so
 * all of them are stalled. B of an autogroup counts for the system alone.
 */
Test(pressure, a_group_is_full_while_none_of_its_tasks_runs)
{
	struct pressure p;

	pressure_init(&p, 1, HZ);
	group(&p, 0, TASK_ID_NONE, 0);
	group(&p, 1, 0, 0);
	group(&p, 2, TASK_ID_NONE, 1);
	goes_to(&p, 0, A, 1);
	goes_to(&p, 0, B, 2);
	wakes(&p, 0, A, 0);
	switches(&p, 0, 0, 0, 0, A);
	wakes(&p, 100 * MSEC, B, 0);
	switches(&p, 100 * MSEC, 0, A, 0, B);
	switches(&p, 300 * MSEC, 0, B, 1, A);
	for (u32 id = 0; id < 2; id++) {
		cr_assert_eq(total(&p, id, PRESSURE_CPU_FULL, SEC), 200 * MSEC);
		cr_assert_eq(total(&p, id, PRESSURE_CPU_SOME, SEC), 200 * MSEC);
	}
	cr_assert_null(pressure_at(&p, 2, SEC));
	cr_assert_null(pressure_at(&p, 9, SEC));
	cr_assert_eq(total(&p, TASK_ID_NONE, PRESSURE_CPU_SOME, SEC), 200 * MSEC);
	pressure_fini(&p);
}

/*
 * B waits on cpu 0 for 100 ms, then moves to cpu 1 and runs there; it takes what it counts for with
 * it.
 */
Test(pressure, who_moves_waits_no_longer_where_it_was)
{
	struct pressure p;

	pressure_init(&p, CPUS, HZ);
	wakes(&p, 0, A, 0);
	wakes(&p, 0, B, 0);
	switches(&p, 0, 0, 0, 0, A);
	put(&p, (struct record){
			.kind = RECORD_MIGRATE, .when = 100 * MSEC, .task = B, .arg = 1 << 16 | 0});
	switches(&p, 100 * MSEC, 1, 1, 0, B);
	switches(&p, 400 * MSEC, 1, B, 1, 1);
	/* Cpu 0 weighs 100 ticks, cpu 1 75. */
	cr_assert_eq(total(&p, TASK_ID_NONE, PRESSURE_CPU_SOME, 400 * MSEC),
		     100 * MSEC * 100 / 175);
	pressure_fini(&p);
}

/*
 * What is preempted in R+, or by a signal on its way to sleep, still waits; who moves to another
 * group runs there.
 */
Test(pressure, states_that_are_no_sleep)
{
	struct pressure p;
	struct record aborted = {.kind = RECORD_SWITCH,
				 .when = 200 * MSEC,
				 .task = A,
				 .other = B,
				 .flags = RECORD_FLAG_STAYS,
				 .arg = record_switch_arg(1, 120, 120)};

	pressure_init(&p, 1, HZ);
	group(&p, 0, TASK_ID_NONE, 0);
	wakes(&p, 0, A, 0);
	switches(&p, 0, 0, 0, 0, A);
	goes_to(&p, 100 * MSEC, A, 0);
	wakes(&p, 200 * MSEC, B, 0);
	put(&p, aborted);
	switches(&p, 300 * MSEC, 0, B, 0x100, A);
	cr_assert_eq(total(&p, 0, PRESSURE_CPU_FULL, 400 * MSEC), 100 * MSEC);
	cr_assert_eq(total(&p, TASK_ID_NONE, PRESSURE_CPU_SOME, 400 * MSEC), 200 * MSEC);
	pressure_fini(&p);
}

/* A runs and leaves the group, in which B waits: of those who are left nobody runs. */
Test(pressure, who_leaves_a_group_runs_there_no_longer)
{
	struct pressure p;

	pressure_init(&p, 1, HZ);
	group(&p, 0, TASK_ID_NONE, 0);
	goes_to(&p, 0, A, 0);
	goes_to(&p, 0, B, 0);
	wakes(&p, 0, A, 0);
	wakes(&p, 0, B, 0);
	switches(&p, 0, 0, 0, 0, A);
	goes_to(&p, 100 * MSEC, A, TASK_ID_NONE);
	cr_assert_eq(total(&p, 0, PRESSURE_CPU_FULL, 300 * MSEC), 200 * MSEC);
	cr_assert_eq(total(&p, 0, PRESSURE_CPU_SOME, 300 * MSEC), 300 * MSEC);
	pressure_fini(&p);
}

/* Interrupts stall who runs: 30 ms of A's group, and nobody while the cpu idles. */
Test(pressure, interrupts_stall_who_runs)
{
	struct pressure p;

	pressure_init(&p, 1, HZ);
	group(&p, 0, TASK_ID_NONE, 0);
	goes_to(&p, 0, A, 0);
	put(&p, (struct record){.kind = RECORD_IRQ, .when = 10 * MSEC, .value = 5 * MSEC});
	wakes(&p, 10 * MSEC, A, 0);
	switches(&p, 10 * MSEC, 0, 0, 0, A);
	put(&p, (struct record){.kind = RECORD_IRQ, .when = 500 * MSEC, .value = 30 * MSEC});
	cr_assert_eq(total(&p, 0, PRESSURE_IRQ_FULL, SEC), 30 * MSEC);
	cr_assert_eq(total(&p, TASK_ID_NONE, PRESSURE_IRQ_FULL, SEC), 30 * MSEC);
	pressure_fini(&p);
}

/*
 * The group comes after two periods: what its third sample is of begins there. In half of that A
 * waits, 50 %: (50 * 2048 * 371 + 2047) / 2048.
 */
Test(pressure, a_group_that_comes_late_has_no_time_before)
{
	struct pressure p;

	pressure_init(&p, 1, HZ);
	wakes(&p, 2 * period + 1, B, 0);
	switches(&p, 2 * period + 1, 0, 0, 0, B);
	group(&p, 0, TASK_ID_NONE, 0);
	goes_to(&p, 2 * period + 1, A, 0);
	wakes(&p, 2 * period + period / 2, A, 0);
	cr_assert_eq(pressure_at(&p, 0, 3 * period)->avg[PRESSURE_CPU_SOME][0], 18550);
	pressure_fini(&p);
}
