/* SPDX-License-Identifier: MIT */
/* ossim explain: why a cpu ran what it ran, or what a task's delay was made of. */
#include "cli/cli.h"

#include "run/explain.h"

#include <stdio.h>

static int print(struct job *job, const struct options *options, const struct explain *explain)
{
	struct text document = {0};

	if (!options->json && !options->output) {
		explanation_print(explain_result(explain), stdout, terminal_colour(options));
		return EXIT_GOOD;
	}
	explanation_json(explain_result(explain), &document);
	if (!options->output)
		fputs(document.at, stdout);
	else if (!file_write(job->diag, options->output, document.at, document.len))
		diag_note(job->diag, (struct loc){0}, "nothing was written");
	text_fini(&document);
	return EXIT_GOOD;
}

int command_explain(const struct options *options)
{
	struct job_options job_options = job_options_of(options);
	struct explain_request request = {
		.task = options->task,
		.at = options->has_at ? options->at_ns : NEVER,
		.cpu = options->has_cpu ? options->cpu : EXPLAIN_ALL_CPUS,
	};
	struct explain *explain = NULL;
	struct job job;
	int messages;

	job_begin(&job);
	if (job_read(&job, options->file) && job_compile(&job, options->file, &job_options))
		explain = explain_new(&job, &request);
	if (explain)
		print(&job, options, explain);
	messages = report_messages(&job);
	explain_free(explain);
	job_end(&job);
	return messages;
}
