/* SPDX-License-Identifier: MIT */
/*
 * Where bugs in ossim and exhausted memory end.
 *
 * ensure() is always on. A failing one prints the condition, the place and the context line set by
 * the running simulation (time, cpu, task, seed), then ends the program with exit code 70.
 */
#ifndef OSSIM_BASE_ENSURE_H
#define OSSIM_BASE_ENSURE_H

#include "base/types.h"

enum { EXIT_BUG = 70 };

/* Writes one line about what is being simulated into @buf (at most @size bytes). */
typedef void (*ensure_context_fn)(void *arg, char *buf, size_t size);

/* The context is per thread. NULL takes it back. It is only used when something fails. */
void ensure_set_context(ensure_context_fn fn, void *arg);

noreturn_fn void ensure_failed(const char *cond, const char *file, int line);
/* Memory or another resource that cannot be had: message, exit code 3. */
noreturn_fn printf_like(1, 2) void die(const char *fmt, ...);

#define ensure(cond)                                              \
	do {                                                      \
		if (unlikely(!(cond)))                            \
			ensure_failed(#cond, __FILE__, __LINE__); \
	} while (0)

/* Costly whole-structure checks, on with --enable-checks. */
#ifdef OSSIM_CHECKS
#define ensure_slow(cond) ensure(cond)
#else
#define ensure_slow(cond) ((void)0)
#endif

#endif
