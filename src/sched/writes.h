/* SPDX-License-Identifier: MIT */
/* Writes to the scheduler's files in mid-run. They cost nobody any time. */
#ifndef OSSIM_SCHED_WRITES_H
#define OSSIM_SCHED_WRITES_H

#include "sched/sched.h"

struct sched_writes {
	struct sched *sched;
	const struct sched_write *list; /* by time */
	u32 nr, next;
	struct timer timer;
};

/* Behind the groups. */
void sched_writes_init(struct sched *sched, const struct sched_write *list, u32 nr);

#endif
