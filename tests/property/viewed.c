/* SPDX-License-Identifier: MIT */
/*
 * Any machine, any workload (maker.h), looked at in the midst of it: the files of the machine, of
 * its root group and of some tasks can be read, whatever these are just doing.
 */
#include "property.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/look.h"

enum { TASKS_LOOKED_AT = 5, LEAST_OF_MACHINE = 30, LEAST_OF_TASK = 15 };

/*
 * How many of the files are there whose names begin with @prefix, @instead of which the path
 * begins? Each is read.
 */
static u32 read_files(const struct look *look, const char *prefix, const char *instead)
{
	char *names = NULL, *rest = NULL;
	size_t len = 0, skipped = strlen(prefix);
	FILE *out = open_memstream(&names, &len);
	u32 found = 0;

	view_files(out);
	fclose(out);
	for (char *line = strtok_r(names, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		size_t end = strcspn(line, " ");
		struct text text = {0};
		char path[256];

		if (strncmp(line, prefix, skipped) != 0)
			continue;
		snprintf(path, sizeof(path), "%s%.*s", instead, (int)(end - skipped),
			 line + skipped);
		found += view_file(look, path, &text);
		text_fini(&text);
	}
	free(names);
	return found;
}

/* The youngest ones have the most to tell, the kernel's threads come first. */
static void look_at_tasks(struct trial *t, const struct look *look)
{
	struct proc_list list;

	look_list(look, true, &list);
	for (u32 i = 0; i < min_of(list.nr, (u32)TASKS_LOOKED_AT); i++) {
		char path[32];

		snprintf(path, sizeof(path), "%u/", list.at[list.nr - 1 - i]->pid);
		trial_check(t, read_files(look, "PID/", path) >= LEAST_OF_TASK, "few files of %s",
			    path);
	}
	proc_list_fini(&list);
}

static void look_at_lists(const struct look *look)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	view_ps(look, true, out);
	view_tree(look, true, out);
	fclose(out);
	free(text);
}

void viewed(u64 seed)
{
	struct look look = {0};
	struct trial t;
	struct job job;
	bool stands;

	trial_begin(&t, "viewed", seed);
	job_begin(&job);
	job.workload = generated_make(&job.arena, job.diag, seed);
	stands = job.workload && look_begin(&look, &job, seed * 7919 % 1000 * MSEC + seed % 1000,
					    LOOK_STATES | LOOK_PRESSURE);
	if (trial_check(&t, stands, "it does not come to the moment")) {
		trial_check(&t, read_files(&look, "", "") >= LEAST_OF_MACHINE,
			    "few files of the machine");
		trial_check(&t, read_files(&look, "cgroup/GROUP/", "cgroup/"),
			    "no files of the root group");
		look_at_tasks(&t, &look);
		look_at_lists(&look);
	}
	look_end(&look);
	job_end(&job);
	trial_end(&t);
}
