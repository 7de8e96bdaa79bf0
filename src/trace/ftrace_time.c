/* SPDX-License-Identifier: MIT */
/* Does a time of a trace agree with those around it? */
#include "trace/ftrace_time.h"

/*
 * A jump by more wants a full look ahead: who has lost so many digits may be the last event, or the
 * first.
 */
#define LONG_JUMP (3600 * SEC)

void times_look_ahead(struct times_ahead *ahead, const char *at, const char *end,
		      const struct head_hint *hint)
{
	struct head_hint scratch = *hint;
	struct trace_head head;

	while (at < end && ahead->nr < TIMES_AHEAD) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		if (!newline)
			newline = end;
		if (trace_head_parse(at, newline, &scratch, &head))
			ahead->at[ahead->nr++] = head.when;
		at = newline + 1;
	}
}

static u64 distance(u64 a, u64 b)
{
	return a > b ? a - b : b - a;
}

/* Most of those from number @from on are nearer to @one than to @other. */
static bool keep_company(const struct times_ahead *ahead, u32 from, u64 one, u64 other)
{
	u32 nr = 0;

	for (u32 i = from; i < ahead->nr; i++)
		nr += distance(ahead->at[i], one) < distance(ahead->at[i], other);
	return nr * 2 > ahead->nr - from;
}

bool time_is_garbled_first(u64 when, const struct times_ahead *ahead, u64 *mended)
{
	if (ahead->nr < 2)
		return false;
	*mended = ahead->at[0];
	return distance(when, *mended) > (when > *mended ? (u64)TIME_JUMP : LONG_JUMP) &&
	       keep_company(ahead, 1, *mended, when);
}

/*
 * Most go on from @before. Where a text has one cpu's events behind another's they would be
 * earlier.
 */
static bool goes_on(const struct times_ahead *ahead, u64 before)
{
	u32 nr = 0;

	for (u32 i = 0; i < ahead->nr; i++)
		nr += ahead->at[i] + INTAKE_SKEW >= before;
	return nr * 2 > ahead->nr;
}

bool time_is_garbled(u64 when, u64 before, const struct times_ahead *ahead)
{
	if (when < before)
		return goes_on(ahead, before);
	if (ahead->nr < TIMES_AHEAD && when - before > LONG_JUMP)
		return true;
	return keep_company(ahead, 0, before, when);
}
