/* SPDX-License-Identifier: MIT */
/*
 * Growable typed arrays on the heap.
 *
 *	vec_of(u32) ids = {0};
 *	vec_push(&ids, 7);
 *	for (u32 i = 0; i < ids.len; i++) use(ids.at[i]);
 *	vec_fini(&ids);
 *
 * Growth doubles, and is by a quarter where that is a lot, so a vec that has reached its size
 * allocates no more. Out of memory: die().
 */
#ifndef OSSIM_BASE_VEC_H
#define OSSIM_BASE_VEC_H

#include "base/types.h"

#define vec_of(type)          \
	struct {              \
		type *at;     \
		u32 len, cap; \
	}

/* Grows *at to hold @need elements of @size bytes; the new part is zeroed. */
void vec_grow(void **at, u32 *cap, u32 need, size_t size);
void vec_release(void **at);

#define vec_reserve(v, n)                                                                   \
	do {                                                                                \
		if ((u32)(n) > (v)->cap)                                                    \
			vec_grow((void **)&(v)->at, &(v)->cap, (u32)(n), sizeof(*(v)->at)); \
	} while (0)

#define vec_push(v, ...)                             \
	do {                                         \
		vec_reserve(v, (v)->len + 1);        \
		(v)->at[(v)->len++] = (__VA_ARGS__); \
	} while (0)

#define vec_pop(v)   ((v)->at[--(v)->len])
#define vec_last(v)  ((v)->at[(v)->len - 1])
#define vec_clear(v) ((v)->len = 0)

#define vec_fini(v)                             \
	do {                                    \
		vec_release((void **)&(v)->at); \
		(v)->len = (v)->cap = 0;        \
	} while (0)

#endif
