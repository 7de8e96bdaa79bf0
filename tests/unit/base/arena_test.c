/* SPDX-License-Identifier: MIT */
/* Blocks of an arena: zeroed, aligned, apart from each other, and gone together. */
#include "base/arena.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/rng.h"
#include "base/vec.h"

struct block {
	u8 *at;
	size_t size;
	u8 fill;
};

static bool all_bytes(const u8 *at, size_t size, u8 value)
{
	for (size_t i = 0; i < size; i++)
		if (at[i] != value)
			return false;
	return true;
}

static size_t random_size(struct rng *rng)
{
	u64 kind = rng_below(rng, 20);

	return kind == 0  ? rng_below(rng, 300000)
	       : kind < 4 ? rng_below(rng, 5000)
			  : rng_below(rng, 100);
}

Test(arena, blocks_are_zeroed_aligned_and_do_not_overlap)
{
	for (u64 seed = 1; seed <= 5; seed++) {
		struct arena arena;
		struct rng rng;
		vec_of(struct block) blocks = {0};
		size_t wanted = 0;

		arena_init(&arena);
		rng_init(&rng, seed, "arena", 0);
		for (u32 i = 0; i < 1000; i++) {
			size_t size = random_size(&rng);
			size_t align = 1ULL << rng_below(&rng, 13);
			struct block block = {arena_alloc_aligned(&arena, size, align), size,
					      (u8)i};

			cr_assert_eq((uintptr_t)block.at % align, 0, "seed %" PRIu64, seed);
			cr_assert(all_bytes(block.at, size, 0), "seed %" PRIu64, seed);
			memset(block.at, block.fill, size);
			vec_push(&blocks, block);
			wanted += size;
		}
		/* What one block holds was not written through another. */
		for (u32 i = 0; i < blocks.len; i++)
			cr_assert(all_bytes(blocks.at[i].at, blocks.at[i].size, blocks.at[i].fill),
				  "seed %" PRIu64 " block %u", seed, i);
		cr_assert_geq(arena.total, wanted);
		vec_fini(&blocks);
		arena_fini(&arena);
		cr_assert_eq(arena.total, 0);
	}
}

Test(arena, plain_blocks_are_aligned_to_16)
{
	struct arena arena;

	arena_init(&arena);
	for (size_t size = 0; size < 100; size++)
		cr_assert_eq((uintptr_t)arena_alloc(&arena, size) % 16, 0);
	arena_fini(&arena);
}

Test(arena, a_block_of_no_bytes_is_still_a_block)
{
	struct arena arena;

	arena_init(&arena);

	void *first = arena_alloc(&arena, 0), *second = arena_alloc(&arena, 0);

	cr_assert_not_null(first);
	cr_assert_neq(first, second);
	arena_fini(&arena);
}

Test(arena, a_large_block_does_not_lose_the_space_left)
{
	struct arena arena;

	arena_init(&arena);

	char *before = arena_alloc(&arena, 16);

	arena_alloc(&arena, (10 << 20) - 64); /* fills five large pages */
	cr_assert_eq((char *)arena_alloc(&arena, 16), before + 16);
	arena_fini(&arena);
}

/* Of the two large pages one is half empty, which is more than the small chunk has left. */
Test(arena, what_a_large_block_leaves_of_its_page_is_used)
{
	struct arena arena;

	arena_init(&arena);
	arena_alloc(&arena, 16);

	char *large = arena_alloc(&arena, 3 << 20);

	cr_assert_eq((char *)arena_alloc(&arena, 16), large + (3 << 20));
	for (u32 i = 0; i < 900; i++)
		*(char *)arena_alloc(&arena, 1024) = 1;
	cr_assert_leq(arena.total, (4 << 20) + (17 << 10));
	arena_fini(&arena);
}

Test(arena, small_blocks_waste_little)
{
	struct arena arena;

	arena_init(&arena);
	for (u32 i = 0; i < 100000; i++)
		arena_alloc(&arena, 48);
	/* The last chunk is at most 2 MiB, and each ends with less than a block unused. */
	cr_assert_lt(arena.total, 100000 * 48 + (2200u << 10));
	arena_fini(&arena);
}

Test(arena, texts_are_copies)
{
	struct arena arena;
	char word[] = "runqueue";

	arena_init(&arena);

	char *whole = arena_strdup(&arena, word);
	char *part = arena_strndup(&arena, word, 3);
	char *made = arena_printf(&arena, "%s-%d", word, 7);
	char *empty = arena_strdup(&arena, "");

	memset(word, 'x', sizeof(word) - 1);
	cr_assert_str_eq(whole, "runqueue");
	cr_assert_str_eq(part, "run");
	cr_assert_str_eq(made, "runqueue-7");
	cr_assert_str_eq(empty, "");
	arena_fini(&arena);
}
