/* SPDX-License-Identifier: MIT */
/*
 * What plots need: who ran where when, and a few curves over time, in bounded memory.
 *
 * Time is cut into bins of equal width. If the horizon is not known beforehand, or was too short,
 * the width doubles and neighbours merge, so there are always at most TIMELINE_BINS bins whatever
 * the length of the run. The Gantt intervals are exact until there are too many; then a resolution
 * is chosen: every cell of that length is given to one task, and over some cells each has its
 * share.
 *
 * All times are absolute (those of the records). Everything lies inside the window. All arrays
 * belong to the timeline and live as long as the observer; they are complete after
 * observer_finish().
 */
#ifndef OSSIM_OBSERVE_TIMELINE_H
#define OSSIM_OBSERVE_TIMELINE_H

#include "base/names.h"
#include "base/types.h"
#include "trace/stream.h"
#include "trace/window.h"

enum {
	TIMELINE_BINS = 2048,
	TIMELINE_COMMS = 1024,            /* rows of their own; later comms share the last row */
	TIMELINE_DEFAULT_POINTS = 200000, /* Gantt intervals over all cpus */
	TIMELINE_WAIT_QUEUES = 64,        /* the first in which somebody waits have curves */
	TIMELINE_OFFLINE = 4096,          /* the first ones are kept */
};

/*
 * A task's stay on a cpu. The idle task leaves a gap: it has no interval. In time order, disjoint.
 */
struct timeline_interval {
	u64 from, to;
	u32 task; /* task id */
	u32 comm; /* name id, as of the beginning of the interval */
};

/* A cpu was offline. */
struct timeline_offline {
	u32 cpu;
	u64 from, to;
};

struct timeline_cpu {
	struct timeline_interval *intervals;
	u32 nr_intervals;
	struct timeline_queue *queue; /* nr_queue_bins of the timeline */
};

/* Runnable tasks (the running one included) during a bin. */
struct timeline_queue {
	u32 min, max;
	u64 mean_milli; /* time-weighted, in thousandths */
};

/* How many waited in a named wait queue. */
struct timeline_wait_queue {
	u32 name;                     /* name id */
	u32 number;                   /* the workload's */
	u64 waited_ns;                /* in the window, by all together */
	struct timeline_queue *queue; /* by bin of the timeline */
};

/* Wakeup latencies of the tasks that began to run in this bin. All 0 if count is 0. */
struct timeline_latency {
	u64 count;
	/* ns; min and max exact, the others within a quarter of an octave */
	u64 min, p50, p99, max;
};

/* The cpu time of all tasks of one comm. */
struct timeline_comm {
	u32 comm; /* name id; 0 in the row that collects the comms beyond TIMELINE_COMMS */
	u64 total_ns;
	u64 *cpu_ns; /* by bin */
};

struct timeline {
	u64 from, to; /* what is covered */
	u32 nr_cpus;
	const struct names *names;

	/*
	 * Gantt. resolution_ns 0: exact. Else intervals begin and end at multiples of it after
	 * @from.
	 */
	struct timeline_cpu *cpus;
	u64 resolution_ns;
	u64 nr_intervals; /* over all cpus */
	u64 nr_switches;  /* before decimation, to say so in the picture */
	struct timeline_offline *offline;
	u32 nr_offline;

	/* Bin i covers [from + i * bin_ns, from + (i + 1) * bin_ns), the last one up to @to. */
	u64 bin_ns;
	u32 nr_bins;
	struct timeline_latency *latency; /* by bin */
	struct timeline_queue *queue;     /* by bin: all cpus together */
	u64 *busy_ns;                     /* by bin: over all cpus, so at most nr_cpus * bin_ns */
	struct timeline_comm *comms;      /* in order of first run */
	u32 nr_comms;
	struct timeline_wait_queue *wait_queues; /* the busiest first; none of a recording */
	u32 nr_wait_queues;

	/* The per-cpu queues have fewer, wider bins if there are many cpus. */
	u64 queue_bin_ns;
	u32 nr_queue_bins;
};

/* --- for observer.c --- */

struct timeline_sink;

/* @points: bound for the Gantt intervals, 0 for the default. @end_ns: horizon if known, else 0. */
struct timeline_sink *timeline_new(const struct window *window, u32 nr_cpus, u32 points, u64 end_ns,
				   const struct names *names);
void timeline_free(struct timeline_sink *sink);
struct sink timeline_sink(struct timeline_sink *sink);
const struct timeline *timeline_finish(struct timeline_sink *sink);
/* The window with what was found of its marks. */
const struct window *timeline_window(const struct timeline_sink *sink);

#endif
