/* SPDX-License-Identifier: MIT */
/*
 * Nice to weight, and time scaled by weight.
 */
#include "classes/weight.h"

#include "base/ensure.h"
#include "model/nice.h"

/* 2^32 / nice_weights, rounded as the kernel's table is. */
static const u32 nice_inverse[NICE_MAX - NICE_MIN + 1] = {
	48388,     59856,     76040,     92818,     118348,    /* -20 .. -16 */
	147320,    184698,    229616,    287308,    360437,    /* -15 .. -11 */
	449829,    563644,    704093,    875809,    1099582,   /* -10 .. -6 */
	1376151,   1717300,   2157191,   2708050,   3363326,   /* -5 .. -1 */
	4194304,   5237765,   6557202,   8165337,   10153587,  /* 0 .. 4 */
	12820798,  15790321,  19976592,  24970740,  31350126,  /* 5 .. 9 */
	39045157,  49367440,  61356676,  76695844,  95443717,  /* 10 .. 14 */
	119304647, 148102320, 186737708, 238609294, 286331153, /* 15 .. 19 */
};

static const struct weight idle_weight = {3u << WEIGHT_SHIFT, 1431655765};

struct weight weight_of(s32 nice, bool idle)
{
	ensure(nice >= NICE_MIN && nice <= NICE_MAX);
	if (idle)
		return idle_weight;
	return (struct weight){nice_weights[nice - NICE_MIN] << WEIGHT_SHIFT,
			       nice_inverse[nice - NICE_MIN]};
}
