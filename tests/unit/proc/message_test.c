/* SPDX-License-Identifier: MIT */
/* Message queues of System V and of POSIX end to end (process.md 8.7, ipc/msg.c, ipc/mqueue.c). */
#include <criterion/criterion.h>

#include "rig.h"

#define MARKS RECORD_BIT(MARK)

Test(msg_queue, a_message_goes_to_the_first_receiver_that_wants_it)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "two", (struct rig_attr){.fifo = 9}, "msgrcv q 2 99; mark got");
	rig_task_attr(&rig, "upto3", (struct rig_attr){.fifo = 8}, "msgrcv q -3 99; mark got");
	rig_task_attr(&rig, "not2", (struct rig_attr){.fifo = 7}, "msgrcv q 2 99 except; mark got");
	rig_task_attr(&rig, "any", (struct rig_attr){.fifo = 6}, "msgrcv q 0 99; mark got");
	rig_task_attr(
		&rig, "k", (struct rig_attr){.fifo = 90},
		"sleep 1ms; msgsnd q 3; sleep 1ms; msgsnd q 3; sleep 1ms; msgsnd q 3; sleep 1ms; msgsnd q 2");
	rig_expect(
		&rig, MARKS,
		"1 ms mark upto3 got\n2 ms mark not2 got\n3 ms mark any got\n4 ms mark two got\n");
}

/* In the queue: 5 3 1 3. A bound takes the lowest type, the oldest of it. */
Test(msg_queue, types_choose_among_what_is_there)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(
		&rig, "w",
		"msgsnd q 5; msgsnd q 3; msgsnd q 1; msgsnd q 3; msgrcv q -4 99; msgrcv~ q 1 99; mark gone; "
		"msgrcv q 3 99; msgrcv q 5 99 except; msgrcv~ q 5 99 except; mark five; msgrcv q 0 99; mark end");
	rig_expect(&rig, MARKS, "0 mark w gone\n0 mark w five\n0 mark w end\n");
}

/* All whose message fits are woken by a receive; one of them finds room. */
Test(msg_queue, room_wakes_all_senders_that_fit_now)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_msg_queue(rig.builder, (struct loc){0}, "q", 100);
	rig_task_attr(&rig, "full", (struct rig_attr){.fifo = 50}, "msgsnd q 1 60; msgsnd q 1 40");
	rig_task_attr(&rig, "big", (struct rig_attr){.fifo = 9}, "msgsnd q 1 80; mark sent");
	rig_task_attr(&rig, "a", (struct rig_attr){.fifo = 8}, "msgsnd q 1 50; mark sent");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 7}, "msgsnd q 1 50; mark sent");
	rig_task_attr(
		&rig, "k", (struct rig_attr){.fifo = 90},
		"sleep 1ms; msgrcv q 0 99; sleep 1ms; msgrcv q 0 99; sleep 1ms; msgrcv q 0 99; "
		"sleep 1ms; msgrcv q 0 99");
	/*
	 * At 1 there are 60 free: a and b come, a sends. At 2 there are 50: b. At 3 it is 50 again:
	 * big, at the end of the line by now, does not fit; at 4 it does.
	 */
	rig_expect(&rig, RECORD_BIT(FUTILE) | MARKS,
		   "1 ms mark a sent\n1 ms futile b\n2 ms mark b sent\n4 ms mark big sent\n");
}

/* E2BIG: who has no room for it goes on without, and the next gets it. */
Test(msg_queue, a_message_that_is_too_long_for_one_goes_to_the_next)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "small", (struct rig_attr){.fifo = 9}, "msgrcv q 0 10; mark failed");
	rig_task_attr(&rig, "cuts", (struct rig_attr){.fifo = 8},
		      "msgrcv q 0 10 truncate; mark got");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 90}, "sleep 1ms; msgsnd q 1 20");
	rig_expect(
		&rig, RECORD_BIT(WAKEUP) | MARKS,
		"1 ms wakeup k\n1 ms wakeup small\n1 ms wakeup cuts\n1 ms mark small failed\n1 ms mark cuts got\n");
}

/* By the priority of the task, nice included; first come first served among equals. */
Test(mqueue, receivers_stand_by_their_tasks_priority)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "n5", (struct rig_attr){.nice = 5}, "mq_receive q; mark got");
	rig_task_attr(&rig, "n0", (struct rig_attr){.count = 2, .start_ns = 100 * USEC},
		      "mq_receive q; mark got");
	rig_task_attr(&rig, "f1", (struct rig_attr){.fifo = 1, .start_ns = 200 * USEC},
		      "mq_receive q; mark got");
	rig_task_attr(&rig, "f9", (struct rig_attr){.fifo = 9, .start_ns = 300 * USEC},
		      "mq_receive q; mark got");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 90},
		      "loop 5; sleep 1ms; mq_send q; end");
	rig_expect(
		&rig, MARKS,
		"1 ms mark f9 got\n2 ms mark f1 got\n3 ms mark n00 got\n4 ms mark n01 got\n5 ms mark n5 got\n");
}

/*
 * b (nice 10) waits and is raised to -10 by k; then a (nice 0) comes and finds it the stronger one.
 * c (nice -5) waits and is lowered to 15: it does not move, but d (nice 10) goes before it.
 */
Test(mqueue, who_comes_asks_what_priority_those_have_now)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "b", (struct rig_attr){.nice = 10}, "mq_receive q; mark got");
	rig_task_attr(&rig, "a", (struct rig_attr){.start_ns = 200 * USEC},
		      "mq_receive q; mark got");
	rig_task_attr(&rig, "c", (struct rig_attr){.nice = -5}, "mq_receive p; mark got");
	rig_task_attr(&rig, "d", (struct rig_attr){.nice = 10, .start_ns = 200 * USEC},
		      "mq_receive p; mark got");
	rig_task_attr(
		&rig, "k", (struct rig_attr){.fifo = 90},
		"sleep 100us; nice -10 b; nice 15 c; sleep 900us; mq_send q; mq_send p; sleep 1ms;"
		"mq_send q; mq_send p");
	rig_expect(&rig, MARKS,
		   "1 ms mark b got\n1 ms mark d got\n2 ms mark a got\n2 ms mark c got\n");
}

/*
 * A full queue of two: the sender that waits first by its priority has its message put in by the
 * receiver. Then what is there is taken by the messages' priorities: 9, 5 (of f), 5 (of n, older
 * than the last), 1.
 */
Test(mqueue, a_receive_puts_in_the_message_of_a_waiting_sender)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_mqueue(rig.builder, (struct loc){0}, "q", 2);
	rig_task_attr(&rig, "first", (struct rig_attr){.fifo = 50},
		      "mq_send q 1; mq_send q 9; mq_send~ q 30; mark full");
	rig_task_attr(&rig, "n", (struct rig_attr){.start_ns = 100 * USEC},
		      "mq_send q 5; mark sent");
	rig_task_attr(&rig, "f", (struct rig_attr){.fifo = 1, .start_ns = 200 * USEC},
		      "mq_send q 4; mark sent");
	rig_task_attr(
		&rig, "k", (struct rig_attr){.fifo = 90},
		"sleep 1ms; mq_receive q; sleep 1ms; mq_receive q; sleep 1ms; mq_receive q; mq_receive q; "
		"mq_receive~ q; mark empty");
	rig_expect(&rig, MARKS,
		   "0 mark first full\n1 ms mark f sent\n2 ms mark n sent\n3 ms mark k empty\n");
}

Test(mqueue, waits_end_on_time)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_mqueue(rig.builder, (struct loc){0}, "q", 1);
	rig_task(
		&rig, "w",
		"mq_receive q 0 5ms; mark late; mq_send q 0; mq_send q 0 2ms; mark full; mq_receive q; mark got");
	rig_expect(&rig, MARKS, "5 ms mark w late\n7 ms mark w full\n7 ms mark w got\n");
}

Test(mqueue, epoll_watches_it)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "w",
		 "epoll_add ep mqueue=q; epoll_wait ep; mark in; mq_receive q; mark got");
	rig_task(&rig, "k", "sleep 1ms; mq_send q 1");
	rig_expect(&rig, MARKS, "1 ms mark w in\n1 ms mark w got\n");
}

#define FAILURES (RECORD_BIT(FAILED) | MARKS)

/*
 * freeque(): receivers and senders get EIDRM, messages are gone; later calls find nothing (EINVAL).
 */
Test(msg_queue, the_end_of_a_queue_ends_all_waits)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_msg_queue(rig.builder, (struct loc){0}, "q", 100);
	rig_task_attr(&rig, "fills", (struct rig_attr){.fifo = 9},
		      "msgsnd q 1 90; sleep 2ms; msgrcv q 0 99; mark late");
	rig_task_attr(&rig, "sends", (struct rig_attr){.fifo = 8}, "msgsnd q 1 20; mark gone");
	rig_task_attr(&rig, "gets", (struct rig_attr){.fifo = 7}, "msgrcv q 2 99; mark gone");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 90},
		      "sleep 1ms; msgctl q 0 0 remove; mark removed");
	rig_expect(
		&rig, FAILURES,
		"1 ms mark k removed\n1 ms failed sends EIDRM q\n1 ms mark sends gone\n"
		"1 ms failed gets EIDRM q\n1 ms mark gets gone\n2 ms failed fills EINVAL q\n2 ms mark fills late\n");
}

/*
 * IPC_SET: senders whose message fits now go on; receivers look again and stand at the end of the
 * line then, in the order in which they ran (f2 before f1), so f2's message comes first.
 */
Test(msg_queue, more_room_lets_senders_in)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_msg_queue(rig.builder, (struct loc){0}, "q", 100);
	rig_task_attr(&rig, "s", (struct rig_attr){.fifo = 3},
		      "msgsnd q 1 90; msgsnd q 1 50; mark sent; msgsnd q 1 70; mark sent");
	rig_task_attr(&rig, "f1", (struct rig_attr){.fifo = 2, .start_ns = 100 * USEC},
		      "msgrcv q 2 99; mark got");
	rig_task_attr(&rig, "f2", (struct rig_attr){.fifo = 4, .start_ns = 200 * USEC},
		      "msgrcv q 2 99; mark got");
	rig_task_attr(
		&rig, "k", (struct rig_attr){.fifo = 90},
		"sleep 1ms; msgctl q 0 200; sleep 1ms; msgctl q 0 400; msgsnd q 2 1; sleep 1ms; msgsnd q 2 1");
	rig_expect(&rig, MARKS,
		   "1 ms mark s sent\n2 ms mark f2 got\n2 ms mark s sent\n3 ms mark f1 got\n");
}

/* __do_notify(): once, when the queue was empty and nobody waits; a second asker gets EBUSY. */
Test(mq_notify, one_signal_for_a_message_in_an_empty_queue)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark told");
	rig_task(
		&rig, "a",
		"sigaction USR1=h; mq_notify q USR1; mq_notify q USR1; pause; mark on; mq_notify q USR1; sleep 9ms; mark end");
	rig_task(
		&rig, "b",
		"sleep 500us; mq_notify q USR2; mq_notify q; sleep 2500us; mq_receive q; mq_receive q; mq_receive q; mark got; sleep 2ms");
	rig_task(&rig, "k",
		 "sleep 1ms; mq_send q; mq_send q; sleep 3ms; mq_send q; sleep 1ms; mq_send q");
	/*
	 * At 2 ms both messages are in; at 3 b takes them and waits: the one at 4 is b's. The one
	 * at 5 is told.
	 */
	rig_expect(
		&rig, FAILURES,
		"0 failed a EBUSY q\n500 us failed b EBUSY q\n1 ms mark a told\n1 ms mark a on\n4 ms mark b got\n"
		"5 ms mark a told\n5 ms mark a end\n");
}

/* It is told of a message in the empty queue: of the second there is nothing to tell. */
Test(mq_notify, a_message_behind_another_is_not_told_of)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark told");
	rig_task(
		&rig, "a",
		"sigaction USR1=h; mq_send q; mq_notify q USR1; mq_send q; mark quiet; mq_receive q; mq_receive q; "
		"mq_send q; mark end");
	rig_expect(&rig, MARKS, "0 mark a quiet\n0 mark a told\n0 mark a end\n");
}

/* mqueue_flush_file(): the end of the process, and an exec, call it off. */
Test(mq_notify, it_ends_with_the_process_or_its_program)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "tool", "sleep 2ms; mark alive");
	rig_task(&rig, "a", "mq_notify q USR1");
	rig_task(&rig, "b", "sleep 1ms; mq_notify q USR1; exec tool tool");
	rig_task(&rig, "c", "sleep 2ms; mq_notify q USR2; mq_notify q; mq_send q; mark alive");
	rig_expect(&rig, FAILURES, "2 ms mark c alive\n3 ms mark tool alive\n");
}

/* ---- mq_unlink() ---- */

/*
 * Who has the queue open goes on with it: the message of 3 ms is for who has waited since 0. Who
 * begins behind the unlink has another queue, which is there from then on, so that its name can be
 * unlinked again; a second unlink at once finds no name.
 */
Test(message, a_queue_whose_name_is_gone_goes_on_for_who_has_it_open)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_task(&rig, "old", "mq_receive q; mark got");
	rig_task(&rig, "early", "sleep 3ms; mq_send q; mark sent");
	rig_task(&rig, "admin",
		 "sleep 1ms; mq_unlink q; mq_unlink q; sleep 4ms; mq_unlink q; mark again");
	rig_task_attr(&rig, "late", (struct rig_attr){.start_ns = 2 * MSEC},
		      "mq_send q; mark sent; sleep 5ms");
	rig_task_attr(&rig, "later", (struct rig_attr){.start_ns = 4 * MSEC},
		      "mq_receive q; mark got");
	rig_task_attr(&rig, "last", (struct rig_attr){.start_ns = 6 * MSEC},
		      "mq_receive q 0 2ms; mark none");
	rig_expect(&rig, RECORD_BIT(MARK) | RECORD_BIT(FAILED),
		   "1 ms failed admin ENOENT q\n"
		   "2 ms mark late sent\n"
		   "3 ms mark early sent\n"
		   "3 ms mark old got\n"
		   "4 ms mark later got\n"
		   "5 ms mark admin again\n"
		   "8 ms mark last none\n");
}

/*
 * A child has what its parent has open; an exec closes it (O_CLOEXEC) and opens the name anew. An
 * epoll watches what its process has.
 */
Test(message, a_child_has_its_parents_queue_and_an_exec_another)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_template(&rig, "child", "mq_receive q; mark first");
	rig_template(&rig, "new", "mq_receive q 0 3ms; mark none");
	rig_template(&rig, "execs", "exec /bin/new new");
	rig_task(
		&rig, "p",
		"mq_send q; sleep 2ms; fork execs; sleep 1ms; fork child; sleep 5ms; mq_receive q 0 1ms; mark empty");
	rig_task(
		&rig, "watches",
		"epoll_add ep mqueue=q; sleep 2ms; epoll_wait ep+1+500us; ready mqueue=q; mark told; end");
	rig_task(&rig, "admin", "sleep 1ms; mq_unlink q");
	rig_task_attr(
		&rig, "late", (struct rig_attr){.start_ns = 1500 * USEC},
		"epoll_add own mqueue=q; epoll_wait own+1+600us; ready mqueue=q; mark told; end; mark nothing");
	rig_expect(
		&rig, RECORD_BIT(MARK),
		"2 ms mark watches told\n2.1 ms mark late nothing\n3 ms mark child first\n5 ms mark new none\n9 ms mark p empty\n");
}
