/* SPDX-License-Identifier: MIT */
/* Block devices and the sleep for them (process.md 9.1, 9.2, 14.11, 14.12). */
#include <criterion/criterion.h>

#include "rig.h"

#define ENDS (RECORD_BIT(MARK) | RECORD_BIT(EXIT))

/* Requests take 10 ms; @parallel at a time. */
static void add_disk(struct rig *rig, u32 depth, u32 parallel)
{
	struct device_options options = {
		.depth = depth,
		.parallel = parallel,
		.has_service = true,
		.service = {.value = 10 * MSEC},
	};

	builder_device(rig->builder, (struct loc){0}, "disk", &options);
}

Test(device, who_asks_it_sleeps_in_D_until_the_request_is_served)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	add_disk(&rig, 1, 1);
	rig_task(&rig, "t", "run 1ms; io disk 1; mark read");
	rig_expect(&rig, RECORD_BIT(SWITCH) | RECORD_BIT(WAKEUP) | RECORD_BIT(MARK),
		   "0 switch swapper/0 R > t\n"
		   "1 ms switch t D > swapper/0\n"
		   "11 ms wakeup t\n"
		   "11 ms switch swapper/0 R > t\n"
		   "11 ms mark t read\n"
		   "11 ms switch t Z > init\n");
}

Test(device, requests_are_served_in_order_of_arrival_as_many_at_a_time_as_it_can)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	add_disk(&rig, 8, 2);
	rig_task(&rig, "a", "io disk 1; mark read");
	rig_task(&rig, "b", "io disk 1; mark read");
	rig_task(&rig, "c", "run 1ms; io disk 3; mark read");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "10 ms mark a read\n10 ms mark b read\n30 ms mark c read\n");
}

Test(device, who_finds_it_full_waits_for_a_place_first_come_first_served)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	add_disk(&rig, 1, 1);
	rig_task(&rig, "a", "io disk 1; mark read");
	rig_task(&rig, "b", "run 2ms; io disk 1; mark read");
	rig_task(&rig, "c", "run 1ms; io disk 1; mark read");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "10 ms mark a read\n20 ms mark c read\n30 ms mark b read\n");
}

/* 14.12: in D the signal waits for the device, killable it does not. */
Test(device, only_a_killable_sleep_ends_with_SIGKILL)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	add_disk(&rig, 8, 8);
	rig_template(&rig, "h", "mark handled");
	rig_task(&rig, "plain", "io disk 1; mark never");
	rig_task(&rig, "killable", "io! disk 1; mark never");
	rig_task(&rig, "handles", "sigaction TERM=h; io! disk 1; mark read");
	rig_task(&rig, "k", "sleep 1ms; signal TERM plain; kill killable; signal TERM handles");
	rig_expect(&rig, ENDS,
		   "1 ms exit k 0x0\n"
		   "1 ms exit killable 0x9\n"
		   "10 ms exit plain 0xf\n"
		   "10 ms mark handles handled\n"
		   "10 ms mark handles read\n"
		   "10 ms exit handles 0x0\n");
}

/* 14.11: the leader is a zombie that no wait sees until the thread in D is gone. */
Test(device, exit_group_waits_for_the_thread_that_sleeps_in_D)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	add_disk(&rig, 8, 8);
	rig_template(&rig, "t71", "io disk 1");
	rig_template(&rig, "t72", "sleep 1s");
	rig_template(&rig, "p70", "clone t71; clone t72; run 2ms; exit_group 7");
	rig_task(&rig, "parent", "fork p70; wait; mark reaped");
	rig_expect(&rig, ENDS | RECORD_BIT(FREE),
		   "2 ms exit p70 0x700\n"
		   "2 ms exit t72 0x700\n"
		   "2 ms free t72\n"
		   "10 ms exit t71 0x700\n"
		   "10 ms free t71\n"
		   "10 ms free p70\n"
		   "10 ms mark parent reaped\n"
		   "10 ms exit parent 0x0\n");
}
