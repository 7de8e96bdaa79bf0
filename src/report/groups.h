/* SPDX-License-Identifier: MIT */
/*
 * Tasks put together by name, so that hundreds of them fit a table or a legend: by comm, or by its
 * stem: "web0" and "web17" are both of "web*", and "kworker/0:1" of "kworker*". Private to report/.
 */
#ifndef OSSIM_REPORT_GROUPS_H
#define OSSIM_REPORT_GROUPS_H

#include "base/vec.h"
#include "observe/metrics.h"

enum { GROUP_NAME_MAX = 24 };

struct group {
	char name[GROUP_NAME_MAX]; /* printable; ends in '*' if it stands for several comms */
	u32 nr_comms, nr_tasks;
	u32 first_comm; /* index into metrics->comms */
	u32 flags;      /* union of RECORD_FLAG_* */
	struct task_sums sums;
};

struct groups {
	const struct metrics *metrics;
	vec_of(struct group) at; /* in order of first appearance */
	vec_of(u32) of_comm;     /* group by index into metrics->comms */
};

/*
 * @name with what a terminal or gnuplot might take for commands, or is not UTF-8, replaced by '?'.
 */
void printable_name(const char *name, char *out, size_t size);

void groups_init(struct groups *groups, const struct metrics *metrics, bool by_stem);
void groups_fini(struct groups *groups);
/* All samples of a group, merged: hist_free() it. NULL if it has none. */
struct hist *groups_dist(const struct groups *groups, u32 group, enum metric_dist dist);

#endif
