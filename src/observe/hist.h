/* SPDX-License-Identifier: MIT */
/*
 * A log-linear histogram of u64 values: exact below 128, then 64 equal bins per power of two, so a
 * quantile is within 1/64 of the true value. count, sum, min and max are exact.
 *
 * A sample touches two cache lines: the histogram itself, and the 64 one-byte counters of its power
 * of two. A byte that overflows is carried to a second array, which most histograms never need.
 * Counters exist for the range between min and max, so a histogram of similar values is small.
 *
 * Bins are numbered through: with s = max(bits of value, 7) - 7, the bin is 64 * s + (value >> s).
 */
#ifndef OSSIM_OBSERVE_HIST_H
#define OSSIM_OBSERVE_HIST_H

#include "base/fixed.h"
#include "base/types.h"

enum { HIST_SUB_BITS = 6, HIST_SUB = 1 << HIST_SUB_BITS, HIST_BINS = 59 * HIST_SUB };

struct hist {
	u64 count;
	u64 min, max;           /* min is UINT64_MAX and max is 0 while count is 0 */
	u64 sum_low;            /* the sum is hist_sum() */
	u8 *near;               /* counts modulo 256, of nr_bins bins from first_bin on */
	u32 first_bin, nr_bins; /* multiples of 256 */
	u64 sum_high;
	u32 *far; /* the counts divided by 256; NULL until the first carry */
};

static_assert(sizeof(struct hist) == 64, "a histogram's head is one cache line");

/* An embedded histogram; all of it is written by init. */
void hist_init(struct hist *hist);
void hist_fini(struct hist *hist);
struct hist *hist_new(void);
void hist_free(struct hist *hist);

/* The rare parts of hist_add(): a new minimum or maximum; a counter that came round to 0. */
void hist_stretch(struct hist *hist, u64 value);
void hist_carry(struct hist *hist, u32 index);

static inline u32 hist_bin_number(u64 value)
{
	u32 shift = log2_floor(value | HIST_SUB) - HIST_SUB_BITS;

	return (shift << HIST_SUB_BITS) + (u32)(value >> shift);
}

/* What lies between the ends has its counter. */
static always_inline bool hist_holds(const struct hist *hist, u64 value)
{
	return likely(value >= hist->min) && likely(value <= hist->max);
}

/* hist_add() of a value that it holds, but for counting up the bin's counter, which is returned. */
static always_inline u8 *hist_note(struct hist *hist, u64 value)
{
	hist->count++;
	if (unlikely(__builtin_add_overflow(hist->sum_low, value, &hist->sum_low)))
		hist->sum_high++;
	return &hist->near[hist_bin_number(value) - hist->first_bin];
}

static inline void hist_add(struct hist *hist, u64 value)
{
	if (unlikely(!hist_holds(hist, value)))
		hist_stretch(hist, value);
	u8 *counter = hist_note(hist, value);

	if (unlikely(++*counter == 0))
		hist_carry(hist, (u32)(counter - hist->near));
}

static inline u128 hist_sum(const struct hist *hist)
{
	return (u128)hist->sum_high << 64 | hist->sum_low;
}

void hist_merge(struct hist *into, const struct hist *from);
/*
 * Nearest-rank quantile, @per_100k in 0..100000; the middle of the bin, clamped to [min, max]. 0 if
 * empty.
 */
u64 hist_quantile(const struct hist *hist, u32 per_100k);
u64 hist_mean(const struct hist *hist); /* rounded to nearest; 0 if empty */
/*
 * The lower and upper (exclusive) edge of the bin that holds @value; the last edge is UINT64_MAX.
 */
void hist_bin(u64 value, u64 *lo, u64 *hi);
/* Walks non-empty bins in order. */
void hist_each(const struct hist *hist, void (*fn)(void *arg, u64 lo, u64 hi, u64 count),
	       void *arg);

#endif
