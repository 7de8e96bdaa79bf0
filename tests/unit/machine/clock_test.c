/* SPDX-License-Identifier: MIT */
/* The tournament of the cpus' next events, against a scan of all cpus. */
#include "machine/clock.h"

#include "base/bitset.h"
#include "base/rng.h"

#include <criterion/criterion.h>

/* The earliest time; among equals the lowest cpu. */
static u32 scan(const u64 *when, u32 nr_cpus)
{
	u32 best = 0;

	for (u32 cpu = 1; cpu < nr_cpus; cpu++)
		if (when[cpu] < when[best])
			best = cpu;
	return best;
}

/* Times from a small range, so that many are equal; now and then nothing is due. */
static u64 random_time(struct rng *rng)
{
	return rng_below(rng, 8) ? rng_below(rng, 64) : NEVER;
}

static void check_random_sets(u32 nr_cpus, u64 seed)
{
	static u64 when[CPUS_MAX];
	struct arena arena;
	struct clock clock;
	struct rng rng;

	arena_init(&arena);
	rng_init(&rng, seed, "clock", nr_cpus);
	clock_init(&clock, &arena, nr_cpus);
	for (u32 cpu = 0; cpu < nr_cpus; cpu++)
		when[cpu] = NEVER;
	for (u32 i = 0; i < 4000; i++) {
		u32 cpu = (u32)rng_below(&rng, nr_cpus), best = scan(when, nr_cpus);

		cr_assert_eq(clock_when(&clock), when[best], "%u cpus, seed %" PRIu64 ", step %u",
			     nr_cpus, seed, i);
		cr_assert_eq(clock_cpu(&clock), best, "%u cpus, seed %" PRIu64 ", step %u", nr_cpus,
			     seed, i);
		when[cpu] = random_time(&rng);
		clock_set(&clock, cpu, when[cpu]);
	}
	arena_fini(&arena);
}

Test(clock, the_winner_is_the_earliest_cpu_and_the_lowest_of_equals)
{
	static const u32 sizes[] = {1, 2, 3, 4, 7, 8, 9, 63, 64, 65, 1000, CPUS_MAX};

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++)
		for (u64 seed = 1; seed <= 2; seed++)
			check_random_sets(sizes[i], seed);
}

Test(clock, a_clock_on_which_nothing_is_due_shows_never)
{
	struct arena arena;
	struct clock clock;

	arena_init(&arena);
	clock_init(&clock, &arena, 5);
	cr_assert_eq(clock_when(&clock), NEVER);
	clock_set(&clock, 3, 52ULL * 24 * 3600 * SEC);
	cr_assert_eq(clock_when(&clock), 52ULL * 24 * 3600 * SEC, "52 days fit a key");
	cr_assert_eq(clock_cpu(&clock), 3);
	clock_set(&clock, 3, NEVER);
	cr_assert_eq(clock_when(&clock), NEVER);
	arena_fini(&arena);
}

Test(clock, the_second_is_known_and_a_guess_at_the_third_is_another)
{
	static const u32 sizes[] = {2, 3, 129, 1000};

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		u32 nr_cpus = sizes[i], next, later;
		u64 when[1000];
		struct arena arena;
		struct clock clock;
		struct rng rng;

		arena_init(&arena);
		rng_init(&rng, 1, "clock", nr_cpus);
		clock_init(&clock, &arena, nr_cpus);
		for (u32 cpu = 0; cpu < nr_cpus; cpu++)
			when[cpu] = NEVER;
		for (u32 step = 0; step < 1000; step++) {
			u32 cpu = (u32)rng_below(&rng, nr_cpus), best;

			when[cpu] = random_time(&rng);
			clock_set(&clock, cpu, when[cpu]);
			best = scan(when, nr_cpus);
			u64 least = when[best];

			/* Behind all others, but those that are never due. */
			when[best] = NEVER;
			clock_look_ahead(&clock, &next, &later);
			cr_assert(next < nr_cpus && next != best && later != next && later != best);
			cr_assert_eq(when[next], when[scan(when, nr_cpus)], "%u cpus, step %u",
				     nr_cpus, step);
			when[best] = least;
		}
		arena_fini(&arena);
	}
}

Test(clock, the_least_of_some_cpus)
{
	static const u32 sizes[] = {1, 2, 100, 1024};

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		u32 nr_cpus = sizes[i];
		u64 when[1024];
		struct arena arena;
		struct clock clock;
		struct rng rng;

		arena_init(&arena);
		rng_init(&rng, 2, "clock", nr_cpus);
		clock_init(&clock, &arena, nr_cpus);
		for (u32 cpu = 0; cpu < nr_cpus; cpu++)
			clock_set(&clock, cpu, when[cpu] = random_time(&rng));
		for (u32 step = 0; step < 2000; step++) {
			u32 first = (u32)rng_below(&rng, nr_cpus + 1);
			u32 end = first + (u32)rng_below(&rng, nr_cpus - first + 1);
			u64 least = UINT64_MAX;

			for (u32 cpu = first; cpu < end; cpu++)
				least = min_of(least, clock_key(cpu, when[cpu]));
			cr_assert_eq(clock_least(&clock, first, end), least, "%u cpus, %u to %u",
				     nr_cpus, first, end);
		}
		arena_fini(&arena);
	}
}
