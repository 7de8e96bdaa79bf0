/* SPDX-License-Identifier: MIT */
/*
 * A result made by hand: 2 cpus for 100 ms, a workload of two hogs and a web server, and a kernel
 * thread. All numbers are chosen so that sums and quantiles are easy to see.
 */
#ifndef OSSIM_TESTS_REPORT_FIXTURE_H
#define OSSIM_TESTS_REPORT_FIXTURE_H

#include "report/report.h"

struct fixture {
	struct names names;
	struct task_metrics tasks[4];
	struct comm_metrics comms[4];
	struct cpu_metrics cpus[2];
	struct group_metrics groups[2]; /* "outer" holds "inner" */
	struct metrics metrics;
	struct task_spec specs[2];
	struct workload workload;
	struct result result;
};

/* hog0: 60 ms, hog1: 40 ms, web.io: 20 ms with 100 wakeups of 1..100 us, kworker/0:1: 1 ms. */
void fixture_init(struct fixture *f);
/* Its tasks are in two groups, one in the other. */
void fixture_groups(struct fixture *f);
void fixture_fini(struct fixture *f);
/* The same as a recording: no workload. */
void fixture_record(struct fixture *f);

#endif
