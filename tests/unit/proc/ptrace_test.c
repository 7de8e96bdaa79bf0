/* SPDX-License-Identifier: MIT */
/* Tracing: stops before signals, who is told, what a tracee goes on with (process.md 5.2, 6.3, 6.4, 6.6, 4.6). */
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
	rig_task(&rig, "k",
		 "sleep 5ms; signal USR1 p; sleep 5ms; signal USR1 p; sleep 5ms; signal USR1 p; sleep 5ms;"
		 "signal HUP p");
	rig_task(&rig, "d",
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
	rig_task(&rig, "d", "sleep 1ms; trace c; wait; trace_cont c; sleep 8ms; wait; mark heard; sleep 1ms");
	rig_expect(&rig, MARKS | DEATHS,
		   "5 ms exit c 0x300\n"
		   "9 ms mark d heard\n"
		   "9 ms free c\n"
		   "9 ms mark p reaped\n"
		   "9 ms exit p 0x0\n"
		   "9 ms free p\n"
		   "10 ms exit d 0x0\n");
}

/* A tracer that dies lets its tracees go on; of a death that it has not waited for the parent is told now. */
Test(ptrace, with_its_tracer_gone_a_tracee_goes_on)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_template(&rig, "dead", "run 2ms; exit 3");
	rig_template(&rig, "c", "run 5ms; mark on");
	rig_task(&rig, "p", "fork dead; fork c; wait; mark first; wait; mark second");
	rig_task(&rig, "d", "sleep 1ms; trace c; trace dead; wait; wait; trace_cont dead; sleep 6ms");
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
	rig_task(&rig, "gdb", "fork c; wait; mark loaded; sleep 2ms; trace_cont c; wait; mark dead");
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
	rig_task(&rig, "d", "sleep 2ms; trace p; wait; sleep 1ms; trace_cont p; sleep 8ms; signal USR1 p; wait;"
			    "sleep 6ms; trace_cont p; sleep 1ms");
	rig_expect(&rig, MARKS, "10 ms mark p slept\n17 ms mark p again\n");
}

/* Attaching to a task in T changes it to t; the SIGSTOP of the attachment is still to come then. */
Test(ptrace, attaching_to_a_stopped_task_makes_it_traced)
{
	struct rig rig;

	rig_init(&rig, 3, "v6.12");
	rig_task(&rig, "p", "run 5ms; mark on");
	rig_task(&rig, "d",
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
	rig_task(&rig, "d",
		 "sleep 1ms; trace c; wait; trace_cont c same; wait; mark group; sleep 2ms; trace_cont c;"
		 "sleep 20ms");
	rig_expect(&rig, MARKS,
		   "1 ms mark p stopped\n"
		   "1 ms mark d group\n"
		   "7 ms mark c on\n"
		   "23 ms mark p dead\n");
}

/* __ptrace_unlink(): where the process is stopped its tracee stays so, in T, and the parent, which knows, is not told again. */
Test(ptrace, a_stop_of_the_group_outlives_its_tracer)
{
	static const char *const ends[] = {"untrace c; sleep 20ms", "exit"};

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		struct rig rig;
		char tracer[100];

		rig_init(&rig, 3, "v6.12");
		rig_template(&rig, "c", "run 5ms; mark on");
		rig_task(&rig, "p",
			 "fork c; waitpid any+stopped; mark stopped; waitpid any+stopped; mark again");
		snprintf(tracer, sizeof(tracer), "sleep 1ms; trace c; wait; trace_cont c same; wait; %s",
			 ends[i]);
		rig_task(&rig, "d", tracer);
		rig_task(&rig, "e", "sleep 10ms; cont c");
		rig_expect(&rig, MARKS,
			   "1 ms mark p stopped\n"
			   "14 ms mark c on\n"
			   "14 ms mark p again\n");
	}
}

/* __exit_signal(): a traced thread that is dead holds an exec up until its tracer has waited for it or is gone. */
Test(ptrace, an_exec_waits_for_the_tracer_of_a_dead_thread)
{
	static const char *const ends[] = {"wait; sleep 20ms", "exit"};

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		struct rig rig;
		char tracer[100];

		rig_init(&rig, 3, "v6.12");
		rig_template(&rig, "t", "run 30ms");
		rig_task(&rig, "e", "clone t; run 5ms; exec new; mark on");
		snprintf(tracer, sizeof(tracer), "sleep 1ms; trace t; wait; sleep 9ms; %s", ends[i]);
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
	rig_task(&rig, "d", "sleep 1ms; trace p; wait; trace_cont p; wait; mark child; sleep 1ms; trace_cont g;"
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
	rig_task(&rig, "d", "clone t; sleep 1ms; trace t; trace_cont p; untrace p; trace p; wait; mark stopped; sleep 2ms;"
			    "untrace p");
	rig_task(&rig, "e", "sleep 2ms; trace p; trace_cont p; wait; mark none");
	rig_expect(&rig, MARKS,
		   "1 ms mark d stopped\n2 ms mark e none\n3 ms mark t thread\n7 ms mark p on\n");
}

/* SIGNAL_STOP_STOPPED is set already (do_signal_stop): the tracer hears of the second stop, the parent does not. */
Test(ptrace, a_tracee_that_went_on_alone_stops_again_and_the_parent_is_not_told)
{
	struct rig rig;

	rig_init(&rig, 3, "v6.12");
	rig_template(&rig, "c", "run 5ms; mark on");
	rig_task(&rig, "p", "fork c; waitpid any+stopped; mark stopped; waitpid any+stopped; mark over");
	rig_task(&rig, "d",
		 "sleep 1ms; trace c; wait; trace_cont c same; wait; sleep 2ms; trace_cont c; stop c; wait;"
		 "trace_cont c same; wait; mark second; trace_cont c; sleep 20ms");
	rig_expect(&rig, MARKS,
		   "1 ms mark p stopped\n"
		   "3 ms mark d second\n"
		   "7 ms mark c on\n"
		   "23 ms mark p over\n");
}
