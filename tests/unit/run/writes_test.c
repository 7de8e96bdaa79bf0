/* SPDX-License-Identifier: MIT */
/*
 * Knobs and features that are written in mid-run: what comes after goes by them, what was worked
 * out before stays.
 */
#include "schedule.h"

#include <criterion/criterion.h>
#include <stdio.h>

static const char *const none[] = {NULL};

/*
 * core-rt-dl-ext.md 2.2: "a change affects only subsequent reloads". At 210 ms both have a slice of
 * 100 ms, A1's until 400 ms.
 */
Test(writes, an_rr_slice_counts_from_the_next_reload_on)
{
	expect_switches(
		"duration: 450ms\nmachine: {cpus: 1, hz: 250, costs: zero}\n"
		"sched: {writes: [{at: 210ms, sched_rr_timeslice_ms: 20}]}\ntasks:\n"
		"- {name: A, count: 2, policy: rr, priority: 3, birth: woken, program: [run: 1s]}\n",
		none, 0, 20, "0 A0, 100 A1, 200 A0, 300 A1, 400 A0, 420 A1, 440 A0");
	/* Of two writes at once the one that is told later holds. */
	expect_switches(
		"duration: 450ms\nmachine: {cpus: 1, hz: 250, costs: zero}\n"
		"sched: {writes: [{at: 210ms, sched_rr_timeslice_ms: 40}, {at: 210ms, sched_rr_timeslice_ms: 20}]}\ntasks:\n"
		"- {name: A, count: 2, policy: rr, priority: 3, birth: woken, program: [run: 1s]}\n",
		none, 0, 20, "0 A0, 100 A1, 200 A0, 300 A1, 400 A0, 420 A1, 440 A0");
}

/*
 * fair.md 3.8: requests of 0.7 ms end at each tick of 1 ms. Those that are renewed behind the
 * write, at 19 ms for A and at 20 for B, are of 3 ms. The last long ones before the second write
 * are renewed at 23 ms (A, which runs at 26) and at 26 ms (B, at 29). Writes need not be in order.
 */
Test(writes, a_slice_counts_from_the_next_request_on)
{
	expect_switches(
		"duration: 34ms\nmachine: {cpus: 1, hz: 1000, costs: zero}\n"
		"sched: {writes: [{at: 1s, base_slice_ns: 100000}, {at: 18500us, base_slice_ns: 3ms}, {at: 27ms, base_slice_ns: 100000}]}\ntasks:\n"
		"- {name: A, birth: woken, program: [run: 1s]}\n- {name: B, birth: woken, program: [run: 1s]}\n",
		none, 0, 40,
		"0 A, 1 B, 2 A, 3 B, 4 A, 5 B, 6 A, 7 B, 8 A, 9 B, 10 A, 11 B, 12 A, 13 B, 14 A, 15 B, 16 A, 17 B, 18 A, 19 B, 20 A, "
		"23 B, 26 A, 29 B, 32 A, 33 B");
}

/*
 * S preempts the hog as it wakes, up to 25 ms; from then on the next tick sees it. In a group, too,
 * and in a session's.
 */
Test(writes, a_feature_may_be_switched_off)
{
	static const char *const where[] = {"", "group: g, ", "session: true, "};
	static const char *const rows[] = {"kernel=v6.12", "kernel=v6.18"};
	char yaml[512];

	for (u32 i = 0; i < 6; i++) {
		snprintf(
			yaml, sizeof(yaml),
			"duration: 50ms\nmachine: {cpus: 1, hz: 250, costs: zero}\ngroups: {g: }\n"
			"sched: {writes: [{at: 25ms, features: NO_WAKEUP_PREEMPTION}]}\ntasks:\n"
			"- {name: H, %sbirth: woken, program: [run: 1s]}\n"
			"- {name: S, %sbirth: woken, start: 1ms, timer_slack: 0, program: [loop: [timer: 10ms, run: 300us]]}\n",
			where[i % 3], i % 3 == 2 ? "thread_of: H, " : where[i % 3]);
		expect_switches(
			yaml, (const char *const[]){rows[i / 3], NULL}, 0, 20,
			"0 H, 1 S, 1 H, 11 S, 11.3 H, 21 S, 21.3 H, 32 S, 32.3 H, 44 S, 44.3 H");
	}
}

/*
 * Queues of groups know, too. At 1.6 ms S (v 0.6) has lag beside H (1.0), keeps its 0.2, and is
 * placed by them at 1.9 ms, at 0.9 beside 1.3. At 2.5 ms it is ahead, 1.5 beside 1.3: with
 * DELAY_DEQUEUE (fair.md 3.10) it stays, and is eligible when it wakes at 2.8 ms, as H is at 1.6
 * then. Without, its lag of -0.1 puts it to 1.8, and the tick of 3 ms ends H's request.
 */
Test(writes, a_feature_of_the_queues_of_groups)
{
	static const char *const where[] = {"group: g, ", "session: true, "};
	char yaml[512];

	for (u32 i = 0; i < 2; i++) {
		snprintf(
			yaml, sizeof(yaml),
			"kernel: v6.12\nduration: 3200us\nmachine: {cpus: 1, hz: 1000, costs: zero}\ngroups: {g: }\n"
			"sched: {writes: [{at: 1500us, features: NO_DELAY_DEQUEUE}]}\ntasks:\n"
			"- {name: H, %sbirth: woken, program: [run: 1s]}\n"
			"- {name: S, %sbirth: woken, timer_slack: 0, program: [loop: [run: 600us, sleep: 300us]]}\n",
			where[i], i ? "thread_of: H, " : where[i]);
		expect_switches(yaml, none, 0, 6, "0 H, 1 S, 1.6 H, 1.9 S, 2.5 H, 3 S");
		expect_switches(yaml, (const char *const[]){"sched.writes.0.at=1s", NULL}, 0, 6,
				"0 H, 1 S, 1.6 H, 1.9 S, 2.5 H, 2.8 S");
	}
}

/*
 * A slice of two hogs is 12 ms with a latency of 24. More than eight have the least slice of 0.75
 * ms each before and after: how many fit is not reckoned anew, as the file is a plain number
 * (sched_init_debug of 6.1; fair.md 2.1 says otherwise).
 */
Test(writes, a_latency_of_cfs)
{
	expect_switches(
		"kernel: v6.1\nduration: 60ms\nmachine: {cpus: 1, hz: 1000, costs: zero}\n"
		"sched: {writes: [{at: 6500us, latency_ns: 24ms}]}\ntasks:\n"
		"- {name: A, birth: woken, program: [run: 1s]}\n- {name: B, birth: woken, program: [run: 1s]}\n",
		none, 0, 20, "0 A, 3 B, 6 A, 18 B, 30 A, 42 B, 54 A");
	expect_switches(
		"kernel: v6.1\nduration: 20ms\nmachine: {cpus: 1, hz: 1000, costs: zero}\n"
		"sched: {writes: [{at: 3500us, latency_ns: 24ms}]}\ntasks:\n"
		"- {name: A, count: 10, birth: woken, program: [run: 1s]}\n",
		none, 0, 20,
		"0 A0, 1 A1, 2 A2, 3 A3, 4 A4, 5 A5, 6 A6, 7 A7, 8 A8, 9 A9, 10 A0, 11 A1, 12 A2, 13 A3, 14 A4, 15 A5, 16 A6, 17 A7, 18 A8, 19 A9");
}

#define ONE_CORE \
	"kernel: v6.18\nduration: 60ms\nmachine: {cores: 1, threads: 2, hz: 250, costs: zero}\n"

/* What is on already is written on: with core scheduling, too, that changes nothing. */
Test(writes, a_write_of_what_is_changes_nothing_for_cores)
{
	static const char yaml[] = ONE_CORE
		"sched: {writes: [{at: 5ms, features: RUN_TO_PARITY}]}\ntasks:\n"
		"- {name: p, count: 2, birth: woken, affinity: 0, program: [core_sched: create, loop: [run: 7ms, sleep: 1ms]]}\n"
		"- {name: q, birth: woken, affinity: 1, program: [core_sched: create, loop: [run: 5ms, sleep: 1ms]]}\n";
	struct schedule without =
		schedule_run(yaml, (const char *const[]){"sched.writes.0.at=1s", NULL});
	char text[2048];

	for (u32 cpu = 0; cpu < 2; cpu++) {
		schedule_text(&without, cpu, 60, text, sizeof(text));
		expect_switches(yaml, none, cpu, 60, text);
	}
	schedule_free(&without);
}

/*
 * It is written while C has a cookie. At 5 ms there is none any more, and what was written holds:
 * the tick sees S, not its wakeup, although H has had its slice (1.4 ms with two cpus).
 */
Test(writes, what_was_written_holds_when_cookies_have_gone)
{
	static const char yaml[] = ONE_CORE
		"sched: {writes: [{at: 2ms, features: NO_WAKEUP_PREEMPTION}]}\ntasks:\n"
		"- {name: C, birth: woken, affinity: 1, program: [core_sched: create, run: 5ms]}\n"
		"- {name: H, birth: woken, start: 12ms, affinity: 0, program: [run: 1s]}\n"
		"- {name: S, birth: woken, start: 14ms, affinity: 0, timer_slack: 0, program: [run: 300us, sleep: 9s]}\n";

	expect_switches(yaml, none, 0, 5, "5 init, 5 idle, 12 H, 16 S, 16.3 H");
	expect_switches(yaml, (const char *const[]){"sched.writes.0.at=1s", NULL}, 0, 5,
			"5 init, 5 idle, 12 H, 14 S, 14.3 H");
}

/*
 * core-rt-dl-ext.md 2.5: of each 100 ms RT tasks have 50, and ticks of 4 ms find that they are
 * over. At 100 ms F has 2 ms on its account, so that at 120 ms it has more than the 20 ms that were
 * written at 118; then 2 ms are left for 200 ms, and again. At 230 ms the limit goes: F, which is
 * throttled, is so until the period ends, and no other begins. From 390 ms on there is a limit of
 * 40 ms. At 432 ms it is exceeded, which starts the period's timer: that fires at once
 * (do_start_rt_bandwidth()), and F goes on with 4 ms on its account, to 472 ms.
 */
Test(writes, rt_runtime_is_measured_by_what_is_written)
{
	static const char yaml[] =
		"kernel: v6.1\nduration: 560ms\nmachine: {cpus: 1, hz: 250, costs: zero}\n"
		"sched: {sched_rt_period_us: 100ms, sched_rt_runtime_us: 50ms, writes: [{at: 118ms, sched_rt_runtime_us: 20ms},"
		" {at: 230ms, sched_rt_runtime_us: -1}, {at: 390ms, sched_rt_runtime_us: 40ms}]}\ntasks:\n"
		"- {name: F, policy: fifo, priority: 3, birth: woken, program: [run: 1s]}\n"
		"- {name: O, birth: woken, program: [run: 1s]}\n";

	expect_switches(yaml, none, 0, 20,
			"0 F, 52 O, 100 F, 120 O, 200 F, 220 O, 300 F, 472 O, 532 F");
	/* More runtime than the period is refused (EINVAL). */
	expect_switches(
		"kernel: v6.1\nduration: 200ms\nmachine: {cpus: 1, hz: 250, costs: zero}\n"
		"sched: {sched_rt_period_us: 100ms, sched_rt_runtime_us: 50ms, writes: [{at: 10ms, sched_rt_runtime_us: 101ms},"
		" {at: 20ms, sched_rt_period_us: 49ms}]}\ntasks:\n"
		"- {name: F, policy: fifo, priority: 3, birth: woken, program: [run: 1s]}\n"
		"- {name: O, birth: woken, program: [run: 1s]}\n",
		none, 0, 20, "0 F, 52 O, 100 F, 152 O");
}

/*
 * sched_dl_global_validate(): a has 0.5, so that a limit of 0.4 is refused (EBUSY), and one of 0.6
 * is not: with the fair server's 0.05, if there is one, that is enough, and b with 0.2 more does
 * not fit (EBUSY 16), while it did before. Once the limit is 0.95 again it does. (b sleeps behind
 * a's millisecond at 0, and at 21 ms its sleep ends behind another one.)
 */
Test(writes, deadline_tasks_are_admitted_by_what_is_written)
{
	static const char yaml[] =
		"duration: 100ms\nmachine: {cpus: 1, hz: 250, costs: zero}\n"
		"sched: {writes: [{at: 5ms, sched_rt_runtime_us: 400ms}, {at: 10ms, sched_rt_runtime_us: 600ms},"
		" {at: 30ms, sched_rt_runtime_us: 950ms}]}\ntasks:\n"
		"- {name: a, birth: woken, policy: deadline, runtime: 5ms, deadline: 10ms, program: {loop: [run: 1ms, sleep: 20ms]}}\n"
		"- {name: b, birth: woken, timer_slack: 0, program: [{sleep: 6ms}, {policy: {policy: deadline, runtime: 2ms, deadline: 10ms}},"
		" {policy: {policy: other}}, {sleep: 14ms}, {policy: {policy: deadline, runtime: 2ms, deadline: 10ms}}, {sleep: 20ms},"
		" {policy: {policy: deadline, runtime: 2ms, deadline: 10ms}}, {sleep: 1s}]}\n";
	static const char *const rows[] = {"kernel=v6.1", "kernel=v6.12", "kernel=v6.18"};

	for (u32 i = 0; i < 3; i++)
		expect_events(yaml, (const char *const[]){rows[i], NULL},
			      (struct event_filter){RECORD_BIT(FAILED), 0, 100 * MSEC},
			      "22 0 failed b 16\n");
}

/*
 * With RT groups the root's runtime stays 950 ms, which is to fit; a larger limit changes nothing
 * for its tasks (__rt_schedulable()).
 */
Test(writes, with_rt_groups_the_root_keeps_its_runtime)
{
	static const char yaml[] =
		"duration: 300ms\nmachine: {cpus: 1, hz: 250, costs: zero}\n"
		"sched: {switches: [RT_GROUP_SCHED], fair_server/runtime: 0, sched_rt_period_us: 100ms, sched_rt_runtime_us: 50ms,"
		" writes: [{at: 10ms, sched_rt_runtime_us: 20ms}, {at: 110ms, sched_rt_runtime_us: 90ms}, {at: 210ms, sched_rt_runtime_us: -1}]}\ntasks:\n"
		"- {name: F, policy: fifo, priority: 3, birth: woken, program: [run: 1s]}\n"
		"- {name: O, birth: woken, program: [run: 1s]}\n";
	static const char *const rows[] = {"kernel=v6.12", "kernel=v6.18"};

	for (u32 i = 0; i < 2; i++)
		expect_switches(yaml, (const char *const[]){rows[i], NULL}, 0, 20,
				"0 F, 52 O, 100 F, 152 O, 200 F");
}
