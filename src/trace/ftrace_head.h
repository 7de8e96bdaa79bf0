/* SPDX-License-Identifier: MIT */
/*
 * What stands before an event in a line of trace text, in the forms that kernels and tools print:
 *
 *	standard	bash-4809    (-------) [001] d..2.  1492.409374: event
 *			tgid and flags or not; 6 to 9 digits
 *	latency		bash-4809      1d.h2. 1492401937us+: event
 *			also with seconds: 1703.873961:
 *	verbose		bash 4809 1 9 00000002 00000000 [58f43f11] 1492401.937ms (+0.069ms): event
 *	perf script	bash  4809 [001]  1492.409374: sched:event
 *			bash  4808/4809 [001] likewise, with the process before the thread
 *
 * A comm may hold blanks, '-', ':' and '[', so a head is what parses as a whole, the first such
 * place from the left.
 */
#ifndef OSSIM_TRACE_FTRACE_HEAD_H
#define OSSIM_TRACE_FTRACE_HEAD_H

#include "trace/intake.h"

/* What the last line looked like: most likely the next does too. */
struct head_hint {
	u32 form;
	u32 bracket; /* column of the '[' */
};

/*
 * The line is [line, end), with SCAN_SLACK readable behind it. Returns where the event begins, its
 * name as a rule, or NULL if no head is here.
 */
const char *trace_head_parse(const char *line, const char *end, struct head_hint *hint,
			     struct trace_head *head);

#endif
