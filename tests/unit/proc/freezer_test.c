/* SPDX-License-Identifier: MIT */
/* Groups that are frozen and thawed: kernel/cgroup/freezer.c, kernel/signal.c do_freezer_trap(). */
#include <criterion/criterion.h>
#include <string.h>

#include "rig.h"

#define MARKS (RECORD_BIT(MARK) | RECORD_BIT(EXIT))

static void group(struct rig *rig, const char *name, u32 parent)
{
	builder_group(rig->builder, &(struct group_spec){.name = name,
							 .parent = parent,
							 .shares = 1024,
							 .quota_ns = GROUP_NO_QUOTA,
							 .period_ns = 100 * MSEC});
}

static void in(struct rig *rig, const char *name, const char *group, const char *program)
{
	rig_task_attr(rig, name, (struct rig_attr){.group = group}, program);
}

/*
 * 10 ms of run have 2 left at 8. The sleep is over at 20; after the thaw its call begins anew, and
 * its timer is due at once.
 */
Test(freezer, whoever_runs_or_sleeps_stands_still_in_S_up_to_the_thaw)
{
	struct rig rig;

	rig_init(&rig, 3, "v6.12");
	group(&rig, "outer", GROUP_ROOT);
	group(&rig, "inner", 0);
	rig_task_attr(&rig, "runs", (struct rig_attr){.group = "outer", .cpus = "0"},
		      "run 10ms; mark ran");
	rig_task_attr(&rig, "sleeps", (struct rig_attr){.group = "inner", .cpus = "1"},
		      "sleep 20ms; mark slept; sleep 5ms");
	rig_task_attr(
		&rig, "admin", (struct rig_attr){.cpus = "2"},
		"sleep 8ms; set_group outer+freeze; sleep 22ms; set_group outer+thaw; sleep 9ms");
	rig_expect(&rig, MARKS | RECORD_BIT(SWITCH),
		   "0 switch swapper/0 R > runs\n"
		   "0 switch swapper/1 R > sleeps\n"
		   "0 switch sleeps S > swapper/1\n"
		   "0 switch swapper/2 R > admin\n"
		   "0 switch admin S > swapper/2\n"
		   "8 ms switch swapper/2 R > admin\n"
		   "8 ms switch admin S > swapper/2\n"
		   "8 ms switch runs S > swapper/0\n"
		   "8 ms switch swapper/1 R > sleeps\n"
		   "8 ms switch sleeps S > swapper/1\n"
		   "30 ms switch swapper/2 R > admin\n"
		   "30 ms switch admin S > swapper/2\n"
		   "30 ms switch swapper/0 R > runs\n"
		   "30 ms switch swapper/1 R > sleeps\n"
		   "30 ms switch sleeps S > swapper/1\n"
		   "30 ms switch swapper/1 R > sleeps\n"
		   "30 ms mark sleeps slept\n"
		   "30 ms switch sleeps S > swapper/1\n"
		   "32 ms mark runs ran\n"
		   "32 ms exit runs 0x0\n"
		   "32 ms switch runs Z > swapper/0\n"
		   "35 ms switch swapper/1 R > sleeps\n"
		   "35 ms exit sleeps 0x0\n"
		   "35 ms switch sleeps Z > swapper/1\n"
		   "39 ms switch swapper/2 R > admin\n"
		   "39 ms exit admin 0x0\n"
		   "39 ms switch admin Z > swapper/2\n");
}

/*
 * What kills is not stopped by the frost; what has a handler waits, and so does a stop (6.5, last
 * row).
 */
Test(freezer, deadly_signals_are_heard_and_no_others)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	group(&rig, "g", GROUP_ROOT);
	rig_template(&rig, "h", "mark handled");
	in(&rig, "killed", "g", "pause");
	in(&rig, "termed", "g", "pause");
	in(&rig, "handles", "g", "sigaction USR1=h; sleep 50ms; mark eintr");
	in(&rig, "stopped", "g", "run 10ms; mark ran");
	rig_task(
		&rig, "admin",
		"sleep 2ms; set_group g+freeze; sleep 2ms; kill killed; signal TERM termed; signal USR1 handles; stop stopped; "
		"sleep 6ms; set_group g+thaw; sleep 10ms; cont stopped");
	rig_expect(
		&rig, MARKS,
		"4 ms exit killed 0x9\n4 ms exit termed 0xf\n10 ms mark handles handled\n10 ms mark handles eintr\n"
		"10 ms exit handles 0x0\n20 ms exit admin 0x0\n28 ms mark stopped ran\n28 ms exit stopped 0x0\n");
}

/*
 * Of two who wait for a lock the first is frozen: the other gets it. A reader of a pipe begins
 * anew.
 */
Test(freezer, what_others_give_goes_to_who_is_not_frozen)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	group(&rig, "g", GROUP_ROOT);
	rig_task(&rig, "holder", "lock m; run 5ms; unlock m; pipe_write p 1");
	in(&rig, "frozen", "g", "sleep 1ms; lock m; mark frozen; unlock m");
	in(&rig, "reader", "g", "pipe_read p 1; mark read");
	rig_task(&rig, "second", "sleep 2ms; lock m; mark second; unlock m");
	rig_task(&rig, "admin", "sleep 3ms; set_group g+freeze; sleep 7ms; set_group g+thaw");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "5 ms mark second second\n10 ms mark frozen frozen\n10 ms mark reader read\n");
}

/*
 * cgroup_post_fork(), cgroup_freezer_migrate_task(): it counts where a task is. The move lasts
 * until the third tick from 4 ms on, 16; 1 ms of its work is left then. The request is done at 3
 * ms, in D; its task freezes behind it.
 */
Test(freezer, who_comes_freezes_and_who_goes_thaws)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	builder_device(rig.builder, (struct loc){0}, "disk",
		       &(struct device_options){.depth = 1,
						.parallel = 1,
						.has_service = true,
						.service = {.value = 3 * MSEC}});
	group(&rig, "g", GROUP_ROOT);
	in(&rig, "io", "g", "io disk 1; mark io");
	rig_task_attr(&rig, "late", (struct rig_attr){.group = "g", .start_ns = 3 * MSEC},
		      "mark late");
	in(&rig, "goes", "g", "sleep 1ms; run 2ms; mark gone");
	rig_task(
		&rig, "admin",
		"sleep 2ms; set_group g+freeze; sleep 2ms; group root goes; sleep 16ms; set_group g+thaw");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "17 ms mark goes gone\n32 ms mark io io\n32 ms mark late late\n");
}

/* ---- The freezer of cgroup v1 ---- */

/*
 * Who runs goes to the refrigerator, in D; a sleep of 40 ms is frozen as it is, without a switch,
 * and is not over by itself before the thaw; one of 50 ms sleeps on. A read of a pipe may not be
 * frozen: it is broken off and begins anew.
 */
Test(freezer, of_v1_leaves_sleeps_alone_that_may_be_frozen)
{
	struct rig rig;

	rig_init(&rig, 5, "v6.12");
	group(&rig, "outer", GROUP_ROOT);
	group(&rig, "inner", 0);
	rig_task_attr(&rig, "runs", (struct rig_attr){.group = "outer", .cpus = "0"},
		      "run 10ms; mark ran");
	rig_task_attr(&rig, "short", (struct rig_attr){.group = "inner", .cpus = "1"},
		      "sleep 20ms; mark slept");
	rig_task_attr(&rig, "long", (struct rig_attr){.group = "inner", .cpus = "2"},
		      "sleep 40ms; mark slept");
	rig_task_attr(&rig, "reads", (struct rig_attr){.group = "inner", .cpus = "3"},
		      "pipe_read p 1; mark read");
	rig_task_attr(
		&rig, "admin", (struct rig_attr){.cpus = "4"},
		"sleep 8ms; set_group outer+FROZEN; pipe_write p 1; sleep 22ms; set_group outer+THAWED; sleep 11ms");
	rig_expect(&rig, RECORD_BIT(MARK) | RECORD_BIT(SWITCH),
		   "0 switch swapper/0 R > runs\n"
		   "0 switch swapper/1 R > short\n"
		   "0 switch short S > swapper/1\n"
		   "0 switch swapper/2 R > long\n"
		   "0 switch long S > swapper/2\n"
		   "0 switch swapper/3 R > reads\n"
		   "0 switch reads S > swapper/3\n"
		   "0 switch swapper/4 R > admin\n"
		   "0 switch admin S > swapper/4\n"
		   "8 ms switch swapper/4 R > admin\n"
		   "8 ms switch admin S > swapper/4\n"
		   "8 ms switch runs D > swapper/0\n"
		   "8 ms switch swapper/3 R > reads\n"
		   "8 ms switch reads D > swapper/3\n"
		   "30 ms switch swapper/4 R > admin\n"
		   "30 ms switch admin S > swapper/4\n"
		   "30 ms switch swapper/0 R > runs\n"
		   "30 ms switch swapper/1 R > short\n"
		   "30 ms mark short slept\n"
		   "30 ms switch short Z > swapper/1\n"
		   "30 ms switch swapper/3 R > reads\n"
		   "30 ms mark reads read\n"
		   "30 ms switch reads Z > swapper/3\n"
		   "32 ms mark runs ran\n"
		   "32 ms switch runs Z > swapper/0\n"
		   "40 ms switch swapper/2 R > long\n"
		   "40 ms mark long slept\n"
		   "40 ms switch long Z > swapper/2\n"
		   "41 ms switch swapper/4 R > admin\n"
		   "41 ms switch admin Z > swapper/4\n");
}

/*
 * TASK_FREEZABLE in 6.12.117: do_wait() and unix_stream_data_wait() sleep on, and so they are not
 * switched to at 2 ms; __skb_wait_for_more_packets() and poll_schedule_timeout() are woken and
 * freeze in D.
 */
Test(freezer, of_v1_wakes_only_who_does_not_sleep_freezable)
{
	static const struct {
		const char *program;
		bool sleeps_on;
	} waits[] = {
		{"fork child; wait", true},
		{"fork child; waitall", true},
		{"fork child; waitpid child", true},
		{"recv stream.0 1", true},
		{"recv packets.0 1", false},
		{"poll pipe=p", false},
		{"pause", false},
	};

	for (u32 i = 0; i < ARRAY_SIZE(waits); i++) {
		struct rig rig;

		rig_init(&rig, 3, "v6.12");
		group(&rig, "g", GROUP_ROOT);
		builder_socket_kind(rig.builder, (struct loc){0}, "packets", 212992,
				    SOCKET_DATAGRAM);
		rig_template(&rig, "child", "sleep 50ms");
		rig_task_attr(&rig, "w", (struct rig_attr){.group = "g", .cpus = "0"},
			      waits[i].program);
		rig_task_attr(
			&rig, "admin", (struct rig_attr){.cpus = "1"},
			"sleep 2ms; set_group g+FROZEN; sleep 2ms; set_group g+THAWED; kill w");
		cr_expect_eq(strstr(rig_run(&rig, RECORD_BIT(SWITCH)),
				    "2 ms switch swapper/0 R > w\n2 ms switch w D > swapper/0\n") ==
				     NULL,
			     waits[i].sleeps_on, "%s: %s", waits[i].program, rig.lines.at);
		rig_fini(&rig);
	}
}

/*
 * Nobody hears a signal, SIGKILL neither (process.md 6.5, last row); a futex hands over to the
 * frozen, who goes on later.
 */
Test(freezer, of_v1_keeps_all_signals_back)
{
	struct rig rig;

	rig_init(&rig, 8, "v6.12");
	group(&rig, "g", GROUP_ROOT);
	rig_template(&rig, "h", "mark handled");
	in(&rig, "killed", "g", "pause");
	in(&rig, "sleeps", "g", "sleep 1s");
	in(&rig, "runs", "g", "run 1s");
	in(&rig, "handles", "g", "sigaction USR1=h; sleep 50ms; mark eintr");
	in(&rig, "stopped", "g", "run 5ms; mark ran");
	in(&rig, "waits", "g", "futex_wait w+=0; mark woken");
	rig_task(
		&rig, "admin",
		"sleep 1ms; stop stopped; sleep 1ms; set_group g+FROZEN; sleep 2ms; kill killed; kill sleeps; kill runs; "
		"signal USR1 handles; cont stopped; futex_wake w; sleep 6ms; set_group g+THAWED");
	rig_expect(&rig, MARKS,
		   "10 ms exit admin 0x0\n"
		   "10 ms exit killed 0x9\n"
		   "10 ms exit sleeps 0x9\n"
		   "10 ms exit runs 0x9\n"
		   "10 ms mark handles handled\n10 ms mark handles eintr\n10 ms exit handles 0x0\n"
		   "10 ms mark waits woken\n10 ms exit waits 0x0\n"
		   "14 ms mark stopped ran\n14 ms exit stopped 0x0\n");
}

/*
 * Who is in D freezes behind that; who is killed in it dies after the thaw. One whose group both
 * freezers hold needs both.
 */
Test(freezer, of_v1_waits_for_the_end_of_D)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	builder_device(rig.builder, (struct loc){0}, "disk",
		       &(struct device_options){.depth = 2,
						.parallel = 2,
						.has_service = true,
						.service = {.value = 5 * MSEC}});
	group(&rig, "g", GROUP_ROOT);
	in(&rig, "io", "g", "io disk 1; mark io");
	in(&rig, "dies", "g", "io disk 1; mark never");
	in(&rig, "both", "g", "run 5ms; mark both");
	rig_task(
		&rig, "admin",
		"sleep 2ms; set_group g+FROZEN; set_group g+freeze; kill dies; sleep 8ms; set_group g+freeze; set_group g+THAWED; "
		"sleep 2ms; set_group g+thaw");
	rig_expect(
		&rig, MARKS,
		"10 ms exit dies 0x9\n12 ms exit admin 0x0\n12 ms mark io io\n12 ms exit io 0x0\n15 ms mark both both\n15 ms exit both 0x0\n");
}
