/* SPDX-License-Identifier: MIT */
/*
 * Building text, and the words a user meant. Parsing is in parse.c.
 */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"

enum { CAP_MIN = 64 };

/* Room for @more bytes and the NUL. */
static void reserve(struct text *text, size_t more)
{
	if (text->cap - text->len > more)
		return;
	if (more > SIZE_MAX / 4)
		die("out of memory: a text of %zu bytes", more);

	size_t cap = max_of(text->cap * 2, text->len + more + 1);

	text->cap = max_of(cap, (size_t)CAP_MIN);
	text->at = realloc(text->at, text->cap);
	if (!text->at)
		die("out of memory: a text of %zu bytes", text->cap);
}

void text_fini(struct text *text)
{
	free(text->at);
	*text = (struct text){0};
}

void text_add_len(struct text *text, const char *s, size_t len)
{
	reserve(text, len);
	if (len)
		memcpy(text->at + text->len, s, len);
	text->len += len;
	text->at[text->len] = '\0';
}

void text_add(struct text *text, const char *s)
{
	text_add_len(text, s, strlen(s));
}

void text_add_char(struct text *text, char c)
{
	text_add_len(text, &c, 1);
}

void text_printf(struct text *text, const char *fmt, ...)
{
	va_list args;

	reserve(text, CAP_MIN);

	size_t room = text->cap - text->len;

	va_start(args, fmt);
	int len = vsnprintf(text->at + text->len, room, fmt, args);
	va_end(args);
	ensure(len >= 0);

	if ((size_t)len >= room) {
		reserve(text, (size_t)len);
		va_start(args, fmt);
		vsnprintf(text->at + text->len, (size_t)len + 1, fmt, args);
		va_end(args);
	}
	text->len += (size_t)len;
}

void text_clear(struct text *text)
{
	text->len = 0;
	if (text->at)
		text->at[0] = '\0';
}

static const char digit_pairs[] = "00010203040506070809101112131415161718192021222324"
				  "25262728293031323334353637383940414243444546474849"
				  "50515253545556575859606162636465666768697071727374"
				  "75767778798081828384858687888990919293949596979899";

static u32 decimal_digits(u64 value)
{
	u32 n = 1;

	for (; value >= 10000; value /= 10000)
		n += 4;
	return n + (value >= 10) + (value >= 100) + (value >= 1000);
}

/* Two digits a step, from the back. */
char *text_put_u64(char *at, u64 value)
{
	char *end = at + decimal_digits(value), *p = end;

	while (value >= 100) {
		p -= 2;
		memcpy(p, &digit_pairs[value % 100 * 2], 2);
		value /= 100;
	}
	if (value >= 10)
		memcpy(p - 2, &digit_pairs[value * 2], 2);
	else
		p[-1] = (char)('0' + value);
	return end;
}

char *text_put_u64_zero(char *at, u64 value, u32 width)
{
	for (u32 n = decimal_digits(value); n < width; n++)
		*at++ = '0';
	return text_put_u64(at, value);
}

/* @value, a multiple of 1/@unit with at most three decimals, with no zeroes at its end. */
static char *put_decimal(char *at, u64 value, u64 unit)
{
	at = text_put_u64(at, value / unit);

	u64 rest = value % unit;

	if (!rest)
		return at;
	*at++ = '.';
	for (; rest; rest %= unit) {
		unit /= 10;
		*at++ = (char)('0' + rest / unit);
	}
	return at;
}

/* @ns to the nearest multiple of @step, halves up. */
static u64 round_to(u64 ns, u64 step)
{
	u64 rest = ns % step;

	return rest >= div_round_up(step, 2) ? ns - rest + step : ns - rest;
}

/*
 * Rounding comes before the choice of the unit, so that 999.9996 us is 1 ms. Four digits: the step
 * is a thousandth of the leading digit's weight. Seconds are the largest unit and are never rounded
 * to more than a whole one.
 */
void format_duration(u64 ns, char buf[16])
{
	static const struct {
		u64 ns;
		const char *name;
	} units[] = {{SEC, " s"}, {MSEC, " ms"}, {USEC, " us"}, {NSEC, " ns"}};
	u64 step = 1;
	u32 i = 0;

	while (step < SEC && ns / step >= 10000)
		step *= 10;
	if (ns <= UINT64_MAX - step)
		ns = round_to(ns, step);
	else
		ns -= ns % step;
	while (ns < units[i].ns && i + 1 < ARRAY_SIZE(units))
		i++;

	char *end = put_decimal(buf, ns, units[i].ns);

	strcpy(end, ns ? units[i].name : "");
}

enum { WORD_MAX = 48 };

static u32 min3(u32 a, u32 b, u32 c)
{
	u32 ab = min_of(a, b);

	return min_of(ab, c);
}

/*
 * How many letters must be put in, left out, changed or swapped with their neighbour to get from
 * one word to the other (optimal string alignment), with three rows of the table kept.
 */
static u32 edit_distance(const char *a, size_t na, const char *b, size_t nb)
{
	u32 rows[3][WORD_MAX + 1];
	u32 *before = rows[0], *above = rows[1], *row = rows[2];

	for (u32 j = 0; j <= nb; j++)
		above[j] = j;
	for (u32 i = 1; i <= na; i++) {
		row[0] = i;
		for (u32 j = 1; j <= nb; j++) {
			row[j] = min3(above[j] + 1, row[j - 1] + 1,
				      above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = min_of(row[j], before[j - 2] + 1);
		}

		u32 *oldest = before;

		before = above;
		above = row;
		row = oldest;
	}
	return above[nb];
}

/* A word that was cut short is meant to go on. */
enum { PREFIX_MIN = 3 };

/* A third of the longer word may be wrong, but never all of it. */
const char *text_suggest(const char *word, const char *const *candidates, size_t n)
{
	size_t len = strlen(word);
	const char *best = NULL;
	u32 best_distance = UINT32_MAX;

	if (len > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t len_i = strlen(candidates[i]);
		size_t longer = max_of(len, len_i);

		if (len_i > WORD_MAX)
			continue;

		if (len >= PREFIX_MIN && strncmp(word, candidates[i], len) == 0)
			return candidates[i];

		u32 distance = edit_distance(word, len, candidates[i], len_i);

		if (distance <= (longer + 2) / 3 && distance < longer && distance < best_distance) {
			best = candidates[i];
			best_distance = distance;
		}
	}
	return best;
}
