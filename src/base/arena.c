/* SPDX-License-Identifier: MIT */
/*
 * An arena hands out the front of a chunk and moves a pointer.
 *
 * Chunks double from 16 KiB to 2 MiB, so a small arena stays small and a large one asks the system
 * seldom. calloc gives the zeroes, or the system itself: for large chunks these are fresh pages
 * that cost nothing until they are touched. A block that would waste much of a chunk gets a chunk
 * of its own, put behind the newest one, so that the space left there is not lost. What is left of
 * its last large page goes on as the newest if it is more: the page is the arena's anyway.
 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/pages.h"

enum { ALIGN_DEFAULT = 16, ALIGN_MAX = 4096 };

struct arena_chunk {
	struct arena_chunk *next;
	size_t size; /* bytes in data */
	_Alignas(ALIGN_DEFAULT) char data[];
};

enum { CHUNK_MIN = 16 << 10, CHUNK_MAX = PAGES_HUGE - sizeof(struct arena_chunk) };

/* @size: of its data. */
static bool is_huge(size_t size)
{
	return sizeof(struct arena_chunk) + size >= PAGES_HUGE;
}

void arena_init(struct arena *arena)
{
	*arena = (struct arena){0};
}

void arena_fini(struct arena *arena)
{
	struct arena_chunk *chunk = arena->chunks;

	while (chunk) {
		struct arena_chunk *next = chunk->next;

		if (is_huge(chunk->size))
			pages_put(chunk, sizeof(*chunk) + chunk->size);
		else
			free(chunk);
		chunk = next;
	}
	arena_init(arena);
}

static struct arena_chunk *chunk_new(struct arena *arena, size_t size)
{
	size_t bytes = sizeof(struct arena_chunk) + size;
	struct arena_chunk *chunk = is_huge(size) ? pages_get(bytes) : calloc(1, bytes);

	if (!chunk)
		die("out of memory: %zu bytes more than the %zu in use", size, arena->total);
	chunk->size = size;
	arena->total += sizeof(*chunk) + size;
	return chunk;
}

/* The address @at moved up to a multiple of @align. */
static char *align_up(char *at, size_t align)
{
	return at + (-(uintptr_t)at & (align - 1));
}

/* So many bytes of data and a header fill their large pages. */
static size_t whole_pages(size_t size)
{
	size_t head = sizeof(struct arena_chunk);

	return is_huge(size) ? (head + size + PAGES_HUGE - 1) / PAGES_HUGE * PAGES_HUGE - head
			     : size;
}

static void *alloc_own_chunk(struct arena *arena, size_t size, size_t align)
{
	struct arena_chunk *chunk = chunk_new(arena, whole_pages(size + align));
	char *at = align_up(chunk->data, align), *end = chunk->data + chunk->size;

	if (arena->chunks) {
		chunk->next = arena->chunks->next;
		arena->chunks->next = chunk;
	} else {
		arena->chunks = chunk; /* at and end stay NULL: it is full */
	}
	if (end - (at + size) > arena->end - arena->at) {
		arena->at = at + size;
		arena->end = end;
	}
	return at;
}

static void *alloc_slow(struct arena *arena, size_t size, size_t align)
{
	if (size > SIZE_MAX / 4)
		die("out of memory: a block of %zu bytes", size);

	size_t chunk_size = clamp_to(arena->total, (size_t)CHUNK_MIN, (size_t)CHUNK_MAX);

	if (size + align > chunk_size / 4)
		return alloc_own_chunk(arena, size, align);

	struct arena_chunk *chunk = chunk_new(arena, chunk_size);

	chunk->next = arena->chunks;
	arena->chunks = chunk;
	arena->end = chunk->data + chunk->size;

	char *at = align_up(chunk->data, align);

	arena->at = at + size;
	return at;
}

void *arena_alloc_aligned(struct arena *arena, size_t size, size_t align)
{
	ensure(align && align <= ALIGN_MAX && !(align & (align - 1)));

	if (!size)
		size = 1; /* so that no block is NULL, and no two are the same */

	size_t skip = -(uintptr_t)arena->at & (align - 1);
	size_t room = (size_t)(arena->end - arena->at);

	if (unlikely(room < skip || room - skip < size))
		return alloc_slow(arena, size, align);

	char *at = arena->at + skip;

	arena->at = at + size;
	return at;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	return arena_alloc_aligned(arena, size, ALIGN_DEFAULT);
}

char *arena_strndup(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_alloc_aligned(arena, len + 1, 1);

	if (len)
		memcpy(copy, text, len);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list args;

	ensure(fmt);
	va_start(args, fmt);
	int len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	ensure(len >= 0);

	char *text = arena_alloc_aligned(arena, (size_t)len + 1, 1);

	va_start(args, fmt);
	vsnprintf(text, (size_t)len + 1, fmt, args);
	va_end(args);
	return text;
}
