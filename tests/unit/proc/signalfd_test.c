/* SPDX-License-Identifier: MIT */
/* signalfd end to end (process.md 6.9, 8.8, fs/signalfd.c). */
#include <criterion/criterion.h>

#include "rig.h"

#define MARKS RECORD_BIT(MARK)

static void signalfd_of(struct rig *rig, const char *first, const char *second)
{
	builder_signalfd(rig->builder, (struct loc){0}, "s",
			 SIGSET(signal_find(first)) | (second ? SIGSET(signal_find(second)) : 0));
}

/* Blocked, it stays pending until it is read; a second one is no second until then. */
Test(signalfd, takes_what_is_pending_and_waits_for_more)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	signalfd_of(&rig, "USR1", NULL);
	rig_task(
		&rig, "w",
		"sigmask block USR1; sleep 2ms; signalfd_read s; mark one; signalfd_read~ s; mark none; signalfd_read s; mark two");
	rig_task(&rig, "k", "sleep 1ms; signal USR1 w; signal USR1 w; sleep 4ms; signal USR1 w");
	rig_expect(&rig, MARKS, "2 ms mark w one\n2 ms mark w none\n5 ms mark w two\n");
}

/* The lowest number first, as a delivery has it. */
Test(signalfd, reads_in_the_order_of_delivery)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	signalfd_of(&rig, "RTMIN", "HUP");
	rig_template(&rig, "h", "mark handler");
	rig_task(
		&rig, "w",
		"sigmask block RTMIN,HUP; signal RTMIN; signal RTMIN; signal HUP; signalfd_read s; "
		"sigaction HUP=h; sigmask unblock HUP; mark no handler; signalfd_read s; signalfd_read s; mark both");
	rig_expect(&rig, MARKS, "0 mark w no\n0 mark w both\n");
}

/* ERESTARTSYS: another signal's handler ends it, or it begins anew. */
Test(signalfd, another_signal_interrupts_it)
{
	for (u32 restart = 0; restart < 2; restart++) {
		struct rig rig;

		rig_init(&rig, 1, "v6.12");
		signalfd_of(&rig, "USR1", NULL);
		rig_template(&rig, "h", "mark handler");
		rig_task(
			&rig, "w",
			restart ? "sigmask block USR1; sigaction USR2=h+restart; signalfd_read s; mark over"
				: "sigmask block USR1; sigaction USR2=h; signalfd_read s; mark over");
		rig_task(&rig, "k", "sleep 1ms; signal USR2 w; sleep 1ms; signal USR1 w");
		rig_expect(&rig, MARKS,
			   restart ? "1 ms mark w handler\n2 ms mark w over\n"
				   : "1 ms mark w handler\n1 ms mark w over\n");
	}
}

/* One is pending for all threads, so all are woken; the last who came is first, and takes it. */
Test(signalfd, wakes_all_threads_that_read_or_poll)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	signalfd_of(&rig, "USR1", NULL);
	rig_task_attr(&rig, "w", (struct rig_attr){.fifo = 1},
		      "sigmask block USR1; signalfd_read s; mark read");
	rig_task_attr(&rig, "t", (struct rig_attr){.fifo = 1, .thread_of = "w"},
		      "sigmask block USR1; poll signalfd=s; signalfd_read~ s; mark poll");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 90},
		      "sleep 1ms; signal USR1 w; sleep 1ms; signal USR1 w");
	rig_expect(&rig, MARKS | RECORD_BIT(FUTILE),
		   "1 ms mark t poll\n1 ms futile w\n2 ms mark w read\n");
}

/* The usual server: children that exit are an event among others. */
Test(signalfd, an_epoll_tells_of_children)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	signalfd_of(&rig, "CHLD", NULL);
	rig_template(&rig, "c", "run 3ms; exit 1");
	rig_task(
		&rig, "w",
		"sigmask block CHLD; epoll_add ep signalfd=s; fork c; epoll_wait ep; ready signalfd=s; signalfd_read s; mark child; "
		"end; wait; epoll_wait ep+9+1ms; mark quiet");
	rig_expect(&rig, MARKS | RECORD_BIT(EXIT),
		   "3 ms exit c 0x100\n3 ms mark w child\n4 ms mark w quiet\n4 ms exit w 0x0\n");
}

/* What others watch goes with the process that it was about. b begins when a has run, at 1 ms. */
Test(signalfd, a_dead_process_leaves_nothing_to_watch)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	signalfd_of(&rig, "USR1", NULL);
	rig_task(&rig, "a", "sigmask block USR1; epoll_add ep signalfd=s; run 1ms");
	rig_task(&rig, "b",
		 "sleep 2ms; epoll_wait ep+9+3ms; mark late; epoll_del ep signalfd=s; mark gone");
	rig_expect(&rig, MARKS, "6 ms mark b late\n6 ms mark b gone\n");
}

/*
 * sighand's signalfd_wqh: processes that share their actions share that queue, though each reads
 * what is pending for itself.
 */
Test(signalfd, those_who_share_actions_are_woken_too)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	signalfd_of(&rig, "USR1", NULL);
	rig_template(&rig, "c", "signalfd_read s; mark read");
	rig_task(&rig, "p", "sigmask block USR1; clone c vm,sighand; signalfd_read s; mark read");
	rig_task(&rig, "k", "sleep 1ms; signal USR1 c; sleep 1ms; signal USR1 p");
	rig_expect(&rig, MARKS | RECORD_BIT(FUTILE),
		   "1 ms mark c read\n1 ms futile p\n2 ms mark p read\n");
}
