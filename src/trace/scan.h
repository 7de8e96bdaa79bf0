/* SPDX-License-Identifier: MIT */
/*
 * Reading text by the word: the small steps of which the trace readers are made.
 *
 * A line is [at, end). Whoever calls promises that the byte at end is readable and neither a digit
 * nor part of a word (a newline, a NUL), and that SCAN_SLACK bytes behind it are readable, whatever
 * they hold. So numbers need no bound check, and eight bytes can be looked at in one step.
 */
#ifndef OSSIM_TRACE_SCAN_H
#define OSSIM_TRACE_SCAN_H

#include "base/types.h"
#include "base/vec.h"
#include <string.h>

enum { SCAN_SLACK = 64 };

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	      "words are compared in little-endian order");

/* A piece of somebody's text; not NUL-terminated. */
struct span {
	const char *at;
	u32 len;
};

#define SPAN(literal) ((struct span){(literal), sizeof(literal) - 1})

static inline u64 scan_word(const char *at)
{
	u64 word;

	memcpy(&word, at, sizeof(word));
	return word;
}

/* Keeps the first @len bytes of a word. */
static inline u64 scan_mask(u32 len)
{
	return len >= 8 ? ~0ULL : (1ULL << 8 * len) - 1;
}

static inline bool scan_is_digit(char c)
{
	return (u8)(c - '0') < 10;
}

static inline bool scan_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline const char *scan_blanks(const char *at)
{
	while (scan_is_blank(*at))
		at++;
	return at;
}

/* The same where there may be many: the padding of a column. */
static inline const char *scan_padding(const char *at)
{
	u64 differ;

	while (!(differ = scan_word(at) ^ 0x2020202020202020ULL))
		at += 8;
	return scan_blanks(at + __builtin_ctzll(differ) / 8);
}

/* The first @c in [at, end), or NULL. Meant for a few bytes: longer searches use memchr. */
static inline const char *scan_find(const char *at, const char *end, char c)
{
	const u64 ones = 0x0101010101010101ULL;

	for (; at < end; at += 8) {
		u64 differ = scan_word(at) ^ ones * (u8)c;
		u64 zeros = (differ - ones) & ~differ & ones << 7;

		if (zeros) {
			at += __builtin_ctzll(zeros) / 8;
			return at < end ? at : NULL;
		}
	}
	return NULL;
}

static inline bool scan_starts(const char *at, const char *end, const char *literal, size_t len)
{
	return (size_t)(end - at) >= len && memcmp(at, literal, len) == 0;
}

#define scan_at(at, end, literal) scan_starts(at, end, literal, sizeof(literal) - 1)

/* The first place in [at, end) where @literal stands, or NULL. */
static inline const char *scan_search(const char *at, const char *end, const char *literal,
				      size_t len)
{
	while (at < end && (at = memchr(at, literal[0], (size_t)(end - at)))) {
		if (scan_starts(at, end, literal, len))
			return at;
		at++;
	}
	return NULL;
}

/* Reads decimal digits and returns the end; the end is @at if there is none. Too big wraps around.
 */
static inline const char *scan_digits(const char *at, u64 *out)
{
	u64 value = 0;

	while (scan_is_digit(*at))
		value = value * 10 + (u64)(*at++ - '0');
	*out = value;
	return at;
}

/* Reads hexadecimal digits, no prefix. */
static inline const char *scan_hex(const char *at, u64 *out)
{
	u64 value = 0;

	for (;; at++) {
		u8 digit = (u8)(*at - '0');
		u8 letter = (u8)((*at | 0x20) - 'a');

		if (digit < 10)
			value = value << 4 | digit;
		else if (letter < 6)
			value = value << 4 | (u64)(letter + 10);
		else
			break;
	}
	*out = value;
	return at;
}

/*
 * Eight digits in one step: false if one of them is none. Pairs, then quads, then the whole are
 * combined by multiplication.
 */
static inline bool scan_eight_digits(const char *at, u64 *out)
{
	u64 word = scan_word(at);
	u64 digits = word ^ 0x3030303030303030ULL;

	if (((digits + 0x0606060606060606ULL) | digits) & 0xf0f0f0f0f0f0f0f0ULL)
		return false;
	digits = (digits * 10 + (digits >> 8)) & 0x00ff00ff00ff00ffULL;
	digits = (digits * 100 + (digits >> 16)) & 0x0000ffff0000ffffULL;
	*out = (digits * 10000 + (digits >> 32)) & 0xffffffffULL;
	return true;
}

/*
 * A number as any of the forms prints it: 12, -1, 0x1f, and "0x1f (31)" of the fields option, where
 * the number in brackets counts, as it has the sign. Returns NULL if there is none.
 */
static inline const char *scan_number(const char *at, s64 *out)
{
	bool minus = *at == '-';
	const char *start = at + minus;
	u64 value;

	if (unlikely(start[0] == '0' && start[1] == 'x')) {
		at = scan_hex(start + 2, &value);
		if (at == start + 2)
			return NULL;
		if (at[0] == ' ' && at[1] == '(') {
			const char *inner = at + 2 + (at[2] == '-');
			u64 decimal;
			const char *close = scan_digits(inner, &decimal);

			if (close > inner && *close == ')') {
				minus = at[2] == '-';
				value = decimal;
				at = close + 1;
			}
		}
	} else {
		at = scan_digits(start, &value);
		if (at == start)
			return NULL;
	}
	*out = (s64)(minus ? 0 - value : value);
	return at;
}

/* Where the last lines of a text begin: those that are not followed by SCAN_SLACK bytes of it. */
static inline size_t scan_tail_start(const char *text, size_t len)
{
	size_t at = len > SCAN_SLACK ? len - SCAN_SLACK : 0;

	while (at > 0 && text[at - 1] != '\n')
		at--;
	return at;
}

/* A copy of them with a newline and slack behind it, to be released. */
static inline char *scan_padded_tail(const char *text, size_t len)
{
	char *tail = NULL;
	u32 cap = 0;

	vec_grow((void **)&tail, &cap, (u32)(len / SCAN_SLACK) + 3, SCAN_SLACK);
	memcpy(tail, text, len);
	tail[len] = '\n';
	return tail;
}

#endif
