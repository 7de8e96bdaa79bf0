/* SPDX-License-Identifier: MIT */
/*
 * What the next events will touch is fetched into the cache while the present one is simulated.
 */
#ifndef OSSIM_PROC_AHEAD_H
#define OSSIM_PROC_AHEAD_H

#include "base/types.h"

struct proc_world;

/* From which on it pays: what so many cpus, or tasks, are is more than a near cache holds. */
enum { AHEAD_CPUS_MIN = 128, AHEAD_PROCS_MIN = 4096 };

/* There are as many procs, or cpus: the machine's `soon` handler is set. */
void proc_begin_ahead(struct proc_world *world);

/* The machine's `soon` handler: @self is the proc_world. */
void proc_look_ahead(void *self, u32 next, u32 later);

#endif
