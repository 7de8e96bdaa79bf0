/* SPDX-License-Identifier: MIT */
/* What each flag of clone shares (process.md 3.2, 3.5), and how deaths are told (4.5, 4.6). */
#include <criterion/criterion.h>

#include "rig.h"

#define MARKS  RECORD_BIT(MARK)
#define DEATHS (RECORD_BIT(EXIT) | RECORD_BIT(FREE))

Test(clone, with_sighand_what_one_process_sets_is_the_others_too)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "h", "mark handled");
	rig_template(&rig, "c", "sigaction USR1=h; sleep 5ms");
	rig_task(&rig, "p", "clone c vm,sighand; run 2ms; mark on");
	rig_task(&rig, "k", "sleep 1ms; signal USR1 p");
	rig_expect(&rig, MARKS, "1 ms mark p handled\n2 ms mark p on\n");
}

Test(clone, without_sighand_actions_are_copied)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "h", "mark handled");
	rig_template(&rig, "c", "sigaction USR1=h; sleep 5ms");
	rig_task(&rig, "p", "clone c vm; run 2ms; mark on");
	rig_task(&rig, "k", "sleep 1ms; signal USR1 p");
	rig_expect(&rig, MARKS | RECORD_BIT(EXIT),
		   "1 ms exit k 0x0\n1 ms exit p 0xa\n5 ms exit c 0x0\n");
}

/* unshare_sighand(): exec resets the child's own handlers, not its parent's. */
Test(clone, exec_ends_the_sharing_of_actions)
{
	struct rig rig;

	rig_init(&rig, 3, "v6.12");
	rig_template(&rig, "h", "mark handled");
	rig_template(&rig, "c", "sigaction USR1=h; exec tool; run 5ms");
	rig_task(&rig, "p", "clone c vm,sighand; run 3ms; mark on");
	rig_task(&rig, "k", "sleep 1ms; signal USR1 p; signal USR1 c");
	rig_expect(&rig, MARKS | RECORD_BIT(EXIT),
		   "1 ms exit k 0x0\n1 ms mark p handled\n1 ms exit tool 0xa\n"
		   "3 ms mark p on\n3 ms exit p 0x0\n");
}

/* Only the process that a fatal signal is sent to dies of it, whatever it shares. */
Test(clone, a_process_that_shares_all_but_thread_dies_alone)
{
	struct rig rig;

	rig_init(&rig, 3, "v6.12");
	rig_template(&rig, "c", "run 5ms");
	rig_task(&rig, "p", "clone c vm,fs,files,sighand; run 3ms");
	rig_task(&rig, "k", "sleep 1ms; kill p");
	rig_expect(&rig, RECORD_BIT(EXIT), "1 ms exit k 0x0\n1 ms exit p 0x9\n5 ms exit c 0x0\n");
}

Test(clone, with_parent_it_makes_a_sibling)
{
	struct rig rig;

	rig_init(&rig, 3, "v6.12");
	rig_template(&rig, "b", "run 5ms; exit 2");
	rig_template(&rig, "a", "clone b parent; wait; mark none; exit 1");
	rig_task(&rig, "p", "fork a; wait; mark first; wait; mark second; wait; mark none");
	rig_expect(&rig, MARKS | DEATHS,
		   "0 mark a none\n"
		   "0 exit a 0x100\n"
		   "0 free a\n"
		   "0 mark p first\n"
		   "5 ms exit b 0x200\n"
		   "5 ms free b\n"
		   "5 ms mark p second\n"
		   "5 ms mark p none\n"
		   "5 ms exit p 0x0\n");
}

/* VFORK is about waiting, VM about memory: either goes without the other. */
Test(clone, with_vfork_alone_the_parent_waits_though_nothing_is_shared)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "c", "run 5ms");
	rig_task(&rig, "p", "clone c vfork; mark on");
	rig_expect(&rig, MARKS | RECORD_BIT(SWITCH),
		   "0 switch swapper/0 R > p\n"
		   "0 switch p D > swapper/0\n"
		   "0 switch swapper/1 R > c\n"
		   "5 ms switch c Z > swapper/1\n"
		   "5 ms switch swapper/0 R > p\n"
		   "5 ms mark p on\n"
		   "5 ms switch p Z > swapper/0\n");
}

Test(clone, with_vfork_and_thread_the_parent_waits_for_the_threads_end)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "t", "run 5ms");
	rig_task(&rig, "p", "clone t vm,sighand,thread,vfork; mark on");
	rig_expect(&rig, MARKS | RECORD_BIT(EXIT),
		   "5 ms exit t 0x0\n5 ms mark p on\n5 ms exit p 0x0\n");
}

/* Exit signal 0: nobody is told, and a plain wait does not see the child: ECHILD. */
Test(clone, a_child_without_a_signal_is_waited_for_by_asking_for_clones)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "h", "mark told");
	rig_template(&rig, "c", "run 1ms; exit 3");
	rig_template(&rig, "d", "run 2ms; exit 4");
	rig_task(
		&rig, "p",
		"sigaction CHLD=h; clone c none+0; wait; mark none; waitpid any+clones; mark clone;"
		"clone d none+0; waitpid any+all; mark all");
	rig_expect(&rig, MARKS, "0 mark p none\n1 ms mark p clone\n3 ms mark p all\n");
}

/* 4.4 d: the new parent, init, has not asked for clones, and waits for it all the same. */
Test(clone, an_orphan_tells_its_new_parent_by_SIGCHLD)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "c", "run 5ms");
	rig_task(&rig, "p", "clone c none+0; run 1ms");
	rig_task(&rig, "other", "sleep 9ms");
	rig_expect(&rig, RECORD_BIT(FREE), "1 ms free p\n5 ms free c\n");
}

Test(clone, another_signal_tells_of_the_death_and_is_not_ignored_with_SIGCHLD)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "h", "mark told");
	rig_template(&rig, "c", "run 1ms");
	rig_task(&rig, "p",
		 "sigaction USR1=h; sigaction CHLD=ignore; clone c none+USR1; sleep 2ms;"
		 "waitpid any+clones; mark reaped");
	rig_expect(&rig, MARKS | RECORD_BIT(FREE),
		   "1 ms mark p told\n1 ms free c\n1 ms mark p reaped\n");
}

/* parent_exec_id: the new program knows nothing of the signal, but its wait is as before. */
Test(clone, after_its_parents_exec_a_death_is_told_by_SIGCHLD)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "h", "mark told");
	rig_template(&rig, "c", "run 1ms");
	rig_template(&rig, "tool",
		     "sigaction CHLD=h; sigaction USR1=ignore; pause; wait; mark none;"
		     "waitpid any+clones; mark reaped");
	rig_task(&rig, "p", "clone c none+USR1; exec tool tool");
	rig_expect(&rig, MARKS,
		   "1 ms mark tool told\n1 ms mark tool none\n1 ms mark tool reaped\n");
}

/* Who executes a program is an ordinary child from then on (de_thread()). */
Test(clone, after_its_own_exec_a_child_is_an_ordinary_one)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "c", "exec tool; run 1ms");
	rig_task(&rig, "p", "clone c none+0; run 100us; wait; mark reaped");
	rig_expect(&rig, MARKS, "1 ms mark p reaped\n");
}
