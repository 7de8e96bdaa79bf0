/* SPDX-License-Identifier: MIT */
/*
 * A JSON Schema checker for tests. Schema and value are both document trees, so a scenario is
 * checked as it is written; plain scalars have the types of YAML's core schema.
 *
 * A keyword that is not known here is a fault of the test: it would be passed over in silence.
 */
#include "schema_check.h"

#include <criterion/criterion.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

struct check {
	const struct doc_node *root; /* of the schema, for $ref */
	struct text *why;
};

static bool accepts(struct check *c, const struct doc_node *schema, const struct doc_node *value,
		    const char *path);

static bool fault(struct check *c, const char *path, const char *keyword)
{
	text_clear(c->why);
	text_printf(c->why, "%s breaks '%s'", *path ? path : "the document", keyword);
	return false;
}

static bool matches(const char *text, const char *pattern)
{
	regex_t regex;
	bool result;

	cr_assert_eq(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0, "pattern %s", pattern);
	result = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return result;
}

static bool is_number(const struct doc_node *value)
{
	return value->kind == DOC_SCALAR && value->plain &&
	       matches(value->text, "^[-+]?([0-9]+([.][0-9]*)?|[.][0-9]+)$");
}

static bool is_boolean(const struct doc_node *value)
{
	return value->kind == DOC_SCALAR && value->plain &&
	       matches(value->text, "^(true|True|TRUE|false|False|FALSE)$");
}

static bool has_type(const struct doc_node *value, const char *type)
{
	if (strcmp(type, "object") == 0)
		return value->kind == DOC_MAP;
	if (strcmp(type, "array") == 0)
		return value->kind == DOC_LIST;
	if (strcmp(type, "null") == 0)
		return value->kind == DOC_NULL;
	if (strcmp(type, "boolean") == 0)
		return is_boolean(value);
	if (strcmp(type, "number") == 0)
		return is_number(value);
	if (strcmp(type, "integer") == 0)
		return is_number(value) && !strchr(value->text, '.');
	cr_assert_str_eq(type, "string");
	return value->kind == DOC_SCALAR && !is_number(value) && !is_boolean(value);
}

static bool check_type(struct check *c, const struct doc_node *type, const struct doc_node *value,
		       const char *path)
{
	if (type->kind == DOC_SCALAR)
		return has_type(value, type->text) || fault(c, path, "type");
	doc_for_each (one, type) {
		if (has_type(value, one->text))
			return true;
	}
	return fault(c, path, "type");
}

static bool same_scalar(const struct doc_node *a, const struct doc_node *b)
{
	return a->kind == DOC_SCALAR && b->kind == DOC_SCALAR && strcmp(a->text, b->text) == 0;
}

static bool check_enum(struct check *c, const struct doc_node *list, const struct doc_node *value,
		       const char *path)
{
	doc_for_each (one, list) {
		if (same_scalar(one, value))
			return true;
	}
	return fault(c, path, "enum");
}

/* Whole numbers only: fractions are compared by their integer part, which our limits allow. */
static bool check_limit(struct check *c, const struct doc_node *limit, const struct doc_node *value,
			const char *path)
{
	long long bound = strtoll(limit->text, NULL, 10), number;

	if (!is_number(value))
		return true;
	number = strlen(value->text) > 18 ? INT64_MAX : strtoll(value->text, NULL, 10);
	if (strcmp(limit->key, "maximum") == 0 ? number <= bound : number >= bound)
		return true;
	return fault(c, path, limit->key);
}

static bool check_count(struct check *c, const struct doc_node *limit, const struct doc_node *value,
			const char *path)
{
	u32 bound = (u32)strtoul(limit->text, NULL, 10);
	bool items = strstr(limit->key, "Items") != NULL;

	if (value->kind != (items ? DOC_LIST : DOC_MAP))
		return true;
	if (strncmp(limit->key, "max", 3) == 0 ? value->nr <= bound : value->nr >= bound)
		return true;
	return fault(c, path, limit->key);
}

static bool check_any(struct check *c, const struct doc_node *list, const struct doc_node *value,
		      const char *path)
{
	doc_for_each (one, list) {
		if (accepts(c, one, value, path))
			return true;
	}
	/* The last alternative's fault would mislead if the first was meant: name the place. */
	return fault(c, path, "anyOf");
}

static bool check_one(struct check *c, const struct doc_node *list, const struct doc_node *value,
		      const char *path)
{
	u32 nr = 0;

	doc_for_each (one, list) {
		nr += accepts(c, one, value, path);
	}
	return nr == 1 || fault(c, path, "oneOf");
}

static bool check_items(struct check *c, const struct doc_node *schema,
			const struct doc_node *value, const char *path)
{
	u32 i = 0;

	if (value->kind != DOC_LIST)
		return true;
	doc_for_each (item, value) {
		char inner[512];

		snprintf(inner, sizeof(inner), "%s[%u]", path, i++);
		if (!accepts(c, schema, item, inner))
			return false;
	}
	return true;
}

/* The schema for a key: of properties, patternProperties or additionalProperties. */
static const struct doc_node *property_schema(const struct doc_node *schema, const char *key)
{
	const struct doc_node *properties = doc_get(schema, "properties");
	const struct doc_node *patterns = doc_get(schema, "patternProperties");
	const struct doc_node *found = properties ? doc_get(properties, key) : NULL;

	if (found)
		return found;
	if (patterns) {
		doc_for_each (pattern, patterns) {
			if (matches(key, pattern->key))
				return pattern;
		}
	}
	return doc_get(schema, "additionalProperties");
}

static bool check_properties(struct check *c, const struct doc_node *schema,
			     const struct doc_node *value, const char *path)
{
	if (value->kind != DOC_MAP)
		return true;
	doc_for_each (member, value) {
		const struct doc_node *inner_schema = property_schema(schema, member->key);
		char inner[512];

		snprintf(inner, sizeof(inner), "%s.%s", path, member->key);
		if (inner_schema && !accepts(c, inner_schema, member, inner))
			return false;
	}
	return true;
}

static bool check_required(struct check *c, const struct doc_node *list,
			   const struct doc_node *value, const char *path)
{
	doc_for_each (key, list) {
		if (value->kind == DOC_MAP && !doc_get(value, key->text))
			return fault(c, path, "required");
	}
	return true;
}

static bool check_ref(struct check *c, const struct doc_node *ref, const struct doc_node *value,
		      const char *path)
{
	const struct doc_node *target;

	cr_assert_eq(strncmp(ref->text, "#/$defs/", 8), 0, "reference %s", ref->text);
	target = doc_get(doc_get(c->root, "$defs"), ref->text + 8);
	cr_assert_not_null(target, "reference %s", ref->text);
	return accepts(c, target, value, path);
}

static bool is_annotation(const char *keyword)
{
	static const char *const words[] = {"$schema",
					    "$id",
					    "$defs",
					    "title",
					    "description",
					    "patternProperties",
					    "additionalProperties"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(words[i], keyword) == 0)
			return true;
	return false;
}

static bool check_keyword(struct check *c, const struct doc_node *schema,
			  const struct doc_node *keyword, const struct doc_node *value,
			  const char *path)
{
	const char *word = keyword->key;

	if (strcmp(word, "type") == 0)
		return check_type(c, keyword, value, path);
	if (strcmp(word, "$ref") == 0)
		return check_ref(c, keyword, value, path);
	if (strcmp(word, "anyOf") == 0)
		return check_any(c, keyword, value, path);
	if (strcmp(word, "oneOf") == 0)
		return check_one(c, keyword, value, path);
	if (strcmp(word, "not") == 0)
		return !accepts(c, keyword, value, path) || fault(c, path, "not");
	if (strcmp(word, "enum") == 0)
		return check_enum(c, keyword, value, path);
	if (strcmp(word, "const") == 0)
		return same_scalar(keyword, value) || fault(c, path, "const");
	if (strcmp(word, "pattern") == 0)
		return !has_type(value, "string") || matches(value->text, keyword->text) ||
		       fault(c, path, "pattern");
	if (strcmp(word, "minimum") == 0 || strcmp(word, "maximum") == 0 ||
	    strcmp(word, "exclusiveMinimum") == 0)
		return check_limit(c, keyword, value, path);
	if (strcmp(word, "items") == 0)
		return check_items(c, keyword, value, path);
	if (strcmp(word, "properties") == 0)
		return true; /* below, with its two kin */
	if (strcmp(word, "required") == 0)
		return check_required(c, keyword, value, path);
	if (strncmp(word, "min", 3) == 0 || strncmp(word, "max", 3) == 0)
		return check_count(c, keyword, value, path);
	cr_assert(is_annotation(word), "unknown keyword '%s'", word);
	(void)schema;
	return true;
}

static bool accepts(struct check *c, const struct doc_node *schema, const struct doc_node *value,
		    const char *path)
{
	if (schema->kind == DOC_SCALAR)
		return strcmp(schema->text, "true") == 0 || fault(c, path, "additionalProperties");
	doc_for_each (keyword, schema) {
		if (!check_keyword(c, schema, keyword, value, path))
			return false;
	}
	return check_properties(c, schema, value, path);
}

bool schema_accepts(const struct doc_node *schema, const struct doc_node *value, struct text *why)
{
	struct check c = {.root = schema, .why = why};

	return accepts(&c, schema, value, "");
}
