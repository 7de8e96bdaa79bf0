/* SPDX-License-Identifier: MIT */
/* ossim check: an input without a run. */
#include "cli/cli.h"

#include <stdio.h>

static void print_summary(const char *file, const struct workload *w)
{
	u64 instances = 0;
	char duration[16];

	for (u32 i = 0; i < w->nr_tasks; i++)
		if (!w->tasks[i].is_template)
			instances += w->tasks[i].count;
	printf("%s: good: %" PRIu64 " task%s on %u cpu%s, kernel %s, ", file, instances,
	       instances == 1 ? "" : "s", w->platform.nr_cpus, w->platform.nr_cpus == 1 ? "" : "s",
	       w->kernel.name);
	if (w->duration_ns == NEVER) {
		puts("until its tasks end");
		return;
	}
	format_duration(w->duration_ns, duration);
	puts(duration);
}

int command_check(const struct options *options)
{
	struct job_options job_options = job_options_of(options);
	struct job job;
	int status;

	job_begin(&job);
	if (job_read(&job, options->file) && job_compile(&job, options->file, &job_options)) {
		job_check_expectations(&job);
		if (!diag_errors(job.diag))
			print_summary(options->file, job.workload);
	}
	status = report_messages(&job);
	job_end(&job);
	return status;
}
