/* SPDX-License-Identifier: MIT */
/* Of how many cpus is a trace? */
#ifndef OSSIM_TRACE_FTRACE_CPUS_H
#define OSSIM_TRACE_FTRACE_CPUS_H

#include "base/types.h"

/*
 * Highest cpu number in any event head + 1, or what the trace's header says if that is more; 0 if
 * no line looks like an event.
 *
 * A number that one event alone has, and that is beyond those of the header, or (without one) four
 * times as high as any that several events have, and at least 16, is garbled and does not count: it
 * would make a trace of 4 cpus one of 1000.
 */
u32 trace_count_cpus(const char *text, size_t len);

#endif
