/* SPDX-License-Identifier: MIT */
/*
 * xv6's processes and scheduler (the last x86 revision of the teaching kernel), as another machine
 * for the same workloads. Reference: process.md 7.5.
 *
 * A table of 64 slots under one lock; each cpu's scheduler walks it round robin; every tick takes
 * the cpu away; sleepers wait on channels, and a wakeup wakes all of them; a kill sets a flag that
 * the victim looks at. It makes the same records as the Linux machine, so that results, traces and
 * plots can be held side by side.
 */
#ifndef OSSIM_XV6_XV6_H
#define OSSIM_XV6_XV6_H

#include "base/arena.h"
#include "base/text.h"
#include "model/workload.h"
#include "trace/stream.h"

struct xv6;

struct xv6 *xv6_new(const struct workload *workload, struct arena *arena, struct stream *stream,
		    struct names *names);
/*
 * Delivers what is due next, if it is due before @horizon. False: nothing is; now becomes @horizon.
 */
bool xv6_step(struct xv6 *xv6, u64 horizon);
/* A task of the workload lives, or is still to be started. */
bool xv6_tasks_left(const struct xv6 *xv6);
/* Why the run must end; NULL: all is well. */
const char *xv6_failure(const struct xv6 *xv6);
/*
 * How often a slot of the table was looked at. A cpu that walks it in vain counts its first walk.
 */
u64 xv6_slots_scanned(const struct xv6 *xv6);
/* The processes in the order of the table, a line each, as the console's ^P prints them. */
void xv6_dump(const struct xv6 *xv6, struct text *out);
u64 xv6_now(const struct xv6 *xv6);
u64 xv6_events(const struct xv6 *xv6);

#endif
