/* SPDX-License-Identifier: MIT */
/*
 * Files become a workload.
 */
#ifndef OSSIM_INPUT_INPUT_H
#define OSSIM_INPUT_INPUT_H

#include "base/arena.h"
#include "base/diag.h"
#include "model/workload.h"

enum input_kind { INPUT_SCENARIO, INPUT_RTAPP, INPUT_FTRACE, INPUT_UNKNOWN };

/* By content: YAML with a `tasks:` key, JSON with rt-app's "tasks", trace text. */
enum input_kind input_recognise(const char *text, size_t len);

/*
 * Says that @source is no trace, and if it can be told what it is instead and what to do. Returns
 * false.
 */
bool input_is_no_trace(struct diag *diag, u32 source, const char *text, size_t len);

/*
 * Is it a file that no reader here can read, such as a compressed one or a binary recording? Says
 * what it is, and what to do.
 */
bool input_is_foreign(struct diag *diag, u32 source, const char *text, size_t len);

/* A `--set path=value`, in the order given; applied to the document tree before compilation. */
struct setting {
	const char *path, *value;
	const char *option; /* that was short for it, such as "--seed"; NULL: none */
};

/*
 * Compiles a scenario (ossim's YAML). @source was registered with @diag and shows @text. NULL after
 * errors. Everything lives in @arena.
 */
const struct workload *scenario_compile(struct arena *arena, struct diag *diag, u32 source,
					const char *name, const char *text, size_t len,
					const struct setting *settings, u32 nr_settings);

/*
 * Rebuilds the demand in a trace as a workload: bursts, sleeps, who wakes whom, forks, exits.
 * On success *yaml gets a scenario text, and *lead how long after its beginning the window begins.
 */
struct replay_options {
	u32 nr_cpus;        /* 0: as many as the trace has */
	const char *kernel; /* NULL: default */
	const char *from_mark, *to_mark;
	u64 from_ns, to_ns; /* to_ns 0: end */
	u64 history_ns;     /* so much before the window is rebuilt, too */
};

struct text;
must_check bool replay_rebuild(struct diag *diag, u32 source, const char *trace, size_t len,
			       const struct replay_options *options, struct text *yaml, u64 *lead);

#endif
