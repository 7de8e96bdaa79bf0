/* SPDX-License-Identifier: MIT */
/*
 * Memory that dies together: a workload, a simulation, a job.
 *
 * Blocks come zeroed and aligned to 16 bytes (or to what is asked for). Nothing is freed but the
 * whole arena. Out of memory: die().
 */
#ifndef OSSIM_BASE_ARENA_H
#define OSSIM_BASE_ARENA_H

#include "base/types.h"

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks; /* newest first */
	char *at, *end;             /* the part that is handed out next */
	size_t total;               /* bytes taken from the system */
};

void arena_init(struct arena *arena);
void arena_fini(struct arena *arena);

void *arena_alloc(struct arena *arena, size_t size);
/* @align is a power of two up to 4096. */
void *arena_alloc_aligned(struct arena *arena, size_t size, size_t align);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t len);
printf_like(2, 3) char *arena_printf(struct arena *arena, const char *fmt, ...);

#define arena_new(arena, type) ((type *)arena_alloc_aligned(arena, sizeof(type), _Alignof(type)))
#define arena_array(arena, type, n) \
	((type *)arena_alloc_aligned(arena, sizeof(type) * (size_t)(n), _Alignof(type)))

#endif
