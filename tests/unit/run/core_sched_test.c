/* SPDX-License-Identifier: MIT */
/*
 * Core scheduling: what the threads of a core run beside each other (kernel/sched/core_sched.c,
 * pick_next_task()). Costs are zero. With one core of two threads cpus 0 and 1 are siblings; of two
 * cores with threads first 2 and 3 are as well.
 */
#include "schedule.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define ONE_CORE "machine: {cores: 1, threads: 2, hz: 250, costs: zero}\n"
#define TWO_CORES \
	"machine: {cores: 2, threads: 2, numbering: threads-first, hz: 250, costs: zero}\n"

static const char *const rows[] = {"kernel=v6.1", "kernel=v6.12", "kernel=v6.18"};

static void switches_of_all(const char *yaml, u32 cpu, u32 count, const char *expected)
{
	for (u32 i = 0; i < 3; i++)
		expect_switches(yaml, (const char *const[]){rows[i], NULL}, cpu, count, expected);
}

/* p is the stronger one; q, with another cookie or without, has to wait, though its cpu is free. */
Test(core_sched, the_strongest_of_a_core_says_who_runs)
{
	static const char *const begin[] = {"", "{core_sched: create}, "};
	char yaml[1024];

	for (u32 i = 0; i < 2; i++) {
		snprintf(yaml, sizeof(yaml),
			 "duration: 30ms\n" ONE_CORE "tasks:\n"
			 "- {name: p, birth: woken, affinity: 0, policy: fifo, priority: 10,"
			 " program: [{core_sched: create}, {run: 10ms}, {sleep: 1s}]}\n"
			 "- {name: q, birth: woken, affinity: 1, policy: fifo, priority: 5,"
			 " program: [%s{run: 5ms}, {sleep: 1s}]}\n",
			 begin[i]);
		switches_of_all(yaml, 0, 2, "0 p, 10 idle");
		/* Cpu 0 acts first, so at 0 p has its cookie before q is there. */
		switches_of_all(yaml, 1, 2, "10 q, 15 idle");
	}
}

Test(core_sched, who_has_no_cookie_excludes_who_has_one)
{
	static const char yaml[] =
		"duration: 30ms\n" ONE_CORE "tasks:\n"
		"- {name: p, birth: woken, affinity: 0, policy: fifo, priority: 10,"
		" program: [{core_sched: create}, {run: 10ms}, {sleep: 1s}]}\n"
		"- {name: h, birth: woken, start: 4ms, affinity: 1, policy: fifo, priority: 20,"
		" program: [{run: 5ms}, {sleep: 1s}]}\n";

	switches_of_all(yaml, 0, 4, "0 p, 4 idle, 9 p, 15 idle");
	switches_of_all(yaml, 1, 2, "4 h, 9 idle");
}

/*
 * By share_to (to a sleeper), by share_from, by a fork: it has the cookie as well, and both run at
 * once.
 */
Test(core_sched, who_shares_a_cookie_shares_the_core)
{
	switches_of_all(
		"duration: 30ms\n" ONE_CORE "tasks:\n"
		"- {name: p, birth: woken, affinity: 0, policy: fifo, priority: 10, program: [{core_sched: create},"
		" {run: 2ms}, {core_sched: {call: share_to, task: q}}, {run: 8ms}, {sleep: 1s}]}\n"
		"- {name: q, birth: woken, affinity: 1, policy: fifo, priority: 5, start: 3ms,"
		" program: [{run: 5ms}, {sleep: 1s}]}\n",
		1, 2, "3 q, 8 idle");
	switches_of_all(
		"duration: 30ms\n" ONE_CORE "tasks:\n"
		"- {name: p, birth: woken, affinity: 0, policy: fifo, priority: 5, program: [{core_sched: create},"
		" {run: 10ms}, {sleep: 1s}]}\n"
		"- {name: q, birth: woken, affinity: 1, policy: fifo, priority: 10, start: 1ms, program: [{run: 3ms},"
		" {core_sched: {call: share_from, task: p}}, {run: 2ms}, {sleep: 1s}]}\n",
		0, 4, "0 p, 1 idle, 4 p, 13 idle");
	switches_of_all(
		"duration: 30ms\n" ONE_CORE "tasks:\n"
		"- {name: c, template: true, program: [{affinity: 1}, {run: 5ms}]}\n"
		"- {name: p, birth: woken, affinity: 0, policy: fifo, priority: 10, program: [{core_sched: create},"
		" {affinity: 0-1}, {fork: c}, {run: 10ms}, {sleep: 1s}]}\n",
		1, 1, "0 c");
}

/*
 * D is throttled from 4 to 20 ms. It has the cookie of p, which runs beside it and says who may:
 * that does not make it run (task_is_throttled_dl()). Nor does it a task whose RT group is: of R's
 * 24 ms, more than 20 at a tick, 4 are left for its next period, of which the 16 at the tick of 116
 * ms make 20, which are not more.
 */
Test(core_sched, who_is_throttled_is_not_picked_for_its_cookie)
{
	switches_of_all(
		"duration: 19ms\n" ONE_CORE "tasks:\n"
		"- {name: D, birth: woken, cpu: 0, policy: deadline, runtime: 4ms, deadline: 20ms, period: 20ms,"
		" program: [{core_sched: create}, {core_sched: {call: share_to, task: p}}, {run: 1s}]}\n"
		"- {name: p, birth: woken, affinity: 1, policy: fifo, priority: 10, program: [{run: 1s}]}\n",
		0, 2, "0 D, 4 idle");
	switches_of_all(
		"duration: 200ms\nsched: {switches: [RT_GROUP_SCHED]}\ngroups: {g: {rt_runtime: 20ms, rt_period: 100ms}}\n" ONE_CORE
		"tasks:\n"
		"- {name: R, birth: woken, affinity: 0, group: g, policy: fifo, priority: 5,"
		" program: [{core_sched: create}, {run: 1s}]}\n"
		"- {name: p, birth: woken, affinity: 1, program: [{core_sched: {call: share_from, task: R}}, {run: 1s}]}\n",
		0, 4, "0 R, 24 idle, 100 R, 120 idle");
}

/* Of a process all threads; a thread that has a cookie of its own loses it. */
Test(core_sched, a_scope_is_more_than_a_thread)
{
	static const char yaml[] =
		"duration: 30ms\n" ONE_CORE "tasks:\n"
		"- {name: m, birth: woken, affinity: 0, policy: fifo, priority: 10, program: [{run: 10ms}, {sleep: 1s}]}\n"
		"- {name: t, thread_of: m, birth: woken, affinity: 1, policy: fifo, priority: 5,"
		" program: [{core_sched: create}, {run: 6ms}, {sleep: 1s}]}\n"
		"- {name: k, birth: woken, start: 3ms, affinity: 0, policy: fifo, priority: 90,"
		" program: [{core_sched: {call: create, task: m, scope: process}}, {sleep: 1s}]}\n";

	/*
	 * t makes its cookie at 0 and may not run beside m any more; with k's, which comes at 3 ms,
	 * it may.
	 */
	switches_of_all(yaml, 1, 4, "0 t, 0 idle, 3 t, 9 idle");
}

/* Two fair tasks of equal weight that may not meet have half of the time each. */
Test(core_sched, virtual_times_of_both_threads_are_compared)
{
	static const char yaml[] =
		"duration: 2s\n" ONE_CORE "tasks:\n"
		"- {name: a, birth: woken, affinity: 0, program: [{core_sched: create}, {run: 10s}]}\n"
		"- {name: b, birth: woken, affinity: 1, program: [{run: 10s}]}\n";

	for (u32 i = 0; i < 3; i++) {
		struct schedule s = schedule_run(yaml, (const char *const[]){rows[i], NULL});
		u64 since[2] = {0, 0}, ran[2] = {0, 0};
		bool runs[2] = {false, false};

		for (u32 k = 0; k < s.count; k++) {
			u32 cpu = s.events[k].cpu;

			if (runs[cpu])
				ran[cpu] += s.events[k].when - since[cpu];
			runs[cpu] = !strcmp(s.events[k].next, cpu ? "b" : "a");
			since[cpu] = s.events[k].when;
			cr_assert(!runs[0] || !runs[1] || s.events[k].when == since[!cpu] ||
					  s.events[k + 1].when == s.events[k].when,
				  "%s: both run at %" PRIu64, rows[i], s.events[k].when);
		}
		cr_expect(ran[0] > 960 * MSEC && ran[1] > 960 * MSEC,
			  "%s: %" PRIu64 " and %" PRIu64, rows[i], ran[0], ran[1]);
		schedule_free(&s);
	}
}

/*
 * At 19 ms p wakes with its cookie on cpu 0, so cpu 1, where x waits, idles; it takes m, which has
 * the same cookie and cannot run on cpu 2 since h, which has none, has come to its core at 15 ms.
 */
Test(core_sched, a_thread_that_is_forced_to_idle_looks_for_the_cookie)
{
	static const char yaml[] =
		"duration: 28ms\n" TWO_CORES "tasks:\n"
		"- {name: p, birth: woken, affinity: 0, policy: fifo, priority: 10, program: [{sleep: 2ms}, {core_sched: create},"
		" {core_sched: {call: share_to, task: m}}, {sleep: 15ms},"
		" {affinity: {cpus: 1-2, task: m}}, {sleep: 2ms}, {run: 10ms}, {sleep: 1s}]}\n"
		"- {name: x, count: 2, birth: woken, affinity: 1, program: [{run: 1s}]}\n"
		"- {name: m, birth: woken, affinity: 2, program: [{run: 1s}]}\n"
		"- {name: y, birth: woken, affinity: 2, program: [{run: 1s}]}\n"
		"- {name: h, birth: woken, start: 15ms, affinity: 3, policy: fifo, priority: 10, program: [{run: 1s}]}\n";

	for (u32 i = 0; i < 3; i++)
		expect_events(yaml, (const char *const[]){rows[i], NULL},
			      (struct event_filter){RECORD_BIT(MIGRATE), 15 * MSEC, 28 * MSEC},
			      "19 1 migrate m 2>1\n");
}

/*
 * The stopper is above all, and has no cookie; a cpu that goes offline does not hold up its
 * sibling.
 */
Test(core_sched, stoppers_and_hotplug)
{
	static const char yaml[] =
		"duration: 60ms\n"
		"machine: {cores: 1, threads: 2, hz: 250, costs: {preset: zero, hotplug_rcu: 10ms},"
		" events: [{at: 10ms, cpu: 1, action: offline}, {at: 40ms, cpu: 1, action: online}]}\n"
		"tasks:\n"
		"- {name: p, birth: woken, program: [{core_sched: create}, {run: 1s}]}\n"
		"- {name: q, birth: woken, program: [{core_sched: create}, {run: 1s}]}\n";

	for (u32 i = 0; i < 3; i++) {
		struct schedule s = schedule_run(yaml, (const char *const[]){rows[i], NULL});
		bool gone = false, back = false;

		for (u32 k = 0; k < s.count; k++) {
			const struct switch_event *e = &s.events[k];

			gone |= e->cpu == 1 && !strcmp(e->prev, "migration/1") &&
				e->prev_state == 0x40;
			back |= gone && e->cpu == 1 && e->when > 40 * MSEC &&
				(!strcmp(e->next, "p") || !strcmp(e->next, "q"));
		}
		cr_expect(gone && back, "%s: %d %d", rows[i], gone, back);
		schedule_free(&s);
	}
}

/* Without siblings the call fails with ENODEV. */
Test(core_sched, without_smt_there_are_no_cookies)
{
	expect_switches(
		"duration: 30ms\nmachine: {cpus: 2, hz: 250, costs: zero}\ntasks:\n"
		"- {name: p, birth: woken, affinity: 0, policy: fifo, priority: 10,"
		" program: [{core_sched: create}, {run: 10ms}, {sleep: 1s}]}\n"
		"- {name: q, birth: woken, affinity: 1, policy: fifo, priority: 5, program: [{run: 5ms}, {sleep: 1s}]}\n",
		(const char *const[]){rows[2], NULL}, 1, 2, "0 q, 5 idle");
}
