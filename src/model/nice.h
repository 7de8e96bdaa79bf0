/* SPDX-License-Identifier: MIT */
/*
 * What a nice value weighs: of tasks, and of groups whose weight is written as one.
 * Kernel: sched_prio_to_weight[] in kernel/sched/core.c. Reference: fair.md 1.1.
 */
#ifndef OSSIM_MODEL_NICE_H
#define OSSIM_MODEL_NICE_H

#include "base/types.h"

enum { NICE_MIN = -20, NICE_MAX = 19 };

/* From NICE_MIN on; not scaled. */
extern const u32 nice_weights[NICE_MAX - NICE_MIN + 1];

static inline u32 nice_weight(s32 nice)
{
	return nice_weights[nice - NICE_MIN];
}

#endif
