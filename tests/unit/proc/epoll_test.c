/* SPDX-License-Identifier: MIT */
/* epoll end to end (process.md 8.8, fs/eventpoll.c). */
#include <criterion/criterion.h>

#include "rig.h"

#define MARKS RECORD_BIT(MARK)

/* Waiters of one epoll stand in line the last first. */
Test(epoll, an_event_wakes_the_last_who_came)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "w", (struct rig_attr){.fifo = 1, .count = 3},
		      "epoll_add ep eventfd=e+edge; epoll_wait ep; mark up");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 90},
		      "loop 3; sleep 1ms; event_write e 1; end");
	rig_expect(&rig, RECORD_BIT(FUTILE) | MARKS,
		   "1 ms mark w2 up\n2 ms mark w1 up\n3 ms mark w0 up\n");
}

/*
 * Level-triggered: who collects puts it back and wakes the next, who finds it gone or still there.
 */
Test(epoll, what_is_still_ready_wakes_the_next)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "w", (struct rig_attr){.fifo = 1, .count = 3},
		      "epoll_add ep eventfd=e; epoll_wait ep; event_read~ e; mark up");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 90},
		      "loop 3; sleep 1ms; event_write e 1; end");
	/*
	 * w2 finds it, puts it back and wakes w1; it reads in the same call's wake, so w1 looks at
	 * an empty counter and sleeps again. That takes the item off the list, and nobody else is
	 * woken.
	 */
	rig_expect(&rig, RECORD_BIT(FUTILE) | MARKS,
		   "1 ms mark w2 up\n1 ms futile w1\n2 ms mark w1 up\n2 ms futile w0\n"
		   "3 ms mark w0 up\n");
}

/*
 * Each of the three has an epoll of its own at one eventfd. Entries: the last added is the first.
 */
Test(epoll, every_epoll_is_told_unless_it_watches_exclusively)
{
	for (u32 exclusive = 0; exclusive < 2; exclusive++) {
		struct rig rig;

		rig_init(&rig, 1, "v6.12");
		builder_epoll(rig.builder, (struct loc){0}, "ep", true);
		rig_task_attr(
			&rig, "w", (struct rig_attr){.fifo = 1, .count = 3},
			exclusive
				? "epoll_add ep eventfd=e+excl; epoll_wait ep; event_read~ e; mark up"
				: "epoll_add ep eventfd=e; epoll_wait ep; event_read~ e; mark up");
		rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 90},
			      "loop 3; sleep 1ms; event_write e 1; end");
		/*
		 * Exclusive ones stand in order of arrival. One that waits no more passes its turn.
		 */
		rig_expect(&rig, RECORD_BIT(FUTILE) | MARKS,
			   exclusive ? "1 ms mark w0 up\n2 ms mark w1 up\n3 ms mark w2 up\n"
				     : "1 ms mark w2 up\n1 ms futile w1\n1 ms futile w0\n"
				       "2 ms mark w1 up\n2 ms futile w0\n3 ms mark w0 up\n");
	}
}

Test(epoll, an_edge_is_told_once_and_a_level_as_long_as_it_lasts)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "edge",
		 "epoll_add e1 pipe=p+edge; loop 2; epoll_wait e1+7ms; mark edge; end");
	rig_task(&rig, "level", "epoll_add e2 pipe=p; loop 2; epoll_wait e2+7ms; mark level; end");
	rig_task(&rig, "k", "sleep 1ms; pipe_write p 10; sleep 90ms; pipe_read p 10");
	rig_expect(&rig, MARKS,
		   "1 ms mark level level\n1 ms mark level level\n"
		   "1 ms mark edge edge\n8 ms mark edge edge\n");
}

/* Every write to a pipe that is polled is an event, though it was not empty (poll_usage). */
Test(epoll, each_write_to_a_pipe_is_an_edge)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "w", "epoll_add ep pipe=p+edge; loop 3; epoll_wait ep; mark edge; end");
	rig_task(&rig, "k", "loop 3; sleep 1ms; pipe_write p 10; end");
	rig_expect(&rig, MARKS, "1 ms mark w edge\n2 ms mark w edge\n3 ms mark w edge\n");
}

Test(epoll, a_oneshot_is_silent_until_it_is_changed)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(
		&rig, "w",
		"epoll_add ep eventfd=e+oneshot; epoll_wait ep; mark one; epoll_wait ep+5ms; mark none; "
		"epoll_mod ep eventfd=e+oneshot; epoll_wait ep; mark two");
	rig_task(&rig, "k", "loop 3; sleep 1ms; event_write e 1; end");
	rig_expect(&rig, MARKS, "1 ms mark w one\n6 ms mark w none\n6 ms mark w two\n");
}

/* As many as asked for; what is left comes first the next time, and what goes round last. */
Test(epoll, ready_blocks_are_done_for_what_was_told)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(
		&rig, "w",
		"epoll_add ep eventfd=a; epoll_add ep eventfd=b; epoll_add ep eventfd=c; sleep 5ms; "
		"loop 3; epoll_wait ep+2; ready eventfd=a; mark a; end; ready eventfd=b; mark b; end; "
		"ready eventfd=c; mark c; end; sleep 1ms; end");
	rig_task(&rig, "k", "sleep 1ms; event_write b 1; event_write a 1; event_write c 1");
	rig_expect(&rig, MARKS,
		   "5 ms mark w a\n5 ms mark w b\n"   /* b a | c */
		   "6 ms mark w b\n6 ms mark w c\n"   /* c b | a */
		   "7 ms mark w a\n7 ms mark w c\n"); /* a c | b */
}

Test(epoll, the_end_of_a_pipe_is_an_event)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_pipe(rig.builder, (struct loc){0}, "p", 65536, PIPE_WITH_ENDS);
	rig_task(
		&rig, "w",
		"epoll_add ep pipe=p; loop; epoll_wait ep; ready pipe=p; pipe_read p 100; end; mark data; "
		"end; mark end");
	rig_task(&rig, "k", "sleep 1ms; pipe_write p 10; sleep 1ms");
	rig_expect(&rig, MARKS, "1 ms mark w data\n2 ms mark w end\n");
}

Test(epoll, room_in_a_pipe_is_an_event)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_pipe(rig.builder, (struct loc){0}, "p", 4096, PIPE_ENDLESS);
	rig_task(
		&rig, "w",
		"epoll_add ep pipe=p+out; epoll_wait ep; mark room; pipe_write~ p 8192; mark part; "
		"epoll_wait ep; mark again");
	rig_task(&rig, "k", "sleep 1ms; pipe_read p 4096");
	rig_expect(&rig, MARKS, "0 mark w room\n0 mark w part\n1 ms mark w again\n");
}

/* EINTR, even with SA_RESTART. */
Test(epoll, a_handler_ends_the_wait)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark handler");
	rig_task(
		&rig, "w",
		"sigaction USR1=h+restart; epoll_add ep eventfd=e; epoll_wait ep; mark interrupted");
	rig_task(&rig, "k", "sleep 1ms; signal USR1 w; sleep 1ms; event_write e 1");
	rig_expect(&rig, MARKS, "1 ms mark w handler\n1 ms mark w interrupted\n");
}

/* A stop and a continue end it, too: epoll_wait is never restarted. */
Test(epoll, so_does_a_stop)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "w", "epoll_add ep eventfd=e; epoll_wait ep; mark interrupted");
	rig_task(&rig, "k", "sleep 1ms; stop w; sleep 1ms; cont w; sleep 5ms; event_write e 1");
	rig_expect(&rig, MARKS, "2 ms mark w interrupted\n");
}

Test(epoll, ready_blocks_nest_as_deep_as_loops)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(
		&rig, "w",
		"epoll_add ep eventfd=a; event_write a 1; epoll_wait ep; loop 1; loop 1; ready eventfd=a; "
		"loop 2; ready eventfd=a; loop 2; ready eventfd=a; mark in; end; end; end; end; end; end; end");
	rig_expect(&rig, MARKS, "0 mark w in\n0 mark w in\n0 mark w in\n0 mark w in\n");
}

#define FAILED_MARKS (RECORD_BIT(MARK) | RECORD_BIT(FAILED))

/* What is ready in the inner one is an event of the outer one; when it was taken, neither is. */
Test(epoll, an_epoll_in_an_epoll)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(
		&rig, "w",
		"epoll_add in pipe=p; epoll_add out epoll=in; epoll_add out eventfd=e; epoll_wait out; mark woken; "
		"ready epoll=in; mark inner; epoll_wait in; ready pipe=p; pipe_read p 1; mark pipe; end; end; "
		"epoll_wait out+9+2ms; ready epoll=in; mark no; end; mark late; epoll_wait out; ready eventfd=e; mark event; end");
	rig_task(&rig, "k", "sleep 1ms; pipe_write p 1; sleep 4ms; event_write e 1");
	rig_expect(
		&rig, FAILED_MARKS,
		"1 ms mark w woken\n1 ms mark w inner\n1 ms mark w pipe\n3 ms mark w late\n5 ms mark w event\n");
}

/* ep_loop_check(): no circle, and at most five in a row. */
Test(epoll, circles_and_long_rows_are_refused)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(
		&rig, "a",
		"epoll_add e1 epoll=e2; epoll_add e2 epoll=e3; mark row; epoll_add e3 epoll=e1; epoll_add e2 epoll=e1; "
		"epoll_add e3 epoll=e4; epoll_add e4 epoll=e5; mark five; epoll_add e5 epoll=e6; epoll_add e0 epoll=e1; "
		"epoll_del e2 epoll=e3; epoll_add e0 epoll=e1; mark shorter; epoll_add e5 pipe=p; pipe_write p 1; "
		"epoll_wait e3; mark up");
	rig_expect(
		&rig, FAILED_MARKS,
		"0 mark a row\n0 failed a ELOOP e3\n0 failed a ELOOP e2\n0 mark a five\n0 failed a ELOOP e5\n"
		"0 failed a ELOOP e0\n0 mark a shorter\n0 mark a up\n");
}

/* The private epoll of a process that ends is watched by nobody any more. */
Test(epoll, a_watched_epoll_goes_with_its_process)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_epoll(rig.builder, (struct loc){0}, "own", true);
	rig_task(&rig, "a", "epoll_add own pipe=p; epoll_add all epoll=own; sleep 1ms");
	rig_task(
		&rig, "b",
		"sleep 2ms; pipe_write p 1; epoll_wait all+9+1ms; ready epoll=own; mark no; end; mark late");
	rig_expect(&rig, FAILED_MARKS, "3 ms mark b late\n");
}
