/* SPDX-License-Identifier: MIT */
/*
 * `ossim explain`: why a cpu ran what it ran, and what a task's delay was made of, for people and
 * as JSON (schema ossim-explain/1).
 */
#ifndef OSSIM_REPORT_EXPLANATION_H
#define OSSIM_REPORT_EXPLANATION_H

#include "model/workload.h"
#include "observe/moment.h"
#include "observe/breakdown.h"

#include <stdio.h>

enum { EXPLAIN_ALL_CPUS = UINT32_MAX };

struct explanation {
	const struct workload *workload;
	/* Who is who, as it was in the end. */
	const struct roster *roster;
	const struct names *names;
	const u32 *group_names; /* of task groups, by id: name ids */
	u32 nr_groups;

	const struct moment *moment; /* NULL: not asked for */
	u32 cpu;                     /* of the moment, or EXPLAIN_ALL_CPUS */

	const char *task;             /* NULL: not asked for */
	const struct breakdown *wait; /* NULL: the task never waited (before the moment) */
};

void explanation_print(const struct explanation *explanation, FILE *out, bool colour);
void explanation_json(const struct explanation *explanation, struct text *out);

#endif
