/* SPDX-License-Identifier: MIT */
/*
 * The worked examples of the fair class, switch by switch, for each kernel row.
 *
 * The expected schedules were worked out by hand from the kernels' rules and in part seen on a real
 * 6.18 kernel. Costs are zero, tasks are pinned to cpu 0 and queued as woken with zero lag; the
 * tick comes at multiples of the period.
 */
#include "schedule.h"

#include "base/types.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define MACHINE(cpus) "machine: {cpus: " #cpus ", hz: 250, costs: zero}\n"

static const char three_hogs[] = "duration: 100ms\n" MACHINE(
	8) "tasks:\n"
	   "- {name: A, affinity: 0, birth: woken, program: [{loop: [{run: 1s}]}]}\n"
	   "- {name: B, affinity: 0, birth: woken, program: [{loop: [{run: 1s}]}]}\n"
	   "- {name: C, affinity: 0, birth: woken, nice: 5, program: [{loop: [{run: 1s}]}]}\n";

static void expect_schedule(const char *yaml, const char *const *settings, u32 count,
			    const char *expected)
{
	struct schedule schedule = schedule_run(yaml, settings);
	char got[1024];

	schedule_text(&schedule, 0, count, got, sizeof(got));
	cr_expect_str_eq(got, expected, "%s: got      %s\n         expected %s",
			 settings ? settings[0] : "", got, expected);
	schedule_free(&schedule);
}

Test(examples, three_hogs_of_nice_0_0_5_on_cfs)
{
	expect_schedule(three_hogs, (const char *const[]){"kernel=v6.1", NULL}, 11,
			"0 A, 12 B, 24 C, 28 A, 40 B, 52 C, 56 A, 68 B, 80 C, 84 A, 96 B");
	expect_schedule(three_hogs, (const char *const[]){"kernel=v6.1", "machine.hz=1000", NULL},
			11, "0 A, 11 B, 22 C, 26 A, 37 B, 48 C, 52 A, 63 B, 74 C, 78 A, 89 B");
}

Test(examples, three_hogs_of_nice_0_0_5_on_eevdf)
{
	static const char *const rows[] = {"kernel=v6.12", "kernel=v6.18"};
	static const char *const hz250 =
		"0 A, 4 B, 8 C, 12 A, 16 B, 20 A, 24 B, 28 A, 32 B, 36 C, 40 A";
	static const char *const hz1000 =
		"0 A, 3 B, 6 C, 9 A, 12 B, 15 A, 18 B, 21 A, 24 B, 27 C, 30 A";

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		expect_schedule(three_hogs, (const char *const[]){rows[i], NULL}, 11, hz250);
		/* A slice of 2.8 ms is shorter than a tick on one cpu as on eight. */
		expect_schedule(three_hogs, (const char *const[]){rows[i], "machine.cpus=1", NULL},
				11, hz250);
		expect_schedule(three_hogs, (const char *const[]){rows[i], "machine.hz=1000", NULL},
				11, hz1000);
	}
}

/* A hog H and a sleeper S of equal vruntime at 0.3 ms, when S has run and sleeps for @sleep. */
static void sleeper_against_hog(const char *cpus, const char *nice, const char *sleep,
				const char *expected)
{
	char yaml[1024];

	snprintf(yaml, sizeof(yaml),
		 "kernel: v6.1\nduration: 40ms\nmachine: {cpus: %s, hz: 250, costs: zero}\n"
		 "tasks:\n"
		 "- {name: S, affinity: 0, birth: woken, nice: %s, timer_slack: 0ns,"
		 " program: [{run: 300us}, {sleep: %s}, {run: 1ms}, {sleep: 1s}]}\n"
		 "- {name: H, affinity: 0, birth: woken, program: [{loop: [{run: 1s}]}]}\n",
		 cpus, nice, sleep);
	expect_schedule(yaml, NULL, 3, expected);
}

Test(examples, a_cfs_sleeper_preempts_once_its_lead_exceeds_the_wakeup_granularity)
{
	/*
	 * 3.7 ms of lead, 4 ms are needed: it waits until the hog's slice of 12 ms is over, at a
	 * tick.
	 */
	sleeper_against_hog("8", "0", "4ms", "0 S, 0.3 H, 16 S");
	/* 4.7 ms: preempts at once. */
	sleeper_against_hog("8", "0", "5ms", "0 S, 0.3 H, 5.3 S");
	sleeper_against_hog("8", "0", "25ms", "0 S, 0.3 H, 25.3 S");
}

Test(examples, a_light_cfs_sleeper_never_preempts_and_a_heavy_one_soon)
{
	/* Nice 5: 12.2 ms of lead are needed and 12 ms is all that a sleeper gets. */
	sleeper_against_hog("8", "5", "25ms", "0 S, 0.3 H, 28 S");
	/*
	 * Nice -5: 1.3124 ms are needed. It has 1.2 ms: the hog's slice of 5.9 ms ends at the tick
	 * of 8 ms ...
	 */
	sleeper_against_hog("8", "-5", "1.3ms", "0 S, 0.3 H, 8 S");
	/* ... and 1.4 ms: at once. */
	sleeper_against_hog("8", "-5", "1.5ms", "0 S, 0.3 H, 1.8 S");
	/* One cpu: latency 6 ms, so 1 ms is needed and 3 ms is all; slices are 3 ms. */
	sleeper_against_hog("1", "0", "1.2ms", "0 S, 0.3 H, 4 S");
	sleeper_against_hog("1", "0", "1.4ms", "0 S, 0.3 H, 1.7 S");
	sleeper_against_hog("1", "5", "25ms", "0 S, 0.3 H, 28 S");
}

Test(examples, a_long_custom_slice_is_protected_on_6_12_and_shared_on_6_18)
{
	static const char yaml[] = "duration: 100ms\n" MACHINE(
		8) "tasks:\n"
		   "- {name: A, affinity: 0, birth: woken, program: [{loop: [{run: 1s}]}]}\n"
		   "- {name: B, affinity: 0, birth: woken, slice: 20ms, program: [{loop: [{run: 1s}]}]}\n";

	expect_schedule(yaml, (const char *const[]){"kernel=v6.12", NULL}, 5,
			"0 A, 4 B, 24 A, 44 B, 64 A");
	expect_schedule(yaml, (const char *const[]){"kernel=v6.18", NULL}, 5,
			"0 A, 4 B, 8 A, 12 B, 16 A");
	expect_schedule(yaml, (const char *const[]){"kernel=v6.12", "machine.hz=1000", NULL}, 5,
			"0 A, 3 B, 23 A, 41 B, 61 A");
	expect_schedule(yaml, (const char *const[]){"kernel=v6.18", "machine.hz=1000", NULL}, 5,
			"0 A, 3 B, 6 A, 9 B, 12 A");
}

Test(examples, a_short_custom_slice_shortens_the_others_protection_on_6_18)
{
	static const char yaml[] =
		"duration: 20ms\nmachine: {cpus: 2, hz: 1000, costs: zero}\n"
		"tasks:\n"
		"- {name: A, affinity: 0, birth: woken, program: [{loop: [{run: 1s}]}]}\n"
		"- {name: B, affinity: 0, birth: woken, slice: 100us, program: [{loop: [{run: 1s}]}]}\n";

	expect_schedule(yaml, (const char *const[]){"kernel=v6.12", NULL}, 4, "0 B, 1 A, 3 B, 5 A");
	expect_schedule(yaml, (const char *const[]){"kernel=v6.18", NULL}, 5,
			"0 B, 1 A, 2 B, 3 A, 4 B");
}

/*
 * A hog alone since 0 on 2 cpus, slice 1.4 ms: every tick renews its request. S wakes at @start,
 * lag 0.
 */
static void wakeup_against_hog(const char *kernel, const char *start, const char *expected)
{
	char yaml[1024];

	snprintf(
		yaml, sizeof(yaml),
		"kernel: %s\nduration: 60ms\nmachine: {cpus: 2, hz: 250, costs: zero}\n"
		"tasks:\n"
		"- {name: H, affinity: 0, birth: woken, program: [{loop: [{run: 1s}]}]}\n"
		"- {name: S, affinity: 0, birth: woken, start: %s, program: [{run: 300us}, {sleep: 1s}]}\n",
		kernel, start);
	expect_schedule(yaml, NULL, 3, expected);
}

Test(examples, an_eevdf_wakeup_with_zero_lag_waits_while_the_hogs_request_is_younger_than_a_slice)
{
	static const char *const rows[] = {"v6.12", "v6.18"};

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		wakeup_against_hog(rows[i], "41ms", "0 H, 44 S, 44.3 H");
		wakeup_against_hog(rows[i], "41.399ms", "0 H, 44 S, 44.3 H");
		/*
		 * Its request is used up: renewed at the wakeup, an equal deadline, the tie goes to
		 * S.
		 */
		wakeup_against_hog(rows[i], "41.4ms", "0 H, 41.4 S, 41.7 H");
		wakeup_against_hog(rows[i], "43ms", "0 H, 43 S, 43.3 H");
	}
}

static void fork_beside_parent(const char *kernel, const char *before, const char *expected)
{
	char yaml[1024];

	snprintf(
		yaml, sizeof(yaml),
		"kernel: %s\nduration: 60ms\nmachine: {cpus: 8, hz: 250, costs: zero}\n"
		"tasks:\n"
		"- {name: P, affinity: 0, birth: woken, program: [{run: %s}, {fork: C}, {run: 1s}]}\n"
		"- {name: C, template: true, program: [{run: 1s}]}\n",
		kernel, before);
	expect_schedule(yaml, NULL, 2, expected);
}

Test(examples, a_new_child_on_its_parents_cpu)
{
	/*
	 * CFS: the child starts one slice, 11.999994 ms, to the right: at 24 ms the parent is
	 * beyond it.
	 */
	fork_beside_parent("v6.1", "9ms", "0 P, 24 C");
	/* 6.12: a deadline half a slice away, 10.4 ms, beats the parent's of 10.8 ms at once ... */
	fork_beside_parent("v6.12", "9ms", "0 P, 9 C");
	/* ... and 11.9 ms does not: the child waits for the tick. */
	fork_beside_parent("v6.12", "10.5ms", "0 P, 12 C");
	/* 6.18: a new task never preempts. */
	fork_beside_parent("v6.18", "9ms", "0 P, 12 C");
	fork_beside_parent("v6.18", "10.5ms", "0 P, 12 C");
}

/*
 * Three hogs on two cpus of one cache: the cpu with two is "has spare" to the other until the
 * latter's utilisation has risen, then a first pass fails and a second moves the waiting task, at
 * ticks. Seen on a real 6.18 kernel: 39 moves, 37 of them at ticks, 96 to 180 ms apart (median
 * 152).
 */
Test(examples, the_third_hog_of_two_cpus_moves_every_100_to_180_ms)
{
	static const char yaml[] =
		"duration: 3s\nmachine: {cpus: 2, hz: 250, costs: zero}\n"
		"tasks:\n- {name: h, count: 3, program: [{loop: [{run: 1s}]}]}\n";
	static const char *const rows[] = {"kernel=v6.12", "kernel=v6.18"};

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct schedule schedule = schedule_run(yaml, (const char *const[]){rows[i], NULL});

		cr_assert(schedule.nr_migrations >= 15, "%u", schedule.nr_migrations);
		for (u32 m = 0; m < schedule.nr_migrations; m++) {
			u64 gap = m ? schedule.migrations[m] - schedule.migrations[m - 1] : 0;

			cr_expect_eq(schedule.migrations[m] % (4 * MSEC), 0);
			cr_expect(!m || (gap >= 80 * MSEC && gap <= 200 * MSEC), "gap %" PRIu64,
				  gap);
		}
		schedule_free(&schedule);
	}
}
