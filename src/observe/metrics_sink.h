/* SPDX-License-Identifier: MIT */
/* The sink that turns records into struct metrics. */
#ifndef OSSIM_OBSERVE_METRICS_SINK_H
#define OSSIM_OBSERVE_METRICS_SINK_H

#include "observe/gate.h"
#include "observe/load.h"
#include "observe/metrics.h"
#include "observe/queues.h"
#include "observe/tasks.h"
#include "observe/usage.h"
#include "trace/stream.h"
#include "trace/window.h"

struct metrics_sink {
	/* Touched by every record. */
	u64 next; /* something else is due at this time: a sample or a window's end */
	struct cpu_usage *cpus;
	u32 nr_cpus;
	u64 skipped; /* records of kinds that only others wanted */
	u64 mended;
	struct tasks tasks;

	struct gate gate;
	struct load load;
	u64 last;  /* time of the last record */
	u64 taken; /* records seen, skipped ones included */
	u64 forks, execs, exits, lost;
	struct queues queues;
	struct metrics metrics;
	bool finished;
};

/* @hz: for the load average, 0 if not known. @names outlives the sink. */
struct metrics_sink *metrics_sink_new(const struct window *window, u32 nr_cpus, u32 hz,
				      const struct names *names);
void metrics_sink_free(struct metrics_sink *sink);
struct sink metrics_sink_sink(struct metrics_sink *sink);
/* Once, after the last record. Belongs to the sink. */
struct metrics *metrics_sink_finish(struct metrics_sink *sink);
/* For a stream that ended without an END record: closes a window that is still open. */
void metrics_sink_close(struct metrics_sink *sink);
/* The window with what was found of its marks. */
const struct window *metrics_sink_window(const struct metrics_sink *sink);

/* ---- metrics_window.c, for metrics.c ---- */

/* When something else than a record is due next. */
void metrics_set_next(struct metrics_sink *sink);
/* Something is due at or before @when. True if the window opened or closed. */
must_check bool metrics_due(struct metrics_sink *sink, u64 when);
/* It opens at gate.from. It closes at gate.to: intervals under way are cut there. */
void metrics_open_window(struct metrics_sink *sink);
void metrics_close_window(struct metrics_sink *sink);

#endif
