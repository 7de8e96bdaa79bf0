/* SPDX-License-Identifier: MIT */
/* Groups that are frozen and thawed: kernel/cgroup/freezer.c, kernel/signal.c do_freezer_trap(). */
#include <criterion/criterion.h>

#include "rig.h"

#define MARKS (RECORD_BIT(MARK) | RECORD_BIT(EXIT))

static void group(struct rig *rig, const char *name, u32 parent)
{
	builder_group(rig->builder,
		      &(struct group_spec){
			      .name = name, .parent = parent, .shares = 1024, .quota_ns = GROUP_NO_QUOTA, .period_ns = 100 * MSEC});
}

static void in(struct rig *rig, const char *name, const char *group, const char *program)
{
	rig_task_attr(rig, name, (struct rig_attr){.group = group}, program);
}

/* 10 ms of run have 2 left at 8. The sleep is over at 20; after the thaw its call begins anew, and its timer is due at once. */
Test(freezer, whoever_runs_or_sleeps_stands_still_in_S_up_to_the_thaw)
{
	struct rig rig;

	rig_init(&rig, 3, "v6.12");
	group(&rig, "outer", GROUP_ROOT);
	group(&rig, "inner", 0);
	rig_task_attr(&rig, "runs", (struct rig_attr){.group = "outer", .cpus = "0"}, "run 10ms; mark ran");
	rig_task_attr(&rig, "sleeps", (struct rig_attr){.group = "inner", .cpus = "1"}, "sleep 20ms; mark slept; sleep 5ms");
	rig_task_attr(&rig, "admin", (struct rig_attr){.cpus = "2"},
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

/* What kills is not stopped by the frost; what has a handler waits, and so does a stop (6.5, last row). */
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
	rig_task(&rig, "admin",
		 "sleep 2ms; set_group g+freeze; sleep 2ms; kill killed; signal TERM termed; signal USR1 handles; stop stopped; "
		 "sleep 6ms; set_group g+thaw; sleep 10ms; cont stopped");
	rig_expect(&rig, MARKS,
		   "4 ms exit killed 0x9\n4 ms exit termed 0xf\n10 ms mark handles handled\n10 ms mark handles eintr\n"
		   "10 ms exit handles 0x0\n20 ms exit admin 0x0\n28 ms mark stopped ran\n28 ms exit stopped 0x0\n");
}

/* Of two who wait for a lock the first is frozen: the other gets it. A reader of a pipe begins anew. */
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
	rig_expect(&rig, RECORD_BIT(MARK), "5 ms mark second second\n10 ms mark frozen frozen\n10 ms mark reader read\n");
}

/*
 * cgroup_post_fork(), cgroup_freezer_migrate_task(): it counts where a task is. The move lasts until the third tick from 4 ms on, 16;
 * 1 ms of its work is left then. The request is done at 3 ms, in D; its task freezes behind it.
 */
Test(freezer, who_comes_freezes_and_who_goes_thaws)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	builder_device(rig.builder, (struct loc){0}, "disk",
		       &(struct device_options){.depth = 1, .parallel = 1, .has_service = true,
						.service = {.value = 3 * MSEC}});
	group(&rig, "g", GROUP_ROOT);
	in(&rig, "io", "g", "io disk 1; mark io");
	rig_task_attr(&rig, "late", (struct rig_attr){.group = "g", .start_ns = 3 * MSEC}, "mark late");
	in(&rig, "goes", "g", "sleep 1ms; run 2ms; mark gone");
	rig_task(&rig, "admin", "sleep 2ms; set_group g+freeze; sleep 2ms; group root goes; sleep 16ms; set_group g+thaw");
	rig_expect(&rig, RECORD_BIT(MARK), "17 ms mark goes gone\n32 ms mark io io\n32 ms mark late late\n");
}
