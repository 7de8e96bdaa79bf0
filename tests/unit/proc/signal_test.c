/* SPDX-License-Identifier: MIT */
/* KILL, STOP, CONT (process.md 6.5-6.8). */
#include <criterion/criterion.h>

#include "rig.h"

#define STATES (RECORD_BIT(SWITCH) | RECORD_BIT(WAKEUP) | RECORD_BIT(EXIT) | RECORD_BIT(MARK))

Test(signal, a_stopped_sleeper_sleeps_on_to_its_absolute_end)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "s", (struct rig_attr){.fifo = 1}, "sleep 10ms; mark up");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 2},
		      "sleep 2ms; stop s; sleep 3ms; cont s");
	rig_expect(&rig, STATES,
		   "0 switch swapper/0 R > k\n"
		   "0 switch k S > s\n"
		   "0 switch s S > swapper/0\n"
		   "2 ms wakeup k\n"
		   "2 ms switch swapper/0 R > k\n"
		   "2 ms wakeup s\n"
		   "2 ms switch k S > s\n"
		   "2 ms switch s T > swapper/0\n"
		   "5 ms wakeup k\n"
		   "5 ms switch swapper/0 R > k\n"
		   "5 ms wakeup s\n"
		   "5 ms exit k 0x0\n"
		   "5 ms switch k Z > s\n"
		   "5 ms switch s S > init\n"
		   "10 ms wakeup s\n"
		   "10 ms switch swapper/0 R > s\n"
		   "10 ms mark s up\n"
		   "10 ms exit s 0x0\n"
		   "10 ms switch s Z > init\n");
}

Test(signal, a_sleep_that_ended_during_a_stop_is_over_when_it_continues)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "s", "sleep 10ms; mark up");
	rig_task(&rig, "k", "sleep 2ms; stop s; sleep 30ms; cont s");
	rig_expect(&rig, RECORD_BIT(MARK), "32 ms mark s up\n");
}

Test(signal, a_task_stopped_in_mid_run_has_its_rest_left)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_task_attr(&rig, "r", (struct rig_attr){.cpus = "0"}, "run 10ms; mark done");
	rig_task_attr(&rig, "k", (struct rig_attr){.cpus = "1"},
		      "run 2ms; stop r; run 3ms; cont r");
	rig_expect(&rig, RECORD_BIT(MARK) | RECORD_BIT(EXIT),
		   "5 ms exit k 0x0\n"
		   "13 ms mark r done\n"
		   "13 ms exit r 0x0\n");
}

Test(signal, a_stop_of_a_runnable_task_takes_effect_when_it_runs_next)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "r", (struct rig_attr){.fifo = 1}, "run 10ms; mark done");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 2},
		      "sleep 2ms; stop r; run 1ms; sleep 5ms; cont r");
	rig_expect(&rig, STATES,
		   "0 switch swapper/0 R > k\n"
		   "0 switch k S > r\n"
		   "2 ms wakeup k\n"
		   "2 ms switch r R > k\n"
		   "3 ms switch k S > r\n"
		   "3 ms switch r T > swapper/0\n"
		   "8 ms wakeup k\n"
		   "8 ms switch swapper/0 R > k\n"
		   "8 ms wakeup r\n"
		   "8 ms exit k 0x0\n"
		   "8 ms switch k Z > r\n"
		   "16 ms mark r done\n"
		   "16 ms exit r 0x0\n"
		   "16 ms switch r Z > init\n");
}

Test(signal, a_continue_cancels_a_stop_that_was_not_taken_yet)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "r", (struct rig_attr){.fifo = 1}, "run 4ms; mark done");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 2}, "sleep 2ms; stop r; cont r");
	rig_expect(&rig, RECORD_BIT(MARK), "4 ms mark r done\n");
}

Test(signal, kill_wakes_sleepers_and_stopped_tasks_and_interrupts_running_ones)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_task_attr(&rig, "sleeper", (struct rig_attr){.cpus = "0"}, "sleep 1s");
	rig_task_attr(&rig, "runner", (struct rig_attr){.cpus = "0"}, "run 1s");
	rig_task_attr(&rig, "stopped", (struct rig_attr){.cpus = "0"}, "run 1s");
	rig_task_attr(
		&rig, "k", (struct rig_attr){.cpus = "1"},
		"stop stopped; run 20ms; kill sleeper; run 1ms; kill stopped; run 1ms; kill runner");
	rig_expect(&rig, RECORD_BIT(EXIT),
		   "20 ms exit sleeper 0x9\n"
		   "21 ms exit stopped 0x9\n"
		   "22 ms exit k 0x0\n"
		   "22 ms exit runner 0x9\n");
}

Test(signal, kill_of_oneself_is_the_last_thing_one_does)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "a", "run 1ms; kill a; mark never");
	rig_expect(&rig, RECORD_BIT(EXIT) | RECORD_BIT(MARK), "1 ms exit a 0x9\n");
}

Test(signal, a_killed_task_pays_its_exit)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_platform(rig.builder)->costs.exit = 20 * USEC;
	rig_task(&rig, "a", "sleep 1s");
	rig_task(&rig, "k", "sleep 1ms; kill a");
	rig_expect(&rig, RECORD_BIT(EXIT),
		   "1.02 ms exit k 0x0\n"
		   "1.04 ms exit a 0x9\n");
}

Test(signal, kill_takes_all_threads_of_a_process)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "p", "sleep 1s");
	rig_task_attr(&rig, "t", (struct rig_attr){.thread_of = "p"}, "sleep 1s");
	rig_task(&rig, "k", "sleep 1ms; kill t");
	rig_expect(&rig, RECORD_BIT(EXIT) | RECORD_BIT(FREE),
		   "1 ms exit k 0x0\n"
		   "1 ms exit p 0x9\n"
		   "1 ms exit t 0x9\n"
		   "1 ms free t\n"
		   "1 ms free p\n"
		   "1 ms free k\n");
}

Test(signal, stop_and_continue_take_all_threads_of_a_process)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_task_attr(&rig, "p", (struct rig_attr){.cpus = "0", .fifo = 1}, "run 10ms; mark done");
	rig_task_attr(&rig, "t", (struct rig_attr){.cpus = "0", .fifo = 2, .thread_of = "p"},
		      "sleep 10ms; mark done");
	rig_task_attr(&rig, "k", (struct rig_attr){.cpus = "1"},
		      "run 1ms; stop p; run 19ms; cont p; run 20ms");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "20 ms mark t done\n"
		   "29 ms mark p done\n");
}

Test(signal, a_parent_in_wait_is_woken_by_a_stop_and_a_continue_and_sleeps_again)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "c", "run 5ms");
	rig_task_attr(&rig, "p", (struct rig_attr){.fifo = 1},
		      "fork c; policy fifo:3; wait; mark reaped");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 2},
		      "sleep 1ms; stop c; sleep 1ms; cont c; sleep 10ms");
	rig_expect(&rig, RECORD_BIT(MARK) | RECORD_BIT(WAKEUP),
		   "1 ms wakeup k\n"
		   "1 ms wakeup p\n"
		   "2 ms wakeup k\n"
		   "2 ms wakeup c\n"
		   "2 ms wakeup p\n"
		   "6 ms wakeup p\n"
		   "6 ms mark p reaped\n"
		   "12 ms wakeup k\n");
}

Test(signal, a_task_killed_in_fork_has_no_child)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	builder_platform(rig.builder)->costs.fork = 2 * MSEC;
	rig_template(&rig, "c", "run 1ms");
	rig_task_attr(&rig, "p", (struct rig_attr){.cpus = "0"}, "fork c");
	rig_task_attr(&rig, "k", (struct rig_attr){.cpus = "1"}, "run 1ms; kill p");
	rig_expect(&rig, RECORD_BIT(FORK) | RECORD_BIT(EXIT),
		   "0 fork p by init\n"
		   "0 fork k by init\n"
		   "1 ms exit k 0x0\n"
		   "2 ms exit p 0x9\n");
}

Test(signal, a_fork_that_a_stop_interrupts_begins_anew)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	builder_platform(rig.builder)->costs.fork = 2 * MSEC;
	rig_template(&rig, "c", "run 1ms");
	rig_task_attr(&rig, "p", (struct rig_attr){.cpus = "0"}, "fork c");
	rig_task_attr(&rig, "k", (struct rig_attr){.cpus = "1"},
		      "run 1ms; stop p; run 9ms; cont p; run 10ms");
	rig_expect(&rig, RECORD_BIT(FORK),
		   "0 fork p by init\n"
		   "0 fork k by init\n"
		   "12 ms fork c by p\n");
}

/* t is in its exit, on another cpu, when p stops: the process is stopped when t is gone. */
Test(signal, the_exit_of_the_last_running_thread_completes_a_group_stop)
{
	struct rig rig;

	rig_init(&rig, 3, "v6.12");
	builder_platform(rig.builder)->costs.exit = 2 * MSEC;
	rig_template(&rig, "p", "clone t; affinity 0; sleep 10ms; mark up");
	rig_template(&rig, "t", "affinity 1; run 1ms");
	rig_task_attr(&rig, "parent", (struct rig_attr){.cpus = "2", .fifo = 1},
		      "fork p; wait; mark reaped");
	rig_task_attr(&rig, "k", (struct rig_attr){.cpus = "2", .fifo = 2},
		      "sleep 2ms; stop p; sleep 3ms; mark five; cont p");
	rig_expect(&rig, RECORD_BIT(MARK) | RECORD_BIT(WAKEUP),
		   "2 ms wakeup k\n"
		   "2 ms wakeup p\n"
		   "3 ms wakeup parent\n"
		   "5 ms wakeup k\n"
		   "5 ms mark k five\n"
		   "5 ms wakeup p\n"
		   "5 ms wakeup parent\n"
		   "10 ms wakeup p\n"
		   "10 ms mark p up\n"
		   "12 ms wakeup parent\n"
		   "12 ms mark parent reaped\n");
}

/*
 * kill() is for a process: three of its threads bear the name, and it comes once. tgkill() is for
 * each.
 */
Test(signal, a_process_gets_a_signal_once_whatever_its_threads_are_called)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_template(&rig, "t", "sigaction USR1=ignore; run 9ms");
	rig_task(&rig, "main", "clone t; clone t; clone t; run 9ms");
	rig_task(&rig, "k", "run 1ms; signal USR1 t; run 1ms; signal USR1! t");
	rig_expect(&rig, RECORD_BIT(SIGNAL_GENERATE),
		   "1 ms signal_generate t USR1 group ignored code=0\n"
		   "2 ms signal_generate t USR1 thread ignored code=-6\n"
		   "2 ms signal_generate t USR1 thread ignored code=-6\n"
		   "2 ms signal_generate t USR1 thread ignored code=-6\n");
}

/*
 * The leader of p has ended, its thread has not: what is for p by its name reaches the thread
 * (kill() of a zombie leader's pid), what is for the task of that name does not. When all are gone
 * nobody is meant any more.
 */
Test(signal, a_dead_leaders_name_stands_for_its_process)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark handler");
	rig_template(&rig, "t", "loop 2; pause; end; sleep 9ms");
	rig_task(&rig, "p", "sigaction USR1=h; clone t");
	rig_task(
		&rig, "k",
		"sleep 1ms; signal USR1 p; signal USR1! p; nice 5 p; sleep 1ms; signal USR1 p; sleep 1ms; kill p; sleep 1ms; kill p");
	rig_expect(
		&rig, RECORD_BIT(MARK) | RECORD_BIT(EXIT),
		"0 exit p 0x0\n1 ms mark t handler\n2 ms mark t handler\n3 ms exit t 0x9\n4 ms exit k 0x0\n");
}

/* kill(2): ESRCH; a zombie is still found. */
Test(signal, of_whom_nobody_bears_the_name_any_more_the_caller_is_told)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "gone", "exit");
	rig_task(
		&rig, "p",
		"fork gone; sleep 1ms; kill gone; nice 5 gone; wait; mark reaped; kill gone; signal USR1 gone; nice 5 gone");
	rig_expect(&rig, RECORD_BIT(MARK) | RECORD_BIT(FAILED),
		   "1 ms mark p reaped\n"
		   "1 ms failed p ESRCH kill\n"
		   "1 ms failed p ESRCH signal\n"
		   "1 ms failed p ESRCH nice\n");
}
