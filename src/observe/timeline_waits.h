/* SPDX-License-Identifier: MIT */
/* The curves of named wait queues. Private to the timeline. */
#ifndef OSSIM_OBSERVE_TIMELINE_WAITS_H
#define OSSIM_OBSERVE_TIMELINE_WAITS_H

#include "base/vec.h"
#include "observe/timeline_bins.h"
#include "trace/record.h"

struct waits {
	vec_of(struct wait_line) lines; /* by the workload's number */
	u32 nr_followed;
	struct timeline_wait_queue *out; /* what waits_finish() has made */
};

struct wait_line {
	u32 name;   /* name id */
	u32 length; /* now */
	u64 since;
	u64 waited_ns;
	/* NULL: nobody has waited there, or TIMELINE_WAIT_QUEUES others have bins */
	struct queue_bin *bins;
};

void waits_fini(struct waits *waits);
/* A QUEUE record. @counts: the window is open. */
void waits_take(struct waits *waits, const struct bins *bins, const struct record *r, bool counts);
/* The window opens; up to @when all lengths are in the bins. */
void waits_open(struct waits *waits, u64 when);
void waits_flush(struct waits *waits, const struct bins *bins, u64 when);
void waits_halve(struct waits *waits);
/*
 * Those that are followed, the ones in which tasks waited longest in sum first. They belong to
 * @waits.
 */
u32 waits_finish(struct waits *waits, u32 nr_bins);

/* timeline.c */
struct timeline_queue timeline_queue_of(const struct queue_bin *bin);

#endif
