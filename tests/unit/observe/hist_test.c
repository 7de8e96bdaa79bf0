/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/rng.h"
#include "observe/hist.h"

static struct rng random_stream(u64 seed, const char *purpose, u64 id)
{
	struct rng rng;

	rng_init(&rng, seed, purpose, id);
	return rng;
}

/* Values of all sizes, so that every octave has its turn. */
static u64 some_value(struct rng *rng)
{
	return rng_next(rng) >> (rng_next(rng) % 64);
}

static int by_value(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return (x > y) - (x < y);
}

static u64 nearest_rank(const u64 *sorted, u64 n, u32 per_100k)
{
	u64 rank = (n * per_100k + 99999) / 100000;

	return sorted[rank == 0 ? 0 : rank - 1];
}

Test(hist, count_sum_min_and_max_are_exact)
{
	struct rng rng = random_stream(1, "hist", 1);
	struct hist *hist = hist_new();
	u64 min = UINT64_MAX, max = 0;
	u128 sum = 0;

	for (u32 i = 1; i <= 20000; i++) {
		u64 value = some_value(&rng);

		hist_add(hist, value);
		sum += value;
		min = value < min ? value : min;
		max = value > max ? value : max;
		cr_assert(hist->count == i && hist->min == min && hist->max == max);
		cr_assert(hist_sum(hist) == sum);
	}
	hist_free(hist);
}

Test(hist, quantiles_are_within_one_64th_of_the_true_value)
{
	enum { N = 5000 };
	static u64 values[N];

	for (u64 seed = 1; seed <= 20; seed++) {
		struct rng rng = random_stream(seed, "hist", 2);
		struct hist *hist = hist_new();

		for (u32 i = 0; i < N; i++) {
			values[i] = some_value(&rng);
			hist_add(hist, values[i]);
		}
		qsort(values, N, sizeof(values[0]), by_value);
		for (u32 per_100k = 0; per_100k <= 100000; per_100k += 500) {
			u64 truth = nearest_rank(values, N, per_100k);
			u64 ours = hist_quantile(hist, per_100k);
			u64 away = ours > truth ? ours - truth : truth - ours;

			cr_assert(away <= truth / 64,
				  "seed %" PRIu64 " quantile %u: %" PRIu64 " is far from %" PRIu64,
				  seed, per_100k, ours, truth);
		}
		hist_free(hist);
	}
}

Test(hist, small_values_are_exact)
{
	struct hist *hist = hist_new();

	for (u64 value = 0; value < 128; value++)
		hist_add(hist, value);
	for (u32 percent = 1; percent <= 100; percent++)
		cr_assert_eq(hist_quantile(hist, percent * 1000), (percent * 128 + 99) / 100 - 1);
	hist_free(hist);
}

Test(hist, a_bin_counts_far_beyond_one_byte)
{
	struct hist *hist = hist_new();

	for (u32 i = 0; i < 100000; i++)
		hist_add(hist, 1000);
	hist_add(hist, 5);
	hist_add(hist, 1 << 20);
	cr_assert_eq(hist->count, 100002);
	cr_assert_eq(hist_quantile(hist, 0), 5);
	cr_assert(hist_quantile(hist, 1) >= 1000 * 63 / 64 &&
		  hist_quantile(hist, 1) <= 1000 * 65 / 64);
	cr_assert_eq(hist_quantile(hist, 100000), 1 << 20);
	hist_free(hist);
}

struct same {
	u64 lo[4000], hi[4000], count[4000];
	u32 nr;
};

static void note_bin(void *arg, u64 lo, u64 hi, u64 count)
{
	struct same *same = arg;

	same->lo[same->nr] = lo;
	same->hi[same->nr] = hi;
	same->count[same->nr++] = count;
}

Test(hist, merging_is_adding_the_samples_of_both)
{
	static struct same a, b;

	for (u64 seed = 1; seed <= 10; seed++) {
		struct rng rng = random_stream(seed, "hist", 3);
		struct hist *left = hist_new(), *right = hist_new(), *both = hist_new();

		for (u32 i = 0; i < 3000; i++) {
			u64 value = some_value(&rng) % (1ULL << (10 + seed * 4));

			hist_add(i % 3 ? left : right, value);
			hist_add(both, value);
		}
		hist_merge(left, right);
		a.nr = b.nr = 0;
		hist_each(left, note_bin, &a);
		hist_each(both, note_bin, &b);
		cr_assert_eq(a.nr, b.nr);
		for (u32 i = 0; i < a.nr; i++)
			cr_assert(a.lo[i] == b.lo[i] && a.hi[i] == b.hi[i] &&
				  a.count[i] == b.count[i]);
		cr_assert(left->count == both->count && hist_sum(left) == hist_sum(both));
		cr_assert(left->min == both->min && left->max == both->max);
		hist_free(left);
		hist_free(right);
		hist_free(both);
	}
}

Test(hist, bins_cover_all_values_without_gap_or_overlap)
{
	u64 lo, hi, next_lo, next_hi;
	u64 value = 0;

	do {
		hist_bin(value, &lo, &hi);
		cr_assert(lo <= value && value < hi);
		cr_assert(hi - lo <= 1 + lo / 64);
		hist_bin(hi, &next_lo, &next_hi);
		cr_assert_eq(next_lo, hi);
		value = hi;
	} while (hi < 1ULL << 62);
}

Test(hist, an_empty_one_has_quantile_and_mean_0)
{
	struct hist *hist = hist_new();

	cr_assert_eq(hist_quantile(hist, 50000), 0);
	cr_assert_eq(hist_mean(hist), 0);
	hist_free(hist);
}

Test(hist, the_mean_is_rounded_to_nearest)
{
	struct hist *hist = hist_new();

	hist_add(hist, 1);
	hist_add(hist, 2);
	hist_add(hist, 2);
	cr_assert_eq(hist_mean(hist), 2);
	hist_add(hist, 0);
	cr_assert_eq(hist_mean(hist), 1); /* 1.25 */
	hist_free(hist);
}

Test(hist, the_largest_value_has_a_place)
{
	struct hist *hist = hist_new();

	hist_add(hist, UINT64_MAX);
	hist_add(hist, UINT64_MAX);
	hist_add(hist, 0);
	cr_assert_geq(hist_quantile(hist, 100000), UINT64_MAX - UINT64_MAX / 64);
	cr_assert_eq(hist->max, UINT64_MAX);
	cr_assert(hist_sum(hist) == (u128)UINT64_MAX * 2);
	hist_free(hist);
}
