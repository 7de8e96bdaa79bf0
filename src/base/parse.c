/* SPDX-License-Identifier: MIT */
/*
 * Parsing of numbers and of quantities with units.
 *
 * Parsing is exact. A quantity is a whole number, perhaps a decimal fraction, and a unit; what is
 * finer than the smallest unit or larger than 64 bits is an error, never rounded.
 */
#include "base/text.h"

#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool fail(const char **error, const char *why)
{
	*error = why;
	return false;
}

/* Reads the digits at *@s; false if the number does not fit. No digits at all: 0. */
static bool take_digits(const char **s, const char *end, u64 *out)
{
	u64 value = 0;

	for (; *s < end && is_digit(**s); (*s)++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (u64)(**s - '0'), &value))
			return false;
	*out = value;
	return true;
}

bool parse_u64(const char *s, size_t len, u64 *out, const char **error)
{
	const char *end = s + len;

	if (!len || !is_digit(*s))
		return fail(error, len > 1 && *s == '-' && is_digit(s[1])
					   ? "the number must not be negative"
					   : "a whole number is expected");

	u64 value;

	if (!take_digits(&s, end, &value))
		return fail(error, "the number is too large");
	if (s != end)
		return fail(error, "a whole number is expected");
	*out = value;
	return true;
}

bool parse_s64(const char *s, size_t len, s64 *out, const char **error)
{
	bool negative = len && *s == '-';
	u64 value;

	if (negative && (len == 1 || !is_digit(s[1])))
		return fail(error, "a whole number is expected");
	if (!parse_u64(s + negative, len - negative, &value, error))
		return false;
	if (value > (u64)INT64_MAX + negative)
		return fail(error,
			    negative ? "the number is too small" : "the number is too large");
	*out = negative ? (s64)-value : (s64)value;
	return true;
}

struct unit {
	const char *name;
	u64 factor;
};

/* What differs between durations and sizes. */
struct quantity {
	const struct unit *units; /* up to a NULL name */
	bool any_case;            /* KB is as good as kB */
	const char *expected, *no_unit, *bad_unit, *too_large, *too_fine, *negative;
};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static const struct quantity duration = {
	.units =
		(const struct unit[]){
			{"ns", NSEC},
			{"us", USEC},
			{"\u00b5s", USEC}, /* micro sign */
			{"\u03bcs", USEC}, /* Greek mu */
			{"ms", MSEC},
			{"s", SEC},
			{"m", 60 * SEC},
			{"min", 60 * SEC},
			{"h", 3600 * SEC},
			{"d", 24 * 3600 * SEC},
			{NULL, 0},
		},
	.expected = "a duration such as 10ms is expected",
	.no_unit = "a unit is missing: ns, us, ms, s, m, h or d",
	.bad_unit = "unknown unit of time: use ns, us, ms, s, m, h or d",
	.too_large = "the duration is too large",
	.too_fine = "the duration is finer than a nanosecond",
	.negative = "the duration must not be negative",
};

static const struct quantity size = {
	.units =
		(const struct unit[]){
			{"b", 1},
			{"k", 1ULL << 10},
			{"kib", 1ULL << 10},
			{"kb", 1000},
			{"m", 1ULL << 20},
			{"mib", 1ULL << 20},
			{"mb", 1000000},
			{"g", 1ULL << 30},
			{"gib", 1ULL << 30},
			{"gb", 1000000000},
			{"t", 1ULL << 40},
			{"tib", 1ULL << 40},
			{"tb", 1000000000000},
			{NULL, 0},
		},
	.any_case = true,
	.expected = "a size such as 4KiB is expected",
	.no_unit = "a unit is missing: B, KiB, MiB or GiB",
	.bad_unit = "unknown unit of size: use B, KiB, MiB or GiB",
	.too_large = "the size is too large",
	.too_fine = "the size is not a whole number of bytes",
	.negative = "the size must not be negative",
};

/* The factor of the unit that is all of @s..@end, or 0. */
static u64 find_unit(const struct quantity *q, const char *s, const char *end)
{
	for (const struct unit *unit = q->units; unit->name; unit++) {
		size_t n = strlen(unit->name), i = 0;

		if (n != (size_t)(end - s))
			continue;
		while (i < n && (q->any_case ? lower(s[i]) : s[i]) == unit->name[i])
			i++;
		if (i == n)
			return unit->factor;
	}
	return 0;
}

static const char *skip_blanks(const char *s, const char *end)
{
	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	return s;
}

/* "whole.fraction" times a unit is whole * factor + fraction * factor / scale, exactly. */
struct decimal {
	u64 whole, fraction, scale;
	bool too_fine; /* more digits than any unit can use */
};

/*
 * The largest unit, an hour, has 11 factors of 5 and 13 of 2; a fraction without trailing zeroes
 * lacks one or the other, so one of more than 13 digits is no whole number of nanoseconds.
 */
static void take_fraction(const char **s, const char *end, struct decimal *d)
{
	const char *last = *s;

	for (const char *p = *s; p < end && is_digit(*p); p++)
		if (*p != '0')
			last = p + 1;
	for (u32 digits = 0; *s < last; (*s)++, digits++) {
		if (digits == 18) {
			d->too_fine = true;
			break;
		}
		d->fraction = d->fraction * 10 + (u64)(**s - '0');
		d->scale *= 10;
	}
	while (*s < end && is_digit(**s))
		(*s)++;
}

static bool scale_up(const struct decimal *d, u64 factor, const struct quantity *q, u64 *out,
		     const char **error)
{
	u128 part = (u128)d->fraction * factor;
	u128 value = (u128)d->whole * factor + part / d->scale;

	if (value > UINT64_MAX)
		return fail(error, q->too_large);
	if (d->too_fine || part % d->scale)
		return fail(error, q->too_fine);
	*out = (u64)value;
	return true;
}

static bool parse_quantity(const struct quantity *q, const char *s, size_t len, u64 bare, u64 *out,
			   const char **error)
{
	const char *end = s + len;
	struct decimal d = {.scale = 1};

	if (!len || !is_digit(*s))
		return fail(error,
			    len > 1 && *s == '-' && is_digit(s[1]) ? q->negative : q->expected);
	if (!take_digits(&s, end, &d.whole))
		return fail(error, q->too_large);
	if (s < end && *s == '.') {
		s++;
		if (s == end || !is_digit(*s))
			return fail(error, q->expected);
		take_fraction(&s, end, &d);
	}

	u64 factor = bare;

	if (s < end) {
		factor = find_unit(q, skip_blanks(s, end), end);
		if (!factor)
			return fail(error, q->bad_unit);
	} else if (!bare) {
		/* Nothing is nothing in any unit. */
		if (d.whole || d.fraction || d.too_fine)
			return fail(error, q->no_unit);
		factor = 1;
	}
	return scale_up(&d, factor, q, out, error);
}

bool parse_duration(const char *s, size_t len, u64 bare_ns, u64 *out_ns, const char **error)
{
	return parse_quantity(&duration, s, len, bare_ns, out_ns, error);
}

bool parse_size(const char *s, size_t len, u64 *out_bytes, const char **error)
{
	return parse_quantity(&size, s, len, 1, out_bytes, error);
}

bool parse_bool(const char *s, size_t len, bool *out)
{
	static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};

	for (u32 i = 0; i < ARRAY_SIZE(words); i++) {
		size_t n = 0;

		while (n < len && words[i][n] && lower(s[n]) == words[i][n])
			n++;
		if (n == len && !words[i][n]) {
			*out = i % 2;
			return true;
		}
	}
	return false;
}
