/* SPDX-License-Identifier: MIT */
/* A pool against a model: which indexes are live, in which order the freed ones come back. */
#include "base/pool.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/rng.h"
#include "base/vec.h"

enum { MAX = 500 };

struct model {
	char *at[MAX]; /* NULL: not live */
	u8 fill[MAX];
	u32 live[MAX], nr_live;
	u32 freed[MAX], nr_freed; /* a stack */
	u32 nr_used;
};

static bool all_bytes(const char *at, size_t size, u8 value)
{
	for (size_t i = 0; i < size; i++)
		if ((u8)at[i] != value)
			return false;
	return true;
}

static void get_one(struct pool *pool, struct model *m, size_t size, u64 seed, u32 step)
{
	u32 expected = m->nr_freed ? m->freed[--m->nr_freed] : m->nr_used++;
	u32 index;
	char *at = pool_get(pool, &index);

	cr_assert_eq(index, expected, "seed %" PRIu64 " step %u", seed, step);
	cr_assert_eq((uintptr_t)at % (size % 64 ? 16 : 64), 0, "seed %" PRIu64, seed);
	cr_assert(all_bytes(at, size, 0), "seed %" PRIu64 " step %u", seed, step);
	m->at[index] = at;
	m->fill[index] = (u8)(step | 1);
	memset(at, m->fill[index], size);
	m->live[m->nr_live++] = index;
}

static void put_one(struct pool *pool, struct model *m, u32 which)
{
	u32 index = m->live[which];

	m->live[which] = m->live[--m->nr_live];
	m->freed[m->nr_freed++] = index;
	m->at[index] = NULL;
	pool_put(pool, index);
}

static void check(const struct pool *pool, const struct model *m, size_t size, u64 seed)
{
	cr_assert_eq(pool->nr_live, m->nr_live, "seed %" PRIu64, seed);
	cr_assert_eq(pool->nr_used, m->nr_used, "seed %" PRIu64, seed);
	for (u32 i = 0; i < m->nr_live; i++) {
		u32 index = m->live[i];

		cr_assert_eq(pool_at(pool, index), m->at[index], "seed %" PRIu64, seed);
		cr_assert(all_bytes(m->at[index], size, m->fill[index]), "seed %" PRIu64, seed);
	}
}

Test(pool, objects_stay_put_and_the_last_freed_index_comes_first)
{
	static const size_t sizes[] = {1, 24, 64, 100, 192};

	for (u64 seed = 1; seed <= 10; seed++) {
		size_t size = sizes[seed % ARRAY_SIZE(sizes)];
		struct model *m = calloc(1, sizeof(*m));
		struct pool pool;
		struct rng rng;

		rng_init(&rng, seed, "pool", 0);
		pool_init(&pool, size, (u32)(seed % 6));
		for (u32 step = 0; step < 1500; step++) {
			bool get = rng_below(&rng, 5) < (step / 400 % 2 ? 2 : 3);

			if (m->nr_live == 0 || (get && m->nr_live < MAX))
				get_one(&pool, m, size, seed, step);
			else
				put_one(&pool, m, (u32)rng_below(&rng, m->nr_live));
			check(&pool, m, size, seed);
		}
		pool_fini(&pool);
		cr_assert_eq(pool.nr_chunks, 0);
		free(m);
	}
}

Test(pool, what_was_put_is_found_again_with_no_memory_beside_the_objects)
{
	struct pool pool;
	u32 index, nr_chunks;

	pool_init(&pool, 32, 3);
	for (u32 i = 0; i < 1000; i++)
		pool_get(&pool, &index);
	nr_chunks = pool.nr_chunks;
	for (u32 i = 0; i < 1000; i++)
		pool_put(&pool, i);
	for (u32 i = 1000; i-- > 0;) {
		pool_get(&pool, &index);
		cr_assert_eq(index, i);
	}
	cr_assert_eq(pool.nr_chunks, nr_chunks);
	pool_fini(&pool);
}

Test(pool, an_index_never_handed_out_cannot_be_put, .exit_code = 70)
{
	struct pool pool;
	u32 index;

	pool_init(&pool, 32, 3);
	pool_get(&pool, &index);
	pool_put(&pool, index + 1);
}

static void check_many_large_chunks(bool expected)
{
	struct pool pool;
	u32 index, nr = 40 * 1024;

	pool_init(&pool, 320, 10);
	if (expected)
		pool_expect(&pool, nr);
	for (u32 i = 0; i < nr; i++) {
		u64 *at = pool_get(&pool, &index);

		cr_assert_eq(index, i);
		cr_assert(!at[0] && !at[39]);
		at[0] = at[39] = i;
	}
	for (u32 i = 0; i < nr; i++) {
		u64 *at = pool_at(&pool, i);

		cr_assert(at[0] == i && at[39] == i);
	}
	pool_fini(&pool);
	cr_assert_eq(pool.nr_chunks, 0);
}

/*
 * The chunks are large, so that all but the first come several at a time, or all if so many are
 * expected.
 */
Test(pool, objects_of_many_large_chunks_are_apart)
{
	check_many_large_chunks(false);
	check_many_large_chunks(true);
}

/* Large chunks come zeroed, but not what was in use. */
Test(pool, an_object_of_a_large_chunk_is_zeroed_whenever_it_comes)
{
	struct pool pool;
	u32 index;
	u64 *at;

	pool_init(&pool, 320, 10);
	for (u32 i = 0; i < 2; i++) {
		at = pool_get(&pool, &index);
		cr_assert(!at[0] && !at[39]);
		at[0] = at[39] = 1;
		pool_put(&pool, index);
	}
	pool_fini(&pool);
}
