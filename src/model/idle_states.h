/* SPDX-License-Identifier: MIT */
/*
 * In which states a cpu may idle: how long it takes to leave one, and how long it has to last to
 * pay. Presets are those of the intel_idle driver. Reference: core-rt-dl-ext.md 1.14.
 */
#ifndef OSSIM_MODEL_IDLE_STATES_H
#define OSSIM_MODEL_IDLE_STATES_H

#include "base/types.h"

enum { IDLE_STATES_MAX = 10 }; /* CPUIDLE_STATE_MAX */

struct idle_state {
	const char *name;
	u64 exit_ns, residency_ns;
};

struct idle_preset {
	const char *name;
	/* the shallowest first; up to one without a name */
	struct idle_state states[IDLE_STATES_MAX];
};

extern const struct idle_preset idle_presets[];
extern const u32 nr_idle_presets;

#endif
