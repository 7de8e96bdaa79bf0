/* SPDX-License-Identifier: MIT */
/* Socket pairs end to end (process.md 8.6, net/unix/af_unix.c). */
#include <criterion/criterion.h>

#include "rig.h"

#define MARKS RECORD_BIT(MARK)

/*
 * Measured on Linux (process.md 8.6): 278 messages of 1 byte, or 44 of 4096, are what a sender gets
 * rid of. 768 * 278 is the first sum not below 212992; a small message takes 256 for its descriptor
 * and 512 for its data and what stands behind them. The sender is told of room when a quarter is in
 * use: 69 messages, 768 * 69 * 4 = 211968, so the 209th received wakes it.
 */
Test(socket, small_messages_are_charged_with_their_memory)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "s", "loop 278; send s.0 1; end; mark full; send s.0 1; mark room");
	rig_task(&rig, "r", "sleep 1ms; recv s.1 208; sleep 1ms; recv s.1 1");
	rig_expect(&rig, MARKS, "0 mark s full\n2 ms mark s room\n");
}

Test(socket, so_are_large_ones)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "s", "loop 44; send s.0 4096; end; mark full; send s.0 1; mark room");
	/* 4864 each: of 44 there may be 10 left. */
	rig_task(
		&rig, "r",
		"sleep 1ms; loop 33; recv s.1 4096; end; sleep 1ms; recv s.1 4095; sleep 1ms; recv s.1 1");
	rig_expect(&rig, MARKS, "0 mark s full\n3 ms mark s room\n");
}

/* Half of the buffer is the largest piece; a send of three pieces is three messages and wakeups. */
Test(socket, a_long_send_is_cut_and_waits_in_the_middle)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_socket(rig.builder, (struct loc){0}, "s", 8192, false);
	/* Pieces of 4032, charged 256 + 512 + 4096: two fill it, the third waits for room. */
	rig_task(&rig, "s", "send s.0 12096; mark sent");
	rig_task(
		&rig, "r",
		"sleep 1ms; recv s.1 4032; mark one; sleep 1ms; recv s.1 4032; mark two; recv s.1 9999; mark three");
	rig_expect(&rig, MARKS,
		   "1 ms mark r one\n2 ms mark r two\n2 ms mark s sent\n2 ms mark r three\n");
}

/* Receivers are not exclusive and stand the last first. */
Test(socket, each_message_wakes_all_receivers)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "r", (struct rig_attr){.fifo = 1, .count = 3}, "recv s.1 10; mark got");
	rig_task_attr(&rig, "s", (struct rig_attr){.fifo = 90},
		      "loop 3; sleep 1ms; send s.0 10; end");
	rig_expect(&rig, RECORD_BIT(FUTILE) | MARKS,
		   "1 ms mark r2 got\n1 ms futile r1\n1 ms futile r0\n"
		   "2 ms mark r0 got\n2 ms futile r1\n3 ms mark r1 got\n");
}

Test(socket, both_ways_at_once)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_task(&rig, "client", "loop 2; send s.0 10; recv s.0 10; mark answer; end");
	rig_task(&rig, "server", "loop 2; recv s.1 10; run 1ms; send s.1 10; end");
	rig_expect(&rig, MARKS, "1 ms mark client answer\n2 ms mark client answer\n");
}

Test(socket, what_is_left_is_received_before_the_end)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_socket(rig.builder, (struct loc){0}, "s", 0, true);
	rig_task(&rig, "s", "send s.0 10; send s.0 10");
	rig_task(&rig, "r", "sleep 1ms; loop; recv s.1 10; mark got; end; mark end");
	rig_expect(&rig, MARKS, "1 ms mark r got\n1 ms mark r got\n1 ms mark r end\n");
}

/* A sender that sleeps for room is woken by the close and gets SIGPIPE if nothing was sent. */
Test(socket, nobody_receives_any_more)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_socket(rig.builder, (struct loc){0}, "s", 4608, true);
	rig_task(&rig, "s", "send s.0 100; sleep 2ms; send s.0 100");
	rig_task(&rig, "r", "recv s.1 100; sleep 1ms; close s.1; sleep 5ms");
	rig_expect(&rig, RECORD_BIT(EXIT), "2 ms exit s 0xd\n6 ms exit r 0x0\n");
}

/*
 * Six messages fit, the seventh waits. Data that is thrown away is a reset: told once; then the
 * pipe is broken.
 */
Test(socket, unread_data_is_a_reset_for_who_sleeps)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_socket(rig.builder, (struct loc){0}, "s", 4608, true);
	rig_task(&rig, "s", "loop; send s.0 100; end; mark reset; send s.0 100");
	rig_task(&rig, "r", "recv s.1 1; sleep 1ms; close s.1; sleep 5ms");
	rig_expect(&rig, MARKS | RECORD_BIT(EXIT),
		   "1 ms mark s reset\n1 ms exit s 0xd\n6 ms exit r 0x0\n");
}

/* A new call finds the pipe broken before it looks for errors (checked on 6.18). */
Test(socket, a_new_send_after_a_reset_meets_a_broken_pipe)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_socket(rig.builder, (struct loc){0}, "s", 0, true);
	rig_task(&rig, "s", "send s.0 100; sleep 2ms; send s.0 100; mark sent");
	rig_task(&rig, "r", "recv s.1 1; close s.1; sleep 5ms");
	rig_expect(&rig, MARKS | RECORD_BIT(EXIT), "2 ms exit s 0xd\n5 ms exit r 0x0\n");
}

Test(socket, epoll_watches_both_directions)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_socket(rig.builder, (struct loc){0}, "s", 4608, false);
	rig_task(
		&rig, "w",
		"send s.0 2000; epoll_add ep socket=s.0+in+out+edge; epoll_wait ep; mark in; recv s.0 9; "
		"epoll_wait ep; mark out");
	rig_task(&rig, "k", "sleep 1ms; send s.1 9; sleep 1ms; recv s.1 2000");
	rig_expect(&rig, MARKS, "1 ms mark w in\n2 ms mark w out\n");
}

/* The same of a send: of pieces of 4032 two are sent (see above). */
Test(socket, a_signal_ends_a_send_in_part)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_socket(rig.builder, (struct loc){0}, "s", 8192, false);
	rig_template(&rig, "h", "mark handler");
	rig_task(&rig, "a",
		 "sigaction USR1=h+restart; send s.0 12096; mark part; send s.0 1; mark anew");
	rig_task(
		&rig, "k",
		"sleep 1ms; signal USR1 a; sleep 1ms; signal USR1 a; sleep 1ms; recv s.1 4032; recv s.1 4032");
	rig_expect(
		&rig, MARKS,
		"1 ms mark a handler\n1 ms mark a part\n2 ms mark a handler\n3 ms mark a anew\n");
}
