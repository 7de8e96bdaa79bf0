/* SPDX-License-Identifier: MIT */
/*
 * Random streams: xoshiro256** (Blackman and Vigna, public domain), seeded by SplitMix64.
 *
 * A stream's start is mixed from seed, purpose and id one after the other, each through the full
 * SplitMix64 finaliser, so that neighbouring seeds and ids give unrelated streams.
 */
#include "base/rng.h"

#include "base/ensure.h"

/* FNV-1a, byte by byte: independent of the machine, and purposes are short words. */
static u64 hash_purpose(const char *purpose)
{
	u64 hash = 0xcbf29ce484222325ULL;

	for (; *purpose; purpose++)
		hash = (hash ^ (u8)*purpose) * 0x100000001b3ULL;
	return hash;
}

void rng_small_init(struct rng_small *rng, u64 seed, const char *purpose, u64 id)
{
	rng->state = seed;
	rng->state = rng_small_next(rng) ^ hash_purpose(purpose);
	rng->state = rng_small_next(rng) ^ id;
	rng->state = rng_small_next(rng);
}

/* The four words cannot all be 0: SplitMix64 gives each value once in 2^64 draws. */
void rng_init(struct rng *rng, u64 seed, const char *purpose, u64 id)
{
	struct rng_small start;

	rng_small_init(&start, seed, purpose, id);
	for (u32 i = 0; i < 4; i++)
		rng->s[i] = rng_small_next(&start);
}

static u64 rotate_left(u64 x, u32 by)
{
	return x << by | x >> (64 - by);
}

u64 rng_next(struct rng *rng)
{
	u64 *s = rng->s;
	u64 result = rotate_left(s[1] * 5, 7) * 9;
	u64 t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate_left(s[3], 45);
	return result;
}

/*
 * The high half of a 128-bit product is the draw. It would favour some values by 1 in 2^64; the low
 * half tells which draws these are, and they are thrown again. The division is done only when the
 * low half is small enough for the question to arise.
 */
u64 rng_below(struct rng *rng, u64 bound)
{
	ensure(bound > 0);

	u128 product = (u128)rng_next(rng) * bound;

	if (unlikely((u64)product < bound)) {
		u64 unfair = -bound % bound;

		while ((u64)product < unfair)
			product = (u128)rng_next(rng) * bound;
	}
	return (u64)(product >> 64);
}
