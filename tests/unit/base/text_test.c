/* SPDX-License-Identifier: MIT */
/* Building text, fast decimals, durations for people, suggestions. */
#include "base/text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"

Test(text, grows_and_stays_terminated)
{
	struct text text = {0};
	char expected[5000] = "";

	for (u32 i = 0; i < 500; i++) {
		size_t len = strlen(expected);

		switch (i % 4) {
		case 0:
			text_add(&text, "rq");
			strcpy(expected + len, "rq");
			break;
		case 1:
			text_add_char(&text, '|');
			strcpy(expected + len, "|");
			break;
		case 2:
			text_printf(&text, "%u-%s", i, "abcdefgh");
			sprintf(expected + len, "%u-%s", i, "abcdefgh");
			break;
		default:
			text_add_len(&text, "xyz", 2);
			strcpy(expected + len, "xy");
		}
		cr_assert_str_eq(text.at, expected);
		cr_assert_eq(text.len, strlen(expected));
	}
	text_clear(&text);
	cr_assert_str_eq(text.at, "");
	text_fini(&text);
	cr_assert_null(text.at);
}

Test(text, printf_takes_more_than_the_room_left)
{
	struct text text = {0};
	char longer[3000];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	for (u32 n = 1; n < sizeof(longer); n += 37) {
		text_clear(&text);
		text_printf(&text, "<%.*s>", (int)n, longer);
		cr_assert_eq(text.len, n + 2);
		cr_assert_eq(text.at[n + 1], '>');
	}
	text_fini(&text);
}

Test(text, put_u64_writes_what_printf_writes)
{
	struct rng rng;
	char expected[32], got[32];

	rng_init(&rng, 1, "put", 0);
	for (u32 i = 0; i < 100000; i++) {
		u64 value = i < 20000 ? i : rng_next(&rng) >> rng_below(&rng, 64);

		*text_put_u64(got, value) = '\0';
		snprintf(expected, sizeof(expected), "%" PRIu64, value);
		cr_assert_str_eq(got, expected);
		*text_put_u64_zero(got, value, 6) = '\0';
		snprintf(expected, sizeof(expected), "%06" PRIu64, value);
		cr_assert_str_eq(got, expected);
	}
	*text_put_u64(got, UINT64_MAX) = '\0';
	cr_assert_str_eq(got, "18446744073709551615");
}

Test(text, durations_have_four_digits_and_no_needless_zeroes)
{
	static const struct {
		u64 ns;
		const char *text;
	} rows[] = {
		{0, "0"},
		{1, "1 ns"},
		{999, "999 ns"},
		{1000, "1 us"},
		{1234, "1.234 us"},
		{12000, "12 us"},
		{12344, "12.34 us"},
		{12345, "12.35 us"},
		{1234000, "1.234 ms"},
		{100 * MSEC, "100 ms"},
		{1500 * MSEC, "1.5 s"},
		{1001 * MSEC, "1.001 s"},
		/* Rounding carries into the next unit. */
		{999949, "999.9 us"},
		{999950, "1 ms"},
		{999999999, "1 s"},
		/* Seconds are the largest unit, and whole ones are never lost. */
		{9999 * SEC + SEC / 2, "10000 s"},
		{12345 * SEC, "12345 s"},
		{UINT64_MAX, "18446744073 s"},
	};
	char buf[16];

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		format_duration(rows[i].ns, buf);
		cr_assert_str_eq(buf, rows[i].text, "%" PRIu64 ": %s", rows[i].ns, buf);
	}
}

Test(text, a_formatted_duration_parses_to_within_a_half_of_its_last_digit)
{
	struct rng rng;
	char buf[16];

	rng_init(&rng, 3, "duration", 0);
	for (u32 i = 0; i < 50000; i++) {
		u64 ns = rng_next(&rng) >> (12 + rng_below(&rng, 52)), back, step = 1;
		const char *error;

		format_duration(ns, buf);
		cr_assert_lt(strlen(buf), 16);
		cr_assert(parse_duration(buf, strlen(buf), 0, &back, &error), "'%s'", buf);
		while (step < SEC && ns / step >= 10000)
			step *= 10;
		cr_assert_leq(2 * (back > ns ? back - ns : ns - back), step, "%" PRIu64 ": '%s'",
			      ns, buf);
	}
}

Test(text, suggests_the_nearest_word_if_it_is_near)
{
	static const char *const keys[] = {"priority", "policy", "nice",
					   "affinity", "run",    "runtime"};
	static const struct {
		const char *word, *suggestion;
	} rows[] = {
		{"prioritty", "priority"},
		{"piority", "priority"},
		{"polciy", "policy"},
		{"ncie", "nice"},
		{"runn", "run"},
		{"runtme", "runtime"},
		{"Affinity", "affinity"},
		{"pol", "policy"},
		{"zebra", NULL},
		{"x", NULL},
		{"", NULL},
	};

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *got = text_suggest(rows[i].word, keys, ARRAY_SIZE(keys));

		if (rows[i].suggestion)
			cr_assert(got && !strcmp(got, rows[i].suggestion), "'%s'", rows[i].word);
		else
			cr_assert_null(got, "'%s': '%s'", rows[i].word, got);
	}
}

Test(text, very_long_words_get_no_suggestion)
{
	char word[2000];
	const char *keys[] = {word, "run"};

	memset(word, 'a', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	cr_assert_null(text_suggest(word, keys, 2));
	cr_assert_str_eq(text_suggest("rum", keys, 2), "run");
}
