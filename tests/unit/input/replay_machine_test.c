/* SPDX-License-Identifier: MIT */
/*
 * What a trace is rebuilt to, rule by rule: cpus and affinities, ticks, budgets, who comes first.
 */
#include "tale.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* @body happens on cpu 1, whose own task is x. */
static void on_cpu_1(struct tale *t, u64 us, const char *body)
{
	text_printf(&t->trace, "x-50 [001] 0.%06" PRIu64 ": %s\n", us, body);
}

static void cpu_1_idles(struct tale *t, u64 us)
{
	on_cpu_1(t, us,
		 "sched_switch: prev_comm=x prev_pid=50 prev_prio=120 prev_state=S ==> "
		 "next_comm=swapper/1 next_pid=0 next_prio=120");
}

static void cpu_1_is_left(struct tale *t, u64 us, const char *next, int pid)
{
	text_printf(&t->trace,
		    "<idle>-0 [001] 0.%06" PRIu64 ": sched_switch: prev_comm=swapper/1 prev_pid=0 "
		    "prev_prio=120 prev_state=R ==> next_comm=%s next_pid=%d next_prio=120\n",
		    us, next, pid);
}

/* a and b alternate on cpu 0, every 4 ms from @us on, @rounds times. */
static void alternate(struct tale *t, u64 us, u32 rounds)
{
	for (u32 i = 0; i < rounds; i++)
		gives_way(t, us + 4000 * i, "R", t->on_cpu == 'a' ? 'b' : 'a');
}

Test(replay_machine, who_waits_beside_an_idle_cpu_is_not_allowed_there)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	cpu_1_idles(&t, 1000);
	/* Each waits 4 ms of 8: 200 ms in 100 rounds, and some more. */
	alternate(&t, 4000, 104);
	rebuilt(&t);
	expect_text(&t, "a", "  affinity: [0]\n");
	expect_text(&t, "b", "  affinity: [0]\n");
	expect_no_text(&t, "x", "affinity");
	tale_end(&t);
	/* An idle cpu may take so long until it looks for work. */
	t = tale_begin('a');
	event(&t, 0, "print: x");
	cpu_1_idles(&t, 1000);
	alternate(&t, 4000, 90);
	rebuilt(&t);
	expect_no_text(&t, "a", "affinity");
	tale_end(&t);
	/* Nobody idles. */
	t = tale_begin('a');
	event(&t, 0, "print: x");
	on_cpu_1(&t, 1000, "print: x");
	alternate(&t, 4000, 104);
	rebuilt(&t);
	expect_no_text(&t, "a", "affinity");
	tale_end(&t);
}

Test(replay_machine, what_waits_for_an_idle_cpu_is_held_by_something_else)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	cpu_1_idles(&t, 1000);
	/* A quota of 50 ms in 100 ms: a leaves its cpu, runnable, to nobody. */
	for (u32 i = 0; i < 8; i++) {
		gives_way(&t, 50000 + 100000 * i, "R", '-');
		gives_way(&t, 100000 + 100000 * i, "R", 'a');
	}
	rebuilt(&t);
	expect_no_text(&t, "a", "affinity");
	tale_end(&t);
}

Test(replay_machine, a_cpu_that_a_task_left_for_good_is_forbidden_from_then_on)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	cpu_1_idles(&t, 1000);
	gives_way(&t, 2000, "S", 'b');
	wakes(&t, 3000, 'a');
	cpu_1_is_left(&t, 3000, "a", 10);
	text_add(&t.trace,
		 "a-10 [001] 0.005000: sched_switch: prev_comm=a prev_pid=10 prev_prio=120 "
		 "prev_state=R ==> next_comm=swapper/1 next_pid=0 next_prio=120\n");
	t.on_cpu = 'b';
	alternate(&t, 8000, 104);
	rebuilt(&t);
	/*
	 * 2 ms on cpu 1, less the switch to it (700 ns), the system call (100 ns) and half a tick
	 * (of 1500 ns, each 4 ms).
	 */
	expect_text(&t, "a", "  - run: 1.99845ms\n  - affinity: [0]\n");
	expect_no_text(&t, "a", "  affinity: [");
	expect_text(&t, "b", "  affinity: [0]\n");
	tale_end(&t);
}

Test(replay_machine, who_is_woken_behind_somebody_beside_an_idle_cpu_is_not_allowed_there)
{
	struct tale t = tale_begin('b');

	event(&t, 0, "print: x");
	cpu_1_idles(&t, 10);
	/* Waits of 50 us, which weigh nothing; but no woken task is put behind another so often. */
	for (u32 i = 0; i < 110; i++) {
		wakes(&t, 1000 + 1000 * i, 'a');
		gives_way(&t, 1050 + 1000 * i, "R", 'a');
		gives_way(&t, 1100 + 1000 * i, "S", 'b');
	}
	rebuilt(&t);
	expect_text(&t, "a", "  affinity: [0]\n");
	expect_no_text(&t, "b", "affinity");
	tale_end(&t);
}

/* As above, but a slept on the idle cpu before it was forbidden. */
Test(replay_machine, who_slept_where_he_is_not_allowed_begins_elsewhere)
{
	struct tale t = tale_begin('b');

	event(&t, 0, "print: x");
	cpu_1_idles(&t, 10);
	event(&t, 1000, "sched_waking: comm=a pid=10 prio=120 target_cpu=001");
	for (u32 i = 0; i < 110; i++) {
		wakes(&t, 1000 + 1000 * i, 'a');
		gives_way(&t, 1050 + 1000 * i, "R", 'a');
		gives_way(&t, 1100 + 1000 * i, "S", 'b');
	}
	rebuilt(&t);
	expect_text(&t, "a", "  affinity: [0]\n");
	expect_no_text(&t, "a", "  cpu: ");
	expect_text(&t, "b", "  cpu: 0\n");
	tale_end(&t);
}

static const char *at_cpu(char task, u32 cpu)
{
	static char comm[2][16];
	static u32 turn;
	char *at = comm[turn++ % 2];

	if (task == '-')
		snprintf(at, sizeof(comm[0]), "swapper/%u", cpu);
	else
		snprintf(at, sizeof(comm[0]), "%c", task);
	return at;
}

/* As gives_way(), on any cpu. */
static void switches(struct tale *t, u32 cpu, u64 us, char prev, const char *state, char next)
{
	text_printf(&t->trace,
		    "%s-%d [%03u] 0.%06" PRIu64 ": sched_switch: prev_comm=%s prev_pid=%d ",
		    at_cpu(prev, cpu), pid_of(prev), cpu, us, at_cpu(prev, cpu), pid_of(prev));
	text_printf(&t->trace,
		    "prev_prio=120 prev_state=%s ==> next_comm=%s next_pid=%d next_prio=120\n",
		    state, at_cpu(next, cpu), pid_of(next));
}

static void wakes_for(struct tale *t, u64 us, char task, u32 cpu)
{
	head(t, us);
	text_printf(&t->trace, "sched_wakeup: comm=%c pid=%d prio=120 target_cpu=%03u\n", task,
		    pid_of(task), cpu);
}

Test(replay_machine, who_is_set_free_by_a_fork_is_kept_from_some_cpus_still)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	cpu_1_idles(&t, 1000);
	switches(&t, 2, 1000, 'y', "S", '-');
	/* a and b wait beside the idle cpus 1 and 2 as above, c and d on cpu 1 beside cpu 2. */
	alternate(&t, 4000, 104);
	forks(&t, 417000, 'c');
	forks(&t, 417001, 'd');
	switches(&t, 1, 417010, '-', "R", 'c');
	for (u32 i = 0; i < 110; i++)
		switches(&t, 1, 420000 + 4000 * i, i % 2 ? 'd' : 'c', "R", i % 2 ? 'c' : 'd');
	rebuilt(&t);
	expect_text(&t, "a", "  affinity: [0]\n");
	/* The child has left its parent's mask, for one without cpu 2. */
	expect_text(&t, "c", "  - affinity: [0-1]\n");
	expect_no_text(&t, "c", "[0-2]");
	tale_end(&t);
}

Test(replay_machine, a_wakeup_tells_for_which_cpu_a_task_waits)
{
	struct tale t = tale_begin('b');

	event(&t, 0, "print: x");
	cpu_1_idles(&t, 100);
	switches(&t, 2, 100, 'y', "S", '-');
	/*
	 * a waits 4 ms for cpu 0 and none for cpu 1, where it was before; the idleness of cpu 2
	 * ends meanwhile.
	 */
	for (u64 us = 6000; us < 6000 + 60 * 6000; us += 6000) {
		wakes_for(&t, us, 'a', 0);
		switches(&t, 2, us + 4000, '-', "R", 'y');
		switches(&t, 2, us + 4010, 'y', "S", '-');
		gives_way(&t, us + 4050, "R", 'a');
		gives_way(&t, us + 4100, "S", 'b');
		wakes_for(&t, us + 5000, 'a', 1);
		switches(&t, 1, us + 5001, '-', "R", 'a');
		switches(&t, 1, us + 5100, 'a', "S", '-');
	}
	rebuilt(&t);
	expect_text(&t, "a", "  affinity: [0-1]\n");
	tale_end(&t);
}

Test(replay_machine, on_very_many_cpus_nobody_looks_who_is_kept_from_which)
{
	static const u32 cpus[] = {511, 512};

	for (u32 i = 0; i < ARRAY_SIZE(cpus); i++) {
		struct tale t = tale_begin('a');

		event(&t, 0, "print: x");
		cpu_1_idles(&t, 1000);
		/* one event alone would be a garbled number */
		switches(&t, cpus[i], 900, 'z', "R", 'y');
		switches(&t, cpus[i], 1000, 'y', "R", 'z');
		alternate(&t, 4000, 104);
		rebuilt(&t);
		if (cpus[i] < 512) /* not from cpus of which nothing is known */
			expect_text(&t, "a", "  affinity: [0, 2-511]\n");
		else
			expect_no_text(&t, "a", "affinity");
		tale_end(&t);
	}
}

/* The head tells that init does not run. */
Test(replay_machine, what_a_simulation_starts_at_a_time_is_new_then)
{
	struct tale t = tale_begin('-');

	event(&t, 0, "print: x");
	event(&t, 500, "sched_process_fork: comm=init pid=1 child_comm=a child_pid=10");
	event(&t, 500, "sched_wakeup_new: comm=a pid=10 prio=120 target_cpu=000");
	gives_way(&t, 500, "R", 'a');
	gives_way(&t, 1500, "S", '-');
	rebuilt(&t);
	expect_text(&t, "a", "  start: 500us\n  program:\n  - run: 999.2us\n");
	cr_expect(!strstr(t.yaml.at, "birth"), "%s", t.yaml.at); /* init forks it */
	cr_expect(!strstr(t.yaml.at, "init"), "%s", t.yaml.at);
	tale_end(&t);
}

/* sched_setattr() in mid-run: a task of nice 0 becomes a deadline task, and one of nice 5. */
Test(replay_machine, a_policy_changes_in_mid_run)
{
	struct tale t = tale_begin('-');

	event(&t, 0, "print: x");
	wakes(&t, 0, 'a');
	gives_way(&t, 0, "R", 'a');
	gives_way_at(&t, 1000, "S", '-', -1, 120);
	for (u32 i = 1; i < 5; i++) {
		wakes(&t, 10000 * i, 'a');
		gives_way_at(&t, 10000 * i, "R", 'a', 120, -1);
		gives_way_at(&t, 10000 * i + 1000, "S", '-', i == 4 ? 125 : -1, 120);
	}
	rebuilt(&t);
	expect_text(
		&t, "a",
		"  - policy: {policy: deadline, runtime: 1.125ms, period: 10ms, deadline: 10ms, reset_on_fork: true}\n");
	expect_text(&t, "a", "  - policy: {policy: other, nice: 5}\n");
	tale_end(&t);
}

/* ---- Ticks ---- */

/*
 * A hog at @hz, whose time is accounted at each tick; the first comes at 700 us, 200 ns after it
 * was due.
 */
static void ticks_of(struct tale *t, u32 hz, u32 nr)
{
	event(t, 0, "print: x");
	gives_way(t, 100, "R", 'a');
	for (u32 i = 0; i < nr; i++)
		accounts(t, 700 + (u64)i * 1000000 / hz + i % 3);
}

Test(replay_machine, the_rate_and_phase_of_ticks_are_seen_in_what_is_accounted)
{
	static const u32 rates[] = {100, 250, 300, 1000};

	for (u32 i = 0; i < ARRAY_SIZE(rates); i++) {
		struct tale t = tale_begin('b');

		ticks_of(&t, rates[i], 90);
		rebuilt(&t);
		cr_expect_eq(t.compiled.workload->platform.hz, rates[i], "%u: %s", rates[i],
			     t.yaml.at);
		cr_expect_leq(t.compiled.workload->platform.tick_phase_ns - (700 * USEC - 200),
			      2 * USEC, "%s", t.yaml.at);
		tale_end(&t);
	}
}

/* Hogs on 25 cpus, which all see each tick. */
Test(replay_machine, a_tick_may_be_seen_on_many_cpus)
{
	struct tale t = tale_begin('-');

	event(&t, 0, "print: x");
	for (u32 us = 100; us < 10000; us += us == 100 ? 600 : 1000)
		for (u32 cpu = 0; cpu < 25; cpu++)
			if (us == 100)
				switches(&t, cpu, us, '-', "R", 'a' + cpu);
			else
				text_printf(
					&t.trace,
					"%s-%d [%03u] 0.%06u: sched_stat_runtime: comm=%s pid=%d runtime=1000000 [ns]\n",
					at_cpu('a' + cpu, cpu), 10 + cpu, cpu, us,
					at_cpu('a' + cpu, cpu), 10 + cpu);
	rebuilt(&t);
	cr_expect(strstr(t.yaml.at, "  hz: 1000\n  tick_phase: 699.8us\n"), "%s", t.yaml.at);
	tale_end(&t);
}

/*
 * On 300 cpus one tick makes more such moments than are looked at otherwise: it takes several to
 * know their rate.
 */
Test(replay_machine, a_tick_may_be_seen_on_very_many_cpus)
{
	struct tale t = tale_begin('-');

	event(&t, 0, "print: x");
	for (u32 cpu = 0; cpu < 300; cpu++)
		text_printf(
			&t.trace,
			"<idle>-0 [%03u] 0.000100: sched_switch: prev_comm=swapper/%u prev_pid=0 prev_prio=120 prev_state=R ==> "
			"next_comm=hog next_pid=%u next_prio=120\n",
			cpu, cpu, 1000 + cpu);
	for (u32 us = 700; us < 100000; us += 4000)
		for (u32 cpu = 0; cpu < 300; cpu++)
			text_printf(
				&t.trace,
				"hog-%u [%03u] 0.%06u: sched_stat_runtime: comm=hog pid=%u runtime=4000000 [ns]\n",
				1000 + cpu, cpu, us, 1000 + cpu);
	rebuilt(&t);
	cr_expect(strstr(t.yaml.at, "  hz: 250\n  tick_phase: 699.8us\n"), "%.400s", t.yaml.at);
	tale_end(&t);
}

Test(replay_machine, switches_between_equals_are_ticks_too)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	alternate(&t, 1300, 40);
	rebuilt(&t);
	cr_expect(strstr(t.yaml.at, "  hz: 250\n  tick_phase: 1.2998ms\n"), "%s", t.yaml.at);
	tale_end(&t);
}

/* Each second one hides behind work that somebody is woken for. */
Test(replay_machine, ticks_of_which_no_two_are_seen_in_a_row_may_be_the_usual_ones)
{
	struct tale t = tale_begin('b');

	ticks_of(&t, 125, 40);
	rebuilt(&t);
	cr_expect(strstr(t.yaml.at, "  hz: 250\n  tick_phase: 699.8us\n"), "%s", t.yaml.at);
	tale_end(&t);
	t = tale_begin('b');
	ticks_of(&t, 111, 40);
	rebuilt(&t);
	cr_expect(!strstr(t.yaml.at, "hz:"), "%s", t.yaml.at);
	tale_end(&t);
}

/* A hog at 250 Hz that forks each 5.3 ms. */
Test(replay_machine, what_a_fork_accounts_is_no_tick)
{
	struct tale t = tale_begin('b');
	u64 tick = 700;

	event(&t, 0, "print: x");
	gives_way(&t, 100, "R", 'a');
	for (u32 i = 0, us = 1000; i < 60; i++, us += 5300) {
		for (; tick < us; tick += 4000)
			accounts(&t, tick);
		head(&t, us);
		text_printf(&t.trace,
			    "sched_process_fork: comm=a pid=10 child_comm=a child_pid=%u\n",
			    100 + i);
		accounts(&t, us + 1);
		head(&t, us + 2);
		text_printf(&t.trace, "sched_wakeup_new: comm=a pid=%u prio=120 target_cpu=000\n",
			    100 + i);
	}
	rebuilt(&t);
	cr_expect(strstr(t.yaml.at, "  hz: 250\n  tick_phase: 699.8us\n"), "%.400s", t.yaml.at);
	tale_end(&t);
}

/* a and b yield to each other after 730 us each, which accounts twice. */
Test(replay_machine, ticks_need_not_be_followed_by_switches_as_yields_are)
{
	struct tale t = tale_begin('b');
	u64 tick = 700;

	event(&t, 0, "print: x");
	for (u32 i = 0, us = 1000; i < 400; i++, us += 730) {
		for (; tick + 50 < us; tick += 4000)
			accounts(&t, tick);
		accounts(&t, us);
		accounts(&t, us + 3);
		gives_way(&t, us + 5, "R", t.on_cpu == 'a' ? 'b' : 'a');
	}
	rebuilt(&t);
	cr_expect(strstr(t.yaml.at, "  hz: 250\n  tick_phase: 699.8us\n"), "%.400s", t.yaml.at);
	tale_end(&t);
}

Test(replay_machine, what_is_accounted_for_another_reason_is_no_tick)
{
	struct tale t = tale_begin('-');

	event(&t, 0, "print: x");
	/* A sleep accounts the time until then. */
	for (u32 i = 0; i < 60; i++) {
		wakes(&t, 1000 + 4000 * i, 'a');
		gives_way(&t, 1001 + 4000 * i, "R", 'a');
		accounts(&t, 2000 + 4000 * i);
		gives_way(&t, 2002 + 4000 * i, "S", '-');
	}
	rebuilt(&t);
	cr_expect(!strstr(t.yaml.at, "hz:"), "%s", t.yaml.at);
	tale_end(&t);
	/* Too few. */
	t = tale_begin('b');
	ticks_of(&t, 250, 15);
	rebuilt(&t);
	cr_expect(!strstr(t.yaml.at, "hz:"), "%s", t.yaml.at);
	tale_end(&t);
}

/* ---- Who comes first ---- */

Test(replay_machine, who_waits_together_at_first_is_born_in_the_order_of_the_recording)
{
	struct tale t = tale_begin('d');

	event(&t, 0, "print: x");
	wakes(&t, 10, 'a');
	wakes(&t, 20, 'b');
	wakes(&t, 30, 'c');
	gives_way(&t, 50, "S", 'c');
	gives_way(&t, 1000, "S", 'a');
	gives_way(&t, 2000, "S", 'b');
	gives_way(&t, 3000, "S", '-');
	event(&t, 4000, "print: y");
	rebuilt(&t);
	/* b keeps what comes last, the others exchange. */
	expect_text(&t, "c", "  start: 10us\n");
	expect_text(&t, "a", "  start: 20us\n");
	expect_text(&t, "b", "  start: 30us\n");
	tale_end(&t);
}

static void tells_vruntime(struct tale *t, u64 us, u32 runtime_us, u64 vruntime)
{
	char event_text[128];

	snprintf(event_text, sizeof(event_text),
		 "sched_stat_runtime: comm=%c pid=%d runtime=%u [ns] vruntime=%" PRIu64 " [ns]",
		 t->on_cpu, pid_of(t->on_cpu), runtime_us * 1000, vruntime);
	event(t, us, event_text);
}

/* 6.1 tells vruntimes: 5 ms for a when it comes to the cpu, 4 ms for c. */
static void come_with_vruntimes(struct tale *t, const char *kernel)
{
	t->options.kernel = kernel;
	event(t, 0, "print: x");
	wakes(t, 10, 'a');
	wakes(t, 20, 'c');
	gives_way(t, 50, "S", 'c');
	tells_vruntime(t, 1050, 1000, 5000000);
	gives_way(t, 1050, "R", 'a');
	tells_vruntime(t, 2050, 1000, 6000000);
	gives_way(t, 2050, "S", 'c');
	gives_way(t, 3000, "S", '-');
	event(t, 4000, "print: y");
	rebuilt(t);
}

Test(replay_machine, vruntimes_tell_who_was_behind_on_kernels_to_which_they_mean_something)
{
	struct tale t = tale_begin('d');

	come_with_vruntimes(&t, "v6.1");
	expect_text(&t, "c", "  lag: 1ms\n");
	expect_no_text(&t, "a", "lag");
	tale_end(&t);
	t = tale_begin('d');
	come_with_vruntimes(&t, "v6.12");
	expect_no_text(&t, "c", "lag");
	tale_end(&t);
}

Test(replay_machine, who_is_woken_later_has_a_moment_of_his_own)
{
	struct tale t = tale_begin('d');

	event(&t, 0, "print: x");
	wakes(&t, 10, 'a');
	wakes(&t, 20, 'c');
	gives_way(&t, 50, "S", 'c');
	wakes(&t, 500, 'b'); /* behind the first switch */
	gives_way(&t, 1000, "S", 'b');
	gives_way(&t, 2000, "S", 'a');
	gives_way(&t, 3000, "S", '-');
	event(&t, 4000, "print: y");
	rebuilt(&t);
	expect_text(&t, "c", "  start: 10us\n");
	expect_text(&t, "a", "  start: 20us\n");
	expect_text(&t, "b", "  start: 500us\n");
	tale_end(&t);
}

Test(replay_machine, who_is_woken_apart_from_others_has_a_moment_of_his_own)
{
	struct tale t = tale_begin('d');

	event(&t, 0, "print: x");
	wakes(&t, 10, 'a');
	wakes(&t, 300, 'b'); /* before the first switch, but not together with a */
	gives_way(&t, 400, "S", 'b');
	gives_way(&t, 1000, "S", 'a');
	gives_way(&t, 2000, "S", '-');
	event(&t, 4000, "print: y");
	rebuilt(&t);
	expect_text(&t, "a", "  start: 10us\n");
	expect_text(&t, "b", "  start: 300us\n");
	tale_end(&t);
}

/* Of real-time tasks the better one comes first, of a parent's children the new one may. */
Test(replay_machine, who_comes_first_for_another_reason_than_lag_keeps_his_birth)
{
	struct tale t = tale_begin('d');

	event(&t, 0, "print: x");
	wakes(&t, 10, 'a');
	wakes(&t, 20, 'b');
	gives_way_at(&t, 50, "S", 'b', 120, 49);
	gives_way_at(&t, 1000, "S", 'a', 49, 89);
	gives_way_at(&t, 2000, "S", '-', 89, 120);
	event(&t, 4000, "print: y");
	rebuilt(&t);
	expect_text(&t, "a", "  start: 10us\n");
	expect_text(&t, "b", "  start: 20us\n");
	tale_end(&t);
	t = tale_begin('d');
	event(&t, 0, "print: x");
	wakes(&t, 10, 'a');
	forks(&t, 30, 'c');
	gives_way(&t, 50, "S", 'c');
	gives_way(&t, 1000, "S", 'a');
	gives_way(&t, 2000, "S", '-');
	event(&t, 4000, "print: y");
	rebuilt(&t);
	expect_text(&t, "a", "  start: 10us\n");
	tale_end(&t);
}

Test(replay_machine, who_is_there_at_first_comes_in_the_order_of_the_recording)
{
	struct tale t = tale_begin('a');
	const char *a, *b, *c;

	event(&t, 0, "print: x");
	gives_way(&t, 1000, "R", 'c');
	gives_way(&t, 2000, "R", 'b');
	gives_way(&t, 3000, "R", 'a');
	event(&t, 4000, "print: y");
	rebuilt(&t);
	a = strstr(t.yaml.at, "- name: a\n");
	b = strstr(t.yaml.at, "- name: b\n");
	c = strstr(t.yaml.at, "- name: c\n");
	cr_expect(a && b && c && a < c && c < b, "%s", t.yaml.at);
	tale_end(&t);
}

Test(replay_machine, tasks_begin_on_the_cpu_on_which_they_slept)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	cpu_1_idles(&t, 10);
	wakes_for(&t, 100, 'b', 1);
	cpu_1_is_left(&t, 200, "b", 11);
	gives_way(&t, 3000, "S", '-');
	event(&t, 4000, "print: y");
	rebuilt(&t);
	expect_text(&t, "a", "  cpu: 0\n");
	expect_text(&t, "b", "  cpu: 1\n");
	tale_end(&t);
}

/*
 * The switches to it (700 ns each), that to another cpu (3 us) and the entry into its sleep (100
 * ns) are taken off 2 ms.
 */
Test(replay_machine, a_move_to_another_cpu_is_taken_off)
{
	struct tale t = tale_begin('-');

	event(&t, 0, "print: x");
	cpu_1_idles(&t, 10);
	switches(&t, 0, 1000, '-', "R", 'a');
	switches(&t, 0, 2000, 'a', "R", 'b');
	switches(&t, 1, 2000, '-', "R", 'a');
	switches(&t, 1, 3000, 'a', "S", '-');
	rebuilt(&t);
	expect_text(&t, "a", "  - run: 1.9955ms\n");
	tale_end(&t);
}
