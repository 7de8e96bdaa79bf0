/* SPDX-License-Identifier: MIT */
/* From wakeup to run, and the other distributions: how the window's ends cut them. */
#ifndef OSSIM_OBSERVE_LATENCY_H
#define OSSIM_OBSERVE_LATENCY_H

#include "observe/hist.h"
#include "observe/tasks.h"

/*
 * The window opens at @when: intervals that are under way are clipped, and are no samples later.
 * The cpus' part is done by the caller.
 */
void latency_open(struct tasks *tasks, u64 when);
/* The window closes at @when: what is under way is added to the sums. Running tasks: the caller. */
void latency_close(struct tasks *tasks, u64 when);

#endif
