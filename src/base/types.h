/* SPDX-License-Identifier: MIT */
/*
 * The words every file uses: integer types, time units, small macros.
 *
 * Unmarked times are u64 nanoseconds since the start of the simulation (or of the trace).
 * Virtual times wrap around and are compared by signed difference only.
 */
#ifndef OSSIM_BASE_TYPES_H
#define OSSIM_BASE_TYPES_H

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;
typedef unsigned __int128 u128;
typedef __int128 s128;

#define NSEC 1ULL
#define USEC 1000ULL
#define MSEC 1000000ULL
#define SEC  1000000000ULL

/* "At no time": later than any event. 52 bits of ns (52 days) are simulated at most. */
#define NEVER                           (UINT64_MAX >> 12)

#define ARRAY_SIZE(a)                   (sizeof(a) / sizeof((a)[0]))

#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

#define likely(x)                       __builtin_expect(!!(x), 1)
#define unlikely(x)                     __builtin_expect(!!(x), 0)
#define out_of_line                     __attribute__((noinline, cold))

#define must_check                      __attribute__((warn_unused_result))
#define noreturn_fn                     __attribute__((noreturn))
#define always_inline                   inline __attribute__((always_inline))
/* seldom needed: its caller stays small */
#define not_inline             __attribute__((__noinline__))
#define printf_like(fmt, args) __attribute__((format(printf, fmt, args)))
#define unused_arg             __attribute__((unused))

/* Each use gets its own variables (@n), so that one may stand inside another. */
#define TYPES_JOIN(a, b) a##b
#define min_of_n(a, b, n)                                                                      \
	({                                                                                     \
		__typeof__(a) TYPES_JOIN(_a, n) = (a);                                         \
		__typeof__(b) TYPES_JOIN(_b, n) = (b);                                         \
		TYPES_JOIN(_a, n) < TYPES_JOIN(_b, n) ? TYPES_JOIN(_a, n) : TYPES_JOIN(_b, n); \
	})
#define max_of_n(a, b, n)                                                                      \
	({                                                                                     \
		__typeof__(a) TYPES_JOIN(_a, n) = (a);                                         \
		__typeof__(b) TYPES_JOIN(_b, n) = (b);                                         \
		TYPES_JOIN(_a, n) > TYPES_JOIN(_b, n) ? TYPES_JOIN(_a, n) : TYPES_JOIN(_b, n); \
	})

#define min_of(a, b)        min_of_n(a, b, __COUNTER__)
#define max_of(a, b)        max_of_n(a, b, __COUNTER__)

#define clamp_to(x, lo, hi) min_of(max_of(x, lo), hi)

/* Virtual times wrap: a before b, whatever the two are. */
static inline bool vtime_before(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

static inline u64 div_round_up(u64 a, u64 b)
{
	return (a + b - 1) / b;
}

#endif
