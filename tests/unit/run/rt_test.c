/* SPDX-License-Identifier: MIT */
/*
 * The real-time class, event by event: FIFO and RR positions, preemption, placement, push and pull,
 * priority inheritance. E1, E2, E7 and E9 are the reference's worked examples (core-rt-dl-ext.md
 * 9), which were seen on a real 6.18 kernel.
 *
 * Costs are zero; a tick comes every 4 ms.
 */
#include "schedule.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* Who dies is not switched away for its equals. */
#define ZERO_NONE "machine: {cpus: 1, hz: 250, costs: zero, preempt: none}\n"

static const char *const rows[] = {"kernel=v6.1", "kernel=v6.12", "kernel=v6.18"};

enum {
	WAKES = RECORD_BIT(WAKING) | RECORD_BIT(WAKEUP) | RECORD_BIT(WAKEUP_NEW),
	MOVES = WAKES | RECORD_BIT(SWITCH) | RECORD_BIT(MIGRATE),
};

/* The same on all kernels. */
static void switches_of_all(const char *yaml, u32 cpu, u32 count, const char *expected)
{
	for (u32 i = 0; i < 3; i++)
		expect_switches(yaml, (const char *const[]){rows[i], NULL}, cpu, count, expected);
}

static void events_of_all(const char *yaml, struct event_filter filter, const char *expected)
{
	for (u32 i = 0; i < 3; i++)
		expect_events(yaml, (const char *const[]){rows[i], NULL}, filter, expected);
}

/* ---- E1 (whoever exits wakes init, which reaps it) ---- */

static const char fifo_and_rr[] =
	"duration: 600ms\nmachine: {cpus: 1, hz: 250, costs: zero, preempt: none, tick_phase: 2.6ms}\n"
	"tasks:\n"
	"- {name: A, birth: woken, policy: rr, priority: 10, program: [{run: 250ms}]}\n"
	"- {name: B, birth: woken, start: 2ms, policy: rr, priority: 10, program: [{run: 250ms}]}\n"
	"- {name: H, birth: woken, start: 50ms, policy: fifo, priority: 20, program: [{run: 20ms}]}\n";

/* With ticks at 2.6 ms and so on A's 25th falls at 118.6 ms, when it has run for 98.6 ms. */
Test(rt, e1_a_preempted_rr_task_keeps_the_head_of_its_list_and_the_rest_of_its_slice)
{
	switches_of_all(fifo_and_rr, 0, 9,
			"0 A, 50 H, 70 A, 118.6 B, 218.6 A, 318.6 B, 418.6 A, 470 B, 520 init");
}

Test(rt, e1_a_preemption_in_user_mode_is_traced_as_r)
{
	events_of_all(fifo_and_rr, (struct event_filter){MOVES, 50 * MSEC, 51 * MSEC},
		      "50 0 waking H 0 irq\n"
		      "50 0 wakeup H 0 irq\n"
		      "50 0 A R > H\n");
}

/* ---- E2 ---- */

/* K holds the cpu for 2 ms; A, B at 10 and C at @c wait. After 1 ms K does @change. */
static void changed_while_queued(const char *c, const char *change, const char *expected)
{
	char yaml[1024];

	snprintf(
		yaml, sizeof(yaml),
		"duration: 10ms\n" ZERO(
			1) "tasks:\n"
			   "- {name: K, birth: woken, policy: fifo, priority: 50, program: [{run: 1ms}, %s, {run: 1ms}]}\n"
			   "- {name: A, birth: woken, policy: fifo, priority: 10, program: [{run: 1ms}]}\n"
			   "- {name: B, birth: woken, policy: fifo, priority: 10, program: [{run: 1ms}]}\n"
			   "- {name: C, birth: woken, policy: fifo, priority: %s, program: [{run: 1ms}]}\n",
		change, c);
	switches_of_all(yaml, 0, 4, expected);
}

Test(rt, e2_a_lowered_task_goes_to_the_head_a_raised_one_to_the_tail_of_its_new_list)
{
	changed_while_queued("11", "{policy: {policy: fifo, priority: 10, task: C}}",
			     "0 K, 2 C, 3 A, 4 B");
	changed_while_queued("5", "{policy: {policy: fifo, priority: 9, task: A}}",
			     "0 K, 2 B, 3 A, 4 C");
	changed_while_queued("9", "{policy: {policy: fifo, priority: 10, task: C}}",
			     "0 K, 2 A, 3 B, 4 C");
}

Test(rt, e2_a_change_that_changes_nothing_keeps_the_place)
{
	changed_while_queued("10", "{policy: {policy: fifo, priority: 10, task: A}}",
			     "0 K, 2 A, 3 B, 4 C");
	/* Another policy of the same priority is no move either. */
	changed_while_queued("10", "{policy: {policy: rr, priority: 10, task: A}}",
			     "0 K, 2 A, 3 B, 4 C");
	changed_while_queued("10", "{nice: {value: 5, task: A}}", "0 K, 2 A, 3 B, 4 C");
	changed_while_queued("10", "{affinity: {cpus: 0, task: A}}", "0 K, 2 A, 3 B, 4 C");
}

/* ---- FIFO and RR on one cpu ---- */

Test(rt, rr_tasks_of_one_priority_take_turns_of_100_ms)
{
	switches_of_all(
		"duration: 450ms\n" ZERO(
			1) "tasks:\n"
			   "- {name: A, birth: woken, policy: rr, priority: 10, program: [{run: 1s}]}\n"
			   "- {name: B, birth: woken, policy: rr, priority: 10, program: [{run: 1s}]}\n"
			   "- {name: C, birth: woken, policy: rr, priority: 10, program: [{run: 1s}]}\n",
		0, 5, "0 A, 100 B, 200 C, 300 A, 400 B");
}

Test(rt, only_the_rr_members_of_a_list_rotate)
{
	switches_of_all(
		"duration: 500ms\n" ZERO_NONE "tasks:\n"
		"- {name: R, birth: woken, policy: rr, priority: 10, program: [{run: 150ms}]}\n"
		"- {name: F, birth: woken, policy: fifo, priority: 10, program: [{run: 250ms}]}\n",
		0, 4, "0 R, 100 F, 350 R, 400 init");
}

Test(rt, an_rr_task_alone_in_its_list_runs_on)
{
	switches_of_all(
		"duration: 500ms\n" ZERO(
			1) "tasks:\n"
			   "- {name: R, birth: woken, policy: rr, priority: 10, program: [{run: 300ms}]}\n"
			   "- {name: weaker, birth: woken, policy: rr, priority: 9, program: [{run: 50ms}]}\n",
		0, 3, "0 R, 300 weaker, 350 init");
}

/* A has used 20 ticks before it sleeps: five are left when it comes back. */
Test(rt, sleep_does_not_renew_an_rr_slice)
{
	switches_of_all(
		"duration: 400ms\nmachine: {cpus: 1, hz: 250, costs: zero, tick_phase: 2ms}\n"
		"tasks:\n"
		"- {name: A, birth: woken, policy: rr, priority: 10,"
		" program: [{run: 80ms}, {sleep: 20ms}, {run: 100ms}]}\n"
		"- {name: B, birth: woken, start: 101ms, policy: rr, priority: 10, program: [{run: 200ms}]}\n",
		0, 5, "0 A, 80 idle, 100 A, 118 B, 218 A");
}

Test(rt, a_preempted_fifo_task_stays_first_of_its_priority)
{
	switches_of_all(
		"duration: 100ms\n" ZERO_NONE "tasks:\n"
		"- {name: A, birth: woken, policy: fifo, priority: 10, program: [{run: 20ms}]}\n"
		"- {name: B, birth: woken, policy: fifo, priority: 10, program: [{run: 20ms}]}\n"
		"- {name: H, birth: woken, start: 5ms, policy: fifo, priority: 20, program: [{run: 1ms}]}\n",
		0, 5, "0 A, 5 H, 6 A, 21 B, 41 init");
}

Test(rt, a_yield_goes_to_the_tail_of_its_list)
{
	switches_of_all(
		"duration: 100ms\n" ZERO_NONE "tasks:\n"
		"- {name: A, birth: woken, policy: fifo, priority: 10, program: [{run: 5ms}, yield, {run: 5ms}]}\n"
		"- {name: B, birth: woken, policy: fifo, priority: 10, program: [{run: 20ms}]}\n"
		"- {name: weak, birth: woken, policy: fifo, priority: 9, program: [{run: 1ms}, yield, {run: 1ms}]}\n",
		0, 5, "0 A, 5 B, 25 A, 30 weak, 32 init");
}

Test(rt, a_yield_is_an_involuntary_switch_out_of_a_runnable_task)
{
	events_of_all(
		"duration: 10ms\n" ZERO(
			1) "tasks:\n"
			   "- {name: A, birth: woken, policy: fifo, priority: 10, program: [{run: 5ms}, yield, {run: 5ms}]}\n"
			   "- {name: B, birth: woken, policy: fifo, priority: 10, program: [{run: 20ms}]}\n",
		(struct event_filter){MOVES, 1 * MSEC, 10 * MSEC}, "5 0 A R > B\n");
}

/* ---- E7: wakeup placement and push on two cpus ---- */

Test(rt, e7_a_task_that_would_wait_here_is_woken_on_a_cpu_that_runs_less)
{
	events_of_all(
		"duration: 20ms\n" ZERO(
			2) "semaphores: {s: 0}\n"
			   "tasks:\n"
			   "- {name: L, birth: woken, affinity: 1, policy: fifo, priority: 40,"
			   " program: [{affinity: 0-1}, {run: 1ms}, {sem_wait: s}, {run: 1ms}]}\n"
			   "- {name: H, birth: woken, start: 3ms, affinity: 1, policy: fifo, priority: 50,"
			   " program: [{run: 5ms}, {sem_post: s}, {run: 5ms}]}\n",
		(struct event_filter){MOVES, 8 * MSEC, 9 * MSEC},
		"8 1 waking L 1\n"
		"8 1 migrate L 1>0\n"
		"8 0 wakeup L 0 irq\n"
		"8 0 idle R > L\n");
}

Test(rt, e7_a_preempted_task_is_pushed_away_without_a_wakeup)
{
	events_of_all(
		"duration: 20ms\n" ZERO(
			2) "tasks:\n"
			   "- {name: L, birth: woken, affinity: 1, policy: fifo, priority: 40,"
			   " program: [{affinity: 0-1}, {run: 10ms}]}\n"
			   "- {name: H, birth: woken, start: 3ms, affinity: 1, policy: fifo, priority: 50,"
			   " program: [{run: 5ms}]}\n",
		(struct event_filter){MOVES, 3 * MSEC, 4 * MSEC},
		"3 0 waking H 1 irq\n"
		"3 0 wakeup H 1 irq\n"
		"3 1 L R > H\n"
		"3 1 migrate L 1>0\n"
		"3 0 idle R > L\n");
}

/* A cpu that runs a fair task is as good as an idle one. */
Test(rt, a_push_preempts_a_fair_task)
{
	events_of_all(
		"duration: 20ms\n" ZERO(
			2) "tasks:\n"
			   "- {name: fair, birth: woken, affinity: 0, program: [{run: 20ms}]}\n"
			   "- {name: L, birth: woken, affinity: 1, policy: fifo, priority: 40,"
			   " program: [{affinity: 0-1}, {run: 10ms}]}\n"
			   "- {name: H, birth: woken, start: 3ms, affinity: 1, policy: fifo, priority: 50,"
			   " program: [{run: 5ms}]}\n",
		(struct event_filter){RECORD_BIT(SWITCH) | RECORD_BIT(MIGRATE), 3 * MSEC, 4 * MSEC},
		"3 1 L R > H\n"
		"3 1 migrate L 1>0\n"
		"3 0 fair R > L\n");
}

Test(rt, an_equal_that_cannot_move_takes_over_from_one_that_can)
{
	events_of_all(
		"duration: 20ms\n" ZERO(
			2) "tasks:\n"
			   "- {name: free, birth: woken, affinity: 1, policy: fifo, priority: 40,"
			   " program: [{affinity: 0-1}, {run: 10ms}]}\n"
			   "- {name: pinned, birth: woken, start: 3ms, affinity: 1, policy: fifo, priority: 40,"
			   " program: [{run: 5ms}]}\n",
		(struct event_filter){RECORD_BIT(SWITCH) | RECORD_BIT(MIGRATE), 3 * MSEC, 4 * MSEC},
		"3 1 free R > pinned\n"
		"3 1 migrate free 1>0\n"
		"3 0 idle R > free\n");
}

/* H of cpu 0 sleeps: cpu 0 goes lower and takes what waits behind the other H. */
Test(rt, a_cpu_that_goes_lower_pulls_a_waiting_task)
{
	static const char yaml[] = "duration: 20ms\n" ZERO(
		2) "tasks:\n"
		   "- {name: H0, birth: woken, affinity: 0, policy: fifo, priority: 50, program: [{run: 5ms}]}\n"
		   "- {name: H1, birth: woken, affinity: 1, policy: fifo, priority: 50, program: [{run: 15ms}]}\n"
		   "- {name: L, birth: woken, affinity: 1, policy: fifo, priority: 40,"
		   " program: [{run: 1ms}]}\n"
		   "- {name: K, birth: woken, affinity: 0, policy: fifo, priority: 60,"
		   " program: [{run: 1ms}, {affinity: {cpus: 0-1, task: L}}]}\n";

	events_of_all(yaml,
		      (struct event_filter){RECORD_BIT(SWITCH) | RECORD_BIT(MIGRATE), 2 * MSEC,
					    8 * MSEC},
		      "6 0 migrate L 1>0\n"
		      "6 0 H0 Z > L\n"
		      "7 0 L Z > init\n"
		      "7 0 init S > idle\n");
}

/*
 * The same with RT_PUSH_IPI: cpu 0 picks what it has (init, which reaps H0) and asks the overloaded
 * cpu 1, which pushes L in an interrupt.
 */
Test(rt, with_push_ipi_the_overloaded_cpu_pushes_when_it_is_asked)
{
	static const char yaml[] = "duration: 20ms\n" ZERO(
		2) "tasks:\n"
		   "- {name: H0, birth: woken, affinity: 0, policy: fifo, priority: 50,"
		   " program: [{run: 5ms}, {sleep: 1s}]}\n"
		   "- {name: H1, birth: woken, affinity: 1, policy: fifo, priority: 50, program: [{run: 15ms}]}\n"
		   "- {name: L, birth: woken, affinity: 1, policy: fifo, priority: 40,"
		   " program: [{run: 1ms}, {sleep: 1s}]}\n"
		   "- {name: K, birth: woken, affinity: 0, policy: fifo, priority: 60,"
		   " program: [{run: 1ms}, {affinity: {cpus: 0-1, task: L}}, {sleep: 1s}]}\n";

	for (u32 i = 0; i < 3; i++)
		expect_events(yaml,
			      (const char *const[]){rows[i], "sched.features=RT_PUSH_IPI",
						    "machine.costs.ipi=10us", NULL},
			      (struct event_filter){RECORD_BIT(SWITCH) | RECORD_BIT(MIGRATE),
						    2 * MSEC, 8 * MSEC},
			      "6 0 H0 S > idle\n"
			      "6.01 1 migrate L 1>0\n"
			      "6.01 0 idle R > L\n"
			      "7.01 0 L S > idle\n");
}

/*
 * Three overloaded cpus and one that goes lower: the question goes round, each cpu pushes what it
 * can. A is the strongest that waits, but cpu 1 is asked first. What a push asks a busy cpu for
 * takes an interrupt, too.
 */
Test(rt, with_push_ipi_the_question_goes_from_cpu_to_cpu)
{
	static const char yaml[] = "duration: 20ms\n" ZERO(
		3) "tasks:\n"
		   "- {name: H0, birth: woken, affinity: 0, policy: fifo, priority: 50,"
		   " program: [{run: 5ms}, {sleep: 1s}]}\n"
		   "- {name: H1, birth: woken, affinity: 1, policy: fifo, priority: 50, program: [{run: 15ms}]}\n"
		   "- {name: H2, birth: woken, affinity: 2, policy: fifo, priority: 50, program: [{run: 15ms}]}\n"
		   "- {name: B, birth: woken, affinity: 1, policy: fifo, priority: 40, program: [{run: 1ms}, {sleep: 1s}]}\n"
		   "- {name: A, birth: woken, affinity: 2, policy: fifo, priority: 45, program: [{run: 1ms}, {sleep: 1s}]}\n"
		   "- {name: K, birth: woken, affinity: 0, policy: fifo, priority: 60, program: [{run: 1ms},"
		   " {affinity: {cpus: 0-1, task: B}}, {affinity: {cpus: '0,2', task: A}}, {sleep: 1s}]}\n";

	expect_events(yaml,
		      (const char *const[]){"kernel=v6.12", "sched.features=RT_PUSH_IPI",
					    "machine.costs.ipi=10us", NULL},
		      (struct event_filter){RECORD_BIT(SWITCH) | RECORD_BIT(MIGRATE), 2 * MSEC,
					    6100 * USEC},
		      "6 0 H0 S > idle\n"
		      "6.01 1 migrate B 1>0\n"
		      "6.01 0 idle R > B\n"
		      "6.02 2 migrate A 2>0\n"
		      "6.03 0 B R > A\n");
}

/* ---- E9: priority inheritance ---- */

static const char inversion[] =
	"duration: 40ms\n" ZERO_NONE "mutexes: {m: {pi: true}}\n"
	"tasks:\n"
	"- {name: L, birth: woken, policy: fifo, priority: 10,"
	" program: [{lock: m}, {run: 10ms}, {unlock: m}, {run: 1ms}, {sleep: 1s}]}\n"
	"- {name: X, birth: woken, start: 1ms, policy: fifo, priority: 10, program: [{run: 1ms}, {sleep: 1s}]}\n"
	"- {name: M, birth: woken, start: 2ms, policy: fifo, priority: 20, program: [{run: 5ms}, {sleep: 1s}]}\n"
	"- {name: H, birth: woken, start: 3ms, policy: fifo, priority: 30,"
	" program: [{lock: m}, {run: 1ms}, {unlock: m}, {sleep: 1s}]}\n";

Test(rt, e9_a_boost_comes_before_the_waiters_sleep_and_goes_before_its_wakeup)
{
	events_of_all(inversion,
		      (struct event_filter){MOVES | RECORD_BIT(PI_SETPRIO), 3 * MSEC, 12 * MSEC},
		      "3 0 waking H 0 irq\n"
		      "3 0 wakeup H 0 irq\n"
		      "3 0 M R > H\n"
		      "3 0 pi L 89>69\n"
		      "3 0 H S > L\n"
		      "11 0 pi L 69>89\n"
		      "11 0 waking H 0\n"
		      "11 0 wakeup H 0\n"
		      "11 0 L R > H\n");
}

/* X was queued before the deboost. */
Test(rt, e9_a_deboosted_task_goes_to_the_head_of_its_list)
{
	switches_of_all(inversion, 0, 8, "0 L, 2 M, 3 H, 3 L, 11 H, 12 M, 16 L, 17 X");
}

/* The task stays where it is, and nothing is told. */
Test(rt, a_donor_that_is_no_stronger_changes_nothing)
{
	static const char yaml[] =
		"duration: 40ms\n" ZERO_NONE "mutexes: {m: {pi: true}}\n"
		"tasks:\n"
		"- {name: L, birth: woken, policy: batch, program: [{lock: m}, {run: 1ms}, {sleep: 5ms}, {unlock: m}, {sleep: 1s}]}\n"
		"- {name: W, birth: woken, start: 2ms, program: [{lock: m}, {run: 1ms}, {unlock: m}, {sleep: 1s}]}\n";

	events_of_all(yaml, (struct event_filter){RECORD_BIT(PI_SETPRIO), 0, 20 * MSEC}, "");
}

Test(rt, a_boosted_task_keeps_its_boost_when_its_own_priority_is_changed)
{
	static const char yaml[] =
		"duration: 40ms\n" ZERO_NONE "mutexes: {m: {pi: true}}\n"
		"tasks:\n"
		"- {name: L, birth: woken, policy: fifo, priority: 10,"
		" program: [{lock: m}, {run: 10ms}, {unlock: m}, {sleep: 1s}]}\n"
		"- {name: H, birth: woken, start: 3ms, policy: fifo, priority: 30,"
		" program: [{lock: m}, {run: 1ms}, {unlock: m}, {sleep: 1s}]}\n"
		"- {name: K, birth: woken, start: 5ms, policy: fifo, priority: 90,"
		" program: [{policy: {policy: other, task: L}}, {sleep: 1s}]}\n";

	events_of_all(yaml,
		      (struct event_filter){RECORD_BIT(SWITCH) | RECORD_BIT(PI_SETPRIO), 3 * MSEC,
					    12 * MSEC},
		      "3 0 L R > H\n"
		      "3 0 pi L 89>69\n"
		      "3 0 H S > L\n"
		      "5 0 L R > K\n"
		      "5 0 K S > L\n"
		      "10 0 pi L 69>120\n"
		      "10 0 L R > H\n"
		      "11 0 H S > L\n"
		      "11 0 L S > idle\n");
}
