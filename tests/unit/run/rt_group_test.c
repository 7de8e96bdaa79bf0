/* SPDX-License-Identifier: MIT */
/*
 * RT groups (core-rt-dl-ext.md 1.16, 2.1, 2.5): queues within queues, and an account for each.
 * Costs are zero; a tick comes every 4 ms, and looks at who runs.
 */
#include "schedule.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define MACHINE "machine: {cpus: 1, hz: 250, costs: zero}\nsched: {switches: [RT_GROUP_SCHED]}\n"

static const char *const v6_1[] = {"kernel=v6.1", NULL};

/*
 * hc may run 50 ms of each 500, and what it runs is a part of the 200 that its group's group a has;
 * hb has 300 of each second. At 52 ms 52 > 50 ends hc, at 204 a has had 204 > 200 with it. At 500 a
 * and c get a period's worth: 4 and 2 are left to pay. At 552 c has had 54, at 700 a 4 + 52 + 148.
 * hb has had 296, and 304 at 708. Then nobody may, and at 1000 all: hc with 4 to pay until 1048, a
 * with 4 + 48 + 152 until 1200; hb has 4 + 300 at 1500.
 */
static const char nested[] =
	"duration: 2s\n" MACHINE
	"groups: {a: {rt_runtime: 200ms, rt_period: 500ms, groups: {c: {rt_runtime: 50ms, rt_period: 500ms}}}, b: {rt_runtime: 300ms}}\n"
	"tasks:\n"
	"- {name: ha, group: a, birth: woken, policy: fifo, priority: 50, program: [{run: 10s}]}\n"
	"- {name: hb, group: b, birth: woken, policy: fifo, priority: 40, program: [{run: 10s}]}\n"
	"- {name: hc, group: c, birth: woken, policy: fifo, priority: 60, program: [{run: 10s}]}\n"
	"- {name: f, birth: woken, program: [{run: 10s}]}\n";

Test(rt_group, what_a_group_below_takes_its_parent_has_taken)
{
	static const char *const rows[] = {"kernel=v6.1", "kernel=v6.12", "kernel=v6.18"};

	for (u32 i = 0; i < 3; i++)
		expect_switches(
			nested,
			(const char *const[]){rows[i], i ? "sched.fair_server/runtime=0" : "seed=0",
					      NULL},
			0, 20,
			"0 hc, 52 ha, 204 hb, 500 hc, 552 ha, 700 hb, 708 f, 1000 hc, 1048 ha, 1200 hb, 1500 hc, "
			"1552 ha, 1700 f");
}

/*
 * A group stands in its parent's queue as a task would; whenever a task comes to it, it is queued
 * anew: with C, a goes behind B. B's slice ends: it goes behind a. Then A's: A goes behind C in a,
 * and a behind B; and so on.
 */
Test(rt_group, round_robin_goes_on_in_the_queue_above)
{
	static const char yaml[] =
		"duration: 450ms\n" MACHINE "groups: {a: {rt_runtime: 450ms}}\ntasks:\n"
		"- {name: A, group: a, birth: woken, policy: rr, priority: 10, program: [{run: 10s}]}\n"
		"- {name: B, birth: woken, policy: rr, priority: 10, program: [{run: 10s}]}\n"
		"- {name: C, group: a, birth: woken, policy: rr, priority: 10, program: [{run: 10s}]}\n";

	expect_switches(yaml, v6_1, 0, 9, "0 B, 100 A, 200 B, 300 C, 400 B");
}

/*
 * B waits behind the group of A. D wakes in that and is stronger: a comes back at D's priority, and
 * when D sleeps, behind B.
 */
Test(rt_group, a_group_stands_at_the_priority_of_its_best)
{
	static const char yaml[] =
		"duration: 100ms\n" MACHINE "groups: {a: {rt_runtime: 450ms}}\ntasks:\n"
		"- {name: A, group: a, birth: woken, policy: fifo, priority: 10, program: [{run: 10s}]}\n"
		"- {name: B, birth: woken, policy: fifo, priority: 10, program: [{run: 10s}]}\n"
		"- {name: D, group: a, birth: woken, policy: fifo, priority: 20,"
		" start: 10ms, program: [{run: 5ms}, {sleep: 9s}]}\n";

	expect_switches(yaml, v6_1, 0, 9, "0 A, 10 D, 15 B");
}

/* Alone in their groups, which stand side by side. */
Test(rt_group, round_robin_between_groups)
{
	static const char yaml[] =
		"duration: 350ms\n" MACHINE
		"groups: {a: {rt_runtime: 450ms}, b: {rt_runtime: 450ms}}\ntasks:\n"
		"- {name: A, group: a, birth: woken, policy: rr, priority: 10, program: [{run: 10s}]}\n"
		"- {name: B, group: b, birth: woken, policy: rr, priority: 10, program: [{run: 10s}]}\n";

	expect_switches(yaml, v6_1, 0, 9, "0 A, 100 B, 200 A, 300 B");
}

/*
 * D is stronger than B, and so is its group c from then on, and c's group a, in which two others
 * wait; when all of them sleep nothing is left of them.
 */
Test(rt_group, groups_above_come_with_a_group)
{
	static const char yaml[] =
		"duration: 100ms\n" MACHINE
		"groups: {a: {rt_runtime: 450ms, groups: {c: {rt_runtime: 400ms}}}}\ntasks:\n"
		"- {name: A, group: a, count: 2, birth: woken, policy: fifo, priority: 10, program: [{run: 3ms}, {sleep: 9s}]}\n"
		"- {name: B, birth: woken, policy: fifo, priority: 15, program: [{run: 20ms}, {sleep: 9s}]}\n"
		"- {name: D, group: c, birth: woken, policy: fifo, priority: 20, start: 10ms, program: [{run: 5ms}, {sleep: 9s}]}\n"
		"- {name: f, birth: woken, program: [{run: 10s}]}\n";

	expect_switches(yaml, v6_1, 0, 9, "0 B, 10 D, 15 B, 25 A0, 28 A1, 31 f");
}

/* The grids of both begin when h is queued, although only c has a task of its own. */
Test(rt_group, periods_of_all_groups_above_begin_with_a_task)
{
	static const char yaml[] =
		"duration: 2s\n" MACHINE
		"groups: {a: {rt_runtime: 100ms, groups: {c: {rt_runtime: 100ms}}}}\ntasks:\n"
		"- {name: h, group: c, birth: woken, policy: fifo, priority: 10, program: [{run: 10s}]}\n";

	expect_switches(yaml, v6_1, 0, 4, "0 h, 104 idle, 1000 h, 1100 idle");
}

/*
 * The default: no runtime, no RT tasks (EPERM). T goes on as a fair task, in turns with F; as an RT
 * task it runs for its 20 ms. With -1 nothing is limited.
 */
Test(rt_group, a_group_without_runtime_has_no_rt_tasks)
{
	static const char yaml[] =
		"duration: 100ms\n" MACHINE "groups: {g: }\ntasks:\n"
		"- {name: T, group: g, birth: woken, program: [{policy: {policy: fifo, priority: 10}}, {run: 20ms}, {sleep: 9s}]}\n"
		"- {name: F, birth: woken, program: [{run: 20ms}]}\n";

	expect_switches(yaml, v6_1, 0, 3, "0 F, 4 T, 8 F");
	expect_switches(yaml,
			(const char *const[]){"kernel=v6.1", "sched.sched_rt_runtime_us=-1", NULL},
			0, 3, "0 F, 4 T, 24 F");
	expect_switches(yaml,
			(const char *const[]){"kernel=v6.1", "groups.g={rt_runtime: 50ms}", NULL},
			0, 3, "0 F, 4 T, 24 F");
}

/*
 * 100 ms of each second, 300 from 500 ms on: it comes back with the next period, with 104 paid off.
 * What is more than the kernel has for all (950 of 1000), and nothing at all while RT tasks are
 * there, is refused.
 */
Test(rt_group, runtime_may_be_written_in_mid_run)
{
	static const char yaml[] =
		"duration: 2s\n" MACHINE "groups: {a: {rt_runtime: 100ms}}\ntasks:\n"
		"- {name: h, group: a, birth: woken, policy: fifo, priority: 10, program: [{run: 10s}]}\n"
		"- {name: admin, birth: woken, policy: fifo, priority: 90,"
		" program: [{sleep: 500ms}, {set_group: {group: a, rt_runtime: 300ms}}, {sleep: 9s}]}\n";
	static const char *const refused[] = {"{group: a, rt_runtime: 960ms}",
					      "{group: a, rt_runtime: 0}",
					      "{group: a, rt_period: 50ms}"};
	static const char below[] =
		"duration: 2s\n" MACHINE
		"groups: {a: {rt_runtime: 200ms, groups: {c: {rt_runtime: 100ms}}}}\ntasks:\n"
		"- {name: h, group: a, birth: woken, policy: fifo, priority: 10, program: [{run: 10s}]}\n"
		"- {name: admin, birth: woken, policy: fifo, priority: 90, program: [{set_group: {group: a, rt_runtime: 50ms}}, {sleep: 9s}]}\n";
	char setting[120];

	expect_switches(yaml, v6_1, 0, 9,
			"0 admin, 0 h, 104 idle, 500 admin, 500 idle, 1000 h, 1304 idle");
	for (u32 i = 0; i < 3; i++) {
		snprintf(setting, sizeof(setting), "tasks.admin.program.1.set_group=%s",
			 refused[i]);
		expect_switches(yaml, (const char *const[]){"kernel=v6.1", setting, NULL}, 0, 9,
				"0 admin, 0 h, 104 idle, 500 admin, 500 idle, 1000 h, 1100 idle");
	}
	/* Less than a group below has. */
	expect_switches(below, v6_1, 0, 3, "0 admin, 0 h, 204 idle");
}

/*
 * L holds what H waits for: it goes on beyond its group's 100 ms, and it is the group that is
 * lifted.
 */
Test(rt_group, a_boosted_task_lifts_its_groups_limit)
{
	static const char yaml[] =
		"duration: 2s\n" MACHINE
		"mutexes: {m: {pi: true}}\ngroups: {a: {rt_runtime: 100ms}}\ntasks:\n"
		"- {name: L, group: a, birth: woken, program: [{lock: m}, {run: 300ms}, {unlock: m}, {sleep: 9s}]}\n"
		"- {name: H, birth: woken, policy: fifo, priority: 10, program: [{sleep: 1ms}, {lock: m}, {sleep: 9s}]}\n";

	expect_switches(yaml, v6_1, 0, 9, "0 H, 0 L, 1 H, 1 L, 300 H, 300 L, 300 idle");
	/* And of those above. */
	expect_switches(yaml,
			(const char *const[]){
				"kernel=v6.1",
				"groups={a: {rt_runtime: 90ms, groups: {c: {rt_runtime: 80ms}}}}",
				"tasks.L.group=c", NULL},
			0, 9, "0 H, 0 L, 1 H, 1 L, 300 H, 300 L, 300 idle");
}

/* Cpu 0 has used up a's runtime there; what is left of it on cpu 1 can be had by who moves. */
Test(rt_group, each_cpu_has_an_account_of_each_group)
{
	static const char yaml[] =
		"duration: 2s\nmachine: {cpus: 2, hz: 250, costs: zero}\nsched: {switches: [RT_GROUP_SCHED]}\n"
		"groups: {a: {rt_runtime: 100ms}}\ntasks:\n"
		"- {name: h, group: a, affinity: 0, birth: woken, policy: fifo, priority: 10, program: [{run: 10s}]}\n"
		"- {name: K, birth: woken, start: 200ms, affinity: 1, program: [{affinity: {cpus: 1, task: h}}, {run: 1ms}, {sleep: 9s}]}\n";

	expect_switches(yaml, v6_1, 0, 3, "0 h, 104 idle");
	expect_switches(yaml, v6_1, 1, 4, "200 K, 200 h, 304 K, 305 idle");
}

/* The whole period is borrowed from the other cpu's account of the same group. */
Test(rt_group, with_runtime_share_cpus_borrow_within_a_group)
{
	static const char yaml[] =
		"duration: 3s\nmachine: {cpus: 2, hz: 250, costs: zero}\nsched: {switches: [RT_GROUP_SCHED], features: [RT_RUNTIME_SHARE]}\n"
		"groups: {a: {rt_runtime: 600ms}}\ntasks:\n"
		"- {name: h, group: a, affinity: 0, birth: woken, policy: fifo, priority: 10, program: [{run: 10s}]}\n";

	expect_switches(yaml, v6_1, 0, 9, "0 h");
}

/*
 * A change of affinity, or from FIFO to RR, at the same priority takes A off and back on at its
 * place (core-rt-dl-ext.md 1.16), and so it takes its group, which is empty meanwhile, and those
 * above it: B still waits behind them when C, who was stronger, sleeps.
 */
Test(rt_group, a_place_that_is_kept_is_the_groups_too)
{
	static const char yaml[] =
		"duration: 100ms\n" MACHINE
		"groups: {a: {rt_runtime: 450ms, groups: {c: {rt_runtime: 400ms}}}}\ntasks:\n"
		"- {name: A, group: a, birth: woken, policy: fifo, priority: 10, program: [{run: 10s}]}\n"
		"- {name: B, birth: woken, policy: fifo, priority: 10, program: [{run: 10s}]}\n"
		"- {name: C, birth: woken, policy: fifo, priority: 90, program: [{sleep: 10ms}, {affinity: {cpus: 0, task: A}}, {run: 1ms}, {sleep: 9s}]}\n";
	static const char *const changes[] = {
		"tasks.C.program.1={affinity: {cpus: 0, task: A}}",
		"tasks.C.program.1={policy: {policy: rr, priority: 10, task: A}}"};
	static const char *const groups[] = {"tasks.A.group=a", "tasks.A.group=c"};

	for (u32 i = 0; i < 4; i++)
		expect_switches(yaml,
				(const char *const[]){"kernel=v6.1", changes[i / 2], groups[i % 2],
						      NULL},
				0, 9, "0 C, 0 A, 10 C, 11 A");
	/* With less priority than before it is the first of those, with more the last. */
	expect_switches(
		yaml, (const char *const[]){"kernel=v6.1", "tasks.A.priority=20", changes[1], NULL},
		0, 9, "0 C, 0 A, 10 C, 11 A");
	expect_switches(yaml,
			(const char *const[]){
				"kernel=v6.1", "tasks.B.priority=12",
				"tasks.C.program.1={policy: {policy: fifo, priority: 12, task: A}}",
				NULL},
			0, 9, "0 C, 0 B, 10 C, 11 B");
	/* At less, it is behind. */
	expect_switches(yaml,
			(const char *const[]){
				"kernel=v6.1",
				"tasks.C.program.1={policy: {policy: rr, priority: 9, task: A}}",
				NULL},
			0, 9, "0 C, 0 A, 10 C, 11 B");
}

/*
 * L is boosted to H's 10 when its group's 100 ms are used up, at 104 ms: the group stays before X.
 */
Test(rt_group, a_group_that_is_lifted_keeps_its_place)
{
	static const char yaml[] =
		"duration: 1s\n" MACHINE
		"mutexes: {m: {pi: true}}\ngroups: {a: {rt_runtime: 100ms}}\ntasks:\n"
		"- {name: L, group: a, birth: woken, program: [{lock: m}, {run: 300ms}, {unlock: m}, {sleep: 9s}]}\n"
		"- {name: H, birth: woken, policy: fifo, priority: 10, program: [{sleep: 1ms}, {lock: m}, {sleep: 9s}]}\n"
		"- {name: X, birth: woken, start: 2ms, policy: fifo, priority: 10, program: [{run: 10ms}, {sleep: 9s}]}\n"
		"- {name: Z, birth: woken, start: 200ms, policy: fifo, priority: 20, program: [{run: 1ms}, {sleep: 9s}]}\n";

	expect_switches(yaml, v6_1, 0, 7, "0 H, 0 L, 1 H, 1 L, 200 Z, 201 L, 301 X");
}

/*
 * -1: a group may have its whole period, and nothing is limited: there is no timer, which would
 * take 1 ms each second.
 */
Test(rt_group, without_a_limit_no_period_begins)
{
	static const char yaml[] =
		"duration: 4s\nmachine: {cpus: 1, hz: 250, costs: {preset: zero, timer: 1ms}}\n"
		"sched: {switches: [RT_GROUP_SCHED], sched_rt_runtime_us: -1}\ngroups: {a: {rt_runtime: 1s}}\ntasks:\n"
		"- {name: h, group: a, birth: woken, policy: fifo, priority: 10, program: [{run: 2500ms}, {pause: }]}\n";

	expect_switches(yaml, v6_1, 0, 4, "0 h, 2500 idle");
}

/*
 * An RT task that sleeps keeps its group's runtime from being taken away (EBUSY), so that it is
 * held to it when it wakes.
 */
Test(rt_group, sleeping_rt_tasks_keep_the_runtime)
{
	static const char yaml[] =
		"duration: 1s\n" MACHINE "groups: {a: {rt_runtime: 100ms}}\ntasks:\n"
		"- {name: h, group: a, birth: woken, policy: fifo, priority: 10, program: [{sleep: 20ms}, {run: 10s}]}\n"
		"- {name: K, birth: woken, program: [{set_group: {group: a, rt_runtime: 0}}, {sleep: 9s}]}\n";

	expect_switches(yaml, v6_1, 0, 5, "0 h, 0 K, 0 idle, 20 h, 124 idle");
}

/*
 * Accounts of a cpu that has gone and come back are fresh ones: l has 50 ms of the 100, and h the
 * rest, as ticks see it.
 */
Test(rt_group, a_cpu_that_comes_back_has_its_account_again)
{
	static const char yaml[] =
		"duration: 2s\nmachine: {cpus: 2, hz: 250, costs: zero, events: [{at: 100ms, cpu: 1, action: offline}, {at: 200ms, cpu: 1, action: online}]}\n"
		"sched: {switches: [RT_GROUP_SCHED]}\ngroups: {a: {rt_runtime: 100ms, groups: {c: {rt_runtime: 50ms}}}}\ntasks:\n"
		"- {name: h, group: a, affinity: 1, start: 500ms, birth: woken, policy: fifo, priority: 10, program: [{run: 10s}]}\n"
		"- {name: l, group: c, affinity: 1, start: 500ms, birth: woken, policy: fifo, priority: 20, program: [{run: 10s}]}\n";
	struct event_filter late = {RECORD_BIT(SWITCH), 400 * MSEC, 1400 * MSEC};

	expect_events(yaml, v6_1, late, "500 1 idle R > l\n552 1 l R > h\n604 1 h R > idle\n");
}

/*
 * h has used up what there is on cpu 1, which goes: nobody is throttled there any more, so that h
 * can be moved, and has what there is on cpu 0.
 */
Test(rt_group, a_cpu_that_goes_throttles_nobody)
{
	static const char yaml[] =
		"duration: 2s\nmachine: {cpus: 2, hz: 250, costs: zero, events: [{at: 150ms, cpu: 1, action: offline}]}\n"
		"sched: {switches: [RT_GROUP_SCHED]}\ngroups: {a: {rt_runtime: 100ms}}\ntasks:\n"
		"- {name: K, affinity: 0, birth: woken, policy: fifo, priority: 50, program: [{run: 400ms}, {sleep: 9s}]}\n"
		"- {name: h, group: a, affinity: 1, birth: woken, policy: fifo, priority: 10, program: [{run: 10s}]}\n";
	struct event_filter late = {RECORD_BIT(SWITCH), 300 * MSEC, 900 * MSEC};

	expect_events(yaml, v6_1, late, "400 0 K S > h\n504 0 h R > idle\n");
}
