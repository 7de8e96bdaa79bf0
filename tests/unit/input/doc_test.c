/* SPDX-License-Identifier: MIT */
/* The document tree: shapes, positions, what is refused. */
#include "input/doc.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/text.h"

struct parsed {
	struct arena arena;
	struct diag *diag;
	struct doc_node *root;
	bool good;
	struct text text;
};

static struct parsed parse_flags(const char *yaml, size_t len, unsigned flags)
{
	struct parsed p = {.diag = diag_new()};
	u32 source = diag_add_source(p.diag, "d.yaml", yaml, len);

	arena_init(&p.arena);
	p.good = doc_parse(&p.arena, p.diag, source, yaml, len, flags, &p.root);
	text_add(&p.text, "");
	diag_to_text(p.diag, &p.text);
	cr_assert_eq(p.good, diag_errors(p.diag) == 0, "an error goes with a message");
	return p;
}

static struct parsed parse(const char *yaml)
{
	return parse_flags(yaml, strlen(yaml), 0);
}

static void parsed_fini(struct parsed *p)
{
	text_fini(&p->text);
	diag_free(p->diag);
	arena_fini(&p->arena);
}

static const char *said(const struct parsed *p)
{
	return p->text.at ? p->text.at : "";
}

static void at_place(const struct doc_node *node, u32 line, u32 column, u32 width)
{
	cr_assert_eq(node->loc.line, line, "line %u", node->loc.line);
	cr_assert_eq(node->loc.column, column, "column %u", node->loc.column);
	cr_assert_eq(node->loc.width, width, "width %u", node->loc.width);
}

Test(doc, nodes_know_where_they_stand)
{
	struct parsed p = parse("a: 10ms\nb:\n  - x\n  - {c: [1, \"two\"]}\n");
	struct doc_node *list, *inner;

	cr_assert(p.good);
	cr_assert_eq(p.root->kind, DOC_MAP);
	cr_assert_eq(p.root->nr, 2);
	at_place(doc_get(p.root, "a"), 1, 4, 4);
	cr_assert_eq(doc_get(p.root, "a")->key_loc.column, 1);
	list = doc_get(p.root, "b");
	at_place(list->first, 3, 5, 1);
	inner = doc_get(list->first->next, "c");
	cr_assert_eq(inner->nr, 2);
	at_place(inner->first, 4, 10, 1);
	at_place(inner->last, 4, 13, 5);
	cr_assert(inner->first->plain && !inner->last->plain);
	parsed_fini(&p);
}

Test(doc, columns_count_characters_not_bytes)
{
	struct parsed p = parse("größe: {ß: 1}\n");

	at_place(p.root->first->first, 1, 12, 1);
	parsed_fini(&p);
}

Test(doc, scalars_keep_their_text)
{
	struct parsed p = parse("[6.10, 0x10, yes, ~, '~', , \"a\\tb\", 1_000]");
	const char *const texts[] = {"6.10", "0x10", "yes", NULL, "~", NULL, "a\tb", "1_000"};
	u32 i = 0;

	/* An item left out is an error in YAML. */
	cr_assert_not(p.good);
	parsed_fini(&p);

	p = parse("[6.10, 0x10, yes, ~, '~', null, \"a\\tb\", 1_000]");
	cr_assert(p.good);
	doc_for_each (item, p.root) {
		if (texts[i])
			cr_assert_str_eq(item->text, texts[i]);
		else
			cr_assert_eq(item->kind, DOC_NULL);
		i++;
	}
	cr_assert_eq(i, ARRAY_SIZE(texts));
	parsed_fini(&p);
}

Test(doc, nothing_is_no_root)
{
	const char *const nothing[] = {"", "\n\n", "# only a comment\n", "\xef\xbb\xbf"};

	for (u32 i = 0; i < ARRAY_SIZE(nothing); i++) {
		struct parsed p = parse(nothing[i]);

		cr_assert(p.good);
		cr_assert_null(p.root);
		parsed_fini(&p);
	}
}

Test(doc, an_alias_is_a_copy_at_the_anchors_place)
{
	struct parsed p = parse("a: &x {k: 1}\nb: *x\n");
	struct doc_node *a = doc_get(p.root, "a"), *b = doc_get(p.root, "b");

	cr_assert_neq(a, b);
	cr_assert_str_eq(b->key, "b");
	cr_assert_str_eq(doc_get_text(b, "k"), "1");
	at_place(doc_get(b, "k"), 1, 11, 1);
	a->first->text = "2";
	cr_assert_str_eq(doc_get_text(b, "k"), "1");
	parsed_fini(&p);
}

Test(doc, a_later_anchor_of_the_same_name_counts_from_there_on)
{
	struct parsed p = parse("[&a 1, *a, &a 2, *a]");

	cr_assert_str_eq(p.root->first->next->text, "1");
	cr_assert_str_eq(p.root->last->text, "2");
	parsed_fini(&p);
}

Test(doc, merged_keys_yield_to_own_ones_and_to_earlier_merges)
{
	struct parsed p = parse("a: &a {x: 1, y: 1, z: 1}\n"
				"b: &b {x: 2, w: 2}\n"
				"c:\n  <<: [*a, *b]\n  y: 3\n");
	struct doc_node *c = doc_get(p.root, "c");

	cr_assert(p.good);
	cr_assert_eq(c->nr, 4);
	cr_assert_str_eq(doc_get_text(c, "x"), "1");
	cr_assert_str_eq(doc_get_text(c, "y"), "3");
	cr_assert_str_eq(doc_get_text(c, "z"), "1");
	cr_assert_str_eq(doc_get_text(c, "w"), "2");
	cr_assert_null(doc_get(c, "<<"));
	parsed_fini(&p);
}

Test(doc, duplicate_keys_are_errors_unless_asked_for)
{
	const char *yaml = "a: 1\nb: 2\na: 3\nc: {d: 1, d: 2}\n";
	struct parsed p = parse(yaml);

	cr_assert_not(p.good);
	cr_assert_not_null(
		strstr(said(&p), "d.yaml:3:1: error: key 'a' occurs twice (first in line 1)"));
	cr_assert_not_null(strstr(said(&p), "d.yaml:4:11: error: key 'd' occurs twice"));
	parsed_fini(&p);

	p = parse_flags(yaml, strlen(yaml), DOC_DUPLICATES);
	cr_assert(p.good);
	cr_assert_eq(p.root->nr, 4);
	cr_assert_str_eq(p.root->first->next->next->text, "3");
	parsed_fini(&p);
}

/* Nested lists of this depth, in flow style. */
static struct parsed parse_nested(u32 depth)
{
	struct text yaml = {0};
	struct parsed p;

	for (u32 i = 0; i < depth; i++)
		text_add_char(&yaml, '[');
	for (u32 i = 0; i < depth; i++)
		text_add_char(&yaml, ']');
	p = parse_flags(yaml.at, yaml.len, DOC_NO_LINES);
	text_fini(&yaml);
	return p;
}

Test(doc, depth_is_limited)
{
	struct parsed p = parse_nested(DOC_DEPTH_MAX + 1);

	cr_assert(p.good, "%s", said(&p));
	parsed_fini(&p);
	p = parse_nested(DOC_DEPTH_MAX + 2);
	cr_assert_not(p.good);
	cr_assert_str_eq(said(&p), "d.yaml: error: nested deeper than 64 levels\n");
	parsed_fini(&p);
	p = parse_nested(50000); /* at once, not after seconds */
	cr_assert_not(p.good);
	parsed_fini(&p);
}

Test(doc, aliases_do_not_reach_deeper_than_the_limit)
{
	struct text yaml = {0};
	struct parsed p;

	/* Each anchor is one level deeper than the one it holds. */
	text_add(&yaml, "a0: &a0 [x]\n");
	for (u32 i = 1; i <= 70; i++)
		text_printf(&yaml, "a%u: &a%u [*a%u]\n", i, i, i - 1);
	p = parse_flags(yaml.at, yaml.len, 0);
	cr_assert_not(p.good);
	cr_assert_not_null(strstr(said(&p), "nested deeper than 64 levels"));
	parsed_fini(&p);
	text_fini(&yaml);
}

Test(doc, aliases_cannot_multiply_without_bound)
{
	struct text yaml = {0};
	struct parsed p;

	text_add(&yaml, "a0: &a0 [x, x]\n");
	for (u32 i = 1; i <= 40; i++)
		text_printf(&yaml, "a%u: &a%u [*a%u, *a%u]\n", i, i, i - 1, i - 1);
	p = parse_flags(yaml.at, yaml.len, 0);
	cr_assert_not(p.good);
	cr_assert_not_null(strstr(said(&p), "aliases add more than 100000 nodes"));
	parsed_fini(&p);
	text_fini(&yaml);
}

Test(doc, bytes_that_are_no_text_are_found_at_their_place)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *message;
	} cases[] = {
		{"a: 1\nb\0c", 8, "d.yaml:2:2: error: a NUL byte"},
		{"a: \xff", 4, "d.yaml:1:4: error: byte 0xff is not UTF-8"},
		{"\xc3\xa4: \xc0\x80", 6, "d.yaml:1:4: error: byte 0xc0"},
		{"a: \xed\xa0\x80", 6, "d.yaml:1:4: error: byte 0xed"},     /* a surrogate */
		{"a: \xf4\x90\x80\x80", 7, "d.yaml:1:4: error: byte 0xf4"}, /* > U+10FFFF */
		{"a: \xe2\x82", 5, "d.yaml:1:4: error: byte 0xe2"},         /* cut off */
		{"a: \x1b[0m", 7, "d.yaml:1:4: error: control character 0x1b"},
		{"a: \x7f", 4, "d.yaml:1:4: error: control character 0x7f"},
		{"a: \xc2\x81", 5, "a character that a text file must not have"},
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		struct parsed p = parse_flags(cases[i].bytes, cases[i].len, 0);

		cr_assert_not(p.good, "case %u", i);
		cr_assert_not_null(strstr(said(&p), cases[i].message), "case %u: %s", i, said(&p));
		parsed_fini(&p);
	}
}

Test(doc, a_file_too_large_is_not_even_looked_at)
{
	struct arena arena;
	struct diag *diag = diag_new();
	struct doc_node *root;

	arena_init(&arena);
	cr_assert_not(doc_parse(&arena, diag, 0, "x", (size_t)DOC_BYTES_MAX + 1, 0, &root));
	cr_assert_eq(diag_errors(diag), 1);
	diag_free(diag);
	arena_fini(&arena);
}

Test(doc, comments_of_json_become_blanks_and_texts_stay)
{
	char text[] =
		"{ // one\n \"a//b\": /* two\n lines */ 1, \"c\\\"/*\": 2,//x\n\"u\": \"h://y\" }";
	const char *blank =
		"{       \n \"a//b\":       \n          1, \"c\\\"/*\": 2,   \n\"u\": \"h://y\" }";

	doc_blank_comments(text, strlen(text));
	cr_assert_str_eq(text, blank);
}

Test(doc, an_unclosed_comment_or_text_ends_with_the_file)
{
	char comment[] = "{ /* no end\n";
	char quote[] = "{ \"no end \\";

	doc_blank_comments(comment, strlen(comment));
	cr_assert_str_eq(comment, "{          \n");
	doc_blank_comments(quote, strlen(quote));
	cr_assert_str_eq(quote, "{ \"no end \\");
}

Test(doc, json_is_known_by_its_beginning)
{
	cr_assert(doc_looks_like_json(" \n{", 3));
	cr_assert(doc_looks_like_json("/* x */ {", 9));
	cr_assert(doc_looks_like_json("// x\n{", 6));
	cr_assert_not(doc_looks_like_json("tasks:", 6));
	cr_assert_not(doc_looks_like_json("/usr: 1", 7));
	cr_assert_not(doc_looks_like_json("", 0));
}
