/* SPDX-License-Identifier: MIT */
/*
 * A cpu's own timers: sorted runs.
 *
 * Most cpus have a dozen sleepers, all in the first run: taking the first is free, and putting one
 * in moves some keys that lie in a few cache lines. A full run is split in the middle, unless it is
 * the last and what comes is behind it, as where all sleep equally long. With a hundred timers a
 * cpu, and a thousand cpus, every line that is touched was in no cache: so a key has no more than
 * the time, a run's place is found among their ends, and a timer does not know where its key is.
 * The order is (when, rank, id) and nothing else decides: no two of one queue are equal.
 */
#include "machine/timer.h"

#include <string.h>

#include "base/ensure.h"
#include "base/vec.h"

enum { RUN_SHORT = 16 };

static always_inline bool key_before(const struct timer_key *a, const struct timer_key *b)
{
	return likely(a->when != b->when) ? a->when < b->when
					  : timer_order(a->timer) < timer_order(b->timer);
}

/* ---- One run ---- */

/* How many of @keys are behind @key: its place. */
static u32 place_in(const struct timer_key *keys, u32 nr, const struct timer_key *key)
{
	const struct timer_key *base = keys;

	while (nr) {
		u32 half = nr / 2;
		bool later = key_before(key, &base[half]);

		base += later ? half + 1 : 0;
		nr = later ? nr - half - 1 : half;
	}
	return (u32)(base - keys);
}

/* There is room. */
static void keys_insert(struct timer_key *keys, u32 *nr, const struct timer_key *key)
{
	u32 place = place_in(keys, *nr, key);

	memmove(&keys[place + 1], &keys[place], ((*nr)++ - place) * sizeof(*keys));
	keys[place] = *key;
}

static void keys_remove(struct timer_key *keys, u32 *nr, const struct timer_key *key)
{
	u32 place = place_in(keys, *nr, key);

	ensure(place < *nr && keys[place].timer == key->timer);
	memmove(&keys[place], &keys[place + 1], (--*nr - place) * sizeof(*keys));
}

/* In a short run: those that are not behind it make room one by one. */
static always_inline void keys_step_back(struct timer_key *keys, u32 nr, struct timer_key key)
{
	struct timer_key *at = &keys[nr];

	for (; at > keys && !key_before(&key, &at[-1]); at--)
		at[0] = at[-1];
	*at = key;
}

/* ---- The runs behind the first ---- */

static struct timer_key *run_keys(const struct timer_queue *queue, const struct timer_run *run)
{
	return pool_at(queue->blocks, run->block);
}

/* The run ends before @key. */
static bool run_before(const struct timer_run *run, const struct timer_key *key)
{
	return run->when != key->when ? run->when < key->when
				      : run->order < timer_order(key->timer);
}

static void run_ends_at(struct timer_run *run, const struct timer_key *key)
{
	run->when = key->when;
	run->order = timer_order(key->timer);
}

/* The first in time that does not end before @key; the last in time if all do. */
static u32 far_find(const struct timer_queue *queue, const struct timer_key *key)
{
	u32 first = 0, left = queue->nr_far - 1;

	while (left) {
		u32 half = (left + 1) / 2;
		bool ends = run_before(&queue->far[first + half], key);

		first += ends ? 0 : half;
		left = ends ? half - 1 : left - half;
	}
	return first;
}

/* A run of @nr keys becomes the one at @at. */
static struct timer_run *far_make(struct timer_queue *queue, u32 at, const struct timer_key *keys,
				  u32 nr)
{
	struct timer_run *run;

	if (unlikely(queue->nr_far == queue->cap_far))
		vec_grow((void **)&queue->far, &queue->cap_far, queue->nr_far + 1,
			 sizeof(*queue->far));
	run = &queue->far[at];
	memmove(run + 1, run, (queue->nr_far++ - at) * sizeof(*run));
	*run = (struct timer_run){.nr = nr};
	run_ends_at(run, &keys[0]);
	memcpy(pool_get(queue->blocks, &run->block), keys, nr * sizeof(*keys));
	return run;
}

static void far_drop(struct timer_queue *queue, u32 at)
{
	struct timer_run *run = &queue->far[at];

	pool_put(queue->blocks, run->block);
	memmove(run, run + 1, (--queue->nr_far - at) * sizeof(*run));
}

/* Its earlier half becomes a run of its own. */
static void far_split(struct timer_queue *queue, u32 at)
{
	u32 half = TIMER_RUN_MAX / 2;

	queue->far[at].nr = half;
	far_make(queue, at + 1, run_keys(queue, &queue->far[at]) + half, TIMER_RUN_MAX - half);
}

static void far_insert(struct timer_queue *queue, const struct timer_key *key)
{
	u32 at = far_find(queue, key);
	bool extends = run_before(&queue->far[at], key);
	struct timer_run *run;

	if (queue->far[at].nr == TIMER_RUN_MAX) {
		if (extends) {
			far_make(queue, 0, key, 1);
			return;
		}
		far_split(queue, at);
		at += !run_before(&queue->far[at + 1], key);
	}
	run = &queue->far[at];
	if (extends)
		run_ends_at(run, key);
	keys_insert(run_keys(queue, run), &run->nr, key);
}

static void far_remove(struct timer_queue *queue, const struct timer_key *key)
{
	u32 at = far_find(queue, key);
	struct timer_run *run = &queue->far[at];

	keys_remove(run_keys(queue, run), &run->nr, key);
	if (!run->nr)
		far_drop(queue, at);
}

/* ---- The first run ---- */

/* Its later half becomes a run of its own. */
static void near_split(struct timer_queue *queue)
{
	u32 half = TIMER_RUN_MAX / 2;

	far_make(queue, queue->nr_far, queue->near, half);
	queue->nr_near -= half;
	memmove(queue->near, queue->near + half, queue->nr_near * sizeof(*queue->near));
}

/* It is empty, and the next takes its place. */
static not_inline void near_refill(struct timer_queue *queue)
{
	struct timer_run *run = &queue->far[--queue->nr_far];

	pool_put(queue->blocks, queue->near_block);
	queue->near = run_keys(queue, run);
	queue->near_block = run->block;
	queue->nr_near = run->nr;
}

/* It is in a later run, or would be. */
static always_inline bool is_far(const struct timer_queue *queue, const struct timer_key *key)
{
	return queue->nr_far && key_before(&queue->near[0], key);
}

/* Wherever it belongs: there are many, or no room. */
static not_inline void insert_somewhere(struct timer_queue *queue, const struct timer_key *key)
{
	if (unlikely(!queue->near))
		queue->near = pool_get(queue->blocks, &queue->near_block);
	if (unlikely(queue->nr_near == TIMER_RUN_MAX && !is_far(queue, key))) {
		if (key_before(&queue->near[0], key)) {
			far_make(queue, 0, key, 1);
			return;
		}
		near_split(queue);
	}
	if (is_far(queue, key))
		far_insert(queue, key);
	else
		keys_insert(queue->near, &queue->nr_near, key);
}

/* ---- The queue ---- */

void timer_blocks_init(struct pool *blocks)
{
	pool_init(blocks, TIMER_RUN_MAX * sizeof(struct timer_key), 9);
}

void timer_queue_init(struct timer_queue *queue, struct pool *blocks)
{
	*queue = (struct timer_queue){.blocks = blocks};
}

void timer_queue_insert(struct timer_queue *queue, struct timer *timer)
{
	struct timer_key key = {.when = timer->when, .timer = timer};

	ensure(!timer->armed);
	timer->armed = true;
	if (likely(queue->nr_near - 1 < RUN_SHORT && !is_far(queue, &key)))
		keys_step_back(queue->near, queue->nr_near++, key);
	else
		insert_somewhere(queue, &key);
}

void timer_queue_remove(struct timer_queue *queue, struct timer *timer)
{
	struct timer_key key = {.when = timer->when, .timer = timer};

	timer->armed = false;
	if (is_far(queue, &key)) {
		far_remove(queue, &key);
		return;
	}
	keys_remove(queue->near, &queue->nr_near, &key);
	if (unlikely(!queue->nr_near && queue->nr_far))
		near_refill(queue);
}

struct timer *timer_queue_pop(struct timer_queue *queue)
{
	struct timer *first = queue->near[--queue->nr_near].timer;

	first->armed = false;
	if (unlikely(!queue->nr_near && queue->nr_far))
		near_refill(queue);
	return first;
}

void timer_queue_fini(struct timer_queue *queue)
{
	vec_release((void **)&queue->far);
	*queue = (struct timer_queue){0};
}
