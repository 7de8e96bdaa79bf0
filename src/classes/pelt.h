/* SPDX-License-Identifier: MIT */
/*
 * Per-entity load tracking: geometric averages of how much something wanted and used a cpu.
 *
 * Time counts in units of 1024 ns; 1024 units are a period, and what happened 32 periods ago counts
 * half. A sum is at most 47742 per unit of what is summed, so the average is sum / divider, where
 * the divider says how much of the running period has passed. Reference: fair.md 4.
 */
#ifndef OSSIM_CLASSES_PELT_H
#define OSSIM_CLASSES_PELT_H

#include "sched/task.h"

enum {
	PELT_UNIT = 1024, /* ns */
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

/* y^n * 2^32 with y^32 = 1/2. */
extern const u32 pelt_decay_factor[32];

/* @sum after @periods periods. */
static always_inline u64 pelt_decay(u64 sum, u64 periods)
{
	if (likely(periods < 32))
		return (u64)((u128)sum * pelt_decay_factor[periods] >> 32);
	if (periods > 32 * 63)
		return 0;
	return (u64)((u128)(sum >> (periods / 32)) * pelt_decay_factor[periods % 32] >> 32);
}

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

/*
 * A span of time since a last update, in units, cut at the ends of periods: the same for all
 * averages that were updated at the same moment, so it is worked out once for an entity and its
 * queue.
 */
struct pelt_span {
	u64 worth;   /* of one unit of input over the span, decayed to its end */
	u64 periods; /* that ended in it */
	u32 last;    /* units of the present period */
};

/*
 * What whole periods between the first and the last are worth: PELT_MAX - decayed PELT_MAX - a
 * period.
 */
enum { PELT_SHORT = 64 };
extern const u32 pelt_between[PELT_SHORT];
u64 pelt_between_slow(u64 periods);
/* What a long span is worth, without the units of the present period. */
u64 pelt_worth_long(const struct pelt *avg, u64 periods);

/* Since the start of the period in which @avg was updated last. */
static always_inline u64 pelt_units(const struct pelt *avg, u64 now)
{
	return ((now - avg->last_update) >> 10) + avg->period_contrib;
}

/* So many units are seldom passed at once: what they cost is kept apart. */
enum { PELT_LONG = 32 * PELT_PERIOD };

/* The span from @avg's last update, which is at least a unit ago, to @now. Moves last_update. */
static always_inline struct pelt_span pelt_span(struct pelt *avg, u64 now)
{
	u64 delta = (now - avg->last_update) >> 10, units = pelt_units(avg, now);
	u64 periods = units / PELT_PERIOD;
	struct pelt_span span = {.worth = delta, .last = units % PELT_PERIOD};

	avg->last_update += delta << 10;
	if (unlikely(!periods))
		return span;
	span.periods = periods;
	if (likely(periods < 32))
		span.worth =
			((PELT_PERIOD - avg->period_contrib) * (u64)pelt_decay_factor[periods] >>
			 32) +
			span.last + pelt_between[periods];
	else
		span.worth = pelt_worth_long(avg, periods) + span.last;
	return span;
}

/* The averages from the sums; load counts @weight times. */
static inline void pelt_average(struct pelt *avg, u64 weight)
{
	avg->load_avg = pelt_divide(weight * avg->load_sum, avg);
	avg->runnable_avg = pelt_divide(avg->runnable_sum, avg);
	/* Below 2^48 like all u32. */
	avg->util_avg = (u32)((u128)avg->util_sum * pelt_reciprocal[avg->period_contrib] >> 64);
	avg->stale = false;
}

/*
 * Averages follow from the sums at the end of a period, but most are never looked at. So the end of
 * a period only marks them stale, and they are worked out by whoever reads them next, or before the
 * sums of the following period are added to.
 */
static always_inline void pelt_settle(struct pelt *avg, u64 weight)
{
	if (avg->stale)
		pelt_average(avg, weight);
}

/* The span passes. True if a period ended in it; if none does, the averages are settled. */
static always_inline bool pelt_age(struct pelt *avg, const struct pelt_span *span)
{
	if (unlikely(!span->periods)) {
		avg->period_contrib = span->last;
		return false;
	}
	if (likely(span->periods < 32)) {
		u64 factor = pelt_decay_factor[span->periods];

		avg->load_sum = (u64)((u128)avg->load_sum * factor >> 32);
		avg->runnable_sum = (u64)((u128)avg->runnable_sum * factor >> 32);
		avg->util_sum = (u32)(avg->util_sum * factor >> 32);
	} else {
		avg->load_sum = pelt_decay(avg->load_sum, span->periods);
		avg->runnable_sum = pelt_decay(avg->runnable_sum, span->periods);
		avg->util_sum = (u32)pelt_decay(avg->util_sum, span->periods);
	}
	avg->period_contrib = span->last;
	avg->stale = true;
	return true;
}

/* Something was on its queue over the span: it is summed. */
static always_inline void pelt_add(struct pelt *avg, u64 worth, struct pelt_input in)
{
	avg->load_sum += in.load * worth;
	avg->runnable_sum += in.runnable * worth << 10;
	avg->util_sum += (in.running ? (u32)worth : 0) << 10;
}

/*
 * Has a unit passed since the last update? A clock that ran backwards (a task moved) is taken as it
 * is.
 */
static inline bool pelt_due(struct pelt *avg, u64 now)
{
	u64 delta = now - avg->last_update;

	/* Less than a unit: the common case when one event touches an entity several times. */
	if (delta < 1024)
		return false;
	if (unlikely((s64)delta < 0)) {
		avg->last_update = now;
		return false;
	}
	return true;
}

/* Sums of a queue or a cpu up to @now. True if a period ended: then the averages are stale. */
static always_inline bool pelt_sum(struct pelt *avg, u64 now, struct pelt_input in)
{
	struct pelt_span span;
	bool ended;

	if (!pelt_due(avg, now))
		return false;
	span = pelt_span(avg, now);
	if (unlikely(!span.periods))
		pelt_settle(avg, 1);
	ended = pelt_age(avg, &span);
	if (in.load)
		pelt_add(avg, span.worth, in);
	return ended;
}

/*
 * Of a cpu's rt, deadline or interrupt time, whose averages follow at once: a largest sum of 0 is
 * all.
 */
static always_inline bool pelt_is_zero(const struct pelt *avg)
{
	return !avg->runnable_sum;
}

/*
 * Nothing to decay and nothing to sum: only the place in the period moves. True if a period ended.
 */
static always_inline bool pelt_pass(struct pelt *avg, u64 now)
{
	u64 units, delta = now - avg->last_update;

	if (!pelt_due(avg, now))
		return false;
	units = (delta >> 10) + avg->period_contrib;
	avg->last_update += delta >> 10 << 10;
	avg->period_contrib = units % PELT_PERIOD;
	return units >= PELT_PERIOD;
}

/* The whole of it for a cpu's rt, deadline or interrupt time. True if the averages changed. */
bool pelt_update_rq(struct pelt *avg, u64 now, bool running);

#endif
