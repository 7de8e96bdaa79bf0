/* SPDX-License-Identifier: MIT */
/*
 * Which cpu acts next: one key per cpu in a tournament.
 *
 * A key is when << 12 | cpu, so the order is total and free. The tree is a flat array, the leaves
 * in its upper half; setting a key replays its path without branches but for the early stop.
 */
#ifndef OSSIM_MACHINE_CLOCK_H
#define OSSIM_MACHINE_CLOCK_H

#include "base/arena.h"
#include "base/types.h"

struct clock {
	/* key[1] is the winner; leaf of cpu i is key[width + i]; one more that is never due */
	u64 *key;
	u32 width; /* a power of two >= number of cpus */
};

void clock_init(struct clock *clock, struct arena *arena, u32 nr_cpus);

static always_inline u64 clock_key_when(u64 key)
{
	return key >> 12;
}

static always_inline u32 clock_key_cpu(u64 key)
{
	return (u32)(key & 0xfff);
}

static inline u64 clock_when(const struct clock *clock)
{
	return clock_key_when(clock->key[1]);
}

static inline u32 clock_cpu(const struct clock *clock)
{
	return clock_key_cpu(clock->key[1]);
}

static always_inline void clock_set(struct clock *clock, u32 cpu, u64 when)
{
	u64 *key = clock->key;
	u64 least = when << 12 | cpu;
	size_t i = clock->width + cpu; /* as wide as an address: it is one in each step */

	if (key[i] == least)
		return;
	key[i] = least;
	while (i > 1) {
		least = min_of(least, key[i ^ 1]);
		i >>= 1;
		if (key[i] == least)
			break;
		key[i] = least;
	}
}

/* The same for the winner, whose old key stands on the whole path: there is no early stop. */
static always_inline void clock_set_winner(struct clock *clock, u32 cpu, u64 when)
{
	u64 *key = clock->key;
	u64 least = when << 12 | cpu;

	for (size_t i = clock->width + cpu; i > 1; i >>= 1) {
		key[i] = least;
		least = min_of(least, key[i ^ 1]);
	}
	key[1] = least;
}

/*
 * Who acts behind the winner if nothing else becomes due: *@next, and *@later, which may be
 * somewhat later than the third, if that has met the second before. For guesses.
 */
static inline void clock_look_ahead(const struct clock *clock, u32 *next, u32 *later)
{
	u64 second = UINT64_MAX, third = UINT64_MAX;

	for (size_t i = (size_t)clock->width + clock_cpu(clock); i > 1; i >>= 1) {
		u64 key = clock->key[i ^ 1];

		third = min_of(third, max_of(second, key));
		second = min_of(second, key);
	}
	*next = second & 0xfff;
	*later = third & 0xfff;
}

static always_inline u64 clock_key(u32 cpu, u64 when)
{
	return when << 12 | cpu;
}

/*
 * Where @cpu's key is; the next is that of the next cpu, and if both are due together it is larger
 * by 1. Who sets keys there makes up for it with clock_replay(); what is played meanwhile meets the
 * old ones.
 */
static always_inline u64 *clock_leaf(struct clock *clock, u32 cpu)
{
	return &clock->key[(size_t)clock->width + cpu];
}

/* The least of the keys of cpus from @first to below @end; UINT64_MAX if these are none. */
static inline u64 clock_least(const struct clock *clock, u32 first, u32 end)
{
	size_t from = (size_t)clock->width + first, to = (size_t)clock->width + end;
	u64 least = UINT64_MAX;

	for (; from < to; from >>= 1, to >>= 1) {
		if (from & 1)
			least = min_of(least, clock->key[from++]);
		if (to & 1)
			least = min_of(least, clock->key[--to]);
	}
	return least;
}

/* All matches of cpus @first to @last. */
static inline void clock_replay(struct clock *clock, u32 first, u32 last)
{
	u64 *key = clock->key;
	size_t from = (size_t)clock->width + first, to = (size_t)clock->width + last;

	while (from > 1) {
		from >>= 1;
		to >>= 1;
		for (size_t i = from; i <= to; i++)
			key[i] = min_of(key[2 * i], key[2 * i + 1]);
	}
}

#endif
