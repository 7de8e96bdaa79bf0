/* SPDX-License-Identifier: MIT */
/* Which bytes are a character: the table of well-formed sequences of the Unicode standard, 3.9. */
#include "base/utf8.h"

#include <criterion/criterion.h>
#include <string.h>

Test(utf8, well_formed_sequences_and_no_others_are_characters)
{
	static const char *const good[] = {"a",
					   "\xc2\xa0",
					   "\xdf\xbf",
					   "\xe0\xa0\x80",
					   "\xed\x9f\xbf",
					   "\xee\x80\x80",
					   "\xf0\x90\x80\x80",
					   "\xf4\x8f\xbf\xbf"};
	static const char *const bad[] = {"",
					  "\x80",
					  "\xbf",
					  "\xc1\xbf",
					  "\xc2",
					  "\xc2z",
					  "\xe0\x9f\xbf",
					  "\xed\xa0\x80",
					  "\xe2\x82",
					  "\xf0\x8f\xbf\xbf",
					  "\xf4\x90\x80\x80",
					  "\xf5\x80\x80\x80",
					  "\xff"};

	for (u32 i = 0; i < ARRAY_SIZE(good); i++)
		cr_expect_eq(utf8_length(good[i], strlen(good[i])), strlen(good[i]), "%u", i);
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++)
		cr_expect_eq(utf8_length(bad[i], strlen(bad[i])), 0, "%u", i);
}

/* YAML 1.2, c-printable; no control characters, be they of one byte or of two. */
Test(utf8, controls_and_what_yaml_cannot_hold_are_not_printed)
{
	static const char *const bad[] = {"\n",           "\x1b",        "\x7f",
					  "\xc2\x85",     "\xc2\x9b",    "\xef\xbb\xbf",
					  "\xef\xbf\xbe", "\xef\xbf\xbf"};

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++)
		cr_expect_eq(utf8_printable(bad[i], strlen(bad[i])), 0, "%u", i);
	cr_expect_eq(utf8_printable(" ", 1), 1);
	cr_expect_eq(utf8_printable("\xc2\xa0", 2), 2);
	cr_expect_eq(utf8_printable("\xef\xbf\xbd", 3), 3);
}
