/* SPDX-License-Identifier: MIT */
/*
 * Sets of cpus (or nodes): up to 4096 bits, sized at run time, words inline after the header.
 *
 * All masks of one simulation have the same number of words, so no function needs to ask.
 */
#ifndef OSSIM_BASE_BITSET_H
#define OSSIM_BASE_BITSET_H

#include "base/types.h"
#include "base/arena.h"

enum { CPUS_MAX = 4096 };

struct cpumask {
	u32 nr_bits, nr_words;
	u64 word[];
};

/*
 * How many bits of @word are set: sums of pairs, nibbles, bytes. (Without an instruction for it,
 * which not every machine has, the compiler calls a function.)
 */
static always_inline u32 bits_set(u64 word)
{
	word -= word >> 1 & 0x5555555555555555ULL;
	word = (word & 0x3333333333333333ULL) + (word >> 2 & 0x3333333333333333ULL);
	return (u32)(((word + (word >> 4)) & 0x0f0f0f0f0f0f0f0fULL) * 0x0101010101010101ULL >> 56);
}

static inline size_t cpumask_size(u32 nr_bits)
{
	return sizeof(struct cpumask) + 8 * (size_t)((nr_bits + 63) / 64);
}

struct cpumask *cpumask_new(struct arena *arena, u32 nr_bits); /* empty */
struct cpumask *cpumask_dup(struct arena *arena, const struct cpumask *mask);

static inline bool cpumask_test(const struct cpumask *m, u32 bit)
{
	return m->word[bit / 64] >> (bit % 64) & 1;
}

static inline void cpumask_set(struct cpumask *m, u32 bit)
{
	m->word[bit / 64] |= 1ULL << (bit % 64);
}

static inline void cpumask_clear(struct cpumask *m, u32 bit)
{
	m->word[bit / 64] &= ~(1ULL << (bit % 64));
}

void cpumask_fill(struct cpumask *m); /* all nr_bits */
void cpumask_zero(struct cpumask *m);
void cpumask_copy(struct cpumask *to, const struct cpumask *from);
void cpumask_and(struct cpumask *to, const struct cpumask *a, const struct cpumask *b);
void cpumask_or(struct cpumask *to, const struct cpumask *a, const struct cpumask *b);
void cpumask_andnot(struct cpumask *to, const struct cpumask *a, const struct cpumask *b);
bool cpumask_equal(const struct cpumask *a, const struct cpumask *b);
bool cpumask_subset(const struct cpumask *a, const struct cpumask *b); /* a within b */
bool cpumask_intersects(const struct cpumask *a, const struct cpumask *b);
bool cpumask_empty(const struct cpumask *m);
u32 cpumask_count(const struct cpumask *m);

/* The first set bit at or after @from; nr_bits if there is none. */
u32 cpumask_next(const struct cpumask *m, u32 from);
/* The same in the intersection of two. */
u32 cpumask_next_and(const struct cpumask *a, const struct cpumask *b, u32 from);
/* The first set bit at or after @from, wrapping around; nr_bits if the mask is empty. */
u32 cpumask_next_wrap(const struct cpumask *m, u32 from);

#define cpumask_for_each(cpu, mask)                                  \
	for (u32 cpu = cpumask_next(mask, 0); cpu < (mask)->nr_bits; \
	     cpu = cpumask_next(mask, cpu + 1))

#define cpumask_for_each_and(cpu, a, b)                               \
	for (u32 cpu = cpumask_next_and(a, b, 0); cpu < (a)->nr_bits; \
	     cpu = cpumask_next_and(a, b, cpu + 1))

/*
 * What two sets have in common, all around from one cpu on, word by word; that cpu is left out. The
 * word with its bit comes first and last, in two parts.
 */
struct cpumask_ring {
	const struct cpumask *a, *b;
	u32 from, word, step;
};

static inline struct cpumask_ring cpumask_ring(const struct cpumask *a, const struct cpumask *b,
					       u32 from)
{
	return (struct cpumask_ring){.a = a, .b = b, .from = from, .word = from / 64};
}

/* The next word, whose first bit is cpu *@base. False: that was all. */
static always_inline bool cpumask_ring_next(struct cpumask_ring *ring, u64 *bits, u32 *base)
{
	u64 above = ~1ULL << (ring->from % 64), here = 1ULL << (ring->from % 64);

	if (ring->step > ring->a->nr_words)
		return false;
	*base = ring->word * 64;
	*bits = ring->a->word[ring->word] & ring->b->word[ring->word];
	if (!ring->step)
		*bits &= above;
	else if (ring->step == ring->a->nr_words)
		*bits &= ~above & ~here;
	ring->step++;
	ring->word = ring->word + 1 == ring->a->nr_words ? 0 : ring->word + 1;
	return true;
}

/* "0-3,8": @buf gets at most @size bytes. */
void cpumask_format(const struct cpumask *m, char *buf, size_t size);
/*
 * "ff,ffffffff", as the kernel prints masks: words of 32 bits, the highest first, which has as many
 * digits as its bits need.
 */
void cpumask_format_hex(const struct cpumask *m, char *buf, size_t size);
/*
 * Parses "0-3,8" or "all"; false on bad text or a cpu >= nr_bits (then *error says which, static
 * text).
 */
must_check bool cpumask_parse(struct cpumask *m, const char *text, const char **error);

#endif
