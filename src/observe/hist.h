/* SPDX-License-Identifier: MIT */
/*
 * A log-linear histogram of u64 values: exact below 128, then 64 equal bins per power of two, so a
 * quantile is within 1/64 of the true value. count, sum, min and max are exact.
 *
 * Bins are allocated by octave at the first sample in it, so a histogram of similar values is small.
 */
#ifndef OSSIM_OBSERVE_HIST_H
#define OSSIM_OBSERVE_HIST_H

#include "base/types.h"

enum { HIST_SUB_BITS = 6, HIST_OCTAVES = 59 };

struct hist {
	u64 count, min, max;
	u128 sum;
	u32 *octave[HIST_OCTAVES]; /* 64 counters each (128 in the first), saturating */
};

struct hist *hist_new(void);
void hist_free(struct hist *hist);
void hist_add(struct hist *hist, u64 value);
void hist_merge(struct hist *into, const struct hist *from);
/* Nearest-rank quantile, @per_100k in 0..100000; the middle of the bin, clamped to [min, max]. 0 if empty. */
u64 hist_quantile(const struct hist *hist, u32 per_100k);
u64 hist_mean(const struct hist *hist); /* rounded to nearest; 0 if empty */
/* The lower and upper (exclusive) edge of the bin that holds @value. */
void hist_bin(u64 value, u64 *lo, u64 *hi);
/* Walks non-empty bins in order. */
void hist_each(const struct hist *hist, void (*fn)(void *arg, u64 lo, u64 hi, u64 count), void *arg);

#endif
