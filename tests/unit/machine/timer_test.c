/* SPDX-License-Identifier: MIT */
/* A cpu's timers, against a plain list that is searched. */
#include "machine/timer.h"

#include "base/rng.h"

#include <criterion/criterion.h>

enum { NR_TIMERS = 8 * TIMER_RUN_MAX };

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

/* Sorted, and every one is that of a timer as it is. */
static void check_keys(const struct timer_key *keys, u32 nr, u64 seed, u32 step)
{
	for (u32 i = 0; i < nr; i++) {
		cr_assert(keys[i].timer->armed && keys[i].when == keys[i].timer->when);
		cr_assert(!i || fires_before(keys[i].timer, keys[i - 1].timer),
			  "seed %" PRIu64 ", step %u: %u", seed, step, i);
	}
}

/* No run is empty, ends too early or reaches into the next; all armed timers have their keys. */
static void check_runs(const struct timer_queue *queue, u32 nr_armed, u64 seed, u32 step)
{
	const struct timer *latest = queue->nr_near ? queue->near[0].timer : NULL;
	u32 nr = queue->nr_near;

	check_keys(queue->near, queue->nr_near, seed, step);
	cr_assert(queue->nr_near || !queue->nr_far);
	for (u32 i = queue->nr_far; i-- > 0;) {
		const struct timer_run *run = &queue->far[i];
		const struct timer_key *keys = pool_at(queue->blocks, run->block);

		cr_assert(run->nr && run->nr <= TIMER_RUN_MAX, "seed %" PRIu64 ", step %u", seed,
			  step);
		check_keys(keys, run->nr, seed, step);
		cr_assert(fires_before(latest, keys[run->nr - 1].timer));
		latest = keys[0].timer;
		cr_assert(run->when > latest->when ||
			  (run->when == latest->when && run->order >= timer_order(latest)));
		cr_assert(i + 1 == queue->nr_far || run->when > run[1].when ||
			  (run->when == run[1].when && run->order > run[1].order));
		nr += run->nr;
	}
	cr_assert_eq(nr, nr_armed, "seed %" PRIu64 ", step %u", seed, step);
}

static u32 count_armed(const struct timer *timers)
{
	u32 nr = 0;

	for (u32 i = 0; i < NR_TIMERS; i++)
		nr += timers[i].armed;
	return nr;
}

/* @most_pops in 16 steps. */
static void one_step(struct rng *rng, struct timer_queue *queue, struct timer *timers,
		     u32 most_pops)
{
	struct timer *timer = &timers[rng_below(rng, NR_TIMERS)];

	if (rng_below(rng, 16) < most_pops && queue->nr_near) {
		struct timer *expected = search(timers);

		cr_assert_eq(timer_queue_pop(queue), expected);
		cr_assert(!timer_armed(expected));
	} else if (timer_armed(timer)) {
		timer_queue_remove(queue, timer);
		cr_assert(!timer_armed(timer));
	} else {
		/* Some times are equal, and some runs are appended to. */
		timer->when = rng_below(rng, 2) ? rng_below(rng, 100) : rng_below(rng, 100000);
		timer_queue_insert(queue, timer);
		cr_assert(timer_armed(timer));
	}
}

Test(timer, the_queue_gives_what_a_search_finds_whatever_came_and_went)
{
	for (u64 seed = 1; seed <= 20; seed++) {
		struct timer_queue queue;
		struct timer timers[NR_TIMERS];
		struct pool blocks;
		struct rng rng;

		timer_blocks_init(&blocks);
		timer_queue_init(&queue, &blocks);
		rng_init(&rng, seed, "timer", 0);
		/* Ids are unlike the places in the array, ranks repeat. */
		for (u32 i = 0; i < NR_TIMERS; i++)
			timer_init(&timers[i], NULL, (enum timer_rank)(i % 5 << 4), NR_TIMERS - i);
		for (u32 step = 0; step < 2000; step++) {
			const struct timer *first;

			one_step(&rng, &queue, timers, (u32)(seed % 5));
			check_runs(&queue, count_armed(timers), seed, step);
			first = search(timers);
			cr_assert_eq(timer_queue_next(&queue), first ? first->when : NEVER);
		}
		timer_queue_fini(&queue);
		pool_fini(&blocks);
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
	struct timer forwards[NR_TIMERS], backwards[NR_TIMERS];
	struct timer_queue a, b;
	struct pool blocks;
	u64 last = 0;

	timer_blocks_init(&blocks);
	timer_queue_init(&a, &blocks);
	timer_queue_init(&b, &blocks);
	fill(&a, forwards, false);
	fill(&b, backwards, true);
	for (u32 i = 0; i < NR_TIMERS; i++) {
		struct timer *x = timer_queue_pop(&a), *y = timer_queue_pop(&b);

		cr_assert_eq(x - forwards, y - backwards);
		cr_assert(i == 0 || timer_order(x) > last);
		last = timer_order(x);
	}
	cr_assert_eq(blocks.nr_live, 2);
	timer_queue_fini(&a);
	timer_queue_fini(&b);
	pool_fini(&blocks);
}
