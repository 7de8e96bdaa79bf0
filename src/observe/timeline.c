/* SPDX-License-Identifier: MIT */
/*
 * What plots need: this file follows the tasks and feeds the Gantt intervals (timeline_gantt.c) and
 * the curves (timeline_bins.c).
 */
#include "observe/timeline.h"

#include <stdlib.h>

#include "base/ensure.h"
#include "observe/gate.h"
#include "observe/timeline_bins.h"
#include "observe/timeline_gantt.h"
#include "observe/timeline_waits.h"

#define TIMELINE_WANTS                                                                            \
	(RECORD_BIT(TASK) | RECORD_BIT(FORK) | RECORD_BIT(RENAME) | RECORD_BIT(SWITCH) |          \
	 RECORD_BIT(WAKING) | RECORD_BIT(WAKEUP) | RECORD_BIT(WAKEUP_NEW) | RECORD_BIT(MIGRATE) | \
	 RECORD_BIT(MARK) | RECORD_BIT(LOST) | RECORD_BIT(CPU) | RECORD_BIT(QUEUE) |              \
	 RECORD_BIT(END))
enum {
	NO_QUEUE = UINT16_MAX,
	/* Per-cpu queue bins over all cpus, and at least per cpu. */
	QUEUE_BINS_ALL = 64 * TIMELINE_BINS,
	QUEUE_BINS_MIN = 128,
};

struct followed {
	u64 woken; /* waits since its wakeup; NEVER: does not */
	u32 comm;
	u16 queue; /* the cpu where it counts as runnable; NO_QUEUE: it is not */
	bool known;
};

struct line_cpu {
	u32 curr;   /* TASK_ID_NONE: not known */
	u32 comm;   /* of curr when it came */
	u64 since;  /* curr runs since then */
	u32 length; /* runnable tasks */
	u64 length_since;
	u64 offline_since; /* NEVER: it is online */
	struct queue_bin *bins;
};

struct timeline_sink {
	struct timeline out;
	struct gate gate;
	u64 end_ns, last;
	struct gantt gantt;
	struct line_cpu *cpus;
	vec_of(struct followed) tasks;
	vec_of(struct timeline_offline) offline;

	struct bins bins, queue_bins;
	struct latency_bin *latency;
	struct queue_bin *queue;
	u32 length; /* runnable tasks on all cpus */
	u64 length_since;
	u64 *busy;
	struct waits waits;
	struct timeline_comm comms[TIMELINE_COMMS];
	u16 *row_of_comm; /* row + 1 by name id; 0: none yet */
	u32 cap_rows;
	bool finished;
};

static void *zeroed(size_t nr, size_t size)
{
	void *mem = calloc(max_of(nr, (size_t)1), size);

	if (mem == NULL)
		die("out of memory for a timeline");
	return mem;
}

static u32 queue_bins_for(u32 nr_cpus)
{
	u32 nr = TIMELINE_BINS;

	while (nr > QUEUE_BINS_MIN && nr * nr_cpus > QUEUE_BINS_ALL)
		nr /= 2;
	return nr;
}

struct timeline_sink *timeline_new(const struct window *window, u32 nr_cpus, u32 points, u64 end_ns,
				   const struct names *names)
{
	struct timeline_sink *sink = zeroed(1, sizeof(*sink));

	sink->out.nr_cpus = nr_cpus;
	sink->out.names = names;
	sink->end_ns = end_ns;
	gate_init(&sink->gate, window, names);
	gantt_init(&sink->gantt, nr_cpus, points != 0 ? points : TIMELINE_DEFAULT_POINTS);
	sink->queue_bins.max = queue_bins_for(nr_cpus);
	sink->bins.max = TIMELINE_BINS;
	sink->latency = zeroed(TIMELINE_BINS, sizeof(*sink->latency));
	sink->queue = zeroed(TIMELINE_BINS, sizeof(*sink->queue));
	queue_bins_clear(sink->queue, TIMELINE_BINS);
	sink->busy = zeroed(TIMELINE_BINS, sizeof(*sink->busy));
	sink->cpus = zeroed(nr_cpus, sizeof(*sink->cpus));
	for (u32 cpu = 0; cpu < nr_cpus; cpu++) {
		sink->cpus[cpu].curr = TASK_ID_NONE;
		sink->cpus[cpu].offline_since = NEVER;
		sink->cpus[cpu].bins = zeroed(sink->queue_bins.max, sizeof(struct queue_bin));
		queue_bins_clear(sink->cpus[cpu].bins, sink->queue_bins.max);
	}
	return sink;
}

void timeline_free(struct timeline_sink *sink)
{
	if (sink == NULL)
		return;
	for (u32 cpu = 0; cpu < sink->out.nr_cpus; cpu++) {
		free(sink->cpus[cpu].bins);
		if (sink->out.cpus != NULL)
			free(sink->out.cpus[cpu].queue);
	}
	for (u32 row = 0; row < sink->out.nr_comms; row++)
		free(sink->comms[row].cpu_ns);
	gantt_fini(&sink->gantt);
	waits_fini(&sink->waits);
	vec_fini(&sink->offline);
	vec_fini(&sink->tasks);
	vec_release((void **)&sink->row_of_comm);
	free(sink->latency);
	free(sink->queue);
	free(sink->busy);
	free(sink->cpus);
	free(sink->out.cpus);
	free(sink->out.latency);
	free(sink->out.queue);
	free(sink);
}

static struct followed *follow(struct timeline_sink *sink, u32 task)
{
	while (sink->tasks.len <= task)
		vec_push(&sink->tasks, (struct followed){.woken = NEVER, .queue = NO_QUEUE});
	return &sink->tasks.at[task];
}

/* Makes the bins reach to @when. */
static void reach(struct timeline_sink *sink, u64 when)
{
	while (bins_full(&sink->bins, when)) {
		latency_bins_halve(sink->latency, TIMELINE_BINS);
		queue_bins_halve(sink->queue, TIMELINE_BINS);
		time_bins_halve(sink->busy, TIMELINE_BINS);
		waits_halve(&sink->waits);
		for (u32 row = 0; row < sink->out.nr_comms; row++)
			time_bins_halve(sink->comms[row].cpu_ns, TIMELINE_BINS);
		sink->bins.width *= 2;
	}
	while (bins_full(&sink->queue_bins, when)) {
		for (u32 cpu = 0; cpu < sink->out.nr_cpus; cpu++)
			queue_bins_halve(sink->cpus[cpu].bins, sink->queue_bins.max);
		sink->queue_bins.width *= 2;
	}
}

static bool is_open(const struct timeline_sink *sink)
{
	return sink->gate.state == GATE_OPEN;
}

/* The curves of queue length up to @when. */
static void flush_length(struct timeline_sink *sink, struct line_cpu *cpu, u64 when)
{
	if (is_open(sink)) {
		queue_bins_add(&sink->queue_bins, cpu->bins, cpu->length_since, when, cpu->length);
		queue_bins_add(&sink->bins, sink->queue, sink->length_since, when, sink->length);
	}
	cpu->length_since = when;
	sink->length_since = when;
}

/* @task is runnable on @queue from now on; NO_QUEUE: nowhere. */
static void put_on_queue(struct timeline_sink *sink, struct followed *task, u32 queue, u64 when)
{
	if (task->queue == queue)
		return;
	if (task->queue != NO_QUEUE) {
		flush_length(sink, &sink->cpus[task->queue], when);
		sink->cpus[task->queue].length--;
		sink->length--;
	}
	if (queue != NO_QUEUE) {
		flush_length(sink, &sink->cpus[queue], when);
		sink->cpus[queue].length++;
		sink->length++;
	}
	task->queue = (u16)queue;
}

static struct timeline_comm *row_for(struct timeline_sink *sink, u32 comm)
{
	u32 nr = sink->out.nr_comms;

	if (comm >= sink->cap_rows)
		vec_grow((void **)&sink->row_of_comm, &sink->cap_rows, comm + 1,
			 sizeof(*sink->row_of_comm));
	if (sink->row_of_comm[comm] != 0)
		return &sink->comms[sink->row_of_comm[comm] - 1];
	if (nr < TIMELINE_COMMS) {
		sink->comms[nr].comm = nr < TIMELINE_COMMS - 1 ? comm : 0;
		sink->comms[nr].cpu_ns = zeroed(TIMELINE_BINS, sizeof(u64));
		nr = ++sink->out.nr_comms;
	}
	sink->row_of_comm[comm] = (u16)nr;
	return &sink->comms[nr - 1];
}

/* Whoever has @cpu ran there until @when. */
static void flush_run(struct timeline_sink *sink, u32 nr, u64 when)
{
	struct line_cpu *cpu = &sink->cpus[nr];

	if (is_open(sink) && cpu->curr != TASK_ID_NONE && cpu->curr >= sink->out.nr_cpus &&
	    when > cpu->since) {
		struct timeline_comm *row = row_for(sink, cpu->comm);

		row->total_ns += when - cpu->since;
		time_bins_add(&sink->bins, row->cpu_ns, cpu->since, when);
		time_bins_add(&sink->bins, sink->busy, cpu->since, when);
		gantt_add(&sink->gantt, nr,
			  (struct timeline_interval){
				  .from = cpu->since,
				  .to = when,
				  .task = cpu->curr,
				  .comm = cpu->comm,
			  });
	}
	cpu->since = when;
}

static void take_switch(struct timeline_sink *sink, const struct record *r)
{
	struct line_cpu *cpu = &sink->cpus[r->cpu];
	struct followed *in;

	follow(sink, max_of(r->task, r->other));
	if (cpu->curr != r->task) { /* the first switch seen here tells who ran so far */
		cpu->curr = r->task;
		cpu->comm = follow(sink, r->task)->comm;
	}
	flush_run(sink, r->cpu, r->when);
	if (r->task >= sink->out.nr_cpus)
		put_on_queue(sink, follow(sink, r->task),
			     record_prev_runnable(r) ? r->cpu : NO_QUEUE, r->when);
	in = follow(sink, r->other);
	if (r->other >= sink->out.nr_cpus)
		put_on_queue(sink, in, r->cpu, r->when);
	if (is_open(sink) && in->woken != NEVER && in->woken >= sink->gate.from)
		latency_bin_add(&sink->latency[bins_index(&sink->bins, r->when)],
				r->when - in->woken);
	in->woken = NEVER;
	cpu->curr = r->other;
	cpu->comm = in->comm;
	sink->out.nr_switches += is_open(sink);
}

static void take_waking(struct timeline_sink *sink, const struct record *r)
{
	struct followed *task = follow(sink, r->task);

	if (task->queue == NO_QUEUE && task->woken == NEVER)
		task->woken = r->when;
}

static void take_lost(struct timeline_sink *sink, const struct record *r)
{
	flush_run(sink, r->cpu, r->when);
	sink->cpus[r->cpu].curr = TASK_ID_NONE;
}

static void timeline_open(struct timeline_sink *sink)
{
	u64 from = sink->gate.from, end = sink->end_ns;

	if (sink->gate.to < NEVER)
		end = sink->gate.to;
	bins_init(&sink->bins, from, end, sink->bins.max);
	bins_init(&sink->queue_bins, from, end, sink->queue_bins.max);
	sink->gantt.from = from;
	waits_open(&sink->waits, from);
	sink->length_since = from;
	for (u32 cpu = 0; cpu < sink->out.nr_cpus; cpu++) {
		sink->cpus[cpu].since = from;
		sink->cpus[cpu].length_since = from;
	}
}

/* It has come online, or the end of all has come. */
static void end_offline(struct timeline_sink *sink, u32 cpu, u64 when)
{
	u64 from = max_of(sink->cpus[cpu].offline_since, sink->gate.from);

	if (sink->cpus[cpu].offline_since != NEVER && sink->gate.state == GATE_OPEN &&
	    from < when && sink->offline.len < TIMELINE_OFFLINE)
		vec_push(&sink->offline,
			 (struct timeline_offline){.cpu = cpu, .from = from, .to = when});
	sink->cpus[cpu].offline_since = NEVER;
}

static void take_cpu(struct timeline_sink *sink, const struct record *r)
{
	if (r->cpu >= sink->out.nr_cpus)
		return;
	end_offline(sink, r->cpu, r->when);
	if (!r->value)
		sink->cpus[r->cpu].offline_since = r->when;
}

/* The gate has just closed at @when; for these last pieces it is held open. */
static void timeline_close(struct timeline_sink *sink, u64 when)
{
	sink->gate.state = GATE_OPEN;
	reach(sink, when > sink->gate.from ? when - 1 : when);
	waits_flush(&sink->waits, &sink->bins, when);
	for (u32 cpu = 0; cpu < sink->out.nr_cpus; cpu++) {
		flush_run(sink, cpu, when);
		flush_length(sink, &sink->cpus[cpu], when);
		end_offline(sink, cpu, when);
	}
	sink->gate.state = GATE_CLOSED;
}

static void take_record(struct timeline_sink *sink, const struct record *r)
{
	switch ((enum record_kind)r->kind) {
	case RECORD_TASK:
	case RECORD_FORK:
	case RECORD_RENAME:
		follow(sink, r->task)->comm = (u32)r->value;
		break;
	case RECORD_SWITCH:
		take_switch(sink, r);
		break;
	case RECORD_WAKING:
		take_waking(sink, r);
		break;
	case RECORD_WAKEUP:
		take_waking(sink, r);
		if (r->arg < sink->out.nr_cpus)
			put_on_queue(sink, follow(sink, r->task), r->arg, r->when);
		break;
	case RECORD_WAKEUP_NEW:
		if (r->arg < sink->out.nr_cpus)
			put_on_queue(sink, follow(sink, r->task), r->arg, r->when);
		break;
	case RECORD_MIGRATE:
		if (follow(sink, r->task)->queue != NO_QUEUE && r->arg >> 16 < sink->out.nr_cpus)
			put_on_queue(sink, follow(sink, r->task), r->arg >> 16, r->when);
		break;
	case RECORD_LOST:
		take_lost(sink, r);
		break;
	case RECORD_CPU:
		take_cpu(sink, r);
		break;
	case RECORD_QUEUE:
		waits_take(&sink->waits, &sink->bins, r, is_open(sink));
		break;
	case RECORD_MARK:
		if (gate_mark(&sink->gate, r))
			timeline_open(sink);
		break;
	case RECORD_END:
		if (gate_end(&sink->gate, r->when))
			timeline_close(sink, sink->gate.to);
		break;
	default:
		break;
	}
}

static void timeline_take(void *self, const struct record *batch, size_t count)
{
	struct timeline_sink *sink = self;

	for (size_t i = 0; i < count; i++) {
		const struct record *r = &batch[i];

		sink->last = r->when;
		while (r->when >= sink->gate.next && gate_step(&sink->gate, r->when)) {
			if (is_open(sink))
				timeline_open(sink);
			else
				timeline_close(sink, sink->gate.to);
		}
		if (is_open(sink))
			reach(sink, r->when);
		if (sink->gate.state != GATE_CLOSED)
			take_record(sink, r);
	}
}

struct sink timeline_sink(struct timeline_sink *sink)
{
	return (struct sink){.self = sink, .wants = TIMELINE_WANTS, .take = timeline_take};
}

struct timeline_queue timeline_queue_of(const struct queue_bin *bin)
{
	if (bin->covered_ns == 0)
		return (struct timeline_queue){0};
	return (struct timeline_queue){
		.min = bin->min,
		.max = bin->max,
		.mean_milli =
			(u64)(((u128)bin->integral * 1000 + bin->covered_ns / 2) / bin->covered_ns),
	};
}

static u32 bins_used(const struct bins *bins, u64 to)
{
	return to > bins->from
		       ? (u32)min_of(div_round_up(to - bins->from, bins->width), (u64)bins->max)
		       : 0;
}

static void fill_curves(struct timeline_sink *sink)
{
	struct timeline *out = &sink->out;

	out->bin_ns = sink->bins.width;
	out->nr_bins = bins_used(&sink->bins, out->to);
	out->latency = zeroed(out->nr_bins, sizeof(*out->latency));
	out->queue = zeroed(out->nr_bins, sizeof(*out->queue));
	out->busy_ns = sink->busy;
	out->comms = sink->comms;
	out->nr_wait_queues = waits_finish(&sink->waits, out->nr_bins);
	out->wait_queues = sink->waits.out;
	for (u32 i = 0; i < out->nr_bins; i++) {
		const struct latency_bin *bin = &sink->latency[i];

		out->latency[i] = (struct timeline_latency){
			.count = bin->count,
			.min = bin->min,
			.p50 = latency_bin_quantile(bin, 50),
			.p99 = latency_bin_quantile(bin, 99),
			.max = bin->max,
		};
		out->queue[i] = timeline_queue_of(&sink->queue[i]);
	}
}

static void fill_cpus(struct timeline_sink *sink)
{
	struct timeline *out = &sink->out;

	out->queue_bin_ns = sink->queue_bins.width;
	out->nr_queue_bins = bins_used(&sink->queue_bins, out->to);
	out->cpus = zeroed(out->nr_cpus, sizeof(*out->cpus));
	for (u32 cpu = 0; cpu < out->nr_cpus; cpu++) {
		out->cpus[cpu].intervals = sink->gantt.cpus[cpu].intervals.at;
		out->cpus[cpu].nr_intervals = sink->gantt.cpus[cpu].intervals.len;
		out->cpus[cpu].queue = zeroed(out->nr_queue_bins, sizeof(struct timeline_queue));
		for (u32 i = 0; i < out->nr_queue_bins; i++)
			out->cpus[cpu].queue[i] = timeline_queue_of(&sink->cpus[cpu].bins[i]);
	}
	out->offline = sink->offline.at;
	out->nr_offline = sink->offline.len;
	out->resolution_ns = sink->gantt.resolution;
	out->nr_intervals = sink->gantt.nr_intervals;
}

const struct timeline *timeline_finish(struct timeline_sink *sink)
{
	if (sink->finished)
		return &sink->out;
	sink->finished = true;
	if (gate_end(&sink->gate, sink->last))
		timeline_close(sink, sink->gate.to);
	if (sink->gate.state == GATE_CLOSED) {
		sink->out.from = sink->gate.from;
		sink->out.to = sink->gate.to;
		gantt_finish(&sink->gantt, sink->out.to);
	} else { /* the window never opened */
		bins_init(&sink->bins, 0, 0, sink->bins.max);
		bins_init(&sink->queue_bins, 0, 0, sink->queue_bins.max);
	}
	fill_curves(sink);
	fill_cpus(sink);
	return &sink->out;
}

const struct window *timeline_window(const struct timeline_sink *sink)
{
	return &sink->gate.window;
}
