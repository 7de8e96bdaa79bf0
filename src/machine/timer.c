/* SPDX-License-Identifier: MIT */
/*
 * A cpu's own timers: a 4-ary heap of keys with back links, so that any timer can be taken out.
 *
 * The order is (when, rank, id) and nothing else decides: a heap has no memory of when something
 * was put in.
 */
#include "machine/timer.h"

#include "base/ensure.h"
#include "base/vec.h"

enum { ARITY = 4 };

static always_inline bool key_before(const struct timer_key *a, const struct timer_key *b)
{
	return a->when != b->when ? a->when < b->when : a->order < b->order;
}

static always_inline void heap_put(struct timer_queue *queue, u32 slot, struct timer_key key)
{
	queue->heap[slot] = key;
	key.timer->slot = slot + 1;
}

static void sift_up(struct timer_queue *queue, u32 slot, struct timer_key key)
{
	while (slot) {
		u32 parent = (slot - 1) / ARITY;

		if (!key_before(&key, &queue->heap[parent]))
			break;
		heap_put(queue, slot, queue->heap[parent]);
		slot = parent;
	}
	heap_put(queue, slot, key);
}

static always_inline u32 least_child(const struct timer_queue *queue, u32 first)
{
	u32 end = min_of(first + ARITY, queue->count), least = first;

	for (u32 i = first + 1; i < end; i++)
		if (key_before(&queue->heap[i], &queue->heap[least]))
			least = i;
	return least;
}

static void sift_down(struct timer_queue *queue, u32 slot, struct timer_key key)
{
	for (;;) {
		u32 first = slot * ARITY + 1, least;

		if (first >= queue->count)
			break;
		least = least_child(queue, first);
		if (!key_before(&queue->heap[least], &key))
			break;
		heap_put(queue, slot, queue->heap[least]);
		slot = least;
	}
	heap_put(queue, slot, key);
}

void timer_queue_insert(struct timer_queue *queue, struct timer *timer)
{
	struct timer_key key = {.when = timer->when, .order = timer->order, .timer = timer};

	ensure(!timer->slot);
	if (unlikely(queue->count == queue->cap))
		vec_grow((void **)&queue->heap, &queue->cap, queue->count + 1,
			 sizeof(*queue->heap));
	sift_up(queue, queue->count++, key);
}

void timer_queue_remove(struct timer_queue *queue, struct timer *timer)
{
	u32 slot = timer->slot - 1;
	struct timer_key last;

	ensure(timer->slot && queue->heap[slot].timer == timer);
	timer->slot = 0;
	last = queue->heap[--queue->count];
	if (slot == queue->count)
		return;
	if (slot && key_before(&last, &queue->heap[(slot - 1) / ARITY]))
		sift_up(queue, slot, last);
	else
		sift_down(queue, slot, last);
}

struct timer *timer_queue_pop(struct timer_queue *queue)
{
	struct timer *first = queue->heap[0].timer;
	struct timer_key last = queue->heap[--queue->count];

	first->slot = 0;
	if (queue->count)
		sift_down(queue, 0, last);
	return first;
}

void timer_queue_fini(struct timer_queue *queue)
{
	vec_release((void **)&queue->heap);
	queue->count = queue->cap = 0;
}
