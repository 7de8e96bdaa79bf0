/* SPDX-License-Identifier: MIT */
/* Per cpu: busy, idle, switches. And how evenly the cpus' time was shared out. */
#ifndef OSSIM_OBSERVE_USAGE_H
#define OSSIM_OBSERVE_USAGE_H

#include "observe/metrics.h"
#include "observe/tasks.h"

struct cpu_usage {
	u64 since; /* the last switch, the window's start, or the end of a loss */
	u64 switches;
	u32 curr;          /* task id; TASK_ID_NONE: not known */
	u16 slice_dist;    /* DIST_SLICE, or DIST_SCRAP if curr's slice began before the window */
	u16 mover_blocked; /* how often the mover had, modulo 2^16, when it came */
	u64 unknown_ns;    /* so much of the window cannot be told */
	u64 irq_ns;
	u32 pulled;
	/* the task that came last while awake, for a reason that a trace does not tell */
	u32 mover;
	u64 offline_since; /* UINT64_MAX: it is online */
	u64 offline_ns;
};

static_assert(sizeof(struct cpu_usage) == 64, "a cpu's usage is one cache line");

/* The cpu has gone offline or come back at @when; @counts: within the window. */
void cpu_usage_online(struct cpu_usage *cpu, u64 when, bool online, bool counts);

/* A closed window of @window_ns in which the cpu's idle task had the cpu for @idle_ns. */
struct cpu_metrics cpu_usage_metrics(const struct cpu_usage *cpu, u64 window_ns, u64 idle_ns);

/* Jain's index in ppm: 10^6 if all got the same, 10^6 / n if one got all; 0 without tasks. */
u32 fairness_ppm(const struct fairness_sums *sums);

#endif
