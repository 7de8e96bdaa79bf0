/* SPDX-License-Identifier: MIT */
/*
 * Writes records as the text of a tracing folder's `trace` file, with 9-digit times:
 *
 *	# tracer: nop
 *	#
 *	# entries-in-buffer/entries-written: 0/0   #P:8
 *	...
 *	             web-103     [002] d..2.     0.004000000: sched_switch: prev_comm=web ...
 *
 * This form is read by trace-cmd style parsers, Perfetto and KernelShark-style tools. Fields and
 * order are the kernel's (include/trace/events/sched.h); sched_stat_runtime has " vruntime=" when
 * the kernel row says so (6.1), sched_process_exit has " group_dead=" when it says so (6.18).
 */
#ifndef OSSIM_TRACE_FTRACE_WRITE_H
#define OSSIM_TRACE_FTRACE_WRITE_H

#include "base/file.h"
#include "trace/stream.h"

struct ftrace_format {
	bool runtime_has_vruntime; /* 6.1 */
	bool exit_has_group_dead;  /* 6.18 */
	u64 time_offset_ns;        /* added to every time stamp */
};

struct ftrace_writer;

/* @out stays owned by the caller and outlives the writer. */
struct ftrace_writer *ftrace_writer_new(FILE *out, const struct names *names, u32 nr_cpus,
					struct ftrace_format format);
struct sink ftrace_writer_sink(struct ftrace_writer *writer);
/* False if a write failed (errno is set). Flushes. */
must_check bool ftrace_writer_finish(struct ftrace_writer *writer);
void ftrace_writer_free(struct ftrace_writer *writer);

#endif
