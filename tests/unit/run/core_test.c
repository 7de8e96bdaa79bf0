/* SPDX-License-Identifier: MIT */
/*
 * The mechanism around the classes, event by event: moving tasks between cpus, waking across them,
 * the preemption models. E10 is the reference's worked example (core-rt-dl-ext.md 9); the
 * traces of an affinity change are as recorded on 6.12 (voluntary) and 6.18 (none).
 */
#include "schedule.h"

#include <criterion/criterion.h>
#include <stdio.h>

enum {
	WAKES = RECORD_BIT(WAKING) | RECORD_BIT(WAKEUP) | RECORD_BIT(WAKEUP_NEW),
	MOVES = WAKES | RECORD_BIT(SWITCH) | RECORD_BIT(MIGRATE),
};

/* ---- E10: affinity ---- */

static const char moves_itself[] = "duration: 20ms\n" ZERO(
	2) "tasks:\n"
	   "- {name: mv, birth: woken, affinity: 0, program: [{run: 10ms}, {affinity: 1}, {run: 10ms}]}\n";

Test(affinity, without_preemption_the_caller_sleeps_in_d_while_the_stopper_moves_it)
{
	expect_events_of_all(moves_itself, "machine.preempt=none",
			     (struct event_filter){MOVES, 10 * MSEC, 11 * MSEC},
			     "10 0 waking migration/0 0\n"
			     "10 0 wakeup migration/0 0\n"
			     "10 0 mv D > migration/0\n"
			     "10 0 waking mv 0\n"
			     "10 0 migrate mv 0>1\n"
			     "10 0 migration/0 S > idle\n"
			     "10 1 wakeup mv 1 irq\n"
			     "10 1 idle R > mv\n");
}

Test(affinity, with_preemption_points_the_stopper_preempts_the_caller)
{
	static const char *const models[] = {"machine.preempt=voluntary", "machine.preempt=full"};

	for (u32 i = 0; i < 2; i++)
		expect_events_of_all(moves_itself, models[i],
				     (struct event_filter){MOVES, 10 * MSEC, 11 * MSEC},
				     "10 0 waking migration/0 0\n"
				     "10 0 wakeup migration/0 0\n"
				     "10 0 mv R+ > migration/0\n"
				     "10 0 migrate mv 0>1\n"
				     "10 0 migration/0 S > idle\n"
				     "10 1 idle R > mv\n");
}

/* C runs on cpu 0, P on cpu 1; P shall go to cpu 2. */
Test(affinity, the_caller_waits_in_d_for_the_stopper_of_another_cpu)
{
	static const char *const models[] = {"machine.preempt=none", "machine.preempt=voluntary"};
	static const char yaml[] = "duration: 20ms\n" ZERO(
		3) "tasks:\n"
		   "- {name: P, birth: woken, affinity: 1, program: [{run: 20ms}]}\n"
		   "- {name: C, birth: woken, affinity: 0,"
		   " program: [{run: 10ms}, {affinity: {cpus: 2, task: P}}, {run: 10ms}]}\n";

	for (u32 i = 0; i < 2; i++)
		expect_events_of_all(yaml, models[i],
				     (struct event_filter){MOVES, 10 * MSEC, 11 * MSEC},
				     "10 0 waking migration/1 1\n"
				     "10 0 wakeup migration/1 1\n"
				     "10 0 C D > idle\n"
				     "10 1 P R > migration/1\n"
				     "10 1 migrate P 1>2\n"
				     "10 1 waking C 0\n"
				     "10 1 migration/1 S > idle\n"
				     "10 0 wakeup C 0 irq\n"
				     "10 0 idle R > C\n"
				     "10 2 idle R > P\n");
}

Test(affinity, a_waiting_task_is_moved_by_the_caller_without_a_wakeup)
{
	static const char yaml[] = "duration: 20ms\n" ZERO(
		3) "tasks:\n"
		   "- {name: hog, birth: woken, affinity: 1, policy: fifo, priority: 10, program: [{run: 20ms}]}\n"
		   "- {name: P, birth: woken, affinity: 1, program: [{run: 5ms}]}\n"
		   "- {name: C, birth: woken, affinity: 0,"
		   " program: [{run: 10ms}, {affinity: {cpus: 2, task: P}}, {run: 10ms}]}\n";

	expect_events_of_all(yaml, NULL, (struct event_filter){MOVES, 10 * MSEC, 11 * MSEC},
			     "10 0 migrate P 1>2\n"
			     "10 2 idle R > P\n");
}

/* A sleep long enough that no kernel keeps its task on a queue. */
Test(affinity, a_sleeping_task_moves_when_it_is_woken)
{
	static const char yaml[] = "duration: 80ms\n" ZERO(
		3) "tasks:\n"
		   "- {name: P, birth: woken, affinity: 1, timer_slack: 0ns, program: [{run: 1ms}, {sleep: 49ms}, {run: 5ms}]}\n"
		   "- {name: C, birth: woken, affinity: 0,"
		   " program: [{run: 10ms}, {affinity: {cpus: 2, task: P}}, {run: 60ms}]}\n";

	expect_events_of_all(yaml, NULL, (struct event_filter){MOVES, 10 * MSEC, 51 * MSEC},
			     "50 1 waking P 1 irq\n"
			     "50 1 migrate P 1>2\n"
			     "50 2 wakeup P 2 irq\n"
			     "50 2 idle R > P\n");
}

/* The second change comes while the stopper of the first is still to be told (K starts 1 ms late).
 */
Test(affinity, a_task_stays_where_a_later_change_allows_it_again)
{
	static const char yaml[] =
		"duration: 20ms\nmachine: {cpus: 3, hz: 250, costs: {preset: zero, ipi: 1ms}}\n"
		"tasks:\n"
		"- {name: P, birth: woken, affinity: 1, program: [{run: 1s}]}\n"
		"- {name: C, birth: woken, affinity: 0,"
		" program: [{run: 10ms}, {affinity: {cpus: 2, task: P}}, {run: 1s}]}\n"
		"- {name: K, birth: woken, affinity: 2,"
		" program: [{run: 9500us}, {affinity: {cpus: 1-2, task: P}}, {run: 1s}]}\n";

	expect_events_of_all(yaml, NULL, (struct event_filter){RECORD_BIT(MIGRATE), 0, 15 * MSEC},
			     "");
}

/* ---- Exec ---- */

/* The one that execs finds cpu 1 idle: even without preemption it makes room for the stopper. */
Test(exec, moves_to_an_idle_cpu_through_the_stopper_in_all_preemption_models)
{
	static const char *const models[] = {"machine.preempt=none", "machine.preempt=voluntary",
					     "machine.preempt=full"};
	static const char yaml[] = "duration: 20ms\n" ZERO(
		2) "tasks:\n"
		   "- {name: x, birth: woken, affinity: 0, program: [{affinity: 0-1}, {run: 1ms}, {exec: y}, {run: 1s}]}\n"
		   "- {name: hog, birth: woken, affinity: 0, program: [{run: 1s}]}\n";

	for (u32 i = 0; i < 3; i++)
		expect_events_of_all(yaml, models[i],
				     (struct event_filter){MOVES, 500 * USEC, 2 * MSEC},
				     "1 0 waking migration/0 0\n"
				     "1 0 wakeup migration/0 0\n"
				     "1 0 x R+ > migration/0\n"
				     "1 0 migrate x 0>1\n"
				     "1 0 migration/0 S > hog\n"
				     "1 1 idle R > x\n");
}

/* ---- Waking across cpus ---- */

#define COSTS \
	"costs: {preset: zero, wakeup: 10us, wakeup_remote: 20us, ipi: 100us, ipi_handler: 5us, idle_exit: 200us}"

/* W on cpu 0 wakes S of cpu 1 after 10 ms, and computes 10 ms more. */
static void wake_of_cpu_1(const char *machine, const char *busy, const char *expected)
{
	char yaml[1024];

	snprintf(
		yaml, sizeof(yaml),
		"duration: 40ms\nmachine: {%s, hz: 250, preempt: voluntary, " COSTS "}\n"
		"semaphores: {s: 0}\n"
		"tasks:\n"
		"- {name: S, birth: woken, affinity: 1, policy: fifo, priority: 1, program: [{sem_wait: s}, {run: 1s}]}\n"
		"- {name: W, birth: woken, affinity: 0, program: [{run: 10ms}, {sem_post: s}, {run: 10ms}, {sleep: 1s}]}\n"
		"- {name: B, birth: woken, affinity: 1, program: [%s]}\n",
		machine, busy);
	expect_events_of_all(yaml, NULL, (struct event_filter){MOVES, 9 * MSEC, 40 * MSEC},
			     expected);
}

/* B sleeps: S waits on cpu 1's list until the interrupt and the way out of idle are over. */
Test(wakeup, of_an_idle_cpu_goes_through_its_wake_list)
{
	wake_of_cpu_1("cpus: 2", "{sleep: 1s}",
		      "10.2 0 waking S 1\n"
		      "10.5 1 wakeup S 1 irq\n"
		      "10.505 1 idle R > S\n"
		      "20.23 0 W S > idle\n");
}

Test(wakeup, of_a_busy_cpu_that_shares_the_cache_is_done_by_the_waker)
{
	wake_of_cpu_1("cpus: 2", "{run: 1s}",
		      "10.2 0 waking S 1\n"
		      "10.2 0 wakeup S 1\n"
		      "10.3 1 B R > S\n"
		      "20.23 0 W S > idle\n");
}

Test(wakeup, of_a_busy_cpu_with_another_cache_goes_through_its_wake_list)
{
	wake_of_cpu_1("sockets: 2, cores: 1", "{run: 1s}",
		      "10.2 0 waking S 1\n"
		      "10.3 1 wakeup S 1 irq\n"
		      "10.305 1 B R > S\n"
		      "20.23 0 W S > idle\n");
}

/* What the call has done takes its time; only then does the scheduler come to its switch. */
static void wake_and_be_preempted(const char *model, const char *expected)
{
	static const char yaml[] =
		"duration: 40ms\nmachine: {cpus: 1, hz: 250, costs: {preset: zero, wakeup: 10us}}\n"
		"semaphores: {s: 0}\n"
		"tasks:\n"
		"- {name: W, birth: woken, program: [{run: 10ms}, {sem_post: s}, {run: 10ms}]}\n"
		"- {name: S, birth: woken, policy: fifo, priority: 1, program: [{sem_wait: s}, {run: 1s}]}\n";
	char preempt[64];

	snprintf(preempt, sizeof(preempt), "machine.preempt=%s", model);
	expect_events_of_all(yaml, preempt, (struct event_filter){MOVES, 9 * MSEC, 11 * MSEC},
			     expected);
}

Test(wakeup, takes_its_time_before_the_waker_is_preempted)
{
	wake_and_be_preempted("none", "10.02 0 waking S 0\n"
				      "10.02 0 wakeup S 0\n"
				      "10.03 0 W R > S\n");
}

Test(wakeup, preempts_its_waker_in_the_kernel_if_that_is_preemptible)
{
	wake_and_be_preempted("full", "10.02 0 waking S 0\n"
				      "10.02 0 wakeup S 0\n"
				      "10.03 0 W R+ > S\n");
}

/*
 * When S wakes at 11 ms (on cpu 0, its only one, whose tick was at 8), H's request of 3 ms is long
 * used up: being charged as it is put back asks for a reschedule, but S was picked just then. It
 * runs for 1 ms after a switch of 1 ms and nothing else: the scheduler's way of 100 us is not gone
 * twice. (The tick of 12 ms waits for the switch's end, and S begins its work behind it.) G has
 * waited since the tick.
 */
Test(wakeup, what_asks_for_a_reschedule_during_a_pick_has_its_answer)
{
	static const char yaml[] =
		"duration: 20ms\n"
		"machine: {cpus: 1, hz: 250, preempt: voluntary,"
		" costs: {preset: zero, schedule: 100us, switch_same_mm: 1ms, switch_other_mm: 1ms}}\n"
		"tasks:\n"
		"- {name: H, birth: woken, affinity: 0, program: [{run: 1s}]}\n"
		"- {name: G, birth: woken, affinity: 0, program: [{run: 1s}]}\n"
		"- {name: S, birth: woken, start: 11ms, policy: fifo, priority: 1, program: [{run: 1ms}, {sleep: 1s}]}\n";

	expect_events_of_all(yaml, "kernel=v6.12",
			     (struct event_filter){RECORD_BIT(SWITCH), 11 * MSEC, 14 * MSEC},
			     "11.1 0 H R > S\n"
			     "13.100001 0 S S > G\n");
}

/*
 * Each runs 1 ms and yields, 0.1 ms behind the switch. By then its request of 0.7 ms is used up,
 * which asks for a reschedule: the yield is one already, and the way to the switch is paid once.
 */
Test(wakeup, a_yield_is_the_reschedule_that_its_charge_asks_for)
{
	static const char yaml[] =
		"duration: 4ms\n"
		"machine: {cpus: 1, hz: 250, preempt: voluntary, costs: {preset: zero, schedule: 100us}}\n"
		"tasks:\n"
		"- {name: A, birth: woken, program: [{loop: [{run: 1ms}, {yield: }]}]}\n"
		"- {name: B, birth: woken, program: [{loop: [{run: 1ms}, {yield: }]}]}\n";

	for (u32 i = 0; i < 3; i++)
		expect_switches(yaml, (const char *const[]){schedule_rows[i], NULL}, 0, 4,
				"0 A, 1.1 B, 2.2 A, 3.3 B");
}

Test(wakeup, changes_to_an_address_space_that_is_still_loaded_at_no_cost)
{
	static const char yaml[] =
		"duration: 40ms\nmachine: {cpus: 1, hz: 250, costs: {preset: zero, switch_other_mm: 1ms}}\n"
		"tasks:\n"
		"- {name: A, birth: woken, policy: fifo, priority: 2, program: [{loop: [{run: 1ms}, {sleep: 3ms}]}]}\n"
		"- {name: B, birth: woken, start: 9ms, policy: fifo, priority: 1, program: [{run: 1ms}, {sleep: 1s}]}\n";

	/* Idle time leaves A's loaded; B's is another, and then A's has to be loaded again. */
	for (u32 i = 0; i < 3; i++)
		expect_switches(yaml, (const char *const[]){schedule_rows[i], NULL}, 0, 9,
				"0 A, 2 idle, 5 A, 6 idle, 9 A, 10 B, 12 idle, 13 A, 15 idle");
}

/* ---- Signals ---- */

/* T is on its way to sleep when it is told to stop, and H is to run at once. */
static void sleep_comes_to_nothing(const char *row, const char *expected)
{
	static const char yaml[] =
		"duration: 20ms\n"
		"machine: {cpus: 2, hz: 250, preempt: voluntary, costs: {preset: zero, block: 1ms}}\n"
		"tasks:\n"
		"- {name: T, birth: woken, affinity: 0, program: [{run: 10ms}, {sleep: 1s}]}\n"
		"- {name: K, birth: woken, affinity: 1, program: [{run: 10500us}, {stop: T}, {run: 1s}]}\n"
		"- {name: H, birth: woken, start: 10700us, affinity: 0, policy: fifo, priority: 1,"
		" program: [{run: 2ms}]}\n";

	expect_events(yaml, (const char *const[]){row, NULL},
		      (struct event_filter){RECORD_BIT(SWITCH), 10 * MSEC, 12 * MSEC}, expected);
}

/* It stays runnable and stops when it runs again. */
Test(signal, a_sleep_that_a_signal_prevents_is_traced_as_a_sleep_by_6_1_only)
{
	sleep_comes_to_nothing("kernel=v6.1", "11 0 T S > H\n");
	sleep_comes_to_nothing("kernel=v6.12", "11 0 T R > H\n");
	sleep_comes_to_nothing("kernel=v6.18", "11 0 T R > H\n");
}

/* ---- Preemption models ---- */

/* K is in a system call of 5 ms, then in user mode; S wakes at 2 ms on the same cpu, by a timer. */
static void preempt_in_kernel_of(const char *kernel, const char *model, const char *more,
				 const char *sleeper, u64 until, const char *expected)
{
	char yaml[1024], preempt[64], row[32];

	snprintf(preempt, sizeof(preempt), "machine.preempt=%s", model);
	snprintf(row, sizeof(row), "kernel=%s", kernel);
	snprintf(
		yaml, sizeof(yaml),
		"duration: 20ms\nmachine: {cpus: 1, hz: 250, costs: {preset: zero, syscall: 5ms}}\n"
		"tasks:\n"
		"- {name: K, birth: woken, policy: idle, program: [{mark: x}, {run: 1s}]}\n"
		"- {name: S, birth: woken, start: 2ms, %s, program: [{run: 1s}]}\n",
		sleeper);
	expect_events(yaml, (const char *const[]){row, preempt, more, NULL},
		      (struct event_filter){RECORD_BIT(SWITCH), 1 * MSEC, until}, expected);
}

static void preempt_in_kernel(const char *model, const char *sleeper, u64 until,
			      const char *expected)
{
	preempt_in_kernel_of("v6.18", model, NULL, sleeper, until, expected);
}

Test(preemption, none_and_voluntary_let_a_system_call_come_to_its_end)
{
	preempt_in_kernel("none", "policy: fifo, priority: 10", 6 * MSEC, "5 0 K R > S\n");
	preempt_in_kernel("voluntary", "policy: fifo, priority: 10", 6 * MSEC, "5 0 K R > S\n");
	preempt_in_kernel("none", "policy: other", 6 * MSEC, "5 0 K R > S\n");
}

Test(preemption, full_switches_at_the_interrupts_end)
{
	preempt_in_kernel("full", "policy: fifo, priority: 10", 3 * MSEC, "2 0 K R+ > S\n");
	preempt_in_kernel("full", "policy: other", 3 * MSEC, "2 0 K R+ > S\n");
}

/* The fair class asks lazily; the tick at 4 ms makes it a full request. */
Test(preemption, lazy_lets_a_fair_task_wait_for_the_tick_in_kernel_mode)
{
	preempt_in_kernel("lazy", "policy: fifo, priority: 10", 3 * MSEC, "2 0 K R+ > S\n");
	preempt_in_kernel("lazy", "policy: other", 5 * MSEC, "4 0 K R+ > S\n");
}

/* Of a PREEMPT_RT kernel, too: 6.18's is lazy about fair tasks, 6.12's is not. */
Test(preemption, rt_is_lazy_where_the_kernel_can_be)
{
	preempt_in_kernel("rt", "policy: fifo, priority: 10", 3 * MSEC, "2 0 K R+ > S\n");
	preempt_in_kernel("rt", "policy: other", 5 * MSEC, "4 0 K R+ > S\n");
	preempt_in_kernel_of("v6.18", "rt", "sched.preempt=full", "policy: other", 3 * MSEC,
			     "2 0 K R+ > S\n");
	preempt_in_kernel_of("v6.12", "rt", NULL, "policy: other", 3 * MSEC, "2 0 K R+ > S\n");
	preempt_in_kernel_of("v6.12", "rt", "sched.switches=LAZY_RESCHED", "policy: other",
			     5 * MSEC, "4 0 K R+ > S\n");
}

/* The timer that wakes S fires on cpu 0, S and K belong to cpu 1. */
static void preempt_other_cpu(const char *model, u64 until, const char *expected)
{
	static const char yaml[] = "duration: 20ms\n" ZERO(
		2) "tasks:\n"
		   "- {name: K, birth: woken, affinity: 1, policy: idle, program: [{run: 1s}]}\n"
		   "- {name: S, birth: woken, start: 2ms, affinity: 1, program: [{run: 1s}]}\n";
	char preempt[64];

	snprintf(preempt, sizeof(preempt), "machine.preempt=%s", model);
	expect_events(yaml, (const char *const[]){"kernel=v6.18", preempt, NULL},
		      (struct event_filter){RECORD_BIT(SWITCH), 1 * MSEC, until}, expected);
}

Test(preemption, a_lazy_request_sends_no_interrupt_to_another_cpu)
{
	preempt_other_cpu("none", 3 * MSEC, "2 1 K R > S\n");
	preempt_other_cpu("full", 3 * MSEC, "2 1 K R > S\n");
	preempt_other_cpu("lazy", 5 * MSEC, "4 1 K R > S\n");
}

/* On the way back to user mode a lazy request is honoured. */
Test(preemption, a_lazy_request_made_by_an_interrupt_in_user_mode_is_honoured_at_its_end)
{
	static const char yaml[] = "duration: 20ms\n" ZERO(
		1) "tasks:\n"
		   "- {name: K, birth: woken, policy: idle, program: [{run: 1s}]}\n"
		   "- {name: S, birth: woken, start: 2ms, program: [{run: 1s}]}\n";

	expect_events(yaml, (const char *const[]){"kernel=v6.18", "machine.preempt=lazy", NULL},
		      (struct event_filter){RECORD_BIT(SWITCH), 1 * MSEC, 3 * MSEC},
		      "2 0 K R > S\n");
}

/* ---- A long call ---- */

/*
 * A realtime task wakes in the middle of somebody's 10 ms in the kernel: it runs at once only where
 * kernel work is preemptible (full; lazy too, for the class above asks for no lazy reschedule).
 */
Test(syscall, a_long_one_is_preempted_where_the_kernel_is_preemptible)
{
	static const char yaml[] = "duration: 20ms\n" ZERO(
		1) "tasks:\n"
		   "- {name: caller, birth: woken, program: [{syscall: 10ms}, {run: 1s}]}\n"
		   "- {name: rt, policy: fifo, priority: 1, program: [{sleep: 5ms}, {run: 1ms}, {sleep: 1s}]}\n";
	static const struct {
		const char *model, *expected;
	} cases[] = {
		{"machine.preempt=none", "10 0 caller R > rt\n11 0 rt S > caller\n"},
		{"machine.preempt=voluntary", "10 0 caller R > rt\n11 0 rt S > caller\n"},
		{"machine.preempt=lazy", "5 0 caller R+ > rt\n6 0 rt S > caller\n"},
		{"machine.preempt=full", "5 0 caller R+ > rt\n6 0 rt S > caller\n"},
	};

	/* 6.18 has all four models, older kernels have no lazy one. */
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++)
		expect_events(yaml, (const char *const[]){"kernel=v6.18", cases[i].model, NULL},
			      (struct event_filter){RECORD_BIT(SWITCH), 1 * MSEC, 13 * MSEC},
			      cases[i].expected);
}

/*
 * fair.md 2.3: with 12 tasks below it a queue's period is 12 * 0.75 ms, of which H, beside a group
 * that weighs as much, has the half: 4.5 ms, seen at 5. Without ALT_PERIOD the two entities of its
 * queue share 6 ms.
 */
Test(core, a_period_of_cfs_depends_on_all_tasks_below)
{
	static const char yaml[] =
		"duration: 60ms\nmachine: {cpus: 1, hz: 1000, costs: zero, kernel_threads: false}\ngroups: {g: }\ntasks:\n"
		"- {name: H, birth: woken, program: [run: 1s]}\n"
		"- {name: g, group: g, count: 11, birth: woken, program: [run: 1s]}\n";

	expect_switches(yaml, (const char *const[]){"kernel=v6.1", NULL}, 0, 2, "0 H, 5 g0");
	expect_switches(yaml,
			(const char *const[]){"kernel=v6.1", "sched.features=NO_ALT_PERIOD", NULL},
			0, 2, "0 H, 3 g0");
}

/* ---- __sched_setscheduler() ---- */

/*
 * From 6.12 on a request without a slice differs from the slice that each task has, so b is queued
 * anew, behind c with its equal deadline. 6.1 knows no slices and finds nothing to change.
 */
Test(policy, that_a_fair_task_has_already_queues_it_anew_where_there_are_slices)
{
	static const char yaml[] = "duration: 40ms\n" ZERO(
		1) "tasks:\n"
		   "- {name: a, birth: woken, program: [{policy: {policy: other, task: b}}, {run: 1ms}]}\n"
		   "- {name: b, birth: woken, program: [{run: 1ms}]}\n"
		   "- {name: c, birth: woken, program: [{run: 1ms}]}\n";

	expect_switches(yaml, (const char *const[]){"kernel=v6.1", NULL}, 0, 3, "0 a, 1 b, 2 c");
	expect_switches(yaml, (const char *const[]){"kernel=v6.12", NULL}, 0, 3, "0 a, 1 c, 2 b");
	expect_switches(yaml, (const char *const[]){"kernel=v6.18", NULL}, 0, 3, "0 a, 1 c, 2 b");
}

/*
 * Children are fair tasks up to the change that does not repeat the flag, and realtime ones from
 * then on.
 */
Test(policy, that_is_asked_for_without_reset_on_fork_takes_the_flag_back)
{
	static const char yaml[] = "duration: 40ms\n" ZERO(
		1) "tasks:\n"
		   "- {name: p, birth: woken, policy: fifo, priority: 9, reset_on_fork: true,"
		   " program: [{fork: before}, {policy: {policy: fifo, priority: 8}}, {fork: after}, {run: 1ms}]}\n"
		   "- {name: before, template: true, program: [{run: 1ms}]}\n"
		   "- {name: after, template: true, program: [{run: 1ms}]}\n"
		   "- {name: other, birth: woken, policy: fifo, priority: 7, program: [{run: 1ms}]}\n";

	for (u32 k = 0; k < NR_SCHEDULE_ROWS; k++)
		expect_switches(yaml, (const char *const[]){schedule_rows[k], NULL}, 0, 2,
				"0 p, 1 after");
}
