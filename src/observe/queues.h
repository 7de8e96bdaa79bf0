/* SPDX-License-Identifier: MIT */
/* The lengths of named wait queues, from QUEUE records. */
#ifndef OSSIM_OBSERVE_QUEUES_H
#define OSSIM_OBSERVE_QUEUES_H

#include "base/vec.h"
#include "observe/metrics.h"
#include "trace/record.h"

struct queue_state {
	struct queue_metrics metrics;
	u32 length; /* now */
};

struct queues {
	vec_of(struct queue_state) at; /* by the workload's number */
};

void queues_fini(struct queues *queues);
/* @counts: the window is open. */
void queues_take(struct queues *queues, const struct record *r, bool counts);
/* The window opens, closes. */
void queues_open(struct queues *queues, u64 when);
void queues_close(struct queues *queues, u64 when);

#endif
