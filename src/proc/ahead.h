/* SPDX-License-Identifier: MIT */
/*
 * What the next events will touch is fetched into the cache while the present one is simulated.
 */
#ifndef OSSIM_PROC_AHEAD_H
#define OSSIM_PROC_AHEAD_H

#include "base/types.h"

/* Machines from which on it pays: what those cpus and their tasks are is more than a cache holds. */
enum { AHEAD_CPUS_MIN = 128 };

/* The machine's `soon` handler: @self is the proc_world. */
void proc_look_ahead(void *self, u32 next, u32 later);

#endif
