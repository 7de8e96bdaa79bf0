/* SPDX-License-Identifier: MIT */
/* Log-linear histograms: room for counters, merging, quantiles. */
#include "observe/hist.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"

void hist_init(struct hist *hist)
{
	*hist = (struct hist){.min = UINT64_MAX};
}

void hist_fini(struct hist *hist)
{
	free(hist->near);
	free(hist->far);
	hist->near = NULL;
	hist->far = NULL;
}

struct hist *hist_new(void)
{
	struct hist *hist = aligned_alloc(64, sizeof(*hist));

	if (hist == NULL)
		die("out of memory for a histogram");
	hist_init(hist);
	return hist;
}

void hist_free(struct hist *hist)
{
	if (hist == NULL)
		return;
	hist_fini(hist);
	free(hist);
}

/* A zeroed array of @nr counters that holds the @old_nr ones of @old from @at on; frees @old. */
static void *moved(void *old, u32 old_nr, u32 at, u32 nr, size_t size)
{
	char *counters = aligned_alloc(64, nr * size);

	if (counters == NULL)
		die("out of memory for a histogram");
	memset(counters, 0, nr * size);
	if (old_nr != 0)
		memcpy(counters + at * size, old, old_nr * size);
	free(old);
	return counters;
}

/* Counters come for several powers of two at once, so that a histogram grows a few times only. */
enum { GROWTH = 4 * HIST_SUB };

/* Makes the counters reach to @bin. */
static void cover_bin(struct hist *hist, u32 bin)
{
	u32 first = bin / GROWTH * GROWTH, end = first + GROWTH;

	if (hist->nr_bins == 0)
		hist->first_bin = first;
	if (bin - hist->first_bin < hist->nr_bins)
		return;
	first = min_of(first, hist->first_bin);
	end = max_of(end, hist->first_bin + hist->nr_bins);
	u32 at = hist->first_bin - first, nr = end - first;

	hist->near = moved(hist->near, hist->nr_bins, at, nr, sizeof(*hist->near));
	if (hist->far != NULL)
		hist->far = moved(hist->far, hist->nr_bins, at, nr, sizeof(*hist->far));
	hist->first_bin = first;
	hist->nr_bins = nr;
}

void hist_stretch(struct hist *hist, u64 value)
{
	hist->min = min_of(hist->min, value);
	hist->max = max_of(hist->max, value);
	cover_bin(hist, hist_bin_number(value));
}

void hist_carry(struct hist *hist, u32 index)
{
	if (hist->far == NULL)
		hist->far = moved(NULL, 0, 0, hist->nr_bins, sizeof(*hist->far));
	hist->far[index]++;
}

static u64 bin_count(const struct hist *hist, u32 index)
{
	return (hist->far != NULL ? (u64)hist->far[index] << 8 : 0) | hist->near[index];
}

static void bin_add(struct hist *hist, u32 index, u64 count)
{
	u64 sum = bin_count(hist, index) + count;

	if (sum >= 256 && hist->far == NULL)
		hist->far = moved(NULL, 0, 0, hist->nr_bins, sizeof(*hist->far));
	hist->near[index] = (u8)sum;
	if (hist->far != NULL)
		hist->far[index] = (u32)min_of(sum >> 8, (u64)UINT32_MAX);
}

/* Eight counters that are all zero; @i is a multiple of eight, as nr_bins is. */
static bool nothing_at(const struct hist *hist, u32 i)
{
	u64 near;

	memcpy(&near, &hist->near[i], sizeof(near));
	return near == 0 && hist->far == NULL;
}

static void merge_bins(struct hist *into, const struct hist *from)
{
	u32 shift = from->first_bin - into->first_bin;

	for (u32 i = 0; i < from->nr_bins; i++) {
		if (i % 8 == 0 && nothing_at(from, i)) {
			i += 7;
			continue;
		}
		u64 count = bin_count(from, i);

		if (count != 0)
			bin_add(into, i + shift, count);
	}
}

void hist_merge(struct hist *into, const struct hist *from)
{
	if (from == NULL || from->count == 0)
		return;
	hist_stretch(into, from->min);
	hist_stretch(into, from->max);
	merge_bins(into, from);
	into->count += from->count;
	u128 sum = hist_sum(into) + hist_sum(from);

	into->sum_low = (u64)sum;
	into->sum_high = (u64)(sum >> 64);
}

static u64 bin_low(u32 bin)
{
	u32 shift = bin < 2 * HIST_SUB ? 0 : bin / HIST_SUB - 1;

	return (u64)(bin - shift * HIST_SUB) << shift;
}

/* Exclusive. */
static u64 bin_high(u32 bin)
{
	return bin + 1 < HIST_BINS ? bin_low(bin + 1) : UINT64_MAX;
}

void hist_bin(u64 value, u64 *lo, u64 *hi)
{
	u32 bin = hist_bin_number(value);

	*lo = bin_low(bin);
	*hi = bin_high(bin);
}

not_inline void hist_each(const struct hist *hist, void (*fn)(void *arg, u64 lo, u64 hi, u64 count),
			  void *arg)
{
	for (u32 i = 0; i < hist->nr_bins; i++) {
		u32 bin = hist->first_bin + i;
		u64 count;

		/* Most are: this is most of what writing a result costs. */
		if (i % 8 == 0 && nothing_at(hist, i)) {
			i += 7;
			continue;
		}
		count = bin_count(hist, i);
		if (count != 0)
			fn(arg, bin_low(bin), bin_high(bin), count);
	}
}

/* The last bin before which there are fewer values than @rank. */
struct quantile_walk {
	u64 rank, seen;
	u64 lo, hi;
};

static void quantile_step(void *arg, u64 lo, u64 hi, u64 count)
{
	struct quantile_walk *walk = arg;

	if (walk->seen < walk->rank) {
		walk->lo = lo;
		walk->hi = hi;
	}
	walk->seen += count;
}

u64 hist_quantile(const struct hist *hist, u32 per_100k)
{
	if (hist == NULL || hist->count == 0)
		return 0;
	u64 rank = (u64)(((u128)hist->count * per_100k + 99999) / 100000);
	struct quantile_walk walk = {.rank = max_of(rank, 1ULL)};

	hist_each(hist, quantile_step, &walk);
	return clamp_to(walk.lo + (walk.hi - 1 - walk.lo) / 2, hist->min, hist->max);
}

u64 hist_mean(const struct hist *hist)
{
	if (hist == NULL || hist->count == 0)
		return 0;
	return (u64)((hist_sum(hist) + hist->count / 2) / hist->count);
}
