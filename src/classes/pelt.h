/* SPDX-License-Identifier: MIT */
/*
 * Per-entity load tracking: geometric averages of how much something wanted and used a cpu.
 *
 * Time counts in units of 1024 ns; 1024 units are a period, and what happened 32 periods ago counts
 * half. A sum is at most 47742 per unit of what is summed, so the average is sum / divider, where the
 * divider says how much of the running period has passed. Reference: fair.md 4.
 */
#ifndef OSSIM_CLASSES_PELT_H
#define OSSIM_CLASSES_PELT_H

#include "sched/task.h"

enum {
	PELT_PERIOD = 1024,
	PELT_MAX = 47742, /* the sum of an eternity at 1 */
	PELT_MIN_DIVIDER = PELT_MAX - PELT_PERIOD,
};

/* What is summed from the last update until now. */
struct pelt_input {
	u64 load;     /* 0: nothing at all is summed */
	u64 runnable; /* how many want the cpu */
	bool running;
};

/* @sum after @periods periods. */
u64 pelt_decay(u64 sum, u64 periods);

/* 1 / divider as a multiplier, by period_contrib: see pelt_divide(). */
extern const u64 pelt_reciprocal[PELT_PERIOD];

static inline u32 pelt_divider(const struct pelt *avg)
{
	return PELT_MIN_DIVIDER + avg->period_contrib;
}

/* sum / pelt_divider(avg), without a division for every sum below 2^48. */
static inline u64 pelt_divide(u64 sum, const struct pelt *avg)
{
	if (unlikely(sum >> 48))
		return sum / pelt_divider(avg);
	return (u64)((u128)sum * pelt_reciprocal[avg->period_contrib] >> 64);
}

/* Sums up to @now. True if a period ended: then the averages are due. Call pelt_sum() instead. */
bool pelt_sum_slow(struct pelt *avg, u64 now, struct pelt_input in);

static inline bool pelt_sum(struct pelt *avg, u64 now, struct pelt_input in)
{
	/* Less than a unit: the common case when one event touches an entity several times. */
	if (now - avg->last_update < 1024)
		return false;
	return pelt_sum_slow(avg, now, in);
}

/* The averages from the sums; load counts @weight times. */
static inline void pelt_average(struct pelt *avg, u64 weight)
{
	avg->load_avg = pelt_divide(weight * avg->load_sum, avg);
	avg->runnable_avg = pelt_divide(avg->runnable_sum, avg);
	avg->util_avg = (u32)pelt_divide(avg->util_sum, avg);
}

/* The whole of it for a cpu's rt, deadline or interrupt time. True if the averages changed. */
bool pelt_update_rq(struct pelt *avg, u64 now, bool running);

#endif
