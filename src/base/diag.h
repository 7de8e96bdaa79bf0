/* SPDX-License-Identifier: MIT */
/*
 * Messages about input: file:line:column, collected and printed in order.
 *
 *	quick.yaml:7:15: error: unknown key 'prioritty' in task 'db' (did you mean 'priority'?)
 *	    7 |     prioritty: 5
 *	      |     ^~~~~~~~~
 *
 * The three functions that add return false, so that "return diag_error(...)" reads well. After 20
 * errors the rest is counted only.
 */
#ifndef OSSIM_BASE_DIAG_H
#define OSSIM_BASE_DIAG_H

#include "base/types.h"
#include <stdio.h>

/* A place in an input. line 0: no line; column 0: the whole line. Both count from 1. */
struct loc {
	u32 source; /* index given by diag_add_source; 0 = none (a command line, a system error) */
	u32 line, column;
	u32 width; /* characters to underline; 0 or 1: a single caret */
};

enum diag_level { DIAG_NOTE, DIAG_WARNING, DIAG_ERROR };

enum { DIAG_MAX_SHOWN = 20 };

struct diag;

struct diag *diag_new(void);
void diag_free(struct diag *diag);

/*
 * Registers an input so that messages can show its lines. @text (may be NULL) must outlive @diag.
 */
u32 diag_add_source(struct diag *diag, const char *name, const char *text, size_t len);

/* The name a source was registered with; NULL if @loc is in none. */
const char *diag_source_name(const struct diag *diag, struct loc loc);

printf_like(3, 4) bool diag_error(struct diag *diag, struct loc loc, const char *fmt, ...);
printf_like(3, 4) bool diag_warning(struct diag *diag, struct loc loc, const char *fmt, ...);
printf_like(3, 4) bool diag_note(struct diag *diag, struct loc loc, const char *fmt, ...);
/*
 * The system refuses: "cannot open 'x': No such file". Has no line and marks the diag as "system".
 */
printf_like(2, 3) bool diag_system(struct diag *diag, const char *fmt, ...);

u32 diag_errors(const struct diag *diag);
bool diag_has_system_error(const struct diag *diag);
/*
 * Prints all messages in the order they came, with source line and caret; then forgets them. What
 * diag_errors() has counted stays counted.
 */
void diag_print(struct diag *diag, FILE *out);
/* The same as text, for tests and the library. */
struct text;
void diag_to_text(const struct diag *diag, struct text *out);

#endif
