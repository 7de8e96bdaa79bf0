/* SPDX-License-Identifier: MIT */
/* ossim run, stat and replay: jobs with a result. */
#include "config.h"

#include "cli/cli.h"

#include "base/bitset.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int report_messages(struct job *job)
{
	bool system_error = diag_has_system_error(job->diag);
	u32 errors = diag_errors(job->diag);

	fflush(stdout);
	diag_print(job->diag, stderr);
	if (system_error)
		return EXIT_SYSTEM;
	return errors ? EXIT_INPUT : EXIT_GOOD;
}

static const char *template_dir(const struct options *options)
{
	if (options->templates)
		return options->templates;
	return access(PLOTS_DIR, R_OK) == 0 ? PLOTS_DIR : SOURCE_PLOTS_DIR;
}

/* Writes the document to -o and prints it or the table. */
static int report_result(struct job *job, const struct options *options)
{
	char *document = NULL;
	int status = EXIT_GOOD;

	if (options->json || options->output)
		document = result_json_text(&job->result, !options->no_timing);
	if (options->output && !file_write(job->diag, options->output, document, strlen(document)))
		status = EXIT_SYSTEM;
	if (options->plots && !plots_draw(job->diag, &job->result, observer_timeline(job->observer),
					  options->plots, template_dir(options)))
		status = EXIT_SYSTEM;
	if (options->json && !(options->output && !strcmp(options->output, "-")))
		fputs(document, stdout);
	else if (!options->json && !options->quiet)
		result_print(&job->result, stdout, terminal_width(), terminal_colour(options));
	free(document);
	return status;
}

/* Where -o and --plots put things, below the table. */
static void print_places(const struct options *options)
{
	if (options->json || options->quiet)
		return;
	if (options->output)
		printf("result: %s\n", options->output);
	if (options->trace)
		printf("trace: %s\n", options->trace);
	if (options->plots)
		printf("plots: %s/\n", options->plots);
}

/* Who waited where; all of it is in the result. */
static void show_dump(struct job *job, const char *line)
{
	u32 shown = 0;

	for (; *line && shown < 20; shown++) {
		size_t length = strcspn(line, "\n");

		diag_note(job->diag, (struct loc){0}, "%.*s", (int)length, line);
		line += length + (line[length] == '\n');
	}
	if (*line)
		diag_note(job->diag, (struct loc){0},
			  "... and so on: see ext.dump in the JSON result");
}

/* A policy that had to be taken out: all went on without it, but it is no good. */
static bool policy_failed(struct job *job)
{
	const struct result_ext *ext = &job->result.ext;
	char when[16];

	if (!ext->failed)
		return false;
	fflush(stdout);
	format_duration(ext->left_ns, when);
	diag_error(job->diag, job->result.workload->ext.loc,
		   "policy '%s' was %s at %s (%s): %s; its tasks went on under the fair class",
		   ext->policy, ext->state, when, ext->reason, ext->message);
	show_dump(job, ext->dump);
	return true;
}

/* Expectations and diagnoses of a finished simulation. */
static int judge(struct job *job)
{
	bool failed = policy_failed(job);

	if (job->failure) {
		fflush(stdout);
		diag_error(job->diag, job->failure_loc, "%s", job->failure);
		return EXIT_EXPECTATION;
	}
	return expect_check(&job->result, job->diag) || failed ? EXIT_EXPECTATION : EXIT_GOOD;
}

/* The workload is compiled: simulate, report, judge. */
static int simulate_and_report(struct job *job, const struct options *options,
			       const struct job_options *job_options)
{
	int status, verdict, messages;

	diag_print(job->diag, stderr); /* warnings: a run may take long, and they may tell why */
	if (!job_simulate(job, job_options) && !job->failure)
		return report_messages(job);
	status = report_result(job, options);
	verdict = judge(job);
	if (status == EXIT_GOOD)
		print_places(options);
	messages = report_messages(job);
	if (status != EXIT_GOOD)
		return status;
	return verdict != EXIT_GOOD ? verdict : messages;
}

static struct job_options options_of(const struct options *options)
{
	struct job_options job_options = job_options_of(options);

	job_options.version = PACKAGE_VERSION;
	return job_options;
}

/*
 * --twice: the same once more, with nobody looking. Its digest is the same, or something is not as
 * it should be.
 */
static bool same_again(struct job *first, const struct options *options,
		       const struct job_options *job_options)
{
	struct job_options quiet = *job_options;
	struct job again;
	bool same = true;

	quiet.trace_out = NULL;
	quiet.timeline = false;
	job_begin(&again);
	job_take_input(&again, first, options->file);
	if (job_compile(&again, options->file, &quiet)) {
		/* How it ends is told of the first run. */
		(void)!job_simulate(&again, &quiet);
		same = again.result.metrics->digest == first->result.metrics->digest;
		if (!same)
			fprintf(stderr,
				"ossim: error: the second run differs from the first (digests %016" PRIx64
				" and %016" PRIx64
				"): the policy depends on something outside of the "
				"simulation\n",
				again.result.metrics->digest, first->result.metrics->digest);
	}
	job_end(&again);
	return same;
}

int command_run(const struct options *options)
{
	struct job_options job_options = options_of(options);
	struct job job;
	int status;

	job_begin(&job);
	if (!job_read(&job, options->file) || !job_compile(&job, options->file, &job_options))
		status = report_messages(&job);
	else
		status = simulate_and_report(&job, options, &job_options);
	if (options->twice && job.result.metrics && !same_again(&job, options, &job_options))
		status = EXIT_EXPECTATION;
	job_end(&job);
	return status;
}

int command_stat(const struct options *options)
{
	struct job_options job_options = options_of(options);
	struct job job;
	int status = EXIT_GOOD, messages;

	job_begin(&job);
	if (job_read(&job, options->file) && job_measure(&job, options->file, &job_options)) {
		status = report_result(&job, options);
		if (status == EXIT_GOOD)
			print_places(options);
	}
	messages = report_messages(&job);
	job_end(&job);
	return status != EXIT_GOOD ? status : messages;
}

/* `--set machine.cpus=4` is `--cpus 4`; 0: neither was said, or a machine is described there. */
static u32 cpus_asked_for(const struct options *options)
{
	u64 cpus = options->cpus;

	for (u32 i = 0; i < options->settings.len; i++) {
		const struct setting *s = &options->settings.at[i];
		const char *error;

		if (strcmp(s->path, "machine.cpus") == 0 &&
		    !parse_u64(s->value, strlen(s->value), &cpus, &error))
			cpus = 0;
	}
	return cpus <= CPUS_MAX ? (u32)cpus : 0;
}

static struct replay_options replay_options_of(const struct options *options)
{
	return (struct replay_options){
		.nr_cpus = cpus_asked_for(options),
		.kernel = options->kernel,
		.from_mark = options->from_mark,
		.to_mark = options->to_mark,
		.from_ns = options->from_ns,
		.to_ns = options->to_ns,
		.history_ns = options->history_ns,
	};
}

static int replay(struct job *recorded, struct job *simulated, const struct options *options)
{
	struct job_options job_options = options_of(options), measured = job_options;
	struct replay_options replay_options = replay_options_of(options);

	measured.timeline = false;
	measured.trace_out = NULL;
	if (!job_read(recorded, options->file) || !job_measure(recorded, options->file, &measured))
		return report_messages(recorded);
	job_take_input(simulated, recorded, options->file);
	if (!job_rebuild(simulated, &replay_options) ||
	    !job_compile_rebuilt(simulated, options->file, &job_options))
		return report_messages(simulated);
	/* The rebuilt workload begins before the window and ends with it. */
	job_options.from_mark = job_options.to_mark = NULL;
	job_options.from_ns = simulated->lead_ns;
	job_options.to_ns = 0;
	if (!options->json && !options->quiet) {
		struct options silent = *options;
		int status;

		silent.quiet = true;
		status = simulate_and_report(simulated, &silent, &job_options);
		if (status == EXIT_GOOD || status == EXIT_EXPECTATION)
			result_print_pair(&recorded->result, &simulated->result, stdout,
					  terminal_width(), terminal_colour(options));
		return status;
	}
	return simulate_and_report(simulated, options, &job_options);
}

int command_replay(const struct options *options)
{
	struct job recorded, simulated;
	int status;

	job_begin(&recorded);
	job_begin(&simulated);
	status = replay(&recorded, &simulated, options);
	job_end(&simulated);
	job_end(&recorded);
	return status;
}

int command_convert(const struct options *options)
{
	struct replay_options replay_options = replay_options_of(options);
	const char *output = options->output ? options->output : "-";
	struct job job;
	int status;

	job_begin(&job);
	/* What goes wrong is in the job's messages. */
	(void)(job_read(&job, options->file) && job_rebuild(&job, &replay_options) &&
	       file_write(job.diag, output, job.yaml.at, job.yaml.len));
	status = report_messages(&job);
	job_end(&job);
	return status;
}
