/* SPDX-License-Identifier: MIT */
/*
 * Nice to weight, and time scaled by weight.
 */
#include "classes/weight.h"

#include "base/ensure.h"

enum { NICE_MIN = -20, NICE_MAX = 19 };

/* One nice step is about 1.25 in weight, which is about 10 % of cpu time between two tasks. */
static const u32 nice_weight[NICE_MAX - NICE_MIN + 1] = {
	88761, 71755, 56483, 46273, 36291, /* -20 .. -16 */
	29154, 23254, 18705, 14949, 11916, /* -15 .. -11 */
	9548,  7620,  6100,  4904,  3906,  /* -10 .. -6 */
	3121,  2501,  1991,  1586,  1277,  /* -5 .. -1 */
	1024,  820,   655,   526,   423,   /* 0 .. 4 */
	335,   272,   215,   172,   137,   /* 5 .. 9 */
	110,   87,    70,    56,    45,    /* 10 .. 14 */
	36,    29,    23,    18,    15,    /* 15 .. 19 */
};

/* 2^32 / nice_weight, rounded as the kernel's table is. */
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
	return (struct weight){nice_weight[nice - NICE_MIN] << WEIGHT_SHIFT,
			       nice_inverse[nice - NICE_MIN]};
}
