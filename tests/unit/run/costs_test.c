/* SPDX-License-Identifier: MIT */
/*
 * What costs alone make of a schedule, one at a time: docs/costs.md says what each is charged for,
 * and the rest of the arithmetic is the program's. Those that need a recording's course to be seen
 * are in tests/unit/proc/path_cost_test.c.
 */
#include "schedule.h"

#include <criterion/criterion.h>

#include "base/text.h"

#define FIFO "policy: fifo, priority: 1, birth: woken"

/* On a machine that is free otherwise, from the switch to A on, @expected is seen on @cpu. */
static void expect(const char *machine, const char *costs, const char *tasks, u32 cpu,
		   const char *expected)
{
	struct text yaml = {0};

	text_printf(
		&yaml,
		"kernel: v6.12\nduration: 30ms\nmutexes: [m]\nconditions: [c]\nfutexes: [w]\npipes: [p]\neventfds: [e]\n"
		"devices: {d: {service: 1ms}}\ngroups: {g: {groups: {h: {weight: 100}}}}\n"
		"machine: {%s, hz: 250, kernel_threads: false, costs: {preset: zero, %s}}\ntasks:\n%s",
		machine, costs, tasks);
	expect_switches(yaml.at, (const char *const[]){NULL}, cpu, 6, expected);
	text_fini(&yaml);
}

static void expect_alone(const char *costs, const char *program, const char *expected)
{
	struct text tasks = {0};

	text_printf(&tasks, "- {name: A, " FIFO ", program: [%s, sleep: 1s]}\n", program);
	expect("cpus: 1", costs, tasks.at, 0, expected);
	text_fini(&tasks);
}

/*
 * The first sleep ends before the tick of 4 ms, the second behind it; another one is between the
 * ticks of 4 and 8 ms.
 */
Test(costs, a_cpu_that_idled_over_a_tick_is_later)
{
	static const char *const program = "run: 1ms, sleep: 1ms, run: 1ms, sleep: 3ms, run: 1ms";

	expect_alone("idle_exit: 10us", program,
		     "0.01 A, 1.01 idle, 2.02 A, 3.02 idle, 6.03 A, 7.03 idle");
	expect_alone("idle_exit: 10us, idle_tick: 5us", program,
		     "0.01 A, 1.01 idle, 2.02 A, 3.02 idle, 6.035 A, 7.035 idle");
	expect_alone("idle_exit: 10us, idle_tick: 5us", "run: 5ms, sleep: 1ms, run: 1ms",
		     "0.01 A, 5.01 idle, 6.02 A, 7.02 idle");
}

/*
 * What another cpu puts on the wake list, 0.4 ms of work, it has paid for: A, whose own wakeup took
 * as long, stands still for none of it.
 */
Test(costs, a_wakeup_from_afar_leaves_a_real_time_task_its_time)
{
	static const char tasks[] =
		"- {name: A, affinity: 1, " FIFO ", program: [sleep: 1ms, run: 10ms, sleep: 1s]}\n"
		"- {name: B, affinity: 1, birth: woken, program: [sem_wait: s, run: 1ms, sleep: 1s]}\n"
		"- {name: C, affinity: 0, birth: woken, program: [run: 3ms, sem_post: s, sleep: 1s]}\n";

	expect("sockets: 2, cores: 1", "wakeup: 400us, wakeup_fair: 400us", tasks, 1,
	       "0 A, 0 B, 0 idle, 1.4 A, 11.4 B, 12.4 idle");
}

/* At 6 ms nothing else is due before the tick of 8 ms, unless B sleeps until 7 ms. */
Test(costs, the_clock_is_set_if_no_timer_is_due_before_the_tick)
{
	static const char alone[] =
		"- {name: A, " FIFO ", program: [sleep: 6ms, run: 3ms, sleep: 1s]}\n";
	static const char beside[] =
		"- {name: A, " FIFO ", program: [sleep: 6ms, run: 3ms, sleep: 1s]}\n"
		"- {name: B, " FIFO ", start: 1ms, program: [sleep: 6ms]}\n";

	expect("cpus: 1", "idle_tick: 5us, idle_program: 3us", alone, 0,
	       "0 A, 0 idle, 6.008 A, 9.008 idle");
	expect("cpus: 1", "idle_tick: 5us, idle_program: 3us", beside, 0,
	       "0 A, 0 idle, 1 B, 1 idle, 6.005 A, 9.005 B");
}

/*
 * Two nodes of four cores with two threads; two cores share a cache. Siblings are in the second
 * half.
 */
Test(costs, cold_caches_go_by_the_distance)
{
	static const struct {
		u32 cpu;
		const char *expected;
	} moves[] = {{8, "1 A, 2.01 idle"},
		     {1, "1 A, 2.02 idle"},
		     {2, "1 A, 2.04 idle"},
		     {4, "1 A, 2.08 idle"}};

	for (u32 i = 0; i < ARRAY_SIZE(moves); i++) {
		struct text tasks = {0};

		text_printf(
			&tasks,
			"- {name: A, " FIFO
			", affinity: 0, program: [run: 1ms, affinity: %u, run: 1ms, sleep: 1s]}\n",
			moves[i].cpu);
		expect("sockets: 2, cores: 4, threads: 2, llc_cores: 2",
		       "migrate_core: 10us, migrate_llc: 20us, migrate_node: 40us, migrate_remote: 80us",
		       tasks.at, moves[i].cpu, moves[i].expected);
		text_fini(&tasks);
	}
}

Test(costs, calls_have_a_way_back)
{
	expect_alone("syscall_exit: 10us", "run: 1ms, nice: 1, run: 1ms", "0 A, 2.01 idle");
}

/* More on the way into the call, and none of the sleep, which is counted from the call. */
Test(costs, a_sleep_is_called)
{
	expect_alone("nanosleep: 10us", "run: 1ms, sleep: 5ms, run: 1ms",
		     "0 A, 1.01 idle, 6 A, 7.01 idle");
}

Test(costs, who_waits_for_a_mutex_goes_to_sleep_later)
{
	expect("cpus: 2", "lock_wait: 10us",
	       "- {name: A, " FIFO
	       ", affinity: 0, program: [lock: m, run: 5ms, unlock: m, sleep: 1s]}\n"
	       "- {name: B, " FIFO
	       ", affinity: 1, program: [run: 1ms, lock: m, run: 1ms, unlock: m, sleep: 1s]}\n",
	       1, "0 B, 1.01 idle, 5 B, 6 idle");
}

/* The parent's own time, up to which the child waits behind it. */
Test(costs, who_forks_pays)
{
	static const char *const by[] = {"fork: W", "clone: W"};
	static const char *const costs[] = {"fork: 10us, fork_wake: 20us, fork_exit: 40us",
					    "fork_thread: 10us, fork_wake: 20us, fork_exit: 40us"};

	for (u32 i = 0; i < 2; i++) {
		struct text tasks = {0};

		text_printf(&tasks,
			    "- {name: W, template: true, program: [run: 1ms]}\n"
			    "- {name: A, " FIFO
			    ", affinity: 0, program: [run: 1ms, %s, run: 1ms, sleep: 1s]}\n",
			    by[i]);
		expect("cpus: 1", costs[i], tasks.at, 0, "0 A, 2.07 W, 3.07 idle");
		text_fini(&tasks);
	}
}

/* Its parent is told at 1.01 ms. */
Test(costs, who_has_told_its_parent_has_yet_to_go)
{
	expect("cpus: 1", "exit: 10us, exit_last: 20us",
	       "- {name: W, template: true, program: [run: 1ms]}\n"
	       "- {name: A, birth: woken, program: [fork: W, wait, run: 1ms, sleep: 1s]}\n",
	       0, "0 A, 0 W, 1.03 A, 2.03 idle");
}

/* H waits for A's write, which so ends in a preemption. */
Test(costs, a_call_that_is_preempted_at_its_end_takes_longer)
{
	expect("cpus: 1", "preempt_call: 10us",
	       "- {name: H, policy: fifo, priority: 9, birth: woken, program: [event_read: e, run: 1ms, sleep: 1s]}\n"
	       "- {name: A, " FIFO ", program: [run: 1ms, event_write: e, run: 1ms, sleep: 1s]}\n",
	       0, "0 H, 0 A, 1.01 H, 2.01 A, 3.01 idle");
}

/* Ticks at 4 and 8 ms. */
Test(costs, a_part_of_the_tick_is_the_fair_tasks)
{
	expect_alone("tick: 20us, tick_fair: 15us", "run: 10ms", "0 A, 10.01 idle");
	expect("cpus: 1", "tick: 20us, tick_fair: 15us",
	       "- {name: A, birth: woken, program: [run: 10ms, sleep: 1s]}\n", 0,
	       "0 A, 10.04 idle");
}

/* A stands still from 1 ms on; the tick of 4 ms has an entry, too. */
Test(costs, a_timers_wakeup_comes_after_both_parts_of_its_entry)
{
	expect("cpus: 1", "irq_entry: 10us, timer_entry: 20us",
	       "- {name: S, policy: fifo, priority: 9, birth: woken, program: [sleep: 1ms, run: 1ms, sleep: 1s]}\n"
	       "- {name: A, birth: woken, program: [run: 3ms, sleep: 1s]}\n",
	       0, "0 S, 0 A, 1.03 S, 2.03 A, 4.04 idle");
}

/*
 * Submitted at 1.01 ms, done a millisecond later; the interrupt takes its time before the task
 * comes.
 */
Test(costs, a_request_is_submitted_and_completed)
{
	expect_alone("io_submit: 10us, io_complete: 20us", "run: 1ms, io: d, run: 1ms",
		     "0 A, 1.01 idle, 2.03 A, 3.03 idle");
}

/* Ten bytes that nobody reads. */
Test(costs, a_write_into_a_pipe_has_its_own_way_back)
{
	expect_alone("pipe_exit: 10us", "run: 1ms, pipe_write: {pipe: p, bytes: 10}, run: 1ms",
		     "0 A, 2.01 idle");
}

/*
 * B waits for m from 1 ms on. A's unlock at 2 ms wakes it; B's own at 3 ms has to look, and finds
 * nobody.
 */
Test(costs, who_unlocks_pays_by_what_it_finds)
{
	static const char *const tasks =
		"- {name: A, " FIFO
		", affinity: 0, program: [lock: m, run: 2ms, unlock: m, run: 1ms, sleep: 1s]}\n"
		"- {name: B, " FIFO
		", affinity: 1, program: [run: 1ms, lock: m, run: 1ms, unlock: m, run: 1ms, sleep: 1s]}\n";

	expect("cpus: 2", "futex_wake: 10us", tasks, 0, "0 A, 3.01 idle");
	expect("cpus: 2", "futex_wake: 10us", tasks, 1, "0 B, 1 idle, 2.01 B, 4.01 idle");
	expect("cpus: 2", "futex_exit: 10us", tasks, 0, "0 A, 3.01 idle");
	expect("cpus: 2", "futex_exit: 10us", tasks, 1, "0 B, 1 idle, 2 B, 4 idle");
	expect("cpus: 2", "futex_empty: 10us", tasks, 0, "0 A, 3 idle");
	expect("cpus: 2", "futex_empty: 10us", tasks, 1, "0 B, 1 idle, 2 B, 4.01 idle");
}

/*
 * Three sleep: two are marked before the first is woken, and between the wakeups more time passes.
 */
Test(costs, who_wakes_several_marks_them_first)
{
	static const char *const broadcast =
		"- {name: W, count: 3, " FIFO
		", affinity: 0, program: [lock: m, cond_wait: {cond: c, mutex: m}, unlock: m, sleep: 1s]}\n"
		"- {name: A, policy: fifo, priority: 9, birth: woken, affinity: 1, start: 1ms,"
		" program: [cond_broadcast: c, run: 1ms, sleep: 1s]}\n";
	static const char *const wake =
		"- {name: W, count: 3, " FIFO
		", affinity: 0, program: [futex_wait: {futex: w, value: 0}, sleep: 1s]}\n"
		"- {name: A, policy: fifo, priority: 9, birth: woken, affinity: 1, start: 1ms,"
		" program: [futex_wake: {futex: w, nr: %s}, run: 1ms, sleep: 1s]}\n";
	static const struct {
		const char *nr, *expected;
	} some[] = {{"all", "1 A, 2.22 idle"}, {"2", "1 A, 2.11 idle"}, {"1", "1 A, 2 idle"}};

	expect("cpus: 2", "futex_mark: 10us, futex_next: 100us", broadcast, 1, "1 A, 2.22 idle");
	for (u32 i = 0; i < ARRAY_SIZE(some); i++) {
		struct text tasks = {0};

		text_printf(&tasks, wake, some[i].nr);
		expect("cpus: 2", "futex_mark: 10us, futex_next: 100us", tasks.at, 1,
		       some[i].expected);
		text_fini(&tasks);
	}
}

/* B waits from 0.02 ms on, and locks the mutex 10 us after it is woken. */
Test(costs, a_condition_has_work_in_user_mode)
{
	expect("cpus: 2", "cond_wait: 20us, cond_woken: 10us",
	       "- {name: A, " FIFO
	       ", affinity: 0, program: [run: 2ms, cond_signal: c, sleep: 1s]}\n"
	       "- {name: B, " FIFO
	       ", affinity: 1, program: [lock: m, cond_wait: {cond: c, mutex: m}, run: 1ms, unlock: m, sleep: 1s]}\n",
	       1, "0 B, 0.02 idle, 2 B, 3.01 idle");
}

/* Its wakeup and the switch to it, then two ticks. */
Test(costs, each_level_of_groups_is_brought_up_to_date)
{
	expect("cpus: 1", "group_level: 10us",
	       "- {name: A, group: g, birth: woken, program: [run: 10ms, sleep: 1s]}\n", 0,
	       "0.02 A, 10.04 idle");
	expect("cpus: 1", "group_level: 10us",
	       "- {name: A, group: h, birth: woken, program: [run: 10ms, sleep: 1s]}\n", 0,
	       "0.04 A, 10.08 idle");
}

/*
 * At 2 ms a period of 1024 us has ended for A's average, that of the queue and B's. The switch
 * comes when all three are up to date; one that is the task's last, or that of a stop, is told at
 * once, and so is that to the idle task. No switch is told for later than the end of the run.
 */
Test(costs, a_switch_is_told_when_it_is_made)
{
	static const char yaml[] =
		"kernel: v6.12\nduration: 30ms\n"
		"machine: {cpus: 1, hz: 250, kernel_threads: false, costs: {preset: zero, load_period: 10us}}\n"
		"tasks:\n- {name: A, affinity: 0, birth: woken, program: [run: 2ms, %s]}\n"
		"- {name: B, affinity: 0, birth: woken, program: [run: 1ms, sleep: 1s]}\n";
	static const struct {
		const char *last, *setting, *expected;
	} rows[] = {
		{"sleep: 1s", NULL, "0 A, 2.03 B, 3.03 idle"},
		{"stop: self", NULL, "0 A, 2 B, 3.03 idle"},
		{"sleep: 1s", "duration=2010us", "0 A, 2.01 B"},
		/*
		 * Beside other cpus, and where an interrupt that has come is served behind the
		 * decision, at once.
		 */
		{"sleep: 1s", "machine.cpus=2", "0 A, 2 B, 3.03 idle"},
		{"sleep: 1s", "machine.costs.irq_entry=5us", "0 A, 2 B, 3.03 idle"},
	};

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct text text = {0};

		text_printf(&text, yaml, rows[i].last);
		expect_switches(text.at, (const char *const[]){rows[i].setting, NULL}, 0, 6,
				rows[i].expected);
		text_fini(&text);
	}
}

/* Two ticks. A gap as long as the limit is noticed. */
Test(costs, short_interruptions_pass_for_work)
{
	expect_alone("tick: 20us, work_gap: 20us", "run: 10ms", "0 A, 10.04 idle");
	expect_alone("tick: 20us, work_gap: 20001ns", "run: 10ms", "0 A, 10 idle");
}

/*
 * A moves at 3.95 ms and begins its work 100 us later: the tick of 4 ms is in between, and
 * interrupts no work.
 */
Test(costs, what_comes_before_the_work_is_not_taken_for_it)
{
	static const char *const tasks =
		"- {name: A, " FIFO
		", affinity: 0, program: [run: 3950us, affinity: 1, run: 1ms, sleep: 1s]}\n";

	expect("cpus: 2", "tick: 5us, work_gap: 20us, migrate_llc: 100us", tasks, 1,
	       "3.95 A, 5.055 idle");
	expect("cpus: 2", "tick: 5us, migrate_llc: 100us", tasks, 1, "3.95 A, 5.055 idle");
}
