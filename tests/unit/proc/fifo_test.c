/* SPDX-License-Identifier: MIT */
/* FIFOs: opens that meet, ends that close (process.md 8.5, fs/pipe.c fifo_open). */
#include <criterion/criterion.h>

#include "rig.h"

#define MARKS RECORD_BIT(MARK)

static void fifo_rig(struct rig *rig, u32 nr_cpus)
{
	rig_init(rig, nr_cpus, "v6.12");
	builder_pipe(rig->builder, (struct loc){0}, "f", 65536, PIPE_FIFO);
}

Test(fifo, an_open_waits_for_the_other_side)
{
	for (u32 reader_first = 0; reader_first < 2; reader_first++) {
		struct rig rig;

		fifo_rig(&rig, 2);
		rig_task(&rig, "r",
			 reader_first
				 ? "open_read f; mark open; pipe_read f 10; mark got"
				 : "sleep 3ms; open_read f; mark open; pipe_read f 10; mark got");
		rig_task(&rig, "w",
			 reader_first
				 ? "sleep 3ms; open_write f; mark open; run 1ms; pipe_write f 10"
				 : "open_write f; mark open; run 1ms; pipe_write f 10");
		rig_expect(&rig, MARKS,
			   reader_first ? "3 ms mark w open\n3 ms mark r open\n4 ms mark r got\n"
					: "3 ms mark r open\n3 ms mark w open\n4 ms mark r got\n");
	}
}

/* All readers that wait go on with the first writer, the last who came first. */
Test(fifo, one_writer_is_enough_for_all_readers)
{
	struct rig rig;

	fifo_rig(&rig, 1);
	rig_task_attr(&rig, "r", (struct rig_attr){.fifo = 1, .count = 3},
		      "open_read f; mark open");
	rig_task_attr(&rig, "w", (struct rig_attr){.fifo = 90},
		      "sleep 1ms; open_write f; mark open");
	rig_expect(&rig, MARKS,
		   "1 ms mark w open\n1 ms mark r2 open\n1 ms mark r1 open\n1 ms mark r0 open\n");
}

/* Each writer that comes and goes is an end of the data; a reader may open again. */
Test(fifo, the_last_writer_closes_it)
{
	struct rig rig;

	fifo_rig(&rig, 1);
	rig_task(&rig, "r",
		 "open_read f; loop; pipe_read f 10; mark data; end; mark end; close_read f; "
		 "open_read f; loop; pipe_read f 10; mark data; end; mark end");
	rig_task(&rig, "a", "sleep 1ms; open_write f; pipe_write f 10; sleep 1ms");
	rig_task(
		&rig, "b",
		"sleep 5ms; open_write f; pipe_write f 10; pipe_write f 10; close_write f; sleep 9ms");
	rig_expect(
		&rig, MARKS,
		"1 ms mark r data\n2 ms mark r end\n5 ms mark r data\n5 ms mark r data\n5 ms mark r end\n");
}

/* O_NONBLOCK: a reader need not wait and finds no writer (0); a writer is refused (ENXIO). */
Test(fifo, who_does_not_wait_meets_nobody)
{
	struct rig rig;

	fifo_rig(&rig, 1);
	rig_task(
		&rig, "r",
		"open_read~ f; mark open; loop; pipe_read f 10; end; mark end; sleep 5ms; pipe_read f 10; mark data");
	rig_task(&rig, "w", "open_write~ f; mark refused");
	rig_task(&rig, "late", "sleep 2ms; open_write f; pipe_write f 10; sleep 9ms");
	rig_expect(&rig, MARKS,
		   "0 mark r open\n0 mark r end\n0 mark w refused\n5 ms mark r data\n");
}

Test(fifo, a_child_has_open_what_its_parent_has)
{
	struct rig rig;

	fifo_rig(&rig, 1);
	rig_template(&rig, "c", "sleep 4ms; pipe_write f 10");
	rig_task(&rig, "w", "open_write f; fork c; close_write f; sleep 9ms; wait");
	rig_task(&rig, "r", "open_read f; loop; pipe_read f 10; mark data; end; mark end");
	rig_expect(&rig, MARKS, "4 ms mark r data\n4 ms mark r end\n");
}

/* EINTR closes what was opened: a writer then waits for another reader. */
Test(fifo, an_interrupted_open_is_none)
{
	struct rig rig;

	fifo_rig(&rig, 1);
	rig_template(&rig, "h", "mark handler");
	rig_task(
		&rig, "r",
		"sigaction USR1=h; open_read f; mark interrupted; sleep 5ms; open_read f; mark open");
	rig_task(&rig, "k", "sleep 1ms; signal USR1 r; sleep 1ms; open_write f; mark open");
	rig_expect(
		&rig, MARKS,
		"1 ms mark r handler\n1 ms mark r interrupted\n6 ms mark r open\n6 ms mark k open\n");
}
