/* SPDX-License-Identifier: MIT */
/*
 * Draws follow their distribution, far into the tails, and are the same everywhere.
 *
 * Quantiles and means are closed forms (computed with double precision outside); the exact draws
 * come from a second implementation, tests/unit/model/dist-tables --draws.
 */
#include "model/dist.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum { NR_DRAWS = 400000 };

static struct dist dist_of(enum dist_kind kind, u64 a, u64 b)
{
	return (struct dist){.kind = (u8)kind, .a = a, .b = b, .max = UINT64_MAX};
}

/* The state from which SplitMix64 gives @r next: its steps are bijections. */
static struct rng_small rng_before(u64 r)
{
	r ^= r >> 31 ^ r >> 62;
	r *= 0x319642b2d24d8ec3ULL;
	r ^= r >> 27 ^ r >> 54;
	r *= 0x96de1b173f119089ULL;
	r ^= r >> 30 ^ r >> 60;
	return (struct rng_small){.state = r - 0x9e3779b97f4a7c15ULL};
}

static u64 draw_at(const struct dist *dist, u64 r)
{
	struct rng_small rng = rng_before(r), same = rng;

	cr_assert_eq(rng_small_next(&same), r);
	return dist_draw(dist, &rng);
}

static void assert_near(u64 is, u64 want, u64 ppm)
{
	u64 off = is > want ? is - want : want - is;

	cr_assert((u128)off * 1000000 <= (u128)want * ppm,
		  "%" PRIu64 " is not within %" PRIu64 " ppm of %" PRIu64, is, ppm, want);
}

static int by_value(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

struct quantile {
	u32 per_mille;
	u64 value;
};

/* Draws many, compares the mean (0: not) and quantiles within @ppm. */
static void assert_sample(const struct dist *dist, u64 mean, const struct quantile *quantiles,
			  u32 nr, u64 ppm)
{
	u64 *draws = malloc(NR_DRAWS * sizeof(*draws));
	struct rng_small rng;
	u128 sum = 0;

	rng_small_init(&rng, 1, "dist test", 0);
	for (u32 i = 0; i < NR_DRAWS; i++)
		sum += draws[i] = dist_draw(dist, &rng);
	qsort(draws, NR_DRAWS, sizeof(*draws), by_value);
	if (mean)
		assert_near((u64)(sum / NR_DRAWS), mean, ppm);
	for (u32 i = 0; i < nr; i++)
		assert_near(draws[NR_DRAWS / 1000 * quantiles[i].per_mille], quantiles[i].value,
			    ppm);
	free(draws);
}

Test(dist, draws_equal_those_of_a_second_implementation)
{
	static const struct {
		enum dist_kind kind;
		u64 a, b, draws[8];
	} known[] = {
		{DIST_UNIFORM,
		 10,
		 1000000,
		 {133088, 204824, 119551, 176126, 506885, 337041, 122661, 431464}},
		{DIST_EXPONENTIAL,
		 10000000,
		 0,
		 {20168090, 15856409, 21240831, 17366030, 6794824, 10875703, 20984029, 8405842}},
		{DIST_PARETO,
		 1000000,
		 1500,
		 {3836422, 2877997, 4120833, 3182720, 1573006, 2064829, 4050887, 1751354}},
		{DIST_NORMAL,
		 5000000,
		 1000000,
		 {6502078, 3732034, 3443295, 6352813, 4336248, 5960055, 6543744, 5786710}},
		{DIST_LOGNORMAL,
		 1000000,
		 750,
		 {3085022, 386364, 311135, 2758289, 607858, 2054518, 3182952, 1804048}},
	};

	for (u32 i = 0; i < ARRAY_SIZE(known); i++) {
		struct dist dist = dist_of(known[i].kind, known[i].a, known[i].b);
		struct rng_small rng = {.state = 12345};

		for (u32 k = 0; k < ARRAY_SIZE(known[i].draws); k++)
			cr_expect_eq(dist_draw(&dist, &rng), known[i].draws[k], "%s, draw %u",
				     dist_kind_names[known[i].kind], k);
	}
}

Test(dist, a_constant_is_itself)
{
	struct dist dist = dist_of(DIST_CONSTANT, 42, 0);

	cr_assert_eq(draw_at(&dist, 7), 42);
	cr_assert_eq(dist_min(&dist), 42);
	cr_assert_eq(dist_max(&dist), 42);
}

Test(dist, uniform_draws_reach_both_ends_and_all_between)
{
	struct dist dist = dist_of(DIST_UNIFORM, 10, 13),
		    whole = dist_of(DIST_UNIFORM, 0, UINT64_MAX);
	u32 count[4] = {0};
	struct rng_small rng;

	rng_small_init(&rng, 1, "dist test", 1);
	for (u32 i = 0; i < 40000; i++) {
		u64 value = dist_draw(&dist, &rng);

		cr_assert(value >= 10 && value <= 13);
		count[value - 10]++;
	}
	for (u32 i = 0; i < 4; i++)
		assert_near(count[i], 10000, 50000);
	cr_assert_eq(draw_at(&whole, UINT64_MAX), UINT64_MAX);
	cr_assert_eq(draw_at(&whole, 12345), 12345);
}

Test(dist, exponential_draws_have_their_mean_and_quantiles)
{
	struct dist dist = dist_of(DIST_EXPONENTIAL, 10000000, 0);
	static const struct quantile table[] = {
		{500, 6931472}, {900, 23025851}, {990, 46051702}, {999, 69077553}};

	assert_sample(&dist, 10000000, table, ARRAY_SIZE(table), 20000);
}

/* -ln(p) times the mean: 1 s at p = 2^-1, 2^-24, 2^-32, 2^-64. */
Test(dist, the_exponential_tail_goes_on)
{
	struct dist dist = dist_of(DIST_EXPONENTIAL, SEC, 0);

	assert_near(draw_at(&dist, 1ULL << 63), 693147181, 1);
	assert_near(draw_at(&dist, 1ULL << 40), 16635532333, 1);
	assert_near(draw_at(&dist, 1ULL << 32), 22180709778, 1);
	assert_near(draw_at(&dist, 1), 44361419556, 1);
}

/* Between the table's entries, too: r = 0.7, 0.35, 0.05 of 2^64. */
Test(dist, exponential_quantiles_are_within_millionths_of_the_mean)
{
	struct dist dist = dist_of(DIST_EXPONENTIAL, SEC, 0);

	assert_near(draw_at(&dist, UINT64_MAX / 10 * 7), 356674944, 6);
	assert_near(draw_at(&dist, UINT64_MAX / 100 * 35), 1049822124, 3);
	assert_near(draw_at(&dist, UINT64_MAX / 100 * 5), 2995732274, 1);
}

Test(dist, pareto_draws_have_their_mean_and_quantiles)
{
	struct dist dist = dist_of(DIST_PARETO, 1000000, 3000);
	static const struct quantile table[] = {
		{500, 1259921}, {900, 2154435}, {990, 4641589}, {999, 10000000}};

	assert_sample(&dist, 1500000, table, ARRAY_SIZE(table), 30000);
}

/* a p^(-1 / alpha) */
Test(dist, the_pareto_tail_goes_on)
{
	struct dist dist = dist_of(DIST_PARETO, 1000, 2000);

	assert_near(draw_at(&dist, 1ULL << 32), 1000 << 16, 20);
	cr_assert_eq(draw_at(&dist, 1ULL << 60), 4000);
	cr_assert_eq(draw_at(&dist, UINT64_MAX), 1000);
}

Test(dist, normal_draws_have_their_mean_and_quantiles)
{
	struct dist dist = dist_of(DIST_NORMAL, 5000000, 1000000);
	static const struct quantile table[] = {{1, 1909768},   {100, 3718448}, {500, 5000000},
						{900, 6281552}, {990, 7326348}, {999, 8090232}};

	assert_sample(&dist, 5000000, table, ARRAY_SIZE(table), 15000);
}

/* z(p) at p = r / 2^65; an even r is above the mean, an odd one below. */
Test(dist, normal_quantiles_hold_to_the_tail)
{
	struct dist dist = dist_of(DIST_NORMAL, 10 * SEC, SEC);

	assert_near(draw_at(&dist, 1ULL << 32), 10 * SEC + 6337957755, 20);
	assert_near(draw_at(&dist, 1ULL << 45), 10 * SEC + 4763001034, 20);
	assert_near(draw_at(&dist, (1ULL << 55) | 1), 10 * SEC - 3097269078, 20);
	assert_near(draw_at(&dist, UINT64_MAX / 10 * 6 & ~1ULL), 10 * SEC + 524400513, 20);
	assert_near(draw_at(&dist, UINT64_MAX / 10 * 2 & ~1ULL), 10 * SEC + 1281551566, 20);
}

Test(dist, a_normal_draw_is_never_below_zero)
{
	struct dist dist = dist_of(DIST_NORMAL, 1000, 1000);

	cr_assert_eq(draw_at(&dist, (1ULL << 50) | 1), 0);
	cr_assert_eq(dist_min(&dist), 0);
	dist.b = 100;
	cr_assert(dist_min(&dist) > 250 && dist_min(&dist) < 350);
}

Test(dist, lognormal_draws_have_their_mean_and_quantiles)
{
	struct dist dist = dist_of(DIST_LOGNORMAL, 1000000, 750);
	static const struct quantile table[] = {
		{500, 1000000}, {900, 2614737}, {990, 5724533}, {999, 10152036}};

	assert_sample(&dist, 1324785, table, ARRAY_SIZE(table), 30000);
}

Test(dist, empirical_values_come_by_their_weights)
{
	static const u64 value[] = {100, 200, 300}, cumulative[] = {1, 1, 4};
	struct dist dist = dist_of(DIST_EMPIRICAL, 0, 0);
	struct rng_small rng;
	u32 count[3] = {0};

	dist.nr = 3, dist.value = value, dist.cumulative = cumulative;
	rng_small_init(&rng, 1, "dist test", 2);
	for (u32 i = 0; i < 40000; i++)
		count[dist_draw(&dist, &rng) / 100 - 1]++;
	assert_near(count[0], 10000, 30000);
	cr_assert_eq(count[1], 0, "a weight of 0 is never drawn");
	assert_near(count[2], 30000, 10000);
	cr_assert_eq(dist_min(&dist), 100);
	cr_assert_eq(dist_max(&dist), 300);
}

Test(dist, empirical_bins_are_uniform_inside)
{
	static const u64 low[] = {0, 1000}, high[] = {999, 1999}, cumulative[] = {9, 10};
	struct dist dist = dist_of(DIST_EMPIRICAL, 0, 0);
	static const struct quantile table[] = {{225, 250}, {450, 500}, {675, 750}, {950, 1500}};

	dist.nr = 2, dist.value = low, dist.value_hi = high, dist.cumulative = cumulative;
	assert_sample(&dist, 600, table, ARRAY_SIZE(table), 20000);
}

Test(dist, draws_are_clamped)
{
	struct dist dist = dist_of(DIST_EXPONENTIAL, 1000, 0);

	dist.min = 500;
	dist.max = 2000;
	cr_assert_eq(draw_at(&dist, UINT64_MAX), 500);
	cr_assert_eq(draw_at(&dist, 1), 2000);
	cr_assert_eq(dist_min(&dist), 500);
	cr_assert_eq(dist_max(&dist), 2000);
}

Test(dist, only_what_can_be_zero_has_a_least_value_of_zero)
{
	struct dist exponential = dist_of(DIST_EXPONENTIAL, 1000, 0),
		    uniform = dist_of(DIST_UNIFORM, 0, 5);
	struct dist lognormal = dist_of(DIST_LOGNORMAL, 3, 5000),
		    zero = dist_of(DIST_EXPONENTIAL, 0, 0);

	cr_assert_eq(dist_min(&exponential), 1);
	cr_assert_eq(draw_at(&exponential, UINT64_MAX), 1);
	cr_assert_eq(draw_at(&lognormal, (1ULL << 40) | 1), 1);
	cr_assert_eq(dist_min(&lognormal), 1);
	cr_assert_eq(dist_min(&uniform), 0);
	cr_assert_eq(dist_max(&zero), 0);
}

Test(dist, what_is_too_large_saturates)
{
	struct dist pareto = dist_of(DIST_PARETO, SEC, 10),
		    lognormal = dist_of(DIST_LOGNORMAL, SEC, 1000000);
	struct dist exponential = dist_of(DIST_EXPONENTIAL, UINT64_MAX, 0);

	cr_assert_eq(draw_at(&pareto, 1), UINT64_MAX);
	cr_assert_eq(draw_at(&lognormal, 1ULL << 40), UINT64_MAX);
	cr_assert_eq(draw_at(&lognormal, 1ULL << 40 | 1), 1);
	cr_assert_eq(draw_at(&exponential, 1), UINT64_MAX);
}
