/* SPDX-License-Identifier: MIT */
/* ossim ps and ossim proc: the simulated machine's processes, and its files under /proc. */
#include "cli/cli.h"

#include "run/look.h"

#include <stdio.h>
#include <string.h>

static bool has_not(const struct look *look, const char *what)
{
	return diag_error(look->job->diag, (struct loc){0}, "xv6 has no %s", what);
}

static bool print_list(const struct look *look, const struct options *options)
{
	if (look->xv6 && (options->tree || options->threads))
		return has_not(look, options->tree ? "trees of processes" : "threads");
	if (look->xv6)
		view_table(look, stdout);
	else if (options->tree)
		view_tree(look, options->threads, stdout);
	else
		view_ps(look, options->threads, stdout);
	return true;
}

static bool print_file(const struct look *look, const struct options *options)
{
	struct text text = {0};
	bool found;

	if (look->xv6)
		return has_not(look, "/proc");
	found = view_file(look, options->path, &text);

	if (found && text.at) /* nothing is a file, too */
		fputs(text.at, stdout);
	text_fini(&text);
	return found;
}

/*
 * Of all files PID/states alone needs the states, and they may be many; pressure/cpu and
 * cpu.pressure the pressure.
 */
static u32 wants(const struct options *options)
{
	const char *slash = options->path ? strrchr(options->path, '/') : NULL;

	return (slash && !strcmp(slash, "/states") ? LOOK_STATES : 0) |
	       (options->path && strstr(options->path, "pressure") ? LOOK_PRESSURE : 0);
}

static int look_and_print(const struct options *options,
			  bool (*print)(const struct look *look, const struct options *options))
{
	struct job_options job_options = job_options_of(options);
	struct look look = {0};
	struct job job;
	int status;

	job_begin(&job);
	if (job_read(&job, options->file) && job_compile(&job, options->file, &job_options) &&
	    look_begin(&look, &job, options->at_ns, wants(options)))
		(void)!print(&look, options);
	status = report_messages(&job);
	look_end(&look);
	job_end(&job);
	return status;
}

int command_ps(const struct options *options)
{
	return look_and_print(options, print_list);
}

int command_proc(const struct options *options)
{
	return look_and_print(options, print_file);
}
