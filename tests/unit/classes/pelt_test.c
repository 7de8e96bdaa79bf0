/* SPDX-License-Identifier: MIT */
/* Averages of load: arithmetic, the reference values of fair.md 4.2, and a slow obvious model. */
#include "classes/pelt.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/rng.h"

static const struct pelt_input busy = {1, 1, true}, asleep = {0};

static void step(struct pelt *avg, u64 *now, u64 ns, struct pelt_input in)
{
	*now += ns;
	if (pelt_sum(avg, *now, in))
		pelt_average(avg, 1024);
}

/* Updates every 4 ms, as ticks do. */
static u32 util_after(struct pelt *avg, u64 *now, u64 ms, struct pelt_input in)
{
	for (u64 t = 0; t < ms; t += 4)
		step(avg, now, 4 * MSEC, in);
	return avg->util_avg;
}

Test(pelt, reciprocals_divide_exactly)
{
	struct rng rng;

	rng_init(&rng, 1, "pelt", 0);
	for (u32 contrib = 0; contrib < PELT_PERIOD; contrib++) {
		struct pelt avg = {.period_contrib = contrib};
		u64 divider = pelt_divider(&avg);

		for (u32 round = 0; round < 2000; round++) {
			u64 bits = 1 + rng_below(&rng, 48);
			u64 sum = rng_next(&rng) >> (64 - bits);
			u64 multiple = sum - sum % divider;

			cr_assert_eq(pelt_divide(sum, &avg), sum / divider);
			cr_assert_eq(pelt_divide(multiple, &avg), multiple / divider);
			if (multiple)
				cr_assert_eq(pelt_divide(multiple - 1, &avg),
					     (multiple - 1) / divider);
		}
		cr_assert_eq(pelt_divide((1ULL << 48) - 1, &avg), ((1ULL << 48) - 1) / divider);
		cr_assert_eq(pelt_divide(UINT64_MAX, &avg), UINT64_MAX / divider);
	}
}

Test(pelt, half_is_left_after_32_periods)
{
	cr_expect_eq(pelt_decay(1 << 20, 0),
		     (1 << 20) - 1); /* the table's 1 is 0xffffffff / 2^32 */
	cr_expect_eq(pelt_decay(1 << 20, 32), (1 << 19) - 1);
	cr_expect_eq(pelt_decay(1 << 20, 320), (1 << 10) - 1);
	cr_expect_eq(pelt_decay(UINT64_MAX, 2016), 0);
	cr_expect_eq(pelt_decay(UINT64_MAX, 2017), 0);
}

/* Of no period nothing is asked. */
Test(pelt, the_table_of_whole_periods_is_what_is_worked_out)
{
	for (u32 n = 1; n < PELT_SHORT; n++)
		cr_expect_eq(pelt_between[n], pelt_between_slow(n), "%u: %u", n, pelt_between[n]);
}

Test(pelt, always_running)
{
	static const struct {
		u64 ms;
		u32 util;
	} rows[] = {
		{4, 81},   {8, 156},   {16, 288},   {32, 495},
		{64, 751}, {100, 894}, {200, 1007}, {400, 1023},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct pelt avg = {0};
		u64 now = 0;

		cr_expect_eq(util_after(&avg, &now, rows[i].ms, busy), rows[i].util,
			     "%" PRIu64 " ms: %u", rows[i].ms, avg.util_avg);
	}
}

Test(pelt, sleeping_after_full_use)
{
	static const struct {
		u64 ms;
		u32 util;
	} rows[] = {
		{4, 942}, {8, 868}, {16, 735}, {32, 528}, {64, 272}, {100, 129}, {200, 16},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct pelt avg = {0};
		u64 now = 0;

		util_after(&avg, &now, 4000, busy);
		cr_expect_eq(util_after(&avg, &now, rows[i].ms, asleep), rows[i].util,
			     "%" PRIu64 " ms: %u", rows[i].ms, avg.util_avg);
	}
}

Test(pelt, a_new_task_that_always_runs)
{
	static const struct {
		u64 ms;
		u32 util;
	} rows[] = {
		{4, 552}, {8, 590}, {16, 656}, {32, 759}, {64, 887}, {100, 959},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct pelt avg = {.util_avg = 512, .util_sum = 512 * PELT_MIN_DIVIDER};
		u64 now = 0;

		cr_expect_eq(util_after(&avg, &now, rows[i].ms, busy), rows[i].util,
			     "%" PRIu64 " ms: %u", rows[i].ms, avg.util_avg);
	}
}

/* 459 ... 564: the values at the ends of the two phases once they repeat, of updates each 10 ms. */
Test(pelt, half_time_swings_about_the_middle)
{
	struct pelt avg = {0};
	u64 now = 0;
	u32 least = 1024, most = 0;

	for (u32 round = 0; round < 200; round++) {
		step(&avg, &now, 10 * MSEC, busy);
		if (round > 100)
			most = max_of(most, avg.util_avg);
		step(&avg, &now, 10 * MSEC, asleep);
		if (round > 100)
			least = min_of(least, avg.util_avg);
	}
	cr_expect_eq(least, 459, "%u", least);
	cr_expect_eq(most, 564, "%u", most);
}

Test(pelt, less_than_a_unit_changes_nothing_and_is_not_lost)
{
	struct pelt avg = {.last_update = 5000};

	cr_expect_not(pelt_sum(&avg, 6023, busy));
	cr_expect_eq(avg.last_update, 5000);
	cr_expect_eq(avg.util_sum, 0);
	cr_expect_not(pelt_sum(&avg, 6030, busy));
	cr_expect_eq(avg.last_update, 6024);
	cr_expect_eq(avg.util_sum, 1024);
	cr_expect_eq(avg.period_contrib, 1);
}

Test(pelt, a_clock_behind_the_last_update_restarts_it)
{
	struct pelt avg = {.last_update = 9000, .load_sum = 7};

	cr_expect_not(pelt_sum(&avg, 4000, busy));
	cr_expect_eq(avg.last_update, 4000);
	cr_expect_eq(avg.load_sum, 7);
}

/*
 * The obvious model: every unit of 1024 ns is remembered, one per period index, and the sum is
 * taken anew with y^n in 2^-60. The fast one rounds down at each decay, so it may be a little
 * below.
 */
enum { MODEL_PERIODS = 4096 };

static u64 model_sum(const u32 *units, u32 present)
{
	const u64 y = 1128216774188376115ULL; /* 2^60 / 2^(1/32) */
	u64 factor = 1ULL << 60;
	u128 sum = 0;

	for (u32 age = 0; age <= present; age++) {
		sum += (u128)units[present - age] * factor;
		factor = (u64)((u128)factor * y >> 60);
	}
	return (u64)(sum >> 60);
}

Test(pelt, sums_follow_the_obvious_model)
{
	for (u64 seed = 1; seed <= 20; seed++) {
		static u32 units[MODEL_PERIODS];
		struct rng rng;
		struct pelt avg = {0};
		u64 now = 0, unit = 0;

		memset(units, 0, sizeof(units));
		rng_init(&rng, seed, "pelt", 0);
		while (unit < 3000 * 1024) {
			u64 span = 1 + rng_below(&rng, rng_below(&rng, 8) ? 3000 : 40000);
			bool runs = rng_below(&rng, 2);

			for (u64 i = 0; i < span; i++)
				units[(unit + i) / 1024] += runs;
			unit += span;
			now = unit * 1024;
			pelt_sum(&avg, now, runs ? busy : asleep);

			u64 want = model_sum(units, (u32)(unit / 1024));
			u64 got = avg.load_sum, off = want > got ? want - got : got - want;

			/* Rounding of each of the last decays, and of the constant 47742. */
			cr_assert(off <= 64, "seed %" PRIu64 ": %" PRIu64 " for %" PRIu64, seed,
				  got, want);
			cr_assert_eq(avg.util_sum >> 10, avg.runnable_sum >> 10);
		}
	}
}

Test(pelt, nothing_exceeds_the_whole)
{
	struct rng rng;
	struct pelt avg = {0};
	u64 now = 0;

	rng_init(&rng, 3, "pelt", 0);
	for (u32 round = 0; round < 100000; round++) {
		now += rng_below(&rng, 20 * MSEC);
		pelt_update_rq(&avg, now, rng_below(&rng, 10));
		cr_assert(avg.util_avg <= 1024 && avg.load_avg <= 1 + 1024, "round %u", round);
		cr_assert(avg.load_sum <= PELT_MAX, "round %u", round);
	}
}
