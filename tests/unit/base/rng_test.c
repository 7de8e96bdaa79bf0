/* SPDX-License-Identifier: MIT */
/*
 * Random streams: the published answers of the generators, independence, and fairness.
 *
 * The known answers are those of the generators' reference implementations for these states, as
 * other libraries test them as well.
 */
#include "base/rng.h"

#include <criterion/criterion.h>

Test(rng, xoshiro_gives_the_published_sequence)
{
	static const u64 expected[] = {
		11520,
		0,
		1509978240,
		1215971899390074240,
		1216172134540287360,
		607988272756665600,
		16172922978634559625ULL,
		8476171486693032832,
		10595114339597558777ULL,
		2904607092377533576,
	};
	struct rng rng = {{1, 2, 3, 4}};

	for (u32 i = 0; i < ARRAY_SIZE(expected); i++)
		cr_assert_eq(rng_next(&rng), expected[i], "draw %u", i);
}

Test(rng, splitmix_gives_the_published_sequence)
{
	static const u64 expected[] = {
		1985237415132408290, 2979275885539914483,     13511426838097143398ULL,
		8488337342461049707, 15141737807933549159ULL,
	};
	struct rng_small rng = {1477776061723855037};

	for (u32 i = 0; i < ARRAY_SIZE(expected); i++)
		cr_assert_eq(rng_small_next(&rng), expected[i], "draw %u", i);
}

Test(rng, seed_purpose_and_id_each_make_another_stream)
{
	struct {
		u64 seed;
		const char *purpose;
		u64 id;
	} streams[] = {{1, "sleep", 0}, {2, "sleep", 0}, {1, "sleep", 1}, {1, "sleeq", 0},
		       {0, "sleep", 0}, {0, "", 0},      {0, "", 1},      {1, "", 0}};
	u64 drawn[2 * ARRAY_SIZE(streams)];

	for (u32 i = 0; i < ARRAY_SIZE(streams); i++) {
		struct rng rng;
		struct rng_small small;

		rng_init(&rng, streams[i].seed, streams[i].purpose, streams[i].id);
		rng_small_init(&small, streams[i].seed, streams[i].purpose, streams[i].id);
		drawn[2 * i] = rng_next(&rng);
		drawn[2 * i + 1] = rng_small_next(&small);
	}
	for (u32 i = 0; i < ARRAY_SIZE(drawn); i++)
		for (u32 j = 0; j < i; j++)
			cr_assert_neq(drawn[i], drawn[j], "%u and %u", i, j);
}

Test(rng, the_same_stream_repeats)
{
	struct rng a, b;

	rng_init(&a, 42, "wake", 7);
	rng_init(&b, 42, "wake", 7);
	for (u32 i = 0; i < 1000; i++)
		cr_assert_eq(rng_next(&a), rng_next(&b));
}

/* With p = 1/bound each count's standard deviation is below sqrt(n / bound); six of them are
 * allowed. */
Test(rng, below_reaches_all_values_equally_and_no_other)
{
	enum { DRAWS = 120000 };

	for (u64 bound = 1; bound <= 12; bound++) {
		u32 counts[12] = {0};
		struct rng rng;
		s64 mean = (s64)(DRAWS / bound);

		rng_init(&rng, bound, "below", 0);
		for (u32 i = 0; i < DRAWS; i++) {
			u64 x = rng_below(&rng, bound);

			cr_assert_lt(x, bound);
			counts[x]++;
		}
		for (u32 i = 0; i < bound; i++) {
			s64 off = counts[i] - mean;

			cr_assert_leq(off * off, 36 * mean, "bound %" PRIu64 " value %u", bound, i);
		}
	}
}

/* For 3 * 2^62 a plain product would give one value of three twice as often. */
Test(rng, below_is_fair_for_bounds_that_do_not_divide)
{
	u64 third = 1ULL << 62;
	u32 counts[3] = {0};
	struct rng rng;

	rng_init(&rng, 5, "below", 0);
	for (u32 i = 0; i < 30000; i++) {
		u64 x = rng_below(&rng, 3 * third);

		cr_assert_lt(x, 3 * third);
		counts[x / third]++;
	}
	for (u32 i = 0; i < 3; i++)
		cr_assert(counts[i] > 9400 && counts[i] < 10600, "third %u: %u", i, counts[i]);
}
