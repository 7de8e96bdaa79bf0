/* SPDX-License-Identifier: MIT */
/* Who is who in a trace, what runs where, and the order of records. */
#include "reading.h"

#include <criterion/criterion.h>
#include <string.h>

#define HEAD(task, cpu, time) "  " task "  [" cpu "]  " time ": "
#define SWITCH(task, cpu, time, prev, prev_pid, state, next, next_pid)                           \
	HEAD(task, cpu, time)                                                                    \
	"sched_switch: prev_comm=" prev " prev_pid=" prev_pid " prev_prio=120 prev_state=" state \
	" ==> next_comm=" next " next_pid=" next_pid " next_prio=120\n"
#define WAKE(event, task, cpu, time, comm, pid) \
	HEAD(task, cpu, time) "sched_" event ": comm=" comm " pid=" pid " prio=120 target_cpu=000\n"
#define RUNTIME(task, cpu, time, comm, pid, ns) \
	HEAD(task, cpu, time) "sched_stat_runtime: comm=" comm " pid=" pid " runtime=" ns " [ns]\n"
#define NEWTASK(task, cpu, time, comm, pid, flags) \
	HEAD(task, cpu, time)                      \
	"task_newtask: pid=" pid " comm=" comm " clone_flags=" flags " oom_score_adj=0\n"
#define FORK(task, cpu, time, comm, pid, child) \
	HEAD(task, cpu, time)                   \
	"sched_process_fork: comm=" comm " pid=" pid " child_comm=" comm " child_pid=" child "\n"
#define EXIT(task, cpu, time, comm, pid) \
	HEAD(task, cpu, time) "sched_process_exit: comm=" comm " pid=" pid " prio=120\n"
#define FREE(task, cpu, time, comm, pid) \
	HEAD(task, cpu, time) "sched_process_free: comm=" comm " pid=" pid " prio=120\n"
#define SETPRIO(task, cpu, time, comm, pid, from, to) \
	HEAD(task, cpu, time)                         \
	"sched_pi_setprio: comm=" comm " pid=" pid " oldprio=" from " newprio=" to "\n"

/* What record.h promises of any trace. */
static void check_promises(const struct reading *r)
{
	struct roster roster;
	u64 last = 0;

	roster_init(&roster);
	for (u32 i = 0; i < r->records.len; i++) {
		const struct record *record = &r->records.at[i];

		roster_take(&roster, record);
		cr_assert_geq(record->when, last, "record %u is earlier than the one before", i);
		last = record->when;
		if (record->kind != RECORD_NEWTASK && record->kind != RECORD_LOST &&
		    record->kind != RECORD_END)
			cr_assert_not_null(roster_get(&roster, record->task),
					   "record %u: who is %u?", i, record->task);
		if (record->kind == RECORD_SWITCH)
			cr_assert_not_null(roster_get(&roster, record->other),
					   "record %u: who is %u?", i, record->other);
	}
	cr_assert_eq(vec_last(&r->records).kind, RECORD_END);
	roster_fini(&roster);
}

Test(identity, idle_tasks_come_first_and_are_named_by_their_cpu)
{
	struct reading *r = read_trace(
		"cpus=2\n" SWITCH("<idle>-0", "001", "1.000000", "swapper/1", "0", "R", "a", "7"));
	const struct record *sw = nth_of(r, RECORD_SWITCH, 0);

	check_promises(r);
	cr_assert_eq(sw->task, 1);
	cr_assert_eq(sw->other, 2, "others follow in order of appearance");
	cr_assert_str_eq(comm_of(r, 0), "swapper/0");
	cr_assert_eq(pid_of(r, 1), 0);
	cr_assert_eq(tgid_of(r, 2), 7);
	reading_free(r);
}

Test(identity, a_thread_shares_its_parents_group_and_a_process_does_not)
{
	struct reading *r =
		read_trace(NEWTASK("a-7", "000", "1.000000", "a", "8", "1200000")
				   FORK("a-7", "000", "1.000001", "a", "7", "8")
					   NEWTASK("a-8", "000", "1.000002", "a", "9", "3d0f00")
						   FORK("a-8", "000", "1.000003", "a", "8", "9"));
	const struct record *process = nth_of(r, RECORD_FORK, 0),
			    *thread = nth_of(r, RECORD_FORK, 1);

	check_promises(r);
	cr_assert_eq(tgid_of(r, process->task), 8);
	cr_assert_eq(tgid_of(r, thread->task), 8);
	cr_assert_eq(thread->other, process->task);
	cr_assert_eq(nth_of(r, RECORD_NEWTASK, 1)->task, thread->task);
	cr_assert_eq(nth_of(r, RECORD_NEWTASK, 1)->value, 0x3d0f00);
	cr_assert_eq(count_of(r, RECORD_TASK), 2, "the idle task and pid 7: children come by FORK");
	reading_free(r);
}

Test(identity, the_tgid_column_is_believed)
{
	struct reading *r = read_trace(
		"  a-8  (   7) [000] d..2.  1.000000: sched_waking: comm=b pid=3 prio=120 target_cpu=000\n");

	cr_assert_eq(tgid_of(r, nth_of(r, RECORD_WAKING, 0)->other), 7);
	reading_free(r);
}

Test(identity, a_pid_that_is_used_again_is_another_task)
{
	struct reading *r = read_trace(
		FORK("a-7", "000", "1.000000", "a", "7", "8")
			EXIT("a-8", "000", "1.000001", "a", "8")
				SWITCH("a-8", "000", "1.000002", "a", "8", "Z", "a", "7")
					FORK("a-7", "000", "1.000003", "a", "7", "8")
						FREE("a-7", "000", "1.000004", "a", "8")
							EXIT("a-8", "000", "1.000005", "a", "8"));
	u32 first = nth_of(r, RECORD_FORK, 0)->task, second = nth_of(r, RECORD_FORK, 1)->task;

	check_promises(r);
	cr_assert_neq(first, second);
	cr_assert_eq(nth_of(r, RECORD_EXIT, 0)->task, first);
	cr_assert_eq(nth_of(r, RECORD_FREE, 0)->task, first, "freed is the one that died");
	cr_assert_eq(nth_of(r, RECORD_EXIT, 1)->task, second);
	reading_free(r);
}

Test(identity, after_death_a_pid_without_a_fork_is_another_task_too)
{
	struct reading *r =
		read_trace(SWITCH("a-8", "000", "1.000000", "a", "8", "X", "b", "7")
				   SWITCH("b-7", "000", "1.000001", "b", "7", "S", "c", "8"));

	check_promises(r);
	cr_assert_neq(nth_of(r, RECORD_SWITCH, 0)->task, nth_of(r, RECORD_SWITCH, 1)->other);
	reading_free(r);
}

Test(identity, a_thread_that_executes_a_program_takes_its_leaders_pid)
{
	struct reading *r = read_trace(
		NEWTASK("a-7", "000", "1.000000", "a", "9", "3d0f00") FORK("a-7", "000", "1.000001",
									   "a", "7", "9")
			HEAD("a-7", "000", "1.000002") "sched_process_exec: filename=/bin/b pid=7 old_pid=9\n" SWITCH(
				"b-7", "000", "1.000003", "b", "7", "S", "swapper/0", "0"));
	u32 thread = nth_of(r, RECORD_FORK, 0)->task;

	check_promises(r);
	cr_assert_eq(nth_of(r, RECORD_EXEC, 0)->task, thread);
	cr_assert_str_eq(name_of(r, nth_of(r, RECORD_EXEC, 0)->value), "/bin/b");
	cr_assert_eq(nth_of(r, RECORD_SWITCH, 0)->task, thread);
	cr_assert_eq(pid_of(r, thread), 7);
	reading_free(r);
}

/*
 * exchange_tids(): from then on its events bear the leader's number, and the dead leader is freed
 * under that of the thread.
 */
Test(identity, a_leader_whose_pid_was_taken_is_freed_under_that_of_the_thread)
{
	struct reading *r = read_trace(
		NEWTASK("a-7", "000", "1.000000", "a", "9", "3d0f00") FORK(
			"a-7", "000", "1.000001", "a", "7",
			"9") EXIT("a-7", "000", "1.000002", "a",
				  "7") SWITCH("a-7", "000", "1.000003", "a", "7", "Z", "a", "9")
			HEAD("a-7", "000", "1.000004") "task_rename: pid=7 oldcomm=a newcomm=b oom_score_adj=0\n" HEAD(
				"b-7", "000",
				"1.000005") "sched_process_exec: filename=/bin/b pid=7 old_pid=9\n" FREE("<idle>-0",
													 "001",
													 "1.000006",
													 "a",
													 "9")
				SWITCH("b-7", "000", "1.000007", "b", "7", "S", "swapper/0", "0"));
	u32 thread = nth_of(r, RECORD_FORK, 0)->task, leader = nth_of(r, RECORD_EXIT, 0)->task;

	check_promises(r);
	cr_assert_eq(nth_of(r, RECORD_RENAME, 0)->task, thread);
	cr_assert_eq(nth_of(r, RECORD_EXEC, 0)->task, thread);
	cr_assert_eq(nth_of(r, RECORD_FREE, 0)->task, leader);
	cr_assert_eq(count_of(r, RECORD_TASK), 3, "a and the idle tasks: nobody else");
	reading_free(r);
}

Test(identity, the_waker_is_who_runs_there_whatever_its_name)
{
	struct reading *r =
		read_trace(SWITCH("a-7", "000", "1.000000", "a", "7", "S", "b", "8")
				   WAKE("waking", "old name-8", "000", "1.000001", "a", "7")
					   WAKE("waking", "<idle>-0", "001", "1.000002", "a", "7"));

	cr_assert_eq(pid_of(r, nth_of(r, RECORD_WAKING, 0)->other), 8);
	cr_assert_str_eq(comm_of(r, nth_of(r, RECORD_WAKING, 0)->other), "b",
			 "a head's name may be stale");
	cr_assert_eq(nth_of(r, RECORD_WAKING, 1)->other, 1, "the idle task of that cpu");
	cr_assert_eq(count_of(r, RECORD_RENAME), 0);
	reading_free(r);
}

Test(identity, a_new_name_without_an_event_is_told_as_mended)
{
	struct reading *r = read_trace(
		SWITCH("a-7", "000", "1.000000", "a", "7", "S", "swapper/0",
		       "0") WAKE("waking", "<idle>-0", "000", "1.000001", "a2", "7")
			HEAD("a2-7", "000",
			     "1.000002") "task_rename: pid=7 oldcomm=a2 newcomm=a3 oom_score_adj=0\n");

	cr_assert_eq(count_of(r, RECORD_RENAME), 2);
	cr_assert_eq(nth_of(r, RECORD_RENAME, 0)->flags, RECORD_FLAG_MENDED);
	cr_assert_eq(nth_of(r, RECORD_RENAME, 1)->flags, 0);
	cr_assert_str_eq(comm_of(r, 1), "a3");
	reading_free(r);
}

Test(identity, a_stop_of_a_kernel_thread_is_about_that_and_its_end_about_who_has_asked)
{
	struct reading *r = read_trace(
		SWITCH("a-7", "000", "1.000000", "a", "7", "S", "b", "8")
			HEAD("b-8", "000", "1.000001") "sched_kthread_stop: comm=kt pid=9\n" HEAD(
				"b-8", "000", "1.000002") "sched_kthread_stop_ret: ret=-4\n");

	cr_assert_str_eq(comm_of(r, nth_of(r, RECORD_KTHREAD_STOP, 0)->task), "kt");
	cr_assert_str_eq(comm_of(r, nth_of(r, RECORD_KTHREAD_STOP_RET, 0)->task), "b");
	cr_assert_eq((s64)nth_of(r, RECORD_KTHREAD_STOP_RET, 0)->value, -4);
	reading_free(r);
}

Test(identity, what_prepares_to_execute_is_the_last_file_named)
{
	struct reading *r = read_trace(SWITCH("a-7", "000", "1.000000", "a", "7", "S", "b b", "8") HEAD(
		"b b-8", "000",
		"1.000001") "sched_prepare_exec: interp=/bin/sh filename=/usr/bin/my tool pid=8 comm=b b\n");
	const struct record *prepares = nth_of(r, RECORD_PREPARE_EXEC, 0);

	cr_assert_str_eq(comm_of(r, prepares->task), "b b");
	cr_assert_str_eq(name_of(r, prepares->value), "/usr/bin/my tool");
	reading_free(r);
}

Test(identity, priorities_are_told_when_they_change_but_not_when_inherited)
{
	struct reading *r = read_trace(
		WAKE("waking", "a-7", "000", "1.000000", "b", "8") HEAD(
			"a-7", "000",
			"1.000001") "sched_waking: comm=b pid=8 prio=130 target_cpu=000\n" SETPRIO("a-7",
												   "000",
												   "1.000002",
												   "b",
												   "8",
												   "130",
												   "89")
			HEAD("a-7", "000", "1.000003") "sched_waking: comm=b pid=8 prio=89 target_cpu=000\n" SETPRIO(
				"a-7", "000", "1.000004", "b", "8", "89", "130")
				HEAD("a-7", "000",
				     "1.000005") "sched_waking: comm=b pid=8 prio=130 target_cpu=000\n");
	const struct record *attr = nth_of(r, RECORD_ATTR, 0);

	cr_assert_eq(count_of(r, RECORD_ATTR), 1);
	cr_assert_eq((s32)(attr->value >> 32), 10);
	cr_assert_eq((s32)attr->value, 130);
	cr_assert_eq(attr->arg >> 8, ROSTER_POLICY_UNKNOWN);
	cr_assert_eq(count_of(r, RECORD_PI_SETPRIO), 2);
	cr_assert_eq(nth_of(r, RECORD_PI_SETPRIO, 0)->arg, 130u << 16 | 89);
	reading_free(r);
}

/* A signal tells of a task that is known, and introduces nobody. */
Test(events, signals_are_read_and_introduce_nobody)
{
	struct reading *r = read_trace(
		WAKE("waking", "a-7", "000", "1.000000", "b", "8")
			HEAD("a-7", "000", "1.000001") "signal_generate: sig=17 errno=0 code=5 comm=b pid=8 grp=1 res=1\n" HEAD(
				"a-7", "000",
				"1.000002") "signal_generate: sig=9 errno=0 code=-6 comm=x y pid=9 grp=0 res=0\n" HEAD("a-7",
														       "000",
														       "1.000003") "signal_deliver: sig=10 errno=0 code=-6 sa_handler=7f0012345678 sa_flags=84000000\n");
	const struct record *sent = nth_of(r, RECORD_SIGNAL_GENERATE, 0);
	const struct record *taken = nth_of(r, RECORD_SIGNAL_DELIVER, 0);

	cr_assert_eq(count_of(r, RECORD_SIGNAL_GENERATE), 1);
	cr_expect_eq(sent->task, nth_of(r, RECORD_WAKING, 0)->task);
	cr_expect_eq(sent->arg, 17u | 1u << 8);
	cr_expect_eq(sent->other, 5);
	cr_expect_eq(sent->value, RECORD_SIGNAL_IGNORED);
	cr_assert_eq(count_of(r, RECORD_SIGNAL_DELIVER), 1);
	cr_expect_eq(taken->task, nth_of(r, RECORD_WAKING, 0)->other);
	cr_expect_eq(taken->arg, 10);
	cr_expect_eq((s32)taken->other, -6);
	cr_expect_eq((u32)taken->value, 0x84000000u);
	reading_free(r);
}

Test(events, statistics_are_read_and_introduce_nobody)
{
	struct reading *r = read_trace(
		HEAD("a-10", "0",
		     "1.000000") "sched_stat_wait: comm=ghost pid=77 delay=5 [ns]\n" SWITCH("a-10",
											    "0",
											    "1.000001",
											    "a",
											    "10",
											    "S",
											    "b",
											    "20")
			HEAD("b-20", "0", "1.000002") "sched_stat_wait: comm=a pid=10 delay=123 [ns]\n" HEAD(
				"b-20", "0",
				"1.000003") "sched_stat_sleep: comm=a pid=10 delay=456 [ns]\n");

	cr_assert(r->good);
	cr_assert_eq(count_of(r, RECORD_STAT_WAIT), 1);
	cr_assert_eq(nth_of(r, RECORD_STAT_WAIT, 0)->value, 123);
	cr_assert_eq(pid_of(r, nth_of(r, RECORD_STAT_WAIT, 0)->task), 10);
	cr_assert_eq(nth_of(r, RECORD_STAT_SLEEP, 0)->value, 456);
	reading_free(r);
}

Test(identity, kernel_threads_are_known_by_their_parent_or_name)
{
	struct reading *r =
		read_trace(WAKE("waking", "a-7", "000", "1.000000", "kworker/0:1", "8")
				   FORK("kthreadd-2", "000", "1.000001", "kthreadd", "2", "9"));

	cr_assert_eq(roster_get(&r->roster, nth_of(r, RECORD_WAKING, 0)->task)->flags,
		     RECORD_FLAG_KTHREAD);
	cr_assert_eq(nth_of(r, RECORD_FORK, 0)->flags, RECORD_FLAG_KTHREAD);
	cr_assert_eq(roster_get(&r->roster, nth_of(r, RECORD_WAKING, 0)->other)->flags, 0);
	reading_free(r);
}

/* The hole of the 6.18 recordings: a switch out of the idle task is missing. */

#define BEFORE_HOLE SWITCH("b-8", "000", "1.000100", "b", "8", "S", "swapper/0", "0")
#define AFTER_HOLE  SWITCH("a-7", "000", "1.005000", "a", "7", "S", "b", "8")

static void check_mended(const char *text, u64 when)
{
	struct reading *r = read_trace(text);
	const struct record *mended = nth_of(r, RECORD_SWITCH, 1);

	check_promises(r);
	cr_assert_eq(r->facts.nr_mended, 1);
	cr_assert_eq(count_of(r, RECORD_SWITCH), 3);
	cr_assert_eq(mended->flags, RECORD_FLAG_MENDED);
	cr_assert_eq(mended->task, 0);
	cr_assert_eq(pid_of(r, mended->other), 7);
	cr_assert_eq(mended->when, when, "put back at %" PRIu64, mended->when);
	reading_free(r);
}

Test(mend, a_missing_switch_is_put_where_the_first_runtime_began)
{
	check_mended(BEFORE_HOLE WAKE("wakeup", "<idle>-0", "000", "1.000200", "a",
				      "7") RUNTIME("a-7", "000", "1.004000", "a", "7", "3500000")
			     RUNTIME("a-7", "000", "1.004500", "a", "7", "500000") AFTER_HOLE,
		     400000);
}

Test(mend, without_runtime_it_is_put_at_the_wakeup)
{
	check_mended(BEFORE_HOLE WAKE("wakeup", "<idle>-0", "000", "1.000200", "a", "7") AFTER_HOLE,
		     100000);
}

Test(mend, without_either_it_is_put_at_the_last_switch)
{
	check_mended(BEFORE_HOLE AFTER_HOLE, 0);
	check_mended(BEFORE_HOLE RUNTIME("a-7", "000", "1.004000", "a", "7", "900000000")
			     AFTER_HOLE,
		     0);
}

Test(mend, runtime_accounted_by_somebody_else_says_nothing)
{
	check_mended(BEFORE_HOLE WAKE("wakeup", "<idle>-0", "000", "1.000200", "a", "7")
			     RUNTIME("b-8", "000", "1.004000", "a", "7", "100000") AFTER_HOLE,
		     100000);
}

Test(mend, the_switch_back_in_comes_before_what_the_task_did)
{
	struct reading *r = read_trace(
		BEFORE_HOLE WAKE("waking", "a-7", "000", "1.004000", "c", "9")
			RUNTIME("a-7", "000", "1.004500", "a", "7", "4000000") AFTER_HOLE);

	check_promises(r);
	cr_assert_eq(nth_of(r, RECORD_SWITCH, 1)->when, 400000);
	cr_assert_lt(index_of(r, nth_of(r, RECORD_SWITCH, 1)),
		     index_of(r, nth_of(r, RECORD_WAKING, 0)));
	reading_free(r);
}

Test(mend, after_a_loss_nothing_is_put_back)
{
	struct reading *r = read_trace(BEFORE_HOLE "CPU:0 [LOST 3 EVENTS]\n" AFTER_HOLE);

	cr_assert_eq(r->facts.nr_mended, 0);
	cr_assert_eq(count_of(r, RECORD_SWITCH), 2);
	reading_free(r);
}

Test(order, late_events_are_sorted_in_but_nobody_acts_before_birth)
{
	struct reading *r = read_trace(
		"cpus=2\n" WAKE("waking", "a-7", "000", "1.000000", "b", "8")
			FORK("a-7", "000", "1.000050", "a", "7", "9") WAKE("waking", "a-7", "001",
									   "1.000020", "b", "8")
				WAKE("wakeup_new", "a-7", "001", "1.000030", "a", "9")
					WAKE("waking", "d-11", "001", "1.000010", "c", "10")
						WAKE("waking", "a-7", "000", "1.000060", "b", "8"));

	check_promises(r);
	cr_assert_eq(nth_of(r, RECORD_WAKING, 1)->when, 10000);
	cr_assert_eq(nth_of(r, RECORD_WAKING, 2)->when, 20000);
	cr_assert_eq(nth_of(r, RECORD_WAKEUP_NEW, 0)->when, 50000, "not before its FORK");
	cr_assert_eq(r->facts.nr_disordered, 1,
		     "back on its own cpu; the others are within the skew of clocks");
	reading_free(r);
}

Test(order, two_children_of_one_parent_can_both_be_needed_earlier, .timeout = 10)
{
	struct reading *r = read_trace(
		"cpus=2\n" WAKE("waking", "a-7", "000", "1.000000", "b",
				"8") FORK("a-7", "000", "1.000050", "a", "7", "9")
			NEWTASK("a-9", "000", "1.000060", "c", "10", "1200000")
				NEWTASK("a-9", "000", "1.000061", "d", "11", "1200000")
					WAKE("waking", "a-9", "000", "1.000070", "c", "10")
						WAKE("waking", "a-9", "000", "1.000080", "d", "11")
							SWITCH("c-10", "001", "1.000010", "c", "10",
							       "S", "d", "11"));

	check_promises(r);
	cr_assert_eq(pid_of(r, nth_of(r, RECORD_SWITCH, 0)->task), 10);
	cr_assert_eq(nth_of(r, RECORD_SWITCH, 0)->when, 80000, "not before both were told of");
	reading_free(r);
}

Test(order, a_child_seen_just_before_its_fork_is_no_other_task)
{
	struct reading *r = read_trace(
		"cpus=2\n" WAKE("waking", "a-7", "000", "1.000000", "b", "8")
			SWITCH("<idle>-0", "001", "1.000050", "swapper/1", "0", "R", "a",
			       "9") FORK("a-7", "000", "1.000051", "a", "7", "9")
				SWITCH("a-9", "001", "1.000060", "a", "9", "S", "swapper/1", "0"));

	check_promises(r);
	cr_assert_eq(nth_of(r, RECORD_SWITCH, 0)->other, nth_of(r, RECORD_SWITCH, 1)->task);
	cr_assert_eq(nth_of(r, RECORD_FORK, 0)->task, nth_of(r, RECORD_SWITCH, 0)->other);
	reading_free(r);
}

Test(order, times_are_relative_to_the_first_event_and_end_with_the_last)
{
	struct reading *r =
		read_trace(WAKE("waking", "a-7", "000", "7537.129982685", "b", "8")
				   WAKE("waking", "a-7", "000", "7537.129982999", "b", "8"));

	cr_assert_eq(r->facts.first_ns, 7537129982685);
	cr_assert_eq(r->facts.last_ns, 7537129982999);
	cr_assert_not(r->facts.microseconds);
	cr_assert_eq(nth_of(r, RECORD_WAKING, 0)->when, 0);
	cr_assert_eq(nth_of(r, RECORD_END, 0)->when, 314);
	reading_free(r);
}

#define IRQ(event, time) HEAD("a-7", "000", time) event "\n"

Test(irq, stolen_time_is_told_at_the_next_switch)
{
	struct reading *r = read_trace(
		IRQ("irq_handler_entry: irq=36 name=x",
		    "1.000010") IRQ("irq_handler_exit: irq=36 ret=handled", "1.000013")
			IRQ("softirq_entry: vec=1 [action=TIMER]",
			    "1.000020") IRQ("irq_handler_entry: irq=36 name=x", "1.000022")
				IRQ("irq_handler_exit: irq=36 ret=handled", "1.000024") IRQ(
					"softirq_exit: vec=1 [action=TIMER]", "1.000030")
					SWITCH("a-7", "000", "1.000040", "a", "7", "S", "b", "8")
						IRQ("softirq_entry: vec=1 [action=TIMER]",
						    "1.000050") SWITCH("b-8", "000", "1.000060",
								       "b", "8", "S", "a", "7"));

	cr_assert_eq(count_of(r, RECORD_IRQ), 1, "an entry without an exit counts nothing");
	cr_assert_eq(nth_of(r, RECORD_IRQ, 0)->value, 13000,
		     "3 us, and 10 us that hold the other 2");
	cr_assert_eq(nth_of(r, RECORD_IRQ, 0)->when, 30000);
	cr_assert_lt(index_of(r, nth_of(r, RECORD_IRQ, 0)),
		     index_of(r, nth_of(r, RECORD_SWITCH, 0)));
	reading_free(r);
}

/* Of a realtime kernel: what ktimers and threads of interrupts do in softirqs is theirs. */
Test(irq, softirqs_of_threads_are_stolen_from_nobody)
{
	struct reading *r = read_trace(
		"ktimers/0-7 [000] 1.000010: softirq_entry: vec=8 [action=HRTIMER]\n"
		"ktimers/0-7 [000] 1.000020: softirq_exit: vec=8 [action=HRTIMER]\n" SWITCH(
			"ktimers/0-7", "000", "1.000040", "ktimers/0", "7", "S", "irq/24-eth0",
			"8") "irq/24-eth0-8 [000] 1.000050: softirq_entry: vec=3 [action=NET_RX]\n"
			     "irq/24-eth0-8 [000] 1.000060: softirq_exit: vec=3 [action=NET_RX]\n" SWITCH(
				     "irq/24-eth0-8", "000", "1.000070", "irq/24-eth0", "8", "S",
				     "a", "9"));

	cr_assert_eq(count_of(r, RECORD_IRQ), 0);
	reading_free(r);
}

#define WAKING(task, flags, time) \
	task " [000] " flags " " time ": sched_waking: comm=b pid=8 prio=120 target_cpu=000\n"

/* Who is current is the waker only if no interrupt is being served. */
Test(intake, a_wakeup_says_whether_an_interrupt_made_it_if_the_trace_does)
{
	struct reading *r = read_trace(
		WAKING("a-7", "d..2.", "1.000000") WAKING("a-7", "d.h2.", "1.000010") WAKING(
			"a-7", "dNs4.", "1.000020")
			WAKING("a-7", "",
			       "1.000030") "a-7 [000] 1.000040: irq_handler_entry: irq=1 name=x\n"
					   "a-7 [000] 1.000050: irq_handler_exit: irq=1 ret=handled\n"
					   "a-7 [000] 1.000060: irq_handler_entry: irq=1 name=x\n" WAKING(
						   "a-7", "", "1.000070"));
	static const u8 want[] = {RECORD_FLAG_BY_TASK, RECORD_FLAG_IRQ,
				  RECORD_FLAG_IRQ | RECORD_FLAG_RESCHED, 0, RECORD_FLAG_IRQ};

	for (u32 i = 0; i < ARRAY_SIZE(want); i++)
		cr_expect_eq(nth_of(r, RECORD_WAKING, i)->flags, want[i], "wakeup %u", i);
	reading_free(r);
}

/* ---- Garbled times ---- */

/* A trace of wakeups, one each ms; that number @bad has the time @time. */
static struct reading *with_garbled(u32 nr, u32 bad, const char *time)
{
	struct text text = {0};
	struct reading *r;

	for (u32 i = 0; i < nr; i++) {
		char right[32];

		snprintf(right, sizeof(right), "1703.%03u000", 100 + i);
		text_printf(&text,
			    "a-7 [%03u] %s: sched_waking: comm=b pid=8 prio=120 target_cpu=000\n",
			    i % 2, i == bad ? time : right);
	}
	r = read_trace_len(text.at, text.len);
	text_fini(&text);
	return r;
}

static void check_garbled(u32 bad, const char *time)
{
	struct reading *r = with_garbled(40, bad, time);
	struct text wanted = {0};
	u64 last = (bad == 39 ? 38 : 39) - (bad == 0);

	cr_assert_eq(vec_last(&r->records).when, last * MSEC, "%s at %u: %" PRIu64, time, bad,
		     vec_last(&r->records).when);
	cr_assert_eq(nth_of(r, RECORD_WAKING, bad)->when, bad ? (bad - 1) * MSEC : 0, "%s at %u",
		     time, bad);
	cr_assert_eq(r->facts.nr_disordered, 0);
	text_printf(
		&wanted,
		"trace.txt:%u: warning: no event has a time near to the %s s of this one: it is taken to be at 1703.%03u000 s, as "
		"the one %s it\n",
		bad + 1, time, bad ? 100 + bad - 1 : 101, bad ? "before" : "behind");
	cr_assert(strstr(r->messages.at, wanted.at), "%s%s", wanted.at, r->messages.at);
	text_fini(&wanted);
	reading_free(r);
}

/*
 * Wherever in the text: it is at the time of the event before it, or, of the first one, behind it.
 */
Test(garbled, a_time_that_no_other_event_is_near_to_is_mended_and_told)
{
	for (u32 bad = 0; bad < 40; bad++) {
		check_garbled(bad, "9703.105000");
		check_garbled(bad, "5000000.000000"); /* beyond what can be simulated */
		if (bad < 39)
			check_garbled(bad, "1803.105000");
		if (bad && bad < 39)
			check_garbled(bad, "703.105000");
	}
}

/*
 * A pause before the last event, or behind the first one. Where more follow, the clock has jumped;
 * and texts cpu by cpu are no jump.
 */
Test(garbled, times_that_others_are_near_to_are_believed)
{
	static const char *const good[] = {
		"a-7 [000] 5.000000: print: x\na-7 [000] 5.100000: print: x\na-7 [000] 900.000000: print: x\n",
		"a-7 [000] 5.000000: print: x\na-7 [000] 900.000000: print: x\na-7 [000] 900.100000: print: x\n",
		"a-7 [000] 5.0: print: x\na-7 [000] 8.0: print: x\na-7 [001] 5.1: print: x\na-7 [001] 7.2: print: x\n",
	};
	static const u64 ends[] = {895 * SEC, 895 * SEC + 100 * MSEC, 3 * SEC};

	for (u32 i = 0; i < ARRAY_SIZE(good); i++) {
		struct reading *r = read_trace(good[i]);

		cr_assert_eq(vec_last(&r->records).when, ends[i], "%u: %" PRIu64, i,
			     vec_last(&r->records).when);
		cr_assert_not(strstr(r->messages.at, "has a time near"), "%s", r->messages.at);
		reading_free(r);
	}
}
