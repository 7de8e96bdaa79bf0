/* SPDX-License-Identifier: MIT */
/*
 * Why: the workload is run again, up to the moment in question, and looked at while it runs.
 *
 * A delay is searched for in a first run by its records; a second one, up to the delay's end,
 * collects what was decided in it. Runs are the same whether they are looked at or not.
 */
#ifndef OSSIM_RUN_EXPLAIN_H
#define OSSIM_RUN_EXPLAIN_H

#include "report/explanation.h"
#include "run/job.h"

struct explain_request {
	const char *task; /* comm or pid; NULL: no delay is asked for */
	u64 at;           /* ns from the start; NEVER: no moment is asked for */
	u32 cpu;          /* EXPLAIN_ALL_CPUS: each */
};

struct explain;

/*
 * Explains job->workload. NULL: messages are in the job's diag. Free with explain_free(); what it
 * gives is valid until then.
 */
struct explain *explain_new(struct job *job, const struct explain_request *request);
void explain_free(struct explain *explain);
const struct explanation *explain_result(const struct explain *explain);

#endif
