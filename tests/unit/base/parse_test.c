/* SPDX-License-Identifier: MIT */
/* Numbers, durations and sizes: exact, whole, and refused with a reason. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "base/text.h"

struct good {
	const char *text;
	u64 value;
};

struct bad {
	const char *text, *reason; /* a part of the message */
};

typedef bool (*parse_fn)(const char *s, size_t len, u64 *out, const char **error);

/* The text is copied to its exact length, so that a sanitizer sees a read past it. */
static bool parse(parse_fn fn, const char *s, u64 *out, const char **error)
{
	size_t len = strlen(s);
	char *copy = malloc(len + !len);

	memcpy(copy, s, len);
	*error = NULL;

	bool ok = fn(copy, len, out, error);

	free(copy);
	return ok;
}

static void check_good(parse_fn fn, const struct good *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *error;
		u64 value = 77;

		cr_assert(parse(fn, rows[i].text, &value, &error), "'%s': %s", rows[i].text, error);
		cr_assert_eq(value, rows[i].value, "'%s' is %" PRIu64, rows[i].text, value);
	}
}

static void check_bad(parse_fn fn, const struct bad *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *error;
		u64 value = 77;

		cr_assert_not(parse(fn, rows[i].text, &value, &error), "'%s'", rows[i].text);
		cr_assert(error && strstr(error, rows[i].reason), "'%s': %s", rows[i].text, error);
		cr_assert_eq(value, 77, "'%s' left a value", rows[i].text);
	}
}

Test(parse, whole_numbers_up_to_the_last)
{
	static const struct good good[] = {
		{"0", 0},
		{"7", 7},
		{"007", 7},
		{"18446744073709551615", UINT64_MAX},
		{"00000000000000000000000001", 1},
	};
	static const struct bad bad[] = {
		{"18446744073709551616", "too large"},
		{"99999999999999999999999", "too large"},
		{"", "whole number"},
		{"-1", "negative"},
		{"+1", "whole number"},
		{" 1", "whole number"},
		{"1 ", "whole number"},
		{"1.0", "whole number"},
		{"0x10", "whole number"},
		{"ten", "whole number"},
	};

	check_good(parse_u64, good, ARRAY_SIZE(good));
	check_bad(parse_u64, bad, ARRAY_SIZE(bad));
}

static bool parse_s64_as_u64(const char *s, size_t len, u64 *out, const char **error)
{
	s64 value;

	if (!parse_s64(s, len, &value, error))
		return false;
	*out = (u64)value;
	return true;
}

Test(parse, signed_numbers_to_both_ends)
{
	static const struct good good[] = {
		{"0", 0},
		{"-0", 0},
		{"-20", (u64)-20},
		{"9223372036854775807", INT64_MAX},
		{"-9223372036854775808", (u64)INT64_MIN},
	};
	static const struct bad bad[] = {
		{"9223372036854775808", "too large"},
		{"-9223372036854775809", "too small"},
		{"--1", "whole number"},
		{"-", "whole number"},
		{"", "whole number"},
	};

	check_good(parse_s64_as_u64, good, ARRAY_SIZE(good));
	check_bad(parse_s64_as_u64, bad, ARRAY_SIZE(bad));
}

static bool duration(const char *s, size_t len, u64 *out, const char **error)
{
	return parse_duration(s, len, 0, out, error);
}

static bool duration_us(const char *s, size_t len, u64 *out, const char **error)
{
	return parse_duration(s, len, USEC, out, error);
}

Test(parse, durations_with_every_unit)
{
	static const struct good good[] = {
		{"10ns", 10},
		{"10us", 10 * USEC},
		{"10\u00b5s", 10 * USEC},
		{"10\u03bcs", 10 * USEC},
		{"10ms", 10 * MSEC},
		{"2s", 2 * SEC},
		{"3m", 180 * SEC},
		{"3min", 180 * SEC},
		{"1h", 3600 * SEC},
		{"52d", 52 * 24 * 3600 * SEC},
		{"1.5 us", 1500},
		{"0.7 ms", 700 * USEC},
		{"1 \t ms", MSEC},
		{"1.5h", 5400 * SEC},
		{"0", 0},
		{"0.00", 0},
		{"0s", 0},
	};

	check_good(duration, good, ARRAY_SIZE(good));
}

Test(parse, a_bare_number_has_the_unit_of_its_field_or_none)
{
	static const struct good good[] = {{"1500", 1500 * USEC}, {"1.5", 1500}, {"3ms", 3 * MSEC}};
	static const struct bad bad[] = {{"10", "unit is missing"}, {"0.1", "unit is missing"}};

	check_good(duration_us, good, ARRAY_SIZE(good));
	check_bad(duration, bad, ARRAY_SIZE(bad));
}

Test(parse, fractions_are_exact_or_refused)
{
	static const struct good good[] = {
		{"1.000000001s", SEC + 1},
		{"0.000001ms", 1},
		{"1.0000000000000000000000000000ns", 1},
		{"1.50000000000000000000000000000us", 1500},
		/* The finest fraction of an hour: 3600 * 10^9 / 2^13 is odd. */
		{"0.0001220703125h", 439453125},
		{"0.123456789s", 123456789},
	};
	static const struct bad bad[] = {
		{"0.5ns", "finer"},
		{"1.0000000001s", "finer"},
		{"0.0000000000000000000000000001h", "finer"},
		{"0.3333333333333333333333333333h", "finer"},
	};

	check_good(duration, good, ARRAY_SIZE(good));
	check_bad(duration, bad, ARRAY_SIZE(bad));
}

Test(parse, durations_that_do_not_fit_are_too_large)
{
	static const struct good good[] = {
		{"18446744073709551615ns", UINT64_MAX},
		{"18446744073.709551615s", UINT64_MAX},
		{"5124095h", 5124095 * (3600 * SEC)},
	};
	static const struct bad bad[] = {
		{"18446744073709551616ns", "too large"},
		{"18446744073.709551616s", "too large"},
		{"18446744074s", "too large"},
		{"5124096h", "too large"},
		{"18446744073709551615h", "too large"},
		{"99999999999999999999999999ns", "too large"},
	};

	check_good(duration, good, ARRAY_SIZE(good));
	check_bad(duration, bad, ARRAY_SIZE(bad));
}

Test(parse, what_is_no_duration_is_refused)
{
	static const struct bad bad[] = {
		{"", "expected"},
		{"ms", "expected"},
		{".5ms", "expected"},
		{"5.ms", "expected"},
		{" 5ms", "expected"},
		{"-5ms", "negative"},
		{"5ms ", "unknown unit"},
		{"5 x", "unknown unit"},
		{"5MS", "unknown unit"},
		{"5e3ms", "unknown unit"},
		{"5ms5us", "unknown unit"},
		{"5,5ms", "unknown unit"},
		{"1.2.3ms", "unknown unit"},
	};

	check_bad(duration, bad, ARRAY_SIZE(bad));
}

/* One unit's fraction is another's whole number. */
Test(parse, a_fraction_is_worth_the_same_in_the_smaller_unit)
{
	struct rng rng;
	char text[64];

	rng_init(&rng, 9, "fraction", 0);
	for (u32 i = 0; i < 20000; i++) {
		u64 us = rng_below(&rng, 10000000000), value;
		const char *error;

		snprintf(text, sizeof(text), "%" PRIu64 ".%06" PRIu64 "s", us / 1000000,
			 us % 1000000);
		cr_assert(parse(duration, text, &value, &error), "'%s'", text);
		cr_assert_eq(value, us * 1000, "'%s'", text);
	}
}

Test(parse, sizes_in_binary_and_decimal_units)
{
	static const struct good good[] = {
		{"4096", 4096},
		{"4KiB", 4096},
		{"4K", 4096},
		{"4k", 4096},
		{"4kB", 4000},
		{"1MB", 1000000},
		{"1 MiB", 1 << 20},
		{"1.5MiB", 3 << 19},
		{"2G", 2ULL << 30},
		{"2GB", 2000000000},
		{"7B", 7},
		{"0", 0},
		{"16777215TiB", 16777215ULL << 40},
	};
	static const struct bad bad[] = {
		{"16777216TiB", "too large"},
		{"0.5B", "whole number of bytes"},
		{"1.0001KiB", "whole number of bytes"},
		{"4Kib3", "unknown unit"},
		{"4ms", "unknown unit"},
		{"", "expected"},
		{"-4K", "negative"},
	};

	check_good(parse_size, good, ARRAY_SIZE(good));
	check_bad(parse_size, bad, ARRAY_SIZE(bad));
}

Test(parse, booleans_in_yaml_words)
{
	static const char *const words[] = {"no", "yes", "false", "true",  "off",
					    "on", "NO",  "Yes",   "FALSE", "True"};
	static const char *const others[] = {"", "y", "tru", "truee", "0", "1", "null"};
	bool value;

	for (u32 i = 0; i < ARRAY_SIZE(words); i++) {
		cr_assert(parse_bool(words[i], strlen(words[i]), &value), "'%s'", words[i]);
		cr_assert_eq(value, i % 2, "'%s'", words[i]);
	}
	for (u32 i = 0; i < ARRAY_SIZE(others); i++)
		cr_assert_not(parse_bool(others[i], strlen(others[i]), &value), "'%s'", others[i]);
}
