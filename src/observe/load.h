/* SPDX-License-Identifier: MIT */
/* The load average: exponentially damped means of the number of running, runnable and D tasks. */
#ifndef OSSIM_OBSERVE_LOAD_H
#define OSSIM_OBSERVE_LOAD_H

#include "base/types.h"

enum { LOAD_SHIFT = 11, LOAD_ONE = 1 << LOAD_SHIFT, NR_LOADS = 3 };

struct load {
	u64 next;          /* the next sample is due at this time */
	u64 period;        /* 5 * HZ + 1 ticks */
	u32 avg[NR_LOADS]; /* over 1, 5 and 15 minutes, in 1/2048 */
};

/* calc_load(): @active, in 1/2048, enters the average; a rising one is rounded up. */
u32 load_step(u32 avg, u32 decay, u64 active);
void load_init(struct load *load, u32 hz);
/* Takes all samples that are due at @when; @active tasks were active since the last. */
void load_sample(struct load *load, u64 when, u64 active);
u32 load_milli(const struct load *load, u32 which);
/*
 * get_avenrun(), LOAD_INT(), LOAD_FRAC(): an average in 1/2048 as /proc/loadavg rounds it, in
 * hundredths.
 */
u32 load_hundredths(u32 avg);

#endif
