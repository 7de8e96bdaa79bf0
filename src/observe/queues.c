/* SPDX-License-Identifier: MIT */
/*
 * How many wait in a wait queue over time. Each record has the length from its time on, so what
 * they wait in sum is that times how long it lasted: sums of ends minus sums of begins, of what
 * lies in the window alone.
 */
#include "observe/queues.h"

void queues_fini(struct queues *queues)
{
	vec_fini(&queues->at);
}

void queues_take(struct queues *queues, const struct record *r, bool counts)
{
	struct queue_state *queue;

	while (queues->at.len <= r->task)
		vec_push(&queues->at, (struct queue_state){0});
	queue = &queues->at.at[r->task];
	queue->metrics.name = (u32)r->value;
	if (counts) {
		queue->metrics.waited_ns += r->when * queue->length - r->when * r->arg;
		queue->metrics.waits += r->arg > queue->length ? r->arg - queue->length : 0;
		queue->metrics.max_waiters = max_of(queue->metrics.max_waiters, r->arg);
	}
	queue->length = r->arg;
}

void queues_open(struct queues *queues, u64 when)
{
	for (u32 i = 0; i < queues->at.len; i++) {
		struct queue_state *queue = &queues->at.at[i];

		queue->metrics.waited_ns -= queue->length * when;
		queue->metrics.max_waiters = queue->length;
	}
}

void queues_close(struct queues *queues, u64 when)
{
	for (u32 i = 0; i < queues->at.len; i++)
		queues->at.at[i].metrics.waited_ns += queues->at.at[i].length * when;
}
