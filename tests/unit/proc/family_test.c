/* SPDX-License-Identifier: MIT */
/* vfork, exec among threads, subreapers, exit_group, waitpid (process.md 3.6, 3.7, 4, 14). */
#include <criterion/criterion.h>

#include "rig.h"

#define DEATHS (RECORD_BIT(EXIT) | RECORD_BIT(WAIT) | RECORD_BIT(FREE))
#define MARKS  RECORD_BIT(MARK)

/* 14.3 */
Test(vfork, the_parent_sleeps_in_D_until_the_child_executes_a_program)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "tool", "run 10ms");
	rig_template(&rig, "c", "run 1ms; exec /bin/tool tool");
	rig_task_attr(&rig, "p", (struct rig_attr){.fifo = 5, .cpus = "0"},
		      "vfork c; mark on; wait");
	rig_expect(&rig, RECORD_BIT(SWITCH) | RECORD_BIT(WAKEUP) | RECORD_BIT(EXEC) | MARKS,
		   "0 switch swapper/0 R > p\n"
		   "0 switch p D > c\n"
		   "1 ms wakeup p\n"
		   "1 ms exec tool /bin/tool\n"
		   "11 ms switch tool Z > p\n"
		   "11 ms mark p on\n"
		   "11 ms switch p Z > swapper/0\n");
}

Test(vfork, a_child_that_exits_lets_its_parent_go_on_before_the_signal_of_its_death)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "c", "run 1ms; exit 2");
	rig_task(&rig, "p", "vfork c; mark on; wait");
	rig_expect(&rig, RECORD_BIT(WAKEUP) | DEATHS | MARKS,
		   "1 ms exit c 0x200\n"
		   "1 ms wakeup p\n"
		   "1 ms mark p on\n"
		   "1 ms wait p\n"
		   "1 ms free c\n"
		   "1 ms exit p 0x0\n"
		   "1 ms free p\n");
}

Test(vfork, a_fatal_signal_ends_the_parent_and_not_the_child_and_others_wait)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "h", "mark handled");
	rig_template(&rig, "c", "run 5ms; mark child; exit 0");
	rig_task_attr(&rig, "dies", (struct rig_attr){.cpus = "0"}, "vfork c");
	rig_task_attr(&rig, "waits", (struct rig_attr){.cpus = "0", .start_ns = 10000000},
		      "sigaction USR1=h; vfork c; mark on");
	rig_task_attr(&rig, "k", (struct rig_attr){.cpus = "1"},
		      "sleep 1ms; signal TERM dies; sleep 10ms; signal USR1 waits");
	rig_expect(&rig, MARKS | RECORD_BIT(EXIT),
		   "1 ms exit dies 0xf\n"
		   "5 ms mark c child\n"
		   "5 ms exit c 0x0\n"
		   "11 ms exit k 0x0\n"
		   "15 ms mark c child\n"
		   "15 ms exit c 0x0\n"
		   "15 ms mark waits handled\n"
		   "15 ms mark waits on\n"
		   "15 ms exit waits 0x0\n");
}

/*
 * 14.5: the leader (24, behind 22 threads of the kernel and the parent) dies a zombie, the third
 * thread is gone at once, the second takes their place and the leader's number. What is left of the
 * leader is freed behind that, under the number of t52.
 */
Test(exec, a_thread_that_executes_a_program_becomes_the_process)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_template(&rig, "new", "run 1ms; exit 4");
	rig_template(&rig, "t51", "sleep 1s");
	rig_template(&rig, "t52", "sleep 2ms; exec /bin/new new");
	rig_template(&rig, "leader", "clone t51; clone t52; sleep 1s");
	rig_task(&rig, "parent", "fork leader; wait; mark reaped");
	rig_expect(&rig,
		   RECORD_BIT(EXIT) | RECORD_BIT(EXEC) | RECORD_BIT(FREE) | RECORD_BIT(TID) | MARKS,
		   "2 ms exit leader 0x0\n"
		   "2 ms exit t51 0x0\n"
		   "2 ms free t51\n"
		   "2 ms tid t52 24\n"
		   "2 ms tid leader 26\n"
		   "2 ms exec new /bin/new\n"
		   "2 ms free leader\n"
		   "3 ms exit new 0x400\n"
		   "3 ms free new\n"
		   "3 ms mark parent reaped\n"
		   "3 ms exit parent 0x0\n");
}

/* de_thread(): b comes second, 200 us later, and gets EAGAIN; the first waits for its death. */
Test(exec, of_two_threads_that_execute_a_program_the_first_has_its_way)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	builder_platform(rig.builder)->costs.exec = 500 * USEC;
	rig_template(&rig, "tool", "run 1ms; mark done");
	rig_template(&rig, "a", "affinity 2; run 1ms; exec x tool");
	rig_template(&rig, "b", "affinity 3; run 1200us; exec y tool");
	rig_template(&rig, "main", "clone a; clone b; run 10ms");
	rig_task(&rig, "p", "fork main; wait; mark reaped");
	rig_expect(&rig, RECORD_BIT(MARK), "2.7 ms mark x done\n2.7 ms mark p reaped\n");
}

/* 14.2 */
Test(subreaper, orphans_go_to_the_nearest_one_above)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "b", "run 5ms; exit 9");
	rig_template(&rig, "a", "fork b; exit 1");
	rig_task(&rig, "s", "subreaper; fork a; wait; mark a; wait; mark b");
	rig_expect(&rig, MARKS | RECORD_BIT(EXIT) | RECORD_BIT(FREE),
		   "0 exit a 0x100\n"
		   "0 free a\n"
		   "0 mark s a\n"
		   "5 ms exit b 0x900\n"
		   "5 ms free b\n"
		   "5 ms mark s b\n"
		   "5 ms exit s 0x0\n");
}

/* 14.11 without the thread in D: what one thread asks for, all do. */
Test(exit_group, ends_all_threads_with_its_code)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_template(&rig, "t", "sleep 1s");
	rig_task(&rig, "main", "clone t; run 2ms; exit_group 7");
	rig_expect(&rig, RECORD_BIT(EXIT) | RECORD_BIT(FREE),
		   "2 ms exit main 0x700\n2 ms exit t 0x700\n2 ms free t\n");
}

/* 14.6: each stop and each continue is told once. */
Test(waitpid, tells_stops_and_continues_once_each)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_template(&rig, "c", "run 100ms");
	rig_task(&rig, "p",
		 "fork c; waitpid c+stopped; mark stopped; waitpid c+stopped+nohang; mark no;"
		 "waitpid c+stopped+continued; mark continued; kill c; waitpid any; mark dead");
	rig_task(&rig, "k", "sleep 2ms; stop c; sleep 2ms; cont c");
	rig_expect(&rig, MARKS,
		   "2 ms mark p stopped\n2 ms mark p no\n4 ms mark p continued\n"
		   "4 ms mark p dead\n");
}

Test(waitpid, a_continue_before_any_wait_is_all_that_is_told)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "c", "run 20ms");
	rig_task(&rig, "p",
		 "fork c; sleep 5ms; waitpid c+stopped+nohang; mark none;"
		 "waitpid c+stopped+continued; mark continued; wait; mark dead");
	rig_task(&rig, "k", "sleep 1ms; stop c; sleep 1ms; cont c");
	rig_expect(&rig, MARKS, "5 ms mark p none\n5 ms mark p continued\n21 ms mark p dead\n");
}

Test(waitpid, waits_for_the_children_it_names_only)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_template(&rig, "a", "run 1ms");
	rig_template(&rig, "b", "run 5ms");
	rig_task(&rig, "p",
		 "fork a; fork b; waitpid b; mark b; waitpid b; mark none; waitpid a; mark a");
	rig_expect(&rig, MARKS, "5 ms mark p b\n5 ms mark p none\n5 ms mark p a\n");
}

/* WNOWAIT: the same child is found again, until a wait takes it. */
Test(waitpid, that_shall_not_take_a_child_leaves_it_for_the_next)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "c", "run 1ms");
	rig_task(
		&rig, "p",
		"fork c; waitpid any+nowait; mark dead; waitpid any+nowait; mark still; run 1ms; wait;"
		"mark reaped; wait; mark none; sleep 1s");
	builder_duration(rig.builder, 10 * MSEC);
	rig_expect(
		&rig, MARKS | RECORD_BIT(FREE),
		"1 ms mark p dead\n1 ms mark p still\n2 ms free c\n2 ms mark p reaped\n2 ms mark p none\n");
}

/*
 * PR_SET_PDEATHSIG: its parent is the thread that has forked it, whose exit counts though the
 * process lives on. Its own child has no such wish. It is kept over exec.
 */
Test(pdeath, the_signal_comes_when_the_thread_exits_that_has_forked)
{
	struct rig rig;

	rig_init(&rig, 6, "v6.12");
	rig_template(&rig, "grandchild", "run 9ms");
	rig_template(&rig, "tool", "run 7ms");
	rig_template(&rig, "child", "pdeath_signal TERM; fork grandchild; exec tool tool");
	rig_template(&rig, "t", "fork child; run 3ms");
	rig_template(&rig, "careless", "pdeath_signal TERM; pdeath_signal none; run 5ms");
	rig_template(&rig, "u", "fork careless; run 3ms");
	rig_task(&rig, "p", "clone t; clone u; run 6ms");
	rig_expect(
		&rig, RECORD_BIT(EXIT),
		"3 ms exit t 0x0\n3 ms exit u 0x0\n3 ms exit tool 0xf\n5 ms exit careless 0x0\n6 ms exit p 0x0\n"
		"9 ms exit grandchild 0x0\n");
}

/*
 * A child that was stopped, of which its parent knows, goes on when that exits: by the signal that
 * it asked for, or (d) as its group is orphaned. That is something to tell, to the new parent; init
 * does not ask for it, and waits for the deaths.
 */
Test(pdeath, a_stopped_child_goes_on_and_its_new_parent_may_be_told)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_template(&rig, "c", "pdeath_signal CONT; run 10ms");
	rig_template(&rig, "d", "setpgid; sigaction HUP=ignore; run 10ms");
	rig_task(&rig, "p", "fork c; sleep 2ms; stop c; waitpid c+stopped; run 1ms");
	rig_task(&rig, "q", "fork d; sleep 4ms; stop d; waitpid d+stopped; run 1ms");
	/* 2 ms and 4 ms before the stop, which lasts for 1 ms. */
	rig_expect(&rig, RECORD_BIT(EXIT),
		   "3 ms exit p 0x0\n5 ms exit q 0x0\n11 ms exit c 0x0\n11 ms exit d 0x0\n");
}

/* __WNOTHREAD: the children of another thread of the process are not this one's. */
Test(waitpid, for_the_thread_s_own_children_does_not_see_those_of_other_threads)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_template(&rig, "c", "run 1ms");
	rig_template(&rig, "t", "fork c; sleep 5ms");
	rig_task(&rig, "p",
		 "clone t; run 2ms; waitpid any+nothread; mark none; waitpid any; mark reaped");
	rig_expect(&rig, MARKS | RECORD_BIT(FREE),
		   "2 ms mark p none\n2 ms free c\n2 ms mark p reaped\n5 ms free t\n");
}

/* Pid 0: a job that leads a group of its own is not meant; who stayed is. */
Test(waitpid, for_one_s_own_group_leaves_out_who_has_left_it)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_template(&rig, "job", "setpgid; run 1ms");
	rig_template(&rig, "part", "run 3ms");
	rig_task(&rig, "p",
		 "fork job; fork part; waitpid any+group; mark part; waitpid any; mark job");
	rig_expect(&rig, MARKS, "3 ms mark p part\n3 ms mark p job\n");
}
