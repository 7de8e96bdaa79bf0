/* SPDX-License-Identifier: MIT */
/* What a trace is rebuilt to, rule by rule: may the kernel be preempted within itself? */
#include "tale.h"

#include <criterion/criterion.h>
#include <string.h>

static bool is_voluntary(struct tale *t)
{
	bool found = strstr(rebuilt(t), "  preempt: voluntary\n");

	tale_end(t);
	return found;
}

static void newborn_switches(struct tale *t, u64 us, u32 pid, bool comes, const char *state)
{
	if (comes)
		text_printf(
			&t->trace,
			"c-12 [000] 0.%06" PRIu64
			": sched_switch: prev_comm=c prev_pid=12 prev_prio=120 prev_state=R ==> next_comm=x next_pid=%u next_prio=120\n",
			us, pid);
	else
		text_printf(
			&t->trace,
			"x-%u [000] 0.%06" PRIu64
			": sched_switch: prev_comm=x prev_pid=%u prev_prio=120 prev_state=%s ==> next_comm=c next_pid=12 next_prio=120\n",
			pid, us, pid, state);
}

/* Each ms somebody takes the cpu from c, and exits; if not @through, c has it in between. */
static bool exits_tell(u32 rounds, bool through)
{
	struct tale t = tale_begin('c');

	event(&t, 0, "print: x");
	for (u32 i = 0, us = 1000; i < rounds; i++, us += 1000) {
		text_printf(
			&t.trace,
			"c-12 [000] 0.%06u: sched_wakeup_new: comm=x pid=%u prio=120 target_cpu=000\n",
			us, 100 + i);
		newborn_switches(&t, us + 10, 100 + i, true, "");
		text_printf(&t.trace,
			    "x-%u [000] 0.%06u: sched_process_exit: comm=x pid=%u prio=120\n",
			    100 + i, us + 110, 100 + i);
		if (!through) {
			newborn_switches(&t, us + 115, 100 + i, false, "R");
			newborn_switches(&t, us + 515, 100 + i, true, "");
		}
		newborn_switches(&t, us + 520, 100 + i, false, "Z");
	}
	return is_voluntary(&t);
}

Test(replay_preempt, who_exits_before_others_that_wait_has_not_been_preempted)
{
	cr_expect(exits_tell(12, true));
	cr_expect_not(exits_tell(12, false));
	cr_expect_not(exits_tell(9, true), "too few to tell");
}

/*
 * Each ms a, on cpu 0, wakes c, which takes cpu 1 from b @later; if @rt, as it is a realtime task.
 */
static bool wakeups_tell(u32 rounds, u32 later, bool rt)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	for (u32 i = 0, us = 1000; i < rounds; i++, us += 1000) {
		event(&t, us,
		      rt ? "sched_waking: comm=c pid=12 prio=98 target_cpu=001"
			 : "sched_waking: comm=c pid=12 prio=120 target_cpu=001");
		text_printf(
			&t.trace,
			"b-11 [001] 0.%06u: sched_switch: prev_comm=b prev_pid=11 prev_prio=120 prev_state=R ==> next_comm=c next_pid=12 next_prio=%u\n",
			us + later, rt ? 98 : 120);
		text_printf(
			&t.trace,
			"c-12 [001] 0.%06u: sched_switch: prev_comm=c prev_pid=12 prev_prio=%u prev_state=S ==> next_comm=b next_pid=11 next_prio=120\n",
			us + later + 100, rt ? 98 : 120);
	}
	return is_voluntary(&t);
}

Test(replay_preempt, who_is_preempted_at_once_by_another_cpus_wakeup_was_interrupted_for_it)
{
	cr_expect(wakeups_tell(14, 20, false));
	cr_expect_not(wakeups_tell(14, 400, false), "that may be lazy");
	cr_expect_not(wakeups_tell(14, 20, true), "who outranks others need not wait anywhere");
	cr_expect_not(wakeups_tell(9, 20, false), "too few to tell");
}
