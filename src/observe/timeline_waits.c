/* SPDX-License-Identifier: MIT */
/* How long named wait queues were over time. */
#include "observe/timeline_waits.h"

#include <stdlib.h>

#include "base/ensure.h"
#include "base/sorted.h"

static void *zeroed(size_t nr, size_t size)
{
	void *mem = calloc(max_of(nr, (size_t)1), size);

	if (!mem)
		die("out of memory for wait queues over time");
	return mem;
}

static void drop_out(struct waits *waits)
{
	for (u32 i = 0; waits->out && i < waits->nr_followed; i++)
		free(waits->out[i].queue);
	free(waits->out);
}

void waits_fini(struct waits *waits)
{
	drop_out(waits);
	for (u32 i = 0; i < waits->lines.len; i++)
		free(waits->lines.at[i].bins);
	vec_fini(&waits->lines);
}

static void flush(struct wait_line *line, const struct bins *bins, u64 when)
{
	if (line->bins && when > line->since) {
		queue_bins_add(bins, line->bins, line->since, when, line->length);
		line->waited_ns += (when - line->since) * line->length;
	}
	line->since = when;
}

/* The first that somebody waits in. */
static void follow(struct waits *waits, struct wait_line *line, u64 from)
{
	if (line->bins || waits->nr_followed == TIMELINE_WAIT_QUEUES)
		return;
	line->bins = zeroed(TIMELINE_BINS, sizeof(*line->bins));
	queue_bins_clear(line->bins, TIMELINE_BINS);
	line->since = from;
	waits->nr_followed++;
}

void waits_take(struct waits *waits, const struct bins *bins, const struct record *r, bool counts)
{
	struct wait_line *line;

	while (waits->lines.len <= r->task)
		vec_push(&waits->lines, (struct wait_line){0});
	line = &waits->lines.at[r->task];
	line->name = (u32)r->value;
	if (counts) {
		if (r->arg)
			follow(waits, line, bins->from);
		flush(line, bins, r->when);
	}
	line->length = r->arg;
}

void waits_open(struct waits *waits, u64 when)
{
	for (u32 i = 0; i < waits->lines.len; i++)
		if (waits->lines.at[i].length)
			follow(waits, &waits->lines.at[i], when);
}

void waits_flush(struct waits *waits, const struct bins *bins, u64 when)
{
	for (u32 i = 0; i < waits->lines.len; i++)
		flush(&waits->lines.at[i], bins, when);
}

void waits_halve(struct waits *waits)
{
	for (u32 i = 0; i < waits->lines.len; i++)
		if (waits->lines.at[i].bins)
			queue_bins_halve(waits->lines.at[i].bins, TIMELINE_BINS);
}

static int compare_waits(const void *a, const void *b)
{
	const struct timeline_wait_queue *x = a, *y = b;

	return order_u64(y->waited_ns, x->waited_ns) ?: order_u64(x->number, y->number);
}

u32 waits_finish(struct waits *waits, u32 nr_bins)
{
	u32 nr = 0;

	waits->out = zeroed(waits->nr_followed, sizeof(*waits->out));
	for (u32 i = 0; i < waits->lines.len; i++) {
		const struct wait_line *line = &waits->lines.at[i];
		struct timeline_queue *queue;

		if (!line->bins)
			continue;
		queue = zeroed(nr_bins, sizeof(*queue));
		for (u32 bin = 0; bin < nr_bins; bin++)
			queue[bin] = timeline_queue_of(&line->bins[bin]);
		waits->out[nr++] = (struct timeline_wait_queue){.name = line->name,
								.number = i,
								.waited_ns = line->waited_ns,
								.queue = queue};
	}
	if (nr)
		qsort(waits->out, nr, sizeof(*waits->out), compare_waits);
	return nr;
}
