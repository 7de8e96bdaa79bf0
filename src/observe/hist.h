/* SPDX-License-Identifier: MIT */
/*
 * A log-linear histogram of u64 values: exact below 128, then 64 equal bins per power of two, so a
 * quantile is within 1/64 of the true value. count, sum, min and max are exact.
 *
 * Bins come by octave at the first sample in it, so a histogram of similar values is small: 128
 * bytes and 256 per octave in use. Octave 0 holds 0..63, octave e > 0 holds 2^(e+5) .. 2^(e+6) - 1.
 */
#ifndef OSSIM_OBSERVE_HIST_H
#define OSSIM_OBSERVE_HIST_H

#include "base/fixed.h"
#include "base/types.h"

enum { HIST_SUB_BITS = 6, HIST_SUB = 1 << HIST_SUB_BITS, HIST_OCTAVES = 59 };

struct hist {
	u64 count;
	u64 min;                  /* UINT64_MAX while empty */
	u64 max;
	u32 (*bins)[HIST_SUB];    /* saturating counters; bins[0] is not used */
	u128 sum;
	u32 nr_bins, cap_bins;
	u8 slot[HIST_OCTAVES];    /* index into bins by octave; 0: nothing there yet */
};

struct hist *hist_new(void);
void hist_free(struct hist *hist);
/* Makes room for an octave and returns its slot. */
u32 hist_add_octave(struct hist *hist, u32 octave);

static inline u32 hist_octave(u64 value)
{
	return log2_floor(value | (HIST_SUB - 1)) - (HIST_SUB_BITS - 1);
}

static inline void hist_add(struct hist *hist, u64 value)
{
	u32 octave = hist_octave(value);
	u32 slot = hist->slot[octave];

	if (unlikely(slot == 0))
		slot = hist_add_octave(hist, octave);
	u32 *bin = &hist->bins[slot][value >> (octave - (octave != 0)) & (HIST_SUB - 1)];
	*bin += *bin != UINT32_MAX;
	hist->count++;
	hist->sum += value;
	hist->min = min_of(hist->min, value);
	hist->max = max_of(hist->max, value);
}

void hist_merge(struct hist *into, const struct hist *from);
/* Nearest-rank quantile, @per_100k in 0..100000; the middle of the bin, clamped to [min, max]. 0 if empty. */
u64 hist_quantile(const struct hist *hist, u32 per_100k);
u64 hist_mean(const struct hist *hist); /* rounded to nearest; 0 if empty */
/* The lower and upper (exclusive) edge of the bin that holds @value; the last edge is UINT64_MAX. */
void hist_bin(u64 value, u64 *lo, u64 *hi);
/* Walks non-empty bins in order. */
void hist_each(const struct hist *hist, void (*fn)(void *arg, u64 lo, u64 hi, u64 count), void *arg);

#endif
