/* SPDX-License-Identifier: MIT */
/*
 * Messages are kept as they come and turned into text at the end.
 *
 * Source lines are shown as they are but for two things: control characters, which could upset a
 * terminal, become '?', and of a very long line (JSON without line breaks) only the part around the
 * column is shown. Columns count characters, so a UTF-8 sequence is one.
 */
#include "base/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/ensure.h"
#include "base/text.h"
#include "base/vec.h"

struct source {
	const char *name;
	const char *text; /* NULL: its lines cannot be shown */
	size_t len;
};

struct message {
	enum diag_level level;
	struct loc loc;
	const char *text;
};

struct diag {
	struct arena arena; /* names, message texts, and this struct itself */
	vec_of(struct source) sources;
	vec_of(struct message) messages;
	u32 nr_errors;    /* ever */
	u32 shown[3];     /* by level: kept since the last print */
	u32 hidden[3];    /* by level: counted only since the last print */
	bool last_hidden; /* then the notes that belong to it are hidden too */
	bool has_system_error;
};

struct diag *diag_new(void)
{
	struct arena arena;

	arena_init(&arena);

	struct diag *diag = arena_new(&arena, struct diag);

	diag->arena = arena;
	return diag;
}

void diag_free(struct diag *diag)
{
	if (!diag)
		return;

	struct arena arena = diag->arena;

	vec_fini(&diag->sources);
	vec_fini(&diag->messages);
	arena_fini(&arena);
}

u32 diag_add_source(struct diag *diag, const char *name, const char *text, size_t len)
{
	struct source source = {arena_strdup(&diag->arena, name), text, text ? len : 0};

	vec_push(&diag->sources, source);
	return diag->sources.len; /* 0 means none */
}

const char *diag_source_name(const struct diag *diag, struct loc loc)
{
	return loc.source && loc.source <= diag->sources.len ? diag->sources.at[loc.source - 1].name
							     : NULL;
}

/* A note follows its message. Warnings are limited like errors, for a trace can have millions. */
static bool shall_hide(const struct diag *diag, enum diag_level level)
{
	if (level == DIAG_NOTE)
		return diag->last_hidden;
	return diag->shown[DIAG_ERROR] >= DIAG_MAX_SHOWN || diag->shown[level] >= DIAG_MAX_SHOWN;
}

static void add(struct diag *diag, enum diag_level level, struct loc loc, const char *fmt,
		va_list args)
{
	va_list again;

	diag->nr_errors += level == DIAG_ERROR;
	if (shall_hide(diag, level)) {
		diag->hidden[level]++;
		diag->last_hidden = true;
		return;
	}
	diag->shown[level]++;
	diag->last_hidden = false;

	ensure(fmt);
	va_copy(again, args);
	int len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	ensure(len >= 0);

	char *text = arena_alloc_aligned(&diag->arena, (size_t)len + 1, 1);
	struct message message = {level, loc, text};

	vsnprintf(text, (size_t)len + 1, fmt, args);
	vec_push(&diag->messages, message);
}

bool diag_error(struct diag *diag, struct loc loc, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add(diag, DIAG_ERROR, loc, fmt, args);
	va_end(args);
	return false;
}

bool diag_warning(struct diag *diag, struct loc loc, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add(diag, DIAG_WARNING, loc, fmt, args);
	va_end(args);
	return false;
}

bool diag_note(struct diag *diag, struct loc loc, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add(diag, DIAG_NOTE, loc, fmt, args);
	va_end(args);
	return false;
}

bool diag_system(struct diag *diag, const char *fmt, ...)
{
	va_list args;

	diag->has_system_error = true;
	va_start(args, fmt);
	add(diag, DIAG_ERROR, (struct loc){0}, fmt, args);
	va_end(args);
	return false;
}

u32 diag_errors(const struct diag *diag)
{
	return diag->nr_errors;
}

bool diag_has_system_error(const struct diag *diag)
{
	return diag->has_system_error;
}

/* A stretch of a source's text. */
struct span {
	const char *at, *end;
};

/* Finds line @number of @source, without its line break; false if it is not there to be shown. */
static bool find_line(const struct source *source, u32 number, struct span *line)
{
	if (!source->text || !number)
		return false;

	const char *at = source->text, *end = at + source->len;

	while (--number) {
		at = memchr(at, '\n', (size_t)(end - at));
		if (!at)
			return false;
		at++;
	}

	const char *stop = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;

	if (!stop)
		stop = end;
	if (stop > at && stop[-1] == '\r')
		stop--;
	*line = (struct span){at, stop};
	return true;
}

/* The character after the one at @at: continuation bytes belong to what they follow. */
static const char *next_char(const char *at, const char *end)
{
	for (at++; at < end && ((u8)*at & 0xc0) == 0x80; at++)
		;
	return at;
}

static const char *skip_chars(struct span line, u32 n)
{
	const char *at = line.at;

	while (n-- && at < line.end)
		at = next_char(at, line.end);
	return at;
}

static bool is_control(char c)
{
	return (u8)c < 32 || c == 127;
}

static void add_clean(struct text *out, struct span span, const char *allowed)
{
	for (const char *p = span.at; p < span.end; p++) {
		bool bad = is_control(*p) && (!*p || !strchr(allowed, *p));

		text_add_char(out, bad ? '?' : *p);
	}
}

/* As many columns as @span has: tabs stay tabs, so that what follows is aligned. */
static void add_blanks(struct text *out, struct span span)
{
	for (const char *p = span.at; p < span.end; p = next_char(p, span.end))
		text_add_char(out, *p == '\t' ? '\t' : ' ');
}

enum { SHOWN_MAX = 160, SHOWN_BEFORE = 60 };

/* Cuts a long line to the part around @column; returns the column within that part. */
static u32 cut_line(struct span *line, u32 column)
{
	if (line->end - line->at <= SHOWN_MAX)
		return column;
	if (column > SHOWN_MAX - SHOWN_BEFORE) {
		line->at = skip_chars(*line, column - SHOWN_BEFORE);
		column = SHOWN_BEFORE;
	}
	line->end = skip_chars(*line, SHOWN_MAX);
	return column;
}

/* The line and, if there is a column, the caret and tildes below it; none reaches past the end. */
static void add_snippet(struct text *out, const struct source *source, struct loc loc)
{
	struct span line;

	if (!find_line(source, loc.line, &line))
		return;

	u32 column = cut_line(&line, loc.column);

	text_printf(out, "%5u | ", loc.line);
	add_clean(out, line, "\t");
	text_add_char(out, '\n');
	if (!column)
		return;

	const char *caret = skip_chars(line, column - 1);
	const char *at = caret;

	text_add(out, "      | ");
	add_blanks(out, (struct span){line.at, caret});
	text_add_char(out, '^');
	for (u32 i = 1; i < loc.width; i++) {
		at = at < line.end ? next_char(at, line.end) : at;
		if (at >= line.end)
			break;
		text_add_char(out, '~');
	}
	text_add_char(out, '\n');
}

static void add_message(struct text *out, const struct diag *diag, const struct message *message)
{
	static const char *const levels[] = {"note", "warning", "error"};
	struct loc loc = message->loc;
	const struct source *source = NULL;

	if (loc.source && loc.source <= diag->sources.len)
		source = &diag->sources.at[loc.source - 1];
	text_add(out, source ? source->name : "ossim");
	if (source && loc.line) {
		text_printf(out, ":%u", loc.line);
		if (loc.column)
			text_printf(out, ":%u", loc.column);
	}
	text_printf(out, ": %s: ", levels[message->level]);
	add_clean(out, (struct span){message->text, message->text + strlen(message->text)}, "\t\n");
	text_add_char(out, '\n');
	if (source)
		add_snippet(out, source, loc);
}

static void add_hidden(struct text *out, u32 n, const char *what)
{
	if (n)
		text_printf(out, "%u more %s%s\n", n, what, n == 1 ? "" : "s");
}

void diag_to_text(const struct diag *diag, struct text *out)
{
	for (u32 i = 0; i < diag->messages.len; i++)
		add_message(out, diag, &diag->messages.at[i]);
	add_hidden(out, diag->hidden[DIAG_ERROR], "error");
	add_hidden(out, diag->hidden[DIAG_WARNING], "warning");
}

void diag_print(struct diag *diag, FILE *out)
{
	struct text text = {0};

	diag_to_text(diag, &text);
	if (text.len)
		fwrite(text.at, 1, text.len, out);
	text_fini(&text);

	vec_clear(&diag->messages);
	memset(diag->shown, 0, sizeof(diag->shown));
	memset(diag->hidden, 0, sizeof(diag->hidden));
	diag->last_hidden = false;
}
