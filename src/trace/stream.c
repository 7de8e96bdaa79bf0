/* SPDX-License-Identifier: MIT */
/* Records on their way: a batch is filled, then handed to every sink in turn. */
#include "trace/stream.h"

#include "base/ensure.h"
#include "base/vec.h"

void stream_init(struct stream *stream, struct names *names, u32 nr_cpus)
{
	u32 cap = 0;

	*stream = (struct stream){.names = names, .nr_cpus = nr_cpus};
	vec_grow((void **)&stream->batch, &cap, STREAM_BATCH, sizeof(*stream->batch));
}

void stream_fini(struct stream *stream)
{
	vec_release((void **)&stream->batch);
	*stream = (struct stream){0};
}

void stream_add_sink(struct stream *stream, struct sink sink)
{
	ensure(stream->nr_sinks < STREAM_SINKS_MAX);
	ensure(stream->nr_records == 0 && stream->count == 0);
	stream->sinks[stream->nr_sinks++] = sink;
	stream->wants |= sink.wants;
}

not_inline void stream_flush(struct stream *stream)
{
	if (stream->count == 0)
		return;
	for (u32 i = 0; i < stream->nr_sinks; i++)
		stream->sinks[i].take(stream->sinks[i].self, stream->batch, stream->count);
	stream->nr_records += stream->count;
	stream->count = 0;
}
