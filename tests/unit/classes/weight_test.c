/* SPDX-License-Identifier: MIT */
/* Weights and time scaled by weight: the numbers of fair.md 1.2 and 10.2. */
#include "classes/weight.h"

#include <criterion/criterion.h>

#include "base/rng.h"

static u64 scaled(u64 delta, s32 nice, bool idle)
{
	struct weight weight = weight_of(nice, idle);
	struct fair_entity se = {.weight = weight.weight, .inv_weight = weight.inverse};

	return weight_virtual(delta, &se);
}

Test(weight, one_step_of_nice_is_a_quarter_of_weight)
{
	for (s32 nice = -20; nice < 19; nice++) {
		u64 heavy = weight_of(nice, false).weight >> WEIGHT_SHIFT;
		u64 light = weight_of(nice + 1, false).weight >> WEIGHT_SHIFT;

		/* 1.25 with the rounding of small integers and the table's own irregularities. */
		cr_assert(heavy * 100 >= light * 119 - 100 && heavy * 100 <= light * 131 + 100,
			  "nice %d: %" PRIu64 " and %" PRIu64, nice, heavy, light);
	}
}

Test(weight, the_inverse_is_that_of_the_weight)
{
	for (s32 nice = -20; nice <= 19; nice++) {
		struct weight w = weight_of(nice, false);
		u64 product = (u64)w.inverse * (w.weight >> WEIGHT_SHIFT);
		u64 one = 1ULL << 32, off = product > one ? product - one : one - product;

		cr_assert(off <= w.weight >> WEIGHT_SHIFT, "nice %d", nice);
	}
}

Test(weight, a_millisecond_by_nice)
{
	cr_expect_eq(scaled(MSEC, -20, false), 11536);
	cr_expect_eq(scaled(MSEC, -10, false), 107247);
	cr_expect_eq(scaled(MSEC, -5, false), 328099);
	cr_expect_eq(scaled(MSEC, 0, false), MSEC);
	cr_expect_eq(scaled(MSEC, 5, false), 3056716);
	cr_expect_eq(scaled(MSEC, 10, false), 9309090);
	cr_expect_eq(scaled(MSEC, 19, false), 68266666);
	cr_expect_eq(scaled(4 * MSEC, 5, false), 12226865);
}

Test(weight, sched_idle_weighs_3_whatever_its_nice)
{
	cr_expect_eq(scaled(MSEC, 0, true), 341333333);
	cr_expect_eq(scaled(MSEC, -20, true), 341333333);
	cr_expect_eq(weight_of(19, true).weight, 3 << 10);
}

Test(weight, base_slices_in_virtual_time)
{
	static const struct {
		s32 nice;
		u64 at_1_cpu, at_2_cpus, at_8_cpus;
	} rows[] = {
		{-20, 8075, 16151, 32302},           {-10, 75073, 150146, 300293},
		{-5, 229669, 459339, 918679},        {0, 700000, 1400000, 2800000},
		{5, 2139701, 4279403, 8558806},      {10, 6516363, 13032727, 26065454},
		{19, 47786666, 95573333, 191146666},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cr_expect_eq(scaled(700 * USEC, rows[i].nice, false), rows[i].at_1_cpu);
		cr_expect_eq(scaled(1400 * USEC, rows[i].nice, false), rows[i].at_2_cpus);
		cr_expect_eq(scaled(2800 * USEC, rows[i].nice, false), rows[i].at_8_cpus);
	}
}

Test(weight, scaled_down_it_is_never_below_2_unless_absent)
{
	cr_expect_eq(weight_scale_down(0), 0);
	cr_expect_eq(weight_scale_down(1), 2);
	cr_expect_eq(weight_scale_down(2047), 2);
	cr_expect_eq(weight_scale_down(3072), 3);
	cr_expect_eq(weight_scale_down(WEIGHT_NICE_0), 1024);
}

Test(weight, an_inverse_outside_the_table_is_built_once)
{
	cr_expect_eq(weight_inverse(0), UINT32_MAX);
	cr_expect_eq(weight_inverse((u64)UINT32_MAX << 10), 1);
	cr_expect_eq(weight_inverse(1359 << 10), UINT32_MAX / 1359);

	struct fair_entity se = {.weight = 1359 << 10};

	weight_virtual(MSEC, &se);
	cr_expect_eq(se.inv_weight, UINT32_MAX / 1359);
}

/* The inverse has 32 bits and the factor keeps 32 of its own: so good is the quotient. */
Test(weight, scaling_is_a_division_up_to_the_bits_of_the_inverse)
{
	struct rng rng;

	rng_init(&rng, 1, "weight", 0);
	for (u32 round = 0; round < 200000; round++) {
		u64 delta = rng_below(&rng, 10 * SEC);
		u64 weight = (3 + rng_below(&rng, 88761)) << WEIGHT_SHIFT;
		u64 by = (3 + rng_below(&rng, 1 << 20)) << WEIGHT_SHIFT;
		u64 got = weight_mul_div(delta, weight, weight_inverse(by));
		u64 want = (u64)((u128)delta * weight / by);
		u64 slack = want / (UINT32_MAX / (by >> WEIGHT_SHIFT)) + want / (1u << 31) + 1;

		cr_assert(got <= want && want - got <= slack,
			  "round %u: %" PRIu64 " * %" PRIu64 " / %" PRIu64, round, delta, weight,
			  by);
	}
}
