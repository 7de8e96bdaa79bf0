/* SPDX-License-Identifier: MIT */
/* Conditions, barriers, semaphores, pipes (process.md 8.3, 8.5, 14.9). */
#include <criterion/criterion.h>
#include <string.h>

#include "rig.h"

#define SHOWN (RECORD_BIT(MARK) | RECORD_BIT(WAKEUP))

static const struct loc nowhere;

/* ---- Conditions ---- */

Test(cond, signals_wake_waiters_in_the_order_of_their_coming)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "w", (struct rig_attr){.count = 3, .fifo = 1},
		      "lock m; cond_wait c m; mark up; unlock m");
	rig_task_attr(
		&rig, "s", (struct rig_attr){.fifo = 1},
		"sleep 1ms; cond_signal c; sleep 1ms; cond_signal c; sleep 1ms; cond_signal c");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "1 ms mark w0 up\n"
		   "2 ms mark w1 up\n"
		   "3 ms mark w2 up\n");
}

/* a came first and has stopped: the first signal is for b, which sleeps; the second waits for a. */
Test(cond, a_signal_is_for_who_sleeps_and_waits_for_who_has_stopped_if_nobody_does)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "a", (struct rig_attr){.fifo = 1},
		      "lock m; cond_wait c m; mark up; unlock m");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1},
		      "lock m; cond_wait c m; mark up; unlock m");
	rig_task_attr(
		&rig, "k", (struct rig_attr){.fifo = 1},
		"sleep 1ms; stop a; sleep 1ms; cond_signal c; sleep 1ms; cond_signal c; sleep 1ms; cont a");
	rig_expect(&rig, RECORD_BIT(MARK), "2 ms mark b up\n4 ms mark a up\n");
}

/* All are woken at once and queue on the mutex, which each gives up only after its millisecond. */
Test(cond, a_broadcast_wakes_all_and_they_compete_for_the_mutex)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "w", (struct rig_attr){.count = 3, .fifo = 1},
		      "lock m; cond_wait c m; sleep 1ms; mark up; unlock m");
	rig_task_attr(&rig, "s", (struct rig_attr){.fifo = 1}, "sleep 1ms; cond_broadcast c");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "2 ms mark w0 up\n"
		   "3 ms mark w1 up\n"
		   "4 ms mark w2 up\n");
}

Test(cond, a_signal_without_waiters_is_lost)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "s", "cond_signal c; sleep 5ms; cond_signal c");
	rig_task(&rig, "w", "sleep 1ms; lock m; cond_wait c m; mark up; unlock m");
	rig_expect(&rig, RECORD_BIT(MARK), "5 ms mark w up\n");
}

/* The waiter is still on its way into the kernel when the signal comes: it must not sleep then. */
Test(cond, a_signal_between_the_unlock_and_the_sleep_is_not_lost)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	builder_platform(rig.builder)->costs.block = 2 * MSEC;
	rig_task_attr(&rig, "w", (struct rig_attr){.cpus = "0"},
		      "lock m; cond_wait c m; mark up; unlock m");
	rig_task_attr(&rig, "s", (struct rig_attr){.cpus = "1"},
		      "run 1ms; lock m; cond_signal c; unlock m");
	rig_expect(&rig, SHOWN, "2 ms mark w up\n");
}

Test(cond, a_stopped_waiter_is_still_waiting_when_it_continues)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "w", "lock m; cond_wait c m; mark up; unlock m");
	rig_task(&rig, "s", "sleep 1ms; stop w; sleep 1ms; cont w; sleep 1ms; cond_signal c");
	rig_expect(&rig, RECORD_BIT(MARK), "3 ms mark w up\n");
}

Test(cond, a_signal_to_a_stopped_waiter_is_kept_for_it)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "w", "lock m; cond_wait c m; mark up; unlock m");
	rig_task(&rig, "s", "sleep 1ms; stop w; sleep 1ms; cond_signal c; sleep 1ms; cont w");
	rig_expect(&rig, RECORD_BIT(MARK), "3 ms mark w up\n");
}

Test(cond, to_wait_without_the_mutex_is_a_mistake)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "a", "lock m; run 5ms; unlock m; cond_signal c");
	rig_task(&rig, "w", "sem_wait s; cond_wait c m; unlock m; lock m; unlock m");
	rig_task(&rig, "p", "run 1ms; sem_post s");
	rig_expect_failure(&rig, "waits for condition 'c' without holding mutex 'm'");
}

/* ---- Barriers ---- */

Test(barrier, opens_for_all_when_the_last_one_comes_round_after_round)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_barrier(rig.builder, nowhere, "b", 3);
	rig_task(&rig, "x", "loop 2; sleep 1ms; barrier b; mark on; end");
	rig_task(&rig, "y", "loop 2; sleep 2ms; barrier b; mark on; end");
	rig_task(&rig, "z", "loop 2; sleep 3ms; barrier b; mark on; end");
	rig_expect(&rig, SHOWN,
		   "1 ms wakeup x\n"
		   "2 ms wakeup y\n"
		   "3 ms wakeup z\n"
		   "3 ms wakeup x\n"
		   "3 ms wakeup y\n"
		   "3 ms mark z on\n"
		   "3 ms mark x on\n"
		   "3 ms mark y on\n"
		   "4 ms wakeup x\n"
		   "5 ms wakeup y\n"
		   "6 ms wakeup z\n"
		   "6 ms wakeup x\n"
		   "6 ms wakeup y\n"
		   "6 ms mark z on\n"
		   "6 ms mark x on\n"
		   "6 ms mark y on\n");
}

/* ---- Semaphores ---- */

Test(semaphore, a_value_above_zero_lets_pass)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_semaphore(rig.builder, nowhere, "s", 2);
	rig_task(&rig, "a", "loop 3; sem_wait s; mark got; end");
	rig_task(&rig, "b", "sleep 5ms; sem_post s");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "0 mark a got\n"
		   "0 mark a got\n"
		   "5 ms mark a got\n");
}

/*
 * Nobody waits for n. Who is woken before that runs when the call is over, who is woken behind it
 * too; each value is raised.
 */
Test(semaphore, a_post_of_a_call_may_wake_nobody)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "a", (struct rig_attr){.fifo = 5},
		      "sem_wait s; mark up; sem_wait s; mark up");
	rig_task(
		&rig, "p",
		"run 1ms; sem_post s more; sem_post n; mark on; run 1ms; sem_post n more; sem_post s; mark on; loop 2; sem_wait n; end; mark got");
	rig_expect(&rig, SHOWN,
		   "1 ms wakeup a\n"
		   "1 ms mark a up\n"
		   "1 ms mark p on\n"
		   "2 ms wakeup a\n"
		   "2 ms mark a up\n"
		   "2 ms mark p on\n"
		   "2 ms mark p got\n");
}

/* One entry of 100 us, and 30 from a wakeup to the next; posts of their own enter each. */
Test(semaphore, posts_of_one_call_enter_the_kernel_once)
{
	static const char *const lines[] = {
		"1.1 ms wakeup a\n1.2 ms wakeup b\n1.3 ms wakeup c\n",
		"1.1 ms wakeup a\n1.13 ms wakeup b\n1.16 ms wakeup c\n"};

	for (u32 more = 0; more < 2; more++) {
		struct rig rig;
		struct costs *costs;

		rig_init(&rig, 2, "v6.12");
		costs = &builder_platform(rig.builder)->costs;
		costs->syscall = 100 * USEC;
		costs->futex_next = 30 * USEC;
		rig_task_attr(&rig, "a", (struct rig_attr){.cpus = "1"}, "sem_wait a");
		rig_task_attr(&rig, "b", (struct rig_attr){.cpus = "1"}, "sem_wait b");
		rig_task_attr(&rig, "c", (struct rig_attr){.cpus = "1"}, "sem_wait c");
		rig_task_attr(&rig, "p", (struct rig_attr){.cpus = "0"},
			      more ? "run 1ms; sem_post a more; sem_post b more; sem_post c"
				   : "run 1ms; sem_post a; sem_post b; sem_post c");
		rig_expect(&rig, RECORD_BIT(WAKEUP), lines[more]);
	}
}

/* p posts and takes again before the woken task runs: that one sleeps on. */
Test(semaphore, a_woken_waiter_has_to_compete)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "w", (struct rig_attr){.fifo = 1}, "sem_wait s; mark got");
	rig_task_attr(&rig, "p", (struct rig_attr){.fifo = 1},
		      "sleep 1ms; sem_post s; sem_wait s; mark got; sleep 1ms; sem_post s");
	rig_expect(&rig, SHOWN,
		   "1 ms wakeup p\n"
		   "1 ms wakeup w\n"
		   "1 ms mark p got\n"
		   "2 ms wakeup p\n"
		   "2 ms wakeup w\n"
		   "2 ms mark w got\n");
}

/*
 * A call that wakes several goes on until all are awake, whoever of them may preempt: barriers and
 * broadcasts do so, too.
 */
Test(semaphore, posts_of_one_call_wake_all_before_anybody_takes_the_cpu)
{
	static const char *const programs[] = {
		"sleep 1ms; sem_post a; sem_post b; sem_post c; mark done",
		"sleep 1ms; sem_post a more; sem_post b more; sem_post c; mark done",
		"sleep 1ms; sem_post a more; sem_post b more; sem_post d; mark done"};
	static const char *const tales[] = {
		"1 ms wakeup p\n1 ms wakeup x\n1 ms mark x got\n1 ms wakeup y\n1 ms mark y got\n1 ms mark p done\n",
		"1 ms wakeup p\n1 ms wakeup x\n1 ms wakeup y\n1 ms mark y got\n1 ms mark x got\n1 ms mark p done\n",
		"1 ms wakeup p\n1 ms wakeup x\n1 ms wakeup y\n1 ms mark y got\n1 ms mark x got\n1 ms mark p done\n"};

	for (u32 i = 0; i < ARRAY_SIZE(programs); i++) {
		struct rig rig;

		rig_init(&rig, 1, "v6.12");
		builder_semaphore(rig.builder, nowhere, "c", 0); /* nobody waits for it, */
		builder_semaphore(rig.builder, nowhere, "d", 0); /* nor for that */
		rig_task_attr(&rig, "x", (struct rig_attr){.fifo = 2}, "sem_wait a; mark got");
		rig_task_attr(&rig, "y", (struct rig_attr){.fifo = 3}, "sem_wait b; mark got");
		rig_task_attr(&rig, "p", (struct rig_attr){.fifo = 1}, programs[i]);
		rig_expect(&rig, SHOWN, tales[i]);
	}
}

Test(semaphore, two_of_them_make_producer_and_consumer_take_turns)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_semaphore(rig.builder, nowhere, "free", 1);
	rig_task(&rig, "producer", "loop 3; sem_wait free; run 1ms; mark made; sem_post full; end");
	rig_task(&rig, "consumer", "loop 3; sem_wait full; run 2ms; mark used; sem_post free; end");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "1 ms mark producer made\n"
		   "3 ms mark consumer used\n"
		   "4 ms mark producer made\n"
		   "6 ms mark consumer used\n"
		   "7 ms mark producer made\n"
		   "9 ms mark consumer used\n");
}

/* ---- Pipes ---- */

/* How often @task could do its thing before it slept for ever. */
static u32 marks_before_blocking(const char *size)
{
	struct rig rig;
	u32 count = 0;
	const char *lines;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "w",
		 arena_printf(&rig.arena, "loop 70000; pipe_write p %s; mark x; run 1; end", size));
	rig_task(&rig, "r", "sem_wait never; pipe_read p 1; sem_post never");
	lines = rig_run(&rig, RECORD_BIT(MARK));
	for (const char *at = lines; (at = strchr(at, '\n')); at++)
		count++;
	rig_fini(&rig);
	return count;
}

/* Bytes measured on a kernel over the size of one write; slots, not bytes, are the limit. */
Test(pipe, holds_what_the_kernel_was_seen_to_hold)
{
	cr_expect_eq(marks_before_blocking("1"), 65536);
	cr_expect_eq(marks_before_blocking("1000"), 64000 / 1000);
	cr_expect_eq(marks_before_blocking("2048"), 65536 / 2048);
	cr_expect_eq(marks_before_blocking("3000"), 48000 / 3000);
	cr_expect_eq(marks_before_blocking("4095"), 65520 / 4095);
	cr_expect_eq(marks_before_blocking("4096"), 65536 / 4096);
	cr_expect_eq(marks_before_blocking("4097"), 45066 / 4097);
	cr_expect_eq(marks_before_blocking("5000"), 54096 / 5000);
}

Test(pipe, ping_pong_wakes_the_other_side_each_time)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "a", (struct rig_attr){.fifo = 1},
		      "loop 2; run 1ms; pipe_write p 1; pipe_read q 1; end");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1},
		      "loop 2; pipe_read p 1; run 1ms; pipe_write q 1; end");
	rig_expect(&rig, RECORD_BIT(WAKEUP) | RECORD_BIT(SWITCH),
		   "0 switch swapper/0 R > a\n"
		   "1 ms switch a S > b\n"
		   "2 ms wakeup a\n"
		   "2 ms switch b S > a\n"
		   "3 ms wakeup b\n"
		   "3 ms switch a S > b\n"
		   "4 ms wakeup a\n"
		   "4 ms switch b Z > a\n"
		   "4 ms switch a Z > init\n");
}

static void fill_and_read(struct rig *rig, const char *kernel)
{
	rig_init(rig, 1, kernel);
	rig_task_attr(rig, "B", (struct rig_attr){.fifo = 2},
		      "pipe_read p 1; mark one; sleep 2ms; pipe_read p 1; mark two; sleep 1ms; "
		      "pipe_read p 4095; mark three");
	rig_task_attr(rig, "A", (struct rig_attr){.fifo = 1, .start_ns = MSEC},
		      "pipe_write p 4096; loop 16; pipe_write p 4096; end; mark written");
}

/*
 * process.md 14.9 with B reading a byte at the start: A's first page wakes it, then A fills all 16
 * slots and sleeps at 1 ms. The byte at 3 ms frees no slot, the rest of the page at 4 ms does.
 */
Test(pipe, a_read_that_frees_no_slot_wakes_the_writer_in_vain_up_to_6_12)
{
	struct rig rig;

	fill_and_read(&rig, "v6.12");
	rig_expect(&rig, SHOWN,
		   "1 ms wakeup B\n"
		   "1 ms mark B one\n"
		   "3 ms wakeup B\n"
		   "3 ms wakeup A\n"
		   "3 ms mark B two\n"
		   "4 ms wakeup B\n"
		   "4 ms wakeup A\n"
		   "4 ms mark B three\n"
		   "4 ms mark A written\n");
}

Test(pipe, only_a_freed_slot_wakes_the_writer_in_6_18)
{
	struct rig rig;

	fill_and_read(&rig, "v6.18");
	rig_expect(&rig, SHOWN,
		   "1 ms wakeup B\n"
		   "1 ms mark B one\n"
		   "3 ms wakeup B\n"
		   "3 ms mark B two\n"
		   "4 ms wakeup B\n"
		   "4 ms wakeup A\n"
		   "4 ms mark B three\n"
		   "4 ms mark A written\n");
}

Test(pipe, a_write_larger_than_the_pipe_goes_through_in_pieces)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "w", "pipe_write p 200000; mark written");
	rig_task(&rig, "r", "loop 4; sleep 1ms; pipe_read p 65536; end; mark read");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "3 ms mark w written\n"
		   "4 ms mark r read\n");
}

Test(pipe, a_reader_that_slept_and_leaves_data_wakes_the_next)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "r", (struct rig_attr){.count = 3, .fifo = 2},
		      "pipe_read p 10; mark got");
	rig_task_attr(&rig, "w", (struct rig_attr){.fifo = 1},
		      "sleep 1ms; pipe_write p 30; run 1ms");
	rig_expect(&rig, SHOWN,
		   "1 ms wakeup w\n"
		   "1 ms wakeup r0\n"
		   "1 ms wakeup r1\n"
		   "1 ms mark r0 got\n"
		   "1 ms wakeup r2\n"
		   "1 ms mark r1 got\n"
		   "1 ms mark r2 got\n");
}

/*
 * Without a duration a run ends when the last thing has happened, and says so with that time (6.1:
 * later kernels have the timer of a fair server).
 */
Test(semaphore, a_wait_for_ever_is_told_at_the_time_it_began)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.18");
	builder_semaphore(rig.builder, nowhere, "s", 0);
	rig_task(&rig, "a", "run 1ms; sem_wait s");
	rig_expect_failure(&rig, "at 1 ms: 1 task sleeps and nothing will wake it");
}

/* Each sleeper with the action in which it is: that names what it waits for. */
Test(semaphore, who_waits_for_ever_is_told_with_what_it_waits_for)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.1");
	builder_semaphore(rig.builder, nowhere, "s", 0);
	rig_task(&rig, "a", "sem_wait s");
	rig_task(&rig, "b", "sleep 1ms; lock m; msgrcv q 3 100");
	rig_task(&rig, "c", "sleep 2ms; lock m; unlock m");
	rig_expect_failure(&rig,
			   "3 tasks sleep and nothing will wake them: 'a' (pid 8) in 'sem_wait s', "
			   "'b' (pid 9) in 'msgrcv q type 3 100 bytes', 'c' (pid 10) in 'lock m'");
}

/* Readers of a lock have no name there, but they live; a writer that was killed does not. */
Test(rwlock, who_waits_for_the_dead_is_told_so)
{
	for (u32 dead = 0; dead < 2; dead++) {
		struct rig rig;

		rig_init(&rig, 1, "v6.1");
		builder_semaphore(rig.builder, nowhere, "s", 0);
		rig_task(&rig, "w", "sleep 1ms; write_lock l; rw_unlock l");
		rig_task(&rig, "r",
			 dead ? "write_lock l; sem_wait s; rw_unlock l"
			      : "read_lock l; sem_wait s; rw_unlock l");
		rig_task(&rig, "k", dead ? "sleep 2ms; kill r; sem_wait s" : "sem_wait s");
		rig_expect_failure(
			&rig, dead ? "'w' (pid 8) in 'write_lock l', whose holder has died, 'k'"
				   : "'w' (pid 8) in 'write_lock l', 'r'");
	}
}

/*
 * The server that waits for a fair task (950 ms) and the period of real-time tasks (1 s) have
 * nobody left to serve.
 */
Test(sync, a_stuck_run_ends_when_the_last_has_fallen_asleep)
{
	static const struct {
		const char *kernel, *expected;
	} cases[] = {
		/* IDLE_TICKS_ONCE: a tick comes yet. */
		{"v6.1", "at 48 ms: 2 tasks sleep and nothing will wake them"},
		{"v6.12", "at 48 ms: 2 tasks sleep and nothing will wake them"},
		{"v6.18", "at 45 ms: 2 tasks sleep and nothing will wake them"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct rig rig;

		rig_init(&rig, 1, cases[i].kernel);
		rig_task(&rig, "fair", "run 5ms; sem_wait s");
		rig_task_attr(&rig, "rt", (struct rig_attr){.fifo = 1},
			      "sleep 3ms; run 40ms; sem_wait s");
		rig_expect_failure(&rig, cases[i].expected);
	}
}
