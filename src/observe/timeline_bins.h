/* SPDX-License-Identifier: MIT */
/*
 * Curves over time in bins of equal width, at most a fixed number of them: when time runs out of
 * the last bin, neighbours merge and the width doubles.
 */
#ifndef OSSIM_OBSERVE_TIMELINE_BINS_H
#define OSSIM_OBSERVE_TIMELINE_BINS_H

#include "observe/timeline.h"

/* Latencies are counted in quarters of octaves from 64 ns on. */
enum { LATENCY_CELLS = 128, LATENCY_FIRST_BIT = 6 };

struct latency_bin {
	u64 count, min, max;
	u32 cells[LATENCY_CELLS];
};

/* The length of a queue within a bin. */
struct queue_bin {
	u32 min, max;   /* min is UINT32_MAX while nothing was added */
	u64 covered_ns; /* so much of the bin was added */
	u64 integral;   /* of length over ns */
};

struct bins {
	u64 from, width;
	u32 max; /* number of bins, even */
};

static inline u32 bins_index(const struct bins *bins, u64 when)
{
	return (u32)((when - bins->from) / bins->width);
}

/* Width for a horizon at @end (0: not known). */
void bins_init(struct bins *bins, u64 from, u64 end, u32 max);
static inline bool bins_full(const struct bins *bins, u64 when)
{
	return (when - bins->from) / bins->width >= bins->max;
}

void latency_bin_add(struct latency_bin *bin, u64 latency);
/* The middle of the cell that holds this quantile, in hundredths. */
u64 latency_bin_quantile(const struct latency_bin *bin, u32 percent);
void latency_bins_halve(struct latency_bin *bin, u32 nr);

void queue_bins_clear(struct queue_bin *bin, u32 nr);
/* The length was @length during [from, to), which the bins hold. */
void queue_bins_add(const struct bins *bins, struct queue_bin *bin, u64 from, u64 to, u32 length);
void queue_bins_halve(struct queue_bin *bin, u32 nr);

/* Adds the length of [from, to) to the bins it lies in. */
void time_bins_add(const struct bins *bins, u64 *bin, u64 from, u64 to);
void time_bins_halve(u64 *bin, u32 nr);

#endif
