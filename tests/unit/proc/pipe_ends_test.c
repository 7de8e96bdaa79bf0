/* SPDX-License-Identifier: MIT */
/* Pipes whose ends close: the end of the data, SIGPIPE, who keeps an end open (process.md 8.5). */
#include <criterion/criterion.h>

#include "rig.h"

#define MARKS RECORD_BIT(MARK)
#define ENDS  (RECORD_BIT(MARK) | RECORD_BIT(EXIT))

static void begin(struct rig *rig, u64 capacity)
{
	static const struct loc nowhere;

	rig_init(rig, 1, "v6.12");
	builder_pipe(rig->builder, nowhere, "p", capacity, PIPE_WITH_ENDS);
}

Test(pipe_ends, a_reader_meets_the_end_when_the_last_writer_is_gone)
{
	struct rig rig;

	begin(&rig, 65536);
	rig_task(&rig, "w1", "pipe_write p 10; sleep 2ms; exit 0");
	rig_task(&rig, "w2", "pipe_write p 10; sleep 4ms; exit 0");
	rig_task(&rig, "r", "loop; pipe_read p 10; mark read; end; mark end");
	rig_expect(&rig, MARKS, "0 mark r read\n0 mark r read\n4 ms mark r end\n");
}

Test(pipe_ends, what_is_in_the_pipe_is_read_before_the_end)
{
	struct rig rig;

	begin(&rig, 65536);
	rig_task(&rig, "w", "pipe_write p 100");
	rig_task(&rig, "r", "sleep 1ms; loop; pipe_read p 30; mark read; end; mark end");
	rig_expect(&rig, MARKS,
		   "1 ms mark r read\n1 ms mark r read\n1 ms mark r read\n1 ms mark r read\n"
		   "1 ms mark r end\n");
}

Test(pipe_ends, only_the_innermost_loop_is_left)
{
	struct rig rig;

	begin(&rig, 65536);
	rig_task(&rig, "w", "pipe_write p 1");
	rig_task(
		&rig, "r",
		"sleep 1ms; loop 2; loop; pipe_read p 1; mark read; end; mark end; end; pipe_read p 1;"
		"mark on");
	rig_expect(&rig, MARKS,
		   "1 ms mark r read\n1 ms mark r end\n1 ms mark r end\n1 ms mark r on\n");
}

Test(pipe_ends, a_write_without_readers_is_death_by_sigpipe)
{
	struct rig rig;

	begin(&rig, 65536);
	rig_task_attr(&rig, "r", (struct rig_attr){.fifo = 1}, "pipe_read p 1; exit 0");
	rig_task(&rig, "w", "loop; pipe_write p 1; run 1ms; end; mark never");
	rig_expect(&rig, ENDS, "0 exit r 0x0\n1 ms exit w 0xd\n");
}

/* Ignored or handled, it is EPIPE: the loop around the write is left. */
Test(pipe_ends, who_survives_sigpipe_goes_on_behind_its_loop)
{
	struct rig rig;

	begin(&rig, 65536);
	rig_template(&rig, "h", "mark handled");
	rig_task_attr(&rig, "r", (struct rig_attr){.fifo = 1}, "pipe_read p 1; exit 0");
	rig_task(&rig, "w",
		 "sigaction PIPE=ignore; loop; pipe_write p 1; run 1ms; end; mark ignored;"
		 "sigaction PIPE=h; pipe_write p 1; mark on");
	rig_expect(&rig, MARKS, "1 ms mark w ignored\n1 ms mark w handled\n1 ms mark w on\n");
}

Test(pipe_ends, a_writer_that_waits_for_room_is_woken_to_die)
{
	struct rig rig;

	begin(&rig, 4096);
	rig_task_attr(&rig, "w", (struct rig_attr){.fifo = 1}, "pipe_write p 5000; mark never");
	rig_task(&rig, "r", "run 1ms; close_read p; run 1ms");
	rig_expect(&rig, ENDS, "1 ms exit w 0xd\n2 ms exit r 0x0\n");
}

/* As with a FIFO: nobody has opened the other side yet. */
Test(pipe_ends, who_comes_first_waits_for_the_other_side)
{
	struct rig rig;

	begin(&rig, 65536);
	rig_template(&rig, "w", "pipe_write p 1");
	rig_task(&rig, "r", "loop; pipe_read p 1; mark read; end; mark end");
	rig_task(&rig, "shell", "sleep 3ms; fork w; wait");
	rig_expect(&rig, MARKS, "3 ms mark r read\n3 ms mark r end\n");
}

/* The classic mistake, and what mends it. */
Test(pipe_ends, whoever_keeps_the_writing_end_keeps_readers_waiting)
{
	struct rig rig;

	begin(&rig, 65536);
	rig_template(&rig, "w", "pipe_write p 1");
	rig_task(&rig, "shell",
		 "fork w; wait; sleep 5ms; close_write p; close_write p; mark closed; sleep 1ms");
	rig_task(&rig, "r", "loop; pipe_read p 1; mark read; end; mark end");
	rig_expect(&rig, MARKS, "0 mark r read\n5 ms mark shell closed\n5 ms mark r end\n");
}

Test(pipe_ends, a_task_that_is_still_to_be_started_keeps_an_end_open)
{
	struct rig rig;

	begin(&rig, 65536);
	rig_task(&rig, "w", "pipe_write p 1");
	rig_task_attr(&rig, "late", (struct rig_attr){.start_ns = 5000000}, "pipe_write p 1");
	rig_task(&rig, "r", "loop; pipe_read p 1; mark read; end; mark end");
	rig_expect(&rig, MARKS, "0 mark r read\n5 ms mark r read\n5 ms mark r end\n");
}

/* The new program's ends are open before the old one's close. */
Test(pipe_ends, exec_exchanges_the_ends)
{
	struct rig rig;

	begin(&rig, 65536);
	rig_template(&rig, "same", "sleep 2ms; pipe_write p 1");
	rig_template(&rig, "other", "sleep 9ms");
	rig_task(&rig, "a", "pipe_write p 1; exec /bin/same same");
	rig_task(&rig, "b", "sleep 3ms; pipe_write p 1; exec /bin/other other");
	rig_task(&rig, "r", "loop; pipe_read p 1; mark read; end; mark end");
	rig_expect(&rig, MARKS,
		   "0 mark r read\n2 ms mark r read\n3 ms mark r read\n3 ms mark r end\n");
}

/* A task that dies in a handler holds what its own program uses. */
Test(pipe_ends, a_death_in_a_handler_closes_the_programs_ends)
{
	struct rig rig;

	begin(&rig, 65536);
	rig_template(&rig, "h", "run 1ms; exit 1");
	rig_task(&rig, "w", "sigaction TERM=h; pipe_write p 1; signal TERM; sleep 1s");
	rig_task(&rig, "r", "loop; pipe_read p 1; end; mark end");
	rig_expect(&rig, MARKS, "1 ms mark r end\n");
}

/* Its threads have one table of files: a thread's exit closes nothing, the process's does. */
Test(pipe_ends, an_end_stays_open_as_long_as_the_process_lives)
{
	struct rig rig;

	begin(&rig, 65536);
	rig_template(&rig, "t", "pipe_write p 1");
	rig_task(&rig, "main", "clone t; sleep 5ms");
	rig_task(&rig, "r", "loop; pipe_read p 1; mark read; end; mark end");
	rig_expect(&rig, MARKS, "0 mark r read\n5 ms mark r end\n");
}

/* The writer is not told of a broken pipe, but that it has no such end (EBADF). */
Test(pipe_ends, what_a_thread_closes_is_closed_for_all)
{
	struct rig rig;

	begin(&rig, 65536);
	rig_template(&rig, "t", "sleep 2ms; loop; pipe_write p 1; end; mark refused");
	rig_task(&rig, "main",
		 "clone t; pipe_write p 1; sleep 1ms; close_write p; sleep 9ms; exit 0");
	rig_task(&rig, "r", "loop; pipe_read p 1; mark read; end; mark end; sleep 5ms");
	rig_expect(&rig, MARKS, "0 mark r read\n1 ms mark r end\n2 ms mark t refused\n");
}

/* A child of fork has a copy: closing it there is nothing to the parent. */
Test(pipe_ends, fork_copies_the_table_and_files_shares_it)
{
	struct rig rig;

	begin(&rig, 65536);
	rig_template(&rig, "c", "sleep 1ms; close_write p; sleep 1ms");
	rig_task(&rig, "copies", "fork c; sleep 5ms; close_write p");
	rig_task(&rig, "r", "loop; pipe_read p 1; end; mark end");
	rig_expect(&rig, MARKS, "5 ms mark r end\n");

	begin(&rig, 65536);
	rig_template(&rig, "c", "sleep 1ms; close_write p; sleep 1ms");
	rig_task(&rig, "shares", "clone c files; sleep 5ms; close_write p");
	rig_task(&rig, "r", "loop; pipe_read p 1; end; mark end");
	rig_expect(&rig, MARKS, "1 ms mark r end\n");
}

/* exec has a table of its own, with what the new program uses; the other one keeps what it had. */
Test(pipe_ends, exec_ends_the_sharing_of_the_table)
{
	struct rig rig;

	begin(&rig, 65536);
	rig_template(&rig, "tool", "close_write p; sleep 9ms");
	rig_template(&rig, "c", "sleep 1ms; exec /bin/tool tool");
	rig_task(&rig, "shares", "clone c files; sleep 5ms; close_write p");
	rig_task(&rig, "r", "loop; pipe_read p 1; end; mark end");
	rig_expect(&rig, MARKS, "5 ms mark r end\n");
}

/* A thread without the flag, which glibc never makes, has its own. */
Test(pipe_ends, a_thread_may_have_a_table_of_its_own)
{
	struct rig rig;

	begin(&rig, 65536);
	rig_template(&rig, "t", "sleep 1ms; close_write p; sleep 9ms");
	rig_task(&rig, "main", "clone t vm,sighand,thread; sleep 5ms; close_write p; sleep 9ms");
	rig_task(&rig, "r", "loop; pipe_read p 1; end; mark end");
	rig_expect(&rig, MARKS, "5 ms mark r end\n");
}

/*
 * pipe_write(): a signal in any case; but what was written in part gives its count, and only the
 * next write fails.
 */
Test(pipe_ends, a_write_in_part_is_no_failure)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_pipe(rig.builder, (struct loc){0}, "p", 4096, PIPE_WITH_ENDS);
	rig_template(&rig, "h", "mark handler");
	rig_task(&rig, "w", "sigaction PIPE=h; loop; pipe_write p 8192; mark part; end; mark end");
	rig_task(&rig, "r", "sleep 1ms; close_read p; pipe_read p 1; sleep 5ms");
	/*
	 * 4096 of the first write are in it when the reader goes; the second one is answered with
	 * EPIPE at once.
	 */
	rig_expect(&rig, RECORD_BIT(MARK),
		   "1 ms mark w handler\n1 ms mark w part\n1 ms mark w handler\n1 ms mark w end\n");
}

/*
 * A signal, or a stop, in the middle of a write: what is in the pipe is the result, whatever
 * SA_RESTART says. A write of which nothing was moved begins anew.
 */
Test(pipe_ends, a_signal_ends_a_write_in_part)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_pipe(rig.builder, (struct loc){0}, "p", 4096, PIPE_ENDLESS);
	builder_pipe(rig.builder, (struct loc){0}, "q", 4096, PIPE_ENDLESS);
	rig_template(&rig, "h", "mark handler");
	rig_task(
		&rig, "w",
		"sigaction USR1=h+restart; pipe_write p 8192; mark part; pipe_write p 10; mark anew");
	rig_task(&rig, "s", "pipe_write q 8192; mark part; pipe_write q 10; mark anew");
	rig_task(
		&rig, "k",
		"sleep 1ms; signal USR1 w; stop s; sleep 1ms; cont s; signal USR1 w; sleep 1ms; stop s; cont s; sleep 1ms; pipe_read p 4096; pipe_read q 4096");
	rig_expect(
		&rig, RECORD_BIT(MARK),
		"1 ms mark w handler\n1 ms mark w part\n2 ms mark s part\n2 ms mark w handler\n4 ms mark w anew\n4 ms mark s anew\n");
}
