/* SPDX-License-Identifier: MIT */
/*
 * Which kind of file is this: by content, never by name.
 *
 * Only the beginning is looked at. A broken scenario shall still be taken for one, so that its
 * mistakes are reported rather than "unknown kind of file".
 */
#include "input/input.h"

#include "input/doc.h"

#include <string.h>

enum { LOOKED_AT = 1 << 20, TRACE_LINES = 200 };

/* The first @word in @text, or NULL. */
static const char *find(const char *text, size_t len, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= len; i++)
		if (text[i] == word[0] && memcmp(text + i, word, n) == 0)
			return text + i;
	return NULL;
}

static bool is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t skip_blanks(const char *text, size_t len, size_t i)
{
	while (i < len && strchr(" \t\r\n", text[i]) && text[i])
		i++;
	return i;
}

/* "[001] d..2. 123.456789: event_name:" somewhere in the line. */
static bool is_event_line(const char *line, size_t len)
{
	size_t i = 0;

	for (; i + 2 < len; i++)
		if (line[i] == '[' && is_digit(line[i + 1]))
			break;
	while (i < len && line[i] != ']')
		i++;
	for (; i + 1 < len; i++) {
		if (line[i] != '.' || !is_digit(line[i + 1]) || i == 0 || !is_digit(line[i - 1]))
			continue;
		while (++i < len && is_digit(line[i]))
			;
		return i + 1 < len && line[i] == ':' && line[i + 1] == ' ';
	}
	return false;
}

static bool starts_with(const char *line, size_t len, const char *prefix)
{
	size_t n = strlen(prefix);

	return len >= n && memcmp(line, prefix, n) == 0;
}

/* One of the words with which a scenario's top level begins, at the start of a line. */
static bool is_scenario_line(const char *line, size_t len)
{
	static const char *const keys[] = {"tasks",   "machine", "kernel", "title", "duration",
					   "mutexes", "expect",  "sched",  "seed"};
	size_t n = 0;

	while (n < len && is_word_char(line[n]))
		n++;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (n == strlen(keys[i]) && memcmp(line, keys[i], n) == 0 && n < len &&
		    line[n] == ':')
			return true;
	return false;
}

/* rt-app's "tasks" is a map of names, a scenario's is a list. */
static enum input_kind recognise_json(const char *text, size_t len)
{
	const char *at = find(text, len, "\"tasks\"");
	size_t i;

	if (!at)
		return find(text, len, "tasks:") ? INPUT_SCENARIO : INPUT_UNKNOWN;
	i = skip_blanks(text, len, (size_t)(at - text) + 7);
	if (i < len && text[i] == ':')
		i = skip_blanks(text, len, i + 1);
	return i < len && text[i] == '{' ? INPUT_RTAPP : INPUT_SCENARIO;
}

/* trace-cmd report begins with "cpus=4" or "version = 6", the tracing folder's with "# tracer:". */
static bool is_trace_head(const char *line, size_t len)
{
	return starts_with(line, len, "cpus=") || starts_with(line, len, "version = ") ||
	       starts_with(line, len, "# tracer:");
}

/* No trace has a scenario's key at the start of a line; a scenario's comment may hold an event. */
static enum input_kind recognise_lines(const char *text, size_t len)
{
	bool event = false;

	for (size_t at = 0, line = 0; at < len; line++) {
		const char *start = text + at;
		const char *stop = memchr(start, '\n', len - at);
		size_t n = stop ? (size_t)(stop - start) : len - at;

		if (is_scenario_line(start, n))
			return INPUT_SCENARIO;
		if (line < TRACE_LINES) {
			if (is_trace_head(start, n))
				return INPUT_FTRACE;
			event = event || is_event_line(start, n);
		}
		at += n + 1;
	}
	return event ? INPUT_FTRACE : INPUT_UNKNOWN;
}

enum input_kind input_recognise(const char *text, size_t len)
{
	len = min_of(len, (size_t)LOOKED_AT);
	if (doc_looks_like_json(text, len))
		return recognise_json(text, len);
	return recognise_lines(text, len);
}

/* ---- What it is instead ---- */

#define MAGIC(bytes) bytes, sizeof(bytes) - 1

static const struct foreign {
	const char *magic;
	size_t len;
	const char *what;
} foreigners[] = {
	{MAGIC("\x17\x08\x44tracing"),
	 "the binary file of trace-cmd: 'trace-cmd report' writes it as text"},
	{MAGIC("PERFILE2"), "a recording of perf: 'perf script --ns' writes it as text"},
	{MAGIC("\x1f\x8b"), "compressed by gzip: 'zcat FILE | ossim COMMAND -'"},
	{MAGIC("\xfd"
	       "7zXZ"),
	 "compressed by xz: 'xzcat FILE | ossim COMMAND -'"},
	{MAGIC("\x28\xb5\x2f\xfd"), "compressed by zstd: 'zstdcat FILE | ossim COMMAND -'"},
	{MAGIC("BZh"), "compressed by bzip2: 'bzcat FILE | ossim COMMAND -'"},
	{MAGIC("\x7f"
	       "ELF"),
	 "a program"},
	{MAGIC("\xff\xfe"), "text in UTF-16: 'iconv -f UTF-16 -t UTF-8 FILE | ossim COMMAND -'"},
	{MAGIC("\xfe\xff"), "text in UTF-16: 'iconv -f UTF-16 -t UTF-8 FILE | ossim COMMAND -'"},
};

static const struct foreign *foreign_of(const char *text, size_t len)
{
	for (u32 i = 0; i < ARRAY_SIZE(foreigners); i++)
		if (len >= foreigners[i].len &&
		    !memcmp(text, foreigners[i].magic, foreigners[i].len))
			return &foreigners[i];
	return NULL;
}

bool input_is_foreign(struct diag *diag, u32 source, const char *text, size_t len)
{
	const struct foreign *foreign = foreign_of(text, len);

	if (!foreign)
		return false;
	diag_error(diag, (struct loc){.source = source}, "this is %s", foreign->what);
	return true;
}

bool input_is_no_trace(struct diag *diag, u32 source, const char *text, size_t len)
{
	if (input_is_foreign(diag, source, text, len))
		return false;
	if (!len)
		return diag_error(diag, (struct loc){.source = source}, "the file is empty");
	if (input_recognise(text, len) == INPUT_SCENARIO)
		return diag_error(diag, (struct loc){.source = source},
				  "this is a workload, not a trace: simulate it with 'ossim run'");
	return diag_error(
		diag, (struct loc){.source = source},
		"this is not a trace: no line looks like an event of trace-cmd report, of a "
		"tracing folder's trace file or of perf script");
}
