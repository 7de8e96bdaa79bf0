/* SPDX-License-Identifier: MIT */
/* poll and select end to end (process.md 8.8, fs/select.c). */
#include <criterion/criterion.h>

#include "rig.h"

#define MARKS RECORD_BIT(MARK)

/* Not exclusive, the last who came first; who finds the event gone keeps its place. */
Test(poll, an_event_wakes_all_and_one_has_it)
{
	static const char *const programs[] = {
		"poll eventfd=e; event_read~ e; mark up",
		"select eventfd=e,eventfd=other; event_read~ e; mark up"};

	for (u32 i = 0; i < ARRAY_SIZE(programs); i++) {
		struct rig rig;

		rig_init(&rig, 1, "v6.12");
		rig_task_attr(&rig, "w", (struct rig_attr){.fifo = 1, .count = 3}, programs[i]);
		rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 90},
			      "loop 3; sleep 1ms; event_write e 1; end; event_write other 1");
		rig_expect(
			&rig, RECORD_BIT(FUTILE) | MARKS,
			"1 ms mark w2 up\n1 ms futile w1\n1 ms futile w0\n2 ms mark w1 up\n2 ms futile w0\n"
			"3 ms mark w0 up\n");
	}
}

/* pollwake() looks at what the event is about: room wakes nobody who polls for data. */
Test(poll, only_events_that_were_asked_for_wake)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "w", "send s.0 2000; poll socket=s.0 10ms; mark late");
	rig_task(&rig, "k", "sleep 1ms; recv s.1 2000; mark room");
	rig_expect(&rig, RECORD_BIT(FUTILE) | RECORD_BIT(WAKEUP) | MARKS,
		   "1 ms wakeup k\n1 ms mark k room\n10 ms wakeup w\n10 ms mark w late\n");
}

/* All that is ready is told, in one call; of the last call alone. */
Test(poll, tells_all_that_is_ready)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(
		&rig, "w",
		"event_write a 1; event_write b 1; poll eventfd=a,eventfd=c,eventfd=b; ready eventfd=c; mark c; end; "
		"ready eventfd=b; mark b; end; ready eventfd=a; event_read a; mark a; end; poll eventfd=a,timerfd=t 7ms; "
		"ready eventfd=a; mark no; end; ready eventfd=b; mark no; end; mark late; event_write c 1");
	rig_expect(&rig, MARKS, "0 mark w b\n0 mark w a\n7 ms mark w late\n");
}

/* The end of the data is told whatever was asked for. */
Test(poll, tells_that_the_other_side_is_gone)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_pipe(rig.builder, (struct loc){0}, "p", 4096, PIPE_WITH_ENDS);
	rig_task(
		&rig, "r",
		"loop; poll pipe=p; ready pipe=p; mark up; end; pipe_read p 9; mark data; end; mark end");
	rig_task(&rig, "w", "sleep 1ms; pipe_write p 5; sleep 2ms");
	rig_expect(&rig, MARKS,
		   "1 ms mark r up\n1 ms mark r data\n3 ms mark r up\n3 ms mark r end\n");
}

/* ERESTART_RESTARTBLOCK: a handler ends it, with SA_RESTART as well. */
Test(poll, a_handler_ends_it)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark handler");
	rig_task(
		&rig, "w",
		"sigaction USR1=h+restart; poll eventfd=e,eventfd=f 10ms; mark over; event_write e 1; event_write f 1");
	rig_task(&rig, "k", "sleep 2ms; signal USR1 w");
	rig_expect(&rig, MARKS, "2 ms mark w handler\n2 ms mark w over\n");
}

/*
 * do_poll() looks before it gives up: what came with the signal is told, and the handler runs
 * behind that.
 */
Test(poll, an_event_is_before_a_signal)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark handler");
	rig_task(&rig, "w",
		 "sigaction USR1=h; poll eventfd=e; ready eventfd=e; mark event; end; mark over");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 9},
		      "sleep 2ms; event_write e 1; signal USR1 w");
	rig_expect(&rig, MARKS, "2 ms mark w handler\n2 ms mark w event\n2 ms mark w over\n");
}

/* Stopped and continued it goes on to its time, or is over if that has passed. */
Test(poll, goes_on_after_a_stop)
{
	for (u32 late = 0; late < 2; late++) {
		struct rig rig;

		rig_init(&rig, 1, "v6.12");
		rig_task(&rig, "w", "poll eventfd=e 10ms; mark over; event_write e 1");
		rig_task(&rig, "k",
			 late ? "sleep 2ms; stop w; sleep 20ms; cont w"
			      : "sleep 2ms; stop w; sleep 3ms; cont w");
		rig_expect(&rig, RECORD_BIT(FUTILE) | MARKS,
			   late ? "22 ms mark w over\n" : "10 ms mark w over\n");
	}
}

/* Death takes it out of every queue: the event of 3 ms finds one poller, who was there before. */
Test(poll, the_dead_leave_their_queues)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "a", "poll eventfd=e,eventfd=f; mark up");
	rig_task(&rig, "b", "sleep 1ms; poll eventfd=e,eventfd=f; mark no");
	rig_task(&rig, "k", "sleep 2ms; kill b; sleep 1ms; event_write f 1; event_write e 1");
	rig_expect(
		&rig, MARKS | RECORD_BIT(WAKEUP),
		"1 ms wakeup b\n2 ms wakeup k\n2 ms wakeup b\n3 ms wakeup k\n3 ms wakeup a\n3 ms mark a up\n");
}

/* An epoll is ready when something in it is. */
Test(poll, an_epoll_may_be_polled)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(
		&rig, "w",
		"epoll_add ep eventfd=e; poll epoll=ep,timerfd=t; ready epoll=ep; mark inner; end; epoll_wait ep; "
		"ready eventfd=e; mark event; end; timerfd_settime t 1ms");
	rig_task(&rig, "k", "sleep 4ms; event_write e 1");
	rig_expect(&rig, MARKS, "4 ms mark w inner\n4 ms mark w event\n");
}
