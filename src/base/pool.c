/* SPDX-License-Identifier: MIT */
/*
 * A pool takes its next object from the chain of freed ones, or else the next unused index.
 *
 * The chain runs through the freed objects themselves: putting and getting allocate nothing but a
 * new chunk, and a pool needs no memory beside its objects.
 */
#include "base/pool.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/pages.h"
#include "base/vec.h"

enum { LINE = 64, ALIGN_MIN = 16 };

/*
 * So many chunks fill their large pages to the last, as chunks are mostly multiples of 32 KiB, or
 * nearly do.
 */
enum { TOGETHER = 64 };

void pool_init(struct pool *pool, size_t object_size, u32 chunk_shift)
{
	ensure(object_size > 0 && object_size < UINT32_MAX / 2 && chunk_shift < 24);

	*pool = (struct pool){
		.object_size = (u32)((object_size + ALIGN_MIN - 1) & ~(size_t)(ALIGN_MIN - 1)),
		.chunk_shift = chunk_shift,
		.nr_alone = 1,
	};
}

void pool_expect(struct pool *pool, u32 nr)
{
	ensure(pool->nr_chunks == 0);
	pool->nr_alone = nr <= 1u << pool->chunk_shift;
}

static size_t chunk_bytes(const struct pool *pool)
{
	return (((size_t)pool->object_size << pool->chunk_shift) + LINE - 1) & ~(size_t)(LINE - 1);
}

/* Whether this many objects are worth one large block after another. */
static bool is_alone(const struct pool *pool, u32 chunk)
{
	return chunk < pool->nr_alone || chunk_bytes(pool) < PAGES_LARGE;
}

/*
 * The first chunk comes by itself, so that a small pool stays small, unless many objects are
 * expected; of large ones the others come several at a time: what is not used of them costs
 * nothing.
 */
static char *chunk_new(struct pool *pool)
{
	size_t bytes = chunk_bytes(pool);
	char *chunk;

	if (bytes < PAGES_LARGE)
		chunk = aligned_alloc(LINE, bytes);
	else if (is_alone(pool, pool->nr_chunks))
		chunk = pages_get(bytes);
	else if ((pool->nr_chunks - pool->nr_alone) % TOGETHER)
		chunk = pool->chunks[pool->nr_chunks - 1] + bytes;
	else
		chunk = pages_get(bytes * TOGETHER);
	if (!chunk)
		die("out of memory: %zu bytes for a pool of %u objects", bytes, pool->nr_live);
	return chunk;
}

static void chunk_free(const struct pool *pool, u32 nr)
{
	char *chunk = pool->chunks[nr];
	size_t bytes = chunk_bytes(pool);

	if (bytes < PAGES_LARGE)
		free(chunk);
	else if (is_alone(pool, nr))
		pages_put(chunk, bytes);
	else if ((nr - pool->nr_alone) % TOGETHER == 0)
		pages_put(chunk, bytes * TOGETHER);
}

void pool_fini(struct pool *pool)
{
	for (u32 i = 0; i < pool->nr_chunks; i++)
		chunk_free(pool, i);
	free(pool->chunks);
	pool_init(pool, pool->object_size, pool->chunk_shift);
}

/* Chunks begin on a cache line, so objects whose size is a multiple of a line do so too. */
static void add_chunk(struct pool *pool)
{
	if (pool->nr_used > UINT32_MAX - 1 - (1u << pool->chunk_shift))
		die("out of memory: a pool of %u objects is full", pool->nr_used);
	if (pool->nr_chunks == pool->cap_chunks)
		vec_grow((void **)&pool->chunks, &pool->cap_chunks, pool->nr_chunks + 1,
			 sizeof(*pool->chunks));
	pool->chunks[pool->nr_chunks] = chunk_new(pool);
	pool->nr_chunks++;
}

static u32 *next_free(const struct pool *pool, u32 index)
{
	return pool_at(pool, index);
}

/* One that was never in use; large chunks are zeroed as they come. */
static void *get_unused(struct pool *pool, u32 *index)
{
	if (unlikely(pool->nr_used >> pool->chunk_shift == pool->nr_chunks))
		add_chunk(pool);
	*index = pool->nr_used++;
	if (chunk_bytes(pool) >= PAGES_LARGE)
		return pool_at(pool, *index);
	return memset(pool_at(pool, *index), 0, pool->object_size);
}

void *pool_get(struct pool *pool, u32 *index)
{
	pool->nr_live++;
	if (!pool->first_free)
		return get_unused(pool, index);
	*index = pool->first_free - 1;
	pool->first_free = *next_free(pool, *index);
	return memset(pool_at(pool, *index), 0, pool->object_size);
}

/* True if @index lies among the freed ones: it would be freed twice. */
static bool unused_arg is_free(const struct pool *pool, u32 index)
{
	for (u32 at = pool->first_free; at; at = *next_free(pool, at - 1))
		if (at - 1 == index)
			return true;
	return false;
}

void pool_put(struct pool *pool, u32 index)
{
	ensure(index < pool->nr_used && pool->nr_live > 0);
	ensure_slow(!is_free(pool, index));

	*next_free(pool, index) = pool->first_free;
	pool->first_free = index + 1;
	pool->nr_live--;
}
