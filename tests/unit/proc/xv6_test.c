/* SPDX-License-Identifier: MIT */
/*
 * The other machine. Expected lines follow from process.md 7.5: the table is walked in order, every
 * tick (4 ms here) takes the cpu away, a wakeup wakes all.
 */
#include <criterion/criterion.h>

#include "rig.h"

#define SWITCHES RECORD_BIT(SWITCH)
#define MARKS    RECORD_BIT(MARK)
#define ENDS     (RECORD_BIT(EXIT) | RECORD_BIT(FREE))

Test(xv6, every_tick_takes_the_cpu_away_and_the_table_is_walked_on)
{
	struct rig rig;

	rig_init(&rig, 1, "xv6");
	rig_task(&rig, "a", "run 5ms");
	rig_task(&rig, "b", "run 2ms");
	rig_task(&rig, "c", "run 5ms");
	/*
	 * From the next slot on, not from the first: c comes before a; and init, who has been woken
	 * to take a dead child away, when the walk gets to slot 0. A tick comes before the end of a
	 * segment.
	 */
	rig_expect(&rig, SWITCHES,
		   "0 switch swapper/0 R > a\n"
		   "4 ms switch a R > b\n"
		   "6 ms switch b Z > c\n"
		   "8 ms switch c R > init\n"
		   "8 ms switch init S > a\n"
		   "9 ms switch a Z > c\n"
		   "12 ms switch c R > init\n"
		   "12 ms switch init S > c\n"
		   "12 ms switch c Z > init\n");
}

/* A priority would have let the first one through: all are woken at every tick, in table order. */
Test(xv6, a_sleep_ends_with_a_tick_and_sleepers_are_woken_in_table_order)
{
	struct rig rig;

	rig_init(&rig, 1, "xv6");
	rig_task(&rig, "b", "sleep 5ms; mark up");
	rig_task(&rig, "a", "sleep 3ms; mark up; sleep 0; mark again");
	rig_expect(&rig, MARKS, "4 ms mark a up\n4 ms mark a again\n8 ms mark b up\n");
}

Test(xv6, a_writer_of_a_full_pipe_wakes_readers_and_sleeps)
{
	struct rig rig;

	rig_init(&rig, 1, "xv6");
	rig_task(&rig, "w", "pipe_write p 700; mark written");
	rig_task(&rig, "r", "run 1ms; pipe_read p 100; mark read; pipe_read p 600; mark rest");
	/*
	 * 512 fit. The first read makes room for 100, and goes on until it sleeps or the tick
	 * comes: it takes the 412 that are left.
	 */
	rig_expect(&rig, MARKS, "1 ms mark r read\n1 ms mark r rest\n1 ms mark w written\n");
}

Test(xv6, all_readers_of_a_pipe_are_woken_for_one_piece)
{
	struct rig rig;

	rig_init(&rig, 1, "xv6");
	rig_task(&rig, "r1", "pipe_read p 10; mark read");
	rig_task(&rig, "r2", "pipe_read p 10; mark read");
	rig_task(&rig, "w", "run 1ms; pipe_write p 10; sleep 4ms; pipe_write p 10");
	rig_expect(&rig, MARKS | RECORD_BIT(WAKEUP),
		   "1 ms wakeup r1\n1 ms wakeup r2\n1 ms mark r1 read\n"
		   "4 ms wakeup w\n4 ms wakeup r2\n4 ms mark r2 read\n");
}

/* wait() walks the table: the lower slot is reaped first, whoever died first. */
Test(xv6, wait_finds_zombies_in_table_order)
{
	struct rig rig;

	rig_init(&rig, 1, "xv6");
	rig_template(&rig, "slow", "run 6ms");
	rig_template(&rig, "fast", "run 1ms");
	rig_task(&rig, "p", "fork slow; fork fast; sleep 20ms; wait; mark one; waitall; mark all");
	rig_expect(&rig, ENDS | MARKS,
		   "5 ms exit fast 0x0\n7 ms exit slow 0x0\n"
		   "20 ms free slow\n20 ms mark p one\n20 ms free fast\n20 ms mark p all\n"
		   "20 ms exit p 0x0\n");
}

/* A number is used up for good, a slot is not. */
Test(xv6, slots_are_used_again_and_numbers_are_not)
{
	struct rig rig;

	rig_init(&rig, 1, "xv6");
	rig_template(&rig, "c", "run 1us");
	rig_task(&rig, "p", "loop 100; fork c; wait; end");
	rig_run(&rig, RECORD_BIT(EXIT));
	cr_assert_null(rig.failure, "%s", rig.failure);
	cr_assert_eq(rig.end, 100 * 1000);
	/* init is 1, p 2. */
	for (u32 pid = 3; pid < 110; pid++)
		cr_assert_eq(rig.given[pid], pid <= 102, "pid %u", pid);
	rig_fini(&rig);
}

/* init and p take two of the 64; the fork that finds none returns -1, and p goes on. */
Test(xv6, the_sixty_fifth_process_does_not_come_to_be)
{
	struct text lines = {0};
	struct rig rig;

	rig_init(&rig, 1, "xv6");
	rig_template(&rig, "c", "mark here");
	rig_task(&rig, "p", "loop 70; fork c; end; mark forked");
	for (u32 i = 62; i < 70; i++)
		text_printf(&lines, "0 failed p EAGAIN c\n");
	text_printf(&lines, "0 mark p forked\n");
	for (u32 i = 0; i < 62; i++)
		text_printf(&lines, "0 mark c here\n");
	rig_expect(&rig, MARKS | RECORD_BIT(FAILED), lines.at);
	text_fini(&lines);
}

Test(xv6, a_workload_with_too_many_tasks_fails)
{
	struct rig rig;

	rig_init(&rig, 1, "xv6");
	rig_task_attr(&rig, "t", (struct rig_attr){.count = 64}, "run 1s");
	rig_expect_failure(&rig, "no slot is left for 't'");
}

/* The flag is looked at in sleep, in wait, in pipes, at a tick, on the way out of a call. */
Test(xv6, a_kill_takes_effect_where_the_flag_is_looked_at)
{
	struct rig rig;

	rig_init(&rig, 1, "xv6");
	rig_template(&rig, "sleeper", "sleep 1s");
	rig_template(&rig, "reader", "pipe_read p 1");
	rig_template(&rig, "hog", "run 1s");
	rig_task(&rig, "k",
		 "fork sleeper; fork reader; fork hog; sleep 8ms; kill sleeper; kill reader; "
		 "kill hog; run 1ms; kill k; mark never");
	rig_expect(&rig, RECORD_BIT(EXIT) | MARKS,
		   "9 ms exit k 0x9\n9 ms exit sleeper 0x9\n9 ms exit reader 0x9\n"
		   "9 ms exit hog 0x9\n");
}

/* A parent that is gone: its children are init's, who takes the dead ones away. */
Test(xv6, init_takes_orphans)
{
	struct rig rig;

	rig_init(&rig, 1, "xv6");
	rig_template(&rig, "c", "run 2ms");
	rig_task(&rig, "p", "fork c; run 1ms");
	rig_task(&rig, "other", "sleep 20ms");
	/* The walk gets to c before it comes round to init, who then finds both, in table order. */
	rig_expect(&rig, ENDS,
		   "1 ms exit p 0x0\n3 ms exit c 0x0\n3 ms free p\n3 ms free c\n"
		   "20 ms exit other 0x0\n");
}

/* One table, no queues: two cpus take what comes next, and nobody is bound to either. */
Test(xv6, any_cpu_takes_any_process)
{
	struct rig rig;

	rig_init(&rig, 2, "xv6");
	rig_task(&rig, "a", "run 6ms");
	rig_task(&rig, "b", "run 6ms");
	rig_task(&rig, "c", "run 6ms");
	rig_expect(&rig, SWITCHES,
		   "0 switch swapper/0 R > a\n0 switch swapper/1 R > b\n"
		   "4 ms switch a R > c\n4 ms switch b R > a\n"
		   "6 ms switch a Z > b\n" /* and init can run */
		   "8 ms switch c R > init\n8 ms switch b R > c\n"
		   "8 ms switch init S > b\n8 ms switch b Z > init\n"
		   "10 ms switch c Z > init\n");
}

static void disk(struct rig *rig, u64 service_ns)
{
	struct device_options options = {
		.depth = 1, .parallel = 1, .has_service = true, .service = {.value = service_ns}};

	builder_device(rig->builder, (struct loc){0}, "disk", &options);
}

/*
 * iderw(): one request after the other, in the order of asking, and each wakes its own sleeper (5
 * ms each: at 5, 10, 15 ms; the first one asks again at 5 and is served last).
 */
Test(xv6, a_disk_serves_one_request_at_a_time)
{
	struct rig rig;

	rig_init(&rig, 1, "xv6");
	disk(&rig, 5 * MSEC);
	rig_task(&rig, "a", "io disk 2; mark read");
	rig_task(&rig, "b", "io disk 1; mark read");
	rig_task(&rig, "c", "io disk 1; mark read");
	rig_expect(
		&rig, MARKS | RECORD_BIT(WAKEUP),
		"5 ms wakeup a\n10 ms wakeup b\n10 ms mark b read\n15 ms wakeup c\n15 ms mark c read\n20 ms wakeup a\n20 ms mark a read\n");
}

/*
 * It is woken, looks whether its buffer is there, and sleeps again; the flag is looked at on the
 * way out of the call.
 */
Test(xv6, a_kill_does_not_end_the_wait_for_a_disk)
{
	struct rig rig;

	rig_init(&rig, 1, "xv6");
	disk(&rig, 50 * MSEC);
	rig_task(&rig, "r", "io disk 1; mark never");
	rig_task(&rig, "k", "run 10ms; kill r; run 1ms");
	rig_expect(&rig, MARKS | RECORD_BIT(WAKEUP) | RECORD_BIT(EXIT),
		   "10 ms wakeup r\n11 ms exit k 0x0\n50 ms wakeup r\n50 ms exit r 0x9\n");
}

/*
 * The interrupt is a way back to user mode on the last cpu: who was killed there dies then, not at
 * the next tick.
 */
Test(xv6, a_disk_interrupt_is_one_at_which_the_flag_is_looked_at)
{
	struct rig rig;

	rig_init(&rig, 2, "xv6");
	disk(&rig, 2 * MSEC);
	rig_task(&rig, "kills", "run 1ms; kill hog; sleep 5ms");
	rig_task(&rig, "hog", "run 1s");
	rig_task(&rig, "reads", "io disk 1; run 100us"); /* from 1 to 3 ms */
	rig_expect(&rig, RECORD_BIT(EXIT),
		   "3 ms exit hog 0x9\n3.1 ms exit reads 0x0\n8 ms exit kills 0x0\n");
}

/*
 * -1, for whatever reason: the program can look at that. Who waits for all has been told by that
 * that there are no more.
 */
Test(xv6, a_wait_or_a_kill_that_finds_nobody_has_failed)
{
	struct rig rig;

	rig_init(&rig, 1, "xv6");
	rig_template(&rig, "c", "exit");
	rig_task(&rig, "p", "fork c; sleep 4ms; kill c; wait; kill c; wait; waitall; mark on");
	rig_expect(&rig, MARKS | RECORD_BIT(FAILED),
		   "4 ms failed p ESRCH kill\n4 ms failed p ECHILD wait\n4 ms mark p on\n");
}
