/* SPDX-License-Identifier: MIT */
/* What a trace is rebuilt to, rule by rule: what the kernel's work costs. */
#include "tale.h"

#include <criterion/criterion.h>
#include <string.h>

/* Of cpu 1, at a time. */
#define B_COMES                                                         \
	"<idle>-0 [001] d..2. %" PRIu64 ".%06" PRIu64                   \
	": sched_switch: prev_comm=swapper/1 prev_pid=0 prev_prio=120 " \
	"prev_state=R ==> next_comm=b next_pid=11 next_prio=120\n"
#define B_GOES                                                                    \
	"b-11 [001] d..2. %" PRIu64 ".%06" PRIu64                                 \
	": sched_switch: prev_comm=b prev_pid=11 prev_prio=120 prev_state=S ==> " \
	"next_comm=swapper/1 next_pid=0 next_prio=120\n"

enum { SEC_US = 1000000 };

/* An event of cpu 1. */
#define on_other_cpu(tale, us, format) \
	text_printf(&(tale)->trace, format, (u64)(us) / SEC_US, (u64)(us) % SEC_US)

/* Task a sleeps, and an interrupt wakes it each 1 ms from @us on. */
static void woken_by_interrupts(struct tale *t, u64 us, u32 rounds)
{
	for (u32 i = 0; i < rounds; i++, us += 1000) {
		t->flags = "d.h2.";
		head(t, us);
		text_add(&t->trace, "sched_waking: comm=a pid=10 prio=120 target_cpu=000\n");
		head(t, us + 2); /* a wakeup takes 2 us */
		text_add(&t->trace, "sched_wakeup: comm=a pid=10 prio=120 target_cpu=000\n");
		t->flags = "d..2.";
		gives_way(t, us + 9, "R", 'a');
		event(t, us + 100, "sched_stat_runtime: comm=a pid=10 runtime=91000 [ns]");
		gives_way(t, us + 103, "S", '-');
	}
}

Test(replay_costs, what_the_kernel_takes_is_seen)
{
	struct tale t = tale_begin('-');

	event(&t, 0, "print: x");
	woken_by_interrupts(&t, 1000, 30);
	event(&t, 40000, "print: y");
	rebuilt(&t);
	/*
	 * From the last accounting to the switch 3 us; a wakeup 2 us; from its begin to the switch
	 * of the idle task 9 us, of which the wakeup and the rest of the interrupt are a part. Who
	 * blocks pays the way to the switch.
	 */
	cr_expect(strstr(t.yaml.at, "    schedule: 3us\n"), "%.500s", t.yaml.at);
	cr_expect(strstr(t.yaml.at, "    block: 3.1us\n"), "%.500s", t.yaml.at);
	cr_expect(strstr(t.yaml.at, "    wakeup: 2us\n"), "%.500s", t.yaml.at);
	/* 1 us, and behind the way to the switch */
	cr_expect(strstr(t.yaml.at, "    timer_least: 4us\n"), "%.500s", t.yaml.at);
	cr_expect(strstr(t.yaml.at, "    idle_exit: 9us\n"), "%.500s", t.yaml.at);
	/*
	 * From switch to switch 94 us, less the switch to it (700 ns) and the way to the next (3100
	 * ns).
	 */
	expect_text(&t, "a", "  - run: 90.2us\n");
	tale_end(&t);
}

Test(replay_costs, what_is_seen_seldom_costs_what_the_preset_says)
{
	struct tale t = tale_begin('-');

	event(&t, 0, "print: x");
	woken_by_interrupts(&t, 1000, 19);
	event(&t, 40000, "print: y");
	rebuilt(&t);
	cr_expect_not(strstr(t.yaml.at, "costs"), "%.500s", t.yaml.at);
	tale_end(&t);
}

/*
 * Hog b, from which a takes the cpu as an interrupt wakes it each 1 ms. Heads have @interrupts
 * there, and @calls else.
 */
static void interrupted(struct tale *t, const char *interrupts, const char *calls)
{
	event(t, 0, "print: x");
	for (u32 us = 1000; us < 31000; us += 1000) {
		t->flags = interrupts;
		wakes(t, us, 'a');
		t->flags = calls;
		event(t, us + 5, "sched_stat_runtime: comm=b pid=11 runtime=900000 [ns]");
		gives_way(t, us + 9, "R", 'a');
		event(t, us + 80 + us / 50 % 40,
		      "sched_stat_runtime: comm=a pid=10 runtime=91000 [ns]");
		gives_way(t, us + 84 + us / 50 % 40, "S", 'b');
	}
	event(t, 40000, "print: y");
	rebuilt(t);
	/*
	 * 9 us from the wakeup to the switch, the last 4 of them through the scheduler. No tick is
	 * seen.
	 */
	cr_expect(strstr(t->yaml.at, "    schedule: 4us\n    preempt: 5us\n"), "%.500s",
		  t->yaml.at);
	cr_expect(strstr(t->yaml.at, "    timer: 0ns\n"), "%.500s", t->yaml.at);
	/*
	 * b had the cpu for 37.45 ms and goes on for the 40 ms of the window. It was taken off 30
	 * times (9 us), came back (700 ns) and bore the entry of an interrupt (200 ns) as often,
	 * or, where that does not show, of the first one not.
	 */
	expect_text(t, "b", "  - run: 77.153");
}

Test(replay_costs, the_ways_out_of_interrupts_are_seen)
{
	struct tale t = tale_begin('b');

	interrupted(&t, "d.h2.", "d..2.");
	tale_end(&t);
}

/* As these wakeups are in a rhythm, and b never sleeps. */
Test(replay_costs, the_ways_out_of_interrupts_are_seen_by_what_wakeups_are_judged_to_be)
{
	struct tale t = tale_begin('b');

	interrupted(&t, "", "");
	tale_end(&t);
}

/*
 * b works for c, which it wakes each 1 ms, and which preempts it on b's way out of the call; then
 * it sleeps.
 */
static void called(struct tale *t, const char *flags)
{
	t->flags = flags;
	event(t, 0, "print: x");
	for (u32 us = 1000; us < 31000; us += 1000) {
		head(t, us);
		text_add(&t->trace, "sched_waking: comm=c pid=12 prio=120 target_cpu=000\n");
		event(t, us + 2, "sched_stat_runtime: comm=b pid=11 runtime=900000 [ns]");
		head(t, us + 3);
		text_add(&t->trace, "sched_wakeup: comm=c pid=12 prio=120 target_cpu=000\n");
		event(t, us + 8, "sched_stat_runtime: comm=b pid=11 runtime=7000 [ns]");
		gives_way(t, us + 12, "R", 'c');
		gives_way(t, us + 100, "S", 'b');
		gives_way(t, us + 105, "S", '-');
		wakes(t, us + 300, 'b');
		gives_way(t, us + 309, "R", 'b');
	}
	event(t, 40000, "print: y");
	rebuilt(t);
	/* 9 us from the wakeup to the switch, the last 4 of them through the scheduler. */
	cr_expect(strstr(t->yaml.at, "    schedule: 4us\n"), "%.500s", t->yaml.at);
	cr_expect(strstr(t->yaml.at, "    preempt_call: 5us\n"), "%.500s", t->yaml.at);
	/*
	 * With the accounting in between a wakeup takes 3 us, of which the preset's 400 ns are what
	 * any takes.
	 */
	cr_expect(strstr(t->yaml.at, "    wakeup_check: 3us\n"), "%.500s", t->yaml.at);
	cr_expect_not(strstr(t->yaml.at, "    preempt: "), "%.500s", t->yaml.at);
}

Test(replay_costs, the_ways_out_of_calls_are_seen)
{
	struct tale t = tale_begin('b');

	called(&t, "d..2.");
	tale_end(&t);
}

/* As who is woken is so at the end of b's bursts. */
Test(replay_costs, the_ways_out_of_calls_are_seen_by_what_wakeups_are_judged_to_be)
{
	struct tale t = tale_begin('b');

	called(&t, "");
	tale_end(&t);
}

/* b wakes @task from @us on; the wakeup is weighed against b itself, and takes 3 us. */
static void weighed_wakeup(struct tale *t, u64 us, char task)
{
	head(t, us);
	text_printf(&t->trace, "sched_waking: comm=%c pid=%d prio=120 target_cpu=000\n", task,
		    pid_of(task));
	accounts(t, us + 2);
	head(t, us + 3);
	text_printf(&t->trace, "sched_wakeup: comm=%c pid=%d prio=120 target_cpu=000\n", task,
		    pid_of(task));
}

/*
 * b has the cpu for 500 us of each ms, and wakes c and d after 100 by one call: it goes on though
 * it is to be switched out.
 */
Test(replay_costs, what_wakeups_take_is_no_work_of_the_waker)
{
	struct tale t = tale_begin('-');

	event(&t, 0, "print: x");
	for (u32 us = 1000; us < 31000; us += 1000) {
		t.flags = "d.h2.";
		wakes(&t, us, 'b');
		t.flags = "d..2.";
		gives_way(&t, us + 5, "R", 'b');
		weighed_wakeup(&t, us + 105, 'c');
		t.flags = "dN.2.";
		weighed_wakeup(&t, us + 109, 'd');
		t.flags = "d..2.";
		gives_way(&t, us + 505, "S", 'c');
		gives_way(&t, us + 515, "S", 'd');
		gives_way(&t, us + 525, "S", '-');
	}
	event(&t, 40000, "print: y");
	rebuilt(&t);
	/* those by interrupts are not weighed, and take no time here */
	cr_expect(strstr(t.yaml.at, "    wakeup_check: 3us\n"), "%.500s", t.yaml.at);
	cr_expect(strstr(t.yaml.at, "    futex_next: 1us\n"), "%.500s", t.yaml.at);
	/* Less the switch to it (700 ns) and the entry into the call (100 ns). */
	expect_text(&t, "b", "- run: 99.2us\n");
	/* Less two wakeups, what comes between them, and the entry into the sleep (100 ns). */
	expect_text(&t, "b", "- run: 392.9us\n");
	tale_end(&t);
}

/*
 * a, on cpu 0, wakes b for cpu 1, which idles, each ms; @timers: half a ms later an interrupt of
 * its own wakes b there.
 */
static void woken_from_afar(struct tale *t, bool timers)
{
	event(t, 0, "print: x");
	t->flags = "d..2.";
	for (u64 us = 1000; us < 31000; us += 1000) {
		head(t, us);
		text_add(&t->trace, "sched_waking: comm=b pid=11 prio=120 target_cpu=001\n");
		on_other_cpu(t, us + 6,
			     "<idle>-0 [001] d.h2. %" PRIu64 ".%06" PRIu64
			     ": sched_wakeup: comm=b pid=11 prio=120 target_cpu=001\n");
		on_other_cpu(t, us + 8, B_COMES);
		on_other_cpu(t, us + 99, B_GOES);
		if (!timers)
			continue;
		on_other_cpu(t, us + 500,
			     "<idle>-0 [001] d.h2. %" PRIu64 ".%06" PRIu64
			     ": sched_waking: comm=b pid=11 prio=120 target_cpu=001\n");
		on_other_cpu(t, us + 501,
			     "<idle>-0 [001] d.h2. %" PRIu64 ".%06" PRIu64
			     ": sched_wakeup: comm=b pid=11 prio=120 target_cpu=001\n");
		on_other_cpu(t, us + 504, B_COMES);
		on_other_cpu(t, us + 599, B_GOES);
	}
	rebuilt(t);
}

Test(replay_costs, the_way_to_an_idle_cpu_is_before_a_wakeup_that_another_one_asks_for)
{
	struct tale t = tale_begin('a');

	woken_from_afar(&t, false);
	/*
	 * 6 us, of which an interrupt takes 1 us to get there by the preset; then 2 us to the
	 * switch.
	 */
	cr_expect(strstr(t.yaml.at, "    ipi_handler: 2us\n    idle_exit: 5us\n"), "%.500s",
		  t.yaml.at);
	tale_end(&t);
	t = tale_begin('a');
	woken_from_afar(&t, true);
	/*
	 * By an own interrupt the way out is 4 us: so the other 2 of the 6 us were the other cpu's
	 * interrupt's way.
	 */
	cr_expect(strstr(t.yaml.at, "    ipi: 2us\n    ipi_handler: 2us\n    idle_exit: 4us\n"),
		  "%.500s", t.yaml.at);
	tale_end(&t);
}

/*
 * a, which runs on cpu 0, wakes b for cpu 1, which idles; and an interrupt there wakes c, who takes
 * the cpu from a 9 us later.
 */
Test(replay_costs, the_way_back_from_another_cpus_interrupt_bounds_that_from_a_timers)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	for (u64 us = 1000; us < 31000; us += 1000) {
		t.flags = "d..2.";
		head(&t, us);
		text_add(&t.trace, "sched_waking: comm=b pid=11 prio=120 target_cpu=001\n");
		on_other_cpu(&t, us + 6,
			     "<idle>-0 [001] d.h2. %" PRIu64 ".%06" PRIu64
			     ": sched_wakeup: comm=b pid=11 prio=120 target_cpu=001\n");
		on_other_cpu(&t, us + 8, B_COMES);
		on_other_cpu(&t, us + 99, B_GOES);
		t.flags = "d.h2.";
		wakes(&t, us + 500, 'c');
		t.flags = "d..2.";
		gives_way(&t, us + 509, "R", 'c');
		gives_way(&t, us + 600, "S", 'a');
	}
	rebuilt(&t);
	/*
	 * 2 us behind the wakeup on cpu 1 are all that the two can have in common: so 7 of the 9 us
	 * are the timer's.
	 */
	cr_expect(strstr(t.yaml.at, "    preempt: 2us\n"), "%.500s", t.yaml.at);
	cr_expect(strstr(t.yaml.at, "    timer: 7us\n"), "%.500s", t.yaml.at);
	cr_expect(strstr(t.yaml.at, "    ipi_handler: 0ns\n"), "%.500s", t.yaml.at);
	tale_end(&t);
}

/*
 * a and b change places; each switch is accounted 6 us before, and the scheduler accounts again 4
 * us behind that.
 */
static void change_places(struct tale *t, u32 first, const u32 *steps, u32 nr_steps)
{
	event(t, 0, "print: x");
	for (u32 i = 0, us = first; i < 60; us += steps[i++ % nr_steps]) {
		for (u32 k = 0; k < 2; k++) {
			head(t, us + 4 * k);
			text_printf(&t->trace,
				    "sched_stat_runtime: comm=%s pid=%d runtime=1000 [ns]\n",
				    comm_of(t->on_cpu), pid_of(t->on_cpu));
		}
		gives_way(t, us + 6, "R", t->on_cpu == 'a' ? 'b' : 'a');
	}
	rebuilt(t);
}

/*
 * Both calls of sched_yield() and ticks account time twice before a switch: only what lies on a
 * grid of time is a tick.
 */
Test(replay_costs, what_ticks_cost_is_seen_where_ticks_show)
{
	static const u32 at_ticks[] = {4000}, by_yields[] = {310, 430, 370, 290, 510};
	struct tale t = tale_begin('a');

	change_places(&t, 1000, at_ticks, ARRAY_SIZE(at_ticks));
	cr_expect(strstr(t.yaml.at, "  hz: 250\n"), "%.500s", t.yaml.at);
	cr_expect(strstr(t.yaml.at, "    tick: 4us\n"), "%.500s", t.yaml.at);
	expect_no_text(&t, "a", "yield"); /* as ticks take it off its cpu */
	tale_end(&t);
	t = tale_begin('a');
	change_places(&t, 1000, by_yields, ARRAY_SIZE(by_yields));
	cr_expect_not(strstr(t.yaml.at, "  hz: "), "%.500s", t.yaml.at);
	cr_expect_not(strstr(t.yaml.at, "    tick: "), "%.500s", t.yaml.at);
	tale_end(&t);
}

/*
 * a computes on while interrupts of its cpu wake b, on cpu 1, 66000 times. Each is 200 ns of entry,
 * 800 ns of handler and 400 ns for the wakeup of the preset: 92.4 ms of 1320.
 */
Test(replay_costs, interrupts_are_counted_however_many_a_task_bears)
{
	struct tale t = tale_begin('a');
	const char *run;

	event(&t, 0, "print: x");
	t.flags = "d.h2.";
	for (u64 us = 20; us <= 1320000; us += 20) {
		head(&t, us);
		text_add(&t.trace, "sched_waking: comm=b pid=11 prio=120 target_cpu=001\n");
		on_other_cpu(&t, us, B_COMES);
		on_other_cpu(&t, us + 10, B_GOES);
	}
	gives_way(&t, 1320020, "S", '-');
	rebuilt(&t);
	run = strstr(task_text(&t, "a"), "- run: ");
	cr_assert_not_null(run);
	/* Less the call in which it blocks (100 ns). */
	cr_expect_eq(strncmp(run, "- run: 1.2276", 13), 0, "%.80s", run);
	tale_end(&t);
}

/*
 * As above at ticks; and an interrupt wakes c in between, which has the cpu 8 us later, 2 us of
 * them in the scheduler.
 */
Test(replay_costs, ticks_and_timers_have_the_way_out_of_interrupts_in_common)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	for (u32 us = 1000; us < 121000; us += 4000) {
		char next = t.on_cpu == 'a' ? 'b' : 'a';

		t.flags = "d.h2.";
		accounts(&t, us);
		t.flags = "d..2.";
		accounts(&t, us + 4);
		gives_way(&t, us + 6, "R", next);
		t.flags = "d.h2.";
		wakes(&t, us + 1000, 'c');
		t.flags = "d..2.";
		accounts(&t, us + 1006);
		gives_way(&t, us + 1008, "R", 'c');
		gives_way(&t, us + 1100, "S", next);
	}
	rebuilt(&t);
	/*
	 * A timer's way out takes 8 - 2 us, a tick's 4: those are `preempt`, and what a timer takes
	 * more is its handler.
	 */
	cr_expect(strstr(t.yaml.at, "    schedule: 2us\n    preempt: 4us\n"), "%.500s", t.yaml.at);
	cr_expect(strstr(t.yaml.at, "    tick: 0ns\n    timer: 2us\n"), "%.500s", t.yaml.at);
	tale_end(&t);
}
