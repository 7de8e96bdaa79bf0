/* SPDX-License-Identifier: MIT */
/*
 * Equal-sized objects, recycled and never moved.
 *
 * An object has a stable address and a small index (0, 1, 2, ... in order of first use; the most
 * recently freed index is used again first). Chunks come from malloc and live until pool_fini.
 * pool_get returns zeroed memory, aligned to 64 bytes if the size is a multiple of 64, else to 16.
 * The first four bytes of a freed object are the pool's; the rest stays as it was.
 */
#ifndef OSSIM_BASE_POOL_H
#define OSSIM_BASE_POOL_H

#include "base/types.h"

struct pool {
	char **chunks;
	u32 nr_chunks, cap_chunks;
	u32 object_size, chunk_shift; /* 1 << chunk_shift objects per chunk */
	u32 nr_used, nr_live;         /* indexes ever handed out; objects in use */
	u32 first_free;               /* the one freed last, + 1; 0: none. It names the next */
	u32 nr_alone;                 /* so many chunks come one by one */
};

void pool_init(struct pool *pool, size_t object_size, u32 chunk_shift);
/* Of a pool that is empty: there will be @nr objects soon. */
void pool_expect(struct pool *pool, u32 nr);
void pool_fini(struct pool *pool);
void *pool_get(struct pool *pool, u32 *index);
void pool_put(struct pool *pool, u32 index);

static inline void *pool_at(const struct pool *pool, u32 index)
{
	return pool->chunks[index >> pool->chunk_shift] +
	       (size_t)(index & ((1u << pool->chunk_shift) - 1)) * pool->object_size;
}

#endif
