/* SPDX-License-Identifier: MIT */
/*
 * The sinks a run was asked for, behind one door: metrics, digest, invariants, timeline.
 */
#ifndef OSSIM_OBSERVE_OBSERVER_H
#define OSSIM_OBSERVE_OBSERVER_H

#include "observe/metrics.h"
#include "trace/stream.h"
#include "trace/window.h"

struct observer_config {
	bool metrics;        /* struct metrics; without it only the others */
	bool digest;         /* XXH3 over all records that the metrics want */
	bool invariants;     /* check what must hold in any trace (simulator only; costs time) */
	bool timeline;       /* keep what plots need (timeline.h), bounded by timeline_points */
	u32 timeline_points; /* 0: a default good for plots */
	u32 hz;              /* load average sampling; 250 if not known */
	/* the horizon if known beforehand, for the timeline's bins; 0: not known */
	u64 end_ns;
	struct window window;
};

struct observer;
struct timeline;

struct observer *observer_new(const struct observer_config *config, u32 nr_cpus);
void observer_free(struct observer *observer);
/* Adds all its sinks. */
void observer_attach(struct observer *observer, struct stream *stream);
/*
 * After the END record was flushed. The metrics live as long as the observer; NULL if neither
 * metrics nor a digest were asked for. A from-mark that was not found leaves the window empty.
 */
const struct metrics *observer_finish(struct observer *observer);
/* NULL if all hold; else the first violation as text: time, cpu, task, rule. */
const char *observer_violation(const struct observer *observer);
/* The window as it was found: found_from and found_to of its marks. After observer_finish(). */
const struct window *observer_window(const struct observer *observer);
/*
 * The window with what was found of its marks (found_from, found_to); metrics or timeline asked
 * for.
 */
const struct window *observer_window(const struct observer *observer);
/* NULL unless asked for; complete after observer_finish(). */
const struct timeline *observer_timeline(const struct observer *observer);

#endif
