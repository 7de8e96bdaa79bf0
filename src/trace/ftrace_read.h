/* SPDX-License-Identifier: MIT */
/*
 * Reads trace text into records: `trace-cmd report` (default, -N, -R, -t, -l forms) and the tracing
 * folder's `trace` text (all option variants of traces-and-rt-app section 2.2), at 500 MB/s and
 * more.
 *
 * A task gets its id at its first sight, by pid; a fork, newtask or exit starts a new identity for
 * a reused pid. Lossy, truncated and disordered traces are read: losses become LOST records and are
 * counted. A time far from those around it is warned of and mended, and the first line that is no
 * event is warned of, too. The switch out of an idle task that the 6.18 recordings lack is put
 * back, flagged MENDED.
 */
#ifndef OSSIM_TRACE_FTRACE_READ_H
#define OSSIM_TRACE_FTRACE_READ_H

#include "base/diag.h"
#include "trace/ftrace_cpus.h"
#include "trace/stream.h"

struct trace_facts {
	u64 nr_lines, nr_events; /* lines read; events that became records */
	u64 nr_other;            /* well-formed events of kinds that are not scheduling */
	/* neither comment nor event, or an event whose fields cannot be read */
	u64 nr_bad_lines;
	u64 first_bad_line;                /* its number, from 1; 0: none */
	u64 nr_lost_marks, nr_lost_events; /* marks; events they admit to (0: not said) */
	u64 nr_mended;                     /* switches put back */
	/* events whose time ran backwards on their cpu, or by much between cpus */
	u64 nr_disordered;
	u64 first_ns, last_ns; /* times as written in the trace */
	u32 nr_cpus;
	bool microseconds;     /* 6-digit time stamps: several events share one */
	const char *state_era; /* how prev_state was decoded, for the report */
};

/*
 * Reads @text (from @source, for messages) and puts all records into @stream; times are relative to
 * the first event (facts.first_ns), the last record is END. The number of cpus is needed beforehand
 * to number the idle tasks: stream->nr_cpus, or, if that is 0, trace_count_cpus() sets it. False,
 * with a message that says why, only if nothing in the text is a trace.
 */
must_check bool ftrace_read(struct diag *diag, u32 source, const char *text, size_t len,
			    struct stream *stream, struct trace_facts *facts);

#endif
