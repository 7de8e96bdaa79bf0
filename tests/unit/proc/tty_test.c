/* SPDX-License-Identifier: MIT */
/* Terminals and job control (process.md 4.2, 4.7, 6.1; drivers/tty/tty_jobctrl.c, n_tty.c). */
#include <criterion/criterion.h>

#include "rig.h"

#define MARKS RECORD_BIT(MARK)
#define ENDS  (MARKS | RECORD_BIT(EXIT))

static const struct loc nowhere;

static void terminal(struct rig *rig, const char *name, const struct tty_event *events, u32 nr)
{
	builder_tty(rig->builder, nowhere,
		    &(struct tty_spec){.name = name, .events = events, .nr_events = nr});
}

/*
 * What a shell does: it leads the session, ignores what stops the background, and gives the
 * terminal to its job, which does the same for itself, in case it comes first.
 */
#define SHELL \
	"setsid; open_tty t; sigaction TTOU=ignore; sigaction TTIN=ignore; sigaction TSTP=ignore; "
#define JOB \
	"sigaction TTIN=default; setpgid; tcsetpgrp; sigaction TTOU=default; sigaction TSTP=default; "

Test(tty, keys_signal_the_foreground_alone)
{
	static const struct tty_event keys[] = {{5 * MSEC, 0, TTY_INTR}, {8 * MSEC, 0, TTY_QUIT}};
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	terminal(&rig, "t", keys, 2);
	rig_template(&rig, "job", JOB "sleep 50ms");
	rig_template(&rig, "other", "setpgid; sleep 20ms; mark other");
	rig_task(&rig, "sh",
		 SHELL
		 "fork other; fork job; wait; mark one; fork job; wait; mark two; sleep 20ms");
	rig_expect(&rig, ENDS,
		   "5 ms exit job 0x2\n5 ms mark sh one\n8 ms exit job 0x83\n8 ms mark sh two\n"
		   "20 ms mark other other\n20 ms exit other 0x0\n28 ms exit sh 0x0\n");
}

/*
 * ^Z, bg, fg: the shell is told of each stop; who reads from the background is stopped by SIGTTIN,
 * and reads when it is fg.
 */
Test(tty, a_job_goes_to_the_background_and_back)
{
	static const struct tty_event keys[] = {{5 * MSEC, 0, TTY_SUSP}, {9 * MSEC, 7, TTY_LINE}};
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	terminal(&rig, "t", keys, 2);
	rig_template(&rig, "job", JOB "run 6ms; mark reads; tty_read 100; mark read");
	rig_task(
		&rig, "sh",
		SHELL
		"fork job; waitpid any+stopped; mark stopped; tcsetpgrp; sleep 1ms; cont job;"
		"waitpid any+stopped; mark again; sleep 1ms; tcsetpgrp job; cont job; waitpid any+stopped; mark over; tcsetpgrp");
	rig_expect(&rig, ENDS,
		   "5 ms mark sh stopped\n7 ms mark job reads\n7 ms mark sh again\n"
		   "9 ms mark job read\n9 ms exit job 0x0\n9 ms mark sh over\n9 ms exit sh 0x0\n");
}

/* n_tty_read() of no bytes has no reason to wait for a line. */
Test(tty, who_reads_nothing_does_not_wait)
{
	static const struct tty_event keys[] = {{5 * MSEC, 3, TTY_LINE}};
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	terminal(&rig, "t", keys, 1);
	rig_task(&rig, "sh",
		 SHELL "run 1ms; tty_read 0; mark nothing; tty_read 3; mark line; sleep 1ms");
	rig_expect(&rig, MARKS, "1 ms mark sh nothing\n5 ms mark sh line\n");
}

/*
 * A handler of SIGTTIN without SA_RESTART ends the read (EINTR); blocked or ignored it is EIO, and
 * leaves the loop.
 */
Test(tty, reads_from_the_background_that_do_not_stop)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	terminal(&rig, "t", NULL, 0);
	rig_template(&rig, "h", "mark handler");
	rig_template(
		&rig, "job",
		"setpgid; sigaction TTIN=h; tty_read 1; mark on; sigmask block TTIN; loop; tty_read 1; mark no; end;"
		"sigmask unblock TTIN; sigaction TTIN=ignore; loop; tty_read 1; mark no; end; mark out");
	rig_task(&rig, "sh", SHELL "fork job; wait");
	rig_expect(
		&rig, MARKS | RECORD_BIT(FAILED),
		"0 mark job handler\n0 mark job on\n0 failed job EIO t\n0 failed job EIO t\n0 mark job out\n");
}

/*
 * The first SIGTTIN of a read by another thread goes to the main one, as any signal of a process.
 * The call begins anew (ERESTARTSYS), which takes 100 ns at least, sends another, and now it is the
 * reader that does not block it: its call ends with EINTR.
 */
Test(tty, a_read_from_the_background_whose_signal_another_thread_handles)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	terminal(&rig, "t", NULL, 0);
	rig_template(&rig, "h", "mark handler; run 1ms");
	rig_template(&rig, "reader", "tty_read 1; mark on");
	rig_template(&rig, "job", "setpgid; sigaction TTIN=h; clone reader; sleep 5ms");
	rig_task(&rig, "sh", SHELL "fork job; wait");
	rig_expect(&rig, MARKS,
		   "0 mark job handler\n100 ns mark reader handler\n1 ms mark reader on\n");
}

/*
 * tostop: who writes in the background is stopped; without it nobody minds. Who ignores SIGTTOU
 * writes.
 */
Test(tty, writes_from_the_background)
{
	for (u32 tostop = 0; tostop < 2; tostop++) {
		struct rig rig;

		rig_init(&rig, 2, "v6.12");
		builder_tty(rig.builder, nowhere,
			    &(struct tty_spec){.name = "t", .tostop = tostop});
		rig_template(
			&rig, "job",
			"setpgid; tty_write 1; mark ignored; sigaction TTOU=default; tty_write 1; mark written");
		rig_task(
			&rig, "sh",
			SHELL
			"fork job; waitpid any+stopped; mark told; sleep 1ms; tcsetpgrp job; cont job; sleep 1ms");
		rig_expect(&rig, MARKS,
			   tostop ? "0 mark job ignored\n0 mark sh told\n1 ms mark job written\n"
				  : "0 mark job ignored\n0 mark job written\n0 mark sh told\n");
	}
}

/* Nobody could continue an orphaned group: EIO in place of the stop. */
Test(tty, an_orphaned_group_is_not_stopped)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	terminal(&rig, "t", NULL, 0);
	rig_template(
		&rig, "job",
		"setpgid; sleep 2ms; sigaction TTIN=default; loop; tty_read 1; mark no; end; mark out");
	rig_template(&rig, "middle", "setpgid; fork job; sleep 1ms");
	rig_task(&rig, "sh", SHELL "fork middle; wait; sleep 5ms");
	rig_expect(&rig, MARKS | RECORD_BIT(FAILED), "2 ms failed job EIO t\n2 ms mark job out\n");
}

/*
 * disassociate_ctty(): SIGHUP to the foreground, and the rest goes on without a controlling
 * terminal: reads do not stop.
 */
Test(tty, the_end_of_the_leader_hangs_up_the_foreground)
{
	static const struct tty_event keys[] = {{6 * MSEC, 0, TTY_INTR}, {7 * MSEC, 3, TTY_LINE}};
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	terminal(&rig, "t", keys, 2);
	rig_template(&rig, "fg", JOB "sleep 50ms");
	rig_template(&rig, "bg",
		     "setpgid; sleep 5ms; sigaction TTIN=default; tty_read 10; mark read");
	rig_task(&rig, "sh", SHELL "fork bg; fork fg; sleep 2ms; exit 1");
	rig_expect(&rig, ENDS,
		   "2 ms exit sh 0x100\n2 ms exit fg 0x1\n7 ms mark bg read\n7 ms exit bg 0x0\n");
}

/*
 * The window is closed: the leader hears of it, whatever stops it; reads end, writes fail; then the
 * rest of the foreground.
 */
Test(tty, a_hangup)
{
	static const struct tty_event keys[] = {{5 * MSEC, 0, TTY_HANGUP}, {6 * MSEC, 3, TTY_LINE}};
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	terminal(&rig, "t", keys, 2);
	rig_template(&rig, "hup", "mark hup");
	rig_template(
		&rig, "fg",
		JOB
		"sigaction HUP=default; loop; tty_read 1; mark no; end; mark eof; loop 2; tty_write 1; mark no; end; sleep 50ms");
	rig_task(&rig, "sh",
		 SHELL "sigaction HUP=hup; fork fg; wait; mark on; sleep 1ms; open_tty t; exit");
	rig_expect(&rig, ENDS | RECORD_BIT(FAILED),
		   "5 ms mark sh hup\n5 ms mark sh on\n5 ms mark fg eof\n5 ms failed fg EIO t\n"
		   "6 ms failed sh EIO t\n6 ms exit sh 0x0\n6 ms exit fg 0x1\n");
}

/*
 * A line for each read, in parts if it is longer; ^D ends the loop; ^C discards what was typed. All
 * readers are woken.
 */
Test(tty, lines)
{
	static const struct tty_event keys[] = {{1 * MSEC, 25, TTY_LINE}, {2 * MSEC, 5, TTY_LINE},
						{3 * MSEC, 9, TTY_LINE},  {3 * MSEC, 0, TTY_INTR},
						{4 * MSEC, 2, TTY_LINE},  {5 * MSEC, 0, TTY_EOF}};
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	terminal(&rig, "t", keys, 6);
	rig_task(
		&rig, "sh",
		SHELL
		"sigaction INT=ignore; loop 2; tty_read 10; mark part; end; tty_read 10; mark rest; tty_read 10; mark five;"
		"sleep 1500us; loop; tty_read 10; mark two; end; mark eof");
	rig_expect(
		&rig, MARKS,
		"1 ms mark sh part\n1 ms mark sh part\n1 ms mark sh rest\n2 ms mark sh five\n4 ms mark sh two\n5 ms mark sh eof\n");
}

/*
 * ENOTTY without a terminal, EPERM for a group of another session, ESRCH for nobody; ENXIO to read
 * without one.
 */
Test(tty, what_is_refused)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	terminal(&rig, "t", NULL, 0);
	rig_template(&rig, "gone", "run 1us");
	rig_task(&rig, "else", "setsid; sleep 1ms; open_tty t; tcsetpgrp; tty_write 1; sleep 1ms");
	rig_task(
		&rig, "sh",
		"tcsetpgrp; tty_read 1; tty_write 1; setsid; open_tty t; tcsetpgrp else; tcsetpgrp gone; sleep 5ms");
	rig_expect(
		&rig, RECORD_BIT(FAILED),
		"0 failed sh ENOTTY tcsetpgrp\n0 failed sh ENXIO tty\n0 failed sh ENXIO tty\n0 failed sh EPERM tcsetpgrp\n"
		"0 failed sh ESRCH tcsetpgrp\n1 ms failed else ENOTTY tcsetpgrp\n");
}
