/* SPDX-License-Identifier: MIT */
/* A cpu's timers, against a plain list that is searched. */
#include "machine/timer.h"

#include "base/rng.h"

#include <criterion/criterion.h>

enum { NR_TIMERS = 4 * TIMER_NEAR_MAX };

static bool fires_before(const struct timer *a, const struct timer *b)
{
	return a->when != b->when ? a->when < b->when : timer_order(a) < timer_order(b);
}

/* The armed timer that is first in the total order; NULL: none is armed. */
static struct timer *search(struct timer *timers)
{
	struct timer *first = NULL;

	for (u32 i = 0; i < NR_TIMERS; i++)
		if (timer_armed(&timers[i]) && (!first || fires_before(&timers[i], first)))
			first = &timers[i];
	return first;
}

/* The near ones are sorted, and before all others. */
static void check_near(const struct timer_queue *queue, u64 seed, u32 step)
{
	for (u32 i = 0; i < queue->nr_near; i++) {
		const struct timer_key *key = &queue->near[i];

		cr_assert_eq(key->timer->slot, TIMER_NEAR, "seed %" PRIu64 ", step %u", seed, step);
		cr_assert(key->when == key->timer->when && key->order == timer_order(key->timer));
		cr_assert(!i || fires_before(key->timer, queue->near[i - 1].timer),
			  "seed %" PRIu64 ", step %u: %u", seed, step, i);
	}
	if (queue->nr_heap)
		cr_assert(queue->nr_near &&
			  !fires_before(queue->heap[0].timer, queue->near[0].timer));
}

/* Every timer knows its place, and no child goes before its parent. */
static void check_heap(const struct timer_queue *queue, u64 seed, u32 step)
{
	check_near(queue, seed, step);
	for (u32 i = 0; i < queue->nr_heap; i++) {
		const struct timer_key *key = &queue->heap[i];

		cr_assert_eq(key->timer->slot, i + 1, "seed %" PRIu64 ", step %u", seed, step);
		cr_assert(key->when == key->timer->when && key->order == timer_order(key->timer));
		if (i)
			cr_assert(!fires_before(key->timer, queue->heap[(i - 1) / 4].timer),
				  "seed %" PRIu64 ", step %u: %u before its parent", seed, step, i);
	}
}

static void one_step(struct rng *rng, struct timer_queue *queue, struct timer *timers)
{
	struct timer *timer = &timers[rng_below(rng, NR_TIMERS)];

	if (rng_below(rng, 4) == 0 && queue->nr_near) {
		struct timer *expected = search(timers);

		cr_assert_eq(timer_queue_pop(queue), expected);
		cr_assert(!timer_armed(expected));
	} else if (timer_armed(timer)) {
		timer_queue_remove(queue, timer);
		cr_assert(!timer_armed(timer));
	} else {
		timer->when = rng_below(rng, 100);
		timer_queue_insert(queue, timer);
		cr_assert(timer_armed(timer));
	}
}

Test(timer, the_queue_gives_what_a_search_finds_whatever_came_and_went)
{
	for (u64 seed = 1; seed <= 20; seed++) {
		struct timer_queue queue = {0};
		struct timer timers[NR_TIMERS];
		struct rng rng;

		rng_init(&rng, seed, "timer", 0);
		/* Ids are unlike the places in the array, ranks repeat. */
		for (u32 i = 0; i < NR_TIMERS; i++)
			timer_init(&timers[i], NULL, (enum timer_rank)(i % 5 << 4), NR_TIMERS - i);
		for (u32 step = 0; step < 2000; step++) {
			const struct timer *first;

			one_step(&rng, &queue, timers);
			check_heap(&queue, seed, step);
			first = search(timers);
			cr_assert_eq(timer_queue_next(&queue), first ? first->when : NEVER);
		}
		timer_queue_fini(&queue);
	}
}

static void fill(struct timer_queue *queue, struct timer *timers, bool backwards)
{
	for (u32 i = 0; i < NR_TIMERS; i++) {
		u32 at = backwards ? NR_TIMERS - 1 - i : i;

		timer_init(&timers[at], NULL, (enum timer_rank)(at % 3), at / 3);
		timers[at].when = 7;
		timer_queue_insert(queue, &timers[at]);
	}
}

Test(timer, equal_times_fire_by_rank_and_id_in_whatever_order_they_were_armed)
{
	struct timer_queue a = {0}, b = {0};
	struct timer forwards[NR_TIMERS], backwards[NR_TIMERS];
	u64 last = 0;

	fill(&a, forwards, false);
	fill(&b, backwards, true);
	for (u32 i = 0; i < NR_TIMERS; i++) {
		struct timer *x = timer_queue_pop(&a), *y = timer_queue_pop(&b);

		cr_assert_eq(x - forwards, y - backwards);
		cr_assert(i == 0 || timer_order(x) > last);
		last = timer_order(x);
	}
	timer_queue_fini(&a);
	timer_queue_fini(&b);
}
