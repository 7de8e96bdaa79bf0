/* SPDX-License-Identifier: MIT */
/*
 * Process groups, sessions, orphaned groups, numbers that are held (process.md 1.2, 2.5, 4.7,
 * 14.16).
 */
#include <criterion/criterion.h>

#include "rig.h"

#define MARKS RECORD_BIT(MARK)
#define ENDS  (RECORD_BIT(MARK) | RECORD_BIT(EXIT))

Test(pgrp, a_signal_to_a_group_reaches_all_its_members_the_newest_first)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark got");
	rig_template(&rig, "a", "sigaction INT=h; sleep 5ms");
	rig_template(&rig, "b", "sigaction INT=h; sleep 5ms");
	rig_task_attr(
		&rig, "shell", (struct rig_attr){.fifo = 1},
		"setsid; sigaction INT=ignore; fork a; fork b; sleep 1ms; signal INT%; waitall");
	rig_task(&rig, "other", "sigaction INT=h; sleep 5ms");
	rig_expect(&rig, MARKS, "1 ms mark b got\n1 ms mark a got\n");
}

/* kill(-1): in the order of creation; not to init, nor to the sender. */
Test(pgrp, a_signal_to_all_spares_init_and_the_sender)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark got");
	rig_task_attr(&rig, "a", (struct rig_attr){.fifo = 1},
		      "sigaction USR1=h; setsid; sleep 5ms");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 90},
		      "sigaction USR1=h; sleep 1ms; signal USR1*; mark sent");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1},
		      "sigaction USR1=h; sleep 5ms; mark alive");
	rig_expect(&rig, MARKS,
		   "1 ms mark k sent\n1 ms mark a got\n1 ms mark b got\n1 ms mark b alive\n");
}

/* Inside of a namespace that is all of it but its init: here nobody (ESRCH). */
Test(pgrp, a_signal_to_all_ends_at_a_namespace)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(
		&rig, "inside",
		"signal TERM*; mark alone; fork member; run 1ms; signal TERM*; wait; mark reaped");
	rig_template(&rig, "member", "sleep 100ms");
	rig_task(&rig, "w", "clone inside newpid; wait; mark alive");
	rig_expect(
		&rig, MARKS | RECORD_BIT(FAILED) | RECORD_BIT(EXIT),
		"0 failed inside ESRCH signal\n0 mark inside alone\n1 ms exit member 0xf\n1 ms mark inside reaped\n"
		"1 ms exit inside 0x0\n1 ms mark w alive\n1 ms exit w 0x0\n");
}

/* waitpid(-pgid): the group is that even if its leader has been waited for. */
Test(pgrp, a_wait_for_a_group_is_for_all_in_it)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "other", "run 1ms");
	rig_template(&rig, "lead", "setpgid; run 1ms; sleep 2ms");
	rig_template(&rig, "part", "setpgid lead; run 1ms; sleep 9ms");
	rig_task(
		&rig, "shell",
		"fork other; fork lead; fork part; sleep 3ms; waitpid lead+of; mark one; waitpid lead+of; mark two; waitpid lead+of; "
		"mark none; waitall; mark all");
	rig_expect(
		&rig, MARKS,
		"4 ms mark shell one\n12 ms mark shell two\n12 ms mark shell none\n12 ms mark shell all\n");
}

Test(pgrp, a_job_has_a_group_of_its_own)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "job", "setpgid; run 1ms; sleep 10ms");
	rig_template(&rig, "part", "setpgid job; sleep 10ms");
	rig_task(&rig, "shell",
		 "setsid; fork job; sleep 2ms; fork part; sleep 2ms; signal TERM% job; waitall;"
		 "mark alive");
	rig_expect(&rig, ENDS,
		   "4 ms exit part 0xf\n4 ms exit job 0xf\n4 ms mark shell alive\n"
		   "4 ms exit shell 0x0\n");
}

/* 14.16: the shell's exit leaves a stopped job to init: HUP, then CONT. */
Test(pgrp, a_stopped_job_that_becomes_an_orphan_is_hung_up)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "j", "setpgid; run 1ms; signal TSTP; mark never");
	rig_task(&rig, "shell", "setsid; fork j; sleep 5ms; exit 0");
	rig_expect(&rig, ENDS | RECORD_BIT(SWITCH),
		   "0 switch swapper/0 R > shell\n"
		   "0 switch shell S > j\n"
		   "1 ms switch j T > swapper/0\n"
		   "5 ms switch swapper/0 R > shell\n"
		   "5 ms exit shell 0x0\n"
		   "5 ms switch shell Z > j\n"
		   "5 ms exit j 0x1\n"
		   "5 ms switch j Z > init\n");
}

Test(pgrp, in_an_orphaned_group_a_stop_by_terminal_has_no_effect_and_SIGSTOP_has)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "t", "run 1ms; signal TSTP; mark on; signal STOP; mark continued");
	rig_task(&rig, "k", "sleep 3ms; cont t");
	rig_expect(&rig, MARKS, "1 ms mark t on\n4 ms mark t continued\n");
}

/*
 * 2.5: 300 is the leader of a group; it is dead and reaped, but a member lives on. With pid_max 310
 * the numbers from 300 on are given out again and again, but not that one, nor the member's.
 */
Test(pgrp, a_number_is_held_by_the_group_it_names)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_platform(rig.builder)->pid_max = 310;
	rig_template(&rig, "member", "sleep 50ms");
	rig_template(&rig, "leader", "setpgid; fork member; exit 0");
	rig_template(&rig, "short", "exit 0");
	/*
	 * The first of them is number 9: init, kthreadd, five threads of the cpu and p come before.
	 */
	rig_task(
		&rig, "p",
		"loop 291; fork short; wait; end; fork leader; wait; loop 100; fork short; wait; end");
	rig_run(&rig, RECORD_BIT(FORK));
	cr_assert_null(rig.failure);
	cr_assert_eq(rig.given[300], 1);
	cr_assert_eq(rig.given[301], 1);
	for (u32 pid = 302; pid < 310; pid++)
		cr_assert_gt(rig.given[pid], 10, "%u", pid);
	rig_fini(&rig);
}

Test(pgrp, the_leader_of_a_session_stays_in_it)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark got");
	rig_template(&rig, "c", "sigaction USR1=h; sleep 5ms");
	/* setpgid and a second setsid are refused: the group stays that of the session. */
	rig_task(&rig, "lead",
		 "setsid; sigaction USR1=h; fork c; setpgid; setsid; sleep 1ms;"
		 "signal USR1%; mark sent; waitall");
	rig_expect(&rig, MARKS, "1 ms mark lead got\n1 ms mark lead sent\n1 ms mark c got\n");
}

/* EPERM: a group is of one session, whoever asks to join it. */
Test(pgrp, nobody_joins_a_group_of_another_session)
{
	struct rig rig;

	rig_init(&rig, 3, "v6.12");
	rig_template(&rig, "h", "mark got");
	rig_task(&rig, "lead", "setsid; sigaction USR1=h; run 2ms; signal USR1% lead; sleep 1ms");
	rig_task(&rig, "other", "sigaction USR1=h; run 1ms; setpgid lead; run 5ms");
	rig_expect(&rig, RECORD_BIT(MARK), "2 ms mark lead got\n");
}

/*
 * setsid() is for who leads no group (EPERM): the job is in the session of init as before, and so
 * `other` may join it.
 */
Test(pgrp, who_leads_a_group_does_not_begin_a_session)
{
	struct rig rig;

	rig_init(&rig, 3, "v6.12");
	rig_template(&rig, "h", "mark got");
	rig_task(&rig, "job",
		 "setpgid; setsid; run 2ms; sigaction USR1=h; signal USR1% job; sleep 1ms");
	rig_task(&rig, "other", "sigaction USR1=h; run 1ms; setpgid job; run 5ms");
	rig_expect(&rig, RECORD_BIT(MARK), "2 ms mark job got\n2 ms mark other got\n");
}

/*
 * init is no shell: a group whose parents are all init is orphaned, though it is in init's session.
 */
Test(pgrp, a_job_of_init_is_in_an_orphaned_group)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "job", "setpgid; signal TSTP; mark alive");
	rig_expect(&rig, RECORD_BIT(MARK), "0 mark job alive\n");
}

/* setpgid() of children, as a shell makes the group of a pipeline before anybody in it may run. */
Test(pgrp, a_parent_puts_its_children_into_a_group)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark got");
	rig_template(&rig, "a", "sigaction INT=h; sleep 5ms");
	rig_template(&rig, "b", "sigaction INT=h; sleep 5ms");
	rig_task_attr(
		&rig, "shell", (struct rig_attr){.fifo = 1},
		"setsid; fork a; setpgid a own; fork b; setpgid b a; sleep 1ms; signal INT% a; waitall");
	rig_expect(&rig, MARKS | RECORD_BIT(FAILED), "1 ms mark b got\n1 ms mark a got\n");
}

/* A dead child that nobody has waited for is still in its group, which others can join. */
Test(pgrp, a_group_is_there_as_long_as_its_zombies)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "a", "exit 0");
	rig_template(&rig, "b", "sleep 5ms");
	rig_task(
		&rig, "shell",
		"setsid; fork a; setpgid a own; sleep 1ms; fork b; setpgid b a; sleep 1ms; waitpid a+of; mark a; "
		"waitpid a+of+nohang; mark running; waitpid a+of; mark b; waitpid a+of");
	rig_expect(
		&rig, MARKS | RECORD_BIT(FAILED),
		"2 ms mark shell a\n2 ms mark shell running\n6 ms mark shell b\n6 ms failed shell ECHILD waitpid\n");
}

/*
 * kernel/sys.c: not in another session (EPERM), not after its exec (EACCES), nobody else's child
 * (ESRCH).
 */
Test(pgrp, a_parent_may_not_move_a_child_that_is_on_its_own)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "new", "sleep 5ms");
	rig_template(&rig, "exec", "exec tool new");
	rig_template(&rig, "sess", "setsid; sleep 5ms");
	rig_task(&rig, "other", "sleep 9ms");
	rig_task(
		&rig, "shell",
		"setsid; fork exec; fork sess; fork new; setpgid exec own; sleep 1ms; setpgid exec own; setpgid sess own; "
		"setpgid other own; setpgid new other; setpgid new own; waitall");
	rig_expect(
		&rig, MARKS | RECORD_BIT(FAILED),
		"1 ms failed shell EACCES setpgid\n1 ms failed shell EPERM setpgid\n1 ms failed shell ESRCH setpgid\n"
		"1 ms failed shell EPERM setpgid\n");
}
