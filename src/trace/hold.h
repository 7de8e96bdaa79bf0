/* SPDX-License-Identifier: MIT */
/*
 * The last records of a real trace, held back for a while so that they can still be put in order:
 * a clock that lags on one cpu, and a switch that the trace lacks and that is only noticed when the
 * next one does not fit.
 *
 * A record goes back to its time, but not to before the record that introduces its task. If it is
 * older than what has been handed on already, it stays where it is and gets the newest time.
 */
#ifndef OSSIM_TRACE_HOLD_H
#define OSSIM_TRACE_HOLD_H

#include "trace/stream.h"

enum { HOLD_RECORDS = 1 << 13 };

struct hold {
	struct stream *stream;
	struct record *ring; /* HOLD_RECORDS of them */
	u64 head, tail;      /* count for ever: index modulo HOLD_RECORDS */
	u64 latest;          /* time of the newest record held */
	u64 handed_on;       /* time of the last record that left */
};

void hold_init(struct hold *hold, struct stream *stream);
void hold_fini(struct hold *hold);
/* Hands on the oldest @count records. */
void hold_release(struct hold *hold, u64 count);
void hold_release_all(struct hold *hold);
/* The newest record goes back to its place. */
void hold_sort_in(struct hold *hold);

/* The earliest time to which a record can still go back. */
static inline u64 hold_reach(const struct hold *hold)
{
	return hold->handed_on;
}

static inline void hold_put(struct hold *hold, struct record record)
{
	if (!stream_wants(hold->stream, (enum record_kind)record.kind))
		return;
	if (unlikely(hold->tail - hold->head == HOLD_RECORDS))
		hold_release(hold, HOLD_RECORDS / 8);
	hold->ring[hold->tail++ % HOLD_RECORDS] = record;
	if (unlikely(record.when < hold->latest))
		hold_sort_in(hold);
	else
		hold->latest = record.when;
}

#endif
