/* SPDX-License-Identifier: MIT */
/*
 * Reading a map by a table of its keys.
 */
#include "input/fields.h"

#include "base/ensure.h"
#include "base/text.h"
#include "input/synonyms.h"

#include <string.h>

enum { NAME_MAX_LEN = 100, QUOTE_MAX_LEN = 60 };

const char *clip_text(struct reader *r, const char *text)
{
	size_t len = strlen(text), cut = QUOTE_MAX_LEN;

	if (len <= QUOTE_MAX_LEN)
		return text;
	while (cut > 0 && ((u8)text[cut] & 0xc0) == 0x80)
		cut--;
	return arena_printf(r->scratch, "%.*s...", (int)cut, text);
}

const char *did_you_mean(struct reader *r, const char *word, const char *const *candidates,
			 size_t nr)
{
	const char *best = synonym_of(word, candidates, nr);

	if (!best)
		best = text_suggest(word, candidates, nr);
	return best ? arena_printf(r->scratch, " (did you mean '%s'?)", best) : "";
}

const char *node_label(struct reader *r, const struct doc_node *node)
{
	return node->key ? arena_printf(r->scratch, "'%s'", clip_text(r, node->key)) : "this item";
}

const char *node_found(struct reader *r, const struct doc_node *node)
{
	switch (node->kind) {
	case DOC_NULL:
		return "empty";
	case DOC_LIST:
		return "a list";
	case DOC_MAP:
		return "a map";
	default:
		return arena_printf(r->scratch, "'%s'", clip_text(r, node->text));
	}
}

/* Where to point for a value: an empty one has no width, so point at its key. */
static struct loc value_loc(const struct doc_node *node)
{
	return node->kind == DOC_NULL && node->key ? node->key_loc : node->loc;
}

bool node_mismatch(struct reader *r, const struct doc_node *node, const char *wanted)
{
	return diag_error(r->diag, value_loc(node), "%s must be %s, not %s", node_label(r, node),
			  wanted, node_found(r, node));
}

/* Numbers and booleans are written without quotes: "8" is a text. */
static bool plain_scalar(struct reader *r, const struct doc_node *node, const char *wanted)
{
	if (node->kind != DOC_SCALAR)
		return node_mismatch(r, node, wanted);
	if (!node->plain)
		return diag_error(r->diag, node->loc, "%s must be %s, without quotes",
				  node_label(r, node), wanted);
	return true;
}

static const char *range_text(struct reader *r, s64 lowest, u64 highest)
{
	if (lowest < 0 || highest < INT64_MAX)
		return arena_printf(r->scratch, "a whole number from %" PRId64 " to %" PRId64,
				    lowest, (s64)highest);
	if (highest == UINT64_MAX && !lowest)
		return arena_printf(r->scratch, "a whole number from 0 to %" PRIu64, highest);
	return arena_printf(r->scratch, "a whole number from %" PRId64 " on", lowest);
}

bool read_uint(struct reader *r, const struct doc_node *node, u64 lowest, u64 highest, u64 *out)
{
	const char *wanted = range_text(r, (s64)lowest, highest);
	const char *error;
	u64 value;

	if (!plain_scalar(r, node, wanted))
		return false;
	if (!parse_u64(node->text, strlen(node->text), &value, &error) || value < lowest ||
	    value > highest)
		return node_mismatch(r, node, wanted);
	*out = value;
	return true;
}

bool read_int(struct reader *r, const struct doc_node *node, s64 lowest, s64 highest, s64 *out)
{
	const char *wanted = range_text(r, lowest, (u64)highest);
	const char *error;
	s64 value;

	if (!plain_scalar(r, node, wanted))
		return false;
	if (!parse_s64(node->text, strlen(node->text), &value, &error) || value < lowest ||
	    value > highest)
		return node_mismatch(r, node, wanted);
	*out = value;
	return true;
}

bool read_bool(struct reader *r, const struct doc_node *node, bool *out)
{
	if (!plain_scalar(r, node, "true or false"))
		return false;
	if (!parse_bool(node->text, strlen(node->text), out))
		return node_mismatch(r, node, "true or false");
	return true;
}

/* It begins as one: what is wrong with the rest is worth a word. */
static bool is_quantity(const char *text)
{
	text += *text == '-';
	return *text >= '0' && *text <= '9';
}

bool read_duration(struct reader *r, const struct doc_node *node, u64 lowest, u64 highest, u64 *out)
{
	const char *error, *wanted = "a time such as 10ms";
	u64 value;

	if (node->kind != DOC_SCALAR || !is_quantity(node->text))
		return node_mismatch(r, node, wanted);
	if (strcmp(node->text, "0") == 0)
		value = 0;
	else if (!parse_duration(node->text, strlen(node->text), 0, &value, &error))
		return diag_error(r->diag, node->loc, "%s must be %s, not %s: %s",
				  node_label(r, node), wanted, node_found(r, node), error);
	if (value < lowest || value > highest) {
		char bound[16] = "52 days"; /* of NEVER */

		if (value < lowest || highest != NEVER)
			format_duration(value < lowest ? lowest : highest, bound);
		return diag_error(r->diag, node->loc, "%s must be at %s %s, not %s",
				  node_label(r, node), value < lowest ? "least" : "most", bound,
				  node_found(r, node));
	}
	*out = value;
	return true;
}

bool read_size(struct reader *r, const struct doc_node *node, u64 lowest, u64 highest, u64 *out)
{
	const char *error, *wanted = "a number of bytes such as 4096 or 64KiB";
	u64 value;

	if (node->kind != DOC_SCALAR || !is_quantity(node->text))
		return node_mismatch(r, node, wanted);
	if (!parse_size(node->text, strlen(node->text), &value, &error))
		return diag_error(r->diag, node->loc, "%s must be %s, not %s: %s",
				  node_label(r, node), wanted, node_found(r, node), error);
	if (value < lowest || value > highest)
		return diag_error(r->diag, node->loc,
				  "%s must be from %" PRIu64 " to %" PRIu64 " bytes, not %s",
				  node_label(r, node), lowest, highest, node_found(r, node));
	*out = value;
	return true;
}

/* "a, b or c" */
static const char *word_list(struct reader *r, const char *const *words, u32 nr)
{
	struct text list = {0};
	const char *result;

	for (u32 i = 0; i < nr; i++)
		text_printf(&list, "%s%s", i == 0 ? "" : i + 1 == nr ? " or " : ", ", words[i]);
	result = arena_strndup(r->scratch, list.at, list.len);
	text_fini(&list);
	return result;
}

bool read_word(struct reader *r, const struct doc_node *node, const char *const *words, u32 nr,
	       u32 *out)
{
	*out = 0;
	if (node->kind == DOC_SCALAR) {
		for (u32 i = 0; i < nr; i++) {
			if (strcmp(node->text, words[i]) == 0) {
				*out = i;
				return true;
			}
		}
		return diag_error(r->diag, node->loc, "%s must be %s, not %s%s",
				  node_label(r, node), word_list(r, words, nr), node_found(r, node),
				  did_you_mean(r, node->text, words, nr));
	}
	return node_mismatch(r, node, word_list(r, words, nr));
}

bool read_text(struct reader *r, const struct doc_node *node, const char **out)
{
	if (node->kind != DOC_SCALAR || !*node->text)
		return node_mismatch(r, node, "a text");
	*out = node->text;
	return true;
}

static bool can_name(struct reader *r, struct loc loc, const char *label, const char *text)
{
	if (strlen(text) > NAME_MAX_LEN)
		return diag_error(r->diag, loc, "%s is longer than %d bytes", label, NAME_MAX_LEN);
	for (const char *s = text; *s; s++)
		if ((u8)*s < ' ' || *s == 0x7f)
			return diag_error(r->diag, loc, "%s must be a name of printable characters",
					  label);
	return true;
}

bool read_name(struct reader *r, const struct doc_node *node, const char **out)
{
	if (node->kind != DOC_SCALAR || !*node->text)
		return node_mismatch(r, node, "a name");
	*out = node->text;
	return can_name(r, node->loc, node_label(r, node), node->text);
}

bool read_key(struct reader *r, const struct doc_node *node, const char **out)
{
	if (!*node->key)
		return diag_error(r->diag, node->key_loc, "this key must be a name, not ''");
	*out = node->key;
	return can_name(r, node->key_loc, "this key", node->key);
}

bool fields_unknown_key(struct reader *r, const struct doc_node *value, const char *where,
			const char *const *keys, size_t nr)
{
	return diag_error(r->diag, value->key_loc, "unknown key '%s' in %s%s",
			  clip_text(r, value->key), where, did_you_mean(r, value->key, keys, nr));
}

static void store(void *member, u16 size, u64 value)
{
	switch (size) {
	case 1:
		*(u8 *)member = (u8)value;
		break;
	case 2:
		*(u16 *)member = (u16)value;
		break;
	case 4:
		*(u32 *)member = (u32)value;
		break;
	default:
		ensure(size == 8);
		*(u64 *)member = value;
	}
}

static bool read_number(struct reader *r, const struct field *field, const struct doc_node *value,
			void *member)
{
	u64 unsigned_value = 0;
	s64 signed_value = 0;
	u32 word = 0;
	bool good;

	switch (field->kind) {
	case FIELD_UINT:
		good = read_uint(r, value, (u64)field->lowest, field->highest, &unsigned_value);
		break;
	case FIELD_DURATION:
		good = read_duration(r, value, (u64)field->lowest, field->highest, &unsigned_value);
		break;
	case FIELD_SIZE:
		good = read_size(r, value, (u64)field->lowest, field->highest, &unsigned_value);
		break;
	case FIELD_WORD:
		good = read_word(r, value, field->words, field->nr_words, &word);
		unsigned_value = word;
		break;
	default:
		good = read_int(r, value, field->lowest, (s64)field->highest, &signed_value);
		unsigned_value = (u64)signed_value;
	}
	if (good)
		store(member, field->size, unsigned_value);
	return good;
}

bool fields_said_twice(struct reader *r, const struct doc_node *first,
		       const struct doc_node *second)
{
	if (!first || !second)
		return false;
	diag_error(r->diag, second->key_loc,
		   "'%s' and '%s' say the same thing: one of them is enough", first->key,
		   second->key);
	return true;
}

static bool read_node(struct reader *r, const struct doc_node *value,
		      const struct doc_node **member)
{
	if (fields_said_twice(r, *member, value))
		return false;
	*member = value;
	return true;
}

static bool read_field(struct reader *r, const struct field *field, const struct doc_node *value,
		       void *target)
{
	void *member = (char *)target + field->offset;

	switch (field->kind) {
	case FIELD_BOOL:
		return read_bool(r, value, member);
	case FIELD_TEXT:
		return read_text(r, value, member);
	case FIELD_NODE:
		return read_node(r, value, member);
	case FIELD_CALL:
		return field->call(r, value, target);
	case FIELD_OWN:
		return true;
	default:
		return read_number(r, field, value, member);
	}
}

static const struct field *find_field(const struct field *table, size_t nr, const char *key)
{
	for (size_t i = 0; i < nr; i++) {
		bool prefix = table[i].kind == FIELD_OWN;

		if (prefix ? strncmp(table[i].key, key, strlen(table[i].key)) == 0
			   : strcmp(table[i].key, key) == 0)
			return &table[i];
	}
	return NULL;
}

static bool report_unknown(struct reader *r, const struct doc_node *value, const char *where,
			   const struct field *table, size_t nr)
{
	const char **keys = arena_array(r->scratch, const char *, nr);
	size_t nr_keys = 0;

	for (size_t i = 0; i < nr; i++)
		if (table[i].kind != FIELD_OWN)
			keys[nr_keys++] = table[i].key;
	return fields_unknown_key(r, value, where, keys, nr_keys);
}

bool fields_read(struct reader *r, const struct doc_node *map, const char *where,
		 const struct field *table, size_t nr, void *target)
{
	bool good = true;

	if (map->kind != DOC_MAP)
		return node_mismatch(r, map, "a map");
	doc_for_each (value, map) {
		const struct field *field = find_field(table, nr, value->key);

		if (!field)
			good = report_unknown(r, value, where, table, nr);
		else if (!read_field(r, field, value, target))
			good = false;
	}
	for (size_t i = 0; i < nr; i++)
		if (table[i].required && !doc_get(map, table[i].key))
			good = diag_error(r->diag, map->loc, "%s has no '%s'", where, table[i].key);
	return good;
}
