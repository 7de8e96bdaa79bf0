/* SPDX-License-Identifier: MIT */
/*
 * Changes that the kernel refuses: nothing changes, and the call has failed, which `failed_calls`
 * counts. Lines end with the error's number: EPERM 1, EBUSY 16, EINVAL 22.
 */
#include "schedule.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define RT_GROUPS "machine: {cpus: 1, hz: 250, costs: zero}\nsched: {switches: [RT_GROUP_SCHED]}\n"

static const struct event_filter failed = {RECORD_BIT(FAILED), 0, 100 * MSEC};

/*
 * sched_dl_overflow(): 0.9 and 0.96 are less than the 1.9 of two cpus that deadline tasks may have,
 * with 0.9 more they are not. dl_task_check_affinity(): a deadline task may not be kept from a cpu.
 * sched_group_set_shares(): an idle group's weight is fixed.
 */
Test(refused, bandwidth_affinity_and_weight)
{
	static const char yaml[] =
		"kernel: v6.18\nduration: 100ms\nmachine: {cpus: 2, hz: 250, costs: zero}\nsched: {fair_server/runtime: 0}\n"
		"groups: {g: {idle: true}}\ntasks:\n"
		"- {name: a, birth: woken, timer_slack: 0, program: [{sleep: 1ms}, {policy: {policy: deadline, runtime: 9ms, deadline: 10ms}},"
		" {affinity: 1}, {sleep: 9s}]}\n"
		"- {name: b, birth: woken, timer_slack: 0, program: [{sleep: 2ms}, {policy: {policy: deadline, runtime: 96ms, deadline: 100ms}}, {sleep: 9s}]}\n"
		"- {name: c, birth: woken, timer_slack: 0, program: [{sleep: 3ms}, {policy: {policy: deadline, runtime: 9ms, deadline: 10ms}},"
		" {set_group: {group: g, weight: 300}}, {set_group: {group: g, idle: false, weight: 300}}, {sleep: 9s}]}\n";

	expect_events(yaml, (const char *const[]){NULL}, failed,
		      "1 0 failed a 16\n3 0 failed c 16\n3 0 failed c 22\n");
}

/*
 * dl_bandwidth_enabled(): where nothing is limited nobody asks whether a deadline task may run
 * everywhere.
 */
Test(refused, no_affinity_where_all_bandwidth_is_admitted)
{
	static const char yaml[] = "duration: 100ms\n" ZERO(
		2) "tasks:\n"
		   "- {name: born, birth: woken, affinity: 1, policy: deadline, runtime: 9ms, deadline: 10ms, program: [{run: 5ms}, {sleep: 9s}]}\n"
		   "- {name: becomes, birth: woken, affinity: 1, program: [{policy: {policy: deadline, runtime: 9ms, deadline: 10ms}}, {run: 1ms},"
		   " {affinity: 0}, {run: 1ms}, {sleep: 9s}]}\n";

	for (u32 k = 0; k < NR_SCHEDULE_ROWS; k++) {
		const char *const settings[] = {schedule_rows[k], "sched.sched_rt_runtime_us=-1",
						NULL};

		expect_events(yaml, settings, failed, "");
		expect_switches(yaml, settings, 1, 2, "0 born, 5 becomes");
	}
}

/*
 * It sleeps and its 0-lag time is past when another makes it a fair task: switched_from_dl() starts
 * no timer then, and so its 0.5 of the cpu stay promised. Had it been awake, they would have been
 * given back.
 */
Test(refused, bandwidth_of_a_sleeper_that_was_made_another_kind_stays_promised)
{
	static const char yaml[] = "duration: 100ms\n" ZERO(
		1) "tasks:\n"
		   "- {name: dl, birth: woken, policy: deadline, runtime: 5ms, deadline: 10ms, program: [{run: 1ms}, %s]}\n"
		   "- {name: admin, birth: woken, timer_slack: 0, program: [{sleep: 30ms}, {policy: {policy: other, task: dl}}, {sleep: 30ms},"
		   " {policy: {policy: deadline, runtime: 6ms, deadline: 10ms}}, {sleep: 9s}]}\n";
	char text[1024];

	snprintf(text, sizeof(text), yaml, "{sleep: 9s}");
	expect_events_of_all(text, NULL, failed, "61 0 failed admin 16\n");
	snprintf(text, sizeof(text), yaml, "{loop: [{run: 1ms}, {sleep: 1ms}]}");
	expect_events_of_all(text, NULL, failed, "");
}

/*
 * Who is of the deadline class by a boost alone may not change its policy: sched_dl_overflow() has
 * no case for it.
 */
Test(refused, a_policy_while_a_deadline_task_waits_for_what_it_holds)
{
	static const char yaml[] = "duration: 100ms\nmutexes: {m: {pi: true}}\n" ZERO(
		1) "tasks:\n"
		   "- {name: low, birth: woken, program: [{lock: m}, {run: 5ms}, {policy: {policy: fifo, priority: 1}}, {unlock: m},"
		   " {policy: {policy: fifo, priority: 1}}, {sleep: 9s}]}\n"
		   "- {name: top, birth: woken, start: 2ms, policy: deadline, runtime: 3ms, deadline: 20ms, program: [{lock: m}, {unlock: m}, {sleep: 9s}]}\n";

	expect_events_of_all(yaml, NULL, failed, "5 0 failed low 16\n");
}

/*
 * EBUSY 16: RT tasks would be left without runtime. EINVAL 22: more than all RT tasks may have; and
 * g has none, so that an RT task may not come (the write waits for the third tick), not even where
 * nothing is limited (-1). But there a task that is in g becomes one (sched_rt_can_attach,
 * __sched_setscheduler).
 */
Test(refused, of_rt_groups)
{
	static const char yaml[] =
		"kernel: v6.12\nduration: 100ms\n" RT_GROUPS
		"groups: {a: {rt_runtime: 100ms}, g: }\ntasks:\n"
		"- {name: h, group: a, birth: woken, policy: fifo, priority: 10, program: [{sleep: 10ms}, {group: g}, {sleep: 9s}]}\n"
		"- {name: f, group: g, birth: woken, start: 20ms, program: [{policy: {policy: fifo, priority: 10}}, {sleep: 9s}]}\n"
		"- {name: admin, birth: woken, start: 1ms, program: [{set_group: {group: a, rt_runtime: 0}},"
		" {set_group: {group: a, rt_runtime: 960ms}}, {set_group: {group: a, rt_runtime: 90ms}}, {sleep: 9s}]}\n";
	static const char unlimited[] =
		"kernel: v6.12\nduration: 100ms\n" RT_GROUPS "groups: {g: }\ntasks:\n"
		"- {name: h, birth: woken, policy: fifo, priority: 10, program: [{sleep: 10ms}, {group: g}, {sleep: 9s}]}\n"
		"- {name: f, group: g, birth: woken, start: 20ms, program: [{policy: {policy: fifo, priority: 10}}, {sleep: 9s}]}\n";

	expect_events(
		yaml, (const char *const[]){NULL}, failed,
		"1 0 failed admin 16\n1 0 failed admin 22\n20 0 failed h 22\n20 0 failed f 1\n");
	expect_events(unlimited, (const char *const[]){"sched.sched_rt_runtime_us=-1", NULL},
		      failed, "20 0 failed h 22\n");
}
