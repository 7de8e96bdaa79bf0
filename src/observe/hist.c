/* SPDX-License-Identifier: MIT */
/*
 * Log-linear histograms.
 *
 * The header of a histogram is two cache lines; a sample touches the first, the slot of its octave
 * and one counter. Octaves are appended in order of first use, so the slots say where they are.
 */
#include "observe/hist.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"

static_assert(sizeof(struct hist) <= 128, "the header of a histogram is two cache lines");

struct hist *hist_new(void)
{
	struct hist *hist = calloc(1, sizeof(*hist));

	if (hist == NULL)
		die("out of memory for a histogram");
	hist->min = UINT64_MAX;
	return hist;
}

void hist_free(struct hist *hist)
{
	if (hist == NULL)
		return;
	free(hist->bins);
	free(hist);
}

u32 hist_add_octave(struct hist *hist, u32 octave)
{
	u32 slot = max_of(hist->nr_bins, 1u);

	if (slot >= hist->cap_bins) {
		u32 cap = slot < 4 ? slot + 2 : slot + 4;

		hist->bins = realloc(hist->bins, cap * sizeof(*hist->bins));
		if (hist->bins == NULL)
			die("out of memory for a histogram");
		hist->cap_bins = cap;
	}
	memset(hist->bins[slot], 0, sizeof(*hist->bins));
	hist->nr_bins = slot + 1;
	hist->slot[octave] = (u8)slot;
	return slot;
}

void hist_merge(struct hist *into, const struct hist *from)
{
	if (from == NULL || from->count == 0)
		return;
	for (u32 octave = 0; octave < HIST_OCTAVES; octave++) {
		if (from->slot[octave] == 0)
			continue;
		u32 slot = into->slot[octave];

		if (slot == 0)
			slot = hist_add_octave(into, octave);
		u32 *to = into->bins[slot];
		const u32 *bins = from->bins[from->slot[octave]];

		for (u32 i = 0; i < HIST_SUB; i++)
			to[i] = bins[i] > UINT32_MAX - to[i] ? UINT32_MAX : to[i] + bins[i];
	}
	into->count += from->count;
	into->sum += from->sum;
	into->min = min_of(into->min, from->min);
	into->max = max_of(into->max, from->max);
}

/* Lower edge of bin @sub of @octave. */
static u64 bin_low(u32 octave, u32 sub)
{
	return octave == 0 ? sub : (u64)(HIST_SUB + sub) << (octave - 1);
}

static u64 bin_high(u32 octave, u32 sub)
{
	u64 width = octave == 0 ? 1 : 1ULL << (octave - 1);
	u64 low = bin_low(octave, sub);

	return low > UINT64_MAX - width ? UINT64_MAX : low + width;
}

void hist_bin(u64 value, u64 *lo, u64 *hi)
{
	u32 octave = hist_octave(value);
	u32 sub = value >> (octave - (octave != 0)) & (HIST_SUB - 1);

	*lo = bin_low(octave, sub);
	*hi = bin_high(octave, sub);
}

void hist_each(const struct hist *hist, void (*fn)(void *arg, u64 lo, u64 hi, u64 count), void *arg)
{
	for (u32 octave = 0; octave < HIST_OCTAVES; octave++) {
		if (hist->slot[octave] == 0)
			continue;
		const u32 *bins = hist->bins[hist->slot[octave]];

		for (u32 i = 0; i < HIST_SUB; i++)
			if (bins[i] != 0)
				fn(arg, bin_low(octave, i), bin_high(octave, i), bins[i]);
	}
}

struct quantile_walk {
	u64 rank, seen;
	u64 lo, hi; /* the bin that holds the rank */
	bool found;
};

static void quantile_step(void *arg, u64 lo, u64 hi, u64 count)
{
	struct quantile_walk *walk = arg;

	walk->seen += count;
	if (!walk->found && walk->seen >= walk->rank) {
		walk->lo = lo;
		walk->hi = hi;
		walk->found = true;
	}
}

u64 hist_quantile(const struct hist *hist, u32 per_100k)
{
	if (hist == NULL || hist->count == 0)
		return 0;
	u64 rank = (u64)(((u128)hist->count * per_100k + 99999) / 100000);
	struct quantile_walk walk = { .rank = max_of(rank, 1ULL) };

	hist_each(hist, quantile_step, &walk);
	if (!walk.found) /* counters saturated before the rank was reached */
		return hist->max;
	return clamp_to(walk.lo + (walk.hi - 1 - walk.lo) / 2, hist->min, hist->max);
}

u64 hist_mean(const struct hist *hist)
{
	if (hist == NULL || hist->count == 0)
		return 0;
	return (u64)((hist->sum + hist->count / 2) / hist->count);
}
