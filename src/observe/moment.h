/* SPDX-License-Identifier: MIT */
/*
 * A moment: for each cpu the last pick at or before it, what led to that pick, and what was decided
 * there since. A sink of decisions.
 */
#ifndef OSSIM_OBSERVE_MOMENT_H
#define OSSIM_OBSERVE_MOMENT_H

#include "observe/told.h"

struct moment_cpu {
	bool picked; /* else nothing was decided here yet: it idles since the start */
	struct told pick;
	struct told_list before; /* at the pick's own instant: balancing, delayed dequeues */
	struct told_list since;
	/* who runs does so since then; picks that change nothing do not count */
	u64 runs_since;
};

struct moment {
	u64 at; /* ns; later decisions are not taken */
	u32 nr_cpus;
	struct moment_cpu *cpus;
};

void moment_init(struct moment *moment, u64 at, u32 nr_cpus);
void moment_fini(struct moment *moment);
/* @self is a moment. */
void moment_take(void *self, const struct decision *decision);

#endif
