/* SPDX-License-Identifier: MIT */
/* Interned strings: ids by first use, texts that do not move. */
#include "base/names.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { MANY = 120000 };

static size_t make_name(char *buf, size_t size, u32 i)
{
	return (size_t)snprintf(buf, size, i % 2 ? "kworker/%u:1-events" : "t%u", i);
}

Test(names, many_strings_get_ids_in_order_of_first_use)
{
	static const char *texts[MANY + 1];
	struct names names;
	char buf[64];

	names_init(&names);
	for (u32 i = 0; i < MANY; i++) {
		size_t len = make_name(buf, sizeof(buf), i);

		cr_assert_eq(names_find(&names, buf, len), 0, "'%s' not yet", buf);
		cr_assert_eq(names_intern(&names, buf, len), i + 1);
		texts[i + 1] = names_text(&names, i + 1);
	}
	for (u32 i = 0; i < MANY; i++) {
		size_t len = make_name(buf, sizeof(buf), i);

		cr_assert_eq(names_find(&names, buf, len), i + 1, "'%s'", buf);
		cr_assert_eq(names_intern_str(&names, buf), i + 1, "'%s' again", buf);
		cr_assert_eq(names_text(&names, i + 1), texts[i + 1], "'%s' moved", buf);
		cr_assert_str_eq(names_text(&names, i + 1), buf);
	}
	cr_assert_eq(names.nr, MANY);
	cr_assert_geq(names.nr_slots, 2 * names.nr);
	names_fini(&names);
}

Test(names, no_name_is_id_0)
{
	struct names names;

	names_init(&names);
	cr_assert_eq(names_find(&names, "a", 1), 0);
	cr_assert_str_eq(names_text(&names, 0), "");
	names_fini(&names);
}

Test(names, the_empty_string_is_a_name)
{
	struct names names;

	names_init(&names);

	u32 id = names_intern(&names, "", 0);

	cr_assert_eq(id, 1);
	cr_assert_eq(names_intern_str(&names, ""), id);
	cr_assert_str_eq(names_text(&names, id), "");
	names_fini(&names);
}

Test(names, only_the_given_length_counts)
{
	struct names names;

	names_init(&names);

	u32 run = names_intern(&names, "runqueue", 3);

	cr_assert_eq(names_intern_str(&names, "run"), run);
	cr_assert_neq(names_intern_str(&names, "runqueue"), run);
	cr_assert_neq(names_intern(&names, "run\0x", 5), run);
	cr_assert_str_eq(names_text(&names, run), "run");
	names_fini(&names);
}

/* Texts of all lengths that differ in one bit somewhere: the hash must see every byte. */
Test(names, every_byte_makes_a_difference)
{
	struct names names;
	char text[80];
	u32 made = 0;

	names_init(&names);
	for (size_t len = 1; len <= sizeof(text); len++) {
		memset(text, 'a', sizeof(text));
		for (size_t at = 0; at < len; at++) {
			text[at] = 'b';
			cr_assert_eq(names_intern(&names, text, len), ++made, "length %zu at %zu",
				     len, at);
			text[at] = 'a';
		}
	}

	/* 32-bit hashes of some 3000 texts: two equal ones are a chance of 1 in 1000. */
	for (u32 i = 1; i <= made; i++)
		for (u32 j = 1; j < i; j++)
			cr_assert_neq(names.hash_of[i], names.hash_of[j]);
	names_fini(&names);
}
