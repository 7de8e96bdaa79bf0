/* SPDX-License-Identifier: MIT */
/*
 * One job: an input is read, simulated or measured, and becomes a result.
 *
 * A job owns everything it made; job_end() gives all of it back. Its messages are in job->diag.
 */
#ifndef OSSIM_RUN_JOB_H
#define OSSIM_RUN_JOB_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/names.h"
#include "base/text.h"
#include "input/input.h"
#include "observe/observer.h"
#include "report/report.h"
#include "trace/stream.h"

struct job_options {
	const char *version;
	const struct setting *settings; /* applied to a scenario in order */
	u32 nr_settings;
	const char *trace_out; /* the event trace as ftrace text; NULL: none */
	bool timeline;         /* for plots */
	bool invariants;       /* check the records' invariants while running */
	const char *from_mark, *to_mark;
	u64 from_ns, to_ns; /* to_ns 0: to the end */
};

struct job {
	struct diag *diag;
	struct arena arena;
	struct file_text input;
	struct text yaml; /* a replay's rebuilt workload */
	u64 lead_ns;      /* the window begins so long after it */
	u32 source;
	struct names names;
	struct stream stream;
	bool has_stream;
	struct observer *observer;
	const struct workload *workload;
	struct result result;
	const char *failure;    /* the run ended early: why (in the arena) */
	struct loc failure_loc; /* where; line 0: nowhere */
};

void job_begin(struct job *job);
void job_end(struct job *job);

/* Reads @path ("-": stdin) into the job. */
must_check bool job_read(struct job *job, const char *path);
/* Hands what @from read over to @job: standard input can be read only once. */
void job_take_input(struct job *job, struct job *from, const char *path);

/* Compiles the input that was read, without running it. */
must_check bool job_compile(struct job *job, const char *path, const struct job_options *options);
/*
 * Are the numbers that the workload's expectations name such as a result has? Messages: in the
 * diag.
 */
void job_check_expectations(struct job *job);
/*
 * Simulates job->workload. False: a message is in the diag, or job->failure is set (result is valid
 * then).
 */
must_check bool job_simulate(struct job *job, const struct job_options *options);
/* Measures the trace that was read. */
must_check bool job_measure(struct job *job, const char *path, const struct job_options *options);
/*
 * Rebuilds the demand in the trace that was read as a scenario in job->yaml, and sets job->lead_ns.
 */
must_check bool job_rebuild(struct job *job, const struct replay_options *replay);
/* Compiles job->yaml, as job_compile() does an input file. */
must_check bool job_compile_rebuilt(struct job *job, const char *path,
				    const struct job_options *options);

#endif
