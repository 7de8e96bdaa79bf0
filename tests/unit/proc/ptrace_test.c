/* SPDX-License-Identifier: MIT */
/*
 * Tracing: stops before signals, who is told, what a tracee goes on with (process.md 5.2, 6.3, 6.4,
 * 6.6, 4.6).
 */
#include <criterion/criterion.h>

#include "rig.h"

#define MARKS  RECORD_BIT(MARK)
#define DEATHS (RECORD_BIT(EXIT) | RECORD_BIT(FREE))

/* PTRACE_ATTACH sends SIGSTOP; the tracee stops in t for it and is not told to its parent. */
Test(ptrace, an_attached_task_stops_and_its_tracer_is_told_by_wait)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_task_attr(&rig, "p", (struct rig_attr){.cpus = "1"}, "run 5ms; mark on");
	rig_task_attr(&rig, "d", (struct rig_attr){.cpus = "0"},
		      "sleep 2ms; trace p; wait; mark stopped; sleep 3ms; untrace p; mark let-go");
	rig_expect(&rig, MARKS | RECORD_BIT(SWITCH),
		   "0 switch swapper/0 R > d\n"
		   "0 switch d S > swapper/0\n"
		   "0 switch swapper/1 R > p\n"
		   "2 ms switch swapper/0 R > d\n"
		   "2 ms switch d S > swapper/0\n"
		   "2 ms switch p t > swapper/1\n"
		   "2 ms switch swapper/0 R > d\n"
		   "2 ms mark d stopped\n"
		   "2 ms switch d S > swapper/0\n"
		   "5 ms switch swapper/0 R > d\n"
		   "5 ms mark d let-go\n"
		   "5 ms switch d Z > init\n"
		   "5 ms switch swapper/1 R > p\n"
		   "8 ms mark p on\n"
		   "8 ms switch p Z > swapper/1\n");
}

/* Without a signal, with the same, with another one. Even an ignored one stops it. */
Test(ptrace, every_signal_stops_a_tracee_and_its_tracer_decides_about_it)
{
	struct rig rig;

	rig_init(&rig, 3, "v6.12");
	rig_template(&rig, "h", "mark USR1");
	rig_template(&rig, "i", "mark USR2");
	rig_task(&rig, "p",
		 "sigaction USR1=h; sigaction USR2=i; sigaction HUP=ignore; run 50ms; mark end");
	rig_task(
		&rig, "k",
		"sleep 5ms; signal USR1 p; sleep 5ms; signal USR1 p; sleep 5ms; signal USR1 p; sleep 5ms;"
		"signal HUP p");
	rig_task(
		&rig, "d",
		"sleep 1ms; trace p; wait; trace_cont p; wait; mark dropped; trace_cont p; wait;"
		"mark same; trace_cont p same; wait; mark other; trace_cont p USR2; wait; mark ignored;"
		"trace_cont p; sleep 100ms");
	rig_expect(&rig, MARKS,
		   "5 ms mark d dropped\n"
		   "10 ms mark d same\n"
		   "10 ms mark p USR1\n"
		   "15 ms mark d other\n"
		   "15 ms mark p USR2\n"
		   "20 ms mark d ignored\n"
		   "50 ms mark p end\n");
}

/* complete_signal(): no SIGKILL for all at once; the tracer may still save it. */
Test(ptrace, a_fatal_signal_is_the_tracers_to_pass_on)
{
	struct rig rig;

	rig_init(&rig, 3, "v6.12");
	rig_task(&rig, "p", "run 10ms; mark end");
	rig_task(&rig, "k", "sleep 2ms; signal TERM p; sleep 3ms; signal TERM p");
	rig_task(&rig, "d",
		 "sleep 1ms; trace p; wait; trace_cont p; wait; mark saved; trace_cont p; wait;"
		 "mark killed; trace_cont p same; wait; mark dead");
	rig_expect(&rig, MARKS | RECORD_BIT(EXIT),
		   "2 ms mark d saved\n"
		   "5 ms exit k 0x0\n"
		   "5 ms mark d killed\n"
		   "5 ms exit p 0xf\n"
		   "5 ms mark d dead\n"
		   "5 ms exit d 0x0\n");
}

Test(ptrace, SIGKILL_ends_a_stopped_tracee_at_once)
{
	struct rig rig;

	rig_init(&rig, 3, "v6.12");
	rig_task(&rig, "p", "run 10ms; mark end");
	rig_task(&rig, "k", "sleep 2ms; kill p");
	rig_task(&rig, "d", "sleep 1ms; trace p; wait; mark stopped; wait; mark dead");
	rig_expect(&rig, MARKS | RECORD_BIT(EXIT),
		   "1 ms mark d stopped\n"
		   "2 ms exit k 0x0\n"
		   "2 ms exit p 0x9\n"
		   "2 ms mark d dead\n"
		   "2 ms exit d 0x0\n");
}

/* EXIT_TRACE: the tracer hears of the death first, the parent when the tracer has waited. */
Test(ptrace, a_dead_tracee_is_told_to_its_tracer_and_then_to_its_parent)
{
	struct rig rig;

	rig_init(&rig, 3, "v6.12");
	rig_template(&rig, "c", "run 5ms; exit 3");
	rig_task(&rig, "p", "fork c; wait; mark reaped");
	rig_task(&rig, "d",
		 "sleep 1ms; trace c; wait; trace_cont c; sleep 8ms; wait; mark heard; sleep 1ms");
	rig_expect(&rig, MARKS | DEATHS,
		   "5 ms exit c 0x300\n"
		   "9 ms mark d heard\n"
		   "9 ms free c\n"
		   "9 ms mark p reaped\n"
		   "9 ms exit p 0x0\n"
		   "9 ms free p\n"
		   "10 ms exit d 0x0\n");
}

/*
 * A tracer that dies lets its tracees go on; of a death that it has not waited for the parent is
 * told now.
 */
Test(ptrace, with_its_tracer_gone_a_tracee_goes_on)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_template(&rig, "dead", "run 2ms; exit 3");
	rig_template(&rig, "c", "run 5ms; mark on");
	rig_task(&rig, "p", "fork dead; fork c; wait; mark first; wait; mark second");
	rig_task(&rig, "d",
		 "sleep 1ms; trace c; trace dead; wait; wait; trace_cont dead; sleep 6ms");
	rig_expect(&rig, MARKS | RECORD_BIT(EXIT),
		   "2 ms exit dead 0x300\n"
		   "7 ms exit d 0x0\n"
		   "7 ms mark p first\n"
		   "11 ms mark c on\n"
		   "11 ms exit c 0x0\n"
		   "11 ms mark p second\n"
		   "11 ms exit p 0x0\n");
}

/* PTRACE_TRACEME: the exec of the program to be debugged ends in SIGTRAP. */
Test(ptrace, a_debugger_starts_its_program_by_trace_me_and_exec)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "tool", "run 3ms; exit 4");
	rig_template(&rig, "c", "trace_me; exec tool tool");
	rig_task(&rig, "gdb",
		 "fork c; wait; mark loaded; sleep 2ms; trace_cont c; wait; mark dead");
	rig_expect(&rig, MARKS | DEATHS,
		   "0 mark gdb loaded\n"
		   "5 ms exit tool 0x400\n"
		   "5 ms free tool\n"
		   "5 ms mark gdb dead\n"
		   "5 ms exit gdb 0x0\n");
}

/* A sleep that the stop broke off begins anew, and is over at its time. */
Test(ptrace, a_call_that_a_stop_breaks_off_begins_anew)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_task(&rig, "p", "sleep 10ms; mark slept; sleep 4ms; mark again");
	rig_task(
		&rig, "d",
		"sleep 2ms; trace p; wait; sleep 1ms; trace_cont p; sleep 8ms; signal USR1 p; wait;"
		"sleep 6ms; trace_cont p; sleep 1ms");
	rig_expect(&rig, MARKS, "10 ms mark p slept\n17 ms mark p again\n");
}

/* Attaching to a task in T changes it to t; the SIGSTOP of the attachment is still to come then. */
Test(ptrace, attaching_to_a_stopped_task_makes_it_traced)
{
	struct rig rig;

	rig_init(&rig, 3, "v6.12");
	rig_task(&rig, "p", "run 5ms; mark on");
	rig_task(
		&rig, "d",
		"sleep 1ms; stop p; sleep 1ms; trace p; wait; mark first; trace_cont p; wait; mark second;"
		"trace_cont p; sleep 20ms");
	rig_expect(&rig, MARKS | RECORD_BIT(SWITCH),
		   "0 switch swapper/0 R > p\n"
		   "0 switch swapper/1 R > d\n"
		   "0 switch d S > swapper/1\n"
		   "1 ms switch swapper/1 R > d\n"
		   "1 ms switch d S > swapper/1\n"
		   "1 ms switch p T > swapper/0\n"
		   "2 ms switch swapper/1 R > d\n"
		   "2 ms switch d S > swapper/1\n"
		   "2 ms switch swapper/0 R > p\n"
		   "2 ms switch p t > swapper/0\n"
		   "2 ms switch swapper/1 R > d\n"
		   "2 ms mark d first\n"
		   "2 ms switch d S > swapper/1\n"
		   "2 ms switch swapper/0 R > p\n"
		   "2 ms switch p t > swapper/0\n"
		   "2 ms switch swapper/1 R > d\n"
		   "2 ms mark d second\n"
		   "2 ms switch d S > swapper/1\n"
		   "2 ms switch swapper/0 R > p\n"
		   "6 ms mark p on\n"
		   "6 ms switch p Z > swapper/0\n"
		   "22 ms switch swapper/1 R > d\n"
		   "22 ms switch d Z > swapper/1\n");
}

/* do_signal_stop() of a traced task: it stops in t and tells its tracer, too. */
Test(ptrace, a_stop_that_is_passed_on_is_a_stop_of_the_group)
{
	struct rig rig;

	rig_init(&rig, 3, "v6.12");
	rig_template(&rig, "c", "run 5ms; mark on");
	rig_task(&rig, "p", "fork c; waitpid any+stopped; mark stopped; wait; mark dead");
	rig_task(
		&rig, "d",
		"sleep 1ms; trace c; wait; trace_cont c same; wait; mark group; sleep 2ms; trace_cont c;"
		"sleep 20ms");
	rig_expect(&rig, MARKS,
		   "1 ms mark p stopped\n"
		   "1 ms mark d group\n"
		   "7 ms mark c on\n"
		   "23 ms mark p dead\n");
}

/*
 * __ptrace_unlink(): where the process is stopped its tracee stays so, in T, and the parent, which
 * knows, is not told again.
 */
Test(ptrace, a_stop_of_the_group_outlives_its_tracer)
{
	static const char *const ends[] = {"untrace c; sleep 20ms", "exit"};

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		struct rig rig;
		char tracer[100];

		rig_init(&rig, 3, "v6.12");
		rig_template(&rig, "c", "run 5ms; mark on");
		rig_task(
			&rig, "p",
			"fork c; waitpid any+stopped; mark stopped; waitpid any+stopped; mark again");
		snprintf(tracer, sizeof(tracer),
			 "sleep 1ms; trace c; wait; trace_cont c same; wait; %s", ends[i]);
		rig_task(&rig, "d", tracer);
		rig_task(&rig, "e", "sleep 10ms; cont c");
		rig_expect(&rig, MARKS,
			   "1 ms mark p stopped\n"
			   "14 ms mark c on\n"
			   "14 ms mark p again\n");
	}
}

/*
 * __exit_signal(): a traced thread that is dead holds an exec up until its tracer has waited for it
 * or is gone.
 */
Test(ptrace, an_exec_waits_for_the_tracer_of_a_dead_thread)
{
	static const char *const ends[] = {"wait; sleep 20ms", "exit"};

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		struct rig rig;
		char tracer[100];

		rig_init(&rig, 3, "v6.12");
		rig_template(&rig, "t", "run 30ms");
		rig_task(&rig, "e", "clone t; run 5ms; exec new; mark on");
		snprintf(tracer, sizeof(tracer), "sleep 1ms; trace t; wait; sleep 9ms; %s",
			 ends[i]);
		rig_task(&rig, "d", tracer);
		rig_expect(&rig, MARKS, "10 ms mark new on\n");
	}
}

Test(ptrace, with_CLONE_PTRACE_children_of_a_tracee_are_traced_from_their_beginning)
{
	struct rig rig;

	rig_init(&rig, 3, "v6.12");
	rig_template(&rig, "g", "mark born; run 1ms");
	rig_task(&rig, "p", "run 2ms; clone g ptrace; run 1ms");
	rig_task(
		&rig, "d",
		"sleep 1ms; trace p; wait; trace_cont p; wait; mark child; sleep 1ms; trace_cont g;"
		"sleep 9ms");
	rig_expect(&rig, MARKS, "2 ms mark d child\n3 ms mark g born\n");
}

/* EPERM: one's own threads, kernel threads, who is traced already; ESRCH: who is not stopped. */
Test(ptrace, what_is_refused_changes_nothing)
{
	struct rig rig;

	rig_init(&rig, 3, "v6.12");
	rig_task(&rig, "p", "run 5ms; mark on");
	rig_template(&rig, "t", "run 3ms; mark thread");
	rig_task(
		&rig, "d",
		"clone t; sleep 1ms; trace t; trace_cont p; untrace p; trace p; wait; mark stopped; sleep 2ms;"
		"untrace p");
	rig_task(&rig, "e", "sleep 2ms; trace p; trace_cont p; wait; mark none");
	rig_expect(&rig, MARKS,
		   "1 ms mark d stopped\n2 ms mark e none\n3 ms mark t thread\n7 ms mark p on\n");
}

/*
 * SIGNAL_STOP_STOPPED is set already (do_signal_stop): the tracer hears of the second stop, the
 * parent does not.
 */
Test(ptrace, a_tracee_that_went_on_alone_stops_again_and_the_parent_is_not_told)
{
	struct rig rig;

	rig_init(&rig, 3, "v6.12");
	rig_template(&rig, "c", "run 5ms; mark on");
	rig_task(&rig, "p",
		 "fork c; waitpid any+stopped; mark stopped; waitpid any+stopped; mark over");
	rig_task(
		&rig, "d",
		"sleep 1ms; trace c; wait; trace_cont c same; wait; sleep 2ms; trace_cont c; stop c; wait;"
		"trace_cont c same; wait; mark second; trace_cont c; sleep 20ms");
	rig_expect(&rig, MARKS,
		   "1 ms mark p stopped\n"
		   "3 ms mark d second\n"
		   "7 ms mark c on\n"
		   "23 ms mark p over\n");
}

/*
 * PTRACE_SYSCALL: at the entry and at the return of each call, and not for what needs none (a free
 * lock). The loop ends when there is no tracee any more (ESRCH). In t from 1 ms (SIGSTOP), then at
 * 2, 3, ... for the tracer's 100 us each.
 */
Test(ptrace, a_tracee_stops_at_the_entry_to_and_the_return_from_calls)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_task(&rig, "p",
		 "run 2ms; lock m; unlock m; nice 1; run 1ms; sleep 1ms; mark on; run 1ms; exit 3");
	rig_task(
		&rig, "d",
		"sleep 1ms; trace p; wait; loop; trace_syscall p; wait; mark stop; run 100us; end; mark out");
	/*
	 * nice at 2 and 2.1; after 1 ms the sleep at 3.2, begun at 3.3, and its return at 4.3; the
	 * mark's write at 4.4 and 4.5, which shows after its entry; exit at 5.6; the death at 5.7.
	 */
	rig_expect(
		&rig, MARKS | RECORD_BIT(FAILED) | RECORD_BIT(EXIT),
		"2 ms mark d stop\n2.1 ms mark d stop\n3.2 ms mark d stop\n4.3 ms mark d stop\n"
		"4.4 ms mark d stop\n4.5 ms mark p on\n4.5 ms mark d stop\n5.6 ms mark d stop\n"
		"5.7 ms exit p 0x300\n5.7 ms mark d stop\n5.8 ms failed d ESRCH trace_syscall\n5.8 ms mark d out\n"
		"5.8 ms exit d 0x0\n");
}

/* One may go on from such a stop with a signal, which is sent to it then; `same` has none there. */
Test(ptrace, what_a_tracee_goes_on_with_from_a_call)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "h", "mark handler");
	rig_task(&rig, "p", "sigaction USR1=h; run 2ms; nice 1; mark on");
	rig_task(
		&rig, "d",
		"sleep 1ms; trace p; wait; trace_syscall p; wait; mark entry; trace_syscall p USR1; wait; mark return;"
		"trace_cont p same; wait; mark signal; trace_cont p same; wait");
	rig_expect(
		&rig, MARKS,
		"2 ms mark d entry\n2 ms mark d return\n2 ms mark d signal\n2 ms mark p handler\n2 ms mark p on\n");
}

/*
 * PTRACE_O_TRACEFORK and the like: the parent stops when its child is there, the child begins with
 * a stop.
 */
Test(ptrace, events_of_creation)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_template(&rig, "c", "mark born; run 1ms; exec tool; run 1ms");
	rig_template(&rig, "t", "mark thread; sleep 20ms");
	rig_task(
		&rig, "p",
		"run 2ms; fork c; mark forked; run 1ms; clone t; mark cloned; run 1ms; vfork c; mark back");
	rig_task(&rig, "d",
		 "sleep 1ms; trace_seize p fork+clone+vfork+vfork_done+exec+exit;"
		 "loop; wait; mark event; run 100us; trace_cont; end; mark out");
	rig_expect(
		&rig, MARKS,
		/*
		    * The fork: parent and child stop, and the tracer lets go all that are stopped.
		    */
		"2 ms mark d event\n2.1 ms mark p forked\n2.1 ms mark c born\n"
		/* The exec of c and the clone. */
		"3.1 ms mark d event\n3.2 ms mark p cloned\n3.2 ms mark t thread\n"
		/* c is about to exit; p has made another c by vfork; the first is dead. */
		"4.2 ms mark d event\n4.3 ms mark d event\n4.3 ms mark c born\n"
		/*
		    * The second c executes, so p's vfork is done; then p stops for the SIGCHLD that
		    * it has had since.
		    */
		"5.3 ms mark d event\n5.4 ms mark d event\n"
		/*
		    * p's leader and the second c are about to exit, and do; then the thread, with
		    * which p ends.
		    */
		"5.5 ms mark p back\n5.5 ms mark d event\n6.4 ms mark d event\n6.5 ms mark d event\n"
		"23.2 ms mark d event\n23.3 ms mark d event\n23.4 ms mark d event\n23.5 ms mark d out\n");
}

/*
 * PTRACE_SEIZE does not stop; PTRACE_INTERRUPT does, and a sleep begins anew behind it, to be over
 * at its time.
 */
Test(ptrace, a_seized_task_stops_when_it_is_interrupted)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_task(&rig, "p", "sleep 10ms; mark slept; run 4ms; mark end");
	rig_task(
		&rig, "d",
		"sleep 2ms; trace_seize p; sleep 1ms; trace_interrupt p; wait; mark stopped; sleep 3ms; trace_cont p same;"
		"sleep 6ms; trace_interrupt p; wait; mark again; sleep 3ms; untrace p");
	rig_expect(
		&rig, MARKS,
		"3 ms mark d stopped\n10 ms mark p slept\n12 ms mark d again\n17 ms mark p end\n");
}

/*
 * PTRACE_LISTEN: the tracee stays in the stop of its process. SIGCONT makes it stop anew, for
 * nothing, so that its tracer hears of the end; then it comes to the SIGCONT itself.
 */
Test(ptrace, a_tracer_listens_for_the_end_of_a_stop)
{
	struct rig rig;

	rig_init(&rig, 3, "v6.12");
	rig_task(&rig, "p", "run 10ms; mark end");
	rig_task(&rig, "k", "sleep 5ms; cont p");
	rig_task(
		&rig, "d",
		"sleep 1ms; trace_seize p; stop p; wait; mark signal; trace_cont p same; wait; mark group;"
		"trace_listen p; trace_cont p; wait; mark over; trace_cont p; wait; mark cont; trace_cont p; wait");
	rig_expect(
		&rig, MARKS,
		"1 ms mark d signal\n1 ms mark d group\n5 ms mark d over\n5 ms mark d cont\n14 ms mark p end\n");
}

/*
 * PTRACE_SETOPTIONS in the first stop: the next exec is an event, in place of a SIGTRAP. An exit is
 * told before it.
 */
Test(ptrace, options_of_a_stopped_tracee)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "two", "run 1ms; exit 7");
	rig_template(&rig, "one", "run 1ms; exec two two");
	rig_template(&rig, "c", "trace_me; exec one one");
	rig_task(&rig, "d",
		 "fork c; wait; mark one; trace_options c exec+exit; trace_cont c; wait; mark two;"
		 "run 1ms; trace_cont c; wait; mark exits; run 1ms; trace_cont c; wait; mark dead");
	rig_expect(
		&rig, MARKS | RECORD_BIT(EXIT),
		"0 mark d one\n1 ms mark d two\n3 ms mark d exits\n4 ms exit two 0x700\n4 ms mark d dead\n4 ms exit d 0x0\n");
}

/*
 * What kills a tracee at a call is not held up by that; the tracer that dies lets it go on with its
 * call.
 */
Test(ptrace, stops_at_calls_end_by_death)
{
	struct rig rig;

	rig_init(&rig, 3, "v6.12");
	rig_task(&rig, "p", "loop 2; run 2ms; nice 1; end; mark no");
	rig_task(&rig, "q", "run 2ms; nice 1; mark on; run 1ms; nice 2; mark end");
	rig_task(
		&rig, "d",
		"sleep 1ms; trace p; wait; trace q; wait; trace_syscall; sleep 2ms; wait; wait; mark both; kill p; wait; mark dead; sleep 2ms");
	rig_expect(
		&rig, MARKS | RECORD_BIT(EXIT),
		"3 ms mark d both\n3 ms exit p 0x9\n3 ms mark d dead\n5 ms exit d 0x0\n5 ms mark q on\n6 ms mark q end\n6 ms exit q 0x0\n");
}

/* Handlers have calls of their own; a yield comes back when it is its turn again. */
Test(ptrace, calls_of_handlers_and_yields)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "h", "nice 2; mark handler");
	rig_task_attr(
		&rig, "p", (struct rig_attr){.cpus = "0"},
		"sigaction USR1=h+restart; run 2ms; pipe_read p 1; mark read; yield; mark yielded");
	rig_task(&rig, "w", "sleep 5ms; pipe_write p 1; sleep 10ms");
	rig_task_attr(&rig, "k", (struct rig_attr){.cpus = "1"}, "sleep 3ms; signal USR1 p");
	rig_task_attr(
		&rig, "d", (struct rig_attr){.cpus = "1"},
		"sleep 1ms; trace p; wait; trace_syscall p; wait; mark stop; loop; trace_syscall p same; wait; mark stop; end; mark out");
	rig_expect(
		&rig, MARKS,
		"2 ms mark d stop\n3 ms mark d stop\n" /* enters read(); USR1 */
		"3 ms mark d stop\n3 ms mark d stop\n3 ms mark d stop\n3 ms mark p handler\n3 ms mark d stop\n"
		"5 ms mark d stop\n" /* leaves read() */
		"5 ms mark d stop\n5 ms mark p read\n5 ms mark d stop\n"
		"5 ms mark d stop\n5 ms mark d stop\n" /* yields */
		"5 ms mark d stop\n5 ms mark p yielded\n5 ms mark d stop\n"
		"5 ms mark d stop\n5 ms mark d stop\n5 ms mark d out\n"); /* exit(), its death */
}

/*
 * The entry to a call has been told, then the tracer goes; the call ends without one. The next
 * tracer is told of the entry to the next call, at 6 ms, where the sleep of 3 ms begins only when
 * the tracee goes on.
 */
Test(ptrace, a_second_tracer_is_told_of_the_next_entry)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_task(&rig, "p", "run 2ms; sleep 2ms; run 2ms; sleep 3ms; mark end");
	rig_task(
		&rig, "d",
		"sleep 1ms; trace_seize p; trace_interrupt p; wait; trace_syscall p; wait; mark entry; untrace p;"
		"sleep 3ms; trace_seize p; trace_interrupt p; wait; trace_syscall p; wait; mark entry;"
		"sleep 1ms; trace_cont p; sleep 5ms");
	rig_expect(&rig, MARKS, "2 ms mark d entry\n6 ms mark d entry\n10 ms mark p end\n");
}
