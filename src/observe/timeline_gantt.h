/* SPDX-License-Identifier: MIT */
/*
 * Who ran where when, in a bounded number of intervals.
 *
 * Intervals are kept as they are until there are too many. Then time is cut into cells of a
 * resolution (a power of two of ns, doubled as often as needed), each of which belongs to one task
 * or to idleness, and cells of the same owner join. Later intervals go straight into cells.
 *
 * Whoever runs earns credit; a cell goes to the one with most of it, who pays for the whole cell.
 * So over some cells everybody has as many as it ran, even who never had most of any. Credit is
 * kept for eight rivals per cpu; one more inherits from the one with the least to gain or to pay.
 */
#ifndef OSSIM_OBSERVE_TIMELINE_GANTT_H
#define OSSIM_OBSERVE_TIMELINE_GANTT_H

#include "base/vec.h"
#include "observe/timeline.h"

enum { GANTT_RIVALS = 8, GANTT_IDLE = TASK_ID_NONE };

struct gantt_rival {
	u32 task, comm; /* GANTT_IDLE: nobody ran */
	s64 credit;     /* ns; those of a cpu add up to what was used of the cell in the making */
};

struct gantt_cpu {
	vec_of(struct timeline_interval) intervals;
	u64 cell; /* number of the cell in the making */
	u64 used; /* so many ns of it were run */
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
/* A task ran on @cpu for @interval; calls for a cpu come in order of time. */
void gantt_add(struct gantt *gantt, u32 cpu, struct timeline_interval interval);
/* No more will come: the cells in the making are closed at @to. */
void gantt_finish(struct gantt *gantt, u64 to);

#endif
