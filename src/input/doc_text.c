/* SPDX-License-Identifier: MIT */
/*
 * The characters of a document: what a text file may contain, JSON's comments, and better words
 * for the parser's commonest complaints.
 */
#include "input/doc_text.h"

#include "base/utf8.h"
#include "input/doc.h"

#include <string.h>

struct loc doc_text_loc(u32 source, const char *text, size_t len, size_t offset)
{
	struct loc loc = {.source = source, .line = 1, .column = 1, .width = 1};

	for (size_t i = 0; i < offset && i < len; i++) {
		if (text[i] == '\n') {
			loc.line++;
			loc.column = 1;
		} else if (!utf8_continues(text[i])) {
			loc.column++;
		}
	}
	return loc;
}

static bool is_control(char c)
{
	return ((u8)c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7f;
}

bool doc_text_check(struct diag *diag, u32 source, const char *text, size_t len, unsigned flags)
{
	struct loc whole = {.source = source};

	if (len > DOC_BYTES_MAX)
		return diag_error(diag, whole, "too large: %zu bytes, at most %d are read", len,
				  DOC_BYTES_MAX);
	for (size_t i = 0; i < len;) {
		size_t step = utf8_length(text + i, len - i);

		if (step && !is_control(text[i])) {
			i += step;
			continue;
		}
		if (!(flags & DOC_NO_LINES))
			whole = doc_text_loc(source, text, len, i);
		if (!text[i])
			return diag_error(diag, whole, "a NUL byte: this is not a text file");
		if (step)
			return diag_error(diag, whole, "control character 0x%02x", (u8)text[i]);
		return diag_error(diag, whole, "byte 0x%02x is not UTF-8", (u8)text[i]);
	}
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool doc_looks_like_json(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && is_blank(text[i]))
		i++;
	if (i == len)
		return false;
	return text[i] == '{' ||
	       (text[i] == '/' && i + 1 < len && (text[i + 1] == '/' || text[i + 1] == '*'));
}

static size_t blank_until(char *text, size_t len, size_t i, const char *end, bool with_end)
{
	size_t n = strlen(end);

	for (; i < len; i++) {
		if (i + n <= len && memcmp(text + i, end, n) == 0) {
			if (!with_end)
				return i;
			memset(text + i, ' ', n);
			return i + n;
		}
		if (text[i] != '\n')
			text[i] = ' ';
	}
	return len;
}

/* "//" begins a comment only where a token could begin, so that http://... stays. */
static bool may_begin_comment(const char *text, size_t i)
{
	return i == 0 || is_blank(text[i - 1]) || strchr(",{}[]\"", text[i - 1]);
}

void doc_blank_comments(char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		if (text[i] == '"') {
			for (i++; i < len && text[i] != '"'; i++)
				if (text[i] == '\\')
					i++;
			i++;
		} else if (i + 1 < len && text[i] == '/' && text[i + 1] == '*') {
			memset(text + i, ' ', 2);
			i = blank_until(text, len, i + 2, "*/", true);
		} else if (i + 1 < len && text[i] == '/' && text[i + 1] == '/' &&
			   may_begin_comment(text, i)) {
			i = blank_until(text, len, i, "\n", false);
		} else {
			i++;
		}
	}
}

/* The byte at which character @index begins. */
static size_t byte_of(const char *text, size_t len, size_t index)
{
	size_t i = 0;

	while (i < len && index > 0) {
		i++;
		while (i < len && utf8_continues(text[i]))
			i++;
		index--;
	}
	return i;
}

bool doc_text_is_rest_blank(const char *text, size_t len, size_t index)
{
	size_t at = byte_of(text, len, index);

	while (at < len && is_blank(text[at]))
		at++;
	return at == len;
}

/* Four hexadecimal digits after "\u"; false if there is no such escape. */
static bool unicode_escape(const char *s, size_t len, u32 *code)
{
	*code = 0;
	if (len < 6 || s[0] != '\\' || s[1] != 'u')
		return false;
	for (int i = 2; i < 6; i++) {
		const char *digits = "0123456789abcdef";
		const char *at = s[i] ? strchr(digits, s[i] | 0x20) : NULL;

		if (!at)
			return false;
		*code = *code << 4 | (u32)(at - digits);
	}
	return true;
}

/*
 * JSON writes characters beyond U+FFFF as two escapes, which YAML does not join. The parser points
 * into or before the escape, so look at what is near.
 */
static const char *surrogate_hint(struct arena *arena, const char *text, size_t len, size_t at)
{
	u32 high, low;

	for (size_t i = at >= 8 ? at - 8 : 0; i < len && i < at + 8; i++) {
		if (!unicode_escape(text + i, len - i, &high) || high < 0xd800 || high > 0xdfff)
			continue;
		if (high < 0xdc00 && unicode_escape(text + i + 6, len - i - 6, &low) &&
		    low >= 0xdc00 && low <= 0xdfff)
			return arena_printf(arena,
					    "'\\u%04x\\u%04x' is a surrogate pair, which YAML does "
					    "not know: write '\\U%08x' or the character itself",
					    high, low,
					    0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
		return arena_printf(arena, "'\\u%04x' is half of a surrogate pair", high);
	}
	return NULL;
}

const char *doc_text_hint(struct arena *arena, const char *text, size_t len, size_t index,
			  const char *problem)
{
	size_t at = byte_of(text, len, index);

	if (strstr(problem, "Unicode character escape"))
		return surrogate_hint(arena, text, len, at);
	if (strstr(problem, "cannot start any token") && at < len && text[at] == '\t')
		return "a tab cannot indent in YAML: use blanks";
	if (strstr(problem, "cannot start any token") && at < len)
		return arena_printf(arena, "a value cannot begin with '%c': put it in quotes",
				    text[at]);
	if (strstr(problem, "mapping values are not allowed"))
		return "a ':' where no key can be: check the indentation, or use quotes";
	return NULL;
}
