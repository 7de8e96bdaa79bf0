/* SPDX-License-Identifier: MIT */
/*
 * The part of a trace that is measured: from one moment or mark to another.
 *
 * A mark is named by a text that the MARK record's text begins with or equals after ": "
 * (`TW_START`). Not found: the caller is told by found_from / found_to.
 */
#ifndef OSSIM_TRACE_WINDOW_H
#define OSSIM_TRACE_WINDOW_H

#include "base/names.h"
#include "trace/record.h"

struct window {
	const char *from_mark, *to_mark; /* NULL: use the times */
	u64 from, to;                    /* from 0, to NEVER: everything */
	bool found_from, found_to;
};

/* True if the MARK record @r carries mark @mark. */
bool window_is_mark(const struct names *names, const struct record *r, const char *mark);

#endif
