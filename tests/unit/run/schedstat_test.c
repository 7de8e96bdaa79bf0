/* SPDX-License-Identifier: MIT */
/*
 * Statistics of kernel.sched_schedstats=1, as their tracepoints tell them. Rules: fair.md 9.3,
 * core-rt-dl-ext.md 6.3. Expected values are worked out by hand from the schedules; costs are zero,
 * a tick comes every 4 ms, timers have no slack.
 */
#include "schedule.h"

#include <criterion/criterion.h>

#define MACHINE(cpus)            \
	"machine: {cpus: " #cpus \
	", hz: 250, costs: zero}\nsched: {sched_schedstats: 1, timer_slack_ns: 0}\n"

enum {
	STATS = RECORD_BIT(STAT_WAIT) | RECORD_BIT(STAT_SLEEP) | RECORD_BIT(STAT_IOWAIT) |
		RECORD_BIT(STAT_BLOCKED),
};

static const char *const rows[] = {"kernel=v6.1", "kernel=v6.12", "kernel=v6.18"};

static void stats(const char *yaml, const char *row, u64 from, u64 to, const char *expected)
{
	expect_events(yaml, (const char *const[]){row, NULL},
		      (struct event_filter){STATS, from, to}, expected);
}

/*
 * B comes while A, its equal, runs. Then it sleeps, and nobody is there when it wakes: it has
 * waited for nothing.
 */
static const char fifo[] = "duration: 20ms\n" MACHINE(
	1) "tasks:\n"
	   "- {name: A, birth: woken, policy: fifo, priority: 10, program: [{run: 5ms}, {sleep: 1s}]}\n"
	   "- {name: B, birth: woken, start: 1ms, policy: fifo, priority: 10, program: [{run: 2ms}, {sleep: 3ms}, {run: 1ms}, {sleep: 1s}]}\n";

Test(schedstat, an_rt_task_waits_from_its_wakeup_to_its_turn_and_sleeps_until_it_is_woken)
{
	for (u32 i = 0; i < 3; i++)
		stats(fifo, rows[i], 2 * MSEC, 20 * MSEC,
		      "5 0 stat_wait B 4000000\n"
		      "10 0 stat_sleep B 3000000\n"
		      "10 0 stat_wait B 0\n");
}

/*
 * S sleeps at 3 ms, having run 3 ms more than H: it is in debt. CFS lets it go at once. Under EEVDF
 * it stays queued; at 8 ms, when H has run 5 ms, it is picked, and leaves: so it has waited 5 ms,
 * and sleeps from then on.
 */
static const char delayed[] = "duration: 22.5ms\n" MACHINE(
	1) "tasks:\n"
	   "- {name: S, birth: woken, program: [{run: 3ms}, {sleep: 19ms}, {run: 10ms}]}\n"
	   "- {name: H, birth: woken, program: [{run: 1s}]}\n";

Test(schedstat, a_sleeper_in_debt_counts_as_waiting_until_its_dequeue)
{
	stats(delayed, rows[0], 4 * MSEC, 22 * MSEC + 1,
	      "22 0 stat_sleep S 19000000\n22 0 stat_wait S 0\n");
	for (u32 i = 1; i < 3; i++)
		stats(delayed, rows[i], 4 * MSEC, 22 * MSEC + 1,
		      "8 0 stat_wait S 5000000\n22 0 stat_sleep S 14000000\n22 0 stat_wait S 0\n");
}

/* Who sleeps in D for a device is blocked, and waits for I/O. */
static const char blocked[] = "duration: 20ms\n" MACHINE(
	1) "devices: {disk: {service: 7ms}}\n"
	   "tasks:\n"
	   "- {name: reader, birth: woken, program: [{io: disk}, {run: 1ms}, {sleep: 1s}]}\n";

Test(schedstat, a_sleep_for_a_device_is_blocked_time_and_iowait)
{
	for (u32 i = 0; i < 3; i++)
		stats(blocked, rows[i], 1 * MSEC, 20 * MSEC,
		      "7 0 stat_iowait reader 7000000\n"
		      "7 0 stat_blocked reader 7000000\n"
		      "7 0 stat_wait reader 0\n");
}

/*
 * X has waited 3 ms behind F when the other cpu, about to idle, takes it: it is one wait, told
 * where it ends.
 */
static const char pulled[] = "duration: 10ms\n" MACHINE(
	2) "tasks:\n"
	   "- {name: F, birth: woken, affinity: 0, policy: fifo, priority: 10, program: [{run: 9ms}, {sleep: 1s}]}\n"
	   "- {name: C, birth: woken, affinity: 1, policy: fifo, priority: 10, program: [{run: 3ms}, {sleep: 1s}]}\n"
	   "- {name: W, birth: woken, affinity: 0, program: [{run: 2ms}, {sleep: 1s}]}\n"
	   "- {name: X, birth: woken, program: [{run: 2ms}, {sleep: 1s}]}\n";

Test(schedstat, a_wait_goes_on_when_the_task_is_pulled)
{
	for (u32 i = 0; i < 3; i++)
		stats(pulled, rows[i], 1 * MSEC, 10 * MSEC,
		      "3 1 stat_wait X 3000000\n9 0 stat_wait W 9000000\n");
}

/*
 * A change of affinity takes a waiting task off its queue and puts it back before it moves: its
 * wait ends there, and another begins (do_set_cpus_allowed()).
 */
static const char moved[] = "duration: 10ms\n" MACHINE(
	2) "tasks:\n"
	   "- {name: F, birth: woken, affinity: 0, policy: fifo, priority: 10, program: [{run: 9ms}]}\n"
	   "- {name: W, birth: woken, affinity: 0, program: [{run: 2ms}, {sleep: 1s}]}\n"
	   "- {name: C, birth: woken, affinity: 1, program: [{sleep: 4ms}, {affinity: {task: W, cpus: 1}}, {sleep: 1s}]}\n";

Test(schedstat, a_change_of_affinity_ends_a_wait_and_begins_another)
{
	for (u32 i = 0; i < 3; i++)
		stats(moved, rows[i], 4 * MSEC, 9 * MSEC,
		      "4 1 stat_sleep C 4000000\n"
		      "4 1 stat_wait C 0\n"
		      "4 1 stat_wait W 4000000\n"
		      "4 1 stat_wait W 0\n");
}

/*
 * A frozen task stands in INTERRUPTIBLE, of what else is in its state statistics see nothing
 * (do_freezer_trap()).
 */
static const char frozen[] = "duration: 20ms\n" MACHINE(
	2) "groups: {g: }\n"
	   "tasks:\n"
	   "- {name: A, birth: woken, affinity: 0, group: g, program: [{run: 10ms}]}\n"
	   "- {name: C, birth: woken, affinity: 1, policy: fifo, priority: 10, program: [{run: 2ms}, {set_group: {group: g, freeze: true}}, {run: 6ms}, "
	   "{set_group: {group: g, freeze: false}}, {run: 20ms}]}\n";

Test(schedstat, a_frozen_task_sleeps)
{
	for (u32 i = 0; i < 3; i++)
		stats(frozen, rows[i], 1 * MSEC, 15 * MSEC,
		      "8 0 stat_sleep A 6000000\n8 0 stat_wait A 0\n");
}
