/* SPDX-License-Identifier: MIT */
/*
 * Any machine, any workload (maker.h), and its trace: measured as a trace of a real kernel it has
 * the run's counts, and the demand in it is a workload that compiles and runs without violation, as
 * recorded, on another kernel and on another number of cpus.
 */
#include "property.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "run/job.h"

static bool told(struct trial *t, bool ok, const struct job *job, const char *what)
{
	if (trial_check(t, ok, "%s: %s", what, job->failure ? job->failure : "see below"))
		return true;
	if (!job->failure)
		diag_print(job->diag, stdout);
	return false;
}

static void check_counts(struct trial *t, const struct metrics *run, const struct metrics *trace)
{
	trial_check(t, run->total.switches == trace->total.switches,
		    "%" PRIu64 " switches, %" PRIu64 " in the trace", run->total.switches,
		    trace->total.switches);
	trial_check(t, run->total.wakeups == trace->total.wakeups,
		    "%" PRIu64 " wakeups, %" PRIu64 " in the trace", run->total.wakeups,
		    trace->total.wakeups);
	trial_check(t, run->total.forks == trace->total.forks,
		    "%" PRIu64 " forks, %" PRIu64 " in the trace", run->total.forks,
		    trace->total.forks);
	trial_check(t, run->total.exits == trace->total.exits,
		    "%" PRIu64 " exits, %" PRIu64 " in the trace", run->total.exits,
		    trace->total.exits);
}

static void measure(struct trial *t, const char *path, const struct metrics *run)
{
	const struct job_options options = {0};
	struct job job;

	job_begin(&job);
	if (told(t, job_read(&job, path) && job_measure(&job, path, &options), &job,
		 "its trace cannot be measured"))
		check_counts(t, run, job.result.metrics);
	job_end(&job);
}

static void replay(struct trial *t, const char *path, const struct replay_options *as)
{
	const struct job_options options = {.invariants = true};
	struct job job;

	job_begin(&job);
	if (told(t, job_read(&job, path) && job_rebuild(&job, as), &job,
		 "its trace cannot be rebuilt") &&
	    told(t, job_compile_rebuilt(&job, path, &options), &job,
		 "the rebuilt workload does not compile"))
		told(t, job_simulate(&job, &options), &job, as->kernel ? as->kernel : "on 3 cpus");
	job_end(&job);
}

void traced(u64 seed)
{
	static const struct replay_options ways[] = {{.kernel = "v6.1"},
						     {.kernel = "v6.18"},
						     {.nr_cpus = 3}};
	char path[] = "traced-XXXXXX";
	struct job_options options = {.trace_out = path};
	struct trial t;
	struct job job;
	int fd = mkstemp(path);

	trial_begin(&t, "traced", seed);
	job_begin(&job);
	job.workload = generated_make(&job.arena, job.diag, seed);
	if (trial_check(&t, fd >= 0 && job.workload, "there is no file or no workload") &&
	    told(&t, job_simulate(&job, &options), &job, "the run failed")) {
		measure(&t, path, job.result.metrics);
		for (u32 i = 0; i < ARRAY_SIZE(ways); i++)
			replay(&t, path, &ways[i]);
	}
	job_end(&job);
	if (fd >= 0)
		close(fd);
	unlink(path);
	trial_end(&t);
}
