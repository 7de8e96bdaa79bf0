/* SPDX-License-Identifier: MIT */
/*
 * Writes JSON text straight into a struct text, two blanks of indentation: a result of thousands of
 * tasks has half a million numbers. Private to report/.
 *
 *	json_begin(&w, "window", '{');
 *	json_u64(&w, "duration_ns", 1000);
 *	json_end(&w, '}');
 */
#ifndef OSSIM_REPORT_JSON_H
#define OSSIM_REPORT_JSON_H

#include "base/text.h"

struct json_writer {
	struct text *out;
	u32 depth;
	bool begun; /* something is in the innermost object or array already */
};

/* @key is NULL in an array and at the top; it is a plain word, not escaped. */
void json_begin(struct json_writer *writer, const char *key, char open);
void json_end(struct json_writer *writer, char close);
void json_s64(struct json_writer *writer, const char *key, s64 value);
/* Values beyond what a JSON reader takes as an integer (2^63 - 1) are cut to that. */
void json_u64(struct json_writer *writer, const char *key, u64 value);
/* Escaped; of a text that is not UTF-8 only ASCII is shown. */
void json_text(struct json_writer *writer, const char *key, const char *value);
/* As it is: true, false, "0123abcd". */
void json_raw(struct json_writer *writer, const char *key, const char *value);

#endif
