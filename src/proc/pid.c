/* SPDX-License-Identifier: MIT */
/*
 * Which numbers are free: 64-ary marks, as in the kernel's IDR tree.
 *
 * A bit of level 0 says that one number is free; a bit of level k says that a word of level k - 1
 * has a bit set. So the lowest free number at or above another is found in a few words: up until a
 * word has something to offer, then down along the lowest bits.
 *
 * The marks cover the numbers that were looked at so far, and grow 64-fold: a namespace with few
 * tasks is small, though its pid_max may be 4 million.
 */
#include "proc/pid.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"

enum { WORD_BITS = 64, NR_LEVELS_MAX = 4, COVERED_FIRST = WORD_BITS * WORD_BITS };

static void mark_free(struct pid_space *space, u32 pid)
{
	u32 index = pid;

	for (u32 level = 0; level < space->nr_levels; level++) {
		u64 *word = &space->level[level][index / WORD_BITS];
		bool had_some = *word != 0;

		*word |= 1ULL << index % WORD_BITS;
		if (had_some)
			break;
		index /= WORD_BITS;
	}
}

static void mark_used(struct pid_space *space, u32 pid)
{
	u32 index = pid;

	for (u32 level = 0; level < space->nr_levels; level++) {
		u64 *word = &space->level[level][index / WORD_BITS];

		*word &= ~(1ULL << index % WORD_BITS);
		if (*word)
			break;
		index /= WORD_BITS;
	}
}

/* A level whose first @bits bits are all set. */
static u64 *full_level(u32 bits)
{
	u32 words = (u32)div_round_up(bits, WORD_BITS);
	u64 *level = malloc(words * sizeof(*level));

	if (!level)
		die("out of memory: marks of %u process ids", bits);
	memset(level, 0xff, words * sizeof(*level));
	if (bits % WORD_BITS)
		level[words - 1] = (1ULL << bits % WORD_BITS) - 1;
	return level;
}

/* Marks for numbers below @covered, all of them free. */
static void cover(struct pid_space *space, u32 covered)
{
	u32 bits = covered;

	space->covered = covered;
	space->nr_levels = 0;
	do {
		ensure(space->nr_levels < NR_LEVELS_MAX);
		space->level[space->nr_levels++] = full_level(bits);
		bits = (u32)div_round_up(bits, WORD_BITS);
	} while (bits > 1);
}

/* 0 is nobody's. */
void pid_space_init(struct pid_space *space, u32 pid_max)
{
	ensure(pid_max >= 2 && pid_max <= PID_MAX_LIMIT);
	*space = (struct pid_space){.pid_max = pid_max};
	cover(space, min_of(pid_max, (u32)COVERED_FIRST));
	mark_used(space, 0);
}

static void free_levels(struct pid_space *space)
{
	for (u32 level = 0; level < space->nr_levels; level++)
		free(space->level[level]);
}

void pid_space_fini(struct pid_space *space)
{
	free_levels(space);
	*space = (struct pid_space){0};
}

/* As the kernel's tree gets another root: all that is new is free. */
static void grow(struct pid_space *space)
{
	struct pid_space old = *space;

	cover(space, (u32)min_of((u64)old.covered * WORD_BITS, (u64)space->pid_max));
	for (u32 pid = 0; pid < old.covered; pid++)
		if (!(old.level[0][pid / WORD_BITS] >> pid % WORD_BITS & 1))
			mark_used(space, pid);
	free_levels(&old);
}

u32 pid_max_default(u32 nr_cpus)
{
	return min_of((u32)PID_MAX_LIMIT, max_of(32768u, 1024u * nr_cpus));
}

/* The lowest free number at or above @from among those covered, or -1. */
static s32 search(struct pid_space *space, u32 from)
{
	u32 index = from, bits = space->covered, level = 0;

	for (;;) {
		u64 offered;

		if (index >= bits)
			return -1;
		space->words_read++;
		offered = space->level[level][index / WORD_BITS] & UINT64_MAX << index % WORD_BITS;
		if (offered) {
			index = index / WORD_BITS * WORD_BITS + (u32)__builtin_ctzll(offered);
			break;
		}
		index = index / WORD_BITS + 1;
		bits = (u32)div_round_up(bits, WORD_BITS);
		if (++level == space->nr_levels)
			return -1;
	}
	space->words_read += level;
	while (level > 0)
		index = index * WORD_BITS + (u32)__builtin_ctzll(space->level[--level][index]);
	return (s32)index;
}

/* The lowest free number at or above @from, or -1. */
static s32 next_free(struct pid_space *space, u32 from)
{
	s32 pid = search(space, from);

	while (pid < 0 && space->covered < space->pid_max) {
		grow(space);
		pid = search(space, from);
	}
	return pid;
}

/* The words of a bitmap from @start's to @pid's, around its end if need be. */
static u32 words_between(const struct pid_space *space, u32 start, u32 lowest, u32 pid)
{
	u32 first = start / WORD_BITS, last = pid / WORD_BITS;

	if (pid >= start)
		return last - first + 1;
	return (space->pid_max - 1) / WORD_BITS - first + 1 + last - lowest / WORD_BITS + 1;
}

s32 pid_alloc(struct pid_space *space)
{
	/* Low numbers are for what starts first: once past them, a wrap begins behind them. */
	u32 lowest = space->cursor > PID_RESERVED ? PID_RESERVED : 1;
	u32 start = max_of(space->cursor, lowest);
	s32 pid = next_free(space, start);

	if (pid < 0 && start > lowest)
		pid = next_free(space, lowest);
	if (pid < 0)
		return -1;
	mark_used(space, (u32)pid);
	space->cursor = (u32)pid + 1;
	space->nr_used++;
	space->nr_given++;
	space->bitmap_words += words_between(space, start, lowest, (u32)pid);
	return pid;
}

bool pid_alloc_at(struct pid_space *space, u32 pid)
{
	ensure(pid > 0 && pid < space->pid_max);
	while (pid >= space->covered)
		grow(space);
	if (!(space->level[0][pid / WORD_BITS] >> pid % WORD_BITS & 1))
		return false;
	mark_used(space, pid);
	space->nr_used++;
	space->nr_given++;
	return true;
}

void pid_free(struct pid_space *space, u32 pid)
{
	ensure(pid > 0 && pid < space->pid_max);
	ensure(!(space->level[0][pid / WORD_BITS] >> pid % WORD_BITS & 1));
	mark_free(space, pid);
	space->nr_used--;
}

bool pid_node_is_empty(const struct pid_space *space, u32 pid)
{
	return space->level[0][pid / WORD_BITS] == UINT64_MAX;
}

void pid_begin_above(struct pid_space *space, u32 pid)
{
	space->cursor = max_of(space->cursor, pid + 1);
}

u32 pid_last(const struct pid_space *space)
{
	return space->cursor ? space->cursor - 1 : 0;
}
