/* SPDX-License-Identifier: MIT */
/*
 * Times in trace text that cannot be true: a digit was lost, a bit has flipped.
 *
 * A time that is far from that of the event before is believed only if the events behind it keep it
 * company. One garbled time among a million would else make a trace of a second one of years.
 */
#ifndef OSSIM_TRACE_FTRACE_TIME_H
#define OSSIM_TRACE_FTRACE_TIME_H

#include "trace/ftrace_head.h"

enum { TIME_JUMP = 1 * (int)SEC };

/* The events behind the one in hand, as far as they are looked at. */
enum { TIMES_AHEAD = 8 };

struct times_ahead {
	u64 at[TIMES_AHEAD];
	u32 nr;
};

/* Adds those of the lines in [at, end), which ends with a newline or is followed by one. */
void times_look_ahead(struct times_ahead *ahead, const char *at, const char *end,
		      const struct head_hint *hint);

/* Is @when, at the first event of a trace, garbled? Then *mended is what it will have been. */
bool time_is_garbled_first(u64 when, const struct times_ahead *ahead, u64 *mended);

/* Is @when, behind an event at @before, garbled? It will have been much the same as @before. */
bool time_is_garbled(u64 when, u64 before, const struct times_ahead *ahead);

static inline bool time_jumps(u64 when, u64 before)
{
	return when - before + TIME_JUMP > 2 * (u64)TIME_JUMP;
}

#endif
