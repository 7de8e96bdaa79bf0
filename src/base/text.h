/* SPDX-License-Identifier: MIT */
/* Build text, and parse it: integers, and quantities with units such as 10ms or 4MiB. */
#ifndef OSSIM_BASE_TEXT_H
#define OSSIM_BASE_TEXT_H

#include "base/types.h"

/* A growing string; text is always NUL-terminated once something was added. */
struct text {
	char *at;
	size_t len, cap;
};

void text_fini(struct text *text);
void text_add(struct text *text, const char *s);
void text_add_len(struct text *text, const char *s, size_t len);
void text_add_char(struct text *text, char c);
printf_like(2, 3) void text_printf(struct text *text, const char *fmt, ...);
void text_clear(struct text *text);

/* Fast decimal writing for bulk output; returns the end. No NUL is written. */
char *text_put_u64(char *at, u64 value);
/* Right-aligned in @width with leading zeros. */
char *text_put_u64_zero(char *at, u64 value, u32 width);

/* Parsers: the whole of @s (length @len) must match. Errors are static texts for the user. */
must_check bool parse_u64(const char *s, size_t len, u64 *out, const char **error);
must_check bool parse_s64(const char *s, size_t len, s64 *out, const char **error);
/*
 * "10ms", "1.5 us", "2s", "3m", "1h"; a bare number has the unit @bare_ns (0: a unit is required).
 */
must_check bool parse_duration(const char *s, size_t len, u64 bare_ns, u64 *out_ns,
			       const char **error);
/* "4096", "4KiB", "1MB", "2G": bytes. K, M, G alone are powers of 1024. */
must_check bool parse_size(const char *s, size_t len, u64 *out_bytes, const char **error);
must_check bool parse_bool(const char *s, size_t len, bool *out);

/* "1.234 ms", "12 us", "0": at most 16 bytes with NUL, four significant digits, integers only. */
void format_duration(u64 ns, char buf[16]);

/* The best spelling suggestion among @n candidates for @word, or NULL: 'did you mean'. */
const char *text_suggest(const char *word, const char *const *candidates, size_t n);

#endif
