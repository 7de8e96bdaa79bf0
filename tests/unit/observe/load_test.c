/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "observe/load.h"

/* core-rt-dl-ext.md, worked example 13: two tasks run for one sample. */
Test(load, one_sample_of_two_tasks)
{
	struct load load;

	load_init(&load, 250);
	load_sample(&load, load.period, 2);
	cr_assert_eq(load.avg[0], 328);
	cr_assert_eq(load.avg[1], 68);
	cr_assert_eq(load.avg[2], 22);
	cr_assert_eq(load_milli(&load, 0), 160);
}

Test(load, samples_are_five_seconds_and_a_tick_apart)
{
	static const u32 rates[] = {100, 250, 1000};

	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		struct load load;

		load_init(&load, rates[i]);
		cr_assert_eq(load.period, 5 * SEC + SEC / rates[i]);
		load_sample(&load, load.period - 1, 1);
		cr_assert_eq(load.avg[0], 0);
		load_sample(&load, load.period, 1);
		cr_assert_gt(load.avg[0], 0);
	}
}

Test(load, a_steady_load_is_reached_and_forgotten)
{
	struct load load;

	load_init(&load, 250);
	load_sample(&load, 40000 * SEC, 7);
	for (u32 i = 0; i < NR_LOADS; i++)
		cr_assert_eq(load_milli(&load, i), 7000);
	load_sample(&load, 80000 * SEC, 0);
	for (u32 i = 0; i < NR_LOADS; i++)
		cr_assert_eq(load_milli(&load, i), 0);
}

Test(load, a_long_silence_is_the_same_as_many_samples)
{
	struct load at_once, stepwise;

	load_init(&at_once, 250);
	load_init(&stepwise, 250);
	for (u64 when = 0; when <= 100000 * SEC; when += SEC)
		load_sample(&stepwise, when, 3);
	load_sample(&at_once, 100000 * SEC, 3);
	cr_assert_eq(at_once.next, stepwise.next);
	for (u32 i = 0; i < NR_LOADS; i++)
		cr_assert_eq(at_once.avg[i], stepwise.avg[i]);
}

/* fs/proc/loadavg.c adds 10 to an average of 11 fractional bits and cuts off: 0.005 were 10.24. */
Test(load, is_printed_as_the_kernel_rounds_it)
{
	static const u32 avg[] = {0, 10, 11, 30, 31, 2037, 2038, 2048, 4096 + 1024};
	static const u32 printed[] = {0, 0, 1, 1, 2, 99, 100, 100, 250};

	for (size_t i = 0; i < sizeof(avg) / sizeof(avg[0]); i++)
		cr_assert_eq(load_hundredths(avg[i]), printed[i], "%u", avg[i]);
}
