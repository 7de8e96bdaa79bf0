/* SPDX-License-Identifier: MIT */
/*
 * One named random stream per purpose.
 *
 * A stream is derived from (seed, purpose, id), so drawing more in one place, or adding a task,
 * does not disturb the others. The generator is SplitMix64-seeded xoshiro256**: integers only, the
 * same on every machine.
 */
#ifndef OSSIM_BASE_RNG_H
#define OSSIM_BASE_RNG_H

#include "base/types.h"

struct rng {
	u64 s[4];
};

void rng_init(struct rng *rng, u64 seed, const char *purpose, u64 id);
u64 rng_next(struct rng *rng);
/* Uniform in [0, bound); bound > 0. Unbiased (Lemire's method). */
u64 rng_below(struct rng *rng, u64 bound);

/*
 * A small stream of 8 bytes for the many: one per task. SplitMix64.
 */
struct rng_small {
	u64 state;
};

void rng_small_init(struct rng_small *rng, u64 seed, const char *purpose, u64 id);

static inline u64 rng_small_next(struct rng_small *rng)
{
	u64 z = rng->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

#endif
