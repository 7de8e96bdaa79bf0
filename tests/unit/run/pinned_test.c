/* SPDX-License-Identifier: MIT */
/*
 * Tasks that may not leave their cpu, beside others that push and pull (core-rt-dl-ext.md 2.4,
 * 3.5): the running one goes instead, by the stopper (get_push_task(), push_cpu_stop()). Costs are
 * zero, everything is preemptible.
 */
#include "schedule.h"

#include <criterion/criterion.h>

#define TWO_CPUS "duration: 60ms\nmachine: {cpus: 2, hz: 250, costs: zero, preempt: full}\n"

static const char *const rows[] = {"kernel=v6.1", "kernel=v6.12", "kernel=v6.18"};
static const struct event_filter moves = {RECORD_BIT(MIGRATE), MSEC, 60 * MSEC};

/*
 * At 10 ms x sleeps and cpu 1 looks for work. l waits, cannot come, and is behind d, a deadline
 * task. Who pulls by itself has d pushed away, whatever its class; an interrupt that asks cpu 0 to
 * push finds that an rt task has no claim on a deadline task's place. (q makes two rt tasks of it,
 * without which 6.1's cpu is not overloaded.)
 */
static const char behind_a_deadline_task[] = TWO_CPUS
	"tasks:\n"
	"- {name: x, birth: woken, affinity: 1, policy: fifo, priority: 30, program: [{run: 10ms}, {sleep: 1s}]}\n"
	"- {name: l, birth: woken, policy: fifo, priority: 10,"
	" program: [migrate_disable, {run: 5ms}, migrate_enable, {sleep: 1s}]}\n"
	"- {name: q, birth: woken, affinity: 0, policy: fifo, priority: 5, program: [{run: 1ms}, {sleep: 1s}]}\n"
	"- {name: d, birth: woken, start: 2ms, policy: deadline, runtime: 30ms, deadline: 100ms,"
	" program: [{run: 20ms}, {sleep: 1s}]}\n";

Test(pinned, a_pull_sends_away_a_deadline_task)
{
	for (u32 i = 0; i < 3; i++) {
		expect_events(behind_a_deadline_task, (const char *const[]){rows[i], NULL}, moves,
			      "10 0 migrate d 0>1\n");
		expect_events(behind_a_deadline_task,
			      (const char *const[]){rows[i], "sched.features=RT_PUSH_IPI", NULL},
			      moves, "");
	}
}

/*
 * l comes to cpu 1, where h, which is earlier, preempts it at 2 ms. At 10 ms x sleeps and cpu 0
 * pulls: l if it may move, else h leaves its place to l.
 */
static void pull_of(const char *yaml, const char *expected)
{
	for (u32 i = 0; i < 3; i++)
		expect_events(yaml, (const char *const[]){rows[i], NULL}, moves, expected);
}

#define DEADLINES(first, last)                                                                      \
	TWO_CPUS                                                                                    \
	"tasks:\n"                                                                                  \
	"- {name: x, birth: woken, policy: deadline, runtime: 12ms, deadline: 30ms, period: 100ms," \
	" program: [{run: 10ms}, {sleep: 1s}]}\n"                                                   \
	"- {name: l, birth: woken, start: 1ms, policy: deadline, runtime: 10ms, deadline: 90ms,"    \
	" period: 100ms, program: [" first "{run: 5ms}, " last "{sleep: 1s}]}\n"                    \
	"- {name: h, birth: woken, start: 2ms, policy: deadline, runtime: 25ms, deadline: 60ms,"    \
	" period: 100ms, program: [{run: 20ms}, {sleep: 1s}]}\n"

Test(pinned, a_deadline_pull_takes_the_task_or_sends_away_the_running_one)
{
	pull_of(DEADLINES("", ""), "1 0 migrate l 0>1\n2 0 migrate h 0>1\n10 0 migrate l 1>0\n");
	pull_of(DEADLINES("migrate_disable, ", "migrate_enable, "),
		"1 0 migrate l 0>1\n2 0 migrate h 0>1\n10 1 migrate h 1>0\n");
}

/*
 * The fair hog's cpu asks nobody: a throttled deadline task that is given its next budget may not
 * be pushed.
 */
Test(pinned, a_replenished_deadline_task_is_not_pushed)
{
	static const char yaml[] = TWO_CPUS
		"tasks:\n- {name: d, birth: woken, policy: deadline, runtime: 4ms, deadline: 20ms,"
		" program: [migrate_disable, {run: 10ms}, migrate_enable, {sleep: 1s}]}\n";

	pull_of(yaml, "");
}

/*
 * The machine does not preempt in the kernel. As h runs there and l, which must stay, waits since 5
 * ms, cpu 1 goes lower at 10 ms and has h pushed. But before the stopper gets the cpu, at 14 ms
 * when h sleeps, h itself has disabled its migration. So it goes when it enables it, at 25 ms
 * (MDF_PUSH), though l is gone by then: l had the cpu from 14 to 24 ms, when h, woken at 20 ms,
 * took it, and was then free to be pushed.
 */
Test(pinned, who_disabled_it_before_the_stopper_came_goes_when_it_enables_it)
{
	static const char yaml[] =
		"duration: 60ms\nmachine: {cpus: 2, hz: 250, costs: zero, preempt: none}\n"
		"tasks:\n"
		"- {name: x, birth: woken, affinity: 1, policy: fifo, priority: 30, program: [{run: 5ms}, {wake_up: p},"
		" {run: 5ms}, {sleep: 1s}]}\n"
		"- {name: l, birth: woken, policy: fifo, priority: 10,"
		" program: [migrate_disable, {wait_event: {queue: p, state: D}}, {run: 10ms}, migrate_enable, {sleep: 1s}]}\n"
		"- {name: h, birth: woken, start: 2ms, policy: fifo, priority: 20, program: [{down_read: r}, {run: 12ms},"
		" migrate_disable, {wait_event: {queue: q, state: D}}, {run: 1ms}, migrate_enable, {up_read: r}, {run: 10ms},"
		" {sleep: 1s}]}\n"
		"- {name: c, birth: woken, start: 20ms, affinity: 1, policy: fifo, priority: 40, program: [{wake_up: q}, {sleep: 1s}]}\n";

	pull_of(yaml, "24 0 migrate l 0>1\n25 0 migrate h 0>1\n");
}

/*
 * sched_setaffinity() of a task that runs and has disabled its migration: the stopper of its cpu is
 * sent for, preempts it, finds that it may not move and leaves it there (affine_move_task()). Who
 * has called waits.
 */
Test(pinned, the_stopper_finds_that_it_may_not_move)
{
	static const struct event_filter switches = {RECORD_BIT(SWITCH) | RECORD_BIT(MIGRATE),
						     4 * MSEC, 19 * MSEC};
	static const char yaml[] = TWO_CPUS
		"tasks:\n"
		"- {name: l, birth: woken, affinity: 0-1, program: [migrate_disable, {run: 20ms}, migrate_enable, {run: 5ms}]}\n"
		"- {name: c, birth: woken, affinity: 1, program: [{run: 5ms}, {affinity: {cpus: 1, task: l}}]}\n";

	for (u32 i = 0; i < 3; i++)
		expect_events(yaml, (const char *const[]){rows[i], NULL}, switches,
			      "5 1 c D > idle\n5 0 l R+ > migration/0\n5 0 migration/0 S > l\n");
}

/*
 * Two cpus of which none can keep f: at both a weaker task waits that may not leave. At 10 ms cpu 0
 * goes lower and has f pushed there; so cpu 1 goes lower, and f comes back, since a cpu that runs
 * FIFO 1 is as good as the other. (The kernel asks for it once more as cpu 2 is overloaded, too;
 * else its first interrupt finds that f does not run yet.) Each round takes it some microseconds,
 * in which the weaker ones get on; here, where none pass, each cpu's stopper sends f away once at
 * an instant.
 */
static void goes_round(const char *yaml, u32 first, const char *expected, u32 at_least)
{
	for (u32 i = first; i < 3; i++) {
		struct schedule s =
			schedule_run(yaml,
				     (const char *const[]){rows[i], "machine.costs=x86-64",
							   "sched.features=RT_PUSH_IPI", NULL});

		expect_events(yaml,
			      (const char *const[]){rows[i], "sched.features=RT_PUSH_IPI", NULL},
			      (struct event_filter){RECORD_BIT(MIGRATE), 9 * MSEC, 30 * MSEC},
			      expected);
		cr_assert(s.nr_migrations >= at_least, "%s: %u migrations", rows[i],
			  s.nr_migrations);
		schedule_free(&s);
	}
}

Test(pinned, a_task_that_no_cpu_keeps_is_sent_round_once_at_an_instant)
{
	goes_round(
		"duration: 30ms\nmachine: {cpus: 3, hz: 250, costs: zero, preempt: full}\n"
		"tasks:\n"
		"- {name: w, birth: woken, affinity: 2, policy: fifo, priority: 40,"
		" program: [migrate_disable, {run: 5ms}, migrate_enable, {sleep: 1s}]}\n"
		"- {name: q, birth: woken, affinity: 0, policy: fifo, priority: 1,"
		" program: [migrate_disable, {run: 5ms}, migrate_enable, {sleep: 1s}]}\n"
		"- {name: p, birth: woken, affinity: 1, policy: fifo, priority: 1,"
		" program: [migrate_disable, {run: 15ms}, migrate_enable, {sleep: 1s}]}\n"
		"- {name: free, birth: woken, start: 1ms, affinity: 2, policy: fifo, priority: 99,"
		" program: [{affinity: {task: w, cpus: all}}, {affinity: {task: q, cpus: all}},"
		" {affinity: {task: p, cpus: all}}, {sleep: 1s}]}\n"
		"- {name: g, birth: woken, start: 2ms, affinity: 2, policy: fifo, priority: 50, program: [{run: 20ms}, {sleep: 1s}]}\n"
		"- {name: h, birth: woken, start: 2ms, affinity: 0, policy: fifo, priority: 30, program: [{run: 8ms}, {sleep: 1s}]}\n"
		"- {name: f, birth: woken, start: 3ms, policy: fifo, priority: 20, program: [{run: 10ms}, {sleep: 1s}]}\n",
		0, "10 1 migrate f 1>0\n10 0 migrate f 0>1\n", 64);
}

/*
 * The same with a deadline task on cpu 0: f has left it, for which the kernel takes the cpu for as
 * low as the rt tasks that are left (dec_rt_prio_smp()), and sends f there again. From 6.12 on f is
 * woken beside d at all.
 */
Test(pinned, so_is_one_for_which_a_deadline_task_is_forgotten)
{
	goes_round(
		TWO_CPUS
		"tasks:\n"
		"- {name: q, birth: woken, affinity: 0, policy: fifo, priority: 1,"
		" program: [migrate_disable, {run: 5ms}, migrate_enable, {sleep: 1s}]}\n"
		"- {name: p, birth: woken, affinity: 1, policy: fifo, priority: 1,"
		" program: [migrate_disable, {run: 15ms}, migrate_enable, {sleep: 1s}]}\n"
		"- {name: free, birth: woken, start: 1ms, affinity: 0, policy: fifo, priority: 99,"
		" program: [{affinity: {task: q, cpus: all}}, {affinity: {task: p, cpus: all}}, {sleep: 1s}]}\n"
		"- {name: d, birth: woken, start: 2ms, policy: deadline, runtime: 20ms, deadline: 60ms, period: 100ms,"
		" program: [{run: 16ms}, {sleep: 1s}]}\n"
		"- {name: h, birth: woken, start: 2ms, affinity: 1, policy: fifo, priority: 30, program: [{run: 8ms}, {sleep: 1s}]}\n"
		"- {name: f, birth: woken, start: 3ms, policy: fifo, priority: 20, program: [{run: 6ms}, {sleep: 1s}]}\n",
		1, "10 0 migrate f 0>1\n10 1 migrate f 1>0\n10 0 migrate f 0>1\n", 64);
}
