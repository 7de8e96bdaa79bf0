/* SPDX-License-Identifier: MIT */
/*
 * Who ran where when, in a bounded number of intervals.
 *
 * Intervals are kept as they are until there are too many. Then time is cut into cells of a
 * resolution (a power of two of ns, doubled as often as needed); a cell belongs to the task, or to
 * idleness, that had most of it, and cells of the same owner join. Later intervals go straight into
 * cells. Who had most of a cell is told by eight counters per cpu: exact for up to eight tasks in a
 * cell, and for more the one that had a good part of it.
 */
#ifndef OSSIM_OBSERVE_TIMELINE_GANTT_H
#define OSSIM_OBSERVE_TIMELINE_GANTT_H

#include "base/vec.h"
#include "observe/timeline.h"

enum { GANTT_RIVALS = 8, GANTT_IDLE = TASK_ID_NONE };

struct gantt_rival {
	u32 task, comm; /* GANTT_IDLE: nobody ran */
	u64 ns;
};

struct gantt_cpu {
	vec_of(struct timeline_interval) intervals;
	u64 cell;       /* number of the cell in the making */
	u32 nr_rivals;
	struct gantt_rival rivals[GANTT_RIVALS];
};

struct gantt {
	u64 from;       /* cells count from here */
	u64 resolution; /* 0: exact */
	u32 nr_cpus, limit;
	u64 nr_intervals;
	struct gantt_cpu *cpus;
};

void gantt_init(struct gantt *gantt, u32 nr_cpus, u32 limit);
void gantt_fini(struct gantt *gantt);
/* @task ran on @cpu in [from, to); calls for a cpu come in order of time. */
void gantt_add(struct gantt *gantt, u32 cpu, struct timeline_interval interval);
/* No more will come: the cells in the making are closed at @to. */
void gantt_finish(struct gantt *gantt, u64 to);

#endif
