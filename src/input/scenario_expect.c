/* SPDX-License-Identifier: MIT */
/*
 * `expect:`: promises about the result, one per item, as text: "tasks.web.cpu_ns >= 100ms".
 *
 * A promise is a path into the result, a comparison and a value. Values are integers in the
 * metric's own unit, times, or per cents of a whole (for metrics in ppm).
 */
#include "input/scenario.h"

#include "base/text.h"

#include <string.h>

enum { PPM_PER_CENT = 10000, HUNDRED_PER_CENT = 100 * PPM_PER_CENT };

/* A stretch of the promise's text. */
struct piece {
	const char *at;
	size_t len;
};

static const struct comparison {
	const char *word;
	enum expect_op op;
} comparisons[] = {
	{"==", EXPECT_EQ}, {"!=", EXPECT_NE}, {"<=", EXPECT_LE},  {">=", EXPECT_GE},
	{"<", EXPECT_LT},  {">", EXPECT_GT},  {"~", EXPECT_NEAR},
};

static struct piece trim(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	while (end > at && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return (struct piece){at, (size_t)(end - at)};
}

/* A mistake in @piece of the text of @node. */
static bool fail_at(struct reader *r, const struct doc_node *node, struct piece piece,
		    const char *why)
{
	struct loc loc = node->loc;

	if (loc.column && loc.width >= strlen(node->text)) {
		loc.column += (u32)(piece.at - node->text) + !node->plain;
		loc.width = (u32)piece.len;
	}
	return diag_error(r->diag, loc, "%s", why);
}

/* "12.5%" in ppm. */
static bool parse_percent(struct piece piece, u64 *out)
{
	u64 value = 0, unit = HUNDRED_PER_CENT / 100;
	bool point = false;

	for (size_t i = 0; i + 1 < piece.len; i++) {
		char c = piece.at[i];

		if (c == '.' && !point && i > 0) {
			point = true;
		} else if (c < '0' || c > '9' || value > INT64_MAX / 100) {
			return false;
		} else if (!point) {
			value = value * 10 + (u64)(c - '0') * PPM_PER_CENT;
		} else {
			unit /= 10;
			value += (u64)(c - '0') * unit;
			if (!unit && c != '0')
				return false;
		}
	}
	*out = value;
	return piece.len > 1;
}

static bool ends_in(struct piece piece, char c)
{
	return piece.len && piece.at[piece.len - 1] == c;
}

/* An integer, a time, or per cents as ppm. */
static bool parse_value(struct piece piece, s64 *out)
{
	const char *error;
	u64 value;

	if (parse_s64(piece.at, piece.len, out, &error))
		return true;
	if (ends_in(piece, '%') ? !parse_percent(piece, &value)
				: !parse_duration(piece.at, piece.len, 0, &value, &error))
		return false;
	if (value > INT64_MAX)
		return false;
	*out = (s64)value;
	return true;
}

/* The unit in which a value that has been parsed is written: EXPECT_IN_*; 0: none. */
static u32 unit_of(struct piece piece)
{
	char last = piece.len ? piece.at[piece.len - 1] : '0';

	if (last == '%')
		return EXPECT_IN_PERCENT;
	return last < '0' || last > '9' ? EXPECT_IN_TIME : 0;
}

/* "4ms", or "1%" of @value. */
static bool parse_tolerance(struct piece piece, s64 value, u64 *out)
{
	u64 whole = value < 0 ? -(u64)value : (u64)value, ppm;
	s64 tolerance;

	if (ends_in(piece, '%')) {
		if (!parse_percent(piece, &ppm) || ppm > HUNDRED_PER_CENT)
			return false;
		*out = (u64)((u128)whole * ppm / HUNDRED_PER_CENT);
		return true;
	}
	if (!parse_value(piece, &tolerance) || tolerance < 0)
		return false;
	*out = (u64)tolerance;
	return true;
}

static const struct comparison *find_comparison(const char *at)
{
	for (size_t i = 0; i < ARRAY_SIZE(comparisons); i++)
		if (strncmp(at, comparisons[i].word, strlen(comparisons[i].word)) == 0)
			return &comparisons[i];
	return NULL;
}

/* Where "+-" or the plus-minus sign stands in @at; NULL if nowhere. */
static const char *find_tolerance(const char *at, size_t *len)
{
	const char *ascii = strstr(at, "+-"), *sign = strstr(at, "\u00b1");

	*len = 2;
	return ascii ? ascii : sign;
}

static bool read_promise(struct reader *r, const struct doc_node *node)
{
	const char *text = node->text, *end = text + strlen(text);
	const char *op_at = text + strcspn(text, "=!<>~"), *value_at, *tolerance_at;
	const struct comparison *comparison = find_comparison(op_at);
	struct piece path = trim(text, op_at), value_piece, tolerance_piece;
	size_t sign_len;
	u64 tolerance = 0;
	u32 units;
	s64 value;

	if (!path.len || !comparison)
		return diag_error(r->diag, node->loc,
				  "a promise is PATH OP VALUE, such as tasks.web.cpu_ns >= 100ms; "
				  "OP is == != < <= > >= or ~");
	value_at = op_at + strlen(comparison->word);
	tolerance_at = find_tolerance(value_at, &sign_len);
	value_piece = trim(value_at, tolerance_at ? tolerance_at : end);
	if (!parse_value(value_piece, &value))
		return fail_at(
			r, node, value_piece,
			"the value must be a whole number, a time such as 100ms or per cents");
	units = unit_of(value_piece);
	if ((comparison->op == EXPECT_NEAR) != (tolerance_at != NULL))
		return diag_error(r->diag, node->loc,
				  "'~' goes with a tolerance and others without: "
				  "tasks.web.cpu_ns ~ 500ms +- 1%%");
	if (tolerance_at) {
		tolerance_piece = trim(tolerance_at + sign_len, end);
		if (!parse_tolerance(tolerance_piece, value, &tolerance))
			return fail_at(r, node, tolerance_piece,
				       "the tolerance must be like the value, or up to 100%");
		/* Per cents of the value go with any unit. */
		units |= unit_of(tolerance_piece) & EXPECT_IN_TIME;
	}
	builder_expect(r->builder, node->loc, arena_strndup(r->scratch, path.at, path.len),
		       comparison->op, value, tolerance, units, text);
	return true;
}

void scenario_expect(struct reader *r, const struct doc_node *expect)
{
	if (expect->kind == DOC_NULL)
		return;
	if (expect->kind != DOC_LIST) {
		node_mismatch(r, expect, "a list of promises");
		return;
	}
	doc_for_each (node, expect) {
		if (node->kind != DOC_SCALAR)
			node_mismatch(r, node, "a promise such as tasks.web.cpu_ns >= 100ms");
		else
			(void)!read_promise(r, node);
	}
}
