/* SPDX-License-Identifier: MIT */
/* The tournament of the cpus' next events: setting up; playing is in the header. */
#include "machine/clock.h"

#include "base/bitset.h"
#include "base/ensure.h"

static_assert(CPUS_MAX <= 4096, "a cpu's number fits the low 12 bits of a clock key");

void clock_init(struct clock *clock, struct arena *arena, u32 nr_cpus)
{
	ensure(nr_cpus >= 1 && nr_cpus <= CPUS_MAX);
	clock->width = 1;
	while (clock->width < nr_cpus)
		clock->width *= 2;
	clock->key = arena_alloc_aligned(arena, (2 * (size_t)clock->width + 1) * sizeof(u64), 64);
	for (u32 i = 0; i <= 2 * clock->width; i++)
		clock->key[i] = UINT64_MAX;
	for (u32 cpu = 0; cpu < nr_cpus; cpu++)
		clock_set(clock, cpu, NEVER);
}
