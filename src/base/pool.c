/* SPDX-License-Identifier: MIT */
/*
 * A pool takes its next object from the stack of freed indexes, or else the next unused index.
 *
 * The stack of freed indexes grows together with the chunks and has room for every object, so that
 * pool_put never allocates and pool_get does so only when a chunk is full.
 */
#include "base/pool.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"

enum { LINE = 64, ALIGN_MIN = 16 };

void pool_init(struct pool *pool, size_t object_size, u32 chunk_shift)
{
	ensure(object_size > 0 && object_size < UINT32_MAX / 2 && chunk_shift < 24);

	*pool = (struct pool){
		.object_size = (u32)((object_size + ALIGN_MIN - 1) & ~(size_t)(ALIGN_MIN - 1)),
		.chunk_shift = chunk_shift,
	};
}

void pool_fini(struct pool *pool)
{
	for (u32 i = 0; i < pool->nr_chunks; i++)
		free(pool->chunks[i]);
	free(pool->chunks);
	free(pool->free_indexes);
	pool_init(pool, pool->object_size, pool->chunk_shift);
}

static void *grow(void *old, size_t n, size_t size)
{
	void *new = realloc(old, n * size);

	if (!new)
		die("out of memory: a pool's table of %zu entries", n);
	return new;
}

/*
 * Makes room for one more chunk's objects. Chunks begin on a cache line, so objects whose size is a
 * multiple of a line do so too.
 */
static void add_chunk(struct pool *pool)
{
	u32 objects = 1u << pool->chunk_shift;
	size_t bytes = ((size_t)objects * pool->object_size + LINE - 1) & ~(size_t)(LINE - 1);

	if (pool->cap_free > UINT32_MAX - objects)
		die("out of memory: a pool of %u objects is full", pool->cap_free);
	if (pool->nr_chunks == pool->cap_chunks) {
		pool->cap_chunks = max_of(pool->cap_chunks * 2, 8u);
		pool->chunks = grow(pool->chunks, pool->cap_chunks, sizeof(*pool->chunks));
	}
	pool->cap_free += objects;
	pool->free_indexes = grow(pool->free_indexes, pool->cap_free, sizeof(*pool->free_indexes));

	char *chunk = aligned_alloc(LINE, bytes);

	if (!chunk)
		die("out of memory: %zu bytes for a pool of %u objects", bytes, pool->nr_live);
	pool->chunks[pool->nr_chunks++] = chunk;
}

void *pool_get(struct pool *pool, u32 *index)
{
	u32 i;

	if (pool->nr_free) {
		i = pool->free_indexes[--pool->nr_free];
	} else {
		if (unlikely(pool->nr_used == pool->cap_free))
			add_chunk(pool);
		i = pool->nr_used++;
	}
	pool->nr_live++;
	*index = i;
	return memset(pool_at(pool, i), 0, pool->object_size);
}

/* True if @index lies among the freed ones: it would be freed twice. */
static bool unused_arg is_free(const struct pool *pool, u32 index)
{
	for (u32 i = 0; i < pool->nr_free; i++)
		if (pool->free_indexes[i] == index)
			return true;
	return false;
}

void pool_put(struct pool *pool, u32 index)
{
	ensure(index < pool->nr_used && pool->nr_live > 0);
	ensure_slow(!is_free(pool, index));

	pool->free_indexes[pool->nr_free++] = index;
	pool->nr_live--;
}
