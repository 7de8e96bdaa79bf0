/* SPDX-License-Identifier: MIT */
/* Slots of the timer wheel, beside those that kernels' trace events (timer_start) told. */
#include "machine/wheel.h"

#include "base/types.h"

#include <criterion/criterion.h>

/* Recorded on 6.12: what had been counted, the timeout, the slot. */
Test(wheel, slots_are_those_of_the_kernel)
{
	static const u64 seen[][3] = {
		{4294893179, 1, 4294893181},   {4294893280, 125, 4294893408},
		{4294893282, 125, 4294893408}, {4294893257, 243, 4294893504},
		{4294893504, 246, 4294893752}, {4294893296, 497, 4294893800},
		{4294893321, 500, 4294893824},
	};

	for (u32 i = 0; i < ARRAY_SIZE(seen); i++)
		cr_expect_eq(wheel_slot(seen[i][0], seen[i][1]), seen[i][2], "%u", i);
}

/* Who begins three ticks late is a slot late. */
Test(wheel, slots_of_a_level_are_eight_times_as_far_apart_as_those_of_the_one_below)
{
	cr_expect_eq(wheel_slot(4294893283, 125), 4294893416);
	cr_expect_eq(wheel_slot(0, 62), 63);
	cr_expect_eq(wheel_slot(0, 63), 64);
	cr_expect_eq(wheel_slot(1, 63), 72);
	cr_expect_eq(wheel_slot(0, 503), 504);
	cr_expect_eq(wheel_slot(0, 504), 512);
	cr_expect_eq(wheel_slot(8, 504), 576);
	cr_expect_eq(wheel_slot(0, 4032), 4096);
	cr_expect_eq(wheel_slot(64, 4032), 4608);
}
