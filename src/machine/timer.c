/* SPDX-License-Identifier: MIT */
/*
 * A cpu's own timers: the next ones in a sorted array, later ones in a 4-ary heap with back links.
 *
 * Most cpus have a few dozen sleepers. Then all are in the array: taking the first is free, and
 * putting one in moves half of a kilobyte. If there are more, the array's later half goes to the
 * heap, and half an array comes back from there when the array is empty. The order is (when, rank,
 * id) and nothing else decides: no two of one queue are equal.
 */
#include "machine/timer.h"

#include <string.h>

#include "base/ensure.h"
#include "base/vec.h"

enum { ARITY = 4, NEAR_SHORT = 16 };

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
	u32 end = min_of(first + ARITY, queue->nr_heap), least = first;

	for (u32 i = first + 1; i < end; i++)
		if (key_before(&queue->heap[i], &queue->heap[least]))
			least = i;
	return least;
}

static void sift_down(struct timer_queue *queue, u32 slot, struct timer_key key)
{
	for (;;) {
		u32 first = slot * ARITY + 1, least;

		if (first >= queue->nr_heap)
			break;
		least = least_child(queue, first);
		if (!key_before(&queue->heap[least], &key))
			break;
		heap_put(queue, slot, queue->heap[least]);
		slot = least;
	}
	heap_put(queue, slot, key);
}

static void heap_insert(struct timer_queue *queue, struct timer_key key)
{
	if (unlikely(queue->nr_heap == queue->cap_heap))
		vec_grow((void **)&queue->heap, &queue->cap_heap, queue->nr_heap + 1,
			 sizeof(*queue->heap));
	sift_up(queue, queue->nr_heap++, key);
}

static void heap_remove(struct timer_queue *queue, u32 slot)
{
	struct timer_key last = queue->heap[--queue->nr_heap];

	if (slot == queue->nr_heap)
		return;
	if (slot && key_before(&last, &queue->heap[(slot - 1) / ARITY]))
		sift_up(queue, slot, last);
	else
		sift_down(queue, slot, last);
}

/* ---- The array ---- */

/* How many of the near ones are behind @key: its place, behind its equals in time. */
static u32 near_place(const struct timer_queue *queue, const struct timer_key *key)
{
	const struct timer_key *base = queue->near;
	u32 left = queue->nr_near;

	while (left) {
		u32 half = left / 2;
		bool later = key_before(key, &base[half]);

		base += later ? half + 1 : 0;
		left = later ? left - half - 1 : half;
	}
	return (u32)(base - queue->near);
}

/* In a short array: those that are not behind it make room one by one. */
static always_inline struct timer_key *near_step_back(struct timer_queue *queue, const struct timer_key *key)
{
	struct timer_key *at = &queue->near[queue->nr_near];

	for (; at > queue->near && !key_before(key, &at[-1]); at--)
		at[0] = at[-1];
	return at;
}

static struct timer_key *near_make_room(struct timer_queue *queue, const struct timer_key *key)
{
	u32 place = near_place(queue, key);
	struct timer_key *at = &queue->near[place];

	memmove(at + 1, at, (queue->nr_near - place) * sizeof(*at));
	return at;
}

static always_inline void near_insert_at(struct timer_queue *queue, struct timer_key *at,
					 struct timer_key key)
{
	*at = key;
	queue->nr_near++;
	key.timer->slot = TIMER_NEAR;
}

static void near_insert(struct timer_queue *queue, struct timer_key key)
{
	if (unlikely(queue->nr_near == queue->cap_near))
		vec_grow((void **)&queue->near, &queue->cap_near, queue->nr_near + 1,
			 sizeof(*queue->near));
	near_insert_at(queue, near_make_room(queue, &key), key);
}

/* The array is full: its later half goes to the heap. */
static void near_spill(struct timer_queue *queue)
{
	u32 nr = TIMER_NEAR_MAX / 2;

	for (u32 i = 0; i < nr; i++)
		heap_insert(queue, queue->near[i]);
	queue->nr_near -= nr;
	memmove(queue->near, queue->near + nr, queue->nr_near * sizeof(*queue->near));
}

/* The array is empty: the heap's first come, the last of them first. */
static not_inline void near_refill(struct timer_queue *queue)
{
	u32 nr = min_of(queue->nr_heap, (u32)TIMER_NEAR_MAX / 2);

	for (u32 i = nr; i-- > 0;) {
		queue->near[i] = queue->heap[0];
		queue->near[i].timer->slot = TIMER_NEAR;
		heap_remove(queue, 0);
	}
	queue->nr_near = nr;
}

/* ---- The queue ---- */

/* Wherever it belongs: there are many, or no room. */
static not_inline void insert_somewhere(struct timer_queue *queue, struct timer_key key)
{
	if (unlikely(queue->nr_near == TIMER_NEAR_MAX))
		near_spill(queue);
	if (queue->nr_heap && key_before(&queue->near[0], &key))
		heap_insert(queue, key);
	else
		near_insert(queue, key);
}

void timer_queue_insert(struct timer_queue *queue, struct timer *timer)
{
	struct timer_key key = {.when = timer->when, .order = timer_order(timer), .timer = timer};

	ensure(!timer->slot);
	if (likely(queue->nr_near <= NEAR_SHORT && queue->nr_near < queue->cap_near && !queue->nr_heap))
		near_insert_at(queue, near_step_back(queue, &key), key);
	else
		insert_somewhere(queue, key);
}

void timer_queue_remove(struct timer_queue *queue, struct timer *timer)
{
	u32 slot = timer->slot - 1;

	timer->slot = 0;
	if (slot != TIMER_NEAR - 1) {
		ensure(slot < queue->nr_heap && queue->heap[slot].timer == timer);
		heap_remove(queue, slot);
		return;
	}

	struct timer_key key = {.when = timer->when, .order = timer_order(timer)};
	u32 place = near_place(queue, &key);

	ensure(place < queue->nr_near && queue->near[place].timer == timer);

	struct timer_key *at = &queue->near[place];

	memmove(at, at + 1, (--queue->nr_near - place) * sizeof(*at));
	if (unlikely(!queue->nr_near && queue->nr_heap))
		near_refill(queue);
}

struct timer *timer_queue_pop(struct timer_queue *queue)
{
	struct timer *first = queue->near[--queue->nr_near].timer;

	first->slot = 0;
	if (unlikely(!queue->nr_near && queue->nr_heap))
		near_refill(queue);
	return first;
}

void timer_queue_fini(struct timer_queue *queue)
{
	vec_release((void **)&queue->near);
	vec_release((void **)&queue->heap);
	*queue = (struct timer_queue){0};
}
