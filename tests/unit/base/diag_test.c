/* SPDX-License-Identifier: MIT */
/* What a user sees: place, line, caret, and no more than twenty. */
#include "base/diag.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/text.h"

static const char quick[] = "machine:\n"
			    "  cpus: 8\n"
			    "\n"
			    "tasks:\n"
			    "  - name: db\n"
			    "    nice: 3\n"
			    "    prioritty: 5";

struct fixture {
	struct diag *diag;
	u32 source;
	struct text text;
};

static struct fixture fixture_of(const char *name, const char *input)
{
	struct fixture f = {.diag = diag_new()};

	f.source = diag_add_source(f.diag, name, input, input ? strlen(input) : 0);
	return f;
}

static const char *shown(struct fixture *f)
{
	text_clear(&f->text);
	text_add(&f->text, "");
	diag_to_text(f->diag, &f->text);
	return f->text.at;
}

static void fixture_fini(struct fixture *f)
{
	diag_free(f->diag);
	text_fini(&f->text);
}

Test(diag, an_error_shows_place_line_and_underline)
{
	struct fixture f = fixture_of("quick.yaml", quick);

	cr_assert_not(diag_error(f.diag, (struct loc){f.source, 7, 5, 9},
				 "unknown key '%s' in task '%s' (did you mean '%s'?)", "prioritty",
				 "db", "priority"));
	cr_assert_str_eq(
		shown(&f),
		"quick.yaml:7:5: error: unknown key 'prioritty' in task 'db' (did you mean "
		"'priority'?)\n"
		"    7 |     prioritty: 5\n"
		"      |     ^~~~~~~~~\n");
	fixture_fini(&f);
}

Test(diag, messages_of_all_levels_come_in_order_and_only_errors_count)
{
	struct fixture f = fixture_of("q", quick);

	cr_assert_not(diag_warning(f.diag, (struct loc){f.source, 2, 9, 0}, "few"));
	cr_assert_not(diag_error(f.diag, (struct loc){f.source, 1, 0, 0}, "whole line"));
	cr_assert_not(diag_note(f.diag, (struct loc){f.source, 0, 0, 0}, "whole file"));
	cr_assert_str_eq(shown(&f), "q:2:9: warning: few\n"
				    "    2 |   cpus: 8\n"
				    "      |         ^\n"
				    "q:1: error: whole line\n"
				    "    1 | machine:\n"
				    "q: note: whole file\n");
	cr_assert_eq(diag_errors(f.diag), 1);
	cr_assert_not(diag_has_system_error(f.diag));
	fixture_fini(&f);
}

Test(diag, messages_without_input_name_the_program)
{
	struct fixture f = fixture_of("q", quick);

	cr_assert_not(diag_error(f.diag, (struct loc){0}, "bad option"));
	cr_assert_not(diag_system(f.diag, "cannot open '%s'", "x"));
	cr_assert_str_eq(shown(&f), "ossim: error: bad option\n"
				    "ossim: error: cannot open 'x'\n");
	cr_assert_eq(diag_errors(f.diag), 2);
	cr_assert(diag_has_system_error(f.diag));
	fixture_fini(&f);
}

Test(diag, tabs_keep_the_caret_aligned)
{
	struct fixture f = fixture_of("t", "\ta:\tb\n");

	diag_error(f.diag, (struct loc){f.source, 1, 5, 1}, "e");
	cr_assert_str_eq(shown(&f), "t:1:5: error: e\n"
				    "    1 | \ta:\tb\n"
				    "      | \t  \t^\n");
	fixture_fini(&f);
}

Test(diag, columns_count_characters_not_bytes)
{
	struct fixture f = fixture_of("u", "n\u00e4me: \u20ac\u20ac x");

	diag_error(f.diag, (struct loc){f.source, 1, 7, 2}, "e");
	cr_assert_str_eq(shown(&f), "u:1:7: error: e\n"
				    "    1 | n\u00e4me: \u20ac\u20ac x\n"
				    "      |       ^~\n");
	fixture_fini(&f);
}

Test(diag, nothing_is_underlined_past_the_end_of_the_line)
{
	struct fixture f = fixture_of("e", "abc\r\nx");

	diag_error(f.diag, (struct loc){f.source, 1, 2, 50}, "wide");
	diag_error(f.diag, (struct loc){f.source, 1, 4, 1}, "at the end");
	diag_error(f.diag, (struct loc){f.source, 1, 900, 5}, "beyond");
	cr_assert_str_eq(shown(&f), "e:1:2: error: wide\n"
				    "    1 | abc\n"
				    "      |  ^~\n"
				    "e:1:4: error: at the end\n"
				    "    1 | abc\n"
				    "      |    ^\n"
				    "e:1:900: error: beyond\n"
				    "    1 | abc\n"
				    "      |    ^\n");
	fixture_fini(&f);
}

Test(diag, lines_that_are_not_there_are_not_shown)
{
	struct fixture f = fixture_of("short", "one\n");
	u32 no_text = diag_add_source(f.diag, "trace.dat", NULL, 0);

	diag_error(f.diag, (struct loc){f.source, 9, 1, 1}, "a");
	diag_error(f.diag, (struct loc){no_text, 3, 0, 0}, "b");
	diag_error(f.diag, (struct loc){99, 3, 1, 1}, "c");
	cr_assert_str_eq(shown(&f), "short:9:1: error: a\n"
				    "trace.dat:3: error: b\n"
				    "ossim: error: c\n");
	fixture_fini(&f);
}

Test(diag, control_characters_do_not_reach_the_terminal)
{
	struct fixture f = fixture_of("c", "a\033[31mb");

	diag_error(f.diag, (struct loc){f.source, 1, 1, 1}, "word '%s'", "\033c");
	cr_assert_null(strchr(shown(&f), '\033'));
	fixture_fini(&f);
}

Test(diag, of_a_very_long_line_the_part_around_the_column_is_shown)
{
	enum { LEN = 10000, COLUMN = 5001 };
	static char input[LEN + 1];

	memset(input, '.', LEN);
	input[COLUMN - 1] = 'X';

	struct fixture f = fixture_of("long", input);

	diag_error(f.diag, (struct loc){f.source, 1, COLUMN, 1}, "e");

	const char *line = strchr(shown(&f), '\n') + 1, *caret_line = strchr(line, '\n') + 1;

	cr_assert_lt(strlen(line), 300);
	cr_assert_eq(strchr(line, 'X') - line, strchr(caret_line, '^') - caret_line);
	fixture_fini(&f);
}

static u32 count(const char *text, const char *word)
{
	u32 n = 0;

	for (; (text = strstr(text, word)); text++)
		n++;
	return n;
}

Test(diag, after_twenty_errors_the_rest_is_counted)
{
	struct fixture f = fixture_of("many", "x\n");

	for (u32 i = 1; i <= 20; i++)
		diag_error(f.diag, (struct loc){f.source, 0, 0, 0}, "number %u", i);
	cr_assert_null(strstr(shown(&f), "more"));

	diag_error(f.diag, (struct loc){f.source, 0, 0, 0}, "number 21");
	diag_note(f.diag, (struct loc){f.source, 0, 0, 0}, "about number 21");
	cr_assert_eq(count(shown(&f), "number"), 20);
	cr_assert(strstr(shown(&f), "number 20\n1 more error\n"));

	diag_error(f.diag, (struct loc){f.source, 0, 0, 0}, "number 22");
	diag_warning(f.diag, (struct loc){f.source, 0, 0, 0}, "something");
	cr_assert_eq(diag_errors(f.diag), 22);
	cr_assert(strstr(shown(&f), "number 20\n2 more errors\n1 more warning\n"));
	fixture_fini(&f);
}

Test(diag, warnings_leave_room_for_errors)
{
	struct fixture f = fixture_of("many", "x\n");

	for (u32 i = 0; i < 100000; i++)
		diag_warning(f.diag, (struct loc){f.source, 0, 0, 0}, "odd");
	diag_error(f.diag, (struct loc){f.source, 0, 0, 0}, "wrong");
	diag_note(f.diag, (struct loc){f.source, 0, 0, 0}, "because");
	cr_assert_eq(count(shown(&f), "odd"), DIAG_MAX_SHOWN);
	cr_assert(strstr(shown(&f),
			 "many: error: wrong\nmany: note: because\n99980 more warnings\n"));
	fixture_fini(&f);
}

Test(diag, printing_forgets_the_messages_and_keeps_the_count)
{
	struct fixture f = fixture_of("p", "x\n");
	char *printed = NULL;
	size_t size;
	FILE *out = open_memstream(&printed, &size);

	for (u32 i = 0; i < 25; i++)
		diag_error(f.diag, (struct loc){f.source, 0, 0, 0}, "bad");
	diag_print(f.diag, out);
	fflush(out);
	cr_assert_eq(count(printed, "bad"), 20);
	cr_assert(strstr(printed, "5 more errors\n"));
	cr_assert_str_eq(shown(&f), "");
	cr_assert_eq(diag_errors(f.diag), 25);

	diag_error(f.diag, (struct loc){f.source, 0, 0, 0}, "again");
	cr_assert_str_eq(shown(&f), "p: error: again\n");
	fclose(out);
	free(printed);
	fixture_fini(&f);
}
