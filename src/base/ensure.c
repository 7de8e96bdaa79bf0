/* SPDX-License-Identifier: MIT */
/*
 * The two ends of the program that no caller handles: a bug and an exhausted resource.
 *
 * The context is per thread, so several simulations may run side by side, each with its own line.
 * Nothing here allocates: the heap may be what is broken.
 */
#include "base/ensure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { EXIT_RESOURCE = 3, CONTEXT_SIZE = 512 };

struct ensure_context {
	ensure_context_fn fn;
	void *arg;
};

static _Thread_local struct ensure_context context;

void ensure_set_context(ensure_context_fn fn, void *arg)
{
	context = (struct ensure_context){.fn = fn, .arg = arg};
}

/* The context is taken back first: a context function that itself fails must not come here again.
 */
static void print_context(void)
{
	struct ensure_context last = context;
	char line[CONTEXT_SIZE] = "";

	if (!last.fn)
		return;
	context = (struct ensure_context){0};
	last.fn(last.arg, line, sizeof(line));
	line[sizeof(line) - 1] = '\0';
	fprintf(stderr, "ossim: while simulating: %s\n", line);
}

void ensure_failed(const char *cond, const char *file, int line)
{
	fflush(stdout);
	fprintf(stderr, "ossim: bug: %s at %s:%d\n", cond, file, line);
	print_context();
	fflush(stderr);
	exit(EXIT_BUG);
}

void die(const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fputs("ossim: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(EXIT_RESOURCE);
}
