/* SPDX-License-Identifier: MIT */
/*
 * The bodies that the sched_switch plugin of libtraceevent prints, which is what trace-cmd report
 * and newer perf scripts show by default, and those of kernels before 2011:
 *
 *	bash:9570 [120] R ==> migration/0:18 [0]
 *	task swapper:0 [140] (R) ==> x:1 [120]
 *	awk:9411 [120] CPU:001                      with success=1 before CPU on older kernels
 */
#ifndef OSSIM_TRACE_FTRACE_PLUGIN_H
#define OSSIM_TRACE_FTRACE_PLUGIN_H

#include "trace/events.h"

must_check bool plugin_parse_switch(const char *at, const char *end, struct event_values *values);
must_check bool plugin_parse_wake(const char *at, const char *end, struct event_values *values);

#endif
