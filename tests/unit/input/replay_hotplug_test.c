/* SPDX-License-Identifier: MIT */
/* What a trace is rebuilt to, rule by rule: cpus that go offline and come back. */
#include "tale.h"

#include <criterion/criterion.h>
#include <string.h>

/* On cpu 1, at some ms; its thread is cpuhp/1. */
static void on_cpu_1(struct tale *t, u32 ms, u32 us, const char *body)
{
	text_printf(&t->trace, "x-50 [001] d..2. %u.%03u%03u: %s\n", ms / 1000, ms % 1000, us,
		    body);
}

static void switches(struct tale *t, u32 ms, u32 us, const char *prev, const char *state,
		     const char *next)
{
	char body[256];

	snprintf(
		body, sizeof(body),
		"sched_switch: prev_comm=%s prev_prio=120 prev_state=%s ==> next_comm=%s next_prio=120",
		prev, state, next);
	on_cpu_1(t, ms, us, body);
}

#define IDLE    "swapper/1 prev_pid=0"
#define TO_IDLE "swapper/1 next_pid=0"

/* cpuhp/1 is woken, works for 100 us, and again 10 ms later. */
static void requests(struct tale *t, u32 ms, const char *prev, const char *next)
{
	on_cpu_1(t, ms, 0, "sched_waking: comm=cpuhp/1 pid=60 prio=120 target_cpu=001");
	switches(t, ms, 10, prev, "R", "cpuhp/1 next_pid=60");
	switches(t, ms, 110, "cpuhp/1 prev_pid=60", "D", TO_IDLE);
	on_cpu_1(t, ms + 10, 0, "sched_waking: comm=cpuhp/1 pid=60 prio=120 target_cpu=001");
	switches(t, ms + 10, 10, IDLE, "R", "cpuhp/1 next_pid=60");
	switches(t, ms + 10, 110, "cpuhp/1 prev_pid=60", "S", next);
}

/* b runs on cpu 1 until 300 ms, when the cpu goes. Others run on cpu 0. */
static void begins(struct tale *t)
{
	event(t, 0, "print: x");
	switches(t, 1, 0, IDLE, "R", "b next_pid=11");
	requests(t, 300, "b prev_pid=11", TO_IDLE);
}

Test(replay_hotplug, a_cpu_that_its_thread_leaves_idle_until_it_runs_again_was_offline)
{
	struct tale t = tale_begin('a');

	begins(&t);
	requests(&t, 800, IDLE, "b next_pid=11");
	event(&t, 1200000, "print: y");
	rebuilt(&t);
	cr_expect(
		strstr(t.yaml.at,
		       "  events:\n  - {at: 300ms, cpu: 1, action: offline}\n  - {at: 800ms, cpu: 1, action: online}\n"),
		"%s", t.yaml.at);
	cr_expect_null(strstr(t.yaml.at, "- name: cpuhp"), "the machine has its own:\n%s",
		       t.yaml.at);
	tale_end(&t);
}

Test(replay_hotplug, a_cpu_that_does_not_come_back_stays_offline)
{
	struct tale t = tale_begin('a');

	begins(&t);
	event(&t, 1200000, "print: y");
	rebuilt(&t);
	cr_expect(strstr(t.yaml.at, "  events:\n  - {at: 300ms, cpu: 1, action: offline}\n"), "%s",
		  t.yaml.at);
	cr_expect_null(strstr(t.yaml.at, "online"), "%s", t.yaml.at);
	tale_end(&t);
}

/* It idles to the end, too, but has just come. */
Test(replay_hotplug, a_cpu_that_came_back_and_idles_is_online)
{
	struct tale t = tale_begin('a');

	begins(&t);
	requests(&t, 800, IDLE, TO_IDLE);
	event(&t, 1200000, "print: y");
	rebuilt(&t);
	cr_expect(strstr(t.yaml.at, "  - {at: 800ms, cpu: 1, action: online}\n  costs") ||
			  strstr(t.yaml.at, "  - {at: 800ms, cpu: 1, action: online}\ntasks"),
		  "%s", t.yaml.at);
	tale_end(&t);
}

Test(replay_hotplug, a_cpu_on_which_others_run_on_did_not_go)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	switches(&t, 1, 0, IDLE, "R", "b next_pid=11");
	requests(&t, 300, "b prev_pid=11", "b next_pid=11");
	switches(&t, 500, 0, "b prev_pid=11", "S", TO_IDLE);
	event(&t, 1200000, "print: y");
	rebuilt(&t);
	cr_expect_null(strstr(t.yaml.at, "events:"), "%s", t.yaml.at);
	tale_end(&t);
}

/* a waits for cpu 0 while cpu 1 seems to idle: but it is not there. */
Test(replay_hotplug, a_cpu_that_is_offline_tells_nothing_of_who_may_run_there)
{
	struct tale t = tale_begin('a');

	begins(&t);
	gives_way(&t, 320000, "R", 'c');
	gives_way(&t, 780000, "R", 'a');
	requests(&t, 800, IDLE, TO_IDLE);
	event(&t, 810200, "print: y");
	rebuilt(&t);
	expect_no_text(&t, "a", "affinity");
	tale_end(&t);
}
