/* SPDX-License-Identifier: MIT */
/*
 * Numbers become documents: the JSON result (schema ossim-result/1), the table, the verdicts of
 * `expect:`, the plots.
 */
#ifndef OSSIM_REPORT_REPORT_H
#define OSSIM_REPORT_REPORT_H

#include "base/diag.h"
#include "base/text.h"
#include "model/workload.h"
#include "observe/metrics.h"
#include "observe/timeline.h"

#include <jansson.h>
#include <stdio.h>

/* How the workload's ext policy fared. */
/* A count by its name. */
struct result_event {
	const char *name;
	u64 count;
};

struct result_ext {
	const char *policy; /* its own name; NULL: the workload has none */
	/*
	 * "loaded", "unloaded", "ejected", "refused" (by its init or the kernel), "waiting" to be
	 * loaded
	 */
	const char *state;
	bool partial, failed; /* failed: ejected or refused */
	u32 kind;             /* enum ossim_ext_exit_kind, as sched_ext's scx_exit_kind */
	s64 code;
	const char *reason, *message, *dump;
	u64 loaded_ns, left_ns; /* NEVER: not, or not yet */
	u64 enqueues, dispatches, direct, moved, kept, kicks, bypassed;
	/* what the kernel counts of a policy; NULL: it does not */
	const struct result_event *events;
	u32 nr_events;
};

/* One run or one trace, as a report needs it. */
struct result {
	const char *source;              /* the file's name as given */
	bool recorded;                   /* a trace of a real kernel: no workload */
	const struct workload *workload; /* NULL if recorded */
	const struct metrics *metrics;
	const char *version; /* ossim's */
	bool only_begun;     /* of a run's first instant: to see what it can tell */
	struct result_ext ext;
	u64 slots_scanned; /* of xv6's process table */
	/* Outside of what the digest covers. */
	u64 events, wall_ns; /* timed events simulated; 0 if recorded */
	/* Recorded only: the data's quality. */
	u64 lost_marks, lost_events, bad_lines, disordered, mended, other_events;
	u64 first_ns; /* the trace's own time at 0 */
	const char *state_era;
	bool microseconds;
};

/*
 * The document; integers only, units in the names, key order fixed. The part under "run" that is
 * not reproducible (wall time, events per second) is left out if !@timing. Free with json_decref.
 */
json_t *result_json(const struct result *result, bool timing);
/* The document as text, two blanks of indentation, ending in a newline. Free with free(). */
char *result_json_text(const struct result *result, bool timing);

/*
 * The readable table: header, tasks (by name if there are many), cpus, totals. @width: columns of
 * the terminal, 0: 130; what does not fit is left out, the least important first.
 */
void result_print(const struct result *result, FILE *out, int width, bool colour);

/* Two results of the same tasks side by side: recorded and simulated. */
void result_print_pair(const struct result *recorded, const struct result *simulated, FILE *out,
		       int width, bool colour);

/*
 * Evaluates the workload's expectations against the result; each that fails is an error in @diag at
 * its place in the input. Returns how many failed.
 */
u32 expect_check(const struct result *result, struct diag *diag);
/*
 * Before a run: may there be such a number as each expectation names in a result of its workload?
 * @start is a result of its first instant (only_begun). Each that cannot be is an error in @diag.
 */
void expect_check_paths(const struct result *start, struct diag *diag);
/*
 * A path of an expectation: "tasks.hog.cpu_ns", "cpus.0.switches", "total.wakeups",
 * "tasks.web.wakeup_latency.p99_ns". "tasks.NAME" is all tasks of that `tasks:` entry or comm, with
 * their sums added and their distributions merged. False: no such number; why is added to @error.
 */
must_check bool result_lookup(const struct result *result, const char *path, s64 *value,
			      struct text *error);

/* Which plots there are, for `ossim list plots` and --plots. */
struct plot_info {
	const char *name, *title;
	bool (*is_drawn)(const struct timeline *timeline); /* NULL: always */
};
extern const struct plot_info plot_infos[];
extern const u32 nr_plots;

/*
 * Draws all plots into @dir as SVG and PNG by gnuplot, from the templates in @template_dir. A
 * missing gnuplot is a clear message (system error). Data files are binary and decimated: a million
 * points cost no more than a thousand.
 */
must_check bool plots_draw(struct diag *diag, const struct result *result,
			   const struct timeline *timeline, const char *dir,
			   const char *template_dir);

/* What `ossim list metrics` prints: name, unit, where it appears, meaning. */
struct metric_info {
	const char *name, *unit, *where, *help;
};
extern const struct metric_info metric_infos[];
extern const u32 nr_metric_infos;

#endif
