/* SPDX-License-Identifier: MIT */
/*
 * Groups of tasks: what their members ran, and how their quotas fared.
 *
 * Nothing is counted at a switch: what a member has run is credited to its group when it leaves it,
 * or at the end. Group ids are dense, from 0 on.
 */
#ifndef OSSIM_OBSERVE_CGROUPS_H
#define OSSIM_OBSERVE_CGROUPS_H

#include "base/vec.h"
#include "observe/metrics.h"
#include "trace/record.h"

struct cgroup_state {
	struct group_metrics metrics;
	u32 nr_throttled_cpus; /* cpus on which its tasks wait for quota now */
};

struct cgroups {
	vec_of(struct cgroup_state) at; /* by id */
};

void cgroups_fini(struct cgroups *groups);
/* GROUP, PERIOD, THROTTLE. @counts: the window is open. */
void cgroups_take(struct cgroups *groups, const struct record *r, bool counts);
/* A member of @group (TASK_ID_NONE: of the root) ran for @ns. */
void cgroups_credit(struct cgroups *groups, u32 group, u64 ns);
/* The window opens or closes at @when: what is throttled counts from here on, or up to here. */
void cgroups_open(struct cgroups *groups, u64 when);
void cgroups_close(struct cgroups *groups, u64 when);
/* What subgroups ran is their parents', too. After all credits, once. */
void cgroups_sum_up(struct cgroups *groups);

#endif
