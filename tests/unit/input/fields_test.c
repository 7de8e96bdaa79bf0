/* SPDX-License-Identifier: MIT */
/* A table of fields reads a map into a struct, or says what is wrong with it. */
#include "input/fields.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/text.h"

enum { SMALL, MIDDLE, LARGE };
static const char *const size_words[] = {"small", "middle", "large"};

struct target {
	u8 tiny;
	u16 port;
	u32 count;
	u64 big;
	s8 nice;
	s64 offset;
	bool on;
	u64 ns, bytes;
	u8 size;
	const char *text;
	const struct doc_node *node;
	u32 calls;
};

static bool count_call(struct reader *r, const struct doc_node *value, void *target)
{
	struct target *t = target;

	(void)r;
	t->calls += value->kind == DOC_LIST ? value->nr : 1;
	return true;
}

static const struct field table[] = {
	FIELD("tiny", FIELD_UINT, struct target, tiny, .highest = 255),
	FIELD("port", FIELD_UINT, struct target, port, .lowest = 1, .highest = 65535),
	FIELD("count", FIELD_UINT, struct target, count, .highest = UINT32_MAX),
	FIELD("big", FIELD_UINT, struct target, big, .highest = UINT64_MAX),
	FIELD("nice", FIELD_INT, struct target, nice, .lowest = -20, .highest = 19),
	FIELD("offset", FIELD_INT, struct target, offset, .lowest = INT64_MIN,
	      .highest = INT64_MAX),
	FIELD("on", FIELD_BOOL, struct target, on),
	FIELD("time", FIELD_DURATION, struct target, ns, .lowest = 1, .highest = SEC),
	FIELD("bytes", FIELD_SIZE, struct target, bytes, .lowest = 1, .highest = 1 << 20),
	FIELD("size", FIELD_WORD, struct target, size, .words = size_words,
	      .nr_words = ARRAY_SIZE(size_words)),
	FIELD("text", FIELD_TEXT, struct target, text),
	FIELD("node", FIELD_NODE, struct target, node),
	{.key = "call", .kind = FIELD_CALL, .call = count_call},
	{.key = "own-", .kind = FIELD_OWN},
	FIELD("must", FIELD_UINT, struct target, tiny, .highest = 9, .required = true),
};

struct read_result {
	struct arena arena;
	struct diag *diag;
	struct target target;
	bool good;
	struct text text;
};

static struct read_result read_map(const char *yaml)
{
	struct read_result result = {.diag = diag_new(), .target.tiny = 77, .target.nice = 5};
	struct doc_node *root;
	struct reader r;

	arena_init(&result.arena);
	r = (struct reader){.diag = result.diag, .scratch = &result.arena};
	cr_assert(doc_parse(&result.arena, result.diag, diag_add_source(result.diag, "f", NULL, 0),
			    yaml, strlen(yaml), 0, &root));
	result.good = fields_read(&r, root, "the map", table, ARRAY_SIZE(table), &result.target);
	text_add(&result.text, "");
	diag_to_text(result.diag, &result.text);
	return result;
}

static void result_fini(struct read_result *result)
{
	text_fini(&result->text);
	diag_free(result->diag);
	arena_fini(&result->arena);
}

Test(fields, members_of_every_size_and_kind_are_set)
{
	struct read_result r = read_map("{must: 7, port: 65535, count: 4294967295,"
					" big: 18446744073709551615, nice: -20,"
					" offset: -9223372036854775808, on: true, time: 1.5ms,"
					" bytes: 4KiB, size: large, text: 'x y', node: [1, 2],"
					" call: [a, b, c], own-thing: {z: 1}}");

	cr_assert(r.good, "%s", r.text.at);
	cr_assert_eq(r.target.tiny, 7);
	cr_assert_eq(r.target.port, 65535);
	cr_assert_eq(r.target.count, UINT32_MAX);
	cr_assert_eq(r.target.big, UINT64_MAX);
	cr_assert_eq(r.target.nice, -20);
	cr_assert_eq(r.target.offset, INT64_MIN);
	cr_assert(r.target.on);
	cr_assert_eq(r.target.ns, 1500 * USEC);
	cr_assert_eq(r.target.bytes, 4096);
	cr_assert_eq(r.target.size, LARGE);
	cr_assert_str_eq(r.target.text, "x y");
	cr_assert_eq(r.target.node->nr, 2);
	cr_assert_eq(r.target.calls, 3);
	result_fini(&r);
}

Test(fields, what_is_not_there_or_wrong_stays_as_it_was)
{
	struct read_result r = read_map("{nice: 20, must: 10}");

	cr_assert_not(r.good);
	cr_assert_eq(r.target.nice, 5);
	cr_assert_eq(r.target.tiny, 77);
	result_fini(&r);
}

Test(fields, every_mistake_is_reported)
{
	struct read_result r = read_map("{prot: 1, port: 0, on: maybe, time: 2s, bytes: 0,"
					" size: lage, text: [], nice: '3'}");
	static const char *const messages[] = {
		"f:1:2: error: unknown key 'prot' in the map (did you mean 'port'?)\n",
		"f:1:17: error: 'port' must be a whole number from 1 to 65535, not '0'\n",
		"f:1:24: error: 'on' must be true or false, not 'maybe'\n",
		"f:1:37: error: 'time' must be at most 1 s, not '2s'\n",
		"f:1:48: error: 'bytes' must be from 1 to 1048576 bytes, not '0'\n",
		("f:1:57: error: 'size' must be small, middle or large, not 'lage' (did you mean "
		 "'large'?)\n"),
		"f:1:69: error: 'text' must be a text, not a list\n",
		"f:1:79: error: 'nice' must be a whole number from -20 to 19, without quotes\n",
		"f:1:1: error: the map has no 'must'\n",
	};

	cr_assert_not(r.good);
	cr_assert_eq(diag_errors(r.diag), ARRAY_SIZE(messages));
	for (u32 i = 0; i < ARRAY_SIZE(messages); i++)
		cr_assert_not_null(strstr(r.text.at, messages[i]), "%s\n%s", messages[i],
				   r.text.at);
	result_fini(&r);
}

Test(fields, a_map_must_be_one)
{
	struct read_result r = read_map("[1, 2]");

	cr_assert_not(r.good);
	cr_assert_str_eq(r.text.at, "f:1:1: error: this item must be a map, not a list\n");
	result_fini(&r);
}

Test(fields, quoted_text_is_cut_between_characters)
{
	struct read_result r =
		read_map("{must: "
			 "\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4"
			 "\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4"
			 "x\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4}");

	/* 60 bytes end within the tenth of the last ten: it is left out. */
	cr_assert_not_null(strstr(r.text.at,
				  "\u00e4x\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4"
				  "\u00e4...'"),
			   "%s", r.text.at);
	result_fini(&r);
}
