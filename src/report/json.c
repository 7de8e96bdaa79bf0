/* SPDX-License-Identifier: MIT */
#include "report/json.h"

#include "base/ensure.h"
#include "base/utf8.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 16, KEY_MAX = 64 };

/* The comma, the new line, its indentation and the key. */
static char *lead(const struct json_writer *writer, const char *key, char *at)
{
	size_t len = key ? strlen(key) : 0;

	ensure(writer->depth <= DEPTH_MAX && len < KEY_MAX);
	if (writer->begun)
		*at++ = ',';
	if (writer->depth) {
		*at++ = '\n';
		memset(at, ' ', 2 * writer->depth);
		at += 2 * writer->depth;
	}
	if (!key)
		return at;
	*at++ = '"';
	memcpy(at, key, len);
	at += len;
	memcpy(at, "\": ", 3);
	return at + 3;
}

enum { LEAD_MAX = 2 + 2 * DEPTH_MAX + KEY_MAX + 4 };

void json_begin(struct json_writer *writer, const char *key, char open)
{
	char line[LEAD_MAX + 1], *end = lead(writer, key, line);

	*end++ = open;
	text_add_len(writer->out, line, (size_t)(end - line));
	writer->depth++;
	writer->begun = false;
}

void json_end(struct json_writer *writer, char close)
{
	char line[LEAD_MAX + 1], *end = line;

	ensure(writer->depth > 0);
	writer->depth--;
	if (writer->begun) {
		*end++ = '\n';
		memset(end, ' ', 2 * writer->depth);
		end += 2 * writer->depth;
	}
	*end++ = close;
	text_add_len(writer->out, line, (size_t)(end - line));
	writer->begun = true;
}

void json_s64(struct json_writer *writer, const char *key, s64 value)
{
	char line[LEAD_MAX + 24], *end = lead(writer, key, line);

	if (value < 0)
		*end++ = '-';
	end = text_put_u64(end, value < 0 ? -(u64)value : (u64)value);
	text_add_len(writer->out, line, (size_t)(end - line));
	writer->begun = true;
}

void json_u64(struct json_writer *writer, const char *key, u64 value)
{
	json_s64(writer, key, (s64)min_of(value, (u64)INT64_MAX));
}

void json_raw(struct json_writer *writer, const char *key, const char *value)
{
	char line[LEAD_MAX], *end = lead(writer, key, line);

	text_add_len(writer->out, line, (size_t)(end - line));
	text_add(writer->out, value);
	writer->begun = true;
}

/* What is not UTF-8 becomes '?'. */
static json_t *mended_string(const char *value)
{
	struct text shown = {0};
	size_t left = strlen(value), step;
	json_t *string;

	for (; left; value += step, left -= step) {
		size_t len = utf8_length(value, left);

		step = max_of(len, (size_t)1);
		text_add_len(&shown, len ? value : "?", step);
	}
	string = json_string(shown.at);
	text_fini(&shown);
	return string;
}

void json_text(struct json_writer *writer, const char *key, const char *value)
{
	json_t *string = json_string(value); /* NULL if it is not UTF-8 */
	char *escaped;

	if (!string)
		string = mended_string(value);
	escaped = json_dumps(string, JSON_ENCODE_ANY);
	if (!escaped)
		die("out of memory for the result document");
	json_raw(writer, key, escaped);
	free(escaped);
	json_decref(string);
}
