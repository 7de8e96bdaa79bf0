/* SPDX-License-Identifier: MIT */
/*
 * Records on their way from a producer (the simulator, a trace reader) to sinks, in batches.
 *
 * A sink is never called in the middle of an event and cannot see the machine, so observing cannot
 * change a run. A record kind that no sink wants is skipped by one test in stream_wants().
 */
#ifndef OSSIM_TRACE_STREAM_H
#define OSSIM_TRACE_STREAM_H

#include "base/names.h"
#include "base/types.h"
#include "trace/record.h"

enum { STREAM_BATCH = 1024, STREAM_SINKS_MAX = 16 };

struct stream;

/*
 * What every sink may know beforehand. nr_cpus may grow while a real trace is read (see
 * stream_cpus).
 */
struct sink {
	void *self;
	u64 wants; /* RECORD_BIT()s */
	/*
	 * @batch holds only records that some sink wants: a sink skips what it does not want
	 * itself.
	 */
	void (*take)(void *self, const struct record *batch, size_t count);
};

struct stream {
	struct record *batch; /* STREAM_BATCH records */
	u32 count;
	u64 wants; /* union over the sinks */
	u32 nr_cpus;
	u32 nr_sinks;
	struct sink sinks[STREAM_SINKS_MAX];
	/* owned by the producer; may be read by sinks in take() and after the end */
	struct names *names;
	u64 nr_records;
};

/* @names outlives the stream. All sinks are added before the first record. */
void stream_init(struct stream *stream, struct names *names, u32 nr_cpus);
void stream_fini(struct stream *stream);
void stream_add_sink(struct stream *stream, struct sink sink);
/* Hands over what is collected; also done by itself whenever the batch is full. */
void stream_flush(struct stream *stream);

static inline bool stream_wants(const struct stream *stream, enum record_kind kind)
{
	return stream->wants >> kind & 1;
}

/* The one 32-byte store: field by field into its place, not through a copy on the stack. */
static always_inline void stream_put(struct stream *stream, struct record record)
{
	struct record *slot;

	if (!stream_wants(stream, (enum record_kind)record.kind))
		return;
	slot = &stream->batch[stream->count];
	slot->when = record.when;
	slot->kind = record.kind;
	slot->flags = record.flags;
	slot->cpu = record.cpu;
	slot->task = record.task;
	slot->other = record.other;
	slot->arg = record.arg;
	slot->value = record.value;
	if (unlikely(++stream->count == STREAM_BATCH))
		stream_flush(stream);
}

#endif
